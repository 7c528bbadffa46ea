"""Training with a partner who does not care for privacy: Theorem 3, corrected, and the rules that the paper prints."""

from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import brentq

from .losses import LinearLoss, PrivacyLoss
from .numeric_game import SAMPLES, Curve, peaks, slope

Rule: TypeAlias = Literal["corrected", "equation-3", "bullets", "corollary"]


def level_beside_unconcerned(benefit: Curve, ratio: float, loss: PrivacyLoss | None = None, rule: Rule = "corrected") -> float:
    """Return the privacy level ρ of a player whose partner keeps nothing private (Theorem 3).

    Parameters
    ----------
    benefit
        b of one's own levels, the partner's being 0: an array of levels in, an array out.
    ratio
        r = C / B > 0.
    loss
        c; default 1 - p.
    rule
        ``corrected``: the level at which u = b - r c is largest over all of [0, 1]; of several the lowest. As printed:
        ``equation-3`` any inner peak with u > 0 (here the first), else 0 if b(0) > r, else 1, which may miss a better level 0;
        ``bullets`` 0 as soon as b(0) > r, which contradicts equation 3 and Table 4;
        ``corollary`` (for the loss 1 - p and b = [θ - Φ]⁺) 0 if r ≤ b(0), else the level where Φ' = r and Φ'' < 0, else 1. The
        second-order condition of a maximum is Φ'' > 0, since u'' = -B Φ''.

    Raises
    ------
    ValueError
        The ratio is not above 0, or the corollary is asked about another loss.

    Examples
    --------
    b = [0.5 - 0.5 p²]⁺: the best level is r for every r below 1.

    >>> def falling(p):
    ...     return np.maximum(0.5 - 0.5 * p**2, 0)
    >>> [round(level_beside_unconcerned(falling, 0.3, rule=rule), 6) for rule in ("corrected", "equation-3", "bullets")]
    [0.3, 0.3, 0.0]
    >>> round(level_beside_unconcerned(falling, 0.6), 6), level_beside_unconcerned(falling, 0.6, rule="corollary")
    (0.6, 1.0)
    """
    if not ratio > 0:
        raise ValueError(f"ratio = {ratio}: a concerned player's is above 0")
    paid = loss or LinearLoss()
    if rule == "corollary" and not isinstance(paid, LinearLoss):
        raise ValueError(f"the corollary is about the loss 1 - p, not {paid.short()}")

    def utility(p: np.ndarray) -> np.ndarray:
        return np.asarray(benefit(p) - ratio * paid.loss(p))

    at_zero = float(benefit(np.zeros(1))[0])
    found = peaks(utility)
    if rule == "corrected":
        return float(found[int(utility(found).argmax())])
    if (rule == "bullets" and at_zero > ratio) or (rule == "corollary" and at_zero >= ratio):
        return 0.0
    if rule == "corollary":
        return _at_a_trough(utility)
    inner = [level for level in found.tolist() if 0 < level < 1 and utility(np.array([level]))[0] > 0]
    if inner:
        return float(inner[0])
    return 0.0 if at_zero > ratio else 1.0


def _at_a_trough(utility: Curve) -> float:
    """Return the first level with u' = 0, u'' > 0 and u > 0 (Φ'' < 0 in the corollary's terms), else 1."""
    grid = np.linspace(0, 1, SAMPLES)[1:-1]
    slopes = [slope(utility, level) for level in grid.tolist()]
    for low, high, before, after in zip(grid.tolist(), grid[1:].tolist(), slopes, slopes[1:], strict=False):
        if before < 0 < after:
            level = float(brentq(lambda at: slope(utility, at), low, high))
            if utility(np.array([level]))[0] > 0:
                return level
    return 1.0
