"""The differential privacy that noise on targets happens to give: the Gaussian mechanism, analysed exactly."""

import math

from scipy.optimize import brentq
from scipy.special import log_ndtr

DELTA = 1e-5


def gaussian_delta(epsilon: float, ratio: float) -> float:
    """Return the δ of the Gaussian mechanism at ε: Φ(a/2 - ε/a) - e^ε Φ(-a/2 - ε/a).

    Balle and Wang (2018), "Improving the Gaussian mechanism for differential privacy", Theorem 8.

    Parameters
    ----------
    epsilon
        ε ≥ 0.
    ratio
        a > 0, the sensitivity over the noise's standard deviation.

    Raises
    ------
    ValueError
        A number is out of its range.

    Examples
    --------
    >>> round(gaussian_delta(1.0, 1.0), 6)
    0.126937
    """
    if not (epsilon >= 0 and ratio > 0):
        raise ValueError(f"epsilon = {epsilon} must be at least 0, and ratio = {ratio} above 0")
    inside = math.exp(log_ndtr(ratio / 2 - epsilon / ratio))
    return inside - math.exp(epsilon + log_ndtr(-ratio / 2 - epsilon / ratio))


def label_epsilon(eta: float, label_range: float, delta: float = DELTA) -> float:
    """Return the ε at which targets with Gaussian noise are (ε, δ)-differentially private.

    It covers targets alone: inputs are handed on as they are, and so is everything where there is no noise (ε = inf).

    Parameters
    ----------
    eta
        Variance of the noise, in [0, inf].
    label_range
        By how much one target can change, > 0: largest less smallest possible value.
    delta
        δ in (0, 1).

    Raises
    ------
    ValueError
        A number is out of its range.

    Examples
    --------
    >>> round(label_epsilon(250.0, 26.3), 2), label_epsilon(0.0, 26.3), label_epsilon(float("inf"), 26.3)
    (7.98, inf, 0.0)
    """
    if not eta >= 0:
        raise ValueError(f"eta = {eta}: a noise variance is at least 0")
    if not (label_range > 0 and math.isfinite(label_range)):
        raise ValueError(f"label_range = {label_range}: it must be a positive number")
    if not 0 < delta < 1:
        raise ValueError(f"delta = {delta}: it must be above 0 and below 1")
    if eta == 0:
        return math.inf
    ratio = label_range / math.sqrt(eta)
    if ratio == 0 or gaussian_delta(0.0, ratio) <= delta:
        return 0.0
    high = 1.0
    while gaussian_delta(high, ratio) > delta:
        high *= 2
    return float(brentq(lambda epsilon: gaussian_delta(epsilon, ratio) - delta, 0.0, high, xtol=1e-12, rtol=1e-12))
