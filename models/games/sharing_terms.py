"""The terms a platform offers when it must pay fairly and knows how its users will respond."""

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from ...arguments import validated
from ...arrays import FloatArray
from .bernstein import expectation, raise_degree, roots, without_last
from .sharing import SharingGame, SharingUtility, check_costs, two_user_equilibria

Selection = Literal["symmetric", "symmetric-worst", "pure", "best", "worst"]
"""Which equilibrium users play where there are several: see `fair_terms`."""

GRID = np.sin(np.linspace(0, np.pi / 2, 2001)) ** 2
"""Points in [0, 1], closer near the ends, as polynomials in Bernstein form change there."""

BESIDE = 1e-9
"""How near to the ends of an interval its insides are looked at."""
ROUND_OFF = 1e-12
"""Of terms in [0, 1], each a quotient of two sums."""
TIE = 1e-15
"""Of the largest worth: profits on a grid are compared with each other, where only the last digit is rounded."""
MOST_PEAKS = 3


@dataclass(frozen=True, eq=False)
class FairTerms:
    """The share a platform hands out and what comes of it.

    Parameters
    ----------
    alpha
        Share of the utility handed out, in [0, 1].
    private
        Probability with which each user is private, shape (N,).
    payments
        What each user is paid, expected, before its cost, shape (N,).
    worth
        Expected utility.
    """

    alpha: float
    private: FloatArray
    payments: FloatArray
    worth: float

    @property
    def platform(self) -> float:
        """What the platform keeps."""
        return (1 - self.alpha) * self.worth

    @property
    def p(self) -> float:
        """The first user's probability of being private: everybody's, where the equilibrium is symmetric."""
        return float(self.private[0])


@validated
@np.errstate(over="ignore")  # a share that would have to be beyond all numbers is infinite
def fair_terms(utility: SharingUtility, costs: ArrayLike, selection: Selection = "symmetric") -> FairTerms:
    """Return the platform's best share α when users answer it with an equilibrium (fair value of data, eq. 19).

    Maximises (1 - α) E[U] over α in [0, 1]. Eq. 88 prints a minimum. In its middle regime Theorem 3 has the least α that makes
    some users share, which leaves the platform nothing: here it is the best α.

    Parameters
    ----------
    utility
        What the users are worth.
    costs
        Cost of being open, ≥ 0: one for all or one a user.
    selection
        Which equilibrium is played: ``symmetric`` the symmetric one best for the platform; ``symmetric-worst`` the symmetric one
        worst for it, at every α; ``pure`` the best one without mixing; ``best`` and ``worst`` among all, for two users. Where the
        worst is taken the optimum is a limit, reached to about 1e-9. At α = 1 the platform keeps nothing, so it never loses.

    Raises
    ------
    ValueError
        The costs do not fit, the selection is unknown, needs like costs and they differ, or needs two users.

    Examples
    --------
    >>> terms = fair_terms(SharingUtility.by_count([0, 2 / 3, 1]), 0.5)  # Figure 6 at c = 1/2
    >>> round(terms.alpha, 6), round(terms.p, 6), round(terms.platform, 6)
    (0.857143, 0.5, 0.083333)
    >>> round(fair_terms(SharingUtility.by_count([0, 2 / 3, 1]), 0.5, "pure").platform, 6)
    0.166667
    """
    found = _best_terms(utility, check_costs(costs, utility.n), selection)
    return found if found.platform >= 0 else _everything_handed_out(utility, check_costs(costs, utility.n), selection)


def _best_terms(utility: SharingUtility, each: FloatArray, selection: Selection) -> FairTerms:
    """Return the best share of those below 1 and of those at which users change."""
    if selection not in get_args(Selection):
        raise ValueError(f"selection = {selection!r}: it is one of {', '.join(get_args(Selection))}")
    if selection == "pure":
        return _best_pure(utility, each)
    if selection in {"best", "worst"}:
        if utility.n != 2:
            raise ValueError(f"selection = {selection!r} looks through all equilibria, which is for two users, not {utility.n}")
        return _over_alpha(utility, each, _Pair(utility, each), selection == "worst")
    if (each != each[0]).any():
        raise ValueError(f"selection = {selection!r} needs users whose costs are the same")
    if selection == "symmetric-worst":
        return _over_alpha(utility, each, _Alike(utility, each), pessimistic=True)
    return _best_symmetric(utility, float(each[0]))


def _everything_handed_out(utility: SharingUtility, costs: FloatArray, selection: Selection) -> FairTerms:
    """Return the terms at α = 1, which leave the platform 0 whatever users do: in an equilibrium with the most worth or least."""
    pick = min if selection in {"worst", "symmetric-worst"} else max
    if selection == "pure":
        opened = max(SharingGame(utility, 1.0, costs).open_counts().tolist(), key=lambda m: float(utility.worth[m]))
        private = np.ones(utility.n)
        private[np.argsort(costs, kind="stable")[:opened]] = 0
        return _terms(utility, 1.0, private)
    equilibria = _Pair(utility, costs) if selection in {"best", "worst"} else _Alike(utility, costs)
    return _terms(utility, 1.0, pick(equilibria(1.0), key=lambda pair: pair[0])[1])


def all_open_up_to(utility: SharingUtility) -> float:
    """Return up to which cost everybody is open, by bisection, solving eq. 19 cost by cost.

    Good to about 1e-6 of it where users begin to mix little by little, since the profit hardly changes there; `threshold_cost`
    is exact.

    Examples
    --------
    >>> round(all_open_up_to(SharingUtility.by_count([0, 2 / 3, 1])), 6)
    0.333333
    """
    return _last(lambda cost: _best_symmetric(utility, cost).p <= BESIDE, utility.gamma_max)


@validated
@np.errstate(over="ignore")  # a share that would have to be beyond all numbers is infinite
def regime_bounds(utility: SharingUtility) -> tuple[float, float]:
    """Return up to which cost everybody is open, and from which the platform offers nothing, under the best symmetric terms.

    The first is c_th. The second is the largest γ(p) (1 - U(1) / U(p)): below it some share earns more than what private users
    are worth anyway.

    Examples
    --------
    >>> [round(bound, 6) for bound in regime_bounds(SharingUtility.by_count([0, 2 / 3, 1]))]
    [0.333333, 0.666667]
    """

    def worth_offering(p: FloatArray) -> FloatArray:
        gamma, worth = utility.gamma(p), utility.expected_worth(p)
        more = worth - utility.worth[0]
        earns = (gamma > 0) & (worth > 0) & (more > 0)
        return np.where(earns, gamma * np.divide(more, worth, out=np.zeros(p.shape), where=earns), 0.0)

    something = float(worth_offering(_peaks(worth_offering)).max())
    if utility.opting_out:
        something = max(utility.gamma_max, 0.0)
    return threshold_cost(utility), something


@validated
@np.errstate(over="ignore")  # a share that would have to be beyond all numbers is infinite
def threshold_cost(utility: SharingUtility) -> float:
    """Return c_th of eq. 22: up to which cost no share below that which opens everybody does better.

    Eq. 22 is solved for c at every p, and the least solution is found on a grid and refined; where p nears 0 its limit is taken.
    U(0) in eq. 22 is the utility at p = 0. Where private users contribute nothing and every further user adds less, it is
    U(N) - U(N - 1), what the last user adds (derived for this project). 0 where nobody gains by going open with all others.

    Examples
    --------
    >>> round(threshold_cost(SharingUtility.by_count([0, 2 / 3, 1])), 12)
    0.333333333333
    """
    gamma_0, worth_0 = float(utility.gain[-1]), float(utility.worth[-1])
    if gamma_0 <= 0:
        return 0.0
    # at cost c a share c / γ(p) makes p an equilibrium; both sides vanish at p = 0, so p is divided out
    lost = without_last(worth_0 - utility.worth)
    saved = without_last(worth_0 * raise_degree(utility.gain) / gamma_0 - utility.worth)

    def equal_at(p: FloatArray) -> FloatArray:
        gamma, less = utility.gamma(p), expectation(saved, 1 - p)
        able = (gamma > 0) & (less > 0)
        cost = expectation(lost, 1 - p) * gamma
        return np.where(able, np.divide(cost, less, out=np.full(p.shape, np.inf), where=able), np.inf)

    # nothing offered leaves U(p = 1)
    nothing = gamma_0 * (1 - utility.worth[0] / worth_0) if worth_0 > 0 else np.inf
    least = float(equal_at(_peaks(lambda p: -equal_at(p))).min())
    return float(max(min(gamma_0, nothing, least), 0.0))


def _last(holds: Callable[[float], bool], highest: float) -> float:
    """Return the greatest cost up to which something holds, 0 if it does not hold near 0."""
    low, high = 0.0, highest * 1.5
    while high - low > 1e-12 * high and high > 1e-15 * highest:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return (low + high) / 2 if low > 0 else 0.0


def _share_for(cost: float, gamma: FloatArray) -> FloatArray:
    """Return the least α that makes p an equilibrium, ``inf`` where none in [0, 1] does."""
    if cost == 0:
        return np.zeros(gamma.shape)
    share = np.divide(cost, gamma, out=np.full(gamma.shape, np.inf), where=gamma > 0)
    return np.where(share <= 1 + ROUND_OFF, np.minimum(share, 1.0), np.inf)


def _best_symmetric(utility: SharingUtility, cost: float) -> FairTerms:
    p = _stationary(utility, cost)
    share = _share_for(cost, utility.gamma(p))
    share[p == 1] = 0.0
    profit = np.where(np.isfinite(share), (1 - np.where(np.isfinite(share), share, 1)) * utility.expected_worth(p), -np.inf)
    good = np.flatnonzero(profit >= profit.max() - TIE * float(np.abs(utility.worth).max()))
    chosen = good[np.argmin(share[good])]
    return _terms(utility, float(share[chosen]), np.full(utility.n, p[chosen]))


def _stationary(utility: SharingUtility, cost: float) -> FloatArray:
    """Return the probabilities at which the profit may be greatest, the ends among them."""
    if utility.opting_out:
        # U(p) = N (1 - p) γ(p), so the profit is welfare, U(p) - N (1 - p) c, whose slope is a polynomial
        inner = 1 - roots(np.diff(utility.worth) - cost)
        return np.unique(np.concatenate([[0.0, 1.0], inner]))

    def profit(p: FloatArray) -> FloatArray:
        share = _share_for(cost, utility.gamma(p))
        return np.where(share <= 1, (1 - np.minimum(share, 1)) * utility.expected_worth(p), -np.inf)

    return _peaks(profit)


def _peaks(curve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return where a function of p may be largest: the ends, and near them and at the highest peaks of a grid, refined."""
    values = curve(GRID)
    inner = values[1:-1]
    peaks = np.flatnonzero((inner >= values[:-2]) & (inner >= values[2:]) & np.isfinite(inner)) + 1
    highest = peaks[np.argsort(-values[peaks], kind="stable")][:MOST_PEAKS].tolist()
    last = len(GRID) - 1
    cells = [(k - 1, k + 1) for k in highest] + [(0, 1), (last - 1, last)]
    refined = [_peak(lambda p: float(curve(np.array([p]))[0]), float(GRID[low]), float(GRID[high])) for low, high in cells]
    return np.array([0.0, *refined, 1.0])


def _peak(function: Callable[[float], float], low: float, high: float) -> float:
    # where a share above 1 would be needed the function is -inf: then the search goes by golden sections
    with np.errstate(invalid="ignore", over="ignore"):
        found = minimize_scalar(lambda x: -function(x), bounds=(low, high), method="bounded", options={"xatol": 1e-12})
    return float(found.x)


def _best_pure(utility: SharingUtility, costs: FloatArray) -> FairTerms:
    """Let the m cheapest be open at the least share that makes that an equilibrium, for the best m."""
    order = np.argsort(costs, kind="stable")
    cost, gain = costs[order], utility.gain
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(cost == 0, np.where(gain >= 0, 0.0, np.inf), np.where(gain > 0, cost / gain, np.inf))
        bearable = np.where(gain > 0, cost / gain, np.inf)
    share = np.concatenate([[0.0], needed])
    possible = (share <= 1) & (share <= np.append(bearable, np.inf) + ROUND_OFF)
    profit = np.where(possible, (1 - np.where(possible, share, 0)) * utility.worth, -np.inf)
    m = int(np.flatnonzero(profit >= profit.max() - TIE * float(np.abs(utility.worth).max()))[0])
    private = np.ones(utility.n)
    private[order[:m]] = 0
    return _terms(utility, float(share[m]), private)


def _terms(utility: SharingUtility, alpha: float, private: FloatArray) -> FairTerms:
    game = SharingGame(utility, alpha, 0.0)
    n = utility.n
    if (private == private[0]).all():
        worth = float(utility.expected_worth(private[0]))
        return FairTerms(alpha, private, np.full(n, alpha * worth / n), worth)
    policy = np.column_stack([private, 1 - private])
    payments = (policy * game.mixed_deviations(policy)).sum(axis=1)
    mixing = (private > 0) & (private < 1)
    chances = np.ones(1)
    for share in 1 - private[mixing]:
        chances = np.convolve(chances, [1 - share, share])
    opened = int((private == 0).sum())
    return FairTerms(alpha, private, payments, float(chances @ utility.worth[opened : opened + len(chances)]))


class _Alike:
    """Symmetric equilibria at every share, and the shares at which their number may change."""

    def __init__(self, utility: SharingUtility, costs: FloatArray) -> None:
        self.utility, self.cost = utility, float(costs[0])
        self.levels = [(self.cost, gain) for gain in utility.gamma(utility.turning_points).tolist()]

    def __call__(self, alpha: float) -> list[tuple[float, FloatArray]]:
        equilibria = SharingGame(self.utility, alpha, self.cost).symmetric_equilibria()
        worths = self.utility.expected_worth(equilibria)
        return [(float(worth), np.full(self.utility.n, p)) for worth, p in zip(worths, equilibria, strict=True)]


class _Pair:
    """All equilibria of two users at every share, and the shares at which their number may change."""

    def __init__(self, utility: SharingUtility, costs: FloatArray) -> None:
        self.worth, self.gain, self.costs = utility.worth.tolist(), utility.gain.tolist(), costs.tolist()
        self.levels = [(cost, gain) for cost in self.costs for gain in self.gain]

    def __call__(self, alpha: float) -> list[tuple[float, FloatArray]]:
        none, one, two = self.worth
        found = two_user_equilibria(alpha * self.gain[0], alpha * self.gain[1], *self.costs)
        return [(p * q * none + (p * (1 - q) + q * (1 - p)) * one + (1 - p) * (1 - q) * two, np.array([p, q])) for p, q in found]


def _over_alpha(utility: SharingUtility, costs: FloatArray, equilibria: "_Alike | _Pair", pessimistic: bool) -> FairTerms:
    """Maximise (1 - α) E[U] over α, between and (unless pessimistic) at the shares where equilibria come and go."""
    critical = {cost / gain for cost, gain in equilibria.levels if gain > 0 and 0 < cost < gain}
    ends = sorted({0.0, 1.0, *critical})

    def profit(alpha: float) -> float:
        worths: Iterable[float] = (worth for worth, _ in equilibria(alpha))
        return (1 - alpha) * (min(worths) if pessimistic else max(worths))

    candidates = [0.0] if pessimistic and (costs > 0).all() else []
    candidates += [] if pessimistic else ends
    for low, high in itertools.pairwise(ends):
        inner = low + (high - low) * np.concatenate([[BESIDE], np.arange(1, 24) / 24, [1 - BESIDE]])
        values = [profit(alpha) for alpha in inner]
        best = int(np.argmax(values))
        candidates.append(float(inner[best]))
        if 0 < best < len(inner) - 1:
            candidates.append(_peak(profit, float(inner[best - 1]), float(inner[best + 1])))
    profits = np.array([profit(alpha) for alpha in candidates])
    tie = TIE * float(np.abs(utility.worth).max())
    good = [alpha for alpha, value in zip(candidates, profits, strict=True) if value >= profits.max() - tie]
    alpha = min(good, default=math.nan)
    chosen = (min if pessimistic else max)(equilibria(alpha), key=lambda pair: pair[0])
    return _terms(utility, alpha, chosen[1])
