"""Model rewards among ten parties: exact Shapley values in seconds, and how far off sampled ones are."""

import time
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...components import seed_of
from ...mechanisms import CoalitionalGame, OnDemandGame, reward_shares, shapley
from ...models.tasks import SparseGaussianProcess
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...progress import track
from ...training.threads import one_thread
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .figures_3_5 import Rho, repartitioned
from .reward_points import diagonal_check, draw_points, point_checks, reward_points

SAMPLERS = ("permutations", "stratified")
SLOW = 30.0


@SCENARIOS.register
class RewardsFig6(Scenario):
    """Ten parties and a sparse Gaussian process: rewards, and Shapley values sampled beside exact ones.

    The paper samples permutations, "since the exact Shapley value is expensive to evaluate with a large number of parties". By
    coalitions it takes 2^10 determinants of p by p matrices, which is seconds; only the sum over all orders is expensive.

    Parameters
    ----------
    parties
        How many, ≥ 3.
    rows, tests
        Rows of the Friedman function that are partitioned, and rows to test on.
    inducing
        Inducing inputs of the sparse Gaussian process, ≥ 1.
    rho
        Powers ρ of the rule, each in [0, 1].
    partitions, draws
        Partitions of the rows, and realisations of the noise for each party, ≥ 1.
    smallest
        Least share of the rows that a party gets, in [0, 1 / parties].
    evaluations
        Coalitions that a sampler may ask for, increasing; there must be enough to see every size twice.
    repeats
        Samples drawn at each, ≥ 2.
    """

    source = MODEL_REWARDS.at("Figure 6; sampling: Maleki et al. (2013)")
    paper = MODEL_REWARDS
    where = "Figure 6 (Section 5)"
    declared_tables = table_columns.REWARDS_FIG6
    example_parameters = {
        "parties": 4,
        "rows": 300,
        "tests": 100,
        "inducing": 30,
        "partitions": 2,
        "smallest": 0.1,
        "evaluations": (14, 15),
        "repeats": 20,
    }

    parties: Annotated[int, Field(ge=3, le=16)] = 10
    rows: Annotated[int, Field(ge=30, le=20_000)] = 4000
    tests: Annotated[int, Field(ge=2, le=100_000)] = 1000
    inducing: Annotated[int, Field(ge=1, le=5000)] = 128
    rho: Annotated[tuple[Rho, ...], Field(min_length=1)] = (1.0, 0.5)
    partitions: Annotated[int, Field(ge=1, le=1000)] = 8
    draws: Annotated[int, Field(ge=1, le=10_000)] = 5
    smallest: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    evaluations: Annotated[tuple[Annotated[int, Field(ge=4, le=10**8)], ...], Field(min_length=1)] = (
        200,
        300,
        500,
        1000,
        5000,
        20000,
    )
    repeats: Annotated[int, Field(ge=2, le=10_000)] = 50

    def model_post_init(self, context: object, /) -> None:
        """Check that the samplers can do something with the evaluations they may use; the error names the least that works."""
        nothing = OnDemandGame(self.parties, lambda present: np.zeros(len(present)))
        shapley(nothing, evaluations=min(self.evaluations), rng=np.random.default_rng(0))

    def play(self, rng: np.random.Generator) -> Findings:
        """Value and reward the parties of every partition, and sample the Shapley values of the first."""
        with one_thread():
            return self._findings(rng)

    def _findings(self, rng: np.random.Generator) -> Findings:
        sampling, *each = rng.spawn(1 + self.partitions)
        whole = SparseGaussianProcess(
            parties=1, rows=self.rows, tests=self.tests, split="even", inducing=self.inducing, seed=seed_of(rng)
        )
        tasks = [repartitioned(whole, self.parties, self.smallest, own) for own in each]
        started = time.process_time()
        exact = CoalitionalGame(tasks[0].coalition_values())
        shapley(exact)
        seconds = time.process_time() - started
        pairs = [
            reward_points(task, number, self.rho, self.draws, own)
            for number, (task, own) in enumerate(zip(track(tasks, "partitions"), each, strict=True), 1)
        ]
        points = pd.concat([pair[0] for pair in pairs], ignore_index=True)
        partitions = pd.concat([pair[1] for pair in pairs], ignore_index=True)
        errors = self._errors(exact, sampling)
        checks = [*self._sampling_checks(errors, exact, seconds), *point_checks(points, partitions, self.rho)]
        checks.append(diagonal_check(points, min(self.rho)))
        tables = {self.name(): errors, "points": points, "partitions": partitions}
        title = f"Rewards of {self.parties} parties on the Friedman function"
        return Findings(
            tables, checks, {self.name(): lambda: _drawn(errors), "points": lambda: draw_points(points, self.rho, title)}
        )

    def _errors(self, game: CoalitionalGame, rng: np.random.Generator) -> pd.DataFrame:
        exact = shapley(game)
        rows = [self._row("exact", (1 << self.parties) - 1, np.array([exact]), exact, game.grand)]
        for sampler in SAMPLERS:
            for allowed in track(self.evaluations, f"sampling: {sampler}"):
                if sampler == "stratified" and allowed >= (1 << self.parties) - 1:
                    continue  # it asks for every coalition, and is exact
                found = [_sampled(sampler, game, allowed, rng) for _ in range(self.repeats)]
                rows.append(self._row(sampler, allowed, np.array(found), exact, game.grand))
        return pd.DataFrame(rows)

    def _row(self, method: str, asked: int, found: FloatArray, exact: FloatArray, grand: float) -> dict[str, object]:
        error = np.abs(found - exact)
        rewards = np.array([reward_shares(np.maximum(each, 0.0), 1.0) for each in found]) * grand
        off = np.abs(rewards - reward_shares(exact, 1.0) * grand)
        return {
            "method": method,
            "evaluations": asked,
            "error_mean": float(error.mean() / exact.mean()),
            "error_max": float(error.max(axis=1).mean() / exact.mean()),
            "wrong_top": float((found.argmax(axis=1) != exact.argmax()).mean()),
            "wrong_order": float((found.argsort(axis=1) != exact.argsort()).any(axis=1).mean()),
            "reward_error": float(off.max(axis=1).mean()),
        }

    def _sampling_checks(self, errors: pd.DataFrame, game: CoalitionalGame, seconds: float) -> list[Verdict]:
        by_orders, stratified = (errors[errors["method"] == sampler].set_index("evaluations") for sampler in SAMPLERS)
        equal = [asked for asked in self.evaluations if asked <= len(game.values)]
        checks = [
            Verdict.statement(
                f"seconds for the exact Shapley values of {self.parties} parties",
                printed("Section 6"),
                "expensive to evaluate with a large number of parties",
                round(seconds, 2),
                not (seconds < SLOW),
                f"false: {len(game.values)} determinants, p = {self.inducing}; processor time, depends on the machine",
                expected=REFUTED,
            )
        ]
        if equal:
            asked = equal[-1]
            row = by_orders.loc[asked]
            checks.append(
                Verdict.statement(
                    "sampled permutations at about the cost of the exact values",
                    printed("Section 6"),
                    "an approximation to use instead",
                    f"largest error {row['error_max']:.1%} of the mean φ, top party wrong in {row['wrong_top']:.0%} of samples",
                    bool(row["error_max"] > 0.01),
                    f"{asked} coalitions; some reward at ρ = 1 is then off by {row['reward_error']:.1f} nats on average, of "
                    f"{game.grand:.1f}; estimates sum to v(N) always, so efficiency is no check",
                )
            )
        both = [asked for asked in stratified.index if asked in by_orders.index]
        if both:
            pair = [float(each.loc[both[-1], "error_max"]) for each in (by_orders, stratified)]
            checks.append(
                Verdict.statement(
                    f"permutations beside coalitions of every size, {both[-1]} evaluations",
                    derived("estimators at equal cost"),
                    "stratified by size is far better at equal cost",
                    f"{pair[0]:.1%} against {pair[1]:.1%}",
                    pair[0] > 2 * pair[1],
                    "largest error relative to the mean φ, mean over samples",
                )
            )
        return checks


def permutation_shapley(game: CoalitionalGame, orders: int, rng: np.random.Generator) -> FloatArray:
    """Return the mean of what players add in random orders, shape (n,) (Maleki et al. 2013); n evaluations an order.

    Parameters
    ----------
    game
        The table of values.
    orders
        How many, ≥ 1.
    rng
        Source of the orders.

    Examples
    --------
    >>> additive = CoalitionalGame([0, 1, 2, 3])
    >>> permutation_shapley(additive, 5, np.random.default_rng(0)).tolist()
    [1.0, 2.0]
    """
    drawn = rng.permuted(np.tile(np.arange(game.n), (orders, 1)), axis=1)
    reached = np.cumsum(1 << drawn, axis=1)
    added = np.diff(game.values[reached], axis=1, prepend=0.0)
    sums = np.zeros(game.n)
    np.add.at(sums, drawn, added)
    return np.asarray(sums / orders)


def _sampled(sampler: str, game: CoalitionalGame, evaluations: int, rng: np.random.Generator) -> FloatArray:
    if sampler == "permutations":
        return permutation_shapley(game, evaluations // game.n, rng)
    masks = 1 << np.arange(game.n)
    on_demand = OnDemandGame(game.n, lambda present: game.values[present @ masks])
    estimate = shapley(on_demand, evaluations=evaluations, rng=rng)
    return estimate.values


def _drawn(errors: pd.DataFrame) -> Figure:
    figure, axes = figures.new_figure(2, title="Sampled Shapley values beside exact ones", width=4.8)
    exact = errors.loc[errors["method"] == "exact", "evaluations"].iloc[0]
    words = {"permutations": "random orders", "stratified": "coalitions of every size"}
    for index, sampler in enumerate(SAMPLERS):
        rows = errors[errors["method"] == sampler]
        style = {"color": figures.colour(index), "marker": figures.MARKERS[index], "label": words[sampler]}
        axes[0].loglog(rows["evaluations"], 100 * rows["error_max"], **style)
        axes[1].semilogx(rows["evaluations"], 100 * rows["wrong_order"], **style)
    for axis, label in zip(axes, ("largest error, % of the mean value", "samples in wrong order, %"), strict=True):
        axis.axvline(exact, color="0.4", linewidth=0.9, linestyle="--")
        axis.set(xlabel="coalitions asked for", ylabel=label)
    axes[1].annotate("exact", (exact, 50), xytext=(4, 0), textcoords="offset points", fontsize=9)
    axes[0].legend(fontsize=9, frameon=False)
    return figure
