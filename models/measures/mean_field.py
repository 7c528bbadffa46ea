"""What a population without end does, and how far finite ones are from it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.integrate import solve_ivp

from ...agents.strategies import Logit
from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked, number, whole
from ...verdicts import mean_interval
from .populations import PayoffFunction, Rule, checked_rule, earnings, turning

__all__ = ["fluid_path", "mean_field_gap", "population_paths", "replicator_path"]

MOST_REVISIONS = 20_000_000


@validated
def fluid_path(payoffs: ArrayLike | PayoffFunction, rule: Any, opening: ArrayLike, times: ArrayLike) -> FloatArray:
    """Return the shares that play each action in a population without end, (t,) times -> (t, m): the mean dynamic of a rule.

    A unit of time is a revision a player. Source: Sandholm (2010), Population Games and Evolutionary Dynamics, Section 4.2. Under
    `PairwiseComparison` without mutation it is x' = x Σ_j x_j tanh(intensity (π - π_j) / 2), under `Logit` the logit dynamic.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b, (m, m); or a function of shares (..., m) to what each action earns (..., m).
    rule
        `PairwiseComparison`, `Moran`, or `Logit` with step 1.
    opening
        Shares at time 0, shape (m,).
    times
        When, ≥ 0, increasing.

    Raises
    ------
    ValueError, TypeError
        Shapes do not fit, shares are no distribution, times do not increase, or the rule is another.

    Examples
    --------
    >>> from potluck.agents.strategies import Logit
    >>> fluid_path([[1, 0], [0, 1]], Logit(rationality=0), opening=[1, 0], times=[0, 1, 50]).round(3).tolist()
    [[1.0, 0.0], [0.684, 0.316], [0.5, 0.5]]
    """
    _, m = earnings(payoffs)
    checked_rule(rule)
    start = _shares(opening, m)
    when = _times(times)
    table = None if callable(payoffs) else checked(payoffs, "payoffs")

    def flow(_: float, shares: FloatArray) -> FloatArray:
        held = np.maximum(shares, 0.0)
        earned = table @ held if table is not None else np.asarray(payoffs(held))  # type: ignore[operator]
        chances = turning(rule, np.broadcast_to(earned, (m, m)), held)
        return held @ chances - held

    if when[-1] == 0:
        return start[None].repeat(len(when), axis=0)
    found = solve_ivp(flow, (0.0, float(when[-1])), start, "LSODA", when, rtol=1e-9, atol=1e-11)
    return np.asarray(found.y.T)


@validated
def replicator_path(payoffs: ArrayLike, opening: ArrayLike, times: ArrayLike) -> FloatArray:
    """Return shares under x' = x (A x - x·A x), (t,) times -> (t, m): who earns more than the average grows.

    Source: Taylor and Jonker (1978), Evolutionary stable strategies and game dynamics.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b, (m, m).
    opening, times
        As in `fluid_path`.

    Examples
    --------
    >>> replicator_path([[1, 1], [0, 0]], opening=[0.5, 0.5], times=[0, 1]).round(4).tolist()
    [[0.5, 0.5], [0.7311, 0.2689]]
    """
    table = checked(payoffs, "payoffs", shape=(None, None))
    start = _shares(opening, len(earnings(payoffs)[0](np.ones(len(table), dtype=np.int64))))
    when = _times(times)

    def flow(_: float, logs: FloatArray) -> FloatArray:
        shares = np.exp(logs)
        earned = table @ shares
        return np.asarray(earned - shares @ earned)

    if when[-1] == 0:
        return start[None].repeat(len(when), axis=0)
    held = start > 0
    # in logarithms, so that no share falls below 0
    logs = np.log(np.where(held, start, 1.0))
    found = solve_ivp(
        lambda t, y: np.where(held, flow(t, np.where(held, y, -np.inf)), 0.0),
        *((0.0, float(when[-1])), logs, "LSODA", when),
        rtol=1e-9,
        atol=1e-11,
    )
    shares = np.where(held, np.exp(found.y.T), 0.0)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


@validated
def population_paths(
    payoffs: ArrayLike | PayoffFunction,
    population: int,
    rule: Any,
    opening: ArrayLike,
    horizon: int,
    replicas: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Return shares that play each action over time in independent finite populations, one player revising after the other.

    Only numbers of players are kept, so a population of any size takes as long a revision; in distribution it is a
    `RepeatedGame` of a `PopulationGame` under `OneAtRandom`.

    Parameters
    ----------
    payoffs, rule, opening
        As in `fluid_path`; the opening is rounded to whole players.
    population, replicas
        Players in each population, ≥ 2, and how many populations.
    horizon
        How many revisions a player there are on average, ≥ 1.
    rng
        Source of randomness.

    Returns
    -------
    array of shape (replicas, horizon + 1, m): at times 0, 1, ..., horizon

    Examples
    --------
    >>> from potluck.agents.strategies import Moran
    >>> paths = population_paths([[1, 1], [1, 1]], 4, Moran(), [0.5, 0.5], 200, 50, np.random.default_rng(1))
    >>> paths.shape, sorted(set(paths[:, -1, 0].tolist()))
    ((50, 201, 2), [0.0, 1.0])
    """
    earned, m = earnings(payoffs)
    size, runs = whole(population, "population", 2, 1_000_000), whole(replicas, "replicas", 1, 1_000_000)
    rounds = whole(horizon, "horizon", 1, 1_000_000) * size
    if rounds * runs > MOST_REVISIONS:
        raise ValueError(f"{rounds * runs} revisions are too many: at most {MOST_REVISIONS}")
    counts = np.tile(_whole_players(_shares(opening, m), size), (runs, 1))
    return _paths(earned, size, checked_rule(rule), counts, rounds, rng)


def _paths(
    earned: Callable[[IntArray], FloatArray], size: int, rule: Rule, counts: IntArray, rounds: int, rng: np.random.Generator
) -> FloatArray:
    runs, m = counts.shape
    paths, rows = [counts / size], np.arange(runs)
    rests = not isinstance(rule, Logit) and rule.mutation == 0
    for number_ in range(1, rounds + 1):
        ladder = (counts[..., None] * turning(rule, earned(counts), counts)).reshape(runs, -1).cumsum(axis=1)
        drawn = rng.random((runs, 1))
        place = (drawn * ladder[:, -1:] >= ladder[:, :-1]).sum(axis=1)
        counts[rows, place // m] -= 1
        counts[rows, place % m] += 1
        if number_ % size == 0:
            paths.append(counts / size)
            if rests and (counts.max(axis=1) == size).all():  # all play one action, and nobody ever tries another
                break
    paths += [paths[-1]] * (rounds // size + 1 - len(paths))
    return np.stack(paths, axis=1)


@validated
def mean_field_gap(
    payoffs: ArrayLike | PayoffFunction,
    rule: Any,
    opening: ArrayLike,
    sizes: Sequence[int],
    horizon: int,
    replicas: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return how far finite populations stray from the fluid path: the largest distance of a share at times 0 .. horizon.

    By the law of large numbers of Kurtz (1970) the gap falls as 1 / √N, so ``scaled`` levels off.

    Parameters
    ----------
    payoffs, rule, opening, horizon, replicas, rng
        As in `population_paths`; at least two replicas.
    sizes
        Players in each population.
    level
        Of the intervals of means over replicas (Student's t), in (0, 1).

    Returns
    -------
    table with columns ``population``, ``gap`` (mean over replicas), ``low``, ``high``, ``scaled`` (gap × √population)

    Examples
    --------
    >>> from potluck.agents.strategies import Logit
    >>> gaps = mean_field_gap([[0, 2], [1, 0]], Logit(1), [0.5, 0.5], (16, 256), 5, 20, np.random.default_rng(1))
    >>> gaps["population"].tolist(), bool(gaps["gap"][0] > 2 * gaps["gap"][1])
    ([16, 256], True)
    """
    whole(replicas, "replicas", 2, 1_000_000)
    number(level, "level", low=0, high=1)
    _, m = earnings(payoffs)
    rows = []
    for size in sizes:
        start = _whole_players(_shares(opening, m), whole(size, "each of sizes", 2, 1_000_000)) / size
        fluid = fluid_path(payoffs, rule, start, np.arange(horizon + 1))
        paths = population_paths(payoffs, size, rule, start, horizon, replicas, rng)
        gaps = np.abs(paths - fluid).max(axis=(1, 2))
        mean = float(gaps.mean())
        rows.append((size, mean, *mean_interval(gaps, level), mean * np.sqrt(size)))
    return pd.DataFrame(rows, columns=["population", "gap", "low", "high", "scaled"])


def _times(times: ArrayLike) -> FloatArray:
    when = checked(times, "times", shape=(None,), low=0)
    if (np.diff(when) <= 0).any() or not len(when):
        raise ValueError("times must increase, and be at least one")
    return when


def _shares(opening: ArrayLike, m: int) -> FloatArray:
    shares = checked(opening, "the opening shares", shape=(m,), low=0)
    if abs(float(shares.sum()) - 1) > 1e-9:
        raise ValueError(f"the opening shares must sum to 1, not to {shares.sum():g}")
    return shares


def _whole_players(shares: FloatArray, size: int) -> IntArray:
    """Return whole numbers that sum to the size, as near the shares as can be: largest remainders."""
    exact = shares * size
    counts = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: size - int(counts.sum())]] += 1
    return counts
