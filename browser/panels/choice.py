"""One player's mixed strategy, and what it could have earned."""

from textwrap import wrap
from typing import Any

import numpy as np

from ...pictures.actions import colours_of
from ...pictures.axes import unit_of_payoffs
from ...pictures.game_record import GameView
from ...pictures.words import action_words
from .chart import Chart, axis, chart, numbers_of

FEW = 7
LETTER = 6.6
"""Pixels that a letter takes at most: names of actions have their room beforehand, and plotly draws once, not twice."""


def choice(view: GameView, player: int) -> Chart:
    """Return a player's mixed strategy, and beside it what each action would have earned in the round looked at."""
    mine = np.flatnonzero(view.game.available[player])
    tints, words = colours_of(view), action_words(view.game)
    colours = [tints[int(action)] for action in mine]
    few = len(mine) <= FEW
    names = ["<br>".join(wrap(words[int(action)], 22 if few else 24)) for action in mine]
    unit = unit_of_payoffs(view).replace(" (", "<br>(")
    earned = view.deviations[player, mine]
    played = ["@ink" if action == view.actions[player] else "rgba(0,0,0,0)" for action in mine]
    bars: dict[str, Any] = {"type": "bar", "orientation": "h", "y": names, "showlegend": False}
    look: dict[str, Any] = {"color": colours, "line": {"color": played, "width": 2}}
    data = [
        bars
        | {
            "x": numbers_of(view.policy[player, mine]),
            "marker": look,
            "hovertemplate": "%{y}: probability %{x:.3g}<extra></extra>",
        },
        bars
        | {
            "x": [0.0 if abs(value) < 1e-12 else float(value) for value in earned],
            "marker": look,
            "xaxis": "x2",
            "yaxis": "y2",
            "hovertemplate": "%{y} would have earned %{x:.4g}<extra></extra>",
        },
    ]
    longest = max(len(line) for name in names for line in name.split("<br>"))
    return chart(
        data,
        int(110 + 14 * bool(unit) + (20 + 8 * any("<br>" in name for name in names)) * min(len(mine), 13)),
        xaxis=_small(axis("probability", domain=[0, 0.42], range=[0, 1.02], dtick=0.5, fixedrange=True, automargin=False)),
        yaxis=axis(autorange="reversed", tickfont={"size": 11}, automargin=False),
        xaxis2=_small(
            axis(f"would have<br>earned{unit}", domain=[0.56, 1], nticks=3, tickangle=0, anchor="y2", automargin=False)
        ),
        yaxis2=axis(autorange="reversed", showticklabels=False, anchor="x2", automargin=False),
        margin={"l": round(14 + LETTER * longest), "r": 22, "t": 6, "b": 60 + 15 * bool(unit)},
    )


def _small(drawn: dict[str, Any]) -> dict[str, Any]:
    """Return an axis whose title is as wide as the axis on a phone at most."""
    drawn["title"]["font"] = {"size": 11}
    return drawn
