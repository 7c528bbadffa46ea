"""Division of the pot by Banzhaf values."""

from ...arrays import FloatArray
from ..values import banzhaf
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class BanzhafDivision(PotDivision):
    """Each owner pays once for its improvement; the pot is divided by the Banzhaf values of the gains.

    The Banzhaf value is what an identity adds when all others are in or out by the toss of a coin. An identity whose value is
    negative has no part.

    Examples
    --------
    Two like owners; the first enters a copy.

    >>> from potluck.mechanisms import Market
    >>> BanzhafDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.033, 0.033]
    """

    source = "Banzhaf (1965); Wang & Jia (2023), Data Banzhaf"

    def parts(self, market: Market) -> FloatArray:
        """Return the Banzhaf values of each owner's identities."""
        return only_gains(market, banzhaf(market.game))
