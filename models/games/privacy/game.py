"""The collaborative learning game: accuracy gained together against privacy lost."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ....arguments import validated
from ....arrays import FloatArray, IntArray
from ..strategic import MAX_PROFILES, NormalFormGame, StrategicGame
from .benefit import Benefit
from .continuous import ContinuousGame, Level
from .exact_game import ExactGame
from .losses import LinearLoss, PrivacyLoss
from .measured_benefit import MeasuredBenefit
from .numeric_game import NumericGame
from .table import TableBenefit, exactly

DEFAULT_GRID = tuple((np.arange(21) / 20).tolist())
KEPT_PROFILES = 50_000
"""Up to how many profiles payoffs are worked out once, as tables."""

PlayerType = Literal["unconcerned", "concerned"]


class CollaborativeLearning(StrategicGame):
    """Players who train together, each of whom picks how much privacy to keep: u_n = B_n b_n(p) - C_n c(p_n) (eq. 1).

    The actions are privacy levels on a grid, so that the game is played and learned like any other; `continuous` is the game on
    all levels behind it. The paper has two players; here there may be more.

    Parameters
    ----------
    benefit
        What each gains in accuracy at a profile of levels.
    privacy_weights
        C_n ≥ 0: one number for all or one a player; fractions are kept as they are.
    accuracy_weights
        B_n > 0, likewise.
    privacy_loss
        c.
    levels
        The levels that are actions, increasing, in [0, 1]; default: those of a benefit that is measured at certain levels only,
        otherwise 0, 0.05, ..., 1.
    player_names, action_names
        For tables and figures.

    Raises
    ------
    ValueError
        Weights or levels do not fit.

    Examples
    --------
    Two like players, G = 1/2 and r = C / B = 1/5: on the grid each keeps 0.25 or 0.3, on all levels 0.276.

    >>> from potluck.models.games.privacy import SmoothBenefit
    >>> game = CollaborativeLearning(SmoothBenefit((0.5, 0.5)), privacy_weights=0.2)
    >>> [tuple(game.levels[list(profile)].round(2).tolist()) for profile in game.pure_equilibria()]
    [(0.25, 0.25), (0.3, 0.3), (1.0, 1.0)]
    >>> end = game.continuous.settle().end
    >>> [round(level, 6) for level in end], round(game.continuous.price_of_privacy(end), 6)
    ([0.276393, 0.276393], 0.331672)
    """

    @validated
    def __init__(
        self,
        benefit: Benefit,
        privacy_weights: float | Fraction | Sequence[float | Fraction] = 0.1,
        accuracy_weights: float | Fraction | Sequence[float | Fraction] = 1.0,
        privacy_loss: PrivacyLoss | None = None,
        levels: ArrayLike | None = None,
        player_names: Sequence[str] | None = None,
        action_names: Sequence[str] | None = None,
    ) -> None:
        self.benefit = benefit
        self.privacy_weights = _weights(privacy_weights, benefit.n, "privacy")
        self.accuracy_weights = _weights(accuracy_weights, benefit.n, "accuracy")
        self.privacy_loss = privacy_loss or LinearLoss()
        measured = benefit.grid if isinstance(benefit, MeasuredBenefit) else ()
        grid = np.array((measured or DEFAULT_GRID) if levels is None else levels, dtype=np.float64)
        if grid.ndim != 1 or not len(grid) or not (np.diff(grid) > 0).all() or grid[0] < 0 or not grid[-1] <= 1:
            raise ValueError(f"privacy levels increase within [0, 1], not {grid.tolist()}")
        self.levels: FloatArray = grid
        self._worth = np.array([float(weight) for weight in self.accuracy_weights])
        self._paid = np.outer([float(weight) for weight in self.privacy_weights], self.privacy_loss.loss(grid))
        names = [f"p = {level:g}" for level in grid]
        super().__init__(np.ones((benefit.n, len(grid)), dtype=bool), player_names, action_names or names)

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each player would get at each level while the others keep theirs, (n,) -> (n, m)."""
        if self.m**self.n <= KEPT_PROFILES and not isinstance(self.benefit, MeasuredBenefit):
            return self.normal_form().deviations(np.asarray(profile))
        profiles = np.broadcast_to(self.levels[np.asarray(profile)], (self.n, self.m, self.n)).copy()
        for player in range(self.n):
            profiles[player, :, player] = self.levels
        gained = self.benefit.at(profiles.reshape(-1, self.n)).reshape(self.n, self.m, self.n)
        own = np.diagonal(gained, axis1=0, axis2=2).T
        return np.asarray(self._worth[:, None] * own - self._paid)

    @cached_property
    def _normal_form(self) -> NormalFormGame:
        if self.m**self.n > MAX_PROFILES:
            raise ValueError(f"{self.m} levels to the power of {self.n} players are too many profiles to enumerate")
        profiles = np.indices((self.m,) * self.n).reshape(self.n, -1)
        gained = self.benefit.at(self.levels[profiles.T]).T
        paid = np.take_along_axis(self._paid, profiles, axis=1)
        tables = (self._worth[:, None] * gained - paid).reshape(self.n, *(self.m,) * self.n)
        return NormalFormGame(tables, self.available, self.player_names, self.action_names)

    @property
    def weight_ratios(self) -> tuple[Level, ...]:
        """r_n = C_n / B_n."""
        return tuple(price / worth for price, worth in zip(self.privacy_weights, self.accuracy_weights, strict=True))

    @property
    def player_types(self) -> tuple[PlayerType, ...]:
        """Whether each player cares for accuracy alone (``unconcerned``, C = 0) or for privacy too (Section 4.1)."""
        return tuple("unconcerned" if price == 0 else "concerned" for price in self.privacy_weights)

    @cached_property
    def continuous(self) -> ContinuousGame:
        """The game on all levels in [0, 1]: in exact fractions for a measured table and the linear loss, otherwise numeric.

        Raises
        ------
        ValueError
            The benefit can be measured at certain levels only.
        """
        if isinstance(self.benefit, MeasuredBenefit) and self.benefit.grid:
            raise ValueError("a benefit that is measured at certain levels has no game on all levels; make a table of it")
        if isinstance(self.benefit, TableBenefit) and isinstance(self.privacy_loss, LinearLoss):
            prices = [exactly(weight) for weight in self.privacy_weights]
            worths = [exactly(weight) for weight in self.accuracy_weights]
            return ExactGame(self.benefit, (prices[0], prices[1]), (worths[0], worths[1]))
        floats = [tuple(float(weight) for weight in weights) for weights in (self.privacy_weights, self.accuracy_weights)]
        return NumericGame(self.benefit, floats[0], floats[1], self.privacy_loss)

    def price_of_privacy(self, profile: IntArray) -> float:
        """Return 1 - Σ b(p) / Σ b(0) of eq. 2 at a profile of actions; benefits below 0 count as 0.

        Raises
        ------
        ValueError
            Nobody gains from training together without protection.
        """
        levels = np.stack([np.zeros(self.n), self.levels[np.asarray(profile)]])
        base, kept = np.maximum(self.benefit.at(levels), 0.0).sum(axis=1).tolist()
        if base <= 0:
            raise ValueError("nobody gains from training together without protection, so privacy has no price")
        return float(1 - kept / base)


def _weights(weights: float | Fraction | Sequence[float | Fraction], n: int, kind: str) -> tuple[Level, ...]:
    """Return weights, one a player, after checking them."""
    each = (weights,) * n if isinstance(weights, int | float | Fraction) else tuple(weights)
    if len(each) != n:
        raise ValueError(f"{kind} weights are one number, or one for each of {n} players, not {len(each)}")
    for weight in each:
        if not (np.isfinite(float(weight)) and (weight > 0 or (weight == 0 and kind == "privacy"))):
            raise ValueError(f"{kind} weights must be finite and {'at least' if kind == 'privacy' else 'above'} 0, not {weight}")
    return each
