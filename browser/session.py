"""One visitor's game: it is opened, stepped, played and run in the background, and looked at any time."""

import contextlib
import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..models import Converged, RepeatedGame, Rounds, Stopping
from ..models.stopping import Both, Either
from ..pictures.game_record import GameRecord, GameView
from ..pictures.phase_portrait import Field, field_of, has_portrait
from ..scenarios import GameScenario
from ..scenarios.from_text import build_scenario, command_line
from ..scenarios.opening import Opening

Doing = Literal["nothing", "opening", "stepping", "playing", "running"]

PICTURES = 0.4
"""Seconds between pictures, at least, while a game is played fast or run."""

MOST_ROUNDS = 10_000
"""So many rounds of a game are played on a page, which keeps them all; about 3 KB each for a game of four."""

MOST_CELLS = 20_000_000
"""Players times actions of a game on a page, at most: 160 MB an array."""


class _GivenUp(BaseException):
    """Raised in a thread whose work nobody waits for any more."""


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
    """A game on the table: the model, its record, and the word to stop."""

    def __init__(self, model: RepeatedGame) -> None:
        self.model = model
        self.record = GameRecord(model)
        self.lock = threading.Lock()
        self.field_for: object = None
        self.field: Field | None = None

    def round(self) -> None:
        """Play and note a round; a round that was given up may still be under way, and is waited for."""
        with self.lock:
            if self.model.running:
                self.model.step()
                self.record.note()

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
        self._table: _Table | None = None
        self._worker: threading.Thread | None = None
        self._workers: list[threading.Thread] = []
        self._telling: set[int] = set()
        self._turn = 0
        self._closed = False

    def listen(self, changed: Callable[[], None]) -> None:
        """Call a function, from a background thread, whenever ``state`` was replaced."""
        self._changed = changed

    def open(self, name: str, settings: dict[str, str], seed: int | str = 0) -> None:
        """Open a game of the scenario of that name with parameters as text; what was played is given up once the game is open."""
        with self._lock:
            self._halt.set()
            self._turn += 1
            if self.state.doing == "opening":
                self._give_up()
            self._halt = threading.Event()
            self._begin("opening", lambda turn, halt: self._open(turn, name, settings, seed))

    def step(self) -> None:
        """Play one round."""
        self._request("stepping", self._step)

    def play(self) -> None:
        """Play round after round, ``rounds_per_second`` of them, until `pause` or the end."""
        self._request("playing", self._play)

    def run(self, tolerance: float | str = 1e-6, of: str = "actions") -> None:
        """Play until exploitability is within a tolerance, or the game is over."""
        self._request("running", lambda turn, halt: self._run(turn, halt, tolerance, of))

    def pause(self) -> None:
        """Stop after the round that is under way."""
        self._halt.set()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until nothing goes on in the background.

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

    def close(self) -> None:
        """Give the game up; nothing is played or shown any more."""
        with self._lock:
            self._closed = True
            self._turn += 1
            self._halt.set()
            self._give_up()
            self._table = None
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
            self._table = None
            self.state = replace(self.state, doing="nothing", note="The tab was away, and the game was given up: press Reset.")

    def _give_up(self) -> None:
        """End the work of all threads at their next step in Python; what they still say is not heard."""
        for worker in self._workers:
            # one that draws is nearly done, and what draws would report the interruption
            if worker.is_alive() and worker.ident not in {None, threading.get_ident(), *self._telling}:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(_GivenUp))

    def _request(self, doing: Doing, job: Callable[[int, threading.Event], None]) -> None:
        with self._lock:
            if self.state.busy or self._table is None or self.state.over:
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
            self._tell()
            try:
                job(turn, halt)
            except _GivenUp:
                raise
            except ValueError as error:
                self._show(turn, error=" ".join(str(error).split()))
            except BaseException as error:  # whatever a rule of the user's raises is said on the page; the app lives on
                self._show(turn, error=" ".join(f"{type(error).__name__}: {error}".split()))
            self._show(turn, doing="nothing")

    def _open(self, turn: int, name: str, settings: dict[str, str], seed: int | str) -> None:
        number = _whole(seed)
        scenario = build_scenario(name, settings)
        if not isinstance(scenario, GameScenario):
            raise ValueError(f"{scenario.name()!r} is no repeated game that can be stepped through")
        opening = scenario.opening(np.random.default_rng(number))
        model = opening.model()
        if model.game.n * model.game.m > MOST_CELLS:
            raise ValueError(f"{model.game.n} players with {model.game.m} actions are too many for a page: use `potluck run`")
        table = _Table(model)
        field = table.portrait()
        with self._lock:
            if turn != self._turn:
                return
            self._give_up()
            self._table = table
            view = table.record.view()
            rounds = _most_rounds(model.stop)
            self.state = State("opening", view, field, scenario, number, most_rounds=rounds, opening=opening)

    def _step(self, turn: int, halt: threading.Event) -> None:
        self._round(turn)
        self._look(turn)

    def _play(self, turn: int, halt: threading.Event) -> None:
        shown = 0.0
        while not halt.is_set() and self._round(turn):
            if time.monotonic() - shown >= PICTURES:
                self._look(turn)
                shown = time.monotonic()
            halt.wait(1 / self.rounds_per_second)
        self._look(turn)

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
        self._look(turn)
        if table is not None:
            self._show(turn, note=_how_it_ended(table.model, goal))

    def _round(self, turn: int) -> bool:
        """Play and note a round of the game whose turn it is; return whether the game goes on."""
        table = self._table
        if table is None or turn != self._turn or not table.model.running:
            return False
        if table.model.round >= MOST_ROUNDS:
            self._show(turn, note=f"A page plays {MOST_ROUNDS} rounds at most; the command under Take away plays on.")
            return False
        table.round()
        return bool(table.model.running)

    def _look(self, turn: int) -> None:
        table = self._table
        if table is not None and turn == self._turn:
            self._show(turn, view=table.record.view(), field=table.portrait())

    def _show(self, turn: int, **changes: object) -> None:
        with self._lock:
            if turn != self._turn or self._closed:
                return
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        self._tell()

    def _tell(self) -> None:
        if not self._closed:
            self._telling.add(threading.get_ident())
            try:
                self._changed()
            finally:
                self._telling.discard(threading.get_ident())


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
