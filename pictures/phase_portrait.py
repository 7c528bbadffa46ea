"""Phase portraits: where learning is drawn in a game of two players, or of many who choose between two actions."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ..arrays import FloatArray, IntArray
from ..models import StrategicGame
from . import thinned
from .axes import legend_above
from .game_record import GameView
from .palette import FIELDS
from .words import action_words

GRID = 41
ARROWS = 11
MOST_PLAYERS = 500
MOST_ACTIONS = 60


@dataclass(frozen=True, eq=False)
class Field:
    """What a phase portrait shows behind the path.

    Parameters
    ----------
    kind
        ``square``: two players with two actions each; ``replies``: two players with more; ``line``: many players, two actions.
    x, y
        Coordinates of what is drawn, by kind: a grid of mixes and, for ``square``, the direction of the replicator there; for
        ``replies`` the actions of one player and the other's best reply to each; for ``line`` the share that plays the second
        action and what a player gains on average by playing it.
    """

    kind: str
    x: FloatArray
    y: FloatArray
    u: FloatArray
    v: FloatArray


def two_actions(game: StrategicGame) -> IntArray | None:
    """Return the two actions that all players choose between; None if it is not so."""
    used = np.flatnonzero(game.available.any(axis=0))
    return used if len(used) == 2 and game.available[:, used].all() else None


def has_portrait(game: StrategicGame) -> bool:
    """Return whether play can be drawn in a plane: two players, or players who choose between two actions.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> has_portrait(NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]))
    True
    """
    return (game.n == 2 and game.m <= MOST_ACTIONS) or two_actions(game) is not None


def field_of(game: StrategicGame) -> Field | None:
    """Return what is drawn behind the path, worked out from the game's payoffs; None where that would take long.

    Raises
    ------
    ValueError
        Play of this game cannot be drawn in a plane.
    """
    if not has_portrait(game):
        raise ValueError("a phase portrait needs two players, or players who choose between two actions")
    pair = two_actions(game)
    if game.n == 2:
        return _square(game, pair) if pair is not None else _replies(game)
    if game.n > MOST_PLAYERS:
        return None
    try:
        return _line(game, pair) if pair is not None else None
    except ValueError:  # no way to mix in this game but to list all profiles, which are too many
        return None


def _square(game: StrategicGame, pair: IntArray) -> Field:
    grid = np.linspace(0.04, 0.96, ARROWS)
    p, q = np.meshgrid(grid, grid)
    u, v = np.empty_like(p), np.empty_like(q)
    for where in np.ndindex(p.shape):
        policy = np.zeros((2, game.m))
        policy[:, pair[1]] = p[where], q[where]
        policy[:, pair[0]] = 1 - policy[:, pair[1]]
        gain = game.mixed_deviations(policy)
        both = gain[:, pair[1]] - gain[:, pair[0]]
        u[where], v[where] = np.array([p[where] * (1 - p[where]), q[where] * (1 - q[where])]) * both
    return Field("square", p, q, u, v)


def _replies(game: StrategicGame) -> Field:
    actions = np.flatnonzero(game.available.any(axis=0))
    best = np.full((2, len(actions)), np.nan)
    for player in (0, 1):
        for index, action in enumerate(actions):
            if not game.available[1 - player, action]:
                continue
            profile = np.full(2, action)
            profile[player] = np.flatnonzero(game.available[player])[0]
            best[player, index] = game.deviations(profile)[player].argmax()
    return Field("replies", actions.astype(float), actions.astype(float), best[0], best[1])


def _line(game: StrategicGame, pair: IntArray) -> Field:
    shares = np.linspace(0, 1, GRID)
    gains = np.empty(GRID)
    for index, share in enumerate(shares):
        policy = np.zeros((game.n, game.m))
        policy[:, pair[0]], policy[:, pair[1]] = 1 - share, share
        expected = game.mixed_deviations(policy)
        gains[index] = float((expected[:, pair[1]] - expected[:, pair[0]]).mean())
    return Field("line", shares, gains, np.sign(gains), np.zeros(GRID))


def draw_portrait(axis: Axes, view: GameView, field: Field | None) -> None:
    """Draw the path so far, of play and of frequencies, before the field.

    Parameters
    ----------
    axis
        Where to draw.
    view
        The game as it stands; `has_portrait` must hold.
    field
        What `field_of` returned for its game.
    """
    if view.game.n == 2:
        _draw_two(axis, view, field)
    else:
        _draw_many(axis, view, field)


def _draw_two(axis: Axes, view: GameView, field: Field | None) -> None:
    game, past = view.game, thinned(view)
    pair = two_actions(game)
    weights = np.arange(game.m, dtype=float) if pair is None else (np.arange(game.m) == pair[1]).astype(float)
    actions = weights[np.array([each.actions for each in past])]
    average = np.array([each.average @ weights for each in past])
    policy = np.array([each.policy @ weights for each in past])
    if field is not None and field.kind == "square":
        length = np.hypot(field.u, field.v)
        scale = np.where(length > 0, length, 1.0)
        axis.quiver(field.x, field.y, field.u / scale, field.v / scale, color="0.75", scale=24, width=0.004)
        axis.plot([], [], color="0.75", marker=">", markersize=5, label="where the replicator leads")
    elif field is not None:
        axis.plot(field.u, field.y, "--", color="0.55", linewidth=1.2, label=f"best reply of {game.player_names[0]}")
        axis.plot(field.x, field.v, ":", color="0.35", linewidth=1.4, label=f"best reply of {game.player_names[1]}")
    mixing = bool((np.abs(policy - actions) > 1e-9).any())
    shown = policy if mixing else actions
    names = ("mixed strategies" if mixing else "play", "frequencies so far")
    if pair is None:  # of many actions a plane holds the mean
        names = ("mean of the mixed strategies" if mixing else "play", "mean action so far")
    axis.plot(*shown.T, color=FIELDS["play"], linewidth=1.2, alpha=0.8, label=names[0])
    axis.plot(*average.T, color=FIELDS["average"], linewidth=1.4, linestyle="-.", label=names[1])
    axis.plot(*shown[-1], "o", color=FIELDS["play"], markersize=9, clip_on=False, zorder=5)
    axis.plot(*average[-1], "s", color=FIELDS["average"], markersize=6, clip_on=False, zorder=6)
    if pair is not None:
        words = [f"{name}: probability of\n{action_words(game)[pair[1]]}" for name in game.player_names]
        axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    else:
        words = [f"{name}: action" for name in game.player_names]
        used = np.flatnonzero(game.available.any(axis=0))
        axis.set(xlim=(used[0] - 0.4, used[-1] + 0.4), ylim=(used[0] - 0.4, used[-1] + 0.4))
        _name_actions(axis, game, used)
    axis.set(xlabel=words[0], ylabel=words[1])
    legend_above(axis)


def _name_actions(axis: Axes, game: StrategicGame, used: IntArray) -> None:
    shown = used if len(used) <= 7 else used[np.linspace(0, len(used) - 1, 5).astype(int)]
    words = action_words(game)
    names = [words[action] for action in shown]
    ends = slice(None, None, max(1, (len(shown) - 1) // 2)) if max(map(len, names)) > 10 else slice(None)
    axis.set_xticks(shown[ends], names[ends], fontsize=8)
    axis.set_yticks(shown, names, fontsize=8)


def _draw_many(axis: Axes, view: GameView, field: Field | None) -> None:
    game, past = view.game, thinned(view)
    pair = two_actions(game)
    if pair is None:
        raise ValueError("a phase portrait needs two players, or players who choose between two actions")
    second = int(pair[1])
    path = np.array([each.shares[second] for each in past])
    mixed = np.array([float(each.policy[0, second]) for each in past])
    if field is not None:
        axis.plot(field.x, field.y, color="0.45", linewidth=1.4, label="gain if all mix alike (mean)")
        axis.axhline(0, color="0.6", linewidth=0.8)
        heights = np.interp(path, field.x, field.y)
        places = np.linspace(2, GRID - 3, 9).astype(int)
        axis.quiver(
            field.x[places], np.zeros(len(places)), field.u[places], 0 * field.u[places], color="0.55", scale=22, width=0.006
        )
        axis.plot(path, heights, "-", color=FIELDS["play"], linewidth=1.0, alpha=0.6)
        axis.plot(path, heights, ".", color=FIELDS["play"], markersize=5, label="share that plays it")
        axis.plot(mixed, np.interp(mixed, field.x, field.y), "+", color=FIELDS["average"], markersize=6, label="mean probability")
        axis.plot(path[-1:], heights[-1:], "o", color=FIELDS["play"], markersize=10)
        axis.set(xlim=(-0.02, 1.02), ylabel=f"gain from\n{action_words(game)[second]}")
    else:
        axis.plot(path[:-1], path[1:], "-", color=FIELDS["play"], linewidth=0.8, alpha=0.6)
        axis.plot(path[:-1], path[1:], ".", color=FIELDS["play"], markersize=5, label="round after round")
        axis.plot([0, 1], [0, 1], "--", color="0.6", linewidth=0.8, label="no change")
        axis.plot(path[-1:], path[-1:], "o", color=FIELDS["play"], markersize=10)
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="the same, a round later")
    axis.set(xlabel=f"share of players: {action_words(game)[second]}")
    legend_above(axis)
