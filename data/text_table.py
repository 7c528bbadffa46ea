"""Any table of text as people save it: its encoding, delimiter, header and decimal sign, and its cells."""

import csv
import gzip
import io
import itertools
import os
import re
import stat
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

SAMPLE = 200
"""How many records are looked at to tell delimiter and header."""

DELIMITERS = ("\t", "::", ";", "|", ",", " ")
"""What may stand between cells; of those that cut all records alike, the first is taken. A blank stands for any white space."""

_STANDS_FOR = "\x1f"  # one character in place of "::", which pandas' fast parser cannot cut at
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")
_BINARY = {
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"PAR1": "a Parquet file",
    b"\xfd7zXZ": "an xz archive",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook of the old kind",
    b"%PDF": "a PDF file",
    b"BZh": "a bzip2 archive",
    b"SQLite format": "an SQLite database",
}


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


def shown(text: object, most: int = 40) -> str:
    """Return a text in quotes, cut where it is long.

    Examples
    --------
    >>> shown("x" * 100, most=5)
    "'xxxxx...'"
    """
    plain = str(text)
    return repr(plain[:most] + "..." if len(plain) > most else plain)


def file_content(path: Path) -> tuple[bytes, bool]:
    """Return what is in a local, regular file, and whether it was gzipped; it is decompressed.

    Raises
    ------
    ValueError
        There is no such file, it is no regular file, or it cannot be read.
    """
    try:
        if not os.path.exists(path):
            raise ValueError(f"there is no file {shown(path, 120)}")
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ValueError(f"{shown(path, 120)} is not a file")
        content = Path(path).read_bytes()
        if not content.startswith(b"\x1f\x8b"):
            if Path(path).suffix.lower() == ".gz":
                raise ValueError(f"cannot read {shown(path, 120)}: it is called .gz and is not gzipped")
            return content, False
        return gzip.decompress(content), True
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"cannot read {shown(path, 120)}: it is not a whole gzip file ({error})") from error
    except OSError as error:
        raise ValueError(f"cannot read {shown(path, 120)}: {error.strerror or error}") from error


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Return a file's text and its encoding.

    What is neither UTF-8 nor UTF-16 is taken for Windows-1252, which holds Latin-1's letters.

    Raises
    ------
    ValueError
        It is no text.

    Examples
    --------
    >>> decoded("é".encode("latin-1"), "a.csv")
    ('é', 'windows-1252')
    """
    for start, what in _BINARY.items():
        if content.startswith(start):
            raise ValueError(f"{name} is {what}: save the table as CSV")
    if content.startswith(b"\xef\xbb\xbf"):
        tries = [("utf-8-sig", "utf-8 with a byte order mark")]
    elif content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tries = [("utf-16", "utf-16")]
    elif content[:1000].count(b"\0") > len(content[:1000]) // 3:
        tries = [("utf-16-le" if content[1:2] == b"\0" else "utf-16-be", "utf-16")]
    else:
        tries = [("utf-8", "utf-8"), ("cp1252", "windows-1252"), ("latin-1", "windows-1252")]
    for codec, title in tries:
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, title
    raise ValueError(f"{name} is not a text file that could hold a table")


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
    body, comments, told, commented = _without_comments(text)
    if not body.strip():
        raise ValueError(f"{name} is empty")
    delimiter, records = _delimiter(body, told)
    if commented and not any(_is_number(cell) for cell in commented) and delimiter:
        # numpy's savetxt writes the header as a comment
        cells = _records(commented[0], delimiter)[0]
        if len(cells) == len(records[0]) > 1 and any(map(_is_number, records[0])):
            body, records = commented[0] + "\n" + body, [cells, *records]
    counts = _counts_rows(body, records)
    if counts:
        body, records, comments = body[_end_of_line(body, 1) :], records[1:], comments + 1
    headed = names is None and (is_header(records[0]) if is_header else _looks_like_header(records))
    manners = Manners(encoding, delimiter, headed, comments=comments, gzipped=gzipped)
    width, titles, notes = _titles(records, names, headed, name)
    columns, nameless, renamed = _distinct(titles)
    if delimiter == "::":
        body = body.replace("::", _STANDS_FOR)
    frame = _cells(body, manners, columns, as_text, name)
    if len(frame.columns) > width - (width > len(titles)):
        frame = frame.iloc[:, :width]
    if frame.empty:
        raise ValueError(f"{name} has a header and no rows")
    frame, decimal = _decimal_commas(frame, delimiter)
    manners = Manners(encoding, delimiter, headed, decimal, comments, gzipped)
    counted = ["the first line counts rows and columns, and is none"] if counts else []
    return TextTable(name, frame, manners, nameless, (*counted, *notes, *renamed))


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _without_comments(text: str) -> tuple[str, int, str, list[str]]:
    """Return the text from the first record on, the lines left out, the delimiter it states, and the last comment's text."""
    lines, told, last, place = 0, "", "", 0
    while place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end + 1
        line = text[place:end].strip()
        stated = re.fullmatch(r"sep=(.)", line, re.IGNORECASE)
        if stated:
            told = stated[1]
        elif line.startswith("#"):
            last = line.lstrip("#").strip()
        elif line:
            break
        lines += bool(line)
        place = end
    body = text[place:]
    if lines and "\n#" in body:
        kept = [line for line in body.splitlines(keepends=True) if not line.startswith("#")]
        lines += body.count("\n") + (not body.endswith("\n")) - len(kept)
        body = "".join(kept)
    return body, lines, told, [last] if last else []


def _records(text: str, delimiter: str, most: int = SAMPLE) -> list[list[str]]:
    """Return the first records, cut at a delimiter."""
    if delimiter == " ":
        return list(itertools.islice((cells for cells in map(_words, io.StringIO(text)) if cells), most))
    if delimiter == "::":
        text, delimiter = text.replace("::", _STANDS_FOR), _STANDS_FOR
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        return [[cell.strip() for cell in cells] for cells in itertools.islice((cells for cells in reader if cells), most)]
    except csv.Error:
        return []


def _words(line: str) -> list[str]:
    return next(csv.reader([" ".join(line.split())], delimiter=" "), []) if '"' in line else line.split()


def _delimiter(text: str, told: str) -> tuple[str, list[list[str]]]:
    """Return the delimiter, the one that cuts all records alike, and the first records."""
    head = text[: max(20_000, _end_of_line(text, SAMPLE))]
    if told:
        return told, _records(head, told)
    best: tuple[float, str, list[list[str]]] = (0.0, "", [])
    for delimiter in DELIMITERS:
        if delimiter.strip() and delimiter not in head:
            continue
        records = _records(head, delimiter)
        widths = [len(cells) for cells in records]
        if not widths or max(widths) < 2:
            continue
        if len(head) < len(text) and len(widths) > 1:
            widths = widths[:-1]  # the last may be cut
        usual = max(set(widths), key=widths.count)
        alike = sum(width == usual for width in widths) / len(widths)
        if usual > 1 and len(set(widths[1:])) == 1 and widths[0] in (usual, usual - 1):
            alike = 2.0 if widths[0] == usual else 1.5
        if delimiter == " ":
            alike = min(alike, 1.9) if alike >= 1.5 else 0.0
        if usual > 1 and alike > best[0]:
            best = (alike, delimiter, records)
    if not best[1]:
        return "", _records(head, ",")
    return best[1], best[2]


def _counts_rows(text: str, records: list[list[str]]) -> bool:
    """Say whether the first record is how many rows and columns follow, and names of classes, as in scikit-learn's own files."""
    first = records[0]
    if len(records) < 2 or len(first) < 2 or not (first[0].isdecimal() and first[1].isdecimal()):
        return False
    return int(first[1]) in (len(records[1]), len(records[1]) - 1) and int(first[0]) == text.rstrip().count("\n")


def _end_of_line(text: str, number: int) -> int:
    place = 0
    for _ in range(number):
        place = text.find("\n", place) + 1
        if not place:
            return len(text)
    return place


def _looks_like_header(records: list[list[str]]) -> bool:
    """Return whether the first record names columns: its texts are not values of their columns, its numbers count up."""
    first, rest = records[0], records[1:]
    if not rest:
        return not any(map(_is_number, first))
    numbers = [cell for cell in first if _is_number(cell)]
    below = [{cells[place] for cells in rest if place < len(cells)} for place in range(len(first))]
    texts = [place for place, cell in enumerate(first) if cell and not _is_number(cell)]
    if not numbers:
        return len(rest) < 5 or not all(first[place] in below[place] for place in texts)
    if not texts:
        counted = [str(number) for number in range(len(numbers))]
        return len(numbers) > 2 and numbers == counted and len(numbers) + 1 >= len(first)
    # texts that never come again name their columns; so it is where no number is below them either: 2010, 2011 above numbers
    if any(first[place] in below[place] for place in texts):
        return False
    return len(numbers) < len(first) and len(set(first)) == len(first) and _texts_above_numbers(first, below, texts)


def _texts_above_numbers(first: list[str], below: list[set[str]], texts: list[int]) -> bool:
    above = any(below[place] and all(_is_number(cell) or not cell for cell in below[place]) for place in texts)
    return above or all(_is_number(cell) and float(cell.replace(",", ".")).is_integer() for cell in first if _is_number(cell))


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
    separator = {"": "\x1e", "::": _STANDS_FOR, " ": r"\s+"}.get(manners.delimiter, manners.delimiter)
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
        cut: Any = ((_words(line) if manners.delimiter else line.split("\n")[:1]) for line in io.StringIO(text))
    else:
        separator = _STANDS_FOR if manners.delimiter == "::" else manners.delimiter
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
