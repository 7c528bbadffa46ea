"""What privacy methods promise, beside what tests of membership show that they leak."""

import itertools
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...components import seed_of
from ...data.ratings_columns import RatingsReading
from ...data.ratings_files import load_ratings
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.privacy_accounting import composed_epsilon
from ...training.recommender import (
    BoundedDP,
    Collaboration,
    PrivacyMethod,
    PrivacyMethodSpec,
    Suppression,
    Training,
    audits,
    frequent,
)
from ...training.recommender.collaboration import Averaged, Unit
from ...training.recommender.preprocessing import REACH
from ...training.recommender.privacy_audit import pairs
from ...training.recommender.privacy_methods import epsilon_of
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .promises import level_name
from .recommender import Distinct, Level, listed

ROUNDS = (1, 2, 5, 10, 20)


@SCENARIOS.register
class PrivacyAudit(RatingsReading, Scenario):
    """What each privacy method promises of one rating, beside a lower bound on what it leaks, by tests of membership.

    Neighbouring data differ in the value of one rating of party 1, which goes from one end of the scale to the other. The tests
    see all that party 1 enters, and what others know. A promise that a lower bound exceeds is false; ``old`` is ε as it was
    stated when averages were not accounted for: 4 over the scale of the noise. The same is done where all ratings of a user or of
    an item change together, and where a party enters its ratings in several rounds, each with fresh random numbers.

    Parameters
    ----------
    methods
        Privacy methods.
    levels
        Privacy levels in (0, 1).
    averages
        Which ratings averages are taken over, as in every scenario of the recommender.
    dataset
        Ratings; small ones by default, since every release is made thousands of times.
    user, item, rating, scale
        Which columns of a file hold users, items and ratings, and the scale's ends, as in `RatingsReading`.
    fewest
        Users and items with fewer ratings are left out, ≥ 1.
    units
        In what neighbouring data differ: the value of one ``rating``, or of all ratings of one ``user`` or ``item``.
    rounds
        In how many rounds a test sees ratings entered; more than one round is tried for single ratings.
    neighbours
        How many pairs of neighbouring data are tried, ≥ 1: half of them in the items rated most.
    trials
        How many releases of each are made, ≥ 4; the largest ε that can show is about the logarithm of a twentieth of it.
    confidence
        How surely each lower bound holds; with the number of bounds drawn, all of them hold together a little less surely.
    rounds_delta
        δ at which the ε of several rounds with fresh noise is accounted for in the table ``composition``, by the extra
        ``privacy``; by default there is only the sum.
    """

    source = PRIVACY.at("Theorem 5, Definition 8; audit original")
    paper = PRIVACY
    where = "Theorem 5 and Definition 8"
    declared_tables = table_columns.PRIVACY_AUDIT
    example_parameters = {"levels": (0.5, 0.8), "neighbours": 2, "trials": 300, "averages": ("noisy", "all")}
    quick_parameters = {"levels": (0.2, 0.8), "neighbours": 4}

    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (
        Suppression(),
        BoundedDP(),
        BoundedDP(sensitivity=2 * REACH),
    )
    levels: Annotated[tuple[Level, ...], Field(min_length=1), Distinct] = (0.2, 0.5, 0.8)
    averages: Annotated[tuple[Averaged, ...], Field(min_length=1), Distinct] = ("noisy", "own", "all")
    dataset: str = "synthetic(users=64, items=24, density=0.4, taste=1)"
    fewest: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    units: Annotated[tuple[Unit, ...], Field(min_length=1), Distinct] = ("rating", "user", "item")
    rounds: Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(min_length=1), Distinct] = (1, 2)
    neighbours: Annotated[int, Field(ge=1, le=10_000)] = 20
    trials: Annotated[int, Field(ge=4, le=1_000_000)] = 1000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.9999
    rounds_delta: Annotated[float, Field(gt=0, lt=1)] | None = None

    def model_post_init(self, context: object, /) -> None:
        """Check that there is something to test."""
        super().model_post_init(context)
        if not all(0 < level < 1 for level in self.levels):
            raise ValueError(f"levels = {self.levels}: at 0 everything shows, at 1 nothing; audited are levels between")

    def play(self, rng: np.random.Generator) -> Findings:
        """Test every method at every level under every way to take averages."""
        for_data, for_split, for_tests = rng.spawn(3)
        ratings, seed = (
            frequent(load_ratings(self.dataset, for_data, self.ratings_reading()), self.fewest),
            seed_of(for_split),
        )
        settings = [(averages, method, p) for averages in self.averages for method in self.methods for p in self.levels]
        rows = []
        for setting, each in zip(track(settings, "promises"), for_tests.spawn(len(settings)), strict=True):
            parties = Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(seed), setting[0])
            rows += [self._row(parties, setting, unit, rounds, each) for unit, rounds in self._seen()]
        table = pd.DataFrame(rows)
        tables = {self.name(): table, "composition": self._composition()}
        return Findings(tables, self._checks(table), {self.name(): lambda: self._draw(table)})

    def _seen(self) -> list[tuple[Unit, int]]:
        """Return what changes between neighbours, and in how many rounds it is seen."""
        return [(unit, rounds) for unit in self.units for rounds in self.rounds if rounds == self.rounds[0] or unit == "rating"]

    def _row(
        self,
        parties: Collaboration,
        setting: tuple[Averaged, PrivacyMethod, float],
        unit: Unit,
        rounds: int,
        rng: np.random.Generator,
    ) -> dict[str, object]:
        averages, method, p = setting
        changes = pairs(parties, 0, self.neighbours, rng, unit)
        found = audits(parties, 0, changes, (method, p), rng, self.trials, self.confidence, rounds)
        promise = parties.guarantee(0, (method, p), unit, rounds)
        stated = isinstance(method, BoundedDP) and (unit, rounds) == ("rating", 1)
        return {
            "averages": averages,
            "method": method.short(),
            "p": p,
            "unit": unit,
            "rounds": rounds,
            "epsilon": promise.epsilon,
            "epsilon_at_least": max(each.epsilon for each in found),
            "advantage": promise.advantage,
            "advantage_at_least": max(each.advantage for each in found),
            "epsilon_printed": epsilon_of(p) if stated else np.nan,
            "epsilon_old": 2 * REACH / method.scale(p) if stated and isinstance(method, BoundedDP) else np.nan,
        }

    def _composition(self) -> pd.DataFrame:
        """Return ε of one rating over several rounds with fresh noise, as the sum and by the accountant."""
        rows = []
        for method in self.methods:
            if not isinstance(method, BoundedDP):
                continue
            for p, rounds in itertools.product(self.levels, ROUNDS):
                once = 2 * REACH / method.scale(p)
                accounted = np.nan
                if self.rounds_delta is not None:
                    accounted = min(composed_epsilon("laplace", once, rounds, self.rounds_delta), rounds * once)
                rows.append((method.short(), p, rounds, rounds * once, accounted))
        return pd.DataFrame(rows, columns=["method", "p", "rounds", "epsilon_sum", "epsilon_accounted"])

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        above = table[(table["epsilon_at_least"] > table["epsilon"]) | (table["advantage_at_least"] > table["advantage"])]
        checks = [
            Verdict.statement(
                "no test of membership shows more than is promised",
                derived("what is released, composed over units and rounds"),
                "ε and advantage of neighbouring data that differ in the values of one rating, user or item",
                f"{len(table) - len(above)} of {len(table)} settings, {self.neighbours} pairs each",
                above.empty,
                f"lower bounds at {self.confidence:g} each; most shown as a share of a finite promise: "
                f"{(table['epsilon_at_least'] / table['epsilon']).max():.2f}",
            )
        ]
        for column, name, basis, claim in (
            (
                "epsilon_printed",
                "ε = 1/p - 1 of the paper",
                printed("Theorem 5, Definition 8"),
                "each rating is ε-differentially private",
            ),
            (
                "epsilon_old",
                "ε = 4 / scale where averages are taken off unprotected",
                derived("a mistake, planted: averages not accounted for"),
                "each rating is ε-differentially private",
            ),
        ):
            rows = table[(table["averages"] != "noisy") & table[column].notna()]
            if rows.empty:
                continue
            broken = rows[rows["epsilon_at_least"] > rows[column]]
            shown = [
                f"{row['averages']}, p = {row['p']:g}: {row['epsilon_at_least']:.2f} > {row[column]:.2f}"
                for _, row in broken.iterrows()
            ]
            checks.append(
                Verdict.statement(
                    name,
                    basis,
                    claim,
                    listed(shown) if shown else "no lower bound is above it",
                    broken.empty,
                    "a test of membership shows more",
                    expected=REFUTED,
                )
            )
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(len(self.averages), title="Advantage of a test of membership on one rating")
        once = table[(table["unit"] == self.units[0]) & (table["rounds"] == self.rounds[0])]
        noise = next((method for method in self.methods if isinstance(method, BoundedDP)), None)
        for axis, (averages, part) in zip(axes, once.groupby("averages", sort=False), strict=True):
            for index, (method, rows) in enumerate(part.groupby("method", sort=False)):
                colour = figures.colour(index)
                axis.plot(rows["p"], rows["advantage"], "--", color=colour, label=f"{method}, promised at most")
                axis.plot(
                    rows["p"], rows["advantage_at_least"], figures.MARKERS[index], color=colour, label=f"{method}, shown at least"
                )
            promised = {0.0: np.inf, 1.0: 0.0} | dict(
                part[part["method"] == (noise.short() if noise else "")][["p", "epsilon"]].values.tolist()
            )
            shown = {p: promised.get(p, np.nan) for p in sorted({0.0, 1.0, *self.levels})}
            axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
            axis.set_xticks(list(shown), [level_name(p, epsilon) for p, epsilon in shown.items()])
            of = f" of {noise.short()}" if noise else ""
            axis.set(title=f"averages: {averages}", xlabel=f"privacy level p, and ε promised{of}", ylabel="advantage")
        axes[-1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure
