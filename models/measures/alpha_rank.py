"""α-rank: how long evolution with rare mutations stays with each strategy, or profile, of any table of payoffs."""

import itertools
import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import FloatArray, checked, number, whole
from .chains import MOST_STATES, resting
from .populations import small_mutation_limit

__all__ = ["alpha_rank"]


@validated
def alpha_rank(
    payoffs: ArrayLike, alpha: float = 100.0, population: int = 50, meeting: Literal["everybody", "other"] = "everybody"
) -> FloatArray:
    """Return the share of time that populations under strong selection and rare mutation spend at each strategy, or profile.

    Source: Omidshafiei and others (2019), α-Rank: multi-agent evaluation by evolution, equations 1 to 4. The chain's rest is
    found in logarithms, so that any α may be taken; what it does not change any more as α grows is the ranking.

    Parameters
    ----------
    payoffs
        A square table (m, m), what the row's strategy earns against the column's: one population, as in a tournament. Or tables
        (n, m_1, ..., m_n), what each player earns in each profile: a population for each player. A game of two alike players
        with tables [A, Aᵀ] may be ranked either way: by A, or by both.
    alpha
        Strength of selection, ≥ 0, in 1 / units of payoff.
    population
        Players in each population, ≥ 2.
    meeting
        Of one population: what a player earns is its mean over ``everybody`` else, or what it gets against the ``other`` of the
        two strategies alone, as if nobody met its like. For OpenSpiel these are its selection models False and True.

    Returns
    -------
    array of shape (m,) or (m_1, ..., m_n), which sums to 1

    Raises
    ------
    ValueError
        The tables have another shape, or more than 1500 strategies or profiles.

    Examples
    --------
    >>> alpha_rank([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    >>> alpha_rank([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]]).round(6).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    tables = checked(payoffs, "payoffs")
    strength, size = number(alpha, "alpha", low=0), whole(population, "population", 2, 1_000_000)
    if tables.ndim == 2 and tables.shape[0] == tables.shape[1] > 0:
        if meeting == "everybody":
            return small_mutation_limit(tables, size, strength)
        return resting(_log_fixation(strength * (tables.T - tables), size))
    if tables.ndim < 2 or tables.shape[0] != tables.ndim - 1 or not tables.size:
        raise ValueError(f"payoffs have shape (m, m), or (n, m_1, ..., m_n) for n players, not {tables.shape}")
    sides = tables.shape[1:]
    states = math.prod(sides)
    if states > MOST_STATES:
        raise ValueError(f"{states} profiles are too many to rank: at most {MOST_STATES}")
    logs = np.full((states, states), -np.inf)
    places = np.arange(states).reshape(sides)
    for player, side in enumerate(sides):
        rows, mine = np.moveaxis(places, player, 0), np.moveaxis(tables[player], player, 0)
        for one, other in itertools.permutations(range(side), 2):
            gain = strength * (mine[other] - mine[one])
            logs[rows[one].reshape(-1), rows[other].reshape(-1)] = _log_fixation(gain.reshape(-1), size)
    return resting(logs).reshape(sides)


def _log_fixation(gain: FloatArray, size: int) -> FloatArray:
    """Return log((1 - e^{-g}) / (1 - e^{-size g})), which is -log size where nothing is gained (equation 3)."""
    small = np.abs(gain) * size < 1e-9
    apart = np.where(small, 1.0, np.abs(gain))
    # for a loss g < 0 both differences are turned round: e^{(size - 1) g} (1 - e^{g}) / (1 - e^{size g})
    ratio = np.log1p(-np.exp(-apart)) - np.log1p(-np.exp(-size * apart))
    return np.where(small, -math.log(size) + (size - 1) / 2 * gain, ratio + np.where(gain < 0, -(size - 1) * apart, 0.0))
