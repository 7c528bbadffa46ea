"""Correlated and coarse correlated equilibria by linear programme, and how far a distribution over profiles is from them."""

import itertools
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.optimize import linprog

from ....arguments import validated
from ....arrays import BoolArray, FloatArray, checked
from ..strategic import NormalFormGame, StrategicGame

__all__ = ["CorrelatedEquilibrium", "correlated_distance", "correlated_equilibrium", "correlated_regret"]

Kind: TypeAlias = Literal["correlated", "coarse"]
MOST_ENTRIES = 5_000_000


class CorrelatedEquilibrium(NamedTuple):
    """A distribution over profiles that nobody gains by leaving.

    Parameters
    ----------
    joint
        The probability of each profile, shape (m_1, ..., m_n).
    payoffs
        What each player expects, shape (n,).
    regret
        The most that a player would gain by deviating, in units of payoff: round-off of the programme.
    """

    joint: FloatArray
    payoffs: FloatArray
    regret: float

    @property
    def welfare(self) -> float:
        """What all players expect together."""
        return float(self.payoffs.sum())


@validated
def correlated_equilibrium(
    game: StrategicGame,
    kind: Kind = "correlated",
    aim: Literal["best", "worst"] = "best",
    weights: ArrayLike | None = None,
) -> CorrelatedEquilibrium:
    """Return the (coarse) correlated equilibrium of largest or smallest welfare, by a linear programme.

    Parameters
    ----------
    game
        Any game with few profiles.
    kind
        ``correlated``: nobody who is told its action gains by another (Aumann 1974). ``coarse``: nobody gains by an action that
        it would play whatever it were told (Moulin and Vial 1978).
    aim
        ``best`` or ``worst``.
    weights
        What a unit of each player's payoff counts, shape (n,); default: 1 each. The platform's share is not counted.

    Raises
    ------
    ValueError
        There are too many profiles, or not a weight a player.

    Examples
    --------
    In chicken a traffic light keeps both out of the crash.

    >>> from potluck.models import NormalFormGame
    >>> chicken = NormalFormGame([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> light = correlated_equilibrium(chicken)
    >>> light.joint.round(4).tolist(), round(light.welfare, 4)
    ([[0.5, 0.25], [0.25, 0.0]], 10.5)
    """
    table = game.normal_form()
    worth = np.ones(table.n) if weights is None else checked(weights, "the weights", shape=(table.n,))
    value = np.tensordot(worth, table.tables, axes=1).reshape(-1)
    there = _there(table)
    scale = max(float(np.ptp(value[there])), 1e-300)
    limits, spread = _incentives(table, kind)
    found = linprog(
        np.where(there, (-value if aim == "best" else value) / scale, 0.0),
        A_ub=limits,
        b_ub=np.zeros(limits.shape[0]),
        A_eq=np.ones((1, len(value))),
        b_eq=[1.0],
        bounds=[(0.0, 1.0 if open_ else 0.0) for open_ in there],
        method="highs",
    )
    if found.x is None:
        raise ArithmeticError(f"the linear programme of {kind} equilibria was not solved: {found.message}")
    joint = np.maximum(found.x, 0.0)
    joint = (joint / joint.sum()).reshape(table.tables.shape[1:])
    payoffs = (table.tables * joint).reshape(table.n, -1).sum(axis=1)
    return CorrelatedEquilibrium(joint, payoffs, max(float((limits @ joint.reshape(-1)).max(initial=0.0)) * spread, 0.0))


@validated
def correlated_regret(game: StrategicGame, joint: ArrayLike, kind: Kind = "correlated") -> float:
    """Return the most that a player gains by deviating from a distribution over profiles, (m_1, ..., m_n); 0 in equilibrium.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> chicken = NormalFormGame([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
    >>> correlated_regret(chicken, [[1, 0], [0, 0]]), correlated_regret(chicken, [[0.5, 0.25], [0.25, 0]])
    (1.0, 0.0)
    """
    table = game.normal_form()
    play = checked_joint(table, joint)
    limits, spread = _incentives(table, kind)
    return max(float((limits @ play.reshape(-1)).max(initial=0.0)) * spread, 0.0)


@validated
def correlated_distance(game: StrategicGame, joint: ArrayLike, kind: Kind = "coarse") -> float:
    """Return how far a distribution over profiles is from the nearest (coarse) correlated equilibrium, in total variation.

    Parameters
    ----------
    game
        Any game with few profiles.
    joint
        How often each profile is played, shape (m_1, ..., m_n), such as `joint_play` gives.
    kind
        As in `correlated_equilibrium`.

    Returns
    -------
    float in [0, 1]: the share of play that would have to be other; up to the programme's tolerance, 1e-7

    Raises
    ------
    ValueError
        There are too many profiles, or the play is no distribution over those of the game.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> correlated_distance(dilemma, [[0.25, 0], [0, 0.75]]), correlated_distance(dilemma, [[0, 0], [0, 1]])
    (0.25, 0.0)
    """
    table = game.normal_form()
    play = checked_joint(table, joint).reshape(-1)
    limits, _ = _incentives(table, kind)
    there, size = _there(table), len(play)
    used = np.flatnonzero(play > 0)
    less = sparse.csr_matrix((np.full(len(used), -1.0), (used, np.arange(len(used)))), shape=(size, len(used)))
    moved: Any = sparse.csr_matrix(sparse.hstack([sparse.eye(size), less]))
    found = linprog(
        np.concatenate([np.full(size, 0.5), np.full(len(used), 0.5)]),
        A_ub=limits @ moved,
        b_ub=-(limits @ play),
        A_eq=np.concatenate([np.ones(size), -np.ones(len(used))])[None],
        b_eq=[0.0],
        bounds=[*((0.0, 1.0 if open_ else 0.0) for open_ in there), *((0.0, most) for most in play[used])],
        method="highs",
    )
    if found.x is None:
        raise ArithmeticError(f"the linear programme of the distance was not solved: {found.message}")
    return min(max(float(found.fun or 0.0), 0.0), 1.0)


def checked_joint(table: NormalFormGame, joint: ArrayLike) -> FloatArray:
    """Return a distribution over a game's profiles after checking that it is one.

    Raises
    ------
    ValueError
        It has another shape, does not sum to 1, or plays what is not available.
    """
    play = checked(joint, "the probabilities of profiles", shape=table.tables.shape[1:], low=0)
    if abs(float(play.sum()) - 1) > 1e-9:
        raise ValueError(f"the probabilities of profiles must sum to 1, not to {play.sum():g}")
    if (play.reshape(-1)[~_there(table)] > 0).any():
        raise ValueError("a profile has a probability in which some action is not available")
    return play


def _there(table: NormalFormGame) -> BoolArray:
    """Return which profiles, flat, consist of available actions."""
    sides: tuple[int, ...] = table.tables.shape[1:]
    there = np.ones(sides, dtype=bool)
    for player, side in enumerate(sides):
        there &= table.available[player, :side].reshape([side if axis == player else 1 for axis in range(table.n)])
    return np.asarray(there.reshape(-1))


def _incentives(table: NormalFormGame, kind: Kind) -> tuple[Any, float]:
    """Return rows whose product with a distribution over profiles is what a deviation gains, over the spread of payoffs."""
    sides: tuple[int, ...] = table.tables.shape[1:]
    size = table.tables[0].size
    pairs = [
        (player, told, other)
        for player, side in enumerate(sides)
        for told, other in itertools.product(range(side) if kind == "correlated" else [-1], range(side))
        if told != other and table.available[player, other]
    ]
    entries = sum(size // (sides[player] if told >= 0 else 1) for player, told, _ in pairs)
    if entries > MOST_ENTRIES:
        raise ValueError(f"{size} profiles are too many for the programme: its {entries} entries are above {MOST_ENTRIES}")
    spread = max(float(np.ptp(table.tables)), 1e-300)
    places = np.arange(size).reshape(sides)
    values, columns, ends = [np.zeros(0)], [np.zeros(0, dtype=np.int64)], [0]
    for player, told, other in pairs:
        mine = table.tables[player]
        gain = np.take(mine, [other], axis=player) - (mine if told < 0 else np.take(mine, [told], axis=player))
        where = places if told < 0 else np.take(places, [told], axis=player)
        values.append(gain.reshape(-1) / spread)
        columns.append(where.reshape(-1))
        ends.append(ends[-1] + gain.size)
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(pairs), size)), spread
