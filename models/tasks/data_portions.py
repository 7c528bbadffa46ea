"""Data that parties enter portion by portion."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...papers import MULTI_PARTY
from .quality_curve import CURVES
from .task import TASKS, Contribution, Task


@dataclass(frozen=True)
class _Portions(Contribution):
    total: int

    def __str__(self) -> str:
        return "stay out" if self.entries == 0 else f"enter {self.entries} of {self.total} portions"


@TASKS.register
class DataPortions(Task):
    """Quality grows with the amount of data, and a party enters its data in equal portions, as many of them as it likes.

    Each portion is an identity of its own, in the place of copies. So a market rule sees what every portion adds, and can
    charge for portions that might be held back. Action k enters k portions.

    Parameters
    ----------
    sizes
        How much data each party has in all, each ≥ 0.
    curve, scale
        As in ``QualityCurve``.
    copies
        How many portions there are beside the first.
    levels
        Only the level 1 can be given.

    Examples
    --------
    >>> task = DataPortions(sizes=[2, 4], copies=1, curve="linear")
    >>> task.worths([[1, 0], [2, 0], [2, 1]]).tolist(), task.alone.tolist()
    ([1.0, 2.0, 4.0], [2.0, 4.0])
    >>> [str(contribution) for contribution in task.contributions]
    ['stay out', 'enter 1 of 2 portions', 'enter 2 of 2 portions']
    """

    source = f"original (the reports of {MULTI_PARTY.at('Section 2, as identities)')}"
    example_parameters = {"sizes": (1, 2), "copies": 1}

    sizes: Annotated[tuple[Annotated[float, Field(ge=0, lt=math.inf)], ...], Field(min_length=1)] = (1.0, 1.0, 2.0)
    curve: Literal["sigmoid", "exponential", "hyperbolic", "square-root", "linear"] = "sigmoid"
    scale: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    copies: Annotated[int, Field(ge=0, le=16)] = Field(default=3, kw_only=True)

    def model_post_init(self, context: object, /) -> None:
        """Check that no levels are asked for."""
        super().model_post_init(context)
        if self.levels != (1.0,):
            raise ValueError(f"levels = {self.levels}: how much a party enters is its number of portions, so only 1 can be given")

    @property
    def n_parties(self) -> int:
        """Number of parties: one a size."""
        return len(self.sizes)

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """What each action enters: as many portions as its index."""
        total = self.copies + 1
        return tuple(_Portions(float(entries > 0), entries, total) for entries in range(total + 1))

    @property
    def honest(self) -> int:
        """The action that enters all portions."""
        return self.copies + 1

    def value(self, profiles: IntArray) -> FloatArray:
        """Return Q(pooled amount / scale), shape (batch,)."""
        # summed in the order of size, so that profiles with the same data in other hands agree to the last bit
        amounts = np.sort(self.entries[profiles] / (self.copies + 1) * np.array(self.sizes), axis=1)
        return CURVES[self.curve](amounts.sum(axis=1) / self.scale)

    def interchangeable(self) -> IntArray:
        """Return a label a size."""
        return np.unique(np.array(self.sizes), return_inverse=True)[1]
