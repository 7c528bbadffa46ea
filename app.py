"""The browser app, served by ``potluck serve`` and ``solara run app.py``: step through any repeated game."""

import sys

import solara

from potluck.browser.page import GamePage
from potluck.browser.server import guard, guarded, quiet

quiet()
guard(lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201


@solara.component
def Page() -> None:  # noqa: N802
    """One game a browser tab."""
    if guarded():
        GamePage()
    else:
        solara.Text("This server lets anybody in, so the page shows nothing. Start it with: potluck serve")


@solara.component
def Layout(children: list[solara.Element]) -> None:  # noqa: N802
    """Leave the whole window to the page."""
    solara.v.Html(tag="div", children=children, style_="width: 100%")
