"""A course whose rounds are compiled: rules in the form of numbers, in a game in the form of arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from ..agents.strategies import State, Strategy, is_pure
from ..agents.strategies.form import BEST, EVEN, EVEN_BEST, FIXED, MIXED, Form
from ..arrays import BoolArray, FloatArray, IntArray, row_max
from .course import MANY, PART, Cohort, Course, Position, Trace, Uniforms, assigned, total, unchecked
from .games.payoff_arrays import COUNTS, PayoffArrays
from .games.strategic import StrategicGame
from .holds import Hold, held
from .revision import BY_CHANCE, EVERYBODY, IN_TURN, ONE, Revision, Simultaneous

BLOCK = 1 << 18
"""How many numbers a call draws and notes, about."""

MOST_ACTIONS, FEW_ACTIONS = 2**15, 2**7
SUMS = 1024
"""So many sums are taken side by side: alike everywhere, and quickly."""

_PAYOFFS, _RULE = ("deviations", "payoffs", "mixed_deviations"), ("begin", "policy", "learn")


@dataclass(frozen=True, eq=False)
class Scores(State):
    """What players with rules in numbers know: scores and mixes (n, m), no rows where no rule has any, and sure actions (n,).

    A sure action of -1 stands for the mix, -2 for even odds over the available actions.
    """

    scores: FloatArray
    mixes: FloatArray
    sure: IntArray


class CompiledCourse(Course):
    """A course that plays many rounds at once, to the same bytes in one call as in many.

    Parameters
    ----------
    game, cohorts, replicas
        As in `Course`.
    arrays
        The game's payoffs.
    forms
        Every cohort's rule in numbers.
    """

    def __init__(
        self, game: StrategicGame, cohorts: list[Cohort], arrays: PayoffArrays, forms: list[Form], replicas: tuple[int, ...] = ()
    ) -> None:
        self.game, self._replicas, self.cohorts, self._arrays = game, replicas, cohorts, arrays
        self._forms = np.array(forms, dtype=np.float64)
        self._whose = np.zeros(game.n if len(forms) > 1 else 1, dtype=np.int16)
        self._crowd = arrays.kind == COUNTS and game.n >= MANY
        lead, n, m = replicas or (1,), game.n, game.m
        scored = any(form.keep and form.choice != FIXED for form in forms)
        mixing = any(form.choice not in {BEST, FIXED} for form in forms)
        small = np.int8 if m <= FEW_ACTIONS else np.int16
        self._sure = np.full((*lead, n), EVEN, dtype=small)
        self._mixes = np.zeros((*lead, n if mixing or self._begin(forms) else 0, m))
        self._begin(forms)
        self._scores = np.zeros((*lead, n if scored else 0, m))
        self._acts = np.zeros((*lead, n), dtype=small)
        self._paid = np.zeros((*lead, 1, 0 if self._crowd else n))
        self._more, self._tally = np.zeros((*lead, n, m)), np.zeros((*lead, n, m - 1), dtype=np.uint32)
        self._gaps = np.zeros((*lead, 1))
        looking = n if any(form.mixes for form in forms) else 0
        self._rooms, self._sums = np.zeros((3, m)), np.zeros(min(n, SUMS))
        self._revise, self._scales = np.zeros(min(n, PART) if self._crowd else n, dtype=np.bool_), np.zeros(m, dtype=np.int64)
        self._intents, self._digits = np.zeros((looking, m)), np.zeros(looking, dtype=np.int64)
        self._counted = 0
        self._forget()

    def _begin(self, forms: list[Form]) -> bool:
        """Take every cohort's first intention; return whether some are mixes, which are written down where there is room."""
        mixed, room = False, hasattr(self, "_mixes")
        for place, (cohort, form) in enumerate(zip(self.cohorts, forms, strict=True)):
            rows = slice(None) if cohort.seats.rows is None else cohort.seats.rows
            if len(forms) > 1:
                self._whose[rows] = place
            play = cohort.strategy.policy(cohort.strategy.begin(cohort.seats))
            if is_pure(play):
                self._sure[:, rows] = play
            elif form.choice in {BEST, EVEN_BEST} and np.array_equal(play, cohort.seats.uniform):
                self._sure[:, rows] = EVEN
            else:
                mixed = True
                self._sure[:, rows] = MIXED
                if room:
                    self._mixes[:, rows] = play
        return mixed

    def _forget(self) -> None:
        self._whole: IntArray | None = None
        self._deviating: FloatArray | None = None
        self._policy: FloatArray | None = None
        self._against: FloatArray | None = None

    @property
    def _rounds(self) -> ModuleType:
        from . import compiled_round  # numba takes half a second to import, which a market of few parties need not wait for

        return compiled_round

    @property
    def pure(self) -> bool:
        """Whether nobody mixes, now or later."""
        return bool((self._sure >= 0).all()) and all(
            form[0] == BEST or (form[0] == FIXED and form[5] >= 0) for form in self._forms
        )

    @property
    def longest(self) -> int:  # type: ignore[override]
        """How many rounds may be asked for at once."""
        return 1 if self.game.n >= MANY else max(1, BLOCK // (2 * self._sure.size))

    def start(self, actions: IntArray) -> None:
        """Take a given profile as the opening: it is what everybody intended."""
        self._sure[:] = self._acts[:] = actions
        self._forget()

    def open(self, initial: IntArray | None, numbers: Uniforms) -> Trace:
        """Play the opening round: a given profile, or one drawn from the first policies."""
        lead, n = self._acts.shape
        if initial is None:
            sure = bool((self._sure >= 0).all())
            drawn = numbers.take(n, not sure)
            uniforms = np.zeros((lead, 1, 0)) if drawn is None else drawn.reshape(lead, 1, n)
            self._rounds.act(self._arrays, self._mixes, self._sure, np.ones(n, dtype=np.bool_), uniforms, self._acts, self._rooms)
        else:
            self.start(initial)
        self._counted = 1
        trace = self._earned(self._more, self._tally, True)
        self._forget()
        return trace

    def _earned(self, more: FloatArray, tally: IntArray, players: bool) -> Trace:
        """Count the round whose actions stand, in totals that are given; of a crowd part by part."""
        lead, n = self._acts.shape
        if not self._crowd:
            regrets = np.zeros((lead, 1, n if players else 0))
            self._rounds.earn(
                *(self._arrays, -1, self._acts, self._paid, more, tally, self._gaps, regrets),
                *(self._counted, self._rooms, self._sums),
            )
            return self._trace(self._gaps, self._paid, self._acts[:, None] if players else None, regrets if players else None)
        payoffs, regrets = np.empty((lead, 1, n if players else 0)), np.empty((lead, 1, n if players else 0))
        room, gaps, welfare = np.empty((1, 1, min(n, PART))), np.zeros((lead, 1)), np.zeros((lead, 1))
        gap = np.zeros((1, 1))
        for r in range(lead):
            ones = int(np.count_nonzero(self._acts[r]))
            for part in _parts(n):
                one = slice(r, r + 1)
                paid = payoffs[one, :, part] if players else room[:, :, : part.stop - part.start]
                self._rounds.earn(
                    *(self._part(part), ones, self._acts[one, part], paid, more[one, part], tally[one, part], gap),
                    *(regrets[one, :, part], self._counted, self._rooms, self._sums),
                )
                gaps[r] += gap[0]
                welfare[r] += paid.sum()
        self._gaps = gaps
        acts = self._acts[:, None] if players else None
        return self._trace(gaps, payoffs if players else None, acts, regrets if players else None, welfare)

    def _part(self, part: slice) -> PayoffArrays:
        return self._arrays._replace(weights=self._arrays.weights[part])

    def advance(
        self,
        number: int,
        rounds: int,
        revision: Revision,
        numbers: Uniforms,
        players: bool = True,
        holds: Sequence[Hold] = (),
    ) -> Trace:
        """Play so many rounds after the first ``number``; what players did is noted where that is asked for."""
        lead, n = self._acts.shape
        kind, chance = revision.coded() or (EVERYBODY, 0.0)
        tied = held(np.full(n, -1), holds, number + 1) if holds else np.zeros(0, dtype=np.int64)
        self._counted = number + 1 + rounds
        if self._crowd:
            self._moved(number, revision, numbers)
            for i in np.flatnonzero(tied >= 0):
                self._acts[:, i] = tied[i]
            self._forget()
            return self._earned(self._more, self._tally, players)
        width = revision.randomness(n)
        if rounds == 1 and self.pure:
            drawn = numbers.take(width)
            uniforms = np.zeros((lead, 1, 0)) if drawn is None else drawn.reshape(lead, 1, width)
        else:
            uniforms = numbers.block(rounds, width + n)
        if self._paid.shape[1] != rounds:
            self._paid, self._gaps = np.zeros((lead, rounds, n)), np.zeros((lead, rounds))
        room = (lead, rounds, n) if players else (lead, 0, 0)
        played, regrets = np.zeros(room, dtype=self._acts.dtype), np.zeros(room)
        self._rounds.play_rounds(
            *(self._arrays, self._forms, self._whose, kind, chance, number, uniforms),
            *(self._scores, self._mixes, self._sure, self._acts),
            *(self._paid, self._more, self._tally, self._gaps, played, regrets, tied),
            *(self._rooms, self._sums, self._scales, self._digits, self._revise, self._intents),
        )
        if rounds == 1 and self.pure:
            numbers.take(n, False)
        self._forget()
        return self._trace(self._gaps, self._paid, played if players else None, regrets if players else None)

    def _moved(self, number: int, revision: Revision, numbers: Uniforms) -> None:
        """Let a crowd learn, revise and act, part by part; those who mix draw after all have learned and know if they revise."""
        lead, n = self._acts.shape
        pure, room = self.pure, np.empty((1, 1, min(n, PART)))
        revise = self._revise if pure else np.empty(n, dtype=np.bool_)
        for r in range(lead):
            ones, one = int(np.count_nonzero(self._acts[r])), slice(r, r + 1)
            turns = _Turns(revision, number, n, r, numbers)
            for part in _parts(n):
                mine = revise[: part.stop - part.start] if pure else revise[part]
                self._learned(part, one, ones, number + 1)
                turns.write(part, room[0, 0], mine)
                if pure:
                    self._acted(part, one, mine, room[:, :, :0])
            if not pure:
                for part in _parts(n):
                    drawn = room[:, :, : part.stop - part.start]
                    numbers.fill(r, drawn[0, 0])
                    self._acted(part, one, revise[part], drawn)
        if pure:
            numbers.take(n, False)

    def _learned(self, part: slice, one: slice, ones: int, rounds: int) -> None:
        whose = self._whose[part] if len(self._forms) > 1 else self._whose
        self._rounds.learn(
            *(self._part(part), ones, self._forms, whose, rounds, self._scores[one, part], self._mixes[one, part]),
            *(self._sure[one, part], self._acts[one, part], self._intents, self._rooms, self._scales, self._digits),
        )

    def _acted(self, part: slice, one: slice, revise: BoolArray, uniforms: FloatArray) -> None:
        self._rounds.act(
            *(self._arrays, self._mixes[one, part], self._sure[one, part], revise, uniforms, self._acts[one, part], self._rooms)
        )

    def _trace(self, gaps: FloatArray, payoffs: Any, actions: Any, regrets: Any, welfare: FloatArray | None = None) -> Trace:
        each: list[Any] = [gaps, total(payoffs) if welfare is None else welfare, payoffs, actions, regrets]
        return Trace(*(each if self._replicas else [None if values is None else values[0] for values in each]))

    def _single(self, values: Any) -> Any:
        return values if self._replicas else values[0]

    @property
    def actions(self) -> IntArray:  # type: ignore[override]
        """The actions played last."""
        if self._whole is None:
            self._whole = np.asarray(self._single(self._acts.astype(np.int64)))
        return self._whole

    @property
    def payoffs(self) -> FloatArray:  # type: ignore[override]
        """What they earned."""
        if self._crowd:
            many = self._replicas and [unchecked(self.game, "payoffs")(each) for each in self._acts.astype(np.int64)]
            return np.array(many) if self._replicas else unchecked(self.game, "payoffs")(self.actions)
        return np.array(self._single(self._paid[:, -1]))

    @property
    def deviations(self) -> FloatArray:  # type: ignore[override]
        """What each player would have had from each action, worked out when it is asked for."""
        if self._deviating is None:
            many = np.array([self.game.deviations(each) for each in self._acts.astype(np.int64)])
            self._deviating = self._single(many)
        return self._deviating

    @property
    def policy(self) -> FloatArray:
        """The probabilities that every player's strategy intends, shape (n, m)."""
        if self._policy is None:
            even = self.game.available / self.game.available.sum(axis=1, keepdims=True)
            policy = np.where(self._sure[..., None] == EVEN, even, 0.0)
            if self._mixes.shape[1]:
                policy = np.where(self._sure[..., None] == MIXED, self._mixes, policy)
            sure = self._sure >= 0
            policy[sure, self._sure[sure]] = 1.0
            self._policy = self._single(policy)
        return self._policy

    @property
    def exploitability(self) -> FloatArray:
        """NashConv of the present actions."""
        return np.asarray(self._single(self._gaps[:, -1]))

    def regrets(self, rounds: int) -> FloatArray:
        """Return average external regrets over so many rounds, shape (n,)."""
        return np.asarray(row_max(self._single(self._more)) / rounds)

    def average_policy(self, rounds: int) -> FloatArray:
        """Return how often each player has played each action over so many rounds, shape (n, m)."""
        return np.asarray(self._tallied / rounds)

    @property
    def _tallied(self) -> IntArray:
        """How often everybody played what, shape (n, m); of the first action it is what is left of all rounds."""
        others = self._single(self._tally).astype(np.int64)
        return np.concatenate([self._counted - others.sum(axis=-1, keepdims=True), others], axis=-1)

    @property
    def position(self) -> Position:
        """Where the course stands, as a value."""
        state = Scores(*(np.array(self._single(each)) for each in (self._scores, self._mixes, self._sure)))
        return Position((state,), (), self.actions.copy(), self._tallied, np.array(self._single(self._more)))

    def put_back(self, position: Position, game: StrategicGame) -> None:
        """Stand where a course once stood."""
        state = position.states[0]
        if not isinstance(state, Scores):
            raise ValueError("the snapshot is of a game whose rounds are not compiled: of another kind, or under other rules")
        if game is not self.game:
            self.game, self._arrays = game, game.arrays() or self._arrays
        self._scores[:], self._mixes[:], self._sure[:] = state.scores, state.mixes, state.sure
        self._acts[:], self._tally[:] = position.actions, position.counts[..., 1:]
        self._more[:], self._counted = position.more, int(position.counts.reshape(-1, game.m)[0].sum())
        if not self._crowd:
            self._paid, self._gaps = np.zeros((len(self._sure), 1, game.n)), np.zeros((len(self._sure), 1))
        self._earned(np.zeros_like(self._more), np.zeros_like(self._tally), False)
        self._forget()


class _Turns:
    """Who of a crowd revises in a round, part by part, by the numbers that the protocol takes for all of them at once."""

    def __init__(self, revision: Revision, number: int, n: int, replica: int, numbers: Uniforms) -> None:
        self._kind, self._chance = revision.coded() or (EVERYBODY, 0.0)
        self._replica, self._numbers, self._turn = replica, numbers, -1
        if self._kind == IN_TURN:
            self._turn = (number + int(self._chance)) % n
        elif self._kind == ONE:
            self._turn = int(numbers.fill(replica, np.empty(1))[0] * n)

    def write(self, part: slice, room: FloatArray, revise: BoolArray) -> None:
        """Write who of a part revises."""
        if self._kind == BY_CHANCE:
            np.greater_equal(self._numbers.fill(self._replica, room[: len(revise)]), self._chance, out=revise)
            return
        revise[:] = self._kind == EVERYBODY
        if part.start <= self._turn < part.stop:
            revise[self._turn - part.start] = True


def _parts(n: int) -> list[slice]:
    return [slice(first, min(first + PART, n)) for first in range(0, n, PART)]


def course(
    game: StrategicGame,
    strategies: Strategy | str | Sequence[Strategy | str],
    revision: Revision,
    replicas: tuple[int, ...] = (),
    steady: bool = True,
) -> Course:
    """Return the course of a game: compiled where the game is arrays, every rule is numbers, and the game stays what it is.

    Parameters
    ----------
    game, strategies, revision
        As in `RepeatedGame`.
    replicas
        As in `Course`.
    steady
        Whether the game stays the same in all rounds.

    Raises
    ------
    ValueError
        There are not as many strategies as players, or a name is unknown.
    TypeError
        Something is no strategy.
    """
    cohorts = assigned(game, strategies)
    known_to_all = revision.coded() is not None and _speaks_for(revision, "coded", ("revisers", "randomness"))
    if steady and known_to_all and game.m < MOST_ACTIONS and _speaks_for(game, "arrays", _PAYOFFS):
        forms = [cohort.strategy.form(game.n) for cohort in cohorts if _speaks_for(cohort.strategy, "form", _RULE)]
        known = [form for form in forms if form is not None]
        arrays = game.arrays() if len(known) == len(cohorts) else None
        if arrays is not None and not (arrays.kind == COUNTS and any(form.mixes for form in known)):
            return CompiledCourse(game, cohorts, arrays, known, replicas)
    return Course(game, cohorts, replicas)


def _speaks_for(part: object, name: str, others: tuple[str, ...]) -> bool:
    """Return whether a method was written in the same class as others, or in a later one than they."""
    order = type(part).__mro__
    place = {each: next(at for at, cls in enumerate(order) if each in vars(cls)) for each in (name, *others)}
    return place[name] <= min(place[each] for each in others)


def begun_anew(position: Position, arguments: Mapping[str, Any]) -> Position:
    """Return a position in which everybody plays and has earned what it did, but other strategies begin knowing nothing.

    Parameters
    ----------
    position
        Where everybody stands.
    arguments
        Those of the repeated game that begins there.

    Raises
    ------
    ValueError
        The game has other players or actions.
    """
    game = arguments["game"]
    if position.counts.shape != (game.n, game.m):
        raise ValueError(f"the game has {game.n} players with {game.m} actions, the position {position.counts.shape}")
    revision = arguments["revision"] or Simultaneous()
    begun = course(game, arguments["strategies"], revision, steady=arguments["platform"] is None)
    begun.start(position.actions)
    fresh = begun.position
    return replace(position, states=fresh.states, plays=fresh.plays)
