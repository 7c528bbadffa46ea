"""The platform's best fair terms for two users: one cost for both (Figure 6), or one each (Figure 7)."""

import math
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF
from ...mechanisms import PlatformCoalition
from ...models import MarketGame, MeanEstimation, PaidOnly, Preferences, SharingGame, SharingUtility, fair_terms, regime_bounds
from ...models.games.sharing_terms import Selection, all_open_up_to
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

Costs = Annotated[tuple[Annotated[float, Field(ge=0, lt=math.inf)], ...], Field(min_length=1)]


def two_users() -> SharingUtility:
    """Return the utility of Examples 1 and 2: two users who stay out or share without privacy."""
    return SharingUtility.of_task(MeanEstimation(users=2))


@SCENARIOS.register
class FairValueFig6(Scenario):
    """What users and platform have when the platform sets the best fair terms for two users with the same cost of sharing.

    The users play the symmetric equilibrium. ``users`` is what they are paid, before their costs; ``p`` is the probability with
    which each stays private.

    Parameters
    ----------
    costs
        The costs c of sharing to try, each ≥ 0.
    """

    source = FAIR_VALUE.at("Section 5.1, eq. 19")
    paper = FAIR_VALUE
    where = "Figure 6 (Section 5.1)"
    declared_tables = table_columns.FAIR_VALUE_FIG6
    example_parameters = {"costs": (0.2, 0.4, 0.6, 0.7)}

    costs: Costs = tuple(round(0.005 * step, 3) for step in range(161))

    def play(self, rng: np.random.Generator) -> Findings:
        """Solve eq. 19 at every cost; nothing is random."""
        utility = two_users()
        rows = []
        for cost in self.costs:
            terms = fair_terms(utility, cost, "symmetric")
            rows.append((cost, terms.alpha, terms.p, float(terms.payments.sum()), terms.platform, terms.worth))
        table = self.declared_tables[self.name()].frame(rows)
        c_th, c_none = all_open_up_to(utility), regime_bounds(utility)[1]
        checks = [
            Verdict.number("c_th", printed("Figure 6"), 1 / 3, c_th, 1e-6, "found by solving eq. 19 cost by cost"),
            Verdict.number("γ_max", printed("Figure 6"), 2 / 3, utility.gamma_max, 1e-12),
            Verdict.number("from which cost nothing is offered", printed("Figure 6"), 2 / 3, c_none, 1e-6),
            *_figure_6_table(table),
            *_figure_6_text(utility, float(table["users"].max())),
            _theorem_1_instead(),
        ]
        return Findings({self.name(): table}, checks, {self.name(): lambda: self._draw(table)})

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(2, title="Figure 6: the best fair terms, one cost for both users")
        offered = table["total"] > 0  # from the cost on from which nothing is offered, terms jump: that is drawn as a gap
        for index, column in enumerate(("users", "platform", "total", "alpha", "p")):
            label = "α" if column == "alpha" else column
            for part in (table[offered], table[~offered]):
                axes[index > 2].plot(part["c"], part[column], color=figures.colour(index), label=label)
                label = "_"
        for axis in axes:
            for bound in (1 / 3, 2 / 3):
                axis.axvline(bound, color="0.7", linewidth=0.8, linestyle="--")
            axis.set(xlabel="cost of sharing c", ylim=(-0.02, 1.05))
            axis.legend(fontsize=9, frameon=False)
        axes[0].set_ylabel("utility")
        axes[1].set_ylabel("share handed out,\nprobability of privacy")
        return figure


def closed_form(cost: float) -> tuple[float, float, float, float, float]:
    """Return α, p, what users and platform have, and the total, at a cost of sharing (derived for this project).

    Examples
    --------
    >>> [round(value, 4) for value in closed_form(0.5)]
    [0.8571, 0.5, 0.5, 0.0833, 0.5833]
    """
    if cost <= 1 / 3:
        return (2 * cost, 0.0, 2 * cost, 1 - 2 * cost, 1.0)
    if cost < 2 / 3:
        rest = 2 - 3 * cost
        return (6 * cost / (2 + 3 * cost), 3 * cost - 1, 2 * cost * rest, rest**2 / 3, (4 - 9 * cost**2) / 3)
    return (0.0, 1.0, 0.0, 0.0, 0.0)


def _figure_6_table(table: pd.DataFrame) -> list[Verdict]:
    exact = np.array([closed_form(cost) for cost in table["c"]])
    apart = float(np.abs(table[["alpha", "p", "users", "platform", "total"]].to_numpy() - exact).max())
    cost, total = table["c"].to_numpy(), table["total"].to_numpy()
    low, middle, high = cost <= 1 / 3, (cost > 1 / 3) & (cost < 2 / 3), cost >= 2 / 3
    order = np.argsort(cost[middle])
    falling = (np.diff(total[middle][order]) < 0) | (np.diff(cost[middle][order]) == 0)
    net = table["users"] - 2 * (1 - table["p"]) * table["c"]
    return [
        Verdict.number("distance from the closed form", derived("closed form of the optimum"), 0.0, apart, 1e-9),
        Verdict.statement(
            "three regimes of total utility",
            printed("Figure 6"),
            "greatest up to c = 1/3, falling from there, 0 from c = 2/3",
            f"{total[low].min() if low.any() else math.nan:.4g} / falling / {total[high].max() if high.any() else math.nan:.4g}",
            bool(np.allclose(total[low], 1) and falling.all() and (total[high] == 0).all()),
        ),
        Verdict.number(
            "users' utility after their costs, largest",
            derived("Theorem 3 where private users give nothing"),
            0.0,
            float(net.abs().max()),
            1e-9,
            "the figure's users are before costs",
        ),
    ]


def _figure_6_text(utility: SharingUtility, most: float) -> list[Verdict]:
    quarter, third = (fair_terms(utility, cost).platform for cost in (0.25, 1 / 3))
    best = fair_terms(utility, 0.5)
    as_printed = 0.5 / utility.gamma_max
    private = SharingGame(utility, as_printed, 0.5).symmetric_equilibria()
    kept = (1 - as_printed) * float(utility.expected_worth(private).max())
    paid = float(fair_terms(utility, 1 / 3).payments.sum())
    return [
        Verdict.statement(
            "users are paid most at c = 1/3",
            printed("Section 5.1"),
            "what users are awarded rises up to c = 1/3 and falls from there",
            f"{paid:.4f} at c = 1/3; at the costs tried at most {most:.4f}",
            bool(abs(paid - 2 / 3) <= ROUND_OFF and most <= paid + ROUND_OFF),
        ),
        Verdict.statement(
            "up to c = 1/3 the platform captures most of the utility",
            printed("Section 5.1"),
            "for c ≤ 1/3 the platform captures most (Section 5.1)",
            f"platform {quarter:.4f} at c = 1/4, {third:.4f} at c = 1/3",
            not (bool(abs(quarter - 0.5) <= ROUND_OFF and abs(third - 1 / 3) <= ROUND_OFF)),
            "false: it keeps 1 - 2c, which is most of the utility only for c < 1/4",
            expected=REFUTED,
        ),
        Verdict.statement(
            "Theorem 3.2: α* is not the least α with p* in γ⁻¹(c/α)",
            printed("Theorem 3.2"),
            f"printed: c = 0.5: α = {as_printed:.4f}, p = {private.max():.2g}, platform {kept:.4f}",
            f"corrected: α = {best.alpha:.4f}, p = {best.p:.4f}, platform {best.platform:.4f}",
            not (bool(abs(best.alpha - 6 / 7) <= ROUND_OFF and abs(best.platform - 1 / 12) <= ROUND_OFF and kept <= ROUND_OFF)),
            "the least α is c/γ_max, at which everybody is private; the best lies between c/γ_max and c/γ_min",
            expected=REFUTED,
        ),
    ]


def _theorem_1_instead() -> Verdict:
    """Count who shares in pure equilibria when the platform divides by Theorem 1 instead of choosing α."""
    sharing = []
    for cost in (0.2, 2 / 9 + 0.01, 0.3, 0.35):
        game = MarketGame(MeanEstimation(users=2), PlatformCoalition(), Preferences(valuation=PaidOnly(), costs=(0.0, cost)))
        sharing.append(sorted({sum(profile) for profile in game.pure_equilibria()}))
    return Verdict.statement(
        "Theorem 1 as the rule instead",
        derived("enumeration of pure equilibria"),
        "comparison: both share up to c = 2/9, one up to 1/3, nobody after; free α keeps both to 1/3",
        "sharers at c = 0.2, 0.232, 0.3, 0.35: " + ", ".join(str(counts[-1]) for counts in sharing),
        sharing == [[2], [1], [1], [0]],
        "under Theorem 1 the users keep 4/9 - 2c after costs; under the best α nothing",
    )


@SCENARIOS.register
class FairValueFig7(Scenario):
    """What the best fair terms pay each of two users whose costs of sharing differ, and what the platform keeps.

    Payments are before costs. ``platform_share`` is 1 - α, empty where there is no utility to share.

    Parameters
    ----------
    costs
        The costs to try for each user, each ≥ 0.
    selections
        Which equilibrium is played: ``pure`` is the best for the platform without mixing, which meets the paper's text;
        ``best`` and ``worst`` look through all equilibria.
    """

    source = FAIR_VALUE.at("Section 5.2, eq. 23-25")
    paper = FAIR_VALUE
    where = "Figure 7 (Section 5.2)"
    declared_tables = table_columns.FAIR_VALUE_FIG7
    example_parameters = {"costs": (0.1, 0.3, 0.35, 0.5, 0.7)}

    costs: Costs = tuple(round(step / 120, 6) for step in range(97))
    selections: Annotated[tuple[Selection, ...], Field(min_length=1)] = ("pure",)

    def model_post_init(self, context: object, /) -> None:
        """Check that the selections are ones for users whose costs differ."""
        for selection in self.selections:
            if selection.startswith("symmetric"):
                raise ValueError(f"selections: {selection!r} needs equal costs; use pure, best or worst")

    def play(self, rng: np.random.Generator) -> Findings:
        """Solve the platform's problem at every pair of costs; nothing is random."""
        utility = two_users()
        rows = []
        for selection in track(self.selections, "selections"):
            for c1 in self.costs:
                for c2 in self.costs:
                    terms = fair_terms(utility, (c1, c2), selection)
                    share = 1 - terms.alpha if terms.worth > 0 else math.nan
                    rows.append((c1, c2, terms.alpha, *terms.payments, terms.platform, share, selection))
        table = self.declared_tables[self.name()].frame(rows)
        pure = table[table["selection"] == "pure"]
        checks = [*(_figure_7_table(pure) if len(pure) else []), *_figure_7_selections(utility), _printed_objective(utility)]
        drawn = table[table["selection"] == self.selections[0]]
        return Findings({self.name(): table}, checks, {self.name(): lambda: self._draw(drawn)})

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(2, title=f"Figure 7: costs that differ ({self.selections[0]} equilibrium)")
        titles = {"payment_2": "payment to user 2", "platform_share": "platform's share 1 - α"}
        for axis, (column, title) in zip(axes, titles.items(), strict=True):
            grid = table.pivot_table(index="c2", columns="c1", values=column, dropna=False)
            image = axis.pcolormesh(grid.columns, grid.index, grid.to_numpy(), cmap="cividis", vmin=0, shading="nearest")
            axis.set(xlabel="cost of user 1", ylabel="cost of user 2", aspect="equal")
            axis.set_title(title, fontsize=10)
            figure.colorbar(image, ax=axis, shrink=0.8)
        return figure


def _figure_7_table(table: pd.DataFrame) -> list[Verdict]:
    cost = np.asarray(table[["c1", "c2"]], dtype=np.float64)
    paid = np.asarray(table[["payment_1", "payment_2"]], dtype=np.float64) > 0
    # who shares for nothing because it costs nothing is not seen in payments
    costly = (cost > 0).all(axis=1)
    low, high = cost.min(axis=1), cost.max(axis=1)
    exact = np.maximum.reduce([1 - 2 * high, 2 / 3 - low, np.zeros(len(cost))])
    together = 2 * high - low < 1 / 3 - ROUND_OFF
    apart = 2 * high - low > 1 / 3 + ROUND_OFF
    cheaper = paid[np.arange(len(cost)), cost.argmin(axis=1)] & ~paid[np.arange(len(cost)), cost.argmax(axis=1)]
    some, none = low < 2 / 3 - ROUND_OFF, low >= 2 / 3
    differ = high > low
    small, large = high < 1 / 3, low > 1 / 3
    claims = (
        ("small and close costs", "data is collected from both", paid.all(axis=1), together & costly),
        ("small costs that differ much", "users may be engaged asymmetrically", cheaper, small & apart & differ & costly),
        ("both costs above 1/3", "only the cheaper user shares, however small the difference", cheaper, large & differ & some),
        ("both costs above 2/3", "nobody is offered enough", ~paid.any(axis=1), none),
    )
    distance = float(np.abs(table["platform"] - exact).max())
    checks = [
        Verdict.number(
            "distance from max(1 - 2 max c, 2/3 - min c, 0)", derived("closed form of the best pure terms"), 0.0, distance, 1e-12
        )
    ]
    for name, claim, holding, region in claims:
        holds, where = np.asarray(holding), np.asarray(region)
        if where.any():
            found = f"at {int(holds[where].sum())} of {int(where.sum())} pairs of costs"
            checks.append(
                Verdict.statement(name, printed("Section 5.2"), f"{claim} (Section 5.2)", found, bool(holds[where].all()))
            )
    return checks


def _figure_7_selections(utility: SharingUtility) -> list[Verdict]:
    pure, symmetric = (fair_terms(utility, 0.5, selection).platform for selection in ("pure", "symmetric"))
    sliver = [fair_terms(utility, (0.267, 0.3), selection).platform for selection in ("pure", "best")]
    pairs = [(0.1, 0.15), (0.1, 0.4), (0.25, 0.3), (0.4, 0.45), (0.5, 0.6), (0.6, 0.7)]
    apart = max(abs(fair_terms(utility, pair, "pure").platform - fair_terms(utility, pair, "worst").platform) for pair in pairs)
    return [
        Verdict.statement(
            "Figures 6 and 7 select different equilibria",
            printed("Figures 6 and 7"),
            "the diagonal of Figure 7 is Figure 6",
            f"c1 = c2 = 0.5: platform {pure:.4f} where one user shares, {symmetric:.4f} where both mix",
            not (bool(abs(pure - 1 / 6) <= ROUND_OFF and abs(symmetric - 1 / 12) <= ROUND_OFF)),
            "false above c = 1/3: (2 - 3c)/3 beside (2 - 3c)²/3",
            expected=REFUTED,
        ),
        Verdict.number(
            "off the diagonal the worst equilibrium is as good",
            derived("all equilibria beside the pure ones"),
            0.0,
            apart,
            1e-8,
            f"{len(pairs)} pairs of costs",
        ),
        Verdict.statement(
            "near 2 c_max - c_min = 1/3 mixing is better for the platform",
            printed("Figure 7"),
            "pure equilibria are the best",
            f"c = (0.267, 0.3): {sliver[1]:.4f} mixed, {sliver[0]:.4f} pure",
            not (bool(sliver[1] > sliver[0] + 0.005)),
            "false in a sliver: the cheaper user mixes at α = 2 c_min",
            expected=REFUTED,
        ),
    ]


def _printed_objective(utility: SharingUtility) -> Verdict:
    """Maximise eq. 25 as printed over α, at pure equilibria, and see what that leaves the platform."""
    costs = (0.2, 0.25)
    best = fair_terms(utility, costs, "pure")
    shares = np.linspace(0, 1, 201)
    worths = np.array([utility.worth[SharingGame(utility, share, costs).open_counts()].max() for share in shares])
    literal = int((worths - (1 - shares) * worths).argmax())
    left = float((1 - shares[literal]) * worths[literal])
    return Verdict.statement(
        "eq. 25: the platform's objective",
        printed("eq. 25"),
        "what maximises p1'Up2 - (1 - α) p1'Up2 is best for the platform",
        f"c = (0.2, 0.25): that is largest at α = {shares[literal]:g}, which leaves it {left:g}; "
        f"the largest (1 - α) p1'Up2 is {best.platform:.2f}, at α = {best.alpha:.2f}",
        bool(left >= best.platform - ROUND_OFF),
        "the printed difference is what users get, so it hands out everything",
        expected=REFUTED,
    )
