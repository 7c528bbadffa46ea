"""One nearest neighbour without training: how near each party comes to every test row, and with which class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import FloatArray, IntArray
from ...data.held_rows import Holding
from ...mechanisms.coalitions.structures import FirstInOrder
from ...training.classifiers import rows_entered

DISTANCES_AT_ONCE = 1 << 22


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

    def accuracies(self, entered: IntArray) -> FloatArray:
        """Return the share of each judge's test rows that are labelled right, less guessing, (batch, n) -> (batch, judges).

        ``entered`` says at which level, from 0, a party takes part; -1 is staying out. Nobody's model is worth 0.
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


def is_nearest_neighbour(model: Any) -> bool:
    """Say whether a classifier gives a row the class of the one row that is nearest by Euclidean distance."""
    euclidean = getattr(model, "metric", None) == "euclidean" or (
        getattr(model, "metric", None) == "minkowski" and getattr(model, "p", None) == 2
    )
    nearest = type(model).__name__ == "KNeighborsClassifier" and model.n_neighbors == 1
    return nearest and euclidean and not model.metric_params


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
