"""Always the same action."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .strategy import STRATEGIES, Strategy, pure_policy


@STRATEGIES.register
class Pure(Strategy):
    """Play one action for ever.

    Parameters
    ----------
    action
        Index of the action, ≥ 0.

    Raises
    ------
    ValueError
        A player does not have that action (when play begins).

    Examples
    --------
    >>> Pure(1).begun(np.ones((2, 3), dtype=bool)).policy().tolist()
    [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    """

    source = "textbook"
    full_information = False

    action: Annotated[int, Field(ge=0, le=1_000_000)] = 1

    def begin(self) -> None:
        """Check that every player has the action."""
        m = self.available.shape[1]
        if self.action >= m or not self.available[:, self.action].all():
            raise ValueError(f"Pure: action = {self.action} is not available to every player; there are actions 0..{m - 1}")

    def policy(self) -> FloatArray:
        """Return probability 1 on the action."""
        k, m = self.available.shape
        return pure_policy(np.full(k, self.action), m)
