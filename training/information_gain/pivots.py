"""Low-rank features of a kernel by pivoted Cholesky, with a bound on what they leave out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from ...arrays import FloatArray, IntArray
from .kernels import Kernel


@dataclass(frozen=True, eq=False)
class Pivots:
    """Rows of a data set that stand for all of it, and how much variance they leave unexplained.

    Parameters
    ----------
    rows
        The chosen rows in the order of choice, shape (p,).
    features
        F with F F' = Q, the part of the covariance K that the chosen rows explain, shape (rows, p).
    residual
        tr(K - Q) ≥ 0.
    """

    rows: IntArray
    features: FloatArray
    residual: float

    def bound(self, noise: float) -> float:
        """Return the most by which the information gain of Q falls short of that of K, tr(K - Q) / (2 noise); for any subset.

        With k copies of rows at most, divide the noise variance by k first.
        """
        return self.residual / (2 * noise)


def pivoted_cholesky(
    diagonal: FloatArray, column: Callable[[int], FloatArray], *, residual: float = 0.0, most: int | None = None
) -> Pivots:
    """Return the rows picked greedily, each the one that is least explained by those before.

    Parameters
    ----------
    diagonal
        Diagonal of the covariance, shape (rows,).
    column
        Function that returns a column of the covariance, shape (rows,).
    residual
        Stop once tr(K - Q) is no more than this.
    most
        The most rows to choose; default: all.

    Raises
    ------
    ValueError
        A variance is negative or not finite.

    Returns
    -------
    Pivots
        Choosing ends, too, where no row has more than 1e-12 of the largest variance left: the rest is round-off.

    Examples
    --------
    >>> features = np.array([[1.0, 0.0], [0.5, 0.0], [0.0, 2.0]])
    >>> covariance = features @ features.T
    >>> found = pivoted_cholesky(np.diagonal(covariance), lambda row: covariance[row])
    >>> found.rows.tolist(), found.residual
    ([2, 0], 0.0)
    """
    left = np.array(diagonal, dtype=np.float64)
    wrong = ~((left >= 0) & (left < np.inf))
    if wrong.any():
        raise ValueError(f"the diagonal of a covariance is finite and at least 0, not {left[wrong][0]}")
    least = 1e-12 * left.max(initial=0.0)
    most = len(left) if most is None else min(most, len(left))
    features = np.empty((most, len(left)))  # a row a feature, so that the products below read memory in order
    rows: list[int] = []
    for place in range(most):
        row = int(left.argmax())
        if left.sum() <= residual or left[row] <= least:
            break
        new = column(row) - features[:place, row] @ features[:place]
        new /= np.sqrt(left[row])
        features[place] = new
        left = np.maximum(left - new**2, 0.0)
        left[row] = 0.0
        rows.append(row)
    return Pivots(np.array(rows, dtype=np.int64), features[: len(rows)].T, float(left.sum()))


def pivots_of_kernel(kernel: Kernel, inputs: FloatArray, *, residual: float = 0.0, most: int | None = None) -> Pivots:
    """Return the pivots of a kernel's covariance at these inputs, (rows, d); see `pivoted_cholesky`."""
    return pivoted_cholesky(
        kernel.diagonal(inputs), lambda row: kernel(inputs[row : row + 1], inputs)[0], residual=residual, most=most
    )


@dataclass(frozen=True, eq=False)
class InducedFeatures:
    """The features that inducing inputs give to any input: K_xu L^-T with L L' = K_uu.

    Parameters
    ----------
    kernel
        The covariance of the full Gaussian process.
    inducing
        Inputs u, shape (p, d); none may be explained by the others to machine precision (see `without_repeats`).
    """

    kernel: Kernel
    inducing: FloatArray

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Return the features, (rows, d) -> (rows, p)."""
        factor = np.linalg.cholesky(self.kernel(self.inducing, self.inducing))
        features: FloatArray = solve_triangular(factor, self.kernel(self.inducing, inputs), lower=True).T
        return features

    def unexplained(self, inputs: FloatArray, features: FloatArray) -> FloatArray:
        """Return the prior variance that the features do not explain, ≥ 0, (rows, d) -> (rows,)."""
        return np.asarray(np.maximum(self.kernel.diagonal(inputs) - np.einsum("ij,ij->i", features, features), 0.0))


def without_repeats(kernel: Kernel, inducing: FloatArray) -> FloatArray:
    """Return the inducing inputs without those that the others explain already; no jitter is needed then."""
    return np.asarray(inducing[pivots_of_kernel(kernel, inducing).rows])
