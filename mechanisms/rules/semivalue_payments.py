"""Rules under which every identity is paid a value of its own, whatever the pot."""

from abc import ABC, abstractmethod

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from .mechanism import Market, Mechanism, Settlement


class SemivaluePayments(Mechanism, ABC):
    """Each party pays once for its improvement; every identity is paid its value of the gains, not normalised. Write `value`.

    A semivalue weighs what an identity adds by the size of the coalition it joins. What is paid out is the sum of the values, at
    the market's price, whatever was paid in: the platform gains or loses the difference. `potluck audit` says on which games
    copies cannot pay (Han et al. 2022, eq. 6), and what is handed out at most.

    Examples
    --------
    >>> from potluck.mechanisms import semivalue
    >>> class FirstOnly(SemivaluePayments):
    ...     def value(self, game):
    ...         return semivalue(game, [1.0] + [0.0] * (game.n - 1))
    >>> FirstOnly().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-1.1, -0.4]
    """

    @abstractmethod
    def value(self, game: ClassGame) -> FloatArray:
        """Return the value of one identity of each class, shape (c,)."""

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and per party its improvement less its identities' values."""
        received = market.price * market.by_owner(self.value(market.game))
        return Settlement(rewards=market.joint_model(), payments=market.improvement - received)
