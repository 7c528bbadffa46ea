"""From a table of text to a data set: which column is the label, and what the others are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .dataset import Dataset
from .reading import Journal, TableReading, column_named, note
from .roles import doubt, feature
from .roles import names as role_names
from .schema import Column, Schema, listed
from .text_table import TextTable

LABELS = ("label", "target", "class", "outcome", "y")
"""Names by which a label is recognised, in any case; the first that there is counts."""


def as_text(asked: TableReading) -> Callable[[Sequence[str]], list[str]]:
    """Return which of a file's columns are to be read as texts even where they hold numbers: names of classes and sites."""

    def chosen(columns: Sequence[str]) -> list[str]:
        wanted = {name.strip().lower() for name in (asked.label, asked.site, *asked.category) if name}
        label = asked.label or default_label(columns)[0]
        return [column for column in columns if column == label or column.strip().lower() in wanted]

    return chosen


def default_label(columns: Sequence[str]) -> tuple[str, str]:
    """Return the column that is the label where none is named, and why.

    Examples
    --------
    >>> default_label(["Label", "age", "visits"]), default_label(["age", "visits"])[0]
    (('Label', 'its name'), 'visits')
    """
    for word in LABELS:
        found = [column for column in columns if column.strip().lower() == word]
        if found:
            others = [column for column in columns if column.strip().lower() in LABELS and column != found[0]]
            return found[0], "its name" + (f"; {listed(others)} could be meant as well: set label=NAME" if others else "")
    return columns[-1], "a guess, it is the last column: set label=NAME for another"


def bundled_dataset(
    name: str, inputs: pd.DataFrame, targets: Any, label_names: tuple[str, ...], asked: TableReading, citation: str
) -> Dataset:
    """Return a data set whose columns are known to be numbers; some may be dropped."""
    if asked.numeric or asked.category or asked.missing:
        raise ValueError(f"data set {name!r} holds numbers alone: leave out numeric, category and missing")
    dropped = [column_named(column, list(inputs.columns), "input", name) for column in asked.drop]
    columns = [
        Column(column, "dropped", why="as asked", asked=True)
        if column in dropped
        else Column(column, "feature", "number", "bundled with scikit-learn")
        for column in inputs.columns
    ]
    columns.append(Column("target", "label", why="bundled with scikit-learn", values=label_names, asked=True))
    schema = Schema(name, len(inputs), tuple(columns))
    return _noted(Dataset(name, inputs.drop(columns=dropped), targets, label_names, schema, citation=citation))


def from_table(table: TextTable, asked: TableReading, *, numbers: bool = False, citation: str = "") -> Dataset:
    """Return a table as data: every column's role decided and written down.

    Parameters
    ----------
    table
        What the file holds.
    asked
        What the user says of its columns.
    numbers
        Whether the label is a number to predict and not a class.
    citation
        What to cite.

    Raises
    ------
    ValueError
        As `load_dataset`.
    """
    whose, columns = table.name, list(table.frame.columns)
    label, why = (asked.label, "as asked") if asked.label else default_label(columns)
    label = column_named(label, columns, "label", whose)
    site = None if asked.site is None else column_named(asked.site, columns, "site", whose)
    if label == site:
        raise ValueError(f"data set {whose!r}: column {label!r} cannot be both the label and the site")
    role_of = {
        column_named(column, columns, role, whose): role
        for role in ("drop", "numeric", "category")
        for column in getattr(asked, role)
    }
    for column in (label, site):
        if column in role_of:
            raise ValueError(
                f"data set {whose!r}: column {column!r} cannot be both in {role_of[column]} and the label or the site"
            )
    found: list[Column] = []
    inputs: dict[str, Any] = {}
    aside: dict[str, Any] = {}
    sites: dict[str, NDArray[np.str_]] = {}
    targets: Any = ()
    label_names: tuple[str, ...] = ()
    for column in columns:
        cells = table.frame[column]
        if column == label:
            targets, label_names, taken = _targets(whose, column, cells, asked, numbers)
            found.append(replace(taken, why=why, asked=asked.label is not None))
        elif column == site:
            texts, repaired = role_names(column, cells, "site", asked.missing, whose)
            sites[column] = texts.to_numpy(dtype=np.str_)
            found.append(Column(column, "site", why="as asked", repaired=repaired, asked=True))
        elif role_of.get(column) == "drop":
            found.append(Column(column, "dropped", why="as asked", asked=True))
        else:
            nameless = column in table.nameless
            typed = feature(column, cells, nameless=nameless, asked=role_of.get(column), missing=asked.missing, whose=whose)
            found.append(typed.column)
            (inputs if typed.column.role == "feature" else aside)[column] = typed.values
    schema = Schema(whose, len(table.frame), tuple(found), table.manners, table.notes)
    if not inputs:
        left = [f"{column.name!r} is {column.role}" for column in found if column.role not in ("label", "site")]
        why = f": {listed(left, 4)}; numeric=NAME keeps a column" if left else f": it has one column, {listed(columns)}"
        raise ValueError(f"data set {whose!r} has no feature columns{why}")
    frame = pd.DataFrame(inputs)
    return _noted(Dataset(whose, frame, targets, label_names, schema, sites, pd.DataFrame(aside, index=frame.index), citation))


def _noted(data: Dataset) -> Dataset:
    def record(_: Journal) -> Any:
        from .leaks import data_read  # which needs this module

        return data_read(data)

    note(data.schema, record)
    return data


def _targets(
    whose: str, name: str, cells: "pd.Series[Any]", asked: TableReading, numbers: bool
) -> tuple[Any, tuple[str, ...], Column]:
    if numbers:
        typed = feature(name, cells, asked="numeric", missing=asked.missing, whose=whose)
        empty = np.flatnonzero(typed.values.isna().to_numpy())
        if len(empty):
            raise ValueError(f"{whose}: row {empty[0] + 1}, label column {name!r}: no number; {len(empty)} rows have no label")
        return typed.values.to_numpy(np.float64), (), Column(name, "label", "number", repaired=typed.column.repaired)
    texts, repaired = role_names(name, cells, "label", asked.missing, whose)
    keys: Any = texts.to_numpy(dtype=np.str_)
    values = pd.to_numeric(texts, errors="coerce")
    if values.notna().all() and not texts.str.match(r"-?0\d").any():
        keys = values.to_numpy(dtype=np.float64)
        broken = np.flatnonzero(~np.isfinite(keys) | (keys != np.round(keys)))
        if len(broken):
            raise ValueError(
                f"{whose}: row {broken[0] + 1}, label column {name!r} holds {texts.iloc[broken[0]]}; classes must be whole "
                "numbers or texts (to predict numbers, use the task Regression)"
            )
    _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    label_names = tuple(str(text) for text in texts.iloc[first])
    return (
        codes.astype(np.int64),
        label_names,
        Column(name, "label", "category", repaired=repaired, values=label_names, doubt=doubt(texts)),
    )
