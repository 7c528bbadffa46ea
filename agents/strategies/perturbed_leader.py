"""The best action so far, judged with noise."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .strategy import STRATEGIES, Feedback, Play, Seats, State, Strategy, best_replies


@dataclass(frozen=True, eq=False)
class Perturbed(State):
    """How the cohort plays next, and what every action would have earned (k, m)."""

    play: Play
    earned: FloatArray


@STRATEGIES.register
class PerturbedLeader(Strategy[Perturbed]):
    """Play the action that would have earned most so far, after adding fresh exponential noise to each.

    Parameters
    ----------
    noise
        Mean of the noise, > 0, in units of payoff; √T is a good one for T rounds of payoffs in [0, 1].

    Examples
    --------
    >>> rule = PerturbedLeader(noise=1)
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, 9.0]]), noise=np.array([[0.5, 0.5]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).tolist()
    [1]
    """

    source = "Hannan (1957); Kalai & Vempala (2005), Efficient algorithms for online decision problems"

    noise: Annotated[float, Field(gt=0, lt=math.inf)] = 10.0

    def randomness(self, actions: int) -> int:
        """Return a number an action."""
        return actions

    def begin(self, seats: Seats) -> Perturbed:
        """Start without experience."""
        return Perturbed(seats.uniform, np.where(seats.available, 0.0, -np.inf))

    def learn(self, state: Perturbed, feedback: Feedback) -> Perturbed:
        """Add up, and find the leader under noise."""
        if feedback.deviations is None:
            raise ValueError("PerturbedLeader needs to see everyone's actions")
        earned = state.earned + feedback.deviations
        shaken = earned - self.noise * np.log1p(-np.asarray(feedback.noise))
        return Perturbed(best_replies(shaken, "first"), earned)
