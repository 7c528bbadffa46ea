"""Dynamics of excess payoffs."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .form import EXCESS, Form
from .mix_dynamics import MixDynamics
from .strategy import STRATEGIES, Against


@STRATEGIES.register
class BrownVonNeumannNash(MixDynamics):
    """Move shares towards actions that pay more than the mix does on average, in proportion to their excess.

    Parameters
    ----------
    step
        Time that passes in a round, > 0, in 1 / units of payoff; 1 is the map of Nash's proof.
    against
        How payoffs are measured: expected against the others' ``mixes``, or against their last ``actions``.

    Examples
    --------
    >>> from potluck.agents.strategies import Feedback, Seats
    >>> rule = BrownVonNeumannNash(step=1, against="actions")
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, 1.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.333, 0.667]]
    """

    source = "Brown & von Neumann (1950); in steps the map of Nash (1951)"

    step: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    against: Against = "mixes"

    def moved(self, mix: FloatArray, gains: FloatArray, available: BoolArray) -> FloatArray:
        """Move by the excess payoffs."""
        excess = np.where(available, np.maximum(gains - (mix * gains).sum(axis=-1, keepdims=True), 0.0), 0.0)
        return np.asarray((mix + self.step * excess) / (1 + self.step * excess.sum(axis=-1, keepdims=True)))

    def form(self, players: int) -> Form:
        """Return the rule in numbers."""
        return Form(EXCESS, rate=self.step, mixes=self.against == "mixes")
