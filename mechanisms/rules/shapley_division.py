"""Plain Shapley division."""

from ..values import closest_shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class ShapleyDivision(Mechanism):
    """The platform hands out the joint model's worth by Shapley values; everybody present gets the model.

    The exploitable baseline. The Shapley value is fair between identities, and a copy is an identity like any other: entering
    copies draws value from the others to their owner.

    Examples
    --------
    Two like parties share evenly until the first enters a copy.

    >>> from potluck.mechanisms import Market
    >>> ShapleyDivision().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [-0.5, -0.5]
    >>> ShapleyDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.567, -0.433]
    """

    source = "Shapley (1953); Ghorbani & Zou (2019), Data Shapley"

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and minus the Shapley values of each party's identities."""
        values, errors = closest_shapley(market.game)
        off_by = abs(market.price) * market.by_owner(errors) if errors.any() else None
        return Settlement(market.joint_model(), -market.price * market.by_owner(values), off_by)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return minus the joint model's worth: all of it is handed out."""
        return (-market.platform_worth, -market.platform_worth)
