"""Looking for a game on which a rule breaks what is asked of it, and making the game that was found small.

Where payments are linear in what coalitions are worth, or a quotient whose divisor joint and stand-alone worths fix, the gain
from copies or names is a maximum of linear forms over the games that share those: linear programmes along the gradient climb
towards the worst of them, and never down. Elsewhere that is a step like any other, taken if it helps; where probing says that
payments are neither, a bounded global search goes on from several starts. What was found is worked out in fractions where the
rule allows it.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from ...arrays import ROUND_OFF, FloatArray
from ..coalitions.game_classes import GameClass
from ..coalitions.games import CoalitionalGame
from ..rules.mechanism import Market, Mechanism, Settlement
from .global_search import GLOBAL_PARTIES, is_linear, search_globally
from .linear_certificates import exact_excess
from .reward_fairness import strict_desirability, symmetry, uselessness
from .setting_classes import LinearSetting
from .settlements import audit_settlement, check_settlement
from .shrinking import shrunk

Demand: TypeAlias = Callable[[Mechanism, CoalitionalGame, int], float]
"""How far a rule meets a demand on a game, with so many copies at most; negative by as much as it breaks it."""

LISTED = 2
STEPS, PROBE, MOST_CLIMBED, EVALUATIONS = 4, 1e-4, 4, 4
DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10, 20, 100)


@dataclass(frozen=True)
class Search:
    """Where to look for counterexamples.

    Parameters
    ----------
    games
        The class of games.
    parties
        Most parties, 2..8.
    copies
        Most copies, or further names, of one party's data, 1..8.
    budget
        How many games are tried, at least 1: the extreme ones of 2, 3, ... parties first, then random ones.
    seed
        Of the random ones.
    only, setting
        The one game, or setting, to look at instead, to replay a counterexample.

    Raises
    ------
    ValueError
        A number is out of range.
    """

    games: GameClass = field(default_factory=GameClass)
    parties: int = 4
    copies: int = 2
    budget: int = 60
    seed: int = 0
    only: CoalitionalGame | None = None
    setting: LinearSetting | None = None

    @property
    def replays(self) -> bool:
        """Whether one counterexample is looked at, and nothing else."""
        return self.only is not None or self.setting is not None

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low, high in (("parties", 2, 8), ("copies", 1, 8), ("budget", 1, 1_000_000)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} = {getattr(self, name)}: it must lie in {low}..{high}")

    @classmethod
    def of(cls, games: str, parties: int, copies: int, budget: int, only: str = "", setting: str = "") -> "Search":
        """Return the search from text: the name of a class, and the worths of one game by commas, a setting, or nothing.

        Raises
        ------
        ValueError
            A number is out of range, the class is unknown, or the worths are no game, or the setting is none.
        """
        try:
            worths = [float(word) for word in only.split(",")] if only else []
        except ValueError:
            raise ValueError(f"game = {only[:100]!r}: give the worths of the coalitions as numbers, by commas") from None
        game, place = CoalitionalGame(worths) if worths else None, LinearSetting.parse(setting) if setting else None
        return cls(GameClass(games), parties, copies, budget, only=game, setting=place)  # type: ignore[arg-type]

    def stream(self) -> Iterator[CoalitionalGame]:
        """Iterate over as many games as the budget allows."""
        if self.only is not None:
            yield self.only
            return
        sizes, tried = range(2, self.parties + 1), 0
        for n in sizes:
            named = (game for _, game in self.games.extreme(n))
            for game in itertools.chain(named, self.games.vertices(n) if n <= LISTED else ()):
                if tried < self.budget / 2 or n == sizes[0]:
                    yield game
                    tried += 1
        rng = np.random.default_rng(self.seed)
        for index in range(self.budget - tried):
            yield self.games.draw(sizes[index % len(sizes)], rng)


@dataclass(frozen=True, eq=False)
class Refutation:
    """What a search for a counterexample to one demand came to.

    Parameters
    ----------
    demand
        What was asked.
    tried
        How many games it was asked of.
    slack
        How far it is met where it is met least; negative where it is broken.
    game
        The counterexample, made small; None where none was found.
    shown
        How far the demand is met on that game; of no counterexample, ``slack``.
    exact
        By how much it is exceeded there, in fractions; None where the rule, the game or the demand does not allow that.
    """

    demand: str
    tried: int
    slack: float
    game: CoalitionalGame | None
    shown: float
    exact: Fraction | None = None


def _market(game: CoalitionalGame, party: int = 0, copies: int = 0) -> Market:
    table = game.values.reshape((2,) * game.n).T
    return Market.of(np.concatenate([table, *[table.take([1], axis=party)] * copies], axis=party))


def _named(game: CoalitionalGame, party: int, names: int) -> Market:
    """Return the market in which further names enter the data of one party, which the platform takes for parties."""
    n = game.n
    masks = np.arange(1 << (n + names))
    worth = game.values[(masks & ((1 << n) - 1)) | ((masks >> n > 0).astype(np.int64) << party)]
    return Market.of(worth.reshape((2,) * (n + names)).T)


def _settled(rule: Mechanism, market: Market) -> Settlement:
    settlement = rule.settle(market)
    check_settlement(rule, market, settlement)
    return settlement


def _size(game: CoalitionalGame) -> float:
    """Return the largest worth, in which slacks count; 1 where nothing is worth anything."""
    return float(np.abs(game.values).max()) or 1.0


def _scale(game: CoalitionalGame, settlement: Settlement) -> float:
    """Return how many times the largest worth the money is that moves; at least 1."""
    return max(1.0, float(np.abs(settlement.payments).sum()) / _size(game))


def _has(market: Market, settlement: Settlement) -> FloatArray:
    return np.maximum(settlement.rewards, market.alone) - settlement.payments


def money_adds_up(rule: Mechanism, game: CoalitionalGame, copies: int) -> float:
    """Return the worst slack of what the rule promises about revenue, with copies of any one party's data and without."""
    worst = np.inf
    for party in range(game.n):
        for count in range(copies + 1):
            market = _market(game, party, count)
            settlement = _settled(rule, market)
            worst = min(worst, audit_settlement(rule, market, settlement).slack / _scale(game, settlement))
    return float(worst)


def _axiom(test: Callable[[CoalitionalGame, FloatArray], object]) -> Demand:
    def demand(rule: Mechanism, game: CoalitionalGame, copies: int) -> float:
        settlement = _settled(rule, _market(game))
        has = np.maximum(settlement.rewards, 0.0) - settlement.payments
        return float(test(game, has).slack) / _scale(game, settlement)  # type: ignore[attr-defined]

    return demand


def nobody_worse_off(rule: Mechanism, game: CoalitionalGame, copies: int) -> float:
    """Return the least that a party has beyond what its own data gives."""
    market = _market(game)
    settlement = _settled(rule, market)
    return float((_has(market, settlement) - market.alone).min()) / _scale(game, settlement)


def copies_do_not_pay(rule: Mechanism, game: CoalitionalGame, copies: int) -> float:
    """Return minus the most that a party gains by entering copies under its own name, the others honest."""
    honest = _market(game)
    before = _has(honest, _settled(rule, honest))
    gains = [
        _has(market, _settled(rule, market))[party] - before[party]
        for party in range(game.n)
        for market in (_market(game, party, count) for count in range(1, copies + 1))
    ]
    return -float(max(gains))


def names_do_not_pay(rule: Mechanism, game: CoalitionalGame, copies: int) -> float:
    """Return minus the most that a party gains by entering its data under further names too, the others honest."""
    honest = _market(game)
    before, gains = _has(honest, _settled(rule, honest)), []
    for party in range(game.n):
        for names in range(1, copies + 1):
            market = _named(game, party, names)
            settlement = _settled(rule, market)
            mine = [party, *range(game.n, game.n + names)]
            best = max(float(market.alone[party]), float(settlement.rewards[mine].max()))
            gains.append(best - float(settlement.payments[mine].sum()) - float(before[party]))
    return -float(max(gains))


DEMANDS: dict[str, Demand] = {
    "money adds up": money_adds_up,
    "F1 uselessness": _axiom(uselessness),
    "F2 symmetry": _axiom(symmetry),
    "F3 desirability, not strict": _axiom(strict_desirability),
    "nobody worse off than alone": nobody_worse_off,
    "copies do not pay": copies_do_not_pay,
    "false names do not pay": names_do_not_pay,
}
"""What is asked of rules on games."""


def refute(rule: Mechanism, demand: str, search: Search | None = None) -> Refutation:
    """Look for a game of a class on which a rule breaks a demand; of those found, the one with fewest parties is made small.

    Slacks are in the unit of worth, and smaller by as many times as more money moves than the largest worth. A demand is broken
    from ``ROUND_OFF`` of the largest worth on, whatever the unit.

    Raises
    ------
    ValueError
        The rule returns a settlement that cannot be carried out.
    KeyError
        The demand is none of `DEMANDS`.

    Examples
    --------
    >>> from potluck.mechanisms import ShapleyDivision
    >>> found = refute(ShapleyDivision(), "copies do not pay", Search(budget=20))
    >>> found.game.values.tolist()
    [0.0, 0.5, 0.5, 0.5]
    """
    chosen, asked = search or Search(), DEMANDS[demand]
    worst, tried = np.inf, 0
    found: CoalitionalGame | None = None
    lowest: dict[int, tuple[float, CoalitionalGame]] = {}

    def ask(game: CoalitionalGame) -> float:
        nonlocal worst, tried, found
        slack = asked(rule, game, chosen.copies)
        if chosen.only is None and not chosen.games.contains(game):
            return slack  # a step aside that only tells the gradient
        tried += 1
        worst = min(worst, slack)
        if slack < -ROUND_OFF * _size(game) and (found is None or game.n < found.n):
            found = game
        return slack

    for game in chosen.stream():
        slack = ask(game)
        if slack < lowest.get(game.n, (math.inf, game))[0]:
            lowest[game.n] = slack, game
    if chosen.only is None:
        for slack, game in list(lowest.values()):
            climb(game, slack, ask, chosen.games)
            if game.n in GLOBAL_PARTIES and math.isfinite(slack) and not is_linear(rule, game.n, chosen.games, chosen.seed):
                search_globally(game, ask, chosen.games, EVALUATIONS * chosen.budget, chosen.seed)
    if found is None:
        return Refutation(demand, tried, float(worst), None, float(worst))

    def breaks(game: CoalitionalGame) -> bool:
        return chosen.games.contains(game) and asked(rule, game, chosen.copies) < -ROUND_OFF * _size(game)

    small = found if chosen.only is not None else shrunk(found, _smaller, breaks)
    shown = asked(rule, small, chosen.copies)
    return Refutation(demand, tried, float(worst), small, shown, exact_excess(rule, demand, small, chosen.copies))


def climb(game: CoalitionalGame, slack: float, ask: Callable[[CoalitionalGame], float], games: GameClass) -> None:
    """Ask of games down the gradient of the slack to the end of the class, joint and stand-alone worths kept, then all free.

    Classes that are no convex set are not climbed, nor games of more than four parties.
    """
    from scipy.optimize import linprog

    constraints = games.constraints(game.n)
    if constraints is None or game.n > MOST_CLIMBED:
        return
    (matrix, limits), size = constraints, len(game.values)
    singles = [*(1 << np.arange(game.n)).tolist(), size - 1]
    for kept in (True, False):
        for _ in range(STEPS):
            free = [mask for mask in range(1, size) if not (kept and mask in singles)]
            gradient = np.zeros(size)
            for mask in free:
                moved = game.values.copy()
                moved[mask] += PROBE if moved[mask] < 0.5 else -PROBE
                gradient[mask] = (ask(CoalitionalGame(moved)) - slack) / (moved[mask] - game.values[mask])
            if not np.isfinite(gradient).all():
                break
            bounds = [(0.0, 1.0) if mask in free else (value, value) for mask, value in enumerate(game.values.tolist())]
            solved = linprog(gradient, A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")
            if solved.status != 0 or solved.x is None:
                break
            steps = [CoalitionalGame(np.clip(game.values + t * (solved.x - game.values), 0.0, 1.0)) for t in (1.0, 0.5, 0.1)]
            reached = [(ask(step), index, step) for index, step in enumerate(steps) if games.contains(step)]
            lowest, _, best = min(reached, default=(math.inf, 0, game), key=lambda entry: entry[:2])
            if lowest >= slack - ROUND_OFF:
                break
            game, slack = best, lowest


def _smaller(game: CoalitionalGame) -> Iterator[CoalitionalGame]:
    """Yield games with a party less, smaller fractions, or fewer distinct values."""
    values, masks = game.values, np.arange(len(game.values))
    if game.n > 1:
        for party in range(game.n):
            yield CoalitionalGame(values[(masks >> party & 1) == 0])
    cost = _cost(values)
    for denominator in DENOMINATORS:
        rounded = np.round(values * denominator) / denominator
        if _cost(rounded) < cost:
            yield CoalitionalGame(rounded)
    levels = np.unique(values)
    for low, high in itertools.pairwise(levels):
        for merged in (np.where(values == high, low, values), np.where((values == low) & (masks > 0), high, values)):
            if _cost(merged) < cost:
                yield CoalitionalGame(merged)


def _cost(values: FloatArray) -> tuple[int, int]:
    """Return how many distinct values there are, and the least denominator that writes them all, of those that are tried."""
    fits = [d for d in DENOMINATORS if np.allclose(values * d, np.round(values * d), rtol=0, atol=1e-9)]
    return len(np.unique(values)), fits[0] if fits else 1000
