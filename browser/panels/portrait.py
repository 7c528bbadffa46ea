"""The phase portrait, with the path so far."""

from typing import Any

import numpy as np

from ...arrays import FloatArray
from ...pictures.game_record import GameView, Round
from ...pictures.palette import FIELDS
from ...pictures.phase_portrait import Field, two_actions
from ...pictures.words import action_words
from .chart import Chart, axis, chart, numbers_of, rounded, rounds_of


def draw_portrait(view: GameView, field: Field | None) -> Chart:
    """Return the phase portrait with the path so far."""
    return _portrait_of_two(view, field) if view.game.n == 2 else _portrait_of_many(view, field)


def _portrait_of_two(view: GameView, field: Field | None) -> Chart:
    game, past = view.game, rounds_of(view)
    pair, words = two_actions(game), action_words(view.game)
    weights = np.arange(game.m, dtype=float) if pair is None else (np.arange(game.m) == pair[1]).astype(float)
    actions = weights[np.array([each.actions for each in past])]
    average = np.array([each.average @ weights for each in past])
    policy = np.array([each.policy @ weights for each in past])
    mixing = bool((np.abs(policy - actions) > 1e-9).any())
    shown = policy if mixing else actions
    data: list[dict[str, Any]] = []
    if field is not None and field.kind == "square":
        data.append(_field_of_arrows(field))
    elif field is not None:
        names = game.player_names
        first, second = _replies("dash", "square-open"), _replies("dot", "x")
        data.append({"x": numbers_of(field.u), "y": numbers_of(field.y), "name": f"best reply of {names[0]}", **first})
        data.append({"x": numbers_of(field.x), "y": numbers_of(field.v), "name": f"best reply of {names[1]}", **second})
    label = ("mixed strategies" if mixing else "play") if pair is not None else ("mean mixed action" if mixing else "play")
    data += [_path(past, average, "frequencies so far", "average"), _path(past, shown, label, "play")]
    at = len(view.past) - 1 if len(past) == len(view.past) + len(view.later) else len(past) - 1
    data.append(_now(shown[at], "now"))
    if pair is not None:
        titles = [f"{name}: probability of “{words[pair[1]]}”" for name in game.player_names]
        return chart(data, 540, xaxis=axis(titles[0], range=[-0.04, 1.04]), yaxis=axis(titles[1], range=[-0.04, 1.04]))
    used = np.flatnonzero(game.available.any(axis=0))
    titles = [f"{name}: action" for name in game.player_names]
    ends = [float(used[0]) - 0.5, float(used[-1]) + 0.5]
    shown_at = used if len(used) <= 7 else used[np.linspace(0, len(used) - 1, 5).astype(int)]
    ticks = {"tickvals": shown_at.tolist(), "ticktext": [words[int(action)] for action in shown_at], "range": ends}
    slanted = ticks | {"tickangle": -30}  # to the left, where there is room for the last name
    return chart(data, 540, xaxis=axis(titles[0], **slanted), yaxis=axis(titles[1], **ticks))


def _replies(dash: str, mark: str) -> dict[str, Any]:
    """Return how best replies look: a mark for each action of the other, joined by a thin line to be followed."""
    return {
        "mode": "lines+markers",
        "line": {"color": "@line", "dash": dash, "width": 1},
        "marker": {"symbol": mark, "size": 9, "color": "@muted"},
    }


def _field_of_arrows(field: Field) -> dict[str, Any]:
    length = np.hypot(field.u, field.v)
    scale = np.where(length > 0, length, 1.0) / 0.05
    across: list[float | None] = []
    up: list[float | None] = []
    for x, y, u, v in zip(field.x.ravel(), field.y.ravel(), (field.u / scale).ravel(), (field.v / scale).ravel(), strict=True):
        across += [float(x - u / 2), float(x + u / 2), None]
        up += [float(y - v / 2), float(y + v / 2), None]
    return {
        "x": across,
        "y": up,
        "mode": "lines+markers",
        "name": "where the replicator leads",
        "line": {"color": "@line", "width": 1},
        "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 7, 0] * (len(across) // 3), "color": "@line"},
        "hoverinfo": "skip",
    }


def _path(past: list[Round], at: FloatArray, name: str, field: str) -> dict[str, Any]:
    line = {"color": FIELDS[field], "width": 1.6, "dash": "dashdot" if field == "average" else "solid"}
    texts = [f"round {each.number}" for each in past]
    return {
        "x": numbers_of(at[:, 0]),
        "y": numbers_of(at[:, 1]),
        "mode": "lines+markers" if len(past) <= 200 else "lines",
        "line": line,
        "marker": {"size": 4, "color": FIELDS[field]},
        "name": name,
        "text": texts,
        "hovertemplate": "%{text}: %{x:.3g}, %{y:.3g}<extra></extra>",
    }


def _now(at: FloatArray, name: str) -> dict[str, Any]:
    look = {"size": 14, "color": FIELDS["play"], "line": {"color": "@paper", "width": 2}}
    return {"x": [float(at[0])], "y": [float(at[1])], "mode": "markers", "marker": look, "name": name, "cliponaxis": False}


def _portrait_of_many(view: GameView, field: Field | None) -> Chart:
    past = rounds_of(view)
    pair = two_actions(view.game)
    second = int(pair[1]) if pair is not None else 0
    path = np.array([each.shares[second] for each in past])
    what = action_words(view.game)[second]
    xaxis = axis(f"share of players: {what}", range=[-0.02, 1.02])
    if field is None:
        steps = np.column_stack([path[:-1], path[1:]]) if len(path) > 1 else np.column_stack([path, path])
        same = {"x": [0, 1], "y": [0, 1], "mode": "lines", "name": "no change", "line": {"color": "@muted", "dash": "dash"}}
        data = [same, _path(past[1:] or past, steps, "round after round", "play"), _now(np.repeat(path[-1:], 2), "now")]
        return chart(data, 540, xaxis=xaxis, yaxis=axis("the same, a round later", range=[-0.02, 1.02]))
    gained = rounded(field.y)
    gains = {"x": numbers_of(field.x), "y": numbers_of(gained), "mode": "lines", "line": {"color": "@muted", "width": 2}}
    heights = np.interp(path, field.x, gained)
    data = [
        gains | {"name": "gain if all mix alike (mean)"},
        _path(past, np.column_stack([path, heights]), "share that plays it", "play"),
        _now(np.array([path[len(view.past) - 1] if len(path) > len(view.past) - 1 else path[-1], 0.0]), "now"),
    ]
    now = data[-1]
    now["y"] = [float(np.interp(now["x"][0], field.x, gained))]
    gain = axis(f"gain from “{what}”", zeroline=True, rangemode="tozero" if np.ptp(gained) == 0 else "normal")
    return chart(data, 540, xaxis=xaxis, yaxis=gain)
