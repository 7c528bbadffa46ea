"""The Shapley value of a game with very many players in a few classes, by quadrature, with an error bound."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy.stats import binom

from ...arguments import validated
from ...arrays import BoolArray, FloatArray, IntArray, number, whole
from ...messages import brief
from ..coalitions.games import MAX_CELLS, ClassGame, OnDemandGame
from .sampling import sampled_semivalue
from .semivalues import shapley

TAIL = 1e-15
ROUND_OFF = 1e-13
"""Of the largest worth, times √n: part of a stated error bound, and so no larger than what sums of logarithms really lose."""
AT_ONCE = 1 << 18
MOST_TABULATED = 1 << 22
FEW_CLASSES, SAMPLED = 8, 20_000


@dataclass(frozen=True, eq=False)
class BoundedEstimate:
    """Values of the members of each class, and how far off they may be.

    Attributes
    ----------
    values
        The value of one member of each class, shape (c,), 0 for an empty class; ``numpy.asarray(estimate)`` gives them.
    error_bound
        By how much each may be off, ≥ 0, shape (c,): a bound where ``proven``, else an estimate of one.
    evaluations
        How many coalitions were asked for.
    reached
        Whether the tolerance was reached, by that bound.
    proven
        Whether every coalition that matters was asked for, so that no worths can deceive the bound.
    """

    values: FloatArray
    error_bound: FloatArray
    evaluations: int
    reached: bool
    proven: bool

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)


@validated
def approximate_shapley(game: ClassGame, tolerance: float = 1e-6, evaluations: int = 100_000_000) -> BoundedEstimate:
    """Return Shapley values of classes too large to tabulate, with a bound on their errors.

    With everybody in independently with chance q, class t adds ``d/dq_t E v(K) = E v(K) (K_t - m_t q) / (q (1 - q))``, and what
    its members receive together is the integral of that over q from 0 to 1 (Owen 1972, multilinear extensions). Here the
    integral is taken by Gauss-Legendre rules over pieces that shrink towards q = 0 and q = 1, and the expectation over a window
    of each binomial count: every integer where its standard deviation is small, evenly spaced ones beyond, as wide apart as
    its characteristic function allows.

    Parameters
    ----------
    game
        Values by class; best `ClassGame.lazy`, of which only some counts are asked.
    tolerance
        How far off what a class receives together may be, relative to the largest worth that was seen, > 0.
    evaluations
        The most coalitions to ask for.

    Returns
    -------
    BoundedEstimate
        The bound adds up, for what a class receives together: (1) the tails outside the windows, by Bernstein's inequality and
        the largest worth seen, which is rigorous if no worth outside is larger (as for monotone worths); (2) an allowance for
        round-off, 1e-13 √n; (3) the largest change of any class from the next coarser pair of rules, an upper bound on what is
        left when refinement at least halves the error, and three times that change where the tolerance was not reached;
        (4) by how much the values miss v(N), which they must sum to exactly. Up to 128 players the rules are exact, and (3) is
        0, and so they are where all coalitions are at most 2^22 and ``evaluations`` allows for them: the values then come
        from the table. Beyond, (3) is an estimate, and ``proven`` False: worths that jump between neighbouring counts (a quota)
        converge slowly, so that it is large and ``reached`` False, but worths other than 0 only between the counts that are
        asked for would deceive it.

    Raises
    ------
    ValueError
        A parameter is out of range, or even the coarsest rules ask for more coalitions than allowed.

    Examples
    --------
    A million users in three classes who hold data worth 1, 2 and 5; the worth of a coalition is its data squared, of which a
    member receives its own data times everybody's.

    >>> data = np.array([1.0, 2.0, 5.0])
    >>> game = ClassGame.lazy([500_000, 300_000, 200_000], lambda counts: (counts @ data / 1e6) ** 2)
    >>> estimate = approximate_shapley(game)
    >>> (estimate.values * 1e6).round(6).tolist(), estimate.reached
    ([2.1, 4.2, 10.5], True)
    """
    if not isinstance(game, ClassGame):
        raise TypeError(f"values by class are needed, not {brief(game)}")
    if not number(tolerance, "tolerance", 0) > 0:
        raise ValueError(f"tolerance must be positive, not {tolerance}")
    whole(evaluations, "evaluations", 1)
    sizes = np.array(game.sizes)
    filled = np.flatnonzero(sizes)
    if not len(filled):
        return BoundedEstimate(np.zeros(len(sizes)), np.zeros(len(sizes)), 0, True, True)
    cells = math.prod(size + 1 for size in game.sizes)
    if game.n > EXACT_UP_TO and cells <= min(MOST_TABULATED, evaluations):
        return _from_table(game, tolerance)

    def worths(counts: IntArray) -> FloatArray:
        everyone = np.zeros((len(counts), len(sizes)), dtype=np.int64)
        everyone[:, filled] = counts
        return game.worths(everyone)

    totals, bound, asked, reached = _refined(worths, sizes[filled], tolerance, evaluations)
    values, errors = np.zeros(len(sizes)), np.zeros(len(sizes))
    values[filled], errors[filled] = totals / sizes[filled], bound / sizes[filled]
    return BoundedEstimate(values, errors, asked, reached, game.n <= EXACT_UP_TO)


def _from_table(game: ClassGame, tolerance: float) -> BoundedEstimate:
    """Return the exact values, off by round-off only."""
    values = shapley(game)
    largest, sizes = float(np.abs(game.values).max()), np.array(game.sizes)
    fixed = largest * ROUND_OFF * math.sqrt(game.n) + abs(math.fsum(values * sizes) - game.grand)
    bound = np.where(sizes > 0, fixed / np.maximum(sizes, 1), 0.0)
    return BoundedEstimate(values, bound, game.values.size, fixed <= tolerance * largest, True)


@validated
def closest_shapley(game: ClassGame) -> tuple[FloatArray, FloatArray]:
    """Return Shapley values by class and by how much each may be off: exact ones where a table or a structure gives them.

    Up to eight classes too large to tabulate are approximated; what those values miss of v(N) is then shared out evenly, and
    counts as error. Of more classes, or where worths take so long that the game's own limit is lower, coalitions are sampled,
    always the same ones: 20,000, or more of very many players. They may then be off by three standard errors.

    Raises
    ------
    ValueError
        The classes are too large even to approximate.

    Examples
    --------
    >>> crowd = ClassGame.lazy([300_000, 20_000], lambda counts: (counts[:, 0] + 2.0 * counts[:, 1]) / 1000)
    >>> values, off = closest_shapley(crowd)
    >>> values.round(6).tolist(), bool(off.max() < 1e-6)
    ([0.001, 0.002], True)
    """
    if game.structure is not None or max(game.sizes) == game.n or game.tabulable:
        return shapley(game), np.zeros(len(game.sizes))
    if sum(size > 0 for size in game.sizes) > FEW_CLASSES or math.prod(size + 1 for size in game.sizes) <= MAX_CELLS:
        return _from_sample(game)
    estimate, sizes = approximate_shapley(game), np.array(game.sizes)
    missing = (game.grand - math.fsum(estimate.values * sizes)) / game.n
    filled = sizes > 0
    return estimate.values + missing * filled, estimate.error_bound + abs(missing) * filled


def _from_sample(game: ClassGame) -> tuple[FloatArray, FloatArray]:
    """Return values by class from a fixed sample of coalitions, and three standard errors."""
    classes, sizes = game.classes(), np.array(game.sizes)
    member = np.eye(len(sizes))[classes]

    def worth(present: BoolArray) -> FloatArray:
        return game.worths((present @ member).astype(np.int64))

    evaluations = max(SAMPLED, int(8 * game.n * (1 + math.log(game.n))))
    chances = np.full(game.n, 1 / game.n)
    sampled = sampled_semivalue(OnDemandGame(game.n, worth), chances, evaluations=evaluations, rng=np.random.default_rng(0))
    values, errors = (np.bincount(classes, each, len(sizes)) for each in (sampled.values, sampled.standard_errors))
    return values / np.maximum(sizes, 1), 3 * errors / np.maximum(sizes, 1)


@dataclass(frozen=True)
class _Rules:
    """How fine: nodes on a piece of q, pieces between q and 2q, and the largest alias that a spacing of counts may leave.

    No alias at all is the exact rule: every count, and as many nodes on [0, 1] as integrate polynomials of degree n - 1 exactly.
    """

    nodes: int
    pieces: int
    alias: float


LEVELS = (_Rules(6, 1, 1e-7), _Rules(8, 1, 1e-10), _Rules(12, 1, 1e-14), _Rules(12, 2, 1e-18), _Rules(16, 4, 1e-30))
EXACT_UP_TO = 128


@dataclass(frozen=True)
class _Window:
    """Numbers of one class that count, their chances, their distance from the mean, and what is left out of that distance."""

    numbers: IntArray
    chances: FloatArray
    distance: FloatArray
    spread: float
    left_out: float


def _refined(
    worths: Callable[[IntArray], FloatArray], sizes: IntArray, tolerance: float, allowed: int
) -> tuple[FloatArray, FloatArray, int, bool]:
    """Refine until the bound on the class totals is small enough: totals (c,), bound (c,), coalitions asked for, reached."""
    grand = float(worths(sizes[None])[0])
    asked, largest, coarse = 1, abs(grand), np.full(len(sizes), np.inf)
    totals, bound, n = coarse, coarse, int(sizes.sum())
    for rules in LEVELS if n > EXACT_UP_TO else (_Rules((n + 1) // 2, 1, 0.0),):
        cells = [(node, [_window(int(size), node, rules.alias) for size in sizes]) for node in _nodes(n, rules)]
        needed = sum(math.prod(len(window.numbers) for window in windows) for _, windows in cells)
        if asked + needed > allowed:
            if not np.isfinite(bound).all():
                raise ValueError(
                    f"classes of {tuple(sizes.tolist())} need about {asked + needed:.1e} coalitions, more than "
                    f"evaluations = {allowed}"
                )
            break
        totals, tails = np.zeros(len(sizes)), np.zeros(len(sizes))
        for node, windows in cells:
            added, highest = _at_node(worths, windows)
            totals += node.weight / (node.q * (1 - node.q)) * (-added if node.mirrored else added)
            tails += node.weight / (node.q * (1 - node.q)) * _tails(windows)
            largest = max(largest, highest)
        asked += needed
        fixed = largest * (tails + ROUND_OFF * math.sqrt(float(sizes.sum()))) + abs(math.fsum(totals) - grand)
        change = float(np.abs(totals - coarse).max()) if rules.alias else 0.0
        if (fixed + change <= tolerance * largest).all():
            return totals, fixed + change, asked, True
        bound, coarse = fixed + 3 * change, totals
    return totals, bound, asked, False


@dataclass(frozen=True)
class _Node:
    """A chance q ≤ 1/2 of being in (mirrored: of being out), and the weight of that place in the integral."""

    q: float
    weight: float
    mirrored: bool


def _nodes(n: int, rules: _Rules) -> Iterator[_Node]:
    """Iterate over the nodes of a rule on [0, 1] whose pieces double in length away from both ends."""
    places, weights = np.polynomial.legendre.leggauss(rules.nodes)
    if not rules.alias:
        for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
            yield _Node((1 - abs(place)) / 2, weight / 2, place > 0)
        return
    ends, q = [0.0], 1.0 / n
    while q < 0.5:
        ends += np.linspace(q, min(2 * q, 0.5), rules.pieces + 1)[:-1].tolist()
        q = min(2 * q, 0.5)
    for low, high in itertools.pairwise([*ends, 0.5]):
        half = (high - low) / 2
        for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
            for mirrored in (False, True):
                yield _Node(low + half * (1 + place), half * weight, mirrored)


def _window(size: int, node: _Node, alias: float) -> _Window:
    """Return the numbers of one class that count: all within Bernstein's distance, spaced as widely as the alias allows."""
    mean, variance = size * node.q, size * node.q * (1 - node.q)
    log = -math.log(TAIL / 2)
    reach = log / 3 + math.sqrt(log**2 / 9 + 2 * log * variance)
    low, high = max(0, math.floor(mean - reach)), min(size, math.ceil(mean + reach))
    spacing = _spacing(variance, size, node.q, alias)
    numbers = np.arange(low + (round(mean) - low) % spacing, high + 1, spacing)
    chances = np.asarray(spacing * binom.pmf(numbers, size, node.q))
    kept = (np.cumsum(chances) > TAIL / 2) & (np.cumsum(chances[::-1])[::-1] > TAIL / 2)
    numbers, chances = numbers[kept], chances[kept]
    present = size - numbers if node.mirrored else numbers
    return _Window(
        present,
        chances / chances.sum(),
        np.asarray(numbers - mean, dtype=np.float64),
        math.sqrt(variance),
        2 * TAIL * reach * (1 + 1 / log),
    )


def _spacing(variance: float, size: int, q: float, alias: float) -> int:
    """Return the widest spacing h at which the characteristic function at 2π/h is within ``alias``; 1 sums every integer."""
    if not alias:
        return 1
    need = -math.log(alias)
    for spacing in range(1 + max(1, math.ceil(math.pi * math.sqrt(2 * variance / need))), 1, -1):
        left = 1 - 2 * q * (1 - q) * (1 - math.cos(2 * math.pi / spacing))
        if left <= 0 or -size / 2 * math.log(left) >= need:
            return spacing
    return 1


def _tails(windows: list[_Window]) -> FloatArray:
    """Bound what the windows leave out, a class, in units of the largest worth; worths are taken relative to one of them."""
    others = 2 * TAIL * (len(windows) - 1)
    return np.array([2 * (window.left_out + others * window.spread) for window in windows])


def _at_node(worths: Callable[[IntArray], FloatArray], windows: list[_Window]) -> tuple[FloatArray, float]:
    """Return E v(K) (K_t - mean) for each class, (c,), and the largest worth in size."""
    shape = tuple(len(window.numbers) for window in windows)
    cells = math.prod(shape)
    sums, highest, centre = [np.zeros(side) for side in shape], 0.0, None
    for start in range(0, cells, AT_ONCE):
        places = np.unravel_index(np.arange(start, min(start + AT_ONCE, cells)), shape)
        values = worths(np.stack([window.numbers[place] for window, place in zip(windows, places, strict=True)], axis=1))
        centre = float(values[len(values) // 2]) if centre is None else centre
        highest = max(highest, float(np.abs(values).max()))
        chances = math.prod((window.chances[place] for window, place in zip(windows, places, strict=True)), start=1.0)
        weighed = (values - centre) * chances
        for t, place in enumerate(places):
            sums[t] += np.bincount(place, weighed, shape[t])
    return np.array([float(total @ window.distance) for total, window in zip(sums, windows, strict=True)]), highest
