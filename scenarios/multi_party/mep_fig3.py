"""How unequal players may be while a desirable mechanism exists (Figure 3 of the multi-party paper)."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...mechanisms import (
    Market,
    Mechanism,
    Setting,
    Settlement,
    critical_growth,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    largest_disparity,
)
from ...mechanisms.limits.hiding import Convention
from ...models.games.valuations import MarketGrowth
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

Growth = Annotated[float, Field(ge=-1, lt=0)]

KNOWN = {
    "A": {-1: 1, -0.9: 1, -0.84: 2, -0.8: 3, -0.74: 8, -0.7: 38, -0.68: 215, -0.668: 2974, -0.666: 7440, -0.664: 30355},
    "B": {-1: 6, -0.9: 15, -0.84: 32, -0.8: 59, -0.74: 221, -0.7: 1223, -0.68: 7661, -0.668: 111523},
}
"""Boundaries worked out independently; the paper only draws them."""


class _NoTrade(Mechanism):
    """Nobody receives a model and nobody pays."""

    source = "original (a baseline)"

    def settle(self, market: Market) -> Settlement:
        """Return nothing."""
        return Settlement(rewards=np.zeros(market.n), payments=np.zeros(market.n))


@SCENARIOS.register
class MepFig3(Scenario):
    """The largest data disparity D/ε at which a desirable mechanism exists for two players, by the market's growth rate.

    v_i = (q_1 + q_2)^α q_i, Q(t) = t; desirable is truthful, individually rational and efficient with revenue ≥ 0, found by
    Algorithm 1 in a form that takes O(N log N).

    Parameters
    ----------
    alphas
        Growth rates, each in [-1, 0).
    conventions
        ``A``: types 0, 1, ..., D, as the algorithm is printed; ``B``: types 1, ..., D, as ε is also "the minimal size of the
        data".
    limit
        The largest type to look at; where revenue is never negative up to it, the boundary is left empty.
    """

    source = MULTI_PARTY.at("Algorithm 1 and Section 6.2")
    paper = MULTI_PARTY
    where = "Figure 3"
    declared_tables = table_columns.MEP_FIG3
    example_parameters = {"alphas": (-1, -0.8)}

    alphas: Annotated[tuple[Growth, ...], Field(min_length=1)] = tuple(round(-1 + 0.002 * step, 3) for step in range(167))
    conventions: Annotated[tuple[Convention, ...], Field(min_length=1)] = ("A", "B")
    limit: Annotated[int, Field(ge=2, le=100_000_000)] = 10_000_000

    def play(self, rng: np.random.Generator) -> Findings:
        """Find every boundary; nothing is random."""
        pairs = [(alpha, convention) for convention in self.conventions for alpha in sorted(self.alphas)]
        rows, chains = [], []
        for alpha, convention in track(pairs, "boundaries"):
            found = largest_disparity(alpha, convention, limit=self._limit(alpha))
            rows.append({"alpha": alpha, "convention": convention, "max_disparity": found.largest})
            chain = " ".join(map(str, found.chain))
            chains.append({"alpha": alpha, "convention": convention, "revenue": found.revenue, "hides": chain})
        table = pd.DataFrame(rows).astype({"max_disparity": "Int64"})
        tables = {"mep-fig3": table, "counterexamples": pd.DataFrame(chains)}
        return Findings(tables, self._checks(table), {"mep-fig3": lambda: self._draw(table)})

    def _limit(self, alpha: float) -> int:
        # above the critical rate revenue is never negative: a glance is enough
        return self.limit if alpha < critical_growth().growth else min(self.limit, 100_000)

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        checks = []
        for convention, rows in table.groupby("convention", sort=False):
            boundaries = dict(zip(rows["alpha"], rows["max_disparity"], strict=True))
            for alpha, known in KNOWN[str(convention)].items():
                if alpha in boundaries and known < self.limit:
                    checks.append(
                        Verdict.number(
                            f"boundary at α = {alpha:g} ({convention})",
                            derived("exact, worked out apart from the program"),
                            known,
                            boundaries[alpha],
                            0,
                            "not printed; exact",
                        )
                    )
            finite = rows["max_disparity"].dropna().to_numpy(dtype=np.int64)
            if len(finite) > 1:
                checks.append(
                    Verdict.statement(
                        f"the boundary never falls ({convention})",
                        printed("Section 6.3"),
                        "a larger α can tolerate a larger disparity",
                        f"{int(finite[0])} to {int(finite[-1])}",
                        bool((np.diff(finite) >= 0).all()),
                    )
                )
        return [*checks, over_ten_thousand(), no_growth()]

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(title="How unequal two players may be", width=5.4)
        for index, (convention, rows) in enumerate(table.groupby("convention", sort=False)):
            known = rows.dropna()
            label = f"{convention}: types from {'0' if convention == 'A' else '1'}"
            axis.step(
                known["alpha"], known["max_disparity"].to_numpy(float), where="post", color=figures.colour(index), label=label
            )
        critical = critical_growth().growth
        axis.axvline(critical, color="0.5", linewidth=0.9, linestyle="--")
        axis.text(critical, 1.3, f"α* = {critical:.4f}", rotation=90, ha="right", va="bottom", fontsize=8, color="0.3")
        axis.set_yscale("log")
        axis.set(xlabel="market growth rate α", ylabel="largest data disparity D/ε")
        axis.legend(fontsize=9, frameon=False, loc="upper left")
        return figure


def over_ten_thousand() -> Verdict:
    """Return the check of where the boundary passes 10000; the paper could not compute it."""
    found = largest_disparity(-0.664, "A").largest
    return Verdict.statement(
        "boundary near α = -0.66 (A)",
        printed("Section 6.3"),
        "when α is close to -0.66, the boundary is over 10000",
        found,
        found is not None and found > 10_000,
        "at α = -0.664; it is finite up to α* = -0.66091 and there is none from there on",
    )


def no_growth() -> Verdict:
    """Return the check of the claim that there is no desirable mechanism at α = -1, by a mechanism that is."""
    worth = MarketGrowth(-1).worth
    setting = Setting.pooled(_NoTrade(), [[0, 1, 2, 3, 4, 5, 6, 7, 8]] * 2, lambda amount: amount, worth)
    audits = [
        audit(setting) for audit in (is_incentive_compatible, is_individually_rational, is_efficient, is_weakly_budget_balanced)
    ]
    slack = min(audit.slack for audit in audits)
    return Verdict.statement(
        "α = -1: a desirable mechanism",
        printed("Section 6.3"),
        "when the market is not growing, there is no desirable mechanism at all",
        slack,
        not (all(audit.holds for audit in audits)),
        "the claim fails: the market's size is fixed, every allocation is efficient, and not trading is truthful, individually "
        "rational with revenue 0; even with the best model for everybody D/ε = 1 (A) or 6 (B) works",
        expected=REFUTED,
    )
