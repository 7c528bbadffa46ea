"""Benefits of any number of players that were measured on a grid of privacy levels, and the files that hold them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ....arguments import validated
from ....arrays import FloatArray
from .benefit import Benefit
from .table import Clamp, TableBenefit, Tail, by_method, checked_levels, numeric_cells


@validated
@dataclass(frozen=True, eq=False)
class GridBenefit(Benefit):
    """The benefits of two players or more, measured on a grid and interpolated linearly in every level.

    Parameters
    ----------
    grid
        The privacy levels of every player, increasing from 0, in [0, 1], k of them.
    improvement
        Shape (n, k, ..., k), [player][level of player 1]...[level of player n]: normalised improvement of accuracy.
    clamped
        Whether benefits below 0 count as 0, after interpolation (Definition 3).
    tail
        Beyond the last level: ``extrapolate`` the last piece, or ``zero``.

    Raises
    ------
    ValueError
        The grid does not increase from 0 within [0, 1], the table has another shape, or an entry is not finite.

    Examples
    --------
    >>> three = np.broadcast_to(0.6 - 0.3 * np.indices((2, 2, 2)).sum(axis=0), (3, 2, 2, 2))
    >>> GridBenefit([0, 0.5], three).at([[0, 0, 0], [0.25, 0, 0], [0.5, 0.5, 0.5], [1, 0, 0]]).round(3)[:, 1].tolist()
    [0.6, 0.45, 0.0, 0.0]
    """

    grid: ArrayLike
    improvement: ArrayLike
    clamped: bool = True
    tail: Tail = "extrapolate"

    def __post_init__(self) -> None:
        grid, table = checked_levels(self.grid), np.array(self.improvement, dtype=np.float64)
        n, k = len(table), len(grid)
        if n < 2 or table.shape != (n, *(k,) * n):
            raise ValueError(f"a table of {k} levels has shape (n, {k}, ..., {k}) for n players, not {table.shape}")
        if not np.isfinite(table).all():
            raise ValueError("a table's improvements must be finite")
        object.__setattr__(self, "grid", grid)
        object.__setattr__(self, "improvement", table)

    @property
    def n(self) -> int:
        """Number of players."""
        return len(np.asarray(self.improvement))

    @cached_property
    def levels(self) -> FloatArray:
        """The grid, shape (k,)."""
        return np.asarray(self.grid, dtype=np.float64)

    @cached_property
    def _between(self) -> Any:
        from scipy.interpolate import RegularGridInterpolator

        entries = np.moveaxis(np.asarray(self.improvement, dtype=np.float64), 0, -1)
        return RegularGridInterpolator((self.levels,) * self.n, entries, bounds_error=False, fill_value=None)

    def values(self, levels: FloatArray) -> FloatArray:
        """Return the interpolated benefits, (batch, n) -> (batch, n)."""
        result = np.asarray(self._between(levels), dtype=np.float64).reshape(levels.shape)
        if self.tail == "zero":
            result[(levels > self.levels[-1]).any(axis=1)] = 0.0
        return np.maximum(result, 0.0) if self.clamped else result

    def knots(self, player: int, levels: FloatArray) -> FloatArray:
        """Return where a player's benefit has kinks that are known: the grid, shape (k,)."""
        return self.levels

    @classmethod
    def of_frame(cls, frame: pd.DataFrame, tail: Tail = "extrapolate") -> "GridBenefit":
        """Return the benefits that rows of player (1 to n), p_1 ... p_n, improvement hold, each once.

        Raises
        ------
        ValueError
            A column is missing, a cell is not a number, or the rows are not one for every player and profile of levels.
        """
        own = level_columns(frame)
        missing = [name for name in ("player", "p_1", "p_2", "improvement") if name not in frame.columns]
        if missing:
            raise ValueError(f"a table of several players needs the columns player, p_1, p_2, ..., improvement, not {missing}")
        cells = numeric_cells(frame[["player", *own, "improvement"]])
        levels = sorted(set(cells[own].to_numpy().ravel().tolist()))
        wanted = pd.MultiIndex.from_product([range(1, len(own) + 1), *[levels] * len(own)])
        found = pd.MultiIndex.from_frame(cells[["player", *own]])
        if len(found) != len(wanted) or set(found) != set(wanted):
            raise ValueError(
                f"the table is not on a grid: a row for players 1 to {len(own)} at each profile of {len(levels)} levels, once"
            )
        values = cells.sort_values(["player", *own])["improvement"].to_numpy()
        return cls(levels, values.reshape(len(own), *(len(levels),) * len(own)), tail=tail)

    @property
    def table(self) -> TableBenefit:
        """The same of players 1 and 2, by own and other's level, while all others keep nothing private."""
        k = len(self.levels)
        first, second = np.asarray(self.improvement, dtype=np.float64)[:2].reshape(2, k, k, -1)[..., 0]
        return TableBenefit(self.grid, [first, second.T], clamp="after" if self.clamped else "none", tail=self.tail)


def level_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns p_1, p_2, ... of a table, in their order; none where levels are own and other's.

    Examples
    --------
    >>> level_columns(pd.DataFrame(columns=["player", "p_1", "p_2", "improvement"])), level_columns(pd.DataFrame())
    (['p_1', 'p_2'], [])
    """
    own: list[str] = []
    while f"p_{len(own) + 1}" in frame.columns:
        own.append(f"p_{len(own) + 1}")
    return own


def read_benefits(path: str | Path, clamp: Clamp = "after", tail: Tail = "extrapolate") -> dict[str, Benefit]:
    """Return the benefits by method that a CSV file holds: of two players by own and other's level, or of any number by p_1, ...

    Raises
    ------
    ValueError
        There is no such file, it is no CSV file, or a table in it is not on a grid.
    """

    def made(rows: pd.DataFrame) -> Benefit:
        if not level_columns(rows):
            return TableBenefit.of_frame(rows, clamp, tail)
        found = GridBenefit.of_frame(rows, tail)
        return found if found.n > 2 else TableBenefit(found.grid, found.table.improvement, clamp=clamp, tail=tail)

    return by_method(path, made)
