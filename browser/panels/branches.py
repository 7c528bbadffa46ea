"""The game and its branches in the same axes, and the difference."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...pictures.axes import unit_of_payoffs
from ...pictures.game_record import GameView, Round
from ...pictures.palette import RULES
from ..session import Line
from .chart import Chart, axis, between, chart, here, inked, line_of, numbers_of, rounds_axis, spaced

COMPARED = ("exploitability", "welfare", "revenue", "profit")


def compared(lines: Sequence[Line], view: GameView, field: str, player: int | None = None) -> Chart:
    """Return a field of the game and its branches in the same axes, with bands where there are any, and the difference below.

    Parameters
    ----------
    lines
        `Line`, the game first.
    view
        The game as it is looked at.
    field
        One of `COMPARED`, or ``payoff`` of a player.
    player
        Whose payoff.
    """
    data: list[dict[str, Any]] = []
    series = [_series(line.past, field, player) for line in lines]
    for index, line in enumerate(lines):
        colour = inked(RULES[index % len(RULES)])
        banded = field if player is None else f"{field} {player}"
        if line.bands and banded in line.bands:
            band = np.asarray(line.bands[banded])
            numbers = list(range(line.bands_from, line.bands_from + len(band)))
            data += between(numbers, band[:, 0], band[:, 4], "", "y", _faint(index, 0.14))
            data += between(numbers, band[:, 1], band[:, 3], "", "y", _faint(index, 0.28))
        kept = spaced(line.past)
        values = numbers_of([series[index][each.number] for each in kept])
        style = line_of(index, len(kept), colour)
        data.append({"x": [each.number for each in kept], "y": values, "name": line.words, **style})
        if index:
            both = [each.number for each in kept if each.number in series[0]]
            gaps = [series[index][number] - series[0][number] for number in both]
            clean = numbers_of([0.0 if abs(gap) < 1e-12 else gap for gap in gaps])
            data.append({"x": both, "y": clean, "name": line.words, "showlegend": False, "yaxis": "y2", **style})
    what = (field if player is None else f"payoff of {view.game.player_names[player]}") + unit_of_payoffs(view)
    last = max(line.past[-1].number for line in lines)
    return chart(
        data,
        480,
        xaxis=rounds_axis(view) | {"range": [-0.1 - 0.02 * last, max(1, last) * 1.02 + 0.1]},
        yaxis=axis(what, domain=[0.44, 1]),
        yaxis2=axis("difference to the game", domain=[0, 0.34]),
        shapes=here(view),
        hovermode="x unified",
    )


def _series(past: Sequence[Round], field: str, player: int | None) -> dict[int, float]:
    if player is None:
        return {each.number: float(getattr(each, field)) for each in past}
    return {each.number: float(each.payoffs[player]) for each in past if each.payoffs is not None}


def _faint(index: int, share: float) -> str:
    colour = RULES[index % len(RULES)]
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    grey = (128, 128, 128) if index == 0 else (red, green, blue)
    return f"rgba({grey[0]},{grey[1]},{grey[2]},{share})"
