"""Up to which weight on privacy a player shares everything, and from which it shares nothing: Lemmas 1 and 2, exactly."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ....arrays import FloatArray
from .continuous import Level
from .losses import PrivacyLoss
from .numeric_game import Curve, golden
from .table import BenefitCurve

STEP = 1e-7
POINTS = 20_001
STEPS: FloatArray = np.array([10.0**-power for power in range(2, 11)])
"""How near to the ends ratios are looked at."""

ROUNDING = 1e-12
"""A benefit nearer to its end than this share of itself may be nothing but rounding."""

DIVERGES = 2e-4
"""A ratio that grows as a power of 1 / (1 - p) above this has no bound."""


@dataclass(frozen=True)
class Thresholds:
    """The weight ratios r = C / B at which a player's best response changes, the others' levels given.

    Parameters
    ----------
    alpha
        Level 0 is a best response exactly up to here: inf over p of (b(0) - b(p)) / (c(0) - c(p)), at least 0.
    beta
        Level 1 is a best response exactly from here on: sup over p of (b(p) - b(1)) / (c(p) - c(1)); infinite where privacy near
        level 1 costs less than any benefit.
    participation
        Some level below 1 gives a utility that is not below 0 up to here: sup over p < 1 of b(p) / c(p). Where b(1) = 0 that is
        ``beta``.
    """

    alpha: Level
    beta: Level
    participation: Level

    def response(self, ratio: Level) -> str:
        """Return ``full sharing``, ``partial`` or ``no collaboration``: the best response at a weight ratio.

        At ratios where two of them tie the first is named.
        """
        if ratio <= self.alpha:
            return "full sharing"
        return "partial" if ratio < self.beta else "no collaboration"


def thresholds(curve: BenefitCurve) -> Thresholds:
    """Return the thresholds of a piecewise linear benefit under the loss 1 - p, as fractions.

    The paper's Table 4 rests on benefits that are negative where training together harms, level 1 included; Definitions 3 and 4
    forbid that. Which reading is taken is the curve's: one that is not clamped and does not end gives the paper's numbers.

    Examples
    --------
    >>> grid, entries = [Fraction(0), Fraction(1, 2)], [Fraction(1, 2), Fraction(1, 5)]
    >>> raw = thresholds(BenefitCurve(grid, entries, clamped=False, cut=False, ends=False))
    >>> str(raw.alpha), str(raw.beta), str(raw.participation)
    ('3/5', '3/5', '1/2')
    >>> held = thresholds(BenefitCurve(grid, entries, clamped=True, cut=False, ends=True))
    >>> str(held.alpha), str(held.beta), str(held.participation)
    ('1/2', '1/2', '1/2')
    """
    inner = [knot for knot in curve.knots if knot < 1]
    start, end = curve.at(Fraction(0)), curve.at(Fraction(1))
    limit = curve.below(Fraction(1))
    alpha = min([(start - curve.at(knot)) / knot for knot in inner if knot > 0] + [start - end, start - limit])
    gap = limit - end
    middle = (inner[-1] + 1) / 2
    falling = (curve.at(middle) - limit) / (1 - middle)
    beta: Level = max([(curve.at(knot) - end) / (1 - knot) for knot in inner] + [falling if gap == 0 else Fraction(0)])
    if gap > 0:
        beta = math.inf
    worth = max(curve.at(knot) / (1 - knot) for knot in inner)
    if curve.cut and curve.grid[-1] < 1:
        worth = max(worth, Fraction(0))
    return Thresholds(max(alpha, Fraction(0)), max(beta, Fraction(0)), math.inf if limit > 0 else worth)


def numeric_thresholds(benefit: Curve, loss: PrivacyLoss) -> Thresholds:
    """Return the thresholds of any benefit of one's own level and any loss, by search on a fine grid.

    What is sought is refined between grid points, so that kinks between them are met. A ratio is taken to be unbounded towards
    level 1 if between 1 - 10^-9 and 1 - 10^-10 it still grows like a power above 0.0002 of 1 / (1 - p).

    Parameters
    ----------
    benefit
        b of levels in [0, 1], the others' levels fixed; an array of levels in, an array out.
    loss
        c.

    Examples
    --------
    A loss that is level at 1 keeps the last bit of sharing almost free: no weight makes the player leave.

    >>> from potluck.models.games.privacy import LinearLoss, PowerLoss
    >>> numeric_thresholds(lambda p: 0.5 * (1 - p), PowerLoss(2)).beta
    inf
    >>> found = numeric_thresholds(lambda p: np.maximum(0.5 - 0.5 * p**2, 0), LinearLoss())
    >>> round(found.alpha, 4), round(found.beta, 4)
    (0.0, 1.0)
    """
    grid = np.unique(np.concatenate([np.linspace(0, 1, POINTS), STEPS, 1 - STEPS]))
    start, end, most = float(benefit(np.zeros(1))[0]), float(benefit(np.ones(1))[0]), float(loss.loss(np.zeros(1))[0])

    def shared(levels: FloatArray) -> FloatArray:
        return np.asarray((benefit(levels) - start) / (most - loss.loss(levels)))

    def kept(levels: FloatArray) -> FloatArray:
        return np.asarray((benefit(levels) - end) / loss.loss(levels))

    def gained(levels: FloatArray) -> FloatArray:
        return np.asarray(benefit(levels) / loss.loss(levels))

    alpha = -_largest(shared, grid[1:])
    beta = math.inf if _grows(benefit, loss, end) else max(_largest(kept, grid[:-1]), 0.0)
    worth = math.inf if _grows(benefit, loss, 0.0) else _largest(gained, grid[:-1])
    return Thresholds(alpha if alpha > 2 * STEP else 0.0, beta, worth)


def _grows(benefit: Curve, loss: PrivacyLoss, end: float) -> bool:
    """Say whether (b - end) / c grows beyond all bounds towards level 1, by its power of 1 / (1 - p) where numbers still tell."""
    above = benefit(1 - STEPS) - end
    told = above > ROUNDING * max(abs(end), float(np.abs(benefit(np.array([0.0, 0.5]))).max()))
    if told.sum() < 2:
        return False
    ratios = above[told] / loss.loss(1 - STEPS[told])
    power = math.log(ratios[-1] / ratios[-2]) / math.log(STEPS[told][-2] / STEPS[told][-1])
    return power > DIVERGES


def _largest(ratio: Curve, grid: FloatArray) -> float:
    """Return the largest value of a ratio that has one peak at most between two neighbours of its largest value on a grid."""
    values = ratio(grid)
    place = int(values.argmax())
    low, high = float(grid[max(place - 1, 0)]), float(grid[min(place + 1, len(grid) - 1)])
    peak = golden(ratio, low, high)
    return max(float(values[place]), float(ratio(np.array([peak]))[0]))
