"""Division of the pot by Owen values."""

import numpy as np

from ...arrays import FloatArray, IntArray
from ..coalitions.games import ClassGame
from ..values import owen_value
from .mechanism import MECHANISMS, Market, Owner
from .pot_division import PotDivision, gains_of_owners


@MECHANISMS.register
class OwenDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by the Owen values of the gains.

    A party with its copies is a union, and so are parties who are named together: a union is treated as one, so that copies draw
    nothing from others but what the union's own data is worth.

    Parameters
    ----------
    unions
        Parties, counted from 0, who act together; whoever is in none is one alone. Parties whom a market does not have are passed
        over.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> OwenDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    """

    source = "Owen (1977), Values of games with a priori unions"

    unions: tuple[tuple[Owner, ...], ...] = ()

    def parts(self, market: Market) -> FloatArray:
        """Return the Owen values of each party's identities."""
        return gains_of_owners(market, self._values)

    def _values(self, game: ClassGame, whose: IntArray) -> FloatArray:
        return owen_value(game, [np.flatnonzero(np.isin(whose, union)).tolist() for union in self.unions])
