"""A fixed mixed strategy."""

from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from .strategy import STRATEGIES, Strategy


@STRATEGIES.register
class MixedStrategy(Strategy):
    """Draw every round's action from the same probabilities.

    Parameters
    ----------
    probabilities
        Probability of each action, in order, each ≥ 0, summing to 1; empty (the default) mixes all available actions evenly.

    Raises
    ------
    ValueError
        The numbers are no distribution, or (when play begins) there are not as many as actions, or one falls on an action
        that a player does not have.

    Examples
    --------
    >>> MixedStrategy([0.25, 0.75]).begun(np.ones((1, 2), dtype=bool)).policy().tolist()
    [[0.25, 0.75]]
    """

    source = "textbook"
    full_information = False

    probabilities: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()

    def model_post_init(self, context: object, /) -> None:
        """Check that the probabilities sum to 1."""
        if self.probabilities and abs(np.sum(self.probabilities) - 1) > 1e-9:
            raise ValueError(f"probabilities = {self.probabilities} sum to {np.sum(self.probabilities):.6g}, not 1")

    def begin(self) -> None:
        """Check that the probabilities fit the players' actions."""
        m = self.available.shape[1]
        if not self.probabilities:
            return
        if len(self.probabilities) != m:
            raise ValueError(f"MixedStrategy: {len(self.probabilities)} probabilities for {m} actions")
        lost = np.flatnonzero((np.array(self.probabilities) > 0) & ~self.available.all(axis=0))
        if len(lost):
            raise ValueError(
                f"MixedStrategy: action {lost[0]} has probability {self.probabilities[lost[0]]} but is not available"
            )

    def policy(self) -> FloatArray:
        """Return the fixed probabilities."""
        if not self.probabilities:
            return self.uniform
        return np.tile(np.array(self.probabilities), (len(self.available), 1))
