"""The recommender's parties under other market rules than plain sharing."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import ROUND_OFF, FloatArray
from ...components import seed_of, seeds_of
from ...mechanisms import FairPayments, FreeSharing, Mechanism, MechanismSpec, ReplicationRobustDivision, ShapleyRewards
from ...models import Alternating, Converged, MarketGame, MatrixFactorization, Rounds, Task
from ...models.revision import RevisionSpec
from ...models.tasks.matrix_factorization import SMALL
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import PrivacyMethodSpec, Suppression
from ...training.recommender.sgd import Positive
from ...verdicts import REFUTED, REPRODUCED, UNDECIDED, Verdict, derived, mean_interval, share_interval
from ..opening import Opening
from ..played_market import PlayedMarket, honest_opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .promises import with_epsilons
from .recommender import Levels, ratio_half_width

DECIDE = 24
"""Splits that were enough to decide what rules make of the price of privacy, under every seed that was tried."""


AT_REST = Converged(ROUND_OFF, patience=4)
"""Play is over when for so many rounds, in which each of two who take turns was asked twice, nobody could gain."""


@dataclass(frozen=True)
class _Played(PlayedMarket):
    """One rule at one weight of privacy, played from full sharing to its end."""

    def improvement(self, profile: Any) -> FloatArray:
        """Return by how much the models that parties hold beat what their data alone gives, shape (n,)."""
        rewards = self.game.outcome(np.asarray(profile)).settlement.rewards
        return np.maximum(rewards - self.game.task.alone, 0.0)

    @property
    def price(self) -> float:
        """The price of privacy: which share of full sharing's improvement is lost where play ends; nan where there was none."""
        full = self.improvement(self.honest).sum()
        return float(1 - self.improvement(self.model.actions).sum() / full) if full > 0 else float("nan")

    @property
    def privacy(self) -> list[float]:
        """Everybody's privacy level in the end; nan for a party that stays out."""
        task = self.game.task
        return [round(1 - float(task.level_of[each]), 12) if task.entries[each] else float("nan") for each in self.model.actions]


@SCENARIOS.register
class PrivacyMechanisms(GameScenario):
    """Two parties with a recommender choose their privacy: what fair rules make of the price of privacy.

    A party enters its ratings at a privacy level p, or stays out. Its payoff is the improvement of the model it holds over the
    one its data alone gives, less what it pays, less weight × (1 - p) × what such a model is worth on average; the weight is the
    paper's C / B. Play starts at full sharing. The price of privacy is the share of full sharing's improvement that is lost where
    play ends; below 0 if play ends better, since measured models are not always best without any privacy.

    Parameters
    ----------
    mechanism
        The rule that is looked at closely.
    beside
        The rules it is compared with.
    weights
        What privacy weighs, each ≥ 0: 1 is as much as the model that a party's data alone gives.
    weight
        The weight at which the game is stepped through; it is played beside ``weights``.
    levels
        Privacy levels to choose from, from 0 on, increasing and below 1.
    dataset, privacy_method, passes, rate, regularisation, factors, bound
        As in the task ``MatrixFactorization``.
    splits
        Over how many random divisions of users and ratings results are averaged, ≥ 1.
    strategy
        How the parties learn.
    revision
        Who may change its privacy level when.
    rounds
        How many rounds are played after the opening one, unless play comes to rest before.
    """

    source = f"original; the recommender of {PRIVACY.at('Section 6')}"
    paper = PRIVACY
    where = "beyond the paper: Section 6's recommender under other rules"
    declared_tables = table_columns.PRIVACY_MECHANISMS
    example_parameters = {"splits": 1, "weights": (0.1, 0.8), "levels": (0, 0.5), "passes": 15}
    quick_parameters = {"splits": 10}

    mechanism: MechanismSpec = ShapleyRewards()
    beside: tuple[MechanismSpec, ...] = (
        FreeSharing(),
        ShapleyRewards(),
        ShapleyRewards(rho=0.5),
        FairPayments(),
        ReplicationRobustDivision(),
    )
    weights: tuple[Annotated[float, Field(ge=0, le=100)], ...] = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
    weight: Annotated[float, Field(ge=0, le=100)] = 0.1
    levels: Levels = (0.0, 0.2, 0.4, 0.6, 0.8)
    dataset: str = SMALL
    privacy_method: PrivacyMethodSpec = Suppression()
    passes: Annotated[int, Field(ge=1, le=10_000)] = 30
    rate: Positive = 0.02
    regularisation: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1
    factors: Annotated[int, Field(ge=1, le=1000)] = 4
    bound: Positive | None = 1.0
    splits: Annotated[int, Field(ge=1, le=100)] = 24
    strategy: StrategySpec = BestResponse()
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 30

    def model_post_init(self, context: object, /) -> None:
        """Check that a party that takes part gives something."""
        super().model_post_init(context)
        if self.levels[-1] >= 1:
            raise ValueError(f"levels = {self.levels} must be below 1: full privacy is staying out")
        if not self.weights:
            raise ValueError("weights = (): give at least one weight of privacy")

    def play(self, rng: np.random.Generator) -> Findings:
        """Play every rule at every weight on every split."""
        tasks = [self._task(each) for each in seeds_of(rng, self.splits)]
        seed = seed_of(rng)
        weights = sorted({*self.weights, self.weight})
        rows, broken = [], []
        for split, rule in track([(split, rule) for split in range(self.splits) for rule in self._rules()], "rules and splits"):
            game = MarketGame(tasks[split], rule)
            for weight in weights:
                run = _Played.of(self._arguments(game, weight, seed) | {"stop": Rounds(self.rounds) | AT_REST})
                rows.append(self._row(split, weight, run))
                if run.model.exploitability > ROUND_OFF and rows[-1]["settled"]:
                    broken.append(rows[-1])
        table = with_epsilons(pd.DataFrame(rows), {"p_1": "epsilon_1", "p_2": "epsilon_2"}, self.privacy_method)
        summary = self._summary(table)
        checks = [self._settled(table, broken), *self._claims(table)]
        return Findings(
            {"privacy-mechanisms": table, "rules": summary}, checks, {"privacy-mechanisms": lambda: self._draw(table)}
        )

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game under the chosen rule and weight begins, on the first split."""
        reads = tuple(name for name in type(self).model_fields if name not in {"beside", "weights", "splits"})
        task = self._task(seeds_of(rng, 1)[0])
        return Opening(reads=reads, **self._arguments(MarketGame(task, self.mechanism), self.weight, seed_of(rng)))

    def _rules(self) -> list[Mechanism]:
        return [self.mechanism, *(rule for rule in self.beside if rule != self.mechanism)]

    def _task(self, seed: int) -> MatrixFactorization:
        shared = tuple(sorted(round(1 - level, 12) for level in self.levels))
        task = MatrixFactorization(
            dataset=self.dataset,
            privacy_method=self.privacy_method,
            passes=self.passes,
            rate=self.rate,
            regularisation=self.regularisation,
            factors=self.factors,
            bound=self.bound,
            levels=shared,
            seed=seed,
        )
        if not _unit(task) > 0:
            raise ValueError(f"{self.dataset}: alone neither party's model beats averages, and weights are in units of that")
        return task

    def _arguments(self, game: MarketGame, weight: float, seed: int) -> dict[str, Any]:
        """Return how play begins where privacy has this weight; games of other weights share the markets that are settled."""
        weighed = game.with_costs(weight * _unit(game.task) * game.task.level_of)
        return honest_opening(weighed, self.strategy, self.revision, self.rounds, seed)

    @staticmethod
    def _row(split: int, weight: float, run: _Played) -> dict[str, Any]:
        unit = _unit(run.game.task)
        last = run.model.history().groupby("player", sort=False)["action"].apply(lambda actions: actions.iloc[-3:].nunique())
        first, second = run.privacy
        return {
            "split": split + 1,
            "mechanism": run.label,
            "weight": weight,
            "p_1": first,
            "p_2": second,
            "improvement": float(run.improvement(run.model.actions).sum()) / unit,
            "improvement_full": float(run.improvement(run.honest).sum()) / unit,
            "price_of_privacy": run.price,
            "paid_by_platform": 0.0 - run.model.revenue / unit,
            "settled": bool((last == 1).all()),
            "equilibria": len(run.game.pure_equilibria()),
        }

    def _summary(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a row a rule: means over splits, with the ends of their 95 % intervals where the mean is lost of the best."""
        grouped = _compared(table).groupby("mechanism", sort=False)
        sums = grouped[["improvement", "improvement_full"]].sum()
        lost = _lost(table)
        ends = {label: mean_interval(values) for label, values in lost.items()}
        summary = pd.DataFrame(
            {
                "price_of_privacy": 1 - sums["improvement"] / sums["improvement_full"].where(sums["improvement_full"] > 0),
                "lost_of_best": lost.mean(),
                "lost_of_best_low": {label: low for label, (low, _) in ends.items()},
                "lost_of_best_high": {label: high for label, (_, high) in ends.items()},
                "both_take_part": grouped["both"].mean(),
                "paid_by_platform": grouped["paid_by_platform"].mean(),
            }
        )
        return summary.loc[sums.index].reset_index(names="mechanism")

    @staticmethod
    def _settled(table: pd.DataFrame, broken: list[dict[str, Any]]) -> Verdict:
        return Verdict.statement(
            "where play comes to rest, nobody gains by another privacy level",
            derived("definition of an equilibrium"),
            "a resting point of best responses is an equilibrium",
            f"{int(table['settled'].sum())} of {len(table)} games came to rest",
            not broken,
            f"not at {broken[0]}" if broken else "" if table["settled"].all() else "the others go round in circles",
        )

    @staticmethod
    def _claims(table: pd.DataFrame) -> list[Verdict]:
        """Compare fair rules with plain sharing, split by split, by the share of the best improvement that is lost."""
        lost = _lost(table)
        plain, paid, rewarded = (rule.short() for rule in (FreeSharing(), FairPayments(), ShapleyRewards()))
        note = (
            "model rewards make the weaker party's model worse to be fair, so that leaving costs it less; who leaves takes the "
            "whole improvement along"
        )
        asked = (
            (paid, "fair payments, for which the platform pays, lower the price of privacy", REPRODUCED, ""),
            (rewarded, "a fair rule lowers the price of privacy", REFUTED, note),
        )
        verdicts = [
            Verdict.over_seeds(
                f"what {rule} loses beyond plain sharing",
                derived("what rewarding what is shared should do"),
                claim,
                lost[rule] - lost[plain],
                lambda difference: difference < 0,
                expected=expected,
                note=reason,
            )
            for rule, claim, expected, reason in asked
            if {rule, plain} <= set(lost.columns)
        ]
        few = len(lost) < DECIDE
        return [replace(each, expected=UNDECIDED) if few and each.outcome is UNDECIDED else each for each in verdicts]

    def _draw(self, table: pd.DataFrame) -> Figure:
        title = f"What each rule makes of the price of privacy\n{self.dataset}, 95 % over {self.splits} splits"
        figure, (lost, staying) = figures.new_figure(2, title=title)
        for index, (label, rows) in enumerate(_compared(table).groupby("mechanism", sort=False)):
            style: dict[str, Any] = {
                "color": figures.rule_colour(str(label)),
                "marker": figures.MARKERS[index % len(figures.MARKERS)],
                "markersize": 5,
                "capsize": 2,
                "elinewidth": 0.7,
            }
            by_weight = rows.groupby("weight")
            weights = np.array([float(str(weight)) for weight in by_weight.groups])
            kept, half = np.array([_kept(part) for _, part in by_weight]).T
            lost.errorbar(weights, kept, half, label=str(label), **style)
            share = by_weight["both"].mean().to_numpy()
            low, high = share_interval(share, self.splits)
            staying.errorbar(weights, share, (share - low, high - share), label=str(label), **style)
        lost.set(xlabel="weight of privacy, C / B", ylabel="improvement kept, as a share of the\nlargest that full sharing gives")
        staying.set(xlabel="weight of privacy, C / B", ylabel="share of splits in which both take part")
        for axis in (lost, staying):
            axis.axhline(0, color="0.7", linewidth=0.8)
        staying.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def _kept(rows: pd.DataFrame) -> tuple[float, float]:
    """Return the improvement kept over splits, as a share of the best, and half its interval; nan where there is none to keep."""
    kept, best = rows["improvement"].to_numpy(), rows["best"].to_numpy()
    if not best.mean() > 0:
        return np.nan, np.nan
    return float(kept.mean() / best.mean()), float(ratio_half_width(kept, best))


def _unit(task: Task) -> float:
    """Return what the model of a party's own data is worth, on average over the parties."""
    return float(np.mean(np.maximum(task.alone, 0.0)))


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Add columns best, the largest improvement that any rule's full sharing gives, and both, whether both parties take part."""
    best = table.groupby(["split", "weight"])["improvement_full"].transform("max")
    return table.assign(best=best, both=table[["p_1", "p_2"]].notna().all(axis=1))


def _lost(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each rule loses on each split, summed over weights, as a share of the best improvement of an average split."""
    sums = _compared(table).groupby(["split", "mechanism"], sort=False)[["best", "improvement"]].sum()
    typical = sums["best"].mean()
    return ((sums["best"] - sums["improvement"]) / (typical if typical > 0 else np.nan)).unstack("mechanism")
