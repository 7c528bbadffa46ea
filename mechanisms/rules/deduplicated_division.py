"""Division of the pot after exact copies were taken out."""

import numpy as np

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..values import shapley
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision


@MECHANISMS.register
class DeduplicatedDivision(PotDivision):
    """Each party pays once for its improvement; exact copies are dropped, then the pot is divided by Shapley values.

    The platform compares the data entered and counts a party's equal identities once, so entering exact copies changes
    nothing. Data that is only nearly equal is not recognised.

    Notes
    -----
    A party whose value is negative has no part.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> rule = DeduplicatedDivision()
    >>> rule.settle(Market.of([[0, 0.7], [0.9, 1]])).payments.round(3).tolist()
    [-0.14, 0.14]
    >>> rule.settle(Market.of([[0, 0.7], [0.9, 1], [0.9, 1]])).payments.round(3).tolist()
    [-0.14, 0.14]
    """

    source = "original"

    def parts(self, market: Market) -> FloatArray:
        """Return the Shapley value of one identity of each party, where each party enters one."""
        values = np.maximum(shapley(_without_copies(market)), 0.0)
        parts = np.zeros(market.n)
        parts[market.present] = values[market.group[market.present]]
        return parts


def _without_copies(market: Market) -> ClassGame:
    """Return the game in which every party present enters one identity."""
    owners = np.bincount(
        market.group[market.present], weights=market.multiplicity[market.present], minlength=len(market.game.sizes)
    ).astype(np.int64)
    if (owners == market.game.sizes).all():
        return market.game
    if market.game.structure is not None:
        return ClassGame.structured(owners, market.game.structure)
    return ClassGame(market.game.values[tuple(slice(0, count + 1) for count in owners)])
