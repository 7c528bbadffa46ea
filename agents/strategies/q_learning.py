"""Values of actions learned from one's own payoffs, and softmax choice."""

import math
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from .logit import normalised
from .strategy import STRATEGIES, Feedback, Seats, State, Strategy


@dataclass(frozen=True, eq=False)
class Values(State):
    """What each action is believed to earn (k, m), 0 at first."""

    seats: Seats
    values: FloatArray


@STRATEGIES.register
class QLearning(Strategy[Values]):
    """Move the value of the action played towards what it earned; play actions by the exponential of their values.

    Parameters
    ----------
    rate
        How far a value moves, in (0, 1].
    temperature
        Noise of the choice, > 0, in units of payoff: small values are greedy.
    first
        Value of every action before it was played.

    Examples
    --------
    >>> rule = QLearning(rate=1, temperature=1)
    >>> state = rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), Feedback(np.array([1]), np.array([np.log(3)])))
    >>> rule.policy(state).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = "Watkins & Dayan (1992), without states; softmax play in games: Tuyls, Verbeeck & Lenaerts (2003)"
    full_information = False

    rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    temperature: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1
    first: float = 0.0

    def begin(self, seats: Seats) -> Values:
        """Believe that all actions earn the same."""
        return Values(seats, np.full(seats.available.shape, self.first))

    def learn(self, state: Values, feedback: Feedback) -> Values:
        """Move the value of what was played."""
        values = np.broadcast_to(state.values, (*feedback.actions.shape, state.values.shape[-1]))
        return replace(state, values=moved(values, feedback.actions, feedback.payoffs, self.rate))

    def policy(self, state: Values) -> FloatArray:
        """Return the softmax of the values."""
        return normalised(np.where(state.seats.available, state.values / self.temperature, -np.inf))


def moved(values: FloatArray, actions: IntArray, payoffs: FloatArray, rate: float | FloatArray) -> FloatArray:
    """Return values (..., k, m) in which those of the actions played (..., k) have moved towards what they earned."""
    played = np.arange(values.shape[-1]) == actions[..., None]
    return np.where(played, values + np.asarray(rate)[..., None] * (payoffs[..., None] - values), values)
