"""Up to which weight on privacy a player shares everything, and from which it shares nothing: Lemmas 1 and 2, exactly."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .continuous import Level
from .losses import PrivacyLoss
from .numeric_game import Curve
from .table import BenefitCurve

STEP = 1e-7
POINTS = 100_001


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
    alpha = min([(start - curve.at(knot)) / knot for knot in inner if knot > 0] + [start - end])
    gap = curve.below(Fraction(1)) - end
    middle = (inner[-1] + 1) / 2
    falling = (curve.at(middle) - curve.below(Fraction(1))) / (1 - middle)
    beta: Level = max([(curve.at(knot) - end) / (1 - knot) for knot in inner] + [falling if gap == 0 else Fraction(0)])
    if gap > 0:
        beta = math.inf
    worth = max(curve.at(knot) / (1 - knot) for knot in inner)
    return Thresholds(max(alpha, Fraction(0)), max(beta, Fraction(0)), math.inf if gap > 0 and end == 0 else worth)


def numeric_thresholds(benefit: Curve, loss: PrivacyLoss) -> Thresholds:
    """Return the thresholds of any benefit of one's own level and any loss, by search on a fine grid.

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
    grid = np.concatenate([np.linspace(0, 1, POINTS), [STEP, 1 - STEP]])
    gained, paid = benefit(grid), loss.loss(grid)
    ends = POINTS - 1
    later, earlier = np.arange(len(grid)) != 0, np.arange(len(grid)) != ends
    alpha = float(((gained[0] - gained[later]) / (paid[0] - paid[later])).min())
    ratios = (gained[earlier] - gained[ends]) / (paid[earlier] - paid[ends])
    close = np.array([1 - 1e-4, 1 - 1e-6])
    near, nearer = ((benefit(close) - gained[ends]) / (loss.loss(close) - paid[ends])).tolist()
    beta = math.inf if nearer > 10 * max(near, 1e-9) else float(max(ratios.max(), 0.0))
    worth = float((gained[earlier] / paid[earlier]).max())
    return Thresholds(max(alpha, 0.0) if alpha > 2 * STEP else 0.0, beta, beta if gained[ends] == 0 else worth)
