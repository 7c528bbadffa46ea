"""Players whose weights on privacy are their own secret, with benefits that were measured."""

from dataclasses import dataclass

import numpy as np

from ....arguments import validated
from ....arrays import FloatArray
from .benefit import Benefit


@dataclass(frozen=True, eq=False)
class PrivateLevels:
    """What two players come to who know only their own weight.

    Parameters
    ----------
    levels
        The privacy levels, shape (m,).
    shares
        How often each player keeps each level, over its weights, shape (2, m).
    regret
        By how much a player gains, on average over its weights, by answering the other's shares better.
    benefit
        Mean benefit of each, shape (2,).
    """

    levels: FloatArray
    shares: FloatArray
    regret: float
    benefit: FloatArray

    @property
    def means(self) -> FloatArray:
        """Mean level of each player, shape (2,)."""
        return self.shares @ self.levels


@validated
def private_levels(benefit: Benefit, highest: float, levels: FloatArray, start: float = 0.0, rounds: int = 400) -> PrivateLevels:
    """Return where fictitious play leads two players whose r = C / B is drawn evenly from [0, R] and known to its owner alone.

    A player with ratio r keeps the level at which its expected benefit less r (1 - p) is largest; so it keeps each level for an
    interval of ratios, which is worked out exactly. Each answers the mean of what the other did so far.

    Parameters
    ----------
    benefit
        Of two players.
    highest
        R > 0.
    levels
        Levels to choose from, increasing, the last 1.
    start
        The level that everybody is believed to keep at first.
    rounds
        How many rounds are played, ≥ 1.

    Raises
    ------
    ValueError
        There are not two players, or R is not above 0.

    Examples
    --------
    >>> from .benefit import SmoothBenefit
    >>> found = private_levels(SmoothBenefit((0.5, 0.5)), 0.3, np.linspace(0, 1, 101))
    >>> bool(abs(found.means - 0.18377).max() < 0.01), bool(found.regret < 1e-3)
    (True, True)
    """
    if benefit.n != 2 or not 0 < highest < np.inf:
        raise ValueError(f"two players with ratios up to R > 0, not {benefit.n} players and R = {highest}")
    grid = np.asarray(levels, dtype=np.float64)
    m = len(grid)
    gained = benefit.at(np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(m, m, 2)
    tables = np.stack([gained[..., 0], gained[..., 1].T])
    shares = np.zeros((2, m))
    shares[:, int(np.abs(grid - start).argmin())] = 1.0
    for step in range(rounds):
        answers = np.stack([_shares(tables[own] @ shares[1 - own], grid, highest) for own in (0, 1)])
        shares += (answers - shares) / (step + 2)
    expected = [tables[own] @ shares[1 - own] for own in (0, 1)]
    best = np.stack([_shares(expected[own], grid, highest) for own in (0, 1)])
    regret = max(
        _mean_utility(expected[own], grid, best[own], highest) - _mean_utility(expected[own], grid, shares[own], highest)
        for own in (0, 1)
    )
    return PrivateLevels(grid, shares, float(regret), np.array([expected[own] @ shares[own] for own in (0, 1)]))


def _shares(gained: FloatArray, levels: FloatArray, highest: float) -> FloatArray:
    """Return for which share of the ratios in [0, R] each level is best, shape (m,): lengths of an upper envelope's pieces."""
    result, at, now = np.zeros(len(levels)), 0.0, int(np.argmax(gained))
    while at < highest:
        rises = levels[now + 1 :] - levels[now]
        if not len(rises):
            result[now] += highest - at
            break
        meets = (gained[now] - gained[now + 1 :]) / rises
        last = len(meets) - 1 - int(np.argmin(meets[::-1]))
        ends = min(max(float(meets[last]), at), highest)
        result[now] += ends - at
        at, now = ends, now + 1 + last
    return result / highest


def _mean_utility(gained: FloatArray, levels: FloatArray, shares: FloatArray, highest: float) -> float:
    """Return the mean of b - r (1 - p) where higher ratios keep higher levels, in these shares."""
    ends = np.concatenate([[0.0], np.cumsum(shares)]) * highest
    paid = (ends[1:] ** 2 - ends[:-1] ** 2) / (2 * highest)
    return float(shares @ gained - paid @ (1 - levels))
