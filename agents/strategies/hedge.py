"""Exponential weights on what each action would have earned."""

import math
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .logit import normalised
from .strategy import STRATEGIES, Against, Feedback, Strategy, payoffs_against


@STRATEGIES.register
class Hedge(Strategy):
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
    >>> rule = Hedge(rate=1).begun(np.ones((1, 2), dtype=bool))
    >>> rule.learn(Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3)]])))
    >>> rule.policy().round(3).tolist()
    [[0.25, 0.75]]
    """

    source = (
        "Freund & Schapire (1997); without a rate AdaHedge: de Rooij, van Erven, Grünwald & Koolen (2014), Follow the Leader If "
        "You Can, Hedge If You Must, Section 2"
    )

    rate: Annotated[float, Field(gt=0, lt=math.inf)] | None = None
    against: Against = "actions"

    _earned: Any = None
    _gap: Any = None

    def begin(self) -> None:
        """Start without experience."""
        self._earned = np.where(self.available, 0.0, -np.inf)
        self._gap = np.zeros(len(self.available))

    def learn(self, feedback: Feedback) -> None:
        """Add up what every action would have earned, and the gap between the mix and its exponential mean."""
        payoffs = payoffs_against(feedback, self.against, "Hedge")
        rates = self._rates()
        mix, before = _exponential_mean(self._earned, rates, self.available)
        self._earned = self._earned + np.where(self.available, payoffs, 0.0)
        _, after = _exponential_mean(self._earned, rates, self.available)
        expected = (mix * np.where(self.available, payoffs, 0.0)).sum(axis=1)
        self._gap = self._gap + np.maximum(after - before - expected, 0.0)

    def policy(self) -> FloatArray:
        """Return the exponentially weighted mix."""
        return _exponential_mean(self._earned, self._rates(), self.available)[0]

    def _rates(self) -> FloatArray:
        """Return every player's learning rate, shape (k,)."""
        if self.rate is not None:
            return np.full(len(self._gap), self.rate)
        actions = self.available.sum(axis=1)
        met = (self._gap > 0) & (actions > 1)  # who has no choice has nothing to learn, at any rate
        return np.where(met, np.log(actions) / np.where(met, self._gap, 1.0), np.inf)


def _exponential_mean(earned: FloatArray, rates: FloatArray, available: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the weights (k, m) at learning rates (k,), and ln(mean exp(rate x)) / rate of the earnings x, shape (k,).

    At rate infinity these are even weights on the best actions, and the maximum.
    """
    best = earned.max(axis=1)
    behind = np.where(available, earned - best[:, None], -np.inf)
    sharp = np.isinf(rates)
    finite = np.where(sharp, 1.0, rates)[:, None]
    logs = np.where(sharp[:, None], np.where(behind == 0, 0.0, -np.inf), finite * behind)
    spread = np.log(np.exp(logs).sum(axis=1) / available.sum(axis=1)) / finite[:, 0]
    return normalised(logs), best + np.where(sharp, 0.0, spread)
