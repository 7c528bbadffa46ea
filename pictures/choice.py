"""One player's mixed strategy, and what it could have earned."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from .actions import FEW, colours_of
from .axes import unit_of_payoffs
from .game_record import GameView
from .words import action_words


def draw_choice(probabilities: Axes, earnings: Axes, view: GameView, player: int) -> None:
    """Draw one player's mixed strategy, and beside it what each action would have earned in the last round."""
    mine = np.flatnonzero(view.game.available[player])
    tints = colours_of(view)
    shades = [tints[int(action)] for action in mine]
    places, words = np.arange(len(mine)), action_words(view.game)
    played = np.flatnonzero(mine == view.actions[player])
    probabilities.barh(places, view.policy[player, mine], color=shades, height=0.7)
    probabilities.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    probabilities.set_xlabel("probability", fontsize=9)
    shown = places[:: -(-len(mine) // FEW)]
    probabilities.set_yticks(shown, [words[action] for action in mine[shown]], fontsize=8)
    earned = view.deviations[player, mine]
    earnings.hlines(places, 0, earned, color=shades, linewidth=1.5)
    earnings.scatter(earned, places, c=shades, s=26, zorder=3)
    earnings.scatter(earned[played], places[played], s=110, facecolors="none", edgecolors="black", linewidths=1.4, zorder=4)
    earnings.axvline(0, color="0.6", linewidth=0.6)
    earnings.set_yticks(shown, [""] * len(shown))
    earnings.margins(x=0.12)
    earnings.set_xlabel(f"would earn{unit_of_payoffs(view)}", fontsize=9)
    earnings.xaxis.set_major_locator(MaxNLocator(nbins=2))
    earnings.xaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
    for axis in (probabilities, earnings):
        axis.set_ylim(len(mine) - 0.5, -0.5)
