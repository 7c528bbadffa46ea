"""A task whose platform leaves out data that harms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from pydantic import model_validator

from ...arrays import FloatArray, IntArray
from ...data.held_rows import Holding
from ...papers import MARKETS
from .coalition_values import CoalitionValues
from .task import ABSENT, TASKS, Task, TaskSpec

DEFAULT = CoalitionValues(values=(0.0, 0.6, 0.8, 0.5))


@TASKS.register
class BestSubset(Task):
    """Another task in which the model is trained on the best part of what is entered, so that more data never hurts.

    A coalition is worth what the best of its parts is worth, G*(S) = max over R ⊆ S of G(R): the monotone closure (see
    `monotone_closure`). An identity is in the part or not; its level is not changed. Where parties judge apart, each takes the
    part that it judges best.

    Parameters
    ----------
    task
        The task whose coalitions' best parts count.
    copies, levels
        Those of the task; others are not allowed.

    Raises
    ------
    ValueError
        Copies or levels are given and are not the task's.

    Examples
    --------
    >>> from potluck.models.tasks import CoalitionValues
    >>> BestSubset(CoalitionValues([0, 0.6, 0.8, 0.5])).worths([[1, 0], [0, 1], [1, 1]]).tolist()
    [0.6, 0.8, 0.8]
    """

    source = MARKETS.at("Section 3, step 4 (training on a subset S_i)")
    example_parameters = {"task": "CoalitionValues(copies=1, values=(0, 0.6, 0.8, 0.5))"}

    task: TaskSpec = DEFAULT

    @model_validator(mode="before")
    @classmethod
    def _take_over(cls, given: Any) -> Any:
        inside = TASKS.build(given.get("task", DEFAULT))
        return {"copies": inside.copies, "levels": inside.levels} | given | {"task": inside}

    def model_post_init(self, context: object, /) -> None:
        """Check that copies and levels are the task's."""
        super().model_post_init(context)
        for name in ("copies", "levels"):
            if getattr(self, name) != getattr(self.task, name):
                raise ValueError(f"{name} = {getattr(self, name)}: the task inside has {getattr(self.task, name)}; give it there")

    @property
    def n_parties(self) -> int:
        """Number of parties."""
        return self.task.n_parties

    def value(self, profiles: IntArray) -> FloatArray:
        """Return the largest value of any part of what is entered, shape (batch,), or (batch, n) with judges of their own."""
        layers = self._parts(profiles)
        worths = self.task.worths(np.concatenate([layer.profiles for layer in layers]))
        best: list[FloatArray] = []
        for layer, own in zip(layers, np.split(worths, np.cumsum([len(layer.profiles) for layer in layers])[:-1]), strict=True):
            values = own.copy()
            if len(layer.whole):
                np.maximum.at(values, layer.whole, best[-1][layer.part])
            best.append(values)
        entered = self.entries[profiles].sum(axis=1)
        result = np.empty((len(profiles), *worths.shape[1:]))
        for count, (layer, values) in enumerate(zip(layers, best, strict=True)):
            result[entered == count] = values[layer.asked]
        return result

    def _parts(self, profiles: IntArray) -> list["_Layer"]:
        """Return all parts of the profiles by their number of identities, 0 first."""
        entered = self.entries[profiles].sum(axis=1)
        layers: list[_Layer] = []
        above = np.empty((0, self.n_parties), dtype=np.int64)
        for count in range(int(entered.max(initial=0)), -1, -1):
            smaller, whole = self._one_less(above)
            asked = profiles[entered == count]
            above, place = np.unique(np.concatenate([asked, smaller]), axis=0, return_inverse=True)
            place = place.ravel()
            if layers:
                layers[-1] = replace(layers[-1], whole=whole, part=place[len(asked) :])
            nobody = np.empty(0, dtype=np.int64)
            layers.append(_Layer(above, place[: len(asked)], nobody, nobody))
        return layers[::-1]

    def _one_less(self, profiles: IntArray) -> tuple[IntArray, IntArray]:
        """Return every profile with one identity taken out, and which of the profiles each comes from."""
        whole, party = np.nonzero(profiles != ABSENT)
        smaller = profiles[whole]
        action = smaller[np.arange(len(whole)), party]
        smaller[np.arange(len(whole)), party] = np.where(self.entries[action] > 1, action - 1, ABSENT)
        return smaller, whole

    def interchangeable(self) -> IntArray:
        """Return the task's labels."""
        return self.task.interchangeable()

    def holdings(self) -> tuple[Holding, ...] | None:
        """Return the rows each party has in the task."""
        return self.task.holdings()

    def with_holdings(self, holdings: Sequence[Holding]) -> Self:
        """Return the best subsets of the task with other rows."""
        return type(self)(self.task.with_holdings(holdings))

    def validation(self) -> tuple[Holding, ...] | None:
        """Return the rows by which each party judges in the task."""
        return self.task.validation()

    def with_validation(self, party: int, rows: Holding) -> Self:
        """Return the best subsets of the task where a party reports other rows to judge by."""
        return type(self)(self.task.with_validation(party, rows))

    def similarity(self) -> FloatArray | None:
        """Return the task's likeness of data."""
        return self.task.similarity()


@dataclass(frozen=True, eq=False)
class _Layer:
    """Parts with equally many identities: which were asked for, and which of them holds which part of the layer below."""

    profiles: IntArray
    asked: IntArray
    whole: IntArray
    part: IntArray
