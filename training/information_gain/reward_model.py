"""What a party predicts with the model it was given: own data as it is, the others' with noise."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import FloatArray
from .realisation import Realisation


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictive distributions of the targets at test inputs: independent normals.

    Parameters
    ----------
    mean
        Shape (..., tests).
    variance
        Of a target without added noise (what is not known of the function, and σ²), > 0, shape (tests,).

    Raises
    ------
    ValueError
        A variance is not positive.
    """

    mean: FloatArray
    variance: FloatArray

    def __post_init__(self) -> None:
        if not (self.variance > 0).all():
            raise ValueError(f"predictive variances must be positive, not {self.variance[~(self.variance > 0)][0]}")

    def mnlp(self, targets: FloatArray) -> FloatArray:
        """Return the mean negative log probability of the targets, (tests,) -> (...), in nats (the paper's equation (3)).

        Raises
        ------
        ValueError
            A target is not a finite number.

        Examples
        --------
        >>> Prediction(np.array([0.0, 0.0]), np.array([1.0, 1.0])).mnlp(np.array([1.0, -1.0])).round(4).tolist()
        1.4189
        """
        if not np.isfinite(targets).all():
            raise ValueError(f"targets must be finite numbers, not {targets[~np.isfinite(targets)][0]}")
        surprise = np.log(2 * math.pi * self.variance) + (targets - self.mean) ** 2 / self.variance
        return np.asarray(0.5 * surprise.mean(axis=-1))


@dataclass(frozen=True, eq=False)
class RewardModel:
    """A party's reward model at any noise, from one eigen-decomposition.

    With S = U diag(s) U' what own data leaves unknown about the others' values, and S_* its covariance with the test values, mean
    and variance are those of the direct Gaussian process: μ = μ_i + S_* U diag(1/(s + σ² + η)) U' (z - μ_i(X_o)).

    Parameters
    ----------
    realisation
        What the model is worth at any noise.
    basis
        Orthonormal U, shape (others' rows, rank), by the order of the realisation's positive eigenvalues.
    response
        S_* U, shape (tests, rank).
    surprise
        U' (y_o - μ_i(X_o)), what the others' targets say beyond own data, shape (rank,).
    own
        Predictions of own data alone; the others' noise never enters.
    """

    realisation: Realisation
    basis: FloatArray
    response: FloatArray
    surprise: FloatArray
    own: Prediction

    def predict(self, eta: float, noise: ArrayLike | None = None) -> Prediction:
        """Return the predictions at noise variance η in [0, inf].

        Parameters
        ----------
        eta
            The noise variance that the model takes into account.
        noise
            What was added to the others' targets, shape (..., others' rows); default: nothing. At η = inf it does not matter.

        Raises
        ------
        ValueError
            The noise variance is negative or not a number, or the noise has the wrong shape.
        """
        if not eta >= 0:
            raise ValueError(f"eta = {eta}: a noise variance is at least 0")
        directions = None if noise is None else self.along_basis(noise)
        return self._predict(eta, directions)

    def along_basis(self, noise: ArrayLike) -> FloatArray:
        """Return U' noise, (..., others' rows) -> (..., rank): all that predictions need of it."""
        added = np.asarray(noise, dtype=np.float64)
        if added.shape[-1:] != self.basis.shape[:1]:
            raise ValueError(f"noise needs an entry for each of the others' {len(self.basis)} rows, not shape {added.shape}")
        return np.asarray(added @ self.basis)

    def _predict(self, eta: float, directions: FloatArray | None) -> Prediction:
        if math.isinf(eta):
            repeats = () if directions is None else directions.shape[:-1]
            return Prediction(np.broadcast_to(self.own.mean, (*repeats, len(self.own.mean))), self.own.variance)
        spectrum = self.realisation.spectrum[self.realisation.spectrum > 0]
        weights = 1 / (spectrum + self.realisation.noise + eta)
        seen = self.surprise if directions is None else self.surprise + directions
        mean = self.own.mean + (seen * weights) @ self.response.T
        return Prediction(mean, self.own.variance - (self.response**2) @ weights)

    def mnlp(self, targets: FloatArray, etas: ArrayLike, standard: ArrayLike) -> FloatArray:
        """Return MNLPs of models with noise √η times standard draws, at many noise variances.

        Parameters
        ----------
        targets
            Shape (tests,).
        etas
            Noise variances in [0, inf], shape (k,).
        standard
            Standard normal draws, shape (draws, others' rows); the same are used at every η.

        Returns
        -------
        array of shape (k, draws).
        """
        directions = self.along_basis(standard)
        levels = np.asarray(etas, dtype=np.float64).tolist()
        scaled = [directions * (math.sqrt(eta) if math.isfinite(eta) else 0.0) for eta in levels]
        return np.array([self._predict(eta, each).mnlp(targets) for eta, each in zip(levels, scaled, strict=True)])
