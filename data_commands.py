"""Commands about data: ``potluck data list | get | check``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import aside, console, folded, listing, printing, writes_unicode

if TYPE_CHECKING:
    from .data.reading import TableReading

LISTING = 400
NARROW = 120

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]

app = typer.Typer(help="Data sets: what there is, fetching them, and what is in a file.", rich_markup_mode=None)


@app.command("list")
@printing()
def list_data() -> None:
    """List the data sets: which are here, which can be fetched, where they come from."""
    from .data.datasets import catalogue

    frame = catalogue()
    screen = console(LISTING)
    if screen.width >= NARROW:
        table = listing(*frame.columns)
        for row in frame.itertuples(index=False):
            table.add_row(*(str(value) for value in row))
        screen.print(table)
        return
    for name, *rest in frame.itertuples(index=False):
        said = "; ".join(f"{what}: {value}" for what, value in zip(frame.columns[1:], rest, strict=True) if str(value))
        screen.print(f"{name}\n{folded(f'  {said}', screen.width)}", markup=False)


@app.command("get")
def get_data(
    name: Annotated[str, typer.Argument(help="Name of the data set, as in `potluck data list`.", metavar="NAME")],
) -> None:
    """Fetch a data set into the user's cache, checking its hash; nothing is left behind if that fails."""
    from .data.datasets import is_bundled
    from .data.downloads import fetch

    if is_bundled(name):
        typer.echo(f"{name} is here already: it is bundled and need not be fetched", err=True)
        return
    with aside().status(f"fetching {name}") as status:
        path = fetch(name, lambda step: status.update(f"{name}: {step}"))
    typer.echo(str(path))


@app.command("check")
def check_data(
    file: Annotated[str, typer.Argument(help="A file, or the name of a data set.", metavar="FILE")],
    label: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    site: Annotated[str | None, typer.Option(help="The column that names the site of each row.")] = None,
    drop: Annotated[str, typer.Option(help="Columns to leave out, as a,b,c.")] = "",
    numeric: Annotated[str, typer.Option(help="Columns that are numbers, as a,b,c.")] = "",
    category: Annotated[str, typer.Option(help="Columns that are categories, as a,b,c.")] = "",
    missing: Annotated[str, typer.Option(help="Words that stand for a missing cell, as a,b,c.")] = "",
    numbers: Annotated[bool, typer.Option("--numbers", help="The label is a number to predict and not a class.")] = False,
    ratings: Annotated[bool, typer.Option("--ratings", help="The file holds ratings that users gave to items.")] = False,
    user: Annotated[str | None, typer.Option(help="Of ratings: the column of users.")] = None,
    item: Annotated[str | None, typer.Option(help="Of ratings: the column of items.")] = None,
    rating: Annotated[str | None, typer.Option(help="Of ratings: the column of ratings.")] = None,
    scale: Annotated[str | None, typer.Option(help="Of ratings: the lowest and highest, as 1,5.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="One of these as `potluck run` takes it: label=ill.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what every column of a file is taken for, and what in it gives the label away."""
    from .scenarios.from_text import settings_of, split_items
    from .scenarios.reporting import to_json

    texts = {"label": label, "site": site, "drop": drop, "numeric": numeric, "category": category, "missing": missing}
    for key, text in settings_of(settings or []).items():
        if key not in texts or texts[key]:
            raise ValueError(f"--set {key}=…: " + ("given twice" if key in texts else f"not one of {', '.join(texts)}"))
        texts[key] = text
    table = {name: text if name in ("label", "site") else tuple(split_items(text or "")) for name, text in texts.items()}
    columns = {"user": user, "item": item, "rating": rating, "scale": None if scale is None else tuple(split_items(scale))}
    reads, undealt = _read(file, table, {name: value for name, value in columns.items() if value is not None}, numbers, ratings)
    with printing():
        if as_json:
            document = {key: value for read in reads for key, value in read.document().items()}
            document |= {"dealt": {"error": undealt}} if undealt else {}
            typer.echo(to_json(document, not writes_unicode()))
        else:
            _show(reads, undealt)


def _read(file: str, table: dict[str, Any], columns: dict[str, Any], numbers: bool, ratings: bool) -> tuple[tuple[Any, ...], str]:
    """Return what is known of a file, as a table with classes or numbers to predict, or as ratings; and why it was not dealt."""
    import numpy as np

    from .data.datasets import load_dataset
    from .data.downloads import plain_name
    from .data.leaks import DataRead
    from .data.ratings_columns import RatingsReading
    from .data.ratings_files import FETCHED, load_ratings
    from .data.reading import TableReading, noted_reading
    from .data.regression import load_regression

    asked = TableReading(**table)
    if not (ratings or columns or plain_name(file) in FETCHED):
        with noted_reading() as journal:
            data = load_regression(file, asked) if numbers else load_dataset(file, **asked.reading())
            undealt = _deal(file, asked, list(data.sites), numbers)
        return journal.records(), undealt
    other = [name for name, value in table.items() if value] + ["numbers"] * numbers
    if other:
        raise ValueError(f"{', '.join(other)}: for tables with a label; ratings have user, item, rating and scale")
    found = load_ratings(file, np.random.default_rng(0), RatingsReading(**columns))
    return (DataRead(found.schema),), ""


def _deal(file: str, asked: "TableReading", sites: list[str], numbers: bool) -> str:
    """Deal the rows to the sites, or evenly to four parties, who learn trees: a tree sees what one column alone gives away.

    Return why that cannot be done, or nothing.
    """
    from .data.splits import BySite, Even
    from .models.tasks import Classification, Regression

    options = {"dataset": file, "split": BySite() if len(sites) == 1 else Even(), **asked.reading()}
    try:
        Regression(regressor="tree", **options) if numbers else Classification(classifier="tree", **options)
    except ValueError as error:
        return str(error)
    return ""


def _show(reads: Sequence[Any], undealt: str) -> None:
    from rich.markup import escape

    read, screen = reads[0], console(LISTING)
    table = listing("column", "role", "used as", "missing", "why")
    for column in read.schema.columns:
        table.add_row(*(escape(str(cell)) for cell in (column.name, column.role, column.kind, column.missing, column.why)))
    screen.print(f"{read.name}: {read.schema.rows} rows", markup=False)
    screen.print(table)
    for line in (line for each in reads for line in each.remarks()):
        screen.print(line, markup=False)
    if read.leaks is not None and not read.leaks.leaks:
        screen.print(f"no feature gives the label away; the best is {read.leaks.strongest}", markup=False)
    if undealt:
        screen.print(f"not looked at: rows that two parties hold, as they cannot be dealt to parties: {undealt}", markup=False)
