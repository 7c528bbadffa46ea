"""Hyperparameters of Gaussian models by type-II maximum likelihood."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack
from scipy.optimize import minimize, minimize_scalar

from ...arrays import FloatArray
from ..threads import one_thread
from .kernels import Kernel, Part

SMALLEST_NOISE = 0.01
WIDEST = 7.0


@dataclass(frozen=True)
class Fit:
    """Hyperparameters that make the data most likely.

    Parameters
    ----------
    kernel
        The kernel with its fitted hyperparameters.
    noise
        Variance of the noise in the targets.
    log_likelihood
        Log marginal likelihood at these values.
    """

    kernel: Kernel
    noise: float
    log_likelihood: float


def log_marginal_likelihood(kernel: Kernel, noise: float, inputs: FloatArray, targets: FloatArray) -> tuple[float, FloatArray]:
    """Return the log density of the targets under a Gaussian process, and its gradient.

    Parameters
    ----------
    kernel, noise
        Covariance of the function, and variance of the noise.
    inputs, targets
        Shapes (rows, d) and (rows,); the prior mean is 0.

    Returns
    -------
    log_likelihood, gradient
        The gradient is by the logarithms of each part's lengthscales and signal, part after part, and of the noise.

    Raises
    ------
    ValueError
        The covariance is not positive definite to machine precision: the noise is too small.

    Examples
    --------
    >>> from potluck.training.information_gain.kernels import squared_exponential
    >>> one_point = log_marginal_likelihood(squared_exponential(1.0, (1.0,)), 1.0, np.zeros((1, 1)), np.zeros(1))
    >>> round(one_point[0], 4), one_point[1].round(9).tolist()
    (-1.2655, [0.0, -0.25, -0.25])
    """
    rows = len(targets)
    parts = [part(inputs, inputs) for part in kernel.parts]
    covariance = np.sum(parts, axis=0)
    covariance[np.diag_indices(rows)] += noise
    factor, problem = lapack.dpotrf(covariance, lower=1)
    if problem:
        raise ValueError(f"the covariance of {rows} rows is singular at noise variance {noise}: give a larger one")
    inverse = lapack.dpotri(factor, lower=1)[0]
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse @ targets
    value = -0.5 * targets @ weights - np.log(np.diagonal(factor)).sum() - 0.5 * rows * math.log(2 * math.pi)
    pull = np.outer(weights, weights) - inverse
    gradient = [_gradient_of(part, inputs, pull * given) for part, given in zip(kernel.parts, parts, strict=True)]
    return float(value), np.concatenate([*gradient, [0.5 * noise * np.trace(pull)]])


def _gradient_of(part: Part, inputs: FloatArray, pull: FloatArray) -> FloatArray:
    """Return the gradient by a part's log lengthscales and log signal; ``pull`` is the outer factor times the covariance."""
    by_signal = 0.5 * pull.sum()
    if part.shape == "exponential":
        r = part.distances(inputs, inputs)
        pull = np.divide(pull, r, out=np.zeros_like(pull), where=r > 0)
    scaled = inputs / np.array(part.lengthscales)
    # sum over pairs of pull (z_j - z'_j)² for every input j, without an array of (rows, rows, d)
    by_input = pull.sum(axis=1) @ scaled**2 - np.einsum("ij,ij->j", scaled, pull @ scaled)
    by_scale = by_input if len(part.lengthscales) > 1 or inputs.shape[1] == 1 else [by_input.sum()]
    return np.array([*by_scale, by_signal])


def mean_square(targets: FloatArray) -> float:
    """Return the mean square of targets, which sets the scale of hyperparameters to be learned, > 0.

    Raises
    ------
    ValueError
        There are no rows, a target is not a finite number, or all are 0.

    Examples
    --------
    >>> mean_square(np.array([1.0, -3.0]))
    5.0
    """
    if not (len(targets) and np.isfinite(targets).all() and targets.any()):
        raise ValueError("hyperparameters are learned from targets that are finite and not all 0 (all the same, once centred)")
    return float(np.mean(targets**2))


def maximise_likelihood(kernel: Kernel, noise: float, inputs: FloatArray, targets: FloatArray) -> Fit:
    """Return the hyperparameters that make the targets most likely, found from the given ones by L-BFGS.

    Lengthscales and signals stay within a factor e^7 of where they start. The noise variance stays between 0.01 and 10 times the
    mean square of the targets: with the noise near 0, a rough part of the kernel would take its place, and data would seem to
    tell everything.

    Parameters
    ----------
    kernel, noise
        Where the search starts.
    inputs, targets
        Shapes (rows, d) and (rows,); the prior mean is 0.

    Raises
    ------
    ValueError
        There are no rows, a target is not a finite number, or all are 0.
    """
    size = mean_square(targets)
    start = np.log([*(number for part in kernel.parts for number in (*part.lengthscales, part.signal)), noise])
    bounds = [(centre - WIDEST, centre + WIDEST) for centre in start[:-1]]
    bounds.append((math.log(SMALLEST_NOISE * size), math.log(10 * size)))

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = log_marginal_likelihood(*_at(kernel, point), inputs, targets)
        return -value, -gradient

    with one_thread():
        found = minimize(loss, np.clip(start, *np.transpose(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    return Fit(*_at(kernel, found.x), -float(found.fun))


def _at(kernel: Kernel, logarithms: FloatArray) -> tuple[Kernel, float]:
    numbers = np.exp(logarithms)
    parts, place = [], 0
    for part in kernel.parts:
        end = place + len(part.lengthscales)
        parts.append(Part(part.shape, float(numbers[end]), tuple(numbers[place:end].tolist())))
        place = end + 1
    return Kernel(tuple(parts)), float(numbers[-1])


def most_likely_noise(features: FloatArray, targets: FloatArray) -> float:
    """Return the noise variance that makes the targets of a linear model with standard normal weights most likely.

    The p eigenvalues of Φ'Φ make every evaluation O(p). The answer lies between 1e-4 and 10 times the mean square of the targets.

    Parameters
    ----------
    features, targets
        Φ of shape (rows, p), and shape (rows,).

    Raises
    ------
    ValueError
        There are no rows, a target is not a finite number, or all are 0.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> features = rng.normal(size=(2000, 3))
    >>> noisy = features @ [1.0, -1.0, 0.5] + rng.normal(0, 0.5, 2000)
    >>> round(most_likely_noise(features, noisy), 2)
    0.26
    """
    size = mean_square(targets)
    eigenvalues, directions = np.linalg.eigh(features.T @ features)
    keep = eigenvalues > 1e-12 * eigenvalues.max(initial=0.0)
    spectrum = eigenvalues[keep]
    seen = (directions[:, keep].T @ (features.T @ targets)) ** 2 / spectrum
    unseen = max(float(targets @ targets - seen.sum()), 0.0)

    def loss(log_noise: float) -> float:
        noise = math.exp(log_noise)
        spread = spectrum + noise
        return float(np.log(spread).sum() + (len(targets) - len(spectrum)) * log_noise + (seen / spread).sum() + unseen / noise)

    found = minimize_scalar(loss, bounds=(math.log(1e-4 * size), math.log(10 * size)), method="bounded", options={"xatol": 1e-8})
    return math.exp(found.x)
