"""How much copies can gain under divisions by Shapley values: a linear programme for every pot, exact to the last digit.

At fixed sums of improvements the gain is linear in what coalitions are worth, and everything is the same for all parties who do
not attack. Averaging a game over them changes neither, so that a worst game treats them alike: 2n values tell all of it.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, factorial
from typing import Literal, TypeAlias, get_args

Division: TypeAlias = Literal["normalised", "excess", "printed", "shapley"]
Games: TypeAlias = Literal["monotone", "submodular", "supermodular"]
Vector: TypeAlias = tuple[Fraction, ...]

MOST_PARTIES, MOST_COPIES = 8, 16


@dataclass(frozen=True)
class Row:
    """The constraint Σ coefficient · variable ≤ limit, by the variables' places."""

    coefficients: tuple[tuple[int, Fraction], ...]
    limit: Fraction


@dataclass(frozen=True)
class CopyingProblem:
    """What a party gains at most by copies, on games of a class whose joint model is worth 1.

    The variables are u_0 .. u_{n-1}, what t other parties are worth, then w_0 .. w_{n-1}, what they are worth with the attacker.
    Every division here is homogeneous in the worths, so that a joint worth of 1 loses nothing.

    Parameters
    ----------
    division
        How the pot is divided, as in `ReplicationRobustDivision`; ``shapley``: everybody pays once, by Shapley values of the
        gains.
    parties
        n, 2..8.
    copies
        k, 1..16, beside the attacker's own entry.
    games
        The class; all are monotone.
    least, most
        What every party improves, from 0 to 1.
    above_others
        Whether the attacker improves at least as much as the others do on average.

    Raises
    ------
    ValueError
        A number or name is out of range.
    """

    division: Division
    parties: int
    copies: int
    games: Games = "monotone"
    least: Fraction = Fraction(0)
    most: Fraction = Fraction(1)
    above_others: bool = False

    def __post_init__(self) -> None:
        """Check names and ranges."""
        if self.division not in get_args(Division):
            raise ValueError(f"division = {self.division!r}: it must be one of {', '.join(get_args(Division))}")
        if self.games not in get_args(Games):
            raise ValueError(f"class = {self.games!r}: it must be one of {', '.join(get_args(Games))}")
        for name, top in (("parties", MOST_PARTIES), ("copies", MOST_COPIES)):
            low = 2 if name == "parties" else 1
            if not low <= getattr(self, name) <= top:
                raise ValueError(f"{name} = {getattr(self, name)}: it must lie in {low}..{top}")
        if not 0 <= self.least <= self.most <= 1:
            raise ValueError(f"improvements from {self.least} to {self.most}: they must lie in [0, 1], in this order")

    def share(self, identities: int) -> Vector:
        """Return how the Shapley value of one of the attacker's identities depends on the variables, shape (2n,)."""
        n, total = self.parties, identities + self.parties - 1
        held = {"normalised": 1, "printed": 1, "excess": 0, "shapley": None}[self.division]
        form = [Fraction(0)] * (2 * n)
        for copies in range(identities):
            for others in range(n):
                size = copies + others
                ways = comb(identities - 1, copies) * comb(n - 1, others)
                weight = Fraction(ways * factorial(size) * factorial(total - 1 - size), factorial(total))
                without = n + others if copies else others
                if held is None:
                    form[n + others] += weight
                    form[without] -= weight
                else:
                    form[n + others] += weight * (held + size + 1)
                    form[without] -= weight * (held + size)
                    form[n] -= weight  # what the identity is worth alone
        return tuple(form)

    @cached_property
    def honest(self) -> Vector:
        """The Shapley value of the attacker's one entry."""
        return self.share(1)

    @cached_property
    def attacked(self) -> Vector:
        """The Shapley values of all the attacker's identities together."""
        identities = 1 + self.copies
        return tuple(identities * part for part in self.share(identities))

    def factor(self, own: Fraction, others: Fraction, identities: int) -> Fraction:
        """Return by what Shapley values are multiplied, from improvements of the attacker and of all others; rises in both."""
        pot = (1 if self.division == "shapley" else identities) * own + others
        return {"normalised": pot / (1 + pot), "excess": Fraction(1)}.get(self.division, pot)

    def objective(self, own: tuple[Fraction, Fraction], others: tuple[Fraction, Fraction]) -> tuple[Vector, Fraction]:
        """Return a linear form, and a constant, of at least what copies gain where sums of improvements lie in two ranges.

        Shapley values of these games are at least 0 where more data never hurts, so that the factors' ends bound the products.
        """
        high = self.factor(own[1], others[1], 1 + self.copies)
        low = self.factor(own[0], others[0], 1)
        form = [high * after - low * before for after, before in zip(self.attacked, self.honest, strict=True)]
        paid = 0 if self.division == "shapley" else self.copies
        form[self.parties] += paid  # copies pay the attacker's improvement, 1 - w_0, each
        return tuple(form), Fraction(-paid)

    def gain(self, worths: Vector) -> Fraction:
        """Return what copies gain on a game, exactly; worths (2n,) of t others, then of t others with the attacker."""
        n = self.parties
        own, others = 1 - worths[n], (n - 1) * (1 - worths[1])
        form, constant = self.objective((own, own), (others, others))
        return constant + sum((part * worth for part, worth in zip(form, worths, strict=True)), Fraction(0))

    def bounds(self, own: tuple[Fraction, Fraction], others: tuple[Fraction, Fraction]) -> list[tuple[Fraction, Fraction]]:
        """Return between what every variable lies, 2n pairs; an empty range where low is above high."""
        n = self.parties
        limits = [(Fraction(0), Fraction(1)) for _ in range(2 * n)]
        limits[0], limits[-1] = (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))
        each = max(self.least, others[0] / (n - 1)), min(self.most, others[1] / (n - 1))
        mine = max(self.least, own[0]), min(self.most, own[1])
        limits[1], limits[n] = (1 - each[1], 1 - each[0]), (1 - mine[1], 1 - mine[0])
        return limits

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """What the class asks of games, and of the attacker's improvement."""
        n, one = self.parties, Fraction(1)

        def at_most(less: dict[int, int], more: dict[int, int]) -> Row:
            places = sorted({*less, *more})
            return Row(tuple((place, Fraction(less.get(place, 0) - more.get(place, 0))) for place in places), 0 * one)

        rows = [at_most({base + t: 1}, {base + t + 1: 1}) for base in (0, n) for t in range(n - 1)]
        rows += [at_most({t: 1}, {n + t: 1}) for t in range(n)]
        if self.games != "monotone":
            bends = [({base + t: 1, base + t + 2: 1}, {base + t + 1: 2}) for base in (0, n) for t in range(n - 2)]
            bends += [({t: 1, n + t + 1: 1}, {t + 1: 1, n + t: 1}) for t in range(n - 1)]
            rows += [at_most(*(bend if self.games == "submodular" else bend[::-1])) for bend in bends]
        if self.above_others:
            rows.append(at_most({n: 1}, {1: 1}))
        return tuple(rows)

    def values(self, worths: Vector) -> list[float]:
        """Return the game of worths (2n,) as a table of 2^n values, the attacker being party 1."""
        n = self.parties
        return [float(worths[(n if mask & 1 else 0) + (mask >> 1).bit_count()]) for mask in range(1 << n)]
