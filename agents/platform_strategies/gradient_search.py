"""A learner that climbs its profit by small trials up and down."""

import math
from typing import Annotated, Any

from pydantic import Field

from .platform_strategy import PLATFORM_STRATEGIES, PlatformStrategy, Report


@PLATFORM_STRATEGIES.register
class GradientSearch(PlatformStrategy):
    """Try terms a little above and a little below, a block each in random order, and step towards what earned more.

    It knows neither costs nor worths, only its own profit. Trial t moves the terms by ``width`` / t^0.101 either way, and the
    step is ``gain`` / (t + 1)^0.602 times the difference quotient: exploration decreases, so the terms settle. It climbs the hump
    it stands on; where profit is flat it stays.

    Parameters
    ----------
    start
        The first terms, in [0, 1].
    gain
        Length of the first steps, > 0, in terms a unit of slope.
    width
        Half the distance between the two first trials, in (0, 0.5].
    longest
        The longest step, > 0, in terms.
    settling
        First part of every block that is not counted, in [0, 1): the users still adapt to the new terms.

    Examples
    --------
    >>> import numpy as np
    >>> from .platform_strategy import Outlook
    >>> rule = GradientSearch(start=0.9).begun(Outlook(), np.random.default_rng(0))
    >>> for _ in range(200):
    ...     alpha = rule.terms()
    ...     rule.learn(Report(alpha, np.array([alpha * (0.6 - alpha)]), np.ones(1)))
    >>> round(rule.settled, 2)
    0.3
    """

    source = "Kiefer & Wolfowitz (1952); gains: Spall (1998), simultaneous perturbation, in one dimension"

    start: Annotated[float, Field(ge=0, le=1)] = 0.9
    gain: Annotated[float, Field(gt=0, lt=math.inf)] = 0.3
    width: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    longest: Annotated[float, Field(gt=0, le=1)] = 0.05
    settling: Annotated[float, Field(ge=0, lt=1)] = 0.5

    _centre: Any = None
    _trial: Any = 1
    _sign: Any = 1
    _first: Any = None

    def begin(self) -> None:
        """Start at the first terms."""
        self._centre = self.allowed(self.start)
        self._trial, self._first = 1, None
        self._sign = 1 if self.rng.random() < 0.5 else -1

    @property
    def settled(self) -> float:
        """The terms around which it tries."""
        centre: float = self._centre
        return centre

    def terms(self) -> float:
        """Return the terms to try next."""
        side = self._sign if self._first is None else -self._sign
        return self.allowed(self._centre + side * self.width / self._trial**0.101)

    def learn(self, report: Report) -> None:
        """Note the first trial of a pair; after the second step uphill."""
        earned = (report.terms, report.settled_profit(self.settling))
        if self._first is None:
            self._first = earned
            return
        apart = self._first[0] - earned[0]
        if apart:
            step = self.gain / (self._trial + 1) ** 0.602 * (self._first[1] - earned[1]) / apart
            self._centre = self.allowed(self._centre + min(max(step, -self.longest), self.longest))
        self._trial, self._first = self._trial + 1, None
        self._sign = 1 if self.rng.random() < 0.5 else -1
