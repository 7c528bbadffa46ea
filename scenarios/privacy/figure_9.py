"""How well a party can tell the tradeoff of privacy and accuracy from its own data."""

import itertools
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...data.ratings import Ratings
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import (
    BoundedDP,
    Collaboration,
    PrivacyGrid,
    PrivacyMethodSpec,
    Suppression,
    at_full_size,
    frequent,
    learned_by_size,
    measure_grids,
    self_division,
)
from ...verdicts import REFUTED, Verdict, derived, elsewhere, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .printed_tables import FIRST_GUESS, FIRST_TRUE, SECOND_GUESS, SECOND_TRUE
from .promises import epsilon_text
from .recommender import SMALL, Distinct, Levels, RecommenderScenario, jackknife_half_width, listed, with_interval

Guess: TypeAlias = tuple[PrivacyGrid, PrivacyGrid, PrivacyGrid]
"""A party's guess of Φ on one split, the same with its bias taken off, and the truth."""

HEURISTIC = 100_000
"""Eq. 12: self-division is to be at its best where density times ratings is this."""


@SCENARIOS.register
class PrivacyFig9(RecommenderScenario):
    """The error of self-division, by the size of the data: each party guesses Φ by dividing its own users into two halves.

    Users are left out at random to make data of less size and the same density. The error is the root mean square over all pairs
    of levels of the guessed normalised improvement less the true one; beside it that of the gain in stars, which also tells
    something where half of the data is too little to learn from alone and the normalised improvement breaks down.

    Parameters
    ----------
    shares
        Which shares of the users are kept, each in (0, 1].
    methods
        Privacy methods.
    levels
        Privacy levels of both parties.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.

    Notes
    -----
    The paper's largest sizes, 2 to 4 million ratings a player, are those of Netflix data; the full size here is of 17,000 made-up
    users, whose density times ratings reaches twice what eq. 12 asks for, over 20 splits. It takes 18 minutes of one processor,
    and goes on where it was stopped. Ratings of half of 800 items by 1,600 users go beyond it too: 40 splits take 3 minutes.
    """

    source = PRIVACY.at("Section 7.2, Appendix E")
    where = "Figure 9, Section 7.2"
    declared_tables = table_columns.PRIVACY_FIG9
    example_parameters = {**SMALL, "shares": (0.7, 1), "levels": (0, 0.4)}

    quick_parameters = {"splits": 2, "shares": (0.6, 1.0), "levels": (0.0, 0.4)}
    full_parameters = {
        "dataset": "synthetic(users=17000)",
        "shares": (0.25, 0.5, 1.0),
        "levels": (0.0, 0.4),
        "methods": (BoundedDP(),),
        "splits": 20,
    }

    shares: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1), Distinct] = (0.3, 0.6, 1.0)
    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (Suppression(), BoundedDP())
    levels: Levels = (0.0, 0.2, 0.4)
    dataset: str = "synthetic(users=800, items=300, density=0.4, taste=1)"

    def play(self, rng: np.random.Generator) -> Findings:
        """Measure Φ and both players' guesses of it, for every size."""
        for_data, for_users, for_splits, for_halves = rng.spawn(4)
        ratings, seeds = self.ratings(for_data), np.column_stack([self.seeds(for_splits), self.seeds(for_halves)])
        place = for_users.random(ratings.n_users)
        rows = []
        for share in track(self.shares, "sizes"):
            kept = place <= np.quantile(place, share)
            rows += self._rows(frequent(ratings.where(kept[ratings.users])), seeds)
        found = pd.DataFrame(rows).sort_values(["size", "method", "player"], ignore_index=True)
        table = found[list(self.declared_tables[self.name()].columns)]
        return Findings({self.name(): table}, self.held(self._checks(found)), {self.name(): lambda: self._draw(table)})

    def _rows(self, ratings: Ratings, seeds: IntArray) -> list[dict[str, Any]]:
        """Return one size's rows, with the error when each split is left out; ``seeds`` are of splits and halves, (splits, 2).

        Splits are measured one by one, as all of them would not fit into memory at full size.
        """
        found, epsilon = [], {}
        for for_split, for_halves in seeds:
            (parties,) = self.parties(ratings, np.array([for_split]))
            found.append(self._guessed(parties, np.random.default_rng(for_halves)))
            epsilon = {method: parties.guarantee(0, (method, self.levels[-1])).epsilon for method in self.methods}
        size = {"size": len(ratings) // 2, "density_times_size": ratings.density * len(ratings) / 2}
        rows = []
        for player, (index, method) in itertools.product((0, 1), enumerate(self.methods)):
            each = [split[player][index] for split in found]
            row = self._compared(each, player)
            rest = [[*each[:out], *each[out + 1 :]] for out in range(len(each))] if len(each) > 1 else [each]
            left_out = pd.DataFrame([self._compared(splits, player) for splits in rest])
            row["left_out"] = left_out["rmse"].to_numpy()
            row["rmse_half_width"] = jackknife_half_width(row["left_out"])
            row["guess_half_width"] = jackknife_half_width((left_out["guess"] - left_out["improvement"]).to_numpy())
            rows.append(size | row | {"method": method.short(), "player": player + 1, "epsilon": epsilon[method]})
        return rows

    def _guessed(self, parties: Collaboration, rng: np.random.Generator) -> list[list[Guess]]:
        """Return what both players guess of every method on one split, by player and method."""
        store = self.store()
        grids, found = measure_grids([parties], self.methods, self.levels, store), []
        for player in (0, 1):
            guesses = self_division([parties], player, self.methods, self.levels, rng, store)
            learned, origin = learned_by_size(parties, player, rng, store), float(parties.origin[player])
            corrected = [at_full_size(guess.splits[0], learned, origin) for guess in guesses]
            found.append(list(zip(guesses, corrected, grids, strict=True)))
        return found

    @staticmethod
    def _compared(splits: Sequence[Guess], player: int) -> dict[str, Any]:
        """Return what a guess is off by, all errors being averages over splits."""
        guess, corrected, true = (PrivacyGrid.averaged(grids) for grids in zip(*splits, strict=True))
        return {
            "rmse": root_mean_square(guess.improvement[0] - true.improvement[player]),
            "rmse_gain": root_mean_square(guess.gain[0] - true.gain[player]),
            "rmse_corrected": root_mean_square(corrected.improvement[0] - true.improvement[player]),
            "guess": guess.improvement[0, 0, 0],
            "guess_corrected": corrected.improvement[0, 0, 0],
            "improvement": true.improvement[player, 0, 0],
        }

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        """Hold what is said of shares where alone a party gains more than the other adds; elsewhere they say little."""
        sound = table[(table["improvement"] > 0) & (table["improvement"] < 1)]
        without = sound[sound["method"] == self.methods[0].short()]
        few = self.dataset == "movielens-100k"
        reason = "from a part of MovieLens 100K half of a party's ratings learn nothing, nor do shares of that tell"
        checks = [_by_size(table).excused(few, reason)] if table["size"].nunique() > 1 else []
        if len(without):
            checks.append(_too_much(without))
        return [*checks, _eq_12(table), _printed()]

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, (axis,) = figures.new_figure(width=8.0, title=f"Self-division, 95 % over {self.splits} splits\n{self.dataset}")
        for index, (method, rows) in enumerate(table.groupby("method")):
            for player, line in rows.groupby("player"):
                marker, colour = figures.MARKERS[index], figures.colour(index)
                style, inside = ("-", colour) if player == 1 else ("--", "white")
                promised = f"ε {epsilon_text(float(line['epsilon'].iloc[0]))} at p = {self.levels[-1]:g}"
                half, label = line["rmse_half_width"], f"{method}, {promised}, player {player}"
                bars = axis.errorbar(line["size"] / 1000, line["rmse"], half, marker=marker, color=colour, capsize=3, label=label)
                bars[0].set(linestyle=style, markerfacecolor=inside)
        density = float((table["density_times_size"] / table["size"]).mean())
        best = HEURISTIC / density / 1000
        if best < 2 * float(table["size"].max()) / 1000:
            axis.axvline(best, color="0.3", linestyle=":", label="eq. 12: density × ratings = 100,000")
        axis.set(xlabel="ratings of each player (thousands)", ylabel="error of the guessed improvement\n(root mean square)")
        axis.set_xscale("log")
        axis.set_yscale("log")
        sizes = np.sort(table["size"].unique()) / 1000
        axis.set_xticks(sizes, [f"{size:,.3g}" if size < 100 else f"{size:,.0f}" for size in sizes])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter("{x:g}")
        axis.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=3)
        return figure


def root_mean_square(values: FloatArray) -> float:
    """Return the root of the mean square.

    Examples
    --------
    >>> root_mean_square(np.array([3.0, -4.0, 0.0, 0.0]))
    2.5
    """
    return float(np.sqrt(np.mean(np.asarray(values) ** 2)))


def _by_size(table: pd.DataFrame) -> Verdict:
    """Ask of errors of y, which say something where alone a party gains more than the other adds, at every size."""
    sound = bool(table["improvement"].between(0, 1, inclusive="neither").all())
    mean = _mean_errors(table)
    reached = table["density_times_size"].max()
    falls, spread = _less(mean.iloc[0], mean.iloc[-1])
    holds = falls > 0 if sound and abs(falls) > spread else None
    verdict = Verdict.statement(
        "the error falls with size",
        elsewhere("notes on self-division, synthetic ratings"),
        "it is smaller at the largest size than at the smallest",
        listed([f"{size}: {row.shown}" for size, row in mean.iterrows()]),
        holds,
        ("" if sound else "y is not between 0 and 1 at every size, so that shares say little; ")
        + f"mean error over methods and players; density times ratings reaches {reached:.0f}. Self-division is said "
        f"to be at its best where that is {HEURISTIC} (eq. 12), read off at 2 million ratings a player, of Netflix data",
    )
    return with_interval(verdict, falls, spread)


def _mean_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row a size: the mean error over methods and players, the same when each split is left out, and it in words."""
    mean = table.groupby("size").agg(
        rmse=("rmse", "mean"),
        density_times_size=("density_times_size", "mean"),
        left_out=("left_out", lambda errors: np.mean(list(errors), axis=0)),
    )
    return mean.assign(shown=[f"{row.rmse:.3g} ± {jackknife_half_width(row.left_out):.2g}" for _, row in mean.iterrows()])


def _less(one: pd.Series, other: pd.Series) -> tuple[float, float]:
    """Return by how much one size's error is above another's, and half the 95 % interval of that over the splits of both."""
    return float(one["rmse"] - other["rmse"]), jackknife_half_width(one["left_out"] - other["left_out"])


def _too_much(table: pd.DataFrame) -> Verdict:
    """Ask whether guesses are too high on average; sizes share ratings, so that what splits leave open of each adds up."""
    over = table["guess"] - table["improvement"]
    mean, spread = float(over.mean()), float(table["guess_half_width"].to_numpy().mean())
    holds = None if not abs(mean) > spread else mean > 0
    return Verdict.statement(
        "self-division promises too much",
        derived("half of the data learns less alone"),
        "the guess is above the truth, since the other half adds a larger share",
        f"{mean:.3g} ± {spread:.2g} above, in {int((over > 0).sum())} of {len(over)} players and sizes",
        holds,
        "guessed improvement without privacy less the true one, mean over players and sizes",
    )


def _eq_12(table: pd.DataFrame) -> Verdict:
    """Ask for a minimum where eq. 12 has one, once sizes reach beyond it."""
    mean = _mean_errors(table)
    product = mean["density_times_size"]
    beyond, near = mean[product > 1.5 * HEURISTIC], mean[product.between(HEURISTIC / 2, 1.5 * HEURISTIC)]
    reached = not (beyond.empty or near.empty)
    holds, interval, rise = None, None, ""
    if reached:
        best = near.sort_values("rmse").iloc[0]
        interval = apart, spread = _less(beyond.iloc[-1], best)
        holds = None if not abs(apart) > spread else apart > 0
        rise = f"; from {best['density_times_size']:.3g} to {product.iloc[-1]:.3g} it changes by {apart:.2g} ± {spread:.2g}"
    shown = [f"{row.density_times_size:.3g}: {row.shown}" for _, row in mean.iterrows()]
    verdict = Verdict.statement(
        "eq. 12: self-division is at its best where density times ratings is 100,000",
        printed("eq. 12"),
        "the error is least there, and larger beyond",
        listed(shown) + rise,
        holds,
        "errors by density times ratings of a player, mean of methods and players",
        expected=REFUTED,
    )
    verdict = verdict.excused(not reached, "sizes on both sides of that would ask it, as those of the full size do")
    return verdict if interval is None else with_interval(verdict, *interval)


def _printed() -> Verdict:
    """Hold "around 0.001" against Table 7, whose labels of the true tables are swapped."""
    pairs = [(FIRST_GUESS, SECOND_TRUE), (SECOND_GUESS, FIRST_TRUE)]
    raw = [root_mean_square(np.subtract(guess, true)) for guess, true in pairs]
    clamped = [root_mean_square(np.maximum(guess, 0) - np.maximum(true, 0)) for guess, true in pairs]
    return Verdict.statement(
        "error of self-division in Table 7",
        printed("Section 7.2"),
        "the RMSE is around 0.001 for both players",
        listed([f"player {player}: {error:.3f}" for player, error in enumerate(raw, start=1)]),
        not (min(raw + clamped) > 0.01),
        f"of benefits clamped at 0 it is {clamped[0]:.3f} and {clamped[1]:.3f}, whose squares "
        f"{clamped[0] ** 2:.5f} and {clamped[1] ** 2:.5f} are what is around 0.001",
        expected=REFUTED,
    )
