"""What a table of a scenario holds, said once: the reference of result files is made from it, and tables are checked by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Declaration:
    """What a row of a table is, and what its columns hold, in their order.

    Parameters
    ----------
    row
        What a row is: ``a row a round and party``.
    columns
        What every column holds, by its name.
    sometimes
        Columns that are there with some parameters only.

    Examples
    --------
    >>> prices = Declaration("a row a round", {"round": "0 is the opening", "price": "what is paid"})
    >>> prices.frame([(0, 0.5), (1, 0.25)])["price"].tolist()
    [0.5, 0.25]
    """

    row: str
    columns: Mapping[str, str]
    sometimes: frozenset[str] = field(default=frozenset())

    def frame(self, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
        """Return a table of rows whose values stand in the order of the columns."""
        return pd.DataFrame(list(rows), columns=list(self.columns))

    def describes(self, table: pd.DataFrame) -> bool:
        """Return whether a table has these columns in this order."""
        present = set(table.columns)
        return list(table.columns) == [name for name in self.columns if name in present or name not in self.sometimes]


def result_format(scenarios: Iterable[tuple[str, Mapping[str, Declaration]]]) -> str:
    """Return the reference of all tables as Markdown, from scenarios' names and their declarations."""
    parts = []
    for name, declared in scenarios:
        parts.append(f"## Table{'s' if len(declared) > 1 else ''} of {name}\n")
        for file, table in declared.items():
            rows = "\n".join(f"| `{column}` | {what} |" for column, what in table.columns.items())
            parts.append(f"`{file}.csv`, {table.row}:\n\n| column | what |\n|---|---|\n{rows}\n")
    return "\n".join(parts)
