"""Payments by the Banzhaf value."""

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..values import banzhaf
from .mechanism import MECHANISMS
from .semivalue_payments import SemivaluePayments


@MECHANISMS.register
class RobustBanzhaf(SemivaluePayments):
    """Each party pays once for its improvement; every identity is paid its Banzhaf value of the gains, not normalised.

    The first copy earns its owner nothing and further ones less, where more data never hurts; `BanzhafDivision`, which hands out
    the pot in proportion to the same values, has lost that. What is handed out may exceed what the joint model is worth.

    Examples
    --------
    Two like parties; the first enters a copy, and has as much as before.

    >>> from potluck.mechanisms import Market
    >>> RobustBanzhaf().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [-0.2, -0.2]
    >>> RobustBanzhaf().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.2, -0.1]
    """

    source = "Banzhaf (1965); Han, Wooldridge, Rogers, Ohrimenko & Tschiatschek (2022); Wang & Jia (2023), Data Banzhaf"

    def value(self, game: ClassGame) -> FloatArray:
        """Return the Banzhaf values."""
        return banzhaf(game)
