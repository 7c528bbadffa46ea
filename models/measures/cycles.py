"""Whether play has come to go round."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import IntArray, checked

__all__ = ["Cycle", "find_cycle"]


class Cycle(NamedTuple):
    """Play that repeats itself from a round on.

    Parameters
    ----------
    start
        The first round of the first time round.
    period
        After how many rounds play is the same again; 1 where it rests.
    """

    start: int
    period: int


@validated
def find_cycle(path: ArrayLike, tolerance: float = 0.0, repeats: int = 2) -> Cycle | None:
    """Return the shortest cycle that the path ends in, with the first round from which on it is gone round; None: there is none.

    Parameters
    ----------
    path
        What is compared, round by round: actions (rounds, n), mixes (rounds, n, m), or any other array with a row a round.
    tolerance
        How far entries of rounds that count as equal may lie apart, ≥ 0.
    repeats
        How often it must have been gone round at least, ≥ 2. Of play that goes round in ever longer runs, as fictitious play does
        in Shapley's game, only the last run is seen, as rest.

    Examples
    --------
    >>> find_cycle([[0, 0], [0, 1], [1, 1], [1, 0], [0, 0], [0, 1], [1, 1], [1, 0]])
    Cycle(start=0, period=4)
    >>> find_cycle([[1, 1], [0, 0], [0, 0]])
    Cycle(start=1, period=1)
    >>> find_cycle([[0], [1], [0], [0], [1], [1]], repeats=3) is None
    True
    """
    values = checked(path, "the rounds of a path")
    if not values.size:
        raise ValueError(f"a path has a row a round, and something in it, not shape {values.shape}")
    if tolerance < 0:
        raise ValueError(f"tolerance = {tolerance}: it must be at least 0")
    if repeats < 2:
        raise ValueError(f"repeats = {repeats}: it must be a whole number from 2 on")
    rows = values.reshape(len(values), -1)
    whose: IntArray | None = None if tolerance else np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    for period in range(1, len(rows) // repeats + 1):
        if whose is not None:
            if whose[-1] != whose[-1 - period]:
                continue
            apart = whose[period:] != whose[:-period]
        else:
            apart = (np.abs(rows[period:] - rows[:-period]) > tolerance).any(axis=1)
        back = int(apart[::-1].argmax()) if apart.any() else len(apart)
        if back >= (repeats - 1) * period:
            return Cycle(len(rows) - period - back, period)
    return None
