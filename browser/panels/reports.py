"""Who copies, holds back or attacks, and what it earns."""

from typing import Any

import numpy as np

from ...pictures.actions import colours_of
from ...pictures.axes import unit_of_payoffs
from ...pictures.game_record import GameView
from ...pictures.words import action_words
from ..numbers import shown_number
from .chart import Chart, axis, chart, empty, here, numbers_of, rounds_axis, rounds_of


def draw_reports(view: GameView) -> Chart:
    """Return who entered how many copies, or how much, or mounted which attack, round by round, and what that earned."""
    past = [each for each in rounds_of(view) if each.actions is not None]
    numbers, names = [each.number for each in past], list(view.game.player_names)
    actions = np.array([each.actions for each in past])
    words, tints = action_words(view.game), colours_of(view)
    used = list(tints)
    place = {action: index for index, action in enumerate(used)}
    shades = [[edge, tint] for index, tint in enumerate(tints.values()) for edge in (index / len(used), (index + 1) / len(used))]
    grid = [[place[int(action)] for action in row] for row in actions.T]
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "x": numbers,
            "y": names,
            "z": grid,
            "zmin": -0.5,
            "zmax": len(used) - 0.5,
            "colorscale": shades,
            "showscale": False,
            "text": [[words[int(action)] for action in row] for row in actions.T],
            "hovertemplate": "%{y}, round %{x}: %{text}<extra></extra>",
            "xgap": 1 if len(numbers) < 60 else 0,
            "ygap": 2,
        },
        gains := _temptation(view),
    ]
    than = "honesty" if view.game.choice == "attacks" else "sharing everything once"
    nothing = [] if any(gains["x"]) else [empty(f"nobody earns more or less than from {than}", "x2", "y2")]
    return chart(
        data,
        560,
        xaxis=rounds_axis(view, anchor="y") | {"range": [-0.5, max(numbers[-1], 1) + 0.5]},
        yaxis=axis(domain=[0.58, 1], autorange="reversed"),
        xaxis2=axis(f"payoff more than from {than}{unit_of_payoffs(view)}", anchor="y2"),
        yaxis2=axis(domain=[0, 0.4], anchor="x2", autorange="reversed"),
        shapes=[shape | {"y0": 0.58} for shape in here(view)],
        annotations=nothing,
    )


def _temptation(view: GameView) -> dict[str, Any]:
    honest = view.game.honest or 0
    other = view.deviations[:, honest]
    gain = np.where(np.isfinite(other), view.payoffs - np.where(np.isfinite(other), other, 0.0), 0.0)
    gain = np.where(np.abs(gain) < 1e-12, 0.0, gain)
    tints, words = colours_of(view), action_words(view.game)
    return {
        "type": "bar",
        "orientation": "h",
        "x": numbers_of(gain),
        "y": list(view.game.player_names),
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {"color": [tints[int(action)] for action in view.actions]},
        "hovertext": [f"{words[int(action)]}: {shown_number(value)}" for action, value in zip(view.actions, gain, strict=True)],
        "hoverinfo": "text",
        "showlegend": False,
    }
