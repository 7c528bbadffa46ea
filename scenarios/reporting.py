"""A result as files, result.json, tables and figures, and as a summary on the console."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..verdicts import Outcome, Verdict
from .drawing_style import our_style
from .scenario import Result

MOST_ROWS = 24


def write_result(result: Result, folder: Path) -> None:
    """Write result.json, every table as CSV and every figure as PNG into a folder that exists."""
    (folder / "result.json").write_text(to_json(result.document()) + "\n", encoding="utf-8")
    for name, table in result.tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    with our_style():
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
            console.print(*fitting(name, table, console.width))
        else:
            console.print(f"[dim]{name}: {len(table)} rows, see {name}.csv[/dim]")
    if console.width < NARROW:
        console.print(*verdict_lines(result.checks))
    else:
        console.print(checks_table(result.checks))
    for read in result.data:
        for remark in read.remarks():
            console.print(f"{read.name}: {remark}", markup=False)


COLOURS = {Outcome.REPRODUCED: "green", Outcome.REFUTED: "magenta", Outcome.UNDECIDED: "yellow"}
NARROW = 120
"""Where lines are shorter, verdicts are printed below each other instead of in a table."""


def _outcome(check: Verdict) -> str:
    return f"[{COLOURS[check.outcome]}]{check.outcome}[/]" + ("" if check.as_expected else " [bold red](unexpected)[/]")


def checks_table(checks: list[Verdict]) -> Table:
    """Return verdicts as a table for the console: the claim and where it comes from beside what was found."""
    table = Table("", "verdict", title="verdicts", title_justify="left")
    for head in ("on", "claim", "from", "found", "note"):
        table.add_column(head, overflow="fold")
    for check in checks:
        texts = (check.name, _short(check.claim), str(check.basis), _short(check.found), check.note)
        table.add_row(check.outcome.mark, _outcome(check), *map(escape, texts))
    return table


def verdict_lines(checks: list[Verdict]) -> list[str]:
    """Return verdicts as paragraphs for a narrow console."""
    return [
        f"{check.outcome.mark} {_outcome(check)} [bold]{escape(check.name)}[/]\n"
        + escape(f"  {check.basis}: {_short(check.claim)}\n  found: {_short(check.found)}")
        + (escape(f"\n  {check.note}") if check.note else "")
        for check in checks
    ]


def fitting(name: str, frame: pd.DataFrame, width: int) -> list[Table]:
    """Return a frame as tables for the console that are at most so wide: one, or several that share the first column.

    Examples
    --------
    >>> frame = pd.DataFrame({"rule": ["EqualSplit"], "revenue": [0.25], "welfare": [1.5]})
    >>> [len(table.columns) for table in (*fitting("rules", frame, 80), *fitting("rules", frame, 28))]
    [3, 2, 2]
    """
    texts = {str(column): [_short(value) for value in frame[column]] for column in frame.columns}
    needed = {column: max(map(len, [column, *cells])) + 3 for column, cells in texts.items()}
    first, *others = texts
    parts: list[list[str]] = [[]]
    for column in others:
        if parts[-1] and needed[first] + 1 + sum(needed[each] for each in parts[-1]) + needed[column] > width:
            parts.append([])
        parts[-1].append(column)
    tables = []
    for part in parts:
        tables.append(Table(title=name if part is parts[0] else None, title_justify="left"))
        for column in [first, *part]:
            number = pd.api.types.is_numeric_dtype(frame[column]) if column in frame else False
            tables[-1].add_column(escape(column), justify="right" if number else "left", overflow="fold")
        for row in zip(*(texts[column] for column in [first, *part]), strict=True):
            tables[-1].add_row(*map(escape, row))
    return tables


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
