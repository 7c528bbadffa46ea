"""Playing actions in proportion to how much one regrets not having played them."""

import math
from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray
from .form import POSITIVE, Form
from .strategy import STRATEGIES, Against, Feedback, Seats, State, Strategy, payoffs_against


@dataclass(frozen=True, eq=False)
class Regrets(State):
    """What every action would have earned more than was earned, shape (k, m)."""

    seats: Seats
    regrets: FloatArray


@STRATEGIES.register
class RegretMatching(Strategy[Regrets]):
    """Play each action with a probability proportional to the regret for not having played it all along.

    The regret of an action is what it would have earned so far less what was earned; negative regrets count as 0. Where no
    action is regretted, the mix is even. When everybody plays so, the average play of two players with opposite interests comes
    to equilibrium, and the joint play of any number of players to the coarse correlated equilibria.

    Parameters
    ----------
    plus
        Whether negative regrets are forgotten in every round (regret matching plus), so that an action that turns good is
        taken up at once.
    against
        How payoffs are measured: against the others' last ``actions``, or expected against the ``mixes`` that they were drawn
        from; then what a player earned is expected too.

    Notes
    -----
    With expected payoffs, regret after T rounds is at most S √(m T), S the largest spread of the m payoffs in a round.

    Examples
    --------
    >>> rule = RegretMatching()
    >>> seen = Feedback(np.array([0]), np.array([1.0]), deviations=np.array([[1.0, 2.0, 4.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 3), dtype=bool))), seen)).tolist()
    [[0.0, 0.25, 0.75]]
    """

    source = "Hart & Mas-Colell (2000), Section 4 (unconditional regrets); plus: Tammelin (2014)"

    plus: bool = False
    against: Against = "actions"

    def begin(self, seats: Seats) -> Regrets:
        """Start without regrets."""
        return Regrets(seats, np.zeros(seats.available.shape))

    def learn(self, state: Regrets, feedback: Feedback) -> Regrets:
        """Add what every action would have earned more than what was earned."""
        available = state.seats.available
        payoffs = np.where(available, payoffs_against(feedback, self.against, "RegretMatching"), 0.0)
        earned = feedback.payoffs
        if self.against == "mixes" and feedback.mixes is not None:
            earned = (state.seats.of(feedback.mixes()) * payoffs).sum(axis=-1)
        regrets = state.regrets + np.where(available, payoffs - earned[..., None], 0.0)
        return Regrets(state.seats, np.maximum(regrets, 0.0) if self.plus else regrets)

    def policy(self, state: Regrets) -> FloatArray:
        """Return the mix in proportion to positive regrets."""
        positive = np.maximum(state.regrets, 0.0)
        total = positive.sum(axis=-1, keepdims=True)
        regretful = total > 0
        return np.asarray(np.where(regretful, positive / np.where(regretful, total, 1.0), state.seats.uniform))

    def form(self, players: int) -> Form:
        """Return the rule in numbers: positive parts of summed regrets."""
        return Form(POSITIVE, regret=1, clip=self.plus, mixes=self.against == "mixes")

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return S √((m - 1) T), by which the squared regrets of m actions grow at most, where the rule responds to actions."""
        return spread * math.sqrt((actions - 1) * rounds) if self.against == "actions" else None
