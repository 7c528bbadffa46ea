"""How many of many independent players do something, as each of them sees it: the others' number."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft
from scipy.stats import binom

from ...arrays import FloatArray, IntArray

TAIL = -math.log(0.5e-18)
MOST_DIFFERENT = 1000
"""Up to so many different chances each kind's distribution is listed; beyond, only expectations are found."""

DIRECT = 8
"""Distributions of so few players are multiplied term by term."""

UNIT = 2.0**-53
TRANSFORM = 6.7 * UNIT
"""Error of a fast Fourier transform of length 2^t, as a share t times this of what it transforms (Higham 2002, Theorem 24.2)."""


@dataclass(frozen=True, eq=False)
class Others:
    """How many of the others do something, for each of n players who do it independently with chances of their own.

    Parameters
    ----------
    numbers
        The numbers k that are not negligible for anybody, increasing, shape (w,): what is left out has a chance below 1e-18.
    whose
        Which kind each player is, shape (n,): players with equal chances are of one kind.
    expected
        Expectations: from values by number, (w, c), to one a kind, (g, c).
    error_bound
        How far an expectation may be from the truth, as a share of the spread of its values.
    """

    numbers: IntArray
    whose: IntArray
    expected: Callable[[FloatArray], FloatArray]
    error_bound: float


def others(chances: FloatArray) -> Others:
    """Return how many of the others do something that player i does with chance p_i, all independently (Poisson binomial).

    Up to 1000 different chances are worked out kind by kind, see `number_of_others`. More are multiplied in pairs by fast Fourier
    transforms, up a binary tree and down again, in time n log² n; errors then stay below ``error_bound``, which is proven and
    pessimistic: measured ones are near 1e-15 of the spread.

    Parameters
    ----------
    chances
        The p_i in [0, 1], shape (n,).

    Examples
    --------
    >>> found = others(np.array([0.5, 0.25, 0.25]))
    >>> found.numbers.tolist(), found.expected(found.numbers[:, None] * 1.0)[found.whose].ravel().tolist()
    ([0, 1, 2], [0.5, 0.75, 0.75])
    """
    if len(np.unique(chances)) <= MOST_DIFFERENT:
        numbers, probabilities, whose = number_of_others(chances)
        return Others(numbers, whose, lambda values: probabilities @ values, 8 * UNIT * len(chances) * max(len(numbers), 8))
    mean, variance = float(chances.sum()), float((chances * (1 - chances)).sum())
    low, high = _window(mean, variance, len(chances))
    numbers = np.arange(max(low - 1, 0), min(high, len(chances) - 1) + 1)
    tree = _Tree(np.asarray(chances, dtype=np.float64))

    def expected(values: FloatArray) -> FloatArray:
        return np.column_stack([tree.expected(numbers, column) for column in values.T])

    return Others(numbers, np.arange(len(chances)), expected, tree.error_bound)


def number_of_others(chances: FloatArray) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the distribution of the others' number for each kind of players with equal chances, for few kinds.

    Players of a kind are counted together by a binomial distribution; one player is taken out of the distribution of all by a
    recursion that runs from the end where it is stable. Tails lighter than 1e-18 are left out.

    Parameters
    ----------
    chances
        The p_i in [0, 1], shape (n,).

    Returns
    -------
    tuple
        Numbers k (w,); probabilities (g, w) for each of the g different chances; which of them is whose (n,).

    Examples
    --------
    >>> number, chance, whose = number_of_others(np.array([0.5, 0.25, 0.25]))
    >>> number.tolist(), chance[whose[0]].round(6).tolist(), chance[whose[1]].round(6).tolist()
    ([0, 1, 2], [0.5625, 0.375, 0.0625], [0.375, 0.5, 0.125])
    """
    different, whose, counts = np.unique(chances, return_inverse=True, return_counts=True)
    if len(different) == 1:
        lowest, alone = _binomial(int(counts[0]) - 1, float(different[0]))
        return lowest + np.arange(len(alone)), alone[None], whose
    lowest, everybody = 0, np.ones(1)
    for count, chance in zip(counts.tolist(), different.tolist(), strict=True):
        low, one = _binomial(count, chance)
        lowest, everybody = lowest + low, np.convolve(everybody, one)
    numbers = lowest - 1 + np.arange(len(everybody) + 1)
    possible = (numbers >= 0) & (numbers < len(chances))
    return numbers[possible], _one_less(everybody, different)[:, possible], whose


class _Tree:
    """Distributions of the numbers in halves, quarters, ... of the players, and expectations over everybody but one."""

    def __init__(self, chances: FloatArray) -> None:
        self.n = len(chances)
        padded = np.zeros(1 << (self.n - 1).bit_length())
        padded[: self.n] = chances
        self.levels = [np.column_stack([1 - padded, padded])]
        while len(self.levels[-1]) > 1:
            self.levels.append(_product(self.levels[-1][::2], self.levels[-1][1::2]))

    def expected(self, numbers: IntArray, values: FloatArray) -> FloatArray:
        """Return E[f(number of the others)] for each player, (w,) -> (n,); beyond the numbers given f stays as at their ends."""
        middle = (float(values.max()) + float(values.min())) / 2
        seen = np.interp(np.arange(len(self.levels[0])), numbers, values - middle)[None]
        for level in self.levels[-2::-1]:
            # who is in one half sees those in the other
            halves = np.empty((len(level), level.shape[1] - 1))
            halves[::2], halves[1::2] = _averaged(seen, level[1::2]), _averaged(seen, level[::2])
            seen = halves
        return np.asarray(seen[: self.n, 0] + middle)

    @property
    def error_bound(self) -> float:
        """Bound the error by the size of transforms: of the distributions in 1-norm, of the averages at their largest."""
        off, total = 2 * UNIT, 0.0
        for depth in range(len(self.levels) - 1):
            half = 1 << depth
            if half < DIRECT:
                total += 2 * off + (half + 2) * UNIT
                off = 2 * off + (half + 2) * UNIT
            else:
                step = TRANSFORM * (depth + 1)
                total += off + 3 * step * 2 * half
                # from 2-norm to 1-norm
                off = 2 * off + 4 * step * math.sqrt(2 * half + 1)
        return total


def _product(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the distributions of sums, (m, h + 1) each -> (m, 2 h + 1)."""
    half = one.shape[1] - 1
    both = np.zeros((len(one), 2 * half + 1))
    if half < DIRECT:
        for k in range(half + 1):
            both[:, k : k + half + 1] += one[:, [k]] * other
        return both
    both[:, :-1] = irfft(rfft(one, 2 * half) * rfft(other, 2 * half), 2 * half)
    both[:, -1] = one[:, -1] * other[:, -1]
    both[:, 0] = one[:, 0] * other[:, 0]
    return both


def _averaged(values: FloatArray, chances: FloatArray) -> FloatArray:
    """Return Σ_j chances_j values_{k + j} at k = 0 .. h - 1, shapes (m, 2 h) and (m, h + 1) -> (m, h)."""
    half = chances.shape[1] - 1
    if half < DIRECT:
        return np.asarray(sum(chances[:, [j]] * values[:, j : j + half] for j in range(half + 1)))
    return np.asarray(irfft(rfft(values) * rfft(chances, 2 * half).conj(), 2 * half)[:, :half])


def _window(mean: float, variance: float, most: int) -> tuple[int, int]:
    """Return between what numbers a sum of independent 0s and 1s lies but for tails that Bernstein's inequality bounds."""
    reach = TAIL / 3 + math.sqrt(TAIL**2 / 9 + 2 * TAIL * variance)
    return max(math.floor(mean - reach), 0), min(math.ceil(mean + reach), most)


def _binomial(count: int, chance: float) -> tuple[int, FloatArray]:
    """Return the lowest number and the probabilities from there on, but for negligible tails."""
    low, high = _window(count * chance, count * chance * (1 - chance), count)
    return low, np.asarray(binom.pmf(np.arange(low, high + 1), count, chance))


def _one_less(everybody: FloatArray, chances: FloatArray) -> FloatArray:
    """Take one player of each chance out of a distribution (w,); return (g, w + 1), shifted by one place."""
    rest = np.zeros((len(chances), len(everybody) + 1))
    seldom = chances <= 0.5
    p, q = chances[seldom], 1 - chances[seldom]
    last = np.zeros(len(p))
    for place, weight in enumerate(everybody):
        last = (weight - p * last) / q
        rest[seldom, place + 1] = last
    p, q = chances[~seldom], 1 - chances[~seldom]
    last = np.zeros(len(p))
    for place in range(len(everybody) - 1, -1, -1):
        last = (everybody[place] - q * last) / p
        rest[~seldom, place] = last
    return rest
