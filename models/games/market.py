"""A market as a strategic game: what data is worth, the rule that divides it, and what the parties want."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray
from ...mechanisms import ClassGame, Market, Mechanism, Reports, Settlement, check_settlement
from ...mechanisms.coalitions.games import about
from ..tasks import Task
from .counts import others
from .memory import Memory, bytes_of
from .outcome import Outcome
from .preferences import Preferences
from .strategic import StrategicGame, changed

MAX_CELLS = 2_000_000
FEW_KINDS = 32


class MarketGame(StrategicGame):
    """The strategic game that a market rule makes of a learning task: who enters what, once.

    Parameters
    ----------
    task
        What contributed data is worth.
    mechanism
        The market rule.
    preferences
        How models, money and actions turn into payoffs; default: improvement over training alone, less payment.
    available
        Which actions a party has: indices for everybody, or a boolean (n, m) array. Default: all of them.
    player_names
        Default ``party 1`` ...

    Raises
    ------
    ValueError
        The pieces do not fit together, a party has no action, or (in play) the rule returns a settlement that cannot be carried
        out.

    Examples
    --------
    Two like parties under plain Shapley division: each gains by entering a copy.

    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models.tasks import CoalitionValues
    >>> game = MarketGame(CoalitionValues([0, 0.7, 0.7, 1], copies=1), ShapleyDivision(), available=[1, 2])
    >>> game.deviations(np.array([1, 1])).round(3).tolist()
    [[-inf, 0.8, 0.867], [-inf, 0.8, 0.867]]
    >>> game.pure_equilibria()
    [(2, 2)]
    """

    mechanism: Mechanism
    task: Task

    @validated
    def __init__(
        self,
        task: Task,
        mechanism: Mechanism,
        preferences: Preferences | None = None,
        available: ArrayLike | None = None,
        player_names: Sequence[str] | None = None,
    ) -> None:
        n, m = task.n_parties, len(task.contributions)
        super().__init__(
            _availability(available, n, m),
            player_names or [f"party {index + 1}" for index in range(n)],
            [str(contribution) for contribution in task.contributions],
        )
        self.task = task
        self.mechanism = mechanism
        self.preferences = preferences or Preferences()
        self.preferences.check(n, m)
        self._similarity = task.similarity()
        self._labels = task.interchangeable()
        self._labels_times_m = self._labels * self.m
        self._missing = None if self.available.all() else ~self.available
        self._markets: Memory[Market] = Memory(_market_bytes)

    @cached_property
    def _alike(self) -> bool:
        """Whether parties who may be swapped and do the same are one entry of the market."""
        apart = self.mechanism.sees_reports and self._reports_vary
        return not apart and self._similarity is None and self.preferences.separable and len(np.unique(self._labels)) < self.n

    @cached_property
    def _outcomes(self) -> Memory[Outcome]:
        return Memory(bytes_of)

    @cached_property
    def _settled(self) -> Memory[Outcome]:
        """What rounds come to before the cost of actions."""
        return Memory(bytes_of)

    @cached_property
    def _reported(self) -> Memory[Market]:
        return Memory(_market_bytes)

    @cached_property
    def _by_number(self) -> Memory[FloatArray]:
        return Memory(_number_bytes)

    def with_mechanism(self, mechanism: Mechanism) -> Self:
        """Return the same game under another market rule; the task and what it has worked out are shared.

        Examples
        --------
        >>> from potluck.mechanisms import FairPayments
        >>> from potluck.models.tasks import CoalitionValues
        >>> game = MarketGame(CoalitionValues([0, 0.7, 0.7, 1]), FairPayments(0.5))
        >>> [float(each.revenue(np.array([1, 1]))) for each in (game, game.with_mechanism(FairPayments(0.25)))]
        [-0.5, -0.25]
        """
        return self._variant(mechanism=mechanism)

    def with_costs(self, costs: ArrayLike) -> Self:
        """Return the same game where actions cost other amounts; the task and markets that are settled are shared.

        Parameters
        ----------
        costs
            Cost of each action, in units of money: m numbers for everybody, or n rows of m.

        Raises
        ------
        ValueError
            Costs are not finite numbers, or not as many.

        Examples
        --------
        >>> from potluck.mechanisms import FreeSharing
        >>> from potluck.models.tasks import CoalitionValues
        >>> game = MarketGame(CoalitionValues([0, 0.7, 0.7, 1]), FreeSharing())
        >>> [each.payoffs(np.array([1, 1])).round(3).tolist() for each in (game, game.with_costs([0, 0.1]))]
        [[0.3, 0.3], [0.2, 0.2]]
        """
        preferences = self.preferences.with_parameters(costs=tuple(np.asarray(costs, dtype=np.float64).tolist()))
        preferences.check(self.n, self.m)
        return self._variant(preferences=preferences, _settled=self._settled)

    def market(self, profile: IntArray) -> Market:
        """Return one round as the rule sees it, when the parties play ``profile`` (n,).

        Its entries are the parties; where the task says that parties are interchangeable, parties who do the same share one.

        Raises
        ------
        ValueError
            The identities are too many and too different to tabulate their coalitions.
        """
        return self._market(self._kinds(np.asarray(profile, dtype=np.int64)))

    def outcome(self, profile: IntArray) -> Outcome:
        """Return payoffs, settlement and the platform's profit when the parties play ``profile`` (n,)."""
        array = np.asarray(profile, dtype=np.int64)
        return self._outcomes.get(array.tobytes(), lambda: self._play(array))

    def _play(self, profile: IntArray) -> Outcome:
        settled = self._settled.get(profile.tobytes(), lambda: self._before_costs(profile))
        return replace(settled, payoffs=settled.payoffs - self.preferences.cost(profile))

    def _before_costs(self, profile: IntArray) -> Outcome:
        kinds = self._kinds(profile)
        if self.mechanism.sees_reports:
            market = self._market(kinds)
        else:  # other rules see the same
            market = self._markets.get(profile.tobytes(), lambda: self._market(kinds))
        settlement = self._settle(market)
        rewards, payments = settlement.rewards[kinds.row], settlement.payments[kinds.row]
        off_by = None if settlement.off_by is None else settlement.off_by[kinds.row]
        payoffs = self.preferences.benefits(rewards, payments, self.task.alone)
        revenue = market.total(settlement.payments)
        return Outcome(payoffs, Settlement(rewards, payments, off_by), revenue, market.platform_worth + revenue)

    def _settle(self, market: Market) -> Settlement:
        settlement = self.mechanism.settle(market)
        check_settlement(self.mechanism, market, settlement)
        return settlement

    def _kinds(self, profile: IntArray) -> "_Kinds":
        """Put parties together that are interchangeable and do the same; who enters copies is a kind of its own."""
        if not self._alike:
            everyone = np.arange(self.n)
            return _Kinds(self._labels, np.asarray(profile), np.ones(self.n, dtype=np.int64), everyone, everyone)
        key = self._labels_times_m + profile
        if self.task.copies:
            copying = np.flatnonzero(self.task.entries[profile] > 1)
            key[copying] = int(self._labels.max() + 1) * self.m + np.arange(len(copying))
        counts = np.bincount(key)
        used = np.flatnonzero(counts)
        if len(used) <= FEW_KINDS:
            members = np.array([int((key == kind).argmax()) for kind in used])
        else:
            first = np.empty(len(counts), dtype=np.int64)
            first[key[::-1]] = np.arange(self.n)[::-1]
            members = first[used]
        row_of_key = np.cumsum(counts > 0) - 1
        return _Kinds(self._labels[members], profile[members], counts[used], members, np.take(row_of_key, key))

    def _market(self, kinds: "_Kinds") -> Market:
        entries = self.task.entries[kinds.actions]
        sizes = entries * kinds.counts
        return Market(
            games=self._games(kinds, sizes),
            group=np.where(entries > 0, np.arange(len(entries)), -1),
            entries=entries,
            owners=kinds.counts if self._alike else None,
            worth=self.preferences.valuation.worth,
            own_only=self.preferences.valuation.separable,
            price=self.preferences.price,
            similarity=self._similarity,
            could_report=self._reports(kinds.actions) if self.mechanism.sees_reports and not self._alike else None,
        )

    @property
    def _reports_vary(self) -> bool:
        return bool((np.count_nonzero(self.available[:, self.task.entries > 0], axis=1) > 1).any())

    def _reports(self, profile: IntArray) -> Reports:
        """Return the available actions that enter no more than those played, at no higher level and with no more identities."""
        level, entries = self.task.level_of, self.task.entries
        shows_less = (level[:, None] <= level) & (entries[:, None] <= entries)
        enters = self.available & (entries > 0)
        smaller = [
            np.flatnonzero(enters[party] & shows_less[:, action]) if entries[action] else np.array([action])
            for party, action in enumerate(profile.tolist())
        ]

        def market(reports: IntArray) -> Market:
            return self._reported.get(reports.tobytes(), lambda: self._market(self._kinds(reports)))

        return Reports(tuple(smaller), shows_less, market)

    def _games(self, kinds: "_Kinds", sizes: IntArray) -> tuple[ClassGame, ...]:
        if self._alike and (self.task.entries[kinds.actions] <= 1).all():
            present = np.flatnonzero(sizes)
            if not len(present):
                return (ClassGame(np.zeros([1] * len(sizes))),)
            labels, actions = kinds.labels[present], kinds.actions[present]
            return (ClassGame.lazy(sizes, lambda counts: self.task.value_by_count(labels, actions, counts[:, present])),)
        structures = None if self._alike else self.task.structures(kinds.actions)
        if structures is not None:
            return tuple(ClassGame.structured(sizes, structure) for structure in structures)
        shape = tuple(int(size) + 1 for size in sizes)
        cells = math.prod(shape)
        if cells > MAX_CELLS and self.task.worths(self._of_counts(kinds, np.zeros((1, len(shape)), dtype=np.int64))).ndim == 1:
            return (ClassGame.lazy(sizes, lambda counts: self.task.worths(self._of_counts(kinds, counts)), most=MAX_CELLS),)
        if cells > MAX_CELLS:
            raise ValueError(
                f"{sizes.sum()} identities have {about(cells)} different coalitions, more than {MAX_CELLS}: enter fewer copies"
            )
        worths = self.task.worths(self._of_counts(kinds, np.indices(shape).reshape(len(shape), -1).T))
        if worths.ndim == 1:
            return (ClassGame(worths.reshape(shape)),)
        return tuple(ClassGame(judged.reshape(shape)) for judged in worths.T)

    def _of_counts(self, kinds: "_Kinds", counts: IntArray) -> IntArray:
        """Return profiles in which so many identities of each kind take part, (batch, c) -> (batch, n)."""
        coalitions = np.zeros((len(counts), self.n), dtype=np.int64)
        for row, count in enumerate(counts.T):
            members = np.flatnonzero(kinds.row == row)
            if len(members) == 1:
                most = int(self.task.entries[kinds.actions[row]])
                chain = np.array([self.task.portion(int(kinds.actions[row]), k) for k in range(most + 1)])
                coalitions[:, members[0]] = chain[count]
            else:
                coalitions[:, members] = kinds.actions[row] * (np.arange(len(members)) < count[:, None])
        return coalitions

    def accounts(self, profile: IntArray) -> tuple[Task, IntArray, IntArray]:
        """Return the task, the profile, whose actions are the task's, and each party as the owner of one account."""
        return self.task, profile, np.arange(self.n)

    def takes_part(self, profile: IntArray) -> BoolArray:
        """Return which parties enter something, (n,) -> (n,)."""
        return np.asarray(self.task.entries[profile] > 0)

    @property
    def honest(self) -> int:
        """The action that enters everything once."""
        return int(self.task.honest)

    @property
    def choice(self) -> str:
        """Whether parties choose ``portions`` of their data, ``copies`` of it, or a ``level``; empty: only whether to enter."""
        if self.task.entries[self.task.honest] > 1:
            return "portions"
        if self.task.copies:
            return "copies"
        return "level" if len(self.task.levels) > 1 and bool(np.isfinite(self.task.level_of).all()) else ""

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return everyone's payoffs, (n,) -> (n,)."""
        return self.outcome(profile).payoffs

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each party would get from each of its actions, settling the market anew for every one.

        Parties who are interchangeable and do the same are settled together; those who choose between two
        actions are only counted.
        """
        profile = np.asarray(profile, dtype=np.int64)
        if self._choice is not None:
            return self._counted(profile, self._choice)
        kinds = self._kinds(profile)
        if len(kinds.counts) == self.n:
            return super().deviations(profile)
        benefits = np.empty((len(kinds.counts), self.m))
        for row in range(len(kinds.counts)):
            for action in range(self.m):
                benefits[row, action] = self._benefit(profile, kinds, row, action)
        result = np.take(benefits, kinds.row, axis=0)
        result -= self.preferences.all_costs(self.n, self.m)
        if self._missing is not None:
            result[self._missing] = -np.inf
        return result

    def _benefit(self, profile: IntArray, kinds: "_Kinds", row: int, action: int) -> float:
        """Return what one party of a kind has, before the cost of its action, when it alone changes to an action."""
        member = int(kinds.members[row])
        if self.task.copies:
            moved = self._kinds(changed(profile, member, action))
            mover = int(moved.row[member])
        else:
            moved, mover = kinds.moved(row, action)
        settlement = self._settle(self._market(moved))
        rewards, payments = settlement.rewards[[mover]], settlement.payments[[mover]]
        return float(self.preferences.benefits(rewards, payments, self.task.alone[[member]])[0])

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return the expected payoff of each own action when the others mix independently, (n, m) -> (n, m).

        Interchangeable parties who choose between two actions, without copies, are only counted, so they may be many; the market
        is then settled once for every number of parties that may choose the second action. Others are enumerated.
        """
        if self._choice is None:
            return super().mixed_deviations(policy)
        number = others(np.asarray(policy, dtype=np.float64)[:, self._choice[1]])
        benefits = np.array([self._of_others(k, self._choice) for k in number.numbers.tolist()])
        return self._after_costs(number.expected(benefits), number.whose, self._choice)

    @cached_property
    def _choice(self) -> IntArray | None:
        """The two actions that interchangeable parties choose between without copies; None if it is not so."""
        options = np.flatnonzero(self.available.any(axis=0))
        counted = self._alike and (self._labels == self._labels[0]).all() and (self.task.entries[options] <= 1).all()
        return options if counted and len(options) == 2 else None

    def _counted(self, profile: IntArray, options: IntArray) -> FloatArray:
        second = profile == options[1]
        number = int(np.count_nonzero(second))
        benefits = np.zeros((2, 2))
        if number < self.n:
            benefits[0] = self._of_others(number, options)
        if number > 0:
            benefits[1] = self._of_others(number - 1, options)
        return self._after_costs(benefits, second.view(np.int8), options)

    def _after_costs(self, benefits: FloatArray, whose: IntArray, options: IntArray) -> FloatArray:
        """Return payoffs from benefits of the two actions by kind (g, 2) and everybody's kind (n,)."""
        result = np.full((len(benefits), self.m), -np.inf)
        result[:, options] = benefits
        result = np.take(result, whose, axis=0)
        result -= self.preferences.all_costs(self.n, self.m)
        if self._missing is not None:
            result[self._missing] = -np.inf
        return result

    def _of_others(self, number: int, options: IntArray) -> tuple[float, float]:
        """Return the benefit of each of two actions to a party when so many others choose the second."""
        return float(self._of_number(number, options)[0]), float(self._of_number(number + 1, options)[1])

    def _of_number(self, number: int, options: IntArray) -> FloatArray:
        """Return the benefit of each of two actions when so many parties choose the second, before the cost of actions, (2,)."""
        return self._by_number.get(number, lambda: self._benefits_of_number(number, options))

    def _benefits_of_number(self, number: int, options: IntArray) -> FloatArray:
        nobody = np.zeros(2, dtype=np.int64)
        counts = np.array([self.n - number, number])
        settlement = self._settle(self._market(_Kinds(nobody + self._labels[0], options, counts, nobody, nobody)))
        alone = np.full(2, self.task.alone[0])
        return self.preferences.benefits(settlement.rewards, settlement.payments, alone)


def _number_bytes(benefits: FloatArray) -> int:
    return 200 + benefits.nbytes


def _market_bytes(market: Market) -> int:
    tabulated = [game.sizes for game in market.games if game.structure is None and game.tabulable]
    tables = sum(math.prod(size + 1 for size in sizes) for sizes in tabulated)
    return 2000 + 50 * market.n + 8 * tables


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Parties by what they are and do: label, action and number of each kind, one member of it, and each party's kind."""

    labels: IntArray
    actions: IntArray
    counts: IntArray
    members: IntArray
    row: IntArray

    def moved(self, row: int, action: int) -> tuple["_Kinds", int]:
        """Return the kinds when one party of a row plays another action, and the row it is in then; no party is listed."""
        counts = self.counts.copy()
        counts[row] -= 1
        there = np.flatnonzero((self.labels == self.labels[row]) & (self.actions == action))
        if len(there):
            counts[there[0]] += 1
            return _Kinds(self.labels, self.actions, counts, self.members, self.row), int(there[0])
        labels, members = np.append(self.labels, self.labels[row]), np.append(self.members, self.members[row])
        return _Kinds(labels, np.append(self.actions, action), np.append(counts, 1), members, self.row), len(counts)


def _availability(available: ArrayLike | None, n: int, m: int) -> BoolArray:
    if available is None:
        return np.ones((n, m), dtype=bool)
    array = np.asarray(available)
    if array.ndim == 2 or array.dtype == bool:
        if array.shape != (n, m) or not np.isin(array, (0, 1)).all():
            raise ValueError(f"available actions are indices, or truth values of shape ({n}, {m}), not of shape {array.shape}")
        return array.astype(bool)
    return np.tile(np.isin(np.arange(m), _indices(array.ravel().tolist(), m)), (n, 1))


def _indices(actions: Iterable[int], m: int) -> list[int]:
    chosen = list(actions)
    for action in chosen:
        if action not in range(m):
            raise ValueError(f"available action {action!r} is not one of 0..{m - 1}")
    return chosen
