"""Parties with different validation data: how a market may divide what each pays for its own task."""

from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import ROUND_OFF
from ...components import seed_of
from ...data.reading import TableReading
from ...data.splits import LabelSkew, SplitSpec
from ...mechanisms import Mechanism, MechanismSpec, ReplicationRobustDivision
from ...models import Alternating, Classification, MarketGame
from ...models.revision import RevisionSpec
from ...models.tasks import Holding
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..opening import Opening
from ..played_market import PlayedMarket, honest_opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns
from .replication_attack import copies_by_round

Division: TypeAlias = Literal["task_market", "aggregate", "task_shapley", "nonself"]

TASKS: tuple[Division, ...] = (
    "task_market",
    "aggregate",
    "task_shapley",
    "nonself",
)
SINGLE_TASK = ("task_market", "aggregate")


@SCENARIOS.register
class MultiTaskMarket(TableReading, GameScenario):
    """Parties that judge by validation data of their own trade, under each way to divide what they pay.

    Each party trains on data of its own and judges models by validation rows of its own. Four divisions, extensions of the
    paper's single-task market, say who receives what parties pay for their improvement. Beside the accounts of one honest round
    stand what copies and misreported validation data would gain, and a repeated game in which every party learns how many
    copies to enter.

    Parameters
    ----------
    mechanism
        The rule whose repeated game is shown round by round.
    strategy
        How every party learns.
    dataset, split, parties, classifier
        The parties' data, as in the task ``Classification``; validation rows are dealt by the same kind of split.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in ``TableReading``.
    copies
        How many copies a party may enter.
    revision
        Who may change its number of copies when.
    rounds
        How many rounds are played after the opening one.
    """

    source = MARKETS.at("Section 3; the divisions are extensions")
    paper = MARKETS
    where = "Section 3 (several validation tasks; the division is in the full version only)"
    declared_tables = table_columns.MULTI_TASK_MARKET
    example_parameters = {"dataset": "wine", "copies": 1, "rounds": 4, "strategy": "BestResponse"}

    mechanism: MechanismSpec = ReplicationRobustDivision()
    strategy: StrategySpec = BestResponse()
    dataset: str = "digits"
    split: SplitSpec = LabelSkew(concentration=1.0)
    parties: Annotated[int, Field(ge=2, le=6)] | None = None
    classifier: str = "1-nn"
    copies: Annotated[int, Field(ge=0, le=4)] = 2
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 12

    def play(self, rng: np.random.Generator) -> Findings:
        """Split the data, settle an honest round under every division, try copies and reports, and play the repeated games."""
        seed = seed_of(rng)
        task = self._task(seed)
        chosen = PlayedMarket.of(self._arguments(self.mechanism, task, seed))
        runs = [PlayedMarket.of(self._arguments(rule, task, seed)) for rule in track(_rules("all"), "divisions")]
        accounts = [_account(rule, task) for trained_on in ("all", "best") for rule in _rules(trained_on)]
        tables = {
            "multi-task-market": pd.concat(accounts, ignore_index=True),
            "divisions": pd.DataFrame([self._division(run) for run in runs]),
            "misreports": self._misreports(task),
            "rounds": copies_by_round(chosen),
        }
        return Findings(tables, self._checks(tables, task), {"multi-task-market": lambda: self._draw(tables)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game under the chosen rule begins."""
        seed = seed_of(rng)
        reads = tuple(name for name in type(self).model_fields if name != "beside")
        return Opening(reads=reads, **self._arguments(self.mechanism, self._task(seed), seed))

    def _task(self, seed: int) -> Classification:
        return Classification(
            dataset=self.dataset,
            split=self.split,
            parties=self.parties,
            classifier=self.classifier,
            judge="own",
            **self.reading(),
            copies=self.copies,
            seed=seed,
        )

    def _arguments(self, rule: Mechanism, task: Classification, seed: int) -> dict[str, Any]:
        game = MarketGame(task, rule, available=np.flatnonzero(task.entries > 0))
        return honest_opening(game, self.strategy, self.revision, self.rounds, seed)

    @staticmethod
    def _division(run: PlayedMarket) -> dict[str, object]:
        rule = run.game.mechanism
        settled = run.game.outcome(run.honest).settlement
        return {
            "tasks": rule.tasks if isinstance(rule, ReplicationRobustDivision) else rule.short(),
            "imbalance": float(settled.payments.sum()),
            "best_gain_from_copying": float(run.temptation().max()),
            "parties_who_profit": int((run.temptation() > ROUND_OFF).sum()),
            "mean_copies": float(run.final_copies.mean()),
            "exploitability": run.model.exploitability,
            "welfare": run.model.welfare,
        }

    @staticmethod
    def _misreports(task: Classification) -> pd.DataFrame:
        """Return what a party gains in money by judging by other rows; it receives the same model."""
        honest = np.full(task.n_parties, task.honest)
        rows = []
        for rule in _rules("all"):
            truthful = rule.settle(MarketGame(task, rule).market(honest)).payments
            for party in range(task.n_parties):
                for report, validation in _reports(task, party).items():
                    market = MarketGame(task.with_validation(party, validation), rule).market(honest)
                    rows.append(
                        {
                            "tasks": rule.tasks,
                            "party": f"party {party + 1}",
                            "report": report,
                            "reported_alone": float(market.alone[party]),
                            "reported_model": float(market.pool[party]),
                            "gain": float(truthful[party] - rule.settle(market).payments[party]),
                        }
                    )
        return pd.DataFrame(rows)

    def _checks(self, tables: dict[str, pd.DataFrame], task: Classification) -> list[Verdict]:
        accounts = tables["multi-task-market"]
        imbalance = float(accounts.groupby(["tasks", "trained_on"])["net"].sum().abs().max())
        best = accounts[accounts["trained_on"] == "best"]
        first = accounts[(accounts["trained_on"] == "all") & (accounts["tasks"] == TASKS[0])]
        harmed = int((first["improvement"] < -ROUND_OFF).sum())
        lies = tables["misreports"]
        worst = lies.iloc[int(lies["gain"].argmax())]
        return [
            Verdict.number(
                "every division balances: largest Σ b - Σ a", printed("Section 3.1, balance"), 0.0, imbalance, ROUND_OFF
            ),
            *self._reductions(task),
            Verdict.statement(
                "trained on the best subset: nobody's model is worse than its own",
                derived("the own data is one of the subsets"),
                "nobody is worse off trained on the data that is best suited for its task (Section 1)",
                float(best["improvement"].min()),
                bool((best["improvement"] >= -ROUND_OFF).all()),
                f"trained on all data: {harmed} parties have a worse one",
            ),
            Verdict.statement(
                "nobody gains by misreporting its validation data",
                printed("abstract and Section 1"),
                "the market incentivises parties to submit true validation data (abstract, Section 3.1)",
                float(worst["gain"]),
                bool(worst["gain"] <= ROUND_OFF),
                f"the claim fails where everybody receives the model of all data: {worst['party']} reports {worst['report']} "
                f"under {worst['tasks']}",
                expected=REFUTED,
            ),
        ]

    def _reductions(self, task: Classification) -> list[Verdict]:
        """Compare the divisions with the single-task market where all judge by the same rows."""
        rows = task.validation()
        together = Holding(np.concatenate([part.inputs for part in rows]), np.concatenate([part.targets for part in rows]))
        for party in range(task.n_parties):
            task = task.with_validation(party, together)
        market = MarketGame(task, ReplicationRobustDivision()).market(np.full(task.n_parties, task.honest))
        single = ReplicationRobustDivision().settle(type(market)(market.games[:1], market.group, market.entries)).payments
        checks = []
        for rule in _rules("all"):
            apart = float(np.abs(rule.settle(market).payments - single).max())
            if rule.tasks in SINGLE_TASK:
                checks.append(
                    Verdict.number(
                        f"{rule.tasks}: distance from the single-task market",
                        derived("one task, where all judge by the same rows"),
                        0.0,
                        apart,
                        ROUND_OFF,
                    )
                )
        return checks

    def _draw(self, tables: dict[str, pd.DataFrame]) -> Figure:
        figure, (nets, copying, lying) = figures.new_figure(
            3, width=4.6, height=4.0, title=f"Parties with validation data of their own share {self.dataset} data"
        )
        accounts = tables["multi-task-market"]
        honest = accounts[accounts["trained_on"] == "all"]
        figures.grouped_bars(nets, honest.pivot(index="party", columns="tasks", values="net")[list(TASKS)])
        nets.axvline(0, color="0.3", linewidth=0.8)
        nets.set(title="honest round", xlabel="net payment received, b - a (accuracy)")
        divisions = tables["divisions"].set_index("tasks")
        figures.grouped_bars(copying, divisions[["best_gain_from_copying"]].T.rename(index={"best_gain_from_copying": ""}))
        copying.axvline(0, color="0.3", linewidth=0.8)
        copying.set(title="copies, others honest", xlabel="largest gain of a party (accuracy)")
        lies = tables["misreports"]
        figures.grouped_bars(lying, lies.groupby(["report", "tasks"])["gain"].max().unstack("tasks")[list(TASKS)])
        lying.axvline(0, color="0.3", linewidth=0.8)
        lying.set(title="misreported validation data", xlabel="largest gain of a party (accuracy)")
        figure.legend(*nets.get_legend_handles_labels(), loc="outside lower center", ncols=len(TASKS), fontsize=9)
        return figure


def _rules(trained_on: Any) -> list[ReplicationRobustDivision]:
    return [ReplicationRobustDivision(tasks=tasks, trained_on=trained_on) for tasks in TASKS]


def _account(rule: ReplicationRobustDivision, task: Classification) -> pd.DataFrame:
    """Return the paper's quantities of one honest round, a row a party."""
    market = MarketGame(task, rule).market(np.full(task.n_parties, task.honest))
    account = rule.account(market)
    return pd.DataFrame(
        {
            "tasks": rule.tasks,
            "trained_on": rule.trained_on,
            "party": [f"party {index + 1}" for index in range(market.n)],
            "rows": task.sizes,
            "quality_alone": market.alone,
            "quality": account.models,
            "fee": account.fees,
            "improvement": account.improvements,
            "share": account.shares,
            "payoff": account.payoffs,
            "net": account.net,
        }
    )


def _reports(task: Classification, party: int) -> dict[str, Holding]:
    """Return rows that a party could report instead of its own: its training rows, and its own rows with other labels."""
    rows = task.validation()[party]
    classes = 1 + max(int(held.targets.max()) for held in task.holdings())
    return {"its training rows": task.holdings()[party], "wrong labels": Holding(rows.inputs, (rows.targets + 1) % classes)}
