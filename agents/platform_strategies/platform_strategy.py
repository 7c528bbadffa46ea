"""What a platform knows, how it is asked for its terms, and the base class of all its strategies."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, cast

import numpy as np
from typing_extensions import TypeVar

from ...arrays import FloatArray
from ...components import Component, Registry


@dataclass(frozen=True)
class Outlook:
    """What a platform knows before play.

    Parameters
    ----------
    low, high
        The terms it may set, 0 ≤ low < high ≤ 1: the share α of the joint model's worth that it hands out.
    profit
        What it expects to earn a round once the users have settled under given terms, for a platform that anticipates them;
        None for one that knows neither costs nor worths.

    Raises
    ------
    ValueError
        The range is empty or reaches beyond [0, 1].
    """

    low: float = 0.0
    high: float = 1.0
    profit: Callable[[float], float] | None = None

    def nearest(self, terms: float) -> float:
        """Return the nearest terms that are allowed."""
        return float(min(max(terms, self.low), self.high))

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 <= self.low < self.high <= 1:
            raise ValueError(f"terms lie between {self.low} and {self.high}: the range must not be empty, nor leave [0, 1]")


@dataclass(frozen=True)
class Report:
    """What a platform observes of a block of rounds under the same terms.

    Parameters
    ----------
    terms
        The terms, in [0, 1].
    profits
        Its profit in each round, shape (rounds,).
    participation
        Share of the parties that entered anything in each round, shape (rounds,).
    """

    terms: float
    profits: FloatArray
    participation: FloatArray

    def settled_profit(self, settling: float) -> float:
        """Return the mean profit without the first part of the block, in which the users still adapt to new terms.

        Examples
        --------
        >>> Report(0.5, np.array([9.0, 1.0, 2.0, 3.0]), np.ones(4)).settled_profit(0.25)
        2.0
        """
        return float(self.profits[min(math.floor(settling * len(self.profits)), len(self.profits) - 1) :].mean())


@dataclass(frozen=True)
class Settled:
    """The state of a platform that knows nothing but its next terms."""

    alpha: float


Known = TypeVar("Known", default=object, covariant=True)
"""The state of a rule for terms. Covariant, as a rule is given no states but its own."""


class PlatformStrategy(Component, ABC, Generic[Known]):
    """How a platform sets its terms from block to block: the share α of the joint model's worth that it hands out.

    `begin` makes its state, `terms` reads it, `learn` returns the state after a block; states are values and never change. A rule
    whose state is `Settled` need not write `terms`. A block is some rounds under the same terms, so the platform moves on a
    slower clock than the users, who learn every round.

    Examples
    --------
    >>> class Halving(PlatformStrategy):
    ...     def begin(self, outlook, rng):
    ...         return Settled(outlook.high)
    ...     def learn(self, state, report, rng):
    ...         return Settled(report.terms / 2)
    >>> rule, rng = Halving(), np.random.default_rng(0)
    >>> state = rule.begin(Outlook(), rng)
    >>> rule.terms(rule.learn(state, Report(rule.terms(state), np.zeros(3), np.zeros(3)), rng))
    0.5
    """

    @abstractmethod
    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Known:
        """Return the state before play.

        Raises
        ------
        ValueError
            The outlook does not say what the strategy must know.
        """

    def terms(self, state: Known) -> float:  # type: ignore[misc]
        """Return the terms of the coming block, between the outlook's low and high."""
        return cast("Settled", state).alpha

    def learn(self, state: Known, report: Report, rng: np.random.Generator) -> Known:  # type: ignore[misc]
        """Return the state after what happened in the last block; by default nothing is learned."""
        return state

    def regret_bound(self, blocks: int, best: float, profit: Callable[[float], float]) -> float | None:
        """Return what the best fixed terms earn more in so many blocks at most, in expectation; None: nothing is promised.

        It holds where the users of every block are drawn alike, and terms lie between 0 and 1.

        Parameters
        ----------
        blocks
            How many blocks are counted, ≥ 1.
        best
            What the best fixed terms are expected to earn in a block.
        profit
            What given terms are expected to earn in a block.
        """
        return None


PLATFORM_STRATEGIES: Registry[PlatformStrategy] = Registry("platform strategy", PlatformStrategy, "potluck.platform_strategies")

PlatformStrategySpec = Annotated[PlatformStrategy, PLATFORM_STRATEGIES.spec]
"""A platform strategy as a parameter: an instance, a class, or text such as ``"FixedTerms(alpha=0.3)"``."""
