"""What a valuation is like where a game goes: measured, not read off its class."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...arrays import ROUND_OFF, FloatArray

SAMPLES = 400


@dataclass(frozen=True)
class ValuationTraits:
    """How players value models of qualities within a range.

    Parameters
    ----------
    coupling
        The largest |v_i(q_i', q_-i') - v_i(q_i, q_-i') - v_i(q_i', q_-i) + v_i(q_i, q_-i)|: 0 where v_i = F_i(q_i) + θ_i(q_-i).
    own_fall
        By how much v_i fell at most when only q_i rose; 0 where F_i does not decrease.
    rival_fall
        By how much v_i fell at most when only others' models got better: above 0 players compete.
    market_fall
        By how much M = Σ v_i fell at most when no model got worse: 0 in a growing market.
    """

    coupling: float
    own_fall: float
    rival_fall: float
    market_fall: float

    @property
    def quasi_monotone(self) -> bool:
        """Whether worth is a sum of one that rises with the own model and one of the others' (Definition 8)."""
        return self.coupling == 0 and self.own_fall == 0

    @property
    def competitive(self) -> bool:
        """Whether somebody is hurt by others' better models."""
        return self.rival_fall > 0

    @property
    def non_competitive(self) -> bool:
        """Whether nobody is hurt by anybody's better model, its own included (Definition 10)."""
        return self.rival_fall == 0 and self.own_fall == 0

    @property
    def growing(self) -> bool:
        """Whether better models never make all together worth less (Assumption 4)."""
        return self.market_fall == 0


def valuation_traits(
    worth: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray, rng: np.random.Generator
) -> ValuationTraits:
    """Measure a valuation at pairs of profiles of qualities.

    Parameters
    ----------
    worth
        What the qualities that all hold are worth to each, (n,) -> (n,).
    low, high
        Between which qualities each player's model may be, shape (n,) each.
    rng
        Draws the profiles; corners of the range are tried as well.

    Examples
    --------
    >>> low, high, rng = np.zeros(2), np.ones(2), np.random.default_rng(0)
    >>> traits = valuation_traits(lambda q: q - 0.5 * q[::-1], low, high, rng)
    >>> traits.quasi_monotone, traits.competitive
    (True, True)
    >>> traits = valuation_traits(lambda q: q * q.sum() ** -0.8 if q.sum() > 0 else 0 * q, low, high, rng)
    >>> traits.quasi_monotone, traits.competitive
    (False, True)
    """
    n = len(low)
    coupling = own_fall = rival_fall = market_fall = scale = 0.0
    for number in range(SAMPLES):
        draws = rng.random((2, n)) if number % 4 else rng.integers(2, size=(2, n)).astype(np.float64)
        lower, upper = low + (high - low) * np.sort(draws, axis=0)
        at_lower, at_upper = worth(lower), worth(upper)
        scale = max(scale, float(np.abs([at_lower, at_upper]).max()))
        steps = [worth(np.where(np.arange(n) < more, upper, lower)).sum() for more in range(n + 1)]
        market_fall = max(market_fall, -float(np.diff([*steps, steps[0]])[:-1].min()), float(at_lower.sum() - at_upper.sum()))
        for player in range(n):
            own, others = lower.copy(), upper.copy()
            own[player], others[player] = upper[player], lower[player]
            alone, rivals = float(worth(own)[player]), float(worth(others)[player])
            coupling = max(coupling, abs(float(at_upper[player]) - rivals - alone + float(at_lower[player])))
            own_fall = max(own_fall, float(at_lower[player]) - alone, rivals - float(at_upper[player]))
            rival_fall = max(rival_fall, float(at_lower[player]) - rivals, alone - float(at_upper[player]))
    found = (0.0 if each <= ROUND_OFF * scale else each for each in (coupling, own_fall, rival_fall, market_fall))
    return ValuationTraits(*found)
