"""What a market rule sees, what it decides, and the base class of all rules."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray, checked
from ...components import Component, Registry
from ...messages import brief
from ..coalitions.games import ClassGame
from ..coalitions.structures import Combined, Scaled

MOST_OWNERS = 1_000_000
Owner: TypeAlias = Annotated[int, Field(ge=0, lt=MOST_OWNERS)]
"""Which owner of a market, counted from 0, as a parameter of a rule."""


def _itself(qualities: FloatArray) -> FloatArray:
    return qualities


@dataclass(frozen=True, eq=False)
class Reports:
    """What each party could have reported in place of what it entered.

    Parameters
    ----------
    smaller
        For each party the reports that show no more than its own, in an order in which none shows more than a later one; the last
        is what it entered. The only report of a party that stays out is to do so. Length n, each of shape (k,).
    shows_less
        Whether report s shows no more than report k, at [s, k].
    market
        The market that reports (n,) make; its worths need not be set.
    """

    smaller: tuple[IntArray, ...]
    shows_less: BoolArray
    market: Callable[[IntArray], "Market"]


@validated
@dataclass(frozen=True, eq=False)
class Market:
    """One round as a market rule may see it: who entered which identities, and what their coalitions are worth.

    A party enters one or more identities (its own entry and its copies). A rule treats identities of one class alike; whose
    they are only decides who is paid, and who asks for a model. An entry of the arrays may stand for many parties who are alike,
    so that a million users cost no more than a few: sums over parties are taken with `total`.

    Parameters
    ----------
    games
        The identities' coalitional game by classes: one game that everybody agrees on, or n games, one a party, where each
        judges the joint model by data of its own.
    group
        Class of each party's identities, shape (n,); -1 for a party that stays out.
    entries
        Number of identities of each party, shape (n,); 0 for a party that stays out.
    owners
        How many like parties each entry stands for, shape (n,); default: one each.
    worth
        What the model qualities that everyone holds (n,) are worth to each party, as the parties state it, (n,) -> (n,). A party
        holds the better of its reward and its own model. Default: the quality itself.
    own_only
        Whether ``worth`` asks of each party its own model only, whatever others hold, as the default does.
    price
        What a unit of the joint model's quality is worth to the platform, in money.
    similarity
        Likeness of the parties' data in [0, 1], shape (n, n); default: each party's data is alike only to itself and its copies.
    could_report
        What parties could have entered instead; default: fewer of their identities.

    Examples
    --------
    Two parties with data worth 0.7 each and 1 together; the first enters a copy.

    >>> market = Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])
    >>> market.entries.tolist(), market.alone.tolist(), market.pool.tolist(), market.improvement.round(3).tolist()
    ([2, 1], [0.7, 0.7], [1.0, 1.0], [0.3, 0.3])
    """

    games: tuple[ClassGame, ...]
    group: IntArray
    entries: IntArray
    owners: IntArray | None = None
    worth: Callable[[FloatArray], FloatArray] = _itself
    similarity: FloatArray | None = None
    price: float = 1.0
    could_report: Reports | None = None
    own_only: bool = False

    def __post_init__(self) -> None:
        n = self.n
        shapes = [np.shape(each) for each in (self.group, self.entries, self.multiplicity)]
        if shapes != [(n,)] * 3 or (self.entries < 0).any() or (self.multiplicity < 0).any():
            raise ValueError(
                f"group, entries and parties have one shape (n,), the last two at least 0, not {brief(self.group)}, "
                f"{brief(self.entries)}, {brief(self.owners)}"
            )
        if self.similarity is not None:
            checked(self.similarity, "similarities", shape=(n, n))

    @classmethod
    @validated
    def of(cls, values: ArrayLike) -> "Market":
        """Return the market of n parties from worths by counts of their identities, shape (m_1 + 1, ..., m_n + 1)."""
        game = ClassGame(values)
        sizes = np.array(game.sizes)
        return cls(games=(game,), group=np.where(sizes > 0, np.arange(len(sizes)), -1), entries=sizes)

    @property
    def n(self) -> int:
        """Number of entries: of parties, or of kinds of parties where entries stand for many; absent ones included."""
        return len(self.group)

    @cached_property
    def multiplicity(self) -> IntArray:
        """How many parties each entry stands for, shape (n,)."""
        return np.ones(self.n, dtype=np.int64) if self.owners is None else self.owners

    def total(self, per_owner: FloatArray) -> float:
        """Return the sum over all parties of an amount per party, (n,) -> a number."""
        return float(np.dot(self.multiplicity, per_owner))

    @cached_property
    def present(self) -> BoolArray:
        """Who entered at least one identity, shape (n,)."""
        return self.entries > 0

    @property
    def values_own_only(self) -> bool:
        """Whether each party values its own model only."""
        return self.own_only or self.worth is _itself

    @cached_property
    def reports(self) -> Reports:
        """What parties could have entered instead."""
        if self.could_report is not None:
            return self.could_report
        most = int(self.entries.max(initial=0))
        smaller = tuple(np.arange(min(count, 1), count + 1) for count in self.entries.tolist())
        return Reports(smaller, np.triu(np.ones((most + 1, most + 1), dtype=bool)), self._with_entries)

    def reporting(self, reports: IntArray) -> "Market":
        """Return the market in which parties report something else, shape (n,), with worths and prices as here."""
        return replace(self.reports.market(reports), worth=self.worth, price=self.price, own_only=self.own_only)

    def _with_entries(self, counts: IntArray) -> "Market":
        return replace(self, entries=counts, group=np.where(counts > 0, self.group, -1))

    @cached_property
    def game(self) -> ClassGame:
        """The identities' coalitional game; the mean of the parties' games where they judge apart."""
        if len(self.games) == 1:
            return self.games[0]
        structures = [game.structure for game in self.games if game.structure is not None]
        if len(structures) == len(self.games):
            mean = np.full(self.games[0].n + 1, 1 / len(structures))
            return ClassGame.structured(self.games[0].sizes, Combined([Scaled(each, mean) for each in structures]))
        return ClassGame(np.mean([game.values for game in self.games], axis=0))

    def game_of(self, owner: int) -> ClassGame:
        """Return the coalitional game as one owner judges it."""
        return self.games[owner if len(self.games) > 1 else 0]

    @property
    def platform_worth(self) -> float:
        """What the joint model is worth to the platform, in money, whatever the rule."""
        return self.price * self.game.grand

    @cached_property
    def pool(self) -> FloatArray:
        """Quality of the model trained on everything entered, as each party judges it, shape (n,)."""
        return self._judge([game.grand for game in self.games])

    @cached_property
    def alone(self) -> FloatArray:
        """Quality of the model trained on one identity of the party alone, shape (n,); 0 for those who stay out."""
        alone, here = np.zeros(self.n), np.flatnonzero(self.present)
        if len(self.games) == 1:
            alone[here] = self.single_values(self.games[0])[self.group[here]]
            return alone
        single = np.eye(len(self.games[0].sizes), dtype=np.int64)
        for owner in here.tolist():
            alone[owner] = self.games[owner].worths(single[self.group[owner]][None])[0]
        return alone

    @cached_property
    def improvement(self) -> FloatArray:
        """By how much the joint model beats the party's own entry, shape (n,); 0 for those who stay out; may be negative."""
        return np.where(self.present, self.pool - self.alone, 0.0)

    def joint_model(self) -> FloatArray:
        """Return the rewards that give the joint model to everybody present and nothing to the others, shape (n,)."""
        return np.where(self.present, self.pool, 0.0)

    def by_owner(self, per_identity: FloatArray) -> FloatArray:
        """Add up amounts per identity of each class, shape (c,), to amounts per party, shape (n,)."""
        totals = np.zeros(self.n)
        totals[self.present] = self.entries[self.present] * per_identity[self.group[self.present]]
        return totals

    @staticmethod
    def single_values(game: ClassGame) -> FloatArray:
        """Return what one identity of each class is worth alone, shape (c,); 0 for an empty class."""
        filled = np.array(game.sizes) > 0
        if game.structure is not None:
            return np.where(filled, game.structure.singles(len(filled)), 0.0)
        values = np.zeros(len(filled))
        values[filled] = game.worths(np.eye(len(filled), dtype=np.int64)[filled])
        return values

    def _judge(self, values: list[float]) -> FloatArray:
        return np.full(self.n, values[0]) if len(values) == 1 else np.array(values)


@validated
@dataclass(frozen=True, eq=False)
class Settlement:
    """What a market rule decides: a model for every party, and who pays.

    Parameters
    ----------
    rewards
        Quality of the model each party receives, shape (n,); 0 for none.
    payments
        What each party pays to the platform, shape (n,); negative where the party is paid.
    off_by
        By how much each payment may differ from the rule's, where values could only be approximated, shape (n,); None: exact.
    """

    rewards: FloatArray
    payments: FloatArray
    off_by: FloatArray | None = None


class Mechanism(Component, ABC):
    """A market rule: it turns one round's market into rewards and payments.

    A rule is a pure function of the market: no state, no randomness, no knowledge of how parties learn. Write `settle`; say in
    `revenue_range` what the rule promises about money, if it promises anything.

    Examples
    --------
    >>> class PayPerIdentity(Mechanism):
    ...     price: float = 0.1
    ...     def settle(self, market):
    ...         return Settlement(rewards=market.joint_model(), payments=-self.price * market.entries)
    >>> PayPerIdentity().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.tolist()
    [-0.2, -0.1]
    """

    @abstractmethod
    def settle(self, market: Market) -> Settlement:
        """Return what every party receives and pays; a party that stays out receives no model and pays nothing."""

    sees_reports: ClassVar[bool] = False
    """Whether the rule asks what parties could have reported instead, so that each party must be an entry of its own."""

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return the lowest and highest revenue that the rule promises for this market; by default it promises nothing."""
        return (-math.inf, math.inf)


MECHANISMS: Registry[Mechanism] = Registry("mechanism", Mechanism, "potluck.mechanisms")

MechanismSpec = Annotated[Mechanism, MECHANISMS.spec]
"""A mechanism as a parameter: an instance, a class, or text such as ``"FairPayments(alpha=0.3)"``."""
