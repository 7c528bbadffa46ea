"""Quality that grows with the amount of pooled data."""

import math
from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...mechanisms.coalitions.structures import Additive, FirstInOrder, Structure
from ...papers import MULTI_PARTY
from .task import TASKS, Task

CURVES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "sigmoid": lambda amount: np.tanh(amount / 2),
    "exponential": lambda amount: -np.expm1(-amount),
    "hyperbolic": lambda amount: amount / (1 + amount),
    "square-root": lambda amount: np.sqrt(amount),
    "linear": lambda amount: amount,
}


@TASKS.register
class QualityCurve(Task):
    """Quality is an increasing function of the amount of distinct data pooled; copies add nothing.

    Parameters
    ----------
    sizes
        How much data each party has, each ≥ 0; at level l it contributes l times that.
    curve
        Q(x), x = amount / scale: ``sigmoid`` (1 - e^-x) / (1 + e^-x), ``exponential`` 1 - e^-x, ``hyperbolic`` x / (1 + x),
        ``square-root`` √x, ``linear`` x. All have Q(0) = 0; the first three stay below 1.
    scale
        The amount of data that counts as 1, > 0.
    copies, levels
        As in `Task`; levels are shares in [0, 1] of a party's data.

    Examples
    --------
    >>> task = QualityCurve(sizes=[1, 3], curve="hyperbolic")
    >>> task.worths([[1, 0], [0, 1], [1, 1]]).tolist()
    [0.5, 0.75, 0.8]
    """

    source = f"sigmoid: {MULTI_PARTY.at('Section 5; the others original')}"
    levels_are_shares = True
    example_parameters = {"sizes": (1, 2), "levels": (0.5, 1), "copies": 1}

    sizes: Annotated[tuple[Annotated[float, Field(ge=0, lt=math.inf)], ...], Field(min_length=1)] = (1.0, 1.0, 2.0)
    curve: Literal["sigmoid", "exponential", "hyperbolic", "square-root", "linear"] = "exponential"
    scale: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0

    def model_post_init(self, context: object, /) -> None:
        """Check that levels are shares."""
        super().model_post_init(context)
        if self.levels[0] < 0 or self.levels[-1] > 1:
            raise ValueError(f"levels = {self.levels} must be shares between 0 and 1")

    @property
    def n_parties(self) -> int:
        """Number of parties: one a size."""
        return len(self.sizes)

    def value(self, profiles: IntArray) -> FloatArray:
        """Return Q(pooled amount / scale), shape (batch,)."""
        # summed in the order of size, so that profiles with the same data in other hands agree to the last bit
        amounts = np.sort(self.level_of[profiles] * np.array(self.sizes), axis=1)
        return CURVES[self.curve](amounts.sum(axis=1) / self.scale)

    def interchangeable(self) -> IntArray:
        """Return a label a size."""
        return np.unique(np.array(self.sizes), return_inverse=True)[1]

    def value_by_count(self, labels: IntArray, actions: IntArray, counts: IntArray) -> FloatArray:
        """Return Q of the amounts that so many parties of each size pool, shape (batch,)."""
        size_of_label = np.unique(np.array(self.sizes))
        return CURVES[self.curve](counts @ (size_of_label[labels] * self.level_of[actions]) / self.scale)

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return the additive game of a ``linear`` curve, in which a copy adds nothing to its original; None for others."""
        if self.curve != "linear":
            return None
        worth = self.level_of[actions] * np.array(self.sizes) / self.scale
        if (self.entries[actions] <= 1).all():
            return (Additive(worth),)
        n = len(worth)
        orders = (np.arange(n)[:, None] + np.arange(n)) % n  # a point a party, which is first there and counts once
        return (FirstInOrder(orders, worth[:, None] * (np.arange(n) == 0)),)
