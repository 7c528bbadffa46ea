"""What the paper proves about a partner who does not care for privacy, held against tables and formulas."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import ROUND_OFF, FloatArray
from ...models.games.privacy import CollaborativeLearning, ErrorBenefit, TableBenefit, level_beside_unconcerned
from ...models.games.privacy.unconcerned_partner import Rule
from ...papers import PRIVACY
from ...pictures import figures
from ...verdicts import REFUTED, REPRODUCED, UNDECIDED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import tables
from .promises import mark_levels, method_named, rating_epsilon
from .recommender import Distinct, listed

RULES: tuple[Rule, ...] = ("corrected", "equation-3", "bullets", "corollary")
WEIGHTS = (0.1, 0.3, 0.5, 0.6, 0.9)


def falling(p: FloatArray) -> FloatArray:
    """Return [0.5 - 0.5 p²]⁺, whose best level beside an unconcerned partner is r for every r < 1."""
    return np.maximum(0.5 - 0.5 * p**2, 0)


def waved(p: FloatArray) -> FloatArray:
    """Return [0.62 - 1.5 p + 3.6 p² - 2.9 p³]⁺, whose inner peak is not its best level at r = 0.3."""
    return np.maximum(0.62 - 1.5 * p + 3.6 * p**2 - 2.9 * p**3, 0)


FORMULAS: dict[str, Callable[[FloatArray], FloatArray]] = {"0.5 - 0.5 p²": falling, "0.62 - 1.5 p + 3.6 p² - 2.9 p³": waved}


@SCENARIOS.register
class PrivacyTheorems(Scenario):
    """Theorems 1 to 4 and their corollaries, on a table and on formulas that the proofs leave out.

    Parameters
    ----------
    table
        ``canonical``, or the path of a CSV file as in ``privacy-table4``.
    weights
        Weight ratios r = C / B > 0 of the player who cares for privacy.
    """

    source = PRIVACY.at("Theorems 1 to 4, Corollaries; counterexamples original")
    paper = PRIVACY
    where = "Theorems 1 to 4 (Section 4)"
    declared_tables = table_columns.PRIVACY_THEOREMS

    table: str = "canonical"
    weights: Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Field(min_length=1), Distinct] = WEIGHTS

    def play(self, rng: np.random.Generator) -> Findings:
        """Work out every rule at every weight; nothing is random."""
        measured = tables(self.table)
        curves = {name: _against_unprotected(table) for name, table in measured.items()} | FORMULAS
        rows = []
        for name, curve in curves.items():
            for weight in self.weights:
                utility = {rule: _utility(curve, weight, rule) for rule in RULES}
                best = utility["corrected"][1]
                method = method_named(name) if name in measured else method_named("bDP")
                rows += [(name, weight, rule, p, rating_epsilon(p, method), u, best - u) for rule, (p, u) in utility.items()]
        table = self.declared_tables[self.name()].frame(rows)
        checks = [*_first_two(measured), *_third(table), *fourth()]
        return Findings({self.name(): table}, checks, {self.name(): lambda: self._draw(table)})

    def _draw(self, table: pd.DataFrame) -> Figure:
        names = list(dict.fromkeys(table["benefit"]))
        figure, axes = figures.new_figure(len(names), title="Beside a partner who protects nothing: what each rule gives")
        for axis, name in zip(axes, names, strict=True):
            for index, (rule, rows) in enumerate(table[table["benefit"] == name].groupby("rule", sort=False)):
                style: dict[str, Any] = {"marker": figures.MARKERS[index], "color": figures.colour(index), "fillstyle": "none"}
                axis.plot(rows["weight"], rows["p"], linestyle="-" if index == 0 else "none", label=str(rule), **style)
            mark_levels(axis, "y", partial(rating_epsilon, method=method_named(name) or method_named("bDP")))
            axis.set(xlabel="weight ratio r = C / B", ylabel="privacy level, ε of one rating", ylim=(-0.05, 1.05))
            axis.set_title(f"b = {name}" if name in FORMULAS else name, fontsize=10)
        axes[-1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def _against_unprotected(table: TableBenefit) -> Callable[[FloatArray], FloatArray]:
    """Return player 2's benefit by its own level while player 1 protects nothing."""
    return lambda p: table.at(np.column_stack([np.zeros(len(p)), p]))[:, 1]


def _utility(curve: Callable[[FloatArray], FloatArray], weight: float, rule: Rule) -> tuple[float, float]:
    level = level_beside_unconcerned(curve, weight, rule=rule)
    return level, float(curve(np.array([level]))[0] - weight * (1 - level))


def _first_two(measured: dict[str, TableBenefit]) -> list[Verdict]:
    """Hold Theorems 1 and 2 against tables."""
    checks, partners = [], np.linspace(0, 0.95, 20)
    for name, table in measured.items():
        game = CollaborativeLearning(table, 0.1).continuous
        alone = game.is_equilibrium((game.level(1.0), game.level(1.0)))
        checks.append(
            Verdict.statement(f"{name}: Theorem 1", printed("Theorem 1"), "(1, 1) is an equilibrium", f"{alone}", bool(alone))
        )
        levels = np.linspace(0, 1, 101)
        worst = []
        for own, other in ((0, 1), (1, 0)):
            for partner in partners:
                profiles = np.empty((len(levels), 2))
                profiles[:, own], profiles[:, other] = levels, partner
                gained = table.at(profiles)[:, own]
                worst.append((float(gained.max() - gained[0]), partner, float(levels[gained.argmax()]), own + 1))
        most = max(worst)
        monotone = bool((np.diff(table.entries, axis=1) <= 0).all())
        checks.append(
            Verdict.statement(
                f"{name}: Theorem 2",
                printed("Theorem 2"),
                "an unconcerned player's best response is level 0",
                f"level 0 gives at most {most[0]:.2g} less than the best level, over both players and levels of the partner",
                most[0] <= ROUND_OFF,
                "benefit falls in the own level throughout, as Definition 3 asks; the best response is not the only one where "
                "nothing can be gained"
                if monotone
                else f"it does not fall throughout: player {most[3]} beside {most[1]:.2g} is best off at {most[2]:.2g}",
                # beyond its premise the theorem says nothing of the outcome
                expected=REFUTED if most[0] > ROUND_OFF and not monotone else REPRODUCED,
            )
        )
    return checks


def _third(table: pd.DataFrame) -> list[Verdict]:
    """Hold the printed rules of Theorem 3 against the best level."""
    claims = {
        "equation-3": ("Theorem 3, eq. 3", "an inner peak with positive utility is the equilibrium"),
        "bullets": ("Theorem 3, first bullet", "level 0 is an equilibrium where b(0) > r"),
        "corollary": ("Corollary of Theorem 3", "the level with Φ' = r and Φ'' < 0 is the equilibrium"),
    }
    checks = []
    for rule, (where, claim) in claims.items():
        rows = table[(table["rule"] == rule) & table["benefit"].isin(FORMULAS)]
        broken = rows[rows["lost"] > 1e-6]
        shown = [
            f"b = {row['benefit']}, r = {row['weight']:g}: level {row['p']:.3g} loses {row['lost']:.3g}"
            for _, row in broken.iterrows()
        ]
        checks.append(
            Verdict.statement(
                f"{where}, on formulas",
                printed(where),
                claim,
                listed(shown, 3) if shown else f"the best level in all {len(rows)} cases",
                False if len(broken) else None,
                "the level at which utility is largest over all of [0, 1] is the corrected rule",
                # other weights than the default ones need hold no counterexample
                expected=REFUTED if len(broken) or set(WEIGHTS) <= set(rows["weight"]) else UNDECIDED,
            )
        )
    kept = table[(table["rule"] == "corrected") & (table["benefit"] == "0.5 - 0.5 p²") & (table["weight"] < 1)]
    if len(kept):
        apart = float(np.abs(kept["p"] - kept["weight"]).max())
        checks.append(
            Verdict.number(
                "corrected rule on 0.5 - 0.5 p²", derived("p = r, by hand"), 0.0, apart, 1e-6, "largest distance from r"
            )
        )
    return checks


def fourth() -> list[Verdict]:
    """Return counterexamples to Theorem 4 and its first corollary."""
    flat = ErrorBenefit((0.5, 0.5), lambda levels: 0.5 * levels.sum(axis=1, keepdims=True) + np.zeros((1, 2)))
    game = CollaborativeLearning(flat, 0.6, levels=np.linspace(0, 1, 51))
    found = [tuple(game.levels[list(profile)].round(2).tolist()) for profile in game.pure_equilibria()]

    def errors(p: float, q: float) -> FloatArray:
        s = p + q
        return np.array([0.4 + s / 5 + s**2 / 20 + q**2 / 10, 0.4 + s / 5 + s**2 / 20 + p / 10])

    step, at = 1e-3, (0.3, 0.1)
    grid = [[(1 - errors(at[0] + i * step, at[1] + j * step)) ** 2 for j in (-1, 1)] for i in (-1, 1)]
    mixed = (grid[1][1] - grid[1][0] - grid[0][1] + grid[0][0]) / (4 * step**2)
    return [
        Verdict.statement(
            "Theorem 4: collaboration in equilibrium",
            printed("Theorem 4"),
            "where eq. 6 holds there is an equilibrium that is not trivial",
            f"b = [0.5 - 0.5 p - 0.5 q]⁺ at r = 0.6 has {listed(found)} only",
            any(end != (1.0, 1.0) for end in found),
            "a potential gives an equilibrium, which may be (1, 1)",
            expected=REFUTED,
        ),
        Verdict.statement(
            "Corollary 1: like slopes make a potential game",
            printed("Corollary 1"),
            "∂1Φ1 = ∂2Φ2 is enough for equal mixed derivatives of both benefits",
            f"b = (1 - Φ)² with like own slopes: at (0.3, 0.1) they are {mixed[0]:.4f} and {mixed[1]:.4f}",
            bool(abs(mixed[0] - mixed[1]) < 1e-4),
            "enough where b is linear only; Φ = 0.4 + s/5 + s²/20 + (q²/10, p/10), s = p + q",
            expected=REFUTED,
        ),
    ]
