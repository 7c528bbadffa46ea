"""The core, with what proves it empty, and the least core, which leaves the least to complain of."""

import math
from dataclasses import dataclass

import numpy as np

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ..coalitions.games import ClassGame, CoalitionalGame, about
from .symmetry import grid, symmetric_groups

MAX_CORE_PLAYERS = 20
MAX_CORE_COUNTS = 1 << MAX_CORE_PLAYERS
ADDED_AT_ONCE = 64
MOST_COALITIONS = 1 << 14
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class LeastCore:
    """Payoffs in the least core.

    Attributes
    ----------
    payoffs
        Shape (n,) for a table; for a `ClassGame` what one member of each class gets, shape (c,), 0 for an empty class.
    excess
        The smallest e such that no proper coalition is paid less than its worth minus e. The core is empty when it is
        positive.
    """

    payoffs: FloatArray
    excess: float


@validated
def least_core(game: CoalitionalGame | ClassGame) -> LeastCore:
    """Return payoffs that share out v(N) and leave the most aggrieved coalition with the least to complain of.

    They minimise the largest excess ``v(S) - x(S)`` over the proper non-empty coalitions, with x(N) = v(N): Maschler,
    Peleg and Shapley (1979). A linear programme (HiGHS, by scipy) over the coalitions that turn out to matter: those
    that complain most under the payoffs found so far are added until none complains more than the programme says. When
    several payoffs are in the least core, which of them is returned is not specified, except that players whom the game
    treats alike (`symmetric_groups`) get the same.

    Parameters
    ----------
    game
        A table of at most 20 players, or values by class with at most 2^20 vectors of counts.

    Returns
    -------
    LeastCore
        The payoffs and the excess, which is negative when the core has room to spare. One player alone gets v(N) with
        excess 0, and so does nobody: there is no proper coalition to complain.

    Raises
    ------
    ValueError
        The game is too large.
    RuntimeError
        The solver gave up.

    Examples
    --------
    >>> majority = CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1])  # two of three players win
    >>> least_core(majority).payoffs.round(4).tolist(), round(least_core(majority).excess, 4)
    ([0.3333, 0.3333, 0.3333], 0.3333)
    """
    values = grid(game)
    if values.size > MAX_CORE_COUNTS:
        size = f"{game.n} players" if isinstance(game, CoalitionalGame) else f"{values.size} vectors of counts"
        allowed = f"{MAX_CORE_PLAYERS} players or {MAX_CORE_COUNTS} vectors of counts"
        raise ValueError(f"the least core is computed for at most {allowed}, not {size}")
    sizes = np.array(values.shape) - 1
    if game.n <= 1:
        return LeastCore(sizes * game.grand, 0.0)
    groups = symmetric_groups(game)
    if isinstance(game, CoalitionalGame):
        groups = groups[::-1]
    scale = float(np.abs(values).max()) or 1.0
    payoffs = _shared(_solved(values / scale), sizes, groups)
    payoffs += (game.grand / scale - payoffs @ sizes) / game.n * (sizes > 0)
    excess = float(_excesses(values / scale, payoffs).max())
    if isinstance(game, CoalitionalGame):
        payoffs = payoffs[::-1]
    return LeastCore(payoffs * scale, excess * scale)


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

    values, sizes = small_grid(game), np.array(grid(game).shape) - 1
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


def small_grid(game: CoalitionalGame | ClassGame) -> FloatArray:
    """Return what coalitions are worth by counts, where they are few enough to look at each.

    Raises
    ------
    ValueError
        There are more than 16384.
    """
    coalitions = math.prod(size + 1 for size in game.sizes) if isinstance(game, ClassGame) else game.values.size
    if coalitions > MOST_COALITIONS:
        raise ValueError(
            f"{about(coalitions)} coalitions of {game.n} players are too many for this value: at most {MOST_COALITIONS}"
        )
    return grid(game)


def _solved(values: FloatArray) -> FloatArray:
    """Return a member's payoff for each axis, by cutting planes."""
    last = values.size - 1
    single = np.array([math.prod(values.shape[t + 1 :]) for t in range(values.ndim) if values.shape[t] > 1])
    heard = np.unique(np.concatenate([single, last - single]))
    while True:
        payoffs, excess = _programme(values, heard)
        excesses = _excesses(values, payoffs)
        loudest = np.argpartition(excesses, -min(ADDED_AT_ONCE, len(excesses)))[-ADDED_AT_ONCE:]
        more = np.setdiff1d(loudest[excesses[loudest] > excess + ROUND_OFF], heard)
        if not len(more):
            return payoffs
        heard = np.concatenate([heard, more])


def _programme(values: FloatArray, heard: IntArray) -> tuple[FloatArray, float]:
    """Return the payoffs that minimise the largest excess of these coalitions, given by flat index, and that excess."""
    from scipy.optimize import linprog

    sizes = np.array(values.shape) - 1
    counts = np.column_stack(np.unravel_index(heard, values.shape))
    answer = linprog(
        np.append(np.zeros(values.ndim), 1.0),
        A_ub=-np.column_stack([counts, np.ones(len(counts))]),
        b_ub=-values.ravel()[heard],
        A_eq=np.append(sizes, 0.0)[None],
        b_eq=values.ravel()[-1:],
        bounds=[(None, None) if m else (0, 0) for m in sizes] + [(None, None)],
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status != 0 or answer.x is None:
        raise RuntimeError(f"the least core was not found: {answer.message}")
    return answer.x[:-1], float(answer.x[-1])


def _excesses(values: FloatArray, payoffs: FloatArray) -> FloatArray:
    """Return what every coalition lacks, by flat index; -inf for nobody and everybody."""
    paid = np.zeros(1)
    for side, payoff in zip(values.shape, payoffs, strict=True):
        paid = np.add.outer(paid, np.arange(side) * payoff).ravel()
    lacking: FloatArray = values.ravel() - paid
    lacking[[0, -1]] = -np.inf
    return lacking


def _shared(payoffs: FloatArray, sizes: IntArray, groups: IntArray) -> FloatArray:
    """Give everybody in a group the group's mean: the least core is convex and as symmetric as the game."""
    shared = payoffs.copy()
    for first in np.unique(groups):
        members = groups == first
        if members.sum() > 1:
            shared[members] = np.average(payoffs[members], weights=sizes[members])
    return shared
