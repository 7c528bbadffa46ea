"""All mixed equilibria of games of two players, found by vertex enumeration and checked by their regret."""

from importlib import import_module
from typing import Literal

import numpy as np

from ....arguments import validated
from ....arrays import FloatArray, IntArray
from ..elsewhere import to_gambit
from ..strategic import NormalFormGame, StrategicGame

REGRET = 1e-8
"""How much a player may gain by deviating, relative to the spread of payoffs, from what is called an equilibrium."""


@validated
def mixed_equilibria(game: StrategicGame, method: Literal["vertices", "lrs"] = "vertices") -> list[tuple[FloatArray, FloatArray]]:
    """Return all equilibria of a two-player game that is not degenerate, each as two mixes, (m_1,) and (m_2,).

    A degenerate game, in which a mix has more best replies than actions it plays, may have infinitely many; of their extreme ones
    ``lrs`` finds all, ``vertices`` may miss some.

    Parameters
    ----------
    game
        A game of two players.
    method
        ``vertices``: QuantEcon's enumeration of vertices of the best-response polytopes, in floating point. ``lrs``: Gambit's, in
        exact arithmetic, with payoffs as they are in floating point; slower, and safe where equilibria nearly coincide.

    Raises
    ------
    ValueError
        There are not two players.
    ModuleNotFoundError
        The extra ``equilibria``, or for ``lrs`` the extra ``gambit``, is not installed.

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
    table = game.normal_form()
    sides = table.tables.shape[1:]
    own = [np.asarray(np.flatnonzero(table.available[player, :side]), dtype=np.int64) for player, side in enumerate(sides)]
    tables = table.tables[:, own[0]][:, :, own[1]]
    spread = max(float(np.ptp(tables)), 1e-300)
    pairs = _vertices(tables) if method == "vertices" else _lrs(tables)
    if not pairs:
        return []
    ones, twos = (np.array(mixes) for mixes in zip(*pairs, strict=True))
    sound = _regrets(tables, ones, twos) <= REGRET * spread
    return [
        (_placed(one, own[0], sides[0]), _placed(two, own[1], sides[1]))
        for one, two in zip(ones[sound], twos[sound], strict=True)
    ]


def _regrets(tables: FloatArray, ones: FloatArray, twos: FloatArray) -> FloatArray:
    """Return NashConv of k pairs of mixes, (k, m_1) and (k, m_2) -> (k,)."""
    gains = twos @ tables[0].T, ones @ tables[1]
    left = [each.max(axis=1) - (each * mixes).sum(axis=1) for each, mixes in zip(gains, (ones, twos), strict=True)]
    return np.asarray(left[0] + left[1])


def _vertices(tables: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    sides = tables.shape[1:]
    if min(sides) == 1:  # one player has no choice, which QuantEcon does not take: every action of the other is tried
        return [(np.eye(sides[0])[one], np.eye(sides[1])[two]) for one, two in np.ndindex(*sides)]
    try:
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player, vertex_enumeration
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("mixed equilibria need the extra `equilibria`: pip install 'potluck[equilibria]'") from error
    return list(vertex_enumeration(Bimatrix((Player(tables[0]), Player(np.ascontiguousarray(tables[1].T))))))


def _lrs(tables: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    theirs = to_gambit(NormalFormGame(tables))
    enummixed_solve = import_module("pygambit.nash").enummixed_solve
    players = list(theirs.players)
    found = [
        tuple(np.array([float(mix[player][strategy]) for strategy in player.strategies]) for player in players)
        for mix in enummixed_solve(theirs, rational=True).equilibria
    ]
    return [(one, two) for one, two in found]


def _placed(mix: FloatArray, where: IntArray, side: int) -> FloatArray:
    whole = np.zeros(side)
    whole[where] = mix
    return whole
