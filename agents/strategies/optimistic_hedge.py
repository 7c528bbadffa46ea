"""Exponential weights that count the last round twice."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .form import EXPONENTIAL, Form
from .logit import normalised
from .strategy import STRATEGIES, Against, Feedback, Seats, State, Strategy, payoffs_against


@dataclass(frozen=True, eq=False)
class Recent(State):
    """What every action would have earned so far, and in the last round, (k, m) each."""

    seats: Seats
    earned: FloatArray
    last: FloatArray


@STRATEGIES.register
class OptimisticHedge(Strategy[Recent]):
    """Weigh actions by the exponential of what they would have earned, the last round counted twice, as a guess of the next.

    Where all players do so, each one's regret stays bounded while the rate is constant, so that average play nears the coarse
    correlated equilibria at the rate 1/T, not 1/√T.

    Parameters
    ----------
    rate
        Learning rate, > 0, in 1 / units of payoff.
    against
        What is responded to: the ``mixes`` that the others drew from, or their last ``actions``.

    Examples
    --------
    >>> rule = OptimisticHedge(rate=1, against="actions")
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3) / 2]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = (
        "Rakhlin & Sridharan (2013); Syrgkanis, Agarwal, Luo & Schapire (2015), Fast convergence of regularized learning in games"
    )

    rate: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1
    against: Against = "mixes"

    def begin(self, seats: Seats) -> Recent:
        """Start without experience."""
        nothing = np.where(seats.available, 0.0, -np.inf)
        return Recent(seats, nothing, nothing)

    def learn(self, state: Recent, feedback: Feedback) -> Recent:
        """Add up what every action would have earned."""
        payoffs = payoffs_against(feedback, self.against, "OptimisticHedge")
        return Recent(state.seats, state.earned + payoffs, payoffs)

    def policy(self, state: Recent) -> FloatArray:
        """Return the exponentially weighted mix."""
        return normalised(self.rate * (state.earned + state.last))

    def form(self, players: int) -> Form:
        """Return the rule in numbers."""
        return Form(EXPONENTIAL, ahead=1, rate=self.rate, mixes=self.against == "mixes")

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return ln(m) / η + η T S², Proposition 7 of Syrgkanis et al. where payoffs are all new, for a rule of actions."""
        return math.log(actions) / self.rate + self.rate * rounds * spread**2 if self.against == "actions" else None
