"""Division of the pot by the tau value."""

import numpy as np

from ...arrays import FloatArray
from ..values import has_tau_value, tau_value
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class TauDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by the tau value of the gains.

    Where claims at least and at most do not enclose the joint model's worth there is no tau value, and everybody gets its payment
    back: where somebody alone is worth more than all would lose without it, as where many hold like data, that is known of any
    number of parties. Otherwise it is worked out for at most 16384 different coalitions.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> TauDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    """

    source = "Tijs (1981)"

    def parts(self, market: Market) -> FloatArray:
        """Return the tau values of each party's identities."""
        return only_gains(market, _tau(market))


def _tau(market: Market) -> FloatArray:
    """Return tau values by class; nothing for anybody where there are none."""
    if not has_tau_value(market.game):
        return np.zeros(len(market.game.sizes))
    return tau_value(market.game)
