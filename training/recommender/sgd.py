"""Matrix factorisation by stochastic gradient descent: how factors are trained, and how well they predict."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Component
from ...papers import PRIVACY
from .initialisation import InitialisationSpec, Normal

Positive = Annotated[float, Field(gt=0, lt=math.inf)]


class Training(Component):
    """Factors of users and items, found by stochastic gradient descent.

    A rating r of user u for item i moves both factors along the gradient at their old values,
    p_u ← p_u + γ (e q_i - λ p_u) and q_i ← q_i + γ (e p_u - λ q_i) with e = r - p_u q_i, and each is put back within the bound.

    Parameters
    ----------
    factors
        Length κ of a factor, ≥ 1.
    passes
        How often all ratings are gone through, ι ≥ 0.
    rate, regularisation
        γ > 0 and λ ≥ 0.
    bound
        Largest absolute value of a factor's entries after every update; None for no bound.
    initialisation
        What factors are before training. The paper does not say.
    as_printed
        Take e with the sign of eq. 8, p q - r, which climbs: the model gets worse than none.

    Notes
    -----
    Eq. 8 as printed has the sign of e and the index of q_i wrong.

    Examples
    --------
    >>> P, Q = np.array([[0.1]]), np.array([[0.2]])
    >>> Training(factors=1, passes=1, rate=0.5, regularisation=0).train(np.array([0]), np.array([0]), np.array([1.0]), P, Q)
    >>> P.round(4).tolist(), Q.round(4).tolist()
    ([[0.198]], [[0.249]])
    """

    source = PRIVACY.at("eq. 7 and 8, Section 6")

    factors: Annotated[int, Field(ge=1, le=1000)] = 4
    passes: Annotated[int, Field(ge=0, le=10_000)] = 20
    rate: Positive = 0.0075
    regularisation: Annotated[float, Field(ge=0, lt=math.inf)] = 0.01
    bound: Positive | None = 0.5
    initialisation: InitialisationSpec = Normal()
    as_printed: bool = False

    def start(self, users: int, items: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return the factors before training, shapes (users, κ) and (items, κ)."""
        return self.initialisation.draw(users, self.factors, rng), self.initialisation.draw(items, self.factors, rng)

    def train(self, users: IntArray, items: IntArray, values: FloatArray, P: FloatArray, Q: FloatArray) -> None:
        """Change the factors P (users, κ) and Q (items, κ) in place.

        Ratings are gone through in the order given, the same in every pass: shuffle them before. Parties who train in turn, each
        on its own users, are ratings one party after the other.

        Raises
        ------
        ValueError
            A user or item has no factor, shapes do not fit, or the factors grew beyond all bounds.
        """
        if not len(users) == len(items) == len(values) or P.shape[1] != Q.shape[1]:
            raise ValueError(
                f"there must be as many users as items and values, not {len(users)}, {len(items)} and {len(values)}, "
                f"and factors of users and items of one length, not {P.shape[1]} and {Q.shape[1]}"
            )
        for name, indices, factors in (("user", users, P), ("item", items, Q)):
            if len(indices) and not (indices.min() >= 0 and indices.max() < len(factors)):
                raise ValueError(f"a {name} has an index from 0 to {len(factors) - 1}, not {indices.min()} to {indices.max()}")
        # numba takes half a second to import, and listing scenarios needs none of it
        from .sgd_kernel import descend

        bound, sign = math.inf if self.bound is None else self.bound, -1.0 if self.as_printed else 1.0
        descend(users, items, values, P, Q, self.passes, self.rate, self.regularisation, bound, sign)
        if not (np.isfinite(P).all() and np.isfinite(Q).all()):
            raise ValueError(f"training grew beyond all bounds at rate = {self.rate:g}: lower it, or give a bound")


def rmse(users: IntArray, items: IntArray, values: FloatArray, P: FloatArray, Q: FloatArray) -> float:
    """Return the root mean squared error of the predictions p_u q_i for ratings, each of shape (r,).

    Examples
    --------
    >>> one = np.array([0])
    >>> rmse(one, one, np.array([1.0]), np.array([[0.5, 1.0]]), np.array([[1.0, 1.0]]))
    0.5
    """
    predicted = np.einsum("rk,rk->r", P[users], Q[items])
    return math.sqrt(float(np.mean((values - predicted) ** 2)))
