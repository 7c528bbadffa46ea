"""Games of the sum of whole weights: weighted votes, or amounts of data."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray, IntArray
from .structures import Structure


@dataclass(frozen=True, eq=False)
class Weighted(Structure):
    """A coalition is worth what the sum of its members' weights is worth.

    Values follow from which share of the coalitions of a size has a weight (Mann and Shapley 1962, "Values of Large Games, VI:
    Evaluating the Electoral College Exactly", who count them). For c classes time grows as n^2 log c times all weights together.

    Parameters
    ----------
    weights
        Of a member of each class, whole and ≥ 0, shape (c,).
    table
        What weights 0, 1, 2, … are worth, up to that of everybody; 0 for 0.

    Examples
    --------
    Three votes of five win; two shareholders have two, one has one.

    >>> majority = Weighted(np.array([2, 2, 1]), np.array([0.0, 0, 0, 1, 1, 1]))
    >>> majority.semivalue(np.ones(3, dtype=int), np.full(3, 1 / 3), np.ones(4)).round(4).tolist()
    [0.3333, 0.3333, 0.3333]
    """

    weights: IntArray
    table: FloatArray

    def worths(self, counts: IntArray) -> FloatArray:
        """Return what the sums are worth."""
        return np.asarray(self.table[counts @ self.weights], dtype=np.float64)

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return what a member's weight adds to those of random others."""
        values, n = np.zeros(len(sizes)), int(sizes.sum())
        shares = np.zeros((n, int(sizes @ self.weights) + 1))
        shares[0, 0] = 1.0
        worth = self.table[: shares.shape[1]]
        for one, others in self._without_one(np.flatnonzero(sizes).tolist(), sizes, shares, 0):
            own = int(self.weights[one])
            reached = others[:, : len(worth) - own]
            gained = factor[1 : n + 1] * (reached @ worth[own:]) - factor[:n] * (others @ worth)
            values[one] = chances @ gained
        return values

    def _without_one(
        self, classes: list[int], sizes: IntArray, shares: FloatArray, players: int
    ) -> Iterator[tuple[int, FloatArray]]:
        """Yield for each class the shares of weights, by size, of everybody but one member, given those of all other classes."""
        if len(classes) == 1:
            yield classes[0], self._joined(classes, sizes - 1, shares, players)
            return
        half = len(classes) // 2
        for some, rest in ((classes[:half], classes[half:]), (classes[half:], classes[:half])):
            yield from self._without_one(
                some, sizes, self._joined(rest, sizes, shares, players), players + int(sizes[rest].sum())
            )

    def _joined(self, classes: list[int], sizes: IntArray, shares: FloatArray, players: int) -> FloatArray:
        """Return the shares of weights among coalitions of each size once the members of some classes have joined."""
        for weight in np.repeat(self.weights[classes], sizes[classes]).tolist():
            players += 1
            chance = (np.minimum(np.arange(len(shares)), players) / players)[:, None]
            with_it = np.zeros_like(shares)
            with_it[1:, weight:] = shares[:-1, : shares.shape[1] - weight]
            shares = (1 - chance) * shares + chance * with_it
        return shares

    def merged(self, labels: IntArray, sizes: IntArray) -> "Weighted":
        """Return the game in which a group has the weights of its members."""
        come = labels >= 0
        return Weighted(np.bincount(labels[come], (sizes * self.weights)[come]).astype(np.int64), self.table)
