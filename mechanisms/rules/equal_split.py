"""Equal division."""

import numpy as np

from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class EqualSplit(Mechanism):
    """The platform hands out the joint model's worth in equal parts, one an identity; everybody present gets the model.

    The naive baseline: what an identity brings does not matter, so entering more of them pays.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> EqualSplit().settle(Market.of([[0, 0.6], [0.6, 0.9], [0.6, 0.9]])).payments.round(3).tolist()
    [-0.6, -0.3]
    """

    source = "original (a baseline)"

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and minus an equal part of its worth per identity."""
        share = market.platform_worth / max(1, market.game.n)
        return Settlement(rewards=market.joint_model(), payments=-market.by_owner(np.full(len(market.game.sizes), share)))

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return minus the joint model's worth: all of it is handed out."""
        return (-market.platform_worth, -market.platform_worth)
