"""What factors are before training."""

import math
from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from ...components import Component, Registry


class Initialisation(Component, ABC):
    """What factors are before training; the paper does not say, and much depends on it."""

    @abstractmethod
    def draw(self, rows: int, factors: int, rng: np.random.Generator) -> FloatArray:
        """Return factors of shape (rows, factors)."""


INITIALISATIONS: Registry[Initialisation] = Registry("initialisation", Initialisation, "potluck.initialisations")

InitialisationSpec = Annotated[Initialisation, INITIALISATIONS.spec]
"""An initialisation as a parameter: an instance, a class, or text such as ``"Normal(0.1)"``."""


@INITIALISATIONS.register
class Normal(Initialisation):
    """Factors are normal around 0.

    Near 0.1 the product of factors learns at once. Near 0.001 the first passes are spent on leaving the saddle at 0, so that what
    a model has learned after 20 passes is mostly a matter of how many updates it had.

    Parameters
    ----------
    scale
        Standard deviation, > 0.

    Examples
    --------
    >>> Normal(0.1).draw(2, 3, np.random.default_rng(0)).shape
    (2, 3)
    """

    source = "textbook"

    scale: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1

    def draw(self, rows: int, factors: int, rng: np.random.Generator) -> FloatArray:
        """Return normal factors of shape (rows, factors)."""
        return rng.normal(0.0, self.scale, (rows, factors))


@INITIALISATIONS.register
class Uniform(Initialisation):
    """Factors are uniform between two bounds.

    Parameters
    ----------
    low, high
        The bounds, low < high.

    Examples
    --------
    >>> draws = Uniform(0, 0.5).draw(100, 4, np.random.default_rng(0))
    >>> bool(0 <= draws.min() < draws.max() < 0.5)
    True
    """

    source = "textbook"

    low: Annotated[float, Field(gt=-math.inf, lt=math.inf)] = -0.5
    high: Annotated[float, Field(gt=-math.inf, lt=math.inf)] = 0.5

    def model_post_init(self, context: object, /) -> None:
        """Check that the bounds are in order."""
        if self.low >= self.high:
            raise ValueError(f"low = {self.low:g} must be below high = {self.high:g}")

    def draw(self, rows: int, factors: int, rng: np.random.Generator) -> FloatArray:
        """Return uniform factors of shape (rows, factors)."""
        return rng.uniform(self.low, self.high, (rows, factors))
