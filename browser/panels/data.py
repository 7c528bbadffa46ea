"""What the rows behind the game were taken for, and what in them gives the label away."""

import solara

from ...data.leaks import DataRead
from ..session import State
from .panel import Look

MISSING = "How many cells of the column are empty."


@solara.component
def Data(look: Look) -> None:  # noqa: N802
    """Show the columns of every data set that was read, and what is odd about them."""
    for read in look.state.data if look.state else ():
        if isinstance(read, DataRead):
            _columns(read)
        for line in read.remarks():
            solara.v.Html(tag="p", class_=_class(line), children=[line])


@solara.component
def DataInBrief(state: State) -> None:  # noqa: N802
    """Show what was read in a few lines, beside the choice of the data set."""
    with solara.v.Html(tag="div", class_="pl-data", attributes={"role": "status", "aria-label": "What the data holds"}):
        for read in state.data:
            if isinstance(read, DataRead):
                solara.v.Html(tag="div", class_="pl-heading", children=[f"{read.name}: {read.schema.rows} rows"])
                solara.v.Html(tag="div", children=[_found(read)])
            for line in read.remarks():
                solara.v.Html(tag="div", class_=_class(line), children=[line])


def _found(read: DataRead) -> str:
    if read.leaks is None:
        return ""
    if read.leaks.leaks:
        return f"{len(read.leaks.leaks)} of its columns may hold the label."
    return f"No feature gives the label away; the best is {read.leaks.strongest}."


def _columns(read: DataRead) -> None:
    solara.v.Html(tag="div", class_="pl-heading", children=[f"{read.name}: {read.schema.rows} rows"])
    solara.v.Html(tag="p", children=[_found(read)])
    with solara.v.Html(tag="table", class_="pl-table pl-columns"), solara.v.Html(tag="tbody"):
        with solara.v.Html(tag="tr"):
            for head in ("column", "role", "used as", "missing", "why"):
                solara.v.Html(tag="th", children=[head], attributes={"title": MISSING if head == "missing" else ""})
        for column in read.schema.columns:
            with solara.v.Html(tag="tr"):
                for cell in (column.name, column.role, column.kind, str(column.missing), column.why):
                    told = {"title": MISSING} if cell == str(column.missing) else {}
                    solara.v.Html(tag="td", children=[cell], attributes=told)


def _class(line: str) -> str:
    return "pl-leak" if line.startswith("LEAK") else "pl-remark"
