"""Training together or alone, by how the data is divided."""

import math
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field
from scipy.stats import binomtest

from ...arrays import FloatArray
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import (
    Cell,
    Collaboration,
    Initialisation,
    InitialisationSpec,
    Normal,
    Suppression,
    alone_by_split,
    measure,
)
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .recommender import (
    FULL,
    SMALL,
    Distinct,
    RecommenderScenario,
    comparison,
    half_width,
    listed,
    ratio_half_width,
    scale_shares,
    with_interval,
)

UNEVEN = 10.0
"""Beyond this ratio of sizes ten splits do not tell what the smaller party's data adds to the larger one's from nothing."""

TELLING = 6
"""As many ratios, if all of them say the same, tell a share above one half at 95 %."""

Ratio = Annotated[float, Field(gt=0, lt=math.inf)]


@SCENARIOS.register
class PrivacyFig5(RecommenderScenario):
    """What two parties gain by training together, without privacy, by the ratio of their sizes.

    Parameters
    ----------
    ratios
        How many times the users of player 2 player 1 has, each > 0.
    beside
        Initialisations for which the same is measured beside the chosen one.
    sparser
        Other ratings for which the same is measured, by default made up as sparse as the paper's NF10, a tenth of Netflix's; a
        file of Netflix data may be given, or None.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.

    Notes
    -----
    The normalised improvement is (θ - Φ) / (o - θ); Section 6.1 prints θ - o below the line, which is negative for an
    improvement. It explodes where training alone gains little and has the wrong sign where it harms, so that θ - Φ and
    (θ - Φ) / (o - Φ), the column ``relative``, stand beside it. MovieLens 1M and ``synthetic``
    ratings, which are as many, take ten times as long as the default and MovieLens 100K.
    """

    source = PRIVACY.at("Section 6.1")
    where = "Figure 5"
    declared_tables = table_columns.PRIVACY_FIG5
    quick_parameters = {"splits": 3}
    full_parameters = FULL
    example_parameters = {
        **SMALL,
        "ratios": (0.25, 1),
        "splits": 1,
        "sparser": "synthetic(users=600, items=400, density=0.05, taste=3)",
    }

    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1), Distinct] = (1 / 19, 1 / 4, 1.0, 4.0, 19.0)
    beside: tuple[InitialisationSpec, ...] = (Normal(0.001),)
    sparser: str | None = "synthetic(users=3000, items=4000, density=0.0132, taste=3)"

    def play(self, rng: np.random.Generator) -> Findings:
        """Train both parties alone and together for every ratio."""
        for_data, for_splits, for_sparser = rng.spawn(3)
        ratings, seeds = self.ratings(for_data), self.seeds(for_splits)
        chosen, others, as_printed = [], [], math.nan
        for ratio in track(self.ratios, "ratios"):
            parties = self.parties(ratings, seeds, ratio)
            chosen.append(self._rows(self.dataset, ratio, parties))
            if ratio == self._most_even:
                as_printed = _printed_rule(parties[0])
            others += [self._beside(ratio, parties, initialisation) for initialisation in self.beside]
        if self.sparser is not None:
            thin = self.read(self.sparser, for_sparser)
            chosen += [self._rows(self.sparser, ratio, self.parties(thin, seeds, ratio)) for ratio in self.ratios]
        table = pd.concat(chosen, ignore_index=True)
        tables = {self.name(): table}
        if others:
            tables["initialisations"] = pd.concat(others, ignore_index=True)
        return Findings(tables, self.held(self._checks(tables, as_printed)), {self.name(): lambda: self._draw(table)})

    @property
    def _most_even(self) -> float:
        return min(self.ratios, key=lambda ratio: abs(math.log(ratio)))

    def _rows(self, dataset: str, ratio: float, parties: list[Collaboration]) -> pd.DataFrame:
        """Return one ratio's rows, averages over the splits."""
        store = self.store()
        cells = [Cell(split, Suppression(), (0.0, 0.0)) for split in range(len(parties))]
        phi, theta = measure(parties, cells, store), alone_by_split(parties, store)
        origin = np.array([each.origin for each in parties])
        rows = comparison(theta.mean(axis=0), phi.mean(axis=0), origin.mean(axis=0))
        rows["gain_half_width"] = half_width(theta - phi)
        rows["improvement_half_width"] = ratio_half_width(theta - phi, origin - theta)
        rows.insert(0, "dataset", dataset)
        rows.insert(1, "ratio", ratio)
        rows["epsilon"] = math.inf
        return rows

    def _beside(self, ratio: float, parties: list[Collaboration], initialisation: Initialisation) -> pd.DataFrame:
        training = self.training(initialisation)
        rows = self._rows(self.dataset, ratio, [each.with_training(training) for each in parties])
        rows.insert(0, "initialisation", str(initialisation))
        return rows

    def _checks(self, tables: dict[str, pd.DataFrame], as_printed: float) -> list[Verdict]:
        whole = tables[self.name()]
        table = whole[whole["dataset"] == self.dataset]
        checks = [
            _together_is_better(table, f"together is better than alone, {self.initialisation}"),
            *_by_size_of_owner(table),
            _printed_sign(table),
            Verdict.statement(
                "eq. 8 as printed",
                printed("eq. 8"),
                "SGD with e = p q - r added, as eq. 8 has it, finds the factors",
                as_printed,
                not (as_printed > 0),
                "it climbs: by this much the error after training is above that before; e = r - p q is used",
                expected=REFUTED,
            ),
        ]
        for name, rows in whole[whole["dataset"] != self.dataset].groupby("dataset"):
            checks += [replace(each, name=f"{each.name}, {name}") for each in _by_size_of_owner(rows)]
            checks.append(_together_is_better(rows, f"together is better than alone, {name}"))
        for name, rows in tables.get("initialisations", pd.DataFrame({"initialisation": []})).groupby("initialisation"):
            checks.append(_together_is_better(rows, f"together is better than alone, {name}"))
        if "initialisations" in tables:
            checks.append(self._depends(tables))
        return checks

    def _depends(self, tables: dict[str, pd.DataFrame]) -> Verdict:
        """Set the normalised improvements at the most even ratio side by side."""
        whole = tables[self.name()]
        chosen = whole[whole["dataset"] == self.dataset]
        sets = [(str(self.initialisation), chosen), *tables["initialisations"].groupby("initialisation")]
        found = {str(name): rows[rows["ratio"] == self._most_even]["improvement"].mean() for name, rows in sets}
        sizes = np.abs(list(found.values()))
        return Verdict.statement(
            "the size of the improvement depends on the initialisation",
            derived("runs that differ in the initialisation alone"),
            "it does; Table 4 has 0.990 at equal sizes, for an initialisation that is not printed",
            listed([f"{name}: {value:.3g}" for name, value in found.items()]),
            bool(sizes.max() > 1.1 * sizes.min()),
            f"normalised improvement at ratio {self._most_even:g}, mean of both players",
        )

    def _draw(self, table: pd.DataFrame) -> Figure:
        title = f"Together or alone, unprotected (ε = ∞), 95 % over {self.splits} splits\n{self.dataset} ratings"
        title += "" if self.sparser is None else f"\ndashed: {self.sparser}"
        figure, (gains, shares) = figures.new_figure(2, title=title)
        for (dataset, player), rows in table.groupby(["dataset", "player"], sort=False):
            index, sparse = int(str(player)) - 1, dataset != self.dataset
            style: dict[str, Any] = {"marker": figures.MARKERS[index], "color": figures.colour(index), "capsize": 3}
            if sparse:
                style |= {"linestyle": "--", "fillstyle": "none"}
            for axis, column in ((gains, "gain"), (shares, "improvement")):
                label = f"player {player}, sparser" if sparse else f"player {player}"
                drawn = rows[rows["theta"] < rows["origin"]] if axis is shares else rows
                axis.errorbar(drawn["ratio"], drawn[column], drawn[f"{column}_half_width"], label=label, **style)
        gains.set(ylabel="gain θ - Φ (stars, root mean square)", title="absolute")
        shares.set(ylabel="y = (θ - Φ) / (o - θ)", title="normalised improvement, where θ < o")
        told = table.loc[table["theta"] < table["origin"], "improvement"]
        if len(told):  # intervals of shares of hardly anything reach far beyond
            shares.set_ylim(min(-0.5, 2 * float(told.min())), max(1.0, 2 * float(told.max())))
        scale_shares(shares)
        for axis in (gains, shares):
            axis.set_xscale("log")
            axis.set(xlabel="users of player 1 / users of player 2")
            axis.axhline(0, color="0.6", linewidth=0.8)
        shares.legend(fontsize=9, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def _printed_rule(parties: Collaboration) -> float:
    """Return by how much training by eq. 8 as printed raises the error, mean over players."""
    literal = parties.with_training(parties.training.model_copy(update={"as_printed": True}))
    return float((literal.tested(literal.train) - literal.origin).mean())


def _together_is_better(table: pd.DataFrame, name: str) -> Verdict:
    least, typical = table.sort_values("gain").iloc[0], float(table["gain"].mean())
    low, high = table["gain"] - table["gain_half_width"], table["gain"] + table["gain_half_width"]
    above, below = int((low > 0).sum()), int((high < 0).sum())
    holds = False if below else True if above == len(table) else None
    verdict = Verdict.statement(
        name,
        printed("Section 6.1"),
        "training together is superior to training alone for all size ratios",
        float(least["gain"]),
        holds,
        f"least gain θ - Φ, at ratio {least['ratio']:.3g}, player {least['player']:.0f}; {typical:.3g} on average. Over "
        f"splits the interval is above 0 in {above} of {len(table)} rows, below in {below}; in the others it holds both",
    )
    uneven = float(np.maximum(table["ratio"], 1 / table["ratio"]).max())
    return verdict.excused(uneven > UNEVEN, f"what 1 / {uneven:.3g} of the data adds is about as much as splits leave open")


def _by_size(table: pd.DataFrame, column: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return ratio, the smaller party's number and the larger party's, by ratio."""
    wide = table.pivot(index="ratio", columns="player", values=column).reindex(columns=[1, 2])
    ratio, one, two = wide.index.to_numpy(float), wide[1].to_numpy(float), wide[2].to_numpy(float)
    return ratio, np.where(ratio < 1, one, two), np.where(ratio < 1, two, one)


def _by_size_of_owner(table: pd.DataFrame) -> list[Verdict]:
    """Return the checks of who gains more, where one owner has at least twice the other's users."""
    uneven = np.maximum(table["ratio"], 1 / table["ratio"]) >= 2
    return [_smaller_gains_more(table[uneven]), _normalised(table[uneven])] if uneven.any() else []


def _smaller_gains_more(table: pd.DataFrame) -> Verdict:
    """Compare mean gains; what splits leave open of a difference is at most the sum of what they leave open of its terms."""
    ratio, small, large = _by_size(table, "gain")
    _, *widths = _by_size(table, "gain_half_width")
    apart, open_ = float(small.mean() - large.mean()), float(sum(width.mean() for width in widths))
    holds = bool(apart > 0) if abs(apart) > open_ else None
    verdict = Verdict.statement(
        "the smaller party gains more",
        printed("Section 6.1"),
        "the owner of the smaller dataset benefits more from collaboration",
        f"{apart:.3g} ± {open_:.2g} more on average, in {int((small > large).sum())} of {len(ratio)} ratios",
        holds,
        "absolute gains, where one has at least twice the other's users: "
        f"{small.mean():.3g} against {large.mean():.3g} on average",
    )
    return with_interval(verdict, apart, open_)


def _normalised(table: pd.DataFrame) -> Verdict:
    """Compare normalised improvements, which tell who gains more only where training alone helps everybody."""
    harmed = table[table["theta"] >= table["origin"]]
    ratio, small, large = _by_size(table[~table["ratio"].isin(harmed["ratio"])], "improvement")
    worst = table.sort_values("improvement").iloc[0]
    where = f"{worst['improvement']:.3g} at ratio {worst['ratio']:.3g}, player {worst['player']:.0f}"
    broken = f"; of the wrong sign where θ ≥ o, {len(harmed)} of {len(table)} rows: {where}"
    more, signs = small > large, bool((harmed["improvement"] * harmed["gain"] <= 0).all())
    low, high = binomtest(int(more.sum()), len(more)).proportion_ci() if len(more) else (0.0, 1.0)
    holds = None if low <= 0.5 <= high and signs else bool(low > 0.5) and signs
    verdict = Verdict.statement(
        "the smaller party gains more, normalised",
        printed("Figure 5"),
        "the same of (θ - Φ) / (o - θ), in most ratios",
        f"{int(more.sum())} of {len(ratio)} ratios where it means something",
        holds,
        "where one has at least twice the other's users; exact interval of the share of ratios" + (broken if len(harmed) else ""),
    )
    told = replace(verdict, interval=(float(low), float(high)))
    return told.excused(len(ratio) < TELLING, f"{len(ratio)} uneven ratios at which y means something, {TELLING} could decide it")


def _printed_sign(table: pd.DataFrame) -> Verdict:
    sound = table[(table["origin"] > table["theta"]) & (table["gain"] > 0)]
    as_printed = sound["gain"] / (sound["theta"] - sound["origin"])
    return Verdict.statement(
        "sign of the normalised improvement",
        printed("Section 6.1"),
        "y = (θ - Φ) / (θ - o) is the improvement via training together",
        float(as_printed.max()) if len(sound) else "no player gains both alone and together",
        not (as_printed < 0).all() if len(sound) else None,
        "as printed, y is negative for every improvement; o - θ is used",
        expected=REFUTED,
    )
