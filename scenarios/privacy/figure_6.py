"""How much privacy one party can afford, by the ratio of sizes."""

import itertools
import math
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import FloatArray
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import (
    BoundedDP,
    Cell,
    Collaboration,
    InitialisationSpec,
    Normal,
    PrivacyMethodSpec,
    Suppression,
    alone_by_split,
    improvement,
    measure,
    relative,
)
from ...verdicts import Verdict, elsewhere, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .figure_5 import Ratio
from .promises import level_name
from .recommender import (
    FULL,
    NO_BETTER,
    SMALL,
    UNTRAINED,
    Distinct,
    Levels,
    RecommenderScenario,
    half_width,
    listed,
    ratio_half_width,
    scale_shares,
    with_interval,
)

PAYS = "a player with a relatively smaller dataset can apply a stronger privacy parameter"


@SCENARIOS.register
class PrivacyFig6(RecommenderScenario):
    """What is left of player 1's gain from training together when it protects its ratings and player 2 does not.

    The break-even level is where the gain is gone: from there on player 1 is better off alone. It is 0 where there is nothing to
    gain, and 1 where no level takes the gain away.

    Parameters
    ----------
    methods
        Privacy methods.
    ratios
        How many times the users of player 2 player 1 has, each > 0.
    levels
        Privacy levels of player 1 that are measured; between them the break-even level is interpolated.
    beside
        Initialisations for which one split is measured beside the chosen one.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.

    Notes
    -----
    MovieLens 1M and ``synthetic`` ratings, which are as many, take ten times as long as the default and MovieLens 100K.
    """

    source = PRIVACY.at("Section 6.2")
    where = "Figure 6"
    declared_tables = table_columns.PRIVACY_FIG6
    quick_parameters = {"splits": 3}
    full_parameters = FULL
    example_parameters = {**SMALL, "ratios": (0.25, 1), "levels": (0, 0.4, 1), "splits": 1}

    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (Suppression(), BoundedDP())
    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1), Distinct] = (0.25, 1.0, 4.0)
    levels: Levels = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    beside: tuple[InitialisationSpec, ...] = (Normal(0.001),)

    def play(self, rng: np.random.Generator) -> Findings:
        """Train the joint model for every ratio, method and level of player 1."""
        for_data, for_splits = rng.spawn(2)
        ratings, seeds = self.ratings(for_data), self.seeds(for_splits)
        rows, others = [], []
        for ratio in track(self.ratios, "ratios"):
            parties = self.parties(ratings, seeds, ratio)
            rows.append(self._rows(ratio, parties))
            for initialisation in self.beside:
                others.append(self._rows(ratio, [parties[0].with_training(self.training(initialisation))]))
                others[-1].insert(0, "initialisation", str(initialisation))
        order = ["method", "ratio", "p"]
        table = pd.concat(rows).sort_values(order, ignore_index=True)
        tables, checks = {self.name(): table}, self._checks(table)
        if others:
            tables["initialisations"] = pd.concat(others).sort_values(["initialisation", *order], ignore_index=True)
            for (name, method), part in tables["initialisations"].groupby(["initialisation", "method"]):
                checks += _less_privacy(f"{method}, {name}, one split", part)
        return Findings(tables, self.held(checks), {self.name(): lambda: self._draw(table)})

    def _rows(self, ratio: float, parties: list[Collaboration]) -> pd.DataFrame:
        store = self.store()
        apart, before = alone_by_split(parties, store), np.array([each.origin for each in parties])
        theta, origin = apart.mean(axis=0), before.mean(axis=0)
        cells = [Cell(split, method, (p, 0.0)) for method in self.methods for p in self.levels for split in range(len(parties))]
        errors = measure(parties, cells, store).reshape(len(self.methods), len(self.levels), len(parties), 2)
        parts: list[pd.DataFrame] = []
        for method, found in zip(self.methods, errors[..., 0], strict=True):
            phi = found.mean(axis=1)
            gain = theta[0] - phi
            even = break_even(np.array(self.levels), gain)
            promises = [parties[0].guarantee(0, (method, p)) for p in self.levels]
            by_split = apart[:, :1] - found.T
            learned = np.broadcast_to((before - apart)[:, :1], by_split.shape)
            parts.append(
                pd.DataFrame(
                    {
                        "method": method.short(),
                        "ratio": ratio,
                        "p": self.levels,
                        "improvement": improvement(theta[:1], phi[None, :], origin[:1])[0],
                        "break_even": even,
                        "epsilon_break_even": parties[0].guarantee(0, (method, even)).epsilon,
                        "gain": gain,
                        "relative": relative(theta[:1], phi[None, :], origin[:1])[0],
                        "gain_half_width": half_width(by_split),
                        "improvement_half_width": ratio_half_width(by_split, learned),
                        "epsilon": [promise.epsilon for promise in promises],
                        "advantage": [promise.advantage for promise in promises],
                    }
                )
            )
        return pd.concat(parts)

    def _checks(self, table: pd.DataFrame) -> list[Verdict]:
        checks = []
        for method, rows in table.groupby("method"):
            checks += [_falls(str(method), rows), *_less_gain(str(method), rows), *_less_privacy(str(method), rows)]
        names = [method.short() for method in self.methods if isinstance(method, (Suppression, BoundedDP))]
        if len(names) == 2 and sum(0 < p < 1 for p in self.levels) > 1:
            checks.append(_crossing(table, *sorted(names, key=lambda name: name.startswith("Bounded"))))
        return checks

    def _draw(self, table: pd.DataFrame) -> Figure:
        figure, axes = figures.new_figure(len(self.methods), title=f"Player 1 protects its ratings, {self.dataset}, 95 %")
        for axis, (method, rows) in zip(axes, table.groupby("method"), strict=True):
            for index, (ratio, line) in enumerate(rows.groupby("ratio")):
                label = f"{ratio:g} times player 2's users"
                half, mark, colour = line["improvement_half_width"], figures.MARKERS[index], figures.colour(index)
                axis.errorbar(line["p"], line["improvement"], half, marker=mark, color=colour, capsize=3, label=label)
            axis.axhline(0, color="0.6", linewidth=0.8)
            once = rows.drop_duplicates("p")
            axis.set_xticks(once["p"], [level_name(p, epsilon) for p, epsilon in zip(once["p"], once["epsilon"], strict=True)])
            axis.set(xlabel="privacy level p of player 1, and ε of one rating", title=str(method))
            axis.set(ylabel="y = (θ - Φ) / (o - θ) of player 1")
            scale_shares(axis)
        axes[-1].legend(fontsize=9, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def break_even(levels: FloatArray, gain: FloatArray) -> float:
    """Return the level from which on there is no gain, interpolated; 0 if there never is one, 1 if there is one throughout.

    Parameters
    ----------
    levels
        Privacy levels, increasing, shape (k,).
    gain
        The gain at each level, shape (k,).

    Examples
    --------
    >>> round(break_even(np.array([0.0, 0.2, 0.4]), np.array([0.3, 0.1, -0.1])), 3)
    0.3
    """
    lost = np.flatnonzero(gain <= 0)
    if not len(lost):
        return 1.0
    first = int(lost[0])
    if first == 0:
        return 0.0
    before, after = float(gain[first - 1]), float(gain[first])
    return float(levels[first - 1] + (levels[first] - levels[first - 1]) * before / (before - after))


def _falls(method: str, table: pd.DataFrame) -> Verdict:
    """Ask that the gain falls with privacy for as long as the joint model is better than none."""
    rises, steps, sure = [], 0, 0
    for ratio, rows in table.groupby("ratio"):
        # relative to what the joint model can do, -1 + gain at p = 0 is where it is no better than none
        none = rows["relative"].iloc[0] - 1
        useful = rows[np.minimum.accumulate(rows["relative"]) > none + NO_BETTER]
        for low, high in itertools.pairwise(useful[["p", "gain", "gain_half_width"]].to_numpy().tolist()):
            steps += 1
            if high[1] >= low[1]:
                rises.append(f"ratio {ratio:g} from p = {low[0]:g} to {high[0]:g}")
                sure += high[1] - low[1] > high[2] + low[2]
    holds = True if not rises else False if sure else None
    return Verdict.statement(
        f"{method}: the gain falls with privacy",
        printed("Section 6.2"),
        "a tradeoff between accuracy and privacy",
        f"{steps - len(rises)} of {steps} steps",
        holds,
        "levels at which the joint model is better than none"
        + (f"; rises at {listed(rises)}, {sure} of them by more than splits leave open" if rises else ""),
    )


def _less_gain(method: str, table: pd.DataFrame) -> list[Verdict]:
    """Ask whether player 1 gains less without privacy where it has more of the data."""
    if table["ratio"].nunique() < 2:
        return []
    wide = table.pivot(index="ratio", columns="p", values="gain")
    falls = np.diff(wide.to_numpy(), axis=0)
    ends = wide.iloc[[0, -1], 0].to_numpy()
    open_ = float(table.pivot(index="ratio", columns="p", values="gain_half_width").iloc[[0, -1], 0].to_numpy().sum())
    fallen = float(ends[0] - ends[1])
    holds = bool(fallen > 0) if abs(fallen) > open_ else None
    verdict = Verdict.statement(
        f"{method}: more data, less gain",
        printed("Section 6.2"),
        "as the dataset size ratio increases the accuracy improvement decreases",
        listed([f"{ratio:g}: {gain:.3g}" for ratio, gain in wide.iloc[:, 0].items()]),
        holds,
        f"absolute gains without privacy; asked for of the ends, {fallen:.3g} ± {open_:.2g} apart. It falls in "
        f"{int((falls < 0).sum())} of {falls.size} steps of the ratio, over all levels",
    )
    return [with_interval(verdict, fallen, open_)]


def _less_privacy(method: str, table: pd.DataFrame) -> list[Verdict]:
    """Ask whether player 1 can afford less privacy where it has more of the data."""
    if table["ratio"].nunique() < 2:
        return []
    name = f"{method}: more data, less privacy that pays"
    learned = float((table["gain"] / table["relative"]).abs().max())
    if learned < UNTRAINED:
        return []  # nothing was learned that privacy could take away
    level = table.groupby("ratio")["break_even"].first()
    shown = listed([f"{ratio:g}: {value:.3f}" for ratio, value in level.items()])
    note = "break-even levels by ratio; their size depends on the initialisation"
    return [Verdict.statement(name, printed("Section 6.2"), PAYS, shown, bool((np.diff(level) < 0).all()), note)]


def _crossing(table: pd.DataFrame, suppression: str, noise: str) -> Verdict:
    wide = table[table["ratio"] == min(table["ratio"], key=lambda ratio: abs(math.log(ratio)))]
    gain, width = (wide.pivot(index="p", columns="method", values=name) for name in ("gain", "gain_half_width"))
    inside = (gain.index > 0) & (gain.index < 1)
    ahead = (gain[noise] - gain[suppression]).to_numpy()[inside]
    open_ = float((width[noise] + width[suppression]).to_numpy()[inside][[0, -1]].sum())
    change = float(ahead[0] - ahead[-1])
    holds = bool(change > 0) if abs(change) > open_ else None
    return Verdict.statement(
        "little noise costs less than little suppression, much costs more",
        elsewhere("notes on Figure 6, synthetic ratings"),
        "noise is further ahead at the lowest level of privacy than at the highest",
        listed([f"p = {p:g}: {value:+.3g}" for p, value in zip(gain.index[inside], ahead, strict=True)]),
        holds,
        f"gain under noise less gain under suppression, at the most even ratio; the ends are {change:.3g} ± {open_:.2g} apart; p "
        "means another thing for each method",
    )
