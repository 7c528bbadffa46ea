"""Shapley division that marks down identities whose data is alike."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from ..values import shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class SimilarityWeighted(Mechanism):
    """Each party pays once for its improvement; the pot is divided by Shapley values marked down for alike data.

    An identity's part of the pot is its share of the Shapley value times exp(-λ · the summed similarity to all other identities)
    (Agarwal, Dahleh & Sarkar 2019, Robust-Shapley). Selling is apart from buying there: a party buys the joint model once, and
    its identities enter as sellers, so that a copy costs nothing. What the marking down leaves undivided stays with the platform.

    Parameters
    ----------
    decay
        λ ≥ 0. The default ln 2 halves a part for every copy; 0 is plain Shapley division of the pot.

    Notes
    -----
    Copies do not pay, but honest parties whose data is alike lose too, and the rule does not balance.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> market = Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])
    >>> SimilarityWeighted(decay=0).settle(market).payments.round(3).tolist()
    [-0.04, 0.04]
    >>> SimilarityWeighted().settle(market).payments.round(3).tolist()
    [0.13, 0.04]
    """

    source = "Agarwal, Dahleh & Sarkar (2019), A Marketplace for Data: An Algorithmic Solution, Robust-Shapley"

    decay: Annotated[float, Field(ge=0, lt=math.inf)] = math.log(2)

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and per party its improvement less its identities' parts of the pot."""
        paid = market.improvement
        if market.game.grand == 0:
            return Settlement(rewards=market.joint_model(), payments=paid)
        share = market.by_owner(shapley(market.game)) / market.game.grand
        received = market.total(paid) * share * np.exp(-self.decay * self._likeness(market))
        return Settlement(rewards=market.joint_model(), payments=paid - received)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return what can stay undivided: between nothing and the pot, as long as no Shapley value is negative."""
        pot = market.total(market.improvement)
        if market.game.grand <= 0 or np.min(shapley(market.game)) < 0:
            return super().revenue_range(market)
        return (min(pot, 0.0), max(pot, 0.0))

    @staticmethod
    def _likeness(market: Market) -> FloatArray:
        """Return how alike an identity of each party is to all other identities together, shape (n,)."""
        own_copies = np.asarray(market.entries - 1, dtype=np.float64)
        if market.similarity is None:
            return own_copies
        between = market.similarity - np.diag(np.diagonal(market.similarity))
        return own_copies + between @ (market.multiplicity * market.entries)
