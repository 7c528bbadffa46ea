"""What the parties want: how models, money and their own actions turn into payoffs."""

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Component, Registry
from ...papers import FAIR_VALUE


class Valuation(Component, ABC):
    """What model qualities are worth to the parties."""

    separable: ClassVar[bool] = False
    """Whether a party values its own model only, and all parties by the same function."""

    @abstractmethod
    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return what everyone's model qualities (n,) are worth to each party, shape (n,), in units of money."""


VALUATIONS: Registry[Valuation] = Registry("valuation", Valuation, "potluck.valuations")

ValuationSpec = Annotated[Valuation, VALUATIONS.spec]


@VALUATIONS.register
class OwnModel(Valuation):
    """A party values only the quality of its own model, at a price a unit.

    Examples
    --------
    >>> OwnModel(price=2).worth(np.array([0.5, 1.0])).tolist()
    [1.0, 2.0]
    """

    source = "original (the paper's markets set the price to 1)"

    separable = True

    price: Annotated[float, Field(allow_inf_nan=False)] = 1.0

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return price times quality."""
        return self.price * qualities


@VALUATIONS.register
class PaidOnly(Valuation):
    """A party has no use for the model; it acts for payment alone.

    Examples
    --------
    >>> PaidOnly().worth(np.array([0.5, 1.0])).tolist()
    [0.0, 0.0]
    """

    source = FAIR_VALUE.at("eq. 2")
    separable = True

    def worth(self, qualities: FloatArray) -> FloatArray:
        """Return zeros."""
        return np.zeros_like(qualities)


class Preferences(Component):
    """Payoff = worth of the models held, less (by default) the worth of training alone, less payment, less the action's cost.

    A party holds the better of the model it receives and the one its own data gives.

    Parameters
    ----------
    valuation
        What everyone's model qualities are worth to each party.
    over_alone
        Whether the worth of everybody training alone is taken off, so that payoff is a benefit.
    platform_price
        What a unit of the joint model's quality is worth to the platform, in money: the worth that rules divide, and that counts
        in profit and welfare whatever the rule. None: what it is worth to a party by ``OwnModel(price)``, else 1.
    costs
        Cost of each action, in units of money: m numbers for everybody, or n rows of m. Empty: nothing costs anything.

    Examples
    --------
    >>> rewards, payments, alone = np.array([1.0, 0.0]), np.array([0.1, 0.0]), np.array([0.7, 0.8])
    >>> Preferences().payoffs(rewards, payments, np.array([1, 0]), alone).round(3).tolist()
    [0.2, 0.0]
    """

    valuation: ValuationSpec = OwnModel()
    over_alone: bool = True
    platform_price: Annotated[float, Field(allow_inf_nan=False)] | None = None
    costs: Any = ()

    _costs: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Turn the costs into an array."""
        try:
            self._costs = np.array(self.costs, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"costs = {self.costs!r}: m numbers for everybody, or n rows of m") from None
        if not np.isfinite(self._costs).all():
            raise ValueError("costs must be finite")

    def payoffs(self, rewards: FloatArray, payments: FloatArray, profile: IntArray, alone: FloatArray) -> FloatArray:
        """Return everyone's payoffs, shape (n,).

        Parameters
        ----------
        rewards, payments
            The settlement, shape (n,) each.
        profile
            Everyone's actions, shape (n,).
        alone
            Quality of the model each party's own data gives, shape (n,).
        """
        return self.benefits(rewards, payments, alone) - self.cost(profile)

    def benefits(self, rewards: FloatArray, payments: FloatArray, alone: FloatArray) -> FloatArray:
        """Return payoffs before the cost of actions, shape (n,)."""
        worth = self.worth(rewards, alone)
        if self.over_alone:
            worth = worth - self.valuation.worth(alone)
        return np.asarray(worth - payments)

    def worth(self, rewards: FloatArray, alone: FloatArray) -> FloatArray:
        """Return what the models held after a settlement are worth to each party, shape (n,)."""
        return self.valuation.worth(np.maximum(rewards, alone))

    def cost(self, profile: IntArray) -> FloatArray:
        """Return what their actions cost the parties, (n,) -> (n,)."""
        if not np.size(self.costs):
            return np.zeros(len(profile))
        costs = self._costs
        return np.asarray(costs[profile] if costs.ndim == 1 else costs[np.arange(len(profile)), profile])

    def all_costs(self, n: int, m: int) -> FloatArray:
        """Return the cost of every action to every party, shape (n, m), or (m,) where it is the same for all."""
        return self._costs if np.size(self.costs) else np.zeros(m)

    @property
    def price(self) -> float:
        """What a unit of the joint model's quality is worth to the platform, in money."""
        if self.platform_price is not None:
            return self.platform_price
        return float(getattr(self.valuation, "price", 1.0))

    @property
    def separable(self) -> bool:
        """Whether a party's payoff depends on nobody else's model."""
        return self.valuation.separable

    def check(self, n: int, m: int) -> None:
        """Raise ValueError unless the costs fit n parties with m actions."""
        shape = self._costs.shape if np.size(self.costs) else (m,)
        if shape not in {(m,), (n, m)}:
            raise ValueError(f"costs must have shape ({m},) or ({n}, {m}), not {shape}")
