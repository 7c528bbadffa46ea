"""Labelled data for classification: bundled with scikit-learn, fetched on request, or the user's own CSV."""

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ..arrays import FloatArray, IntArray
from ..components import suggestion
from ..permissions import local_file
from . import downloads

BUNDLED = ("breast-cancer", "wine", "digits")
"""The data sets that are there at once."""

MOST_CATEGORIES = 100
"""A text column with more different values than this is taken for an identifier and rejected."""

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
    """Labelled data.

    Parameters
    ----------
    name
        What it is called in tables and messages.
    features
        Shape (rows, d), finite; not scaled.
    labels
        Shape (rows,), 0 to K - 1, an index into ``label_names``.
    label_names
        The K classes, K at least 2.
    feature_names
        The d columns of ``features``.
    sites
        Columns that can name the site (clinic, hospital, shop) of each row: column name to texts of shape (rows,).
    citation
        What to cite, or an empty text.

    Raises
    ------
    ValueError
        Fewer than 2 rows, no feature, one class only, a value that is not finite, or shapes that do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> data = Dataset("coins", np.array([[0.2], [0.9]]), np.array([0, 1]), ("tails", "heads"), ("weight",))
    >>> data.features.shape
    (2, 1)
    """

    name: str
    features: FloatArray
    labels: IntArray
    label_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    sites: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    citation: str = ""

    def __post_init__(self) -> None:
        rows, width = np.shape(self.features) if np.ndim(self.features) == 2 else (0, 0)
        if rows < 2:
            raise ValueError(f"data set {self.name!r} has {rows} rows; at least 2 are needed")
        if width < 1 or width != len(self.feature_names):
            raise ValueError(f"data set {self.name!r} has {width} features and {len(self.feature_names)} feature names")
        for what, column in (("labels", self.labels), *self.sites.items()):
            if np.shape(column) != (rows,):
                raise ValueError(f"data set {self.name!r}: {what} has shape {np.shape(column)}; it must be ({rows},)")
        present = np.unique(self.labels)
        if len(present) < 2:
            raise ValueError(f"data set {self.name!r} has one class only; at least 2 are needed")
        if present[0] < 0 or present[-1] >= len(self.label_names):
            raise ValueError(
                f"data set {self.name!r} has labels from {present[0]} to {present[-1]}; "
                f"its {len(self.label_names)} classes allow 0 to {len(self.label_names) - 1}"
            )
        finite = np.isfinite(self.features).all(axis=0)
        if not finite.all():
            worst = self.feature_names[int(np.argmin(finite))]
            raise ValueError(f"data set {self.name!r}: feature {worst!r} holds values that are not finite numbers")


def load_dataset(name_or_path: str | Path, label: str | None = None, site: str | None = None) -> Dataset:
    """Return the data set of that name, or the one in the user's own CSV file.

    A known name wins over a file; hyphens and underscores are the same. A file is comma separated with a header, plain
    or gzipped (``.gz``). In a file and in a fetched table:

    - every number is a feature as it stands; a missing one becomes the median of its column;
    - true and false become 1 and 0;
    - a text column becomes one 0/1 feature a value, named ``column=value``; a missing text is 0 in all of them;
    - classes are sorted, numbers by size and texts by alphabet; numbered classes must be whole numbers.

    Parameters
    ----------
    name_or_path
        A name in `catalogue`, or a path.
    label
        The column of the class. Default: ``label`` if there is one, else ``target``, else the last column.
    site
        The column that names the site of each row. It is not a feature.

    Raises
    ------
    ValueError
        The name is unknown; the data is not fetched yet, or its cached copy is corrupt; there is no such file, or it is
        empty or unreadable; a column is missing, or empty in some row where it must not be; there is one class only or
        fewer than 2 rows; a value is not finite; a text column has more than 100 different values.

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
    if name in _BUNDLED:
        return _from_bundle(name, label, site)
    if name in _LABELLED:
        return _from_cache(name, label, site)
    if name in downloads.DOWNLOADS or name in _NUMBERS:
        raise ValueError(f"data set {name!r} has no classes to learn; those that have: {', '.join(_known())}")
    if isinstance(name_or_path, str) and not _looks_like_path(name_or_path):
        raise ValueError(
            f"unknown data set {name_or_path!r}{suggestion(name_or_path, _known()) or '.'} "
            f"Known: {', '.join(_known())}; or give the path of a CSV file"
        )
    path = local_file(name_or_path)
    table = read_csv_table(path)
    return _from_table(path.name, table, _default_label(table) if label is None else label, site)


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


def _from_bundle(name: str, label: str | None, site: str | None) -> Dataset:
    if label is not None or site is not None:
        raise ValueError(f"data set {name!r} has no other label and no site column: leave out label and site")
    from sklearn import datasets as bundled

    loader, _, _, _, citation = _BUNDLED[name]
    bunch = getattr(bundled, loader)()
    return Dataset(
        name,
        np.asarray(bunch.data, dtype=np.float64),
        np.asarray(bunch.target, dtype=np.int64),
        tuple(str(text) for text in bunch.target_names),
        tuple(str(text) for text in bunch.feature_names),
        citation=citation,
    )


def _from_cache(name: str, label: str | None, site: str | None) -> Dataset:
    own_label, own_site = _LABELLED[name]
    table = read_csv_table(downloads.verified_path(name), _WITHOUT_HEADER.get(name))
    label = own_label if label is None else label
    site = own_site if site is None else site
    return _from_table(name, table, label, site, downloads.DOWNLOADS[name].citation)


def read_csv_table(path: Path, names: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Return a comma-separated file, plain or gzipped, as it stands; without a header where names are given.

    Raises
    ------
    ValueError
        There is no such file, or it is empty, has no rows or cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path,
                header=None if names else 0,
                names=names,
                index_col=False,
                skipinitialspace=True,
                low_memory=False,
                compression="gzip" if path.suffix.lower() == ".gz" else None,
            )
    except pd.errors.EmptyDataError:
        raise ValueError(f"{str(path)!r} is empty") from None
    except (OSError, EOFError, ValueError, pd.errors.ParserWarning) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"cannot read {str(path)!r} as a comma-separated table: {reason}") from error
    if table.empty:
        raise ValueError(f"{str(path)!r} has a header and no rows")
    return table.rename(columns=str)


def _default_label(table: pd.DataFrame) -> str:
    names = list(table.columns)
    return next((name for name in ("label", "target") if name in names), names[-1])


def _from_table(name: str, table: pd.DataFrame, label: str, site: str | None, citation: str = "") -> Dataset:
    for role, column in (("label", label), ("site", site)):
        if column is not None and column not in table.columns:
            raise ValueError(
                f"data set {name!r} has no {role} column {column!r}{suggestion(column, list(table.columns)) or '.'} "
                f"It has {_listed(table)}"
            )
    if label == site:
        raise ValueError(f"data set {name!r}: column {label!r} cannot be both the label and the site")
    labels, label_names = _classes(name, table[label])
    columns = [column for column in table.columns if column not in (label, site)]
    if not columns:
        raise ValueError(f"data set {name!r} has no feature columns: it has {_listed(table)} (is it comma separated?)")
    parts = [encoded_column(name, table[column]) for column in columns]
    return Dataset(
        name,
        np.column_stack([values for values, _ in parts]),
        labels,
        label_names,
        tuple(feature for _, features in parts for feature in features),
        {} if site is None else {site: _texts(name, table[site], "site").to_numpy(dtype=np.str_)},
        citation,
    )


def _listed(table: pd.DataFrame, most: int = 20) -> str:
    names = [str(name) for name in table.columns]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ("columns " if len(names) > 1 else "one column, ") + ", ".join(names[:most]) + more


def _texts(name: str, column: pd.Series, role: str) -> pd.Series:
    missing = int(column.isna().sum())
    if missing:
        raise ValueError(f"data set {name!r}: {role} column {column.name!r} is empty in {missing} rows")
    if _numbered(column) and (column == column.round()).all() and (column.abs() < 2**53).all():
        column = column.astype(np.int64)
    return column.astype(str)


def _numbered(column: pd.Series) -> bool:
    return is_numeric_dtype(column) and not is_bool_dtype(column)


def _classes(name: str, column: pd.Series) -> tuple[IntArray, tuple[str, ...]]:
    texts = _texts(name, column, "label")
    keys = texts.to_numpy(dtype=np.str_)
    if _numbered(column):
        keys = column.to_numpy(dtype=np.float64)
        broken = keys[~np.isfinite(keys) | (keys != np.round(keys))]
        if len(broken):
            raise ValueError(
                f"data set {name!r}: label column {column.name!r} holds {broken[0]}; classes must be whole numbers or texts"
            )
    _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
    return codes.astype(np.int64), tuple(str(text) for text in texts.iloc[first])


def encoded_column(name: str, column: pd.Series) -> tuple[FloatArray, list[str]]:
    """Return a column of the data set of that name as numbers, shape (rows, d), and what the d columns are called.

    Raises
    ------
    ValueError
        The column is empty, or a text with too many different values.
    """
    title = str(column.name)
    if column.isna().all():
        raise ValueError(f"data set {name!r}: column {title!r} is empty")
    if is_numeric_dtype(column):
        numbers = column.to_numpy(dtype=np.float64)
        return np.where(np.isnan(numbers), np.nanmedian(numbers), numbers)[:, None], [title]
    texts = column.map(str)
    values = sorted(set(texts[column.notna()]))
    if len(values) > MOST_CATEGORIES:
        raise ValueError(
            f"data set {name!r}: text column {title!r} has {len(values)} different values; "
            f"at most {MOST_CATEGORIES} can be a feature (is it an identifier?)"
        )
    hot = np.column_stack([(texts == value) & column.notna() for value in values])
    return hot.astype(np.float64), [f"{title}={value}" for value in values]
