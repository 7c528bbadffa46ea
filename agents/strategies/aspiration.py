"""Win-stay, lose-shift by one's own payoff."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from .strategy import STRATEGIES, Feedback, Play, Seats, State, Strategy, even_policy, pure_policy


@dataclass(frozen=True, eq=False)
class Aspirations(State):
    """How the cohort plays next, and the payoff that each hopes for (k,); infinite before the first round."""

    seats: Seats
    play: Play
    level: FloatArray


@STRATEGIES.register
class Aspiration(Strategy[Aspirations]):
    """Stay with an action that earned what was hoped for; else try any other one. Hopes follow what is earned.

    Parameters
    ----------
    level
        The payoff hoped for; none: the first one earned.
    adaptation
        How far the hope moves towards every payoff, in [0, 1]; 0 keeps it.

    Examples
    --------
    >>> rule = Aspiration(level=1)
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> rule.policy(rule.learn(state, Feedback(np.array([0, 0]), np.array([2.0, 0.0])))).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    source = "Karandikar, Mookherjee, Ray & Vega-Redondo (1998); win-stay, lose-shift: Nowak & Sigmund (1993)"
    full_information = False

    level: Annotated[float, Field(gt=-math.inf, lt=math.inf)] | None = None
    adaptation: Annotated[float, Field(ge=0, le=1)] = 0.0

    def begin(self, seats: Seats) -> Aspirations:
        """Play evenly at first."""
        level = math.inf if self.level is None else self.level
        return Aspirations(seats, seats.uniform, np.full(len(seats.available), level))

    def learn(self, state: Aspirations, feedback: Feedback) -> Aspirations:
        """Stay or shift, and let hopes follow."""
        level = np.where(np.isinf(state.level), feedback.payoffs, state.level)
        play = stay_or_shift(feedback.payoffs >= level, feedback.actions, state.seats)
        return Aspirations(state.seats, play, level + self.adaptation * (feedback.payoffs - level))


def stay_or_shift(stay: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], actions: IntArray, seats: Seats) -> FloatArray:
    """Return the policy that keeps an action where it may, and plays any other one evenly where it may not."""
    now = pure_policy(actions, seats.available.shape[-1])
    others = seats.available & (now == 0)
    alone = ~others.any(axis=-1, keepdims=True)
    return np.asarray(np.where(stay[..., None] | alone, now, even_policy(np.where(alone, True, others))))
