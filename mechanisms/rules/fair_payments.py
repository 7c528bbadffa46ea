"""Fair α-payments."""

import itertools
import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...papers import FAIR_VALUE
from ..values import closest_shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement

Share = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


@MECHANISMS.register
class FairPayments(Mechanism):
    """The platform pays each identity the share α of its Shapley value and keeps the rest.

    The only payments that treat users alike who contribute alike, pay nothing for nothing, hand out α of the platform's value
    and add up over sums of values (fair value of data, Theorem 2, eq. 12). The theorem's axioms need ⊆ where the print has ⊂, and
    a value of 0 where nobody contributes. Negative Shapley values give charges; they are not cut off at 0 unless a floor says so.

    Parameters
    ----------
    alpha
        Share of the value that the platform hands out, in [0, 1].
    floor
        The least that every party present receives, in units of money; 0 is limited liability: nobody is charged. The platform
        pays the difference, so it hands out at least α of the value and perhaps more than all of it, and the payments are no
        longer those of the theorem. None: no floor.
    schedule
        How the share depends on the joint model's worth U (axiom B.ii allows that): pairs (U, factor), U increasing, factors in
        [0, 1]. The share handed out is α times the factor, which is interpolated linearly, and constant before the first and
        after the last pair. Empty: the share is α whatever U is.

    Notes
    -----
    Users in classes too large to tabulate are paid by `approximate_shapley`, and the settlement says how far off that may be.

    In the paper the users are only paid. Here everybody present also receives the joint model; preferences decide what that is
    worth to them.

    Examples
    --------
    Example 1 of the paper without noise: two users whose data is worth 2/3 alone and 1 together, eq. 13 at α = 1.

    >>> from potluck.mechanisms import Market
    >>> FairPayments(alpha=1).settle(Market.of([[0, 2 / 3], [2 / 3, 1]])).payments.tolist()
    [-0.5, -0.5]

    The second user's data spoils the first's. Without a floor it is charged for that; with one, the platform bears it.

    >>> spoilt = Market.of([[0, -1], [2, 1]])
    >>> FairPayments(alpha=1).settle(spoilt).payments.tolist(), FairPayments(alpha=1, floor=0).settle(spoilt).payments.tolist()
    ([-2.0, 1.0], [-2.0, 0.0])
    """

    source = FAIR_VALUE.at("Theorem 2, eq. 12")

    alpha: Share = 0.5
    floor: Finite | None = None
    schedule: tuple[tuple[Finite, Share], ...] = ()

    def model_post_init(self, context: object, /) -> None:
        """Check that the schedule runs over increasing worths."""
        worths = [worth for worth, _ in self.schedule]
        if any(low >= high for low, high in itertools.pairwise(worths)):
            raise ValueError(f"schedule = {self.schedule}: the worths must increase")

    def share(self, worth: float) -> float:
        """Return the share of the joint model's worth that is handed out, in [0, 1].

        Examples
        --------
        >>> FairPayments(alpha=0.8, schedule=[(0, 0), (1, 0.5)]).share(0.5)
        0.2
        """
        if not self.schedule:
            return self.alpha
        worths, factors = zip(*self.schedule, strict=True)
        return self.alpha * float(np.interp(worth, worths, factors))

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and minus the share of the Shapley values of each party's identities."""
        values, errors = closest_shapley(market.game)
        share = self.share(market.platform_worth) * market.price
        received, off_by = share * market.by_owner(values), abs(share) * market.by_owner(errors)
        if self.floor is not None:
            received = np.where(market.present, np.maximum(received, self.floor), 0.0)
        return Settlement(market.joint_model(), 0.0 - received, off_by if errors.any() else None)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return minus the share of the joint model's worth; with a floor that is the highest, and no lowest is promised."""
        worth = market.platform_worth
        paid_out = self.share(worth) * worth
        return (-paid_out if self.floor is None else -math.inf, -paid_out)
