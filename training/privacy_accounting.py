"""How ε and δ of noise go together, in closed form and, over many releases, by an accountant."""

import math
from typing import Any, Literal

from .information_gain.label_privacy import gaussian_delta

Noise = Literal["laplace", "gaussian"]

INTERVAL = 1e-4
"""The step in which the accountant rounds privacy losses, up."""


def laplace_delta(epsilon: float, ratio: float) -> float:
    """Return the least δ of one release with Laplace noise at ε ≥ 0: 1 - e^((ε - Δ/s)/2), at least 0.

    Parameters
    ----------
    epsilon
        ε ≥ 0.
    ratio
        Δ/s ≥ 0: the sensitivity of one number over the scale of its noise.

    Examples
    --------
    >>> laplace_delta(1.0, 1.0), round(laplace_delta(0.0, 1.0), 6)
    (0.0, 0.393469)
    """
    return max(0.0, -math.expm1((epsilon - ratio) / 2))


def composed_epsilon(noise: Noise, ratio: float, releases: int, delta: float) -> float:
    """Return the ε that several releases with fresh noise have together at δ, by the accountant of privacy losses.

    At δ = 0 Laplace noise has ``releases`` times ``ratio``, and Gaussian noise no ε; above 0 the accountant's is the lesser one.

    Parameters
    ----------
    noise
        ``laplace``, where ``ratio`` is sensitivity over scale; ``gaussian``, where it is sensitivity over standard deviation.
    ratio
        > 0.
    releases
        ≥ 1.
    delta
        In (0, 1).

    Raises
    ------
    ValueError
        A number is out of range, or dp-accounting, which the extra ``privacy`` brings, is not installed.

    Source: Koskela, Jälkö and Honkela, Computing Tight Differential Privacy Guarantees Using FFT (2020), as in dp-accounting.

    Examples
    --------
    >>> abs(composed_epsilon("laplace", 1.0, 1, 1e-5) - 1) < 1e-3
    True
    """
    if noise not in ("laplace", "gaussian"):
        raise ValueError(f"noise = {noise!r}: it is laplace or gaussian")
    if not (0 < ratio < math.inf and releases >= 1 and 0 < delta < 1):
        raise ValueError(f"ratio = {ratio} must be above 0, releases = {releases} at least 1, delta = {delta} in (0, 1)")
    accountant, events = _library()
    event = events.LaplaceDpEvent(1 / ratio) if noise == "laplace" else events.GaussianDpEvent(1 / ratio)
    return float(accountant.PLDAccountant(value_discretization_interval=INTERVAL).compose(event, releases).get_epsilon(delta))


def _library() -> tuple[Any, Any]:
    try:
        import dp_accounting
        from dp_accounting.pld import pld_privacy_accountant
    except ImportError:
        raise ValueError("releases are accounted for by dp-accounting: install potluck[privacy]") from None
    return pld_privacy_accountant, dp_accounting


__all__ = ["Noise", "composed_epsilon", "gaussian_delta", "laplace_delta"]
