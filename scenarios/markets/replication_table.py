"""What copies earn in a market of two parties."""

import math
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...mechanisms import Market, Mechanism, ReplicationRobustDivision, SimilarityWeighted
from .. import figures
from ..papers import MARKETS
from ..scenario import SCENARIOS, Check, Findings, Scenario

Gain = Annotated[float, Field(ge=0, le=1)]

RULES: dict[str, Mechanism] = {
    "shapley": SimilarityWeighted(decay=0),
    "normalised": ReplicationRobustDivision(),
    "printed": ReplicationRobustDivision(as_printed=True),
    "similarity": SimilarityWeighted(decay=math.log(2)),
}

KNOWN = {
    ((0.7, 0.7, 1.0), "shapley"): {0: 0.0, 1: 0.040, 2: 0.060, 3: 0.072, 5: 0.086},
    ((0.7, 0.7, 1.0), "normalised"): {0: 0.0, 1: -0.142, 2: -0.286, 3: -0.432, 5: -0.726},
    ((0.7, 0.7, 1.0), "printed"): {0: 0.18, 1: 0.27, 2: 0.45, 3: 0.72, 5: 1.53},
    ((0.7, 0.7, 1.0), "similarity"): {0: 0.0, 1: -0.130, 2: -0.210, 3: -0.254, 5: -0.288},
    ((1.0, 0.9, 1.0), "normalised"): {0: 0.0545, 1: 0.0667, 2: 0.0727, 3: 0.0764, 5: 0.0805},
}
"""Net gains worked out independently, rounded to the digits given."""


@SCENARIOS.register
class ReplicationTable(Scenario):
    """Net gain of entering k copies in a market of two parties, by division rule.

    Party 1 enters itself and k copies. Its net gain is what its identities receive less what they pay. Under ``shapley`` and
    ``similarity`` each owner pays once for its improvement and copies enter free: the pot is that of the market without copies.
    Under ``normalised`` and ``printed`` every identity pays.

    Parameters
    ----------
    gain_1, gain_2, gain_both
        Quality of the model of party 1 alone, party 2 alone, and both, in [0, 1]. Where both together are worse than one alone,
        the table stands and the paper's claim, which assumes that more data never hurts, is not checked.
    copies
        The numbers of copies to try.
    """

    source = "Collaborative Machine Learning Markets, Section 4"
    paper = MARKETS
    where = "Section 4 (robustness to replication)"

    gain_1: Gain = 0.7
    gain_2: Gain = 0.7
    gain_both: Gain = 1.0
    copies: Annotated[tuple[Annotated[int, Field(ge=0, le=1000)], ...], Field(min_length=1)] = (0, 1, 2, 3, 5)

    def play(self, rng: np.random.Generator) -> Findings:
        """Settle every market once; nothing is random."""
        table = pd.DataFrame(
            [{"mechanism": name, "k": k, "net": self._net(rule, k)} for name, rule in RULES.items() for k in self.copies]
        )
        return Findings(
            {"replication-table": table},
            [*self._printed_cases(table), *self._closed_form(table)],
            {"replication-table": self._draw(table)},
        )

    def _net(self, rule: Mechanism, copies: int) -> float:
        one, other, both = self.gain_1, self.gain_2, self.gain_both
        market = Market.of([[0.0, other]] + [[one, both]] * (1 + copies))
        return 0.0 - float(rule.settle(market).payments[0])

    def _printed_cases(self, table: pd.DataFrame) -> list[Check]:
        checks = []
        for name, k, net in zip(table["mechanism"], table["k"], table["net"], strict=True):
            known = KNOWN.get(((self.gain_1, self.gain_2, self.gain_both), name), {})
            if k in known:
                digits = 5e-5 if self.gain_1 == 1 else 5e-4
                checks.append(Check.value(f"{name}, k = {k}", known[k], net, digits + 1e-9))
        return checks

    def _closed_form(self, table: pd.DataFrame) -> list[Check]:
        """Hold the normalised rule against its closed form and the paper's claim; both need that more data never hurts."""
        if self.gain_both < max(self.gain_1, self.gain_2) or self.gain_both == 0:
            return []
        rows = table[table["mechanism"] == "normalised"]
        exact = np.array([closed_form(self.gain_1, self.gain_2, self.gain_both, int(k)) for k in rows["k"]])
        apart = float(np.abs(exact - rows["net"]).max())
        gain = float(rows["net"].max() - closed_form(self.gain_1, self.gain_2, self.gain_both, 0))
        return [
            Check.value("normalised: distance from the closed form", 0.0, apart, 1e-9),
            Check.claim(
                "normalised: copying does not pay",
                "the market is robust to data replication (Section 3.1; proof only in the full version)",
                round(gain, 9),
                True if gain <= 1e-12 else self.gain_both - self.gain_1 < self.gain_both - self.gain_2,
                "the claim holds here"
                if gain <= 1e-12
                else "the claim fails here: the copier's own improvement is the smaller one, so its copies are cheap",
            ),
        ]

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(
            title=f"Gains alone {self.gain_1:g} and {self.gain_2:g}, together {self.gain_both:g}"
        )
        for index, (name, rows) in enumerate(table.groupby("mechanism", sort=False)):
            axis.plot(rows["k"], rows["net"], marker=figures.MARKERS[index], color=figures.colour(index), label=str(name))
        axis.axhline(0, color="0.6", linewidth=0.8)
        axis.set(xlabel="copies entered by party 1", ylabel="net gain of party 1 (units of improvement)")
        figures.whole_numbers(axis, "x")
        axis.legend(fontsize=9, frameon=False)
        return figure


def closed_form(gain_1: float, gain_2: float, gain_both: float, copies: int) -> float:
    """Return party 1's net gain with ``copies`` copies in the normalised market of two parties.

    With K = copies + 1, d_i = g - g_i and pot = K d_1 + d_2: ψ_2 = (g_2 + K d_2 + d_1 K (K + 3) / 2) / (K + 1) and
    net = d_2 - pot ψ_2 / (g + pot). Derived for this project from Section 4 of the market paper.

    Examples
    --------
    >>> round(closed_form(0.7, 0.7, 1.0, 1), 3)
    -0.142
    """
    K = copies + 1
    d1, d2 = gain_both - gain_1, gain_both - gain_2
    psi_2 = (gain_2 + K * d2 + d1 * K * (K + 3) / 2) / (K + 1)
    pot = K * d1 + d2
    return d2 - pot * psi_2 / (gain_both + pot)
