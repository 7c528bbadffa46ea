"""A fixed mixed strategy."""

from typing import Annotated

import numpy as np
from pydantic import Field

from .form import FIXED, Form
from .strategy import STRATEGIES, Intention, Seats, Strategy


@STRATEGIES.register
class MixedStrategy(Strategy[Intention]):
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
    >>> MixedStrategy([0.25, 0.75]).begin(Seats(np.ones((1, 2), dtype=bool))).play.tolist()
    [[0.25, 0.75]]
    """

    source = "textbook"
    full_information = False

    probabilities: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()

    def model_post_init(self, context: object, /) -> None:
        """Check that the probabilities sum to 1."""
        if self.probabilities and abs(np.sum(self.probabilities) - 1) > 1e-9:
            raise ValueError(f"probabilities = {self.probabilities} sum to {np.sum(self.probabilities):.6g}, not 1")

    def begin(self, seats: Seats) -> Intention:
        """Check that the probabilities fit the players' actions."""
        k, m = seats.available.shape
        if not self.probabilities:
            return Intention(seats.uniform)
        if len(self.probabilities) != m:
            raise ValueError(f"MixedStrategy: {len(self.probabilities)} probabilities for {m} actions")
        lost = np.flatnonzero((np.array(self.probabilities) > 0) & ~seats.available.all(axis=0))
        if len(lost):
            raise ValueError(
                f"MixedStrategy: action {lost[0]} has probability {self.probabilities[lost[0]]} but is not available"
            )
        return Intention(np.tile(np.array(self.probabilities), (k, 1)))

    def form(self, players: int) -> Form:
        """Return the rule in numbers: it never changes."""
        return Form(FIXED, rate=-1)
