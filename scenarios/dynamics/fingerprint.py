"""What a market rule makes of liars: how many there are by how much they lie."""

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF
from ...mechanisms import (
    EqualSplit,
    FreeSharing,
    MaximalExploitation,
    Mechanism,
    MechanismSpec,
    ReplicationRobustDivision,
    ShapleyDivision,
)
from ...models import DataPortions, MarketGame, Preferences, QualityCurve
from ...models.games.preferences import ValuationSpec
from ...models.games.valuations import MarketGrowth
from ...papers import MULTI_PARTY
from ...pictures import figures
from ...progress import track
from ...verdicts import UNDECIDED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

MOST_WRITTEN = 6
Curve = Literal["sigmoid", "exponential", "hyperbolic", "square-root", "linear"]


@SCENARIOS.register
class Fingerprint(Scenario):
    """Market rules probed with lies: what liars gain and the honest lose, by the share of liars and the size of the lie.

    Parties are alike. Liars enter copies of their data under other names, or hide a part of it; a lie pays where a liar has more
    than if it alone were honest. The picture of the gains is the rule's fingerprint.

    Parameters
    ----------
    mechanisms
        The market rules.
    lie
        ``copies`` of one's data, or ``hiding`` a part of it.
    parties
        How many parties there are, 2..8.
    largest
        The largest lie, 1..12: so many copies, or so many of ``largest`` + 1 portions hidden.
    curve
        Quality by amount of data, as in ``QualityCurve``.
    growth
        Where data is hidden: how the market grows with the models' quality, in (-1, 0); parties compete.
    """

    source = f"original; after the fingerprints of Ashlock & Kim (2008), and {MULTI_PARTY.at('Section 4')}, for hidden data"
    declared_tables = table_columns.FINGERPRINT
    example_parameters = {"parties": 2, "largest": 1, "mechanisms": ("EqualSplit", "ShapleyDivision")}

    mechanisms: Annotated[tuple[MechanismSpec, ...], Field(min_length=1)] = (
        ShapleyDivision(),
        ReplicationRobustDivision(),
        EqualSplit(),
        FreeSharing(),
        MaximalExploitation(),
    )
    lie: Literal["copies", "hiding"] = "copies"
    parties: Annotated[int, Field(ge=2, le=8)] = 5
    largest: Annotated[int, Field(ge=1, le=12)] = 4
    curve: Curve = "exponential"
    growth: Annotated[float, Field(gt=-1, lt=0)] = -0.8

    def play(self, rng: np.random.Generator) -> Findings:
        """Probe every rule; nothing is random."""
        rows, apart = [], 0.0
        for rule in track(self.mechanisms, "rules"):
            game = self._game(rule)
            found, gap = self._probed(game)
            rows += found
            apart = max(apart, gap)
        table = table_columns.FINGERPRINT["fingerprint"].frame(rows)
        return Findings({"fingerprint": table}, self._checks(table, apart), {"fingerprint": lambda: self._draw(table)})

    def _game(self, rule: Mechanism) -> MarketGame:
        sizes = (1.0,) * self.parties
        if self.lie == "copies":
            return MarketGame(QualityCurve(sizes=sizes, curve=self.curve, copies=self.largest), rule, Preferences())
        task = DataPortions(sizes=sizes, curve=self.curve, copies=self.largest, scale=float(self.parties))
        return MarketGame(task, rule, Preferences(self._valuation()))

    def _valuation(self) -> ValuationSpec:
        return MarketGrowth(self.growth)

    def _probed(self, game: MarketGame) -> tuple[list[tuple[object, ...]], float]:
        """Return a row a number of liars and size, and by how much money does not add up at most."""
        honest = np.full(game.n, game.task.honest)
        fair, welfare = game.payoffs(honest), game.welfare(honest)
        rows: list[tuple[object, ...]] = []
        apart = 0.0
        for liars in range(1, game.n + 1):
            for size in range(1, self.largest + 1):
                profile = honest.copy()
                profile[:liars] += size if self.lie == "copies" else -size
                payoffs = game.payoffs(profile)
                repenting = game.deviations(profile)[:liars, game.task.honest]
                gain = float((payoffs[:liars] - repenting).mean())
                harm = float((fair[liars:] - payoffs[liars:]).mean()) if liars < game.n else np.nan
                total, revenue = game.welfare(profile), game.revenue(profile)
                apart = max(apart, abs(float(payoffs.sum()) + game.profit(profile) - total))
                told = float(size) if self.lie == "copies" else size / (self.largest + 1)
                rows.append((game.mechanism.short(), liars / game.n, told, gain, harm, revenue, welfare - total))
        return rows, apart

    def _checks(self, table: pd.DataFrame, apart: float) -> list[Verdict]:
        checks = [
            Verdict.statement(
                "welfare is payoffs and profit",
                derived("payments cancel"),
                "payments cancel",
                apart,
                apart <= ROUND_OFF * self.parties,
            )
        ]
        labels = {rule.short(): rule for rule in self.mechanisms}
        for label, rows in table.groupby("rule", sort=False):
            rule = labels[str(label)]
            if isinstance(rule, EqualSplit) and self.lie == "copies":
                checks.append(self._even(rows))
            if isinstance(rule, MaximalExploitation) and self.lie == "hiding":
                most = float(rows["gain"].max())
                checks.append(
                    Verdict.statement(
                        f"{label}: hiding",
                        printed("Theorem 1"),
                        "payments are truthful for quasi-monotone valuations (Theorem 1)",
                        most,
                        None,
                        "parties compete in a market that grows with quality, which need not be quasi-monotone",
                        expected=UNDECIDED,
                    )
                )
        return checks

    def _even(self, rows: pd.DataFrame) -> Verdict:
        """Hold the gains under an even split by identities against the closed form."""
        worth = float(self._game(EqualSplit()).task.worths(np.full((1, self.parties), 1))[0])
        n, liars, size = self.parties, np.rint(rows["liars"] * self.parties), rows["size"]
        closed = worth * ((1 + size) / (n + liars * size) - 1 / (n + (liars - 1) * size))
        apart = float(np.abs(closed - rows["gain"]).max())
        return Verdict.number(
            "EqualSplit: gain of a liar", derived("v ((1 + s) / (n + k s) - 1 / (n + (k - 1) s))"), 0.0, apart, ROUND_OFF
        )

    def _draw(self, table: pd.DataFrame) -> Figure:
        labels = list(dict.fromkeys(table["rule"]))
        told = "copies a liar enters" if self.lie == "copies" else "share of its data a liar hides"
        title = f"What a liar gains among {self.parties} alike, by market rule"
        width = max(3.3, 0.42 * self.largest) if len(labels) > 1 else 5.6
        figure, axes = figures.new_figure(len(labels), width=width, height=3.6, title=title)
        most = max(float(table["gain"].abs().max()), 1e-12)
        image = None
        for axis, label in zip(axes, labels, strict=True):
            wide = table[table["rule"] == label].pivot(index="liars", columns="size", values="gain")
            image = axis.imshow(wide.to_numpy(), origin="lower", cmap="PuOr_r", vmin=-most, vmax=most, aspect="auto")
            written = np.ndenumerate(wide.to_numpy()) if wide.shape[1] <= MOST_WRITTEN else ()
            for (row, column), gain in written:
                tint = "white" if abs(gain) > 0.6 * most else "black"
                axis.text(
                    column, row, f"{gain:.2f}" if most >= 0.1 else f"{gain:.1g}", ha="center", va="center", fontsize=7, color=tint
                )
            shown = range(0, wide.shape[1], 1 + (wide.shape[1] - 1) // MOST_WRITTEN)
            axis.set_xticks(shown, [f"{wide.columns[column]:.2g}" for column in shown])
            axis.set_yticks(range(wide.shape[0]), [f"{share:.0%}" for share in wide.index])
            axis.set(title=label, xlabel=told)
        axes[0].set_ylabel("share of parties that lie")
        if image is not None:
            figure.colorbar(image, ax=list(axes), label="gain of a liar (money)", shrink=0.85)
        return figure
