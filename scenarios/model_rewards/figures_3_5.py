"""Model rewards on real data that is split at random: what parties gain beside what they could gain."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...components import seed_of
from ...data.downloads import is_present
from ...data.regression import CALIFORNIA, DIABETES
from ...models.tasks import BayesianLinearRegression, GaussianProcessRegression, GaussianRegression, Holding
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...progress import track
from ...training.information_gain.partition import block_sizes, hoare_step, sorted_blocks
from ...training.threads import one_thread
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .reward_points import draw_points, negative_checks, point_checks, reward_points

Rho = Annotated[float, Field(ge=0, le=1)]
SHOWN_ROWS = 60


def repartitioned(task: GaussianRegression, parties: int, smallest: float, rng: np.random.Generator) -> GaussianRegression:
    """Return the task with all parties' rows dealt anew, in blocks after one step of a sort (the paper's Figure 4)."""
    held = task.holdings()
    inputs = np.concatenate([rows.inputs for rows in held])
    targets = np.concatenate([rows.targets for rows in held])
    blocks = sorted_blocks(inputs, parties, rng, smallest)
    return task.with_holdings([Holding(inputs[block], targets[block]) for block in blocks])


class RewardScatter(Scenario):
    """Base of the scatter plots: train-test splits, partitions of the training rows, realisations of the noise.

    Parameters
    ----------
    rho
        Powers ρ of the rule, each in [0, 1].
    splits
        Train-test splits, ≥ 1.
    partitions
        Partitions of the training rows for each split, ≥ 1.
    draws
        Realisations of the noise for each party, ≥ 1.
    parties
        How many, ≥ 2.
    smallest
        Least share of the training rows that a party gets, in [0, 1 / parties].
    """

    paper = MODEL_REWARDS

    rho: Annotated[tuple[Rho, ...], Field(min_length=1)] = (1.0, 0.5)
    splits: Annotated[int, Field(ge=1, le=1000)] = 10
    partitions: Annotated[int, Field(ge=1, le=1000)] = 10
    draws: Annotated[int, Field(ge=1, le=10_000)] = 5
    parties: Annotated[int, Field(ge=2, le=16)] = 3
    smallest: Annotated[float, Field(ge=0, le=0.5)] = 0.1

    @abstractmethod
    def task(self, seed: int) -> GaussianRegression:
        """Return the task of one train-test split."""

    def play(self, rng: np.random.Generator) -> Findings:
        """Split, partition, reward and predict."""
        with one_thread():
            return self._findings(rng)

    def _findings(self, rng: np.random.Generator) -> Findings:
        pairs = [
            reward_points(task, number, self.rho, self.draws, noise) for number, (task, noise) in enumerate(self._tasks(rng), 1)
        ]
        points = pd.concat([pair[0] for pair in pairs], ignore_index=True)
        partitions = pd.concat([pair[1] for pair in pairs], ignore_index=True)
        checks = [
            *point_checks(points, partitions, self.rho, self.partitions),
            *negative_checks(points, self.rho, self.partitions),
        ]
        if reason := self._other_data():
            checks = [check.left_undecided(reason) if check.basis.origin == "printed" else check for check in checks]
        drawn = {
            self.name(): lambda: draw_points(points, self.rho, self._title()),
            f"{self.name()}-partition": self._draw_partition,
        }
        return Findings({self.name(): points, "partitions": partitions}, checks, drawn)

    def _draw_partition(self) -> Figure:
        """Draw how rows are dealt, as the paper's Figure 4 does: one step of a sort, then blocks of random sizes."""
        rng = np.random.default_rng(4)
        values = rng.random(SHOWN_ROWS)
        blocks = np.split(hoare_step(values, rng), np.cumsum(block_sizes(SHOWN_ROWS, self.parties, rng, self.smallest))[:-1])
        figure, (axis,) = figures.new_figure(width=6.4, title="How rows are dealt to parties")
        start = 0
        for party, block in enumerate(blocks):
            places = np.arange(start, start + len(block))
            marker = figures.MARKERS[party % len(figures.MARKERS)]
            axis.plot(places, values[block], marker, color=figures.colour(party), markersize=4, label=f"party {party + 1}")
            start += len(block)
        axis.set(xlabel="place after one step of a sort", ylabel="the feature that is sorted by")
        axis.set_title("below the row that is drawn, then it, then above", fontsize=10)
        axis.legend(fontsize=9, frameon=False, loc="upper left")
        return figure

    def _tasks(self, rng: np.random.Generator) -> Iterator[tuple[GaussianRegression, np.random.Generator]]:
        for own in track(rng.spawn(self.splits), "train-test splits"):
            task = self.task(seed_of(own))
            for each in own.spawn(self.partitions):
                yield repartitioned(task, self.parties, self.smallest, each), each

    def _title(self) -> str:
        return self.summary().rstrip(".")

    def _other_data(self) -> str:
        """Return why nothing that is printed can be decided by these data; empty where they are the paper's."""
        return ""


@SCENARIOS.register
class RewardsFig3(RewardScatter):
    """Rewards on the diabetes data: improvements in information and in MNLP beside the largest possible.

    A Gaussian process with squared-exponential plus exponential kernel, one lengthscale each, hyperparameters learned anew for
    every train-test split; a fifth of the rows is the test. The paper has 9 inputs of the 10 there are and does not say which: by
    default we leave out ``sex``, the only one of two values.

    Parameters
    ----------
    rho, splits, partitions, draws, parties, smallest
        Powers ρ; train-test splits; partitions a split; realisations of the noise; parties, and the least share of each.
    without
        Inputs left out.
    """

    source = MODEL_REWARDS.at("Figure 3")
    where = "Figure 3 (Section 5)"
    declared_tables = table_columns.REWARDS_FIG3
    example_parameters = {"splits": 1, "partitions": 2}

    without: tuple[str, ...] = ("sex",)

    def task(self, seed: int) -> GaussianRegression:
        """Return Gaussian process regression on one train-test split."""
        return GaussianProcessRegression(
            dataset=DIABETES, parties=self.parties, without=self.without, kernel="squared-exponential+exponential", seed=seed
        )


@SCENARIOS.register
class RewardsFig5(RewardScatter):
    """Rewards on Californian housing: Bayesian regression on the last layer of a network trained on public rows.

    60% of the rows are public and train the network; 1600 of the rest are partitioned, 400 are the test. The paper does not say
    how wide the layers are; the share of positive MNLP improvements rises with the width of the last.

    Parameters
    ----------
    rho, splits, partitions, draws, parties, smallest
        Powers ρ; train-test splits; partitions a split; realisations of the noise; parties, and the least share of each.
    dataset
        ``california-housing``, which must have been fetched with ``potluck data get california-housing``; or ``friedman``, the
        Friedman function in its place. Default, ``auto``: the first if it has been fetched, else the second. The figure's
        title says which was used; on the second nothing that is printed is decided.
    hidden
        Sizes of the network's hidden layers.
    rows, tests
        Rows that are partitioned, and rows to test on.
    """

    source = MODEL_REWARDS.at("Figure 5")
    where = "Figure 5 (Section 5)"
    declared_tables = table_columns.REWARDS_FIG5
    example_parameters = {"dataset": "friedman", "splits": 1, "partitions": 3, "rows": 200, "tests": 100, "hidden": (20, 10)}

    splits: Annotated[int, Field(ge=1, le=1000)] = 4
    partitions: Annotated[int, Field(ge=1, le=1000)] = 25
    dataset: Literal["auto", "california-housing", "friedman"] = "auto"
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1)] = (64, 32)
    rows: Annotated[int, Field(ge=10, le=20_000)] = 1600
    tests: Annotated[int, Field(ge=2, le=100_000)] = 400

    @property
    def used(self) -> str:
        """The data set that a run uses."""
        if self.dataset != "auto":
            return self.dataset
        return CALIFORNIA if is_present(CALIFORNIA) else "friedman"

    def task(self, seed: int) -> GaussianRegression:
        """Return Bayesian linear regression on the last layer of a network, for one choice of public, training and test rows."""
        return BayesianLinearRegression(
            dataset=self.used,
            parties=self.parties,
            rows=self.rows,
            tests=self.tests,
            split="even",
            features="network",
            hidden=self.hidden,
            seed=seed,
        )

    def _title(self) -> str:
        real = self.used == CALIFORNIA
        return f"Rewards on {'Californian housing' if real else 'the Friedman function, in place of Californian housing'}"

    def _other_data(self) -> str:
        return "" if self.used == CALIFORNIA else f"not the paper's data; `potluck data get {CALIFORNIA}` fetches it"
