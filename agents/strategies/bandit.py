"""What rules for players who see only their own payoff have in common: its range, and what they know."""

import math
from dataclasses import dataclass, replace

import numpy as np

from ...arrays import FloatArray, of_actions
from .strategy import Feedback, Seats, State

Range = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Estimates(State):
    """What is estimated of every action so far (k, m), the round, and the extremes of payoffs so far (k,)."""

    seats: Seats
    sums: FloatArray
    round: int
    lowest: FloatArray
    highest: FloatArray

    @classmethod
    def begun(cls, seats: Seats, payoff_range: Range) -> "Estimates":
        """Return the state before anything was seen."""
        lowest, highest = payoff_range or (math.inf, -math.inf)
        k = len(seats.available)
        return cls(seats, np.zeros(seats.available.shape), 1, np.full(k, lowest), np.full(k, highest))

    def seen(self, payoffs: FloatArray, payoff_range: Range, rule: str) -> "Estimates":
        """Return the state with the extremes of payoffs so far.

        Raises
        ------
        ValueError
            A payoff is outside the range that is given.
        """
        if payoff_range is None:
            return replace(self, lowest=np.minimum(self.lowest, payoffs), highest=np.maximum(self.highest, payoffs))
        outside = (payoffs < self.lowest) | (payoffs > self.highest)
        if outside.any():
            raise ValueError(f"{rule}: a payoff of {payoffs[outside][0]:.6g} is outside payoff_range = {payoff_range}")
        return self

    def loss(self, payoffs: FloatArray) -> FloatArray:
        """Return by how much of their range payoffs are below the highest, in [0, 1]; 0 where all were the same."""
        width = self.highest - self.lowest
        return np.where(width > 0, (self.highest - payoffs) / np.where(width > 0, width, 1.0), 0.0)

    def added(self, feedback: Feedback, amounts: FloatArray) -> "Estimates":
        """Return the state after amounts (k,) were added to the actions that were played."""
        sums = np.broadcast_to(self.sums, (*feedback.actions.shape, self.sums.shape[-1])).copy()
        flat = sums.reshape(-1, sums.shape[-1])
        flat[np.arange(len(flat)), feedback.actions.reshape(-1)] += amounts.reshape(-1)
        return replace(self, sums=sums, round=self.round + 1)


def chance_of(policy: FloatArray, feedback: Feedback) -> FloatArray:
    """Return with what probability each player did what it did."""
    return of_actions(np.broadcast_to(policy, (*feedback.actions.shape, policy.shape[-1])), feedback.actions)


def check_range(payoff_range: Range) -> None:
    """Check a range of payoffs."""
    if payoff_range is not None and not -math.inf < payoff_range[0] < payoff_range[1] < math.inf:
        raise ValueError(f"payoff_range = {payoff_range} must be the lowest and the highest payoff, finite and in this order")
