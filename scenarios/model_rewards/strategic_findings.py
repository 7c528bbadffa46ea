"""What one party gains, under rewards in models, by reporting other than its data: one measure a row."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ...arrays import FloatArray
from ...attacks import GarbleLabels, PoolRewards, Replicate, Scheme, Settled, Sybil, Withhold, settle
from ...mechanisms import ShapleyRewards, shapley
from ...models import Preferences
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
    """Somebody mounts an attack on the rewards of a task, everybody else is honest."""

    def __init__(self, task: GaussianRegression, scheme: Scheme, rho: float = 1.0) -> None:
        self.before, self.after = (
            settle(each, ShapleyRewards(rho=rho), Preferences(over_alone=False)) for each in (Scheme.honest(task), scheme)
        )

    @property
    def phi(self) -> tuple[FloatArray, FloatArray]:
        """Shapley values of all accounts before and after."""
        return _phi(self.before), _phi(self.after)

    def knows(self, party: int) -> tuple[float, float]:
        """Return what a party knows before and after."""
        return float(self.before.payoffs[party]), float(self.after.payoffs[party])

    @property
    def mnlp(self) -> tuple[float, float]:
        """MNLP of the joint model before and after."""
        return joint_model(self.before), joint_model(self.after)


def _phi(settled: Settled) -> FloatArray:
    return shapley(settled.market.game)[settled.market.group]


def joint_model(settled: Settled) -> float:
    """Return the MNLP of the model of all rows that were entered, at the test rows."""
    task = settled.scheme.platform_task.behind.task
    if not isinstance(task, GaussianRegression):
        raise TypeError(f"{task.short()} predicts nothing")
    return float(task.prediction(range(task.n_parties)).mnlp(task.test_rows.targets))


def measured(task: GaussianRegression, seed: int) -> pd.DataFrame:
    """Return all measures of a task with three parties, columns move, rho, measure, before, after; the seed shuffles targets."""
    return pd.DataFrame([vars(row) for row in _measures(task, seed)])


def _measures(task: GaussianRegression, seed: int) -> Iterator[Measure]:
    yield from _repeating(task)
    yield from _garbling(task, seed)
    yield from _withholding(task)
    yield from _tiny(task)
    yield from _two_names(task)
    yield from _colluding(task)


def _repeating(task: GaussianRegression) -> Iterator[Measure]:
    twice = _Changed(task, Replicate(1, "rows").on(task, FOLLOWER))
    move = "party 2 enters its rows twice"
    yield Measure(move, 1.0, "Shapley value of party 2", *(float(phi[FOLLOWER]) for phi in twice.phi))
    yield Measure(move, 1.0, "rank of party 2", *(float((phi > phi[FOLLOWER]).sum() + 1) for phi in twice.phi))
    yield Measure(move, 1.0, "party 2 knows", *twice.knows(FOLLOWER))
    yield Measure(move, 1.0, "party 3 knows", *twice.knows(THIRD))
    often = _Changed(task, Replicate(COPIES - 1, "rows").on(task, FOLLOWER))
    worse_off = [float((each.settlement.rewards < each.market.alone * (1 - 1e-9)).sum()) for each in (often.before, often.after)]
    yield Measure(f"party 2 enters its rows {COPIES} times", 1.0, "parties rewarded below their own data", *worse_off)


def _garbling(task: GaussianRegression, seed: int) -> Iterator[Measure]:
    shuffled = _Changed(task, GarbleLabels(1.0, seed).on(task, FOLLOWER))
    move = "party 2 shuffles its targets"
    yield Measure(move, 1.0, "Shapley value of party 2", *(float(phi[FOLLOWER]) for phi in shuffled.phi))
    yield Measure(move, 1.0, "MNLP of the joint model", *shuffled.mnlp)
    yield Measure(move, 1.0, "party 2 knows", *shuffled.knows(FOLLOWER))
    yield Measure(move, 1.0, "party 1 knows", *shuffled.knows(LEADER))


def _withholding(task: GaussianRegression) -> Iterator[Measure]:
    for party, share, rho in ((LEADER, 0.25, 1.0), (LEADER, 0.5, 1.0), (LEADER, 0.5, 0.2), (FOLLOWER, 0.9, 0.2)):
        less = _Changed(task, Withhold(share).on(task, party), rho)
        move = f"party {party + 1} withholds {share:.0%}"
        yield Measure(move, rho, f"party {party + 1} knows", *less.knows(party))
        other = FOLLOWER if party == LEADER else LEADER
        yield Measure(move, rho, f"party {other + 1} knows", *less.knows(other))


def _tiny(task: GaussianRegression) -> Iterator[Measure]:
    """Let a fourth party join with one row, one of those that nobody holds."""
    row = Holding(task.test_rows.inputs[:1], task.test_rows.targets[:1])
    joined = Scheme.honest(task.with_holdings([*task.holdings(), row]))
    move = "a fourth party joins with one row"
    for rho in POWERS:
        result = settle(joined, ShapleyRewards(rho=rho))
        if rho == POWERS[0]:
            yield Measure(move, rho, "Shapley value of party 4", 0.0, float(_phi(result)[-1]))
        yield Measure(move, rho, "reward of party 4", float(result.market.alone[-1]), float(result.settlement.rewards[-1]))


def _two_names(task: GaussianRegression) -> Iterator[Measure]:
    """Split party 2 into two names with half its rows each, which put together what they receive."""
    split = _Changed(task, Sybil(2).on(task, FOLLOWER))
    move = "party 2 enters under two names"
    phi, names = split.phi, split.after.scheme.owners == FOLLOWER
    yield Measure(move, 1.0, "Shapley value of party 2", float(phi[0][FOLLOWER]), float(phi[1][names].sum()))
    yield Measure(move, 1.0, "party 2 knows", float(split.before.settlement.rewards[FOLLOWER]), split.knows(FOLLOWER)[1])


def _colluding(task: GaussianRegression) -> Iterator[Measure]:
    """Let parties 2 and 3 put their own rows and their noisy copies of party 1's together, after the rewards."""
    pair = (FOLLOWER, THIRD)
    pooled, nested = (_Changed(task, PoolRewards(noise).on(task, *pair)) for noise in ("independent", "nested"))
    better = float(pooled.before.settlement.rewards[list(pair)].max())
    move = "parties 2 and 3 pool their rewards"
    together = float(pooled.before.market.game.values[0, 1, 1])
    yield Measure(move, 1.0, "they know, and their data is worth", together, pooled.knows(FOLLOWER)[1])
    yield Measure(move, 1.0, "they know, and the better of them", better, pooled.knows(FOLLOWER)[1])
    yield Measure("the same with nested noise", 1.0, "they know, and the better of them", better, nested.knows(FOLLOWER)[1])
