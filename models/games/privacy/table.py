"""Benefits that were measured on a grid of privacy levels, and what lies between and beyond."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ....arguments import validated
from ....arrays import FloatArray
from ....permissions import local_file
from .benefit import Benefit

Interpolation = Literal["linear", "monotone"]
Clamp = Literal["none", "before", "after"]
Tail = Literal["extrapolate", "zero"]
Knot = tuple[Fraction, Fraction]
Made = TypeVar("Made")

COLUMNS = ("player", "p_own", "p_other", "improvement")


def exactly(number: float | Fraction) -> Fraction:
    """Return a number as the fraction that its shortest decimal form is: 0.1 is 1/10."""
    return number if isinstance(number, Fraction) else Fraction(repr(float(number)))


def checked_levels(grid: ArrayLike) -> FloatArray:
    """Return the privacy levels of a table, after checking that they increase from 0 within [0, 1]."""
    levels = np.array(grid, dtype=np.float64)
    if levels.ndim != 1 or len(levels) < 2 or levels[0] != 0 or not (np.diff(levels) > 0).all() or not levels[-1] <= 1:
        raise ValueError(f"a table's privacy levels increase from 0 and stay within [0, 1], not {levels.tolist()}")
    return levels


def by_method(path: str | Path, made: Callable[[pd.DataFrame], Made]) -> dict[str, Made]:
    """Return what is made of each method's rows in a CSV file, in its order; ``measured`` where no method is named.

    Raises
    ------
    ValueError
        There is no such file, it is no CSV file, some row has no method, or nothing can be made of rows.
    """
    try:
        frame = pd.read_csv(local_file(path))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the table {str(path)!r}: {str(error).splitlines()[0]}") from None
    parts = [("measured", frame)] if "method" not in frame.columns else frame.groupby("method", sort=False)
    try:
        if "method" in frame.columns and (frame.empty or frame["method"].isna().any()):
            raise ValueError("the column method must name the method of every row, or be left out")
        return {str(method): made(rows) for method, rows in parts}
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def numeric_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table's cells as numbers, after checking that all of them are."""
    cells: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce")
    if cells.isna().any(axis=None):
        raise ValueError(f"a table's cells are numbers; row {int(cells.isna().any(axis=1).to_numpy().argmax()) + 1} has another")
    return cells


@validated
@dataclass(frozen=True, eq=False)
class TableBenefit(Benefit):
    """The benefits of two players, measured on a grid and interpolated linearly in both levels.

    Parameters
    ----------
    grid
        The privacy levels of the table, increasing from 0, in [0, 1].
    improvement
        Shape (2, k, k), [player][own level][other's level]: normalised improvement of accuracy, bigger is better; negative where
        training together is worse than training alone.
    interpolation
        ``linear`` takes the table as it is; ``monotone`` first lowers it to the largest table below it that falls in both levels,
        as Definition 3 demands.
    clamp
        Benefits below 0 count as 0 (Definition 3): ``after`` interpolation, ``before`` it as well, which moves the point where
        benefit ends, or not at all (``none``).
    tail
        Beyond the last level: ``extrapolate`` the last piece, or ``zero``.
    definition_4
        Whether level 1, own or the other's, means no benefit, whatever the table says there.

    Raises
    ------
    ValueError
        The grid does not increase from 0 within [0, 1], the table has another shape, an entry is not finite, or interpolation,
        clamp or tail is none of those there are.

    Examples
    --------
    >>> table = TableBenefit([0, 0.5], [[[0.4, 0.2], [0.1, -0.1]]] * 2)
    >>> table.at([[0.25, 0], [0.5, 0.25], [0.9, 0], [1, 0]]).round(3).tolist()
    [[0.25, 0.3], [0.0, 0.05], [0.0, 0.04], [0.0, 0.0]]
    """

    n: ClassVar[int] = 2

    grid: ArrayLike
    improvement: ArrayLike
    interpolation: Interpolation = "linear"
    clamp: Clamp = "after"
    tail: Tail = "extrapolate"
    definition_4: bool = True

    def __post_init__(self) -> None:
        for name, kind in (("interpolation", Interpolation), ("clamp", Clamp), ("tail", Tail)):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} = {getattr(self, name)!r}: it is one of {', '.join(get_args(kind))}")
        grid = checked_levels(self.grid)
        table = np.array(self.improvement, dtype=np.float64)
        if table.shape != (2, len(grid), len(grid)):
            raise ValueError(f"a table of {len(grid)} levels has shape (2, {len(grid)}, {len(grid)}), not {table.shape}")
        if not np.isfinite(table).all():
            raise ValueError("a table's improvements must be finite")
        object.__setattr__(self, "grid", grid)
        object.__setattr__(self, "improvement", table)

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, clamp: Clamp = "after", tail: Tail = "extrapolate") -> "TableBenefit":
        """Return the table that rows of player (1, 2), p_own, p_other, improvement hold, each once.

        Raises
        ------
        ValueError
            A column is missing, a cell is not a number, or the rows are not one for every player and pair of levels.

        Examples
        --------
        >>> rows = [(n, own, other, 0.4 - own - other / 2) for n in (1, 2) for own in (0, 0.2) for other in (0, 0.2)]
        >>> table = TableBenefit.of_frame(pd.DataFrame(rows, columns=["player", "p_own", "p_other", "improvement"]))
        >>> table.at([[0, 0.2]]).round(3).tolist()
        [[0.3, 0.2]]
        """
        missing = [name for name in COLUMNS if name not in frame.columns]
        if missing:
            raise ValueError(f"a table needs the columns {', '.join(COLUMNS)}; {', '.join(missing)} missing")
        cells = numeric_cells(frame[list(COLUMNS)])
        levels = sorted({*cells["p_own"], *cells["p_other"]})
        wanted = pd.MultiIndex.from_product([[1, 2], levels, levels])
        found = pd.MultiIndex.from_frame(cells[list(COLUMNS[:3])])
        if len(found) != len(wanted) or set(found) != set(wanted):
            absent = sorted(set(wanted) - set(found)) or sorted(set(found) - set(wanted)) or sorted(found[found.duplicated()])
            where = ", ".join(f"{name} {float(value):g}" for name, value in zip(COLUMNS[:3], absent[0], strict=True))
            raise ValueError(
                f"the table is not on a grid: a row for players 1 and 2 at each pair of {len(levels)} levels, once; see {where}"
            )
        values = cells.sort_values(list(COLUMNS[:3]))["improvement"].to_numpy()
        return cls(levels, values.reshape(2, len(levels), len(levels)), clamp=clamp, tail=tail)

    @classmethod
    def read(cls, path: str | Path, clamp: Clamp = "after", tail: Tail = "extrapolate") -> dict[str, "TableBenefit"]:
        """Return the tables of a CSV file with columns player, p_own, p_other, improvement, and method if it holds several.

        Returns
        -------
        tables by method, in the order of the file; ``measured`` where no method is named.

        Raises
        ------
        ValueError
            There is no such file, it is no CSV file, or a table in it is not on a grid.
        """
        return by_method(path, lambda rows: cls.of_frame(rows, clamp, tail))

    @cached_property
    def levels(self) -> FloatArray:
        """The grid, shape (k,)."""
        return np.asarray(self.grid, dtype=np.float64)

    @cached_property
    def entries(self) -> FloatArray:
        """The table that is interpolated, shape (2, k, k): made monotone and clamped as asked."""
        table = np.asarray(self.improvement, dtype=np.float64)
        if self.interpolation == "monotone":
            table = np.minimum.accumulate(np.minimum.accumulate(table, axis=1), axis=2)
        return np.maximum(table, 0.0) if self.clamp == "before" else table

    def values(self, levels: FloatArray) -> FloatArray:
        """Return the interpolated benefits, (batch, 2) -> (batch, 2)."""
        cell = np.clip(np.searchsorted(self.levels, levels, side="right") - 1, 0, len(self.levels) - 2)
        low, high = self.levels[cell], self.levels[cell + 1]
        along = (levels - low) / (high - low)
        result = np.empty_like(levels)
        for player, other in ((0, 1), (1, 0)):
            table, i, j = self.entries[player], cell[:, player], cell[:, other]
            s, t = along[:, player], along[:, other]
            result[:, player] = (1 - s) * ((1 - t) * table[i, j] + t * table[i, j + 1])
            result[:, player] += s * ((1 - t) * table[i + 1, j] + t * table[i + 1, j + 1])
        if self.tail == "zero":
            result[(levels > self.levels[-1]).any(axis=1)] = 0.0
        return result if self.clamp == "none" else np.maximum(result, 0.0)

    def knots(self, player: int, levels: FloatArray) -> FloatArray:
        """Return where a player's benefit has kinks: the grid, and where it becomes 0, shape (k,)."""
        other = exactly(float(levels[1 - player]))
        return np.array([float(knot) for knot in self.curve(player, other).knots])

    @cached_property
    def exact(self) -> tuple[list[Fraction], list[list[list[Fraction]]]]:
        """Grid and table as fractions, each number as the decimal it is written as."""
        grid = [exactly(level) for level in self.levels.tolist()]
        return grid, [[[exactly(entry) for entry in row] for row in mine] for mine in self.entries.tolist()]

    def line(self, player: int, other: Fraction) -> list[Fraction]:
        """Return a player's entries at its own levels of the grid, the other at any level of [0, 1], neither clamped nor cut."""
        grid, table = self.exact
        cell = max(0, min(len(grid) - 2, next((i for i, level in enumerate(grid) if level > other), len(grid)) - 1))
        t = (other - grid[cell]) / (grid[cell + 1] - grid[cell])
        return [row[cell] + t * (row[cell + 1] - row[cell]) for row in table[player]]

    def curve(self, player: int, other: Fraction) -> "BenefitCurve":
        """Return a player's benefit as a function of its own level, the other at a level of [0, 1], in exact fractions."""
        grid = self.exact[0]
        gone = (self.definition_4 and other == 1) or (self.tail == "zero" and other > grid[-1])
        entries = [Fraction(0)] * len(grid) if gone else self.line(player, other)
        return BenefitCurve(grid, entries, self.clamp != "none", self.tail == "zero", self.definition_4)


@dataclass(frozen=True)
class BenefitCurve:
    """A player's benefit as a piecewise linear function of its own level, in exact fractions.

    Parameters
    ----------
    grid, entries
        Levels and the benefit at them, before clamping.
    clamped
        Whether a benefit below 0 counts as 0.
    cut
        Whether benefit is 0 beyond the last level of the grid; otherwise its last piece goes on.
    ends
        Whether benefit is 0 at level 1, whatever it is just below (Definition 4).

    Examples
    --------
    >>> curve = BenefitCurve([Fraction(0), Fraction(1, 2)], [Fraction(1), Fraction(1, 4)], clamped=True, cut=False, ends=True)
    >>> [str(level) for level in curve.knots]
    ['0', '1/2', '2/3', '1']
    """

    grid: list[Fraction]
    entries: list[Fraction]
    clamped: bool
    cut: bool
    ends: bool

    def at(self, level: Fraction) -> Fraction:
        """Return the benefit at a level of [0, 1]."""
        if level == 1 and self.ends:
            return Fraction(0)
        return self.below(level)

    def below(self, level: Fraction) -> Fraction:
        """Return the benefit at a level, at 1 the value that it tends to."""
        if self.cut and level > self.grid[-1]:
            return Fraction(0)
        cell = max(0, min(len(self.grid) - 2, next((i for i, end in enumerate(self.grid) if end > level), len(self.grid)) - 1))
        low, high = self.grid[cell], self.grid[cell + 1]
        value = self.entries[cell] + (level - low) / (high - low) * (self.entries[cell + 1] - self.entries[cell])
        return max(value, Fraction(0)) if self.clamped else value

    @cached_property
    def knots(self) -> list[Fraction]:
        """Levels between which benefit is linear, increasing: the grid, 1, and where benefit becomes 0 if it is clamped."""
        pieces = list(zip(self.grid, self.entries, strict=True))
        if self.grid[-1] < 1 and not self.cut:
            slope = (self.entries[-1] - self.entries[-2]) / (self.grid[-1] - self.grid[-2])
            pieces.append((Fraction(1), self.entries[-1] + slope * (1 - self.grid[-1])))
        found = {*self.grid, Fraction(1)}
        if self.clamped:
            found |= {
                low + (high - low) * start / (start - end)
                for (low, start), (high, end) in itertools.pairwise(pieces)
                if start * end < 0
            }
        return sorted(found)
