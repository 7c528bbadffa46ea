"""Finite populations who imitate: which action takes over, and how long each is played in the long run."""

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.sparse.linalg import spsolve

from ...agents.strategies import Logit, Moran, PairwiseComparison
from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked, number, whole
from ..games.population import of_counts
from .chains import MOST_STATES, resting

__all__ = [
    "LongRun",
    "fixation_probability",
    "small_mutation_limit",
    "stationary_distribution",
]

Rule: TypeAlias = PairwiseComparison | Moran | Logit
PayoffFunction: TypeAlias = Callable[[FloatArray], FloatArray]
"""Of an anonymous game: shares of the others who play each action, (..., m), to what each action earns, (..., m)."""

MOST_PLAYERS = 1_000_000
MOST_COMPOSITIONS = 20_000


@validated
def fixation_probability(payoffs: ArrayLike, population: int, intensity: float, mutant: int = 1, resident: int = 0) -> float:
    """Return the chance that one player with a new action among residents is imitated until all play it, in closed form.

    It is the same under `PairwiseComparison` and under `Moran` with one reviser a round and without mutation, as in both the
    odds of one mutant more to one fewer are exp(intensity × what a mutant earns more); Traulsen, Nowak and Pacheco (2006),
    equation 4.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b, shape (m, m); everybody earns the mean over all others.
    population
        How many players, from 2 to a million.
    intensity
        Strength of selection, ≥ 0.
    mutant, resident
        Two actions.

    Examples
    --------
    Moran's process with a mutant of relative fitness r = 2 among N = 5: (1 - 1 / r) / (1 - 1 / r^N).

    >>> round(fixation_probability([[0, 0], [math.log(2)] * 2], population=5, intensity=1), 12), round(16 / 31, 12)
    (0.516129032258, 0.516129032258)
    """
    return math.exp(log_fixation(_base(payoffs), *_sizes(population, intensity), *_two(payoffs, mutant, resident)))


@validated
def small_mutation_limit(payoffs: ArrayLike, population: int, intensity: float) -> FloatArray:
    """Return for what share of time everybody plays each action, (m, m) -> (m,), as mutations become rare.

    Between two mutations one action takes over, so the population walks from one uniform state to another; Fudenberg and Imhof
    (2006), Imitation processes with small mutations.

    Parameters
    ----------
    payoffs, population, intensity
        As in `fixation_probability`.

    Examples
    --------
    >>> small_mutation_limit([[3, 0], [5, 1]], population=10, intensity=0).tolist()
    [0.5, 0.5]
    >>> small_mutation_limit([[3, 0], [5, 1]], population=10, intensity=0.1).round(3).tolist()
    [0.154, 0.846]
    """
    base, (size, strength) = _base(payoffs), _sizes(population, intensity)
    m = len(base)
    logs = np.zeros((m, m))
    for one, other in itertools.permutations(range(m), 2):
        logs[one, other] = log_fixation(base, size, strength, other, one)
    return resting(logs)


class LongRun(NamedTuple):
    """How long a finite population is in each state.

    Parameters
    ----------
    states
        How many play each action, a row a state, shape (s, m).
    share
        The share of rounds in each state, shape (s,).
    """

    states: IntArray
    share: FloatArray

    @property
    def actions(self) -> FloatArray:
        """The average share of players who play each action, shape (m,)."""
        return np.asarray(self.share @ self.states / self.states[0].sum())


@validated
def stationary_distribution(payoffs: ArrayLike | PayoffFunction, population: int, rule: Any) -> LongRun:
    """Return for what share of rounds how many play what, when one player at random revises in each round by a rule.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b, shape (m, m); everybody earns the mean over all others. Or of any anonymous game a
        function of the shares of the others who play each action, (..., m), to what each action earns, (..., m).
    population
        How many players; up to 20,000 compositions of them by action.
    rule
        `PairwiseComparison` or `Moran` with a mutation above 0, or `Logit` with step 1.

    Raises
    ------
    ValueError
        There are too many compositions, the rule has no mutation, or chances are too small to be told from 0.
    TypeError
        The rule is another.

    Examples
    --------
    >>> from potluck.agents.strategies import Logit
    >>> found = stationary_distribution([[2, 0], [0, 1]], population=2, rule=Logit(rationality=0))
    >>> found.states.tolist(), found.share.round(12).tolist()
    ([[0, 2], [1, 1], [2, 0]], [0.25, 0.5, 0.25])
    """
    earned, m = earnings(payoffs)
    size = _sizes(population, 0.0)[0]
    checked_rule(rule)
    if not isinstance(rule, Logit) and rule.mutation == 0:
        raise ValueError(f"{rule}: without mutation the population rests where it happens to fix; see small_mutation_limit")
    many = math.comb(size + m - 1, m - 1)
    if many > MOST_COMPOSITIONS:
        raise ValueError(f"{size} players of {m} actions have more than {MOST_COMPOSITIONS} compositions")
    bars = np.array(list(itertools.combinations(range(size + m - 1), m - 1)), dtype=np.int64).reshape(many, m - 1)
    ends = np.full((len(bars), 1), size + m - 1)
    states = np.diff(np.concatenate([np.full_like(ends, -1), bars, ends], axis=1), axis=1) - 1
    chances = states[..., None] / size * turning(rule, earned(states), states)
    return LongRun(states, _rest(states, chances))


def _rest(states: IntArray, chances: FloatArray) -> FloatArray:
    """Return the stationary distribution from the chances (s, m, m) that one player goes over from a to b."""
    m = states.shape[1]
    if m == 1:
        return np.ones(1)
    if m == 2:
        with np.errstate(divide="ignore"):
            steps = np.log(chances[:-1, 1, 0]) - np.log(chances[1:, 0, 1])
        logs = np.concatenate([[0.0], np.cumsum(steps)])
        if not np.isfinite(logs).all():
            raise ValueError("selection is so strong that some chances are 0: lower the intensity")
        weights = np.exp(logs - logs.max())
        return np.asarray(weights / weights.sum())
    place = {tuple(state): number for number, state in enumerate(states.tolist())}
    rows, columns, rates = [], [], []
    for here, state in enumerate(states.tolist()):
        for one, other in itertools.permutations(range(m), 2):
            if chances[here, one, other] > 0:
                there = list(state)
                there[one] -= 1
                there[other] += 1
                rows.append(here)
                columns.append(place[tuple(there)])
                rates.append(float(chances[here, one, other]))
    size = len(states)
    if min(rates) < 1e-12 and size > MOST_STATES // 3:
        raise ValueError(f"selection is so strong that chances of {min(rates):.1e} decide: lower the intensity or the population")
    if size <= MOST_STATES // 3:
        logs = np.full((size, size), -np.inf)
        logs[rows, columns] = np.log(rates)
        return resting(logs)
    moves = sparse.csr_matrix((rates, (rows, columns)), shape=(size, size))
    flow = (moves.T - sparse.diags(np.asarray(moves.sum(axis=1)).reshape(-1))).tolil()
    flow[0] = np.ones(size)
    found = np.maximum(spsolve(flow.tocsc(), np.eye(1, size)[0]), 0.0)
    return np.asarray(found / found.sum())


def earnings(payoffs: ArrayLike | PayoffFunction) -> tuple[Callable[[IntArray], FloatArray], int]:
    """Return what somebody who plays a would earn by b, (..., m) numbers that play each action -> (..., m, m), and m.

    Raises
    ------
    ValueError
        The payoffs are no square matrix; or the function takes no shares of 2 to 12 actions, or gives back something else.
    """
    if not callable(payoffs):
        base = _base(payoffs)
        return (lambda counts: of_counts(base, counts)), len(base)
    m = _width(payoffs)

    def earned(counts: IntArray) -> FloatArray:
        others = counts[..., None, :] - np.eye(m, dtype=np.int64)
        return checked(payoffs(np.maximum(others, 0) / (counts.sum(axis=-1)[..., None, None] - 1)), "payoffs")

    return earned, m


def _width(payoffs: PayoffFunction) -> int:
    for m in range(2, 13):
        try:
            found = np.asarray(payoffs(np.full((1, m), 1 / m)))
        except (ValueError, IndexError, TypeError):
            continue
        if found.shape == (1, m):
            return m
    raise ValueError("payoffs must be a function of shares (..., m) to payoffs (..., m), for 2 to 12 actions")


def turning(rule: Rule, earning: FloatArray, counts: IntArray | FloatArray) -> FloatArray:
    """Return the chance that a reviser who plays a plays b next, (..., m, m), from what it would earn and how many play what.

    Parameters
    ----------
    rule
        How it revises.
    earning
        What somebody who plays a would earn by b, (..., m, m); what it earns is on the diagonal.
    counts
        How many play each action, (..., m), whole numbers; or shares of a population without end.
    """
    m = counts.shape[-1]
    paid = np.diagonal(earning, axis1=-2, axis2=-1)
    if isinstance(rule, Logit):
        scores = rule.rationality * (earning - earning.max(axis=-1, keepdims=True))
        weights = np.exp(scores)
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
    if isinstance(rule, Moran):
        held = np.where(counts > 0, paid, -np.inf)
        fitness = counts * np.exp(
            rule.intensity * (np.minimum(paid, held.max(axis=-1, keepdims=True)) - held.max(-1, keepdims=True))
        )
        copied = np.broadcast_to((fitness / fitness.sum(axis=-1, keepdims=True))[..., None, :], earning.shape)
        return np.asarray((1 - rule.mutation) * copied + rule.mutation / m)
    total = counts.sum(axis=-1)[..., None, None]
    finite = np.issubdtype(counts.dtype, np.integer)
    met = (counts[..., None, :] - np.eye(m) * finite) / (total - finite)
    gap = np.clip(rule.intensity * (paid[..., None, :] - paid[..., :, None]), -700, 700)
    turned = np.where(np.eye(m, dtype=bool), 0.0, met / (1 + np.exp(-gap)))
    stays = np.eye(m) * (1 - turned.sum(axis=-1))[..., None]
    return np.asarray((1 - rule.mutation) * (turned + stays) + rule.mutation / m)


def checked_rule(rule: Any) -> Rule:
    """Return a rule that the reviser of a population may have.

    Raises
    ------
    TypeError, ValueError
        It is another, or one that remembers.
    """
    if not isinstance(rule, PairwiseComparison | Moran | Logit):
        raise TypeError(f"rule = {str(rule)[:100]}: it must be PairwiseComparison, Moran or Logit")
    if isinstance(rule, PairwiseComparison) and rule.among != "everyone":
        raise ValueError(f"rule = {rule}: in a population everybody may meet everyone")
    if isinstance(rule, Logit) and (rule.step < 1 or rule.against != "actions"):
        raise ValueError(f"rule = {rule}: Logit must go all the way (step 1) and respond to actions, as it remembers otherwise")
    return rule


def log_fixation(base: FloatArray, size: int, strength: float, mutant: int, resident: int) -> float:
    """Return the logarithm of the chance of fixation: -log Σ_k exp(-strength × Σ_{j ≤ k} what a mutant earns more among j)."""
    mutants = np.arange(1, size)
    own = base[mutant, mutant] * (mutants - 1) + base[mutant, resident] * (size - mutants)
    theirs = base[resident, mutant] * mutants + base[resident, resident] * (size - mutants - 1)
    steps = -strength * (own - theirs) / (size - 1)
    return -float(np.logaddexp.reduce(np.concatenate([[0.0], np.cumsum(steps)])))


def _base(payoffs: ArrayLike) -> FloatArray:
    base = checked(payoffs, "payoffs", shape=(None, None))
    if base.shape[0] != base.shape[1] or not len(base):
        raise ValueError(f"payoffs are a square matrix, not of shape {base.shape}")
    return base


def _sizes(population: int, intensity: float) -> tuple[int, float]:
    return whole(population, "population", 2, MOST_PLAYERS), number(intensity, "intensity", low=0)


def _two(payoffs: ArrayLike, mutant: int, resident: int) -> tuple[int, int]:
    most = len(_base(payoffs)) - 1
    one, other = whole(mutant, "mutant", 0, most), whole(resident, "resident", 0, most)
    if one == other:
        raise ValueError(f"mutant and resident are both {one}: they must differ")
    return one, other
