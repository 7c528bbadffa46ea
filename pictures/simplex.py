"""Mixes of three actions, drawn in a triangle: each corner is an action that is played for sure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ..arrays import FloatArray

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])


def place_of(mixes: ArrayLike) -> FloatArray:
    """Return where mixes stand in the triangle, (..., 3) -> (..., 2).

    Examples
    --------
    >>> place_of([0, 0.5, 0.5]).round(3).tolist()
    [0.75, 0.433]
    """
    return np.asarray(np.asarray(mixes, dtype=np.float64) @ CORNERS)


def draw_triangle(axis: Axes, names: Sequence[str]) -> None:
    """Draw an empty triangle with the actions' names at its corners."""
    axis.fill(*CORNERS.T, facecolor="0.97", edgecolor="0.55", linewidth=1.0, zorder=0)
    for mix in ((0.5, 0.5, 0), (0, 0.5, 0.5), (0.5, 0, 0.5)):
        ends = place_of([mix, [1 / 3] * 3])
        axis.plot(*ends.T, color="0.85", linewidth=0.8, zorder=1)
    for corner, name, (side, height) in zip(
        CORNERS, names, (("right", "top"), ("left", "top"), ("center", "bottom")), strict=True
    ):
        away = 0.03 if height == "bottom" else -0.03
        axis.text(corner[0], corner[1] + away, name, ha="center" if height == "bottom" else side, va=height, fontsize=9)
    axis.set(xlim=(-0.16, 1.16), ylim=(-0.14, 1.0), aspect="equal")
    axis.set_axis_off()


def draw_path(axis: Axes, mixes: FloatArray, colour: str, label: str) -> None:
    """Draw a path of mixes, (rounds, 3), its last point as a dot."""
    path = place_of(mixes)
    axis.plot(*path.T, color=colour, linewidth=1.0, alpha=0.85, label=label, zorder=3)
    axis.plot(*path[-1], "o", color=colour, markersize=6, zorder=4)
