"""How much of its data a player would hide, and what that costs the platform: Algorithm 1 for markets that grow.

Setting: types are whole numbers of data units and Q(t) = t; everybody who takes part receives the pooled model; who reports less
than it has may still use its own model; v_i = (Σ q_j)^α q_i with -1 ≤ α < 0. The largest payment of a type then depends only on
that type and on how much data the others have together.

Source: Mechanism Design for Multi-Party Machine Learning, Section 6.2 and Appendix A.1. Payments are shortest paths over negative
weights. Hides that still leave the player with the pooled model never bind, so only long ones are compared: those are Monge while
(n - 1)(report + others) ≤ |α| type, and a monotone queue finds them; the few others are compared one by one.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ...arguments import validated
from ...arrays import FloatArray, IntArray

Convention: TypeAlias = Literal["A", "B"]

STRICT = 1e-12
"""Of the pooled worth: sums of a few terms; far smaller losses than `arrays.ROUND_OFF` are real, and decide the boundary."""
MAX_PROFILES = 5_000_000


@dataclass(frozen=True, eq=False)
class HidingColumn:
    """The largest payments that keep every type from hiding, while the others' data is fixed.

    Parameters
    ----------
    growth, players, others
        The market's growth rate α, the number of players, and how much data the others have together.
    first
        The smallest type.
    payments
        Largest payment by type, shape (last + 1,); entries below ``first`` are unused.
    hides_as
        The report that binds each type's payment, shape (last + 1,); -1 where it is staying out.
    """

    growth: float
    players: int
    others: float
    first: int
    payments: FloatArray
    hides_as: IntArray

    def chain(self, data: int) -> list[int]:
        """Return the hides that bind a type's payment: the type, what it would report, what that one would report, ...

        Examples
        --------
        >>> hiding_column(-0.8, last=100).chain(100)
        [100, 71, 51, 36, 26, 19, 14, 10, 7, 5, 4, 3, 2, 1]
        """
        links = [data]
        while self.hides_as[links[-1]] >= self.first and (links[-1] > 0):
            links.append(int(self.hides_as[links[-1]]))
        return links


@validated
def hiding_column(growth: float, last: int, others: float = 0, first: int = 0, players: int = 2) -> HidingColumn:
    """Return the largest payments of types ``first`` .. ``last``, in O(N log N).

    Parameters
    ----------
    growth
        The market's growth rate α, in [-1, 0).
    last, first
        Largest and smallest type, whole numbers, 0 ≤ first ≤ last.
    others
        How much data the other players report together, ≥ 0.
    players
        Number of players, ≥ 2.

    Raises
    ------
    ValueError
        A number is out of range.

    Examples
    --------
    >>> hiding_column(-0.8, last=3).payments.round(4).tolist()
    [0.0, -0.4257, -0.5964, -0.7087]
    """
    from .hiding_kernel import column

    check_growth(growth, players)
    if not 0 <= first <= last:
        raise ValueError(f"types first = {first} .. last = {last}: they must satisfy 0 <= first <= last")
    if not 0 <= others < math.inf:
        raise ValueError(f"others = {others}: it must be a finite amount of data, at least 0")
    payments, hides_as, _ = column(float(growth), float(players - 1), float(others), int(first), int(last))
    return HidingColumn(growth, players, others, first, payments, hides_as)


def hiding_column_by_scan(growth: float, last: int, others: float = 0, first: int = 0, players: int = 2) -> HidingColumn:
    """Return the same as `hiding_column`, comparing every type with every smaller report, in O(N²) and without any structure.

    Examples
    --------
    >>> hiding_column_by_scan(-0.8, last=3).payments.round(4).tolist()
    [0.0, -0.4257, -0.5964, -0.7087]
    """
    check_growth(growth, players)
    rate = float(growth)  # whole numbers have no negative powers
    payments, hides_as = np.zeros(last + 1), np.full(last + 1, -1)
    bounds = truthful_bound(growth, np.arange(last + 1), others, players)
    for data in range(first, last + 1):
        payments[data] = bounds[data]
        reports = np.arange(first, data)
        if len(reports):
            pooled = reports + others
            held = np.maximum(pooled, data)
            gaps = _pooled_worth(growth, data + others, players) - held * (held + (players - 1) * pooled) ** rate
            best = int((payments[reports] + gaps).argmin())
            if payments[reports[best]] + gaps[best] < payments[data]:
                payments[data], hides_as[data] = payments[reports[best]] + gaps[best], reports[best]
    return HidingColumn(growth, players, others, first, payments, hides_as)


def truthful_bound(growth: float, data: FloatArray | IntArray, others: float, players: int = 2) -> FloatArray:
    """Return what types gain by taking part, n^α T^(1+α) - t (t + (n - 1) c)^α: individual rationality's bound on payments.

    Examples
    --------
    >>> truthful_bound(-0.5, np.array([0, 1]), others=1).round(4).tolist()
    [0.7071, 0.2929]
    """
    own = np.asarray(data, dtype=np.float64)
    total = own + (players - 1) * others
    alone = np.where(own > 0, own * np.where(total > 0, total, 1.0) ** growth, 0.0)
    return np.asarray(_pooled_worth(growth, own + others, players) - alone)


def _pooled_worth(growth: float, total: FloatArray | IntArray | float, players: int) -> FloatArray:
    amount = np.asarray(total, dtype=np.float64)
    return np.where(amount > 0, float(players) ** growth * np.where(amount > 0, amount, 1.0) ** (1 + growth), 0.0)


@dataclass(frozen=True, eq=False)
class Disparity:
    """How far data sizes may be apart while a desirable mechanism exists.

    Parameters
    ----------
    largest
        The largest D/ε for which one exists; None if none failed up to ``searched``.
    searched
        The largest type looked at.
    profile
        The first profile of types at which revenue must be negative; empty if there is none.
    revenue
        The largest revenue there, negative by what is missing; nan if it need never be negative.
    chain
        The hides that bind the payment of the largest player there.
    """

    largest: int | None
    searched: int
    profile: tuple[int, ...]
    revenue: float
    chain: tuple[int, ...]


@validated
def largest_disparity(growth: float, convention: Convention = "A", players: int = 2, limit: int = 1_000_000) -> Disparity:
    """Return the largest data disparity at which a desirable mechanism exists (Figure 3), from one column of payments.

    Revenue is negative first where one player has all it can have and the others the least possible. For two players this was
    checked over all cells of small grids; `largest_disparity_by_enumeration` checks it for more.

    Parameters
    ----------
    growth
        The market's growth rate α, in [-1, 0).
    convention
        ``A``: types 0, 1, ..., D as printed (ε = 1). ``B``: types 1, ..., D, since ε is also said to be the smallest size.
    players
        Number of players, ≥ 2.
    limit
        The largest type to look at.

    Raises
    ------
    ValueError
        A number is out of range.

    Examples
    --------
    >>> found = largest_disparity(-0.7)
    >>> found.largest, found.profile, found.chain
    (38, (39, 0), (39, 23, 14, 8, 5, 3, 2, 1))
    >>> largest_disparity(-0.7, "B").largest
    1223
    """
    first = _smallest(convention)
    others = first * (players - 1)
    last = min(256, limit)
    while True:
        column = hiding_column(growth, last, others, first, players)
        sizes = np.arange(first, last + 1)
        rest = _smallest_players_pay(growth, first, sizes, players)
        revenue = column.payments[first:] + (players - 1) * rest
        failed = np.flatnonzero(revenue < -STRICT * _pooled_worth(growth, sizes + others, players))
        if len(failed):
            data = int(sizes[failed[0]])
            profile = (data, *[first] * (players - 1))
            return Disparity(data - 1, last, profile, float(revenue[failed[0]]), tuple(column.chain(data)))
        if last >= limit:
            return Disparity(None, last, (), math.nan, ())
        last = min(4 * last, limit)


def _smallest_players_pay(growth: float, first: int, largest: IntArray, players: int) -> FloatArray:
    """Return the payment of a player of the smallest type: nothing is below it, so only staying out binds."""
    others = largest + (players - 2) * first
    own = np.full(len(largest), float(first))
    alone = own * (own + (players - 1) * others) ** growth if first else np.zeros(len(largest))
    return np.asarray(_pooled_worth(growth, others + own, players) - alone)


@validated
def largest_disparity_by_enumeration(growth: float, convention: Convention = "A", players: int = 2, limit: int = 40) -> Disparity:
    """Return the same as `largest_disparity` from the revenue of all profiles of types up to ``limit``.

    Raises
    ------
    ValueError
        A number is out of range, or there are more than five million profiles.

    Examples
    --------
    >>> largest_disparity_by_enumeration(-0.8, players=3).profile
    (10, 0, 0)
    """
    first = _smallest(convention)
    count = math.comb(limit - first + players, players)
    if count > MAX_PROFILES:
        raise ValueError(f"{players} players with types up to {limit} have {count} profiles, more than {MAX_PROFILES}")
    columns = [hiding_column(growth, limit, others, first, players) for others in range((players - 1) * limit + 1)]
    paid = np.array([column.payments for column in columns])
    combinations = itertools.combinations_with_replacement(range(first, limit + 1), players)
    profiles = np.fromiter(itertools.chain.from_iterable(combinations), dtype=np.int64).reshape(-1, players)[:, ::-1]
    total = profiles.sum(axis=1)
    revenue = sum(paid[total - profiles[:, i], profiles[:, i]] for i in range(players))
    failed = np.flatnonzero(revenue < -STRICT * _pooled_worth(growth, total, players))
    if not len(failed):
        return Disparity(None, limit, (), math.nan, ())
    worst = failed[np.lexsort((total[failed], profiles[failed, 0]))[0]]
    profile = tuple(int(data) for data in profiles[worst])
    chain = columns[sum(profile[1:])].chain(profile[0])
    return Disparity(profile[0] - 1, limit, profile, float(revenue[worst]), tuple(chain))


def _smallest(convention: Convention) -> int:
    if convention not in {"A", "B"}:
        raise ValueError(f"convention = {convention!r}: it must be 'A' (types from 0) or 'B' (types from 1)")
    return 0 if convention == "A" else 1


def check_growth(growth: float, players: int) -> None:
    """Raise ValueError unless the market grows, players compete in it, and there are at least two of them."""
    if not -1 <= growth < 0:
        raise ValueError(f"growth = {growth}: it must be at least -1 and below 0, where players compete and the market grows")
    if players < 2:
        raise ValueError(f"players = {players}: there must be at least 2")
