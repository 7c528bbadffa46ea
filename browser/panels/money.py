"""Who paid what in the round looked at, what flowed in all rounds, and the platform's terms."""

from typing import Any

import numpy as np

from ...pictures.game_record import GameView
from ...pictures.palette import FIELDS, PAID, RECEIVED
from ..numbers import shown_number
from .chart import Chart, axis, chart, empty, here, line_of, numbers_of, rounds_axis, rounds_of

MOST_NAMED = 24


def draw_money(view: GameView) -> Chart:
    """Return the money of the round looked at, and what flowed to the platform in all rounds."""
    past = rounds_of(view)
    numbers = [each.number for each in past]
    fields = ("welfare", "revenue", "profit")
    bars = _bars(view)
    data: list[dict[str, Any]] = [bars]
    nothing = [] if any(bars["x"]) else [empty(f"no money moves in round {view.last.number}", "x2", "y2")]
    named = view.game.n <= MOST_NAMED
    for index, field in enumerate(fields):
        values = numbers_of([getattr(each, field) for each in past])
        line = line_of(index, len(past), FIELDS[field])
        data.append({"x": numbers, "y": values, "name": field, "xaxis": "x", "yaxis": "y", **line})
    return chart(
        data,
        560,
        xaxis=rounds_axis(view, anchor="y"),
        yaxis=axis("money", domain=[0, 0.4]),
        xaxis2=axis(f"money received in round {view.last.number} (paid: left of 0)", anchor="y2"),
        yaxis2=axis(
            "" if named else "parties, most first", domain=[0.56, 1], anchor="x2", autorange="reversed", showticklabels=named
        ),
        legend={"orientation": "h", "y": 0.41, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        shapes=[shape | {"y1": 0.4} for shape in here(view)],
        annotations=nothing,
    )


def _bars(view: GameView) -> dict[str, Any]:
    received = -view.payments
    if view.game.n <= MOST_NAMED:
        names, values = [*view.game.player_names, "platform"], np.append(received, view.last.revenue)
    else:
        order = np.sort(received)[::-1]
        picked = order[np.linspace(0, len(order) - 1, min(len(order), 400)).astype(np.int64)]
        names, values = [f"{100 * place / max(1, len(picked) - 1):.3g} % down" for place in range(len(picked))], picked
    clean = [0.0 if abs(value) < 1e-12 else float(value) for value in values]
    return {
        "type": "bar",
        "orientation": "h",
        "x": clean,
        "y": names,
        "xaxis": "x2",
        "yaxis": "y2",
        "marker": {"color": [RECEIVED if value >= 0 else PAID for value in clean], "line": {"width": 0}},
        "hovertext": [
            f"{name} {'received' if v >= 0 else 'paid'} {shown_number(abs(v))}" for name, v in zip(names, clean, strict=True)
        ],
        "hoverinfo": "text",
        "showlegend": False,
    }


def terms(view: GameView) -> Chart:
    """Return the platform's terms, round by round: a share, on an axis of its own."""
    past = rounds_of(view)
    values = numbers_of([each.alpha for each in past])
    line = {"color": FIELDS["alpha"], "width": 2, "shape": "hv"}
    data = [{"x": [each.number for each in past], "y": values, "name": "", "mode": "lines", "line": line}]
    return chart(data, 240, xaxis=rounds_axis(view), yaxis=axis("terms α, a share", range=[0, 1.02]), shapes=here(view))
