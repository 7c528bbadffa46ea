"""Who profits from copies of real data, split among parties in several ways."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...components import seeds_of
from ...data.splits import BySite, Even, LabelSkew, Split, SplitSpec
from ...mechanisms import Market, Mechanism, ReplicationRobustDivision, monotone_closure
from ...models import Classification, MarketGame
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, UNDECIDED, Verdict, derived, printed, share_interval
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .assumptions import monotonicity_failures, supermodularity_failures
from .copying import RULES

CLINICS = "preterm-clinics"


@dataclass(frozen=True)
class _Case:
    """One split of one data set under one classifier."""

    dataset: str
    split: Split
    classifier: str
    seed: int

    def labels(self) -> dict[str, object]:
        return {"dataset": self.dataset, "split": self.split.short(), "classifier": self.classifier, "seed": self.seed}


@SCENARIOS.register
class ReplicationReal(Scenario):
    """Who profits from copies of real data, by data set, split, classifier and division.

    Each party in turn tries every number of copies while all others enter once. Its gain is what that adds to its
    payoff: what the model it holds improves on its own, plus what its identities receive less what they pay. Copied rows are
    trained on as often as they are entered.

    Parameters
    ----------
    datasets
        Data sets bundled with scikit-learn, or fetched ones, split among ``parties``.
    splits
        How rows come to parties.
    classifiers
        As in the task ``Classification``.
    parties
        Number of parties, except where the data names sites.
    copies
        The most copies a party tries.
    seeds
        How many splits of each kind.
    preterm_clinics
        Whether to add the four clinics of ``preterm-clinics``, which are fetched with ``potluck data get preterm-clinics``.
    """

    source = MARKETS.at("Sections 2 and 3.1")
    paper = MARKETS
    where = "Sections 2 (assumptions on the gain) and 3.1 (robustness to replication)"
    declared_tables = table_columns.REPLICATION_REAL
    full_parameters = {"seeds": 20}
    example_parameters = {"datasets": ("wine",), "classifiers": ("1-nn",), "seeds": 2, "copies": 1}

    datasets: Annotated[tuple[str, ...], Field(min_length=1)] = ("breast-cancer", "wine", "digits")
    splits: Annotated[tuple[SplitSpec, ...], Field(min_length=1)] = (Even(), LabelSkew(concentration=0.1))
    classifiers: Annotated[tuple[str, ...], Field(min_length=1)] = ("1-nn", "logistic", "tree")
    parties: Annotated[int, Field(ge=2, le=6)] = 4
    copies: Annotated[int, Field(ge=1, le=5)] = 2
    seeds: Annotated[int, Field(ge=1, le=100)] = 3
    preterm_clinics: bool = False

    def play(self, rng: np.random.Generator) -> Findings:
        """Train every coalition with every number of copies, then settle."""
        seeds = seeds_of(rng, self.seeds)
        cases = list(self._cases())
        rows, assumptions = [], []
        for case in track(cases, "splits"):
            game = self._game(case, seeds[case.seed])
            rows += self._gains(case, game)
            assumptions.append(case.labels() | self._assumptions(game))
        table, failures = pd.DataFrame(rows), pd.DataFrame(assumptions)
        tables = {"replication-real": table, "summary": summary(table), "assumptions": failures}
        return Findings(tables, self._checks(table, failures), {"replication-real": lambda: self._draw(tables["summary"])})

    def _cases(self) -> Iterator[_Case]:
        by_site: list[tuple[str, Split]] = [(CLINICS, BySite())] if self.preterm_clinics else []
        for dataset, split in [*((name, split) for name in self.datasets for split in self.splits), *by_site]:
            for classifier in self.classifiers:
                for seed in range(self.seeds):
                    yield _Case(dataset, split, classifier, seed)

    def _game(self, case: _Case, seed: int) -> MarketGame:
        task = Classification(
            dataset=case.dataset,
            split=case.split,
            classifier=case.classifier,
            parties=None if isinstance(case.split, BySite) else self.parties,
            copies=self.copies,
            seed=seed,
        )
        return MarketGame(task, ReplicationRobustDivision())

    def _gains(self, case: _Case, game: MarketGame) -> list[dict[str, object]]:
        """Return, for every division and with and without closure, what copies gain each party at most."""
        honest = np.full(game.n, game.task.honest)
        markets: dict[tuple[int, ...], Market] = {(): game.market(honest)}
        profiles: dict[tuple[int, ...], IntArray] = {(): honest}
        for party in range(game.n):
            for k in range(1, self.copies + 1):
                profiles[party, k] = np.where(np.arange(game.n) == party, game.task.honest + k, honest)
                markets[party, k] = game.market(profiles[party, k])
        rows = []
        for closed in (False, True):
            seen = {key: _closed(market) if closed else market for key, market in markets.items()}
            improvement = seen[()].improvement
            others = (improvement.sum() - improvement) / (game.n - 1)
            for division, rule in RULES.items():
                payoffs = {key: _payoffs(game, rule, market, profiles[key]) for key, market in seen.items()}
                best = np.array(
                    [
                        max(payoffs[party, k][party] - payoffs[()][party] for k in range(1, self.copies + 1))
                        for party in range(game.n)
                    ]
                )
                pays = best > ROUND_OFF
                rows.append(
                    case.labels()
                    | {
                        "closed": closed,
                        "division": division,
                        "parties": game.n,
                        "parties_who_profit": int(pays.sum()),
                        "profit_above_others_mean": int((pays & (improvement >= others)).sum()),
                        "largest_gain": float(best.max()),
                    }
                )
        return rows

    def _assumptions(self, game: MarketGame) -> dict[str, object]:
        honest = np.full(game.n, game.task.honest)
        market = game.market(honest)
        gains = market.game.table().values
        apart = abs(float(game.task.worths([honest + 1])[0]) - market.game.grand)
        return {
            "monotonicity_failures": monotonicity_failures(gains),
            "supermodularity_failures": supermodularity_failures(gains),
            "harmed_parties": int((market.improvement < 0).sum()),
            "change_by_doubling": apart,
        }

    def _checks(self, table: pd.DataFrame, assumptions: pd.DataFrame) -> list[Verdict]:
        checks = []
        if not self.preterm_clinics:
            checks.append(
                Verdict.statement(
                    f"{CLINICS}: robust to replication",
                    printed("Section 3.1, robustness to replication"),
                    "the market is robust to replication",
                    "not tried",
                    None,
                    f"{CLINICS} is left out: fetch it, and set preterm_clinics=true",
                    expected=UNDECIDED,
                )
            )
        first = table[table["classifier"] == "1-nn"]
        nearest = first[(first["division"] == "normalised") & first["closed"]]
        if len(nearest):
            checks += self._nearest(nearest, assumptions[assumptions["classifier"] == "1-nn"])
        even = nearest[nearest["split"] == Even().short()]
        if len(even):
            share = float((even["parties_who_profit"] > 0).mean())
            checks.extend(
                [
                    Verdict.statement(
                        "normalised market, even splits, 1-NN: robust to replication",
                        printed("Section 3.1, robustness to replication"),
                        "the market is robust to replication (Section 3.1; proof only in the full version)",
                        round(share, 3),
                        share == 0,
                        "the claim fails: all models are nearly equally good, and copies pay who improves least",
                        expected=REFUTED,
                    ),
                    Verdict.statement(
                        "normalised market, even splits, 1-NN: somebody profits in most splits",
                        derived("the small-gap law"),
                        "where all models are nearly equally good, who improves least profits",
                        round(share, 3),
                        share > 0.5,
                    ),
                ]
            )
        marked = first[first["division"] == "similarity"]
        if len(marked):
            closed, raw = (float(rows["largest_gain"].max()) for rows in (marked[marked["closed"]], marked[~marked["closed"]]))
            checks.append(
                Verdict.statement(
                    "marked down by similarity, 1-NN, best subsets: copies never pay",
                    derived("similarity marks copies down, as related work does"),
                    "copies are marked down (Related work, on Agarwal et al.)",
                    closed,
                    closed <= ROUND_OFF,
                    f"where harmful data is trained on, the largest gain is {raw:.4g}",
                )
            )
        return checks

    @staticmethod
    def _nearest(nearest: pd.DataFrame, assumptions: pd.DataFrame) -> list[Verdict]:
        """Return what holds of 1-NN on any split."""
        against = int(nearest["profit_above_others_mean"].sum())
        supermodular = float(assumptions["supermodularity_failures"].mean())
        monotone = float(assumptions["monotonicity_failures"].max())
        doubled = float(assumptions["change_by_doubling"].max())
        return [
            Verdict.statement(
                "normalised market, 1-NN, best subsets: copies pay only below the others' mean improvement",
                derived("the small-gap law, conjectured beyond it"),
                "the market is robust to replication (Section 3.1), here with the condition that it needs",
                against,
                against == 0,
            ),
            Verdict.number(
                "1-NN: change of the joint model by doubling all rows", printed("Section 2, (i)"), 0.0, doubled, 1e-12
            ),
            Verdict.statement(
                "1-NN: supermodularity in its usual sense",
                printed("Section 2, (iii)"),
                "(iii) supermodularity ... is for instance true for 1-NN classifiers (Section 2)",
                round(supermodular, 3),
                supermodular == 0,
                "printed under that name is a bound that any gain in [0, 1] keeps; this is the share of (S, i, j) that fail",
                expected=REFUTED,
            ),
            Verdict.statement(
                "1-NN: monotonicity",
                printed("Section 2, (ii)"),
                "(ii) monotonicity ... is for instance true for 1-NN classifiers (Section 2)",
                round(monotone, 3),
                False if monotone > 0 else None,
                "share of (S, i) that fail, at worst" if monotone > 0 else "no failure in these splits",
                expected=REFUTED,
            ),
        ]

    def _draw(self, table: pd.DataFrame) -> Figure:
        kinds = list(dict.fromkeys(table["classifier"]))
        title = "Does anybody profit from copies of real data, trained on best subsets?"
        figure, axes = figures.new_figure(len(kinds), width=4.8, height=4.2, title=title)
        for axis, kind in zip(axes, kinds, strict=True):
            rows = table[(table["classifier"] == kind) & table["closed"]]
            wide = rows.pivot(index=["dataset", "split"], columns="division", values="splits_where_one_profits")[list(RULES)]
            wide.index = [f"{dataset}\n{split.split('(')[0]}" for dataset, split in wide.index]
            tints = [figures.rule_colour(rule) for rule in RULES]
            shares = wide.to_numpy()
            low, high = share_interval(shares, int(rows["splits"].min()))
            figures.grouped_bars(axis, wide, tints, np.stack([shares - low, high - shares]))
            if axis is not axes[0]:
                axis.set_yticklabels([])
            axis.set(title=kind, xlabel="share of splits where a party profits, 95 %", xlim=(0, 1))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(RULES), fontsize=9)
        return figure


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table over seeds: how often somebody profits, how many, and the largest gain."""
    keys = ["dataset", "split", "classifier", "closed", "division"]
    return (
        table.assign(one=table["parties_who_profit"] > 0, share=table["parties_who_profit"] / table["parties"])
        .groupby(keys, sort=False)
        .agg(
            splits=("one", "size"),
            splits_where_one_profits=("one", "mean"),
            parties_who_profit=("share", "mean"),
            largest_gain=("largest_gain", "max"),
        )
        .reset_index()
    )


def _closed(market: Market) -> Market:
    return replace(market, games=tuple(monotone_closure(game) for game in market.games))


def _payoffs(game: MarketGame, rule: Mechanism, market: Market, profile: IntArray) -> FloatArray:
    settlement = rule.settle(market)
    return game.preferences.payoffs(settlement.rewards, settlement.payments, profile, game.task.alone)
