"""What an attack brings its owner, and costs the honest parties."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..arguments import validated
from ..arrays import ROUND_OFF, FloatArray
from ..mechanisms import Audit, Market, Mechanism, Settlement, audit_settlement
from ..models.games.outcome import Outcome
from ..models.games.preferences import Preferences
from ..models.tasks.gaussian_regression import GaussianRegression
from .held import models_held, noise_given
from .scheme import Scheme


@dataclass(frozen=True, eq=False)
class Settled:
    """A scheme after a market rule has settled it: what every party behind the accounts has from the round.

    A party has the worth of the best model that any of its accounts receives, counted once, or that its own true data gives; less
    what training alone is worth; less what its accounts pay together.

    Parameters
    ----------
    scheme
        Who entered what.
    mechanism
        The market rule.
    settlement
        What the rule decided, an entry an account.
    money
        Whether the accounts' payments add up to what the rule promises.
    preferences
        How models and money turn into payoffs; actions are taken to cost nothing.
    """

    scheme: Scheme
    mechanism: Mechanism
    settlement: Settlement
    money: Audit
    preferences: Preferences

    @property
    def market(self) -> Market:
        """The round as the rule saw it."""
        return self.scheme.market_for(self.preferences)

    @cached_property
    def etas(self) -> FloatArray:
        """Variance of the noise that gives each account its reward, where rewards are made by noise; see `noise_given`."""
        return noise_given(self.scheme, self.settlement.rewards)

    @cached_property
    def held(self) -> FloatArray:
        """Quality of the best model that each party has afterwards, by the truth, shape (n,)."""
        by_noise = isinstance(self.scheme.task, GaussianRegression)
        return models_held(self.scheme, self.settlement.rewards, self.etas if by_noise else None)

    @cached_property
    def payments(self) -> FloatArray:
        """What the accounts of each party pay together, shape (n,)."""
        n = self.scheme.task.n_parties
        return np.bincount(self.scheme.owners, weights=self.settlement.payments, minlength=n).astype(np.float64)

    @cached_property
    def payoffs(self) -> FloatArray:
        """Everybody's payoffs, by party, shape (n,)."""
        return self.preferences.benefits(self.held, self.payments, self.scheme.task.alone)

    @cached_property
    def round_off(self) -> float:
        """How far payoffs may be apart for no other reason than round-off: 1e-9 of the largest model, payment or payoff."""
        amounts = (self.held, self.settlement.payments, self.payoffs)
        return ROUND_OFF * max(float(np.abs(each).max(initial=0.0)) for each in amounts)

    @property
    def outcome(self) -> Outcome:
        """What the round comes to, an entry a party; the platform judges the joint model as it sees it."""
        revenue = float(self.payments.sum())
        return Outcome(self.payoffs, Settlement(self.held, self.payments), revenue, self.market.platform_worth + revenue)

    def gain_over(self, honest: "Settled") -> float:
        """Return what the attackers have together beyond their honest payoffs."""
        members = list(self.scheme.coalition)
        return float(np.sum(self.payoffs[members] - honest.payoffs[members]))

    def honest_loss(self, honest: "Settled") -> float:
        """Return what the parties who do not attack lose altogether; negative where they gain."""
        others = np.ones(self.scheme.task.n_parties, dtype=bool)
        others[list(self.scheme.coalition)] = False
        return float(np.sum(honest.payoffs[others] - self.payoffs[others]))


@validated
def settle(scheme: Scheme, mechanism: Mechanism, preferences: Preferences | None = None) -> Settled:
    """Settle a scheme under a market rule, which does not learn who owns which account.

    Raises
    ------
    NotExpressible
        The task cannot express the scheme.
    ValueError
        Somebody values others' models, or the rule's settlement cannot be carried out.

    Examples
    --------
    Of two like parties under plain Shapley division, one enters a copy: it gains 0.067, the other loses as much.

    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import Replicate, Scheme
    >>> task = CoalitionValues([0, 0.7, 0.7, 1])
    >>> attacked = settle(Replicate(1).on(task), ShapleyDivision())
    >>> honest = settle(Scheme.honest(task), ShapleyDivision())
    >>> round(attacked.gain_over(honest), 3), round(attacked.honest_loss(honest), 3)
    (0.067, 0.067)
    """
    chosen = preferences or Preferences()
    if not chosen.separable:
        raise ValueError(f"{chosen.valuation}: attacks are for parties who each value their own model only")
    market = scheme.market_for(chosen)
    settlement = mechanism.settle(market)
    return Settled(scheme, mechanism, settlement, audit_settlement(mechanism, market, settlement), chosen)
