"""How figures look: one style, colours that the colour-blind can tell apart, also in print."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
from matplotlib import rc_context, rcParamsDefault
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .palette import PLAYERS

COLOURS = PLAYERS

MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@contextmanager
def our_style() -> Iterator[None]:
    """Leave the user's matplotlibrc aside while figures are made or written: it may ask for LaTeX, which labels here are not."""
    with rc_context({name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")}):
        yield


def colour(index: int) -> str:
    """Return the colour of the index-th series."""
    return COLOURS[index % len(COLOURS)]


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


def grouped_bars(axis: Axes, heights: pd.DataFrame) -> None:
    """Draw a group of horizontal bars for every row of a table, from the top, one bar a column, each column in its colour."""
    places = np.arange(len(heights))
    thickness = 0.8 / len(heights.columns)
    for index, column in enumerate(heights.columns):
        offset = (index - (len(heights.columns) - 1) / 2) * thickness
        axis.barh(places + offset, heights[column], thickness, color=colour(index), label=str(column))
    axis.set_yticks(places, [str(name) for name in heights.index], fontsize=8)
    axis.invert_yaxis()


def whole_numbers(axis: Axes, which: str) -> None:
    """Put ticks at whole numbers only, on axis ``x`` or ``y``."""
    getattr(axis, f"{which}axis").set_major_locator(MaxNLocator(integer=True))
