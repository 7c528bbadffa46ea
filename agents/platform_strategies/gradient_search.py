"""A learner that climbs its profit by small trials up and down."""

import math
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, Report


@dataclass(frozen=True)
class Trials:
    """The terms around which it tries, the pair of trials and its first side, what the first of the pair earned, what is allowed.

    ``first`` is the terms and the mean profit of the first trial, None before it.
    """

    centre: float
    trial: int
    sign: int
    first: tuple[float, float] | None
    allowed: Outlook


@PLATFORM_STRATEGIES.register
class GradientSearch(PlatformStrategy[Trials]):
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
    >>> rule, rng = GradientSearch(start=0.9), np.random.default_rng(0)
    >>> state = rule.begin(Outlook(), rng)
    >>> for _ in range(200):
    ...     alpha = rule.terms(state)
    ...     state = rule.learn(state, Report(alpha, np.array([alpha * (0.6 - alpha)]), np.ones(1)), rng)
    >>> round(state.centre, 2)
    0.3
    """

    source = "Kiefer & Wolfowitz (1952); gains: Spall (1998), simultaneous perturbation, in one dimension"

    start: Annotated[float, Field(ge=0, le=1)] = 0.9
    gain: Annotated[float, Field(gt=0, lt=math.inf)] = 0.3
    width: Annotated[float, Field(gt=0, le=0.5)] = 0.03
    longest: Annotated[float, Field(gt=0, le=1)] = 0.05
    settling: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Trials:
        """Start at the first terms."""
        allowed = Outlook(outlook.low, outlook.high)
        return Trials(allowed.nearest(self.start), 1, _side(rng), None, allowed)

    def terms(self, state: Trials) -> float:
        """Return the terms to try next."""
        side = state.sign if state.first is None else -state.sign
        return state.allowed.nearest(state.centre + side * self.width / state.trial**0.101)

    def learn(self, state: Trials, report: Report, rng: np.random.Generator) -> Trials:
        """Note the first trial of a pair; after the second step uphill."""
        earned = (report.terms, report.settled_profit(self.settling))
        if state.first is None:
            return replace(state, first=earned)
        centre, apart = state.centre, state.first[0] - earned[0]
        if apart:
            step = self.gain / (state.trial + 1) ** 0.602 * (state.first[1] - earned[1]) / apart
            centre = state.allowed.nearest(centre + min(max(step, -self.longest), self.longest))
        return Trials(centre, state.trial + 1, _side(rng), None, state.allowed)


def _side(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1
