"""How a table of text is laid out: its comments, delimiter and header."""

import csv
import io
import itertools
import re

SAMPLE = 200
"""How many records are looked at to tell delimiter and header."""

DELIMITERS = ("\t", "::", ";", "|", ",", " ")
"""What may stand between cells; of those that cut all records alike, the first is taken. A blank stands for any white space."""

STANDS_FOR = "\x1f"  # one character in place of "::", which pandas' fast parser cannot cut at


_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")


def is_number(cell: str) -> bool:
    """Say whether a cell is a number, with decimal point or comma."""
    return _NUMBER.fullmatch(cell.strip()) is not None


def without_comments(text: str) -> tuple[str, int, str, list[str]]:
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


def first_records(text: str, delimiter: str, most: int = SAMPLE) -> list[list[str]]:
    """Return the first records, cut at a delimiter."""
    if delimiter == " ":
        return list(itertools.islice((cells for cells in map(words, io.StringIO(text)) if cells), most))
    if delimiter == "::":
        text, delimiter = text.replace("::", STANDS_FOR), STANDS_FOR
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        return [[cell.strip() for cell in cells] for cells in itertools.islice((cells for cells in reader if cells), most)]
    except csv.Error:
        return []


def words(line: str) -> list[str]:
    """Return what stands between white space, quoted or not."""
    return next(csv.reader([" ".join(line.split())], delimiter=" "), []) if '"' in line else line.split()


def find_delimiter(text: str, told: str) -> tuple[str, list[list[str]]]:
    """Return the delimiter, the one that cuts all records alike, and the first records."""
    head = text[: max(20_000, end_of_line(text, SAMPLE))]
    if told:
        return told, first_records(head, told)
    best: tuple[float, str, list[list[str]]] = (0.0, "", [])
    for delimiter in DELIMITERS:
        if delimiter.strip() and delimiter not in head:
            continue
        records = first_records(head, delimiter)
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
        return "", first_records(head, ",")
    return best[1], best[2]


def counts_rows(text: str, records: list[list[str]]) -> bool:
    """Say whether the first record is how many rows and columns follow, and names of classes, as in scikit-learn's own files."""
    first = records[0]
    if len(records) < 2 or len(first) < 2 or not (first[0].isdecimal() and first[1].isdecimal()):
        return False
    return int(first[1]) in (len(records[1]), len(records[1]) - 1) and int(first[0]) == text.rstrip().count("\n")


def end_of_line(text: str, number: int) -> int:
    """Return where a line, counted from 1, ends."""
    place = 0
    for _ in range(number):
        place = text.find("\n", place) + 1
        if not place:
            return len(text)
    return place


def looks_like_header(records: list[list[str]]) -> bool:
    """Return whether the first record names columns: its texts are not values of their columns, its numbers count up."""
    first, rest = records[0], records[1:]
    if not rest:
        return not any(map(is_number, first))
    numbers = [cell for cell in first if is_number(cell)]
    below = [{cells[place] for cells in rest if place < len(cells)} for place in range(len(first))]
    texts = [place for place, cell in enumerate(first) if cell and not is_number(cell)]
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
    above = any(below[place] and all(is_number(cell) or not cell for cell in below[place]) for place in texts)
    return above or all(is_number(cell) and float(cell.replace(",", ".")).is_integer() for cell in first if is_number(cell))
