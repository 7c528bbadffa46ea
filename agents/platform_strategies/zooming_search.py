"""A learner that tries terms and looks closer where they earned most."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from .platform_strategy import PLATFORM_STRATEGIES, PlatformStrategy, Report


@PLATFORM_STRATEGIES.register
class ZoomingSearch(PlatformStrategy):
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
    >>> from .platform_strategy import Outlook
    >>> rule = ZoomingSearch(points=5, zooms=3).begun(Outlook(), np.random.default_rng(0))
    >>> for _ in range(15):
    ...     alpha = rule.terms()
    ...     rule.learn(Report(alpha, np.array([alpha * (0.6 - alpha)]), np.ones(1)))
    >>> rule.terms()
    0.3125
    """

    source = "original; after zooming bandits, Kleinberg, Slivkins & Upfal (2008)"

    points: Annotated[int, Field(ge=3, le=1001)] = 10
    zooms: Annotated[int, Field(ge=1, le=100)] = 3
    settling: Annotated[float, Field(ge=0, lt=1)] = 0.5

    _grid: Any = None
    _profits: Any = None
    _sweep: Any = 0

    def begin(self) -> None:
        """Lay out the first sweep, from high to low terms."""
        self._sweep = 0
        self._lay(self.outlook.low, self.outlook.high)

    def _lay(self, low: float, high: float) -> None:
        # from the top down, so that users who need company to take part are found taking part
        self._grid = np.linspace(high, low, self.points)
        self._profits = []

    def terms(self) -> float:
        """Return the terms to try next, or the best when all sweeps are done."""
        return float(self._grid[len(self._profits)] if self._sweep < self.zooms else self._grid[0])

    def learn(self, report: Report) -> None:
        """Note what the terms earned; at the end of a sweep zoom in, or settle."""
        if self._sweep >= self.zooms:
            return
        self._profits.append(report.settled_profit(self.settling))
        if len(self._profits) < self.points:
            return
        best = int(np.argmax(self._profits))
        self._sweep += 1
        if self._sweep == self.zooms:
            self._grid = self._grid[[best]]
        else:
            self._lay(float(self._grid[min(best + 1, self.points - 1)]), float(self._grid[max(best - 1, 0)]))
