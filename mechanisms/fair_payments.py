"""Fair α-payments."""

from typing import Annotated

from pydantic import Field

from .mechanism import MECHANISMS, Market, Mechanism, Settlement
from .values import shapley


@MECHANISMS.register
class FairPayments(Mechanism):
    """The platform pays each identity the share α of its Shapley value and keeps the rest.

    The only payments that treat users alike who contribute alike, pay nothing for nothing, hand out α of the platform's value
    and add up over sums of values (fair value of data, Theorem 2, eq. 12). The theorem's axioms need ⊆ where the print has ⊂, and
    a value of 0 where nobody contributes. Negative Shapley values give charges; they are not cut off at 0.

    Parameters
    ----------
    alpha
        Share of the value that the platform hands out, in [0, 1].

    Notes
    -----
    In the paper the users are only paid. Here everybody present also receives the joint model; preferences decide what that is
    worth to them.

    Examples
    --------
    Example 1 of the paper without noise: two users whose data is worth 2/3 alone and 1 together, eq. 13 at α = 1.

    >>> from potluck.mechanisms import Market
    >>> FairPayments(alpha=1).settle(Market.of([[0, 2 / 3], [2 / 3, 1]])).payments.tolist()
    [-0.5, -0.5]
    """

    source = "The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated Learning, Theorem 2, eq. 12"
    platform_owns_value = True

    alpha: Annotated[float, Field(ge=0, le=1)] = 0.5

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and minus α times the Shapley values of each owner's identities."""
        return Settlement(rewards=market.joint_model(), payments=-self.alpha * market.by_owner(shapley(market.game)))

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return minus α times the joint model's worth."""
        paid_out = self.alpha * market.game.grand
        return (-paid_out, -paid_out)
