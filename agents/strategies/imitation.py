"""Doing what others do who are paid more: the best paid, or one met at random; dynamics of finite populations."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray, IntArray
from .strategy import STRATEGIES, Feedback, Neighbours, Play, Seats, State, Strategy, even_policy, pure_policy


@dataclass(frozen=True, eq=False)
class Herd(State):
    """How the cohort plays next, and where it sits."""

    play: Play
    seats: Seats


class Imitator(Strategy[Herd]):
    """What rules of imitation share: they see what everybody did and earned, and leave alone what they cannot do."""

    def begin(self, seats: Seats) -> Herd:
        """Play evenly at first."""
        return Herd(seats.uniform, seats)

    def _seen(self, feedback: Feedback) -> tuple[IntArray, FloatArray]:
        if feedback.profile is None or feedback.earnings is None:
            raise ValueError(f"{self.name()} needs to see everyone's actions and payoffs")
        return feedback.profile, feedback.earnings

    def _near(self, feedback: Feedback) -> Neighbours:
        if feedback.neighbours is None:
            raise ValueError(f"{self.name()}: neighbours are known in a game on a network only")
        return feedback.neighbours


@STRATEGIES.register
class ImitateBest(Imitator):
    """Do what the best paid of everybody did, or of one's neighbours and oneself; of several the first, unless one is oneself.

    Parameters
    ----------
    among
        ``everyone``, or ``neighbours`` in a game on a network.

    Examples
    --------
    >>> rule = ImitateBest()
    >>> state = rule.begin(Seats(np.ones((3, 2), dtype=bool)))
    >>> seen = Feedback(np.array([0, 1, 1]), np.array([3.0, 5.0, 1.0]), np.array([0, 1, 1]), earnings=np.array([3.0, 5.0, 1.0]))
    >>> rule.policy(rule.learn(state, seen)).tolist()
    [1, 1, 1]
    """

    source = "Nowak & May (1992), Evolutionary games and spatial chaos; everyone: Vega-Redondo (1997)"

    among: Literal["everyone", "neighbours"] = "everyone"

    def learn(self, state: Herd, feedback: Feedback) -> Herd:
        """Find the best paid."""
        profile, earnings = self._seen(feedback)
        if self.among == "everyone":
            model = np.broadcast_to(earnings.argmax(axis=-1)[..., None], feedback.actions.shape)
        else:
            model = _best_paid(self._near(feedback), earnings, _rows(feedback))
        theirs = np.take_along_axis(profile, model, axis=-1)
        better = np.take_along_axis(earnings, model, axis=-1) > feedback.payoffs
        return Herd(np.where(better & _can(state.seats, theirs), theirs, feedback.actions), state.seats)


@STRATEGIES.register
class PairwiseComparison(Imitator):
    """Meet somebody at random and take over its action with probability 1 / (1 + exp(-intensity × how much more it earned)).

    Whoever has no neighbour meets itself.

    Parameters
    ----------
    intensity
        Strength of selection, ≥ 0, in 1 / units of payoff.
    mutation
        Probability of trying any action instead, in [0, 1].
    among
        Whom one may meet: ``everyone`` else, or one's ``neighbours`` in a game on a network.

    Examples
    --------
    >>> rule = PairwiseComparison(intensity=1e6, mutation=0)
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> pay, noise = np.array([0.0, 1.0]), np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]])
    >>> rule.policy(rule.learn(state, Feedback(np.array([0, 1]), pay, np.array([0, 1]), earnings=pay, noise=noise))).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """

    source = "Szabó & Tőke (1998); Traulsen, Nowak & Pacheco (2006), Stochastic dynamics of invasion and fixation"

    intensity: Annotated[float, Field(ge=0, lt=math.inf)] = 1.0
    mutation: Annotated[float, Field(ge=0, le=1)] = 0.01
    among: Literal["everyone", "neighbours"] = "everyone"

    def randomness(self, actions: int) -> int:
        """Return three numbers a player: whom it meets, whether it follows, whether it mutates."""
        return 3

    def learn(self, state: Herd, feedback: Feedback) -> Herd:
        """Meet somebody, compare, follow."""
        profile, earnings = self._seen(feedback)
        noise, n, rows = np.asarray(feedback.noise), profile.shape[-1], _rows(feedback)
        if self.among == "everyone":
            met = (rows + 1 + _drawn(noise[..., 0], np.array(n - 1))) % n
        else:
            near = self._near(feedback)
            place = np.minimum(near.starts[:-1] + _drawn(noise[..., 0], near.degrees), max(len(near.others) - 1, 0))
            met = np.where(near.degrees > 0, near.others[place], rows) if len(near.others) else np.broadcast_to(rows, place.shape)
        gap = np.clip(self.intensity * (np.take_along_axis(earnings, met, axis=-1) - feedback.payoffs), -700, 700)
        follows = noise[..., 1] < 1 / (1 + np.exp(-gap))
        theirs = np.take_along_axis(profile, met, axis=-1)
        action = np.where(follows & _can(state.seats, theirs), theirs, feedback.actions)
        mutates = (noise[..., 2] < self.mutation)[..., None]
        open_ = state.seats.available
        return Herd(np.where(mutates, even_policy(open_), pure_policy(action, open_.shape[-1])), state.seats)


@STRATEGIES.register
class Moran(Imitator):
    """Take over the action of somebody drawn in proportion to fitness, the exponential of its payoff: birth and death.

    Played with `OneAtRandom`, so that one player is replaced in a round.

    Parameters
    ----------
    intensity
        Strength of selection, ≥ 0: fitness is exp(intensity × payoff).
    mutation
        Probability of any action instead, in [0, 1].

    Examples
    --------
    >>> rule = Moran(intensity=0, mutation=0)
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> pay = np.array([0.0, 1.0])
    >>> rule.policy(rule.learn(state, Feedback(np.array([0, 1]), pay, np.array([0, 1]), earnings=pay))).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """

    source = (
        "Moran (1958); frequency-dependent: Nowak, Sasaki, Taylor & Fudenberg (2004); exponential fitness: Traulsen et al. (2008)"
    )

    intensity: Annotated[float, Field(ge=0, lt=math.inf)] = 1.0
    mutation: Annotated[float, Field(ge=0, le=1)] = 0.0

    def learn(self, state: Herd, feedback: Feedback) -> Herd:
        """Weigh everybody's action by fitness."""
        profile, earnings = self._seen(feedback)
        fitness = np.exp(self.intensity * (earnings - earnings.max(axis=-1, keepdims=True)))
        open_ = state.seats.available
        shares = (pure_policy(profile, open_.shape[-1]) * fitness[..., None]).sum(axis=-2)[..., None, :] * open_
        total = shares.sum(axis=-1, keepdims=True)
        some = total > 0
        copied = np.where(some, shares / np.where(some, total, 1.0), pure_policy(feedback.actions, open_.shape[-1]))
        return Herd((1 - self.mutation) * copied + self.mutation * even_policy(open_), state.seats)


def _rows(feedback: Feedback) -> IntArray:
    n = np.asarray(feedback.profile).shape[-1]
    return np.arange(n) if feedback.actions.shape[-1] == n else np.asarray(feedback.rows)


def _drawn(numbers: FloatArray, counts: IntArray) -> IntArray:
    """Return which of so many, evenly, numbers in [0, 1) draw; 0 of none."""
    return np.asarray(np.clip(np.floor(numbers * counts), 0, np.maximum(counts - 1, 0)).astype(np.int64))


def _best_paid(near: Neighbours, earnings: FloatArray, rows: IntArray) -> IntArray:
    """Return the first of the best paid neighbours (..., k), or oneself where there is none."""
    some = np.flatnonzero(near.degrees > 0)
    model = np.broadcast_to(rows, (*earnings.shape[:-1], len(rows))).copy()
    if len(some):
        starts, paid = near.starts[some], earnings[..., near.others]
        best = np.repeat(np.maximum.reduceat(paid, starts, axis=-1), near.degrees[some], axis=-1)
        places = np.where(paid == best, np.arange(len(near.others)), len(near.others))
        model[..., some] = near.others[np.minimum.reduceat(places, starts, axis=-1)]
    return model


def _can(seats: Seats, actions: IntArray) -> BoolArray:
    """Return who has an action (..., k)."""
    return np.asarray(seats.available[np.arange(len(seats.available)), actions])
