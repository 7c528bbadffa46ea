"""Fairness of rewards in models: who adds nothing, who adds the same, who adds more, and whose data becomes worth more.

As in `reward_conditions`. F1 to F3 are checked on one game, F4 on a pair of games.

Source: Collaborative Machine Learning with Incentive-Aware Model Rewards, Section 4.1.1.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ..coalitions.games import CoalitionalGame
from .reward_audit import RewardAudit, asks_nothing, checked_rewards, judge, scale_of, worst_of

Scheme: TypeAlias = Callable[[CoalitionalGame], FloatArray]
"""A way to reward: a game to the rewards of its players (n,)."""


def uselessness(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check F1: who adds to no coalition gets nothing. Parameters as for `reward_conditions.non_negativity`.

    Data that somebody else has too is not useless: alone it is worth as much.

    Examples
    --------
    >>> uselessness(CoalitionalGame([0, 1, 0, 1]), [1, 0.5]).note
    'broken at player 2: slack -0.5'
    """
    r, room = checked_rewards(game, rewards), scale_of(game) * tolerance
    useless = [(-abs(float(r[i])), (i,)) for i in range(game.n) if (np.abs(_added(game, i)) <= room).all()]
    return worst_of("F1 uselessness", useless, room)


def symmetry(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check F2: two who add equally to every coalition of the others get the same.

    Parameters as for `reward_conditions.non_negativity`.

    Examples
    --------
    >>> symmetry(CoalitionalGame([0, 1, 1, 2]), [2, 1]).note
    'broken at players 1 and 2: slack -1'
    """
    r, room = checked_rewards(game, rewards), scale_of(game) * tolerance
    alike = (pair for pair, gap in _gaps(game) if pair[0] < pair[1] and (np.abs(gap) <= room).all())
    return worst_of("F2 symmetry", ((-abs(float(r[i] - r[j])), (i, j)) for i, j in alike), room)


@validated
def strict_desirability(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check F3: who adds more than another to some coalition, and less to none, gets more.

    Parameters as for `reward_conditions.non_negativity`.

    Examples
    --------
    Paying everybody what its own data is worth overlooks what it adds to the data of others.

    >>> game = CoalitionalGame([0, 1, 1, 2, 1, 3, 2, 3])
    >>> strict_desirability(game, [1, 1, 1]).note
    'broken at players 1 and 2, coalition {3}: slack 0, must be above 0'
    """
    r, room = checked_rewards(game, rewards), scale_of(game) * tolerance
    found = [
        (float(r[i] - r[j]), (i, j), int(gap.argmax()))
        for (i, j), gap in _gaps(game)
        if (gap >= -room).all() and (gap > room).any()
    ]
    promise = "F3 strict desirability"
    if not found:
        return asks_nothing(promise)
    slack, players, place = min(found)
    return judge(promise, slack, None, players, int(_without(game.n, players)[place]))


@validated
def strict_monotonicity(
    before: CoalitionalGame, after: CoalitionalGame, player: int, scheme: Scheme, tolerance: float = ROUND_OFF
) -> RewardAudit:
    """Check F4 on a pair of games: whose data becomes worth more to some coalition, all else equal, gets more.

    Nothing is asked where a coalition without the player changes, where one with it loses, where none gains, or where the player
    already gets what the joint model is worth afterwards.

    Parameters
    ----------
    before, after
        Two games of the same players.
    player
        Whose reward is looked at, 0..n-1.
    scheme
        How players are rewarded: a game to rewards (n,).
    tolerance
        See `reward_conditions`.

    Raises
    ------
    ValueError
        The games have different numbers of players, or there is no such player.

    Examples
    --------
    >>> from potluck.mechanisms import shapley_rewards
    >>> before, after = CoalitionalGame([0, 7, 5, 8]), CoalitionalGame([0, 7, 5, 9])
    >>> round(strict_monotonicity(before, after, 1, lambda game: shapley_rewards(game, 1)).slack, 3)
    0.927
    """
    if before.n != after.n or not 0 <= player < before.n:
        raise ValueError(f"F4 compares two games of the same players, of whom {player} is one; these have {before.n}, {after.n}")
    promise, room = "F4 strict monotonicity", max(scale_of(before), scale_of(after)) * tolerance
    old = checked_rewards(before, scheme(before))
    rise = after.values - before.values
    with_player = (np.arange(len(rise)) >> player & 1).astype(bool)
    unchanged = (np.abs(rise[~with_player]) <= room).all() and (rise[with_player] >= -room).all()
    if not unchanged or not (rise > room).any() or after.grand <= old[player] + room:
        return asks_nothing(promise)
    new = checked_rewards(after, scheme(after))
    return judge(promise, float(new[player] - old[player]), None, (player,), int(rise.argmax()))


def _without(n: int, players: tuple[int, ...]) -> IntArray:
    """Return the masks of the coalitions without these players."""
    masks = np.arange(1 << n)
    return np.asarray(masks[(masks & sum(1 << player for player in players)) == 0])


def _added(game: CoalitionalGame, player: int) -> FloatArray:
    rest = _without(game.n, (player,))
    return np.asarray(game.values[rest | 1 << player] - game.values[rest])


def _gaps(game: CoalitionalGame) -> Iterator[tuple[tuple[int, int], FloatArray]]:
    """Yield for every ordered pair of players by how much the first adds more than the second, to every coalition of others."""
    for i in range(game.n):
        for j in range(game.n):
            if i != j:
                rest = _without(game.n, (i, j))
                yield (i, j), np.asarray(game.values[rest | 1 << i] - game.values[rest | 1 << j])
