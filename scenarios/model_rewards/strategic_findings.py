"""What one party gains, under rewards in models, by reporting other than its data: one measure a row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...attacks.reporting_game import Report, ReportingGame, Rewarded, garble, honest, repeat, withhold
from ...mechanisms import ShapleyRewards, shapley
from ...models.tasks import Holding
from ...models.tasks.gaussian_regression import GaussianRegression

LEADER, FOLLOWER, THIRD = 0, 1, 2
COPIES = 8
POWERS = (1.0, 0.5, 0.2, 0.1)


@dataclass(frozen=True)
class Measure:
    """A number before and after a party changes its report.

    Parameters
    ----------
    move
        What is done, and by whom.
    rho
        The power of the rewards.
    measure
        What is measured.
    before, after
        With everybody honest, and then.
    """

    move: str
    rho: float
    measure: str
    before: float
    after: float


class _Changed:
    """One party reports something else, everybody else is honest."""

    def __init__(self, task: GaussianRegression, party: int, report: Report, rho: float) -> None:
        ways = [[honest(rows), report if index == party else honest(rows)] for index, rows in enumerate(task.holdings())]
        for way in ways:
            way[1] = Report("changed", way[1].rows, way[1].measured, way[1].times)
        self.task = task
        self.game = ReportingGame(task, ShapleyRewards(rho=rho), ways)
        self.profile = np.eye(task.n_parties, dtype=np.int64)[party]
        self.before, self.after = (self.game.rewarded(profile) for profile in (0 * self.profile, self.profile))

    @property
    def phi(self) -> tuple[FloatArray, FloatArray]:
        """Shapley values before and after."""
        return _phi(self.before), _phi(self.after)

    @property
    def known(self) -> tuple[FloatArray, FloatArray]:
        """What everybody knows before and after."""
        return self.game.payoffs(0 * self.profile), self.game.payoffs(self.profile)

    @property
    def mnlp(self) -> tuple[float, float]:
        """MNLP of the joint model before and after."""
        everybody, truth = range(self.task.n_parties), self.task.test_rows.targets
        before, after = (float(each.task.prediction(everybody).mnlp(truth)) for each in (self.before, self.after))
        return before, after


def _phi(result: Rewarded) -> FloatArray:
    return shapley(result.market.game)


def measured(task: GaussianRegression, rng: np.random.Generator) -> pd.DataFrame:
    """Return all measures of a task with three parties: columns move, rho, measure, before, after."""
    return pd.DataFrame([vars(row) for row in _measures(task, rng)])


def _measures(task: GaussianRegression, rng: np.random.Generator) -> Iterator[Measure]:
    yield from _repeating(task)
    yield from _garbling(task, rng)
    yield from _withholding(task)
    yield from _tiny(task)
    yield from _two_names(task)
    yield from _colluding(task)


def _repeating(task: GaussianRegression) -> Iterator[Measure]:
    rows = task.holdings()[FOLLOWER]
    twice = _Changed(task, FOLLOWER, repeat(rows, 2), 1.0)
    move = "party 2 enters its rows twice"
    yield Measure(move, 1.0, "Shapley value of party 2", *(float(phi[FOLLOWER]) for phi in twice.phi))
    yield Measure(move, 1.0, "rank of party 2", *(float((phi > phi[FOLLOWER]).sum() + 1) for phi in twice.phi))
    yield Measure(move, 1.0, "party 2 knows", *(float(known[FOLLOWER]) for known in twice.known))
    yield Measure(move, 1.0, "party 3 knows", *(float(known[THIRD]) for known in twice.known))
    often = _Changed(task, FOLLOWER, repeat(rows, COPIES), 1.0)
    worse_off = [float((each.settlement.rewards < each.market.alone * (1 - 1e-9)).sum()) for each in (often.before, often.after)]
    yield Measure(f"party 2 enters its rows {COPIES} times", 1.0, "parties rewarded below their own data", *worse_off)


def _garbling(task: GaussianRegression, rng: np.random.Generator) -> Iterator[Measure]:
    shuffled = _Changed(task, FOLLOWER, garble(task.holdings()[FOLLOWER], rng), 1.0)
    move = "party 2 shuffles its targets"
    yield Measure(move, 1.0, "Shapley value of party 2", *(float(phi[FOLLOWER]) for phi in shuffled.phi))
    yield Measure(move, 1.0, "MNLP of the joint model", *shuffled.mnlp)
    yield Measure(move, 1.0, "party 2 knows", *(float(known[FOLLOWER]) for known in shuffled.known))
    yield Measure(move, 1.0, "party 1 knows", *(float(known[LEADER]) for known in shuffled.known))


def _withholding(task: GaussianRegression) -> Iterator[Measure]:
    for party, share, rho in ((LEADER, 0.25, 1.0), (LEADER, 0.5, 1.0), (LEADER, 0.5, 0.2), (FOLLOWER, 0.9, 0.2)):
        less = _Changed(task, party, withhold(task.holdings()[party], share), rho)
        move = f"party {party + 1} withholds {share:.0%}"
        yield Measure(move, rho, f"party {party + 1} knows", *(float(known[party]) for known in less.known))
        other = FOLLOWER if party == LEADER else LEADER
        yield Measure(move, rho, f"party {other + 1} knows", *(float(known[other]) for known in less.known))


def _tiny(task: GaussianRegression) -> Iterator[Measure]:
    """Let a fourth party join with one row, one of those that nobody holds."""
    row = Holding(task.test_rows.inputs[:1], task.test_rows.targets[:1])
    joined = task.with_holdings([*task.holdings(), row])
    move = "a fourth party joins with one row"
    for rho in POWERS:
        result = Rewarded.of(joined, ShapleyRewards(rho=rho))
        if rho == POWERS[0]:
            yield Measure(move, rho, "Shapley value of party 4", 0.0, float(_phi(result)[-1]))
        yield Measure(move, rho, "reward of party 4", float(result.market.alone[-1]), float(result.settlement.rewards[-1]))


def _two_names(task: GaussianRegression) -> Iterator[Measure]:
    """Split party 2 into two names with half its rows each, which put together what they receive."""
    held = task.holdings()
    rows, half = held[FOLLOWER], len(held[FOLLOWER]) // 2
    parts = [Holding(rows.inputs[some], rows.targets[some]) for some in (slice(half), slice(half, None))]
    split = task.with_holdings([held[LEADER], *parts, *held[THIRD:]])
    single, double = Rewarded.of(task, ShapleyRewards()), Rewarded.of(split, ShapleyRewards())
    names = [FOLLOWER, FOLLOWER + 1]
    move = "party 2 enters under two names"
    phi = _phi(double)[names].sum()
    yield Measure(move, 1.0, "Shapley value of party 2", float(_phi(single)[FOLLOWER]), float(phi))
    before = float(single.settlement.rewards[FOLLOWER])
    yield Measure(move, 1.0, "party 2 knows", before, split.pooled_gain(names, double.etas[names].tolist()))


def _colluding(task: GaussianRegression) -> Iterator[Measure]:
    """Let parties 2 and 3 put their own rows and their noisy copies of party 1's together, after the rewards."""
    result = Rewarded.of(task, ShapleyRewards())
    pair = [FOLLOWER, THIRD]
    rewards, etas = result.settlement.rewards[pair], result.etas[pair].tolist()
    move = "parties 2 and 3 pool their rewards"
    together = float(result.market.game.values[0, 1, 1])
    yield Measure(move, 1.0, "they know, and their data is worth", together, task.pooled_gain(pair, etas))
    yield Measure(move, 1.0, "they know, and the better of them", float(rewards.max()), task.pooled_gain(pair, etas))
    nested = task.pooled_gain(pair, etas, nested=True)
    yield Measure("the same with nested noise", 1.0, "they know, and the better of them", float(rewards.max()), nested)
