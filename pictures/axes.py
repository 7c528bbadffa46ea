"""What several pictures need: the rounds that are drawn, the look of lines, legends that hide nothing."""

from typing import Any

from matplotlib.axes import Axes

from . import figures
from .game_record import GameView, Round

MOST_POINTS = 1500


def unit_of_payoffs(view: GameView) -> str:
    """Return the unit of payoffs in brackets: money in a market; nothing in other games, whose payoffs have none."""
    return " (money)" if view.has_money else ""


def thinned(view: GameView) -> list[Round]:
    """Return the rounds that are drawn: all, or of very many, evenly spaced ones and the last."""
    past = view.past
    if len(past) <= MOST_POINTS:
        return list(past)
    step = -(-len(past) // MOST_POINTS)
    return [*past[:-1:step], past[-1]]


def line_style(index: int, points: int, colour: str = "") -> dict[str, Any]:
    """Return how a line looks; a path of few rounds shows its points."""
    style: dict[str, Any] = {
        "color": colour or figures.colour(index),
        "linewidth": 1.6,
        "linestyle": ("-", "--", "-.", ":")[index % 4],
    }
    return style | ({"marker": figures.MARKERS[index % len(figures.MARKERS)], "markersize": 4} if points <= 30 else {})


def legend_above(axis: Axes) -> None:
    """Put the legend above the axes, where it covers nothing."""
    axis.legend(fontsize=8, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), columnspacing=1.2)


def legend_on_top(axis: Axes) -> None:
    """Make room above the lines, and put the legend there."""
    low, high = axis.get_ylim()
    lines = -(-len(axis.get_legend_handles_labels()[0]) // 3)
    axis.set_ylim(low, high + (0.12 + 0.13 * lines) * (high - low))
    axis.legend(fontsize=8, frameon=False, ncols=3, loc="upper center", columnspacing=1.2)


def rounds_axis(axis: Axes) -> None:
    """Let the axis across count rounds."""
    axis.set(xlabel="round")
    low, high = axis.get_xlim()
    if high - low < 1:  # one round only
        middle = round((low + high) / 2)
        axis.set(xlim=(middle - 0.5, middle + 0.5), xticks=[middle])
    else:
        figures.whole_numbers(axis, "x")
