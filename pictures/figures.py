"""How figures look: one style, colours that the colour-blind can tell apart, also in print."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from .palette import PLAYERS
from .palette import RULES as RULE_COLOURS

COLOURS = PLAYERS

MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def colour(index: int) -> str:
    """Return the colour of the index-th series."""
    return COLOURS[index % len(COLOURS)]


RULES = (
    ("ShapleyDivision", "shapley"),
    ("ReplicationRobustDivision", "normalised"),
    ("printed",),
    ("SimilarityWeighted", "similarity"),
    ("excess",),
    ("EqualSplit",),
    ("FreeSharing",),
)
"""Market rules in the order of colours; a rule goes by its own name and by that of its division."""


def rule_colour(rule: str) -> str:
    """Return the colour of a market rule in every figure; a rule that is not among `RULES` has one that its name alone decides.

    Examples
    --------
    >>> rule_colour("shapley") == rule_colour("ShapleyDivision") == RULE_COLOURS[0]
    True
    """
    known = {name: index for index, names in enumerate(RULES) for name in names}
    inside = next((name for name in ("printed", "excess") if f"division='{name}'" in rule), rule.split("(")[0])
    return RULE_COLOURS[known.get(inside, crc32(inside.encode())) % len(RULE_COLOURS)]


def new_figure(columns: int = 1, width: float = 4.6, height: float = 3.6, title: str = "") -> tuple[Figure, Sequence[Axes]]:
    """Return a figure with a row of axes, outside pyplot's memory."""
    figure = Figure(figsize=(width * columns, height), layout="constrained", dpi=150)
    axes = [figure.add_subplot(1, columns, index + 1) for index in range(columns)]
    if title:
        figure.suptitle(title, fontsize=12)
    for axis in axes:
        plain(axis)
    return figure, axes


def plain(axis: Axes) -> None:
    """Take off what an axis does not need, and make its ticks legible."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=9)


def grouped_bars(axis: Axes, heights: pd.DataFrame, colours: Sequence[str] = COLOURS, errors: ArrayLike | None = None) -> None:
    """Draw a group of horizontal bars for every row of a table, from the top, one bar a column, each column in its colour.

    Parameters
    ----------
    axis
        Where.
    heights
        How long bars are.
    colours
        Of columns, in turn.
    errors
        How far bars may reach to the left and right, shape (2, rows, columns); None: no error bars.
    """
    spread = None if errors is None else np.asarray(errors)
    places = np.arange(len(heights))
    thickness = 0.8 / len(heights.columns)
    for index, column in enumerate(heights.columns):
        offset = (index - (len(heights.columns) - 1) / 2) * thickness
        whisker = None if spread is None else spread[:, :, index]
        axis.barh(
            places + offset,
            heights[column],
            thickness,
            xerr=whisker,
            color=colours[index % len(colours)],
            error_kw={"linewidth": 0.9, "ecolor": "0.5", "capsize": 1.5},
            label=str(column),
        )
    axis.set_yticks(places, [str(name) for name in heights.index], fontsize=8)
    axis.invert_yaxis()


def whole_numbers(axis: Axes, which: str) -> None:
    """Put ticks at whole numbers only, on axis ``x`` or ``y``."""
    getattr(axis, f"{which}axis").set_major_locator(MaxNLocator(integer=True))
