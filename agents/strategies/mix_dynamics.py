"""What dynamics of one's own mix have in common: where they start, and what payoffs they move by."""

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import BoolArray, FloatArray
from .strategy import Against, Feedback, Mixes, Seats, Strategy, payoffs_against


class MixDynamics(Strategy[Mixes]):
    """A rule that moves its mix by the payoffs of all available actions. Write `moved`, and declare `step` and `against`."""

    if TYPE_CHECKING:  # parameters of each rule, in an order of its own
        step: float
        against: Against

    def begin(self, seats: Seats) -> Mixes:
        """Start from even odds."""
        return Mixes(seats.uniform, seats)

    def learn(self, state: Mixes, feedback: Feedback) -> Mixes:
        """Move the mix."""
        available = state.seats.available
        gains = np.where(available, payoffs_against(feedback, self.against, self.name()), 0.0)
        return Mixes(self.moved(state.play, gains, available), state.seats)

    @abstractmethod
    def moved(self, mix: FloatArray, gains: FloatArray, available: BoolArray) -> FloatArray:
        """Return the next mix from this one and the payoffs of its actions, 0 where not available, (..., k, m) each."""
