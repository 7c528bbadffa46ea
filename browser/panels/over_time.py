"""Actions, payoffs and exploitability, round by round."""

import math
from typing import Any

import numpy as np

from ...arrays import FloatArray
from ...pictures.actions import colours_of
from ...pictures.axes import unit_of_payoffs
from ...pictures.game_record import GameView, Round
from ...pictures.palette import FIELDS, PLAYERS
from ...pictures.words import action_words
from ..numbers import shown_number
from .chart import Chart, axis, between, chart, here, line_of, numbers_of, rounds_axis, rounds_of


def draw_over_time(view: GameView) -> Chart:
    """Return actions, payoffs and exploitability, round by round, one below the other."""
    past = rounds_of(view)
    numbers = [each.number for each in past]
    data = [*_shares(view, past, numbers), *_payoffs(view, past, numbers), *_exploitability(past, numbers)]
    return chart(
        data,
        560,
        xaxis=rounds_axis(view, automargin=False),
        yaxis=axis("share of players", domain=[0.72, 0.98], range=[0, 1], fixedrange=True, automargin=False),
        yaxis2=axis(f"payoff{unit_of_payoffs(view)}", domain=[0.37, 0.64], automargin=False),
        yaxis3=_log_axis(past) | {"domain": [0, 0.28], "automargin": False},
        margin={"l": 78, "r": 14, "t": 8, "b": 44},
        grid={"rows": 3, "columns": 1, "subplots": [["xy"], ["xy2"], ["xy3"]]},
        shapes=here(view),
        legend={"orientation": "h", "y": 0.645, "yanchor": "bottom", "x": 0, "traceorder": "normal", "font": {"size": 11}},
        hovermode="x unified" if view.game.n <= len(PLAYERS) else "closest",
    )


def _shares(view: GameView, past: list[Round], numbers: list[int]) -> list[dict[str, Any]]:
    shares, words = np.array([each.shares for each in past]), action_words(view.game)
    edges = [*numbers, numbers[-1] + 1]  # a share holds for its whole round
    return [
        {
            "x": [each - 0.5 for each in edges],
            "y": numbers_of([*shares[:, action], shares[-1, action]]),
            "name": words[action],
            "stackgroup": "actions",
            "line": {"width": 0, "shape": "hv"},
            "fillcolor": tint,
            "hovertemplate": "%{y:.0%}",
            "showlegend": False,
        }
        for action, tint in colours_of(view).items()
    ]


def _payoffs(view: GameView, past: list[Round], numbers: list[int]) -> list[dict[str, Any]]:
    if view.game.n <= len(PLAYERS) and past[0].payoffs is not None:
        payoffs = np.array([each.payoffs for each in past])
        return [
            {"x": numbers, "y": numbers_of(payoffs[:, row]), "name": name, "yaxis": "y2", **line_of(row, len(past))}
            for row, name in enumerate(view.game.player_names)
        ]
    spread = np.array([each.spread for each in past]).T
    return [
        *between(numbers, spread[0], spread[4], "all players", "y2", "rgba(0,114,178,0.15)"),
        *between(numbers, spread[1], spread[3], "the middle half", "y2", "rgba(0,114,178,0.3)"),
        {"x": numbers, "y": numbers_of(spread[2]), "name": "median", "yaxis": "y2", **line_of(0, len(past))},
    ]


def _exploitability(past: list[Round], numbers: list[int]) -> list[dict[str, Any]]:
    values = np.array([each.exploitability for each in past])
    floor = _floor(values)
    exact = values <= floor
    texts = [f"exploitability {shown_number(value)}" for value in values]
    line = line_of(0, len(past), FIELDS["exploitability"])
    common = {"yaxis": "y3", "hoverinfo": "text", "showlegend": False}
    data = [{"x": numbers, "y": numbers_of(np.maximum(values, floor)), "name": "exploitability", "text": texts, **common, **line}]
    if exact.any():
        at = np.flatnonzero(exact)
        data.append(
            {
                "x": [numbers[place] for place in at],
                "y": [floor] * len(at),
                "mode": "markers",
                "marker": {"symbol": "diamond", "size": 7, "color": FIELDS["equilibrium"]},
                "name": "equilibrium",
                "text": ["0: an equilibrium"] * len(at),
                "cliponaxis": False,
                **common,
            }
        )
    return data


def _floor(values: FloatArray) -> float:
    positive = values[values > 1e-12]
    return float(10.0 ** max(-12, math.floor(math.log10(positive.min())) - 1)) if len(positive) else 1e-3


def _log_axis(past: list[Round]) -> dict[str, Any]:
    values = np.array([each.exploitability for each in past])
    floor = _floor(values)
    low = math.log10(floor)
    high = math.log10(max(4 * float(values.max()), 100 * floor))
    decades = np.arange(math.ceil(low + 0.5), math.floor(high) + 1, max(1, math.ceil((high - low) / 5)))
    return axis(
        "exploitability",
        type="log",
        range=[low - 0.15, high],
        tickvals=[floor, *(float(10.0**power) for power in decades)],
        ticktext=["0", *(f"{10.0**power:g}" for power in decades)],
    )
