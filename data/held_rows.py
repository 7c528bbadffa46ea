"""What tasks have in common whose parties hold rows of data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Holding:
    """The rows of data that a party has.

    Parameters
    ----------
    inputs
        Shape (rows, d).
    targets
        Labels or measured values, shape (rows,).
    """

    inputs: FloatArray
    targets: Any

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.inputs)


def check_shares(levels: Sequence[float]) -> None:
    """Check that levels, in increasing order, are shares of a party's rows.

    Raises
    ------
    ValueError
        One is not above 0, or is above 1.

    Examples
    --------
    >>> check_shares((0.5, 2.0))
    Traceback (most recent call last):
        ...
    ValueError: levels = (0.5, 2.0) must be shares of a party's rows, above 0 and at most 1
    """
    if levels[0] <= 0 or levels[-1] > 1:
        raise ValueError(f"levels = {levels} must be shares of a party's rows, above 0 and at most 1")


def same_rows(mine: Sequence[Holding], theirs: Sequence[Holding]) -> bool:
    """Return whether parties hold the same rows, inputs and targets, in the same order.

    Examples
    --------
    >>> one, other = Holding(np.ones((2, 1)), np.array([0, 1])), Holding(np.ones((2, 1)), np.array([1, 1]))
    >>> same_rows([one], [one]), same_rows([one], [other]), same_rows([one], [one, one])
    (True, False, False)
    """
    return len(mine) == len(theirs) and all(
        np.array_equal(one.inputs, two.inputs) and np.array_equal(one.targets, two.targets)
        for one, two in zip(mine, theirs, strict=True)
    )


def shares_of_equal_rows(holdings: Sequence[Holding]) -> FloatArray:
    """Return how alike parties' data is, shape (n, n): rows with the same inputs over all different rows of both (Jaccard).

    A row that a party holds twice counts once. Two who hold nothing are alike.

    Examples
    --------
    >>> one, other = Holding(np.array([[1.0], [2.0]]), np.zeros(2)), Holding(np.array([[2.0], [3.0]]), np.zeros(2))
    >>> shares_of_equal_rows([one, other]).round(3).tolist()
    [[1.0, 0.333], [0.333, 1.0]]
    """
    held = [{row.tobytes() for row in rows.inputs} for rows in holdings]
    return np.array([[len(one & other) / len(one | other) if one or other else 1.0 for other in held] for one in held])
