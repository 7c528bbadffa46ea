"""Smoothed best response."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .form import EXPONENTIAL, Form
from .strategy import STRATEGIES, Against, Feedback, Mixes, Seats, Strategy, payoffs_against


@STRATEGIES.register
class Logit(Strategy[Mixes]):
    """Play better actions more often: probabilities proportional to exp(rationality × payoff).

    Against mixes, a resting point is a logit equilibrium (quantal response).

    Parameters
    ----------
    rationality
        How sharply better actions are preferred, ≥ 0, in 1 / units of payoff: the inverse of the noise level. 0 is even odds,
        large values approach best response.
    step
        How far the mix moves towards the logit response each round, in (0, 1]; 1 goes all the way.
    against
        What is responded to: the others' last ``actions``, or the ``mixes`` that they were drawn from.

    Examples
    --------
    >>> rule = Logit(rationality=1)
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3)]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = (
        "logit response: Blume (1993); its fixed points: McKelvey & Palfrey (1995); logit dynamics: Fudenberg & Levine (1998), "
        "The Theory of Learning in Games, ch. 4"
    )

    rationality: Annotated[float, Field(ge=0, lt=math.inf)] = 10.0
    step: Annotated[float, Field(gt=0, le=1)] = 1.0
    against: Against = "actions"

    def begin(self, seats: Seats) -> Mixes:
        """Start from even odds."""
        return Mixes(seats.uniform, seats)

    def learn(self, state: Mixes, feedback: Feedback) -> Mixes:
        """Move towards the logit response to the last round."""
        available = state.seats.available
        payoffs = payoffs_against(feedback, self.against, "Logit")
        response = normalised(np.where(available, self.rationality * np.where(available, payoffs, 0.0), -np.inf))
        return Mixes((1 - self.step) * state.play + self.step * response, state.seats)

    def form(self, players: int) -> Form:
        """Return the rule in numbers: exponential weights of the last gains."""
        return Form(EXPONENTIAL, keep=0, rate=self.rationality, step=self.step, mixes=self.against == "mixes")


def normalised(logs: FloatArray) -> FloatArray:
    """Return probabilities from their logarithms up to a constant a row, (k, m) -> (k, m); -inf is probability 0.

    Examples
    --------
    >>> normalised(np.array([[1000.0, 1000.0, -np.inf]])).tolist()
    [[0.5, 0.5, 0.0]]
    """
    weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
