"""The players around the platform, or on their graph."""

import math

import numpy as np
from matplotlib.axes import Axes
from scipy.spatial import KDTree

from ..arrays import FloatArray
from .actions import colours_of
from .game_record import GameView, Places

NETWORK_WINDOW = ((-1.35, 1.35), (-1.2, 1.2))
"""The limits, across and up, of the axes that hold a network."""

NAMED, JOINED = 12, 40
"""So many players at most have their names written beside them, or are joined with the platform."""

POINTS_A_UNIT = 100
"""Points to a unit of places, in figures as wide as the page's."""

RING = 260
"""How much larger than a player the ring around it is, in square points."""


def size_scale(view: GameView) -> float:
    """Return the payoff, in size, that the largest node stands for: the next of 1, 2, 5, 10, ... above all so far.

    Examples
    --------
    >>> from potluck.models import NormalFormGame, RepeatedGame
    >>> from potluck.pictures.game_record import GameRecord
    >>> game = NormalFormGame([[[3, 0], [0, 1]]] * 2)
    >>> size_scale(GameRecord(RepeatedGame(game=game, strategies="BestResponse", initial=[0, 0], rng=1)).view())
    5.0
    """
    rounds = (*view.past, *view.later)
    largest = max(max(abs(float(each.spread[0])), abs(float(each.spread[-1]))) for each in rounds)
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(float(step * power) for step in (1, 2, 5, 10) if step * power >= largest * (1 - 1e-12))


def room(places: Places) -> float:
    """Return how wide the largest node may be, in units of places, so that next to none covers another.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> from potluck.pictures.game_record import places
    >>> round(room(places(NormalFormGame([[[3, 0], [0, 1]]] * 2))), 3)
    1.56
    """
    if len(places.rows) < 2:
        return 2.0
    nearest = np.asarray(KDTree(places.at).query(places.at, k=2)[0])[:, 1]
    return float(max(nearest.min(), 0.6 * np.median(nearest)))


def node_sizes(view: GameView, largest: float = 30.0) -> FloatArray:
    """Return how large players are drawn, in square points: by the size of their payoffs, on the scale of `size_scale`.

    Parameters
    ----------
    view
        The game as it stands.
    largest
        Points across that the largest node has, where there is room.
    """
    across = min(largest, POINTS_A_UNIT * room(view.places))
    return np.asarray(across**2 * np.maximum(np.abs(view.payoffs) / size_scale(view), 0.02))


def draw_network(axis: Axes, view: GameView, chosen: int | None = None) -> None:
    """Draw players around the platform, or on their graph: colour is the action, size the payoff
    (hollow: below 0), arrows the money.

    Parameters
    ----------
    axis
        Is left without ticks; its limits are set so that places in (-1, 1) fit with their names.
    view
        The game as it stands.
    chosen
        The player with a ring around it, if any.
    """
    spot, rows = view.places, view.places.rows
    axis.set(xlim=NETWORK_WINDOW[0], ylim=NETWORK_WINDOW[1], xticks=[], yticks=[])
    axis.axis("off")
    for one, other in spot.edges:
        axis.plot(*spot.at[[one, other]].T, color="0.8", linewidth=0.8, zorder=1)
    sizes, tints = node_sizes(view), colours_of(view)
    if spot.hub:
        _draw_hub(axis, view)
    colours = [tints[int(action)] for action in view.actions[rows]]
    below = view.payoffs[rows] < 0
    faces = ["white" if lost else tint for lost, tint in zip(below, colours, strict=True)]
    edges = [tint if lost else "white" for lost, tint in zip(below, colours, strict=True)]
    widths = [2.2 if lost else 0.8 for lost in below]
    axis.scatter(spot.at[:, 0], spot.at[:, 1], s=sizes[rows], c=faces, edgecolors=edges, linewidths=widths, zorder=3)
    if chosen is not None and chosen in rows:
        place = spot.at[np.flatnonzero(rows == chosen)]
        axis.scatter(
            place[:, 0], place[:, 1], s=sizes[chosen] + RING, facecolors="none", edgecolors="black", linewidths=1.8, zorder=4
        )
    if len(rows) <= NAMED:
        for row, (x, y) in zip(rows, spot.at, strict=True):
            radius = 0.5 * float(np.sqrt(sizes[row] + (RING if row == chosen else 0)))
            side = 1 if y > 0.1 else -1  # names stand outside, where no arrow is
            axis.annotate(
                view.game.player_names[row],
                (x, y),
                (0, side * (radius + 3)),
                textcoords="offset points",
                ha="center",
                va="bottom" if side > 0 else "top",
                fontsize=9,
                zorder=5,
            )


def has_arrows(view: GameView) -> bool:
    """Return whether the network shows by arrows who pays whom: where there is a platform, and players are few."""
    return view.places.hub and len(view.places.rows) <= JOINED


def _draw_hub(axis: Axes, view: GameView) -> None:
    rows, at = view.places.rows, view.places.at
    axis.scatter([0], [0], s=1500 if has_arrows(view) else 260, marker="s", c="0.25", zorder=3)
    if not has_arrows(view):
        return
    axis.text(0, 0, "platform", ha="center", va="center", fontsize=8, color="white", zorder=4)
    largest = float(np.abs(view.payments).max())
    for (x, y), payment in zip(at, view.payments[rows], strict=True):
        length = float(np.hypot(x, y))
        start, end = np.array([x, y]) * (0.25 / length), np.array([x, y]) * (1 - 0.17 / length)
        if largest <= 0 or abs(payment) < 1e-12 * max(1.0, largest):
            axis.plot(*np.array([start, end]).T, color="0.85", linewidth=0.8, zorder=1)
            continue
        if payment > 0:
            start, end = end, start
        arrow = {
            "arrowstyle": "-|>",
            "color": "0.45",
            "linewidth": 0.8 + 2.6 * abs(payment) / largest,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        axis.annotate("", tuple(end), tuple(start), arrowprops=arrow, zorder=2)
