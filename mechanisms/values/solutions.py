"""Solutions that are no semivalues: nucleolus, τ-value, values with unions or a graph."""

import itertools
import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray
from ..coalitions.games import ClassGame, CoalitionalGame
from ..coalitions.structures import Additive, Pairwise, Structure
from .cores import MOST_COALITIONS, TOLERANCE, small_grid
from .semivalues import leave_one_out, shapley
from .symmetry import grid

MOST_UNIONS, MOST_IN_UNION = 16, 1 << 10


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
    values, sizes = small_grid(game), np.array(grid(game).shape) - 1
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
        The game is not quasi-balanced: somebody could ask for more than at most, or all for too much or too little together; or
        it is too large, see `has_tau_value`.

    Examples
    --------
    >>> tau_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 0, 2])).round(4).tolist()
    [1.0, 0.5, 0.5]
    """
    claims = _claims(game)
    if claims is None:
        raise ValueError("the tau value needs a quasi-balanced game: claims at least and at most must enclose the worth of all")
    least, slack, part = claims
    return least + part * slack


@validated
def has_tau_value(game: CoalitionalGame | ClassGame) -> bool:
    """Return whether a game is quasi-balanced, so that it has a tau value.

    Where all at most ask for less than there is, or somebody for less than it is worth alone, it has none, however many players
    there are.

    Raises
    ------
    ValueError
        That does not decide it, there are more than 16384 coalitions, and the game is not known to be one of pairs who only gain
        by each other.

    Examples
    --------
    >>> has_tau_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]))  # nobody is needed by all others
    False
    """
    return _claims(game) is not None


def _claims(game: CoalitionalGame | ClassGame) -> tuple[FloatArray, FloatArray, float] | None:
    """Return what members can at least claim, how much more at most, and which part of that there is; None if not balanced.

    It is known without a look at coalitions where all at most ask for less than there is, or somebody for less than it is worth
    alone.
    """
    most, alone, sizes = _at_ends(game)
    room = _room(game, alone)
    if float(most @ sizes) < game.grand - room or (most < alone - room).any():
        return None
    least = _least(game, most, alone, sizes)
    slack = most - least
    spread, lacking = float(slack @ sizes), game.grand - float(least @ sizes)
    if not ((slack >= -room).all() and -room <= lacking <= spread + room):
        return None
    return least, slack, lacking / spread if spread > room else 0.0


def _room(game: CoalitionalGame | ClassGame, alone: FloatArray) -> float:
    """Return what is round-off: relative to the largest worth, or to what is known of it where coalitions are too many."""
    few = isinstance(game, CoalitionalGame) or math.prod(size + 1 for size in game.sizes) <= MOST_COALITIONS
    return TOLERANCE * ((game.largest if few else max(abs(game.grand), float(np.abs(alone).max(initial=0.0)))) or 1.0)


def _at_ends(game: CoalitionalGame | ClassGame) -> tuple[FloatArray, FloatArray, IntArray]:
    """Return what everybody would lose without a member of each class, what one is worth alone, and how many there are."""
    by_class = _classes(game)
    sizes, most = np.array(by_class.sizes), leave_one_out(game)
    alone = np.zeros(len(sizes))
    alone[sizes > 0] = by_class.worths(np.eye(len(sizes), dtype=np.int64)[sizes > 0])
    return np.where(sizes > 0, most, 0.0), alone, sizes


def _least(game: CoalitionalGame | ClassGame, most: FloatArray, alone: FloatArray, sizes: IntArray) -> FloatArray:
    """Return what members can at least claim, by class: what is left in the best coalition whose others get the most they ask."""
    structure = game.structure if isinstance(game, ClassGame) else None
    if isinstance(structure, Additive) or (isinstance(structure, Pairwise) and structure.pairs.min(initial=0.0) >= 0):
        return alone  # in a convex game nobody has more by paying others what all would lose without them
    values = small_grid(game)
    by_axis = most if isinstance(game, ClassGame) else most[::-1]
    counts = np.indices(values.shape).reshape(len(sizes), -1)
    left = values.ravel() - by_axis @ counts
    least = np.array([left[row > 0].max() + by_axis[t] if row.any() else 0.0 for t, row in enumerate(counts)])
    return least if isinstance(game, ClassGame) else least[::-1]


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
        most 16 unions, or any number where the game's structure is known and a union has at most 1024 coalitions.

    Raises
    ------
    ValueError
        A union names nobody that there is, or somebody twice; or there are too many, or they are too large.

    Examples
    --------
    Two of three win; who stand together share all there is.

    >>> owen_value(CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1]), [[0, 1]]).round(4).tolist()
    [0.5, 0.5, 0.0]
    """
    by_class = _classes(game)
    groups = _partition(unions, len(by_class.sizes))
    if (structured := _owen_by_structure(by_class, groups)) is not None:
        return structured
    if len(groups) > MOST_UNIONS:
        raise ValueError(f"{len(groups)} unions are too many: at most {MOST_UNIONS}")
    found = np.zeros(len(by_class.sizes))
    whole = np.array([[size if k in group else 0 for k, size in enumerate(by_class.sizes)] for group in groups], dtype=np.int64)
    met = np.arange(1 << len(groups))[:, None] >> np.arange(len(groups)) & 1
    together = shapley(CoalitionalGame(by_class.worths(met @ whole)))
    for own, group in enumerate(groups):
        if len(group) == 1:  # members of one class share alike what they get together
            found[group] = together[own] / max(1, by_class.sizes[group[0]])
        else:
            others = [each for k, each in enumerate(groups) if k != own]
            found[group] = shapley(ClassGame(_within_union(by_class, group, others)))
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
    c, sizes = len(by_class.sizes), np.array(by_class.sizes)
    near = np.eye(c, dtype=bool)
    for link in links:
        pair = [int(end) for end in link]
        if len(pair) != 2 or not all(0 <= end < c for end in pair) or pair[0] == pair[1]:
            raise ValueError(f"links = {list(link)}: a link joins two of 0..{c - 1}")
        near[pair[0], pair[1]] = near[pair[1], pair[0]] = True
    found = np.zeros(c)
    for part in _connected(sizes > 0, near):
        found[part] = _in_part(by_class, np.flatnonzero(part), near)
    return found


def _in_part(game: ClassGame, part: IntArray, near: BoolArray) -> FloatArray:
    """Return Myerson values of the classes in a connected part, of which those of other parts are independent."""
    sizes = np.array(game.sizes)
    links = near[np.ix_(part, part)]
    if links.all() and game.structure is not None:
        return shapley(ClassGame.structured(np.where(np.isin(np.arange(len(sizes)), part), sizes, 0), game.structure))[part]

    def worths(counts: IntArray) -> FloatArray:
        everyone = np.zeros((len(counts), len(sizes)), dtype=np.int64)
        everyone[:, part] = counts
        return game.worths(everyone)

    alone = ClassGame.lazy(sizes[part], worths)
    if links.all():
        return shapley(alone)
    values = small_grid(alone)
    counts = np.indices(values.shape).reshape(len(part), -1).T
    patterns, which = np.unique(counts > 0, axis=0, return_inverse=True)
    joined = np.zeros(len(counts))
    for k, pattern in enumerate(patterns):
        rows = np.flatnonzero(which.ravel() == k)
        for connected in _connected(pattern, links):
            joined[rows] += values[tuple((counts[rows] * connected).T)]
    return shapley(ClassGame(joined.reshape(values.shape)))


def _owen_by_structure(game: ClassGame, groups: list[list[int]]) -> FloatArray | None:
    """Return Owen values where the structure of the game between unions is known; None where it is not."""
    sizes, found = np.array(game.sizes), np.zeros(len(game.sizes))
    groups = [kept for group in groups if (kept := [k for k in group if sizes[k]])]
    if game.structure is None or not groups:
        return None
    labels = np.full(len(sizes), -1)
    for index, group in enumerate(groups):
        labels[group] = index
    between = game.structure.merged(labels, sizes)
    if between is None:
        return None
    totals = shapley(ClassGame.structured([1] * len(groups), between))
    for index, group in enumerate(groups):
        if len(group) == 1:
            found[group] = totals[index] / sizes[group]
            continue
        shape = tuple(int(sizes[k]) + 1 for k in group)
        if math.prod(shape) > MOST_IN_UNION:
            raise ValueError(
                f"a union of {sizes[group].sum()} has {math.prod(shape)} coalitions, too many: at most {MOST_IN_UNION}"
            )
        worths = [0.0, *(_of_part(game.structure, labels, sizes, group, part) for part in list(np.ndindex(shape))[1:])]
        found[group] = shapley(ClassGame(np.reshape(worths, shape)))
    return found


def _of_part(structure: Structure, labels: IntArray, sizes: IntArray, group: list[int], part: tuple[int, ...]) -> float:
    """Return what a part of a union is worth between the others: its Shapley value if it came in the union's place."""
    come, own = sizes.copy(), int(labels[group[0]])
    come[group] = part
    between = structure.merged(np.where(come > 0, labels, -1), come)
    return float(shapley(ClassGame.structured([1] * int(labels.max() + 1), cast(Structure, between)))[own])


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
