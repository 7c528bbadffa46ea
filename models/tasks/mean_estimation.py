"""Estimating a mean from users who each choose how private their datum stays."""

import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from ...arguments import validated
from ...arrays import FloatArray, IntArray
from ...papers import FAIR_VALUE
from .task import TASKS, Task

AT_ONCE = 1 << 14
LARGEST_FINITE = 1e100
"""Privacy levels beyond this are worth as much as no privacy, and their squares would overflow."""


@TASKS.register
class MeanEstimation(Task):
    """A platform estimates a mean from one bit a user, each kept ε-differentially private at a level the user chooses.

    Users hold X_i = ±1/2 with P(X_i = 1/2) = p, p uniform on [0, 1]. The platform reports w·X + Laplace noise, the weights and
    the noise chosen for the least Bayes risk r subject to |w_i| ≤ (scale of the noise) ε_i: one noise protects everybody. The
    value is the risk taken off that of knowing nothing, in units that make N users without privacy worth 1:
    (N + 2) / N · (1 - 12 r).

    Parameters
    ----------
    users
        Number of users N, ≥ 1.
    levels
        The privacy levels ε that a user may choose beside staying out (ε = 0): increasing, > 0, ``inf`` for no privacy.
    copies
        Must be 0: a user has one datum, and a copy of it under the same name would break its privacy guarantee.

    Notes
    -----
    The paper solves two users with one level (eq. 36). Any number of users, and mixed levels, are worked out here: see
    `linear_laplace_utility`. The normalisation is by N; the constant of the paper's two users is the case N = 2.

    Examples
    --------
    Example 1 of the paper, eq. 10: two users without privacy.

    >>> MeanEstimation(users=2).worths([[0, 0], [1, 0], [0, 1], [1, 1]]).round(4).tolist()
    [0.0, 0.6667, 0.6667, 1.0]
    >>> MeanEstimation(users=4, levels=[1, 2, 5, "inf"]).worths([[1, 2, 3, 4]]).round(6).tolist()
    [0.836842]
    """

    source = FAIR_VALUE.at("Example 1, eq. 36")
    example_parameters = {"users": 3, "levels": (1, "inf")}

    users: Annotated[int, Field(ge=1, le=10**9)] = 2
    levels: Annotated[tuple[float, ...], Field(min_length=1)] = Field(default=(math.inf,), kw_only=True)

    def model_post_init(self, context: object, /) -> None:
        """Check that levels are privacy levels and that nobody copies."""
        for level in self.levels:
            if not level > 0:
                raise ValueError(f"levels: a privacy level must be > 0, not {level}; staying out is level 0 already")
        super().model_post_init(context)
        if self.copies:
            raise ValueError(f"copies = {self.copies}: a user of mean estimation has one datum, so copies must be 0")

    @property
    def n_parties(self) -> int:
        """Number of users."""
        return self.users

    def value(self, profiles: IntArray) -> FloatArray:
        """Return the utility of the users' privacy levels, shape (batch,)."""
        actions = np.arange(1, len(self.contributions))
        counts = np.stack([(profiles == action).sum(axis=1) for action in actions], axis=1)
        return self.value_by_count(np.zeros_like(actions), actions, counts)

    def interchangeable(self) -> IntArray:
        """Return the same label for every user."""
        return np.zeros(self.users, dtype=np.int64)

    def value_by_count(self, labels: IntArray, actions: IntArray, counts: IntArray) -> FloatArray:
        """Return the utility when so many users choose each action, shape (batch,); no user is listed."""
        table = np.asarray(counts)
        parts = [_utility(self.level_of[actions], table[k : k + AT_ONCE], self.users) for k in range(0, len(table), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0)


@validated
def linear_laplace_utility(epsilons: ArrayLike) -> FloatArray:
    """Return what the best linear-Laplace estimator of a mean is worth, at one privacy level a user.

    The users with the smallest levels are held to w_i = b ε_i, b the scale of the noise; the others share one weight. With
    S1 and S2 the sums of ε and ε² over those held and M the number of the others, the least risk has
    1 - 12 r = y / (1 + y), y = M / 2 + S1² / (2 (S2 + 12)); the held are the fewest with S1 ε - S2 ≥ 12 at the next level ε.
    Derived for this project from eq. 29, 33; the paper has the case of one level.

    Parameters
    ----------
    epsilons
        Privacy levels ≥ 0, shape (..., N): 0 gives nothing, ``inf`` has no privacy.

    Returns
    -------
    array of shape (...): (N + 2) / N · (1 - 12 r), in [0, 1].

    Raises
    ------
    ValueError
        There are no users, or a level is negative or not a number.

    Examples
    --------
    >>> float(linear_laplace_utility([1, 1]))
    0.25
    >>> linear_laplace_utility([[0, 5], [5, 5]]).round(6).tolist()
    [0.505051, 0.892857]
    """
    levels = np.asarray(epsilons, dtype=np.float64)
    if levels.ndim == 0 or levels.shape[-1] == 0:
        raise ValueError(f"privacy levels have shape (..., N) with N >= 1, not {levels.shape}")
    wrong = levels[~(levels >= 0)]
    if wrong.size:
        raise ValueError(f"a privacy level must be at least 0, not {wrong[0]}")
    flat = np.sort(levels.reshape(-1, levels.shape[-1]), axis=1)
    return _solve(flat, np.ones_like(flat), levels.shape[-1]).reshape(levels.shape[:-1])


@validated
def utility_by_sharers(users: int, epsilon: float = math.inf) -> FloatArray:
    """Return the utility when k = 0..N users share at level ε and the others stay out, shape (N + 1,).

    U_N(k) = (N + 2) / N · k² / (k (k + 2) + 24 / ε²), derived for this project; eq. 36 is N = 2.

    Parameters
    ----------
    users
        Number of users N, ≥ 1.
    epsilon
        The privacy level, > 0 or ``inf``.

    Raises
    ------
    ValueError
        A parameter is out of range.

    Examples
    --------
    >>> utility_by_sharers(2).round(4).tolist(), utility_by_sharers(2, 2).round(4).tolist()
    ([0.0, 0.6667, 1.0], [0.0, 0.2222, 0.5714])
    """
    if users < 1:
        raise ValueError(f"users must be at least 1, not {users}")
    if not epsilon > 0:
        raise ValueError(f"epsilon must be > 0 (inf is allowed), not {epsilon}")
    counts = np.arange(users + 1)[:, None]
    return _utility(np.array([epsilon], dtype=np.float64), counts, users)


def _utility(levels: FloatArray, counts: NDArray[Any], users: int) -> FloatArray:
    """Return utilities for numbers of users, (batch, c), at levels (c,); level by level, so that few of them cost little."""
    held = np.ones(len(counts), dtype=bool)
    sum1, sum2, free = np.zeros((3, len(counts)))
    for column in np.argsort(levels):
        epsilon = min(float(levels[column]), LARGEST_FINITE)
        held &= math.isfinite(levels[column]) & (sum1 * epsilon - sum2 < 12)
        number = counts[:, column].astype(np.float64)
        kept = np.where(held, number, 0.0)
        sum1 += kept * epsilon
        sum2 += kept * epsilon**2
        free += number - kept
    return _worth(sum1, sum2, free, users)


def _solve(levels: FloatArray, counts: FloatArray, users: int) -> FloatArray:
    """Return utilities for counts of users at levels that increase along the last axis, (batch, c) each."""
    private = np.isfinite(levels)
    epsilon = np.where(private, np.minimum(levels, LARGEST_FINITE), 0.0)
    first = np.cumsum(counts * epsilon, axis=1)
    second = np.cumsum(counts * epsilon**2, axis=1)
    # whether a level is held is asked of the sums below it, which its own terms would not change: ε ε - ε² = 0
    held = np.logical_and.accumulate(private & (first * epsilon - second < 12), axis=1)
    last = held.sum(axis=1) - 1
    rows = np.arange(len(counts))
    sum1 = np.where(last >= 0, first[rows, last], 0.0)
    sum2 = np.where(last >= 0, second[rows, last], 0.0)
    return _worth(sum1, sum2, np.where(held, 0.0, counts).sum(axis=1), users)


def _worth(sum1: FloatArray, sum2: FloatArray, free: FloatArray, users: int) -> FloatArray:
    odds = free / 2 + sum1**2 / (2 * (sum2 + 12))
    return np.asarray((users + 2) / users * odds / (1 + odds))
