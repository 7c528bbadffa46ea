"""What copies earn in a market of two parties."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF, FloatArray
from ...mechanisms import Market, SimilarityWeighted
from ...papers import MARKETS
from ...pictures import figures
from ...verdicts import REFUTED, REPRODUCED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .copying import RULES, closed_form, net_of_copies

Gain = Annotated[float, Field(ge=0, le=1)]

CASES: dict[str, tuple[float, ...]] = {
    "two like parties": (0, 0.7, 0.7, 1),
    "a perfect seller": (0, 1, 0.9, 1),
    "two perfect sellers and a buyer": (0, 1, 1, 1, 0.5, 1, 1, 1),
    "three perfect sellers and a buyer": (0, 1, 1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 1, 1, 1),
}
"""Gains of coalitions, bit i = party i; party 1 enters copies."""

KNOWN = {
    ("two like parties", "shapley"): {0: 0.0, 1: 0.040, 2: 0.060, 3: 0.072, 5: 0.086},
    ("two like parties", "normalised"): {0: 0.0, 1: -0.142, 2: -0.286, 3: -0.432, 5: -0.726},
    ("two like parties", "printed"): {0: 0.18, 1: 0.27, 2: 0.45, 3: 0.72, 5: 1.53},
    ("two like parties", "similarity"): {0: 0.0, 1: -0.130, 2: -0.210, 3: -0.254, 5: -0.288},
    ("a perfect seller", "normalised"): {0: 0.0545, 1: 0.0667, 2: 0.0727, 3: 0.0764, 5: 0.0805},
    ("two perfect sellers and a buyer", "normalised"): {0: 0.167, 1: 0.222, 2: 0.250, 3: 0.267, 5: 0.286},
    ("three perfect sellers and a buyer", "excess"): {0: 0.0417, 1: 0.05},
}
"""Net gains worked out independently, rounded to the digits given: four for a perfect seller and for three, else three."""


@SCENARIOS.register
class ReplicationTable(Scenario):
    """Net gain of entering k copies in a market of two parties, by division rule.

    Party 1 enters itself and k copies. Its net gain is what its identities receive less what they pay. Under ``shapley`` and
    ``similarity`` each party pays once for its improvement and copies enter free: the pot is that of the market without copies.
    Under ``normalised``, ``printed`` and ``excess`` every identity pays. A second table does the same for markets that are known.

    Parameters
    ----------
    gain_1, gain_2, gain_both
        Quality of the model of party 1 alone, party 2 alone, and both, in [0, 1]. Where both together are worse than one alone,
        the table stands and the paper's claim, which assumes that more data never hurts, is not checked.
    copies
        The numbers of copies to try.
    """

    source = MARKETS.at("Section 4")
    paper = MARKETS
    where = "Section 4 (robustness to replication)"
    declared_tables = table_columns.REPLICATION_TABLE
    example_parameters = {"copies": (0, 1, 2)}

    gain_1: Gain = 0.7
    gain_2: Gain = 0.7
    gain_both: Gain = 1.0
    copies: Annotated[tuple[Annotated[int, Field(ge=0, le=1000)], ...], Field(min_length=1)] = (0, 1, 2, 3, 5)

    def play(self, rng: np.random.Generator) -> Findings:
        """Settle every market once; nothing is random."""
        table = self._nets(np.array([0.0, self.gain_1, self.gain_2, self.gain_both]))
        cases = pd.concat([self._nets(np.array(gains)).assign(case=name) for name, gains in CASES.items()], ignore_index=True)
        cases = cases[["case", "mechanism", "k", "net"]]
        return Findings(
            {"replication-table": table, "cases": cases},
            [*self._known(cases), *self._closed_form(table), *self._alike()],
            {"replication-table": lambda: self._draw(table)},
        )

    def _nets(self, gains: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {"mechanism": name, "k": k, "net": net_of_copies(rule, gains, 0, k)}
                for name, rule in RULES.items()
                for k in self.copies
            ]
        )

    @staticmethod
    def _known(cases: pd.DataFrame) -> list[Verdict]:
        checks = []
        for case, name, k, net in zip(*(cases[column].tolist() for column in cases.columns), strict=True):
            known = KNOWN.get((case, name), {})
            if k in known:
                digits = 5e-5 if case in {"a perfect seller", "three perfect sellers and a buyer"} else 5e-4
                checks.append(
                    Verdict.number(
                        f"{case}: {name}, k = {k}", derived("worked out apart from the program"), known[k], net, digits + 1e-9
                    )
                )
        return checks

    def _alike(self) -> list[Verdict]:
        """Hold what similarity weighting pays two parties whose data are half alike, and who do not copy, against their parts."""
        if not 0 < min(self.gain_1, self.gain_2) <= max(self.gain_1, self.gain_2) < self.gain_both:
            return []
        market = Market.of(np.array([[0.0, self.gain_2], [self.gain_1, self.gain_both]]))
        alike = replace(market, similarity=np.array([[1.0, 0.5], [0.5, 1.0]]))
        due, paid = (market.improvement - SimilarityWeighted().settle(each).payments for each in (market, alike))
        return [
            Verdict.statement(
                "similarity weighting costs parties who do not copy",
                printed("Related work, on Agarwal et al."),
                "their approach reduces payoffs for honest (non-replicating) parties",
                f"data half alike: parties receive {paid[0]:.4g} and {paid[1]:.4g} instead of {due[0]:.4g} and {due[1]:.4g}",
                bool((paid < due - ROUND_OFF).all()),
            )
        ]

    def _closed_form(self, table: pd.DataFrame) -> list[Verdict]:
        """Hold the normalised rule against its closed form and the paper's claim; both need that more data never hurts."""
        if self.gain_both < max(self.gain_1, self.gain_2) or self.gain_both == 0:
            return []
        rows = table[table["mechanism"] == "normalised"]
        exact = np.array([closed_form(self.gain_1, self.gain_2, self.gain_both, k) for k in rows["k"].tolist()])
        apart = float(np.abs(exact - rows["net"]).max())
        honest = closed_form(self.gain_1, self.gain_2, self.gain_both, 0)
        gain, due = (float(nets.max() - honest) for nets in (rows["net"], exact))
        return [
            Verdict.number("normalised: distance from the closed form", derived("closed form for two parties"), 0.0, apart, 1e-9),
            Verdict.statement(
                "normalised: copying pays only whose own improvement is the smaller one",
                derived("closed form for two parties"),
                "copies pay only where G_1 > G_2",
                round(gain, 9),
                gain <= ROUND_OFF or self.gain_1 > self.gain_2,
            ),
            Verdict.statement(
                "normalised: copying does not pay",
                printed("Section 3.1, robustness to replication"),
                "the market is robust to data replication (Section 3.1; proof only in the full version)",
                round(gain, 9),
                gain <= ROUND_OFF,
                ""
                if gain <= ROUND_OFF
                else "the claim fails here: the copier's own improvement is the smaller one, so its copies are cheap",
                expected=REFUTED if due > ROUND_OFF else REPRODUCED,
            ),
        ]

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(
            title=f"Gains alone {self.gain_1:g} and {self.gain_2:g}, together {self.gain_both:g}"
        )
        for index, (name, rows) in enumerate(table.groupby("mechanism", sort=False)):
            axis.plot(
                rows["k"], rows["net"], marker=figures.MARKERS[index], color=figures.rule_colour(str(name)), label=str(name)
            )
        axis.axhline(0, color="0.6", linewidth=0.8)
        axis.set(xlabel="copies entered by party 1", ylabel="net gain of party 1 (units of improvement)")
        figures.whole_numbers(axis, "x")
        axis.legend(fontsize=9, frameon=False)
        return figure
