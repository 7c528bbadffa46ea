"""Terms that are set once, or by a timetable."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...papers import FAIR_VALUE
from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, Report, Settled


@PLATFORM_STRATEGIES.register
class FixedTerms(PlatformStrategy[Settled]):
    """Hand out the same share for ever.

    Parameters
    ----------
    alpha
        The share, in [0, 1].
    """

    source = FAIR_VALUE.at("Section 5 (α given)")

    alpha: Annotated[float, Field(ge=0, le=1)] = 0.5

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Settled:
        """Settle on the share."""
        return Settled(self.alpha)


@dataclass(frozen=True)
class Page:
    """Which block it is, 0, 1, ..."""

    block: int


@PLATFORM_STRATEGIES.register
class Timetable(PlatformStrategy[Page]):
    """Hand out one share after the other, a block each, and stay with the last: an experiment on the users.

    A slow sweep up and down shows hysteresis where the users have several equilibria.

    Parameters
    ----------
    shares
        The shares in order, each in [0, 1].

    Examples
    --------
    >>> rule, rng = Timetable([0.2, 0.8]), np.random.default_rng(0)
    >>> state = rule.learn(rule.begin(Outlook(), rng), Report(0.2, np.zeros(1), np.zeros(1)), rng)
    >>> rule.terms(state)
    0.8
    """

    source = "original"

    shares: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)] = (0.25, 0.5, 0.75)

    def begin(self, outlook: Outlook, rng: np.random.Generator) -> Page:
        """Start with the first share."""
        return Page(0)

    def terms(self, state: Page) -> float:
        """Return the share whose turn it is."""
        return self.shares[min(state.block, len(self.shares) - 1)]

    def learn(self, state: Page, report: Report, rng: np.random.Generator) -> Page:
        """Turn to the next share."""
        return Page(state.block + 1)
