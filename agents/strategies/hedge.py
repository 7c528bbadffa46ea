"""Exponential weights on what each action would have earned."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .form import EXPONENTIAL, Form
from .logit import normalised
from .strategy import STRATEGIES, Against, Feedback, Seats, State, Strategy, payoffs_against


@dataclass(frozen=True, eq=False)
class Earnings(State):
    """What every action would have earned (k, m), -inf where it is not available, and the mixability gaps so far (k,)."""

    seats: Seats
    earned: FloatArray
    gap: FloatArray


@STRATEGIES.register
class Hedge(Strategy[Earnings]):
    """Weigh each action by the exponential of what it would have earned so far: a learning rule without regret.

    With payoffs u_a(t) the mix in round T + 1 is proportional to exp(rate Σ_t u_a(t)). Without a rate the rule sets one for each
    player in every round (AdaHedge): it starts at infinity and falls as ln(actions) over the mixability gaps so far, so it needs
    to know neither the horizon nor the payoffs' size.

    Parameters
    ----------
    rate
        Learning rate, > 0, in 1 / units of payoff; None sets it anew every round. With a rate η, regret after T rounds is at most
        ln(m) / η + η T S² / 8, where S is the largest spread of the m payoffs in a round; without one it is at most
        S √(T ln m) + S (4 ln(m) / 3 + 2).
    against
        What is responded to: the others' last ``actions``, or the ``mixes`` that they were drawn from.

    Examples
    --------
    >>> rule = Hedge(rate=1)
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3)]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = (
        "Freund & Schapire (1997); without a rate AdaHedge: de Rooij, van Erven, Grünwald & Koolen (2014), Follow the Leader If "
        "You Can, Hedge If You Must, Section 2"
    )

    rate: Annotated[float, Field(gt=0, lt=math.inf)] | None = None
    against: Against = "actions"

    def begin(self, seats: Seats) -> Earnings:
        """Start without experience."""
        return Earnings(seats, np.where(seats.available, 0.0, -np.inf), np.zeros(len(seats.available)))

    def learn(self, state: Earnings, feedback: Feedback) -> Earnings:
        """Add up what every action would have earned, and the gap between the mix and its exponential mean."""
        available = state.seats.available
        payoffs = np.where(available, payoffs_against(feedback, self.against, "Hedge"), 0.0)
        if self.rate is not None:
            return Earnings(state.seats, state.earned + payoffs, state.gap)
        rates = self._rates(state)
        mix, before = _exponential_mean(state.earned, rates, available)
        earned = state.earned + payoffs
        _, after = _exponential_mean(earned, rates, available)
        gap = state.gap + np.maximum(after - before - (mix * payoffs).sum(axis=-1), 0.0)
        return Earnings(state.seats, earned, gap)

    def policy(self, state: Earnings) -> FloatArray:
        """Return the exponentially weighted mix."""
        return _exponential_mean(state.earned, self._rates(state), state.seats.available)[0]

    def form(self, players: int) -> Form | None:
        """Return the rule in numbers, where its rate is given."""
        return Form(EXPONENTIAL, rate=self.rate, mixes=self.against == "mixes") if self.rate is not None else None

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return the bound that is given above, where the rule responds to actions."""
        if self.against == "mixes":
            return None
        if self.rate is not None:
            return math.log(actions) / self.rate + self.rate * rounds * spread**2 / 8
        return spread * (math.sqrt(rounds * math.log(actions)) + 4 / 3 * math.log(actions) + 2)

    def _rates(self, state: Earnings) -> FloatArray:
        """Return every player's learning rate, shape (k,)."""
        if self.rate is not None:
            return np.full(state.gap.shape, self.rate)
        actions = state.seats.available.sum(axis=-1)
        met = (state.gap > 0) & (actions > 1)  # who has no choice has nothing to learn, at any rate
        return np.where(met, np.log(actions) / np.where(met, state.gap, 1.0), np.inf)


def _exponential_mean(earned: FloatArray, rates: FloatArray, available: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the weights (k, m) at learning rates (k,), and ln(mean exp(rate x)) / rate of the earnings x, shape (k,).

    At rate infinity these are even weights on the best actions, and the maximum.
    """
    best = earned.max(axis=-1)
    behind = np.where(available, earned - best[..., None], -np.inf)
    sharp = np.isinf(rates)
    finite = np.where(sharp, 1.0, rates)[..., None]
    logs = np.where(sharp[..., None], np.where(behind == 0, 0.0, -np.inf), finite * behind)
    spread = np.log(np.exp(logs).sum(axis=-1) / available.sum(axis=-1)) / finite[..., 0]
    return normalised(logs), best + np.where(sharp, 0.0, spread)
