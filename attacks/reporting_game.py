"""What parties report when they are rewarded with models: everything, less, the same twice, or things that are not so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import FloatArray, IntArray
from ..mechanisms import Market, Mechanism, Settlement
from ..models.games.outcome import Outcome
from ..models.games.strategic import StrategicGame
from ..models.tasks import Holding
from ..models.tasks.gaussian_regression import GaussianRegression
from ..training.threads import one_thread


@dataclass(frozen=True, eq=False)
class Report:
    """What a party enters as its data, and how much of it is true.

    Parameters
    ----------
    name
        What it does.
    rows
        The rows entered.
    measured
        Inputs of the rows that are the party's own measurements with their true targets, each once, shape (k, d).
    times
        How often each of those is entered, ≥ 1.
    """

    name: str
    rows: Holding
    measured: FloatArray
    times: int = 1


def honest(rows: Holding) -> Report:
    """Return the report of all rows, once."""
    return Report("honest", rows, rows.inputs)


def withhold(rows: Holding, share: float) -> Report:
    """Return the report without a share of the rows, in [0, 1): the last ones, of which at least one stays."""
    kept = max(1, len(rows) - round(share * len(rows)))
    return Report(f"withhold {share:.0%}", Holding(rows.inputs[:kept], rows.targets[:kept]), rows.inputs[:kept])


def repeat(rows: Holding, times: int = 2) -> Report:
    """Return the report of all rows several times under one name, as if they had been measured again with the same result."""
    repeated = Holding(np.tile(rows.inputs, (times, 1)), np.tile(rows.targets, times))
    return Report(f"enter {times} times", repeated, rows.inputs, times)


def garble(rows: Holding, rng: np.random.Generator) -> Report:
    """Return the report of all inputs with the targets shuffled: none is true but by chance."""
    return Report("garble targets", Holding(rows.inputs, rng.permutation(rows.targets)), rows.inputs[:0])


def fabricate(rows: Holding, amount: float, spread: float, rng: np.random.Generator) -> Report:
    """Return the report of all rows and made-up ones.

    Parameters
    ----------
    rows
        What the party has.
    amount
        How many rows are made up, in multiples of those.
    spread
        How far their inputs lie: uniform around the middle of the party's, over ``spread`` times their range.
    rng
        Source of randomness; targets are drawn from the party's own.
    """
    count = max(1, round(amount * len(rows)))
    low, high = rows.inputs.min(axis=0), rows.inputs.max(axis=0)
    inputs = (low + high) / 2 + spread * (high - low) * (rng.random((count, rows.inputs.shape[1])) - 0.5)
    targets = rng.choice(rows.targets, size=count)
    return Report(
        "fabricate", Holding(np.concatenate([rows.inputs, inputs]), np.concatenate([rows.targets, targets])), rows.inputs
    )


@dataclass(frozen=True, eq=False)
class Rewarded:
    """A round of rewards in models, as the platform sees it.

    Parameters
    ----------
    task
        The task with the rows that were reported.
    market
        The round as the rule saw it.
    settlement
        What the rule decided.
    etas
        Variance of the noise on the others' targets that gives each party its reward, shape (n,); infinite where the reward is
        no more than what the rows it reported give.
    """

    task: GaussianRegression
    market: Market
    settlement: Settlement
    etas: FloatArray

    @classmethod
    def of(cls, task: GaussianRegression, mechanism: Mechanism) -> "Rewarded":
        """Reward parties who report what they hold in this task.

        Examples
        --------
        >>> from potluck.mechanisms import ShapleyRewards
        >>> from potluck.models import GaussianProcessRegression
        >>> task = GaussianProcessRegression(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400))
        >>> Rewarded.of(task, ShapleyRewards(rho=0)).etas.tolist()
        [0.0, 0.0, 0.0]
        """
        table = task.coalition_values().reshape((2,) * task.n_parties).transpose()
        market = replace(Market.of(table), similarity=task.similarity())
        settlement = mechanism.settle(market)
        realised = [
            float(task.realisation(party).realise(reward).eta) if reward < market.game.grand else 0.0
            for party, reward in enumerate(settlement.rewards.tolist())
        ]
        return cls(task, market, settlement, np.array(realised))


class ReportingGame(StrategicGame):
    """Parties with data choose what to report, once, and are rewarded with models made worse by noise.

    A party's payoff is what it knows afterwards, in nats, less what it pays: its own true rows, whether reported or not, and the
    others' true measurements with the noise it was given. Rows that are made up or garbled tell nothing, though the platform,
    which looks at inputs alone, rewards them; a row entered k times comes with k draws of noise.

    It is for the tasks with information gain, and for reports under one's own name, where only what is true counts afterwards. An
    `AttackGame` is for every task and has other names, merging and pooling too; there a party's payoff is the quality of its
    model beyond what its own data gives, by the preferences chosen, and others' rows count as they were entered, true or not.

    Parameters
    ----------
    task
        The parties' data and the model.
    mechanism
        The market rule.
    reports
        What each party may report, the same number of ways for each, under the same names; the first is meant to be honest.

    Raises
    ------
    ValueError
        There are not as many lists of reports as parties, or they differ in length or name.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyRewards
    >>> from potluck.models import GaussianProcessRegression
    >>> task = GaussianProcessRegression(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400))
    >>> reports = [[honest(rows), repeat(rows, 3)] for rows in task.holdings()]
    >>> game = ReportingGame(task, ShapleyRewards(), reports)
    >>> bool((game.gains(np.zeros(3, dtype=int)) >= 0).all())
    True
    """

    mechanism: Mechanism
    task: GaussianRegression

    def __init__(self, task: GaussianRegression, mechanism: Mechanism, reports: Sequence[Sequence[Report]]) -> None:
        names = [[report.name for report in ways] for ways in reports]
        if len(reports) != task.n_parties or any(each != names[0] for each in names):
            raise ValueError(f"{task.n_parties} parties need as many lists of reports, alike in their names, not {names}")
        super().__init__(
            np.ones((len(reports), len(names[0])), dtype=bool),
            [f"party {index + 1}" for index in range(len(reports))],
            names[0],
        )
        self.task = task
        self.mechanism = mechanism
        self.reports = [list(ways) for ways in reports]
        self._known: dict[bytes, FloatArray] = {}

    def rewarded(self, profile: IntArray) -> Rewarded:
        """Return the round when the parties report so."""
        rows = [ways[action].rows for ways, action in zip(self.reports, profile, strict=True)]
        return Rewarded.of(self.task.with_holdings(rows), self.mechanism)

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return what each party knows less what it pays, (n,) -> (n,); kept once worked out."""
        key = np.asarray(profile, dtype=np.int64).tobytes()
        if key not in self._known:
            with one_thread():
                result = self.rewarded(profile)
                known = [self.known(profile, party, float(eta)) for party, eta in enumerate(result.etas)]
            self._known[key] = np.array(known) - result.settlement.payments
        return self._known[key]

    def outcome(self, profile: IntArray) -> Outcome:
        """Return the settlement, with money and what the joint model is worth to the platform."""
        result = self.rewarded(profile)
        revenue = float(result.settlement.payments.sum())
        return Outcome(self.payoffs(profile), result.settlement, revenue, result.market.platform_worth + revenue)

    def known(self, profile: IntArray, party: int, eta: float) -> float:
        """Return what a party knows, in nats, given its true rows and the others' true measurements with noise of variance η."""
        model = self.task.model
        inputs, noise = [self.task.holdings()[party].inputs], [np.full(len(self.task.holdings()[party]), model.noise)]
        for other, action in enumerate(profile):
            report = self.reports[other][action]
            if other != party and math.isfinite(eta):
                inputs.append(report.measured)
                noise.append(np.full(len(report.measured), model.noise + eta / report.times))
        return model.gain(np.concatenate(inputs), np.concatenate(noise))
