"""Who paid what, in the last round and in all."""

import numpy as np
from matplotlib.axes import Axes

from ..arrays import FloatArray
from .axes import MOST_POINTS, legend_on_top, line_style, rounds_axis, thinned
from .game_record import GameView
from .palette import FIELDS, PAID, RECEIVED

MOST_BARS = 24


def draw_money(axis: Axes, view: GameView) -> None:
    """Draw the money of the last round: what each player received, to the right, or paid, to the left; then the platform.

    Of more than 24 players, what they received is drawn from the most to the least, without names and without the platform.
    """
    if view.game.n > MOST_BARS:
        _draw_sorted(axis, -view.payments)
    else:
        _draw_bars(axis, [*view.game.player_names, "platform"], np.append(-view.payments, view.last.revenue))
    axis.axvline(0, color="0.3", linewidth=0.8)
    axis.invert_yaxis()
    axis.margins(x=0.08)
    if not view.payments.any():
        axis.set_xlim(-1, 1)
    axis.set(xlabel=f"money received in round {view.last.number} (paid: left of 0)")


def _draw_bars(axis: Axes, names: list[str], received: FloatArray) -> None:
    places = np.arange(len(received))
    axis.barh(places, received, color=[RECEIVED if amount >= 0 else PAID for amount in received], height=0.7)
    axis.set_yticks(places, names, fontsize=8)
    axis.axhline(len(received) - 1.5, color="0.8", linewidth=0.8)


def _draw_sorted(axis: Axes, received: FloatArray) -> None:
    count = min(len(received), MOST_POINTS)
    values = np.sort(received)[::-1][np.linspace(0, len(received) - 1, count).astype(np.int64)]
    edges = np.linspace(0, len(received), count + 1)
    for part, tint in ((np.maximum(values, 0.0), RECEIVED), (np.minimum(values, 0.0), PAID)):
        axis.stairs(part, edges, orientation="horizontal", fill=True, color=tint)
    axis.set(ylabel="players, by what they received")


def draw_platform(axis: Axes, view: GameView) -> None:
    """Draw what the platform took in and what everybody together had, round by round."""
    past = thinned(view)
    numbers = [each.number for each in past]
    for index, name in enumerate(("welfare", "revenue", "profit")):
        values = [getattr(each, name) for each in past]
        axis.plot(numbers, values, label=name, **line_style(index, len(past), FIELDS[name]))
    axis.axhline(0, color="0.6", linewidth=0.6)
    axis.set(ylabel="money")
    rounds_axis(axis)
    legend_on_top(axis)
