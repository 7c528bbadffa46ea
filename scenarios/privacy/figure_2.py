"""From measurement to play: each side guesses the tradeoff from its own data, plays by its guess, and gets what is true."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...models.games.privacy import CollaborativeLearning, ContinuousGame, TableBenefit
from ...papers import PRIVACY
from ...pictures import figures
from ...training.recommender import (
    BoundedDP,
    Collaboration,
    PrivacyGrid,
    PrivacyMethodSpec,
    at_full_size,
    learned_by_size,
    measure_grids,
    self_division,
)
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .figure_5 import Ratio
from .figure_9 import root_mean_square
from .promises import level_name
from .recommender import MeasuredGame, half_width, scale_shares

BELIEFS = ("true", "self-division", "corrected")
MEANS = {"guessed": "guessed", "utility": "utility", "regret": "regret", "error": "error"}


@SCENARIOS.register
class PrivacyFig2(MeasuredGame):
    """The whole process: measure, guess by self-division, play the equilibrium of one's guess, and get the true utility.

    Each player divides its own data into halves, which play both roles, and takes the table of improvements that it sees for that
    of both players. It follows best responses from no protection in the game it so believes in, and keeps its own part of the
    end. What both keep is then judged by the measured table: true utility, and regret, by how much the best level would be
    better. ``corrected`` guesses have the bias of half the data taken off, by the player's own learning curve.

    Parameters
    ----------
    method
        Privacy method of both.
    ratio
        How many times the users of player 2 player 1 has.
    weight
        r = C / B of both players.
    levels
        Privacy levels that are measured and guessed; between them improvements are interpolated, and beyond
        the last there are none.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.
    """

    source = PRIVACY.at("Section 3.3, Figure 2, Section 7.2")
    where = "Figure 2, Section 7.2"
    declared_tables = table_columns.PRIVACY_FIG2

    method: PrivacyMethodSpec = BoundedDP()
    ratio: Ratio = 1.0
    weight: Annotated[float, Field(ge=0, le=1000)] = 0.1

    def play(self, rng: np.random.Generator) -> Findings:
        """Measure, guess, play and judge, on every split."""
        for_data, for_splits, for_halves = rng.spawn(3)
        parties = self.parties(self.ratings(for_data), self.seeds(for_splits), self.ratio)
        (true,) = measure_grids(parties, [self.method], self.levels, self.store())
        guesses = [
            self_division(parties, player, [self.method], self.levels, for_halves, self.store())[0].splits for player in (0, 1)
        ]
        rows, grids = [], []
        for split, each in enumerate(parties):
            raw = [guesses[player][split] for player in (0, 1)]
            better = [
                at_full_size(raw[player], learned_by_size(each, player, for_halves), float(each.origin[player]))
                for player in (0, 1)
            ]
            grids.append({"true": true.splits[split], "self-division": raw, "corrected": better})
            rows += [self._row(split, each, belief, grids[-1]) for belief in BELIEFS]
        table = pd.DataFrame(rows)
        beliefs = _summary(table, grids)
        drawn = {self.name(): lambda: self._draw(grids, beliefs, parties[0])}
        return Findings({self.name(): table, "beliefs": beliefs}, self.held(self._checks(table, grids)), drawn)

    def _game(self, tables: FloatArray) -> ContinuousGame:
        return CollaborativeLearning(TableBenefit(self.levels, tables, tail="zero"), self.weight).continuous

    def _row(self, split: int, parties: Collaboration, belief: str, grids: dict[str, Any]) -> dict[str, Any]:
        measured = grids["true"].improvement
        truth = self._game(measured)
        believed = [measured] * 2 if belief == "true" else [np.repeat(grid.improvement, 2, axis=0) for grid in grids[belief]]
        games = [self._game(table) for table in believed]
        ends = [game.settle(ties="low").end for game in games]
        profile = (ends[0][0], ends[1][1])
        utilities = truth.utilities(profile)
        row: dict[str, Any] = {"split": split + 1, "belief": belief}
        for player, level in enumerate(profile, start=1):
            row[f"p_{player}"] = float(level)
            row[f"epsilon_{player}"] = parties.guarantee(player - 1, (self.method, float(level))).epsilon
        for name, values in (
            ("guessed", [games[player].utilities(ends[player])[player] for player in (0, 1)]),
            ("utility", utilities),
            ("regret", [truth.best_responses(player, profile).value - utilities[player] for player in (0, 1)]),
        ):
            row |= {f"{name}_{player}": float(value) for player, value in enumerate(values, start=1)}
        base = sum(max(0.0, float(value)) for value in measured[:, 0, 0])
        row["price_of_privacy"] = float(truth.price_of_privacy(profile)) if base > 0 else np.nan
        for player in (0, 1):
            row[f"error_{player + 1}"] = root_mean_square(believed[player][player] - measured[player])
        return row

    def _checks(self, table: pd.DataFrame, grids: list[dict[str, Any]]) -> list[Verdict]:
        by = {belief: part.set_index("split") for belief, part in table.groupby("belief")}

        def mean(belief: str, name: str) -> FloatArray:
            return by[belief][[f"{name}_1", f"{name}_2"]].mean(axis=1).to_numpy()

        over = np.array([_unprotected(split, "self-division") - _unprotected(split, "true") for split in grids])
        left = np.array([_unprotected(split, "corrected") - _unprotected(split, "true") for split in grids])
        halves = derived("half of the data learns less alone")
        return [
            Verdict.over_seeds(
                "guessed utility is near the true one",
                printed("Section 7.2"),
                "the approximated utilities are very close to the actual ones: within 0.03, as 0.18 and 0.21",
                np.abs(mean("self-division", "guessed") - mean("self-division", "utility")),
                lambda apart: apart <= 0.03,
                expected=REFUTED,
            ),
            Verdict.over_seeds(
                "the error of self-division",
                printed("Section 7.2"),
                "the RMSE is around 0.001 for both players (up to 0.002 is taken for that)",
                mean("self-division", "error"),
                lambda error: error <= 0.002,
                expected=REFUTED,
            ),
            Verdict.over_seeds(
                "self-division promises too much",
                halves,
                "the guess without protection is above the truth",
                over,
                lambda above: above > 0,
            ),
            Verdict.over_seeds(
                "the correction takes bias off",
                halves,
                "it lowers the error of the guess without protection",
                np.abs(over) - np.abs(left),
                lambda lowered: lowered > 0,
            ),
        ]

    def _draw(self, grids: list[dict[str, Any]], beliefs: pd.DataFrame, parties: Collaboration) -> Figure:
        title = (
            f"Measure, guess, play: {self.method.short()}, r = {self.weight:g}, {self.dataset}, 95 % over {self.splits} splits"
        )
        figure, (curves, ends) = figures.new_figure(2, width=5.6, height=4.2, title=title)
        self._draw_guesses(curves, grids, parties)
        places = np.arange(len(BELIEFS))
        for index, (column, label) in enumerate(
            (("guessed", "expected utility"), ("utility", "true utility"), ("regret", "regret"))
        ):
            at, half = places + 0.15 * (index - 1), beliefs[f"{column}_half_width"]
            style: dict[str, Any] = {
                "color": figures.colour(index),
                "marker": figures.MARKERS[index],
                "capsize": 3,
                "linestyle": "none",
            }
            ends.errorbar(at, beliefs[column], half, label=label, **style)
        ends.axhline(0, color="0.6", linewidth=0.8)
        ends.set_xticks(places, BELIEFS)
        ends.set(xlabel="what players believe", ylabel="mean of both players, in units of B")
        ends.legend(fontsize=8, frameon=False)
        return figure

    def _draw_guesses(self, axis: Axes, grids: list[dict[str, Any]], parties: Collaboration) -> None:
        for index, belief in enumerate(BELIEFS):
            lines = np.array([_own(split, belief) for split in grids])
            style: dict[str, Any] = {"color": figures.colour(index), "marker": figures.MARKERS[index], "capsize": 3}
            axis.errorbar(self.levels, lines.mean(axis=0), half_width(lines), label=belief, **style)
        names = [level_name(level, parties.guarantee(0, (self.method, level)).epsilon) for level in self.levels]
        axis.set_xticks(self.levels, names)
        axis.axhline(0, color="0.6", linewidth=0.8)
        scale_shares(axis)
        axis.set(xlabel="own privacy level, ε of one rating; the other's 0", ylabel="y = (θ - Φ) / (o - θ), both players")
        axis.legend(fontsize=8, frameon=False)


def _own(split: dict[str, Any], belief: str) -> FloatArray:
    """Return improvements by own level beside an unprotected partner, mean of both players, shape (k,)."""
    grids: list[PrivacyGrid] = [split["true"]] if belief == "true" else split[belief]
    return np.asarray(np.concatenate([grid.improvement[:, :, 0] for grid in grids]).mean(axis=0))


def _unprotected(split: dict[str, Any], belief: str) -> float:
    return float(_own(split, belief)[0])


def _summary(table: pd.DataFrame, grids: list[dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for belief in BELIEFS:
        part = table[table["belief"] == belief]
        row: dict[str, Any] = {"belief": belief}
        for name in MEANS:
            values = part[[f"{name}_1", f"{name}_2"]].mean(axis=1).to_numpy()
            row |= {name: values.mean(), f"{name}_half_width": float(half_width(values))}
        values = np.array([_unprotected(split, belief) for split in grids])
        row |= {"unprotected_guess": values.mean(), "unprotected_guess_half_width": float(half_width(values))}
        rows.append(row)
    return pd.DataFrame(rows)
