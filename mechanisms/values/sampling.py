"""Semivalues of a game with many players, estimated from a sample of coalitions of every size."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray, checked, number
from ..coalitions.games import OnDemandGame
from .surrogates import Boosted, Linear, Proportional, Surrogate, Triples

ENTRIES_AT_ONCE = 1 << 22
PILOT = 0.3
SPREAD_OUT = 0.2
LIGHT = 1e-3
MANY_PAIRS, MOST_FITTED_TO, TOO_MANY_TO_BOOST = 4000, 30_000, 100_000
FOLDS, FEW_FOLDS = 4, 2
POWERS = (1, 3)
NORMAL, NORMAL_LEVEL = 1.959963984540054, 0.975
ROWS_A_SLOPE = 4
ENOUGH_ROUNDS = 4
FIELDS = ("present", "size", "rounds", "worths", "others")
WORTH_BOOSTING = 0.03
LEAST_TO_BOOST, LEAST_FOR_TRIPLES = 1000, 2000


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimated values of the players, or of pairs of them, and how far off they may be.

    Attributes
    ----------
    values
        One a player, shape (n,), or a pair, shape (n, n); ``numpy.asarray(estimate)`` gives them.
    standard_errors
        The estimated standard deviation of each value, ≥ 0, of the same shape; 0 where the value is exact.
    evaluations
        How many coalitions were asked for.
    """

    values: FloatArray
    standard_errors: FloatArray
    evaluations: int

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)


@dataclass(frozen=True, eq=False)
class Draws:
    """Coalitions of at most half the players, and their complements, by rounds in which everybody is in and out at least once.

    Parameters
    ----------
    present
        Who is in, shape (pairs, n).
    size
        How many are, shape (pairs,).
    rounds
        The round of that size, from 0, shape (pairs,).
    worths, others
        What the coalitions and their complements are worth, shape (pairs,) each.
    """

    present: BoolArray
    size: IntArray
    rounds: IntArray
    worths: FloatArray
    others: FloatArray

    def kept(self, which: BoolArray) -> "Draws":
        """Return some of the pairs."""
        return Draws(*(getattr(self, name)[which] for name in FIELDS))

    def joined(self, more: "Draws") -> "Draws":
        """Return these and later ones."""
        return Draws(*(np.concatenate([getattr(self, name), getattr(more, name)]) for name in FIELDS))

    def data(self) -> tuple[BoolArray, FloatArray]:
        """Return coalitions and complements, and their worths."""
        return np.concatenate([self.present, ~self.present]), np.concatenate([self.worths, self.others])

    def scores(self, chances: FloatArray, worths: FloatArray, others: FloatArray) -> FloatArray:
        """Return what each pair says of who is in, and of who is out, if it were worth that, shape (2, pairs)."""
        n, s = len(chances), self.size
        inside = chances[s - 1] * worths - chances[n - s] * others
        outside = chances[n - s - 1] * others - chances[s] * worths
        return np.stack([inside, outside]) * np.where(2 * s == n, 0.5, 1.0)


@validated
def sampled_semivalue(
    game: OnDemandGame, chances: FloatArray, *, evaluations: int, rng: np.random.Generator, precision: float | None = None
) -> Estimate:
    """Estimate a semivalue from coalitions of every size and what simple games that resemble this one leave unexplained.

    ``phi_i = sum_s chances[s-1] A(i, s) - chances[s] B(i, s)``, where A(i, s) is the mean worth of the coalitions of size s with
    i, and B(i, s) of those without i (for the Shapley value: Kolpaczki, Bengs, Muschalik and Hüllermeier 2024, "Approximating the
    Shapley Value without Marginal Contributions", stratified). Where we depart from it: sizes with few coalitions are
    enumerated, as they do for 1 and n - 1. For the others a round cuts a random order of the players into blocks, whose
    complements are asked for as well, which cancels interactions of two players in every value that is symmetric in size, the
    Shapley value among them. After a third of the budget the rest goes where the worths of a size are spread most.

    Games with known values are fitted to what was asked for: linear ones whose slopes change with size, and, where those explain
    too little, products of triples (`Triples`, where all can soon be looked at) and sums of regression trees (as Witter, Liu and
    Musco 2025, "Regression-adjusted Monte Carlo Estimators for Shapley Values and Probabilistic Values"). Their values are
    corrected by the mean of what they leave, in coalitions that they were not fitted to. So the estimate has no bias but what
    comes of choosing how much to ask of a size, and how much weight a fit has, by the same sample: smaller than the standard
    errors by a factor of the order of one over their number of rounds.

    Parameters
    ----------
    game
        Any number of players; the worth function gets batches of many coalitions.
    chances
        Weight of joining s others, whoever they are, shape (n,): 1 / n for the Shapley value.
    evaluations
        The most coalitions that may be asked for. With 2^n - 1 or more the answer is exact, standard errors 0.
    rng
        The same state gives the same estimate.
    precision
        Stop once no standard error is above this; default: use the whole budget.

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
        ``rng`` is not a generator, or the game is not on demand.

    Examples
    --------
    >>> airport = OnDemandGame(3, lambda present: (present * [1.0, 2.0, 3.0]).max(axis=1))
    >>> sampled_semivalue(airport, np.full(3, 1 / 3), evaluations=7, rng=np.random.default_rng(1)).values.round(4).tolist()
    [0.3333, 0.8333, 1.8333]
    """
    n = game.n
    chances = checked(chances, "chances, one for each number of others,", shape=(n,))
    if precision is not None:
        number(precision, "precision", 0)
    enumerated, budget = _plan(n, evaluations)
    known = {s: _all_of_size(game, s) for s in enumerated}
    values = np.full(n, chances[-1] * game.grand)
    for s, (present, worths) in known.items():
        inside = worths @ present / math.comb(n - 1, s - 1)
        outside = (worths.sum() - worths @ present) / math.comb(n - 1, s)
        values += chances[s - 1] * inside - chances[s] * outside
    asked = 1 + sum(len(worths) for _, worths in known.values())
    sizes = [s for s in range(2, n // 2 + 1) if s not in known]
    if not sizes:
        return Estimate(values, np.zeros(n), asked)
    rest, errors, spent = _sampled(game, sizes, budget, chances, list(known.values()), rng, precision)
    if not np.ptp(chances) > 0:
        rest -= rest.mean()
    return Estimate(values + rest, errors, asked + spent)


def _pairs(n: int, s: int) -> int:
    """Return how many coalitions of size s ≤ n / 2, with their complements, make a round."""
    return 1 if 2 * s == n else -(-n // s)


def least_evaluations(n: int) -> int:
    """Return the fewest coalitions of n players that values can be estimated from: two rounds of every size.

    Examples
    --------
    >>> least_evaluations(50)
    705
    """
    ends = 1 + sum(math.comb(n, s) for s in {1, n - 1} if 0 < s < n)
    return ends + sum(min(math.comb(n, s), 4 * _pairs(n, min(s, n - s)) // (1 + (2 * s != n))) for s in range(2, n - 1))


def _plan(n: int, evaluations: int) -> tuple[list[int], int]:
    """Return which sizes 1..n-1 to enumerate, and the budget that is left for the others.

    A size is enumerated when that takes no more coalitions than its share of the budget.
    """
    sampled, least = list(range(2, n - 1)), least_evaluations(n)
    budget = evaluations - 1 - sum(math.comb(n, s) for s in {1, n - 1} if 0 < s < n)
    if evaluations < least:
        raise ValueError(f"evaluations must be at least {least} for {n} players, not {evaluations}")
    while sampled:
        a_round = sum(_pairs(n, min(s, n - s)) for s in sampled)
        small = [s for s in sampled if math.comb(n, s) * a_round <= budget * _pairs(n, min(s, n - s))]
        if not small:
            break
        budget -= sum(math.comb(n, s) for s in small)
        sampled = [s for s in sampled if s not in small]
    return [s for s in range(1, n) if s not in sampled], budget


def _all_of_size(game: OnDemandGame, s: int) -> tuple[BoolArray, FloatArray]:
    """Return all coalitions of a size and their worths."""
    n, members = game.n, itertools.combinations(range(game.n), s)
    every, worths = [], []
    while chosen := list(itertools.islice(members, max(1, ENTRIES_AT_ONCE // n))):
        present = np.zeros((len(chosen), n), dtype=bool)
        np.put_along_axis(present, np.array(chosen), True, axis=1)
        every.append(present)
        worths.append(game.worths(present))
    return np.concatenate(every), np.concatenate(worths)


def _sampled(
    game: OnDemandGame,
    sizes: list[int],
    budget: int,
    chances: FloatArray,
    known: list[tuple[BoolArray, FloatArray]],
    rng: np.random.Generator,
    precision: float | None,
) -> tuple[FloatArray, FloatArray, int]:
    """Return what sampled sizes add to values, and the standard errors, (n,) each, and how many coalitions were asked for."""
    costs = np.array([2 * _pairs(game.n, s) for s in sizes])
    heavy = _heavy(chances, sizes)
    first = max(2, int(PILOT * (budget - 2 * costs.sum()) / max(int(heavy @ costs), 1)))
    rounds = np.where(heavy, first if precision is None else min(first, ENOUGH_ROUNDS), 2)
    drawn, spent = _drawn(game, sizes, rounds, 0 * rounds, rng), int(rounds @ costs)
    while True:
        left = budget - spent
        if precision is not None or left < costs.min():
            rest, errors = _estimated(drawn, chances, known, rng)
            if left < costs.min() or (precision is not None and errors.max() <= precision):
                return rest, errors, spent
        more = _allocated(drawn, chances, sizes, rounds, left if precision is None else min(left, spent))
        drawn = drawn.joined(_drawn(game, sizes, more, rounds, rng))
        rounds, spent = rounds + more, spent + int(more @ costs)


def _heavy(chances: FloatArray, sizes: list[int]) -> BoolArray:
    """Say which sizes weigh enough to look for players' parts there before anything is known."""
    s = np.array(sizes)
    weights = np.max([np.abs(chances[k]) for k in (s - 1, s, len(chances) - s - 1, len(chances) - s)], axis=0)
    return np.asarray(weights >= LIGHT * weights.max())


def _drawn(game: OnDemandGame, sizes: list[int], rounds: IntArray, before: IntArray, rng: np.random.Generator) -> Draws:
    """Return random coalitions; in a round of a size every player is in and out at least once."""
    n, every, which = game.n, [], []
    for s, count, first in zip(sizes, rounds.tolist(), before.tolist(), strict=True):
        pairs = _pairs(n, s)
        orders = rng.permuted(np.tile(np.arange(n), (count, 1)), axis=1)
        members = np.concatenate([orders, orders], axis=1)[:, : pairs * s].reshape(-1, s)
        present = np.zeros((len(members), n), dtype=bool)
        np.put_along_axis(present, members, True, axis=1)
        every.append(present)
        which.append(first + np.repeat(np.arange(count), pairs))
    present = np.concatenate(every)
    step = max(1, ENTRIES_AT_ONCE // n)
    worths = [game.worths(some[k : k + step]) for some in (present, ~present) for k in range(0, len(present), step)]
    both = np.concatenate(worths).reshape(2, -1)
    return Draws(present, present.sum(axis=1), np.concatenate(which), both[0], both[1])


def _allocated(drawn: Draws, chances: FloatArray, sizes: list[int], rounds: IntArray, budget: int) -> IntArray:
    """Return how many more rounds of every size a budget buys: more where a linear fit leaves more (Neyman), some everywhere."""
    fit = Linear.fitted(*drawn.data(), 1)
    left = drawn.scores(chances, drawn.worths - fit.worths(drawn.present), drawn.others - fit.worths(~drawn.present))
    spreads = _beside(np.array([left[:, drawn.size == s].var(axis=1).mean() for s in sizes]))
    costs = np.array([2 * _pairs(len(chances), s) for s in sizes])
    even, pull = np.maximum(_heavy(chances, sizes), 1e-9) / np.sqrt(costs), spreads / np.sqrt(costs)
    shares = SPREAD_OUT * even / (even @ costs)
    if pull.any():
        shares = shares + (1 - SPREAD_OUT) * pull / (pull @ costs)
    wanted = np.maximum(shares * (budget + rounds @ costs) - rounds, 0.0)
    more = np.floor(wanted * (budget / max(budget, float(wanted @ costs)))).astype(np.int64)
    spare = budget - int(more @ costs)
    for k in np.argsort(-shares, kind="stable").tolist():
        extra = int(spare >= costs[k])
        more[k] += extra
        spare -= extra * int(costs[k])
    return np.asarray(more, dtype=np.int64)


def _beside(variances: FloatArray) -> FloatArray:
    """Return the standard deviation for each size as the two sizes on either side have it.

    What is asked of a size must not depend on what was found there: means of small samples and their spread go together.
    """
    k = np.arange(len(variances))
    near = [np.flatnonzero((abs(k - one) <= 2) & (k != one)) for one in k]
    return np.array([np.sqrt(variances[some].mean()) if len(some) else 1.0 for some in near])


def _estimated(
    drawn: Draws, chances: FloatArray, known: list[tuple[BoolArray, FloatArray]], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return the sampled sizes' part of the values and its standard errors, shape (n,) each."""
    folds = FEW_FOLDS if len(drawn.size) >= MANY_PAIRS else FOLDS
    fold = (drawn.rounds + drawn.size) % folds
    fits = _fits(drawn, fold, folds, known, rng)
    scores, guesses = drawn.scores(chances, drawn.worths, drawn.others), _guesses(drawn, fold, fits, chances)
    weights = _weights(drawn, fold, folds, scores, guesses)
    rest = scores - np.einsum("kcp,pk->cp", guesses, weights[fold])
    means = [[surrogate.means(len(chances)) for surrogate in row] for row in fits]
    values, variances, doubts = np.zeros((3, len(chances)))
    for s in np.unique(drawn.size).tolist():
        here = np.flatnonzero(drawn.size == s)
        inside = drawn.present[here]
        expected = np.array(
            [
                sum(w * _expected(s, chances, each) for w, each in zip(*row, strict=True))
                for row in zip(weights, means, strict=True)
            ]
        )
        said = rest[:, here, None] + expected[fold[here]].swapaxes(0, 1)
        if 2 * s == len(chances):  # a coalition says the same of who is in as its complement of who is out
            parts = [(np.ones_like(inside), 2 * np.where(inside, *said))]
        else:
            parts = [(inside, said[0]), (~inside, said[1])]
        for members, each in parts:
            values += np.where(members, each, 0.0).sum(axis=0) / members.sum(axis=0)
        variance, doubt = _spread(parts, drawn.rounds[here])
        variances += variance
        doubts += doubt
    slopes = max(fit.slopes.size for fit in fits[0] if isinstance(fit, Linear))
    widened = np.sqrt(1 + slopes / len(fold)) * _widened(variances**2 / np.where(doubts > 0, doubts, 1.0))
    return values, np.sqrt(variances) * widened


def _spread(parts: list[tuple[BoolArray, FloatArray]], rounds: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the variance of the sum of what players' means are among coalitions of a size, and its square by its freedom.

    Coalitions of a round exclude each other, so whole rounds are compared where there are enough of them, else coalitions.
    """
    counts = [members.sum(axis=0) for members, _ in parts]
    means = [np.where(members, each, 0.0).sum(axis=0) / count for (members, each), count in zip(parts, counts, strict=True)]
    apart = [np.where(members, each - mean, 0.0) for (members, each), mean in zip(parts, means, strict=True)]
    many = int(rounds.max()) + 1
    if many >= ENOUGH_ROUNDS:
        sums = np.zeros((many, apart[0].shape[1]))
        for each, count in zip(apart, counts, strict=True):
            np.add.at(sums, rounds, each / count)
        variance = (sums**2).sum(axis=0) * (many / (many - 1))
        return variance, variance**2 / (many - 1)
    count = np.array(counts)
    freedom = np.maximum(count - 1, 1)
    variances = np.array([(each**2).sum(axis=0) for each in apart]) / freedom / count
    return variances.sum(axis=0), (variances**2 / freedom).sum(axis=0)


def _widened(freedom: FloatArray) -> FloatArray:
    """Return by how much larger errors must be for 1.96 of them to cover what they should, by Student's law (Welch 1947)."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.maximum(freedom, 1.0), NORMAL_LEVEL) / NORMAL)


def _expected(s: int, chances: FloatArray, means: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return what scores of a size are on average for a game with these means, for each player, shape (2, n)."""
    n, (with_it, without) = len(chances), means
    inside = chances[s - 1] * with_it[s] - chances[n - s] * without[n - s]
    outside = chances[n - s - 1] * with_it[n - s] - chances[s] * without[s]
    return np.stack([inside, outside]) * (0.5 if 2 * s == n else 1.0)


def _fits(
    drawn: Draws, fold: IntArray, folds: int, known: list[tuple[BoolArray, FloatArray]], rng: np.random.Generator
) -> list[list[Surrogate]]:
    """Return for every fold the games fitted to the other folds and to the sizes that were enumerated."""
    few = [each for each in known if len(each[1]) <= MANY_PAIRS]
    taken = rng.permutation(len(fold)) < MOST_FITTED_TO
    data = []
    for k in range(folds):
        present, worths = drawn.kept(taken & (fold != k)).data()
        data.append((np.concatenate([present, *(p for p, _ in few)]), np.concatenate([worths, *(w for _, w in few)])))
    rows, n = min(len(worths) for _, worths in data), drawn.present.shape[1]
    powers = [power for power in POWERS if rows > ROWS_A_SLOPE * power * n or power == 1]
    fits: list[list[Surrogate]] = []
    for present, worths in data:
        linear = [Linear.fitted(present, worths, power) for power in powers]
        fits.append([*linear, Proportional.fitted(present, worths, linear[0].slopes[0])])
    if rows >= LEAST_TO_BOOST and len(fold) <= TOO_MANY_TO_BOOST and _left(drawn, fold, fits) > WORTH_BOOSTING:
        parts = [drawn.kept(taken & (fold != k)) for k in range(folds)]
        if all(len(part.size) >= LEAST_FOR_TRIPLES and Triples.quick(len(part.size), n) for part in parts):
            for row, part in zip(fits, parts, strict=True):
                row.insert(-1, Triples.fitted(part.present, (part.worths - part.others) / 2))
        plain, beside = (Boosted.fitted(*data[0], rng, other) for other in (None, fits[0][-2]))
        first = drawn.kept(fold == 0)
        better = _left(first, 0 * first.size, [[plain]]) <= _left(first, 0 * first.size, [[beside]])
        fits[0].append(plain if better else beside)
        for row, (present, worths) in zip(fits[1:], data[1:], strict=True):
            row.append(Boosted.fitted(present, worths, rng, None if better else row[-2]))
    return fits


def _guesses(drawn: Draws, fold: IntArray, fits: list[list[Surrogate]], chances: FloatArray) -> FloatArray:
    """Return the scores of every fit in the pairs it was not fitted to, shape (fits, 2, pairs)."""
    guesses = np.zeros((len(fits[0]), 2, len(fold)))
    for k, row in enumerate(fits):
        here = fold == k
        part = drawn.kept(here)
        for which, surrogate in enumerate(row if here.any() else ()):
            step = max(1, ENTRIES_AT_ONCE // len(chances))
            blocks = [some[b : b + step] for some in (part.present, ~part.present) for b in range(0, len(some), step)]
            both = np.concatenate([surrogate.worths(block) for block in blocks]).reshape(2, -1)
            guesses[which][:, here] = part.scores(chances, both[0], both[1])
    return guesses


def _left(drawn: Draws, fold: IntArray, fits: list[list[Surrogate]]) -> float:
    """Return which share of the spread of differences the best fit leaves, in pairs it was not fitted to."""
    even = np.ones(drawn.present.shape[1])
    found = drawn.scores(even, drawn.worths, drawn.others)[0]
    left = np.concatenate([found[None], found - _guesses(drawn, fold, fits, even)[:, 0]])
    spread = sum(left[:, drawn.size == s].var(axis=1) for s in np.unique(drawn.size))
    return float(spread[1:].min() / spread[0]) if spread[0] > 0 else 0.0


def _weights(drawn: Draws, fold: IntArray, folds: int, scores: FloatArray, guesses: FloatArray) -> FloatArray:
    """Return for every fold the weights of the fits that explain most in the other folds, shape (folds, fits).

    They are 1 for the first fit plus a correction, so that a game it explains wholly is valued without round-off.
    """
    n, pairs = drawn.present.shape[1], np.bincount(drawn.size)
    importance = (n / drawn.size + n / (n - drawn.size)) / pairs[drawn.size] ** 2
    stacked = np.concatenate([guesses, scores[None]])
    for s in np.unique(drawn.size):
        stacked[:, :, drawn.size == s] -= stacked[:, :, drawn.size == s].mean(axis=2, keepdims=True)
    stacked[-1] -= stacked[0]
    weights = np.zeros((folds, len(guesses)))
    weights[:, 0] = 1.0
    for k in range(folds):
        each = stacked[:, :, fold != k] * np.sqrt(importance[fold != k])
        flat = each.reshape(len(each), -1)
        gram, side = flat[:-1] @ flat[:-1].T, flat[:-1] @ flat[-1]
        scale = np.sqrt(np.diagonal(gram))
        scale = np.where(scale > 0, scale, 1.0)
        weights[k] += np.linalg.pinv(gram / np.outer(scale, scale), rcond=1e-8, hermitian=True) @ (side / scale) / scale
    return weights
