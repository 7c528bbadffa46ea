"""The Shapley value of a game with many players, estimated from a sample of coalitions of every size."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray
from ...messages import brief
from ..coalitions.games import OnDemandGame

ENTRIES_AT_ONCE = 1 << 22
FEWEST_TO_CHOOSE = 20


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimated values of the players, and how far off they may be.

    Attributes
    ----------
    values
        One a player, shape (n,); ``numpy.asarray(estimate)`` gives them.
    standard_errors
        The estimated standard deviation of each value, ≥ 0, shape (n,); 0 where the value is exact.
    evaluations
        How many coalitions were asked for.
    """

    values: FloatArray
    standard_errors: FloatArray
    evaluations: int

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)


@validated
def stratified_shapley(game: OnDemandGame, *, evaluations: int, rng: np.random.Generator) -> Estimate:
    """Estimate the Shapley value without bias from coalitions of every size.

    ``phi_i = (v(N) + sum_{s=1}^{n-1} D(i, s)) / n``, where D(i, s) is the mean worth of the coalitions of size s with i
    minus the mean worth of those without i (Kolpaczki, Bengs, Muschalik and Hüllermeier 2024, "Approximating the
    Shapley Value without Marginal Contributions", stratified). Where we depart from it: every size with few coalitions
    is enumerated, as they do for 1 and n - 1. For the others a round cuts a random order of the players into blocks of
    size s <= n / 2, so that every player is in and out at least once; their complements are a round of size n - s, which
    cancels all interactions of two players (as antithetic permutations do: Mitchell, Cooper, Frank and Holmes 2022). After a
    tenth of 20 rounds or more, those of size n - s are drawn on their own where the two err alike. The rounds are
    independent and give the standard errors. The enumerated sizes 1 and n - 1 tell roughly
    what a player adds anywhere: their mean is the control variate for the other sizes, scaled for each half of the
    rounds by a regression on the other half, which keeps the estimate unbiased. The values sum to v(N), as they should.

    Parameters
    ----------
    game
        Any number of players; the worth function gets batches of many coalitions.
    evaluations
        The most coalitions that may be asked for. With 2^n - 1 or more the answer is exact, standard errors 0.
    rng
        The same state gives the same estimate.

    Returns
    -------
    Estimate
        Values and standard errors of shape (n,), and the number of coalitions that were asked for.

    Raises
    ------
    ValueError
        ``evaluations`` is too small for two rounds of every size that is not enumerated; the message names the least
        that works.
    TypeError
        ``evaluations`` is not an integer, ``rng`` is not a generator, or the game is not on demand.

    Examples
    --------
    >>> airport = OnDemandGame(3, lambda present: (present * [1.0, 2.0, 3.0]).max(axis=1))
    >>> stratified_shapley(airport, evaluations=7, rng=np.random.default_rng(1)).values.round(4).tolist()
    [0.3333, 0.8333, 1.8333]
    """
    _check_request(game, evaluations, rng)
    n, sizes = game.n, np.arange(1, game.n)
    rounds = _plan(n, evaluations)
    differences, variances = np.zeros((n, n)), np.zeros((n, n))
    for s in sizes[rounds == 0]:
        differences[s] = _enumerated(game, int(s))
    guide = (differences[1] + differences[n - 1]) / 2 if n > 1 else np.zeros(n)
    for s in sizes[(rounds > 0) & (sizes <= n - sizes)].tolist():
        differences[s], variances[s] = _sampled(game, s, int(rounds[s - 1]), guide, rng)
    values = (game.grand + differences.sum(axis=0)) / n
    return Estimate(values, np.sqrt(variances.sum(axis=0)) / n, 1 + sum(_cost(n, rounds)))


def _check_request(game: OnDemandGame, evaluations: int, rng: np.random.Generator) -> None:
    if not isinstance(game, OnDemandGame):
        raise TypeError(f"sampling needs a game on demand, not {brief(game)}")
    if isinstance(evaluations, bool) or not isinstance(evaluations, int | np.integer):
        raise TypeError(f"evaluations must be an integer, not {brief(evaluations)}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, not {brief(rng)}")


def _blocks(n: int, s: int) -> int:
    """Return how many coalitions of size s a round asks for."""
    return -(-n // min(s, n - s))


def _cost(n: int, rounds: IntArray) -> Iterator[int]:
    return (int(r) * _blocks(n, s) if r else math.comb(n, s) for s, r in enumerate(rounds, start=1))


def _plan(n: int, evaluations: int) -> IntArray:
    """Return the number of rounds for the sizes 1..n-1, shape (n-1,); 0 for a size to enumerate.

    A size is enumerated when that takes no more coalitions than its share of the budget; what it leaves goes to the
    others.
    """
    sampled = list(range(2, n - 1))
    budget = evaluations - 1 - sum(math.comb(n, s) for s in {1, n - 1} if 0 < s < n)
    least = evaluations - budget + sum(min(math.comb(n, s), 2 * _blocks(n, s)) for s in sampled)
    if evaluations < least:
        raise ValueError(f"evaluations must be at least {least} for {n} players, not {evaluations}")
    while sampled:
        a_round = sum(_blocks(n, s) for s in sampled)
        small = [s for s in sampled if math.comb(n, s) * a_round <= budget * _blocks(n, s)]
        if not small:
            break
        budget -= sum(math.comb(n, s) for s in small)
        sampled = [s for s in sampled if s not in small]
    rounds = np.zeros(max(n - 1, 0), dtype=np.int64)
    if sampled:
        full, spare = divmod(budget, a_round)
        for s in [s for s in sampled if s <= n - s]:
            cost = _blocks(n, s) * len({s, n - s})
            extra = spare >= cost
            spare -= cost * extra
            rounds[[s - 1, n - s - 1]] = full + extra
    return rounds


def _enumerated(game: OnDemandGame, s: int) -> FloatArray:
    n, total, sums = game.n, 0.0, np.zeros(game.n)
    members = itertools.combinations(range(n), s)
    while chosen := list(itertools.islice(members, max(1, ENTRIES_AT_ONCE // n))):
        present = np.zeros((len(chosen), n), dtype=bool)
        np.put_along_axis(present, np.array(chosen), True, axis=1)
        worths = game.worths(present)
        total += float(worths.sum())
        sums += worths @ present
    return sums / math.comb(n - 1, s - 1) - (total - sums) / math.comb(n - 1, s)


def _sampled(
    game: OnDemandGame, s: int, rounds: int, guide: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the mean difference of size s, plus that of n - s, and its estimated variance, each of shape (n,)."""
    pilot = max(2, rounds // 10) if 2 * s < game.n and rounds >= FEWEST_TO_CHOOSE else rounds
    first, variance, alike = _stage(game, s, pilot, True, guide, rng)
    if pilot == rounds:
        return first, variance
    rest, other, _ = _stage(game, s, rounds - pilot, not alike, guide, rng)
    share = pilot / rounds
    return share * first + (1 - share) * rest, share**2 * variance + (1 - share) ** 2 * other


def _stage(
    game: OnDemandGame, s: int, rounds: int, paired: bool, guide: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, bool]:
    """Return as `_sampled`, and whether the differences of a size and of its complements err alike, so that pairs do not pay."""
    n, blocks, parts = game.n, _blocks(game.n, s), 1 if 2 * s == game.n else 2
    found, guided = np.empty((parts, rounds, n)), np.empty((parts, rounds, n))
    step = max(1, ENTRIES_AT_ONCE // (blocks * n))
    for k in range(0, rounds, step):
        some = min(step, rounds - k)
        one = _random_coalitions(n, s, some, rng)
        other = ~one if paired or parts == 1 else _random_coalitions(n, n - s, some, rng)
        for part, present in enumerate((one, other)[:parts]):
            worths = game.worths(present.reshape(-1, n)).reshape(-1, blocks)
            found[part, k : k + step] = _in_minus_out(worths, present)
            guided[part, k : k + step] = _in_minus_out(present @ guide * ((n - 1) / n), present)
    if paired:
        corrected = _corrected(found.sum(axis=0), guided.sum(axis=0), parts * guide)
        both, apart = corrected, found - (guided - guide)
        alike = float(apart.sum(axis=0).var(axis=0).sum()) > float(apart.var(axis=1).sum())
    else:
        both, alike = np.sum([_corrected(*each, guide) for each in zip(found, guided, strict=True)], axis=0), True
    both -= both.mean(axis=1, keepdims=True)
    return both.mean(axis=0), both.var(axis=0, ddof=1) / rounds, alike


def _random_coalitions(n: int, s: int, rounds: int, rng: np.random.Generator) -> BoolArray:
    """Return coalitions of size s, boolean (rounds, blocks, n); a round has every player in and out at least once."""
    block = min(s, n - s)
    blocks = _blocks(n, s)
    orders = rng.permuted(np.tile(np.arange(n), (rounds, 1)), axis=1)
    members = np.concatenate([orders, orders[:, : blocks * block - n]], axis=1).reshape(rounds, blocks, block)
    present = np.full((rounds, blocks, n), s != block)
    np.put_along_axis(present, members, s == block, axis=2)
    return present


def _in_minus_out(worths: FloatArray, present: BoolArray) -> FloatArray:
    """Return a round's mean worth of the coalitions with i minus that of the rest: (rounds, blocks) -> (rounds, n)."""
    worths = worths - worths[:, :1]
    times = present.sum(axis=1)
    sums = np.einsum("rb,rbi->ri", worths, present)
    difference: FloatArray = sums / times - (worths.sum(axis=1, keepdims=True) - sums) / (worths.shape[1] - times)
    return difference


def _corrected(found: FloatArray, guided: FloatArray, guide: FloatArray) -> FloatArray:
    """Take out of the rounds, (rounds, n), what the guide explains; each half's slope is fitted on the other half."""
    surprise = guided - guide
    half = len(found) // 2
    slopes = [_slope(found[part] - guide, surprise[part]) for part in (slice(half, None), slice(half))]
    return found - np.repeat(slopes, [half, len(found) - half])[:, None] * surprise


def _slope(rest: FloatArray, surprise: FloatArray) -> float:
    spread = float(np.vdot(surprise, surprise))
    # 1 plus a correction, not the plain quotient: where the guide explains everything the slope must be exactly 1
    return 1.0 + float(np.vdot(rest - surprise, surprise)) / spread if spread > 0 else 0.0
