"""Smoothed best response to everything seen so far."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .form import EXPONENTIAL, Form
from .logit import normalised
from .strategy import STRATEGIES, Feedback, Seats, State, Strategy


@dataclass(frozen=True, eq=False)
class Averages(State):
    """Sums of what every action would have earned (k, m), over so many rounds."""

    seats: Seats
    total: FloatArray
    rounds: int


@STRATEGIES.register
class StochasticFictitiousPlay(Strategy[Averages]):
    """Play the logit response to the empirical distribution of what the others did together so far.

    Parameters
    ----------
    rationality
        How sharply better actions are preferred, ≥ 0, in 1 / units of payoff.

    Examples
    --------
    >>> rule = StochasticFictitiousPlay(rationality=1)
    >>> state = rule.begin(Seats(np.ones((1, 2), dtype=bool)))
    >>> for _ in range(5):
    ...     state = rule.learn(state, Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3)]])))
    >>> rule.policy(state).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = "Fudenberg & Kreps (1993); Fudenberg & Levine (1998), The Theory of Learning in Games, ch. 4"

    rationality: Annotated[float, Field(ge=0, lt=math.inf)] = 10.0

    def begin(self, seats: Seats) -> Averages:
        """Start from even odds."""
        return Averages(seats, np.where(seats.available, 0.0, -np.inf), 0)

    def learn(self, state: Averages, feedback: Feedback) -> Averages:
        """Add what every action would have earned."""
        if feedback.deviations is None:
            raise ValueError("StochasticFictitiousPlay needs to see everyone's actions")
        return Averages(state.seats, state.total + feedback.deviations, state.rounds + 1)

    def policy(self, state: Averages) -> FloatArray:
        """Return the logit response to the averages."""
        scale = self.rationality / max(state.rounds, 1)
        return normalised(np.where(state.seats.available, scale * np.where(state.seats.available, state.total, 0.0), -np.inf))

    def form(self, players: int) -> Form:
        """Return the rule in numbers."""
        return Form(EXPONENTIAL, mean=1, rate=self.rationality)
