"""The core, with what proves it empty, and the least core, which leaves the least to complain of."""

import math
from dataclasses import dataclass

import numpy as np

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray, IntArray, number, whole
from ..coalitions.games import MAX_TABULATED_PLAYERS, AnyGame, ClassGame, CoalitionalGame, OnDemandGame, about
from .symmetry import grid, symmetric_groups

MAX_CORE_PLAYERS = 20
MAX_CORE_COUNTS = 1 << MAX_CORE_PLAYERS
ADDED_AT_ONCE, HEARD_AT_ONCE = 64, 1 << 12
MOST_COALITIONS = 1 << 14
TOLERANCE = ROUND_OFF
PIVOTS_A_PLAYER = 100
ENTRIES_AT_ONCE = 1 << 22


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
    violated, confidence
        Of a game on demand, of which only some coalitions were heard: at most this share of all proper coalitions is paid less
        than that, with this confidence. 0 and 1 where all were heard.
    """

    payoffs: FloatArray
    excess: float
    violated: float = 0.0
    confidence: float = 1.0


@validated
def least_core(
    game: AnyGame,
    *,
    evaluations: int | None = None,
    rng: np.random.Generator | None = None,
    confidence: float = 0.95,
) -> LeastCore:
    """Return payoffs that share out v(N) and leave the most aggrieved coalition with the least to complain of.

    They minimise the largest excess ``v(S) - x(S)`` over the proper non-empty coalitions, with x(N) = v(N): Maschler, Peleg and
    Shapley (1979). A linear programme (the simplex method on balanced coalitions; HiGHS, by scipy, should it not get on) over all
    coalitions where they are few, else over those that turn out to complain most. Which of several solutions is returned is not
    specified, except that players whom the game treats alike (`symmetric_groups`) get the same.

    Of a game on demand random coalitions are heard, drawn evenly from all, beside single players and all but one (Yan and
    Procaccia 2021, "If You Like Shapley Then You'll Love the Core"). With N draws and n players a share δ or more of the others
    complains more with a chance of at most P(Bin(N, δ) < n), whatever the game (Campi and Garatti 2008, "The Exact Feasibility
    of Randomized Solutions of Uncertain Convex Programs").

    Parameters
    ----------
    game
        A table of at most 20 players, values by class with at most 2^20 vectors of counts, or a game on demand.
    evaluations, rng
        For a game on demand: how many coalitions may be asked for, at least 3 n + 1. Default: all, n ≤ 20.
    confidence
        Of what is said of coalitions that were not heard, in (0, 1).

    Returns
    -------
    LeastCore
        The excess is negative when the core has room to spare, and 0 of one player or nobody: there is no proper coalition.

    Raises
    ------
    ValueError
        The game is too large, or ``evaluations`` too few.
    RuntimeError
        The solver gave up.

    Examples
    --------
    >>> majority = CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1])  # two of three players win
    >>> least_core(majority).payoffs.round(4).tolist(), round(least_core(majority).excess, 4)
    ([0.3333, 0.3333, 0.3333], 0.3333)
    """
    if not isinstance(game, OnDemandGame):
        if evaluations is not None or rng is not None:
            raise ValueError(f"evaluations and rng are for games on demand; the least core of {game!r} is computed exactly")
        return _of_grid(game)
    if evaluations is not None:
        return _of_sample(game, evaluations, rng, confidence)
    whole(game.n, "without evaluations the number of players", 1, MAX_TABULATED_PLAYERS)
    return _of_grid(game.table())


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


def _of_grid(game: CoalitionalGame | ClassGame) -> LeastCore:
    """Return the least core of all coalitions."""
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


def _solved(values: FloatArray) -> FloatArray:
    """Return a member's payoff for each axis, by cutting planes."""
    last, payoffs = values.size - 1, np.zeros(values.ndim)
    sizes = np.array(values.shape) - 1
    filled = np.flatnonzero(sizes)
    single = np.array([math.prod(values.shape[t + 1 :]) for t in filled])
    heard = np.arange(1, last) if last < HEARD_AT_ONCE else np.unique(np.concatenate([single, last - single]))
    basis = np.searchsorted(heard, single)
    while True:
        counts = np.column_stack(np.unravel_index(heard, values.shape))[:, filled]
        columns = np.column_stack([counts, np.ones(len(heard))])
        basis, payoffs[filled], excess = _programme(columns, values.ravel()[heard], basis, sizes[filled], values.flat[-1])
        if len(heard) == last - 1:  # there is nobody else to hear
            return payoffs
        excesses = _excesses(values, payoffs)
        loudest = np.argpartition(excesses, -min(ADDED_AT_ONCE, len(excesses)))[-ADDED_AT_ONCE:]
        more = np.setdiff1d(loudest[excesses[loudest] > excess + ROUND_OFF], heard)
        if not len(more):
            return payoffs
        heard = np.concatenate([heard, more])


def _programme(
    columns: FloatArray, worths: FloatArray, basis: IntArray, sizes: IntArray, grand: float
) -> tuple[IntArray, FloatArray, float]:
    """Return payoffs that minimise the largest excess of the coalitions heard, and that excess, from a basis to start with.

    The dual programme seeks weights ≥ 0 of coalitions, 1 together, that cover all players alike and are worth most. A basis is a
    coalition for each player, and everybody, with weights that do so; ``columns`` are the coalitions' members and a 1.
    """
    basis, everybody = basis.copy(), np.append(sizes, 0.0)
    inverse = np.linalg.inv(np.column_stack([columns[basis].T, everybody]))
    for _ in range(PIVOTS_A_PLAYER * len(everybody)):
        prices = np.append(worths[basis], grand) @ inverse
        lacking = worths - columns @ prices
        enter = int(lacking.argmax())
        if lacking[enter] <= ROUND_OFF:
            return basis, prices[:-1], float(prices[-1])
        direction = inverse @ columns[enter]
        shrinking = np.flatnonzero(direction[:-1] > TOLERANCE)
        if not len(shrinking):
            break
        ratios = np.maximum(inverse[shrinking, -1], 0.0) / direction[shrinking]
        tied = shrinking[ratios <= ratios.min() + ROUND_OFF]
        leave = int(tied[direction[tied].argmax()])
        row = inverse[leave] / direction[leave]
        inverse -= np.outer(direction, row)
        inverse[leave], basis[leave] = row, enter
    payoffs, excess = _by_highs(columns, worths, sizes, grand)
    return basis, payoffs, excess


def _by_highs(columns: FloatArray, worths: FloatArray, sizes: IntArray, grand: float) -> tuple[FloatArray, float]:
    """Return the same from scipy's solver, which has ways out of cycles."""
    from scipy.optimize import linprog

    answer = linprog(
        np.append(np.zeros(len(sizes)), 1.0),
        A_ub=-columns,
        b_ub=-worths,
        A_eq=np.append(sizes, 0.0)[None],
        b_eq=[grand],
        bounds=[(None, None)] * (len(sizes) + 1),
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if answer.status != 0 or answer.x is None:
        raise RuntimeError(f"the least core was not found: {answer.message}")
    return answer.x[:-1], float(answer.x[-1])


def _of_sample(game: OnDemandGame, evaluations: int, rng: np.random.Generator | None, confidence: float) -> LeastCore:
    """Return payoffs that leave the coalitions heard the least to complain of, and how many others may complain more."""
    from scipy.special import betaincinv

    n = game.n
    if rng is None:
        raise ValueError(f"evaluations = {evaluations} needs rng, a numpy.random.Generator")
    whole(evaluations, "evaluations", 3 * n + 1)
    if not 0 < number(confidence, "confidence", 0, 1) < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if n == 1:
        return LeastCore(np.array([game.grand]), 0.0)
    draws = evaluations - 2 * n - 1
    drawn = rng.random((draws, n)) < 0.5
    while len(bad := np.flatnonzero(drawn.all(axis=1) | ~drawn.any(axis=1))):
        drawn[bad] = rng.random((len(bad), n)) < 0.5
    heard = np.concatenate([np.eye(n, dtype=bool), ~np.eye(n, dtype=bool), drawn])
    step = max(1, ENTRIES_AT_ONCE // n)
    worths = np.concatenate([game.worths(heard[k : k + step]) for k in range(0, len(heard), step)])
    scale = max(float(np.abs(worths).max()), abs(game.grand)) or 1.0
    columns = np.column_stack([heard, np.ones(len(heard))])
    _, payoffs, excess = _programme(columns, worths / scale, np.arange(n), np.ones(n, dtype=np.int64), game.grand / scale)
    return LeastCore(payoffs * scale, excess * scale, float(betaincinv(n, draws - n + 1, confidence)), confidence)


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
