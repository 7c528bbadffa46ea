"""A result as files, result.json, tables and figures, and as a summary on the console."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..pictures import figures
from ..verdicts import Outcome, Verdict
from .scenario import Result

MOST_ROWS = 24


def write_result(result: Result, folder: Path) -> None:
    """Write result.json, every table as CSV and every figure as PNG into a folder that exists."""
    (folder / "result.json").write_text(to_json(result.document()) + "\n", encoding="utf-8")
    for name, table in result.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    with figures.our_style():
        for name, figure in result.figures.items():
            figure.savefig(folder / f"{name}.png", dpi=150)


def to_json(document: Any, ascii_only: bool = False) -> str:
    """Return a document as JSON text, in ASCII where asked; infinities and numpy numbers become what JSON can hold."""
    return json.dumps(_plain(document), indent=2, ensure_ascii=ascii_only, allow_nan=False)


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
    """Print a run's short tables and its verdicts."""
    console.print(f"[bold]{result.scenario.name()}[/bold] · {escape(result.scenario.summary())}")
    for name, table in result.tables.items():
        if len(table) <= MOST_ROWS:
            console.print(_rich_table(name, table))
        else:
            console.print(f"[dim]{name}: {len(table)} rows, see {name}.csv[/dim]")
    console.print(checks_table(result.checks))
    for read in result.data:
        for remark in read.remarks():
            console.print(f"{read.name}: {remark}", markup=False)


COLOURS = {Outcome.REPRODUCED: "green", Outcome.REFUTED: "magenta", Outcome.UNDECIDED: "yellow"}


def checks_table(checks: list[Verdict]) -> Table:
    """Return verdicts as a table for the console: the claim and where it comes from beside what was found."""
    table = Table("", "verdict", "on", "claim", "from", "found", "note", title="verdicts", title_justify="left")
    for check in checks:
        outcome = f"[{COLOURS[check.outcome]}]{check.outcome}[/]" + ("" if check.as_expected else " [bold red](unexpected)[/]")
        texts = (check.name, _short(check.claim), str(check.basis), _short(check.found), check.note)
        table.add_row(check.outcome.mark, outcome, *map(escape, texts))
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
