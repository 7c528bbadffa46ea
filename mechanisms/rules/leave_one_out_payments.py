"""Payments by what the joint model would lose."""

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..values import leave_one_out
from .mechanism import MECHANISMS
from .semivalue_payments import SemivaluePayments


@MECHANISMS.register
class LeaveOneOutPayments(SemivaluePayments):
    """Each party pays once for its improvement; every identity is paid what the joint model would lose without it.

    A copy takes its original's pay and earns none, where copies add nothing; so does another party's like data. Where data
    complement each other the platform pays out as many times what the joint model is worth as there are parties.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> LeaveOneOutPayments().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    >>> LeaveOneOutPayments().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.3, 0.0]
    """

    source = "Ghorbani & Zou (2019), Data Shapley, Section 2; Han, Wooldridge, Rogers, Ohrimenko & Tschiatschek (2022)"

    def value(self, game: ClassGame) -> FloatArray:
        """Return what would be lost without one identity of each class."""
        return leave_one_out(game)
