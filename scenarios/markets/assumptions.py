"""How far gains of real models are from what a market paper assumes of them."""

import numpy as np

from ...arrays import FloatArray


def monotonicity_failures(gains: FloatArray) -> float:
    """Return the share of (S, i), i not in S, where data makes the model worse: G(S + i) < G(S).

    Parameters
    ----------
    gains
        The 2^n gains of coalitions, bit i = party i.

    Examples
    --------
    >>> monotonicity_failures(np.array([0, 0.6, 0.8, 0.5]))
    0.5
    """
    return float(np.mean([gains[mask | 1 << i] < gains[mask] - 1e-12 for mask, i in _additions(gains)]))


def supermodularity_failures(gains: FloatArray) -> float:
    """Return the share of (S, i, j) where i adds less to S + j than to S: the share where marginal gains do not increase.

    Examples
    --------
    >>> supermodularity_failures(np.array([0, 0.7, 0.7, 1]))
    1.0
    """
    n = len(gains).bit_length() - 1
    falls = [
        gains[mask | 1 << i | 1 << j] - gains[mask | 1 << j] < gains[mask | 1 << i] - gains[mask] - 1e-12
        for mask, i in _additions(gains)
        for j in range(n)
        if j != i and not mask >> j & 1
    ]
    return float(np.mean(falls)) if falls else 0.0


def _additions(gains: FloatArray) -> list[tuple[int, int]]:
    n = len(gains).bit_length() - 1
    return [(mask, i) for mask in range(len(gains)) for i in range(n) if not mask >> i & 1]
