"""Division of the pot by Myerson values."""

from ...arrays import FloatArray
from ..values import myerson_value, shapley
from .mechanism import MECHANISMS, Market, Owner
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class MyersonDivision(PotDivision):
    """Each owner pays once for its improvement; the pot is divided by the Myerson values of the gains.

    Only owners who are connected by links can train together: federations in a graph of who may train with whom.

    Parameters
    ----------
    links
        Pairs of owners, counted from 0, who may; None: everybody with everybody. Owners whom a market does not have are passed
        over.

    Examples
    --------
    Two like owners; the first enters a copy.

    >>> MyersonDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [-0.04, 0.04]
    """

    source = "Myerson (1977), Graphs and Cooperation in Games"

    links: tuple[tuple[Owner, Owner], ...] | None = None

    def parts(self, market: Market) -> FloatArray:
        """Return the Myerson values of each owner's identities."""
        return only_gains(market, _myerson(self.links, market))


def _myerson(links: tuple[tuple[int, int], ...] | None, market: Market) -> FloatArray:
    """Return Myerson values by class; all may work together where no links are given."""
    if links is None:
        return shapley(market.game)
    group = {owner: int(market.group[owner]) for owner in range(market.n) if market.present[owner]}
    return myerson_value(market.game, [(group[a], group[b]) for a, b in links if a in group and b in group and a != b])
