"""How a user says what a file's columns are, and a journal of what was read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pydantic import Field

from ..components import Component, suggestion
from .schema import listed


class TableReading(Component):
    """What the columns of the user's own table are; parameters that everything shares that reads one.

    Parameters
    ----------
    label
        The column to predict. Default: the one called label, target, class, outcome or y, else the last.
    site
        The column that names the site of each row; no feature.
    drop
        Columns to leave out.
    numeric, category
        Columns that are features of that kind, whatever they look like.
    missing
        Words that stand for a missing cell, beside the usual ones.

    Examples
    --------
    >>> TableReading(label="ill", drop=["id"]).reading()["drop"]
    ('id',)
    """

    label: str | None = Field(default=None, kw_only=True)
    site: str | None = Field(default=None, kw_only=True)
    drop: tuple[str, ...] = Field(default=(), kw_only=True)
    numeric: tuple[str, ...] = Field(default=(), kw_only=True)
    category: tuple[str, ...] = Field(default=(), kw_only=True)
    missing: tuple[str, ...] = Field(default=(), kw_only=True)

    def reading(self) -> dict[str, Any]:
        """Return these parameters by name, to be passed on."""
        return {name: getattr(self, name) for name in TableReading.model_fields}


class Journal:
    """What was read while a journal was kept; what is known of it is worked out when it is asked for."""

    def __init__(self) -> None:
        self._records: dict[Any, Callable[[Journal], Any]] = {}
        self._known: dict[Any, Any] = {}

    def records(self) -> tuple[Any, ...]:
        """Return a record of everything that was read, in that order."""
        found = (self.find(key) for key in tuple(self._records))
        return tuple(record for record in found if record is not None)

    def find(self, key: Any) -> Any:
        """Return the record under a key, or None where there is none."""
        if key not in self._known and key in self._records:
            with unnoted_reading():
                self._known[key] = self._records[key](self)
        return self._known.get(key)

    def add(self, key: Any, record: "Callable[[Journal], Any]") -> None:
        """Add a record, unless there is one under that key."""
        self._records.setdefault(key, record)


_JOURNAL: ContextVar[Journal | None] = ContextVar("data read", default=None)


@contextmanager
def noted_reading() -> Iterator[Journal]:
    """Keep a journal, while the block runs, of everything that is read (see `note`).

    Examples
    --------
    >>> with noted_reading() as journal:
    ...     note("a file", lambda journal: "what was found in it")
    ...     note("a file", lambda journal: "not asked again")
    >>> journal.records()
    ('what was found in it',)
    """
    journal = Journal()
    token = _JOURNAL.set(journal)
    try:
        yield journal
    finally:
        _JOURNAL.reset(token)


@contextmanager
def unnoted_reading() -> Iterator[None]:
    """Keep no journal while the block runs: what is read again is no other data."""
    token = _JOURNAL.set(None)
    try:
        yield
    finally:
        _JOURNAL.reset(token)


def note(key: Any, record: Callable[[Journal], Any]) -> None:
    """Add to the journal, if one is kept, how a record is made, which may be of no use: None; one a key."""
    journal = _JOURNAL.get()
    if journal is not None:
        journal.add(key, record)


def column_named(name: str, columns: Sequence[str], role: str, whose: str) -> str:
    """Return the column that a user means: blanks at the ends and, where it is clear, case do not matter.

    Raises
    ------
    ValueError
        There is no such column.
    """
    for fold in (str, str.strip, lambda text: text.strip().lower()):
        found = [column for column in columns if fold(column) == fold(name)]
        if len(found) == 1:
            return found[0]
    raise ValueError(
        f"data set {whose!r} has no {role} column {name!r}{suggestion(name, list(columns)) or '.'} It has "
        + ("one column, " if len(columns) == 1 else "columns ")
        + listed(list(columns), 12)
    )
