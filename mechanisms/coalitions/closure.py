"""The monotone closure of a coalitional game: what coalitions are worth that leave out data which harms."""

from typing import overload

import numpy as np

from ...arguments import validated
from ...arrays import FloatArray
from ...messages import brief
from .games import ClassGame, CoalitionalGame


@validated
@overload
def monotone_closure(game: ClassGame) -> ClassGame: ...


@validated
@overload
def monotone_closure(game: CoalitionalGame) -> CoalitionalGame: ...


@validated
def monotone_closure(game: ClassGame | CoalitionalGame) -> ClassGame | CoalitionalGame:
    """Return the game in which a coalition is worth what the best of its parts is worth: G*(S) = max over R ⊆ S of G(R).

    A platform that may train on any subset of the data entered (collaborative machine learning markets, Section 3, step 4) plays
    this game. It is the smallest monotone game above G, and at least 0 everywhere.

    Parameters
    ----------
    game
        A table, or values by class.

    Returns
    -------
    The closure, of the same kind.

    Raises
    ------
    TypeError
        The game is neither a table nor given by class.

    Examples
    --------
    >>> monotone_closure(CoalitionalGame([0, 0.6, 0.8, 0.5])).values.tolist()
    [0.0, 0.6, 0.8, 0.8]
    >>> monotone_closure(ClassGame([[0, 0.8], [0.6, 0.5], [0.7, 0.4]])).values.tolist()
    [[0.0, 0.8], [0.6, 0.8], [0.7, 0.8]]
    """
    if isinstance(game, ClassGame):
        return ClassGame(_closed(game.values))
    if isinstance(game, CoalitionalGame):
        return CoalitionalGame(_closed(game.values.reshape((2,) * game.n)).ravel())
    raise TypeError(f"a monotone closure needs a table or values by class, not {brief(game)}")


def _closed(values: FloatArray) -> FloatArray:
    closed = np.array(values)
    for axis in range(closed.ndim):
        np.maximum.accumulate(closed, axis=axis, out=closed)
    return closed
