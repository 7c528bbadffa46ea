"""Division of the pot by what the joint model would lose."""

from ...arrays import FloatArray
from ..values import leave_one_out
from .mechanism import MECHANISMS, Market
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class LeaveOneOutDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by what the joint model would lose without each identity.

    A copy makes its original dispensable, so copying loses a party its part. So does another party whose data is the same. An
    identity without which the model were better has no part.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> from potluck.mechanisms import Market
    >>> LeaveOneOutDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.3, -0.3]
    """

    source = "Ghorbani & Zou (2019), Data Shapley, Section 2 (leave-one-out)"

    def parts(self, market: Market) -> FloatArray:
        """Return the leave-one-out values of each party's identities."""
        return only_gains(market, leave_one_out(market.game))
