"""Fictitious play."""

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .strategy import STRATEGIES, Feedback, Strategy, Ties, best_replies, even_policy, pure_policy


@STRATEGIES.register
class FictitiousPlay(Strategy):
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
    >>> rule = FictitiousPlay(beliefs="joint").begun(np.ones((1, 2), dtype=bool))
    >>> for row in ([[0.0, 1.0]], [[5.0, 1.0]]):
    ...     rule.learn(Feedback(np.array([0]), np.array([0.0]), np.array([0, 1]), np.array(row)))
    >>> rule.policy().tolist()
    [[1.0, 0.0]]
    """

    source = "Brown (1951); joint beliefs: Fudenberg & Levine (1998), The Theory of Learning in Games, ch. 2"

    beliefs: Literal["independent", "joint"] = "independent"
    prior: Annotated[float, Field(ge=0, lt=math.inf)] = 0.0
    ties: Ties = "stay"

    _next: Any = None
    _total: Any = None
    _rounds: Any = None

    def begin(self) -> None:
        """Forget everything seen; play evenly until there is something to believe."""
        self._next = self.uniform
        self._total = None
        self._rounds = self.prior

    def learn(self, feedback: Feedback) -> None:
        """Add the last round to the beliefs and find the best replies to them."""
        if feedback.deviations is None or feedback.profile is None:
            raise ValueError("FictitiousPlay needs to see everyone's actions")
        everyone_even = even_policy(self.everyone)
        self._rounds += 1
        if self.beliefs == "joint" or len(self.everyone) == 2:
            # against one opponent, or a distribution of joint actions, expected payoffs are averages of past ones
            if self._total is None:
                self._total = (
                    self.prior * self._against(everyone_even, feedback) if self.prior else np.zeros(self.available.shape)
                )
            self._total = self._total + feedback.deviations
            payoffs = self._total / self._rounds
        else:
            if self._total is None:
                self._total = self.prior * everyone_even
            self._total = self._total + pure_policy(feedback.profile, self.everyone.shape[1])
            payoffs = self._against(self._total / self._rounds, feedback)
        self._next = best_replies(payoffs, self.ties, feedback.actions)

    @staticmethod
    def _against(policy: FloatArray, feedback: Feedback) -> FloatArray:
        if feedback.expected is None:
            raise ValueError("FictitiousPlay needs payoffs against mixed play for these beliefs")
        return feedback.expected(policy)

    def policy(self) -> FloatArray:
        """Return the best replies to the beliefs."""
        policy: FloatArray = self._next
        return policy
