"""Equilibria in which alike players all play the same mix."""

import itertools

import numpy as np
from scipy.optimize import root

from ....arguments import validated
from ....arrays import ROUND_OFF, FloatArray, IntArray
from ..bernstein import roots
from ..strategic import StrategicGame
from .mixed import REGRET

__all__ = ["symmetric_equilibria"]

MOST_ACTIONS = 12
MOST_PLAYERS = 10_000
STARTS = 6
TRIALS = 24


@validated
def symmetric_equilibria(game: StrategicGame) -> list[FloatArray]:
    """Return the mixes (m,) that are equilibria if every player plays them, for players who are alike.

    With two actions, and any number of players, they are the roots of a polynomial and all found (where everybody is indifferent
    throughout, its ends are returned). With more, supports are tried one by one: if payoffs are linear in the mix, as with two
    players or in a `PopulationGame`, all isolated ones are found; otherwise those that Newton's method finds from several starts
    a support. Each is verified by its regret.

    Parameters
    ----------
    game
        Of players who have the same actions and payoffs, whoever the others are: up to 10,000 players, or 12 actions.

    Raises
    ------
    ValueError
        Players are not alike, or there are too many players or actions.

    Examples
    --------
    >>> from potluck.models import NormalFormGame, PopulationGame
    >>> [mix.round(4).tolist() for mix in symmetric_equilibria(NormalFormGame([[[4, 0], [3, 3]], [[4, 3], [0, 3]]]))]
    [[0.0, 1.0], [0.75, 0.25], [1.0, 0.0]]
    >>> [mix.round(4).tolist() for mix in symmetric_equilibria(PopulationGame([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 100))]
    [[0.3333, 0.3333, 0.3333]]
    """
    if not game.available.all():
        raise ValueError("players are not alike, or an action is nobody's: some action is not available to somebody")
    if game.m > MOST_ACTIONS or game.n > MOST_PLAYERS:
        raise ValueError(f"{game.n} players with {game.m} actions: at most {MOST_PLAYERS} players and {MOST_ACTIONS} actions")
    spread = _checked_alike(game)
    found = [np.ones(1)] if game.m == 1 else _of_two(game, spread) if game.m == 2 else _by_support(game, spread)
    kept: list[FloatArray] = []
    for mix in found:
        against = _against(game, mix)
        if float(against.max() - mix @ against) <= REGRET * spread and all(np.abs(mix - each).max() > 1e-7 for each in kept):
            kept.append(mix)
    return sorted(kept, key=lambda mix: mix.tolist())


def _against(game: StrategicGame, mix: FloatArray) -> FloatArray:
    return np.asarray(game.mixed_deviations(np.tile(mix, (game.n, 1)))[0])


def _checked_alike(game: StrategicGame) -> float:
    """Return the spread of payoffs over some plays, after checking that players are paid alike in them."""
    rng = np.random.default_rng(0)
    spread = 1e-300
    for trial in range(TRIALS):
        profile: IntArray = rng.integers(game.m, size=(game.n,))
        order = rng.permutation(game.n) if trial % 2 else np.roll(np.arange(game.n), 1)
        one, other = game.deviations(profile), game.deviations(profile[order])
        spread = max(spread, float(np.ptp(one)))
        if np.abs(one[order] - other).max() > ROUND_OFF * max(spread, float(np.abs(one).max())):
            raise ValueError("players are not alike: payoffs change when players change places")
    return spread


def _of_two(game: StrategicGame, spread: float) -> list[FloatArray]:
    """Return the ends where nobody wants to leave, and the roots of what action 1 earns more, by how many others play it."""
    gains = np.empty(game.n)
    profile = np.zeros(game.n, dtype=np.int64)
    for others in range(game.n):
        profile[game.n - others :] = 1
        deviations = game.deviations(profile)[0]
        gains[others] = deviations[1] - deviations[0]
    shares = [0.0, 1.0, *(roots(gains) if np.abs(gains).max() > ROUND_OFF * spread else ())]
    return [np.array([1 - share, share]) for share in shares]


def _by_support(game: StrategicGame, spread: float) -> list[FloatArray]:
    corners = np.array([_against(game, corner) for corner in np.eye(game.m)])
    rng = np.random.default_rng(1)
    probes = rng.dirichlet(np.ones(game.m), size=3)
    linear = all(np.abs(_against(game, probe) - probe @ corners).max() <= ROUND_OFF * spread for probe in probes)
    found = []
    for size in range(1, game.m + 1):
        for support in itertools.combinations(range(game.m), size):
            inside = list(support)
            if linear:
                found += _linear(corners.T, inside)
            else:
                starts = [np.full(size, 1 / size), *rng.dirichlet(np.ones(size), size=STARTS if size > 1 else 0)]
                found += [mix for start in starts for mix in _newton(game, inside, start)]
    return found


def _linear(payoffs: FloatArray, inside: list[int]) -> list[FloatArray]:
    """Return the mix on a support that makes its actions earn the same against itself, where there is one and only one."""
    size = len(inside)
    system = np.ones((size + 1, size + 1))
    system[:size, :size] = payoffs[np.ix_(inside, inside)]
    system[:size, size], system[size, size] = -1.0, 0.0
    if np.linalg.matrix_rank(system) <= size:
        return []
    return _whole(len(payoffs), inside, np.linalg.solve(system, np.eye(size + 1)[size])[:size])


def _newton(game: StrategicGame, inside: list[int], start: FloatArray) -> list[FloatArray]:
    def gaps(share: FloatArray) -> FloatArray:
        mix = np.zeros(game.m)
        mix[inside] = np.maximum(share, 0.0)
        earned = _against(game, mix / mix.sum())[inside]
        return np.append(earned[1:] - earned[0], share.sum() - 1)

    found = root(gaps, start, tol=1e-13)
    return _whole(game.m, inside, found.x) if found.success else []


def _whole(m: int, inside: list[int], share: FloatArray) -> list[FloatArray]:
    if share.min() < -1e-10:
        return []
    mix = np.zeros(m)
    mix[inside] = np.maximum(share, 0.0)
    return [mix / mix.sum()]
