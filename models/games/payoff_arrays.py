"""Games whose payoffs are arrays: tables, numbers of others, or sums over edges."""

from typing import NamedTuple

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray

TABLES, COUNTS, EDGES = 0, 1, 2


class PayoffArrays(NamedTuple):
    """The payoffs of a game as arrays, which a compiled round reads; `tables`, `by_count` and `over_edges` make them.

    Parameters
    ----------
    kind
        How the arrays are read.
    values
        Payoffs: of each player a row a profile of the others, an entry an own action (tables); in one table a row an
        action of the other, an entry an own action (edges); in one row an entry a number of others that play 1, if one does too
        (counts).
    places
        By how many rows an opponent's action moves a player (n, n) (tables); the neighbours (1, edges) (edges).
    starts
        Number of actions of each player (tables); where each player's edges start, and where the last end (edges).
    weights
        What playing 1 costs each player (counts); the edges' weights (edges).
    available
        Which actions each player has, shape (n, m); one row where everybody has the same (counts).
    base
        What playing 0 pays by the number of others that play 1, or one entry where that does not matter (counts).
    scale
        By which ``values`` and ``base`` are multiplied (counts).
    """

    kind: int
    values: FloatArray
    places: IntArray
    starts: IntArray
    weights: FloatArray
    available: BoolArray
    base: FloatArray = np.zeros(0)
    scale: float = 1.0


def tables(payoffs: FloatArray, available: BoolArray) -> PayoffArrays:
    """Return the arrays of a game in normal form, from tables (n, m_1, ..., m_n)."""
    n, m = available.shape
    sides = np.array(payoffs.shape[1:], dtype=np.int64)
    rows, places = [], np.zeros((n, n), dtype=np.int64)
    for player in range(n):
        own = np.moveaxis(payoffs[player], player, -1)
        padded = np.full((*own.shape[:-1], m), -np.inf)
        padded[..., : own.shape[-1]] = own
        padded[..., ~available[player]] = -np.inf
        rows.append(padded.reshape(-1, m))
        step = 1
        for other in reversed([each for each in range(n) if each != player]):
            places[player, other] = step
            step *= int(sides[other])
    width = max(len(row) for row in rows)
    values = np.array([np.pad(row, ((0, width - len(row)), (0, 0))) for row in rows])
    return PayoffArrays(TABLES, values, places, sides, np.zeros(0), np.array(available))


def by_count(base: FloatArray, values: FloatArray, costs: FloatArray, scale: float = 1.0) -> PayoffArrays:
    """Return the arrays of a game of two actions whose payoffs (n,) depend on how many others play 1, which costs (n,).

    The tables are the game's own, not copied: of a million players they are most of what there is.
    """
    return PayoffArrays(
        COUNTS,
        np.ascontiguousarray(values, dtype=np.float64)[None, None],
        np.zeros((0, 0), dtype=np.int64),
        np.zeros(0, dtype=np.int64),
        np.ascontiguousarray(costs, dtype=np.float64),
        np.ones((1, 2), dtype=bool),
        np.ascontiguousarray(base[:1] if (base == base[0]).all() else base, dtype=np.float64),
        float(scale),
    )


def over_edges(base: FloatArray, starts: IntArray, others: IntArray, weights: FloatArray) -> PayoffArrays:
    """Return the arrays of a game of pairs with payoffs (own action, other's action), over edges in compressed rows."""
    return PayoffArrays(
        EDGES,
        np.array(base.T, dtype=np.float64, order="C")[None],
        np.array(others, dtype=np.int64)[None],
        np.array(starts, dtype=np.int64),
        np.array(weights, dtype=np.float64),
        np.ones((len(starts) - 1, len(base)), dtype=bool),
    )
