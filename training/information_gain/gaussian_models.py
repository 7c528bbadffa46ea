"""Bayesian regression with Gaussian noise: by a kernel, rows by rows, or by p features, p by p."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_solve, solve_triangular

from ...arrays import FloatArray
from .gain import information_gain, information_gain_of_features
from .kernels import Kernel
from .pivots import InducedFeatures
from .realisation import Realisation
from .reward_model import Prediction, RewardModel

Rows = tuple[FloatArray, FloatArray]
"""Inputs, shape (rows, d), and targets, shape (rows,)."""


class GaussianModel(ABC):
    """A prior over functions and the variance of the noise in their values; the prior mean is 0."""

    noise: float

    @abstractmethod
    def gain(self, inputs: FloatArray, noise: ArrayLike | None = None) -> float:
        """Return what values at these inputs, (rows, d), tell of the function, in nats.

        ``noise`` is the targets' noise variance where it differs from the model's, one for all or shape (rows,).
        """

    @abstractmethod
    def posterior(self, data: Rows, tests: FloatArray) -> Prediction:
        """Return the predictions at test inputs, (tests, d), of a model trained on the data."""

    @abstractmethod
    def realisation(self, own: FloatArray, others: FloatArray) -> Realisation:
        """Return what own inputs and the others' noisy ones are worth together, as a function of the noise."""

    @abstractmethod
    def reward_model(self, own: Rows, others: Rows, tests: FloatArray) -> RewardModel:
        """Return the reward model of a party, at any noise on the others' targets."""


@dataclass(frozen=True, eq=False)
class KernelModel(GaussianModel):
    """Gaussian process regression.

    Parameters
    ----------
    kernel
        The function's prior covariance.
    noise
        Variance of the noise in the targets, > 0.

    Examples
    --------
    >>> from potluck.training.information_gain.kernels import squared_exponential
    >>> model = KernelModel(squared_exponential(1.0, (1.0,)), noise=0.5)
    >>> round(model.gain(np.array([[0.0], [1.0]])), 4)
    1.0093
    """

    kernel: Kernel
    noise: float

    def gain(self, inputs: FloatArray, noise: ArrayLike | None = None) -> float:
        """Return ½ log det(I + Λ^-1/2 K Λ^-1/2)."""
        return information_gain(self.kernel(inputs, inputs), self.noise if noise is None else noise)

    def posterior(self, data: Rows, tests: FloatArray) -> Prediction:
        """Return the predictive normals of Gaussian process regression."""
        return _Conditioned(self, data, tests).prediction

    def realisation(self, own: FloatArray, others: FloatArray) -> Realisation:
        """Return the spectrum of what own data leaves unknown of the others' values, S = K_oo - K_oi (K_ii + σ² I)^-1 K_io."""
        known = _Conditioned(self, (own, np.zeros(len(own))), others)
        spectrum = np.linalg.eigvalsh(known.covariance()) if len(others) else np.zeros(0)
        return Realisation(self.gain(own), np.maximum(spectrum, 0.0), self.noise)

    def reward_model(self, own: Rows, others: Rows, tests: FloatArray) -> RewardModel:
        """Return the reward model from the eigenvectors of S."""
        known = _Conditioned(self, own, np.concatenate([others[0], tests]))
        covariance = known.covariance()
        rows = len(others[0])
        spectrum, vectors = np.linalg.eigh(covariance[:rows, :rows]) if rows else (np.zeros(0), np.zeros((0, 0)))
        spectrum = np.maximum(spectrum, 0.0)
        basis = vectors[:, spectrum > 0]
        mean, variance = known.prediction.mean, known.prediction.variance
        return RewardModel(
            Realisation(self.gain(own[0]), spectrum, self.noise),
            basis,
            covariance[rows:, :rows] @ basis,
            basis.T @ (others[1] - mean[:rows]),
            Prediction(mean[rows:], variance[rows:]),
        )


class _Conditioned:
    """A Gaussian process after some data, at some inputs."""

    def __init__(self, model: KernelModel, data: Rows, inputs: FloatArray) -> None:
        self._model, self._inputs = model, inputs
        noisy = model.kernel(data[0], data[0]) + model.noise * np.eye(len(data[0]))
        self._half = np.zeros((0, len(inputs)))
        mean = np.zeros(len(inputs))
        if len(data[0]):
            factor = np.linalg.cholesky(noisy)
            self._half = solve_triangular(factor, model.kernel(data[0], inputs), lower=True)
            mean = self._half.T @ solve_triangular(factor, data[1], lower=True)
        left = model.kernel.diagonal(inputs) - np.einsum("ij,ij->j", self._half, self._half)
        self.prediction = Prediction(mean, np.maximum(left, 0.0) + model.noise)

    def covariance(self) -> FloatArray:
        """Return what is left unknown of the function's values at the inputs, shape (inputs, inputs)."""
        left = self._model.kernel(self._inputs, self._inputs) - self._half.T @ self._half
        return np.asarray((left + left.T) / 2)


def _no_residual(inputs: FloatArray, features: FloatArray) -> FloatArray:
    return np.zeros(len(inputs))


@dataclass(frozen=True, eq=False)
class FeatureModel(GaussianModel):
    """Bayesian linear regression on features, weights standard normal before; everything costs p x p.

    Parameters
    ----------
    features
        Function of inputs, (rows, d) -> (rows, p).
    noise
        Variance of the noise in the targets, > 0.
    unexplained
        Prior variance of the function that no weight explains, a function of inputs and their features, -> (rows,); it widens
        predictions and tells nothing. Default: none. Sparse Gaussian processes (DTC) have some.

    Examples
    --------
    >>> model = FeatureModel(lambda inputs: inputs, noise=1.0)
    >>> model.posterior((np.array([[1.0]]), np.array([2.0])), np.array([[3.0]])).mean.round(9).tolist()
    [3.0]
    """

    features: Callable[[FloatArray], FloatArray]
    noise: float
    unexplained: Callable[[FloatArray, FloatArray], FloatArray] = _no_residual

    def gain(self, inputs: FloatArray, noise: ArrayLike | None = None) -> float:
        """Return ½ log det(I + Φ' Λ^-1 Φ)."""
        return information_gain_of_features(self.features(inputs), self.noise if noise is None else noise)

    def posterior(self, data: Rows, tests: FloatArray) -> Prediction:
        """Return the predictive normals of Bayesian linear regression."""
        return _Weights(self, data).predict(tests)

    def realisation(self, own: FloatArray, others: FloatArray) -> Realisation:
        """Return the eigenvalues of the pencil (G_o, I + G_i / σ²)."""
        known = _Weights(self, (own, np.zeros(len(own))))
        return Realisation(self.gain(own), known.pencil(self.features(others))[0], self.noise)

    def reward_model(self, own: Rows, others: Rows, tests: FloatArray) -> RewardModel:
        """Return the reward model from the eigenvectors of the pencil."""
        known = _Weights(self, own)
        theirs = self.features(others[0])
        spectrum, directions = known.pencil(theirs)
        useful = spectrum > 0
        size = np.sqrt(spectrum[useful])
        basis = theirs @ directions[:, useful] / size
        response = self.features(tests) @ directions[:, useful] * size
        surprise = basis.T @ (others[1] - theirs @ known.mean)
        own_value = self.gain(own[0])
        return RewardModel(Realisation(own_value, spectrum, self.noise), basis, response, surprise, known.predict(tests))


class _Weights:
    """The weights of a feature model after some data: their mean, and the factor of their precision I + G / σ²."""

    def __init__(self, model: FeatureModel, data: Rows) -> None:
        self._model = model
        features = model.features(data[0])
        self._factor = np.linalg.cholesky(np.eye(features.shape[1]) + features.T @ features / model.noise)
        self.mean: FloatArray = np.asarray(cho_solve((self._factor, True), features.T @ data[1] / model.noise))

    def predict(self, tests: FloatArray) -> Prediction:
        features = self._model.features(tests)
        half = solve_triangular(self._factor, features.T, lower=True)
        variance = np.einsum("ij,ij->j", half, half) + self._model.unexplained(tests, features) + self._model.noise
        return Prediction(features @ self.mean, variance)

    def pencil(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return s ≥ 0 and directions V, V' (I + G_i/σ²) V = I and V' Φ_o' Φ_o V = diag(s)."""
        half = solve_triangular(self._factor, features.T, lower=True)
        spectrum, vectors = np.linalg.eigh(half @ half.T)
        # what is left of directions that no row of the others has is round-off, and would be divided by itself
        spectrum = np.where(spectrum > 1e-14 * spectrum.max(initial=0.0), spectrum, 0.0)
        return spectrum, np.asarray(solve_triangular(self._factor, vectors, lower=True, trans="T"))


def sparse_model(kernel: Kernel, inducing: FloatArray, noise: float) -> FeatureModel:
    """Return the sparse Gaussian process (DTC) with these inducing inputs, (p, d), none explained by the others.

    The features are K_xu L^-T with L L' = K_uu; prior variance that they miss stays in the predictions.
    """
    induced = InducedFeatures(kernel, inducing)
    return FeatureModel(induced, noise, induced.unexplained)
