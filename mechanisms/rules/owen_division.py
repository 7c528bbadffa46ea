"""Division of the pot by Owen values."""

from ...arrays import FloatArray
from ..values import owen_value
from .mechanism import MECHANISMS, Market, Owner
from .pot_division import PotDivision, only_gains


@MECHANISMS.register
class OwenDivision(PotDivision):
    """Each owner pays once for its improvement; the pot is divided by the Owen values of the gains.

    An owner with its copies is a union, and so are owners who are named together: a union is treated as one, so that copies draw
    nothing from others but what the union's own data is worth.

    Parameters
    ----------
    unions
        Owners, counted from 0, who act together; whoever is in none is one alone. Owners whom a market does not have are passed
        over.

    Examples
    --------
    Two like owners; the first enters a copy.

    >>> OwenDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    """

    source = "Owen (1977), Values of games with a priori unions"

    unions: tuple[tuple[Owner, ...], ...] = ()

    def parts(self, market: Market) -> FloatArray:
        """Return the Owen values of each owner's identities."""
        return only_gains(market, owen_value(market.game, _here(self.unions, market)))


def _here(unions: tuple[tuple[int, ...], ...], market: Market) -> list[list[int]]:
    """Return unions of owners as those of the classes of their identities."""
    present = {owner: int(market.group[owner]) for owner in range(market.n) if market.present[owner]}
    return [[present[owner] for owner in union if owner in present] for union in unions]
