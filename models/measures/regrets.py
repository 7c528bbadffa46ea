"""What players regret of the way they played: not another action all along, or not another one whenever they played this one."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked, of_actions
from ..games.strategic import StrategicGame

__all__ = ["conditional_gains", "external_regret", "internal_regret", "joint_play", "nash_conv_path", "swap_regret"]


@validated
def conditional_gains(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return what each player would have had more a round, on average over all rounds, had it played b whenever it played a.

    Parameters
    ----------
    game
        What was played.
    profiles
        The actions of each round, shape (rounds, n), such as a repeated game's ``actions_by_round``.

    Returns
    -------
    array of shape (n, m, m): player, a, b; 0 where a is b, -inf where b is not available.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> meeting = NormalFormGame([[[1, 0], [0, 1]]] * 2)
    >>> conditional_gains(meeting, [[0, 1], [0, 1], [0, 0], [1, 1]])[0].tolist()
    [[0.0, 0.25], [-0.25, 0.0]]
    """
    different, counts = _counted(game, profiles)
    deviations = game.many_deviations(different)
    gains = np.where(game.available, deviations, 0.0) - of_actions(deviations, different)[..., None]
    played = np.eye(game.m)[different] * (counts / counts.sum())[:, None, None]
    found = np.einsum("rna,rnb->nab", played, gains)
    return np.where(game.available[:, None, :], found, -np.inf)


@validated
def external_regret(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return what each player's best fixed action would have earned more, on average a round, (rounds, n) -> (n,).

    Source: Hannan (1957), Approximation to Bayes risk in repeated play. Negative where play was better than any fixed action.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> external_regret(NormalFormGame([[[1, 0], [0, 1]]] * 2), [[0, 1], [0, 1], [0, 0], [1, 1]]).tolist()
    [0.25, 0.25]
    """
    return np.asarray(conditional_gains(game, profiles).sum(axis=1).max(axis=1))


@validated
def internal_regret(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return what each player would have gained by replacing one action by one other whenever it played it, (rounds, n) -> (n,).

    On average over all rounds. Source: Foster and Vohra (1999), Regret in the on-line decision problem. Where nobody regrets so,
    joint play is a correlated equilibrium.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> internal_regret(NormalFormGame([[[1, 0], [0, 1]]] * 2), [[0, 1], [0, 1], [0, 0], [1, 1]]).tolist()
    [0.25, 0.25]
    """
    return np.asarray(conditional_gains(game, profiles).max(axis=(1, 2)))


@validated
def swap_regret(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return what each player would have gained by replacing every action by its own best other one, (rounds, n) -> (n,).

    On average over all rounds. Source: Blum and Mansour (2007), From external to internal regret. It is at least the internal
    and the external regret.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> swap_regret(NormalFormGame([[[1, 0], [0, 1]]] * 2), [[0, 1], [1, 0], [0, 1], [1, 0]]).tolist()
    [1.0, 1.0]
    """
    return np.asarray(conditional_gains(game, profiles).max(axis=2).sum(axis=1))


@validated
def joint_play(game: StrategicGame, profiles: ArrayLike) -> FloatArray:
    """Return how often each profile was played, (rounds, n) -> (m, ..., m), an axis a player; the entries sum to 1.

    Raises
    ------
    ValueError
        There are more than ten million profiles.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> joint_play(NormalFormGame([[[1, 0], [0, 1]]] * 2), [[0, 1], [0, 1], [0, 0], [1, 1]]).tolist()
    [[0.25, 0.5], [0.0, 0.25]]
    """
    if game.m**game.n > 10_000_000:
        raise ValueError(f"{game.m} actions to the power of {game.n} players are too many profiles to list")
    different, counts = _counted(game, profiles)
    joint = np.zeros((game.m,) * game.n)
    joint[tuple(different.T)] = counts / counts.sum()
    return joint


@validated
def nash_conv_path(
    game: StrategicGame, profiles: ArrayLike, of: Literal["actions", "averages"] = "actions", every: int = 1
) -> FloatArray:
    """Return NashConv of what was played in rounds 0, every, 2 every, ..., or of each player's average play up to there.

    Parameters
    ----------
    game
        What was played.
    profiles
        The actions of each round, shape (rounds, n).
    of
        ``actions``: of the round's own profile; ``averages``: of the mixes in which each player's actions were played so far.
    every
        Which rounds are looked at, ≥ 1.

    Returns
    -------
    array with an entry a round looked at

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> nash_conv_path(pennies, [[0, 0], [0, 1], [1, 1], [1, 0]]).tolist()
    [2.0, 2.0, 2.0, 2.0]
    >>> nash_conv_path(pennies, [[0, 0], [0, 1], [1, 1], [1, 0]], of="averages").round(3).tolist()
    [2.0, 1.0, 0.667, 0.0]
    """
    if every < 1:
        raise ValueError(f"every = {every}: it must be a whole number from 1 on")
    rounds = checked_path(game, profiles)
    if of == "actions":
        deviations = game.many_deviations(rounds[::every])
        return np.asarray((deviations.max(axis=2) - of_actions(deviations, rounds[::every])).sum(axis=1))
    found, counts, places = [], np.zeros((game.n, game.m)), np.arange(game.n)
    for number, profile in enumerate(rounds):
        counts[places, profile] += 1
        if number % every == 0:
            found.append(game.exploitability(counts / (number + 1)))
    return np.array(found)


def checked_path(game: StrategicGame, profiles: ArrayLike) -> IntArray:
    """Return the actions of rounds (rounds, n), after checking that they are profiles of the game.

    Raises
    ------
    ValueError
        The shape is another, there is no round, or a player does not have its action.
    """
    rounds = checked(profiles, "the profiles of the rounds", "whole", shape=(None, game.n), low=0, high=game.m - 1)
    if not len(rounds):
        raise ValueError("the profiles of at least one round are needed")
    missing = ~game.available[np.arange(game.n), rounds]
    if missing.any():
        number, player = (int(place) for place in np.argwhere(missing)[0])
        raise ValueError(f"{game.player_names[player]} has no action {rounds[number, player]}, which round {number} holds")
    return rounds


def _counted(game: StrategicGame, profiles: ArrayLike) -> tuple[IntArray, IntArray]:
    different, counts = np.unique(checked_path(game, profiles), axis=0, return_counts=True)
    return different, counts
