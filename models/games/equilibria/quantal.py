"""Logit equilibria, as players become more rational, followed from even odds."""

from typing import NamedTuple

import numpy as np

from ....arguments import validated
from ....arrays import FloatArray, number, whole
from ..strategic import StrategicGame

__all__ = ["QuantalPath", "quantal_response_path"]

TOLERANCE = 1e-10
"""Residual at which Newton's steps stop: each about squares it, so that far less would cost one more."""
LONGEST_STEP, SHORTEST_STEP = 0.5, 1e-8


class QuantalPath(NamedTuple):
    """The branch of logit equilibria that begins with even odds.

    Parameters
    ----------
    rationality
        λ at each point, from 0, shape (k,); it may turn back where the branch folds.
    policies
        What players do there, shape (k, n, m).
    exploitability
        NashConv there, shape (k,): it falls to 0 as λ grows.
    error
        The largest difference of a probability from the logit response to the others, over all points.
    """

    rationality: FloatArray
    policies: FloatArray
    exploitability: FloatArray
    error: float


@validated
def quantal_response_path(game: StrategicGame, rationality: float = 100.0, points: int = 2000) -> QuantalPath:
    """Return logit quantal response equilibria from λ = 0 on: each plays a with probability proportional to exp(λ × payoff of a).

    Source: McKelvey and Palfrey (1995), Quantal response equilibria for normal form games; followed as Turocy (2005), A dynamic
    homotopy interpretation of the logistic quantal response equilibrium correspondence: by tangent and Newton steps in
    logarithms of probabilities, round folds too. As λ grows without end, the branch comes to one Nash equilibrium.

    Parameters
    ----------
    game
        Any game whose expected payoffs against mixes can be had.
    rationality
        λ at which the branch is left, > 0, in 1 / units of payoff.
    points
        How many points at most, ≥ 2; the branch ends there even if λ is not reached.

    Raises
    ------
    ValueError
        A number is out of its range.
    ArithmeticError
        The branch could not be followed.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> hunt = NormalFormGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]])
    >>> path = quantal_response_path(hunt, rationality=50)
    >>> path.policies[0].tolist(), path.policies[-1].round(3).tolist(), path.error < 1e-8
    ([[0.5, 0.5], [0.5, 0.5]], [[0.0, 1.0], [0.0, 1.0]], True)
    """
    number(rationality, "rationality", low=1e-300)
    whole(points, "points", 2, 1_000_000)
    here = np.append(-np.log(game.available.sum(axis=1))[:, None].repeat(game.m, axis=1)[game.available], 0.0)
    last, step, found = np.eye(len(here))[-1], 0.03, [here]
    while found[-1][-1] < rationality and len(found) < points:
        tangent = _tangent(game, here, last)
        reached = None
        while reached is None:
            if step < SHORTEST_STEP:
                raise ArithmeticError(f"the branch could not be followed beyond rationality {here[-1]:g}")
            size = step * max(1.0, abs(here[-1])) if abs(tangent[-1]) > 0.9 else step
            reached = _corrected(game, here + size * tangent, tangent)
            step = step / 2 if reached is None else min(1.3 * step, LONGEST_STEP)
        here, last = reached, tangent
        found.append(here)
    if found[-1][-1] > rationality:
        ended = _corrected(game, _between(found[-2], found[-1], rationality), np.eye(len(here))[-1])
        found[-1] = ended if ended is not None else found[-1]
    policies = np.array([_policy(game, point) for point in found])
    lambdas = np.array([point[-1] for point in found])
    errors = [np.abs(policy - _response(game, policy, lam)).max() for policy, lam in zip(policies, lambdas, strict=True)]
    return QuantalPath(lambdas, policies, np.array([game.exploitability(each) for each in policies]), float(max(errors)))


def _between(one: FloatArray, other: FloatArray, rationality: float) -> FloatArray:
    share = (rationality - one[-1]) / (other[-1] - one[-1])
    return np.asarray((1 - share) * one + share * other)


def _policy(game: StrategicGame, point: FloatArray) -> FloatArray:
    policy = np.zeros((game.n, game.m))
    policy[game.available] = np.exp(np.minimum(point[:-1], 1.0))
    return np.asarray(policy / policy.sum(axis=1, keepdims=True))


def _response(game: StrategicGame, policy: FloatArray, rationality: float) -> FloatArray:
    scores = rationality * game.mixed_deviations(policy) if rationality else np.where(game.available, 0.0, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _gaps(game: StrategicGame, point: FloatArray) -> FloatArray:
    """Return what is 0 at a logit equilibrium: log p_a - log p_b - λ (u_a - u_b), b the likeliest action, and Σ p - 1."""
    logs = np.full((game.n, game.m), -np.inf)
    logs[game.available] = point[:-1]
    payoffs = np.where(game.available, game.mixed_deviations(_policy(game, point)), 0.0)
    likeliest = logs.argmax(axis=1)
    rows = np.arange(game.n)
    with np.errstate(invalid="ignore"):
        odds = (logs - logs[rows, likeliest][:, None]) - point[-1] * (payoffs - payoffs[rows, likeliest][:, None])
    odds[rows, likeliest] = np.exp(np.minimum(logs, 1.0)).sum(axis=1) - 1
    return np.asarray(odds[game.available])


def _slopes(game: StrategicGame, point: FloatArray) -> FloatArray:
    width = 1e-6
    sides = [(_gaps(game, point + width * each) - _gaps(game, point - width * each)) / (2 * width) for each in np.eye(len(point))]
    return np.array(sides).T


def _tangent(game: StrategicGame, point: FloatArray, last: FloatArray) -> FloatArray:
    tangent = np.linalg.svd(_slopes(game, point))[2][-1]
    return np.asarray(tangent if tangent @ last >= 0 else -tangent)


def _corrected(game: StrategicGame, start: FloatArray, tangent: FloatArray) -> FloatArray | None:
    """Return the point of the branch in the plane through the start across the tangent; None: Newton's method finds none."""
    point, slopes = start.copy(), _slopes(game, start)
    for _ in range(12):
        gaps = np.append(_gaps(game, point), tangent @ (point - start))
        if np.abs(gaps).max() <= TOLERANCE * max(1.0, abs(point[-1])):
            return point
        try:
            move = np.linalg.solve(np.vstack([slopes, tangent]), gaps)
        except np.linalg.LinAlgError:
            return None
        if np.abs(move).max() > 1.0:
            return None
        point = point - move
        slopes = _slopes(game, point)
    return None
