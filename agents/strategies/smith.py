"""Dynamics of pairwise comparison of one's own actions."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .form import PAIRWISE, Form
from .mix_dynamics import MixDynamics
from .strategy import STRATEGIES, Against


@STRATEGIES.register
class Smith(MixDynamics):
    """Move shares from every action to those that pay more, at a rate of how much more.

    Parameters
    ----------
    step
        Time that passes in a round, > 0, in 1 / units of payoff; cut where it would take a share below 0.
    against
        How payoffs are measured: expected against the others' ``mixes``, or against their last ``actions``.

    Examples
    --------
    >>> from potluck.agents.strategies import Feedback, Seats
    >>> rule = Smith(step=0.5, against="actions")
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, 1.0]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = "Smith (1984), The stability of a dynamic model of traffic assignment"

    step: Annotated[float, Field(gt=0, lt=math.inf)] = 0.1
    against: Against = "mixes"

    def moved(self, mix: FloatArray, gains: FloatArray, available: BoolArray) -> FloatArray:
        """Move by all differences of payoffs."""
        both = available[..., :, None] & available[..., None, :]
        rise = np.maximum(gains[..., :, None] - gains[..., None, :], 0.0) * both
        flow = (rise * mix[..., None, :]).sum(axis=-1) - mix * rise.sum(axis=-2)
        steepest = rise.max(axis=(-1, -2))[..., None]
        return np.asarray(mix + self.step / np.maximum(1.0, self.step * steepest * gains.shape[-1]) * flow)

    def form(self, players: int) -> Form:
        """Return the rule in numbers."""
        return Form(PAIRWISE, rate=self.step, mixes=self.against == "mixes")
