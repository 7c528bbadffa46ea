"""What a repeated game keeps of its rounds: columns behind Mesa's data collector."""

import bisect
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import mesa
import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray
from pydantic import Field

from ..agents import Player
from ..components import Component
from .course import Trace

PLAYERS = ("action", "payoff", "regret")

Reporters = Mapping[str, str | Callable[[Any], Any]]
"""By name, an attribute's name or a function."""


class Keep(Component):
    """Which rounds of a repeated game are kept, and what of them; the last round always is.

    Parameters
    ----------
    of
        ``players``: the game's fields, and what every player did; ``shares``: the fields, and how many players did what;
        ``rounds``: the fields alone; ``nothing``.
    every
        Keep rounds 0, every, 2 every, ..., ≥ 1.
    """

    of: Literal["players", "shares", "rounds", "nothing"] = "players"
    every: Annotated[int, Field(ge=1)] = 1


class Column:
    """An array that grows by a row a round."""

    def __init__(self, shape: tuple[int, ...] = (), dtype: DTypeLike = np.float64) -> None:
        self._room: NDArray[Any] = np.empty((16, *shape), dtype=dtype)
        self._used = 0

    def append(self, row: Any) -> None:
        """Add a row."""
        if self._used == len(self._room):
            self._room = np.concatenate([self._room, np.empty_like(self._room)])
        self._room[self._used] = row
        self._used += 1

    def extend(self, rows: NDArray[Any]) -> None:
        """Add several rows."""
        used = self._used + len(rows)
        if used > len(self._room):
            self._room = np.concatenate(
                [self._room, np.empty((max(used, len(self._room)), *self._room.shape[1:]), self._room.dtype)]
            )
        self._room[self._used : used] = rows
        self._used = used

    def cut(self, rows: int) -> None:
        """Forget all but the first rows."""
        self._used = min(rows, self._used)

    @property
    def rows(self) -> NDArray[Any]:
        """All rows so far, a view."""
        return self._room[: self._used]

    def __getstate__(self) -> NDArray[Any]:
        return self.rows.copy()

    def __setstate__(self, rows: NDArray[Any]) -> None:
        self._room = (
            np.concatenate([rows, np.empty_like(rows[:16])]) if len(rows) else np.empty((16, *rows.shape[1:]), rows.dtype)
        )
        self._used = len(rows)


class _Records(Mapping[int, list[tuple[Any, ...]]]):
    """Round -> (round, agent, action, payoff, regret) of every player, as Mesa's batch runner reads it."""

    def __init__(self, history: "History") -> None:
        self._history = history

    def __getitem__(self, number: int) -> list[tuple[Any, ...]]:
        history = self._history
        place = bisect.bisect_left(history.numbers, number)
        if not history.players or history.numbers[place : place + 1] != [number]:
            raise KeyError(number)
        columns = [history.players[name].rows[place].tolist() for name in PLAYERS]
        columns += [values[place] for values in history.own_of_players.values()]
        return [(number, history.first_id + row, *each) for row, each in enumerate(zip(*columns, strict=True))]

    def __len__(self) -> int:
        return len(self._history.numbers) if self._history.players else 0

    def __iter__(self) -> Iterator[int]:
        return iter(self._history.numbers if self._history.players else [])


class History(mesa.DataCollector):  # type: ignore[misc]
    """A data collector that keeps arrays, rounds × players, and answers as Mesa's does.

    Parameters
    ----------
    keep
        Which rounds, and what of them.
    fields
        Attributes of the game kept of each round.
    n, m
        Number of players and of actions.
    first_id
        ``unique_id`` of the first player; the others' follow.
    """

    def __init__(self, keep: Keep, fields: tuple[str, ...], n: int, m: int, first_id: int = 1) -> None:
        self.keep, self.n, self.first_id = keep, n, first_id
        self.numbers: list[int] = []
        self._fields = {} if keep.of == "nothing" else {field: Column() for field in fields}
        kinds = {"action": np.uint8 if m <= 256 else np.int64, "payoff": np.float64, "regret": np.float64}
        self.players = {name: Column((n,), kinds[name]) for name in PLAYERS} if keep.of == "players" else {}
        self._shares = Column((m,), np.float64) if keep.of == "shares" else None
        self.model_reporters: Reporters = {field: field for field in self._fields}
        self.agent_reporters: Reporters = {name: name for name in self.players}
        self.player_class: type[Player] = Player
        self.agenttype_reporters = {Player: dict(self.agent_reporters)} if self.players else {}
        self.tables: dict[str, dict[str, list[object]]] = {}
        self.own: dict[str, list[Any]] = {}
        self.own_of_players: dict[str, list[list[Any]]] = {}

    def report(self, of_model: Reporters, of_players: Reporters, player_class: type[Player] = Player) -> None:
        """Keep more of every kept round: what reporters say of the game and, a value a player, of its players.

        Raises
        ------
        ValueError
            A name is taken, or the game's players are not kept.
        """
        taken = [name for name in (*of_model, *of_players) if name in self._fields or name in PLAYERS]
        if taken:
            raise ValueError(f"a reporter is called {taken[0]!r}, which is kept already")
        if of_players and not self.players:
            raise ValueError(f"reporters of players need Keep('players'), not {self.keep}")
        self.own, self.own_of_players = {name: [] for name in of_model}, {name: [] for name in of_players}
        self.model_reporters = {**self.model_reporters, **of_model}
        self.agent_reporters = {**self.agent_reporters, **of_players}
        self.player_class = player_class
        self.agenttype_reporters = {player_class: dict(self.agent_reporters)} if self.players else {}

    def collect(self, model: Any) -> None:
        """Keep the round that was played last, if it is one of those to keep."""
        number = model.round
        if (number % self.keep.every and model.running) or self.numbers[-1:] == [number]:
            return
        self.numbers.append(number)
        for field, column in self._fields.items():
            column.append(getattr(model, field))
        if self.players:
            for name, row in zip(PLAYERS, (model.actions, model.payoffs, model.regrets), strict=True):
                self.players[name].append(row)
        for name, values in self.own.items():
            values.append(_reported(self.model_reporters[name], model))
        for name, rows in self.own_of_players.items():
            rows.append([_reported(self.agent_reporters[name], player) for player in model.players])
        if self._shares is not None:
            self._shares.append(np.bincount(model.actions, minlength=self._shares.rows.shape[1]) / self.n)

    def extend(self, first: int, trace: Trace, running: bool) -> None:
        """Keep those of several rounds, from the ``first`` on, that are to be kept; no money moves in them."""
        numbers = np.arange(first, first + len(trace.exploitability))
        kept = numbers % self.keep.every == 0
        kept[-1] |= not running
        self.numbers.extend(numbers[kept].tolist())
        worths = {"exploitability": trace.exploitability, "welfare": trace.welfare}
        for field, column in self._fields.items():
            column.extend(worths[field][kept] if field in worths else np.zeros(int(kept.sum())))
        for column, rows in zip(self.players.values(), (trace.actions, trace.payoffs, trace.regrets), strict=False):
            column.extend(np.asarray(rows)[kept])

    def cut(self, number: int) -> None:
        """Forget the rounds after one."""
        kept = bisect.bisect_right(self.numbers, number)
        del self.numbers[kept:]
        shares = [] if self._shares is None else [self._shares]
        for column in (*self._fields.values(), *self.players.values(), *shares):
            column.cut(kept)
        for values in (*self.own.values(), *self.own_of_players.values()):
            del values[kept:]

    @property
    def plain(self) -> bool:
        """Whether all that is kept of a round can be read off its trace."""
        return (
            self._shares is None
            and not self.own
            and not self.own_of_players
            and set(self._fields) <= {"exploitability", "welfare", "revenue"}
        )

    @property
    def shares(self) -> pd.DataFrame:
        """Share of the players that played each action, a row a kept round; ValueError where they are not kept."""
        if self._shares is None:
            raise ValueError(f"shares are kept by Keep('shares'), not by {self.keep}")
        return pd.DataFrame(self._shares.rows.copy(), index=pd.Index(self.numbers, name="round"))

    @property
    def model_vars(self) -> dict[str, list[float]]:
        """Every field's values by round, as Mesa's batch runner indexes them."""
        if hasattr(mesa.DataCollector(), "_collection_steps"):
            return {field: column.rows.tolist() for field, column in self._fields.items()} | self.own
        # Mesa 3.3 looks up the value at place = step: rounds that were not kept repeat the last one that was
        rounds = np.arange(self.numbers[-1] + 1 if self.numbers else 0)
        places = np.searchsorted(self.numbers, rounds, side="right") - 1
        own = {name: [values[place] for place in places] for name, values in self.own.items()}
        return {field: column.rows[places].tolist() for field, column in self._fields.items()} | own

    @property
    def _collection_steps(self) -> list[int]:
        return list(self.numbers)

    @property
    def _agent_records(self) -> _Records:
        return _Records(self)

    @property
    def _agenttype_records(self) -> dict[int, dict[type, list[tuple[Any, ...]]]]:
        return {}

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """Return the fields, a row a kept round, indexed by round."""
        index = pd.RangeIndex(len(self.numbers)) if self.keep.every == 1 else pd.Index(self.numbers)
        kept = {field: column.rows.copy() for field, column in self._fields.items()}
        return pd.DataFrame(kept | {name: list(values) for name, values in self.own.items()}, index=index)

    def get_agent_vars_dataframe(self) -> pd.DataFrame:
        """Return what every player did: columns action, payoff, regret, indexed by Step and AgentID."""
        if not self.players:
            raise UserWarning(f"no agents' data is kept by {self.keep}")
        ids = range(self.first_id, self.first_id + self.n)
        index = pd.MultiIndex.from_product([self.numbers, ids], names=["Step", "AgentID"])
        columns = {name: column.rows.reshape(-1).copy() for name, column in self.players.items()}
        columns["action"] = columns["action"].astype(np.int64)
        own = {name: [value for row in rows for value in row] for name, rows in self.own_of_players.items()}
        return pd.DataFrame(columns | own, index=index)

    def get_agenttype_vars_dataframe(self, agent_type: type) -> pd.DataFrame:
        """Return the same for a type of agent: data is kept of `Player`, or of a type that all players are."""
        if not issubclass(self.player_class, agent_type):
            raise ValueError(f"data is kept of players, not of {agent_type.__name__}")
        return self.get_agent_vars_dataframe()


def _reported(reporter: str | Callable[[Any], Any], of: Any) -> Any:
    return getattr(of, reporter) if isinstance(reporter, str) else reporter(of)
