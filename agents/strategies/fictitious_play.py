"""Fictitious play."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .form import BEST, EVEN_BEST, Form
from .strategy import STRATEGIES, Feedback, Play, Seats, State, Strategy, Ties, best_replies, even_policy, pure_policy


@dataclass(frozen=True, eq=False)
class Beliefs(State):
    """The best replies to the beliefs, and the sum over rounds of payoffs (k, m) or of everyone's actions (n, m)."""

    seats: Seats
    play: Play
    total: FloatArray | None
    rounds: float


@STRATEGIES.register
class FictitiousPlay(Strategy[Beliefs]):
    """Play a best response to the empirical distribution of what the others did so far.

    Parameters
    ----------
    beliefs
        ``independent``: each opponent is believed to mix by its own past frequencies, independently of the others (Brown 1951).
        ``joint``: the opponents' past action profiles keep their frequencies, so correlation is believed. For two players the two
        are the same.
    prior
        Weight of an even prior, in rounds, ≥ 0: how many rounds of uniform play the players imagine to have seen.
    ties
        Among equally good actions: ``stay`` with the last one, the ``first``, or ``uniform``.

    Notes
    -----
    Under independent beliefs each round asks the game for payoffs against mixed play; joint beliefs only average what past rounds
    would have paid, whatever the number of players.

    Examples
    --------
    >>> rule = FictitiousPlay(beliefs="joint")
    >>> state = rule.begin(Seats(np.ones((1, 2), dtype=bool)))
    >>> for row in ([[0.0, 1.0]], [[5.0, 1.0]]):
    ...     state = rule.learn(state, Feedback(np.array([0]), np.array([0.0]), np.array([0, 1]), np.array(row)))
    >>> rule.policy(state).tolist()
    [0]
    """

    source = "Brown (1951); joint beliefs: Fudenberg & Levine (1998), The Theory of Learning in Games, ch. 2"

    beliefs: Literal["independent", "joint"] = "independent"
    prior: Annotated[float, Field(ge=0, lt=math.inf)] = 0.0
    ties: Ties = "stay"

    def begin(self, seats: Seats) -> Beliefs:
        """Forget everything seen; play evenly until there is something to believe."""
        return Beliefs(seats, seats.uniform, None, self.prior)

    def learn(self, state: Beliefs, feedback: Feedback) -> Beliefs:
        """Add the last round to the beliefs and find the best replies to them."""
        if feedback.deviations is None or feedback.profile is None:
            raise ValueError("FictitiousPlay needs to see everyone's actions")
        everyone, total, rounds = state.seats.everyone, state.total, state.rounds + 1
        if self.beliefs == "joint" or len(everyone) == 2:
            # against one opponent, or a distribution of joint actions, expected payoffs are averages of past ones
            if total is None:
                total = np.zeros(state.seats.available.shape)
                if self.prior:
                    total = self.prior * self._against(even_policy(everyone), feedback)
            total = total + feedback.deviations
            payoffs = total / rounds
        else:
            if total is None:
                total = self.prior * even_policy(everyone)
            total = total + pure_policy(feedback.profile, everyone.shape[1])
            payoffs = self._against(total / rounds, feedback)
        return Beliefs(state.seats, best_replies(payoffs, self.ties, feedback.actions), total, rounds)

    @staticmethod
    def _against(policy: FloatArray, feedback: Feedback) -> FloatArray:
        if feedback.expected is None:
            raise ValueError("FictitiousPlay needs payoffs against mixed play for these beliefs")
        return feedback.expected(policy)

    def form(self, players: int) -> Form | None:
        """Return the rule in numbers, where beliefs come down to average payoffs: the best of them."""
        if self.prior or (self.beliefs == "independent" and players != 2):
            return None
        return Form(EVEN_BEST if self.ties == "uniform" else BEST, mean=1, stay=self.ties == "stay")
