"""The players around the platform, or on their graph."""

from typing import Any

import numpy as np

from ...arrays import FloatArray
from ...pictures.actions import FEW, colours_of
from ...pictures.game_record import GameView, Places
from ...pictures.network import has_arrows, room, size_scale
from ...pictures.palette import PAID, RECEIVED
from ...pictures.words import action_words
from ..numbers import shown_number
from .chart import Chart, chart, numbers_of

LARGEST_NODE = 46
SMALLEST_NODE = 5

PIXELS_A_UNIT = 95
"""Pixels to a unit of places on the narrowest page."""
FOOT = 0.09
"""The share of the height that a legend of one line takes: where it has its place beforehand plotly draws once, not twice."""


def network(view: GameView, chosen: int) -> Chart:
    """Return the players around the platform, or on their graph: colour is the action, size the payoff, hollow below 0."""
    game, places, tints, words = view.game, view.places, colours_of(view), action_words(view.game)
    scale, rows = size_scale(view), view.places.rows
    largest = min(LARGEST_NODE, PIXELS_A_UNIT * room(places))
    sizes = largest * np.sqrt(np.abs(view.payoffs[rows]) / scale)
    data: list[dict[str, Any]] = []
    across: list[float | None] = []
    up: list[float | None] = []
    for one, other in places.edges:
        across += [float(places.at[one, 0]), float(places.at[other, 0]), None]
        up += [float(places.at[one, 1]), float(places.at[other, 1]), None]
    if across:
        data.append(
            {
                "x": across,
                "y": up,
                "mode": "lines",
                "line": {"color": "@grid", "width": 1},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    arrows = _arrows(view) if places.hub else []
    if places.hub:
        data.append(_hub(view))
    for action, tint in tints.items():
        mine = np.flatnonzero(view.actions[rows] == action)
        lost = view.payoffs[rows[mine]] < 0
        data.append(
            {
                "x": numbers_of(places.at[mine, 0]) or [None],
                "y": numbers_of(places.at[mine, 1]) or [None],
                "mode": "markers+text" if len(rows) <= 12 else "markers",
                "name": words[action],
                "showlegend": False,
                "customdata": rows[mine].tolist(),
                "text": [game.player_names[row] for row in rows[mine]],
                "textposition": ["top center" if places.at[place, 1] > 0.1 else "bottom center" for place in mine],
                "cliponaxis": False,
                "hovertext": [told(view, int(row)) for row in rows[mine]],
                "hoverinfo": "text",
                "marker": {
                    "size": np.maximum(sizes[mine], SMALLEST_NODE).tolist(),
                    "color": ["@paper" if below else tint for below in lost],
                    "line": {"color": tint, "width": [min(3, largest / 4) if below else 1 for below in lost]},
                    "opacity": 1,
                },
            }
        )
    data += _ring(places, chosen, np.maximum(sizes, SMALLEST_NODE))
    data += [
        {"x": [None], "y": [None], "mode": "markers", "name": words[action], "marker": {"size": 11, "color": tint}}
        for action, tint in tints.items()
        if len(tints) <= FEW or (view.actions == action).any()
    ]
    hidden = {"visible": False, "fixedrange": True}
    return chart(
        data,
        330,
        xaxis=hidden | {"range": [-1.4, 1.4]},
        yaxis=hidden | {"range": [-1.35, 1.35], "domain": [FOOT, 1]},
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        legend={"orientation": "h", "y": FOOT, "yanchor": "top", "x": 0.5, "xanchor": "center", "itemsizing": "constant"},
        annotations=arrows,
        hovermode="closest",
    )


def _ring(places: Places, chosen: int, sizes: FloatArray) -> list[dict[str, Any]]:
    """Return the ring around the player that is looked at, whose own colour stays."""
    at = np.flatnonzero(places.rows == chosen)
    look = {"symbol": "circle-open", "size": (sizes[at] + 5).tolist(), "color": "@ink", "line": {"width": 2}}
    ring = {"x": numbers_of(places.at[at, 0]), "y": numbers_of(places.at[at, 1]), "mode": "markers", "marker": look}
    return [ring | {"hoverinfo": "skip", "showlegend": False}] if len(at) else []


def _hub(view: GameView) -> dict[str, Any]:
    words, few = "platform", has_arrows(view)
    if view.has_money:
        words += f": revenue {shown_number(view.last.revenue)}"
    return {
        "x": [0],
        "y": [0],
        "mode": "markers+text" if few else "markers",
        "name": "platform",
        "text": ["platform"],
        "textposition": "top right",
        "hovertext": [words],
        "hoverinfo": "text",
        "marker": {"symbol": "square", "size": 22, "color": "@muted"},
        "showlegend": not few,
    }


def _arrows(view: GameView) -> list[dict[str, Any]]:
    if not has_arrows(view):
        return []
    largest = float(np.abs(view.payments).max())
    arrows = []
    for (x, y), payment in zip(view.places.at, view.payments[view.places.rows], strict=True):
        if largest <= 0 or abs(payment) < 1e-9 * largest:
            continue
        near, far = (0.2 * x, 0.2 * y), (0.8 * x, 0.8 * y)
        start, end = (far, near) if payment > 0 else (near, far)
        arrows.append(
            {
                "x": float(end[0]),
                "y": float(end[1]),
                "ax": float(start[0]),
                "ay": float(start[1]),
                "xref": "x",
                "yref": "y",
                "axref": "x",
                "ayref": "y",
                "text": "",
                "arrowhead": 2,
                "arrowwidth": 1 + 2.5 * abs(float(payment)) / largest,
                "arrowcolor": PAID if payment > 0 else RECEIVED,
            }
        )
    return arrows


def told(view: GameView, row: int) -> str:
    """Return what a player did and earned, in a line."""
    game = view.game
    said = f"{game.player_names[row]}: {action_words(game)[view.actions[row]]}, payoff {shown_number(view.payoffs[row])}"
    if view.has_money:
        paid = float(view.payments[row])
        said += f", {'paid' if paid > 0 else 'received'} {shown_number(abs(paid))}"
    return f"{said}, regret {shown_number(view.regrets[row])}"
