"""Algorithm 1: the payments that raise most while nobody hides data or stays out, or the profile that shows there are none."""

import itertools
import math
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...arguments import validated
from ...arrays import FloatArray, IntArray
from ...papers import MULTI_PARTY
from ...progress import track
from .allocation import AbsentRule, Offer, allocate
from .maximal_exploitation import outside_worth
from .mechanism import MECHANISMS, Market, Mechanism, Settlement
from .setting import Setting

MOST_PROFILES = 200_000
MOST_REPORTS = 256

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class DesirablePayments:
    """What Algorithm 1 finds: the largest payments at every profile of types, and whether revenue is never negative.

    Parameters
    ----------
    payments
        Largest payments that keep everybody truthful and in, shape (m_1, ..., m_n, n); entry [k_1 - 1, ..., k_n - 1] is for types
        k. They are the revenue-optimal ones.
    exists
        Whether a mechanism exists that is truthful and individually rational, with revenue ≥ 0, for this allocation.
    profile
        The types at which revenue is lowest: where it is negative, if it is anywhere.
    revenue
        The largest revenue there.
    """

    payments: FloatArray
    exists: bool
    profile: tuple[int, ...]
    revenue: float


def shortest_payments(bounds: FloatArray, gaps: FloatArray) -> FloatArray:
    """Return the largest p with p_k ≤ bounds_k and p_k - p_s ≤ gaps_sk for all s < k, shapes (m,) and (m, m) -> (m,).

    Constraints only run from lower reports to higher types, so one pass in order solves the system of differences.

    Examples
    --------
    >>> shortest_payments(np.array([0.1, 0.5]), np.array([[0, 0.2], [0, 0]])).round(3).tolist()
    [0.1, 0.3]
    """
    paid = bounds.astype(np.float64)
    for k in range(1, len(bounds)):
        paid[k] = min(paid[k], float((paid[:k] + gaps[:k, k]).min()))
    return paid


def shortest_payments_by_graph(bounds: FloatArray, gaps: FloatArray) -> FloatArray:
    """Return the same from the graph that the paper builds, by Bellman and Ford; weights are negative, so Dijkstra would err.

    Examples
    --------
    >>> shortest_payments_by_graph(np.array([0.1, 0.5]), np.array([[0, 0.2], [0, 0]])).round(3).tolist()
    [0.1, 0.3]
    """
    import networkx as nx

    graph: nx.DiGraph[object] = nx.DiGraph()
    for k, bound in enumerate(bounds):
        graph.add_edge("base", k, weight=float(bound))
        for s in range(k):
            graph.add_edge(s, k, weight=float(gaps[s, k]))
    lengths = nx.single_source_bellman_ford_path_length(graph, "base")
    return np.array([lengths[k] for k in range(len(bounds))])


@validated
def desirable_payments(
    setting: Setting, solver: Literal["in order", "graph"] = "in order", tolerance: float = 1e-12
) -> DesirablePayments:
    """Run Algorithm 1 with the allocation of a setting's rule; its payments are not looked at.

    Parameters
    ----------
    setting
        Players, types and an allocation; efficient, if the answer is to be about desirable mechanisms.
    solver
        One pass in the order of types, or the paper's graph by Bellman and Ford.
    tolerance
        By how much round-off revenue may be below 0, relative to the worths at stake.

    Raises
    ------
    ValueError
        There are more than 200000 profiles of types.

    Notes
    -----
    As printed, revenue is checked while payments are still being found; it must be checked after all of them are, at every
    profile. Rows in which others stay out never matter: the properties ask about others who take part and are truthful.

    Examples
    --------
    Two players in a market that hardly grows: a desirable mechanism exists for types 0 and 1, but not for 0, 1, 2.

    >>> from potluck.mechanisms import FreeSharing
    >>> def worth(q):
    ...     return q.sum() ** -0.9 * q if q.sum() > 0 else 0 * q
    >>> settings = [Setting.pooled(FreeSharing(), [types] * 2, lambda t: t, worth) for types in ([0, 1], [0, 1, 2])]
    >>> [desirable_payments(setting).exists for setting in settings]
    [True, False]
    """
    largest = setting.largest
    if setting.profiles > MOST_PROFILES:
        raise ValueError(f"{setting.profiles} profiles of types are more than {MOST_PROFILES}: use fewer players or types")
    solve = shortest_payments if solver == "in order" else shortest_payments_by_graph
    payments = np.zeros((*largest, setting.n))
    at_stake = np.zeros(largest)
    for player in range(setting.n):
        others = [range(1, top + 1) if other != player else range(1) for other, top in enumerate(largest)]
        for profile in track(list(itertools.product(*others)), f"columns of player {player + 1}"):
            bounds, gaps, size = _differences(setting, player, np.array(profile), largest[player])
            where = tuple(slice(None) if other == player else k - 1 for other, k in enumerate(profile))
            payments[(*where, player)] = solve(bounds, gaps)
            at_stake[where] += size
    revenue = payments.sum(axis=-1)
    lowest = np.unravel_index(int((revenue + tolerance * at_stake).argmin()), revenue.shape)
    exists = bool((revenue >= -tolerance * np.maximum(at_stake, 1e-300)).all())
    return DesirablePayments(payments, exists, tuple(int(k) + 1 for k in lowest), float(revenue[lowest]))


def _differences(setting: Setting, player: int, profile: IntArray, top: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return a column's bounds (top,), gaps (top, top) and truthful worths in size (top,)."""

    def worth(truth: int, report: int) -> float:
        types, reports = profile.copy(), profile.copy()
        types[player], reports[player] = truth, report
        return float(setting.worths(types, reports)[player])

    truthful = np.array([worth(k, k) for k in range(1, top + 1)])
    bounds = truthful - np.array([worth(k, 0) for k in range(1, top + 1)])
    gaps = np.zeros((top, top))
    for s, k in itertools.combinations(range(1, top + 1), 2):
        gaps[s - 1, k - 1] = truthful[k - 1] - worth(k, s)
    return bounds, gaps, np.abs(truthful)


@MECHANISMS.register
class DesirableMechanism(Mechanism):
    """Efficient allocation, with the largest payments that keep everybody from hiding data and from staying out.

    A party could have reported less than it did: those are the smaller types of Algorithm 1. A market game says what its actions
    are, so that lower levels and fewer portions are guarded against alike; a market of worths only says what each identity fewer
    would have brought. These payments raise the most that truthful and individually rational rules with this allocation can; if
    they lose money at some profile, no desirable mechanism exists, and `failure` returns that profile.

    Parameters
    ----------
    absent
        Who gets the pooled model when a party stays out, as in ``MaximalExploitation``.

    Raises
    ------
    ValueError
        (In play) a party could report more than 256 things.

    Notes
    -----
    Where a party can only stay out or report what it did, the payments are the maximal exploitation payments.

    Examples
    --------
    >>> from potluck.mechanisms import Market
    >>> market = Market.of([[0, 1.0], [1.0, 1.5], [1.5, 1.75]])
    >>> DesirableMechanism().settle(market).payments.tolist(), DesirableMechanism().failure(market)
    ([0.25, 0.75], None)
    """

    source = MULTI_PARTY.at("Algorithm 1 and Theorem 5")
    sees_reports = True

    absent: AbsentRule = "all"

    def settle(self, market: Market) -> Settlement:
        """Return the pooled model for those it is allocated to, and the largest payments."""
        offer = Offer.of(market)
        given = allocate(offer, self.absent, "efficient")
        payments = np.zeros(market.n)
        for owner in np.flatnonzero(offer.taking_part).tolist():
            payments[owner] = self._payment(market, owner)
        return Settlement(rewards=np.where(given, offer.pool, 0.0), payments=payments)

    def _payment(self, market: Market, owner: int) -> float:
        smaller = market.reports.smaller[owner]
        top = len(smaller)
        if top > MOST_REPORTS:
            raise ValueError(f"DesirableMechanism: a party could report {top} things, more than {MOST_REPORTS}")
        actual = np.array([reports[-1] for reports in market.reports.smaller])
        offers = [Offer.of(market.reporting(_with(actual, owner, report))) for report in smaller.tolist()]
        rewards = [np.where(allocate(offer, self.absent, "efficient"), offer.pool, 0.0) for offer in offers]
        bounds, gaps = np.zeros(top), np.full((top, top), np.inf)
        for k, offer in enumerate(offers):
            truthful = self._worth(offer, rewards[k], owner)
            bounds[k] = truthful - outside_worth(offer, owner, self.absent, "efficient")
            for s in np.flatnonzero(market.reports.shows_less[smaller[:k], smaller[k]]).tolist():
                # who hides keeps the model of all its data, and all others hold what they do when it reports less
                hiding = replace(offers[s], own=_with(offers[s].own, owner, float(offer.own[owner])))
                gaps[s, k] = truthful - self._worth(hiding, rewards[s], owner)
        return float(shortest_payments(bounds, gaps)[-1])

    @staticmethod
    def _worth(offer: Offer, rewards: FloatArray, owner: int) -> float:
        return float(offer.market.worth(np.maximum(rewards, offer.own))[owner])

    def failure(self, market: Market, tolerance: float = 1e-12) -> tuple[tuple[int, ...], float] | None:
        """Return the reports at which revenue is most negative, and by how much; None if it never is.

        All profiles are tried in which every party present reports no more than it did: a profile of negative revenue proves that
        no mechanism that is truthful, individually rational and efficient covers what it pays out on this market. Reports are
        numbers of identities, or actions of the game that made the market.

        Raises
        ------
        ValueError
            There are more than 200000 profiles.
        """
        smaller = [reports.tolist() for reports in market.reports.smaller]
        if math.prod(map(len, smaller)) > MOST_PROFILES:
            raise ValueError(f"parties with {[len(each) for each in smaller]} reports have more than {MOST_PROFILES} profiles")
        worst: tuple[tuple[int, ...], float] | None = None
        for reports in itertools.product(*smaller):
            part = market.reporting(np.array(reports))
            payments = self.settle(part).payments
            revenue = part.total(payments)
            allowed = tolerance * part.total(np.abs(payments) + np.abs(part.worth(part.pool)))
            if revenue < -allowed and (worst is None or revenue < worst[1]):
                worst = (reports, revenue)
        return worst


def _with(array: NDArray[Number], index: int, value: float) -> NDArray[Number]:
    changed = array.copy()
    changed[index] = value
    return changed
