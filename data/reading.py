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


_JOURNAL: ContextVar[dict[Any, Any] | None] = ContextVar("data read", default=None)


@contextmanager
def noted_reading() -> Iterator[dict[Any, Any]]:
    """Collect, while the block runs, a record of everything that is read, by what tells it from others (see `note`).

    Examples
    --------
    >>> with noted_reading() as read:
    ...     note("a file", lambda: "what was found in it")
    ...     note("a file", lambda: "not asked again")
    >>> read
    {'a file': 'what was found in it'}
    """
    read: dict[Any, Any] = {}
    token = _JOURNAL.set(read)
    try:
        yield read
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


def note(key: Any, record: Callable[[], Any]) -> None:
    """Add a record to the journal, if one is kept and has none under that key."""
    journal = _JOURNAL.get()
    if journal is not None and key not in journal:
        journal[key] = record()


def recorded(key: Any) -> Any:
    """Return the journal's record under a key, or None where there is none."""
    return (_JOURNAL.get() or {}).get(key)


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
