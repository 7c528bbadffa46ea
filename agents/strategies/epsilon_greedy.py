"""The best average so far, and now and then anything."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, of_actions
from .q_learning import moved
from .strategy import STRATEGIES, Feedback, Seats, State, Strategy, even_policy


@dataclass(frozen=True, eq=False)
class Samples(State):
    """The average payoff of every action, and how often it was played, (k, m) each."""

    seats: Seats
    means: FloatArray
    counts: FloatArray


@STRATEGIES.register
class EpsilonGreedy(Strategy[Samples]):
    """Play an action that earned most on average so far, untried ones first; with a small probability any action.

    Parameters
    ----------
    epsilon
        Probability of exploring, in [0, 1].

    Examples
    --------
    >>> rule = EpsilonGreedy(epsilon=0.2)
    >>> state = rule.begin(Seats(np.ones((1, 2), dtype=bool)))
    >>> for action, payoff in ((0, 1.0), (1, 3.0)):
    ...     state = rule.learn(state, Feedback(np.array([action]), np.array([payoff])))
    >>> rule.policy(state).round(3).tolist()
    [[0.1, 0.9]]
    """

    source = "Sutton & Barto (1998), Reinforcement Learning, ch. 2"
    full_information = False

    epsilon: Annotated[float, Field(ge=0, le=1)] = 0.1

    def begin(self, seats: Seats) -> Samples:
        """Start without samples."""
        nothing = np.zeros(seats.available.shape)
        return Samples(seats, nothing, nothing)

    def learn(self, state: Samples, feedback: Feedback) -> Samples:
        """Add the payoff to the average of what was played."""
        shape = (*feedback.actions.shape, state.means.shape[-1])
        means, counts = (np.broadcast_to(each, shape) for each in (state.means, state.counts))
        counts = counts + (np.arange(shape[-1]) == feedback.actions[..., None])
        return Samples(
            state.seats, moved(means, feedback.actions, feedback.payoffs, 1 / of_actions(counts, feedback.actions)), counts
        )

    def policy(self, state: Samples) -> FloatArray:
        """Return even odds with probability ε, and else over the best averages."""
        open_ = state.seats.available
        hopes = np.where(open_, np.where(state.counts > 0, state.means, np.inf), -np.inf)
        best = even_policy(hopes == hopes.max(axis=-1, keepdims=True))
        return np.asarray(self.epsilon * even_policy(open_) + (1 - self.epsilon) * best)
