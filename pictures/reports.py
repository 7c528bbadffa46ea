"""Who copies, holds back or attacks, and what it earns."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..arrays import FloatArray
from . import figures
from .actions import FEW, colours_of
from .axes import legend_on_top, line_style, rounds_axis, thinned, unit_of_payoffs
from .game_record import GameView
from .words import action_words

MOST_ROWS = 24


def reported(view: GameView) -> str:
    """Return what players choose to enter more or less of: copies, portions of their data, levels, or attacks.

    It is nothing where they only choose whether to enter, where no action is the honest one, or where they are too many to be
    drawn one by one.
    """
    return "" if view.game.n > MOST_ROWS or view.last.actions is None else view.game.choice


def draw_reports(axis: Axes, view: GameView) -> None:
    """Draw who entered how many copies, or how much, round by round; of attacks, who mounted which.

    Raises
    ------
    ValueError
        `reported` names nothing.
    """
    if not reported(view):
        raise ValueError("players of this game choose only whether to enter, or are too many to be drawn one by one")
    if reported(view) == "attacks":
        _draw_attacks(axis, view)
    else:
        draw_entered(axis, view)


def _draw_attacks(axis: Axes, view: GameView) -> None:
    past, tints = thinned(view), colours_of(view)
    edges = np.append([each.number for each in past], past[-1].number + 1) - 0.5
    for index, each in enumerate(past):
        if each.actions is None:
            continue
        colours = [tints[int(action)] for action in each.actions]
        axis.barh(np.arange(view.game.n), np.diff(edges)[index], left=edges[index], color=colours, height=0.8)
    axis.set_yticks(np.arange(view.game.n), view.game.player_names, fontsize=8)
    axis.invert_yaxis()
    axis.set(xlim=(edges[0], edges[-1]))
    rounds_axis(axis)


def draw_entered(axis: Axes, view: GameView) -> None:
    """Draw how many copies, or portions of its data, every party entered, round by round; like lines are set slightly apart.

    Where a task has neither, draw the level at which parties enter.
    """
    task, what, past = view.game.task, reported(view), thinned(view)
    if task is None or what not in {"copies", "portions", "level"}:
        raise ValueError("what is entered is drawn of at most 24 parties of a market who choose how much, or how often")
    amounts = {"portions": task.entries, "copies": np.maximum(task.entries - 1, 0), "level": task.level_of}[what]
    entered = np.asarray(amounts, dtype=float)[np.array([each.actions for each in past])]
    draw_amounts(axis, [each.number for each in past], entered, view.game.player_names, float(np.max(amounts)))
    axis.set(ylabel=f"{what} entered")
    legend_on_top(axis)
    if what != "level":
        figures.whole_numbers(axis, "y")


def draw_amounts(axis: Axes, rounds: Sequence[int], amounts: FloatArray, names: Sequence[str], largest: float) -> None:
    """Draw an amount of every party, round by round; like lines are set slightly apart, and of many parties stands the mean.

    Parameters
    ----------
    axis
        Where to draw.
    rounds
        The rounds, increasing.
    amounts
        Shape (rounds, parties).
    names
        Of the parties.
    largest
        The largest amount there could be; where it is 0 the axis is one high.
    """
    n, height = amounts.shape[1], largest or 1.0
    if n > FEW:
        axis.plot(rounds, amounts.mean(axis=1), label="mean", **line_style(0, len(rounds)))
    else:
        edges = np.append(rounds, rounds[-1] + 1) - 0.5
        for row, name in enumerate(names):
            apart = 0.013 * height * (row - (n - 1) / 2)
            axis.stairs(amounts[:, row] + apart, edges, baseline=None, color=figures.colour(row), label=name, linewidth=1.8)
    axis.set(ylim=(-0.07 * height, 1.07 * height))
    rounds_axis(axis)


def draw_temptation(axis: Axes, view: GameView) -> None:
    """Draw what each party's action earned it more than the honest one, the others' actions as they are.

    Raises
    ------
    ValueError
        No action of the game is the honest one.
    """
    honest = view.game.honest
    if honest is None:
        raise ValueError("no action of this game is the honest one")
    other = view.deviations[:, honest]
    gain = np.where(np.isfinite(other), view.payoffs - np.where(np.isfinite(other), other, 0.0), 0.0)
    places = np.arange(view.game.n)
    tints = colours_of(view)
    axis.barh(places, gain, color=[tints[int(action)] for action in view.actions], height=0.7)
    axis.axvline(0, color="0.3", linewidth=0.8)
    words = action_words(view.game)
    names = [f"{name}\n{words[action]}" for name, action in zip(view.game.player_names, view.actions, strict=True)]
    axis.set_yticks(places, names, fontsize=8)
    axis.invert_yaxis()
    axis.margins(x=0.08)
    if not gain.any():
        axis.set_xlim(-1, 1)
    than = "honesty" if view.game.choice == "attacks" else "entering all once"
    axis.set(xlabel=f"payoff more than from {than}{unit_of_payoffs(view)}")
