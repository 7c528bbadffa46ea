"""Random coalitional games in which more data never hurts, of several kinds."""

from collections.abc import Callable

import numpy as np

from ...arrays import BoolArray, FloatArray

ITEMS = 12
DIMENSION = 4
MOST_ROWS = 6


def _members(n: int) -> BoolArray:
    """Return who is in which coalition, boolean (2^n, n), in the order of the bit masks."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(bool)


def monotone_game(n: int, rng: np.random.Generator) -> FloatArray:
    """Return values (2^n,) that only grow with the coalition: each is the largest of its subcoalitions' uniform draws.

    Neither submodular nor supermodular, so that data may be substitutes here and complements there.

    Examples
    --------
    >>> values = monotone_game(2, np.random.default_rng(0))
    >>> values[0], bool(values[3] >= max(values[1:3]))
    (np.float64(0.0), True)
    """
    values = rng.random(1 << n)
    values[0] = 0.0
    for player in range(n):
        paired = values.reshape(-1, 2, 1 << player)
        np.maximum(paired[:, 1], paired[:, 0], out=paired[:, 1])
    return values


def coverage_game(n: int, rng: np.random.Generator) -> FloatArray:
    """Return values (2^n,) of what a coalition covers: items of random weight, each covered by a party or not (submodular).

    Examples
    --------
    >>> values = coverage_game(2, np.random.default_rng(0))
    >>> bool(values[3] <= values[1] + values[2])
    True
    """
    weights = rng.exponential(size=ITEMS)
    covered = rng.random((n, ITEMS)) < rng.uniform(0.1, 0.9, size=(n, 1))
    return np.asarray((_members(n)[:, :, None] & covered).any(axis=1) @ weights)


def logdet_game(n: int, rng: np.random.Generator) -> FloatArray:
    """Return values (2^n,) in nats of what rows of data tell about a linear model of four weights: ½ log det(I + Σ X_i' X_i).

    Each party has one to six standard normal rows; the noise has variance 1 (information gain, submodular).

    Examples
    --------
    >>> values = logdet_game(2, np.random.default_rng(0))
    >>> bool(max(values[1:3]) <= values[3] <= values[1] + values[2])
    True
    """
    rows = [rng.normal(size=(int(rng.integers(1, MOST_ROWS + 1)), DIMENSION)) for _ in range(n)]
    each = np.array([x.T @ x for x in rows])
    precision = np.eye(DIMENSION) + np.tensordot(_members(n).astype(float), each, axes=1)
    return np.asarray(np.linalg.slogdet(precision)[1] / 2)


KINDS: dict[str, Callable[[int, np.random.Generator], FloatArray]] = {
    "monotone": monotone_game,
    "coverage": coverage_game,
    "logdet": logdet_game,
}
