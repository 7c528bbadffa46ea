"""Semivalues: averages of what a player adds to coalitions, weighted by size. Exact, by table and by class."""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray, IntArray, checked, number
from ...messages import brief
from ..coalitions.games import MAX_TABULATED_PLAYERS, AnyGame, ClassGame, CoalitionalGame, OnDemandGame
from .sampling import Estimate, sampled_semivalue
from .symmetry import grid, null_players, symmetric_groups

BLOCK = 1 << 16
WORTH_COMPILING = 1 << 17
MANY_AXES = 8
LONGEST_ROW = 1 << 22


@overload
def semivalue(game: CoalitionalGame | ClassGame, weights: ArrayLike) -> FloatArray: ...


@overload
def semivalue(
    game: OnDemandGame,
    weights: ArrayLike,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> Estimate: ...


@validated
def semivalue(
    game: AnyGame,
    weights: ArrayLike,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> FloatArray | Estimate:
    """Return every player's weighted sum of marginal contributions.

    ``phi_i = sum over S without i of weights[|S|] (v(S + i) - v(S))`` (Dubey, Neyman and Weber 1981, who also ask that
    ``sum_s C(n-1, s) weights[s] = 1``; we do not). A null player gets exactly 0, and players the game treats alike get
    values that are equal to the last bit (see `symmetric_groups`).

    Parameters
    ----------
    game
        A table, values by class, or a game on demand.
    weights
        A weight, ≥ 0, for every size 0..n-1 of the coalition that is joined, shape (n,).
    evaluations, rng, precision
        For a game on demand, as in `shapley`.

    Returns
    -------
    FloatArray or Estimate
        Shape (n,) for a table; for a `ClassGame` the value of one member of each class, shape (c,), 0 for an empty
        class; for a game on demand an `Estimate`.

    Raises
    ------
    ValueError
        The weights have the wrong shape, are negative or not finite, or so large that the values cannot be.
    TypeError
        It is no game.

    Examples
    --------
    >>> glove = CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])
    >>> semivalue(glove, [0, 0, 1]).tolist()  # only the last to come counts
    [0.0, 0.0, 1.0]
    """
    _check_game(game)
    each = checked(weights, "weights, one for each size 0..n-1,", shape=(game.n,), low=0)
    if not game.n:
        return np.zeros(len(grid(game).shape)) if not isinstance(game, OnDemandGame) else np.zeros(0)
    with np.errstate(divide="ignore", over="ignore"):
        emphasis = game.n * np.exp((_log_binomials(game.n - 1) + np.log(each)).astype(np.float64))
    if not np.isfinite(emphasis).all():
        raise ValueError(f"weights up to {each.max()} are too large for {game.n} players: the values would overflow")
    return _valued(game, emphasis, evaluations, rng, precision)


@overload
def shapley(game: CoalitionalGame | ClassGame) -> FloatArray: ...


@overload
def shapley(
    game: OnDemandGame, *, evaluations: int | None = None, rng: np.random.Generator | None = None, precision: float | None = None
) -> Estimate: ...


@overload
def shapley(
    game: AnyGame, *, evaluations: int | None = None, rng: np.random.Generator | None = None, precision: float | None = None
) -> FloatArray | Estimate: ...


@validated
def shapley(
    game: AnyGame,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> FloatArray | Estimate:
    """Return the Shapley value: what a player adds on average when the players arrive in random order.

    Shapley (1953): ``phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))``. By class it is the
    formula of Kang, Pedarsani and Ramchandran, "The Fair Value of Data Under Heterogeneous Privacy Constraints", eq.
    (5) with the coalitions grouped by their counts k: ``phi_t = sum_k prod_u C(m_u, k_u) / C(n, s) v(k) (k_t / (m_t s)
    - (m_t - k_t) / (m_t (n - s)))`` with s the sum of k.

    Parameters
    ----------
    game
        A table (time 2^n), values by class (time the product of the m_t + 1), or a game on demand.
    evaluations
        For a game on demand: how many coalitions may be asked for; see `sampled_semivalue`. Default: all, n ≤ 20.
    rng
        The randomness of the sampling; needed with ``evaluations``.
    precision
        Stop before the evaluations are used up once no standard error is above this.

    Returns
    -------
    FloatArray or Estimate
        For a table shape (n,); for a `ClassGame` the value of one member of each class, shape (c,), 0 for an empty
        class; for a game on demand an `Estimate`, with standard errors 0 when it is exact. Exact values are as precise
        as `semivalue` says, and sum to v(N) up to round-off.

    Raises
    ------
    ValueError
        ``evaluations`` or ``rng`` is given for a game that needs neither, or missing for one that does, or too small.

    Examples
    --------
    >>> glove = [0, 0, 0, 0, 0, 1, 1, 1]  # players 0 and 1 own a left glove, player 2 a right one
    >>> shapley(CoalitionalGame(glove)).round(4).tolist()
    [0.1667, 0.1667, 0.6667]
    >>> shapley(ClassGame([[0, 0], [0, 1], [0, 1]])).round(4).tolist()
    [0.1667, 0.6667]
    """
    if isinstance(game, ClassGame) and evaluations is None and rng is None and max(game.sizes) == game.n > 0:
        # players who are all alike share evenly, and no worth but that of all of them is needed
        return np.where(np.array(game.sizes) > 0, game.grand / game.n, 0.0)
    _check_game(game)
    return _valued(game, np.ones(game.n), evaluations, rng, precision)


def _valued(
    game: AnyGame, emphasis: FloatArray, evaluations: int | None, rng: np.random.Generator | None, precision: float | None
) -> FloatArray | Estimate:
    """Return the semivalue whose weights are ``emphasis[s] / (n C(n-1, s))``, exact or sampled."""
    if not isinstance(game, OnDemandGame):
        if evaluations is not None or rng is not None or precision is not None:
            raise ValueError(f"evaluations and rng are for games on demand; the value of {game!r} is computed exactly")
        return _exact(game, emphasis)
    if evaluations is not None:
        if rng is None:
            raise ValueError(f"evaluations = {evaluations} needs rng, a numpy.random.Generator")
        return sampled_semivalue(game, emphasis / game.n, evaluations=evaluations, rng=rng, precision=precision)
    if game.n > MAX_TABULATED_PLAYERS:
        raise ValueError(
            f"values of {game.n} players on demand are estimated: give evaluations and rng "
            f"(without them they are exact, for at most {MAX_TABULATED_PLAYERS} players)"
        )
    return Estimate(_exact(game.table(), emphasis), np.zeros(game.n), (1 << game.n) - 1)


@overload
def banzhaf(game: CoalitionalGame | ClassGame) -> FloatArray: ...


@overload
def banzhaf(
    game: OnDemandGame,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> Estimate: ...


@validated
def banzhaf(
    game: AnyGame,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> FloatArray | Estimate:
    """Return the Banzhaf value: what a player adds on average when everybody else is in or out by the toss of a coin.

    Banzhaf (1965), Penrose (1946): the semivalue with weights 1 / 2^(n-1). Not normalised: it need not sum to v(N).

    Parameters
    ----------
    game
        A table, values by class, or a game on demand.
    evaluations, rng, precision
        For a game on demand, as in `shapley`.

    Returns
    -------
    FloatArray or Estimate
        Shape (n,); for a `ClassGame` the value of one member of each class, shape (c,); for a game on demand an `Estimate`.

    Raises
    ------
    ValueError
        A game on demand has more than 20 players and no ``evaluations``.

    Examples
    --------
    >>> banzhaf(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).tolist()
    [0.25, 0.25, 0.75]
    """
    _check_game(game)
    return _valued(game, _emphasis(_log_binomials(game.n - 1)), evaluations, rng, precision)


@overload
def beta_shapley(game: CoalitionalGame | ClassGame, alpha: float, beta: float) -> FloatArray: ...


@overload
def beta_shapley(
    game: OnDemandGame,
    alpha: float,
    beta: float,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> Estimate: ...


@validated
def beta_shapley(
    game: AnyGame,
    alpha: float,
    beta: float,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    precision: float | None = None,
) -> FloatArray | Estimate:
    """Return the Beta(alpha, beta)-Shapley value: everybody else is in with a probability drawn from Beta(beta, alpha).

    Kwon and Zou (2022), "Beta Shapley": ``weights[s] = B(s + beta, n - 1 - s + alpha) / B(alpha, beta)``. A large
    ``alpha`` stresses what a player adds to small coalitions, a large ``beta`` what it adds to large ones; alpha = beta
    = 1 is the Shapley value.

    Parameters
    ----------
    game
        A table, values by class, or a game on demand.
    alpha, beta
        Both > 0 and finite.
    evaluations, rng, precision
        For a game on demand, as in `shapley`.

    Returns
    -------
    FloatArray or Estimate
        Shape (n,); for a `ClassGame` the value of one member of each class, shape (c,); for a game on demand an `Estimate`.

    Raises
    ------
    ValueError
        A parameter is out of range, or a game on demand has more than 20 players and no ``evaluations``.

    Examples
    --------
    >>> beta_shapley(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1]), alpha=4, beta=1).round(4).tolist()
    [0.1333, 0.1333, 0.3333]
    """
    for name, value in (("alpha", alpha), ("beta", beta)):
        if not number(value, name, 0) > 0:
            raise ValueError(f"{name} must be positive, not {value}")
    _check_game(game)
    last = game.n - 1
    s = np.arange(last, dtype=np.longdouble)
    steps = (last - s) * (s + beta) / ((s + 1) * (last - 1 - s + alpha))
    emphasis = _emphasis(np.concatenate([np.zeros(1, dtype=np.longdouble), np.cumsum(np.log(steps))]))
    return _valued(game, emphasis, evaluations, rng, precision)


@validated
def robust_shapley(game: CoalitionalGame | ClassGame) -> FloatArray:
    """Return the Robust Shapley value: the Shapley value, with less weight on what is added to small coalitions.

    Han, Wooldridge, Rogers, Ohrimenko and Tschiatschek (2022), "Replication Robust Payoff Allocation in Submodular Cooperative
    Games": a coalition of fewer than ``floor((n - 1) / 2)`` others weighs no more than one of that size does. Null players get
    nothing and like players get alike; the values need not sum to v(N), and fall short of it where more never hurts.

    Parameters
    ----------
    game
        A table, or values by class.

    Returns
    -------
    FloatArray
        Shape (n,); for a `ClassGame` the value of one member of each class, shape (c,), 0 for an empty class.

    Examples
    --------
    >>> robust_shapley(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).round(4).tolist()
    [0.1667, 0.1667, 0.6667]
    >>> robust_shapley(CoalitionalGame([0, 1, 1, 1, 1, 1, 1, 1])).round(4).tolist()
    [0.1667, 0.1667, 0.1667]
    """
    _check_game(game)
    if not game.n:
        return _exact(game, np.zeros(0))
    logs, middle = _log_binomials(game.n - 1), (game.n - 1) // 2
    small = np.arange(game.n) < middle
    return _exact(game, np.where(small, np.exp((logs - logs[middle]).astype(np.float64)), 1.0))


@validated
def leave_one_out(game: AnyGame) -> FloatArray:
    """Return what everybody together would lose without each player: ``v(N) - v(N - i)``.

    Parameters
    ----------
    game
        Any coalitional game; a game on demand of any size is asked n + 1 times.

    Returns
    -------
    FloatArray
        Shape (n,); for a `ClassGame` the value of one member of each class, shape (c,), 0 for an empty class.

    Examples
    --------
    >>> leave_one_out(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).tolist()
    [0.0, 0.0, 1.0]
    """
    _check_game(game)
    if isinstance(game, OnDemandGame):
        worths = game.worths(np.vstack([np.ones((1, game.n), dtype=bool), ~np.eye(game.n, dtype=bool)]))
        lost: FloatArray = worths[0] - worths[1:]
        return lost
    if isinstance(game, CoalitionalGame):
        rest = game.values[len(game.values) - 1 - (1 << np.arange(game.n))]
    else:
        sizes = np.array(game.sizes)
        rest = game.worths(np.maximum(sizes - np.eye(len(sizes), dtype=np.int64), 0))
    return np.asarray(game.grand - rest, dtype=np.float64)


def _check_game(game: AnyGame) -> None:
    if not isinstance(game, CoalitionalGame | ClassGame | OnDemandGame):
        raise TypeError(f"a coalitional game is needed, not {brief(game)}")


def _emphasis(log_chances: NDArray[np.longdouble]) -> FloatArray:
    chances = np.exp((log_chances - log_chances.max()).astype(np.float64))
    return np.asarray(chances * (len(chances) / chances.sum()), dtype=np.float64)


def _exact(game: CoalitionalGame | ClassGame, emphasis: FloatArray) -> FloatArray:
    """Return the semivalue whose weights are ``emphasis[s] / (n C(n-1, s))``: all ones is the Shapley value."""
    if isinstance(game, ClassGame) and game.structure is not None and game.n:
        return game.structure.semivalue(np.array(game.sizes), emphasis / game.n, np.ones(game.n + 1))
    values = grid(game)
    if not game.n:
        return np.zeros(values.ndim)
    smallest_first = np.argsort(values.shape, kind="stable")
    phi = np.empty(values.ndim)
    phi[smallest_first] = _by_class(np.ascontiguousarray(values.transpose(smallest_first)), emphasis)
    if isinstance(game, CoalitionalGame):
        phi = phi[::-1].copy()
    close = ROUND_OFF * game.largest * float(emphasis.mean())
    phi[null_players(game, np.abs(phi) <= close)] = 0.0
    return _level(phi, symmetric_groups(game, _runs(phi, close)))


def _runs(phi: FloatArray, close: float) -> IntArray:
    """Label the values so that two get different labels only when a gap wider than ``close`` lies between them."""
    order = np.argsort(phi)
    labels = np.empty(len(phi), dtype=np.int64)
    labels[order] = np.concatenate([[0], np.cumsum(np.diff(phi[order]) > close)])
    return labels


def _level(phi: FloatArray, groups: IntArray) -> FloatArray:
    for first in np.flatnonzero(np.bincount(groups) > 1):
        members = groups == first
        phi[members] = phi[members].mean()
    return phi


def _by_class(values: FloatArray, emphasis: FloatArray) -> FloatArray:
    """Return one member's semivalue for each axis, up to round-off.

    With B(k) = prod_u C(m_u, k_u) / C(n, s), the chance that s random players have counts k, the definition becomes

        n phi_t = sum_k B(k) v(k) (gain[s] + n (k_t/m_t - s/n) spread[s]),
        gain[s] = emphasis[s-1] - emphasis[s],  spread[s] = emphasis[s-1]/s + emphasis[s]/(n-s).

    Given s, k_t/m_t is s/n on average, so anything that depends on s alone may be subtracted from v in the second term.
    We subtract v along a path from nobody to everybody: the terms that cancel are then small, which matters when n is
    large.
    """
    shape, n = values.shape, len(emphasis)
    sizes = np.array(shape) - 1
    s = np.arange(1, n)
    gain = np.concatenate([[0.0], emphasis]) - np.concatenate([emphasis, [0.0]])
    spread = np.concatenate([[0.0], emphasis[:-1] / s + emphasis[1:] / (n - s), [0.0]])
    path = np.take(values.ravel(), _path(shape))
    cut = _best_cut(shape)
    column_sums, row_sums, rest = _fold(values, cut, path, gain, spread)
    counted = [*_counts_along(row_sums, shape[:cut]), *_counts_along(column_sums, shape[cut:])]
    common = (gain @ path + rest) / n - sum(counted) / n
    return np.where(sizes > 0, common + np.array(counted) / np.maximum(sizes, 1), 0.0)


def _fold(
    values: FloatArray, cut: int, path: FloatArray, gain: FloatArray, spread: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Sum B(k) (v(k) - path[s]) spread[s] over the leading and over the trailing axes, and with gain[s] over all.

    The rows that hold equally many players share one vector of weights, up to a factor a row; each touches memory once.
    """
    shape = values.shape
    matrix = values.reshape(math.prod(shape[:cut]), -1)
    column_sums, row_sums, rest = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[0]), 0.0
    fold_rows = _folding(matrix.size)
    for rows, size, chance, ways in _of_tables(len(shape), cut) if set(shape) == {2} else _groups(shape, cut):
        total, weights = np.zeros(matrix.shape[1]), chance * spread[size]
        fold_rows(matrix, rows, path[size], weights, ways, row_sums, total)
        column_sums += total * weights
        rest += float(total @ (chance * gain[size]))
    return column_sums, row_sums, rest


def _groups(shape: tuple[int, ...], cut: int) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
    """Yield rows that hold equally many players, with their columns' numbers of players and B(k), up to a factor a row."""
    row_players, row_logs = _players_and_ways(shape[:cut])
    column_players, column_logs = _players_and_ways(shape[cut:])
    all_logs = _log_binomials(sum(shape) - len(shape))
    order = np.argsort(row_players, kind="stable")
    ends = np.cumsum(np.bincount(row_players))
    for players, rows in enumerate(np.split(order, ends[:-1])):
        size = players + column_players
        logs = column_logs - all_logs[size]
        highest = logs.max()
        chance = np.exp((logs - highest).astype(np.float64))
        yield rows, size, chance, np.exp((row_logs[rows] + highest).astype(np.float64))


@lru_cache(maxsize=4)
def _of_tables(n: int, cut: int) -> list[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
    """Return the groups of a table of n players, which is asked for again and again."""
    return list(_groups((2,) * n, cut))


def _folding(entries: int) -> Callable[..., None]:
    """Return what folds rows: a compiled loop for a table that is worth loading it."""
    if entries < WORTH_COMPILING:
        return _fold_rows
    from .folding_kernel import fold_rows

    return fold_rows


def _fold_rows(
    matrix: FloatArray,
    rows: IntArray,
    path: FloatArray,
    weights: FloatArray,
    ways: FloatArray,
    row_sums: FloatArray,
    total: FloatArray,
) -> None:
    step = min(max(1, BLOCK // matrix.shape[1]), len(rows))
    room = np.empty((step, matrix.shape[1]))
    for k in range(0, len(rows), step):
        some = rows[k : k + step]
        block = np.take(matrix, some, axis=0, out=room[: len(some)], mode="clip")
        block -= path
        row_sums[some] = (block @ weights) * ways[k : k + step]
        total += ways[k : k + step] @ block


@lru_cache(maxsize=16)
def _best_cut(shape: tuple[int, ...]) -> int:
    """Choose how many leading axes make the rows, by the measured seconds of a group of rows, a weight and a row."""

    def seconds(cut: int) -> tuple[bool, float]:
        rows, columns = math.prod(shape[:cut]), math.prod(shape[cut:])
        groups = sum(shape[:cut]) - cut + 1
        return columns > LONGEST_ROW, groups * (3e-5 + 3e-8 * columns) + 5e-8 * rows

    return min(range(len(shape)), key=seconds)


@lru_cache(maxsize=4)
def _path(shape: tuple[int, ...]) -> IntArray:
    """Return flat indices along a path from nobody to everybody, all classes growing alike, shape (n + 1,)."""
    sizes = np.array(shape) - 1
    strides = np.array([math.prod(shape[t + 1 :]) for t in range(len(shape))])
    due = np.concatenate([(np.arange(m) + 0.5) / max(m, 1) for m in sizes])
    steps = np.repeat(strides, sizes)[np.argsort(due, kind="stable")]
    return np.concatenate([[0], np.cumsum(steps)])


def _players_and_ways(shape: tuple[int, ...]) -> tuple[IntArray, NDArray[np.longdouble]]:
    """Return, for every vector of counts, the number of players and the log of the number of coalitions."""
    players, logs = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.longdouble)
    ways = {side: _log_binomials(side - 1) for side in set(shape)}
    for side in shape:
        players = np.add.outer(players, np.arange(side)).ravel()
        logs = np.add.outer(logs, ways[side]).ravel()
    return players, logs


def _log_binomials(m: int) -> NDArray[np.longdouble]:
    """Return log C(m, k) for k = 0..m; summed up to the middle and mirrored, so the ends are exactly 0."""
    k = np.arange(1, m // 2 + 1, dtype=np.longdouble)
    half = np.concatenate([np.zeros(1, dtype=np.longdouble), np.cumsum(np.log((m + 1 - k) / k))])
    return np.concatenate([half, half[::-1][1 - m % 2 :]])


def _counts_along(sums: FloatArray, shape: tuple[int, ...]) -> list[Any]:
    """Return ``sum_k k_t sums[k]`` for every axis t."""
    if set(shape) == {2} and len(shape) >= MANY_AXES:
        return list(sums @ _members(len(shape)))
    counted = []
    for side in shape:
        lines = sums.reshape(side, -1)
        counted.append(np.arange(side) @ lines.sum(axis=1))
        sums = lines.sum(axis=0)
    return counted


@lru_cache(maxsize=8)
def _members(n: int) -> FloatArray:
    """Return which of n players each row of a table holds, shape (2^n, n), the first player for the highest bit."""
    return ((np.arange(1 << n)[:, None] >> np.arange(n)[::-1]) & 1).astype(np.float64)
