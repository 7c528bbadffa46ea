"""Always the same action."""

from typing import Annotated

import numpy as np
from pydantic import Field

from .form import FIXED, Form
from .strategy import STRATEGIES, Intention, Seats, Strategy


@STRATEGIES.register
class Pure(Strategy[Intention]):
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
    >>> Pure(1).begin(Seats(np.ones((2, 3), dtype=bool))).play.tolist()
    [1, 1]
    """

    source = "textbook"
    full_information = False

    action: Annotated[int, Field(ge=0, le=1_000_000)] = 1

    def begin(self, seats: Seats) -> Intention:
        """Check that every player has the action."""
        k, m = seats.available.shape
        if self.action >= m or not seats.available[:, self.action].all():
            raise ValueError(f"Pure: action = {self.action} is not available to every player; there are actions 0..{m - 1}")
        return Intention(np.full(k, self.action))

    def form(self, players: int) -> Form:
        """Return the rule in numbers: it never changes."""
        return Form(FIXED, rate=self.action)
