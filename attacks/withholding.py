"""Entering less than one has: a share, next to nothing, or nothing."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from ..models.tasks import Holding
from ..papers import MULTI_PARTY
from .accounts import Account
from .attack import ATTACKS, Attack, Interval
from .expressible import NotExpressible
from .scheme import Scheme


def entering(scheme: Scheme, party: int, share: float) -> Scheme:
    """Return the scheme in which each account of a party enters only this share of what it did, rows rounded up.

    Raises
    ------
    NotExpressible
        The party enters portions, of which a share above 0 leaves everything or nothing.
    """

    def less(account: Account) -> Iterable[Account]:
        if scheme.portioned and share > 0:
            entries = math.ceil(round(share * account.entries, 9))
            if entries == account.entries:
                raise NotExpressible(f"{account.entries} portions leave no share of {share:g} to enter")
            yield replace(account, entries=entries)
            return
        rows = account.rows
        if rows is not None:
            kept = math.ceil(round(share * len(rows), 9))
            rows = Holding(rows.inputs[:kept], rows.targets[:kept])
        spans = tuple((p, low, low + share * (high - low)) for p, low, high in account.spans) if share > 0 else ()
        yield replace(account, rows=rows, spans=spans)

    return scheme.changed(party, less)


@ATTACKS.register
class Withhold(Attack):
    """Hold back a share of one's data, and use what one has of it oneself.

    Parameters
    ----------
    share
        The share held back, in (0, 1): the last rows, where there are rows.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> Withhold(0.25).on(QualityCurve(sizes=[2, 2], curve="linear")).market.alone.tolist()
    [1.5, 2.0]
    """

    source = MULTI_PARTY.at("Section 2 (reports t' <= t)")
    ranges: ClassVar = {"share": Interval(0.1, 0.9, 5, beyond=(0.0, 1.0))}

    share: Annotated[float, Field(gt=0, lt=1)] = 0.5

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Shorten what the attacker's accounts enter."""
        return entering(scheme, attacker, 1 - self.share)


@ATTACKS.register
class FreeRide(Attack):
    """Enter a tiny or empty set, and be there when models are handed out.

    Parameters
    ----------
    share
        The share of one's data that is entered all the same, in [0, 0.2]; rows are rounded up.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> market = FreeRide().on(CoalitionValues([0, 0.7, 0.7, 1])).market
    >>> market.entries.tolist(), market.alone.tolist()
    ([1, 1], [0.0, 0.7])
    """

    source = "original (a party next to no data)"
    ranges: ClassVar = {"share": Interval(0.0, 0.2, 3)}

    share: Annotated[float, Field(ge=0, le=0.2)] = 0.0

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Leave next to nothing of what the attacker's accounts enter."""
        return entering(scheme, attacker, self.share)


@ATTACKS.register
class StayOut(Attack):
    """Enter nothing and ask for nothing.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> StayOut().on(CoalitionValues([0, 0.7, 0.7, 1])).market.entries.tolist()
    [0, 1]
    """

    source = MULTI_PARTY.at("Definition 4 (the outside option)")

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Take all of the attacker's accounts out."""
        return scheme.without_names(attacker)
