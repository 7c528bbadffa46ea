"""What an ensemble of runs says about convergence: how often, how soon, and to what, with intervals."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom

from ...arguments import validated
from ...arrays import FloatArray, checked, number
from ...verdicts import share_interval
from ..ensemble import Ensemble

__all__ = ["Arrival", "basins", "time_to_equilibrium"]


class Arrival(NamedTuple):
    """How often and how soon runs came to stay within ε of an equilibrium.

    Parameters
    ----------
    runs, arrived
        How many runs there are, and how many of them arrived.
    share, share_low, share_high
        The share that arrives, with its interval (Wilson 1927).
    median, median_low, median_high
        The median round of arrival, inf where fewer than half arrive, with its interval by order statistics.
    """

    runs: int
    arrived: int
    share: float
    share_low: float
    share_high: float
    median: float
    median_low: float
    median_high: float


@validated
def time_to_equilibrium(ensemble: Ensemble, epsilon: float, level: float = 0.95) -> Arrival:
    """Return how often and how soon the runs' NashConv of actions came to stay within ε until their end, with intervals.

    Parameters
    ----------
    ensemble
        The runs.
    epsilon
        The NashConv that counts as an equilibrium, in units of payoff, ≥ 0.
    level
        Of the intervals, in (0, 1). The median's are the order statistics whose cover is at least that (David and Nagaraja 2003,
        Section 7.1); of few runs it may reach from the first round, 0, to infinity.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import Ensemble, NormalFormGame
    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> runs = Ensemble({"game": dilemma, "strategies": BestResponse(), "stop": 5}, replicas=100, seed=1)
    >>> found = time_to_equilibrium(runs, epsilon=0)
    >>> found.share, found.median <= 1
    (1.0, True)
    """
    number(epsilon, "epsilon", low=0)
    times = np.sort(ensemble.time_to(epsilon))
    runs, arrived = len(times), int(np.isfinite(times).sum())
    low, high = map(float, share_interval(arrived / runs, runs, level))
    rank = int(binom.ppf((1 - level) / 2, runs, 0.5))
    ends = (times[rank - 1], times[runs - rank]) if rank > 0 else (0.0, np.inf)
    middle = float(np.median(times)) if arrived == runs else float(times[runs // 2])
    return Arrival(runs, arrived, arrived / runs, low, high, middle, float(ends[0]), float(ends[1]))


@validated
def basins(
    ensemble: Ensemble,
    equilibria: Sequence[FloatArray] | None = None,
    tolerance: float = 1e-6,
    of: Literal["actions", "policy", "average"] = "actions",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how many runs ended at which equilibrium, with intervals: a row an equilibrium that some run reached, and the rest.

    Parameters
    ----------
    ensemble
        The runs.
    equilibria
        Each as probabilities, shape (n, m); default: the pure profiles in which runs ended with NashConv within the tolerance.
    tolerance
        How far a run's end may be from an equilibrium, as the largest difference of a probability.
    of
        Which end: the last ``actions``, the ``policy`` intended then, or the ``average`` of all play. With no equilibria given it
        is the actions.
    level
        Of the intervals (Wilson 1927), in (0, 1).

    Returns
    -------
    table with columns ``equilibrium`` (its place among those given, or in the order of their profiles; -1: none), ``play`` (the
    actions' names, or each player's probabilities), ``runs``, ``share``, ``low``, ``high``; frequent ones first, none last.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import Ensemble, NormalFormGame, OneAtRandom
    >>> meeting = NormalFormGame([[[2, 0], [0, 1]]] * 2)
    >>> arguments = {"game": meeting, "strategies": BestResponse(), "stop": 40, "revision": OneAtRandom()}
    >>> found = basins(Ensemble(arguments, replicas=400, seed=1))
    >>> sorted(found["play"]), found["runs"].is_monotonic_decreasing, round(float(found["share"].sum()), 12)
    (['0, 0', '1, 1'], True, 1.0)
    """
    number(tolerance, "tolerance", low=0)
    game = ensemble.game
    if equilibria is None:
        ends, which = np.unique(ensemble.actions, axis=0, return_inverse=True)
        which = np.where(ensemble.exploitability[:, -1] <= tolerance, which.reshape(-1), -1)
        names = [", ".join(game.action_names[action] for action in end) for end in ends]
    else:
        mixes = [checked(each, "the probabilities of an equilibrium", shape=(game.n, game.m)) for each in equilibria]
        end = (
            np.eye(game.m)[ensemble.actions]
            if of == "actions"
            else ensemble.policy
            if of == "policy"
            else ensemble.average_policy
        )
        gaps = np.array([np.abs(end - mix).max(axis=(1, 2)) for mix in mixes]).reshape(len(mixes), ensemble.replicas)
        near = gaps.argmin(axis=0) if len(mixes) else np.zeros(ensemble.replicas, dtype=np.int64)
        which = np.where((gaps <= tolerance).any(axis=0), near, -1)
        names = ["; ".join(" ".join(f"{p:.3g}" for p in row) for row in mix) for mix in mixes]
    places, counts = np.unique(which, return_counts=True)
    order = sorted(zip(places.tolist(), counts.tolist(), strict=True), key=lambda pair: (pair[0] < 0, -pair[1], pair[0]))
    rows = [
        (
            place,
            names[place] if place >= 0 else "none",
            count,
            count / len(which),
            *map(float, share_interval(count / len(which), len(which), level)),
        )
        for place, count in order
    ]
    return pd.DataFrame(rows, columns=["equilibrium", "play", "runs", "share", "low", "high"])
