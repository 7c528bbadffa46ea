"""Any table of text as people save it: its encoding, delimiter, header and decimal sign, and its cells."""

import csv
import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .layout import (
    STANDS_FOR,
    counts_rows,
    end_of_line,
    find_delimiter,
    first_records,
    is_number,
    looks_like_header,
    without_comments,
    words,
)
from .text_files import decoded, file_content


@dataclass(frozen=True)
class Manners:
    """How a file was written, as found.

    Parameters
    ----------
    encoding
        ``utf-8``, ``utf-8 with a byte order mark``, ``utf-16`` or ``windows-1252`` (where it is none of those).
    delimiter
        What stands between cells, one of `DELIMITERS`, or an empty text where there is one column only.
    header
        Whether the first record names the columns.
    decimal
        ``.`` or ``,``.
    comments
        Lines that are no records: comments, and Excel's ``sep=;``.
    gzipped
        Whether it was compressed.
    """

    encoding: str
    delimiter: str
    header: bool
    decimal: str = "."
    comments: int = 0
    gzipped: bool = False

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table as it stands in a file.

    Parameters
    ----------
    name
        The file's name, for messages.
    frame
        Its cells. A column that holds plain numbers alone, or ``true`` and ``false`` alone, is of such a type; any other holds
        texts, an empty one where there is nothing.
    manners
        How the file was written.
    nameless
        Columns that the header leaves without a name.
    notes
        What a reader of the file should know: columns renamed, delimiters at the end of lines.
    """

    name: str
    frame: pd.DataFrame
    manners: Manners
    nameless: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def read_text_table(
    path: Path, *, names: Sequence[str] | None = None, as_text: Callable[[Sequence[str]], Sequence[str]] | None = None
) -> TextTable:
    """Return the table in a file: plain or gzipped, of any usual encoding, delimiter and line ending, with or without header.

    Parameters
    ----------
    path
        A local, regular file.
    names
        The columns' names, where the file is known to have no header.
    as_text
        Given all columns' names, says which are to be kept as text although they may hold numbers alone.

    Raises
    ------
    ValueError
        The file cannot be read, is empty, has no rows, or has rows of different lengths; the message is one line.
    """
    content, gzipped = file_content(path)
    text, encoding = decoded(content, Path(path).name)
    return parse_table(text, Path(path).name, encoding, gzipped=gzipped, names=names, as_text=as_text)


def parse_table(
    text: str,
    name: str,
    encoding: str = "utf-8",
    *,
    gzipped: bool = False,
    names: Sequence[str] | None = None,
    as_text: Callable[[Sequence[str]], Sequence[str]] | None = None,
    is_header: Callable[[Sequence[str]], bool] | None = None,
) -> TextTable:
    r"""Return the table that a text holds; see `read_text_table`. Where ``is_header`` is given, it tells whether a record is one.

    Raises
    ------
    ValueError
        As there.

    Examples
    --------
    >>> table = parse_table("dose;ill\n1,5;no\n2,25;yes\n", "a.csv")
    >>> table.frame["dose"].tolist(), table.manners.delimiter, table.manners.decimal
    ([1.5, 2.25], ';', ',')
    """
    body, comments, told, commented = without_comments(text)
    if not body.strip():
        raise ValueError(f"{name} is empty")
    delimiter, records = find_delimiter(body, told)
    if commented and not any(is_number(cell) for cell in commented) and delimiter:
        # numpy's savetxt writes the header as a comment
        cells = first_records(commented[0], delimiter)[0]
        if len(cells) == len(records[0]) > 1 and any(map(is_number, records[0])):
            body, records = commented[0] + "\n" + body, [cells, *records]
    counts = counts_rows(body, records)
    if counts:
        body, records, comments = body[end_of_line(body, 1) :], records[1:], comments + 1
    headed = names is None and (is_header(records[0]) if is_header else looks_like_header(records))
    manners = Manners(encoding, delimiter, headed, comments=comments, gzipped=gzipped)
    width, titles, notes = _titles(records, names, headed, name)
    columns, nameless, renamed = _distinct(titles)
    if delimiter == "::":
        body = body.replace("::", STANDS_FOR)
    frame = _cells(body, manners, columns, as_text, name)
    if len(frame.columns) > width - (width > len(titles)):
        frame = frame.iloc[:, :width]
    if frame.empty:
        raise ValueError(f"{name} has a header and no rows")
    frame, decimal = _decimal_commas(frame, delimiter)
    manners = Manners(encoding, delimiter, headed, decimal, comments, gzipped)
    counted = ["the first line counts rows and columns, and is none"] if counts else []
    return TextTable(name, frame, manners, nameless, (*counted, *notes, *renamed))


def _titles(records: list[list[str]], names: Sequence[str] | None, headed: bool, name: str) -> tuple[int, list[str], list[str]]:
    """Return how many columns there are, what they are called, and what is to be said of that."""
    rows = records[1:] if headed else records
    width = max(set(widths := [len(cells) for cells in rows[:-1] or rows]), key=widths.count) if rows else len(records[0])
    if names is not None:
        if len(names) != width:
            raise ValueError(f"{name} has {width} columns; {len(names)} are expected")
        return width, list(names), []
    if not headed:
        return width, [f"column {place}" for place in range(1, width + 1)], ["there is no header: columns are numbered from 1"]
    titles = [re.sub(r"^(['\"])(.*)\1$", r"\2", cell.strip()) for cell in records[0]]
    if width == len(titles) + 1 and all(len(cells) == width for cells in rows[:-1]):
        if all(not cells[-1] for cells in rows[:-1] or rows):
            return len(titles), [*titles, "(end)"], ["lines end with a delimiter"]
        return width, ["", *titles], ["the header names one column less than there are: the first holds row names"]
    return len(titles), titles, []


def _distinct(titles: Sequence[str]) -> tuple[list[str], frozenset[str], list[str]]:
    """Return names that differ, those that were none, and what was renamed."""
    columns: list[str] = []
    nameless, notes = set(), []
    for place, title in enumerate(titles, start=1):
        column = title or f"column {place}"
        number = 1
        while column in columns:
            column = f"{title or f'column {place}'}.{number}"
            number += 1
        if not title or re.fullmatch(r"Unnamed: \d+", title):
            nameless.add(column)
        elif column != title:
            notes.append(f"a second column {title!r} is called {column!r}")
        columns.append(column)
    return columns, frozenset(nameless), notes


def _cells(
    text: str, manners: Manners, columns: list[str], as_text: Callable[[Sequence[str]], Sequence[str]] | None, name: str
) -> pd.DataFrame:
    separator = {"": "\x1e", "::": STANDS_FOR, " ": r"\s+"}.get(manners.delimiter, manners.delimiter)
    # a number with a leading zero is a code, 007 is not 7: then nothing may be taken for a number by the parser
    boundary = re.escape(separator) if separator != r"\s+" else r"\s"
    coded = re.search(rf'(?:^|["\n]|{boundary}) *0\d', text) is not None
    texts = set(columns) if coded else set(as_text(columns) if as_text else ())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.StringIO(text),
                sep=separator,
                header=0 if manners.header else None,
                names=columns,
                index_col=False,
                dtype=str if coded else dict.fromkeys(texts, str),
                keep_default_na=False,
                na_values=[],
                skipinitialspace=True,
                low_memory=False,
                true_values=["true", "True", "TRUE"],
                false_values=["false", "False", "FALSE"],
            )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise ValueError(_ragged(text, manners, len(columns), name) or f"{name}: {_first_line(error)}") from error
    last = frame[columns[-1]]
    if last.isna().any() or (last.dtype.kind not in "iufb" and (last == "").any()):
        problem = _ragged(text, manners, len(columns), name)  # the parser fills up short rows
        if problem:
            raise ValueError(problem)
    return frame


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _ragged(text: str, manners: Manners, width: int, name: str) -> str:
    """Say which row is the first whose length is another, or an empty text."""
    if manners.delimiter in ("", " "):
        cut: Any = ((words(line) if manners.delimiter else line.split("\n")[:1]) for line in io.StringIO(text))
    else:
        separator = STANDS_FOR if manners.delimiter == "::" else manners.delimiter
        cut = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    row = -1 if manners.header else 0
    try:
        for cells in cut:
            if not cells:
                continue
            row += 1
            if len(cells) != width and row:
                return f"{name}: row {row} has {len(cells)} cells, but there are {width} columns"
    except csv.Error as error:
        return f"{name}: row {row + 1} cannot be read ({_first_line(error)}): is a quotation mark left open?"
    return ""


def _decimal_commas(frame: pd.DataFrame, delimiter: str) -> tuple[pd.DataFrame, str]:
    """Turn columns with decimal commas into numbers, where the delimiter leaves the comma free and no cell is doubtful."""
    if delimiter == ",":
        return frame, "."
    texts = [column for column in frame.columns if frame[column].dtype.kind not in "iufb"]
    with_comma = {
        column: cells
        for column in texts
        if (cells := frame[column].str.strip()).str.fullmatch(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?").any()
    }
    # 1,200 alone may be a thousand: some cell must tell that the comma is a decimal sign
    if not any(cells.str.fullmatch(r"[-+]?\d*,(?:\d{1,2}|\d{4,})(?:[eE][-+]?\d+)?").any() for cells in with_comma.values()):
        return frame, "."
    changed = {}
    for column, cells in with_comma.items():
        dotted = cells.str.contains(".", regex=False) & cells.str.fullmatch(r"[-+\d.,eE]+")
        if not dotted.any():
            fits = cells.str.fullmatch(r"[-+]?\d*,?\d*(?:[eE][-+]?\d+)?")
            points = cells.where(~fits, cells.str.replace(",", ".", regex=False))
            numbers = pd.to_numeric(points, errors="coerce")
            changed[column] = points if numbers.isna().any() else numbers
    return frame.assign(**changed) if changed else frame, "," if changed else "."
