"""Data to learn from: bundled with scikit-learn, fetched on request, or the user's own CSV."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..arrays import FloatArray, IntArray
from ..components import suggestion
from ..permissions import local_file
from . import downloads
from .encoding import encoded
from .reading import TableReading, column_named, note
from .roles import doubt, feature
from .roles import names as role_names
from .schema import Column, Schema, listed
from .text_table import TextTable, read_text_table

BUNDLED = ("breast-cancer", "wine", "digits")
"""The data sets that are there at once."""

LABELS = ("label", "target", "class", "outcome", "y")
"""Names by which a label is recognised, in any case; the first that there is counts."""

# name -> loader in sklearn.datasets, rows, columns with the label, what it is, citation
_BUNDLED: dict[str, tuple[str, int, int, str, str]] = {
    "breast-cancer": (
        "load_breast_cancer",
        569,
        31,
        "breast masses seen in images of cells, label: malignant or benign",
        "Street, Wolberg and Mangasarian (1993), Nuclear feature extraction for breast tumor diagnosis, Proc. SPIE 1905:861-870",
    ),
    "wine": (
        "load_wine",
        178,
        14,
        "chemical analysis of wines, label: one of three growers",
        "Aeberhard and Forina (1991), Wine, UCI Machine Learning Repository, doi:10.24432/C5PC7J",
    ),
    "digits": (
        "load_digits",
        1797,
        65,
        "handwritten digits of 8 x 8 pixels, 0 to 16",
        "Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning Repository, "
        "doi:10.24432/C50P49",
    ),
}

# numbers to predict, no classes: rows, columns with the target, what it is, citation
_NUMBERS: dict[str, tuple[int, int, str, str]] = {
    "diabetes": (
        442,
        11,
        "diabetes patients, target: progression after a year (a number to predict, not a class)",
        "Efron, Hastie, Johnstone and Tibshirani (2004), Least angle regression, Annals of Statistics 32:407-499",
    ),
}

# name -> label column, column that names a site
_LABELLED: dict[str, tuple[str, str | None]] = {
    "adult-census": ("class", None),
    "preterm-clinics": ("preterm", "clinic"),
    "breast-cancer-cohorts": ("event", "cohort"),
    "mnist-5k": ("label", None),
}
_WITHOUT_HEADER = {"mnist-5k": (*(f"pixel{place}" for place in range(784)), "label")}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of inputs, and a class or a number to predict for each.

    Parameters
    ----------
    name
        What it is called in tables and messages.
    inputs
        A row a row and a column an input: numbers, NaN where missing, or texts, None where missing.
    targets
        Shape (rows,): classes 0 to K - 1, an index into ``label_names``; or finite numbers.
    label_names
        The K classes, K at least 2; none where numbers are to be predicted.
    schema
        What the columns of the file were taken for.
    sites
        Columns that can name the site (clinic, hospital, shop) of each row: column name to texts of shape (rows,).
    aside
        Columns that are no inputs, such as row numbers, in the form of ``inputs``.
    citation
        What to cite, or an empty text.

    Raises
    ------
    ValueError
        Fewer than 2 rows, no input, one class only, a value that is not finite, or shapes that do not fit.

    Examples
    --------
    >>> data = Dataset("coins", pd.DataFrame({"weight": [0.2, 0.9]}), np.array([0, 1]), ("tails", "heads"))
    >>> data.features.shape
    (2, 1)
    """

    name: str
    inputs: pd.DataFrame
    targets: IntArray | FloatArray
    label_names: tuple[str, ...] = ()
    schema: Schema = field(default_factory=lambda: Schema("", 0, ()))
    sites: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    citation: str = ""

    def __post_init__(self) -> None:
        rows, width = self.inputs.shape
        if rows < 2:
            raise ValueError(f"data set {self.name!r} has {rows} rows; at least 2 are needed")
        if width < 1:
            raise ValueError(f"data set {self.name!r} has no input")
        for what, column in (("labels", self.targets), *self.sites.items()):
            if np.shape(column) != (rows,):
                raise ValueError(f"data set {self.name!r}: {what} has shape {np.shape(column)}; it must be ({rows},)")
        for name, cells in self.inputs.items():
            if cells.dtype.kind == "f" and np.isinf(cells).any():
                raise ValueError(f"data set {self.name!r}: feature {name!r} holds values that are not finite numbers")
        if self.label_names:
            self._check_classes()
        elif not np.isfinite(self.targets).all():
            raise ValueError(f"data set {self.name!r}: a number to predict is not finite")

    def _check_classes(self) -> None:
        present = np.unique(self.targets)
        if len(present) < 2:
            raise ValueError(f"data set {self.name!r} has one class only; at least 2 are needed")
        if present[0] < 0 or present[-1] >= len(self.label_names):
            raise ValueError(
                f"data set {self.name!r} has labels from {present[0]} to {present[-1]}; "
                f"its {len(self.label_names)} classes allow 0 to {len(self.label_names) - 1}"
            )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.targets)

    @property
    def labels(self) -> IntArray:
        """The class of every row, shape (rows,)."""
        return np.asarray(self.targets, dtype=np.int64)

    def encoded(self, rows: IntArray) -> tuple[FloatArray, tuple[str, ...]]:
        """Return all inputs as numbers, (rows, d), and their columns' names; medians and categories are those of some rows."""
        orders = {column.name: column.values for column in self.schema.columns if column.kind == "ordered"}
        return encoded(self.inputs, rows, {name: order for name, order in orders.items() if name in self.inputs})

    @cached_property
    def _whole(self) -> tuple[FloatArray, tuple[str, ...]]:
        return self.encoded(np.arange(len(self)))

    @property
    def features(self) -> FloatArray:
        """All inputs as numbers, shape (rows, d), encoded by all rows; not scaled."""
        return self._whole[0]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The d columns of ``features``."""
        return self._whole[1]

    def without(self, *columns: str) -> "Dataset":
        """Return the same data without some inputs."""
        return replace(self, inputs=self.inputs.drop(columns=list(columns)))


def load_dataset(
    name_or_path: str | Path,
    label: str | None = None,
    site: str | None = None,
    *,
    drop: Sequence[str] = (),
    numeric: Sequence[str] = (),
    category: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> Dataset:
    """Return the data set of that name, or the one in the user's own file, for classification.

    A known name wins over a file; hyphens and underscores are the same. A file is a table of text with any usual encoding,
    delimiter, decimal sign and line ending, plain or gzipped, with a header or without. `Dataset.schema` says what each
    column was taken for: numbers are features as they stand, texts become one 0/1 feature a value; identifiers, row numbers,
    dates and columns without two different values are left out. Classes are sorted, numbers by size and texts by alphabet;
    numbered classes must be whole numbers.

    Parameters
    ----------
    name_or_path
        A name in `catalogue`, or a path.
    label, site, drop, numeric, category, missing
        As in `TableReading`.

    Raises
    ------
    ValueError
        The name is unknown; the data is not fetched yet, or its cached copy is not the pinned one; there is no such file, or it
        is empty or unreadable; a column is missing, or empty in some row where it must not be; a cell among numbers is none;
        there is one class only, no feature, or fewer than 2 rows.

    Examples
    --------
    >>> wine = load_dataset("wine")
    >>> wine.features.shape, wine.label_names
    ((178, 13), ('class_0', 'class_1', 'class_2'))
    >>> load_dataset("winee")
    Traceback (most recent call last):
        ...
    ValueError: unknown data set 'winee', did you mean 'wine'? Known: breast-cancer, wine, digits, adult-census, \
preterm-clinics, breast-cancer-cohorts, mnist-5k; or give the path of a CSV file
    """
    name = downloads.plain_name(name_or_path) if isinstance(name_or_path, str) else ""
    asked = TableReading(
        label=label, site=site, drop=tuple(drop), numeric=tuple(numeric), category=tuple(category), missing=tuple(missing)
    )
    if name in _BUNDLED:
        return _from_bundle(name, asked)
    if name in _LABELLED:
        return _from_cache(name, asked)
    if name in downloads.DOWNLOADS or name in _NUMBERS:
        raise ValueError(f"data set {name!r} has no classes to learn; those that have: {', '.join(_known())}")
    return from_table(own_table(name_or_path, _known(), asked), asked)


def is_bundled(name: str) -> bool:
    """Return whether a data set of that name is there without fetching.

    Examples
    --------
    >>> is_bundled("Wine"), is_bundled("mnist-5k")
    (True, False)
    """
    return downloads.plain_name(name) in {*_BUNDLED, *_NUMBERS}


def own_table(name_or_path: str | Path, known: Sequence[str], asked: TableReading) -> TextTable:
    """Return the table in the user's own file.

    Raises
    ------
    ValueError
        What is named is neither known nor a file, or the file cannot be read.
    """
    if isinstance(name_or_path, str) and not _looks_like_path(name_or_path):
        raise ValueError(
            f"unknown data set {name_or_path!r}{suggestion(name_or_path, list(known)) or '.'} "
            f"Known: {', '.join(known)}; or give the path of a CSV file"
        )
    return read_text_table(local_file(name_or_path), as_text=as_text(asked))


def catalogue() -> pd.DataFrame:
    """Return every data set that has a name, one row each.

    Columns: ``name``; ``rows`` and ``columns`` (with the label); ``description``; ``source``, bundled or download;
    ``megabytes`` to download (0 if bundled); ``present``, whether it is there now; ``licence``; ``citation``.

    Examples
    --------
    >>> list(catalogue()["name"][:3])
    ['breast-cancer', 'wine', 'digits']
    """
    rows: list[dict[str, Any]] = []
    for name, (_, count, width, description, citation) in _BUNDLED.items():
        rows.append(_row(name, (count, width), description, "bundled", 0.0, True, "CC BY 4.0", citation))
    for name, (count, width, description, citation) in _NUMBERS.items():
        rows.append(_row(name, (count, width), description, "bundled", 0.0, True, "BSD 3-Clause, as scikit-learn", citation))
    for entry in downloads.DOWNLOADS.values():
        there = downloads.is_present(entry.name)
        what = (entry.name, entry.shape, entry.description, "download", float(entry.megabytes))
        rows.append(_row(*what, there, entry.licence, entry.citation))
    return pd.DataFrame(rows)


def _row(
    name: str,
    shape: tuple[int, int],
    description: str,
    source: str,
    megabytes: float,
    present: bool,
    licence: str,
    citation: str,
) -> dict[str, Any]:
    return {
        "name": name,
        "rows": shape[0],
        "columns": shape[1],
        "description": description,
        "source": source,
        "megabytes": megabytes,
        "present": present,
        "licence": licence,
        "citation": citation,
    }


def _known() -> list[str]:
    return [*_BUNDLED, *_LABELLED]


def _looks_like_path(text: str) -> bool:
    kinds = (".csv", ".gz", ".txt", ".tsv")
    return "/" in text or os.sep in text or text.lower().endswith(kinds) or os.path.exists(os.path.expanduser(text))


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


def _from_bundle(name: str, asked: TableReading) -> Dataset:
    if asked.label is not None or asked.site is not None:
        raise ValueError(f"data set {name!r} has no other label and no site column: leave out label and site")
    from sklearn import datasets as bundled

    loader, _, _, _, citation = _BUNDLED[name]
    bunch = getattr(bundled, loader)()
    inputs = pd.DataFrame(np.asarray(bunch.data, dtype=np.float64), columns=[str(text) for text in bunch.feature_names])
    names = tuple(str(text) for text in bunch.target_names)
    return bundled_dataset(name, inputs, np.asarray(bunch.target, dtype=np.int64), names, asked, citation)


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


def _from_cache(name: str, asked: TableReading) -> Dataset:
    own_label, own_site = _LABELLED[name]
    asked = asked.model_copy(update={"label": asked.label or own_label, "site": asked.site or own_site})
    table = read_text_table(downloads.verified_path(name), names=_WITHOUT_HEADER.get(name), as_text=as_text(asked))
    return from_table(replace(table, name=name), asked, citation=downloads.DOWNLOADS[name].citation)


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
    def record() -> Any:
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
