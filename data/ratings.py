"""Ratings that users gave to items, and the files they are read from."""

import os
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..arrays import BoolArray, FloatArray, IntArray
from ..components import parse_call
from ..permissions import local_file
from . import downloads
from .synthetic_ratings import synthetic_ratings

LOWEST, HIGHEST = 0.5, 5.0
"""The ratings that may be given; the paper's data has 1 to 5, later MovieLens files also half a star."""

FETCHED = ("movielens-100k",)

_ROLES = {
    "user": {"user", "userid"},
    "item": {"item", "itemid", "movie", "movieid"},
    "rating": {"rating"},
}


@dataclass(frozen=True, eq=False)
class Ratings:
    """Who rated what, and how.

    Parameters
    ----------
    users, items
        Index of the user and of the item of every rating, shape (r,), from 0 on.
    values
        The ratings in stars, 0.5 to 5, shape (r,).
    name
        What the data is called in tables and messages.

    Raises
    ------
    ValueError
        There is no rating or only one user, a rating is out of range, somebody rated an item twice, or shapes do not fit.

    Examples
    --------
    >>> ratings = Ratings(np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([5.0, 3.0, 1.0]))
    >>> len(ratings), ratings.n_users, ratings.n_items, round(ratings.density, 3)
    (3, 2, 3, 0.75)
    """

    users: IntArray
    items: IntArray
    values: FloatArray
    name: str = "ratings"

    def __post_init__(self) -> None:
        for name in ("users", "items"):
            column = np.asarray(getattr(self, name))
            if not np.issubdtype(column.dtype, np.integer):
                raise ValueError(f"{self.name}: {name} are indices, whole numbers, not of type {column.dtype}")
            object.__setattr__(self, name, column.astype(np.int64, copy=False))
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float64))
        shapes = {np.shape(column) for column in (self.users, self.items, self.values)}
        if len(shapes) > 1 or np.ndim(self.values) != 1:
            raise ValueError(f"{self.name}: users, items and values must be of one shape (r,), not {sorted(shapes)}")
        if not len(self.values):
            raise ValueError(f"{self.name}: there are no ratings")
        if min(self.users.min(), self.items.min()) < 0:
            raise ValueError(f"{self.name}: users and items are counted from 0 on")
        wrong = self.values[~((self.values >= LOWEST) & (self.values <= HIGHEST))]
        if len(wrong):
            raise ValueError(
                f"{self.name}: a rating of {wrong[0]:g} is out of range; ratings are {LOWEST:g} to {HIGHEST:g} stars"
            )
        if (self.users == self.users[0]).all():
            raise ValueError(f"{self.name}: one user only gave all ratings; at least 2 are needed to form two parties")
        places = np.sort(self.users * np.int64(self.n_items) + self.items)
        twice = np.flatnonzero(places[1:] == places[:-1])
        if len(twice):
            user, item = divmod(int(places[twice[0]]), self.n_items)
            raise ValueError(f"{self.name}: user number {user} rates item number {item} twice (counted from 0)")

    def __len__(self) -> int:
        """Return the number of ratings."""
        return len(self.values)

    @property
    def n_users(self) -> int:
        """Number of users: one more than the largest index."""
        return int(self.users.max()) + 1

    @property
    def n_items(self) -> int:
        """Number of items: one more than the largest index."""
        return int(self.items.max()) + 1

    @property
    def density(self) -> float:
        """Share of the table of users by items that is filled; users and items without a rating do not count."""
        return len(self) / (len(np.unique(self.users)) * len(np.unique(self.items)))

    def where(self, chosen: BoolArray) -> "Ratings":
        """Return the chosen ratings, (r,) truth values, with users and items numbered afresh.

        Raises
        ------
        ValueError
            Fewer than two users are left.
        """
        if not chosen.any():
            raise ValueError(f"{self.name}: no rating is left")
        return Ratings(_numbered(self.users[chosen]), _numbered(self.items[chosen]), self.values[chosen], self.name)


def load_ratings(dataset: str, rng: np.random.Generator) -> Ratings:
    """Return ratings by name, or from a file.

    Parameters
    ----------
    dataset
        ``synthetic``, or with parameters ``synthetic(users=600)``; ``movielens-100k``, once fetched with ``potluck data get``; or
        the path of a file, as in `read_ratings`.
    rng
        Where synthetic ratings come from; a file needs none.

    Raises
    ------
    ValueError
        There is no such data, or it cannot be used; the message is one line.

    Examples
    --------
    >>> ratings = load_ratings("synthetic(users=100, items=50)", np.random.default_rng(0))
    >>> ratings.n_users, ratings.n_items
    (100, 50)
    """
    name = downloads.plain_name(dataset)
    if name in FETCHED:
        return read_ratings(downloads.verified_path(name), name)
    if re.match(r"synthetic\b", name) and os.sep not in dataset:
        return _synthetic(dataset, rng)
    known = ", ".join(("synthetic", *FETCHED))
    try:
        path = local_file(dataset)
    except ValueError as error:
        said = str(error).replace(f"there is no file {dataset!r}", "there is no such file")
        raise ValueError(f"dataset = {dataset!r}: {said}; known: {known}, or the path of a file of ratings") from None
    return read_ratings(path)


def _synthetic(dataset: str, rng: np.random.Generator) -> Ratings:
    _, positional, named = parse_call(dataset)
    try:
        users, items, values = synthetic_ratings(rng, *positional, **named)
    except TypeError:
        raise ValueError(f"dataset = {dataset!r}: write synthetic(users=..., items=..., density=..., taste=...)") from None
    return Ratings(users, items, values, dataset)


def read_ratings(path: str | Path, name: str | None = None) -> Ratings:
    """Return the ratings in a file.

    Read are MovieLens' ``u.data`` (fields between tabs: user, item, rating), ``ratings.dat`` (between ``::``), tables with a
    header between commas or tabs, whose columns are called user, item and rating or as in MovieLens' ``ratings.csv`` (``userId``,
    ``movieId``, ``rating``), and RecBole's ``.inter``. Further columns are left out. Users and items may be numbers or texts.

    Parameters
    ----------
    path
        The file.
    name
        What the data is to be called; default: the file's name.

    Raises
    ------
    ValueError
        The file is not there or not readable, lacks a column, holds an empty field or a rating out of range, or has one user
        only.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}")
    label = name or path.name
    try:
        content = path.read_bytes()
        first = content[: content.find(b"\n") + 1 or None].decode("utf-8").strip()
        separator = next((sign for sign in ("::", "\t") if sign in first), ",")
        table = _table(content, first, separator, label)
    except OSError as error:
        raise ValueError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ValueError(f"cannot read {str(path)!r} as a table of ratings: {reason}") from error
    for role in ("user", "item", "rating"):
        empty = table.index[table[role].isna()]
        if len(empty):
            raise ValueError(f"{label}: the {role} of rating number {empty[0] + 1} is missing")
    return Ratings(_numbered(table["user"]), _numbered(table["item"]), _stars(table["rating"], label), label)


def _table(content: bytes, first: str, separator: str, label: str) -> pd.DataFrame:
    """Return columns user, item and rating."""
    if separator == "::":
        content, separator = content.replace(b"::", b"\t"), "\t"
        first = first.replace("::", "\t")
    fields = [field.strip() for field in first.split(separator)]
    headed = separator == "," or not fields[0].isdigit()
    if not headed and len(fields) < 3:
        raise ValueError(f"{label}: there are {len(fields)} columns; user, item and rating are needed")
    columns = _columns(fields, label) if headed else {"user": 0, "item": 1, "rating": 2}
    table = pd.read_csv(
        BytesIO(content),
        sep=separator,
        header=0 if headed else None,
        usecols=list(columns.values()),
        index_col=False,
        skipinitialspace=True,
        low_memory=False,
    )
    order = sorted(columns, key=lambda role: columns[role])
    return table.set_axis(order, axis="columns")


def _columns(fields: list[str], label: str) -> dict[str, int]:
    """Return where user, item and rating stand in a header."""
    plain = [re.sub(r":.*$|[\s_\"]", "", field.lower()) for field in fields]
    found = {role: next((place for place, word in enumerate(plain) if word in words), -1) for role, words in _ROLES.items()}
    missing = [role for role, place in found.items() if place < 0]
    if missing:
        raise ValueError(f"{label}: there is no column for {' and '.join(missing)}; the header is {', '.join(fields)!r}")
    return found


def _stars(column: "pd.Series[Any]", label: str) -> FloatArray:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column[numbers.isna()]
    if len(wrong):
        raise ValueError(f"{label}: a rating of {wrong.iloc[0]!r} is not a number")
    return numbers.to_numpy(dtype=np.float64)


def _numbered(names: "pd.Series[Any] | NDArray[Any]") -> IntArray:
    """Return the place of each name among all different ones, in order."""
    codes, _ = pd.factorize(np.asarray(names), sort=True)
    return codes.astype(np.int64)
