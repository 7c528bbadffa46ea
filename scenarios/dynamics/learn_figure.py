"""The figure of learners in a game: the path of one run, distance from equilibrium, regret, and where runs end."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...arrays import FloatArray, IntArray
from ...pictures import figures
from ...pictures.actions import action_colours
from ...pictures.palette import FIELDS, OUT
from ...pictures.simplex import draw_path, draw_triangle, place_of
from ...pictures.words import action_words
from .learning_runs import LearningRuns, bands
from .played_games import play_words

FEW_PLAYERS, FEW_ACTIONS, MOST_BARS = 7, 9, 10
WIDTH = 22
"""Letters in a line of an equilibrium's name."""


def draw(title: str, played: LearningRuns, equilibria: FloatArray, ends: pd.DataFrame, bound: FloatArray | None) -> Figure:
    """Draw the four panels.

    Parameters
    ----------
    title
        What is played, and how.
    played
        The runs.
    equilibria
        Those that are known, shape (k, n, m).
    ends
        The table of where runs ended.
    bound
        What average regret is at most, by round that is looked at; None where nothing is promised.
    """
    figure, (path, distance, regret, where) = figures.new_figure(4, width=4.3, height=4.0, title=title)
    _draw_path(path, played, equilibria)
    name = f"{played.runs.replicas} runs: median and 90 %"
    _band(distance, played, played.of_average, FIELDS["average"], "of average play")
    _band(distance, played, played.of_play, FIELDS["exploitability"], "of what is played")
    distance.set(title=f"distance from equilibrium\n({name})", xlabel="rounds so far", ylabel="NashConv")
    distance.set_ylim(bottom=0)
    distance.legend(fontsize=8, framealpha=0.85)
    _band(regret, played, played.regrets.max(axis=-1), FIELDS["play"], "largest of a player")
    if bound is not None:
        regret.plot(played.looks + 1, bound, "--", color="0.4", linewidth=1.2, label="what the rule promises")
    low = min(0.0, float(bands(played.regrets.max(axis=-1))[0].min()))
    high = float(bands(played.regrets.max(axis=-1))[2].max())
    regret.set(title=f"regret a round\n({name})", xlabel="rounds so far", ylabel="average external regret")
    regret.set_ylim(1.05 * low, 1.15 * high if high > 0 else 1.0)
    regret.legend(fontsize=8, framealpha=0.85)
    words = action_words(played.game)
    names = [textwrap.fill(play_words(policy, words), WIDTH, max_lines=3, placeholder=" …") for policy in equilibria]
    _draw_ends(where, ends, names)
    return figure


def _band(axis: Axes, played: LearningRuns, values: FloatArray, tint: str, label: str) -> None:
    low, middle, high = bands(values)
    at = played.looks + 1  # a logarithmic axis has no place for round 0
    axis.fill_between(at, low, high, color=tint, alpha=0.2, linewidth=0)
    axis.plot(at, middle, color=tint, linewidth=1.6, label=label, clip_on=False, zorder=3)
    axis.set_xscale("log")


def _draw_path(axis: Axes, played: LearningRuns, equilibria: FloatArray) -> None:
    game = played.game
    acts = played.runs.actions_by_round[0]
    used = np.flatnonzero(game.available.any(axis=0))
    counts = np.cumsum(np.eye(game.m)[acts], axis=0)
    average = counts / np.arange(1, len(acts) + 1)[:, None, None]
    words = action_words(game)
    if len(used) == 3 and game.n <= FEW_PLAYERS:
        _triangle(axis, average[:, :, used], [words[action] for action in used], played, equilibria[:, :, used])
    elif len(used) == 2 and game.n == 2:
        _square(axis, average[:, :, used[1]], words[used[1]], played, equilibria[:, :, used[1]])
    elif len(used) == 2 and game.n <= FEW_PLAYERS:
        for player, name in enumerate(game.player_names):
            axis.plot(np.arange(1, len(acts) + 1), average[:, player, used[1]], color=figures.colour(player), label=name)
        axis.set(xscale="log", ylim=(-0.03, 1.03), xlabel="rounds so far", ylabel=f"frequency of {words[used[1]]} so far")
        axis.legend(fontsize=8, framealpha=0.85)
    else:
        _shares(axis, acts, words, used)
    axis.set_title("frequencies so far in the first run" if game.n <= FEW_PLAYERS else "the first run")


def _triangle(axis: Axes, average: FloatArray, words: list[str], played: LearningRuns, equilibria: FloatArray) -> None:
    draw_triangle(axis, words)
    for player, name in enumerate(played.game.player_names):
        draw_path(axis, average[:, player], figures.colour(player), name)
    for number, policy in enumerate(equilibria):
        places = place_of(policy)
        label = "equilibria" if number == 0 else None
        axis.plot(*places.T, "D", color=FIELDS["equilibrium"], markersize=6, linestyle="", zorder=5, label=label, clip_on=False)
    axis.legend(fontsize=8, frameon=False, loc="upper right")


def _square(axis: Axes, average: FloatArray, word: str, played: LearningRuns, equilibria: FloatArray) -> None:
    names = played.game.player_names
    finals = played.late
    second = np.flatnonzero(played.game.available.any(axis=0))[1]
    axis.plot(*finals[:, :, second].T, ".", color=OUT, markersize=5, label="all runs, later half", clip_on=False)
    axis.plot(*average.T, color=FIELDS["average"], linewidth=1.2, label="first run")
    axis.plot(*average[-1], "s", color=FIELDS["average"], markersize=7, clip_on=False, zorder=4)
    axis.plot(*equilibria.T, "D", color=FIELDS["equilibrium"], markersize=6, label="equilibria", clip_on=False, zorder=5)
    axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"{names[0]}: {word}", ylabel=f"{names[1]}: {word}")
    axis.legend(fontsize=8, loc="best", framealpha=0.85)


def _shares(axis: Axes, acts: IntArray, words: list[str], used: NDArray[np.integer[Any]]) -> None:
    """Draw the share of players, over the rounds so far, that played each action."""
    tints = action_colours(len(words))
    rounds = np.arange(1, len(acts) + 1)
    bottom = np.zeros(len(acts))
    for action in used:
        top = bottom + np.cumsum((acts == action).mean(axis=1)) / rounds
        axis.fill_between(rounds, bottom, top, color=tints[action], linewidth=0, label=words[action])
        bottom = top
    axis.set(
        xscale="log", xlim=(1, max(2, len(acts))), ylim=(0, 1), xlabel="rounds so far", ylabel="share of play so far, all players"
    )
    if len(used) <= FEW_ACTIONS:
        axis.legend(fontsize=7, loc="lower left", framealpha=0.85)


def _draw_ends(axis: Axes, ends: pd.DataFrame, names: list[str]) -> None:
    shown = ends[(ends["runs"] > 0) | (ends["end"] == -1) | (len(ends) <= MOST_BARS)]
    kept = shown.nlargest(MOST_BARS, "runs", keep="first").sort_index()
    none = "none of these" if len(ends) > 1 else "none is known"
    places = np.arange(len(kept))
    tints = [OUT if end < 0 else FIELDS["equilibrium"] for end in kept["end"]]
    errors = np.array([kept["share"] - kept["share_low"], kept["share_high"] - kept["share"]])
    axis.barh(places, kept["share"], xerr=errors, color=tints, error_kw={"linewidth": 0.8})
    axis.set_yticks(places, [none if end < 0 else names[end] for end in kept["end"]], fontsize=8)
    axis.invert_yaxis()
    axis.set(title="where play in the later half is\n(95 % intervals)", xlabel="share of runs", xlim=(0, 1))
