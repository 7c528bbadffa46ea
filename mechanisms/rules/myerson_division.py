"""Division of the pot by Myerson values."""

import itertools

import numpy as np

from ...arrays import FloatArray, IntArray
from ..coalitions.games import ClassGame
from ..values import myerson_value, shapley
from .mechanism import MECHANISMS, Market, Owner
from .pot_division import PotDivision, gains_of_owners, only_gains


@MECHANISMS.register
class MyersonDivision(PotDivision):
    """Each party pays once for its improvement; the pot is divided by the Myerson values of the gains.

    Only parties who are connected by links can train together: federations in a graph of who may train with whom.

    Parameters
    ----------
    links
        Pairs of parties, counted from 0, who may; None: everybody with everybody. Parties whom a market does not have are passed
        over.

    Examples
    --------
    Two like parties; the first enters a copy.

    >>> MyersonDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.04, 0.04]
    """

    source = "Myerson (1977), Graphs and Cooperation in Games"

    links: tuple[tuple[Owner, Owner], ...] | None = None

    def parts(self, market: Market) -> FloatArray:
        """Return the Myerson values of each party's identities; Shapley values where all may work together."""
        return only_gains(market, shapley(market.game)) if self.links is None else gains_of_owners(market, self._values)

    def _values(self, game: ClassGame, whose: IntArray) -> FloatArray:
        classes = {owner: np.flatnonzero(whose == owner).tolist() for owner in np.unique(whose[whose >= 0]).tolist()}
        alike = [pair for own in classes.values() for pair in itertools.combinations(own, 2)]
        for one, other in {link for link in self.links or () if link[0] != link[1]}:
            alike += itertools.product(classes.get(one, ()), classes.get(other, ()))
        return myerson_value(game, alike)
