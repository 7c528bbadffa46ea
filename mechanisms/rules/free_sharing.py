"""Everybody gets the joint model for free."""

import numpy as np

from ...papers import MULTI_PARTY
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class FreeSharing(Mechanism):
    """Everybody present gets the joint model and nobody pays.

    Where nobody is harmed by anybody's better model (also not by its own), this is truthful, individually rational and efficient;
    its revenue is 0, and never negative. Elsewhere it is the baseline that shows who would rather hide data than arm a
    competitor.

    Notes
    -----
    Theorem 4 asks that ∂v_i/∂q_j ≥ 0 for all j; the case j = i is needed too.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> settlement = FreeSharing().settle(Market.of([[0, 0.6], [0.7, 1]]))
    >>> settlement.rewards.tolist(), settlement.payments.tolist()
    ([1.0, 1.0], [0.0, 0.0])
    """

    source = MULTI_PARTY.at("Theorem 4")

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and no payments."""
        return Settlement(rewards=market.joint_model(), payments=np.zeros(market.n))

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0: no money moves."""
        return (0.0, 0.0)
