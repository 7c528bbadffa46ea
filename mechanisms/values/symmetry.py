"""Which players add nothing, and which are interchangeable: read off the values bit by bit, with no tolerance."""

import math

import numpy as np

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray, checked
from ...messages import brief
from ..coalitions.games import ClassGame, CoalitionalGame

COMPARED_AT_ONCE = 1 << 16


@validated
def null_players(game: CoalitionalGame | ClassGame, among: BoolArray | None = None) -> BoolArray:
    """Say which players never change what a coalition is worth.

    Parameters
    ----------
    game
        A table, or values by class.
    among
        The players (classes) to look at, boolean (n,) or (c,); the others are reported as not null. Default: all.

    Returns
    -------
    BoolArray
        Shape (n,), or (c,) for a `ClassGame`: an entry a class. An empty class is null.

    Raises
    ------
    ValueError
        ``among`` has another shape.

    Examples
    --------
    >>> null_players(CoalitionalGame([0, 1, 0, 1])).tolist()
    [False, True]
    """
    values = grid(game)
    among = np.ones(values.ndim, dtype=bool) if among is None else checked(among, "among", "truth", shape=(values.ndim,))
    axes = _axes(game)
    return np.array([bool(among[t]) and _is_null(values, axes[t]) for t in range(values.ndim)], dtype=bool)


@validated
def symmetric_groups(game: CoalitionalGame | ClassGame, apart: IntArray | None = None) -> IntArray:
    """Label the players so that two have the same label exactly when the game treats them alike.

    Players i and j are alike when v(S + i) = v(S + j) for every S that contains neither. Members of two classes are
    alike under the same condition, or when the classes have equally many members and swapping the classes leaves the
    values unchanged.

    Parameters
    ----------
    game
        A table, or values by class.
    apart
        Players (classes) with different entries here are known not to be alike and are not compared; shape (n,) or
        (c,).

    Returns
    -------
    IntArray
        Shape (n,), or (c,) for a `ClassGame`: the lowest index in each player's group. An empty class is alone.

    Raises
    ------
    ValueError
        ``apart`` has another shape.

    Examples
    --------
    >>> symmetric_groups(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).tolist()  # two left gloves, a right one
    [0, 0, 2]
    """
    values = grid(game)
    apart = np.zeros(values.ndim, dtype=np.int64) if apart is None else checked(apart, "apart", "whole", shape=(values.ndim,))
    axes = _axes(game)
    # who are alike are worth the same alone, and leave the same behind
    alone = [values.flat[step] if side > 1 else 0.0 for step, side in _steps(values)]
    behind = [values.flat[-1 - step] if side > 1 else 0.0 for step, side in _steps(values)]
    known = [(own, alone[axis], behind[axis]) for own, axis in zip(apart.tolist(), axes, strict=True)]
    labels = list(range(values.ndim))
    for later in range(values.ndim):
        for first in range(later):
            worth_a_look = labels[first] == first and known[first] == known[later]
            if worth_a_look and _are_alike(values, *sorted((axes[first], axes[later]))):
                labels[later] = first
                break
    return np.array(labels, dtype=np.int64)


def _steps(values: FloatArray) -> list[tuple[int, int]]:
    """Return how far apart the entries along each axis are, and how many there are."""
    return [(math.prod(values.shape[axis + 1 :]), values.shape[axis]) for axis in range(values.ndim)]


def grid(game: CoalitionalGame | ClassGame) -> FloatArray:
    """Return the values with an axis a class; in a table every player is a class, the last one on the first axis."""
    if isinstance(game, ClassGame):
        return game.values
    if not isinstance(game, CoalitionalGame):
        raise TypeError(f"a table or values by class are needed, not {brief(game)}")
    return game.values.reshape((2,) * game.n)


def _axes(game: CoalitionalGame | ClassGame) -> range:
    return range(len(game.sizes)) if isinstance(game, ClassGame) else range(game.n - 1, -1, -1)


def _is_null(values: FloatArray, axis: int) -> bool:
    lines = values.reshape(math.prod(values.shape[:axis]), values.shape[axis], -1)
    return _same(lines[:, 1:], lines[:, :-1])


def _are_alike(values: FloatArray, one: int, other: int) -> bool:
    shape = values.shape
    between = math.prod(shape[one + 1 : other])
    planes = values.reshape(math.prod(shape[:one]), shape[one], between, shape[other], -1)
    if 1 in (shape[one], shape[other]):
        return False
    if _same(planes[:, 1:, :, :-1], planes[:, :-1, :, 1:]):
        return True
    return shape[one] == shape[other] > 2 and _same(planes, planes.swapaxes(1, 3))


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Compare piece by piece, so that a difference is usually found after a look at a small part."""
    axis = int(np.argmax(one.shape))
    one, other = np.moveaxis(one, axis, 0), np.moveaxis(other, axis, 0)
    step = max(1, COMPARED_AT_ONCE * len(one) // max(one.size, 1))
    return all(np.array_equal(one[k : k + step], other[k : k + step]) for k in range(0, len(one), step))
