"""Where best responses lead two players who both care for privacy."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field
from scipy.optimize import linprog

from ...arrays import FloatArray
from ...models.games.privacy import CollaborativeLearning, TableBenefit
from ...models.games.privacy.table import Clamp, Tail, exactly
from ...papers import PRIVACY
from ...pictures import figures
from ...progress import track
from ...training.recommender import PrivacyMethod
from ...verdicts import REFUTED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .printed_tables import canonical_table, tables
from .promises import epsilon_text, method_named, rating_epsilon, with_epsilons
from .table_4 import PRECISION, table_name

Cell: TypeAlias = tuple[Fraction, Fraction]

Ends: TypeAlias = dict[Cell, Cell | None]

ALONE: Cell = (Fraction(1), Fraction(1))

STARTS = (0.0, 0.2, 0.4, 0.6)
ENDING_ALONE = {0.0: 38, 0.2: 41, 0.4: 61, 0.6: 101}
"""Cells that end at (1, 1) by start, from r = 0, 0.1, ..., 1.2 on the canonical table, worked out independently."""

PRICES = {(0, 1): 0.066, (1, 0): 0.066, (1, 1): 0.131}


def band(ratio: Fraction) -> int:
    """Return which interval of Table 5 a weight ratio is in: 0 up to 0.3, 1 up to 0.9, 2 from 1 on."""
    return int(ratio > Fraction(3, 10)) + int(ratio > Fraction(9, 10))


def printed_end(cell: Cell) -> Cell:
    """Return the equilibrium that Table 5 prints for two weight ratios."""
    bands = band(cell[0]), band(cell[1])
    if 2 in bands:
        return ALONE
    return Fraction(bands[0], 5), Fraction(bands[1], 5)


def settled(table: TableBenefit, cells: Sequence[Cell], start: float = 0.0, entry_test: bool = False) -> Ends:
    """Return where alternating best responses end, player 1 first and the lower level taken in a tie, by weight ratios.

    None stands for a cycle.
    """
    ends: Ends = {}
    for cell in cells:
        game = CollaborativeLearning(table, cell).continuous
        run = game.settle((start, start), ties="low", entry_test=entry_test)
        ends[cell] = None if run.ending == "cycle" else (exactly(run.end[0]), exactly(run.end[1]))
    return ends


@SCENARIOS.register
class PrivacyTable5(Scenario):
    """The equilibria that best responses reach when both players care for privacy, by their weights.

    Best responses alternate, player 1 first, both from no protection, and go on until nobody moves. With the entry test a player
    whose utility without protection would be negative (r > b(0, 0)) leaves before play, and both end at level 1: only then does
    the printed table follow from the printed thresholds. All arithmetic is exact.

    Parameters
    ----------
    table
        ``canonical``, or the path of a CSV file as in ``privacy-table4``.
    method
        Which table of a file that holds several; default: the first.
    highest
        The largest weight ratio.
    steps
        How many steps to it from 0.
    entry_test
        Whether the main table holds the entry test; ``plain.csv`` always shows the ends without it.
    clamp
        Where benefits below 0 count as 0: ``after`` interpolation, ``before`` it, or ``none``.
    tail
        Benefits beyond the last level: ``extrapolate`` the last piece, or ``zero``.
    """

    source = PRIVACY.at("Section 7.1, Theorem 4, footnote 12")
    paper = PRIVACY
    where = "Table 5 (Section 7.1)"
    declared_tables = table_columns.PRIVACY_TABLE5
    example_parameters = {"steps": 4}

    table: str = "canonical"
    method: str | None = None
    highest: Annotated[float, Field(gt=0, le=1000)] = 1.2
    steps: Annotated[int, Field(ge=1, le=200)] = 12
    entry_test: bool = True
    clamp: Clamp = "after"
    tail: Tail = "extrapolate"

    def play(self, rng: np.random.Generator) -> Findings:
        """Follow best responses at every pair of weights; nothing is random."""
        table = self._chosen()
        ratios = [exactly(self.highest) * step / self.steps for step in range(self.steps + 1)]
        cells = [(mine, theirs) for mine in ratios for theirs in ratios]
        starts = [start for start in STARTS if start <= table.levels[-1]]
        runs = {start: settled(table, cells, start) for start in track(starts, "starts")}
        tested = settled(table, cells, entry_test=True)
        main = tested if self.entry_test else runs[0.0]
        tables_ = {
            self.name(): self._frame(table, main),
            "plain": self._frame(table, runs[0.0]),
            "starts": self.declared_tables["starts"].frame(
                (start, rating_epsilon(start), sum(end == ALONE for end in ends.values()), len(cells))
                for start, ends in runs.items()
            ),
        }
        checks = self._checks(table, tested, runs)
        return Findings(tables_, checks, {self.name(): lambda: self._draw(tested, runs[0.0], ratios)})

    def _chosen(self) -> TableBenefit:
        found = tables(self.table, self.clamp, self.tail)
        if self.method is not None and self.method not in found:
            raise ValueError(f"method = {self.method!r}: the table holds {', '.join(found)}")
        return found[self.method or next(iter(found))]

    def _frame(self, table: TableBenefit, ends: Ends) -> pd.DataFrame:
        rows = []
        for cell, end in ends.items():
            if end is None:
                rows.append((*map(float, cell), math.nan, math.nan, math.nan))
                continue
            price = CollaborativeLearning(table, cell).continuous.price_of_privacy(end)
            rows.append((*map(float, cell), *map(float, end), float(price)))
        found = pd.DataFrame(rows, columns=["r1", "r2", "p1", "p2", "price_of_privacy"])
        method = self.method or next(iter(tables(self.table)))
        return with_epsilons(found, {"p1": "epsilon_1", "p2": "epsilon_2"}, method_named(method))

    def _checks(self, table: TableBenefit, tested: Ends, runs: dict[float, Ends]) -> list[Verdict]:
        plain = runs[0.0]
        cycles = sum(end is None for end in plain.values())
        stable = [CollaborativeLearning(table, cell).continuous.is_equilibrium(end) for cell, end in plain.items() if end]
        checks = [
            Verdict.statement(
                "where best responses end nobody gains by another level",
                derived("definition of an equilibrium"),
                "an end of best responses is an equilibrium",
                f"{sum(stable)} of {len(plain)} ends are equilibria, {cycles} pairs of weights make them cycle",
                all(stable),
            )
        ]
        if self.table != "canonical":
            return checks
        off = {True: _misses(tested), False: _misses(plain)}
        alone = [sum(end == ALONE for end in ends.values()) for ends in runs.values()]
        checks += [
            Verdict.number(
                "cells off the printed table, with the entry test", printed("Table 5"), 0, len(off[True]), 0, f"of {len(tested)}"
            ),
            *(
                Verdict.number(
                    f"Price of Privacy at weights in bands {bands}", printed("Table 5"), price, self._price(table, bands), 5e-4
                )
                for bands, price in PRICES.items()
            ),
            infeasible(),
            Verdict.statement(
                "the more protected the start, the more pairs of weights end alone",
                printed("footnote 12"),
                "the higher the start, the wider the interval of weights that end with no collaboration",
                ", ".join(f"{start:g}: {count}" for start, count in zip(runs, alone, strict=True)),
                alone == sorted(alone),
            ),
        ]
        least, most = unprotected_benefit_range()
        note = "Table 4 needs 0.990"
        checks += [
            Verdict.number(
                "least b(0, 0) that Table 5 allows under plain best responses",
                derived("linear programme over all tables of benefits"),
                0.828,
                least,
                5e-4,
                note,
            ),
            Verdict.number(
                "largest b(0, 0) that Table 5 allows under plain best responses",
                derived("linear programme over all tables of benefits"),
                0.880,
                most,
                5e-4,
                note,
            ),
        ]
        if self.steps == 12 and self.highest == 1.2:
            note = "independent count; Table 5 follows from Table 4 only if players with u(0, 0) < 0 leave before play"
            checks.append(
                Verdict.number(
                    "cells off the printed table, plain best responses",
                    derived("worked out apart from the program"),
                    31,
                    len(off[False]),
                    0,
                    note,
                )
            )
            checks += [
                Verdict.number(
                    f"cells that end alone from p = {start:g}",
                    derived("worked out apart from the program"),
                    count,
                    ending,
                    0,
                    "footnote 12; independent count",
                )
                for (start, count), ending in zip(ENDING_ALONE.items(), alone, strict=True)
            ]
        return checks

    def _price(self, table: TableBenefit, bands: tuple[int, int]) -> float:
        ratios = tuple((Fraction(1, 10), Fraction(1, 2))[index] for index in bands)
        game = CollaborativeLearning(table, ratios).continuous
        return float(game.price_of_privacy(game.settle(ties="low").end))

    def _draw(self, tested: Ends, plain: Ends, ratios: list[Fraction]) -> Figure:
        figure, axes = figures.new_figure(2, title=f"Where best responses end ({table_name(self.table)})")
        reached = {*tested.values(), *plain.values()}
        kinds: list[Cell | None] = [*sorted(end for end in reached if end), *([None] if None in reached else [])]
        for axis, ends, title in zip(axes, (tested, plain), ("with the entry test", "plain best responses"), strict=True):
            _draw_ends(axis, ends, kinds, ratios, method_named(self.method or next(iter(tables(self.table)))))
            axis.set_title(title, fontsize=10)
        axes[1].legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="(p₁, p₂)")
        return figure


def _misses(ends: Ends) -> list[Cell]:
    return [cell for cell, end in ends.items() if end != printed_end(cell)]


def infeasible() -> Verdict:
    """Show that no benefit has the thresholds of Table 4 and the corner of Table 5 under plain best responses.

    At r = (0, 1) player 1 answers anything below level 1 with 0. Table 4 says that player 2's best utility against 0 is
    not negative up to r = 1.150, at level 0.2 where b = 1.150 · 0.8; so at r = 1 it is at least 0.15 · 0.8 and player 2 stays.
    """
    utilities: FloatArray = 1.150 * 0.8 - np.array([1.0, 1.1]) * 0.8
    reached = settled(canonical_table(), [(Fraction(0), Fraction(1)), (Fraction(0), Fraction(11, 10))])
    return Verdict.statement(
        "Tables 4 and 5 contradict each other under plain best responses",
        printed("Tables 4 and 5"),
        "Table 5: a player with C / B ≥ 1 makes both leave",
        f"by Table 4, at r1 = 0 player 2 has {utilities[0]:.2f} from level 0.2 for r2 = 1, {utilities[1]:.2f} for 1.1: it stays",
        not (bool((utilities > 0).all()) and set(reached.values()) == {(Fraction(0), Fraction(1, 5))}),
        "no table b has both; the printed corner needs an entry test that the text does not mention",
        expected=REFUTED,
    )


def unprotected_benefit_range() -> tuple[float, float]:
    """Return the least and the largest b(0, 0) with which plain best responses give Table 5, by linear programs.

    Unknown are b(0, 0), b(0.2, 0), b(0, 0.2) and b(0.2, 0.2), [own][other]. In the table level 0 turns into 0.2 between r = 0.3
    and 0.4, against 0 and against 0.2; at 0.9 the level 0.2 still pays against 0.2; at 1 neither 0 nor 0.2 pays against 0; and
    the two printed prices hold to their digits.
    """
    step, low, high = 0.2, 0.3, 0.4
    rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, -1.0]]
    bounds = [1.0, 0.8, -0.9 * 0.8]
    for gap in np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]]):
        rows += [gap.tolist(), (-gap).tolist()]
        bounds += [high * step, -low * step]
    whole = np.array([2.0, 0.0, 0.0, 0.0])
    for price, kept in ((PRICES[0, 1], [0.0, 1.0, 1.0, 0.0]), (PRICES[1, 1], [0.0, 0.0, 0.0, 2.0])):
        rows += [(kept - (1 - price + PRECISION) * whole).tolist(), ((1 - price - PRECISION) * whole - kept).tolist()]
        bounds += [0.0, 0.0]
    solved = [linprog([sign, 0, 0, 0], A_ub=rows, b_ub=bounds).fun for sign in (1, -1)]
    return float(solved[0] or 0.0), -float(solved[1] or 0.0)


def _draw_ends(axis: Axes, ends: Ends, kinds: list[Cell | None], ratios: list[Fraction], method: PrivacyMethod | None) -> None:
    for index, kind in enumerate(kinds):
        mine = np.array([[float(r2), float(r1)] for (r1, r2), end in ends.items() if end == kind]).reshape(-1, 2)
        label = "cycle"
        if kind:
            shown = ", ".join(epsilon_text(rating_epsilon(float(level), method)) for level in kind)
            label = f"({float(kind[0]):g}, {float(kind[1]):g}): ε {shown}"
        marker = figures.MARKERS[index % len(figures.MARKERS)]
        axis.plot(mine[:, 0], mine[:, 1], marker, color=figures.colour(index), markersize=5, label=label, linestyle="none")
    edge = float(ratios[-1]) * 0.04
    axis.set(xlabel="player 2's weight ratio r₂", ylabel="player 1's weight ratio r₁")
    axis.set(xlim=(-edge, float(ratios[-1]) + edge), ylim=(-edge, float(ratios[-1]) + edge))
