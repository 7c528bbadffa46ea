"""Terms that are set once, or by a timetable."""

from typing import Annotated, Any

from pydantic import Field

from .platform_strategy import PLATFORM_STRATEGIES, PlatformStrategy, Report


@PLATFORM_STRATEGIES.register
class FixedTerms(PlatformStrategy):
    """Hand out the same share for ever.

    Parameters
    ----------
    alpha
        The share, in [0, 1].
    """

    source = "The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated Learning, Section 5 (α given)"

    alpha: Annotated[float, Field(ge=0, le=1)] = 0.5

    def terms(self) -> float:
        """Return the share."""
        return self.alpha


@PLATFORM_STRATEGIES.register
class Timetable(PlatformStrategy):
    """Hand out one share after the other, a block each, and stay with the last: an experiment on the users.

    A slow sweep up and down shows hysteresis where the users have several equilibria.

    Parameters
    ----------
    shares
        The shares in order, each in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from .platform_strategy import Outlook
    >>> rule = Timetable([0.2, 0.8]).begun(Outlook(), np.random.default_rng(0))
    >>> rule.learn(Report(0.2, np.zeros(1), np.zeros(1)))
    >>> rule.terms()
    0.8
    """

    source = "original"

    shares: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)] = (0.25, 0.5, 0.75)

    _block: Any = 0

    def begin(self) -> None:
        """Start with the first share."""
        self._block = 0

    def terms(self) -> float:
        """Return the share whose turn it is."""
        share: float = self.shares[min(self._block, len(self.shares) - 1)]
        return share

    def learn(self, report: Report) -> None:
        """Turn to the next share."""
        self._block += 1
