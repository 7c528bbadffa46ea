"""Now and then a trial, kept if it pays."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from .strategy import STRATEGIES, Feedback, Play, Seats, State, Strategy, even_policy, pure_policy


@dataclass(frozen=True, eq=False)
class Baseline(State):
    """How the cohort plays next, and each one's action and payoff to compare with (k,); -1 before the first round."""

    seats: Seats
    play: Play
    action: IntArray
    payoff: FloatArray


@STRATEGIES.register
class TrialAndError(Strategy[Baseline]):
    """Play the action kept so far; with a small probability try any other, and keep it if it earned more.

    In weakly acyclic games, potential games among them, a pure equilibrium is played in most rounds where trials are few.

    Parameters
    ----------
    trials
        Probability of a trial in a round, in (0, 1].

    Examples
    --------
    >>> rule = TrialAndError(trials=0.1)
    >>> state = rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), Feedback(np.array([0]), np.array([1.0])))
    >>> rule.policy(rule.learn(state, Feedback(np.array([1]), np.array([2.0])))).tolist()
    [[0.1, 0.9]]
    """

    source = "Marden, Young, Arslan & Shamma (2009), Payoff-based dynamics for multiplayer weakly acyclic games, Section 3.2"
    full_information = False

    trials: Annotated[float, Field(gt=0, le=1)] = 0.05

    def begin(self, seats: Seats) -> Baseline:
        """Play evenly at first."""
        k = len(seats.available)
        return Baseline(seats, seats.uniform, np.full(k, -1), np.zeros(k))

    def learn(self, state: Baseline, feedback: Feedback) -> Baseline:
        """Keep a trial that paid; know anew what the action kept pays."""
        same = feedback.actions == state.action
        kept = (state.action < 0) | same | (feedback.payoffs > state.payoff)
        action = np.where(kept, feedback.actions, state.action)
        payoff = np.where(kept, feedback.payoffs, state.payoff)
        now, open_ = pure_policy(action, state.seats.available.shape[-1]), state.seats.available
        others = open_ & (now == 0)
        some = others.any(axis=-1, keepdims=True)
        anything = even_policy(np.where(some, others, open_))
        return Baseline(state.seats, np.where(some, (1 - self.trials) * now + self.trials * anything, now), action, payoff)
