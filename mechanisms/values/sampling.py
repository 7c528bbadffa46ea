"""The Shapley value of a game with many players, estimated from a sample of coalitions of every size."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...arrays import BoolArray, FloatArray, IntArray
from ...messages import brief
from ..coalitions.games import OnDemandGame

ENTRIES_AT_ONCE = 1 << 22


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


def stratified_shapley(game: OnDemandGame, *, evaluations: int, rng: np.random.Generator) -> Estimate:
    """Estimate the Shapley value without bias from coalitions of every size.

    ``phi_i = (v(N) + sum_{s=1}^{n-1} D(i, s)) / n``, where D(i, s) is the mean worth of the coalitions of size s with i
    minus the mean worth of those without i (Kolpaczki, Bengs, Muschalik and Hüllermeier 2024, "Approximating the
    Shapley Value without Marginal Contributions", stratified). Where we depart from it: every size with few coalitions
    is enumerated, as they do for 1 and n - 1. For the others a round cuts a random order of the players into blocks of
    size s (of size n - s, whose complements are used, when that is smaller), so that every player is in and out at
    least once. The rounds are independent and give the standard errors. The enumerated sizes 1 and n - 1 tell roughly
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
    for s, count in zip(sizes[rounds > 0], rounds[rounds > 0], strict=True):
        differences[s], variances[s] = _sampled(game, int(s), int(count), guide, rng)
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
        for s in sampled:
            extra = spare >= _blocks(n, s)
            spare -= _blocks(n, s) * extra
            rounds[s - 1] = full + extra
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
    """Return the mean of the rounds' differences and its estimated variance, each of shape (n,)."""
    n, blocks = game.n, _blocks(game.n, s)
    found, guided = np.empty((rounds, n)), np.empty((rounds, n))
    step = max(1, ENTRIES_AT_ONCE // (blocks * n))
    for k in range(0, rounds, step):
        present = _random_coalitions(n, s, min(step, rounds - k), rng)
        worths = game.worths(present.reshape(-1, n)).reshape(-1, blocks)
        found[k : k + step] = _in_minus_out(worths, present)
        guided[k : k + step] = _in_minus_out(present @ guide * ((n - 1) / n), present)
    corrected = _corrected(found, guided, guide)
    corrected -= corrected.mean(axis=1, keepdims=True)
    return corrected.mean(axis=0), corrected.var(axis=0, ddof=1) / rounds


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
