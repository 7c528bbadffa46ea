"""Exponential weights on upper estimates, for players who see only their own payoff and want regret that is surely low."""

import math
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .bandit import Estimates, chance_of, check_range
from .logit import normalised
from .strategy import STRATEGIES, Feedback, Seats, Strategy


@STRATEGIES.register
class Exp3P(Strategy[Estimates]):
    """Learn from one's own payoffs alone so that regret is low with high probability, not on average only.

    Gains g = (payoff - lowest) / (highest - lowest) are estimated from above: every action's estimate rises by β / p in a round,
    where p is its probability, and that of the action played by g / p more. The mix is γ parts even and 1 - γ parts proportional
    to exp(η × estimate). For m actions, T rounds and a failure probability δ: β = √(ln(m/δ) / (T m)), η = 0.95 √(ln m / (T m)),
    γ = 1.05 √(m ln m / T), at most 1.

    Parameters
    ----------
    rounds
        T: the rounds for which the promise is made, ≥ 1; learning goes on after them.
    failure
        δ in (0, 1): with what probability regret may be above 5.15 √(T m ln(m/δ)).
    payoff_range
        The lowest and the highest payoff there can be. None takes the extremes that the player has seen so far, which has no
        guarantee.

    Raises
    ------
    ValueError
        The range is empty, or (in play) a payoff is outside it.

    Examples
    --------
    >>> rule = Exp3P(rounds=100, payoff_range=(0, 1))
    >>> state = rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), Feedback(np.array([0]), np.array([1.0])))
    >>> rule.policy(state).round(3).tolist()
    [[0.524, 0.476]]
    """

    source = "Auer, Cesa-Bianchi, Freund & Schapire (2002), Exp3.P; parameters: Bubeck & Cesa-Bianchi (2012), Theorem 3.3"
    full_information = False

    rounds: Annotated[int, Field(ge=1, le=1_000_000_000)] = 10_000
    failure: Annotated[float, Field(gt=0, lt=1)] = 0.05
    payoff_range: tuple[float, float] | None = None

    def model_post_init(self, context: object, /) -> None:
        """Check the range of payoffs."""
        super().model_post_init(context)
        check_range(self.payoff_range)

    def begin(self, seats: Seats) -> Estimates:
        """Start without experience."""
        return Estimates.begun(seats, self.payoff_range)

    def learn(self, state: Estimates, feedback: Feedback) -> Estimates:
        """Raise all estimates, and that of the action played by what it gained."""
        state = state.seen(feedback.payoffs, self.payoff_range, "Exp3P")
        policy, open_ = self.policy(state), state.seats.available
        extra = np.sqrt(np.log(self._actions(state) / self.failure) / (self.rounds * self._actions(state)))
        raised = replace(state, sums=state.sums + np.where(open_, extra / np.where(open_, policy, 1.0), 0.0))
        return raised.added(feedback, (1 - state.loss(feedback.payoffs)) / chance_of(policy, feedback))

    def policy(self, state: Estimates) -> FloatArray:
        """Return the mix of even odds and exponential weights."""
        m, open_ = self._actions(state), state.seats.available
        rate = 0.95 * np.sqrt(np.log(m) / (self.rounds * m))
        even = np.minimum(1.05 * np.sqrt(m * np.log(m) / self.rounds), 1.0)
        weights = normalised(np.where(open_, rate * state.sums, -np.inf))
        return np.asarray((1 - even) * weights + even * open_ / m)

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return 5.15 √(T m ln(m/δ)) + δ × rounds, in units of the range of payoffs; None where it is not given, or after T."""
        if self.payoff_range is None or rounds > self.rounds:
            return None
        most = 5.15 * math.sqrt(self.rounds * actions * math.log(actions / self.failure))
        return (self.payoff_range[1] - self.payoff_range[0]) * (most + self.failure * rounds)

    def _actions(self, state: Estimates) -> FloatArray:
        """Return how many actions every player has, shape (k, 1)."""
        return np.asarray(state.seats.available.sum(axis=-1, keepdims=True), dtype=np.float64)
