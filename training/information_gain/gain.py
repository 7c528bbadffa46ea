"""Information gain: by how many nats data reduces what is not known of a Gaussian model."""

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import FloatArray

ENTRIES_AT_ONCE = 1 << 21


def half_log_determinant(matrices: FloatArray) -> FloatArray:
    """Return ½ log det of symmetric matrices with eigenvalues of at least 1, shape (..., p, p) -> (...)."""
    if not matrices.shape[-1]:
        return np.zeros(matrices.shape[:-2])
    diagonals = np.diagonal(np.linalg.cholesky(matrices), axis1=-2, axis2=-1)
    return np.asarray(np.log(diagonals).sum(axis=-1))


def information_gain(covariance: FloatArray, noise: ArrayLike) -> float:
    """Return what noisy values of a function tell of it: ½ log det(I + Λ^-1/2 K Λ^-1/2), in nats.

    Parameters
    ----------
    covariance
        Prior covariance K of the function at the data's inputs, shape (rows, rows). It may be singular; no jitter is added, since
        I plus the scaled K has eigenvalues of at least 1.
    noise
        Noise variance Λ of the targets, > 0, one for all or shape (rows,). A row entered k times has noise variance / k.

    Returns
    -------
    float
        At least 0. It depends on inputs alone, never on the targets.

    Raises
    ------
    ValueError
        A noise variance is not positive, or the matrix is not a covariance.

    Examples
    --------
    >>> round(information_gain(np.array([[3.0]]), 1.0), 4)  # log 2
    0.6931
    """
    rows = len(covariance)
    if covariance.shape != (rows, rows) or not np.isfinite(covariance).all():
        raise ValueError(f"a covariance is square and finite, not of shape {covariance.shape} with {_odd(covariance)}")
    scale = 1 / np.sqrt(_variances(noise, rows))
    try:
        return float(half_log_determinant(np.eye(rows) + covariance * scale[:, None] * scale))
    except np.linalg.LinAlgError:
        raise ValueError(
            f"the matrix of shape {covariance.shape} is not a covariance: it is not positive semi-definite"
        ) from None


def information_gain_of_features(features: FloatArray, noise: ArrayLike) -> float:
    """Return what noisy values of a linear model tell of its weights, which are standard normal before.

    ½ log det(I_p + Φ' Λ^-1 Φ), equal to `information_gain` of K = Φ Φ' at p x p instead of rows x rows.

    Parameters
    ----------
    features
        Φ, shape (rows, p).
    noise
        Noise variance, > 0, one for all or shape (rows,).

    Raises
    ------
    ValueError
        A noise variance is not positive, or a feature is not finite.

    Examples
    --------
    >>> features = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]])
    >>> bool(np.isclose(information_gain_of_features(features, 0.5), information_gain(features @ features.T, 0.5)))
    True
    """
    if not np.isfinite(features).all():
        raise ValueError(f"features must be finite, not {_odd(features)}")
    precision = 1 / _variances(noise, len(features))
    return float(half_log_determinant(np.eye(features.shape[1]) + features.T @ (features * precision[:, None])))


def _variances(noise: ArrayLike, rows: int) -> FloatArray:
    variances = np.broadcast_to(np.asarray(noise, dtype=np.float64), rows)
    if not (variances > 0).all():
        raise ValueError(f"noise variances must be positive, not {variances[~(variances > 0)][0]}")
    return variances


def _odd(values: FloatArray) -> str:
    odd = values[~np.isfinite(values)]
    return f"an entry {odd[0]}" if odd.size else "finite entries"


def gains_of_grams(grams: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the information gains of sums of data, each party's given by its p x p matrix: ½ log det(I + Σ w_i G_i).

    Parameters
    ----------
    grams
        G_i = Φ_i' Φ_i of each party, shape (n, p, p).
    weights
        Precision at which each coalition holds each party's data, 1 / noise variance or 0, shape (batch, n).

    Returns
    -------
    array of shape (batch,). A coalition's value does not depend on the batch.

    Examples
    --------
    >>> gains_of_grams(np.array([[[3.0]], [[12.0]]]), np.array([[0, 0], [1, 0], [1, 1]])).round(4).tolist()
    [0.0, 0.6931, 1.3863]
    """
    width = grams.shape[-1]
    gains = np.empty(len(weights))
    step = max(1, ENTRIES_AT_ONCE // max(1, width * width))
    for start in range(0, len(weights), step):
        chunk = weights[start : start + step]
        total = np.tile(np.eye(width), (len(chunk), 1, 1))
        for party, gram in enumerate(grams):
            total += chunk[:, party, None, None] * gram
        gains[start : start + step] = half_log_determinant(total)
    return gains


def subsets(n: int) -> FloatArray:
    """Return all coalitions of n parties as rows of 0 and 1, shape (2^n, n), in the order of their bit masks."""
    return np.asarray(((np.arange(1 << n)[:, None] >> np.arange(n)) & 1).astype(np.float64))
