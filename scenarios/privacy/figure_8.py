"""The best response and its utility, by weight on privacy."""

from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...models.games.privacy import BenefitCurve, thresholds
from ...models.games.privacy.table import exactly
from ...papers import PRIVACY
from ...pictures import figures
from ...verdicts import Verdict, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .promises import mark_levels, with_epsilons
from .table_4 import slice_curves, table_name


@SCENARIOS.register
class PrivacyFig8(Scenario):
    """A player's best response and its utility by weight on privacy, while its partner protects nothing.

    Parameters
    ----------
    table
        As in ``privacy-table4``.
    reading
        ``raw`` keeps improvements below 0 and takes the last piece on to level 1, as the figure does; ``clamped`` follows
        Definitions 3 and 4, by which a player can always leave with utility 0.
    highest
        The largest weight ratio r = C / B.
    steps
        How many steps to it from 0.
    tie
        Which of several best responses is listed: the ``low`` or the ``high`` one.
    """

    source = PRIVACY.at("Section 7.1")
    paper = PRIVACY
    where = "Figure 8 (Section 7.1)"
    declared_tables = table_columns.PRIVACY_FIG8
    example_parameters = {"steps": 20}

    table: str = "canonical"
    reading: Literal["raw", "clamped"] = "raw"
    highest: Annotated[float, Field(gt=0, le=1000)] = 2.5
    steps: Annotated[int, Field(ge=2, le=10_000)] = 250
    tie: Literal["low", "high"] = "low"

    def play(self, rng: np.random.Generator) -> Findings:
        """Try every weight; nothing is random."""
        curves = {method: readings[self.reading] for method, readings in slice_curves(self.table).items()}
        weights = [exactly(self.highest) * step / self.steps for step in range(self.steps + 1)]
        rows = [(method, float(weight), *self._answer(curve, weight)) for method, curve in curves.items() for weight in weights]
        found = pd.DataFrame(rows, columns=["method", "weight", "best_response", "utility"])
        table = with_epsilons(found, {"best_response": "epsilon"})
        return Findings({self.name(): table}, self._checks(table, curves), {self.name(): lambda: self._draw(table, curves)})

    def _answer(self, curve: BenefitCurve, weight: Fraction) -> tuple[float, float]:
        """Return the best level and its utility; utility is linear between knots, so that one of them is best."""
        best = max(curve.at(knot) - weight * (1 - knot) for knot in curve.knots)
        answers = [knot for knot in curve.knots if curve.at(knot) - weight * (1 - knot) == best]
        return float(answers[0] if self.tie == "low" else answers[-1]), float(best)

    def _checks(self, table: pd.DataFrame, curves: dict[str, BenefitCurve]) -> list[Verdict]:
        falls = [rows["best_response"].diff().min() for _, rows in table.groupby("method")]
        checks = [
            Verdict.statement(
                "the best response does not fall as privacy weighs more",
                printed("Section 7.1"),
                "step-like, rising from 0 to 1",
                float(min(falls)),
                min(falls) >= 0,
            )
        ]
        for method, curve in curves.items():
            steps = sorted(set(table.loc[table["method"] == method, "best_response"]))
            knots = {float(knot) for knot in curve.knots}
            checks.append(
                Verdict.statement(
                    f"{method}: the best response takes few values",
                    printed("Section 7.1"),
                    "step-like because of the linear interpolation",
                    str(steps),
                    set(steps) <= knots,
                )
            )
        if self.table == "canonical" and self.reading == "raw":
            checks += self._printed(curves)
        return checks

    def _printed(self, curves: dict[str, BenefitCurve]) -> list[Verdict]:
        between = {
            method: [self._answer(curves[method], weight) for weight in weights]
            for method, weights in (("bDP", _weights("0.36", "1.14")), ("Sup", _weights("1.41", "1.82")))
        }
        return [
            Verdict.statement(
                "bDP: level 0.2 for r between 0.349 and 1.150, with positive utility",
                printed("Section 7.1"),
                "the equilibrium is p = 0.2 there",
                str(sorted({level for level, _ in between["bDP"]})),
                {level for level, _ in between["bDP"]} == {0.2} and min(utility for _, utility in between["bDP"]) > 0,
            ),
            Verdict.statement(
                "suppression: between 1.400 and 1.827 utility is negative",
                printed("Section 7.1"),
                "the interval of the two lemmas corresponds to negative utility",
                f"highest {max(utility for _, utility in between['Sup']):.4f}",
                max(utility for _, utility in between["Sup"]) < 0,
                "so a player leaves before: with benefits of at least 0 it does so from 0.990 on",
            ),
        ]

    def _draw(self, table: pd.DataFrame, curves: dict[str, BenefitCurve]) -> Figure:
        figure, (level, worth) = figures.new_figure(
            2, title=f"Beside an unprotected partner ({table_name(self.table)}, {self.reading})"
        )
        for index, (method, rows) in enumerate(table.groupby("method", sort=False)):
            style = ("-", "--", ":", "-.")[index % 4]
            colour = figures.colour(index)
            level.step(rows["weight"], rows["best_response"], style, color=colour, where="post", label=str(method))
            worth.plot(rows["weight"], rows["utility"], style, color=colour, label=str(method))
            found = thresholds(curves[str(method)])
            for name, value, mark in (("α", found.alpha, ":"), ("β", found.beta, "-.")):
                if float(value) <= self.highest:
                    for axis in (level, worth):
                        axis.axvline(float(value), color=colour, linestyle=mark, linewidth=0.9)
                    level.annotate(f"{name} {method}", (float(value), 1.04), rotation=90, fontsize=7, va="top", ha="right")
        worth.axhline(0, color="0.4", linewidth=0.8)
        level.set(xlabel="weight ratio r = C / B", ylabel="best response: privacy level, ε of bDP", ylim=(-0.04, 1.04))
        mark_levels(level, "y")
        worth.set(xlabel="weight ratio r = C / B", ylabel="its utility, in units of B")
        worth.legend(fontsize=8, frameon=False, title="dotted α, dash-dotted β", title_fontsize=8)
        return figure


def _weights(low: str, high: str) -> list[Fraction]:
    """Return weights by hundredths."""
    return [Fraction(step, 100) for step in range(int(Fraction(low) * 100), int(Fraction(high) * 100) + 1)]
