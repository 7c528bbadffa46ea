"""How often rewards can be fair, rational and stable at once, over random games."""

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from ...mechanisms import (
    CoalitionalGame,
    grand_coalition_stability,
    individual_rationality,
    rho_individual_rationality,
    rho_stability,
    shapley_rewards,
    stability,
    strict_desirability,
    strict_monotonicity,
)
from ...mechanisms.audits.reward_fairness import symmetry, uselessness
from ...papers import MODEL_REWARDS
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .counterexamples import EXAMPLE_1, NO_STABLE_POWER, simple_schemes, ties
from .properties import factor_of_a_power, proposition_1, value_of_data
from .random_games import KINDS

Power = Annotated[float, Field(gt=0, le=1)]
EXACT = 1e-12
"""Games here have a handful of parties and worths near 1: bounds are held to their last digits."""
ENOUGH = 100


@dataclass(frozen=True, eq=False)
class _Sample:
    """A random game and how far its rewards may go."""

    kind: str
    game: CoalitionalGame
    rises: tuple[CoalitionalGame, int]

    @cached_property
    def rational_up_to(self) -> float:
        """ρ_r."""
        return rho_individual_rationality(self.game)

    @cached_property
    def stable_up_to(self) -> float:
        """ρ_s."""
        return rho_stability(self.game)

    def holds(self, rho: float) -> list[bool]:
        """Say whether rewards at a power are fair (F1 to F3), rational, stable by Definition 3, and by R6."""
        rewards = shapley_rewards(self.game, rho)
        return [
            all(check(self.game, rewards).holds for check in (uselessness, symmetry, strict_desirability)),
            individual_rationality(self.game, rewards, EXACT).holds,
            stability(self.game, rewards, EXACT).holds,
            grand_coalition_stability(self.game, rewards, EXACT).holds,
        ]

    def monotone_at(self, rho: float) -> tuple[bool, bool]:
        """Say whether F4 asks for something when the game rises, and whether it holds."""
        after, player = self.rises
        audit = strict_monotonicity(self.game, after, player, lambda game: shapley_rewards(game, rho))
        return bool(np.isfinite(audit.slack)), audit.holds


@SCENARIOS.register
class RewardsBounds(Scenario):
    """How often rewards by a power of Shapley values are fair, rational and stable together, over random games.

    Three kinds of games in which more data never hurts: ``monotone`` (anything goes), ``coverage`` and ``logdet`` (submodular:
    one's data replaces some of another's). At each power the share of games is counted in which rewards are fair (F1 to F3),
    nobody is worse off than alone (R4), and no coalition would leave (Definition 3).

    Parameters
    ----------
    parties
        Numbers of parties, each 2..8.
    games
        How many games of each kind and number of parties.
    rhos
        The powers to try, in (0, 1].
    kinds
        Which kinds of games.
    """

    source = MODEL_REWARDS.at("Sections 4.1 and 4.2")
    paper = MODEL_REWARDS
    where = "Theorem 1, Fig. 1"
    declared_tables = table_columns.REWARDS_BOUNDS
    example_parameters = {"parties": (2, 3), "games": 10}

    parties: Annotated[tuple[Annotated[int, Field(ge=2, le=8)], ...], Field(min_length=1)] = (2, 3, 4, 5)
    games: Annotated[int, Field(ge=1, le=100_000)] = 120
    rhos: Annotated[tuple[Power, ...], Field(min_length=1)] = (0.1, 0.25, 0.5, 0.75, 1.0)
    kinds: Annotated[tuple[Literal["monotone", "coverage", "logdet"], ...], Field(min_length=1)] = (
        "monotone",
        "coverage",
        "logdet",
    )

    def play(self, rng: np.random.Generator) -> Findings:
        """Draw the games, find the bounds, audit the rewards at every power."""
        samples = [_drawn(kind, n, rng) for kind, n in itertools.product(self.kinds, self.parties) for _ in range(self.games)]
        bounds = _bounds(samples)
        held = np.array([[sample.holds(rho) for rho in self.rhos] for sample in track(samples, "games audited")])
        table = self._shares(bounds, held, samples)
        checks = [
            *self._theorem(samples, bounds, held),
            *self._submodular(bounds),
            *simple_schemes(rng),
            *value_of_data([sample.game for sample in samples if sample.kind == "logdet"]),
            *proposition_1([(sample.game, *sample.rises) for sample in samples]),
            *factor_of_a_power([sample.game for sample in samples]),
        ]
        return Findings({"rewards-bounds": table, "bounds": bounds}, checks, {"rewards-bounds": lambda: self._draw(bounds)})

    def _shares(self, bounds: pd.DataFrame, held: BoolArray, samples: list[_Sample]) -> pd.DataFrame:
        """Return a row a kind, number of parties and power: the shares of games in which each holds, and all together."""
        welfare = np.array([[shapley_rewards(each.game, rho).mean() / each.game.grand for rho in self.rhos] for each in samples])
        rows = []
        for (kind, n), group in bounds.groupby(["kind", "parties"], sort=False):
            for index, rho in enumerate(self.rhos):
                fair, rational, stable = held[group.index, index, :3].T
                rows.append(
                    {
                        "kind": kind,
                        "parties": n,
                        "rho": rho,
                        "games": len(group),
                        "fair": fair.mean(),
                        "rational": rational.mean(),
                        "stable": stable.mean(),
                        "together": (fair & rational & stable).mean(),
                        "welfare": welfare[group.index, index].mean(),
                    }
                )
        return pd.DataFrame(rows)

    def _theorem(self, samples: list[_Sample], bounds: pd.DataFrame, held: BoolArray) -> list[Verdict]:
        fair, rational, stable, by_largest = np.moveaxis(held, 2, 0)
        rhos = np.array(self.rhos)
        at_most_r = rhos <= bounds["rho_r"].to_numpy()[:, None] * (1 + EXACT)
        at_most_s = rhos <= bounds["rho_s"].to_numpy()[:, None] * (1 + EXACT)
        total = held[:, :, 0].size
        asked = [sample.monotone_at(rho) for sample in samples for rho in (self.rhos[0], self.rhos[-1])]
        broken = sum(not kept for _, kept in asked)
        order = bool((bounds["rho_s"] <= bounds["rho_r"] + EXACT).all())
        empty = stability(NO_STABLE_POWER, shapley_rewards(NO_STABLE_POWER, 1e-6))
        return [
            Verdict.number(
                "rewards that break F1, F2 or F3",
                printed("Theorem 1"),
                0,
                total - int(fair.sum()),
                0,
                f"of {total}; Theorem 1 promises none",
            ),
            Verdict.number(
                "rewards that break F4",
                printed("Theorem 1"),
                0,
                broken,
                0,
                f"{sum(a for a, _ in asked)} pairs of games ask for something",
            ),
            Verdict.number(
                "R4 other than for ρ up to ρ_r", printed("Theorem 1"), 0, int((rational != at_most_r).sum()), 0, f"of {total}"
            ),
            Verdict.number(
                "Definition 3 other than for ρ up to ρ_s",
                printed("Theorem 1"),
                0,
                int((stable != at_most_s).sum()),
                0,
                f"of {total}",
            ),
            Verdict.number(
                "Definition 3 other than R6",
                derived("R6 is equivalent for these rewards, not only sufficient"),
                0,
                int((stable != by_largest).sum()),
                0,
                f"of {total}; R6 is printed as sufficient, it is equivalent for these rewards",
            ),
            Verdict.statement("ρ_s is at most ρ_r", printed("Theorem 1"), "ρ_s ≤ ρ_r (Theorem 1)", order, order),
            Verdict.statement(
                "a power that is rational always exists",
                printed("Section 4.2"),
                "a smaller ρ may satisfy R4 (Section 4.2)",
                float(bounds["rho_r"].min()),
                bool((bounds["rho_r"] > 0).all()),
                "least ρ_r; above 0 whenever more data never hurts",
            ),
            Verdict.statement(
                "a power that is stable need not exist",
                derived("a submodular game without a stable power"),
                "ρ ≤ ρ_s achieves stability (Theorem 1)",
                rho_stability(NO_STABLE_POWER),
                rho_stability(NO_STABLE_POWER) == 0 and not empty.holds,
                f"v_1 = 8, v_2 = v_3 = 5, v_12 = v_13 = 9, v_23 = v_123 = 10, submodular: {empty.note}",
            ),
            ties(),
        ]

    def _submodular(self, bounds: pd.DataFrame) -> list[Verdict]:
        """Say how often proportional rewards leave somebody worse off than alone; Example 1 shows that they may."""
        audit = individual_rationality(EXAMPLE_1, shapley_rewards(EXAMPLE_1, 1))
        shares = {kind: float((bounds.loc[bounds["kind"] == kind, "rho_r"] < 1).mean()) for kind in self.kinds}
        verdicts = [
            Verdict.statement(
                f"{kind}: share of games in which ρ = 1 breaks R4",
                printed("Section 4.1.1"),
                "R4 may not be satisfied when the value of data is submodular (Section 4.1.1)",
                shares[kind],
                shares[kind] > 0 and not audit.holds,
                f"Example 1: {audit.note}",
            )
            for kind in self.kinds
            if kind != "monotone"
        ]
        drawn = self.games * len(self.parties)
        few = f"{drawn} games of a kind are few: of some kinds one in six does"
        return verdicts if drawn >= ENOUGH else [verdict.left_undecided(few) for verdict in verdicts]

    def _draw(self, bounds: pd.DataFrame) -> Figure:
        kinds = list(dict.fromkeys(bounds["kind"]))
        figure, axes = figures.new_figure(len(kinds), width=3.9, title="How many random games allow a power ρ?")
        for axis, kind in zip(axes, kinds, strict=True):
            rows = bounds[bounds["kind"] == kind]
            _draw_share(axis, rows["rho_r"].to_numpy(), "nobody worse off than alone (R4)", 0, "-")
            _draw_share(axis, rows["rho_s"].to_numpy(), "no coalition leaves (Definition 3)", 1, "--")
            axis.set(title=kind, xlabel="power $\\rho$", ylim=(0, 1.03), xlim=(0, 1))
        axes[0].set_ylabel("share of games that satisfy it")
        axes[-1].legend(fontsize=8, frameon=False, loc="lower left")
        return figure


def _drawn(kind: str, n: int, rng: np.random.Generator) -> _Sample:
    """Draw a game, and one in which some coalitions with a random player are worth more."""
    game = CoalitionalGame(KINDS[kind](n, rng))
    player = int(rng.integers(n))
    with_player = (np.arange(1 << n) >> player & 1).astype(bool)
    rise = np.where(with_player & (rng.random(1 << n) < 0.5), rng.exponential(0.1 * game.grand + 0.01, size=1 << n), 0.0)
    return _Sample(kind, game, (CoalitionalGame(game.values + rise), player))


def _bounds(samples: list[_Sample]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": sample.kind,
            "parties": sample.game.n,
            "game": index,
            "rho_r": sample.rational_up_to,
            "rho_s": sample.stable_up_to,
        }
        for index, sample in enumerate(track(samples, "games drawn"))
    )


def _draw_share(axis: Axes, bounds: FloatArray, label: str, index: int, style: str) -> None:
    grid = np.linspace(0.005, 1, 200)
    axis.plot(grid, [(bounds >= rho).mean() for rho in grid], style, color=figures.colour(index), label=label)
