"""The potential of a game: what everybody's gain from a change of its own action is a change of."""

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray
from ..games.strategic import StrategicGame
from .regrets import checked_path

__all__ = ["exact_potential", "potential_path"]


@validated
def exact_potential(game: StrategicGame) -> FloatArray | None:
    """Return a function of profiles that changes by what a player gains by a change of its action, or None: there is none.

    Source: Monderer and Shapley (1996), Potential games, Section 2; the potential is summed along paths from everybody's first
    action, where it is 0, and then checked at every change.

    Returns
    -------
    array of shape (m_1, ..., m_n), nan where a profile is not available

    Raises
    ------
    ValueError
        There are more than a million profiles.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> exact_potential(NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])).tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    >>> exact_potential(NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])) is None
    True
    """
    table = game.normal_form()
    sides = table.tables.shape[1:]
    potential, first = np.zeros(sides), table.available.argmax(axis=1)
    for player in range(table.n):
        # those before have moved to their place in the profile, those after are still at their first action
        gains = table.tables[player]
        for later in range(player + 1, table.n):
            gains = np.take(gains, [int(first[later])], axis=later)
        potential = potential + (gains - np.take(gains, [int(first[player])], axis=player))
    there = np.ones(sides, dtype=bool)
    for player, side in enumerate(sides):
        there &= table.available[player, :side].reshape([side if axis == player else 1 for axis in range(table.n)])
    spread = max(float(np.ptp(each[there])) for each in table.tables)
    for player in range(table.n):
        rest = table.tables[player] - potential
        high = np.where(there, rest, -np.inf).max(axis=player)
        low = np.where(there, rest, np.inf).min(axis=player)
        some = there.any(axis=player)
        if (high[some] - low[some] > ROUND_OFF * max(spread, 1e-300)).any():
            return None
    return np.where(there, potential, np.nan)


@validated
def potential_path(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return the potential of the profile of each round, (rounds, n) -> (rounds,).

    Raises
    ------
    ValueError
        The game has no exact potential, or a profile is none of its own.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> potential_path(NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]]), [[0, 0], [1, 0], [1, 1]]).tolist()
    [0.0, 1.0, 2.0]
    """
    rounds, potential = checked_path(game, profiles), exact_potential(game)
    if potential is None:
        raise ValueError("the game has no exact potential: gains from changes of two players' actions depend on their order")
    return np.asarray(potential[tuple(rounds.T)])
