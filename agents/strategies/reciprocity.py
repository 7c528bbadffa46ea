"""Rules with memory of how generous the others were, where actions are ordered by generosity: 0 gives least."""

from dataclasses import dataclass

import numpy as np

from ...arrays import BoolArray, IntArray
from .strategy import STRATEGIES, Feedback, Play, Seats, State, Strategy


@dataclass(frozen=True, eq=False)
class Trust(State):
    """What the cohort plays next, its most and least generous actions, who is offended for ever, and who it is, (k,) each."""

    play: Play
    most: IntArray
    least: IntArray
    offended: BoolArray
    rows: IntArray


class Reciprocal(Strategy[Trust]):
    """What these rules share: they begin with the most generous action, and watch the least generous of the others."""

    def begin(self, seats: Seats) -> Trust:
        """Start by giving most."""
        k, m = seats.available.shape
        most, least = m - 1 - seats.available[:, ::-1].argmax(axis=-1), seats.available.argmax(axis=-1)
        rows = np.arange(k) if seats.rows is None else seats.rows
        return Trust(most, most, least, np.zeros(k, dtype=bool), rows)

    def _meanest(self, state: Trust, feedback: Feedback) -> IntArray:
        """Return the least generous action of the others of each player (..., k)."""
        if feedback.profile is None:
            raise ValueError(f"{self.name()} needs to see everyone's actions")
        n = feedback.profile.shape[-1]
        if n == 1:
            return np.broadcast_to(state.most, feedback.actions.shape)
        order = np.argsort(feedback.profile, axis=-1, kind="stable")
        first, second = order[..., :1], order[..., 1:2]
        whose = np.where(first == state.rows, second, first)
        return np.asarray(np.take_along_axis(feedback.profile, whose, axis=-1))


@STRATEGIES.register
class TitForTat(Reciprocal):
    """Begin with the most generous action, then give as much as the least generous of the others gave last.

    Examples
    --------
    >>> rule = TitForTat()
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> rule.policy(rule.learn(state, Feedback(np.array([1, 0]), np.zeros(2), np.array([1, 0])))).tolist()
    [0, 1]
    """

    source = "Rapoport in Axelrod (1984), The Evolution of Cooperation"

    def learn(self, state: Trust, feedback: Feedback) -> Trust:
        """Return like for like, among the actions there are."""
        play = np.clip(self._meanest(state, feedback), state.least, state.most)
        return Trust(play, state.most, state.least, state.offended, state.rows)


@STRATEGIES.register
class GrimTrigger(Reciprocal):
    """Give most until somebody else gives less than that, then least for ever.

    Examples
    --------
    >>> rule = GrimTrigger()
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> for profile in ([1, 0], [0, 1]):
    ...     state = rule.learn(state, Feedback(np.array(profile), np.zeros(2), np.array(profile)))
    >>> rule.policy(state).tolist()
    [0, 0]
    """

    source = "Friedman (1971), A non-cooperative equilibrium for supergames"

    def learn(self, state: Trust, feedback: Feedback) -> Trust:
        """Take offence."""
        offended = state.offended | (self._meanest(state, feedback) < state.most)
        return Trust(np.where(offended, state.least, state.most), state.most, state.least, offended, state.rows)


@STRATEGIES.register
class WinStay(Reciprocal):
    """Give most after a round in which all others gave as much as oneself or more, or as little as one's least; else least.

    For two players with two actions that is Pavlov: stay after reward or temptation, else shift.

    Examples
    --------
    >>> rule = WinStay()
    >>> state = rule.begin(Seats(np.ones((2, 2), dtype=bool)))
    >>> rule.policy(rule.learn(state, Feedback(np.array([0, 0]), np.zeros(2), np.array([0, 0])))).tolist()
    [1, 1]
    """

    source = "Nowak & Sigmund (1993), A strategy of win-stay, lose-shift; more players: original"

    def learn(self, state: Trust, feedback: Feedback) -> Trust:
        """Look whether everybody was as generous as oneself."""
        alike = self._meanest(state, feedback) == feedback.actions
        return Trust(np.where(alike, state.most, state.least), state.most, state.least, state.offended, state.rows)
