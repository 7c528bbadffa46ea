"""Gradient ascent on one's own mix."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .form import PROJECTED, Form
from .mix_dynamics import MixDynamics
from .strategy import STRATEGIES, Against


@STRATEGIES.register
class ProjectedGradient(MixDynamics):
    """Move the mix in the direction of the payoffs, then to the nearest distribution.

    Parameters
    ----------
    step
        Length of a step, > 0, in 1 / units of payoff.
    against
        How payoffs are measured: expected against the others' ``mixes``, or against their last ``actions``.

    Examples
    --------
    >>> from potluck.agents.strategies import Feedback, Seats
    >>> rule = ProjectedGradient(step=0.5, against="actions")
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, 1.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = "Zinkevich (2003), Online convex programming and generalized infinitesimal gradient ascent"

    step: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1
    against: Against = "mixes"

    def moved(self, mix: FloatArray, gains: FloatArray, available: BoolArray) -> FloatArray:
        """Take a step."""
        return nearest(mix + self.step * gains, available)

    def form(self, players: int) -> Form:
        """Return the rule in numbers."""
        return Form(PROJECTED, rate=self.step, mixes=self.against == "mixes")


def nearest(points: FloatArray, available: BoolArray) -> FloatArray:
    """Return the distributions nearest to points (..., k, m) among those on available actions.

    Examples
    --------
    >>> nearest(np.array([[1.0, 0.5, 9.0]]), np.array([[True, True, False]])).tolist()
    [[0.75, 0.25, 0.0]]
    """
    inside = np.where(available, points, -np.inf)
    falling = -np.sort(-inside, axis=-1)
    sums = np.cumsum(np.where(np.isfinite(falling), falling, 0.0), axis=-1)
    levels = (sums - 1) / np.arange(1, points.shape[-1] + 1)
    last = (falling > levels).sum(axis=-1, keepdims=True) - 1
    return np.asarray(np.maximum(inside - np.take_along_axis(levels, last, axis=-1), 0.0))
