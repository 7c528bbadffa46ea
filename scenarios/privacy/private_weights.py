"""Players whose weights on privacy are their own secret."""

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...models.games.privacy import PrivateWeights, private_levels
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import tables
from .promises import mark_levels, with_epsilons

KNOWN = {(0.5, 0.3): 0.18377223}
"""Mean level by G and R, worked out independently."""

ROUNDS = 400

NEAR = 5e-3
"""Regret, in units of B, that counts as none after fictitious play."""

LEVELS = np.linspace(0, 1, 51)


@SCENARIOS.register
class PrivacyPrivateWeights(Scenario):
    """Weights on privacy are drawn evenly from [0, R] and known to their owners alone.

    Only the mean m of the other's level matters, and m (1 - m) = R / (4 G). A large population drawn at random answers its own
    mean round after round, from little and from much privacy; beside it, pairs with the same weights who know each other's.

    Parameters
    ----------
    gain
        G > 0 of everybody in b = G (1 - p²)(1 - q).
    highest
        Values of R > 0 to try.
    population
        How many players are drawn to learn.
    pairs
        How many pairs with known weights are drawn.
    table
        The measured benefits that the same is worked out for: ``canonical``, ``table-7``, or the path of a CSV file as in
        ``privacy-table4``.
    """

    source = PRIVACY.at("Section 9 (future work); equilibrium original")
    paper = PRIVACY
    where = "Section 9 (weights defined in private)"
    declared_tables = table_columns.PRIVACY_PRIVATE_WEIGHTS
    example_parameters = {"highest": (0.3, 0.6), "population": 2000, "pairs": 5}

    gain: Annotated[float, Field(gt=0, le=1000)] = 0.5
    highest: Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Field(min_length=1)] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    population: Annotated[int, Field(ge=10, le=10_000_000)] = 100_000
    pairs: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    table: str = "canonical"

    def play(self, rng: np.random.Generator) -> Findings:
        """Draw a population and pairs for every R."""
        rows = [
            self._row(highest, generator)
            for highest, generator in zip(track(self.highest, "R"), rng.spawn(len(self.highest)), strict=True)
        ]
        levels = {"mean_level": "mean", "largest_level": "largest", "learned_from_low": "from_low"}
        levels |= {"learned_from_high": "from_high", "known_weights_level": "known_weights"}
        table = with_epsilons(pd.DataFrame(rows), {column: f"epsilon_{name}" for column, name in levels.items()})
        measured = self._measured()
        checks = [*self._checks(table), _at_rest(measured)]
        return Findings({self.name(): table, "measured": measured}, checks, {self.name(): lambda: self._draw(table)})

    def _measured(self) -> pd.DataFrame:
        """Return what players with measured benefits come to, a row a method, R and player."""
        rows = []
        for method, benefit in tables(self.table).items():
            whole = float(np.maximum(benefit.at([[0, 0]]), 0).sum())
            for highest in self.highest:
                found = private_levels(benefit, highest, LEVELS)
                price = 1 - float(found.benefit.sum()) / whole if whole > 0 else np.nan
                rows += [
                    {
                        "method": method,
                        "highest": highest,
                        "player": player + 1,
                        "mean_level": float(found.means[player]),
                        "at_level_1": float(found.shares[player, -1]),
                        "benefit": float(found.benefit[player]),
                        "price_of_privacy": price,
                        "regret": found.regret,
                    }
                    for player in (0, 1)
                ]
        return with_epsilons(pd.DataFrame(rows), {"mean_level": "epsilon_mean"})

    def _row(self, highest: float, rng: np.random.Generator) -> dict[str, float]:
        game = PrivateWeights(self.gain, highest)
        mean = game.equilibria()[0]
        drawn = rng.uniform(0, highest, self.population)
        known = self._known(rng, highest)
        return {
            "highest": highest,
            "mean_level": mean,
            "price_of_privacy": 1 - (game.gained(mean) / self.gain if mean < 1 else 0.0),
            "largest_level": game.response(highest, mean),
            "learned_from_low": self._learned(drawn, 0.0),
            "learned_from_high": self._learned(drawn, 0.95),
            "known_weights_level": known.mean(),
            "known_weights_apart": (known == 1).all(axis=1).mean(),
        }

    def _learned(self, ratios: FloatArray, mean: float) -> float:
        """Return the mean level of a population that answers its last mean level over and over."""
        for _ in range(ROUNDS):
            answers = _answers(ratios, self.gain, mean)
            if abs(float(answers.mean()) - mean) <= 1e-15:
                break
            mean = float(answers.mean())
        return mean

    def _known(self, rng: np.random.Generator, highest: float) -> FloatArray:
        """Return the levels that best responses in turns reach from no protection when weights are known, shape (pairs, 2)."""
        mine, theirs = rng.uniform(0, highest, (2, self.pairs))
        levels = np.zeros((2, self.pairs))
        for _ in range(ROUNDS):
            levels[0] = _answers(mine, self.gain, levels[1])
            levels[1] = _answers(theirs, self.gain, levels[0])
        return levels.T

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        checks = []
        for row in table.to_dict("records"):
            highest, mean = float(row["highest"]), float(row["mean_level"])
            near = 5 / np.sqrt(self.population)
            if highest <= self.gain:
                drawn = (np.arange(100_000) + 0.5) * highest / 100_000
                answered = float(_answers(drawn, self.gain, mean).mean())
                checks.append(
                    Verdict.number(
                        f"R = {highest:g}: the mean answers itself",
                        derived("fixed point of the mean level"),
                        mean,
                        answered,
                        1e-9,
                        "over even weights",
                    )
                )
            if (self.gain, highest) in KNOWN:
                value = KNOWN[self.gain, highest]
                checks.append(
                    Verdict.number(
                        f"R = {highest:g}: mean level",
                        derived("worked out apart from the program"),
                        value,
                        mean,
                        5e-9,
                        "independent value",
                    )
                )
            if highest < 0.95 * self.gain:
                learned = (float(row["learned_from_low"]), float(row["learned_from_high"]))
                note = f"learned from 0: {learned[0]:.4f}, from 0.95: {learned[1]:.4f}"
                worst = max(abs(value - mean) for value in learned)
                name = f"R = {highest:g}: a population learns the mean, from wherever it starts"
                checks.append(Verdict.number(name, derived("fixed point of the mean level"), 0.0, worst, near, note))
                checks.append(_no_gain(PrivateWeights(self.gain, highest), mean))
            if highest > self.gain:
                checks.append(
                    Verdict.statement(
                        f"R = {highest:g}: nobody collaborates",
                        derived("fixed point of the mean level"),
                        "beyond R = G only m = 1 is an equilibrium",
                        f"m = {mean:g}; learned from 0: {float(row['learned_from_low']):.4f}",
                        mean == 1,
                    )
                )
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(2, title=f"Weights drawn from [0, R], G = {self.gain:g}")
        _draw_means(axes[0], table, self.gain)
        means = np.linspace(0, 1, 201)
        for index, highest in enumerate(self.highest[:: max(1, len(self.highest) // 3)][:4]):
            game = PrivateWeights(self.gain, highest)
            answers = [game.mean_response(float(mean)) for mean in means]
            axes[1].plot(means, answers, ("-", "--", "-.", ":")[index], color=figures.colour(index), label=f"R = {highest:g}")
        axes[1].plot(means, means, color="0.5", linewidth=0.8)
        mark_levels(axes[1])
        mark_levels(axes[1], "y")
        axes[1].set(xlabel="mean level m of the other, ε of bDP", ylabel="mean best response, ε of bDP")
        axes[1].set_title("equilibria lie on the diagonal", fontsize=10)
        axes[1].legend(fontsize=8, frameon=False)
        return figure


def _at_rest(measured: pd.DataFrame) -> Verdict:
    worst = float(measured["regret"].max())
    return Verdict.statement(
        "measured benefits: nobody gains much by answering better",
        derived("fictitious play in the game of secret weights"),
        f"mean regret is below {NEAR:g} of B",
        f"{worst:.2g} at most, over {len(measured)} rows",
        worst < NEAR,
    )


def _answers(ratios: FloatArray, gain: float, others: FloatArray | float) -> FloatArray:
    """Return the best responses of weight ratios to mean levels: r / (2 G (1 - m)), at most 1."""
    openness = np.broadcast_to(2 * gain * (1 - np.asarray(others)), ratios.shape)
    return np.divide(ratios, openness, out=np.ones_like(ratios), where=openness > ratios)


def _no_gain(game: PrivateWeights, mean: float) -> Verdict:
    """Try many other levels for many weights against the equilibrium's mean."""
    levels = np.linspace(0, 1, 1001)
    worst = 0.0
    for ratio in np.linspace(0, game.highest, 51).tolist():
        utility = game.gain * (1 - levels**2) * (1 - mean) - ratio * (1 - levels)
        own = game.response(ratio, mean)
        reached = game.gain * (1 - own**2) * (1 - mean) - ratio * (1 - own)
        worst = max(worst, float(utility.max()) - reached)
    name = f"R = {game.highest:g}: no weight gains by another level"
    return Verdict.statement(
        name, derived("definition of a best response"), "the mean alone matters", f"largest gain {worst:.1e}", worst <= 1e-12
    )


def _draw_means(axis: Axes, table: pd.DataFrame, gain: float) -> None:
    ranges = np.linspace(0, float(table["highest"].max()), 401)[1:]
    means = np.array([PrivateWeights(gain, float(highest)).equilibria()[0] for highest in ranges])
    jump = np.flatnonzero(np.diff(ranges > gain))
    axis.plot(
        np.insert(ranges, jump + 1, np.nan),
        np.insert(means, jump + 1, np.nan),
        color=figures.colour(0),
        label="equilibrium, private",
    )
    axis.plot(
        table["highest"], table["learned_from_low"], "o", color=figures.colour(1), label="learned from m = 0", linestyle="none"
    )
    axis.plot(
        table["highest"],
        table["known_weights_level"],
        "s",
        color=figures.colour(2),
        label="weights known, mean",
        linestyle="none",
    )
    axis.axvline(gain, color="0.5", linewidth=0.8, linestyle="--")
    axis.annotate(" R = G", (gain, 0.05), fontsize=8)
    mark_levels(axis, "y")
    axis.set(xlabel="largest weight R", ylabel="mean privacy level, ε of bDP", ylim=(-0.03, 1.03))
    axis.legend(fontsize=8, frameon=False)
