"""A market as a strategic game: what data is worth, the rule that divides it, and what the parties want."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import BoolArray, FloatArray, IntArray
from ..mechanisms import ClassGame, Market, Mechanism, Settlement, check_settlement
from .games import StrategicGame
from .preferences import Preferences
from .tasks import Task

MAX_CELLS = 2_000_000


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one round of a market comes to.

    Parameters
    ----------
    payoffs
        Payoff of every party, shape (n,).
    settlement
        The models handed out and the payments.
    profit
        What the platform has from the round: its revenue and, if the rule says so, the joint model's worth.
    """

    payoffs: FloatArray
    settlement: Settlement
    profit: float

    @property
    def welfare(self) -> float:
        """What everybody together has from the round; payments cancel."""
        return float(self.payoffs.sum()) + self.profit


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
        self._labels = task.interchangeable()
        self._similarity = task.similarity()
        self._outcomes: dict[bytes, Outcome] = {}

    def market(self, profile: IntArray) -> Market:
        """Return one round as the rule sees it, when the parties play ``profile`` (n,).

        Raises
        ------
        ValueError
            The identities are too many and too different to tabulate their coalitions.
        """
        groups = self._groups(profile)
        entries = self.task.entries[profile]
        sizes = [int(entries[members].sum()) for members in groups]
        group = np.full(self.n, -1)
        for index, members in enumerate(groups):
            if sizes[index]:
                group[members] = index
        return Market(
            games=self._games(profile, groups, sizes),
            group=group,
            entries=entries,
            worth=lambda rewards: self.preferences.worth(rewards, self.task.alone),
            similarity=self._similarity,
        )

    def _groups(self, profile: IntArray) -> list[IntArray]:
        """Put parties together whose single entries are interchangeable; who enters copies is a group of its own."""
        alone_in_group = self.task.entries[profile] != 1
        if len(np.unique(self._labels)) == self.n:
            return list(np.arange(self.n)[:, None])
        keys = list(zip(alone_in_group * (1 + np.arange(self.n)), self._labels, profile, strict=True))
        order: dict[tuple[int, int, int], list[int]] = {}
        for player, key in enumerate(keys):
            order.setdefault(tuple(int(part) for part in key), []).append(player)  # type: ignore[arg-type]
        return [np.array(members) for members in order.values()]

    def _games(self, profile: IntArray, groups: list[IntArray], sizes: list[int]) -> tuple[ClassGame, ...]:
        shape = tuple(size + 1 for size in sizes)
        cells = int(np.prod(shape, dtype=np.float64))
        if cells > MAX_CELLS:
            raise ValueError(
                f"{sum(sizes)} identities have {cells} different coalitions, more than {MAX_CELLS}: enter fewer copies"
            )
        counts = np.indices(shape).reshape(len(shape), -1)
        coalitions = np.zeros((cells, self.n), dtype=np.int64)
        for members, count in zip(groups, counts, strict=True):
            action = int(profile[members[0]])
            if len(members) == 1:
                chain = np.array([self.task.portion(action, k) for k in range(int(count.max()) + 1)])
                coalitions[:, members[0]] = chain[count]
            else:
                coalitions[:, members] = action * (np.arange(len(members)) < count[:, None])
        worths = self.task.worths(coalitions)
        if worths.ndim == 1:
            return (ClassGame(worths.reshape(shape)),)
        return tuple(ClassGame(judged.reshape(shape)) for judged in worths.T)

    def outcome(self, profile: IntArray) -> Outcome:
        """Return payoffs, settlement and the platform's profit when the parties play ``profile`` (n,); remembered."""
        key = np.asarray(profile, dtype=np.int64).tobytes()
        if key not in self._outcomes:
            self._outcomes[key] = self._play(np.asarray(profile, dtype=np.int64))
        return self._outcomes[key]

    def _play(self, profile: IntArray) -> Outcome:
        market = self.market(profile)
        settlement = self.mechanism.settle(market)
        check_settlement(self.mechanism, market, settlement)
        payoffs = self.preferences.payoffs(settlement.rewards, settlement.payments, profile, self.task.alone)
        own_value = market.game.grand if self.mechanism.platform_owns_value else 0.0
        return Outcome(payoffs, settlement, own_value + settlement.revenue)

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return everyone's payoffs, (n,) -> (n,)."""
        return self.outcome(profile).payoffs

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each party would get from each of its actions, settling the market anew for every one."""
        result = np.full((self.n, self.m), -np.inf)
        for player, action in np.argwhere(self.available):
            changed = np.array(profile)
            changed[player] = action
            result[player, action] = self.payoffs(changed)[player]
        return result

    def revenue(self, profile: IntArray) -> float:
        """Return what the platform takes in less what it pays out."""
        return self.outcome(profile).settlement.revenue

    def welfare(self, profile: IntArray) -> float:
        """Return what parties and platform together have from the round."""
        return self.outcome(profile).welfare


def _availability(available: ArrayLike | None, n: int, m: int) -> BoolArray:
    if available is None:
        return np.ones((n, m), dtype=bool)
    array = np.asarray(available)
    if array.dtype == bool:
        if array.shape != (n, m):
            raise ValueError(f"available actions have shape ({n}, {m}), not {array.shape}")
        return array
    return np.tile(np.isin(np.arange(m), _indices(array.ravel().tolist(), m)), (n, 1))


def _indices(actions: Iterable[int], m: int) -> list[int]:
    chosen = list(actions)
    for action in chosen:
        if action not in range(m):
            raise ValueError(f"available action {action!r} is not one of 0..{m - 1}")
    return chosen
