"""Division of the pot by size."""

from ...arrays import FloatArray
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class ProportionalDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by what each identity's data is worth alone.

    Size-proportional division, where size is measured by the quality of the model that an identity's data gives alone: a market
    rule sees what data is worth, not its rows.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> from potluck.mechanisms import Market
    >>> ProportionalDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.1, 0.1]
    """

    source = "original (a baseline)"

    def parts(self, market: Market) -> FloatArray:
        """Return the stand-alone values of each party's identities."""
        return only_gains(market, market.single_values(market.game))
