"""What a party does to its ratings before they are trained on: leaving some out, or adding noise."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from ...components import Component, Registry
from ...papers import PRIVACY
from .preprocessing import REACH

PRINTED_SENSITIVITY = 1.197


@dataclass(frozen=True)
class Guarantee:
    """What somebody who sees a release can tell at most about which of two neighbouring data sets it is of.

    Parameters
    ----------
    epsilon
        ε of pure differential privacy: no outcome is more than e^ε times as likely under one as under the other. Infinite where
        some outcome is impossible under one of them.
    advantage
        δ at ε = 0: by how much the share of correct alarms of any test of membership is above that of false ones, in [0, 1].

    Examples
    --------
    >>> Suppression().guarantee(0.2, sensitivity=4)
    Guarantee(epsilon=inf, advantage=0.8)
    """

    epsilon: float
    advantage: float


class PrivacyMethod(Component, ABC):
    """What a party does to its ratings to protect them, by privacy level p: 0 leaves them as they are, 1 leaves nothing of them.

    Every rating has one random number, drawn once and used at every level. So the levels are nested, and what differs between
    two levels is the privacy alone.
    """

    @abstractmethod
    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return one random number a rating, shape (count,)."""

    @abstractmethod
    def protected(self, values: FloatArray, draws: FloatArray, p: float) -> tuple[BoolArray, FloatArray]:
        """Return which ratings are entered, and with which values; both of shape (r,).

        Parameters
        ----------
        values
            What is left of the ratings when averages are taken off, in [-2, 2], shape (r,).
        draws
            The random number of each rating, shape (r,).
        p
            Privacy level in [0, 1].

        Raises
        ------
        ValueError
            p is outside [0, 1].
        """

    def guarantee(self, p: float, sensitivity: float, changed: int = 1, releases: int = 1) -> Guarantee:
        """Return what is promised of data sets whose values differ by ``sensitivity`` in sum; as it stands here, nothing.

        Parameters
        ----------
        p
            Privacy level in [0, 1].
        sensitivity
            Largest sum over all values of how far they are apart, > 0; infinite where something is released beside them.
        changed
            How many ratings differ, ≥ 1; more values may where averages are taken off.
        releases
            How often values are released with fresh random numbers, ≥ 1.
        """
        check_privacy(p)
        return Guarantee(math.inf, 1.0)


PRIVACY_METHODS: Registry[PrivacyMethod] = Registry("privacy method", PrivacyMethod, "potluck.privacy_methods")

PrivacyMethodSpec = Annotated[PrivacyMethod, PRIVACY_METHODS.spec]
"""A privacy method as a parameter: an instance, a class, or text such as ``"BoundedDP(sensitivity=1.2)"``."""


def check_privacy(p: float) -> float:
    """Return a privacy level if it is one.

    Raises
    ------
    ValueError
        p is outside [0, 1].
    """
    if not 0 <= p <= 1:
        raise ValueError(f"p = {p}: a privacy level is from 0 (none) to 1 (full)")
    return p


@PRIVACY_METHODS.register
class Suppression(PrivacyMethod):
    """A share p of the ratings, chosen at random, is not entered.

    Examples
    --------
    >>> values, draws = np.array([1.0, -1.0, 0.5]), np.array([0.1, 0.5, 0.9])
    >>> [Suppression().protected(values, draws, p)[0].tolist() for p in (0, 0.4, 1)]
    [[True, True, True], [False, True, True], [False, False, False]]
    """

    source = PRIVACY.at("Definition 7")

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return uniform numbers in [0, 1): the level from which on a rating is left out."""
        return rng.random(count)

    def protected(self, values: FloatArray, draws: FloatArray, p: float) -> tuple[BoolArray, FloatArray]:
        """Return the ratings whose number is at least p, unchanged."""
        return draws >= check_privacy(p), values

    def guarantee(self, p: float, sensitivity: float, changed: int = 1, releases: int = 1) -> Guarantee:
        """Return ε, infinite below p = 1, and as advantage the chance 1 - p^(k t) that one of k ratings is entered in t releases.

        Where averages are taken off unprotected, those of ratings that are left out show in the others, and nothing is promised.
        """
        if check_privacy(p) == 1:
            return Guarantee(0.0, 0.0)
        apart = sensitivity > 2 * REACH * changed
        return Guarantee(math.inf, 1.0 if apart else 1 - p ** (changed * releases))


@PRIVACY_METHODS.register
class BoundedDP(PrivacyMethod):
    """Every rating gets Laplace noise of scale S/ε, ε = 1/p - 1, and is put back to the nearest value in [-2, 2].

    At p = 1 a rating is -2 or 2, whichever the sign of its noise says. The noise is drawn once, on the input.

    Parameters
    ----------
    sensitivity
        S > 0; the paper's 1.197 by default. `sensitivity_bound` gives it for other ways to train, and as it should be.

    Notes
    -----
    The paper's "variance" of the noise must be its scale. Its ε is not that of a rating. A rating reaches over 4: noise of scale
    S/ε on it is (4/S) ε-differentially private, 3.34 ε at S = 1.197. That holds where averages are taken after the noise. Where
    they are taken off before, as the paper does, one rating moves the values of others too, by up to 16 in sum: 13.4 ε. And where
    they are taken over everybody's ratings, the other party knows them, and there is no ε. `Collaboration.guarantee` tells which.

    Examples
    --------
    >>> values, draws = np.array([1.0, -1.0, 0.5]), np.array([0.3, -2.0, 0.0])
    >>> [BoundedDP().protected(values, draws, p)[1].round(3).tolist() for p in (0, 0.5)]
    [[1.0, -1.0, 0.5], [1.359, -2.0, 0.5]]
    """

    source = PRIVACY.at("Definition 8, eq. 10, Section 5.3")

    sensitivity: Annotated[float, Field(gt=0, lt=math.inf)] = PRINTED_SENSITIVITY

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return Laplace numbers of scale 1."""
        return rng.laplace(size=count)

    def scale(self, p: float) -> float:
        """Return the scale of the noise at privacy level p: S p / (1 - p), infinite at 1.

        Raises
        ------
        ValueError
            p is outside [0, 1].

        Examples
        --------
        >>> BoundedDP(sensitivity=1.2).scale(0.5)
        1.2
        """
        epsilon = epsilon_of(p)
        return self.sensitivity / epsilon if epsilon > 0 else math.inf

    def protected(self, values: FloatArray, draws: FloatArray, p: float) -> tuple[BoolArray, FloatArray]:
        """Return every rating with its noise."""
        scale = self.scale(p)
        noise = np.copysign(2 * REACH, draws) if math.isinf(scale) else scale * draws
        return np.ones(len(values), dtype=np.bool_), np.clip(values + noise, -REACH, REACH)

    def guarantee(self, p: float, sensitivity: float, changed: int = 1, releases: int = 1) -> Guarantee:
        """Return ε = t · sensitivity / scale, for t releases, and the advantage 1 - e^(-ε/2) of one value, tanh(ε/2) of several.

        Examples
        --------
        >>> [round(BoundedDP().guarantee(p, sensitivity=4).epsilon, 2) for p in (0.2, 0.5)]
        [13.37, 3.34]
        """
        scale = self.scale(p)
        if math.isinf(scale):
            return Guarantee(0.0, 0.0)
        if scale == 0 or math.isinf(sensitivity):
            return Guarantee(math.inf, 1.0)
        epsilon = releases * sensitivity / scale
        one = changed == releases == 1 and sensitivity <= 2 * REACH
        return Guarantee(epsilon, -math.expm1(-epsilon / 2) if one else math.tanh(epsilon / 2))

    def expected(self, values: FloatArray, p: float) -> FloatArray:
        """Return what ratings are on average after noise and clamping, shape (r,), for p < 1.

        With s = S p / (1 - p): r - (s/2) e^(-(2 - r)/s) + (s/2) e^(-(2 + r)/s), for r in [-2, 2]. Derived for this project.

        Examples
        --------
        >>> BoundedDP().expected(np.array([-2.0, 0.0, 1.0]), 0.5).round(3).tolist()
        [-1.423, 0.0, 0.789]
        """
        s = self.scale(p)
        if s == 0:
            return np.asarray(values, dtype=np.float64)
        if math.isinf(s):
            return np.zeros_like(values, dtype=np.float64)
        return np.asarray(values - s / 2 * np.exp(-(REACH - values) / s) + s / 2 * np.exp(-(REACH + values) / s))

    def attenuation(self, p: float) -> float:
        """Return by how much clamping flattens ratings near 0: the slope of `expected` there, 1 - e^(-2/s).

        Examples
        --------
        >>> [round(BoundedDP().attenuation(p), 4) for p in (0, 0.4, 0.6, 0.8, 1)]
        [1.0, 0.9184, 0.6717, 0.3414, 0.0]
        """
        s = self.scale(p)
        return -math.expm1(-REACH / s) if s > 0 else 1.0


def epsilon_of(p: float) -> float:
    """Return ε = 1/p - 1, infinite at p = 0.

    Raises
    ------
    ValueError
        p is outside [0, 1].

    Examples
    --------
    >>> [epsilon_of(p) for p in (0, 0.5, 1)]
    [inf, 1.0, 0.0]
    """
    return 1 / p - 1 if check_privacy(p) > 0 else math.inf


def privacy_of(epsilon: float) -> float:
    """Return p = 1 / (ε + 1), the inverse of `epsilon_of`.

    Raises
    ------
    ValueError
        ε is negative.

    Examples
    --------
    >>> [privacy_of(epsilon) for epsilon in (math.inf, 1, 0)]
    [0.0, 0.5, 1.0]
    """
    if not epsilon >= 0:
        raise ValueError(f"epsilon = {epsilon} must be at least 0")
    return 1 / (epsilon + 1)


def sensitivity_bound(
    reading: Literal["printed", "proof", "replaced"] = "printed",
    factors: int = 4,
    passes: int = 20,
    rate: float = 0.0075,
    regularisation: float = 0.01,
    bound: float = 0.5,
    reach: float = REACH,
) -> float:
    """Return the bound on how much one rating moves an item's factors (Theorem 5): κ ι γ (Δr p_max ∓ λ q_max).

    Parameters
    ----------
    reading
        ``printed``: with the minus of eq. 9. ``proof``: with the plus that the proof arrives at. ``replaced``: without the term
        in λ, which cancels when one rating is put in another's place, as bounded differential privacy has it.
    factors, passes, rate, regularisation, bound
        κ, ι, γ, λ and p_max = q_max.
    reach
        Ratings are within -reach and reach, so Δr is twice that.

    Notes
    -----
    The bound leaves out that a moved factor moves later updates; it is the paper's number, not a proof of privacy.

    Raises
    ------
    ValueError
        The reading is unknown.

    Examples
    --------
    >>> [round(sensitivity_bound(reading), 4) for reading in ("printed", "replaced", "proof")]
    [1.197, 1.2, 1.203]
    """
    signs = {"printed": -1, "replaced": 0, "proof": 1}
    if reading not in signs:
        raise ValueError(f"reading = {reading!r}: it is one of {', '.join(signs)}")
    return factors * passes * rate * (2 * reach * bound + signs[reading] * regularisation * bound)
