"""Runs of the repeated privacy game, and how they ended."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...models.games.privacy import CollaborativeLearning
from ...pictures import figures

ENDS = ("equilibrium", "no collaboration", "cycle", "unsettled")


@dataclass(frozen=True)
class Run:
    """One repeated game that was played to its end.

    Parameters
    ----------
    rule, revision
        How everybody learned, and who revised when.
    start
        The opening levels, shape (n,).
    played
        Everybody's actions, round by round, shape (rounds + 1, n).
    exploitability
        NashConv of the last actions.
    """

    rule: str
    revision: str
    start: FloatArray
    played: IntArray
    exploitability: float

    @property
    def tail(self) -> IntArray:
        """The last third of the rounds, shape (t, n)."""
        return self.played[-max(2, len(self.played) // 3) :]

    @property
    def period(self) -> int:
        """After how many rounds play repeats itself in the tail: 1 if it stands still, 0 if it does not repeat."""
        tail = self.tail
        for period in range(1, len(tail) // 2 + 1):
            if (tail[period:] == tail[:-period]).all():
                return period
        return 0

    def ending(self, alone: int) -> str:
        """Say how it ended; ``alone`` is the action that keeps everything private."""
        if self.period == 1:
            if (self.played[-1] == alone).all():
                return "no collaboration"
            return "equilibrium" if self.exploitability <= ROUND_OFF else "unsettled"
        return "cycle" if self.period else "unsettled"


def by_rule(found: pd.DataFrame) -> pd.DataFrame:
    """Return how each rule ended: shares of the starts, the mean price, and where its basins lie."""
    rows = []
    for (revision, strategy), part in found.groupby(["revision", "strategy"], sort=False):
        equal = part[part["start_1"] == part["start_others"]]
        alone = equal["ending"] == "no collaboration"
        rows.append(
            {
                "strategy": strategy,
                "revision": revision,
                "starts": len(part),
                **{name.replace(" ", "_"): float((part["ending"] == name).mean()) for name in ENDS},
                "alone": part["alone"].mean(),
                "price_of_privacy": part["price_of_privacy"].mean(),
                "together_up_to": equal.loc[~alone, "start_1"].max(),
                "alone_from": equal.loc[alone, "start_1"].min(),
            }
        )
    return pd.DataFrame(rows)


def paths(game: CollaborativeLearning, runs: list[Run]) -> pd.DataFrame:
    """Return the rounds of some runs: columns as in ``rounds.csv``."""
    parts = []
    for run in runs:
        rounds, n = run.played.shape
        payoffs = np.array([game.payoffs(profile) for profile in run.played])
        parts.append(
            pd.DataFrame(
                {
                    "start_1": run.start[0],
                    "start_others": run.start[-1],
                    "round": np.repeat(np.arange(rounds), n),
                    "player": list(game.player_names) * rounds,
                    "level": game.levels[run.played].ravel(),
                    "payoff": payoffs.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def draw_ends(axis: Axes, found: pd.DataFrame, boundary: float | None) -> None:
    """Draw what play came to from every start, by rule; starts apart by the side of the boundary the others were on."""
    rules = list(dict.fromkeys(found["strategy"]))
    place = found["strategy"].map(rules.index)
    sides = [("any start", found["start_others"] >= 0)]
    if boundary is not None:
        below = found["start_others"] < boundary
        sides = [(f"others start below {boundary:.3f}", below), ("others start above", ~below)]
    for index, (label, mine) in enumerate(sides):
        height = place[mine] + 0.15 * (2 * index - 1)
        axis.plot(
            found.loc[mine, "price_of_privacy"],
            height,
            figures.MARKERS[index],
            color=figures.colour(index),
            alpha=0.7,
            markersize=5,
            label=label,
            linestyle="none",
        )
    axis.set_yticks(range(len(rules)), [rule.replace("(", "\n(") for rule in rules], fontsize=8)
    axis.invert_yaxis()
    axis.set(title="what play came to", xlabel="Price of Privacy, mean of the last third of the rounds", xlim=(-0.03, 1.03))
    axis.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
