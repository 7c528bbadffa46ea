"""Polynomials on [0, 1] given by what happens at each number of successes: E[b_K] with K binomial."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from ...arrays import FloatArray

NEGLIGIBLE = 1e-13
"""Of the largest coefficient: what convex combinations may lose; more would drop roots that are there."""
NARROWEST = 1e-9
"""Of the unit interval: roots nearer to each other count as one."""


def expectation(coefficients: FloatArray, q: FloatArray | float) -> FloatArray:
    """Return E[b_K], K ~ Binomial(d, q): the polynomial with Bernstein coefficients b_0..b_d.

    Parameters
    ----------
    coefficients
        Shape (d + 1,).
    q
        Chances of success in [0, 1], any shape.

    Returns
    -------
    array of the shape of q.

    Examples
    --------
    >>> expectation(np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.5, 1.0])).round(12).tolist()
    [0.0, 0.25, 1.0]
    """
    degree = len(coefficients) - 1
    if degree == 0:
        return np.full(np.shape(q), coefficients[0])
    chances = binom.pmf(np.arange(degree + 1), degree, np.asarray(q, dtype=np.float64)[..., None])
    return np.asarray(chances @ coefficients)


def raise_degree(coefficients: FloatArray) -> FloatArray:
    """Return the coefficients of the same polynomial as one of a degree more, (d + 1,) -> (d + 2,).

    Examples
    --------
    >>> raise_degree(np.array([0.0, 1.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    share = np.arange(len(coefficients) + 1) / len(coefficients)
    padded = np.concatenate([[0.0], coefficients, [0.0]])
    return np.asarray(share * padded[:-1] + (1 - share) * padded[1:])


def without_last(coefficients: FloatArray) -> FloatArray:
    """Return the coefficients of a polynomial that is 0 at q = 1, divided by 1 - q, (d + 1,) -> (d,).

    Examples
    --------
    >>> without_last(np.array([1.0, 0.5, 0.0])).tolist()
    [1.0, 1.0]
    """
    degree = len(coefficients) - 1
    return np.asarray(coefficients[:-1] * degree / np.arange(degree, 0, -1))


def roots(coefficients: FloatArray) -> FloatArray:
    """Return every q in [0, 1] at which E[b_K] = 0, increasing; none where it is 0 throughout.

    A polynomial has at most as many roots inside as its coefficients change sign. It is cut in half until that number is 0 or 1
    for every piece, so no root is missed. Roots closer than 1e-9 count as one; values below 1e-13 of the largest coefficient
    count as 0.

    Examples
    --------
    >>> roots(np.array([0.75, -1.25, 0.75])).round(12).tolist()  # 4 (q - 1/4) (q - 3/4)
    [0.25, 0.75]
    >>> roots(np.array([0.0, -1.0, 1.0])).round(6).tolist()
    [0.0, 0.666667]
    """
    size = float(np.abs(coefficients).max())
    inner = _without_ends(coefficients, NEGLIGIBLE * size)
    if not len(inner):
        return np.zeros(0)
    first, last = (abs(coefficients[end]) <= NEGLIGIBLE * size for end in (0, -1))
    found = [*([0.0] if first else []), *_inside(inner, 0.0, 1.0), *([1.0] if last else [])]
    distinct: list[float] = []
    for root in sorted(found):
        if not distinct or root - distinct[-1] > NARROWEST:
            distinct.append(root)
    return np.array(distinct)


def _without_ends(coefficients: FloatArray, negligible: float) -> FloatArray:
    """Divide out the factors q and 1 - q that a polynomial has when its first or last coefficients are 0."""
    kept = np.flatnonzero(np.abs(coefficients) > negligible)
    if not len(kept):
        return np.zeros(0)
    low, high = int(kept[0]), int(kept[-1])
    for _ in range(low):
        d = len(coefficients) - 1
        coefficients = coefficients[1:] * d / np.arange(1, d + 1)
    for _ in range(len(coefficients) - 1 - (high - low)):
        coefficients = without_last(coefficients)
    return coefficients


def _inside(coefficients: FloatArray, low: float, high: float) -> list[float]:
    """Return the roots between two points; the coefficients are of the piece between them, the first and last not 0."""
    signs = np.sign(coefficients)
    changes = int((np.diff(signs[signs != 0]) != 0).sum())
    if changes == 0:
        return []
    if changes == 1:
        root = brentq(lambda t: float(expectation(coefficients, t)), 0.0, 1.0, xtol=1e-15)
        return [low + float(root) * (high - low)]
    middle = (low + high) / 2
    if high - low < NARROWEST:
        return [middle] if np.abs(coefficients).min() <= NEGLIGIBLE * np.abs(coefficients).max() else []
    left, right = _halves(coefficients)
    size = NEGLIGIBLE * float(np.abs(coefficients).max())
    between = [middle] if abs(right[0]) <= size else []
    pieces = [(_without_ends(left, size), low, middle), (_without_ends(right, size), middle, high)]
    return between + [root for piece, start, end in pieces if len(piece) for root in _inside(piece, start, end)]


def _halves(coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients of the polynomial's halves, each on an interval of its own (de Casteljau)."""
    row = coefficients.copy()
    left, right = np.empty_like(row), np.empty_like(row)
    for step in range(len(row)):
        left[step], right[len(left) - 1 - step] = row[0], row[-1]
        row = (row[:-1] + row[1:]) / 2
    return left, right
