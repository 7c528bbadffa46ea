"""Audits: whether a market rule keeps what it promises, with the slack and, where it fails, what shows it."""

from dataclasses import dataclass

import numpy as np

from ...arguments import validated
from ..rules.mechanism import Market, Mechanism, Settlement


@dataclass(frozen=True)
class Audit:
    """The outcome of an audit.

    Parameters
    ----------
    promise
        What was audited.
    holds
        Whether the rule keeps it here.
    slack
        How much room is left; negative by as much as the promise is broken.
    note
        What was found, in a line.
    """

    promise: str
    holds: bool
    slack: float
    note: str


@validated
def check_settlement(mechanism: Mechanism, market: Market, settlement: Settlement) -> None:
    """Raise if a settlement cannot be carried out: wrong shapes, numbers that are not finite, or money from the absent.

    Raises
    ------
    ValueError
        One line that names the rule, the field and the party.
    """
    everybody = bool(market.present.all())
    for field in ("rewards", "payments"):
        array = np.asarray(getattr(settlement, field), dtype=np.float64)
        if array.shape != (market.n,):
            raise ValueError(f"{mechanism}: {field} must have shape ({market.n},), an entry a party, not {array.shape}")
        if not np.isfinite(array).all():
            owner = int(np.flatnonzero(~np.isfinite(array))[0])
            raise ValueError(f"{mechanism}: {field} must be finite, but party {owner} has {array[owner]}")
        if not everybody and len(absent := np.flatnonzero((array != 0) & ~market.present)):
            raise ValueError(f"{mechanism}: party {absent[0]} stays out, but its {field} are {array[absent[0]]}, not 0")


@validated
def audit_money(mechanism: Mechanism, market: Market, tolerance: float = 1e-9) -> Audit:
    """Check that a rule's payments add up to what it promises to keep or to hand out.

    Parameters
    ----------
    mechanism, market
        The rule, and the round it settles.
    tolerance
        How much round-off is allowed, relative to the money that moves (at least absolute).

    Raises
    ------
    ValueError
        The settlement cannot be carried out at all (see `check_settlement`).

    Examples
    --------
    >>> from potluck.mechanisms import Market, ReplicationRobustDivision
    >>> market = Market.of([[0, 0.7], [0.7, 1]])
    >>> audit_money(ReplicationRobustDivision(), market).holds
    True
    >>> audit_money(ReplicationRobustDivision(division="printed"), market).note
    'revenue -0.36; the rule promises nothing about it'
    """
    return audit_settlement(mechanism, market, mechanism.settle(market), tolerance)


@validated
def audit_settlement(mechanism: Mechanism, market: Market, settlement: Settlement, tolerance: float = 1e-9) -> Audit:
    """Check the payments of a settlement that the rule has made of a market; as `audit_money`, which settles it first.

    Raises
    ------
    ValueError
        The settlement cannot be carried out at all (see `check_settlement`).
    """
    check_settlement(mechanism, market, settlement)
    low, high = mechanism.revenue_range(market)
    revenue = market.total(settlement.payments)
    slack = min(revenue - low, high - revenue)
    allowed = tolerance * (market.total(np.abs(settlement.payments)) + abs(market.platform_worth))
    if low == -np.inf and high == np.inf:
        promised = "the rule promises nothing about it"
    elif low == high:
        promised = f"promised {low:.6g}"
    else:
        promised = f"promised between {low:.6g} and {high:.6g}"
    return Audit("money adds up", bool(slack >= -allowed), float(slack), f"revenue {revenue:.6g}; {promised}")
