"""Exponential weights for players who see only their own payoff."""

import math
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .logit import normalised
from .strategy import STRATEGIES, Feedback, Strategy


@STRATEGIES.register
class Exp3(Strategy):
    """Learn without regret from one's own payoffs alone (bandit feedback), by exponential weights on estimated losses.

    The loss of the action played, (highest - payoff) / (highest - lowest), is divided by the probability it was played with plus
    half the rate, and added to what that action has lost; the mix is proportional to exp(-rate × loss so far).

    Parameters
    ----------
    rate
        Learning rate, > 0; None is √(2 ln m / (m t)) in round t, for m actions.
    payoff_range
        The lowest and the highest payoff there can be. None takes the extremes that the player has
        seen so far, which has no guarantee.

    Raises
    ------
    ValueError
        The range is empty, or (in play) a payoff is outside it.

    Notes
    -----
    An action that the revision protocol made a player keep is weighted as if it had been drawn anew.

    Examples
    --------
    >>> rule = Exp3(rate=1, payoff_range=(0, 1)).begun(np.ones((1, 2), dtype=bool))
    >>> rule.learn(Feedback(np.array([0]), np.array([0.0])))
    >>> rule.policy().round(3).tolist()
    [[0.269, 0.731]]
    """

    source = "Auer, Cesa-Bianchi, Freund & Schapire (2002); implicit exploration: Neu (2015), Explore no more, Theorem 1"
    full_information = False

    rate: Annotated[float, Field(gt=0, lt=math.inf)] | None = None
    payoff_range: tuple[float, float] | None = None

    _losses: Any = None
    _round: int = 1
    _lowest: Any = None
    _highest: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Check the range of payoffs."""
        if self.payoff_range is not None and not -math.inf < self.payoff_range[0] < self.payoff_range[1] < math.inf:
            raise ValueError(
                f"payoff_range = {self.payoff_range} must be the lowest and the highest payoff, finite and in this order"
            )

    def begin(self) -> None:
        """Start without experience."""
        lowest, highest = self.payoff_range or (math.inf, -math.inf)
        self._losses = np.zeros(self.available.shape)
        self._round = 1
        self._lowest = np.full(len(self.available), lowest)
        self._highest = np.full(len(self.available), highest)

    def learn(self, feedback: Feedback) -> None:
        """Estimate from the own payoff what the action played has lost."""
        self._see(feedback.payoffs)
        players = np.arange(len(feedback.actions))
        played = self.policy()[players, feedback.actions]
        width = self._highest - self._lowest
        loss = np.where(width > 0, (self._highest - feedback.payoffs) / np.where(width > 0, width, 1.0), 0.0)
        exploration = self._rates()[:, 0] / 2
        self._losses = self._losses.copy()
        self._losses[players, feedback.actions] += loss / (played + exploration)
        self._round += 1

    def _see(self, payoffs: FloatArray) -> None:
        if self.payoff_range is None:
            self._lowest, self._highest = np.minimum(self._lowest, payoffs), np.maximum(self._highest, payoffs)
            return
        outside = np.flatnonzero((payoffs < self._lowest) | (payoffs > self._highest))
        if len(outside):
            raise ValueError(f"Exp3: a payoff of {payoffs[outside[0]]:.6g} is outside payoff_range = {self.payoff_range}")

    def policy(self) -> FloatArray:
        """Return the exponentially weighted mix."""
        return normalised(np.where(self.available, -self._rates() * self._losses, -np.inf))

    def _rates(self) -> FloatArray:
        """Return every player's learning rate in this round, shape (k, 1)."""
        actions = self.available.sum(axis=1, keepdims=True)
        if self.rate is not None:
            return np.full(actions.shape, self.rate)
        return np.asarray(np.sqrt(2 * np.log(actions) / (actions * self._round)))
