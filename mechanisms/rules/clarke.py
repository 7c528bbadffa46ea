"""The pivot mechanism of Vickrey, Clarke and Groves, with models to allocate."""

import numpy as np

from ...papers import MULTI_PARTY
from .allocation import Offer, allocate, outside_qualities
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class Clarke(Mechanism):
    """Everybody pays the harm it does to the others by taking part; who does them good is paid for it.

    p_i = Σ_{j≠i} v_j(q(x(∅, t_-i)), t) - Σ_{j≠i} v_j(q(x(t)), t) with efficient allocations x, and x(∅, ·) best for the others.

    Notes
    -----
    Here i's data also makes the models that the others receive, and i keeps a model of its own when it stays out. So payments
    are mostly negative (the platform buys data), and where the others feel i's own model, the pivot depends on i's report: this
    is no Groves scheme then, and need not be truthful.

    Examples
    --------
    Without externalities, each is paid what its data adds to the other's model.

    >>> from potluck.mechanisms import Market
    >>> Clarke().settle(Market.of([[0, 0.6], [0.7, 1]])).payments.round(3).tolist()
    [-0.4, -0.3]
    """

    source = f"Clarke (1971); Groves (1973); with the allocations of {MULTI_PARTY.at('Section 3')}"

    def settle(self, market: Market) -> Settlement:
        """Return the pooled model for those it is allocated to, and everybody's harm to the others."""
        offer = Offer.of(market)
        given = allocate(offer, "all", "efficient")
        worth = market.worth(offer.held(given))
        total = market.total(worth)
        payments = np.zeros(market.n)
        for owner in np.flatnonzero(offer.taking_part).tolist():
            payments[owner] = self._others_alone(offer, owner) - (total - worth[owner])
        return Settlement(rewards=np.where(given, offer.pool, 0.0), payments=payments)

    def _others_alone(self, offer: Offer, owner: int) -> float:
        worth = offer.market.worth(outside_qualities(offer, owner, "participants", "efficient"))
        return offer.market.total(worth) - float(worth[owner])
