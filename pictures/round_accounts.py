"""Inside a round: from what is contributed by way of coalitions, marginals and the rule to payoffs, every number derived."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from ..arrays import ROUND_OFF, FloatArray, IntArray
from ..mechanisms import ClassGame, banzhaf, shapley
from ..models import Task
from .game_record import GameView

MOST_PARTIES = 6
MOST_ACCOUNTS = 30
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
        For each party how many of its identities add alike, and the terms of the Shapley value of one of them; none for a party
        that stays out.
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
    apart
        Whether parties judge by data of their own, so that v(C) is the mean of what they say.
    disguised
        Whether the platform sees names that may not be what they say: v(C) is as it sees it.
    """

    coalitions: tuple[tuple[tuple[int, ...], float], ...]
    identities: IntArray
    steps: tuple[tuple[tuple[int, tuple[Step, ...]], ...], ...]
    values: FloatArray
    rule: tuple[str, float] | None
    rewards: FloatArray
    payments: FloatArray
    held: FloatArray
    alone: FloatArray
    worth: FloatArray
    worth_alone: FloatArray
    costs: FloatArray
    apart: bool = False
    disguised: bool = False

    def marginal(self, party: int, coalition: tuple[int, ...]) -> float:
        """Return what a party adds to a coalition without it, or takes from one with it when it leaves."""
        worths = dict(self.coalitions)
        others = tuple(member for member in coalition if member != party)
        return worths[tuple(sorted((*others, party)))] - worths[others]


def accounts_of(view: GameView) -> Accounts | None:
    """Return the round that a view looks at, taken apart; None where it is no market of at most six parties, or too large."""
    game = view.game
    preferences = getattr(game, "preferences", None)
    if game.task is None or preferences is None or game.n > MOST_PARTIES:
        return None
    seen, outcome = game.accounts(view.actions), game.outcome(view.actions)
    if seen is None or outcome is None:
        return None
    task, entered, owners = seen
    counts = task.entries[entered]
    if len(counts) > MOST_ACCOUNTS or math.prod(int(count) + 1 for count in counts) > MOST_CELLS:
        return None
    game_of_accounts, apart = _by_count(task, entered, counts)
    identities = _by_owner(counts, owners, game.n)
    each = shapley(game_of_accounts)
    settlement, alone = outcome.settlement, game.task.alone
    return Accounts(
        coalitions=_coalitions(game_of_accounts, counts, owners, game.n),
        identities=identities.astype(np.int64),
        steps=tuple(_steps_of(game_of_accounts, counts, np.flatnonzero(owners == party)) for party in range(game.n)),
        values=_by_owner(each * counts, owners, game.n),
        rule=_rule(game_of_accounts, counts, owners, each, settlement.payments),
        rewards=settlement.rewards,
        payments=settlement.payments,
        held=np.maximum(settlement.rewards, alone),
        alone=alone,
        worth=preferences.worth(settlement.rewards, alone),
        worth_alone=preferences.valuation.worth(alone) if preferences.over_alone else np.zeros(game.n),
        costs=np.zeros(game.n) if task is not game.task else preferences.cost(view.actions),
        apart=apart,
        disguised=task is not game.task,
    )


def _by_owner(amounts: FloatArray | IntArray, owners: IntArray, n: int) -> FloatArray:
    return np.bincount(owners, weights=amounts, minlength=n).astype(np.float64)


def _by_count(task: Task, entered: IntArray, identities: IntArray) -> tuple[ClassGame, bool]:
    """Return the game of identities, a class an account, and whether accounts judge apart: then it is their mean."""
    n = len(identities)
    counts = np.indices(tuple(identities + 1)).reshape(n, -1).T
    portions = [[task.portion(int(entered[index]), k) for k in range(identities[index] + 1)] for index in range(n)]
    coalitions = np.column_stack([np.array(portions[index])[counts[:, index]] for index in range(n)])
    worths = task.worths(coalitions)
    apart = worths.ndim > 1
    return ClassGame((worths.mean(axis=1) if apart else worths).reshape(tuple(identities + 1))), apart


def _coalitions(game: ClassGame, identities: IntArray, owners: IntArray, n: int) -> tuple[tuple[tuple[int, ...], float], ...]:
    members = [each for size in range(n + 1) for each in itertools.combinations(range(n), size)]
    return tuple((each, float(game.values[tuple(np.where(np.isin(owners, each), identities, 0))])) for each in members)


def _steps_of(game: ClassGame, identities: IntArray, mine: IntArray) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """Return for the identities of a party how many add alike, and the terms of one's value; none where it stays out."""
    found: list[tuple[int, tuple[Step, ...]]] = []
    for account in mine.tolist():
        if not identities[account]:
            continue
        steps = _steps(game, account)
        marginals = np.array([each.marginal for each in steps])
        for place, (count, known) in enumerate(found):
            others = np.array([each.marginal for each in known])
            if np.abs(marginals - others).max() <= ROUND_OFF * np.abs(others).max():
                found[place] = (count + int(identities[account]), known)
                break
        else:
            found.append((int(identities[account]), steps))
    return tuple(found)


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


def _rule(
    game: ClassGame, identities: IntArray, owners: IntArray, each: FloatArray, payments: FloatArray
) -> tuple[str, float] | None:
    """Return which value the payments are a multiple of, by trying the common ones."""
    n = len(payments)
    without = [float(game.values[tuple(np.where(owners == party, 0, identities))]) for party in range(n)]
    present = _by_owner(identities, owners, n) > 0
    candidates = {
        "Shapley value": _by_owner(each * identities, owners, n),
        "Banzhaf value": _by_owner(banzhaf(game) * identities, owners, n),
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
