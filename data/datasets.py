"""Data to learn from: bundled with scikit-learn, fetched on request, or the user's own CSV."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..components import suggestion
from ..permissions import local_file
from . import downloads
from .dataset import Dataset as Dataset
from .labelled_tables import as_text, bundled_dataset, from_table
from .reading import TableReading
from .text_table import TextTable, read_text_table

BUNDLED = ("breast-cancer", "wine", "digits")
"""The data sets that are there at once."""


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


def _from_bundle(name: str, asked: TableReading) -> Dataset:
    if asked.label is not None or asked.site is not None:
        raise ValueError(f"data set {name!r} has no other label and no site column: leave out label and site")
    from sklearn import datasets as bundled

    loader, _, _, _, citation = _BUNDLED[name]
    bunch = getattr(bundled, loader)()
    inputs = pd.DataFrame(np.asarray(bunch.data, dtype=np.float64), columns=[str(text) for text in bunch.feature_names])
    names = tuple(str(text) for text in bunch.target_names)
    return bundled_dataset(name, inputs, np.asarray(bunch.target, dtype=np.int64), names, asked, citation)


def _from_cache(name: str, asked: TableReading) -> Dataset:
    own_label, own_site = _LABELLED[name]
    asked = asked.model_copy(update={"label": asked.label or own_label, "site": asked.site or own_site})
    table = read_text_table(downloads.verified_path(name), names=_WITHOUT_HEADER.get(name), as_text=as_text(asked))
    return from_table(replace(table, name=name), asked, citation=downloads.DOWNLOADS[name].citation)
