"""Which role a column plays, decided from its name and its cells and written down."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arrays import FloatArray
from .orders import in_order
from .schema import Column, Role
from .text_files import shown

MISSING_NUMBERS = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "-", "--", ".", "#n/a", "<na>"})
"""Words, in lower case, that stand for a missing number."""

MISSING_NAMES = frozenset({"", "?"})
"""Words that stand for a missing class, site or category; ``NA`` and ``None`` may be names."""

ENOUGH_ROWS = 10
"""Fewer rows than this cannot show that a column with a name counts them, or that its texts are identifiers."""

MOST_DIFFERENT = 0.5
"""Texts with more different values than this share of the rows are identifiers."""

MOST_RESTARTS = 0.02
"""Numbers that start again after fewer rows than one in this share come round, as hours and days of the month do."""

MEANT_AS_NUMBERS = 0.5
"""From this share of plain numbers on, a cell that is no number is an error and not a category."""

_IDENTIFYING = re.compile(
    r"(?:.*[\s_.-])?(?:id|ids|uuid|guid|rownames?|row[\s_.]?(?:names?|num|number|id)|index|idx|key)"
    r"|[a-z0-9]+I[Dd]|ID|unnamed: \d+"
)

_ODD_NUMBER = re.compile(r"[-+]?[$€£]?\s*(?:\d[\d.,' _]*|[.,]\d+)\s*[%$€£]?")


_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[.]?"

_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,4}[/.]\d{1,2}[/.]\d{2,4}(?: \d{1,2}:\d{2}.*)?"
    rf"|{_MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}}[. -]{{1,2}}{_MONTH}[. -]\d{{2,4}}",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Cells:
    """A column's cells, typed.

    Parameters
    ----------
    column
        What it was taken for.
    values
        Numbers, NaN where missing; or texts, None where missing; shape (rows,).
    """

    column: Column
    values: "pd.Series[Any]"


def plain_texts(cells: "pd.Series[Any]") -> tuple["pd.Series[Any]", int]:
    """Return texts without blanks at their ends, and how many had any."""
    texts = cells if cells.dtype.kind not in "iufb" else cells.astype(str)
    plain = texts.str.strip()
    return plain, int((plain != texts).sum())


def feature(
    name: str,
    cells: "pd.Series[Any]",
    *,
    nameless: bool = False,
    asked: str | None = None,
    missing: Collection[str] = (),
    whose: str = "",
) -> Cells:
    """Return a column that is neither label nor site, and what it was taken for.

    Parameters
    ----------
    name, cells
        The column, as the parser gave it: of numbers, of truth values, or of texts.
    nameless
        Whether the file gives it no name, as pandas and R leave row names.
    asked
        ``numeric`` or ``category`` where the user said so; such a column is a feature whatever it holds.
    missing
        Words that stand for a missing cell beside the usual ones.
    whose
        Start of the message of an error: the data set's name.

    Raises
    ------
    ValueError
        Most cells are numbers and one is none; the row is named.
    """
    if cells.dtype.kind == "b":
        values = cells.astype(float)
        return Cells(_number_column(name, values, 0, nameless, asked, why="true is 1, false is 0"), values)
    if cells.dtype.kind in "iuf" and asked != "category" and not missing:
        values = cells.astype(np.float64)
        _check_finite(name, values, whose)
        return Cells(_number_column(name, values, 0, nameless, asked, whole=cells.dtype.kind in "iu"), values)
    texts, repaired = plain_texts(cells)
    low = texts.str.lower()
    words = {word.lower() for word in missing}
    absent = low.isin(MISSING_NUMBERS | words)
    numbers = pd.to_numeric(texts.where(~absent), errors="coerce")
    is_number = numbers.notna()
    # a leading zero makes a code: 007 is not 7
    coded = bool(texts[is_number].str.match(r"[-+]?0\d").any())
    share = float(is_number.sum()) / max(1, int((~absent).sum()))
    if asked == "numeric" or (asked is None and share == 1 and is_number.any() and not coded):
        _check_numbers(name, texts, is_number | absent, whose)
        _check_finite(name, numbers, whose)
        return Cells(_number_column(name, numbers, repaired, nameless, asked), numbers)
    if asked is None and absent.all():
        return Cells(Column(name, "missing", why="every cell is empty", missing=len(cells)), numbers)
    if asked is None and not coded:
        odd = texts.str.fullmatch(_ODD_NUMBER)
        meant = float((odd | is_number)[~absent].mean())
        if share >= MEANT_AS_NUMBERS or (meant >= MEANT_AS_NUMBERS and odd.any()):
            _check_numbers(name, texts, is_number | absent, whose)
    empty = low.isin(MISSING_NAMES | words)
    return _named_values(name, texts.where(~empty, None), repaired, nameless, asked, coded)


def _check_numbers(name: str, texts: "pd.Series[Any]", fine: "pd.Series[bool]", whose: str) -> None:
    wrong = np.flatnonzero(~fine.to_numpy())
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(
            f"{whose}: row {row + 1}, column {shown(name)}: {shown(texts.iloc[row])} is not a plain number, as other cells are; "
            f"mend it, or set category={name} or drop={name}, or missing=WORD for a word that stands for nothing"
        )


def _check_finite(name: str, values: "pd.Series[Any]", whose: str) -> None:
    wrong = np.flatnonzero(np.isinf(values.to_numpy(dtype=np.float64)))
    if len(wrong):
        raise ValueError(f"{whose}: row {wrong[0] + 1}, column {shown(name)}: {values.iloc[wrong[0]]} is not a finite number")


def _number_column(
    name: str,
    values: "pd.Series[Any]",
    repaired: int,
    nameless: bool,
    asked: str | None,
    why: str = "numbers",
    whole: bool | None = None,
) -> Column:
    present = values.to_numpy(dtype=np.float64)
    there = ~np.isnan(present)
    missing = int((~there).sum())
    if asked:
        return Column(name, "feature", "number", f"named as {asked}", missing, repaired, asked=True)
    found = present[there]
    if not len(found):
        return Column(name, "missing", why="every cell is empty", missing=missing)
    if (found == found[0]).all():
        return Column(name, "constant", why=f"always {found[0]:g}", missing=missing)
    role, reason = _counting(name, present, there, nameless)
    if role:
        return Column(name, role, why=reason, missing=missing)
    return Column(name, "feature", "number", why, missing, repaired)


def _counting(name: str, values: FloatArray, there: Any, nameless: bool) -> tuple[Role | None, str]:
    """Return whether numbers count rows or name them, and why."""
    places, found = np.flatnonzero(there), values[there]
    rows = len(values)
    enough = 2 if nameless else ENOUGH_ROWS
    if len(found) >= max(2, enough) and (nameless or len(found) >= 0.9 * rows):
        step = (found[-1] - found[0]) / (places[-1] - places[0])
        if step and np.abs(found - found[0] - step * (places - places[0])).max() <= 1e-9 * np.abs(found).max():
            return "row number", f"{found[0]:g}, {found[0] + step:g}, ...: steps of {step:g} in the order of the file"
    if (found != np.round(found)).any():
        return None, ""
    if len(found) == rows >= enough and (grouped := _counting_groups(found)):
        return grouped
    different = len(np.unique(found))
    if nameless and different >= 0.9 * len(found):
        return "identifier", "it has no name, and its numbers all differ"
    if len(found) < enough:
        return None, ""
    if _IDENTIFYING.fullmatch(name) or _IDENTIFYING.fullmatch(name.lower()):
        if different >= 0.1 * rows:
            return "identifier", f"its name, and {different} different numbers in {rows} rows"
    elif different < len(found):
        return None, ""
    elif np.ptp(found) == len(found) - 1:
        return "identifier", f"each of {found.min():g} to {found.max():g} once"
    elif len(found) == rows and ((np.diff(found) > 0).all() or (np.diff(found) < 0).all()):
        return "identifier", "whole numbers that all differ and go one way down the file"
    return None, ""


def _counting_groups(values: FloatArray) -> tuple[Role, str] | None:
    """Say whether whole numbers count groups of equally many rows, one after the other, or rows anew in each of a few groups."""
    steps = np.diff(values)
    starts = np.flatnonzero(steps != 0) + 1
    lengths = np.diff([0, *starts, len(values)])
    if (steps[starts - 1] == 1).all() and len(lengths) >= ENOUGH_ROWS and lengths.min() == lengths.max() > 1:
        return "identifier", f"{values[0]:g}, {values[0] + 1:g}, ...: counts groups of {lengths[0]} rows"
    again = np.flatnonzero(steps != 1) + 1
    parts = np.diff([0, *again, len(values)])
    if 0 < len(again) <= MOST_RESTARTS * len(values) and (values[again] == values[0]).all() and parts.min() < parts.max():
        return "row number", f"{values[0]:g}, {values[0] + 1:g}, ...: counts rows anew in each of {len(parts)} groups"
    return None


def _named_values(name: str, texts: "pd.Series[Any]", repaired: int, nameless: bool, asked: str | None, coded: bool) -> Cells:
    there = texts.notna()
    missing, rows = int((~there).sum()), len(texts)
    values = sorted(set(texts[there]))
    different = len(values)
    if not different:
        return Cells(Column(name, "missing", why="every cell is empty", missing=missing), texts)
    if asked:
        return Cells(Column(name, "feature", "category", f"named as {asked}", missing, repaired, tuple(values), True), texts)
    if different == 1:
        return Cells(Column(name, "constant", why=f"always {shown(values[0])}", missing=missing), texts)
    if all(_DATE.fullmatch(value) for value in values):
        return Cells(Column(name, "date", why=f"dates such as {values[0]}", missing=missing), texts)
    present = int(there.sum())
    by_name = _IDENTIFYING.fullmatch(name) or _IDENTIFYING.fullmatch(name.lower())
    if nameless and different >= 0.9 * present and present > 1:
        return Cells(Column(name, "identifier", why="it has no name, and its texts all differ", missing=missing), texts)
    if present >= ENOUGH_ROWS and (different > MOST_DIFFERENT * present or (by_name and different >= 0.1 * rows)):
        why = f"{different} different texts in {rows} rows"
        return Cells(Column(name, "identifier", why=why, missing=missing), texts)
    order = in_order(values)
    if order:
        return Cells(Column(name, "feature", "ordered", "texts with an order", missing, repaired, order), texts)
    why = "numbers with leading zeros are codes" if coded else "texts"
    return Cells(Column(name, "feature", "category", why, missing, repaired, tuple(values), doubt=doubt(texts[there])), texts)


def doubt(texts: "pd.Series[Any]") -> str:
    """Say which names may stand for nothing, or return an empty text.

    Examples
    --------
    >>> doubt(pd.Series(["yes", "NA", "NA", "no"]))
    "'NA' in 2 rows is taken for a name; missing=NA if it stands for nothing"
    """
    counts = texts[texts.str.lower().isin(MISSING_NUMBERS)].value_counts()
    words = ", ".join(f"{shown(word)} in {count} row{'s' * (count > 1)}" for word, count in counts.items())
    return f"{words} is taken for a name; missing={','.join(map(str, counts.index))} if it stands for nothing" if words else ""


def names(name: str, cells: "pd.Series[Any]", role: str, missing: Collection[str], whose: str) -> tuple["pd.Series[Any]", int]:
    """Return the texts of a label or a site, none of them missing, and how many were repaired.

    Whole numbers written as 7.0 are 7, unless some have leading zeros: 01 and 1 are two.

    Raises
    ------
    ValueError
        A cell is missing; the row is named.
    """
    texts, repaired = plain_texts(cells)
    empty = texts.str.lower().isin(MISSING_NAMES | {word.lower() for word in missing})
    if empty.any():
        row = int(np.flatnonzero(empty.to_numpy())[0])
        what = f"{shown(texts.iloc[row])} stands for nothing" if texts.iloc[row] else "the cell is empty"
        raise ValueError(f"{whose}: row {row + 1}, {role} column {shown(name)}: {what}; {int(empty.sum())} rows have no {role}")
    if texts.str.fullmatch(r"-?(?:0|[1-9]\d*)(?:\.0*)?").all():
        texts = texts.str.replace(r"\.0*$", "", regex=True)
    return texts, repaired
