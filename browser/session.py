"""One visitor's game: it is opened, stepped, played and run in the background, and looked at any time."""

import contextlib
import ctypes
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..arrays import FloatArray
from ..data.leaks import DataRead
from ..data.reading import Journal, noted_reading
from ..messages import clipped, own_line
from ..models import Converged, Keep, RepeatedGame, Rounds, Stopping
from ..models.stopping import Both, Either
from ..models.tasks.dealt_data import DealtData
from ..pictures.game_record import LISTED, GameRecord, GameView, Move, Round
from ..pictures.phase_portrait import Field, field_of, has_portrait
from ..scenarios import GameScenario
from ..scenarios.from_text import build_scenario, command_line
from ..scenarios.opening import Opening
from .before import Before, changed_since
from .branches import MOST_BRANCHES, Change

Doing = Literal["nothing", "opening", "stepping", "playing", "running", "branching", "repeating", "looking"]

PICTURES = 0.4
"""Seconds between pictures, at least, while a game is played fast or run."""

SOON = 0.15
"""Seconds after which the page is told that something is under way; what is done before is seen at once, and drawn once."""

MOST_ROUNDS = 10_000
"""So many rounds of a game are played on a page, which keeps them all; about 3 KB each for a game of four."""

MOST_CELLS = 20_000_000
"""Players times actions of a game on a page, at most: 160 MB an array."""


SEEDS = 20
"""So many games with other random numbers make the bands around a line."""

BANDS = ("exploitability", "welfare", "revenue", "profit")

MOST_BANDED = 12
"""Of so many players at most there are bands around the payoff of each."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def banded(players: int) -> tuple[str, ...]:
    """Return of which fields there are bands: those of `BANDS`, and of few players the payoff of each, ``payoff 0``, ..."""
    return (*BANDS, *(f"payoff {row}" for row in range(players if players <= MOST_BANDED else 0)))


def _banded(model: RepeatedGame) -> list[float]:
    payoffs = model.payoffs.tolist() if model.game.n <= MOST_BANDED else []
    return [*(getattr(model, field) for field in BANDS), *payoffs]


class _GivenUp(BaseException):
    """Raised in a thread whose work nobody waits for any more."""


@dataclass(frozen=True, eq=False)
class Line:
    """The game, or a branch of it, as far as it was played.

    Parameters
    ----------
    words
        What is done otherwise; of the game itself, ``the game``.
    past
        All rounds.
    change
        How it differs from the game; None for the game itself.
    bands
        Quantiles 5, 25, 50, 75 and 95 % over games with other random numbers, by field, shape (rounds, 5); begins at round
        ``bands_from``.
    """

    words: str
    past: tuple[Round, ...]
    change: Change | None = None
    bands: dict[str, FloatArray] | None = None
    bands_from: int = 0


@dataclass(frozen=True)
class State:
    """What a page shows: it is replaced as a whole, never changed.

    Parameters
    ----------
    doing
        What goes on in the background.
    view
        The game as it stood after its last round; None before the first game is open.
    field
        What a phase portrait shows behind the path.
    scenario, seed
        What was opened.
    error
        What was wrong with the last request, in one line, or nothing.
    note
        How the last run ended, in one line, or nothing.
    most_rounds
        After how many rounds the game is over; None if that is open.
    opening
        How the game began, which says what parameters it reads.
    lines
        The game and its branches.
    current
        Which of them is looked at.
    latest
        The last round of that one; ``view`` may look back.
    coming
        Who plays another action in the round after the one looked at; nothing while the game is played.
    data
        What is known of the data that was read, and what in it gives the label away; comes a while after the game.
    difference
        What became of the play by what was changed since the game before, in one line; nothing where nothing was.
    """

    doing: Doing = "nothing"
    view: GameView | None = None
    field: Field | None = None
    scenario: GameScenario | None = None
    seed: int = 0
    error: str = ""
    note: str = ""
    most_rounds: int | None = None
    opening: Opening | None = None
    lines: tuple[Line, ...] = ()
    current: int = 0
    latest: int = 0
    coming: tuple[Move, ...] = ()
    data: tuple[DataRead | DealtData, ...] = ()
    difference: str = ""

    @property
    def busy(self) -> bool:
        """Whether something goes on in the background."""
        return self.doing != "nothing"

    @property
    def over(self) -> bool:
        """Whether the game has ended."""
        return self.view is not None and not self.view.running

    @property
    def command(self) -> str:
        """The command that plays this game with its scenario; nothing before the first game is open."""
        return command_line(self.scenario, self.seed) if self.scenario else ""


class _Table:
    """A game on the table, or a branch of it: the model, its record, and the word to stop."""

    def __init__(self, model: RepeatedGame, change: Change | None = None, before: GameRecord | None = None) -> None:
        self.model, self.change = model, change
        self.record = GameRecord(model, before)
        self.first = model.snapshot()
        self.words = change.words(model.game) if change else "the game"
        self.bands: dict[str, FloatArray] | None = None
        self.lock = threading.Lock()
        self.field_for: object = None
        self.field: Field | None = None

    def round(self) -> None:
        """Play and note a round; a round that was given up may still be under way, and is waited for."""
        with self.lock:
            if self.model.running:
                self.model.step()
                self.record.note()
                self.bands = None

    def has_reached(self, goal: Stopping) -> bool:
        """Return whether the game has come as far as that; a round that is under way is waited for."""
        with self.lock:
            return goal.reached(self.model)

    def portrait(self) -> Field | None:
        """Return what stands behind the path in the game under the terms of the last round."""
        game = self.model.game
        if self.field_for is not game:
            self.field_for, self.field = game, field_of(game) if has_portrait(game) else None
        return self.field

    def look(self, number: int) -> GameView:
        """Return how it stood after a round."""
        with self.lock:
            return self.record.view(min(number, self.model.round))

    def line(self) -> Line:
        """Return all of it so far."""
        with self.lock:
            return Line(self.words, self.record.past, self.change, self.bands, self.first.round)

    def coming(self, number: int) -> tuple[Move, ...]:
        """Return who will play another action after a round."""
        with self.lock:
            return self.record.coming(number)

    def repeat(self, seed: int) -> FloatArray:
        """Return what `banded` names in a game with other random numbers from where this one began, shape (fields, rounds)."""
        with self.lock:
            other = self.model.branch(
                self.first,
                rng=np.random.default_rng([seed, self.first.round]),
                agents=False,
                keep=Keep("nothing"),
                model_reporters=None,
                agent_reporters=None,
            )
        rows = [_banded(other)]
        while other.round < self.model.round and other.running:
            other.step()
            rows.append(_banded(other))
        rows += [rows[-1]] * (self.model.round - other.round)  # a game that is over stands still
        return np.array(rows).T


class GameSession:
    """A game that is played in the background while a page looks at `state`.

    Every request returns at once; what it does is seen in ``state``. A new game takes the place of one that is being played as
    soon as it is open; the round that is under way then is forgotten.

    Examples
    --------
    >>> session = GameSession()
    >>> session.open("hiding-dynamics", {"portions": "2"}, seed=3)
    >>> session.wait()
    >>> session.step()
    >>> session.wait()
    >>> session.state.view.last.number, session.state.command
    (1, 'potluck run hiding-dynamics --set portions=2 --seed 3')
    >>> session.close()
    """

    def __init__(self) -> None:
        self.state = State()
        self.rounds_per_second = 2.0
        self._changed: Callable[[], None] = lambda: None
        self._lock = threading.RLock()
        self._halt = threading.Event()
        self._lines: list[_Table] = []
        self._current = self._at = self._wanted = 0
        self._worker: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._workers: list[threading.Thread] = []
        self._telling: set[int] = set()
        self._before: Before | None = None
        self._turn = 0
        self._closed = False

    def listen(self, changed: Callable[[], None]) -> None:
        """Call a function, from a background thread, whenever ``state`` was replaced."""
        self._changed = changed

    @property
    def model(self) -> RepeatedGame | None:
        """The game that is looked at, as it stands after its last round; None before one is open."""
        return self._table.model if self._table else None

    @property
    def _table(self) -> _Table | None:
        lines, current = self._lines, self._current
        return lines[current] if current < len(lines) else None

    def open(
        self,
        name: str,
        settings: dict[str, str],
        seed: int | str = 0,
        number: int = 0,
        changes: Sequence[Change] = (),
        current: int = 0,
    ) -> None:
        """Open a game; what was played is given up once the game is open.

        Parameters
        ----------
        name, settings
            The scenario and its parameters, as text.
        seed
            Of all randomness.
        number
            The game is played to this round at once.
        changes, current
            The branches, and which line is looked at: 0 is the game itself.
        """
        with self._lock:
            self._halt.set()
            self._turn += 1
            if self.state.doing == "opening":
                self._give_up()
            self._halt = threading.Event()
            self._begin("opening", lambda turn, halt: self._open(turn, name, settings, seed, number, changes, current))

    def complain(self, error: str) -> None:
        """Say what was wrong with a request, in one line."""
        with self._lock:
            self.state = replace(self.state, error=" ".join(error.split()))
        self._tell()

    def step(self) -> None:
        """Play one round, or look at the next one where the page looks back."""
        self._request("stepping", self._step)

    def look_at(self, number: int) -> None:
        """Look at how the game stood after a round; a game that is being played goes on from there.

        Of several requests that come faster than they are answered the last one counts.
        """
        if self.state.doing == "playing":
            self._at = max(0, min(number, self.state.latest))
            return

        def look(turn: int, halt: threading.Event) -> None:
            shown = None
            while (table := self._table) is not None and shown != self._wanted and not halt.is_set():
                if shown is not None:
                    self._tell()
                shown = self._wanted
                self._at = max(0, min(shown, table.model.round))
                self._look(turn, whole=True)

        self._wanted = number
        self._request("looking", look, even_over=True)

    def branch(self, change: Change) -> None:
        """Branch off the game after a round, and play the branch as far as the game has come."""
        self._request("branching", lambda turn, halt: self._branch(turn, halt, change), even_over=True)

    def choose(self, line: int) -> None:
        """Look at the game itself, 0, or at a branch."""

        def look(turn: int, halt: threading.Event) -> None:
            if 0 <= line < len(self._lines):
                self._current = line
                self._at = min(self._at, self._lines[line].model.round)
                self._look(turn, whole=True)

        self._request("looking", look, even_over=True)

    def drop(self, line: int) -> None:
        """Forget a branch."""

        def drop(turn: int, halt: threading.Event) -> None:
            if 0 < line < len(self._lines):
                with self._lock:
                    self._lines = [*self._lines[:line], *self._lines[line + 1 :]]
                    self._current = 0 if self._current == line else self._current - (self._current > line)
                self._at = min(self._at, self._lines[self._current].model.round)
                self._look(turn, whole=True)

        self._request("looking", drop, even_over=True)

    def repeat(self, seeds: int = SEEDS) -> None:
        """Play every line again with other random numbers, for bands around it."""
        self._request("repeating", lambda turn, halt: self._repeat(turn, halt, seeds), even_over=True)

    def play(self) -> None:
        """Play round after round, ``rounds_per_second`` of them, until `pause` or the end."""
        self._request("playing", self._play)

    def run(self, tolerance: float | str = 1e-6, of: str = "actions") -> None:
        """Play until exploitability is within a tolerance, or the game is over."""
        self._request("running", lambda turn, halt: self._run(turn, halt, tolerance, of))

    def pause(self) -> None:
        """Stop after the round that is under way."""
        self._halt.set()

    def wait(self, seconds: float = 300.0) -> None:
        """Wait until nothing goes on in the background, and all is known of the data.

        Raises
        ------
        TimeoutError
            Something still goes on.
        """
        worker = self._worker
        while worker is not None:
            worker.join(seconds)
            if worker.is_alive():
                raise TimeoutError(f"the game is still {self.state.doing} after {seconds} seconds")
            worker = self._worker if self._worker is not worker else None
        if self._reader is not None:
            self._reader.join(seconds)
            if self._reader.is_alive():
                raise TimeoutError(f"what is in the data is still being found out after {seconds} seconds")

    def close(self) -> None:
        """Give the game up; nothing is played or shown any more."""
        with self._lock:
            self._closed = True
            self._turn += 1
            self._halt.set()
            self._give_up()
            self._lines, self._before = [], None
            self.state = State()
            self._changed = lambda: None

    def lose(self) -> None:
        """Stop, as nobody looks any more; a round or an opening that takes long is given up, and the game with it."""
        self._halt.set()
        worker = self._worker
        if worker is not None:
            worker.join(0.2)
        with self._lock:
            if self._closed or worker is None or not worker.is_alive() or worker is not self._worker:
                return
            self._turn += 1
            self._give_up()
            self._lines = []
            self.state = replace(self.state, doing="nothing", note="The tab was away, and the game was given up: press Reset.")

    def _give_up(self) -> None:
        """End the work of all threads at their next step in Python; what they still say is not heard."""
        for worker in self._workers:
            # one that draws is nearly done, and what draws would report the interruption
            if worker.is_alive() and worker.ident not in {None, threading.get_ident(), *self._telling}:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(_GivenUp))

    def _request(self, doing: Doing, job: Callable[[int, threading.Event], None], even_over: bool = False) -> None:
        with self._lock:
            if self.state.busy or self._table is None or (self.state.over and not even_over):
                return
            self._halt = threading.Event()
            self._begin(doing, job)

    def _begin(self, doing: Doing, job: Callable[[int, threading.Event], None]) -> None:
        turn, halt = self._turn, self._halt
        self.state = replace(self.state, doing=doing, error="", note="")
        self._worker = threading.Thread(target=self._guarded, args=(job, turn, halt), daemon=True)
        self._workers = [*(each for each in self._workers if each.is_alive()), self._worker]
        self._worker.start()

    def _guarded(self, job: Callable[[int, threading.Event], None], turn: int, halt: threading.Event) -> None:
        with contextlib.suppress(_GivenUp):
            under_way = threading.Timer(SOON, self._tell)
            under_way.daemon = True
            under_way.start()
            try:
                job(turn, halt)
            except _GivenUp:
                raise
            except ValueError as error:
                self._show(turn, error=" ".join(str(error).split()))
            except BaseException as error:  # whatever a rule of the user's raises is said on the page; the app lives on
                place = own_line(error)
                said = f"{type(error).__name__}: {error}" + (f" ({place})" if place else "")
                self._show(turn, error=clipped(said))
            finally:
                under_way.cancel()
                under_way.join()  # it may be drawing, and what comes next is to be drawn after it
            self._show(turn, doing="nothing")

    def _open(
        self,
        turn: int,
        name: str,
        settings: dict[str, str],
        seed: int | str,
        number: int,
        changes: Sequence[Change],
        current: int,
    ) -> None:
        whole = _whole(seed)
        scenario = build_scenario(name, settings)
        if not isinstance(scenario, GameScenario):
            raise ValueError(f"{scenario.name()!r} is no repeated game that can be stepped through")
        with noted_reading() as journal:
            opening = scenario.opening(np.random.default_rng(whole))
        n, m = opening.game.n, opening.game.m
        if n * m > MOST_CELLS:
            raise ValueError(f"{n} players with {m} actions are too many for a page: use `potluck run`")
        lines = [_Table(opening.model(keep=Keep("players" if n <= LISTED else "rounds")))]
        while lines[0].model.round < min(number, MOST_ROUNDS) and lines[0].model.running:
            lines[0].round()
        for change in changes[:MOST_BRANCHES]:
            lines.append(_branched(lines[0], change, scenario, whole))
        field = lines[0].portrait()
        with self._lock:
            if turn != self._turn:
                return
            self._before = self._earlier(scenario, whole)
            self._give_up()
            self._lines, self._current, self._at = lines, min(current, len(lines) - 1), number
            rounds = _most_rounds(lines[0].model.stop)
            said = self.state.error  # of the address, say, while the game was being opened
            self.state = State(
                "opening",
                lines[0].record.view(),
                field,
                scenario,
                whole,
                most_rounds=rounds,
                opening=opening,
                latest=lines[0].model.round,  # the page's slider would go back to its end, and the page with it
                error=said,
            )
        self._look(turn, whole=True)
        with self._lock:  # the game need not wait for what is found in its data
            self._reader = threading.Thread(target=self._read, args=(turn, journal), daemon=True)
            self._reader.start()
            self._workers.append(self._reader)

    def _read(self, turn: int, journal: Journal) -> None:
        with contextlib.suppress(_GivenUp):
            try:
                if records := journal.records():
                    self._show(turn, data=records)
            except Exception as error:  # as above: it is said, and the game goes on
                self._show(turn, error=" ".join(f"what is in the data was not found out: {error}".split()))

    def _earlier(self, scenario: GameScenario, seed: int) -> Before | None:
        """Return the game that is on, which another one takes the place of, if parameters of the same scenario were changed."""
        was, table = self.state, self._lines[0] if self._lines else None
        names = changed_since(was.scenario, was.seed, scenario, seed) if was.scenario else ()
        if not names or table is None or not table.lock.acquire(blocking=False):  # a round that is under way is not waited for
            return None
        try:
            return Before(names, table.record.past, table.model.game, table.model)
        finally:
            table.lock.release()

    def _branch(self, turn: int, halt: threading.Event, change: Change) -> None:
        scenario = self.state.scenario
        if len(self._lines) > MOST_BRANCHES:
            raise ValueError(f"there are {MOST_BRANCHES} branches already: close one")
        if scenario is None:
            return
        line = _branched(self._lines[0], change, scenario, self.state.seed)
        with self._lock:
            if turn != self._turn:
                return
            self._lines = [*self._lines, line]
            self._current = len(self._lines) - 1
            self._at = line.model.round
        self._look(turn, whole=True)

    def _repeat(self, turn: int, halt: threading.Event, seeds: int) -> None:
        for table in tuple(self._lines):
            games = []
            for seed in range(seeds):
                if halt.is_set() or turn != self._turn:
                    return
                games.append(table.repeat(self.state.seed + 1 + seed))
            table.bands = {
                field: np.quantile([game[index] for game in games], QUANTILES, axis=0).T
                for index, field in enumerate(banded(table.model.game.n))
            }
            self._look(turn)

    def _step(self, turn: int, halt: threading.Event) -> None:
        self._round(turn)
        self._look(turn, whole=True)

    def _play(self, turn: int, halt: threading.Event) -> None:
        shown, due = 0.0, time.monotonic()
        while not halt.is_set() and self._round(turn):
            if time.monotonic() - shown >= PICTURES:
                self._look(turn)
                shown = time.monotonic()
            due = max(due + 1 / self.rounds_per_second, time.monotonic() - 1)
            halt.wait(max(0.0, due - time.monotonic()))
        self._look(turn, whole=True)

    def _run(self, turn: int, halt: threading.Event, tolerance: float | str, of: str) -> None:
        goal = Converged(tolerance=tolerance, of=of)  # type: ignore[arg-type]  # pydantic reads text, and says what is wrong
        table = self._table
        shown = time.monotonic()
        while table is not None and not table.has_reached(goal):
            if halt.is_set() or not self._round(turn):
                break
            if time.monotonic() - shown >= PICTURES:
                self._look(turn)
                shown = time.monotonic()
        self._look(turn, whole=True)
        if table is not None:
            self._show(turn, note=_how_it_ended(table.model, goal))

    def _round(self, turn: int) -> bool:
        """Go on by a round in the line that is looked at, the others along with it; return whether there are more."""
        table = self._table
        if table is None or turn != self._turn:
            return False
        if self._at < table.model.round:
            self._at += 1
            return self._at < table.model.round or bool(table.model.running)
        if not table.model.running:
            return False
        if table.model.round >= MOST_ROUNDS:
            self._show(turn, note=f"A page plays {MOST_ROUNDS} rounds at most; the command under Take away plays on.")
            return False
        table.round()
        self._at = table.model.round
        for other in self._lines:
            while other.model.round < self._at and other.model.running and turn == self._turn:
                other.round()
        return bool(table.model.running)

    def _look(self, turn: int, whole: bool = False) -> None:
        """Show the game as it stands; ``whole``, with what is to come, at the end of a job, when the page is told anyway."""
        table = self._table
        if table is None or turn != self._turn:
            return
        game = self._lines[0]
        difference = self._before.told(game.model, game.record.past) if whole and self._before else self.state.difference
        coming = table.coming(self._at) if whole and (self._at < table.model.round or table.model.running) else ()
        self._show(
            turn,
            view=table.look(self._at),
            field=table.portrait(),
            lines=tuple(each.line() for each in self._lines),
            current=self._current,
            latest=table.model.round,
            coming=coming,
            difference=difference,
            told=not whole,
        )

    def _show(self, turn: int, told: bool = True, **changes: object) -> None:
        with self._lock:
            if turn != self._turn or self._closed:
                return
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        if told:
            self._tell()

    def _tell(self) -> None:
        if not self._closed:
            self._telling.add(threading.get_ident())
            try:
                self._changed()
            finally:
                self._telling.discard(threading.get_ident())


def _branched(game: _Table, change: Change, scenario: GameScenario, seed: int) -> _Table:
    """Return a branch of a game, played as far as the game has come."""
    if change.at > game.model.round:
        raise ValueError(f"a branch begins at a round that was played, 0 … {game.model.round}, not {change.at}")
    model = change.branch(game.model, game.record.snapshot(change.at), scenario, seed)
    line = _Table(model, change, game.record)
    while line.model.round < game.model.round and line.model.running:
        line.round()
    return line


def _whole(seed: int | str) -> int:
    text = str(seed).strip()
    if not text.isdecimal():
        raise ValueError(f"seed = {text!r}: it must be a whole number from 0 on")
    return int(text)


def _most_rounds(stop: Stopping) -> int | None:
    if isinstance(stop, Rounds):
        return stop.rounds
    if isinstance(stop, Either | Both):
        known = [rounds for rounds in (_most_rounds(stop.one), _most_rounds(stop.other)) if rounds is not None]
        if isinstance(stop, Either):
            return min(known, default=None)
        return max(known) if len(known) == 2 else None
    return None


def _how_it_ended(model: RepeatedGame, goal: Converged) -> str:
    whose = {"actions": "", "policy": " of the mixed strategies", "average": " of average play"}[goal.of]
    reached = model.exploitability_of(goal.of)
    if reached <= goal.tolerance:
        return f"Converged in round {model.round}: exploitability{whose} {reached:.3g}."
    end = "The game is over" if not model.running else "Paused"
    return f"{end} after round {model.round}: exploitability{whose} {reached:.3g}, above {goal.tolerance:g}."
