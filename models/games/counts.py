"""How many of many independent players do something: the distribution that the others' number has for each of them."""

import math

import numpy as np
from scipy.stats import binom

from ...arrays import FloatArray, IntArray

TAIL = -math.log(0.5e-18)
MOST_DIFFERENT = 5000


def number_of_others(chances: FloatArray) -> tuple[IntArray, FloatArray, IntArray]:
    """Return how many of the others do something that player i does with chance p_i, all independently (Poisson binomial).

    Players with equal chances are counted together by a binomial distribution; one player is taken out of the distribution of
    all by a recursion that runs from the end where it is stable. Tails lighter than 1e-18 are left out.

    Parameters
    ----------
    chances
        The p_i in [0, 1], shape (n,).

    Returns
    -------
    tuple
        Numbers k (w,); probabilities (g, w) for each of the g different chances; which of them is whose (n,).

    Raises
    ------
    ValueError
        More than 5000 players all have different chances.

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
    if len(different) > MOST_DIFFERENT:
        raise ValueError(
            f"{len(different)} players with different chances are too many to mix exactly, at most {MOST_DIFFERENT}: "
            "let the rule learn from what was played"
        )
    lowest, everybody = 0, np.ones(1)
    for count, chance in zip(counts.tolist(), different.tolist(), strict=True):
        low, one = _binomial(count, chance)
        lowest, everybody = lowest + low, np.convolve(everybody, one)
    numbers = lowest - 1 + np.arange(len(everybody) + 1)
    possible = (numbers >= 0) & (numbers < len(chances))
    return numbers[possible], _one_less(everybody, different)[:, possible], whose


def _binomial(count: int, chance: float) -> tuple[int, FloatArray]:
    """Return the lowest number and the probabilities from there on, over a window whose tails Bernstein's inequality bounds."""
    mean, variance = count * chance, count * chance * (1 - chance)
    reach = TAIL / 3 + math.sqrt(TAIL**2 / 9 + 2 * TAIL * variance)
    low, high = max(math.floor(mean - reach), 0), min(math.ceil(mean + reach), count)
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
