"""A coalitional game drawn: coalitions by size, from nobody at the bottom to everybody on top, with what each is worth."""

import io
from collections.abc import Sequence

from matplotlib.figure import Figure

from . import figures

MOST_DRAWN = 4


def draw_lattice(values: Sequence[float], title: str = "") -> Figure:
    """Return the lattice of coalitions of 1 to 4 parties, darker where worth more.

    Raises
    ------
    ValueError
        There are more parties than can be drawn.
    """
    parties = len(values).bit_length() - 1
    if parties > MOST_DRAWN:
        raise ValueError(f"{parties} parties: a lattice is drawn of at most {MOST_DRAWN}")
    rows = [[mask for mask in range(1 << parties) if mask.bit_count() == size] for size in range(parties + 1)]
    place = {mask: (index - (len(row) - 1) / 2, size) for size, row in enumerate(rows) for index, mask in enumerate(row)}
    figure = Figure(figsize=(1.2 + 0.75 * max(map(len, rows)), 0.9 + 0.6 * len(rows)), layout="constrained", dpi=150)
    axis = figure.add_subplot()
    for mask, (x, y) in place.items():
        for party in range(parties):
            if not mask >> party & 1:
                above = place[mask | 1 << party]
                axis.plot([x, above[0]], [y, above[1]], color="0.8", linewidth=0.8, zorder=1)
        worth = values[mask]
        share = min(max(worth, 0.0), 1.0)
        name = "".join(str(party + 1) for party in range(parties) if mask >> party & 1) or "∅"
        axis.text(
            x,
            y,
            f"{name}\n{worth:.3g}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if share > 0.6 else "black",
            bbox={
                "boxstyle": "round",
                "facecolor": (1 - share, 1 - 0.55 * share, 1 - 0.3 * share),
                "edgecolor": figures.colour(0),
            },
            zorder=2,
        )
    width = max(map(len, rows)) / 2 + 0.3
    axis.set(xlim=(-width, width), ylim=(-0.5, parties + 0.5))
    axis.axis("off")
    if title:
        axis.set_title(title, fontsize=9)
    return figure


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG markup to stand in a page."""
    from matplotlib import rc_context

    text = io.StringIO()
    with rc_context({"svg.hashsalt": "potluck", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    markup = text.getvalue()
    return markup[markup.index("<svg") :]
