"""What happened so far in a repeated game, kept so that it can be drawn while the game goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import networkx as nx
import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray
from ..models import Keep, RepeatedGame, Snapshot, StrategicGame

LISTED = 200
"""So many players at most are noted one by one; of more, only how many do what, and how payoffs spread."""

FEW_ON_A_GRAPH = 200
"""Of so many players a graph is drawn by the distances along its edges, which takes 0.4 seconds; of more, by springs."""

SPREAD = (0.0, 0.25, 0.5, 0.75, 1.0)

MOST_BYTES = 32_000_000
"""What a record keeps at most, in bytes, to go back to; where a round was not kept, it is played anew from one before."""

MOST_KEPT = 128


@dataclass(frozen=True, eq=False)
class Round:
    """One round that was played.

    Parameters
    ----------
    number
        0 is the opening.
    exploitability, welfare, revenue, alpha, profit
        As in `RepeatedGame`; ``alpha`` is not a number where no platform sets terms.
    shares
        Share of the players that played each action, shape (m,).
    spread
        Payoffs' minimum, quartiles and maximum, shape (5,).
    actions, payoffs, regrets
        Of every player, shape (n,); None where players are more than `LISTED`.
    policy, average
        Of two players, their probabilities in that round and frequencies so far, shape (2, m); of more, the means over players,
        shape (1, m).
    """

    number: int
    exploitability: float
    welfare: float
    revenue: float
    alpha: float
    profit: float
    shares: FloatArray
    spread: FloatArray
    actions: IntArray | None
    payoffs: FloatArray | None
    regrets: FloatArray | None
    policy: FloatArray
    average: FloatArray


@dataclass(frozen=True, eq=False)
class GameView:
    """A repeated game as it stood after a round; it does not change when the game goes on.

    Parameters
    ----------
    game
        What is played, under the terms of the last round.
    past
        All rounds, the last one included.
    actions, payoffs, regrets, payments
        Of the last round, shape (n,); ``payments`` are zeros where the game has no platform.
    policy, deviations
        Probabilities of the last round, and what each action would have earned, shape (n, m).
    places
        Where players stand when they are drawn, within (-1, 1), shape (n or fewer, 2), and which players these are.
    data
        What is known of each player's data, in words.
    running
        Whether the stopping rule lets the game go on.
    later
        The rounds that were played after this one, where a view looks back.
    moves
        Who played another action than in the round before; nothing where players are many.
    learners
        How the players learn, as text, and who does so, shape (k,) each; None: everybody.
    """

    game: StrategicGame
    past: tuple[Round, ...]
    actions: IntArray
    payoffs: FloatArray
    regrets: FloatArray
    payments: FloatArray
    policy: FloatArray
    deviations: FloatArray
    places: "Places"
    data: tuple[str, ...]
    running: bool
    later: tuple[Round, ...] = ()
    moves: tuple["Move", ...] = ()
    learners: tuple[tuple[str, IntArray | None], ...] = ()

    def learner_of(self, player: int) -> str:
        """Return how a player learns."""
        return next((name for name, rows in self.learners if rows is None or player in rows), "")

    @property
    def last(self) -> Round:
        """The last round."""
        return self.past[-1]

    @property
    def has_money(self) -> bool:
        """Whether there is a platform, which takes and pays money."""
        return self.game.mechanism is not None

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """The game round by round: round, exploitability, welfare, revenue; alpha if terms are set; profit in markets."""
        fields = ["exploitability", "welfare", "revenue", *(["alpha"] if np.isfinite(self.last.alpha) else [])]
        fields += ["profit"] if self.has_money else []
        rows = [[each.number, *(getattr(each, field) for field in fields)] for each in self.past]
        table = pd.DataFrame(rows, columns=["round", *fields])
        shares = np.array([each.shares for each in self.past])
        for action in np.flatnonzero(self.game.available.any(axis=0)):
            table[f"share of {self.game.action_names[int(action)]}"] = shares[:, action]
        return table

    @cached_property
    def players(self) -> pd.DataFrame | None:
        """What everybody did: round, player, action, action_name, payoff, regret, a row each; None if players are too many."""
        if self.last.actions is None:
            return None
        actions = np.array([each.actions for each in self.past])
        return pd.DataFrame(
            {
                "round": np.repeat([each.number for each in self.past], self.game.n),
                "player": np.tile(np.array(self.game.player_names, dtype=object), len(self.past)),
                "action": actions.ravel(),
                "action_name": np.array(self.game.action_names, dtype=object)[actions.ravel()],
                "payoff": np.array([each.payoffs for each in self.past]).ravel(),
                "regret": np.array([each.regrets for each in self.past]).ravel(),
            }
        )


@dataclass(frozen=True)
class Move:
    """A player who changed its action, and what the new one would have earned it more in the round before."""

    player: int
    before: int
    after: int
    gain: float


@dataclass(frozen=True, eq=False)
class Places:
    """Which players are drawn, where, and who is joined with whom: pairs of rows, or with the platform in the middle."""

    rows: IntArray
    at: FloatArray
    edges: tuple[tuple[int, int], ...]
    hub: bool


class GameRecord:
    """Notes a repeated game round by round. Note every round once, after it was played.

    Parameters
    ----------
    model
        The repeated game; rounds that it has played before are not in the record.
    before
        The record of the game that this one branched off, which holds the rounds before.

    Notes
    -----
    `view` goes back to any round. Snapshots are kept of at most 128 rounds, and of at most 32 MB, spread evenly; where a round
    was not kept, the rounds from the last one that was are played again, in a game of its own, which gives the same bytes.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import NormalFormGame
    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> model = RepeatedGame(game=dilemma, strategies=BestResponse(), initial=[0, 0], rng=1)
    >>> record = GameRecord(model)
    >>> model.step()
    >>> record.note()
    >>> record.view().rounds["exploitability"].tolist()
    [2.0, 0.0]
    """

    def __init__(self, model: RepeatedGame, before: "GameRecord | None" = None) -> None:
        self.model = model
        self._places: Places = before._places if before else places(model.game)
        self._data: tuple[str, ...] = before._data if before else data_of(model.game)
        self._past: list[Round] = [each for each in before._past if each.number < model.round] if before else []
        self._first = model.round
        self._apart = 1
        self._kept: dict[int, Snapshot] = {}
        self._replayed: RepeatedGame | None = None
        self._deviations: tuple[int, FloatArray] = (-1, model.deviations)
        self._moves: tuple[Move, ...] = ()
        self._earlier = before
        self.note()
        if before:
            self._moves = before.view(model.round).moves

    @property
    def past(self) -> tuple[Round, ...]:
        """All rounds so far."""
        return tuple(self._past)

    def note(self) -> None:
        """Note the round that was played last."""
        model = self.model
        self._past.append(round_of(model))
        self._moves = self._moved(self._past, self._deviations[1])
        self._deviations = (model.round, model.deviations)
        self._keep()

    def _keep(self) -> None:
        """Keep a snapshot of this round, if it is one of those to go back to."""
        model = self.model
        number = model.round - self._first
        if number % self._apart:
            return
        self._kept[model.round] = model.snapshot()
        each = 5 * 8 * model.game.n * model.game.m
        if len(self._kept) > max(2, min(MOST_KEPT, MOST_BYTES // each)):
            self._apart *= 2
            self._kept = {at: kept for at, kept in self._kept.items() if (at - self._first) % self._apart == 0}

    def snapshot(self, number: int) -> Snapshot:
        """Return the game as it stood after a round that was noted."""
        if number == self.model.round:
            return self.model.snapshot()
        if number < self._first and self._earlier is not None:
            return self._earlier.snapshot(number)
        return self._kept[number] if number in self._kept else self._replay(number).snapshot()

    def view(self, number: int | None = None) -> GameView:
        """Return the game as it stands, or stood after a round.

        Raises
        ------
        ValueError
            The game has not come to that round.
        """
        if number is None or number == self.model.round:
            return self._view(self.model, self._past, (), self._moves)
        if number < self._first and self._earlier is not None:
            view = self._earlier.view(number)
            return replace(view, later=tuple(each for each in self._past if each.number > number), running=True)
        if number == self._first and self._earlier is not None:
            moves = self._earlier.view(number).moves
            return self._view(self._replay(number), *self._cut(number), moves)
        if not self._first <= number <= self.model.round:
            raise ValueError(f"round {number} was not played: there are rounds {self._past[0].number} … {self.model.round}")
        past, later = self._cut(number)
        moves = self._moved(past, self._replay(number - 1).deviations) if number > self._first else ()
        return self._view(self._replay(number), past, later, moves)

    def _cut(self, number: int) -> tuple[list[Round], tuple[Round, ...]]:
        place = number - self._past[0].number + 1
        return self._past[:place], tuple(self._past[place:])

    def coming(self, number: int) -> tuple[Move, ...]:
        """Return who will play another action in the next round, and what that would have earned more; the game stays."""
        if number < self._first and self._earlier is not None:
            return self._earlier.coming(number)
        if self.model.game.n > LISTED or (number == self.model.round and not self.model.running):
            return ()
        model = self._replay(number, self.snapshot(number))
        before, deviations = model.actions, model.deviations
        model.step()
        return moved(before, model.actions, deviations)

    def _replay(self, number: int, snapshot: Snapshot | None = None) -> RepeatedGame:
        """Return a game without agents and history that stands after a round; it is used again."""
        if snapshot is None:
            start = max(at for at in self._kept if at <= number)
            snapshot = self._kept[start]
        if self._replayed is None:
            self._replayed = self.model.branch(
                snapshot, agents=False, keep=Keep("nothing"), model_reporters=None, agent_reporters=None
            )
        model = self._replayed
        if not snapshot.round <= model.round <= number:
            model.restore(snapshot)
        while model.round < number:
            model.step()
        return model

    def _moved(self, past: Sequence[Round], deviations: FloatArray) -> tuple[Move, ...]:
        if len(past) < 2 or past[-1].actions is None or past[-2].actions is None:
            return ()
        return moved(past[-2].actions, past[-1].actions, deviations)

    def _view(self, model: RepeatedGame, past: Sequence[Round], later: tuple[Round, ...], moves: tuple[Move, ...]) -> GameView:
        return GameView(
            game=model.game,
            past=tuple(past),
            actions=model.actions.copy(),
            payoffs=model.payoffs.copy(),
            regrets=model.regrets,
            payments=_payments(model),
            policy=model.policy.copy(),
            deviations=model.deviations.copy(),
            places=self._places,
            data=self._data,
            running=model.running or bool(later),
            later=later,
            moves=moves,
            learners=tuple((each.strategy.short(), each.seats.rows) for each in model.cohorts),
        )


def round_of(model: RepeatedGame) -> Round:
    """Return the round that a repeated game played last."""
    n, m = model.game.n, model.game.m
    listed = n <= LISTED
    policy, average = model.policy, model.average_policy
    return Round(
        number=model.round,
        exploitability=model.exploitability,
        welfare=model.welfare,
        revenue=model.revenue,
        alpha=model.alpha,
        profit=model.profit,
        shares=np.bincount(model.actions, minlength=m) / n,
        spread=np.quantile(model.payoffs, SPREAD),
        actions=model.actions.copy() if listed else None,
        payoffs=model.payoffs.copy() if listed else None,
        regrets=model.regrets if listed else None,
        policy=policy.copy() if n == 2 else policy.mean(axis=0, keepdims=True),
        average=average if n == 2 else average.mean(axis=0, keepdims=True),
    )


def moved(before: IntArray, after: IntArray, deviations: FloatArray) -> tuple[Move, ...]:
    """Return who changed its action, and what the new one would have earned it more in the round before.

    Parameters
    ----------
    before, after
        Actions of two rounds that follow each other, shape (n,).
    deviations
        What each player would have had from each action in the earlier one, shape (n, m).
    """
    rows = np.flatnonzero(before != after)
    gains = deviations[rows, after[rows]] - deviations[rows, before[rows]]
    return tuple(Move(int(row), int(before[row]), int(after[row]), float(gain)) for row, gain in zip(rows, gains, strict=True))


def _payments(model: RepeatedGame) -> FloatArray:
    outcome = model.game.outcome(model.actions)
    return outcome.settlement.payments if outcome else np.zeros(model.game.n)


def places(game: StrategicGame) -> Places:
    """Return where players are drawn: by their graph; around the platform; in a circle, all joined, where there is none.

    Of more than 400 players as many are drawn, evenly picked.
    """
    rows = np.unique(np.linspace(0, game.n - 1, min(game.n, 400)).astype(np.int64))
    if game.graph is not None:
        if game.n <= len(rows):
            return _graph(game.graph, rows)
        return Places(rows, _around(len(rows)), (), hub=False)
    hub = game.mechanism is not None
    pairs = [(one, other) for one in range(len(rows)) for other in range(one)] if not hub and len(rows) <= 12 else []
    return Places(rows, _around(len(rows)), tuple(pairs), hub)


def _graph(graph: "nx.Graph[object]", rows: IntArray) -> Places:
    numbers = {node: index for index, node in enumerate(graph.nodes)}
    if len(rows) <= FEW_ON_A_GRAPH and nx.is_connected(graph):
        layout = nx.kamada_kawai_layout(graph, weight=None)  # a ring is a circle, a grid is one, and nobody covers another
    else:
        layout = nx.spring_layout(graph, pos=nx.circular_layout(graph), seed=0)
    at = np.array([layout[node] for node in graph.nodes], dtype=np.float64).reshape(-1, 2)
    centred = at - (at.max(axis=0) + at.min(axis=0)) / 2
    edges = tuple((numbers[one], numbers[other]) for one, other in graph.edges)
    return Places(rows, 0.9 * centred / max(1e-9, float(np.abs(centred).max())), edges, hub=False)


def _around(count: int) -> FloatArray:
    """Return places on a circle, the first at the top, clockwise; for many, on a spiral that leaves the middle free."""
    turn = np.arange(count)
    if count <= 40:
        angle, radius = np.pi / 2 - 2 * np.pi * turn / count, np.full(count, 0.78)
    else:
        angle, radius = turn * np.pi * (3 - np.sqrt(5)), np.sqrt(0.08 + 0.86 * (turn + 0.5) / count)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def data_of(game: StrategicGame) -> tuple[str, ...]:
    """Return what is known of each player's data, in words; nothing where players are too many or have none."""
    task = game.task
    if task is None or game.n > LISTED:
        return ()
    holdings = task.holdings()
    sizes = getattr(task, "sizes", None)
    words = []
    for row in range(game.n):
        said = [f"quality alone {task.alone[row]:.4g}"]
        if holdings is not None:
            said.insert(0, f"{len(holdings[row])} rows")
        elif sizes is not None and len(sizes) == game.n:
            said.insert(0, f"amount {sizes[row]:g}")
        words.append(", ".join(said))
    return tuple(words)
