"""Games of several nearest neighbours: the first rows of a coalition vote at every point."""

import itertools
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from ...arrays import FloatArray, IntArray
from .structures import Structure

MOST_STATES = 500


@dataclass(frozen=True, eq=False)
class NearestVotes(Structure):
    """At each of several points rows stand in an order, and the first K rows that a coalition owns vote on a label.

    Members of a class own the same rows, each its own copy of them. A coalition with fewer rows lets those vote that it has.
    Every point has the same rows, in another order.

    Semivalues count coalitions by who has rows before the last vote and which labels they bring: the generating function of
    those counts is kept from row to row, a player's part divided out and put back, so that time grows with the number of rows,
    not with its K-th power (for one row a player and shares of votes see Jia et al. 2019, "Efficient Task-Specific Data Valuation
    for Nearest Neighbor Algorithms", Theorem 1; for several their Theorem 8 takes n^K steps; the rest is derived here). Counts
    are whole numbers, exact below 2^53.

    Parameters
    ----------
    owners
        The class that owns each row, nearest first, shape (points, rows).
    labels
        The rows' labels, 0 to ``kinds`` - 1, shape (points, rows).
    truth
        The right label at each point, shape (points,).
    neighbours
        K ≥ 1.
    kinds
        How many labels there are.
    weight
        What a point counts; points add up.
    shares
        A coalition is worth the share of its K votes that are right; otherwise 1 where most votes, of ties the lowest label, are.
    guess
        What is taken off at every point where anybody votes.

    Raises
    ------
    ValueError
        Nobody is to vote, or there are more than 500 ways to vote.

    Examples
    --------
    >>> votes = NearestVotes(np.array([[0, 1, 1]]), np.array([[0, 1, 1]]), np.array([1]), neighbours=3, kinds=2)
    >>> votes.worths(np.array([[1, 0], [0, 1], [1, 1]])).tolist()
    [0.0, 1.0, 1.0]
    >>> votes.semivalue(np.ones(2, dtype=int), np.full(2, 0.5), np.ones(3)).tolist()
    [0.0, 1.0]
    """

    owners: IntArray
    labels: IntArray
    truth: IntArray
    neighbours: int
    kinds: int
    weight: float = 1.0
    shares: bool = False
    guess: float = 0.0

    def worths(self, counts: IntArray) -> FloatArray:
        """Return what the votes are worth, summed over points."""
        return np.asarray(self.weight * self.at_points(counts).sum(axis=0))

    def at_points(self, counts: IntArray) -> FloatArray:
        """Return what the votes are worth at each point, (batch, c) -> (points, batch)."""
        from .votes_kernel import votes

        return np.asarray(votes(counts, self.owners, self._labels, self.neighbours, self._states.add, self._worth))

    @cached_property
    def _states(self) -> "_States":
        return _states(2 if self.shares else self.kinds, self.neighbours)

    @cached_property
    def _labels(self) -> IntArray:
        return (self.labels == self.truth[:, None]).astype(np.int64) if self.shares else self.labels

    @cached_property
    def _worth(self) -> FloatArray:
        """What each state of votes is worth at each point, shape (points, states)."""
        votes, any_vote = self._states.votes, self._states.number > 0
        if self.shares:
            right = np.tile(votes[:, 1] / self.neighbours, (len(self.truth), 1))
        else:
            right = ((votes.argmax(axis=1) == self.truth[:, None]) & any_vote).astype(np.float64)
        return np.asarray(right - self.guess * any_vote)

    def merged(self, labels: IntArray, sizes: IntArray) -> "NearestVotes":
        """Return the game in which a group owns the rows that its members bring."""
        times = np.where(labels >= 0, sizes, 0)[self.owners].ravel()
        owners, kinds = (
            np.repeat(each.ravel(), times).reshape(len(self.owners), -1) for each in (labels[self.owners], self.labels)
        )
        return replace(self, owners=owners, labels=kinds)

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the sum over points and last votes of what a player who votes, who is ahead, or behind, adds."""
        from .votes_kernel import values

        n, states = int(sizes.sum()), self._states
        first = np.concatenate([[0], np.cumsum(sizes)])
        times = sizes[self.owners]
        owners = np.empty((len(self.owners), times.sum(axis=1).max(initial=0)), dtype=np.int64)
        labels = np.empty_like(owners)
        for point, (owner, label, repeats) in enumerate(zip(self.owners, self._labels, times, strict=True)):
            rows = np.repeat(np.arange(len(owner)), repeats)
            place = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
            owners[point], labels[point] = first[owner[rows]] + place, label[rows]
        weights = _weights(n, self.neighbours, chances, factor)
        tables = (states.add, states.more, states.less, states.number)
        found = values(owners, labels, n, self.neighbours, *tables, self._worth, *weights) * self.weight
        sums = np.bincount(np.repeat(np.arange(len(sizes)), sizes), found, len(sizes))
        return np.asarray(sums / np.maximum(sizes, 1))


@dataclass(frozen=True, eq=False)
class _States:
    """The numbers of votes for each label, at most K altogether, fewest first, and which state comes of which."""

    votes: IntArray
    number: IntArray
    add: IntArray
    more: IntArray
    less: IntArray


def can_vote(kinds: int, neighbours: int) -> bool:
    """Say whether there are few enough ways in which so many neighbours can vote on so many labels."""
    ways = 1
    for k in range(neighbours):
        ways = ways * (kinds + k + 1) // (k + 1)
    return ways <= MOST_STATES


@lru_cache(maxsize=8)
def _states(kinds: int, neighbours: int) -> _States:
    if neighbours < 1:
        raise ValueError(f"{neighbours} neighbours: it takes one or more to vote")
    if not can_vote(kinds, neighbours):
        raise ValueError(f"{neighbours} neighbours can vote on {kinds} labels in more than {MOST_STATES} ways")
    each = [
        vector
        for total in range(neighbours + 1)
        for vector in itertools.product(range(total + 1), repeat=kinds)
        if sum(vector) == total
    ]
    place = {vector: index for index, vector in enumerate(each)}
    votes = np.array(each, dtype=np.int64).reshape(len(each), kinds)
    more = np.array([[place.get(tuple(row), -1) for row in votes + other] for other in votes])
    less = np.array([[place.get(tuple(row), -1) for row in own - votes] for own in votes])
    add = np.array([[place.get(tuple(own + unit), -1) for unit in np.eye(kinds, dtype=np.int64)] for own in votes])
    return _States(votes, votes.sum(axis=1), add, more, less)


def _weights(n: int, neighbours: int, chances: FloatArray, factor: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what coalitions weigh that hold a of p players for one of those, one not among those, and one behind.

    Shape (K + 3, n + 1) each. Of the n - p players behind, any may be in: C(n - p, t) coalitions of size a + t.
    """
    from scipy.special import gammaln

    logs = gammaln(np.arange(n + 2.0) + 1)

    def ways(m: int, k: IntArray) -> FloatArray:
        fits = (k >= 0) & (k <= m)
        k = np.where(fits, k, 0)
        return np.where(fits, logs[max(m, 0)] - logs[k] - logs[np.maximum(m - k, 0)], -np.inf)

    s = np.arange(n + 1)
    joins, stays = np.zeros(n + 2), np.zeros(n + 2)
    joins[1 : n + 1], stays[:n] = chances * factor[1 : n + 1], chances * factor[:n]
    per_join = np.where((s >= 1), logs[n - 1] - logs[np.maximum(s - 1, 0)] - logs[np.minimum(n - s, n - 1)], np.inf)
    per_stay = np.where((s < n), logs[n - 1] - logs[np.minimum(s, n - 1)] - logs[np.maximum(n - 1 - s, 0)], np.inf)
    inside, outside, beyond = np.zeros((3, neighbours + 3, n + 1))
    for a in range(neighbours + 3):
        for p in range(n + 1):
            size = s[s >= a]
            inside[a, p] = np.exp(ways(n - p, size - a) - per_join[size]) @ joins[size]
            outside[a, p] = np.exp(ways(n - p, size - a) - per_stay[size]) @ stays[size]
            if p < n:
                beyond[a, p] = np.exp(ways(n - p - 1, size - a - 1) - per_join[size]) @ joins[size]
                beyond[a, p] -= np.exp(ways(n - p - 1, size - a) - per_stay[size]) @ stays[size]
    return inside, outside, beyond
