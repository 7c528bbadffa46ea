"""Games of other libraries: from and to Gambit, and to OpenSpiel. Both are imported where they are used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import FloatArray

if TYPE_CHECKING:
    from .strategic import NormalFormGame

Given = tuple[list[FloatArray], list[str], list[list[str]]]


def _package(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"this needs {name}, the extra `{extra}`: pip install 'potluck[{extra}]'") from error


def to_gambit(game: "NormalFormGame") -> Any:
    """Return a `pygambit.Game` of the same tables and names."""
    gambit = _package("pygambit", "gambit")
    made = gambit.Game.from_arrays(*_whole(game))
    for theirs, name in zip(made.players, game.player_names, strict=True):
        theirs.label = name
        for action, strategy in enumerate(theirs.strategies):
            strategy.label = game.action_names[action]
    return made


def from_gambit(game: Any) -> Given:
    """Return tables, players' names, and each player's actions' names of a `pygambit.Game`.

    Raises
    ------
    TypeError
        It is no game of Gambit's.
    """
    gambit = _package("pygambit", "gambit")
    if not isinstance(game, gambit.Game):
        raise TypeError(f"a pygambit.Game is needed, not a {type(game).__name__}")
    tables = [np.asarray(each, dtype=np.float64) for each in game.to_arrays(dtype=float)]
    players = [player.label or f"player {place}" for place, player in enumerate(game.players)]
    actions = [[strategy.label for strategy in player.strategies] for player in game.players]
    return tables, players, actions


def to_openspiel(game: "NormalFormGame") -> Any:
    """Return a `pyspiel` tensor game, or for two players a matrix game, of the same tables."""
    spiel = _package("pyspiel", "openspiel")
    tables = _whole(game)
    names = [[str(game.action_names[action]) for action in range(side)] for side in tables[0].shape]
    if game.n == 2:
        return spiel.create_matrix_game("potluck", "potluck", names[0], names[1], tables[0], tables[1])
    return spiel.create_tensor_game("potluck", "potluck", names, [table.reshape(-1).tolist() for table in tables])


def _whole(game: "NormalFormGame") -> list[FloatArray]:
    """Return the tables of a game in which everybody has every action of its axis.

    Raises
    ------
    ValueError
        Some action is not available.
    """
    sides = np.array(game.tables.shape[1:])
    if not np.array_equal(game.available, np.arange(game.m) < sides[:, None]):
        raise ValueError("some action of the payoff tables is not available: other libraries know no such actions")
    return list(game.tables)
