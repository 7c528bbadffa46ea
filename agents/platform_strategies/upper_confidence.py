"""A learner that tries the terms that may still be best."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, Report


@dataclass(frozen=True, eq=False)
class Trials:
    """The terms that are tried, from high to low, how often each was, and what they earned in all, (points,) each."""

    grid: FloatArray
    counts: FloatArray
    earned: FloatArray


@PLATFORM_STRATEGIES.register
class UpperConfidence(PlatformStrategy[Trials]):
    """Set the terms whose mean profit so far, plus a margin that shrinks with how often they were tried, is highest.

    The terms are those of an even grid; each is tried once, then those of the highest mean + most √(2 ln t / tries) after t
    blocks. It knows neither costs nor worths, and keeps its promise where the users of different blocks are drawn alike.

    Parameters
    ----------
    points
        Number of terms, 2..1001: evenly spaced over what is allowed, the lowest left out.
    most
        The largest profit of a round that there can be, > 0; profits below 0 count as 0.
    settling
        First part of every block that is not counted, in [0, 1): the users still adapt to the new terms.

    Examples
    --------
    >>> rule, rng = UpperConfidence(points=4), np.random.default_rng(0)
    >>> state = rule.begin(Outlook(), rng)
    >>> for _ in range(400):
    ...     alpha = rule.terms(state)
    ...     state = rule.learn(state, Report(alpha, np.array([alpha * (1 - alpha)]), np.ones(1)), rng)
    >>> float(state.grid[state.counts.argmax()])
    0.5
    """

    source = "Auer, Cesa-Bianchi & Fischer (2002), Finite-time analysis of the multiarmed bandit problem, UCB1, Theorem 1"

    points: Annotated[int, Field(ge=2, le=1001)] = 8
    most: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    settling: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Trials:
        """Lay out the terms."""
        grid = np.linspace(outlook.high, outlook.low, self.points, endpoint=False)
        return Trials(grid, np.zeros(self.points), np.zeros(self.points))

    def terms(self, state: Trials) -> float:
        """Return the terms that may still be best; those that were never tried first."""
        counts = state.counts
        if not counts.all():
            return float(state.grid[int(counts.argmin())])
        margins = self.most * np.sqrt(2 * math.log(counts.sum()) / counts)
        return float(state.grid[int((state.earned / counts + margins).argmax())])

    def learn(self, state: Trials, report: Report, rng: np.random.Generator) -> Trials:
        """Note what the terms earned.

        Raises
        ------
        ValueError
            They earned more than is said to be possible.
        """
        profit = max(report.settled_profit(self.settling), 0.0)
        if profit > self.most * (1 + 1e-9):
            raise ValueError(f"UpperConfidence: a profit of {profit:.6g} is above most = {self.most:g}")
        tried = state.grid == report.terms
        return Trials(state.grid, state.counts + tried, state.earned + profit * tried)

    def regret_bound(self, blocks: int, best: float, profit: Callable[[float], float]) -> float | None:
        """Return Σ (8 most² ln T / Δ + (1 + π²/3) Δ) over terms that earn Δ less than the grid's best, plus T times its gap."""
        earned = [max(profit(float(alpha)), 0.0) for alpha in np.linspace(1.0, 0.0, self.points, endpoint=False)]
        top = max(earned)
        behind = [top - each for each in earned if each < top]
        tries = sum(8 * self.most**2 * math.log(blocks) / gap + (1 + math.pi**2 / 3) * gap for gap in behind)
        return min(tries, blocks * max(behind, default=0.0)) + blocks * max(best - top, 0.0)
