"""Covariance functions of Gaussian processes: sums of stationary parts."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.distance import cdist

from ...arrays import FloatArray

Shape = Literal["squared-exponential", "exponential"]


@dataclass(frozen=True)
class Part:
    """One stationary part of a kernel: signal times a function of the scaled distance r.

    Parameters
    ----------
    shape
        ``squared-exponential``: exp(-r² / 2); ``exponential``: exp(-r).
    signal
        The part's variance, > 0, in squared units of the target.
    lengthscales
        One for all inputs, or one an input; each > 0, in units of its input.

    Raises
    ------
    ValueError
        A hyperparameter is not a positive number, or the shape is unknown.
    """

    shape: Shape
    signal: float
    lengthscales: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.shape not in ("squared-exponential", "exponential"):
            raise ValueError(f"shape = {self.shape!r}: a kernel's part is 'squared-exponential' or 'exponential'")
        for number in (self.signal, *self.lengthscales):
            if not (math.isfinite(number) and number > 0):
                raise ValueError(f"signals and lengthscales must be positive numbers, not {number}")

    def distances(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return distances r in units of the lengthscales, (a, d) and (b, d) -> (a, b)."""
        if len(self.lengthscales) not in (1, one.shape[1]):
            raise ValueError(f"{len(self.lengthscales)} lengthscales do not fit {one.shape[1]} inputs: give 1, or one an input")
        scale = np.array(self.lengthscales)
        return np.asarray(cdist(one / scale, other / scale))

    def __call__(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return the covariances, (a, d) and (b, d) -> (a, b)."""
        r = self.distances(one, other)
        exponent = -0.5 * r**2 if self.shape == "squared-exponential" else -r
        return np.asarray(self.signal * np.exp(exponent))


@dataclass(frozen=True)
class Kernel:
    """The covariance of a function's values before any data: a sum of stationary parts.

    Parameters
    ----------
    parts
        At least one.

    Examples
    --------
    >>> kernel = Kernel((Part("squared-exponential", 4.0, (1.0,)), Part("exponential", 1.0, (0.5,))))
    >>> kernel(np.zeros((1, 2)), np.array([[0.0, 0.0], [0.0, 1.0]])).round(3).tolist()
    [[5.0, 2.561]]
    """

    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a kernel needs at least one part")

    @property
    def variance(self) -> float:
        """The prior variance of every value."""
        return math.fsum(part.signal for part in self.parts)

    def __call__(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Return the covariances, (a, d) and (b, d) -> (a, b)."""
        first, *rest = self.parts
        total = first(one, other)
        for part in rest:
            total += part(one, other)
        return total

    def diagonal(self, inputs: FloatArray) -> FloatArray:
        """Return the prior variances at these inputs, (a, d) -> (a,)."""
        return np.full(len(inputs), self.variance)


def squared_exponential(signal: float, lengthscales: tuple[float, ...]) -> Kernel:
    """Return the squared-exponential kernel; a lengthscale an input makes irrelevant inputs harmless (ARD).

    Examples
    --------
    >>> squared_exponential(2.0, (1.0,))(np.zeros((1, 1)), np.ones((1, 1))).round(3).tolist()
    [[1.213]]
    """
    return Kernel((Part("squared-exponential", signal, lengthscales),))
