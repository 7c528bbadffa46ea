"""Two parties whose fair rewards would leave one of them worse off than alone (Example 1)."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...mechanisms import (
    CoalitionalGame,
    audit_rewards,
    individual_rationality,
    rho_individual_rationality,
    rho_stability,
    shapley,
    shapley_rewards,
    stability,
)
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns

Worth = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Power = Annotated[float, Field(ge=0, le=1)]

PRINTED = (7.0, 5.0, 8.0)
BOUND = 0.9200862434830487
HALF = 6.196773353931867
ALWAYS = ("R1 non-negativity", "R2 feasibility", "R3 weak efficiency", "F1 uselessness", "F2 symmetry", "F3 strict desirability")


@SCENARIOS.register
class RewardsExample1(Scenario):
    """Two parties and their rewards from proportional (ρ = 1) to equal (ρ = 0), with what each power satisfies.

    Parameters
    ----------
    value_1, value_2, value_both
        What the data of party 1, of party 2 and of both is worth, > 0; both together at least as much as either.
    rhos
        The powers to try, in [0, 1].
    """

    source = MODEL_REWARDS.at("Section 4.1.1")
    paper = MODEL_REWARDS
    where = "Example 1, Theorem 1"
    declared_tables = table_columns.REWARDS_EXAMPLE1

    value_1: Worth = 7.0
    value_2: Worth = 5.0
    value_both: Worth = 8.0
    rhos: Annotated[tuple[Power, ...], Field(min_length=1)] = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)

    def model_post_init(self, context: object, /) -> None:
        """Check that more data does not hurt."""
        if self.value_both < max(self.value_1, self.value_2):
            raise ValueError(f"value_both = {self.value_both:g}: at least what either party's data is worth alone")

    @property
    def game(self) -> CoalitionalGame:
        """What coalitions are worth."""
        return CoalitionalGame([0, self.value_1, self.value_2, self.value_both])

    def play(self, rng: np.random.Generator) -> Findings:
        """Reward both at every power; nothing is random."""
        game = self.game
        tables = {"rewards-example1": self._rewards(game), "conditions": self._conditions(game)}
        checks = [*self._printed(game), *self._theorem(game)]
        return Findings(tables, checks, {"rewards-example1": lambda: self._draw(game)})

    def _rewards(self, game: CoalitionalGame) -> pd.DataFrame:
        phi = shapley(game)
        return pd.DataFrame(
            {"rho": rho, "party": party + 1, "alone": game({party}), "phi": phi[party], "reward": reward}
            for rho in self.rhos
            for party, reward in enumerate(shapley_rewards(game, rho).tolist())
        )

    def _conditions(self, game: CoalitionalGame) -> pd.DataFrame:
        return pd.DataFrame(
            {"rho": rho, "condition": audit.promise, "holds": audit.holds, "slack": audit.slack, "note": audit.note}
            for rho in self.rhos
            for audit in audit_rewards(game, shapley_rewards(game, rho))
        )

    def _printed(self, game: CoalitionalGame) -> list[Verdict]:
        """Hold the numbers of the paper's example, and those that follow from it, against what is found."""
        if (self.value_1, self.value_2, self.value_both) != PRINTED:
            return []
        phi, pure = shapley(game), shapley_rewards(game, 1)
        broken = individual_rationality(game, pure)
        return [
            Verdict.number("φ_1", printed("Example 1"), 5, phi[0], 1e-9),
            Verdict.number("φ_2", printed("Example 1"), 3, phi[1], 1e-9),
            Verdict.number("reward of party 2 at ρ = 1", printed("Example 1"), 4.8, pure[1], 1e-9),
            Verdict.statement(
                "party 2 is worse off than alone at ρ = 1",
                printed("Example 1"),
                "R4 is not satisfied",
                broken.slack,
                not broken.holds,
                broken.note,
            ),
            Verdict.number(
                "ρ_r",
                derived("log(5/8) / log(3/5)"),
                BOUND,
                rho_individual_rationality(game),
                1e-9,
                "log(5/8) / log(3/5); not printed",
            ),
            Verdict.number("ρ_s", derived("the same bound here"), BOUND, rho_stability(game), 1e-9, "the same here; not printed"),
            Verdict.number(
                "reward of party 2 at ρ = 0.5",
                derived("8 √(3/5)"),
                HALF,
                shapley_rewards(game, 0.5)[1],
                1e-9,
                "8 √(3/5); not printed",
            ),
        ]

    def _theorem(self, game: CoalitionalGame) -> list[Verdict]:
        """Hold Theorem 1 against the audits at every power."""
        rational, stable = rho_individual_rationality(game), rho_stability(game)
        wrong = []
        for rho in self.rhos:
            audits = {audit.promise: audit.holds for audit in audit_rewards(game, shapley_rewards(game, rho))}
            promised = dict.fromkeys(ALWAYS if rho > 0 else ("R7 group welfare",), True)
            promised |= {"R4 individual rationality": rho <= rational, "stability (Definition 3)": rho <= stable}
            wrong += [f"{name} at {rho:g}" for name, holds in promised.items() if audits[name] != holds]
        return [
            Verdict.statement(
                "what each power satisfies",
                printed("Theorem 1"),
                "R1 to R3 and R5 for ρ > 0, R4 up to ρ_r, R6 up to ρ_s, R7 at 0 (Theorem 1)",
                f"{len(wrong)} differences",
                not wrong,
                "; ".join(wrong),
            ),
            self._literal_bound(game),
            Verdict.statement(
                "Definition 3 on the empty coalition",
                printed("Definition 3"),
                "in every C ⊆ N somebody gets at least v_C (Definition 3)",
                "nobody is in it",
                not (stability(game, [self.value_both] * 2).holds),
                "as printed nothing is stable; read with coalitions that are not empty",
                expected=REFUTED,
            ),
        ]

    @staticmethod
    def _literal_bound(game: CoalitionalGame) -> Verdict:
        phi = shapley(game)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms: FloatArray = np.log(game.values[[1, 2]] / game.grand) / np.log(phi / phi.max())
        return Verdict.statement(
            "ρ_r as printed",
            printed("Theorem 1"),
            "ρ_r is the minimum over all parties of log(v_i / v_N) / log(φ_i / φ*) (Theorem 1)",
            f"{terms.min():g}",
            bool(np.isfinite(terms.min())),
            "the top party's term divides by log 1 = 0; only parties below the top may count",
            expected=REFUTED,
        )

    def _draw(self, game: CoalitionalGame) -> Figure:
        figure, (axis, conditions) = figures.new_figure(2, width=5.4)
        grid = np.linspace(0, 1, 201)
        rewards = np.array([shapley_rewards(game, rho) for rho in grid])
        for party in range(2):
            tint = figures.colour(party)
            axis.plot(grid, rewards[:, party], color=tint, label=f"reward of party {party + 1}")
            axis.axhline(game({party}), color=tint, linestyle=":", label=f"alone, party {party + 1}")
        bound = rho_individual_rationality(game)
        if bound <= 1:
            axis.axvline(bound, color="0.4", linewidth=1)
            axis.annotate(
                f"$\\rho_r$ = {bound:.3f}", (bound, rewards.max()), (-4, -6), textcoords="offset points", ha="right", va="top"
            )
        axis.set(xlabel="power $\\rho$", ylabel="worth of the model (units of v)", title="From equal to proportional rewards")
        axis.legend(fontsize=8, frameon=False)
        _draw_conditions(conditions, game)
        return figure


def _draw_conditions(axis: Axes, game: CoalitionalGame) -> None:
    """Draw at which powers each condition holds, as the paper's Figure 1 does for games in general."""
    ends = {
        "Shapley fair (R5)": 1.0,
        "nobody worse off than alone (R4)": float(np.clip(rho_individual_rationality(game), 0, 1)),
        "no coalition leaves (R6)": float(np.clip(rho_stability(game), 0, 1)),
    }
    for index, (words, end) in enumerate(ends.items()):
        axis.barh(index, end, 0.5, color=figures.colour(index))
        axis.annotate(f"{words}: ρ ≤ {end:.3g}", (0.02, index), va="center", fontsize=9, color="white")
    axis.axvspan(0, min(ends.values()), color="0.9", zorder=0)
    axis.set(xlim=(0, 1), xlabel="power $\\rho$: 0 equal rewards, 1 purely Shapley fair", yticks=[])
    axis.set_title("All hold at once in the grey region (as in Figure 1)", fontsize=10)
    axis.invert_yaxis()
