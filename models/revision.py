"""Who may change its action in a round."""

from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from ..arrays import BoolArray
from ..components import Component, Registry


class Revision(Component, ABC):
    """A revision protocol: says each round who plays anew; the others repeat their last action."""

    @abstractmethod
    def revisers(self, round_number: int, n: int, rng: np.random.Generator) -> BoolArray:
        """Return who revises in a round (1, 2, ...), shape (n,)."""


REVISIONS: Registry[Revision] = Registry("revision protocol", Revision, "potluck.revisions")

RevisionSpec = Annotated[Revision, REVISIONS.spec]


@REVISIONS.register
class Simultaneous(Revision):
    """Everybody revises in every round.

    Examples
    --------
    >>> Simultaneous().revisers(1, 3, np.random.default_rng(0)).tolist()
    [True, True, True]
    """

    source = "textbook"

    def revisers(self, round_number: int, n: int, rng: np.random.Generator) -> BoolArray:
        """Return everybody."""
        return np.ones(n, dtype=bool)


@REVISIONS.register
class Alternating(Revision):
    """Players take turns in the order of their rows, one a round, beginning with ``first``.

    Examples
    --------
    >>> [int(Alternating(first=1).revisers(t, 3, np.random.default_rng(0)).argmax()) for t in (1, 2, 3, 4)]
    [1, 2, 0, 1]
    """

    source = "textbook"

    first: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def revisers(self, round_number: int, n: int, rng: np.random.Generator) -> BoolArray:
        """Return the player whose turn it is."""
        return np.asarray(np.arange(n) == (round_number - 1 + self.first) % n)


@REVISIONS.register
class OneAtRandom(Revision):
    """One player, drawn evenly, revises in each round (asynchronous learning).

    Examples
    --------
    >>> int(OneAtRandom().revisers(1, 3, np.random.default_rng(0)).sum())
    1
    """

    source = "textbook"

    def revisers(self, round_number: int, n: int, rng: np.random.Generator) -> BoolArray:
        """Return one player at random."""
        return np.asarray(np.arange(n) == rng.integers(n))


@REVISIONS.register
class Inertia(Revision):
    """Each player keeps its action with a probability, independently of the others.

    Parameters
    ----------
    keep
        Probability of not revising, in [0, 1).

    Examples
    --------
    >>> Inertia(keep=0.0).revisers(1, 3, np.random.default_rng(0)).tolist()
    [True, True, True]
    """

    source = "Young (1993), adaptive play with inertia"

    keep: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def revisers(self, round_number: int, n: int, rng: np.random.Generator) -> BoolArray:
        """Return those who do not keep their action."""
        return np.asarray(rng.random(n) >= self.keep)
