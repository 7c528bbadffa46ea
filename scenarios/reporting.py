"""Where results go: a folder with result.json, tables and figures, and a summary on the console."""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .scenario import Check, Result

MOST_ROWS = 24


class OutputError(ValueError):
    """A result cannot be written where it was asked to go."""


def next_folder(parent: Path, name: str = "run") -> Path:
    """Return the first of ``run-001``, ``run-002``, ... below a folder that is not there yet."""
    return next(folder for number in itertools.count(1) if not (folder := parent / f"{name}-{number:03d}").exists())


@contextmanager
def result_folder(folder: Path, overwrite: bool = False) -> Iterator[Path]:
    """Give a place to write to that becomes ``folder`` when the block ends well, and is gone when it does not.

    Parameters
    ----------
    folder
        Where the result is to be. It must not exist, or be empty, unless ``overwrite`` is given.
    overwrite
        Whether files of an earlier result in that folder may be replaced; other files there are left alone.

    Raises
    ------
    OutputError
        The folder holds something already, or cannot be made; or another run has filled it meanwhile, in which case the result is
        kept in a folder beside it that the message names.
    """
    missing = [parent for parent in folder.absolute().parents if not parent.exists()]
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"--out {folder}: there is a file of that name; name a folder")
        if _filled(folder) and not overwrite:
            raise OutputError(f"--out {folder}: the folder is not empty; name another, or add --overwrite to replace its results")
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists() and not os.access(folder, os.W_OK):
            raise OutputError(f"--out {folder}: the folder is not writable")
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise OutputError(f"--out {folder}: cannot write there ({error.strerror or error})") from error
    try:
        yield draft
        draft.chmod(0o755)
        _place(draft, folder, overwrite)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()  # only what was made here and stayed empty


def _filled(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir())


def _place(draft: Path, folder: Path, overwrite: bool) -> None:
    try:
        if _filled(folder) and overwrite:
            for path in [path for path in draft.rglob("*") if path.is_file()]:
                target = folder / path.relative_to(draft)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            return
        try:
            draft.rename(folder)
        except OSError as error:
            if not _filled(folder):
                raise
            beside = next_folder(folder.parent, folder.name)
            draft.rename(beside)
            raise OutputError(f"--out {folder}: another run has filled it meanwhile; this result is in {beside}") from error
    except OSError as error:
        raise OutputError(f"--out {folder}: cannot write there ({error.strerror or error})") from error


def write_result(result: Result, folder: Path) -> None:
    """Write result.json, every table as CSV and every figure as PNG into a folder that exists."""
    (folder / "result.json").write_text(to_json(result.document()) + "\n", encoding="utf-8")
    for name, table in result.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    for name, figure in result.figures.items():
        figure.savefig(folder / f"{name}.png", dpi=150)


def to_json(document: Any) -> str:
    """Return a document as JSON text; infinities and numpy numbers are written as JSON can hold them."""
    return json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value


def show_result(result: Result, console: Console) -> None:
    """Print a run's short tables and its checks."""
    console.print(f"[bold]{result.scenario.name()}[/bold] · {escape(result.scenario.summary())}")
    for name, table in result.tables.items():
        if len(table) <= MOST_ROWS:
            console.print(_rich_table(name, table))
        else:
            console.print(f"[dim]{name}: {len(table)} rows, see {name}.csv[/dim]")
    console.print(checks_table(result.checks))


def checks_table(checks: list[Check]) -> Table:
    """Return checks as a table for the console: what the paper says beside what was measured."""
    table = Table("", "check", "paper", "measured", "note", title="checks", title_justify="left")
    for check in checks:
        mark = "[green]✓[/green]" if check.passed else "[red]✗[/red]"
        table.add_row(mark, escape(check.name), escape(_short(check.paper)), escape(_short(check.measured)), escape(check.note))
    return table


def _rich_table(name: str, frame: pd.DataFrame) -> Table:
    table = Table(title=name, title_justify="left")
    for column in frame.columns:
        table.add_column(escape(str(column)), justify="right" if pd.api.types.is_numeric_dtype(frame[column]) else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(_short(value)) for value in row))
    return table


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
