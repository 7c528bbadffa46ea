"""Division of the pot by Banzhaf values."""

import math
from typing import Literal

from ...arrays import FloatArray
from ..values import banzhaf
from .mechanism import MECHANISMS, Market, Settlement
from .pot_division import PotDivision, only_gains
from .robust_banzhaf import RobustBanzhaf


@MECHANISMS.register
class BanzhafDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by the Banzhaf values of the gains.

    The Banzhaf value is what an identity adds when all others are in or out by the toss of a coin.

    Parameters
    ----------
    form
        ``normalised``: the pot is divided in proportion to the values, an identity whose value is negative having no part; money
        balances, but the robustness to copies that the value is known for is lost. ``unnormalised``: every identity is paid its
        value, at the market's price, whatever the pot, as under `RobustBanzhaf`; money does not balance.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> from potluck.mechanisms import Market
    >>> BanzhafDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.033, 0.033]
    """

    source = "Banzhaf (1965); Wang & Jia (2023), Data Banzhaf"

    form: Literal["normalised", "unnormalised"] = "normalised"

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and per party its improvement less its part of the pot, or its value."""
        if self.form == "normalised":
            return super().settle(market)
        return RobustBanzhaf().settle(market)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0 for the normalised form; the other promises nothing."""
        return super().revenue_range(market) if self.form == "normalised" else (-math.inf, math.inf)

    def parts(self, market: Market) -> FloatArray:
        """Return the Banzhaf values of each party's identities."""
        return only_gains(market, banzhaf(market.game))
