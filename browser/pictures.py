"""The figure that is taken away from the page, as PNG."""

import io
from collections.abc import Callable
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .. import pictures as game_figures
from ..pictures import figures
from ..pictures.game_record import GameView
from ..pictures.phase_portrait import Field, draw_portrait

SHARP = 150
"""Dots an inch of a figure, of which the page shows a hundred pixels: sharp on fine screens, too."""


def png(figure: Figure, dots: int = SHARP) -> bytes:
    """Return a figure as PNG."""
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots, pil_kwargs={"compress_level": 1})  # speed counts here, not bytes
    return file.getvalue()


def everything(view: GameView, field: Field | None, title: str) -> bytes:
    """Return all panels in one figure, to take away."""
    drawn: list[Callable[[Any], None]] = [
        lambda axis: _network_with_legend(axis, view),
        lambda axis: game_figures.draw_shares(axis, view, legend=False),
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
