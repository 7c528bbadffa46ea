"""What a file's columns were taken for, and why."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .text_table import Manners

Role = Literal[
    "label",
    "site",
    "feature",
    "identifier",
    "row number",
    "constant",
    "missing",
    "date",
    "dropped",
    "user",
    "item",
    "rating",
    "unused",
]
Kind = Literal["", "number", "category", "ordered"]

USED = ("label", "site", "feature", "user", "item", "rating")
LISTED = 8
"""How many columns of a kind a printed line names."""


@dataclass(frozen=True)
class Column:
    """What one column was taken for.

    Parameters
    ----------
    name
        As in the file.
    role
        ``label``, ``site`` and ``feature``, and in ratings ``user``, ``item`` and ``rating``, are used; an ``identifier``, a
        ``row number``, a ``date``, and what is ``constant``, ``missing``, ``dropped`` or ``unused`` is not.
    kind
        How a feature is used: as a ``number``, as a ``category`` (one 0/1 feature a value), as ``ordered`` (its place in order).
    why
        What led to that.
    missing
        Cells that hold nothing.
    repaired
        Cells whose blanks at the end were taken off.
    values
        The classes of a label; the values of a category or of an ordered column, in order.
    asked
        Whether the user named the role.
    doubt
        What the user should know that may have been meant otherwise.
    """

    name: str
    role: Role
    kind: Kind = ""
    why: str = ""
    missing: int = 0
    repaired: int = 0
    values: tuple[str, ...] = ()
    asked: bool = False
    doubt: str = ""


@dataclass(frozen=True)
class Schema:
    """What a file was taken for.

    Parameters
    ----------
    name
        The file or data set.
    rows
        How many there are.
    columns
        In the order of the file.
    manners
        How the file was written; None where there is no file.
    notes
        What else was decided, one sentence each.
    """

    name: str
    rows: int
    columns: tuple[Column, ...]
    manners: Manners | None = None
    notes: tuple[str, ...] = ()

    @property
    def bundled(self) -> bool:
        """Whether it comes without a file."""
        return self.manners is None

    def named(self, role: Role) -> list[Column]:
        """Return the columns in that role."""
        return [column for column in self.columns if column.role == role]

    @property
    def label(self) -> str:
        """The column of the label, or an empty text."""
        return next((column.name for column in self.named("label")), "")

    def document(self) -> dict[str, Any]:
        """Return the schema as plain values."""
        columns = [{key: value for key, value in asdict(column).items() if value not in ("", (), 0)} for column in self.columns]
        manners = None if self.manners is None else self.manners.document()
        return {"name": self.name, "rows": self.rows, "file": manners, "notes": list(self.notes), "columns": columns}

    def remarks(self) -> list[str]:
        """Return what a user should hear without asking: guesses, columns left out, cells missing or repaired."""
        lines = list(self.notes)
        lines += [
            f"the label is {column.name!r}: {column.why}"
            for column in self.named("label")
            if not column.asked and column.why != "its name"
        ]
        for role in ("row number", "identifier", "date", "constant", "missing"):
            left = [f"{column.name!r} ({column.why})" for column in self.columns if column.role == role and not column.asked]
            if left:
                lines.append(f"not a feature, {_article(role)}: {listed(left)}")
        lines += [f"{column.name!r}: {column.doubt}" for column in self.columns if column.doubt]
        for what in ("missing", "repaired"):
            counts = [(getattr(column, what), column) for column in self.columns if column.role in USED]
            told = [f"{count} in {column.name!r}" for count, column in counts if count]
            if told:
                lines.append({"missing": "cells missing: ", "repaired": "blanks taken off: "}[what] + listed(told))
        return lines


def _article(role: str) -> str:
    return {"missing": "nothing in it", "constant": "constant"}.get(role, f"an {role}" if role[0] in "aeiou" else f"a {role}")


def listed(items: Sequence[str], most: int = LISTED) -> str:
    """Return a list for one line, cut where it is long.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
