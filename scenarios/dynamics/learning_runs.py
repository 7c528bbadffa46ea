"""Many runs of learners in one game, and what is read off them at rounds spread evenly on a logarithmic scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...agents.strategies import Strategy
from ...arrays import FloatArray, IntArray
from ...models import Ensemble, NormalFormGame
from ...verdicts import Verdict, share_interval

LOOKS = 40
NEAR = 0.05
"""How far probabilities may be from those of an equilibrium that play is said to have come to."""

MOST_NOTED = 10_000_000
FEW_RUNS = 20
BAND = (0.05, 0.5, 0.95)


@dataclass(frozen=True, eq=False)
class LearningRuns:
    """An ensemble whose players' actions are kept.

    Parameters
    ----------
    game
        What is played.
    runs
        The ensemble, under ``keep = "players"``.
    """

    game: NormalFormGame
    runs: Ensemble

    @classmethod
    def of(cls, arguments: dict[str, Any], replicas: int, seed: int) -> "LearningRuns":
        """Play an ensemble.

        Raises
        ------
        ValueError
            More than ten million actions would have to be kept.
        """
        game, rounds = arguments["game"], arguments["stop"]
        if game.n * replicas * rounds > MOST_NOTED:
            raise ValueError(
                f"{replicas} replicas of {rounds} rounds of {game.n} players are more than {MOST_NOTED} actions: ask for fewer"
            )
        return cls(game, Ensemble(arguments, replicas, seed, keep="players"))

    @cached_property
    def looks(self) -> IntArray:
        """The rounds that are looked at, the first and the last included, shape (k,)."""
        last = self.runs.rounds
        spread = np.geomspace(1, last + 1, LOOKS)
        return np.unique(np.rint(spread).astype(np.int64)) - 1

    @cached_property
    def averages(self) -> FloatArray:
        """How often each player of every run had played each action by those rounds, shape (k, replicas, n, m)."""
        acts = self.runs.actions_by_round
        counts: FloatArray = np.zeros((len(acts), self.game.n, self.game.m))
        noted, done = [], 0
        for look in self.looks:
            block = acts[:, done : look + 1]
            counts = counts + np.stack([(block == action).sum(axis=1) for action in range(self.game.m)], axis=-1)
            noted.append(counts / (look + 1))
            done = look + 1
        return np.array(noted)

    @cached_property
    def late(self) -> FloatArray:
        """How often each player of every run played each action in the later half of the rounds, shape (replicas, n, m)."""
        acts = self.runs.actions_by_round[:, (self.runs.rounds + 1) // 2 :]
        return np.stack([(acts == action).mean(axis=1) for action in range(self.game.m)], axis=-1)

    @cached_property
    def of_average(self) -> FloatArray:
        """NashConv of average play by those rounds, shape (k, replicas)."""
        return np.array([nash_conv(self.game, policies) for policies in self.averages])

    @cached_property
    def of_play(self) -> FloatArray:
        """NashConv of what was played in those rounds, shape (k, replicas)."""
        return self.runs.exploitability[:, self.looks].T

    @cached_property
    def regrets(self) -> FloatArray:
        """Average external regrets by those rounds, shape (k, replicas, n)."""
        return np.moveaxis(self.runs.regrets_by_round[:, self.looks], 1, 0)

    def time_of_average(self, epsilon: float) -> FloatArray:
        """Return from which of those rounds on average play stays within ε, shape (replicas,); inf where it does not."""
        above = self.of_average > epsilon
        last = len(above) - above[::-1].argmax(axis=0)
        first = np.where(above.any(axis=0), last, 0)
        return np.where(above[-1], np.inf, self.looks[np.minimum(first, len(above) - 1)].astype(np.float64))

    def ends(self, equilibria: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return which equilibrium play in each run's later half came nearest to, -1 where none is near, and how far off it is.

        Parameters
        ----------
        equilibria
            Probabilities, shape (k, n, m); the distance is the largest difference between a probability and a frequency.
        """
        if not len(equilibria):
            return np.full(self.runs.replicas, -1), np.full(self.runs.replicas, np.inf)
        apart = np.abs(self.late[:, None] - equilibria[None]).max(axis=(2, 3))
        nearest = apart.argmin(axis=1)
        distance = apart.min(axis=1)
        return np.where(distance <= NEAR, nearest, -1), distance


def nash_conv(game: NormalFormGame, policies: FloatArray) -> FloatArray:
    """Return NashConv of many mixed policies, (r, n, m) -> (r,)."""
    different, which = np.unique(policies, axis=0, return_inverse=True)
    gains = game.many_mixed_deviations(different)
    earned = (np.where(different > 0, gains, 0.0) * different).sum(axis=-1)
    return np.asarray(np.maximum(gains.max(axis=-1) - earned, 0.0).sum(axis=-1))[which.reshape(-1)]


def bands(values: FloatArray) -> FloatArray:
    """Return the 5 %, 50 % and 95 % quantiles over the last axis, (..., r) -> (3, ...)."""
    return np.asarray(np.quantile(values, BAND, axis=-1))


def shares_of(ends: IntArray, count: int) -> list[tuple[int, int, float, float, float]]:
    """Return end, runs, share and the ends of its 95 % interval, for each of so many ends and for -1, which comes last."""
    rows = []
    for end in [*range(count), -1]:
        runs = int((ends == end).sum())
        share = runs / len(ends)
        low, high = share_interval(share, len(ends))
        rows.append((end, runs, share, float(low), float(high)))
    return rows


def of_runs(verdict: Verdict, runs: int) -> Verdict:
    """Return a verdict over runs; that too few of them leave it undecided is no surprise."""
    return verdict.excused(runs < FEW_RUNS, f"{runs} runs do not decide it, {FEW_RUNS} should")


def learner_of(strategies: Sequence[Strategy], player: int) -> Strategy:
    """Return a player's learning rule: one for everybody, or one a player."""
    return strategies[0] if len(strategies) == 1 else strategies[player]
