"""Rules under which parties pay once for what they gain, and share the pot."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from ...arrays import FloatArray, IntArray
from ..coalitions.games import ClassGame
from .mechanism import Market, Mechanism, Settlement


class PotDivision(Mechanism, ABC):
    """Each party pays once for its improvement; the pot is divided in proportion to the parts a rule names. Write `parts`.

    Selling is apart from buying: a party buys the joint model once, and its identities enter as sellers, so that a copy costs
    nothing. Where no part is above 0, everybody gets its payment back.

    Examples
    --------
    >>> class PerIdentity(PotDivision):
    ...     def parts(self, market):
    ...         return market.entries.astype(float)
    >>> PerIdentity().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.1, 0.1]
    """

    @abstractmethod
    def parts(self, market: Market) -> FloatArray:
        """Return how the pot is divided among the parties, numbers of 0 or more in any unit, shape (n,)."""

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and per party its improvement less its part of the pot."""
        paid = market.improvement
        parts = self.parts(market)
        whole = market.total(parts)
        received = market.total(paid) * (parts / whole) if whole > 0 else paid
        return Settlement(rewards=market.joint_model(), payments=paid - received)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0: the pot is handed out."""
        return (0.0, 0.0)


def only_gains(market: Market, values: FloatArray) -> FloatArray:
    """Return a party's part from values of identities by class, (c,) -> (n,); who harms on balance has a part of 0."""
    return market.by_owner(np.maximum(values, 0.0))


def gains_of_owners(market: Market, value: Callable[[ClassGame, IntArray], FloatArray]) -> FloatArray:
    """Return parties' parts, (n,), by a value for which it matters who is who; who harms on balance has a part of 0.

    ``value`` gets the identities' game with a class a party, be others like it or not, and the entry of each of its classes, -1
    for an empty one.
    """
    here, classes = np.flatnonzero(market.present), len(market.game.sizes)
    if market.game.structure is not None and len(np.unique(market.group[here])) == int(market.multiplicity[here].sum()):
        owners = np.full(classes, -1)
        owners[market.group[here]] = here
        return only_gains(market, value(market.game, owners))
    whose = np.repeat(np.flatnonzero(market.present), market.multiplicity[market.present])
    parts = np.zeros(market.n)
    if len(whose):
        into = np.eye(len(market.game.sizes), dtype=np.int64)[market.group[whose]]
        game = ClassGame.lazy(market.entries[whose].tolist(), lambda counts: market.game.worths(counts @ into))
        parts[whose] = market.entries[whose] * np.maximum(value(game, whose), 0.0)
    return parts
