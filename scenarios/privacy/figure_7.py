"""Whose privacy hurts a party's model more, its own or the other's."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from ...models.games.privacy import TableBenefit, cell_slopes
from ...papers import PRIVACY
from ...pictures import figures
from ...training.recommender import (
    BoundedDP,
    Collaboration,
    InitialisationSpec,
    Normal,
    PrivacyGrid,
    PrivacyMethodSpec,
    Suppression,
    measure_grids,
)
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings
from . import table_columns
from .printed_tables import FIRST_TRUE, SECOND_TRUE
from .promises import level_name
from .recommender import (
    FULL,
    NO_BETTER,
    SMALL,
    UNTRAINED,
    Distinct,
    Levels,
    RecommenderScenario,
    listed,
    ratio_half_width,
    scale_shares,
)

SENSITIVE = "accuracy is more sensitive to the player's own privacy parameter than to that of the other"


@SCENARIOS.register
class PrivacyFig7(RecommenderScenario):
    """What two parties of equal size gain by training together, by the privacy levels of both.

    The table ``privacy-fig7`` can be read by the scenarios that play the collaborative learning game, in the place of the
    paper's tables: ``improvement`` by player, p_own and p_other, for each method.

    Parameters
    ----------
    methods
        Privacy methods; both parties use the same.
    levels
        Privacy levels that are measured, of both.
    beside
        Initialisations for which one split is measured beside the chosen one.
    dataset, initialisation, splits, passes, rate, regularisation, factors, bound, averages, cached
        As in every scenario of the recommender.

    Notes
    -----
    What is compared are gains θ - Φ, averaged over both players, where at least one of two joint models is better than none.
    MovieLens 1M and ``synthetic`` ratings, which are as many, take ten times as long as the default and MovieLens 100K.
    """

    source = PRIVACY.at("Sections 6.2 and 6.3")
    where = "Figure 7"
    declared_tables = table_columns.PRIVACY_FIG7
    quick_parameters = {"splits": 3, "levels": (0.0, 0.2, 0.6, 1.0)}
    full_parameters = FULL
    example_parameters = {**SMALL, "levels": (0, 0.4, 1), "splits": 1}

    methods: Annotated[tuple[PrivacyMethodSpec, ...], Field(min_length=1), Distinct] = (Suppression(), BoundedDP())
    levels: Levels = (0.0, 0.2, 0.4, 0.6, 1.0)
    beside: tuple[InitialisationSpec, ...] = (Normal(0.001),)

    def play(self, rng: np.random.Generator) -> Findings:
        """Measure Φ over the grid of levels for every method."""
        for_data, for_splits = rng.spawn(2)
        ratings, seeds = self.ratings(for_data), self.seeds(for_splits)
        parties = self.parties(ratings, seeds)
        grids = measure_grids(parties, self.methods, self.levels, self.store())
        table = _table(grids, parties[0])
        checks = [check for grid in grids for check in _checks(grid, str(self.initialisation))]
        others = []
        for initialisation in self.beside:
            one = [parties[0].with_training(self.training(initialisation))]
            found = measure_grids(one, self.methods, self.levels, self.store())
            checks += [_own_hurts_more(grid, f"{initialisation}, one split", beside=True) for grid in found]
            others.append(_table(found, one[0]))
            others[-1].insert(0, "initialisation", str(initialisation))
        checks += _printed()
        tables = {self.name(): table}
        if others:
            tables["initialisations"] = pd.concat(others, ignore_index=True)
        return Findings(tables, self.held(checks), {self.name(): lambda: self._draw(grids, parties[0])})

    def _draw(self, grids: list[PrivacyGrid], parties: Collaboration) -> Figure:
        title = f"Own privacy and the other's, {self.dataset} ratings, 95 % over {self.splits} splits"
        figure, axes = figures.new_figure(2 * len(grids), width=4.9, height=4.8, title=title)
        for index, grid in enumerate(grids):
            names = [level_name(level, parties.guarantee(0, (grid.method, level)).epsilon) for level in grid.levels]
            _draw_lines(axes[2 * index], grid, names)
            _draw_map(axes[2 * index + 1], grid, names)
        return figure


def _draw_lines(axis: Axes, grid: PrivacyGrid, names: list[str]) -> None:
    """Draw y, mean of both players, against one level while the other is 0, and against both."""
    y, half = grid.improvement.mean(axis=0), _half_widths(grid).mean(axis=0)
    lines = (("own level, other's 0", np.s_[:, 0]), ("other's level, own 0", np.s_[0, :]))
    for index, (label, cells) in enumerate(lines):
        style: dict[str, Any] = {"marker": figures.MARKERS[index], "color": figures.colour(index), "capsize": 3}
        axis.errorbar(grid.levels, y[cells], half[cells], label=label, **style)
    both = np.arange(len(grid.levels))
    axis.errorbar(grid.levels, y[both, both], half[both, both], marker="^", color="0.5", capsize=3, label="both alike")
    axis.axhline(0, color="0.6", linewidth=0.8)
    scale_shares(axis)
    axis.set_xticks(grid.levels, names)
    axis.set(xlabel="privacy level p, ε of one rating", ylabel="y = (θ - Φ) / (o - θ)")
    axis.set_title(grid.method.short(), fontsize=10)
    axis.legend(fontsize=8, frameon=False)


def _draw_map(axis: Axes, grid: PrivacyGrid, names: list[str]) -> None:
    """Draw y, mean of both players, over both levels, to scale: each measured cell reaches half-way to its neighbours."""
    y, half = grid.improvement.mean(axis=0), _half_widths(grid).mean(axis=0)
    levels = np.array(grid.levels)
    edges = np.concatenate([[2 * levels[0] - levels[1]], levels, [2 * levels[-1] - levels[-2]]])
    edges = (edges[1:] + edges[:-1]) / 2
    reach = float(np.abs(y).max())
    axis.pcolormesh(edges, edges, y, cmap="PuOr", vmin=-reach, vmax=reach)
    for own, other in np.ndindex(y.shape):
        dark = abs(y[own, other]) > 0.6 * reach
        spread = "" if np.isnan(half[own, other]) else f"\n±{half[own, other]:.2f}"
        text = f"{y[own, other]:.2f}{spread}"
        axis.text(
            grid.levels[other], grid.levels[own], text, ha="center", va="center", fontsize=7, color="white" if dark else "black"
        )
    axis.set_xticks(levels, names)
    axis.set_yticks(levels, names)
    axis.set_xlabel("privacy level of the other, ε of one rating")
    axis.set_ylabel("own privacy level, ε of one rating", labelpad=12)
    axis.set_title(f"{grid.method.short()}: y", fontsize=10)


def _half_widths(grid: PrivacyGrid) -> FloatArray:
    """Return half the 95 % interval over splits of the improvement, shape (n, k, k); nan of a single split."""
    learned = np.array([(each.origin - each.theta)[:, None, None] for each in grid.splits])
    gains = np.array([each.gain for each in grid.splits])
    return ratio_half_width(gains, np.broadcast_to(learned, gains.shape))


def _table(grids: list[PrivacyGrid], parties: Collaboration) -> pd.DataFrame:
    parts = []
    for grid in grids:
        rows = grid.table()
        rows.insert(0, "method", grid.method.short())
        rows["gain"] = grid.gain.ravel()
        rows["improvement_half_width"] = _half_widths(grid).ravel()
        promises = {p: parties.guarantee(0, (grid.method, p)) for p in grid.levels}
        for whose in ("own", "other"):
            rows[f"epsilon_{whose}"] = rows[f"p_{whose}"].map(lambda p, known=promises: known[p].epsilon)
        rows["advantage_own"] = rows["p_own"].map(lambda p, known=promises: known[p].advantage)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def _mean(grid: PrivacyGrid) -> FloatArray:
    """Return gains by [own level][other's level], averaged over both players, shape (k, k)."""
    return np.asarray(grid.gain.mean(axis=0))


def _useful(grid: PrivacyGrid) -> BoolArray:
    """Return which joint models are better than none, on average over both players, shape (k, k)."""
    alone = float((grid.origin - grid.theta).mean())
    none = -alone
    return np.asarray(_mean(grid) > none + NO_BETTER * abs(alone))


def _checks(grid: PrivacyGrid, initialisation: str) -> list[Verdict]:
    checks = [_learns(grid), _own_hurts_more(grid, initialisation), _unequal_slopes(grid)]
    if grid.levels[-1] == 1 and isinstance(grid.method, Suppression):
        left = np.abs(grid.gain[:, :1, -1]).max()
        name = f"{grid.method.short()}: the other enters nothing"
        checks.append(
            Verdict.number(
                name,
                derived("a party whose partner enters nothing trains alone"),
                0.0,
                left,
                0.0,
                "the gain of an unprotected party, exactly that of training alone",
            )
        )
    return checks


def _learned(grid: PrivacyGrid) -> FloatArray:
    """Return by what share of the error of averages the unprotected joint model is better than they, by player, (n,)."""
    return np.asarray(1 - grid.phi[:, 0, 0] / grid.origin)


def _learns(grid: PrivacyGrid) -> Verdict:
    learned = _learned(grid)
    return Verdict.statement(
        f"{grid.method.short()}: unprotected training together beats averages",
        derived("without that there is nothing that privacy could take away"),
        f"the error falls by more than {UNTRAINED:g} of that of averages, for every player",
        ", ".join(f"{share:+.4f}" for share in learned),
        bool((learned > UNTRAINED).all()),
    )


def _own_hurts_more(grid: PrivacyGrid, initialisation: str, beside: bool = False) -> Verdict:
    """Compare every two levels a > b: own a and other's b, against own b and other's a."""
    name = f"{grid.method.short()}: own privacy hurts more, {initialisation}"
    learned = float(_learned(grid).max())
    if learned < UNTRAINED:
        reason = f"training together takes {learned:.2g} of the error of averages away, so nothing was learned"
        return Verdict.statement(name, printed("Section 6.3"), SENSITIVE, reason, None).excused(beside, "of one split")
    gains, useful = _mean(grid), _useful(grid)
    broken, saturated, pairs = [], 0, 0
    margin = np.inf
    for high, low in zip(*np.tril_indices(len(gains), -1), strict=True):
        pairs += 1
        if not (useful[high, low] or useful[low, high]):
            saturated += 1
        else:
            margin = min(margin, gains[low, high] - gains[high, low])
            if gains[high, low] >= gains[low, high]:
                broken.append(f"({grid.levels[high]:g}, {grid.levels[low]:g})")
    note = f"{saturated} more pairs, where neither joint model is better than none, do not count" if saturated else "every pair"
    if broken:
        note += f"; the claim fails at {listed(broken)}"
    return Verdict.statement(
        name,
        printed("Section 6.3"),
        SENSITIVE,
        f"{pairs - saturated - len(broken)} of {pairs - saturated} pairs"
        + (f", by at least {margin:.2g}" if np.isfinite(margin) and not broken else ""),
        not broken if pairs > saturated else None,
        note,
    )


def _unequal_slopes(grid: PrivacyGrid) -> Verdict:
    """Show how far apart the two players' slopes in their own levels are at the centres of cells."""
    one, two = cell_slopes(TableBenefit(grid.levels, grid.gain, clamp="none"))
    apart = np.abs(one - two)
    place = np.unravel_index(int(apart.argmax()), apart.shape)
    middle = (np.array(grid.levels[1:]) + np.array(grid.levels[:-1])) / 2
    return Verdict.statement(
        f"{grid.method.short()}: the players' slopes differ",
        printed("Section 6.2"),
        "the data implies that ∂Φ_1/∂p_1 = ∂Φ_2/∂p_2",
        float(apart.max()),
        not apart.max() > 1e-3,
        f"at ({middle[place[0]]:g}, {middle[place[1]]:g}) they are {one[place]:.3g} and {two[place]:.3g} stars "
        "per level. Equal sizes give Φ_2(p_1, p_2) = Φ_1(p_2, p_1), not this",
        expected=REFUTED,
    )


def _printed() -> list[Verdict]:
    """Show where Table 7 contradicts the text: at the first step the other's privacy costs as much, or more."""
    first = [(table[0][1], table[1][0]) for table in (FIRST_TRUE, SECOND_TRUE)]
    return [
        Verdict.statement(
            "own privacy hurts more, in Table 7",
            printed("Section 6.3"),
            SENSITIVE,
            "; ".join(f"b(0.2, 0) = {own}, b(0, 0.2) = {other}" for other, own in first),
            not (all(own > other for other, own in first)),
            "the claim fails at the first step of both printed tables, where the other's privacy costs more",
            expected=REFUTED,
        )
    ]
