"""Which actions a game has, the colour of each, and a legend that says so."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Patch

from ..arrays import IntArray
from .game_record import GameView
from .palette import ACTIONS, OUT
from .words import action_words

FEW = 7


def action_colours(count: int) -> list[str]:
    """Return a colour an action, told apart also by the colour-blind; where actions are many, from dark to light.

    Examples
    --------
    >>> len(set(action_colours(13)))
    13
    """
    if count <= len(ACTIONS):
        return list(ACTIONS[:count])
    return [to_hex(colormaps["cividis"](index / (count - 1))) for index in range(count)]


def used_actions(view: GameView) -> IntArray:
    """Return the actions that somebody has, in order."""
    return np.flatnonzero(view.game.available.any(axis=0))


def colours_of(view: GameView) -> dict[int, str]:
    """Return the colour of each action that somebody has; staying out is grey."""
    used = used_actions(view).tolist()
    out = [action for action in used if view.game.action_names[action] == "stay out"]
    entering = [action for action in used if action not in out]
    return dict.fromkeys(out, OUT) | dict(zip(entering, action_colours(len(entering)), strict=True))


def action_legend(axis: Axes, view: GameView) -> None:
    """Say below the axes which colour is which action; of many actions, the first, the middle and the last."""
    tints = colours_of(view)
    handles = [Patch(color=tints[action], label=name) for action, name in _legend_names(view).items()]
    columns = _legend_columns(view)
    look = {"fontsize": 8.5, "frameon": False, "handlelength": 1.0, "borderpad": 0}
    axis.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=columns, **look)


def _legend_names(view: GameView) -> dict[int, str]:
    used = used_actions(view).tolist()
    shown = used if len(used) <= FEW else [used[0], used[len(used) // 2], used[-1]]
    words = action_words(view.game)
    return {action: words[action] for action in shown}


def _legend_columns(view: GameView) -> int:
    names = _legend_names(view).values()
    return max(1, min(len(names), 52 // (max(map(len, names)) + 5)))
