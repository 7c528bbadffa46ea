"""Division of the pot by the nucleolus."""

from ...arrays import FloatArray
from ..values import nucleolus
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class NucleolusDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by the nucleolus of the gains.

    The nucleolus makes the largest complaint of any coalition as small as can be, then the next. It is worked out for at most
    16384 different coalitions. An identity whose part is negative has none.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> NucleolusDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.1, 0.1]
    """

    source = "Schmeidler (1969)"

    def parts(self, market: Market) -> FloatArray:
        """Return the nucleolus of each party's identities."""
        return only_gains(market, nucleolus(market.game))
