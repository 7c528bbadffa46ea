"""Actions, payoffs and exploitability, round by round."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation, NullLocator

from . import figures
from .actions import FEW, colours_of, used_actions
from .axes import legend_above, legend_on_top, line_style, rounds_axis, thinned, unit_of_payoffs
from .game_record import GameView
from .palette import FIELDS
from .words import action_words


def draw_shares(axis: Axes, view: GameView, legend: bool = True) -> None:
    """Draw which share of the players played each action, a column a round; colours are those of the network."""
    past = thinned(view)
    numbers = np.array([each.number for each in past], dtype=float)
    edges = np.append(numbers, 2 * numbers[-1] - numbers[-2] if len(numbers) > 1 else numbers[-1] + 1) - 0.5
    shares = np.array([each.shares for each in past])
    bottom = np.zeros(len(past))
    words = action_words(view.game)
    for action, tint in colours_of(view).items():
        top = bottom + shares[:, action]
        axis.stairs(top, edges, baseline=bottom, fill=True, color=tint, label=words[action], linewidth=0)
        bottom = top
    axis.set(ylabel="share of players", ylim=(0, 1), xlim=(edges[0], edges[-1]))
    rounds_axis(axis)
    if legend and len(used_actions(view)) <= FEW:
        legend_above(axis)


def draw_payoffs(axis: Axes, view: GameView) -> None:
    """Draw every player's payoff round by round; of many players, the median, the middle half and the range."""
    past = thinned(view)
    numbers = [each.number for each in past]
    if view.game.n <= len(figures.COLOURS) and past[0].payoffs is not None:
        payoffs = np.array([each.payoffs for each in past])
        for row, name in enumerate(view.game.player_names):
            axis.plot(numbers, payoffs[:, row], label=name, **line_style(row, len(past)))
    else:
        spread = np.array([each.spread for each in past]).T
        tint = figures.colour(0)
        axis.fill_between(numbers, spread[0], spread[4], color=tint, alpha=0.15, linewidth=0, label="all players")
        axis.fill_between(numbers, spread[1], spread[3], color=tint, alpha=0.35, linewidth=0, label="the middle half")
        axis.plot(numbers, spread[2], label="median", **line_style(0, len(past)))
    axis.set(ylabel=f"payoff{unit_of_payoffs(view)}")
    rounds_axis(axis)
    legend_on_top(axis)


def draw_exploitability(axis: Axes, view: GameView) -> None:
    """Draw how far from an equilibrium each round was, on a logarithmic axis; equilibria stand at its foot."""
    past = thinned(view)
    numbers = np.array([each.number for each in past])
    values = np.array([each.exploitability for each in past])
    positive = values[values > 0]
    floor = 10.0 ** max(-12, math.floor(math.log10(positive.min())) - 1) if len(positive) else 1e-3
    exact = values <= floor
    axis.plot(numbers, np.maximum(values, floor), **line_style(0, len(past), FIELDS["exploitability"]))
    if exact.any():
        axis.plot(
            numbers[exact],
            np.full(exact.sum(), floor),
            linestyle="",
            marker="D",
            markersize=4,
            color=FIELDS["equilibrium"],
            label="0: an equilibrium",
            clip_on=False,
        )
        axis.legend(fontsize=8, frameon=False, loc="upper right")
    top = float(positive.max()) if len(positive) else 1.0
    axis.set(ylabel="exploitability", yscale="log", ylim=(0.7 * floor, max(4 * top, 100 * floor)))
    axis.yaxis.set_minor_locator(NullLocator())
    if exact.any():
        _name_the_foot(axis, floor)
    rounds_axis(axis)


def _name_the_foot(axis: Axes, floor: float) -> None:
    """Write 0 where zeros are drawn, which have no place on a logarithmic axis."""
    powers = LogFormatterSciNotation()
    powers.set_axis(axis.yaxis)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, place: "0" if value < 2 * floor else powers(value, place)))
