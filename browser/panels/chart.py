"""What every chart of the page shares: plain values that plotly draws in the visitor's browser, where one can hover and zoom.

A colour that begins with ``@`` is one of the page's own, so that charts follow its dark mode.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import solara

from ...arrays import FloatArray
from ...pictures.game_record import GameView, Round
from ...pictures.palette import PLAYERS

Chart = dict[str, Any]
"""``data`` and ``layout`` as plotly takes them, and the ``height`` in pixels."""

MOST_POINTS = 600
DASHES = ("solid", "dash", "dashdot", "dot")
MARKS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "pentagon", "x")
FEW_POINTS = 30


@solara.component_vue("chart.vue")
def _Drawn(figure: str, height: int, mark: str, words: str, event_clicked: Callable[[int], None]) -> None:  # noqa: N802
    pass


@solara.component
def Drawn(figure: Chart, words: str, mark: str, clicked: Callable[[int], None] = lambda _: None) -> None:  # noqa: N802
    """Show a chart; ``words`` say what it is to who cannot see it, ``mark`` says which one it is, once it is drawn."""
    # as text: widgets and the page would walk through every number of it, time and again
    _Drawn(figure=json.dumps(figure), height=figure["height"], mark=mark, words=words, event_clicked=clicked)


def rounds_of(view: GameView) -> list[Round]:
    """Return the rounds that are drawn, those after the one looked at included; of very many, evenly spaced ones and the last."""
    return spaced((*view.past, *view.later))


def spaced(rounds: Sequence[Round]) -> list[Round]:
    """Return at most `MOST_POINTS` rounds, evenly spaced, the last included."""
    if len(rounds) <= MOST_POINTS:
        return list(rounds)
    step = -(-len(rounds) // MOST_POINTS)
    return [*rounds[:-1:step], rounds[-1]]


def chart(data: list[dict[str, Any]], height: int, **layout: Any) -> Chart:
    """Return a chart in the page's style."""
    base: dict[str, Any] = {
        "font": {"color": "@ink", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 62, "r": 12, "t": 8, "b": 40},
        "hoverlabel": {"namelength": -1},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "font": {"size": 11}, "traceorder": "normal"},
        "uirevision": "kept",
        "showlegend": any(each.get("showlegend", bool(each.get("name"))) for each in data),
    }
    return {"data": data, "layout": base | layout, "height": height}


def axis(title: str = "", **more: Any) -> dict[str, Any]:
    """Return an axis in the page's style, which makes room for its labels; where the room is known this takes half the time."""
    look = {"gridcolor": "@grid", "zerolinecolor": "@line", "linecolor": "@line", "ticks": "outside", "tickcolor": "@line"}
    return look | {"title": {"text": title, "standoff": 6}, "automargin": True} | more


def rounds_axis(view: GameView, **more: Any) -> dict[str, Any]:
    """Return the axis of rounds: whole numbers only."""
    last = max(1, (view.later or view.past)[-1].number)
    step = max(1, _nice(last / 8))
    return axis("round", dtick=step, tick0=0, range=[-0.02 * last - 0.1, last * 1.02 + 0.1], zeroline=False, **more)


def _nice(value: float) -> int:
    power = 10 ** math.floor(math.log10(max(value, 1)))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power >= value))


def here(view: GameView, rows: int = 1) -> list[dict[str, Any]]:
    """Return the upright line at the round that is looked at, in all axes of rounds; none at the end."""
    if not view.later:
        return []
    number = view.last.number
    return [
        {
            "type": "line",
            "xref": "x",
            "yref": "paper",
            "x0": number,
            "x1": number,
            "y0": 0,
            "y1": 1,
            "line": {"color": "@ink", "width": 1, "dash": "dot"},
        }
    ]


def line_of(index: int, count: int, colour: str = "") -> dict[str, Any]:
    """Return how the line of a player looks, or one of a given colour; a path of few rounds shows its points."""
    style: dict[str, Any] = {
        "mode": "lines+markers" if count <= FEW_POINTS else "lines",
        "line": {"color": colour or inked(PLAYERS[index % len(PLAYERS)]), "width": 2, "dash": DASHES[index % 4]},
    }
    if count <= FEW_POINTS:
        style["marker"] = {"symbol": MARKS[index % len(MARKS)], "size": 6}
    return style


def inked(colour: str) -> str:
    """Return a colour that can be seen on the page: black is the colour of its writing."""
    return "@ink" if colour in {"#000000", "#1B1F24"} else colour


def numbers_of(values: Any) -> list[Any]:
    """Return numbers as JSON holds them: what is not finite is left out of the drawing."""
    return [float(value) if math.isfinite(value) else None for value in np.asarray(values, dtype=float).ravel()]


def rounded(values: FloatArray) -> FloatArray:
    """Return numbers without what is left of rounding, which an axis that fits them would show as if it were something.

    Examples
    --------
    >>> rounded(np.array([0.8 / 3, 0.8 - 1.6 / 3])).tolist()
    [0.2666666666667, 0.2666666666667]
    """
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if len(finite) else 0.0
    if largest <= 0:
        return values
    return np.round(values, min(300, 13 - math.ceil(math.log10(largest)))) + 0.0


def empty(said: str, x: str, y: str) -> dict[str, Any]:
    """Return a line of writing in the middle of axes that have nothing to show."""
    look = {"showarrow": False, "font": {"color": "@muted", "size": 13}}
    return {"text": said, "xref": f"{x} domain", "yref": f"{y} domain", "x": 0.5, "y": 0.5, **look}


def between(x: list[int], low: FloatArray, high: FloatArray, name: str, yaxis: str, colour: str) -> list[dict[str, Any]]:
    """Return the band between two lines."""
    edge = {"x": x, "mode": "lines", "line": {"width": 0}, "yaxis": yaxis, "hoverinfo": "skip"}
    return [
        edge | {"y": numbers_of(low), "showlegend": False},
        edge | {"y": numbers_of(high), "fill": "tonexty", "fillcolor": colour, "name": name, "showlegend": bool(name)},
    ]
