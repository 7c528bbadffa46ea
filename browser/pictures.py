"""The page's pictures, as PNG: the figures of `scenarios.game_figures`, cut to the size of their panels."""

import io
from collections.abc import Callable
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .. import pictures as game_figures
from ..pictures import figures
from ..pictures.game_record import GameView
from ..pictures.phase_portrait import Field, draw_portrait

SHARP = 150
"""Dots an inch of a figure, of which the page shows a hundred pixels: sharp on fine screens, too."""

NETWORK = (4.0, 3.1)
LINE = 0.065
"""Share of the network's height that a line of its legend takes."""


def png(figure: Figure, dots: int = SHARP) -> bytes:
    """Return a figure as PNG."""
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots, pil_kwargs={"compress_level": 1})  # speed counts here, not bytes
    return file.getvalue()


def network(view: GameView, chosen: int | None) -> bytes:
    """Return the players around the platform, or on their graph."""
    figure = Figure(figsize=NETWORK)
    foot = LINE * game_figures.legend_lines(view) + 0.02
    axis = figure.add_axes((0, foot, 1, 1 - foot))
    game_figures.draw_network(axis, view, chosen)
    below = figure.add_axes((0, 0, 1, foot))
    below.axis("off")
    game_figures.action_legend(below, view)
    return png(figure)


def network_spots(view: GameView) -> list[tuple[int, float, float]]:
    """Return each drawn player with its place in the picture, in percent from the left and from the top."""
    (left, right), (low, high) = game_figures.NETWORK_WINDOW
    foot = LINE * game_figures.legend_lines(view) + 0.02
    spots = []
    for row, (x, y) in zip(view.places.rows, view.places.at, strict=True):
        across = (x - left) / (right - left)
        up = foot + (1 - foot) * (y - low) / (high - low)
        spots.append((int(row), 100 * float(across), 100 * float(1 - up)))
    return spots


def over_time(view: GameView) -> bytes:
    """Return actions, payoffs and exploitability, round by round, one below the other."""
    figure, axes = _rows(3, 5.6, 5.5, layout=None)
    figure.subplots_adjust(left=0.15, right=0.985, top=0.975, bottom=0.085, hspace=0.2)
    game_figures.draw_shares(axes[0], view, legend=False)  # the network beside it says which colour is which action
    game_figures.draw_payoffs(axes[1], view)
    game_figures.draw_exploitability(axes[2], view)
    for axis in axes[:-1]:
        axis.set_xlabel("")
    figure.align_ylabels(axes)
    return png(figure)


def money(view: GameView) -> bytes:
    """Return the money of the last round, and what flowed to the platform in all rounds."""
    figure, axes = _rows(2, 5.6, 5.5)
    game_figures.draw_money(axes[0], view)
    game_figures.draw_platform(axes[1], view)
    return png(figure)


def portrait(view: GameView, field: Field | None) -> bytes:
    """Return the phase portrait with the path so far."""
    figure, axes = _rows(1, 5.6, 5.4)
    draw_portrait(axes[0], view, field)
    return png(figure)


def reports(view: GameView) -> bytes:
    """Return who entered how much, how many copies, or mounted which attack, and what that earned."""
    figure, axes = _rows(2, 5.6, 5.5)
    game_figures.draw_reports(axes[0], view)
    game_figures.draw_temptation(axes[1], view)
    return png(figure)


def choice(view: GameView, player: int) -> bytes:
    """Return a player's mixed strategy, and what each action would have earned."""
    actions = int(view.game.available[player].sum())
    figure = Figure(figsize=(4.0, 0.75 + 0.17 * min(9, actions)), layout="constrained")
    probabilities, earnings = figure.subplots(1, 2)
    for axis in (probabilities, earnings):
        figures.plain(axis)
    game_figures.draw_choice(probabilities, earnings, view, player)
    return png(figure)


def everything(view: GameView, field: Field | None, title: str) -> bytes:
    """Return all panels in one figure, to take away."""
    drawn: list[Callable[[Any], None]] = [
        lambda axis: _network_with_legend(axis, view),
        lambda axis: game_figures.draw_shares(axis, view),
        lambda axis: game_figures.draw_payoffs(axis, view),
        lambda axis: game_figures.draw_exploitability(axis, view),
    ]
    if view.has_money:
        drawn += [lambda axis: game_figures.draw_money(axis, view), lambda axis: game_figures.draw_platform(axis, view)]
    if game_figures.reported(view):
        drawn += [lambda axis: game_figures.draw_reports(axis, view), lambda axis: game_figures.draw_temptation(axis, view)]
    if field is not None:
        drawn.append(lambda axis: draw_portrait(axis, view, field))
    columns = 4 if len(drawn) > 6 else 3
    lines = -(-len(drawn) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.8 * lines), layout="constrained")
    figure.suptitle(title, fontsize=12)
    for index, draw in enumerate(drawn):
        axis = figure.add_subplot(lines, columns, index + 1)
        figures.plain(axis)
        draw(axis)
    return png(figure)


def _network_with_legend(axis: Any, view: GameView) -> None:
    game_figures.draw_network(axis, view)
    game_figures.action_legend(axis, view)


def _rows(
    count: int, width: float, height: float, layout: Literal["constrained"] | None = "constrained"
) -> tuple[Figure, list[Any]]:
    figure = Figure(figsize=(width, height), layout=layout)
    axes = [figure.add_subplot(count, 1, index + 1) for index in range(count)]
    for axis in axes:
        figures.plain(axis)
    return figure, axes
