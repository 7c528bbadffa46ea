"""The platform as a member of the coalition."""

import numpy as np

from ...arguments import validated
from ...papers import FAIR_VALUE
from ..coalitions.games import ClassGame
from ..values import beta_shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement


@MECHANISMS.register
class PlatformCoalition(Mechanism):
    """The platform counts as one more party, without whom data is worth nothing, and everybody gets its Shapley value.

    With n identities and the platform, an identity gets φ_i = Σ_S (v(S + i) - v(S)) / ((n + 1) C(n, |S| + 1)) over the coalitions
    S of the others, and the platform keeps φ_p = Σ_S v(S) / ((n + 1) C(n, |S|)) over all coalitions (fair value of data,
    Theorem 1, eq. 5, 6). φ_i is half the Beta(1, 2)-Shapley value.

    Notes
    -----
    Eq. 5 runs over S ⊆ [N]; the print has ⊂, with which the shares would not sum to the value. Nor are the shares unique under
    the axioms as printed, which never compare a user with the platform: (1 - b) v for it and b times the Shapley values for the
    users meet them for every b. Here axiom A.i is read as covering the platform too. Charges for negative values are not cut off.

    In the paper the users are only paid. Here everybody present also receives the joint model; preferences decide what that is
    worth to them.

    Examples
    --------
    Example 1 of the paper without noise, eq. 11: the users get 2/9 each, the platform keeps 5/9.

    >>> from potluck.mechanisms import Market
    >>> market = Market.of([[0, 2 / 3], [2 / 3, 1]])
    >>> PlatformCoalition().settle(market).payments.round(4).tolist()
    [-0.2222, -0.2222]
    >>> round(platform_value(market.game), 4)
    0.5556
    """

    source = FAIR_VALUE.at("Theorem 1, eq. 5, 6")

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and minus φ_i summed over each party's identities."""
        received = market.price * market.by_owner(beta_shapley(market.game, alpha=1, beta=2) / 2)
        return Settlement(rewards=market.joint_model(), payments=0.0 - received)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return what the platform keeps, φ_p, less the joint model's worth: the rest is handed out."""
        handed_out = market.price * (market.game.grand - platform_value(market.game))
        return (-handed_out, -handed_out)


@validated
def platform_value(game: ClassGame) -> float:
    """Return the platform's Shapley value when it joins the players and no coalition is worth anything without it.

    Parameters
    ----------
    game
        What coalitions of the other players are worth with the platform.

    Examples
    --------
    >>> round(platform_value(ClassGame([0, 2 / 3, 1])), 4)
    0.5556
    """
    return float(game.grand - np.array(game.sizes) @ beta_shapley(game, alpha=1, beta=2) / 2) if game.n else 0.0
