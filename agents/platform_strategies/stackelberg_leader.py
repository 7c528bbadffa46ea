"""A leader that anticipates how its users will settle."""

from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.optimize import minimize_scalar

from ...papers import FAIR_VALUE
from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, Settled


@PLATFORM_STRATEGIES.register
class StackelbergLeader(PlatformStrategy[Settled]):
    """Set the terms that earn most once the users have settled in equilibrium.

    The outlook's profit is searched on a grid, then between the neighbours of the best point. Where profit jumps, at terms that
    leave users indifferent, the best point of the grid may stay the answer. Of terms that earn the same the lowest are taken.

    Parameters
    ----------
    points
        Number of grid points, 3..100 001.

    Raises
    ------
    ValueError
        The outlook gives no profit to anticipate (when play begins).

    Examples
    --------
    >>> outlook = Outlook(profit=lambda alpha: alpha * (1 - alpha))
    >>> round(StackelbergLeader().begin(outlook, np.random.default_rng(0)).alpha, 6)
    0.5
    """

    source = FAIR_VALUE.at("eq. 19, maximised over α (88 prints min)")

    points: Annotated[int, Field(ge=3, le=100_001)] = 201

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Settled:
        """Find the best terms."""
        profit, low, high = outlook.profit, outlook.low, outlook.high
        if profit is None:
            raise ValueError("StackelbergLeader needs an outlook with the profit it is to anticipate")
        grid = np.linspace(low, high, self.points)
        profits = np.array([profit(float(alpha)) for alpha in grid])
        best = int(profits.argmax())
        span = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, self.points - 1)]))
        found = minimize_scalar(lambda alpha: -profit(float(alpha)), bounds=span, method="bounded", options={"xatol": 1e-12})
        return Settled(float(found.x) if -found.fun > profits[best] else float(grid[best]))
