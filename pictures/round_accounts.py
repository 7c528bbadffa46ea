"""Inside a round: from what is contributed by way of coalitions, marginals and the rule to payoffs, every number derived."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, IntArray
from ..mechanisms import ClassGame, banzhaf, shapley
from ..models import StrategicGame
from .game_record import GameView

MOST_PARTIES = 6
MOST_CELLS = 50_000


@dataclass(frozen=True)
class Step:
    """One term of a value: joining coalitions of one size.

    Parameters
    ----------
    size
        How many identities are there already.
    marginal
        What one more adds, on average over all coalitions of that size.
    weight
        With which it enters.
    """

    size: int
    marginal: float
    weight: float


@dataclass(frozen=True, eq=False)
class Accounts:
    """One round of a market among few parties, taken apart.

    Parameters
    ----------
    coalitions
        Members of every coalition of parties, from the empty one, and what its contributions are worth.
    identities
        How many identities each party entered, shape (n,).
    steps
        For each party, the terms of the Shapley value of one of its identities; none for a party that stays out.
    values
        Shapley value of all of a party's identities, shape (n,).
    rule
        The value that payments are a multiple of, if there is one, and that multiple.
    rewards, payments
        The settlement, shape (n,).
    held, alone
        Qualities of the model each party holds after the round, and of the one its own data gives, shape (n,).
    worth, worth_alone, costs
        What these are worth to it and what its action costs, in money, shape (n,).
    """

    coalitions: tuple[tuple[tuple[int, ...], float], ...]
    identities: IntArray
    steps: tuple[tuple[Step, ...], ...]
    values: FloatArray
    rule: tuple[str, float] | None
    rewards: FloatArray
    payments: FloatArray
    held: FloatArray
    alone: FloatArray
    worth: FloatArray
    worth_alone: FloatArray
    costs: FloatArray

    def marginal(self, party: int, coalition: tuple[int, ...]) -> float:
        """Return what a party adds to a coalition without it, or takes from one with it when it leaves."""
        worths = dict(self.coalitions)
        others = tuple(member for member in coalition if member != party)
        return worths[tuple(sorted((*others, party)))] - worths[others]


def accounts_of(view: GameView) -> Accounts | None:
    """Return the round that a view looks at, taken apart; None where it is no market of at most six parties, or too large."""
    game = view.game
    entered = game.contributions(view.actions)
    outcome = game.outcome(view.actions)
    task, preferences = game.task, getattr(game, "preferences", None)
    if entered is None or outcome is None or task is None or preferences is None or game.n > MOST_PARTIES:
        return None
    identities = task.entries[entered]
    if math.prod(int(count) + 1 for count in identities) > MOST_CELLS:
        return None
    by_count = _by_count(game, entered, identities)
    each = shapley(by_count)
    settlement = outcome.settlement
    held = np.maximum(settlement.rewards, task.alone)
    return Accounts(
        coalitions=_coalitions(by_count, identities),
        identities=identities,
        steps=tuple(_steps(by_count, party) if identities[party] else () for party in range(game.n)),
        values=each * identities,
        rule=_rule(by_count, identities, each, settlement.payments),
        rewards=settlement.rewards,
        payments=settlement.payments,
        held=held,
        alone=task.alone,
        worth=preferences.worth(settlement.rewards, task.alone),
        worth_alone=preferences.valuation.worth(task.alone) if preferences.over_alone else np.zeros(game.n),
        costs=preferences.cost(view.actions),
    )


def _by_count(game: StrategicGame, entered: IntArray, identities: IntArray) -> ClassGame:
    """Return the game of identities, a class a party; where parties judge apart, the mean of what they say."""
    task = game.task
    assert task is not None
    counts = np.indices(tuple(identities + 1)).reshape(game.n, -1).T
    portions = [[task.portion(int(entered[party]), k) for k in range(identities[party] + 1)] for party in range(game.n)]
    coalitions = np.column_stack([np.array(portions[party])[counts[:, party]] for party in range(game.n)])
    worths = task.worths(coalitions)
    return ClassGame((worths if worths.ndim == 1 else worths.mean(axis=1)).reshape(tuple(identities + 1)))


def _coalitions(game: ClassGame, identities: IntArray) -> tuple[tuple[tuple[int, ...], float], ...]:
    parties = range(len(identities))
    members = [each for size in range(len(identities) + 1) for each in itertools.combinations(parties, size)]
    return tuple((each, float(game.values[tuple(int(identities[p]) if p in each else 0 for p in parties)])) for each in members)


def _steps(game: ClassGame, party: int) -> tuple[Step, ...]:
    """Return the mean marginal of one identity of a party by the size of the coalition it joins; each size weighs alike."""
    others = np.array(game.sizes)
    others[party] -= 1
    counts = np.indices(tuple(others + 1)).reshape(len(others), -1).T
    with_one = counts + (np.arange(len(others)) == party)
    gain = game.values[tuple(with_one.T)] - game.values[tuple(counts.T)]
    ways = np.array(
        [math.prod(math.comb(int(m), int(k)) for m, k in zip(others, row, strict=True)) for row in counts], dtype=float
    )
    sizes = counts.sum(axis=1)
    steps = []
    for size in range(int(others.sum()) + 1):
        here = sizes == size
        steps.append(Step(size, float((ways[here] * gain[here]).sum() / ways[here].sum()), 1 / game.n))
    return tuple(steps)


def _rule(game: ClassGame, identities: IntArray, each: FloatArray, payments: FloatArray) -> tuple[str, float] | None:
    """Return which value the payments are a multiple of, by trying the common ones."""
    whole = np.array([int(count) for count in identities])
    without = [float(game.values[tuple(np.where(np.arange(len(whole)) == party, 0, whole))]) for party in range(len(whole))]
    present = identities > 0
    candidates = {
        "Shapley value": each * identities,
        "Banzhaf value": banzhaf(game) * identities,
        "last marginal": np.where(present, game.grand - np.array(without), 0.0),
        "equal share of v(N)": np.where(present, game.grand / max(1, int(present.sum())), 0.0),
    }
    size = float(np.abs(payments).max())
    if size <= 1e-12:
        return None
    for name, amounts in candidates.items():
        weight = float(amounts @ amounts)
        if weight > 0:
            factor = float(-payments @ amounts) / weight
            if np.abs(payments + factor * amounts).max() <= 1e-9 * size:
                return name, factor
    return None
