"""The balanced, symmetric, linear division that loses least to copies: found by its own counterexamples, and proved.

A division that is linear in what coalitions are worth, treats identities alike and hands out what they pay has one free weight
for every size of coalition and number of identities. What copies gain is linear in these weights and in the game, so that two
linear programmes in turn find the best weights: the best against the games so far, and the worst game for these weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb
from typing import TypeAlias

import numpy as np

from ...arrays import FloatArray
from .copying_problem import MOST_PARTIES, CopyingProblem, Games, Vector

Weights: TypeAlias = tuple[tuple[Fraction, ...], ...]
"""What a coalition's worth counts for its members: for m = 2, 3, ... identities, by sizes 1 .. m - 1."""

LARGEST, ROUNDS, STEP = 10, 200, 1 << 40
MOST_DESIGNED = 4


@dataclass(frozen=True)
class Form:
    """A number linear in the weights and in the game: ``constant + by_weight @ weights`` is its form in the game (2n,)."""

    constant: Vector
    by_weight: dict[tuple[int, int], Vector]

    def at(self, weights: Weights) -> list[Fraction]:
        """Return the form in the game at given weights."""
        form = list(self.constant)
        for (m, size), part in self.by_weight.items():
            for place, coefficient in enumerate(part):
                form[place] += weights[m - 2][size - 1] * coefficient
        return form


def share_form(parties: int, identities: int) -> Form:
    """Return what the attacker's identities receive together, in what t others are worth, and t others with the attacker.

    A coalition of size s counts α_s for members and, so that shares sum to what is paid, β_s = -s α_s / (m - s) for the others;
    for one identity alone (m - 1) β_1 = -1 - α_1, and the joint model counts 1.
    """
    n, m = parties, parties + identities - 1
    constant, by_weight = [Fraction(0)] * (2 * n), {(m, s): [Fraction(0)] * (2 * n) for s in range(1, m)}
    for copies in range(identities + 1):
        for others in range(n):
            size, place = copies + others, (n if copies else 0) + others
            if size == 0:
                continue
            ways = identities * comb(n - 1, others)
            inside = ways * (comb(identities - 1, copies - 1) if copies else 0)
            outside = ways * comb(identities - 1, copies)
            if size == m:
                constant[place] += inside
                continue
            by_weight[m, size][place] += inside - Fraction(size * outside, m - size)
            if size == 1:
                constant[place] -= Fraction(outside, m - 1)
    return Form(tuple(constant), {key: tuple(part) for key, part in by_weight.items()})


def gain_form(parties: int, copies: int) -> Form:
    """Return what copies gain their owner: what all its identities receive and pay, less what one did."""
    honest, attacked = share_form(parties, 1), share_form(parties, 1 + copies)
    constant = [after - before for after, before in zip(attacked.constant, honest.constant, strict=True)]
    constant[-1] -= copies
    constant[parties] += copies
    less = {key: tuple(-entry for entry in part) for key, part in honest.by_weight.items()}
    return Form(tuple(constant), attacked.by_weight | less)


@dataclass(frozen=True)
class DesignProblem:
    """Which division is looked for: least gain from copies, on games of a class whose joint model is worth 1.

    Parameters
    ----------
    parties, copies
        Most parties, 2..4, and most copies, 1..5; together at most 8.
    games
        The class of games.
    unearned
        What a party whose data adds nothing to any coalition may be given at most; 0 keeps the null-buyer property.
    floor
        Whether nobody may pay more than it improves.
    stable
        What every copy must lose where everybody improves at least ``margin``, so that honesty is strictly best; 0: nothing.
    margin
        See ``stable``.

    Raises
    ------
    ValueError
        A number is out of range.
    """

    parties: int
    copies: int = 2
    games: Games = "monotone"
    unearned: Fraction = Fraction(0)
    floor: bool = True
    stable: Fraction = Fraction(0)
    margin: Fraction = Fraction(1, 10)

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low, high in (("parties", 2, MOST_DESIGNED), ("copies", 1, 5), ("unearned", 0, 1), ("stable", 0, 1)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} = {getattr(self, name)}: it must lie in {low}..{high}")
        if self.parties + self.copies > MOST_PARTIES:
            raise ValueError(f"parties + copies = {self.parties + self.copies}: it must be at most {MOST_PARTIES}")
        CopyingProblem("excess", self.parties, self.copies, self.games, self.margin)

    @property
    def keys(self) -> list[tuple[int, int]]:
        """The weights there are: by number of identities and size."""
        return [(m, size) for m in range(2, self.parties + self.copies + 1) for size in range(1, m)]

    def demands(self) -> Iterator["Demand"]:
        """Iterate over what must not exceed its limit on any game; the gains from copies have the limit that is minimised."""
        for n in range(2, self.parties + 1):
            for k in range(1, self.copies + 1):
                yield Demand(f"{k} copies, {n} parties", gain_form(n, k), CopyingProblem("excess", n, k, self.games), None)
                if self.stable > 0:
                    strict = CopyingProblem("excess", n, k, self.games, self.margin)
                    yield Demand(f"honesty is stable, {k} copies, {n} parties", gain_form(n, k), strict, -self.stable * k)
        for m in range(2, self.parties + self.copies + 1):
            share, problem = share_form(m, 1), CopyingProblem("excess", m, 1, self.games)
            yield Demand(f"unearned, {m} identities", share, problem, self.unearned, null=True)
            below = Form(
                tuple(-part for part in share.constant),
                {key: tuple(-entry for entry in part) for key, part in share.by_weight.items()},
            )
            yield Demand(f"useless data is not charged, {m} identities", below, problem, Fraction(0), null=True)
            if self.floor:
                yield Demand(f"floor, {m} identities", below, problem, Fraction(0))


@dataclass(frozen=True, eq=False)
class Demand:
    """A form that must not exceed a limit on any game of a class; None: the limit is the number that is minimised."""

    name: str
    form: Form
    problem: CopyingProblem
    limit: Fraction | None
    null: bool = False

    def worst(self, weights: Weights) -> tuple[Fraction, Vector]:
        """Return a bound on the form at these weights that no game of the class exceeds, exactly, and a game that nears it."""
        from scipy.optimize import linprog

        n, form = self.problem.parties, self.form.at(weights)
        if self.null:  # with and without the attacker, coalitions are worth the same
            form = [form[t] + form[n + t] for t in range(n)] + [Fraction(0)] * n
        bounds = self.problem.bounds((self.problem.least, self.problem.most), (Fraction(0), Fraction(n - 1)))
        bounds[0 if self.null else n] = (Fraction(0), Fraction(0)) if self.null else bounds[n]
        if self.null:
            bounds[n - 1] = (Fraction(1), Fraction(1))
            bounds[n:] = [(Fraction(0), Fraction(1))] * n
        rows = [row for row in self.problem.rows if not self.null or max(place for place, _ in row.coefficients) < n]
        matrix = np.zeros((len(rows), 2 * n))
        for place, row in enumerate(rows):
            for variable, coefficient in row.coefficients:
                matrix[place, variable] = float(coefficient)
        solved = linprog(
            [-float(part) for part in form],
            A_ub=matrix,
            b_ub=[float(row.limit) for row in rows],
            bounds=[(float(low), float(high)) for low, high in bounds],
            method="highs",
        )
        total, rest = Fraction(0), list(form)
        for row, marginal in zip(rows, np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0), strict=True):
            units = Fraction(round(float(marginal) * STEP), STEP)
            total += units * row.limit
            for variable, coefficient in row.coefficients:
                rest[variable] -= units * coefficient
        for part, (low, high) in zip(rest, bounds, strict=True):
            total += part * (high if part > 0 else low)
        game = [Fraction(float(worth)).limit_denominator(1000) for worth in np.asarray(solved.x)]
        return total, tuple(game[:n] * 2) if self.null else tuple(game)


@dataclass(frozen=True, eq=False)
class Design:
    """The division that was found, and between what the least largest gain lies.

    Parameters
    ----------
    problem
        What was looked for.
    weights
        What coalitions count for their members; None where the demands contradict each other.
    gain
        What no game of the class exceeds under these weights, exactly.
    bound
        What the largest gain of every division of the family reaches, exactly.
    met
        The worst of every demand under the weights, by name, as bounds that hold exactly.
    rounds
        How many times the weights were chosen anew.
    games
        The counterexamples on the way, by the demand that they broke.
    """

    problem: DesignProblem
    weights: Weights | None
    gain: Fraction
    bound: Fraction
    met: dict[str, Fraction]
    rounds: int
    games: list[tuple[str, Vector]] = field(default_factory=list)


def design_division(problem: DesignProblem) -> Design:
    """Return the division of least largest gain from copies, with bounds from both sides.

    Examples
    --------
    Of two parties, a division that gives nothing to data that adds nothing need not pay for copies; of three it must.

    >>> found = design_division(DesignProblem(2, copies=1))
    >>> float(found.gain), float(found.bound), [[float(weight) for weight in row] for row in found.weights]
    (0.0, 0.0, [[0.0], [0.0, 0.5]])
    >>> float(design_division(DesignProblem(3, copies=1)).bound).__round__(6)
    0.333333
    """
    demands, keys = list(problem.demands()), problem.keys
    cuts: list[tuple[Demand, Vector]] = []
    weights = _rows_of(problem, [Fraction(0)] * len(keys))
    for rounds in range(1, ROUNDS + 1):
        chosen = _master(problem, cuts)
        if chosen is None:
            return Design(problem, None, Fraction(1), Fraction(1), {}, rounds, _named(cuts))
        values, level, multipliers = chosen
        weights = _rows_of(problem, [Fraction(value).limit_denominator(100_000) for value in values.tolist()])
        worst = {demand.name: demand.worst(weights) for demand in demands}
        broken = [
            demand
            for demand in demands
            if float(worst[demand.name][0]) > (level if demand.limit is None else float(demand.limit)) + 1e-6
        ]
        fresh = [(demand, worst[demand.name][1]) for demand in broken]
        known = {(demand.name, game) for demand, game in cuts}
        fresh = [(demand, game) for demand, game in fresh if (demand.name, game) not in known]
        if not fresh:
            met = {name: bound for name, (bound, _) in worst.items()}
            gain = max(met[demand.name] for demand in demands if demand.limit is None)
            return Design(problem, weights, gain, _lower(problem, cuts, multipliers), met, rounds, _named(cuts))
        cuts += fresh
    raise ValueError(f"the search for weights did not end in {ROUNDS} rounds")


def _named(cuts: Sequence[tuple[Demand, Vector]]) -> list[tuple[str, Vector]]:
    return [(demand.name, game) for demand, game in cuts]


def _rows_of(problem: DesignProblem, values: Sequence[Fraction]) -> Weights:
    by_key = dict(zip(problem.keys, values, strict=True))
    return tuple(tuple(by_key[m, size] for size in range(1, m)) for m in range(2, problem.parties + problem.copies + 1))


def _cut(problem: DesignProblem, demand: Demand, game: Vector) -> tuple[list[Fraction], Fraction]:
    """Return a demand on one game as a form in the weights and a constant, which together are at most the limit."""
    at = {key: sum((a * b for a, b in zip(part, game, strict=True)), Fraction(0)) for key, part in demand.form.by_weight.items()}
    constant = sum((a * b for a, b in zip(demand.form.constant, game, strict=True)), Fraction(0))
    return [at.get(key, Fraction(0)) for key in problem.keys], constant


def _master(problem: DesignProblem, cuts: Sequence[tuple[Demand, Vector]]) -> tuple[FloatArray, float, FloatArray] | None:
    """Return the best weights against the games so far, their level and the cuts' multipliers; None where there are none."""
    from scipy.optimize import linprog

    width = len(problem.keys)
    if not cuts:
        return np.zeros(width), 0.0, np.zeros(0)
    rows = [_cut(problem, demand, game) for demand, game in cuts]
    matrix = np.array(
        [[*map(float, form), -float(demand.limit is None)] for (form, _), (demand, _) in zip(rows, cuts, strict=True)]
    )
    limits = [float(demand.limit or 0) - float(constant) for (_, constant), (demand, _) in zip(rows, cuts, strict=True)]
    bounds = [(-LARGEST, LARGEST)] * width + [(0, LARGEST)]
    solved = linprog([0.0] * width + [1.0], A_ub=matrix, b_ub=limits, bounds=bounds, method="highs")
    if solved.status != 0 or solved.x is None:
        return None
    values = np.asarray(solved.x)
    return values[:width], float(values[width]), np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0)


def _lower(problem: DesignProblem, cuts: Sequence[tuple[Demand, Vector]], multipliers: FloatArray) -> Fraction:
    """Return a level that no weights in the box stay below, from any multipliers of the games, exactly."""
    weighted = [Fraction(float(each)).limit_denominator(10_000) for each in multipliers]
    together, level, share = [Fraction(0)] * len(problem.keys), Fraction(0), Fraction(0)
    for (demand, game), weight in zip(cuts, weighted, strict=True):
        form, constant = _cut(problem, demand, game)
        level += weight * (constant - (demand.limit or 0))
        share += weight if demand.limit is None else 0
        together = [have + weight * part for have, part in zip(together, form, strict=True)]
    level -= sum((LARGEST * abs(part) for part in together), Fraction(0))
    return max(level / share, Fraction(0)) if share > 0 else Fraction(0)
