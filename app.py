"""The browser app, served by ``potluck serve`` and ``solara run app.py``: step through any repeated game."""

import solara
import solara.server.settings

from potluck.browser.page import GamePage

# `potluck serve` sets the same by the environment, which is too late for a server that is running already
solara.server.settings.telemetry.mixpanel_enable = False
solara.server.settings.theme.loader = "plain"
solara.server.settings.theme.show_banner = False


@solara.component
def Page() -> None:  # noqa: N802
    """One game a browser tab."""
    GamePage()


@solara.component
def Layout(children: list[solara.Element]) -> None:  # noqa: N802
    """Leave the whole window to the page."""
    solara.v.Html(tag="div", children=children, style_="width: 100%")
