"""What the fair value paper says beside its figures: Theorem 2's uniqueness, estimators, saturation, α(U), eq. 3, the menu."""

import itertools
import math
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...mechanisms import CoalitionalGame, shapley
from ...models.tasks.mean_estimation import linear_laplace_utility, utility_by_sharers
from ...papers import FAIR_VALUE
from ...pictures import figures
from ...training.threads import one_thread
from ...verdicts import Verdict, derived, mean_interval, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .estimators import best_linear_estimator, federated_weights, private_weights
from .platform_problem import COSTS_OF_FEDERATING, REGIMES, menu_checks, menu_rows, problem_checks, problem_rows

Level = Annotated[float, Field(gt=0, lt=math.inf)]
Cost = Annotated[float, Field(ge=0, lt=math.inf)]
BATCHES = 50


@SCENARIOS.register
class FairValueClaims(Scenario):
    """Theorem 2's uniqueness, the estimators, saturation, and the platform's problem: any payments, α(U), three levels.

    Parameters
    ----------
    players
        Numbers of users for which the axioms of Theorem 2 are solved, each 2..8.
    levels
        Privacy levels at which estimators of two users are simulated.
    draws
        How many times each estimator is simulated.
    saturated
        Privacy levels of the users among whom privacy saturates.
    costs
        Costs of sharing at which α(U) is set beside one α, and pairs of which eq. 3 is solved for any payments.
    """

    source = FAIR_VALUE.at("eq. 3, 12, 26-35, 47-48, 58-63, Figure 2, Section 6 (monotonicity of utility)")
    paper = FAIR_VALUE
    where = "eq. 3, Figure 2, Theorem 2, eq. 26-35, 58-63, the note on monotonicity"
    declared_tables = table_columns.FAIR_VALUE_CLAIMS
    full_parameters = {"draws": 5_000_000}
    example_parameters = {"players": (2, 3), "levels": (2.0,), "draws": 5000, "costs": (0.2, 0.5)}

    players: Annotated[tuple[Annotated[int, Field(ge=2, le=8)], ...], Field(min_length=1)] = (2, 3, 4, 5, 6)
    levels: Annotated[tuple[Level, ...], Field(min_length=1)] = (0.5, 1.0, 2.0, 5.0)
    draws: Annotated[int, Field(ge=100, le=10**7)] = 200_000
    saturated: Annotated[tuple[Level, ...], Field(min_length=2, max_length=20)] = (1.0, 2.0, 10.0)
    costs: Annotated[tuple[Cost, ...], Field(min_length=1, max_length=30)] = (
        0.1,
        0.2,
        0.3,
        0.4,
        0.5,
        0.6,
    )

    def play(self, rng: np.random.Generator) -> Findings:
        """Solve the axioms, simulate the estimators, minimise the risk, search all terms."""
        with one_thread():
            return self._play(rng)

    def _play(self, rng: np.random.Generator) -> Findings:
        errors = self.declared_tables["estimators"].frame(
            _simulated(level, sharers, self.draws, rng) for level in self.levels for sharers in (1, 2)
        )
        privacy = self.declared_tables["saturation"].frame(
            (user, asked, given)
            for user, (asked, given) in enumerate(zip(self.saturated, _given(self.saturated), strict=True), 1)
        )
        terms = self.declared_tables["terms"].frame(_terms(cost) for cost in self.costs)
        problem = self.declared_tables["problem"].frame(problem_rows(self.costs))
        menu = self.declared_tables["menu"].frame(menu_rows())
        checks = [
            *(_unique(n, rng) for n in self.players),
            *_errors(errors),
            *private_weights(self.levels),
            *federated_weights(rng),
            *_saturates(privacy),
            _alpha_of_utility(terms),
            *problem_checks(problem),
            *menu_checks(menu),
        ]
        tables = {"estimators": errors, "saturation": privacy, "terms": terms, "problem": problem, "menu": menu}
        figures_of = {self.name(): lambda: self._draw(privacy, terms), f"{self.name()}-menu": lambda: _draw_menu(menu)}
        return Findings(tables, checks, figures_of)

    def _draw(self, privacy: pd.DataFrame, terms: pd.DataFrame) -> Figure:
        figure, (left, right) = figures.new_figure(2, title="Privacy that saturates, and terms that depend on the utility")
        places = np.arange(len(privacy))
        left.bar(places - 0.2, privacy["asked"], 0.4, color=figures.colour(0), label="asked for, ε_i")
        left.bar(places + 0.2, privacy["given"], 0.4, color=figures.colour(1), label="given by the best estimator")
        left.set_xticks(places, [f"user {user}" for user in privacy["user"]])
        left.set(ylabel="privacy level (less is more private)")
        right.plot(
            terms["c"], terms["one_alpha"], color=figures.colour(0), marker="o", markersize=7, fillstyle="none", label="one α"
        )
        right.plot(terms["c"], terms["alpha_of_u"], color=figures.colour(1), marker="s", markersize=4, label="α(U)")
        right.set(xlabel="cost of sharing c", ylabel="what the platform keeps")
        for axis in (left, right):
            axis.legend(fontsize=9, frameon=False)
        return figure


def _draw_menu(menu: pd.DataFrame) -> Figure:
    """Draw what the platform keeps by what sharing directly costs, one menu a line, federating at half that cost."""
    figure, axes = figures.new_figure(len(REGIMES), width=3.6, title="What the platform keeps, by what users may choose")
    half = COSTS_OF_FEDERATING.index(0.5)
    for axis, ((s2, t2), rows) in zip(axes, menu.groupby(["s2", "t2"], sort=False), strict=True):
        for index, (name, marker) in enumerate(zip(dict.fromkeys(menu["menu"]), "so^", strict=True)):
            line = rows[rows["menu"] == name].iloc[half :: len(COSTS_OF_FEDERATING)]
            wide = name == "{0, 1, 2}"  # it lies on one of the others at most costs
            axis.plot(
                line["c2"],
                line["platform"],
                marker=marker,
                markersize=10 if wide else 5,
                linewidth=5 if wide else 1.5,
                alpha=0.4 if wide else 1,
                color=figures.colour(index),
                label=f"levels {name}",
            )
        axis.set(xlabel="cost of sharing directly", ylim=(0, None))
        axis.set_title(f"s² = {s2:g}, t² = {t2:g}", fontsize=10)
    axes[0].set_ylabel("what the platform keeps")
    axes[0].legend(fontsize=9, frameon=False)
    return figure


def _unique(n: int, rng: np.random.Generator) -> Verdict:
    """Solve the axioms B.i to B.iii for a value on the basis of unanimity games, and hold the solution against eq. 12."""
    masks = np.arange(1, 1 << n)
    members = (masks[:, None] >> np.arange(n) & 1).astype(bool)
    free, values = 0, np.zeros((len(masks), n))
    for place, inside in enumerate(members):
        first = int(np.flatnonzero(inside)[0])
        rows = [np.eye(n)[first] - np.eye(n)[other] for other in np.flatnonzero(inside)[1:]]  # B.i, who add alike
        rows += [np.eye(n)[other] for other in np.flatnonzero(~inside)]  # B.i, who add nothing
        rows.append(np.ones(n))  # B.ii at α = 1
        system = np.array(rows)
        free += n - int(np.linalg.matrix_rank(system))
        values[place] = np.linalg.lstsq(system, np.eye(len(rows))[-1], rcond=None)[0]
    worth = np.concatenate([[0.0], rng.uniform(0, 1, len(masks))])
    inner = np.array([[(-1) ** bin(s ^ t).count("1") if s & t == s else 0 for s in masks] for t in masks]) @ worth[1:]
    apart = float(np.abs(inner @ values - shapley(CoalitionalGame(worth))).max())  # B.iii, from unanimity games to any utility
    return Verdict.statement(
        f"Theorem 2: only eq. 12 satisfies B.i to B.iii, {n} users",
        printed("Theorem 2, eq. 47-48"),
        "φ takes the form of eq. 12 for α(ε) that satisfies B.ii",
        f"{free} degrees of freedom left on {len(masks)} unanimity games; distance from eq. 12 {apart:.1g} on a random utility",
        free == 0 and apart <= 1e-9,
        "with S ⊆ where the axioms print S ⊂, which would leave two users nothing to compare",
    )


def _simulated(
    level: float, sharers: int, draws: int, rng: np.random.Generator
) -> tuple[float, int, float, float, float, float, float]:
    """Return level, sharers, weight, risk by the closed form, and the mean squared error with the ends of its interval."""
    weight = sharers / (sharers * (sharers + 2) + 24 / level**2)
    truth = rng.uniform(0, 1, draws)
    data = rng.random((sharers, draws)) < truth
    noise = rng.laplace(0, weight / level, draws)
    estimate = 0.5 + weight * (data - 0.5).sum(axis=0) + noise
    means = np.array([part.mean() for part in np.array_split((estimate - truth) ** 2, BATCHES)])
    low, high = mean_interval(means, 0.9999)
    risk = (1 - float(utility_by_sharers(2, level)[sharers]) / 2) / 12
    return level, sharers, weight, risk, float(means.mean()), low, high


def _errors(table: pd.DataFrame) -> list[Verdict]:
    return [
        Verdict.statement(
            f"error of the estimator with weights of eq. 26-29, ε' = {row['epsilon']:g}, {row['sharers']} of 2 share",
            printed("eq. 26-29, 36"),
            f"risk {row['risk']:.6f}",
            f"{row['simulated']:.6f} [{row['low']:.6f}, {row['high']:.6f}] simulated",
            bool(row["low"] <= row["risk"] <= row["high"]),
            f"w = {row['weight']:.6f} each, Laplace noise of scale w/ε'; interval of 99.99 %",
        )
        for row in table.to_dict("records")
    ]


def _given(asked: tuple[float, ...]) -> FloatArray:
    """Return the privacy level w_i / b that the best linear estimator gives each user."""
    weights, scale = best_linear_estimator(asked)
    return weights / scale


def _saturates(table: pd.DataFrame) -> list[Verdict]:
    asked, given = table["asked"].to_numpy(), table["given"].to_numpy()
    utility = float(linear_laplace_utility(asked))
    more = linear_laplace_utility([[*asked[:-1], asked[-1] * factor] for factor in (0.5, 1.0, 2.0, 10.0)])
    return [
        Verdict.statement(
            "privacy saturates",
            printed("Section 6, a note on monotonicity of utility"),
            "an optimal algorithm will sometimes give users that choose a large ε more privacy than they asked for",
            ", ".join(f"{a:g} → {g:.3g}" for a, g in zip(asked, given, strict=True)),
            bool((given < asked * (1 - 1e-3)).any()),
            f"levels asked for and given; utility {utility:.6f}; among estimators that are linear with Laplace noise",
        ),
        Verdict.statement(
            "an optimal error is monotone in privacy levels",
            printed("Section 6, a note on monotonicity of utility"),
            "for DP an optimal error must be monotonic",
            "utility " + ", ".join(f"{value:.4f}" for value in more) + " as the last level grows",
            bool((np.diff(more) >= -1e-12).all()),
        ),
    ]


def _terms(cost: float) -> tuple[float, float, float]:
    """Return a cost and what the platform keeps in the best pure equilibrium of two users: under one α, and under α(U).

    Every pair (α where one shares, α where both do) on a grid is tried; one α is its diagonal.
    """
    one, both = utility_by_sharers(2)[1:]
    grid = np.linspace(0, 1, 201)
    best = {True: 0.0, False: 0.0}
    for alone, together in itertools.product(grid, grid):
        kept = [0.0] if alone * one <= cost + 1e-12 else []  # nobody shares
        if alone * one >= cost - 1e-12 and together * both / 2 <= cost + 1e-12:
            kept.append((1 - alone) * one)
        if together * both / 2 >= cost - 1e-12:
            kept.append((1 - together) * both)
        most = max(kept, default=0.0)
        best[False] = max(best[False], most)
        if alone == together:
            best[True] = max(best[True], most)
    return cost, best[True], best[False]


def _alpha_of_utility(table: pd.DataFrame) -> Verdict:
    gain = float((table["alpha_of_u"] - table["one_alpha"]).max())
    return Verdict.statement(
        "α(U) is worth nothing to the platform, two like users",
        derived("search of all terms on a grid of 1/200"),
        "B.ii lets α depend on the utility; in pure equilibria of like users that is worth nothing",
        f"at most {gain:.3g} more, at costs {', '.join(f'{cost:g}' for cost in table['c'])}",
        gain <= 1e-9,
    )
