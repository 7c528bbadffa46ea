"""Who may change its action in a round."""

from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from ..arrays import BoolArray, FloatArray
from ..components import Component, Registry

EVERYBODY, IN_TURN, ONE, BY_CHANCE = range(4)
"""How a compiled round knows who revises."""


class Revision(Component, ABC):
    """A revision protocol: says each round who plays anew; the others repeat their last action."""

    def randomness(self, n: int) -> int:
        """Return how many uniform random numbers a round of n players needs; by default none."""
        return 0

    @abstractmethod
    def revisers(self, round_number: int, n: int, uniforms: FloatArray) -> BoolArray:
        """Return who revises in a round (1, 2, ...), shape (..., n), from numbers in [0, 1), shape (..., randomness)."""

    def coded(self) -> tuple[int, float] | None:
        """Return the protocol for a compiled round: its kind, and a number of its own; None (default) where it knows none."""
        return None


REVISIONS: Registry[Revision] = Registry("revision protocol", Revision, "potluck.revisions")

RevisionSpec = Annotated[Revision, REVISIONS.spec]


@REVISIONS.register
class Simultaneous(Revision):
    """Everybody revises in every round.

    Examples
    --------
    >>> Simultaneous().revisers(1, 3, np.zeros(0)).tolist()
    [True, True, True]
    """

    source = "textbook"

    def revisers(self, round_number: int, n: int, uniforms: FloatArray) -> BoolArray:
        """Return everybody."""
        return np.ones(n, dtype=bool)

    def coded(self) -> tuple[int, float]:
        """Return the kind: everybody."""
        return EVERYBODY, 0.0


@REVISIONS.register
class Alternating(Revision):
    """Players take turns in the order of their rows, one a round, beginning with ``first``.

    Examples
    --------
    >>> [int(Alternating(first=1).revisers(t, 3, np.zeros(0)).argmax()) for t in (1, 2, 3, 4)]
    [1, 2, 0, 1]
    """

    source = "textbook"

    first: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def revisers(self, round_number: int, n: int, uniforms: FloatArray) -> BoolArray:
        """Return the player whose turn it is."""
        return np.asarray(np.arange(n) == (round_number - 1 + self.first) % n)

    def coded(self) -> tuple[int, float]:
        """Return the kind: turns, and who begins."""
        return IN_TURN, float(self.first)


@REVISIONS.register
class OneAtRandom(Revision):
    """One player, drawn evenly, revises in each round (asynchronous learning).

    Examples
    --------
    >>> OneAtRandom().revisers(1, 3, np.array([0.5])).tolist()
    [False, True, False]
    """

    source = "textbook"

    def randomness(self, n: int) -> int:
        """Return one number, which says whose turn it is."""
        return 1

    def revisers(self, round_number: int, n: int, uniforms: FloatArray) -> BoolArray:
        """Return one player at random."""
        return np.asarray(np.arange(n) == np.floor(uniforms * n))

    def coded(self) -> tuple[int, float]:
        """Return the kind: one."""
        return ONE, 0.0


@REVISIONS.register
class Inertia(Revision):
    """Each player keeps its action with a probability, independently of the others.

    Parameters
    ----------
    keep
        Probability of not revising, in [0, 1).

    Examples
    --------
    >>> Inertia(keep=0.5).revisers(1, 3, np.array([0.4, 0.5, 0.9])).tolist()
    [False, True, True]
    """

    source = "Young (1993), adaptive play with inertia"

    keep: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def randomness(self, n: int) -> int:
        """Return one number a player."""
        return n

    def revisers(self, round_number: int, n: int, uniforms: FloatArray) -> BoolArray:
        """Return those who do not keep their action."""
        return np.asarray(uniforms >= self.keep)

    def coded(self) -> tuple[int, float]:
        """Return the kind: chance, and of what size."""
        return BY_CHANCE, self.keep
