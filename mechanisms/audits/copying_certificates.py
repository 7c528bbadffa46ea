"""Upper bounds on what copies can gain, by branch and bound, as certificates that need no trust in floating point.

Boxes of the attacker's improvement and of the others' sum are cut in two until a linear programme bounds the gain on each. Its
multipliers are rounded to fractions: whatever multipliers of at least 0 are taken, they give a bound, which is then worked out
exactly. The certificate is the tree of boxes with the multipliers; `certificate_check` reads it on its own.
"""

import heapq
import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from ...arrays import FloatArray
from .copying_problem import CopyingProblem, Vector

Box: TypeAlias = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
Node: TypeAlias = dict[str, Any]

STEP = 1 << 20
DENOMINATORS = (12, 1000, 1_000_000)
CLOSE = 1e-5


@dataclass(frozen=True, eq=False)
class CopyingCertificate:
    """Between what the largest gain from copies lies, with what proves it.

    Parameters
    ----------
    problem
        Of which games, rule and copies it speaks.
    found
        What copies gain on ``game``, exactly: the largest gain is at least this.
    worths
        That game, what t = 0 .. n-1 others are worth, then with the attacker; None where none was found.
    proved
        What no game of the class exceeds.
    leaves
        How many boxes the proof has.
    tree
        The boxes with their multipliers.
    """

    problem: CopyingProblem
    found: Fraction
    worths: Vector | None
    proved: Fraction
    leaves: int
    tree: Node

    @property
    def game(self) -> tuple[float, ...] | None:
        """The game as 2^n values, the attacker being party 1."""
        return None if self.worths is None else tuple(self.problem.values(self.worths))

    def document(self) -> dict[str, Any]:
        """Return the certificate as a document for JSON: fractions as text, multipliers in units of 2^-20."""
        problem = self.problem
        return {
            "certificate": "gain from copies",
            "division": problem.division,
            "parties": problem.parties,
            "copies": problem.copies,
            "games": problem.games,
            "improvements": [str(problem.least), str(problem.most)],
            "above_others": problem.above_others,
            "proved": str(self.proved),
            "found": str(self.found),
            "worths": [str(worth) for worth in self.worths or ()],
            "tree": self.tree,
        }


class _Programme:
    """The linear programme of a problem, solved in floating point for its multipliers and its worst game."""

    def __init__(self, problem: CopyingProblem) -> None:
        self.problem = problem
        self.matrix = np.zeros((len(problem.rows), 2 * problem.parties))
        for place, row in enumerate(problem.rows):
            for variable, coefficient in row.coefficients:
                self.matrix[place, variable] = float(coefficient)
        self.limits = np.array([float(row.limit) for row in problem.rows])

    def solve(self, form: Vector, bounds: list[tuple[Fraction, Fraction]]) -> tuple[FloatArray | None, list[int]]:
        """Return a worst game (2n,), and multipliers of the rows in units of 2^-20; no game where there is none."""
        from scipy.optimize import linprog

        solved = linprog(
            [-float(part) for part in form],
            A_ub=self.matrix,
            b_ub=self.limits,
            bounds=[(float(low), float(high)) for low, high in bounds],
            method="highs",
        )
        if solved.status != 0:
            return None, [0] * len(self.limits)
        multipliers = np.maximum(-np.asarray(solved.ineqlin.marginals), 0.0)
        return np.asarray(solved.x), np.rint(multipliers * STEP).astype(int).tolist()


def bound_on_box(problem: CopyingProblem, box: Box, multipliers: list[int]) -> Fraction:
    """Return a bound on what copies gain in a box, from any multipliers of at least 0 of the rows, exactly.

    Where y ≥ 0, c·x ≤ (c - yA)·x + y·b for every x with Ax ≤ b; what is left is bounded variable by variable.
    """
    form, total = problem.objective(*box)
    rest = list(form)
    for row, units in zip(problem.rows, multipliers, strict=True):
        if units:
            weight = Fraction(units, STEP)
            total += weight * row.limit
            for variable, coefficient in row.coefficients:
                rest[variable] -= weight * coefficient
    for part, (low, high) in zip(rest, problem.bounds(*box), strict=True):
        total += part * (high if part > 0 else low)
    return total


def certify_copying(
    problem: CopyingProblem, tolerance: Fraction = Fraction(1, 1000), target: Fraction | None = None, budget: int = 2000
) -> CopyingCertificate:
    """Bound what copies gain at most, until the bound is near the best game found, or at the target, or the budget is spent.

    Parameters
    ----------
    problem
        Of which games, rule and copies.
    tolerance
        How far the proof may stay above what was found, relative to that where it is above 1.
    target
        The bound that is to be proved; it may end earlier then.
    budget
        How many boxes are looked at.

    Examples
    --------
    Under the excess form copies never pay one of two parties.

    >>> found = certify_copying(CopyingProblem("excess", 2, 1))
    >>> float(found.found), float(found.proved), found.leaves
    (0.0, 0.0, 1)
    """
    programme = _Programme(problem)
    n = problem.parties
    others = ((n - 1) * problem.least, (n - 1) * problem.most)
    root: Node = {}
    best, order = Fraction(-10), itertools.count()
    game: Vector | None = None
    open_boxes: list[tuple[Fraction, int, Box, Node]] = []

    def look(box: Box, node: Node) -> None:
        nonlocal best, game
        bounds = problem.bounds(*box)
        if any(low > high for low, high in bounds) or (problem.above_others and (n - 1) * box[0][1] < box[1][0]):
            node["empty"] = True
            return
        worst, multipliers = programme.solve(problem.objective(*box)[0], bounds)
        if worst is not None:
            worths = repaired(problem, worst)
            if worths is not None and (gain := problem.gain(worths)) > best:
                best, game = gain, worths
        node["multipliers"] = multipliers
        heapq.heappush(open_boxes, (-bound_on_box(problem, box, multipliers), next(order), box, node))

    look(((problem.least, problem.most), others), root)
    looked = 1
    while open_boxes and looked < budget:
        bound = -open_boxes[0][0]
        if bound <= best + tolerance * max(Fraction(1), best) or (target is not None and bound <= target):
            break
        _, _, box, node = heapq.heappop(open_boxes)
        # the wider side is cut, the others' sum being n - 1 times as long
        axis = 0 if (n - 1) * (box[0][1] - box[0][0]) >= box[1][1] - box[1][0] else 1
        middle = (box[axis][0] + box[axis][1]) / 2
        halves = (box[axis][0], middle), (middle, box[axis][1])
        node.clear()
        node |= {"cut": axis, "parts": [{}, {}]}
        for half, part in zip(halves, node["parts"], strict=True):
            look((half, box[1]) if axis == 0 else (box[0], half), part)
        looked += 2
    proved = max((-item[0] for item in open_boxes), default=Fraction(0))
    return CopyingCertificate(problem, best, game, max(proved, best), len(open_boxes), root)


def repaired(problem: CopyingProblem, worths: FloatArray) -> Vector | None:
    """Return a game of the class of small fractions near one in floating point, (2n,); None where rounding leaves the class."""
    for largest in DENOMINATORS:
        near = tuple(Fraction(worth).limit_denominator(largest) for worth in worths.tolist())
        if np.abs(np.array([float(worth) for worth in near]) - worths).max() < CLOSE and _is_of(problem, near):
            return near
    return None


def _is_of(problem: CopyingProblem, worths: Vector) -> bool:
    n = problem.parties
    full = (problem.least, problem.most), ((n - 1) * problem.least, (n - 1) * problem.most)
    inside = all(low <= worth <= high for worth, (low, high) in zip(worths, problem.bounds(*full), strict=True))
    return inside and all(
        sum((coefficient * worths[variable] for variable, coefficient in row.coefficients), Fraction(0)) <= row.limit
        for row in problem.rows
    )
