"""Who receives the pooled model: efficient allocations, also in the market that one owner leaves."""

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from .mechanism import Market

AbsentRule: TypeAlias = Literal["all", "participants", "threat"]
Allocation: TypeAlias = Literal["efficient", "everybody"]

MOST_ENUMERATED = 10
TIE = 1e-12
"""Of the worths at stake: sums over the parties, which lose last digits; a larger tie would give models to who is harmed."""


@dataclass(frozen=True, eq=False)
class Offer:
    """What the owners of a market may hold: the model of what they reported, or the pooled one.

    Parameters
    ----------
    market
        The market; its valuations, and how many parties an entry stands for.
    own
        Quality of the model of each party's reported data, shape (n,); 0 where the platform has seen none.
    pool
        Quality of the model pooled from all reports, as each party judges it, shape (n,).
    taking_part
        Who may receive it, shape (n,).
    """

    market: Market
    own: FloatArray
    pool: FloatArray
    taking_part: BoolArray

    @classmethod
    def of(cls, market: Market) -> "Offer":
        """Return what the owners of a market may hold when all take part who are present."""
        taking_part = market.present & (market.multiplicity > 0)
        own = np.where(taking_part, market.alone, 0.0)
        for owner in np.flatnonzero(taking_part & (market.entries > 1)).tolist():
            game = market.game_of(owner)
            entered = np.zeros((1, len(game.sizes)), dtype=np.int64)
            entered[0, market.group[owner]] = market.entries[owner]
            own[owner] = game.worths(entered)[0]
        return cls(market, own, _pools(market, market.entries * market.multiplicity), taking_part)

    def without(self, owner: int) -> "Offer":
        """Return what the others may hold when a party leaves; of its data the platform then knows nothing.

        An entry that stands for several parties keeps its place: they hold what they do without one of them.
        """
        entered = self.market.entries * self.market.multiplicity
        entered[owner] -= self.market.entries[owner]
        pool = _pools(self.market, entered)
        if self.market.multiplicity[owner] > 1:
            return replace(self, pool=pool)
        own, taking_part = self.own.copy(), self.taking_part.copy()
        own[owner], taking_part[owner] = 0.0, False
        return replace(self, own=own, pool=pool, taking_part=taking_part)

    def held(self, given: BoolArray) -> FloatArray:
        """Return the qualities that parties hold when those ``given`` the pooled model use the better of the two, shape (n,)."""
        return np.where(given & self.taking_part, np.maximum(self.pool, self.own), self.own)

    @cached_property
    def _open(self) -> IntArray:
        return np.flatnonzero(self.taking_part & (self.pool > self.own))

    def best(self, weights: FloatArray) -> BoolArray:
        """Return who to give the pooled model to so that the weighted sum of worths is largest, shape (n,); ties: to more.

        All ways are tried where at most ten parties have a use for it. Beyond that, they are changed one by one as long as that
        helps: exact where worths are sums over parties' models, as linear externalities are (then the rule is the column sum).
        """
        given = self.taking_part.copy()
        if self.market.owners is not None:
            # entries that stand for several parties: each values its own model only
            return given & (self.market.worth(np.maximum(self.pool, self.own)) >= self.market.worth(self.own))
        if self.market.values_own_only:
            gains = weights * (self.market.worth(np.maximum(self.pool, self.own)) - self.market.worth(self.own))
            return given & (gains >= -TIE * self._at_stake(weights))
        if len(self._open) <= MOST_ENUMERATED:
            return self._enumerated(weights, given)
        return self._improved(weights, given)

    def _total(self, weights: FloatArray, given: BoolArray) -> float:
        return float(weights @ self.market.worth(self.held(given)))

    def _at_stake(self, weights: FloatArray) -> float:
        """Return what the models of all are worth, each alone and whatever its sign, so that nothing cancels."""
        most, parties = np.maximum(self.pool, self.own), np.arange(self.market.n)
        if self.market.values_own_only:
            return float(np.abs(weights) @ np.abs(self.market.worth(most)))
        return sum(float(np.abs(weights) @ np.abs(self.market.worth(np.where(parties == j, most, 0.0)))) for j in parties)

    def _enumerated(self, weights: FloatArray, everybody: BoolArray) -> BoolArray:
        chosen, most = everybody, self._total(weights, everybody)
        tie = TIE * self._at_stake(weights)
        for choice in itertools.islice(itertools.product((True, False), repeat=len(self._open)), 1, None):
            given = everybody.copy()
            given[self._open] = choice
            total = self._total(weights, given)
            if total > most + tie:
                chosen, most = given, total
        return chosen

    def _improved(self, weights: FloatArray, everybody: BoolArray) -> BoolArray:
        chosen, most, helped = everybody, self._total(weights, everybody), True
        tie = TIE * self._at_stake(weights)
        while helped:
            helped = False
            for owner in self._open.tolist():
                given = chosen.copy()
                given[owner] = not given[owner]
                total = self._total(weights, given)
                if total > most + tie:
                    chosen, most, helped = given, total, True
        return chosen


def allocate(offer: Offer, absent: AbsentRule, allocation: Allocation) -> BoolArray:
    """Return who gets the pooled model, shape (n,).

    Parameters
    ----------
    offer
        What parties may hold.
    absent
        Whose worth counts while somebody stays out: that of ``all``, of the ``participants`` only, or, as a ``threat``, that of
        the absent, who are to be hurt. Without absent parties the three agree.
    allocation
        ``efficient``, or ``everybody`` who takes part.

    Examples
    --------
    The second party's model harms the first more than it helps the second: its column sum is negative.

    >>> from dataclasses import replace
    >>> market = replace(Market.of([[0, 0.5], [0.5, 1]]), worth=lambda q: np.array([q[0] - 2 * q[1], q[1]]))
    >>> allocate(Offer.of(market), "all", "efficient").tolist()
    [True, False]
    """
    if absent == "threat" and not offer.taking_part.all() and offer.market.owners is None:
        return offer.best(np.where(offer.taking_part, 0.0, -1.0))
    if allocation == "everybody":
        return offer.taking_part
    weights = offer.market.multiplicity.astype(np.float64)
    return offer.best(np.where(offer.taking_part, weights, 0.0) if absent == "participants" else weights)


def outside_qualities(offer: Offer, owner: int, absent: AbsentRule, allocation: Allocation) -> FloatArray:
    """Return the qualities that all hold when one owner leaves and keeps the model of the data it reported, shape (n,)."""
    left = offer.without(owner)
    held = left.held(allocate(left, absent, allocation))
    if offer.market.multiplicity[owner] == 1:
        held[owner] = offer.own[owner]
    return held


def _pools(market: Market, entered: IntArray) -> FloatArray:
    """Return the quality of the model pooled from so many identities of each entry, as each party judges it, shape (n,)."""
    counts = np.zeros((1, len(market.games[0].sizes)), dtype=np.int64)
    np.add.at(counts[0], market.group[market.present], entered[market.present])
    if len(market.games) == 1:
        return np.full(market.n, market.games[0].worths(counts)[0])
    return np.array([float(game.worths(counts)[0]) for game in market.games])
