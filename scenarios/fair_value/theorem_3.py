"""Up to which cost everybody shares, and from which the platform offers nothing."""

import math
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...models import MeanEstimation, SharingGame, SharingUtility, fair_terms, regime_bounds, threshold_cost
from ...models.games.sharing_terms import all_open_up_to
from ...models.tasks import utility_by_sharers
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...progress import track
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

FOUND = 1e-6
SHARES = np.linspace(0, 1, 2001)


@SCENARIOS.register
class FairValueTheorem3(Scenario):
    """The three regimes of the platform's best fair terms, by number of users and by what a private user still gives.

    Users choose between the privacy levels ``epsilon_low`` and ∞. ``c_th`` is eq. 22 and ``gamma_max`` the greatest γ(p);
    ``all_open_up_to`` and ``nothing_from`` are the costs at which the regimes change when eq. 19 is solved cost by cost. Where
    private users give nothing the closed forms stand beside them.

    Parameters
    ----------
    players
        Numbers of users N to try, 2..2000.
    epsilon_low
        Levels ε₁' of a private user to try, each ≥ 0: at 0 it stays out, above it gives something and the theorem fails.
    """

    source = FAIR_VALUE.at("Theorem 3, eq. 21, 22")
    paper = FAIR_VALUE
    where = "Theorem 3 (Section 5, Appendix A.4)"
    declared_tables = table_columns.FAIR_VALUE_THEOREM3
    quick_parameters = {"players": (2, 5, 10, 50, 200)}
    example_parameters = {"players": (2, 5)}

    players: Annotated[tuple[Annotated[int, Field(ge=2, le=2000)], ...], Field(min_length=1)] = (2, 5, 10, 50, 1000)
    epsilon_low: Annotated[tuple[Annotated[float, Field(ge=0, lt=math.inf)], ...], Field(min_length=1)] = (0.0, 1.0)

    def play(self, rng: np.random.Generator) -> Findings:
        """Find the regimes for every number of users and level; nothing is random."""
        cases = [(n, low) for low in self.epsilon_low for n in self.players]
        table = pd.DataFrame([_regimes(n, low) for n, low in track(cases, "regimes")])
        checks = [
            *_closed_forms(table),
            *_counterexamples(table),
            *counterexample_numbers(),
            *gain_in_privacy(),
            several_equilibria(),
            *appendix_errata(),
        ]
        return Findings({self.name(): table}, checks, {self.name(): lambda: self._draw(table)})

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(2, title="Theorem 3: where the platform's terms change")
        _draw_bounds(axes[0], table)
        _draw_counterexample(axes[1], min(self.players), max(self.epsilon_low))
        return figure


def levels(players: int, epsilon_low: float) -> SharingUtility:
    """Return the utility of users who choose between a level ε₁' and no privacy."""
    if epsilon_low == 0:
        return SharingUtility.of_task(MeanEstimation(users=players))
    return SharingUtility.of_task(MeanEstimation(users=players, levels=(epsilon_low, math.inf)), private=1, open_=2)


def _regimes(players: int, epsilon_low: float) -> dict[str, float]:
    utility = levels(players, epsilon_low)
    nothing = regime_bounds(utility)[1]
    closed = epsilon_low == 0
    return {
        "players": players,
        "epsilon_low": epsilon_low,
        "c_th": threshold_cost(utility),
        "gamma_max": utility.gamma_max,
        "all_open_up_to": all_open_up_to(utility),
        "nothing_from": nothing,
        "c_th_closed_form": 2 / (players * (players + 1)) if closed else math.nan,
        "gamma_max_closed_form": (players + 2) / (3 * players) if closed else math.nan,
    }


def _closed_forms(table: pd.DataFrame) -> list[Verdict]:
    rows = table[table["epsilon_low"] == 0]
    if rows.empty:
        return []
    checks = [
        Verdict.number(
            f"ε₁' = 0: {name}, largest relative distance from the closed form",
            derived("closed form where ε₁' = 0"),
            0.0,
            float((rows[name] / rows[closed] - 1).abs().max()),
            1e-9 if name in {"c_th", "gamma_max"} else FOUND,
        )
        for name, closed in (
            ("c_th", "c_th_closed_form"),
            ("gamma_max", "gamma_max_closed_form"),
            ("all_open_up_to", "c_th_closed_form"),
            ("nothing_from", "gamma_max_closed_form"),
        )
    ]
    two = rows[rows["players"] == 2]
    if len(two):
        checks.append(
            Verdict.number("c_th for two users", printed("Section 5.1"), 1 / 3, float(two["c_th"].iloc[0]), 1e-9, "Section 5.1")
        )
        checks.append(
            Verdict.number(
                "γ_max for two users", printed("Section 5.1"), 2 / 3, float(two["gamma_max"].iloc[0]), 1e-9, "Section 5.1"
            )
        )
    return checks


def _counterexamples(table: pd.DataFrame) -> list[Verdict]:
    rows = table[table["epsilon_low"] > 0]
    return [
        Verdict.statement(
            f"N = {row['players']:.0f}, ε₁' = {row['epsilon_low']:g}: nothing is offered only above γ_max",
            printed("Theorem 3"),
            f"α* > 0 for every c below γ_max = {row['gamma_max']:.4g}",
            f"α* = 0 from c = {row['nothing_from']:.4g} on; everybody shares up to c = {row['all_open_up_to']:.4g}",
            not (bool(row["nothing_from"] < row["gamma_max"] * (1 - FOUND))),
            "false as soon as private users give something: offering nothing then still yields U(p = 1) > 0",
            expected=REFUTED,
        )
        for row in rows.to_dict("records")
    ]


def counterexample_numbers() -> list[Verdict]:
    """Hold two users with levels 1 and ∞ against the numbers worked out independently, and check the assumptions."""
    two, five = levels(2, 1.0), levels(5, 1.0)
    cost = 0.4
    inside = SHARES[1:-1]
    share = cost / two.gamma(inside)
    mixed = float(((1 - share) * two.expected_worth(inside))[share <= 1].max())
    everybody = (1 - cost / float(two.gamma(0.0))) * float(two.worth[-1])
    best = fair_terms(two, cost)
    return [
        Verdict.number("N = 2, ε₁' = 1: γ_max", derived("worked out apart from the program"), 0.5213, two.gamma_max, 5e-5),
        Verdict.number(
            "N = 2, ε₁' = 1: nothing is offered from",
            derived("worked out apart from the program"),
            0.3347,
            regime_bounds(two)[1],
            5e-5,
            "the middle regime is empty",
        ),
        Verdict.number("N = 5, ε₁' = 1: γ_max", derived("worked out apart from the program"), 0.2434, five.gamma_max, 5e-5),
        Verdict.number(
            "N = 5, ε₁' = 1: nothing is offered from",
            derived("worked out apart from the program"),
            0.073,
            regime_bounds(five)[1],
            5e-4,
        ),
        Verdict.number(
            "N = 2, c = 0.4: platform at α = 0",
            derived("worked out apart from the program"),
            0.25,
            best.platform,
            5e-4,
            f"the best, α* = {best.alpha:g}",
        ),
        Verdict.number("N = 2, c = 0.4: best with mixing", derived("worked out apart from the program"), 0.119, mixed, 5e-4),
        Verdict.number("N = 2, c = 0.4: everybody open", derived("worked out apart from the program"), 0.104, everybody, 5e-4),
        Verdict.statement(
            "the counterexample meets Assumptions 1 and 2",
            derived("Assumptions 1 and 2, read weakly"),
            "utility is monotone and has diminishing returns, for N = 2 and 5, in coalitions of every size",
            "both hold",
            all(assumptions(n, 1.0) for n in (2, 5)),
            "read weakly: eq. 20 as printed asks that equal arguments give unequal values",
        ),
        Verdict.statement(
            "ε₁' = 1: users keep something",
            printed("Theorem 3, where users keep nothing"),
            "where ε₁' = 0 the best terms leave users nothing after their costs",
            f"N = 2, c = 0.1: {_net(two, 0.1):.4f} after costs",
            not (_net(two, 0.1) > 0.01 > 1e-9 > abs(_net(levels(2, 0.0), 0.1))),
            "no longer so: private users are paid too, and the others must not have less than they",
            expected=REFUTED,
        ),
    ]


def _net(utility: SharingUtility, cost: float) -> float:
    terms = fair_terms(utility, cost)
    return float(terms.payments.sum() - cost * (1 - terms.private).sum())


def assumptions(players: int, epsilon_low: float) -> bool:
    """Say whether utility grows when a user goes open, and grows the more the more of the coalition are private."""
    task = MeanEstimation(users=players, levels=(epsilon_low, math.inf))
    for size in range(1, players + 1):
        is_open = np.arange(size + 1)
        worths = task.value_by_count(np.zeros(2, dtype=np.int64), np.array([2, 1]), np.column_stack([is_open, size - is_open]))
        added = np.diff(worths)
        if (added <= 0).any() or (np.diff(added) > 1e-15).any():
            return False
    return True


def gain_in_privacy() -> list[Verdict]:
    """Check that γ is not negative and grows with the others' privacy, and show the sign that eq. 80 would give it."""
    gains = [levels(n, 0.0).gamma(SHARES) for n in (2, 5, 50)]
    lowest, steps = min(float(each.min()) for each in gains), np.concatenate([np.diff(each) for each in gains])
    two = levels(2, 0.0)
    corrected, as_printed = ([_expected_gain(two, p, flip) for p in (0.0, 1.0)] for flip in (False, True))
    return [
        Verdict.statement(
            "γ ≥ 0 and γ' ≥ 0 where returns diminish",
            printed("Appendix A.4, eq. 78-83"),
            "Appendix A.4, eq. 78-83",
            f"lowest γ {lowest:.4f}, lowest step {steps.min():.1e}",
            bool(lowest >= 0 and (steps > 0).all()),
        ),
        Verdict.statement(
            "eq. 80: n of the others are private",
            printed("eq. 80"),
            f"γ goes from {as_printed[0]:.4f} to {as_printed[1]:.4f} as p grows, where N - n of them are private",
            f"corrected: from {corrected[0]:.4f} to {corrected[1]:.4f}, as eq. 78 and 83 say",
            bool(np.allclose(as_printed, [float(two.gamma(p)) for p in (0.0, 1.0)])),
            "b(n, p) is binomial over the others in S; its difference is not decreasing but changes sign once, which suffices",
            expected=REFUTED,
        ),
    ]


def _expected_gain(utility: SharingUtility, p: float, as_printed: bool) -> float:
    """Evaluate the sum of eq. 80: chances b(n, p) that n of the others are private; as printed, that N - 1 - n are."""
    n = utility.n
    others = np.arange(n)
    chances = np.array([math.comb(n - 1, k) * p**k * (1 - p) ** (n - 1 - k) for k in others])
    private = n - 1 - others if as_printed else others
    return float(chances @ utility.gain[n - 1 - private])


def appendix_errata() -> list[Verdict]:
    """Show eq. 22, 74 and 88 as printed beside their corrected forms, for Example 1 with two users."""
    two = levels(2, 0.0)
    c_th = threshold_cost(two)
    p, alpha, cost = 0.4, 0.8, 0.5
    given = float(two.gamma(p))  # what an open user is worth; a private one is worth 0
    as_printed = cost * (1 - p) - alpha * ((1 - p) * given - given)
    direct = (alpha * given - cost) - (1 - p) * (alpha * given - cost)
    best = fair_terms(two, cost)
    ends = [
        (1 - share) * float(two.expected_worth(SharingGame(two, share, cost).symmetric_equilibria()).max())
        for share in (0.0, 1.0)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        literal = np.divide(two.expected_worth(SHARES), two.worth[0])
    return [
        Verdict.statement(
            "eq. 22, 89: U(0) is the utility when everybody is open, p = 0",
            printed("eq. 22, 89"),
            f"the condition divides by U(0), elsewhere the utility at ε = 0, which is {two.worth[0]:g}",
            f"corrected: U(p = 0) = {two.worth[-1]:g}, and c_th = {c_th:.4f}",
            bool(np.isfinite(literal).all()),
            expected=REFUTED,
        ),
        Verdict.statement(
            "eq. 74: what an open user gains over the mix",
            printed("eq. 74"),
            f"with c (1 - p) in the second bracket: {as_printed:.4f} at p = 0.4, α = 0.8, c = 0.5",
            f"directly {direct:.5f}; corrected (-c p, as eq. 75): {-p * (cost - alpha * given):.5f}",
            bool(abs(as_printed - direct) <= 1e-9),
            expected=REFUTED,
        ),
        Verdict.statement(
            "eq. 88: the platform maximises (1 - α) U(p*)",
            printed("eq. 88"),
            f"a minimum: the platform has {min(ends):g}, by handing out nothing or everything",
            f"a maximum, as in eq. 19: {best.platform:.4f} at α = {best.alpha:.4f}, c = 0.5",
            bool(best.platform <= min(ends) + 1e-9),
            expected=REFUTED,
        ),
    ]


def several_equilibria() -> Verdict:
    """Show that Example 1 leaves Assumption 2 for ε' < 2√3, and that three symmetric equilibria then coexist."""
    found = SharingGame(SharingUtility.by_count(utility_by_sharers(2, 2.0)), 0.8, 0.2).symmetric_equilibria()
    edge = 2 * math.sqrt(3)
    bends = [float(np.diff(utility_by_sharers(2, epsilon), 2)[0]) for epsilon in (edge - 0.01, edge + 0.01)]
    return Verdict.statement(
        "eq. 87: the symmetric equilibrium is unique",
        printed("eq. 87"),
        "Example 1 meets the assumptions, so γ grows and one p answers each α",
        f"ε' = 2, c = 0.2, α = 0.8: p = {', '.join(f'{p:g}' for p in found.round(9))}",
        not (bool(len(found) == 3 and np.allclose(found, [0, 0.5625, 1]) and bends[0] > 0 > bends[1])),
        "false for ε' < 2√3: the second user then adds more than the first",
        expected=REFUTED,
    )


def _draw_bounds(axis: Axes, table: pd.DataFrame) -> None:
    for index, (low, rows) in enumerate(table.groupby("epsilon_low", sort=False)):
        rows = rows.sort_values("players")
        colour = figures.colour(index)
        axis.plot(rows["players"], rows["gamma_max"], color=colour, linestyle=":", label=f"γ_max, ε₁' = {low:g}")
        axis.plot(
            rows["players"], rows["nothing_from"], color=colour, marker="s", markersize=4, linewidth=0, label="nothing from"
        )
        axis.plot(
            rows["players"], rows["all_open_up_to"], color=colour, marker="o", markersize=6, fillstyle="none", label="all open to"
        )
    axis.set(xscale="log", yscale="log", xlabel="users N", ylabel="cost of sharing c")
    axis.set_title("regimes", fontsize=10)
    axis.legend(fontsize=8, frameon=False)


def _draw_counterexample(axis: Axes, players: int, low: float) -> None:
    utility = levels(players, low)
    costs = np.linspace(0, 1.2 * utility.gamma_max, 121)
    curves = np.array([_offers(utility, cost) for cost in costs])
    for index, (label, style) in enumerate((("everybody open", "-"), ("best mixed", "--"), ("nothing offered", ":"))):
        axis.plot(costs, curves[:, index], color=figures.colour(index), linestyle=style, label=label)
    axis.axvline(utility.gamma_max, color="0.6", linewidth=0.8, linestyle="--")
    where = axis.get_xaxis_transform()
    axis.annotate("γ_max", (utility.gamma_max, 0.8), (4, 0), xycoords=where, textcoords="offset points", fontsize=9)
    axis.set(xlabel="cost of sharing c", ylabel="what the platform keeps", ylim=(0, 1.05 * float(np.nanmax(curves))))
    axis.set_title(f"N = {players}, a private user {f'at level {low:g}' if low else 'stays out'}", fontsize=10)
    axis.legend(fontsize=8, frameon=False)


def _offers(utility: SharingUtility, cost: float) -> FloatArray:
    """Return what the platform keeps if it opens everybody, makes users mix, or offers nothing; nan where it cannot."""
    gamma, worth = utility.gamma(SHARES), utility.expected_worth(SHARES)
    share = cost / gamma
    profit = np.where(share <= 1, (1 - share) * worth, math.nan)
    inner = profit[1:-1]
    mixed = np.nanmax(inner) if np.isfinite(inner).any() else math.nan
    return np.array([profit[0], mixed, utility.worth[0]])
