"""A two-player game that everybody plays with everybody: what is played in a finite population."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked, whole
from .strategic import StrategicGame

MOST_PLAYERS = 10_000_000


class PopulationGame(StrategicGame):
    """A symmetric two-player game that each of n players plays with all others, for the mean of what that earns.

    It is anonymous: payoffs depend on how many of the others play what, and on nothing else.

    Parameters
    ----------
    base
        An m × m matrix, the row player's payoff; entry (a, b) is what a earns against b.
    players
        How many, from 2 on.
    action_names
        For tables and figures.

    Raises
    ------
    ValueError
        The matrix is not square, or there are fewer than two players.

    Examples
    --------
    >>> hunt = PopulationGame([[4, 0], [3, 3]], players=3)
    >>> hunt.deviations(np.array([0, 0, 1])).tolist()
    [[2.0, 3.0], [2.0, 3.0], [4.0, 3.0]]
    """

    @validated
    def __init__(self, base: ArrayLike, players: int, action_names: Sequence[str] | None = None) -> None:
        self.base: FloatArray = np.array(checked(base, "the base game's payoffs", shape=(None, None)))
        if self.base.shape[0] != self.base.shape[1]:
            raise ValueError(f"the base game is a square matrix, not of shape {self.base.shape}")
        players = whole(players, "players", 2, MOST_PLAYERS)
        super().__init__(np.ones((players, len(self.base)), dtype=bool), None, action_names)

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return the means over all others of what each action earns against theirs."""
        return np.asarray(self.many_deviations(profile[None])[0])

    def many_deviations(self, profiles: IntArray) -> FloatArray:
        """Return `deviations` of many profiles, (r, n) -> (r, n, m), from the numbers that play each action."""
        flat = profiles + self.m * np.arange(len(profiles))[:, None]
        counts = np.bincount(flat.reshape(-1), minlength=self.m * len(profiles)).reshape(-1, self.m)
        return np.asarray(of_counts(self.base, counts)[np.arange(len(profiles))[:, None], profiles])

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return the expected means; exact, since payoffs add up over the others."""
        return np.asarray((policy.sum(axis=0) - policy) @ self.base.T / (self.n - 1))


def of_counts(base: FloatArray, counts: IntArray) -> FloatArray:
    """Return what somebody who plays a would earn by b, (..., m) numbers that play each action -> (..., m, m) by a and b.

    Examples
    --------
    >>> of_counts(np.array([[4.0, 0.0], [3.0, 3.0]]), np.array([2, 1])).tolist()
    [[2.0, 3.0], [4.0, 3.0]]
    """
    others = counts.sum(axis=-1)[..., None, None] - 1
    return np.asarray(((counts @ base.T)[..., None, :] - base.T) / others)
