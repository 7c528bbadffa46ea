"""The loop behind `sgd`: stochastic gradient descent on a matrix factorisation, one rating after another."""

import numba
import numpy as np

from ...arrays import FloatArray


@numba.njit(cache=True, nogil=True)
def descend(
    users: np.ndarray,
    items: np.ndarray,
    values: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    passes: int,
    rate: float,
    regularisation: float,
    bound: float,
    sign: float,
) -> None:
    """Go through the ratings in their order, ``passes`` times, and change P and Q in place.

    The gradient of both factors is taken at the old values of both. ``sign`` is 1 for descent.
    """
    factors = P.shape[1]
    for _ in range(passes):
        for place in range(len(values)):
            p = P[users[place]]
            q = Q[items[place]]
            error = values[place]
            product = 0.0
            for k in range(factors):
                product += q[k] * p[k]
            error = sign * (error - product)
            for k in range(factors):
                old_p, old_q = p[k], q[k]
                p[k] = min(max(old_p + rate * (error * old_q - regularisation * old_p), -bound), bound)
                q[k] = min(max(old_q + rate * (error * old_p - regularisation * old_q), -bound), bound)
