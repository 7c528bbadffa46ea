"""What parties contribute, and what their data is worth together."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Component, Registry
from ...data.held_rows import Holding
from ...mechanisms.coalitions.structures import Structure

ABSENT = 0


@dataclass(frozen=True)
class Contribution:
    """What a party enters when it plays an action.

    Parameters
    ----------
    level
        How much of its data, or how privately; what the number means is the task's affair.
    entries
        Number of identities: 0 is staying out, 1 is the party's own entry, more are copies beside it.
    """

    level: float
    entries: int

    def __str__(self) -> str:
        if self.entries == 0:
            return "stay out"
        copies = self.entries - 1
        return f"enter {self.level:g}" + (f" + {copies} cop{'y' if copies == 1 else 'ies'}" if copies else "")


class Task(Component, ABC):
    """What pooled data is worth: a learning task in which n parties each contribute something.

    Action 0 is to stay out. Then come the levels, lowest first, each with 0, 1, ... copies: the action that enters level l
    (0-based) with k identities has index 1 + l (copies + 1) + (k - 1).

    Parameters
    ----------
    copies
        How many copies a party may enter beside its own entry, 0..16.
    levels
        The levels a party may contribute at, increasing; the last one is everything it has.

    Examples
    --------
    A task needs the number of parties and the value of a batch of profiles.

    >>> class Crowd(Task):
    ...     parties: int = 3
    ...     @property
    ...     def n_parties(self):
    ...         return self.parties
    ...     def value(self, profiles):
    ...         return (profiles > 0).sum(axis=1) / self.parties
    >>> task = Crowd(copies=1)
    >>> [str(contribution) for contribution in task.contributions]
    ['stay out', 'enter 1', 'enter 1 + 1 copy']
    >>> task.worths([[1, 0, 2]]).round(3).tolist()
    [0.667]
    """

    levels_are_shares: ClassVar[bool] = False
    """Whether a party at level l contributes the share l of its data, so that a task with other levels knows parts of it."""

    copies: Annotated[int, Field(ge=0, le=16)] = Field(default=0, kw_only=True)
    levels: Annotated[tuple[float, ...], Field(min_length=1)] = Field(default=(1.0,), kw_only=True)

    def model_post_init(self, context: object, /) -> None:
        """Check that the levels increase."""
        if not all(low < high for low, high in zip((-math.inf, *self.levels), self.levels, strict=False)):
            raise ValueError(f"levels = {self.levels} must be numbers that increase")

    @property
    @abstractmethod
    def n_parties(self) -> int:
        """Number of parties, ≥ 1."""

    @abstractmethod
    def value(self, profiles: IntArray) -> FloatArray:
        """Return what contributed data is worth.

        Parameters
        ----------
        profiles
            Shape (batch, n), an action index a party, 0 = stays out.

        Returns
        -------
        array of shape (batch,), 0 where everybody stays out; or (batch, n) where each party judges the joint model by data of its
        own.
        """

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """What each action enters, by action index."""
        entered = [Contribution(level, entries) for level in self.levels for entries in range(1, self.copies + 2)]
        return (Contribution(0.0, 0), *entered)

    @cached_property
    def entries(self) -> IntArray:
        """Number of identities each action enters, shape (m,)."""
        return np.array([contribution.entries for contribution in self.contributions])

    @cached_property
    def level_of(self) -> FloatArray:
        """Level each action contributes at, shape (m,); 0 for staying out."""
        return np.array([contribution.level for contribution in self.contributions])

    @property
    def honest(self) -> int:
        """The action that enters everything once."""
        return 1 + (len(self.levels) - 1) * (self.copies + 1)

    def portion(self, action: int, entries: int) -> int:
        """Return the action that stands for ``entries`` of the identities that ``action`` enters."""
        return ABSENT if entries == 0 else int(action - self.entries[action] + entries)

    def worths(self, profiles: ArrayLike) -> FloatArray:
        """Return `value` after checking what goes in and what comes out.

        Raises
        ------
        ValueError
            Profiles have the wrong shape or an unknown action; or the task returned the wrong shape, or something not finite.
        """
        given = np.asarray(profiles)
        if not np.issubdtype(given.dtype, np.integer):
            raise ValueError(f"profiles hold action indices, whole numbers, not {given.dtype}")
        array = given.astype(np.int64)
        if array.ndim != 2 or array.shape[1] != self.n_parties:
            raise ValueError(f"profiles have shape (batch, {self.n_parties}), not {array.shape}")
        if array.size and (array.min() < 0 or array.max() >= len(self.contributions)):
            raise ValueError(f"actions are 0..{len(self.contributions) - 1}, but a profile has {array.min()}..{array.max()}")
        worths = np.asarray(self.value(array), dtype=np.float64)
        if worths.shape not in {(len(array),), array.shape}:
            raise ValueError(f"{type(self).__name__} returned values of shape {worths.shape} for profiles of shape {array.shape}")
        if not np.isfinite(worths).all():
            raise ValueError(f"{type(self).__name__} returned a value that is not finite")
        return worths

    @cached_property
    def alone(self) -> FloatArray:
        """Quality of the model each party trains on everything it has, shape (n,)."""
        labels = self.interchangeable()
        first = np.unique(labels, return_index=True)[1]
        if len(first) < self.n_parties:
            one = np.ones((1, 1), dtype=np.int64)
            by_label = [self.value_by_count(one[0] * label, one[0] * self.honest, one)[0] for label in labels[first]]
            return np.asarray(np.array(by_label)[np.searchsorted(labels[first], labels)])
        worths = self.worths(self.honest * np.eye(self.n_parties, dtype=np.int64))
        return worths if worths.ndim == 1 else np.diagonal(worths).copy()

    def interchangeable(self) -> IntArray:
        """Return a label a party; parties with the same label may be swapped without changing any value. Default: none may."""
        return np.arange(self.n_parties)

    def value_by_count(self, labels: IntArray, actions: IntArray, counts: IntArray) -> FloatArray:
        """Return what coalitions are worth that are given by how many parties of a label play an action.

        Tasks with many interchangeable parties override this with something that does not list them.

        Parameters
        ----------
        labels, actions
            Label and action of each kind of party, shape (c,).
        counts
            How many parties of each kind there are, shape (batch, c); all other parties stay out.

        Returns
        -------
        array of shape (batch,).
        """
        parties = self.interchangeable()
        profiles = np.zeros((len(counts), self.n_parties), dtype=np.int64)
        for label in np.unique(labels):
            members = np.flatnonzero(parties == label)
            kinds = np.flatnonzero(labels == label)
            ends = np.cumsum(counts[:, kinds], axis=1)
            for kind, end in zip(kinds, ends.T, strict=True):
                seats = np.arange(len(members))
                taken = (seats < end[:, None]) & (seats >= (end - counts[:, kind])[:, None])
                profiles[:, members] += actions[kind] * taken
        return self.worths(profiles)

    def holdings(self) -> tuple[Holding, ...] | None:
        """Return the rows each party has; None where there are none to change: worth is a formula, or made of other data."""
        return None

    def with_holdings(self, holdings: Sequence[Holding]) -> "Task":
        """Return the same task, tests and learning included, for parties who hold these rows instead; they may be more or fewer.

        Raises
        ------
        ValueError
            The task has no rows, or the rows do not fit.
        """
        raise ValueError(f"{self.short()} holds no rows of data that could be changed")

    def validation(self) -> tuple[Holding, ...] | None:
        """Return the rows by which each party judges the joint model; None where no rows judge it."""
        return None

    def with_validation(self, party: int, rows: Holding) -> "Task":
        """Return the same task where a party, counted from 0, reports other rows to judge by.

        Raises
        ------
        ValueError
            Parties do not judge by rows of their own, there is no such party, or the rows do not fit.
        """
        raise ValueError(f"{self.short()} has no rows of the parties' own to judge by")

    def _changed(self, **parameters: Any) -> Self:
        """Return the task with other parameters, its data as it was read; what follows from the parameters is worked out anew."""
        other = self.model_copy(update=parameters)
        for name in vars(other).keys() - type(self).model_fields:
            del vars(other)[name]
        return other

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return what is known of worths when party i plays ``actions[i]``, shape (n,), beyond `value`; None where nothing is.

        A class is a party, its members are the party's identities. One structure all agree on, or n, one a judge.
        """
        return None

    def similarity(self) -> FloatArray | None:
        """Return the likeness of the parties' data in [0, 1], shape (n, n); None: each is alike only to itself."""
        return None


TASKS: Registry[Task] = Registry("task", Task, "potluck.tasks")

TaskSpec = Annotated[Task, TASKS.spec]
"""A task as a parameter: an instance, a class, or text such as ``"QualityCurve(sizes=[1, 2])"``."""
