"""The games that scenarios of learning play, and what a table of payoffs says about them at once."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ...arrays import ROUND_OFF, FloatArray
from ...mechanisms import Mechanism
from ...models import MarketGame, NormalFormGame, Preferences, StrategicGame, TextbookGame
from ...models.tasks import Task

MOST_PROFILES = 100_000
MOST_EQUILIBRIA = 40


def tabled(game: StrategicGame, what: str) -> NormalFormGame:
    """Return a game's payoff tables.

    Raises
    ------
    ValueError
        They have too many profiles to be made and played in many runs.
    """
    if game.n * math.log(game.m) > math.log(MOST_PROFILES):
        raise ValueError(f"{what} has {game.m} actions to the power of {game.n} players: at most {MOST_PROFILES} profiles")
    return game.normal_form()


def market_of(task: Task, mechanism: Mechanism) -> MarketGame:
    """Return the game of a market whose parties value the model they receive, over what they have alone."""
    return MarketGame(task, mechanism, Preferences(over_alone=True))


def spread_of(game: NormalFormGame) -> float:
    """Return the largest difference between two payoffs of one player, the unit in which distances from equilibrium are told."""
    tables = [game.tables[(player, *np.ix_(*_sides(game)))] for player in range(game.n)]
    return max(float(np.ptp(table)) for table in tables)


def _sides(game: NormalFormGame) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in game.available]


def is_zero_sum(game: NormalFormGame) -> bool:
    """Return whether two players' payoffs sum to the same in every profile."""
    if game.n != 2:
        return False
    total = game.tables.sum(axis=0)[np.ix_(*_sides(game))]
    return bool(np.ptp(total) <= ROUND_OFF * max(1.0, float(np.abs(game.tables).max())))


def known_equilibria(game: NormalFormGame, textbook: TextbookGame | None) -> FloatArray:
    """Return the equilibria that the textbook gives and all pure ones, at most 40, each as probabilities, shape (k, n, m)."""
    found = [*(textbook.equilibria() if textbook else ()), *_pure(game)]
    different: list[FloatArray] = []
    for policy in found:
        if all(np.abs(policy - each).max() > ROUND_OFF for each in different):
            different.append(policy)
    return np.array(different[:MOST_EQUILIBRIA]).reshape(-1, game.n, game.m)


def _pure(game: NormalFormGame) -> Iterable[FloatArray]:
    return (np.eye(game.m)[list(profile)] for profile in game.pure_equilibria()[:MOST_EQUILIBRIA])


def play_words(policy: FloatArray, words: Sequence[str]) -> str:
    """Return an equilibrium (n, m) in words: everybody's action, or probabilities of the second of two, or of all."""
    if policy.max(axis=1).min() == 1:
        return ", ".join(words[action] for action in policy.argmax(axis=1))
    return "mixed " + ", ".join(
        f"{row[1]:.2g}" if len(row) == 2 else "(" + " ".join(f"{p:.2g}" for p in row) + ")" for row in policy
    )
