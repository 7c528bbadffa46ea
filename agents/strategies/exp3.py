"""Exponential weights for players who see only their own payoff."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .bandit import Estimates, chance_of, check_range
from .logit import normalised
from .strategy import STRATEGIES, Feedback, Seats, Strategy


@STRATEGIES.register
class Exp3(Strategy[Estimates]):
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
    >>> rule = Exp3(rate=1, payoff_range=(0, 1))
    >>> state = rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), Feedback(np.array([0]), np.array([0.0])))
    >>> rule.policy(state).round(3).tolist()
    [[0.269, 0.731]]
    """

    source = "Auer, Cesa-Bianchi, Freund & Schapire (2002); implicit exploration: Neu (2015), Explore no more, Theorem 1"
    full_information = False

    rate: Annotated[float, Field(gt=0, lt=math.inf)] | None = None
    payoff_range: tuple[float, float] | None = None

    def model_post_init(self, context: object, /) -> None:
        """Check the range of payoffs."""
        super().model_post_init(context)
        check_range(self.payoff_range)

    def begin(self, seats: Seats) -> Estimates:
        """Start without experience."""
        return Estimates.begun(seats, self.payoff_range)

    def learn(self, state: Estimates, feedback: Feedback) -> Estimates:
        """Estimate from the own payoff what the action played has lost."""
        state = state.seen(feedback.payoffs, self.payoff_range, "Exp3")
        exploration = self._rates(state)[..., 0] / 2
        played = chance_of(self.policy(state), feedback)
        return state.added(feedback, state.loss(feedback.payoffs) / (played + exploration))

    def policy(self, state: Estimates) -> FloatArray:
        """Return the exponentially weighted mix."""
        return normalised(np.where(state.seats.available, -self._rates(state) * state.sums, -np.inf))

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return the bound of Neu's Theorem 1 at this rule's rates, in expectation, where the range of payoffs is given.

        With η_t = 2 γ_t his proof gives ln(m) / η_T + Σ η_t m + ln(m / δ) / (2 γ_T) + ln(1 / δ) with probability 1 - 2 δ; the
        mean of ln(2 / δ) over δ is 1 + ln 2.
        """
        if self.payoff_range is None:
            return None
        if actions == 1:
            return 0.0
        width = self.payoff_range[1] - self.payoff_range[0]
        last = self.rate or math.sqrt(2 * math.log(actions) / (actions * rounds))
        total = last * rounds * (1 if self.rate else 2)
        return width * (2 * math.log(actions) / last + total * actions + (1 / last + 1) * (1 + math.log(2)))

    def _rates(self, state: Estimates) -> FloatArray:
        """Return every player's learning rate in this round, shape (k, 1)."""
        actions = state.seats.available.sum(axis=-1, keepdims=True)
        if self.rate is not None:
            return np.full(actions.shape, self.rate)
        return np.asarray(np.sqrt(2 * np.log(actions) / (actions * state.round)))
