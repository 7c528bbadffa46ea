"""Nearest neighbours without training: how near parties' rows come to every test row, and with which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import FloatArray, IntArray
from ...data.held_rows import Holding
from ...mechanisms.coalitions.structures import FirstInOrder
from ...mechanisms.coalitions.votes import NearestVotes, can_vote
from ...training.classifiers import rows_entered

DISTANCES_AT_ONCE = 1 << 22
MOST_ORDERED = 50_000_000


@dataclass(frozen=True, eq=False)
class NearestRows:
    """Whose rows are nearest to each test row, and whether their class is right.

    What a party enters at a level is a pair: number party * levels + level, both from 0.

    Parameters
    ----------
    orders
        The pairs by distance from each test row, nearest first, shape (tests, pairs); of equally near ones the earlier pair.
    right
        1 where the row that the pair in that place has nearest is of the right class, else 0, and in any case less what guessing
        reaches; 0 for a party without rows; shape (tests, pairs).
    levels
        How many levels there are.
    judges
        How many test rows each judge has, in order, shape (judges,).

    Examples
    --------
    >>> held = [Holding(np.array([[0.0]]), np.array([0])), Holding(np.array([[1.0]]), np.array([1]))]
    >>> tests = (Holding(np.array([[0.2], [0.9]]), np.array([0, 1])),)
    >>> NearestRows.of(held, tests, (1.0,), np.zeros(1)).accuracies(np.array([[0, -1], [0, 0]])).tolist()
    [[0.5], [1.0]]
    """

    orders: IntArray
    right: FloatArray
    levels: int
    judges: IntArray

    @classmethod
    def of(cls, held: Sequence[Holding], tests: Sequence[Holding], levels: Sequence[float], guesses: FloatArray) -> "NearestRows":
        """Measure parties' rows against the judges' test rows.

        Parameters
        ----------
        held, tests
            The rows of each party, and of each judge.
        levels
            The shares of its rows that a party may enter.
        guesses
            What is taken off each judge's accuracies, shape (judges,).
        """
        inputs = np.concatenate([rows.inputs for rows in tests])
        labels = np.concatenate([rows.targets for rows in tests])
        distance = np.full((len(inputs), len(held), len(levels)), np.inf)
        right = np.zeros(distance.shape)
        for party, rows in enumerate(held):
            _measure(rows, inputs, labels, levels, distance[:, party], right[:, party])
        right = np.where(np.isfinite(distance), right - np.repeat(guesses, [len(rows) for rows in tests])[:, None, None], 0.0)
        flat = distance.reshape(len(inputs), -1)
        orders = np.argsort(flat, axis=1, kind="stable")
        sorted_right = np.take_along_axis(right.reshape(flat.shape), orders, axis=1)
        return cls(orders, sorted_right, len(levels), np.array([len(rows) for rows in tests]))

    def accuracies(self, entered: IntArray, times: IntArray | None = None) -> FloatArray:
        """Return the share of each judge's test rows that are labelled right, less guessing, (batch, n) -> (batch, judges).

        ``entered`` says at which level, from 0, a party takes part; -1 is staying out. Nobody's model is worth 0. How many times
        it enters its rows makes no difference.
        """
        pairs = (entered[:, :, None] == np.arange(self.levels)).reshape(len(entered), -1)
        game = FirstInOrder(self.orders, self.right)
        found = np.empty((len(entered), len(self.judges)))
        step = max(1, DISTANCES_AT_ONCE // len(self.orders))
        ends = np.concatenate([[0], np.cumsum(self.judges)[:-1]])
        for k in range(0, len(entered), step):
            found[k : k + step] = (np.add.reduceat(game.at_points(pairs[k : k + step]), ends, axis=0) / self.judges[:, None]).T
        return found

    def structures(self, entered: IntArray) -> tuple[FirstInOrder, ...]:
        """Return each judge's game between the parties when they enter at these levels, shape (n,)."""
        used = np.zeros(self.orders.shape[1], dtype=bool)
        # who stays out has no members: where it stands in the order does not matter
        used[np.arange(len(entered)) * self.levels + np.maximum(entered, 0)] = True
        kept = used[self.orders]
        orders = (self.orders[kept] // self.levels).reshape(len(self.orders), -1)
        right = self.right[kept].reshape(orders.shape)
        ends = np.cumsum(self.judges)[:-1]
        parts = zip(np.split(orders, ends), np.split(right, ends), self.judges, strict=True)
        return tuple(FirstInOrder(order, correct / rows) for order, correct, rows in parts)


@dataclass(frozen=True, eq=False)
class VotingRows:
    """Whose rows are nearest to each test row, and how they vote, where several neighbours do.

    Parameters
    ----------
    owners
        The pair of party and level (as in `NearestRows`) from which on a row is entered, nearest row first, shape (tests, rows).
    labels
        The rows' classes, shape (tests, rows).
    truth
        The test rows' classes, shape (tests,).
    neighbours, kinds
        How many vote, and how many classes there are.
    levels, judges
        As in `NearestRows`.
    guesses
        What is taken off each judge's accuracies, shape (judges,).

    Examples
    --------
    >>> held = [Holding(np.array([[0.0], [0.1]]), np.array([0, 0])), Holding(np.array([[1.0]]), np.array([1]))]
    >>> tests = (Holding(np.array([[0.2], [0.9]]), np.array([0, 1])),)
    >>> rows = VotingRows.of(held, tests, (1.0,), np.zeros(1), neighbours=3, kinds=2)
    >>> rows.accuracies(np.array([[0, 0], [-1, 0]]), np.ones((2, 2), dtype=int)).tolist()
    [[0.5], [0.5]]
    """

    owners: IntArray
    labels: IntArray
    truth: IntArray
    neighbours: int
    kinds: int
    levels: int
    judges: IntArray
    guesses: FloatArray

    @classmethod
    def of(
        cls,
        held: Sequence[Holding],
        tests: Sequence[Holding],
        levels: Sequence[float],
        guesses: FloatArray,
        neighbours: int,
        kinds: int,
    ) -> "VotingRows":
        """Put all rows in order of their distance from each test row; of equally near ones the earlier party's."""
        from scipy.spatial.distance import cdist

        pairs = [party * len(levels) + _first_level(rows, levels) for party, rows in enumerate(held)]
        labels = np.concatenate([rows.targets for rows in held])
        inputs = np.concatenate([rows.inputs for rows in held])
        orders = [np.argsort(cdist(rows.inputs, inputs, "sqeuclidean"), axis=1, kind="stable") for rows in tests]
        order = np.concatenate(orders)
        truth = np.concatenate([rows.targets for rows in tests])
        judges = np.array([len(rows) for rows in tests])
        return cls(np.concatenate(pairs)[order], labels[order], truth, neighbours, kinds, len(levels), judges, guesses)

    def accuracies(self, entered: IntArray, times: IntArray) -> FloatArray:
        """Return the share of each judge's test rows that are labelled right, (batch, n) -> (batch, judges).

        ``entered`` says at which level, from 0, a party takes part; -1 is staying out; ``times`` how often it enters its rows.
        """
        within = np.asarray(entered[:, :, None] >= np.arange(self.levels))
        counts = (within * times[:, :, None]).reshape(len(entered), -1)
        game = NearestVotes(self.owners, self.labels, self.truth, self.neighbours, self.kinds)
        ends = np.concatenate([[0], np.cumsum(self.judges)[:-1]])
        somebody = np.asarray(counts[:, np.unique(self.owners)].any(axis=1))
        found = (np.add.reduceat(game.at_points(counts), ends, axis=0) / self.judges[:, None]).T
        return np.asarray(found - self.guesses * somebody[:, None])

    def structures(self, entered: IntArray) -> tuple[NearestVotes, ...]:
        """Return each judge's game between the parties when they enter at these levels, shape (n,)."""
        party, level = self.owners // self.levels, self.owners % self.levels
        kept = level <= np.maximum(entered, 0)[party]  # who stays out has no members
        owners, labels = (each[kept].reshape(len(self.owners), -1) for each in (party, self.labels))
        ends = np.cumsum(self.judges)[:-1]
        parts = zip(np.split(owners, ends), np.split(labels, ends), np.split(self.truth, ends), self.guesses, strict=True)
        return tuple(
            NearestVotes(owner, label, truth, self.neighbours, self.kinds, 1 / len(truth), guess=float(guess))
            for owner, label, truth, guess in parts
        )


def nearest_rows(
    model: Any, held: Sequence[Holding], tests: Sequence[Holding], levels: Sequence[float], guesses: FloatArray, kinds: int
) -> NearestRows | VotingRows | None:
    """Return what is to know of a classifier that lets the nearest rows by Euclidean distance vote; None for others."""
    if type(model).__name__ != "KNeighborsClassifier" or model.metric_params or model.weights != "uniform":
        return None
    if not (model.metric == "euclidean" or (model.metric == "minkowski" and model.p == 2)):
        return None
    if model.n_neighbors == 1:
        return NearestRows.of(held, tests, levels, guesses)
    cells = sum(len(rows) for rows in held) * sum(len(rows) for rows in tests)
    if cells > MOST_ORDERED or not can_vote(kinds, model.n_neighbors):
        return None
    return VotingRows.of(held, tests, levels, guesses, model.n_neighbors, kinds)


def _first_level(rows: Holding, levels: Sequence[float]) -> IntArray:
    """Return the lowest level at which each row is entered, shape (rows,)."""
    entered = np.array([rows_entered(share, len(rows)) for share in levels])
    return np.asarray(np.searchsorted(entered, np.arange(len(rows)), side="right"))


def _measure(
    rows: Holding, inputs: FloatArray, labels: IntArray, levels: Sequence[float], distance: FloatArray, right: FloatArray
) -> None:
    """Fill in how near a party's rows come to the test rows, and whether their class is right, (tests, levels) each."""
    from scipy.spatial.distance import cdist

    for level, share in enumerate(levels):
        entered = rows_entered(share, len(rows))
        step = max(1, DISTANCES_AT_ONCE // max(entered, 1))
        for k in range(0, len(inputs) if entered else 0, step):
            apart = cdist(inputs[k : k + step], rows.inputs[:entered], "sqeuclidean")
            nearest = apart.argmin(axis=1)
            distance[k : k + step, level] = np.take_along_axis(apart, nearest[:, None], axis=1)[:, 0]
            right[k : k + step, level] = rows.targets[nearest] == labels[k : k + step]
