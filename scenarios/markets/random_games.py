"""Random coalitional games of gains: what data could be worth, drawn in several ways."""

from collections.abc import Callable

import numpy as np

from ...arrays import FloatArray

FAMILIES: dict[str, Callable[[int, int, np.random.Generator], FloatArray]] = {}
"""How to draw gains, by name: (games, parties, rng) -> (games, 2^n), bit i = party i, monotone, in [0, 1]."""


def _family(
    draw: Callable[[int, int, np.random.Generator], FloatArray],
) -> Callable[[int, int, np.random.Generator], FloatArray]:
    FAMILIES[draw.__name__.replace("_", "-")] = draw
    return draw


@_family
def uniform(games: int, parties: int, rng: np.random.Generator) -> FloatArray:
    """Draw uniform numbers for single parties and larger coalitions, in the order of their sizes: all of one size below the next.

    For two parties these are the uniform triples with both gains alone below the joint gain.
    """
    sizes = _members(parties).sum(axis=1)[1:]
    in_order = np.argsort(sizes + rng.random((games, len(sizes))), axis=1)
    gains = np.zeros((games, 1 << parties))
    np.put_along_axis(gains, in_order + 1, np.sort(rng.random((games, len(sizes))), axis=1), axis=1)
    return gains


@_family
def monotone(games: int, parties: int, rng: np.random.Generator) -> FloatArray:
    """Draw uniform numbers, each raised to the largest among the coalition's parts."""
    gains = rng.random((games, 1 << parties))
    gains[:, 0] = 0.0
    cube = gains.reshape(games, *[2] * parties)
    for axis in range(1, parties + 1):
        np.maximum.accumulate(cube, axis=axis, out=cube)
    return gains


@_family
def coverage(games: int, parties: int, rng: np.random.Generator) -> FloatArray:
    """Let each party know each of ten things with chance 1/2; a coalition is worth the weight of what it knows."""
    things = 10
    knows = rng.random((games, parties, things)) < 0.5
    weight = rng.random((games, things))
    weight /= weight.sum(axis=1, keepdims=True)
    inside = _members(parties).astype(bool)
    known = (inside[None, :, :, None] & knows[:, None]).any(axis=2)
    return np.asarray((known * weight[:, None]).sum(axis=2))


@_family
def concave_size(games: int, parties: int, rng: np.random.Generator) -> FloatArray:
    """Return 1 - exp(-s) for every coalition, s the sum of its parties' sizes, uniform up to 4 each."""
    return np.asarray(1 - np.exp(-(4 * rng.random((games, parties))) @ _members(parties).T))


def _members(parties: int) -> FloatArray:
    """Return who is in each coalition, shape (2^n, n)."""
    return ((np.arange(1 << parties)[:, None] >> np.arange(parties)) & 1).astype(np.float64)
