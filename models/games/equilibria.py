"""All mixed equilibria of games of two players, found by vertex enumeration and checked by their regret."""

import numpy as np

from ...arrays import FloatArray
from .strategic import NormalFormGame

REGRET = 1e-8
"""How much a player may gain by deviating, relative to the spread of payoffs, from what is called an equilibrium."""


def mixed_equilibria(game: NormalFormGame) -> list[tuple[FloatArray, FloatArray]]:
    """Return the extreme equilibria of a two-player game, each as two mixes, (m_1,) and (m_2,); all where none is degenerate.

    Parameters
    ----------
    game
        A game of two players who have every action.

    Raises
    ------
    ValueError
        There are not two players, or some action is not available.
    ModuleNotFoundError
        The extra ``equilibria`` is not installed.

    Examples
    --------
    >>> chicken = NormalFormGame([[[0, -1], [1, -10]], [[0, 1], [-1, -10]]])
    >>> for one, two in mixed_equilibria(chicken):
    ...     print(one.round(3).tolist(), two.round(3).tolist())
    [1.0, 0.0] [0.0, 1.0]
    [0.0, 1.0] [1.0, 0.0]
    [0.9, 0.1] [0.9, 0.1]
    """
    if game.n != 2:
        raise ValueError(f"the game has {game.n} players: vertex enumeration takes two")
    rows, columns = game.tables.shape[1:]
    if not np.array_equal(game.available, np.arange(game.m) < np.array([[rows], [columns]])):
        raise ValueError("some action of the payoff tables is not available: give a game without it")
    try:
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player, vertex_enumeration
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("mixed equilibria need the extra `equilibria`: pip install 'potluck[equilibria]'") from error
    spread = max(float(np.ptp(game.tables)), 1e-300)
    found = vertex_enumeration(Bimatrix((Player(game.tables[0]), Player(game.tables[1].T))))
    return [(one, two) for one, two in found if game.exploitability(_padded(game.m, one, two)) <= REGRET * spread]


def _padded(m: int, *mixes: FloatArray) -> FloatArray:
    return np.array([np.pad(mix, (0, m - len(mix))) for mix in mixes])
