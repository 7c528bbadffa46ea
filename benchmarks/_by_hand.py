"""What `dynamics.py` compares with, written by hand in numpy or numba: the same play, for one rule in one game."""

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def fictitious_play(one: Floats, other: Floats, rounds: int) -> Floats:
    """In numpy: both answer best what the other has played so far."""
    mine, theirs = one[:, 0].copy(), other[0].copy()
    for _ in range(rounds):
        a, b = int(mine.argmax()), int(theirs.argmax())
        mine += one[:, b]
        theirs += other[a]
    return mine


@numba.njit(cache=True)
def fictitious_play_compiled(columns: Floats, rows: Floats, rounds: int) -> Floats:
    """In numba: ``columns[b]`` is what each own action earns against b, ``rows[a]`` likewise of the other."""
    mine, theirs = columns[0].copy(), rows[0].copy()
    for _ in range(rounds):
        a, b = mine.argmax(), theirs.argmax()
        for k in range(len(mine)):
            mine[k] += columns[b, k]
        for k in range(len(theirs)):
            theirs[k] += rows[a, k]
    return mine


def regret_matching(one: Floats, other: Floats, rounds: int) -> Floats:
    """In numpy: both match the regrets of their mixes."""
    n, m = one.shape
    x, y, mine, theirs = np.full(n, 1 / n), np.full(m, 1 / m), np.zeros(n), np.zeros(m)
    for _ in range(rounds):
        gains, other_gains = one @ y, x @ other
        mine += gains - x @ gains
        theirs += other_gains - y @ other_gains
        x, y = _matched(mine), _matched(theirs)
    return x


def _matched(regrets: Floats) -> Floats:
    positive = np.maximum(regrets, 0.0)
    total = positive.sum()
    return np.asarray(positive / total if total > 0 else np.full(len(regrets), 1 / len(regrets)))


@numba.njit(cache=True)
def regret_matching_compiled(one: Floats, other: Floats, rounds: int) -> Floats:
    """In numba: the same; ``other`` is transposed, so that both have an own action a row."""
    n, m = len(one), len(other)
    x, y, mine, theirs = np.full(n, 1 / n), np.full(m, 1 / m), np.zeros(n), np.zeros(m)
    for _ in range(rounds):
        gains, other_gains = one @ y, other @ x
        mine += gains - x @ gains
        theirs += other_gains - y @ other_gains
        for regrets, mix in ((mine, x), (theirs, y)):
            total = 0.0
            for k in range(len(mix)):
                mix[k] = max(regrets[k], 0.0)
                total += mix[k]
            for k in range(len(mix)):
                mix[k] = mix[k] / total if total > 0 else 1 / len(mix)
    return x


def hedge(one: Floats, other: Floats, rounds: int, rate: float) -> Floats:
    """In numpy: both play the softmax of what their actions would have earned so far against the other's mixes."""
    mine, theirs = np.zeros(len(one)), np.zeros(one.shape[1])
    for _ in range(rounds):
        x, y = np.exp(rate * (mine - mine.max())), np.exp(rate * (theirs - theirs.max()))
        x, y = x / x.sum(), y / y.sum()
        mine += one @ y
        theirs += x @ other
    return x


def crowd(pay: Floats, costs: Floats, opening: NDArray[np.int64]) -> Callable[[], None]:
    """In numpy: a round of best replies with inertia, with the payoffs, regrets, NashConv and welfare that potluck keeps."""
    n, rng = len(costs), np.random.default_rng(3)
    action, played, more = opening.astype(np.int8), np.zeros(n, np.uint32), np.zeros((2, n))

    def step() -> None:
        k = int(action.sum())
        better = np.where(action == 1, pay[max(k - 1, 0)], pay[min(k, n - 1)]) > costs
        np.copyto(action, better, where=rng.random(n) < 0.5)
        k = int(action.sum())
        gain = np.where(action == 1, pay[max(k - 1, 0)], pay[min(k, n - 1)]) - costs
        payoff = gain * action
        more[0] -= payoff
        more[1] += gain - payoff
        np.add(played, action, out=played, casting="unsafe")
        step.found = (np.maximum(gain, 0.0).sum() - payoff.sum(), payoff.sum())  # type: ignore[attr-defined]

    return step


def crowd_compiled(pay: Floats, costs: Floats, opening: NDArray[np.int64]) -> Callable[[], None]:
    """In numba: the same."""
    n, rng = len(costs), np.random.default_rng(3)
    held = (pay, costs, opening.astype(np.int8), np.zeros(n, np.uint32), np.zeros((n, 2)), np.zeros(n))
    return lambda: _crowd_round(*held, rng)


@numba.njit(cache=True)
def _crowd_round(
    pay: Floats,
    costs: Floats,
    action: NDArray[np.int8],
    played: NDArray[np.uint32],
    more: Floats,
    payoffs: Floats,
    rng: np.random.Generator,
) -> tuple[float, float]:
    n = len(costs)
    k, gap, welfare = 0, 0.0, 0.0
    for i in range(n):
        k += action[i]
    inside, outside = pay[max(k - 1, 0)], pay[min(k, n - 1)]
    for i in range(n):
        best = (inside if action[i] == 1 else outside) > costs[i]
        action[i] = best if rng.random() < 0.5 else action[i]
    k = 0
    for i in range(n):
        k += action[i]
    inside, outside = pay[max(k - 1, 0)], pay[min(k, n - 1)]
    for i in range(n):
        gain = (inside if action[i] == 1 else outside) - costs[i]
        payoff = gain if action[i] == 1 else 0.0
        payoffs[i] = payoff
        more[i, 0] -= payoff
        more[i, 1] += gain - payoff
        played[i] += np.uint32(action[i])
        gap += max(gain, 0.0) - payoff
        welfare += payoff
    return gap, welfare
