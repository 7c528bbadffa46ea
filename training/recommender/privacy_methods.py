"""What a party does to its ratings before they are trained on: leaving some out, or adding noise."""

import math
from abc import ABC, abstractmethod
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer

from ...arrays import BoolArray, FloatArray
from ...components import Component, Registry
from .preprocessing import REACH

PRINTED_SENSITIVITY = 1.197


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


PRIVACY_METHODS: Registry[PrivacyMethod] = Registry("privacy method", PrivacyMethod)  # type: ignore[type-abstract]

PrivacyMethodSpec = Annotated[PrivacyMethod, BeforeValidator(PRIVACY_METHODS.build), PlainSerializer(str)]
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

    source = "Together or Alone: The Price of Privacy in Collaborative Learning, Definition 7"

    def draw(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return uniform numbers in [0, 1): the level from which on a rating is left out."""
        return rng.random(count)

    def protected(self, values: FloatArray, draws: FloatArray, p: float) -> tuple[BoolArray, FloatArray]:
        """Return the ratings whose number is at least p, unchanged."""
        return draws >= check_privacy(p), values


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
    The paper's "variance" of the noise must be its scale. Its ε is not that of a rating: ratings reach over 4, so that a noise of
    scale S/ε on the input makes each rating (4/S) ε-differentially private, 3.34 ε at S = 1.197; see `rating_epsilon`.

    Examples
    --------
    >>> values, draws = np.array([1.0, -1.0, 0.5]), np.array([0.3, -2.0, 0.0])
    >>> [BoundedDP().protected(values, draws, p)[1].round(3).tolist() for p in (0, 0.5)]
    [[1.0, -1.0, 0.5], [1.359, -2.0, 0.5]]
    """

    source = "Together or Alone: The Price of Privacy in Collaborative Learning, Definition 8, eq. 10, Section 5.3"

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

    def rating_epsilon(self, p: float) -> float:
        """Return the ε of which a single rating's release is differentially private at level p: (4/S)(1/p - 1).

        Raises
        ------
        ValueError
            p is outside [0, 1].

        Examples
        --------
        >>> round(BoundedDP().rating_epsilon(0.2), 2), round(BoundedDP().rating_epsilon(0.5), 2)
        (13.37, 3.34)
        """
        return 2 * REACH / self.sensitivity * epsilon_of(p)

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
