"""What rules that are linear in coalitions' worths promise, proved over classes of games by multipliers, or refuted.

A rule is found to be linear by probing: the form that fits it on random games of a class, in fractions, must give it on others.
What is asked of it is then a maximum of linear forms; a linear programme's multipliers, rounded, bound each from above, whatever
they are, and its worst game refutes. `linear_check` reads the certificates on its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from ...arrays import FloatArray, IntArray
from ..coalitions.game_classes import GameClass
from ..coalitions.games import CoalitionalGame
from ..rules.mechanism import Market, Mechanism

LinearGames: TypeAlias = Literal["all", "monotone"]
Form: TypeAlias = tuple[Fraction, ...]

MONEY_DEMANDS = ("money adds up", "balance", "budget")
LINEAR_DEMANDS = (*MONEY_DEMANDS, "null party", "symmetry", "nobody worse off than alone", "copies do not pay")
LARGEST, SPARE, AGREES = 100_000, 6, 1e-9
DENOMINATOR, SMALL, MOST_EXACT = 1000, 1e-9, 4


def fitted(
    asked: Callable[[CoalitionalGame], Sequence[float] | FloatArray], n: int, games: GameClass, rng: np.random.Generator
) -> list[Form] | None:
    """Return the forms in 2^n worths, in fractions, that some numbers asked of games are; None where they are not linear.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> fitted(lambda game: [game.grand - game.values[1] / 2], 2, GameClass("monotone"), rng)
    [(Fraction(0, 1), Fraction(-1, 2), Fraction(0, 1), Fraction(1, 1))]
    >>> fitted(lambda game: [game.grand**2], 2, GameClass("monotone"), rng) is None
    True
    """
    size = 1 << n
    drawn = [games.draw(n, rng) for _ in range(2 * (size + SPARE))]
    table = np.array([game.values for game in drawn])
    if np.linalg.matrix_rank(table) < size - 1:
        return None
    answers = np.array([np.asarray(asked(game), dtype=np.float64) for game in drawn])
    found = np.linalg.lstsq(table, answers, rcond=None)[0]
    forms = [tuple(Fraction(part).limit_denominator(LARGEST) for part in row) for row in found.T.tolist()]
    exact = np.array([[float(part) for part in form] for form in forms]).T
    return forms if np.abs(table @ exact - answers).max() < AGREES else None


@dataclass(frozen=True)
class LinearRule:
    """A rule on games of n parties, as forms in what coalitions are worth.

    Parameters
    ----------
    has, pays
        What each party has, its model's worth less its payment, and what it pays: n forms each.
    copied
        What party 1 has that enters copies beside its own data.
    games
        The class on which it is linear.
    copies
        How many copies.
    promised
        What it promises that payments sum to; None where it promises nothing so exact.
    """

    has: tuple[Form, ...]
    pays: tuple[Form, ...]
    copied: Form
    games: LinearGames
    copies: int
    promised: Form | None

    @property
    def parties(self) -> int:
        """How many parties there are."""
        return len(self.has)

    @property
    def demands(self) -> list[str]:
        """What can be asked of it."""
        return [demand for demand in LINEAR_DEMANDS if demand != LINEAR_DEMANDS[0] or self.promised is not None]


def accounts_of(rule: Mechanism, game: CoalitionalGame, copies: int, party: int = 0) -> FloatArray:
    """Return what each party has and pays, and what a party has that enters copies beside its own data, shape (2n + 1,)."""
    table = game.values.reshape((2,) * game.n).T
    market = Market.of(table)
    settled = rule.settle(market)
    more = Market.of(np.concatenate([table, *[table.take([1], axis=party)] * copies], axis=party))
    after = rule.settle(more)
    has = np.maximum(settled.rewards, market.alone) - settled.payments
    copied = max(float(after.rewards[party]), float(more.alone[party])) - float(after.payments[party])
    return np.concatenate([has, settled.payments, [copied]])


def linear_rule(rule: Mechanism, parties: int, copies: int, games: LinearGames = "monotone", seed: int = 0) -> LinearRule | None:
    """Return a rule as forms in what coalitions are worth; None where probing finds it not to be linear.

    Examples
    --------
    >>> from potluck.mechanisms import ReplicationRobustDivision, RobustShapley
    >>> [linear_rule(rule, 2, 1) is not None for rule in (RobustShapley(), ReplicationRobustDivision())]
    [True, False]
    """

    def promised(game: CoalitionalGame) -> list[float]:
        low, high = rule.revenue_range(Market.of(game.values.reshape((2,) * game.n).T))
        if low != high:
            raise ValueError(f"{rule} promises a range")
        return [low]

    forms, money = (
        _fitted_or_none(each, parties, games, seed) for each in (lambda game: accounts_of(rule, game, copies), promised)
    )
    if forms is None:
        return None
    return LinearRule(
        tuple(forms[:parties]), tuple(forms[parties:-1]), forms[-1], games, copies, None if money is None else money[0]
    )


def _fitted_or_none(
    asked: Callable[[CoalitionalGame], Sequence[float] | FloatArray], n: int, games: LinearGames, seed: int
) -> list[Form] | None:
    """Return what fits, and nothing where a rule settles no market of so many identities or promises no single sum."""
    try:
        return fitted(asked, n, GameClass(games), np.random.default_rng(seed))
    except ValueError:
        return None


@dataclass(frozen=True)
class LinearCertificate:
    """Between what the most lies by which a demand is exceeded on any game of a class, with what proves it.

    Parameters
    ----------
    rule, demand
        Of what it speaks.
    found, worths
        By how much the demand is exceeded on a game, exactly, and the game.
    proved
        What no game of the class exceeds.
    multipliers
        For every form of the demand, weights of the class's steps by their number.
    """

    rule: LinearRule
    demand: str
    found: Fraction
    worths: Form
    proved: Fraction
    multipliers: tuple[dict[int, Fraction], ...]

    def document(self) -> dict[str, Any]:
        """Return the certificate as a document for JSON, with fractions as text."""
        rule = self.rule
        return {
            "certificate": "linear rule",
            "demand": self.demand,
            "games": rule.games,
            "parties": rule.parties,
            "copies": rule.copies,
            "has": [[str(part) for part in form] for form in rule.has],
            "promised": None if rule.promised is None else [str(part) for part in rule.promised],
            "pays": [[str(part) for part in form] for form in rule.pays],
            "copied": [str(part) for part in rule.copied],
            "found": str(self.found),
            "worths": [str(worth) for worth in self.worths],
            "proved": str(self.proved),
            "multipliers": [{str(row): str(weight) for row, weight in each.items()} for each in self.multipliers],
        }


def forms_of(rule: LinearRule, demand: str) -> Iterator[tuple[Form, IntArray]]:
    """Yield what a demand keeps at most 0, as forms, each with the coalitions (2^n,) that its games' are worth as much as."""
    n, masks = rule.parties, np.arange(1 << rule.parties)
    if demand in MONEY_DEMANDS:
        total = tuple(sum(parts, Fraction(0)) for parts in zip(*rule.pays, strict=True))
        if demand == "money adds up":
            total = _less(total, rule.promised or total)
        yield from ((form, masks) for form in (_minus(total), total)[: 1 if demand == "budget" else 2])
    elif demand == "null party":
        for party in range(n):
            yield from ((form, masks & ~(1 << party)) for form in (rule.has[party], _minus(rule.has[party])))
    elif demand == "symmetry":
        for one in range(n):
            for other in (other for other in range(n) if other != one):
                pair, low = 1 << one | 1 << other, 1 << min(one, other)
                differ = (masks & pair != 0) & (masks & pair != pair)
                yield _less(rule.has[one], rule.has[other]), np.where(differ, masks & ~pair | low, masks)
    elif demand == "nobody worse off than alone":
        for party in range(n):
            alone = tuple(Fraction(int(mask == 1 << party)) for mask in masks)
            yield _less(alone, rule.has[party]), masks
    else:
        yield _less(rule.copied, rule.has[0]), masks


def _minus(form: Form) -> Form:
    return tuple(-part for part in form)


def _less(one: Form, other: Form) -> Form:
    return tuple(a - b for a, b in zip(one, other, strict=True))


def certify_linear(rule: LinearRule, demand: str) -> LinearCertificate:
    """Bound by how much a demand is exceeded over all games of the rule's class with worths from 0 to 1.

    Raises
    ------
    ValueError
        The demand is none of the rule's.

    Examples
    --------
    >>> from potluck.mechanisms import RobustShapley, ShapleyDivision
    >>> rule = linear_rule(ShapleyDivision(), 3, 1)
    >>> [(demand, str(certify_linear(rule, demand).proved)) for demand in ("money adds up", "symmetry", "copies do not pay")]
    [('money adds up', '0'), ('symmetry', '0'), ('copies do not pay', '1/6')]
    """
    if demand not in rule.demands:
        raise ValueError(f"demand = {demand!r}: it must be one of {', '.join(rule.demands)}")
    solved = [_solved(rule, form, place) for form, place in forms_of(rule, demand)]
    _, found, worths, _ = max(solved, key=lambda each: each[1])
    bound = max(each[0] for each in solved)
    return LinearCertificate(rule, demand, found, worths, bound, tuple(each[3] for each in solved))


def _solved(rule: LinearRule, form: Form, place: IntArray) -> tuple[Fraction, Fraction, Form, dict[int, Fraction]]:
    """Return a bound on a form, what it comes to on a game and the game, exactly, and the multipliers of the bound."""
    from scipy.optimize import linprog

    n = rule.parties
    rows = (
        [(low, low | 1 << i) for low in range(1 << n) for i in range(n) if not low >> i & 1] if rule.games == "monotone" else []
    )
    send = [int(mask) for mask in place]
    left = [Fraction(0)] * (1 << n)
    for mask, part in enumerate(form):
        left[send[mask]] += part
    matrix = np.zeros((len(rows), 1 << n))
    for number, (low, high) in enumerate(rows):
        matrix[number, send[low]] += 1
        matrix[number, send[high]] -= 1
    bounds = [(0.0, 0.0 if mask == 0 else 1.0) for mask in range(1 << n)]
    best = linprog(
        [-float(part) for part in left], A_ub=matrix if rows else None, b_ub=np.zeros(len(rows)) if rows else None, bounds=bounds
    )
    game = [Fraction(worth).limit_denominator(DENOMINATOR) for worth in np.clip(np.asarray(best.x), 0, 1).tolist()]
    worths = tuple(game[send[mask]] for mask in range(1 << n))
    reached = sum((a * b for a, b in zip(form, worths, strict=True)), Fraction(0))
    weights = np.maximum(-np.asarray(best.ineqlin.marginals), 0.0) if rows else np.zeros(0)
    multipliers = {}
    for number, weight in enumerate(weights.tolist()):
        units = Fraction(weight).limit_denominator(LARGEST)
        if units:
            multipliers[number] = units
            low, high = rows[number]
            left[send[low]] -= units
            left[send[high]] += units
    return sum((max(part, Fraction(0)) for part in left[1:]), Fraction(0)), reached, worths, multipliers


def exact_accounts(rule: Mechanism, game: CoalitionalGame, copies: int, party: int = 0, seed: int = 0) -> Form | None:
    """Return the accounts of a rule on a monotone game of small fractions, exactly; None where the rule does not allow it.

    It does where they are linear in what coalitions are worth, or, from three parties on, linear in the rest once the joint and
    the stand-alone worths are those of the game, as probing says.

    Examples
    --------
    >>> from potluck.mechanisms import ReplicationRobustDivision, ShapleyDivision
    >>> game = CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1])
    >>> [str(exact_accounts(rule, game, 1)[-1]) for rule in (ShapleyDivision(), ReplicationRobustDivision())]
    ['4/3', '3/5']
    """
    n, worths = game.n, tuple(Fraction(worth).limit_denominator(DENOMINATOR) for worth in game.values.tolist())
    small = np.abs(np.array([float(worth) for worth in worths]) - game.values).max() < SMALL
    if n > MOST_EXACT or not small or not GameClass("monotone").contains(game):
        return None
    rng = np.random.default_rng(seed)
    ends = [*(1 << np.arange(n)).tolist(), len(worths) - 1]
    rest = [mask for mask in range(1, len(worths)) if mask not in ends]
    for kept in (False, True) if rest else (False,):
        free = rest if kept else list(range(1, len(worths)))
        games_drawn = [GameClass("monotone").draw(n, rng) for _ in range(2 * (len(free) + SPARE))]
        drawn = [CoalitionalGame(with_ends(each.values, game.values)) for each in games_drawn] if kept else games_drawn
        table = np.column_stack([[each.values[free] for each in drawn], np.full(len(drawn), float(kept))])
        try:
            answers = np.array([accounts_of(rule, each, copies, party) for each in drawn])
        except ValueError:
            return None
        found = np.linalg.lstsq(table, answers, rcond=None)[0]
        forms = [[Fraction(part).limit_denominator(LARGEST) for part in row] for row in found.T.tolist()]
        near = np.array([[float(part) for part in form] for form in forms]).T
        if np.abs(table @ near - answers).max() < AGREES:
            at = [*(worths[mask] for mask in free), Fraction(int(kept))]
            exact = tuple(sum((a * b for a, b in zip(form, at, strict=True)), Fraction(0)) for form in forms)
            floats = accounts_of(rule, game, copies, party)
            return exact if np.abs(np.array([float(part) for part in exact]) - floats).max() < AGREES else None
    return None


def with_ends(values: FloatArray, ends: FloatArray) -> FloatArray:
    """Return a game's worths (2^n,) moved between the joint and stand-alone worths of another, which it then has.

    Examples
    --------
    >>> with_ends(np.array([0, 0.1, 0.2, 0.3, 0.4, 0.9, 0.6, 0.7]), np.array([0, 0.5, 0, 0, 0, 0, 0, 0.8])).tolist()
    [0.0, 0.5, 0.0, 0.5, 0.0, 0.8, 0.6, 0.8]
    """
    n, masks = len(values).bit_length() - 1, np.arange(len(values))
    floor = np.max([np.where(masks >> party & 1, ends[1 << party], 0.0) for party in range(n)], axis=0)
    moved = np.clip(values, floor, max(float(ends[-1]), float(floor.max())))
    kept = [*(1 << np.arange(n)).tolist(), len(values) - 1]
    moved[kept] = ends[kept]
    return moved


def exact_excess(rule: Mechanism, demand: str, game: CoalitionalGame, copies: int) -> Fraction | None:
    """Return by how much a demand is exceeded on a game, exactly; None where the rule, the game or the demand does not allow it.

    Examples
    --------
    >>> from potluck.mechanisms import ReplicationRobustDivision
    >>> game = CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1])
    >>> str(exact_excess(ReplicationRobustDivision(), "copies do not pay", game, 1))
    '-2/5'
    """
    first = exact_accounts(rule, game, copies)
    if first is None:
        return None
    n = game.n
    if demand == "nobody worse off than alone":
        alone = [Fraction(float(game.values[1 << party])).limit_denominator(DENOMINATOR) for party in range(n)]
        return max(own - has for own, has in zip(alone, first[:n], strict=True))
    if demand == "copies do not pay":
        tried = [exact_accounts(rule, game, k, party) for party in range(n) for k in range(1, copies + 1)]
        gains = [each[-1] - each[index // copies] for index, each in enumerate(tried) if each is not None]
        return max(gains) if len(gains) == len(tried) else None
    return None
