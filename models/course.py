"""One round, as arrays: cohorts that learn, intend and act, in one game or in many replicas of it at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..agents.strategies import STRATEGIES, Feedback, Neighbours, Play, Seats, State, Strategy, as_policy, is_pure
from ..arrays import BoolArray, FloatArray, IntArray, of_actions, row_max
from .games.strategic import StrategicGame
from .holds import Hold, held
from .revision import Revision

MANY = 4096
"""From so many random numbers on it is quicker to step over them than to draw them."""

PART = 1 << 15
"""So many players at once are taken of a crowd, in arrays that fit into a processor's cache."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Players with equal rules, and where they sit."""

    strategy: Strategy
    seats: Seats


@dataclass(frozen=True, eq=False)
class Position:
    """Where a course stands after a round; the parts are values, and nothing in them is ever written to.

    Parameters
    ----------
    states
        What every cohort has learned.
    plays
        How every cohort intends to play; in the opening round a given profile.
    actions, counts, more
        The actions played, and sums so far: how often each action was played, what each would have earned more than was earned.
    """

    states: tuple[State, ...]
    plays: tuple[Play, ...]
    actions: IntArray
    counts: FloatArray | IntArray
    more: FloatArray


@dataclass(frozen=True, eq=False)
class Trace:
    """What was noted of rounds: NashConv and sums of payoffs (..., rounds), and, if asked for, of players (..., rounds, n)."""

    exploitability: FloatArray
    welfare: FloatArray
    payoffs: FloatArray | None = None
    actions: IntArray | None = None
    regrets: FloatArray | None = None


class Uniforms:
    """Random numbers in [0, 1), from one generator or one a replica.

    Parameters
    ----------
    rngs
        The generators; one alone gives arrays without an axis of replicas.
    """

    def __init__(self, *rngs: np.random.Generator, replicas: bool = False) -> None:
        self.rngs, self._axis = rngs, replicas
        self._room: FloatArray = np.zeros(0)

    def take(self, count: int, wanted: bool = True) -> FloatArray | None:
        """Return numbers (..., count), or step over them where they are not wanted; the streams go on alike."""
        if count == 0:
            return None
        if not wanted and count >= MANY and all(isinstance(rng.bit_generator, np.random.PCG64) for rng in self.rngs):
            for rng in self.rngs:
                _skip(rng, count)
            return None
        drawn = self.block(1, count)[:, 0]
        return drawn if self._axis else drawn[0]

    def fill(self, replica: int, room: FloatArray) -> FloatArray:
        """Write the next numbers of one replica into an array, and return it."""
        self.rngs[replica].random(out=room)
        return room

    def block(self, rounds: int, width: int) -> FloatArray:
        """Return the numbers of several rounds, (replicas, rounds, width), in room that the next call takes again."""
        shape = (len(self.rngs), rounds, width)
        if self._room.shape != shape:
            self._room = np.empty(shape)
        for rng, mine in zip(self.rngs, self._room, strict=True):
            rng.random(out=mine)
        return self._room


def _skip(rng: np.random.Generator, count: int) -> None:
    bits = rng.bit_generator
    before = bits.state
    bits.advance(count)  # type: ignore[attr-defined]
    bits.state = {**bits.state, "has_uint32": before["has_uint32"], "uinteger": before["uinteger"]}


class Course:
    """The arrays of a repeated game and what a round does to them; with ``replicas`` they have a first axis more.

    Parameters
    ----------
    game
        What is played.
    cohorts
        Who plays by which rule.
    replicas
        ``()`` for a single game, ``(r,)`` for r of them.
    """

    def __init__(self, game: StrategicGame, cohorts: list[Cohort], replicas: tuple[int, ...] = ()) -> None:
        self.game, self._replicas, self.cohorts = game, replicas, cohorts
        self._states = [cohort.strategy.begin(cohort.seats) for cohort in self.cohorts]
        self._counts: FloatArray = np.zeros((*replicas, game.n, game.m))
        self._more: FloatArray = np.zeros((*replicas, game.n, game.m))
        self._plays: list[Play] = self._intended()
        self._policy: FloatArray | None = None
        self._against: FloatArray | None = None
        self.actions: IntArray = np.zeros((*replicas, game.n), dtype=np.int64)

    longest = 1
    """How many rounds may be asked for at once."""

    def strategy_of(self, row: int) -> Strategy:
        """Return a player's learning rule."""
        return next(each.strategy for each in self.cohorts if each.seats.rows is None or row in each.seats.rows)

    @property
    def pure(self) -> bool:
        """Whether nobody intends to mix."""
        return all(is_pure(play) for play in self._plays)

    @property
    def policy(self) -> FloatArray:
        """The probabilities that every player's strategy intends, shape (n, m)."""
        if self._policy is None:
            shape = (*self._replicas, self.game.n, self.game.m)
            self._policy = np.empty(shape)
            for cohort, play in zip(self.cohorts, self._plays, strict=True):
                mine = as_policy(play, self.game.m)
                if cohort.seats.rows is None:
                    self._policy = np.ascontiguousarray(np.broadcast_to(mine, shape))
                else:
                    self._policy[..., cohort.seats.rows, :] = mine
        return self._policy

    def _intended(self) -> list[Play]:
        return [cohort.strategy.policy(state) for cohort, state in zip(self.cohorts, self._states, strict=True)]

    def expected(self, policy: FloatArray) -> FloatArray:
        """Return expected payoffs against mixed play; those against the present policies are worked out once for all cohorts."""
        mixed = self.game.many_mixed_deviations if self._replicas else unchecked(self.game, "mixed_deviations")
        if policy is not self._policy:
            return mixed(policy)
        if self._against is None:
            self._against = mixed(policy)
        return self._against

    def start(self, actions: IntArray) -> None:
        """Take a given profile as the opening: it is what everybody intended."""
        self._plays, self._policy = [of_players(cohort.seats, actions) for cohort in self.cohorts], None
        self.actions = np.ascontiguousarray(np.broadcast_to(actions, self.actions.shape))

    def draw(self, uniforms: FloatArray | None, revise: BoolArray | None = None) -> None:
        """Draw an action for everyone who revises (all of them: None), from a uniform number each (not needed if all is pure)."""
        drawn = np.empty(self.actions.shape, dtype=np.int64)
        for cohort, play in zip(self.cohorts, self._plays, strict=True):
            rows = ... if cohort.seats.rows is None else (..., cohort.seats.rows)
            if is_pure(play):
                drawn[rows] = play
            else:
                assert uniforms is not None
                ladder = np.cumsum(play, axis=-1)
                height = uniforms[rows] * ladder[..., -1]
                drawn[rows] = (height[..., None] >= ladder[..., :-1]).sum(axis=-1)
        self.actions = drawn if revise is None else np.where(revise, drawn, self.actions)

    def play(self) -> None:
        """Find what everybody earned by the present actions."""
        game = self.game
        self.deviations = game.many_deviations(self.actions) if self._replicas else unchecked(game, "deviations")(self.actions)
        self.payoffs = of_actions(self.deviations, self.actions)

    def count(self) -> None:
        """Add the round that was played to the totals."""
        flat = self._counts.reshape(-1, self.game.m)
        flat[np.arange(len(flat)), self.actions.reshape(-1)] += 1
        self._more += self.deviations - self.payoffs[..., None]

    def open(self, initial: IntArray | None, numbers: Uniforms) -> Trace:
        """Play the opening round: a given profile, or one drawn from the first policies."""
        if initial is None:
            self.draw(numbers.take(self.game.n, not self.pure))
        else:
            self.start(initial)
        return self._played(0)

    def learn(self, numbers: Uniforms) -> None:
        """Let every cohort learn from the last round."""
        for index, cohort in enumerate(self.cohorts):
            k, width = len(cohort.seats.available), cohort.strategy.randomness(self.game.m)
            noise = numbers.take(k * width)
            if noise is not None:
                noise = noise.reshape(*self._replicas, k, width).copy()
            self._states[index] = cohort.strategy.learn(self._states[index], self._feedback(cohort, noise))

    def act(self, number: int, revision: Revision, numbers: Uniforms, holds: Sequence[Hold] = ()) -> Trace:
        """Let those who revise draw an action from what they now intend, and play the round of that number."""
        drawn = numbers.take(revision.randomness(self.game.n))
        revise = revision.revisers(number, self.game.n, np.zeros(0) if drawn is None else drawn)
        self._plays, self._policy, self._against = self._intended(), None, None
        self.draw(numbers.take(self.game.n, not self.pure), revise)
        self.actions = held(self.actions, holds, number)
        return self._played(number)

    def advance(
        self,
        number: int,
        rounds: int,
        revision: Revision,
        numbers: Uniforms,
        players: bool = True,
        holds: Sequence[Hold] = (),
    ) -> Trace:
        """Play so many rounds, at most `longest`, after the first ``number``; what players did is noted if that is asked for.

        With holds one round is played at a time.
        """
        self.learn(numbers)
        return self.act(number + 1, revision, numbers, holds)

    def _played(self, number: int) -> Trace:
        self.play()
        self.count()
        axis = len(self._replicas)
        each = (self.exploitability, total(self.payoffs), self.payoffs, self.actions, self.regrets(number + 1))
        return Trace(*(np.expand_dims(values, axis) for values in each))

    def _feedback(self, cohort: Cohort, noise: FloatArray | None) -> Feedback:
        seats = cohort.seats
        actions, payoffs = of_players(seats, self.actions), of_players(seats, self.payoffs)
        if not cohort.strategy.full_information:
            return Feedback(actions, payoffs, noise=noise)
        return Feedback(
            actions,
            payoffs,
            self.actions,
            seats.of(self.deviations),
            lambda policy: seats.of(self.expected(policy)),
            lambda: self.policy,
            self.payoffs,
            noise,
            np.arange(self.game.n) if seats.rows is None else seats.rows,
            self._neighbours(seats),
        )

    def _neighbours(self, seats: Seats) -> Neighbours | None:
        near = self.game.neighbours
        return near if near is None or seats.rows is None else near.of(seats.rows)

    def under(self, game: StrategicGame) -> None:
        """Go on with another game of the same players and actions."""
        self.game, self._against = game, None

    @property
    def exploitability(self) -> FloatArray:
        """NashConv of the present actions."""
        return np.asarray((row_max(self.deviations) - self.payoffs).sum(axis=-1))

    def regrets(self, rounds: int) -> FloatArray:
        """Return average external regrets over so many rounds, shape (n,)."""
        return np.asarray(row_max(self._more) / rounds)

    def average_policy(self, rounds: int) -> FloatArray:
        """Return how often each player has played each action over so many rounds, shape (n, m)."""
        return self._counts / rounds

    @property
    def position(self) -> Position:
        """Where the course stands, as a value."""
        states, plays = tuple(self._states), tuple(self._plays)
        return Position(states, plays, self.actions.copy(), self._counts.copy(), self._more.copy())

    def put_back(self, position: Position, game: StrategicGame) -> None:
        """Stand where a course once stood, in the game as it was then."""
        self.game, self._policy, self._against = game, None, None
        self._states, self._plays = list(position.states), list(position.plays)
        self.actions = position.actions.copy()
        self._counts = position.counts.astype(np.float64)
        self._more = position.more.copy()
        self.play()


def total(payoffs: FloatArray) -> FloatArray:
    """Return the sum over players, (..., n) -> (...), part by part where they are many, as a crowd's payoffs are found."""
    parts = [payoffs[..., first : first + PART].sum(axis=-1) for first in range(0, payoffs.shape[-1], PART)]
    return np.asarray(sum(parts[1:], start=parts[0]))


def of_players(seats: Seats, values: Any) -> Any:
    """Return a cohort's entries of an array with an entry a player, (..., n) -> (..., k)."""
    return values if seats.rows is None else np.take(values, seats.rows, axis=-1)


def assigned(game: StrategicGame, strategies: Strategy | str | Sequence[Strategy | str]) -> list[Cohort]:
    """Return the cohorts: players whose rules are equal, in the order in which their first ones sit.

    Raises
    ------
    ValueError
        There are not as many strategies as players, or a name is unknown.
    TypeError
        Something is no strategy.
    """
    if isinstance(strategies, Strategy | str):
        return [Cohort(STRATEGIES.build(strategies), Seats(game.available))]
    chosen = list(strategies)
    if len(chosen) != game.n:
        raise ValueError(f"{game.n} players need one strategy for all or {game.n} strategies, not {len(chosen)}")
    cohorts: dict[Strategy, list[int]] = {}
    for row, each in enumerate(chosen):
        if not isinstance(each, Strategy | str):
            raise TypeError(f"player {row} needs a Strategy, not {each!r}")
        cohorts.setdefault(STRATEGIES.build(each), []).append(row)
    return [Cohort(rule, Seats(game.available, np.array(rows))) for rule, rows in cohorts.items()]


def unchecked(game: StrategicGame, name: str) -> Callable[[Any], FloatArray]:
    """Return a game's method without the check of its argument: what a course asks about are plays of its own making."""
    method = getattr(type(game), name)
    asked: Callable[[Any], FloatArray] = getattr(method, "__wrapped__", method).__get__(game)
    return asked
