"""Solutions that are no semivalues: nucleolus, τ-value, values with unions or a graph, and whether the core is empty."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray
from ..coalitions.games import ClassGame, CoalitionalGame
from .least_core import least_core
from .semivalues import leave_one_out, shapley
from .symmetry import grid

MOST_COALITIONS = 1 << 14
MOST_UNIONS = 16
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class CoreCertificate:
    """Whether the core is empty, and what proves it.

    Attributes
    ----------
    empty
        Whether no payoffs give every coalition what it is worth.
    payoffs
        Payoffs in the core, shape (n,), or (c,) by class; None where it is empty.
    coalitions, weights
        Where it is empty, coalitions as counts, shape (k, n) or (k, c), and weights > 0, shape (k,), under which every player's
        coalitions weigh 1 together and are worth more than everybody together (Bondareva 1963; Shapley 1967); else of length 0.
    excess
        The smallest e such that no proper coalition is paid less than its worth minus e.
    """

    empty: bool
    payoffs: FloatArray | None
    coalitions: IntArray
    weights: FloatArray
    excess: float


@validated
def core(game: CoalitionalGame | ClassGame) -> CoreCertificate:
    """Return payoffs in the core, or balanced coalitions that prove it empty.

    Raises
    ------
    ValueError
        There are more than 16384 coalitions, or vectors of counts.

    Examples
    --------
    Two of three players win: each pair weighs a half, and 1.5 is more than 1.

    >>> majority = core(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]))
    >>> majority.empty, majority.weights.round(6).tolist()
    (True, [0.5, 0.5, 0.5])
    >>> core(CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])).payoffs.round(6).tolist()  # one of two left gloves is not needed
    [0.0, 0.0, 1.0]
    """
    from scipy.optimize import linprog

    values, sizes = _small(game), np.array(grid(game).shape) - 1
    solution = least_core(game)
    scale = game.largest or 1.0
    none = np.zeros((0, len(sizes)), dtype=np.int64)
    if game.n <= 1 or solution.excess <= TOLERANCE * scale:
        return CoreCertificate(False, solution.payoffs, none, np.zeros(0), solution.excess)
    counts = np.indices(values.shape).reshape(len(sizes), -1).T[1:-1]
    members = counts / np.maximum(sizes, 1)
    answer = linprog(-values.ravel()[1:-1], A_eq=members.T[sizes > 0], b_eq=np.ones(int((sizes > 0).sum())))
    if answer.x is None:
        raise RuntimeError(f"no balanced coalitions were found: {answer.message}")
    used = answer.x > TOLERANCE
    coalitions = counts[used] if isinstance(game, ClassGame) else counts[used][:, ::-1]
    return CoreCertificate(True, None, coalitions, np.asarray(answer.x[used]), solution.excess)


@validated
def nucleolus(game: CoalitionalGame | ClassGame) -> FloatArray:
    """Return the payoffs whose largest complaint is least, then the next largest, and so on.

    Schmeidler (1969), over all payoffs that share out v(N) (the prenucleolus; the same where a player never lowers the worth of
    others by more than it is worth itself). One linear programme (HiGHS, by scipy) after another; coalitions whose complaint
    cannot be lower are held at it (Maschler, Peleg and Shapley 1979). It lies in the core where there is one.

    Parameters
    ----------
    game
        A table of at most 14 players, or values by class with at most 16384 vectors of counts.

    Returns
    -------
    FloatArray
        Shape (n,); by class what one member of each gets, shape (c,), 0 for an empty class.

    Raises
    ------
    ValueError
        The game is too large.

    Examples
    --------
    A bankruptcy of 200 with debts of 100, 200 and 300 (Aumann and Maschler 1985, the Talmud's 50, 75, 75).

    >>> debts = np.array([100, 200, 300])
    >>> estate = CoalitionalGame.from_function(3, lambda present: max(0, 200 - debts[[i not in present for i in range(3)]].sum()))
    >>> nucleolus(estate).round(6).tolist()
    [50.0, 75.0, 75.0]
    """
    values, sizes = _small(game), np.array(grid(game).shape) - 1
    filled = sizes > 0
    if game.n <= 1 or filled.sum() == 1:
        return np.where(filled, game.grand / max(game.n, 1), 0.0)
    scale = game.largest or 1.0
    counts = np.indices(values.shape).reshape(len(sizes), -1).T[:, filled].astype(np.float64)
    worths = values.ravel() / scale
    held, amounts, open_ = [counts[-1]], [worths[-1]], np.ones(len(counts), dtype=bool)
    open_[[0, -1]] = False
    payoffs = np.zeros(filled.sum())
    while np.linalg.matrix_rank(np.array(held)) < len(payoffs):
        payoffs, tight = _least_complaint(counts[open_], worths[open_], np.array(held), np.array(amounts))
        for index in np.flatnonzero(open_)[tight]:
            held.append(counts[index])
            amounts.append(float(counts[index] @ payoffs))
        kept = _independent(np.array(held))
        held, amounts = [held[k] for k in kept], [amounts[k] for k in kept]
        basis = np.array(held)
        rest = counts[open_] - counts[open_] @ np.linalg.pinv(basis) @ basis
        open_[np.flatnonzero(open_)[np.abs(rest).max(axis=1) < TOLERANCE]] = False
    result = np.zeros(len(sizes))
    result[filled] = np.linalg.solve(np.array(held), np.array(amounts)) * scale
    return result if isinstance(game, ClassGame) else result[::-1].copy()


@validated
def tau_value(game: CoalitionalGame | ClassGame) -> FloatArray:
    """Return the efficient payoffs between what players can at least and at most ask for (Tijs 1981).

    At most what everybody would lose without a player, M; at least what is left for it in some coalition whose others get that
    much, m. The value is on the line from m to M.

    Raises
    ------
    ValueError
        The game is not quasi-balanced: somebody could ask for more than at most, or all for too much or too little together.

    Examples
    --------
    >>> tau_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 0, 2])).round(4).tolist()
    [1.0, 0.5, 0.5]
    """
    least, slack, sizes = _claims(game)
    spread, lacking = float(slack @ sizes), game.grand - float(least @ sizes)
    room = TOLERANCE * (game.largest or 1.0)
    if not _quasi_balanced(slack, spread, lacking, room):
        raise ValueError("the tau value needs a quasi-balanced game: claims at least and at most must enclose the worth of all")
    payoffs = least + (lacking / spread if spread > room else 0.0) * slack
    return payoffs if isinstance(game, ClassGame) else payoffs[::-1].copy()


@validated
def has_tau_value(game: CoalitionalGame | ClassGame) -> bool:
    """Return whether a game is quasi-balanced, so that it has a tau value.

    Examples
    --------
    >>> has_tau_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]))  # nobody is needed by all others
    False
    """
    least, slack, sizes = _claims(game)
    return _quasi_balanced(slack, float(slack @ sizes), game.grand - float(least @ sizes), TOLERANCE * (game.largest or 1.0))


def _quasi_balanced(slack: FloatArray, spread: float, lacking: float, room: float) -> bool:
    return bool((slack >= -room).all() and -room <= lacking <= spread + room)


def _claims(game: CoalitionalGame | ClassGame) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return what members can at least claim, how much more at most, and their numbers, by axis of the grid."""
    most = leave_one_out(game)
    by_axis = most if isinstance(game, ClassGame) else most[::-1]
    values, sizes = _small(game), np.array(grid(game).shape) - 1
    counts = np.indices(values.shape).reshape(len(sizes), -1)
    left = values.ravel() - by_axis @ counts
    least = np.array([left[row > 0].max() + by_axis[t] if sizes[t] else 0.0 for t, row in enumerate(counts)])
    return least, by_axis - least, sizes


@validated
def owen_value(game: CoalitionalGame | ClassGame, unions: Sequence[Sequence[int]]) -> FloatArray:
    """Return the Shapley value between unions, and within each of them (Owen 1977).

    Players arrive in random order, but those of a union one right after another.

    Parameters
    ----------
    game
        A table, or values by class.
    unions
        Players, or classes, who act together; whoever is in none is one alone, and members of one class are always together. At
        most 16 unions.

    Raises
    ------
    ValueError
        A union names nobody that there is, or somebody twice; or there are too many.

    Examples
    --------
    Two of three win; who stand together share all there is.

    >>> owen_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]), [[0, 1]]).round(4).tolist()
    [0.5, 0.5, 0.0]
    """
    by_class = _classes(game)
    groups = _partition(unions, len(by_class.sizes))
    if len(groups) > MOST_UNIONS:
        raise ValueError(f"{len(groups)} unions are too many: at most {MOST_UNIONS}")
    found = np.zeros(len(by_class.sizes))
    for own in range(len(groups)):
        others = [group for k, group in enumerate(groups) if k != own]
        found[groups[own]] = shapley(ClassGame(_within_union(by_class, groups[own], others)))
    return found


@validated
def myerson_value(game: CoalitionalGame | ClassGame, links: Sequence[Sequence[int]]) -> FloatArray:
    """Return the Shapley value where only who is connected can work together (Myerson 1977).

    A coalition is worth the sum of what its connected parts are worth.

    Parameters
    ----------
    game
        A table, or values by class.
    links
        Pairs of players, or of classes, who may work together. Members of one class always may.

    Raises
    ------
    ValueError
        A link does not join two that there are, or there are too many coalitions.

    Examples
    --------
    Two of three win, but the first and the last cannot meet without the second.

    >>> myerson_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]), [(0, 1), (1, 2)]).round(4).tolist()
    [0.1667, 0.6667, 0.1667]
    """
    by_class = _classes(game)
    c = len(by_class.sizes)
    near = np.eye(c, dtype=bool)
    for link in links:
        pair = [int(end) for end in link]
        if len(pair) != 2 or not all(0 <= end < c for end in pair) or pair[0] == pair[1]:
            raise ValueError(f"links = {list(link)}: a link joins two of 0..{c - 1}")
        near[pair[0], pair[1]] = near[pair[1], pair[0]] = True
    values = _small(by_class)
    counts = np.indices(values.shape).reshape(c, -1).T
    patterns, which = np.unique(counts > 0, axis=0, return_inverse=True)
    worths = np.zeros(len(counts))
    for k, pattern in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == k)
        for part in _connected(pattern, near):
            worths[rows] += values[tuple((counts[rows] * part).T)]
    return shapley(ClassGame(worths.reshape(values.shape)))


def _small(game: CoalitionalGame | ClassGame) -> FloatArray:
    values = grid(game)
    if values.size > MOST_COALITIONS:
        raise ValueError(f"{values.size} coalitions are too many for this value: at most {MOST_COALITIONS}")
    return values


def _classes(game: CoalitionalGame | ClassGame) -> ClassGame:
    return game if isinstance(game, ClassGame) else ClassGame(grid(game).transpose())


def _least_complaint(
    counts: FloatArray, worths: FloatArray, held: FloatArray, amounts: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return payoffs that minimise the largest complaint of these coalitions, and which cannot complain less."""
    from scipy.optimize import linprog

    n = counts.shape[1]
    answer = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=-np.column_stack([counts, np.ones(len(counts))]),
        b_ub=-worths,
        A_eq=np.column_stack([held, np.zeros(len(held))]),
        b_eq=amounts,
        bounds=[(None, None)] * (n + 1),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.x is None:
        raise RuntimeError(f"the nucleolus was not found: {answer.message}")
    # a coalition with a price above 0 complains as much under all best payoffs
    return np.asarray(answer.x[:-1], dtype=np.float64), np.flatnonzero(-answer.ineqlin.marginals > TOLERANCE)


def _independent(rows: FloatArray) -> list[int]:
    """Return the first rows that none before them make up."""
    kept: list[int] = []
    basis = np.zeros((0, rows.shape[1]))
    for k, row in enumerate(rows):
        rest = row - (row @ basis.T) @ basis
        rest -= (rest @ basis.T) @ basis
        length = float(np.linalg.norm(rest))
        if length > TOLERANCE * max(1.0, float(np.linalg.norm(row))):
            basis = np.vstack([basis, rest / length])
            kept.append(k)
    return kept


def _partition(unions: Sequence[Sequence[int]], n: int) -> list[list[int]]:
    named = [int(member) for union in unions for member in union]
    if len(set(named)) < len(named) or not all(0 <= member < n for member in named):
        raise ValueError(f"unions = {[list(union) for union in unions]}: each of 0..{n - 1} at most once, and nobody else")
    return [*([int(k) for k in union] for union in unions if len(union)), *([k] for k in range(n) if k not in named)]


def _within_union(game: ClassGame, union: list[int], others: list[list[int]]) -> FloatArray:
    """Return what parts of a union add on average to the unions that came before."""
    shape = tuple(game.sizes[k] + 1 for k in union)
    counts = np.zeros((math.prod(shape), len(game.sizes)), dtype=np.int64)
    total = np.zeros(len(counts))
    m = len(others) + 1
    inside = np.indices(shape).reshape(len(union), -1).T
    for before in itertools.product((False, True), repeat=len(others)):
        counts[:] = 0
        for group, came in zip(others, before, strict=True):
            counts[:, group] = [game.sizes[k] if came else 0 for k in group]
        counts[:, union] = inside
        worths = game.worths(counts)
        total += (worths - worths[0]) / (m * math.comb(m - 1, sum(before)))
    return total.reshape(shape)


def _connected(present: BoolArray, near: BoolArray) -> list[BoolArray]:
    """Return the connected parts of those present."""
    left, parts = present.copy(), list[BoolArray]()
    while left.any():
        part = np.zeros(len(left), dtype=bool)
        part[int(left.argmax())] = True
        while True:
            grown = left & near[part].any(axis=0)
            if (grown == part).all():
                break
            part = grown
        parts.append(part)
        left &= ~part
    return parts
