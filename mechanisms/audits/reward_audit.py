"""The outcome of a check of rewards in models, and how it is put together."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import FloatArray
from ..coalitions.games import CoalitionalGame
from .settlements import Audit


@dataclass(frozen=True)
class RewardAudit(Audit):
    """The outcome of a check of rewards, with those for whom it is kept least or broken most.

    Parameters
    ----------
    players
        Whom it is about; empty where it is about all or about nobody.
    coalition
        The coalition that shows it, where there is one.
    """

    players: tuple[int, ...] = ()
    coalition: tuple[int, ...] = ()


def checked_rewards(game: CoalitionalGame, rewards: ArrayLike) -> FloatArray:
    """Return the rewards as an array (n,).

    Raises
    ------
    ValueError
        They have another shape or are not finite.
    """
    r = np.asarray(rewards, dtype=np.float64)
    if r.shape != (game.n,):
        raise ValueError(f"rewards have an entry a player, shape ({game.n},), not {r.shape}")
    if not np.isfinite(r).all():
        raise ValueError(f"rewards must be finite, but player {int(np.isfinite(r).argmin()) + 1} has {r[~np.isfinite(r)][0]}")
    return r


def scale_of(game: CoalitionalGame) -> float:
    """Return the largest worth in a game, to which tolerances are relative."""
    return float(np.abs(game.values).max())


def judge(
    promise: str, slack: float, room: float | None, players: tuple[int, ...] = (), coalition: int | None = None
) -> RewardAudit:
    """Return the audit of a slack that may be negative by ``room``; where that is None, it must be above 0.

    ``coalition`` is a bit mask.
    """
    slack += 0.0  # no -0
    holds = slack > 0 if room is None else slack >= -room
    members = () if coalition is None else tuple(i for i in range(coalition.bit_length()) if coalition >> i & 1)
    who = [f"player{'s' if len(players) > 1 else ''} {' and '.join(str(i + 1) for i in players)}"] if players else []
    where = [f"coalition {{{', '.join(str(i + 1) for i in members)}}}"] if members else []
    at = f" at {', '.join(who + where)}" if who or where else ""
    strict = "" if holds or room is not None else ", must be above 0"
    note = f"{'least' if holds else 'broken'}{at}: slack {slack:.6g}{strict}"
    return RewardAudit(promise, bool(holds), float(slack), note, players, members)


def asks_nothing(promise: str) -> RewardAudit:
    """Return the audit of a condition that nobody here meets the premise of."""
    return RewardAudit(promise, True, math.inf, "asks for nothing here")


def worst_of(promise: str, found: Iterable[tuple[float, tuple[int, ...]]], room: float) -> RewardAudit:
    """Return the audit with the least slack of those found for some players."""
    worst = min(found, default=None)
    return asks_nothing(promise) if worst is None else judge(promise, worst[0], room, worst[1])


def worst_player(
    promise: str, game: CoalitionalGame, rewards: ArrayLike, slack: Callable[[FloatArray], FloatArray], tolerance: float
) -> RewardAudit:
    """Return the audit of a condition on every player's own reward, whose slacks are a function of the rewards (n,)."""
    each = slack(checked_rewards(game, rewards))
    player = int(each.argmin())
    return judge(promise, float(each[player]), scale_of(game) * tolerance, (player,))


def worst_coalition(promise: str, slacks: FloatArray, room: float) -> RewardAudit:
    """Return the audit of a condition on every coalition, from the slacks of the masks 1, 2, ..."""
    place = int(slacks.argmin())
    return judge(promise, float(slacks[place]), room, coalition=place + 1)
