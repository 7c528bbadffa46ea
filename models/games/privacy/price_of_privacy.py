"""What selfish play costs everybody: price of stability, and why the printed price of anarchy says nothing."""

import math
from dataclasses import dataclass

import numpy as np

from ....arrays import ROUND_OFF, FloatArray
from .game import CollaborativeLearning


@dataclass(frozen=True)
class Prices:
    """Welfare (sum of utilities) at best, and in the pure equilibria of the game on its grid.

    Parameters
    ----------
    largest
        The largest welfare of any profile.
    optimum
        The levels that give it.
    best, worst
        Welfare of the best and of the worst pure equilibrium.
    best_equilibrium
        The levels of the best one.
    """

    largest: float
    optimum: tuple[float, ...]
    best: float
    worst: float
    best_equilibrium: tuple[float, ...]

    @property
    def of_stability(self) -> float:
        """Largest welfare over that of the best equilibrium, ≥ 1; infinite where that is 0 and more is possible."""
        return _ratio(self.largest, self.best)

    @property
    def of_anarchy(self) -> float:
        """Largest welfare over that of the worst equilibrium, as printed.

        To keep everything private is always an equilibrium (Theorem 1), with welfare 0. So this is infinite in every game in
        which collaboration is worth anything, and tells none from another. The paper's footnote takes it for the price of
        stability, which has the best equilibrium in its place.
        """
        return _ratio(self.largest, self.worst)


def _ratio(largest: float, reached: float) -> float:
    if abs(reached) <= ROUND_OFF:
        return 1.0 if abs(largest) <= ROUND_OFF else math.inf
    return largest / reached


def prices(game: CollaborativeLearning, tolerance: float | None = None) -> Prices:
    """Return the prices of a game whose grid holds level 1.

    Parameters
    ----------
    game
        The game; every profile of its grid is looked at.
    tolerance
        By how much a player may gain elsewhere in an equilibrium; default as in `StrategicGame.pure_equilibria`.

    Raises
    ------
    ValueError
        Level 1 is none of the actions, there are more than a million profiles, or none of them is an equilibrium.

    Examples
    --------
    >>> from potluck.models.games.privacy import SmoothBenefit
    >>> found = prices(CollaborativeLearning(SmoothBenefit((0.5, 0.5)), privacy_weights=0.2))
    >>> found.optimum, found.best_equilibrium, round(found.of_stability, 4), found.of_anarchy
    ((0.0, 0.0), (0.25, 0.25), 1.4884, inf)
    """
    if game.levels[-1] != 1:
        raise ValueError("level 1, to keep everything private, must be an action: otherwise that equilibrium is left out")
    form = game.normal_form()
    welfare: FloatArray = form.tables.sum(axis=0)
    optimum = np.unravel_index(int(welfare.argmax()), welfare.shape)
    equilibria = form.pure_equilibria(tolerance)
    if not equilibria:
        raise ValueError("no profile of the grid is an equilibrium in pure strategies, so there is none to price")
    of_each = [float(welfare[profile]) for profile in equilibria]
    best = int(np.argmax(of_each))
    return Prices(
        float(welfare[optimum]),
        tuple(game.levels[list(optimum)].tolist()),
        of_each[best],
        min(of_each),
        tuple(game.levels[list(equilibria[best])].tolist()),
    )
