"""Reading ratings: by name, or from a file of any usual form."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..arrays import FloatArray, IntArray
from ..components import parse_call
from ..permissions import local_file
from . import downloads
from .ratings import Ratings
from .ratings_columns import RatingsReading, id_columns, without_blocks
from .reading import note
from .roles import MISSING_NUMBERS, plain_texts
from .schema import Column, Schema
from .synthetic_ratings import synthetic_ratings
from .text_files import decoded, file_content, shown
from .text_table import TextTable, parse_table

FETCHED = ("movielens-100k",)

MOSTLY = 0.5
"""From this share of lowest ratings on, 0 may stand for no rating."""


def load_ratings(dataset: str, rng: np.random.Generator, asked: RatingsReading | None = None) -> Ratings:
    """Return ratings by name, or from a file.

    Parameters
    ----------
    dataset
        ``synthetic``, or with parameters ``synthetic(users=600)``; ``movielens-100k``, once fetched with ``potluck data get``; or
        the path of a file, as in `read_ratings`.
    rng
        Where synthetic ratings come from; a file needs none.
    asked
        What the columns of a file are, and its scale.

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
        return read_ratings(downloads.verified_path(name), name, asked)
    if re.match(r"synthetic\b", name) and os.sep not in dataset:
        if asked is not None and asked.asked_for:
            raise ValueError(f"dataset = {dataset!r} is made up; {', '.join(asked.asked_for)} is for files of ratings")
        return _synthetic(dataset, rng)
    known = ", ".join(("synthetic", *FETCHED))
    try:
        path = local_file(dataset)
    except ValueError as error:
        said = str(error).replace(f"there is no file {dataset!r}", "there is no such file")
        raise ValueError(f"dataset = {dataset!r}: {said}; known: {known}, or the path of a file of ratings") from None
    return read_ratings(path, asked=asked)


def _synthetic(dataset: str, rng: np.random.Generator) -> Ratings:
    _, positional, named = parse_call(dataset)
    try:
        users, items, values = synthetic_ratings(rng, *positional, **named)
    except TypeError:
        raise ValueError(f"dataset = {dataset!r}: write synthetic(users=..., items=..., density=..., taste=...)") from None
    return Ratings(users, items, values, dataset)


def read_ratings(path: str | Path, name: str | None = None, asked: RatingsReading | None = None) -> Ratings:
    """Return the ratings in a file: a table of text as in `load_dataset`, or blocks of ratings below lines ``MovieID:``.

    With a header, columns are found by their names, in any order, or as they are named in ``asked``: ``userId``, ``User-ID``,
    ``user_id:token``, ``reviewerID``, ``movieId``, ``ISBN``, ``asin``, ``Book-Rating``, ``overall`` and so on; without one they
    are user, item and rating. Further columns are left out. Users and items are texts: 007 is not 7. What was found, the scale
    too, is in the schema.

    Parameters
    ----------
    path
        The file.
    name
        What the data is to be called; default: the file's name.
    asked
        What the columns are, and the scale.

    Raises
    ------
    ValueError
        The file is not there or not readable; a column is not found, or may be one of several; a cell is empty, or a rating no
        number or out of the scale; a user rates an item twice; or there is one user only. The message names row and column.
    """
    asked = asked or RatingsReading()
    content, gzipped = file_content(Path(path))
    whose = name or Path(path).name
    text, encoding = decoded(content, whose)
    text, blocks = without_blocks(text)
    table = parse_table(text, whose, encoding, gzipped=gzipped, as_text=id_columns(asked), is_header=asked.is_header)
    columns = asked.columns(table)
    users, items = (_names(table, columns[role], role) for role in ("user", "item"))
    values, repaired = _values(table, columns["rating"], users[0], items[0])
    scale, why = asked.find_scale(values, whose)
    (user, user_names), (item, item_names) = _numbered(users[0]), _numbered(items[0])
    notes = [f"ratings are on the scale {scale[0]:g} to {scale[1]:g}: {why}"] if why else []
    if scale[0] == 0 and scale[1] > 1 and (values == 0).mean() > MOSTLY:
        notes.append(f"{(values == 0).mean():.0%} of ratings are 0: if 0 stands for no rating, leave those rows out")
    if (values == values[0]).all():
        notes.append(f"every rating is {values[0]:g}: there is nothing to learn from that")
    if blocks:
        notes.append(f"{blocks} blocks of ratings, each below a line that names its item")
    used = {columns["user"]: ("user", users[1]), columns["item"]: ("item", items[1]), columns["rating"]: ("rating", repaired)}
    ratings = Ratings(user, item, values, whose, scale, user_names, item_names, _schema(table, used, asked, notes))
    note(ratings.schema, lambda _: _record(ratings.schema))
    return ratings


def _record(schema: Schema) -> Any:
    from .leaks import DataRead  # which needs data sets

    return DataRead(schema)


def _schema(table: TextTable, used: dict[str, tuple[Any, int]], asked: RatingsReading, notes: list[str]) -> Schema:
    found = []
    for column in map(str, table.frame.columns):
        if column not in used:
            found.append(Column(column, "unused", why="neither user nor item nor rating"))
            continue
        role, repaired = used[column]
        named = getattr(asked, role) is not None
        why = "as asked" if named else "its name" if table.manners.header else "its place: there is no header"
        found.append(Column(column, role, "number" if role == "rating" else "", why, repaired=repaired, asked=named))
    if not table.manners.header:
        told = ", ".join(f"{role} in {column!r}" for column, (role, _) in used.items())
        notes = [f"there is no header: {told}", *notes]
    kept = [line for line in table.notes if "there is no header" not in line]
    return Schema(table.name, len(table.frame), tuple(found), table.manners, (*kept, *notes))


def _names(table: TextTable, column: str, role: str) -> tuple["pd.Series[Any]", int]:
    """Return users or items as texts, none of them missing, and how many were repaired."""
    texts, repaired = plain_texts(table.frame[column])
    empty = np.flatnonzero(texts.eq("").to_numpy())
    if len(empty):
        more = f"; so are {len(empty) - 1} more" if len(empty) > 1 else ""
        raise ValueError(f"{table.name}: row {empty[0] + 1}, column {shown(column)}: the {role} is missing{more}")
    return texts, repaired


def _values(table: TextTable, column: str, users: "pd.Series[Any]", items: "pd.Series[Any]") -> tuple[FloatArray, int]:
    texts, repaired = plain_texts(table.frame[column])
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        row = int(wrong[0])
        said, user, item = (each.iloc[row] for each in (texts, users, items))
        what = "the rating is missing" if said.lower() in MISSING_NUMBERS else f"{shown(said)} is not a number"
        raise ValueError(
            f"{table.name}: row {row + 1}, column {shown(column)}: {what} (user {shown(user)}, item {shown(item)}); to leave "
            "a rating out, leave out its row"
        )
    return numbers, repaired


def _numbered(names: "pd.Series[Any]") -> tuple[IntArray, NDArray[Any]]:
    """Return the place of each name among all different ones, and those: whole numbers by size, before texts by alphabet."""
    codes, different = pd.factorize(names)

    def place(index: int) -> tuple[bool, int, str]:
        text = str(different[index])
        number = text.isascii() and text.isdigit()
        return not number, int(text) if number else 0, text

    order = np.array(sorted(range(len(different)), key=place), dtype=np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[codes], np.asarray(different, dtype=object)[order]
