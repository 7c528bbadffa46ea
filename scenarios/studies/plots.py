"""Pictures of a sweep: a metric against one parameter with bands, or against two as a heat map."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...pictures import figures

if TYPE_CHECKING:
    from .results import Interval, Results

MOST_LINES = 8


def plot_metric(results: "Results", metric: str, by: str | None = None, interval: "Interval" = "t") -> Figure:
    """Return a metric's mean over seeds, with its interval.

    Parameters
    ----------
    results
        A sweep that varies one or two parameters; of more, all but the first two are averaged over.
    metric
        One of its metrics.
    by
        The parameter along the axis; default: the first that is varied.
    interval
        ``t`` or ``bootstrap``.

    Raises
    ------
    ValueError
        The metric or the parameter is unknown, or nothing is varied.
    """
    names = results.varied
    if not names or (by is not None and by not in names):
        raise ValueError(f"by = {by!r}: the sweep varies {', '.join(names) or 'nothing'}")
    table = results.summary(metric, interval)
    first = by or names[0]
    others = [name for name in names if name != first]
    figure, (axis,) = figures.new_figure(1, title=f"{results.kept[0].scenario}, mean of {int(table['runs'].max())} seeds")
    if not others:
        _line(axis, table, first, 0, "")
    elif table[others[0]].nunique() <= MOST_LINES:
        for index, (value, rows) in enumerate(table.groupby(others[0], sort=False)):
            _line(axis, rows, first, index, f"{others[0]} = {value}")
        axis.legend(fontsize=8, frameon=False)
    else:
        _heat(figure, axis, table, first, others[0], metric)
        return figure
    axis.set(xlabel=first, ylabel=metric)
    return figure


def _line(axis: Axes, table: pd.DataFrame, name: str, index: int, label: str) -> None:
    numbers = pd.to_numeric(table[name], errors="coerce")
    tint = figures.colour(index)
    if numbers.notna().all():
        rows = table.assign(place=numbers).groupby("place", as_index=False)[["mean", "low", "high"]].mean()
        axis.plot(
            rows["place"], rows["mean"], color=tint, marker=figures.MARKERS[index % len(figures.MARKERS)], ms=4, label=label
        )
        axis.fill_between(rows["place"], rows["low"], rows["high"], color=tint, alpha=0.2, linewidth=0)
        return
    rows = table.groupby(name, sort=False, as_index=False)[["mean", "low", "high"]].mean()
    spread = np.abs(rows[["low", "high"]].to_numpy().T - rows["mean"].to_numpy())
    places = np.arange(len(rows)) + 0.08 * index
    axis.errorbar(places, rows["mean"], yerr=spread, fmt="o", color=tint, capsize=3, ms=4, label=label)
    axis.set_xticks(np.arange(len(rows)), rows[name], rotation=20, ha="right", fontsize=8)


def _short(label: object) -> str:
    return f"{label:.3g}" if isinstance(label, float) else str(label)


def _heat(figure: Figure, axis: Axes, table: pd.DataFrame, first: str, second: str, metric: str) -> None:
    wide = table.pivot_table(index=second, columns=first, values="mean", sort=False)
    if pd.api.types.is_numeric_dtype(wide.index):
        wide = wide.sort_index()
    if pd.api.types.is_numeric_dtype(wide.columns):
        wide = wide.sort_index(axis=1)
    image = axis.imshow(wide.to_numpy(), aspect="auto", origin="lower", cmap="viridis")
    figure.colorbar(image, ax=axis, label=metric)
    for place, labels in ((axis.set_xticks, wide.columns), (axis.set_yticks, wide.index)):
        step = max(1, len(labels) // 10)
        place(np.arange(len(labels))[::step], [_short(label) for label in labels[::step]], fontsize=8)
    axis.set(xlabel=first, ylabel=second)
