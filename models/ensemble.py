"""Many independent runs of one repeated game at once, as one more axis of the same arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..arguments import validated
from ..arrays import FloatArray, IntArray, whole
from .compiled_course import course
from .course import Trace, Uniforms
from .revision import Simultaneous
from .standing import Standing
from .stopping import Rounds, stopping

MOST_REPLICAS = 10_000_000


class Ensemble(Standing):
    """Independent runs of a repeated game, each the same, byte for byte, as the single run with its seed.

    Parameters
    ----------
    arguments
        What a `RepeatedGame` takes, under the names there: ``game``, ``strategies``, and, if need be, ``revision``, ``initial``
        and ``stop``, which must be a number of rounds.
    replicas
        How many runs, ≥ 1.
    seed
        From which the runs' own seeds are made: see ``seeds``; or these themselves, one a run.
    keep
        What is kept of every round of every run: ``nothing`` but NashConv, or ``players``: actions, payoffs and regrets too.

    Attributes
    ----------
    seeds
        The seed of every run: run r is ``RepeatedGame(**arguments, rng=seeds[r])``.
    actions, payoffs, policy, regrets, average_policy
        How every run stands after its last round, as in `RepeatedGame`, with the replicas as a first axis.
    exploitability
        NashConv of the actions, shape (replicas, rounds + 1); round 0 is the opening profile.

    Raises
    ------
    ValueError
        An argument is none of an ensemble's, or the end of play is not a number of rounds.

    Notes
    -----
    In a game of n players with m actions a run takes about 8 n (2 m + 3) bytes, and 8 a round; under ``players`` 18 n more.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import NormalFormGame, RepeatedGame
    >>> meeting = {"game": NormalFormGame([[[1, 0], [0, 1]]] * 2), "strategies": BestResponse(), "stop": 5}
    >>> runs = Ensemble(meeting, replicas=100, seed=1)
    >>> alone = RepeatedGame(**meeting, rng=runs.seeds[7])
    >>> alone.run_model()
    >>> runs.actions[7].tolist() == alone.actions.tolist()
    True
    >>> len(set(map(tuple, runs.actions.tolist()))) > 1
    True
    """

    @validated
    def __init__(
        self,
        arguments: Mapping[str, Any],
        replicas: int = 1000,
        seed: int | Sequence[int] = 0,
        keep: Literal["nothing", "players"] = "nothing",
    ) -> None:
        known = {"game", "strategies", "revision", "initial", "stop"}
        if not {"game", "strategies"} <= set(arguments) <= known:
            odd = ", ".join(sorted(set(arguments) - known)) or "less"
            raise ValueError(f"an ensemble takes {', '.join(sorted(known))}, not {odd}")
        end = stopping(arguments.get("stop"))
        if not isinstance(end, Rounds):
            raise ValueError(f"stop = {end}: the runs of an ensemble all have the same number of rounds")
        self.replicas = whole(replicas, "replicas", 1, MOST_REPLICAS)
        own = [whole(each, "seed") for each in seed] if isinstance(seed, Sequence) else None
        if own is not None and len(own) != self.replicas:
            raise ValueError(f"{len(own)} seeds for {self.replicas} replicas: give one, or one a run")
        self.seeds = run_seeds(whole(seed, "seed"), self.replicas) if own is None else own
        self.game, self.rounds = arguments["game"], end.rounds
        revision = arguments.get("revision") or Simultaneous()
        self._course = course(self.game, arguments["strategies"], revision, (self.replicas,))
        self._numbers = Uniforms(*(np.random.default_rng(seed) for seed in self.seeds), replicas=True)
        initial = arguments.get("initial")
        players = keep == "players"
        opening = self._course.open(None if initial is None else self.game.check_profile(initial), self._numbers)
        self._traces = [_kept(opening, players)]
        done = 0
        while done < self.rounds:
            more = min(self._course.longest, self.rounds - done)
            self._traces.append(_kept(self._course.advance(done, more, revision, self._numbers, players), players))
            done += more
        self.exploitability: FloatArray = np.concatenate([each.exploitability for each in self._traces], axis=1)

    @property
    def _counted(self) -> int:
        return self.rounds + 1

    @property
    def actions_by_round(self) -> IntArray:
        """The actions of every run in every round, shape (replicas, rounds + 1, n); under ``players`` only."""
        return np.asarray(self._by_round("actions"), dtype=np.int64)

    @property
    def payoffs_by_round(self) -> FloatArray:
        """The payoffs of every run in every round, shape (replicas, rounds + 1, n); under ``players`` only."""
        return np.asarray(self._by_round("payoffs"))

    @property
    def regrets_by_round(self) -> FloatArray:
        """Average external regrets after every round of every run, shape (replicas, rounds + 1, n); under ``players`` only."""
        return np.asarray(self._by_round("regrets"))

    def _by_round(self, field: Literal["actions", "payoffs", "regrets"]) -> Any:
        if self._traces[0].actions is None:
            raise ValueError("what players did is kept by keep = 'players' only")
        return np.concatenate([getattr(each, field) for each in self._traces], axis=1)

    def history(self) -> pd.DataFrame:
        """Return what everybody did: columns run, round, player, action, payoff, regret.

        Raises
        ------
        ValueError
            It is not kept.
        """
        columns = {"action": self.actions_by_round, "payoff": self.payoffs_by_round, "regret": self.regrets_by_round}
        runs, rounds, n = columns["payoff"].shape
        place = np.indices((runs, rounds, n)).reshape(3, -1)
        names = np.array(list(self.game.player_names))
        table = {"run": place[0], "round": place[1], "player": names[place[2]]}
        return pd.DataFrame(table | {name: each.reshape(-1) for name, each in columns.items()}).astype({"action": np.int64})

    def time_to(self, epsilon: float) -> FloatArray:
        """Return from which round on NashConv stays within ε to the end of each run, shape (replicas,); inf where it does not."""
        above = self.exploitability > epsilon
        last = above.shape[1] - above[:, ::-1].argmax(axis=1)
        first = np.where(above.any(axis=1), last, 0)
        return np.where(above[:, -1], np.inf, first.astype(np.float64))


def run_seeds(seed: int, replicas: int) -> list[int]:
    """Return the seeds of an ensemble's runs, each a whole number below 2^63; a longer ensemble's begin with a shorter one's.

    Examples
    --------
    >>> run_seeds(1, 3)[:2] == run_seeds(1, 2)
    True
    """
    words = np.random.SeedSequence(seed).generate_state(replicas, np.uint64)
    seeds: list[int] = (words >> np.uint64(1)).tolist()
    return seeds


def _kept(trace: Trace, players: bool) -> Trace:
    if not players:
        return Trace(trace.exploitability.copy(), np.zeros(0))
    each = (trace.exploitability, trace.welfare, trace.payoffs, trace.actions, trace.regrets)
    return Trace(*(np.array(values) for values in each))
