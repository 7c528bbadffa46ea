"""Hospitals that share data and learn to copy it."""

import math
from typing import Annotated, Any, cast

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import ROUND_OFF
from ...components import seed_of
from ...data.reading import TableReading
from ...data.splits import Even, SplitSpec
from ...mechanisms import (
    Audit,
    ClassGame,
    EqualSplit,
    FairPayments,
    Mechanism,
    MechanismSpec,
    ReplicationRobustDivision,
    ShapleyDivision,
    SimilarityWeighted,
    audit_money,
)
from ...models import Alternating, Classification, MarketGame
from ...models.revision import RevisionSpec
from ...papers import MARKETS
from ...pictures import draw_amounts, figures
from ...progress import track
from ...verdicts import REPRODUCED, UNDECIDED, Verdict, derived, printed
from ..opening import Opening
from ..played_market import PlayedMarket, honest_opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns

MOST_LOOKED_AT = 1 << 16


class _Played(PlayedMarket):
    """One rule's repeated game and whether its money adds up."""

    def money(self) -> Audit:
        """Return the worst audit of money over all profiles that were played."""
        played = self.model.history().pivot(index="round", columns="player", values="action")
        profiles = np.unique(played[self.game.player_names].to_numpy(), axis=0)
        return min(
            (audit_money(self.game.mechanism, self.game.market(profile)) for profile in profiles),
            key=lambda audit: (audit.holds, audit.slack),
        )


def _monotone(game: ClassGame) -> bool:
    """Say whether more data never hurts; a game too large to tabulate is not looked at, and not taken to be so."""
    if math.prod(size + 1 for size in game.sizes) > MOST_LOOKED_AT:
        return False
    return all((np.diff(game.values, axis=axis) >= -ROUND_OFF).all() for axis in range(game.values.ndim))


@SCENARIOS.register
class ReplicationAttack(TableReading, GameScenario):
    """Hospitals share patients' data and learn how many copies of it to enter, under one rule and beside it others.

    Every party enters its own data and, each time it may revise, chooses how many copies to enter beside it. A copy is an
    identity of its own, which the rule cannot tell from a party. A party's payoff is what the joint model improves on its own,
    counted once, plus what its identities receive, less what they pay. Everybody starts without copies.

    Parameters
    ----------
    mechanism
        The market rule that is looked at closely.
    beside
        The market rules that are played beside it.
    strategy
        How every party learns.
    dataset, split, parties, classifier
        The parties' data, as in the task ``Classification``.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in ``TableReading``.
    copies
        How many copies a party may enter, 0..6.
    may_stay_out
        Whether a party may also enter nothing.
    revision
        Who may change its number of copies when.
    rounds
        How many rounds are played after the opening one.
    """

    source = MARKETS.at("Sections 2 and 3.1")
    paper = MARKETS
    where = "Section 3.1 (robustness to replication)"
    declared_tables = table_columns.REPLICATION_ATTACK
    example_parameters = {"dataset": "wine", "parties": 3, "copies": 1, "rounds": 3, "strategy": "BestResponse"}

    mechanism: MechanismSpec = ShapleyDivision()
    beside: tuple[MechanismSpec, ...] = (
        ShapleyDivision(),
        EqualSplit(),
        FairPayments(),
        SimilarityWeighted(),
        ReplicationRobustDivision(),
        ReplicationRobustDivision(division="printed"),
    )
    strategy: StrategySpec = BestResponse()
    dataset: str = "breast-cancer"
    split: SplitSpec = Even()
    parties: Annotated[int, Field(ge=2, le=1000)] | None = None
    classifier: str = "1-nn"
    copies: Annotated[int, Field(ge=0, le=6)] = 3
    may_stay_out: bool = False
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 20

    def play(self, rng: np.random.Generator) -> Findings:
        """Split the data, then play the same repeated game under every rule."""
        seed = seed_of(rng)
        task = self._task(seed)
        arguments = self._arguments(self.mechanism, task, seed)
        runs = [
            _Played.of(arguments | {"game": arguments["game"].with_mechanism(rule)}) for rule in track(self._rules(), "rules")
        ]
        chosen = runs[0]
        tables = {
            "rounds": copies_by_round(chosen),
            "equilibrium": self._equilibrium(chosen, task),
            "rules": self._compare(runs),
        }
        checks = [self._money(runs), *self._claims(runs)]
        return Findings(tables, checks, {"replication-attack": lambda: self._draw(runs)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game under the chosen rule begins."""
        seed = seed_of(rng)
        reads = tuple(name for name in type(self).model_fields if name != "beside")
        return Opening(reads=reads, **self._arguments(self.mechanism, self._task(seed), seed))

    def _task(self, seed: int) -> Classification:
        return Classification(
            dataset=self.dataset,
            parties=self.parties,
            split=self.split,
            classifier=self.classifier,
            **self.reading(),
            copies=self.copies,
            seed=seed,
        )

    def _rules(self) -> list[Mechanism]:
        return [self.mechanism, *(rule for rule in self.beside if rule != self.mechanism)]

    def _arguments(self, rule: Mechanism, task: Classification, seed: int) -> dict[str, Any]:
        actions = [action for action, entries in enumerate(task.entries) if entries > 0 or self.may_stay_out]
        names = [f"hospital {index + 1}" for index in range(task.n_parties)]
        game = MarketGame(task, rule, available=actions, player_names=names)
        return honest_opening(game, self.strategy, self.revision, self.rounds, seed)

    def _equilibrium(self, run: _Played, task: Classification) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "party": run.game.player_names,
                "rows": task.sizes,
                "quality_alone": task.alone,
                "present": task.entries[run.model.actions] > 0,
                "copies": run.final_copies,
                "payoff": run.model.payoffs,
                "gain_from_copying": run.temptation(),
                "gain_left": run.game.gains(run.model.actions),
                "regret": run.model.regrets,
            }
        )

    def _compare(self, runs: list[_Played]) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "mechanism": run.label,
                    "mean_copies": run.final_copies.mean(),
                    "best_gain_from_copying": run.temptation().max(),
                    "exploitability": run.model.exploitability,
                    "equilibrium": run.model.exploitability <= ROUND_OFF,
                    "revenue": run.model.revenue,
                    "welfare": run.model.welfare,
                }
                for run in runs
            ]
        )

    def _money(self, runs: list[_Played]) -> Verdict:
        audits = {run.label: run.money() for run in runs}
        broken = {label: audit for label, audit in audits.items() if not audit.holds}
        label, audit = next(iter((broken or audits).items()))
        return Verdict.statement(
            "money adds up",
            derived("what each rule promises of its payments"),
            "payments sum to what each rule promises, in every round of every rule",
            f"{len(audits) - len(broken)} of {len(audits)} rules",
            not broken,
            f"{label}: {audit.note}",
        )

    def _claims(self, runs: list[_Played]) -> list[Verdict]:
        if self.copies == 0:
            return []
        by_label = {run.label: run for run in runs}
        checks = []
        if plain := by_label.get(ShapleyDivision().short()):
            tempted = plain.temptation()
            note = f"{int((tempted > 0).sum())} of {len(tempted)} parties gain"
            claim = "Shapley values are not robust to replication (Section 2)"
            checks.append(
                Verdict.statement(
                    "plain Shapley division: copying pays",
                    printed("Section 2"),
                    claim,
                    float(tempted.max()),
                    tempted.max() > 0,
                    note,
                )
            )
        market = by_label.get(ReplicationRobustDivision().short())
        if market and cast(Classification, market.game.task).ignores_copies:
            checks.append(self._robustness(market))
        return checks

    @staticmethod
    def _robustness(market: _Played) -> Verdict:
        """Hold the claim of robustness against who gains: at most those whose own improvement is below the others' mean."""
        entered = market.game.market(market.honest)
        improvement = entered.improvement
        others = (improvement.sum() - improvement) / (len(improvement) - 1)
        gains = market.temptation()
        winners = np.flatnonzero(gains > ROUND_OFF)
        if len(winners):
            best = int(gains.argmax())
            most = f"{market.game.player_names[best]} most, whose own improvement is {improvement[best]:.4f}"
            note = f"the claim fails here: {len(winners)} of {len(gains)} parties gain; {most}, the others' {others[best]:.4f}"
        else:
            note = "nobody gains on this split"
        holds, monotone = bool((improvement[winners] < others[winners]).all()), _monotone(entered.game)
        if not monotone:
            note += "; the condition is derived for games in which more data hurts nobody, which this one is not seen to be"
        return Verdict.statement(
            "market division: copying pays only below the others' mean improvement",
            derived("the small-gap law, conjectured beyond it"),
            "copies pay only who improves less than the others on average",
            float(gains.max()),
            holds if monotone else None,
            note,
            expected=REPRODUCED if monotone else UNDECIDED,
        )

    def _draw(self, runs: list[_Played]) -> Figure:
        chosen = runs[0]
        figure, (path, spread, gain) = figures.new_figure(
            3, title=f"{chosen.game.n} hospitals share {self.dataset} data: who enters copies?"
        )
        draw_copies(path, chosen)
        path.set_title(f"under {chosen.label}")
        labels = [run.label.replace("(", "\n(") for run in runs]
        places = np.arange(len(runs))
        tint = ["0.2" if run is chosen else "0.65" for run in runs]
        spread.barh(places, [run.final_copies.mean() for run in runs], color=tint)
        spread.set_yticks(places, labels, fontsize=8)
        spread.invert_yaxis()
        settled = all(run.model.exploitability <= ROUND_OFF for run in runs)
        stands = "where it settles" if settled else f"where it stands after {self.rounds} rounds"
        spread.set(title=stands, xlabel="copies per party in the last round", xlim=(0, max(1, self.copies)))
        for index, run in enumerate(runs):
            gains = run.temptation()
            gain.plot(gains, np.full(len(gains), index), "o", color=tint[index], alpha=0.8, markersize=5)
        gain.axvline(0, color="0.3", linewidth=0.8)
        gain.set_yticks(places, ["" for _ in runs])
        gain.set_ylim(spread.get_ylim())
        gain.set(title="what copying would pay", xlabel="best gain, others honest (accuracy)")
        gain.set_xscale("symlog", linthresh=1e-2)
        gain.margins(x=0.08)
        return figure


def copies_by_round(run: PlayedMarket) -> pd.DataFrame:
    """Return who entered how many copies: columns round, party, present, copies, payoff; a row a round and party."""
    history = run.model.history()
    entries = run.game.task.entries[history["action"]]
    return pd.DataFrame(
        {
            "round": history["round"],
            "party": history["player"],
            "present": entries > 0,
            "copies": np.maximum(entries - 1, 0),
            "payoff": history["payoff"],
        }
    )


def draw_copies(axis: Axes, run: PlayedMarket) -> None:
    """Draw the copies each party entered, round by round."""
    names = list(run.game.player_names)
    copies = copies_by_round(run).pivot(index="round", columns="party", values="copies")[names]
    most = float(run.game.task.entries.max() - 1)
    draw_amounts(axis, copies.index.tolist(), copies.to_numpy(dtype=float), names, most)
    axis.set(ylabel="copies entered")
    figures.whole_numbers(axis, "y")
    axis.legend(fontsize=8, frameon=False)
