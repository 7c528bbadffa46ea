"""A learner that tries terms and looks closer where they earned most."""

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, Report


@dataclass(frozen=True, eq=False)
class Sweep:
    """Which sweep it is, the terms it tries in order, and the mean profits of those it has tried."""

    number: int
    grid: FloatArray
    profits: tuple[float, ...]


@PLATFORM_STRATEGIES.register
class ZoomingSearch(PlatformStrategy[Sweep]):
    """Try evenly spaced terms, a block each; zoom into the neighbourhood of the best, and again; then exploit the best found.

    It knows neither costs nor worths, only its own profit. The schedule is explicit: ``zooms`` sweeps of ``points`` blocks, each
    over the two cells beside the best point of the last sweep, then the point that earned most, for ever.

    Parameters
    ----------
    points
        Number of terms tried in a sweep, 3..1001.
    zooms
        Number of sweeps, ≥ 1.
    settling
        First part of every block that is not counted, in [0, 1): the users still adapt to the new terms.

    Notes
    -----
    After s sweeps the terms are within (high - low) (2 / (points - 1))^(s-1) / (points - 1) of the best, if profit has one hump
    and is observed without noise. Each sweep runs from high to low terms, so that users who take part only in company are found
    taking part; where they do not come back by themselves, what a sweep saw is not what its best terms earn later.

    Examples
    --------
    >>> rule, rng = ZoomingSearch(points=5, zooms=3), np.random.default_rng(0)
    >>> state = rule.begin(Outlook(), rng)
    >>> for _ in range(15):
    ...     alpha = rule.terms(state)
    ...     state = rule.learn(state, Report(alpha, np.array([alpha * (0.6 - alpha)]), np.ones(1)), rng)
    >>> rule.terms(state)
    0.3125
    """

    source = "original; after zooming bandits, Kleinberg, Slivkins & Upfal (2008)"

    points: Annotated[int, Field(ge=3, le=1001)] = 10
    zooms: Annotated[int, Field(ge=1, le=100)] = 3
    settling: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Sweep:
        """Lay out the first sweep, from high to low terms."""
        return self._sweep(0, outlook.low, outlook.high)

    def _sweep(self, number: int, low: float, high: float) -> Sweep:
        # from the top down, so that users who need company to take part are found taking part
        return Sweep(number, np.linspace(high, low, self.points), ())

    def terms(self, state: Sweep) -> float:
        """Return the terms to try next, or the best when all sweeps are done."""
        return float(state.grid[len(state.profits)] if state.number < self.zooms else state.grid[0])

    def learn(self, state: Sweep, report: Report, rng: np.random.Generator) -> Sweep:
        """Note what the terms earned; at the end of a sweep zoom in, or settle."""
        if state.number >= self.zooms:
            return state
        profits, grid = (*state.profits, report.settled_profit(self.settling)), state.grid
        if len(profits) < self.points:
            return replace(state, profits=profits)
        best, number = int(np.argmax(profits)), state.number + 1
        if number == self.zooms:
            return Sweep(number, grid[[best]], profits)
        return self._sweep(number, float(grid[min(best + 1, self.points - 1)]), float(grid[max(best - 1, 0)]))
