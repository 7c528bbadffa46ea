"""Payments by the Robust Shapley value."""

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..values import robust_shapley
from .mechanism import MECHANISMS
from .semivalue_payments import SemivaluePayments


@MECHANISMS.register
class RobustShapley(SemivaluePayments):
    """Each party pays once for its improvement; every identity is paid its Robust Shapley value of the gains.

    Small coalitions, to which a copy still adds when its original is absent, weigh less than in the Shapley value. Copies do not
    pay where data has diminishing returns, nor in any game in which more data never hurts; what the joint model is worth is not
    handed out whole.

    Examples
    --------
    Two like parties; the first enters a copy, and loses by it.

    >>> from potluck.mechanisms import Market
    >>> RobustShapley().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [-0.2, -0.2]
    >>> RobustShapley().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.033, -0.017]
    """

    source = (
        "Han, Wooldridge, Rogers, Ohrimenko & Tschiatschek (2022), Replication Robust Payoff Allocation (Robust Shapley value)"
    )

    def value(self, game: ClassGame) -> FloatArray:
        """Return the Robust Shapley values."""
        return robust_shapley(game)
