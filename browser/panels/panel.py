"""What a panel is, and where panels are registered: a condition, a label, a drawing."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

import solara

from ...pictures.game_record import GameRecord, GameView
from ..session import GameSession, State
from .chart import Chart, Drawn

GROUP = "potluck.panels"
"""Installed packages add panels under this group of entry points."""


@dataclass(frozen=True, eq=False)
class Look:
    """What a panel is drawn from: the game as it is looked at, and whom it is asked about.

    Parameters
    ----------
    view
        The game after the round that is looked at, and all its rounds.
    player
        The player that was chosen.
    state, session
        What the page shows, and whom to ask for more; None where the panel stands in Mesa's own page.
    """

    view: GameView
    player: int = 0
    choose: Callable[[int], None] = lambda _: None
    state: State | None = None
    session: GameSession | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """A panel of the page.

    Parameters
    ----------
    label
        What its tab says.
    drawing
        A chart, from a `Look`; or a solara component that takes one.
    shown
        Whether there is something to show.

    Examples
    --------
    A panel of a package of your own is a file, and a line in its pyproject.toml that names it: under
    ``[project.entry-points."potluck.panels"]`` the line ``regrets = "my_package.regrets:REGRETS"``.

    >>> from potluck.browser.panels.chart import chart
    >>> def regrets(look):
    ...     return chart([{"type": "bar", "y": look.view.regrets.tolist()}], height=300)
    >>> REGRETS = Panel("Regrets", regrets, shown=lambda look: look.view.game.n <= 20)
    """

    label: str
    drawing: Callable[[Look], Any]
    shown: Callable[[Look], bool] = lambda _: True


PANELS: list[Panel] = []


def register(panel: Panel) -> Panel:
    """Add a panel, after those that are there.

    Raises
    ------
    ValueError
        Another one has that label.
    """
    if any(each.label == panel.label for each in PANELS):
        raise ValueError(f"a panel is called {panel.label!r} already")
    PANELS.append(panel)
    return panel


def installed() -> list[Panel]:
    """Return the panels that installed packages add; one that cannot be loaded is left out with a warning."""
    found = []
    for entry in entry_points(group=GROUP):
        try:
            panel = entry.load()
            if not isinstance(panel, Panel):
                raise TypeError("it is no Panel")
            found.append(panel)
        except Exception as error:  # another package's module may raise anything, and must not stop the rest
            warnings.warn(f"panel {entry.value} is left out: {type(error).__name__}: {error}"[:300], stacklevel=2)
    return found


def of_mesa(component: Callable[[Any], Any]) -> Panel:
    """Return a component as Mesa's pages take them, a function of the model, as a panel of this page."""

    def drawing(look: Look) -> Any:
        model = look.session.model if look.session else None
        if model is None:
            return solara.Text("The game is being opened.")
        element = component(model)
        # the model is the same object after a round, and solara draws anew only what was given something else
        return element.key(f"round {model.round}") if isinstance(element, solara.Element) else element

    name = getattr(component, "__name__", "") or "Component"
    return Panel(name.replace("_", " ").strip() or "Component", drawing)


RECORD = "potluck_page_record"


def for_mesa(panel: Panel) -> Callable[[Any], Any]:
    """Return a panel as a component of Mesa's page, a function of the model; it draws the rounds that it was shown.

    Examples
    --------
    ``SolaraViz(model, components=[for_mesa(OVER_TIME), make_plot_component("welfare")])``
    """

    def component(model: Any) -> Any:
        record: GameRecord | None = vars(model).get(RECORD)
        if record is None or model.round < record.past[-1].number:
            record = vars(model)[RECORD] = GameRecord(model)
        elif model.round > record.past[-1].number:
            record.note()
        return Shown(panel, Look(record.view()))

    component.__name__ = panel.label.replace(" ", "")
    return component


@solara.component
def Shown(panel: Panel, look: Look) -> None:  # noqa: N802
    """Show a panel: its chart, or whatever its drawing shows."""
    if not panel.shown(look):
        solara.Text(f"{panel.label}: nothing to show in this game.")
        return
    drawn = panel.drawing(look)
    if isinstance(drawn, dict):
        show_chart(drawn, panel.label, look)


def show_chart(drawn: Chart, words: str, look: Look) -> None:
    """Show a chart under the round it is of."""
    number = look.view.last.number
    Drawn(drawn, f"{words}, round {number}", f"{words} {number} {len(look.view.past) + len(look.view.later)}", look.choose)
