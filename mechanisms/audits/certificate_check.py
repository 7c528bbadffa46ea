"""A checker of certificates that shares no code with what makes them: it needs Python alone, and works in fractions.

``python certificate_check.py FILE ...`` says what each file proves, and ends with an error at one that does not.
"""

import json
import sys
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

Form = list[Fraction]
Span = tuple[Fraction, Fraction]
UNIT = Fraction(1, 1 << 20)


def shapley_form(division: str, n: int, identities: int) -> Form:
    """Return Shapley values of the attacker's identities: a form in what t others are worth, u_t, and with the attacker, w_t.

    An identity finds c of its like and t others before it with a hypergeometric chance, every place being as likely.
    """
    total, form = n - 1 + identities, [Fraction(0)] * (2 * n)
    for c in range(identities):
        for t in range(n):
            chance = Fraction(comb(identities - 1, c) * comb(n - 1, t), comb(total - 1, c + t) * total) * identities
            before, after = (n + t if c else t), n + t
            if division == "shapley":
                form[after] += chance
                form[before] -= chance
                continue
            worth = 0 if division == "excess" else 1  # v(S) = [G(S)] + sum over members j of G(S) - G(j)
            form[after] += chance * (worth + c + t + 1)
            form[before] -= chance * (worth + c + t)
            form[n] -= chance
    return form


def product(one: Form, other: Form) -> Fraction:
    """Return the sum of the products of entries."""
    return sum((part * worth for part, worth in zip(one, other, strict=True)), Fraction(0))


def factor(division: str, own: Fraction, others: Fraction, identities: int) -> Fraction:
    """Return what the values are multiplied by; it rises with the improvements."""
    pot = own * (1 if division == "shapley" else identities) + others
    return Fraction(1) if division == "excess" else pot / (1 + pot) if division == "normalised" else pot


def class_rows(claim: dict[str, Any]) -> list[dict[int, int]]:
    """Return the constraints, each a form that is at most 0."""
    n, games = claim["parties"], claim["games"]
    rows = [{base + t: 1, base + t + 1: -1} for base in (0, n) for t in range(n - 1)] + [{t: 1, n + t: -1} for t in range(n)]
    bends = [{base + t: 1, base + t + 2: 1, base + t + 1: -2} for base in (0, n) for t in range(n - 2)]
    bends += [{t: 1, n + t + 1: 1, t + 1: -1, n + t: -1} for t in range(n - 1)]
    if games != "monotone":
        sign = {"submodular": 1, "supermodular": -1}[games]
        rows += [{place: sign * part for place, part in bend.items()} for bend in bends]
    return [*rows, {n: 1, 1: -1}] if claim["above_others"] else rows


class Checker:
    """What one certificate claims and proves."""

    def __init__(self, claim: dict[str, Any]) -> None:
        self.claim, self.n, self.k, self.division = claim, claim["parties"], claim["copies"], claim["division"]
        if self.division not in {"normalised", "excess", "printed", "shapley"}:
            raise ValueError(f"there is no division {self.division!r}")
        self.least, self.most = map(Fraction, claim["improvements"])
        self.rows = class_rows(claim)
        self.before = shapley_form(self.division, self.n, 1)
        self.after = shapley_form(self.division, self.n, 1 + self.k)

    def objective(self, own: Span, others: Span) -> tuple[Form, Fraction]:
        """Return a form of at least what copies gain: values are at least 0, so that the greater factor goes with the gain."""
        high, low = factor(self.division, own[1], others[1], 1 + self.k), factor(self.division, own[0], others[0], 1)
        form = [high * after - low * before for after, before in zip(self.after, self.before, strict=True)]
        paid = 0 if self.division == "shapley" else self.k
        form[self.n] += paid
        return form, Fraction(-paid)

    def limits(self, own: Span, others: Span) -> list[Span]:
        """Return the ranges of the variables."""
        n = self.n
        spans = [(Fraction(0), Fraction(1))] * (2 * n)
        spans[0], spans[-1] = (Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))
        spans[1] = 1 - min(self.most, others[1] / (n - 1)), 1 - max(self.least, others[0] / (n - 1))
        spans[n] = 1 - min(self.most, own[1]), 1 - max(self.least, own[0])
        return spans

    def bound(self, node: dict[str, Any], own: Span, others: Span) -> Fraction | None:
        """Return what the tree below a node proves of its box; None of a box that holds no game."""
        if "cut" in node:
            axis, (one, other) = node["cut"], node["parts"]
            low, high = (own, others)[axis]
            halves = (low, (low + high) / 2), ((low + high) / 2, high)
            boxes = [(half, others) if axis == 0 else (own, half) for half in halves]
            proved = [self.bound(part, *box) for part, box in zip((one, other), boxes, strict=True)]
            return max((bound for bound in proved if bound is not None), default=None)
        spans = self.limits(own, others)
        if node.get("empty"):
            if all(low <= high for low, high in spans) and not (self.claim["above_others"] and (self.n - 1) * own[1] < others[0]):
                raise ValueError("a box is called empty that is not")
            return None
        form, total = self.objective(own, others)
        for row, units in zip(self.rows, node["multipliers"], strict=True):
            if units < 0:
                raise ValueError("a multiplier is negative")
            for place, part in row.items():
                form[place] -= units * UNIT * part
        ends = [high if part > 0 else low for part, (low, high) in zip(form, spans, strict=True)]
        return total + product(form, ends)

    def check(self) -> str:
        """Return what is proved, in words."""
        n, claimed, ends = self.n, Fraction(self.claim["proved"]), (self.least, self.most)
        proved = self.bound(self.claim["tree"], ends, ((n - 1) * self.least, (n - 1) * self.most))
        if proved is not None and proved > claimed:
            raise ValueError(f"it proves {float(proved):.9g}, and claims {float(claimed):.9g}")
        if worths := [Fraction(worth) for worth in self.claim["worths"]]:
            self.check_game(worths, Fraction(self.claim["found"]))
        which = f"{self.claim['games']} games of {n} parties, improvements in [{self.least}, {self.most}]"
        which += ", the attacker's no less than the others' mean" if self.claim["above_others"] else ""
        return f"{self.k} copies gain at most {float(claimed):.6g} under {self.division} division on {which}"

    def check_game(self, game: Form, found: Fraction) -> None:
        """Check that a game is of the class and gains what is said."""
        own, others = 1 - game[self.n], (self.n - 1) * (1 - game[1])
        spans = self.limits((self.least, self.most), (Fraction(0), Fraction(self.n - 1)))
        inside = all(low <= worth <= high for worth, (low, high) in zip(game, spans, strict=True))
        form, total = self.objective((own, own), (others, others))
        if not inside or any(sum(part * game[place] for place, part in row.items()) > 0 for row in self.rows):
            raise ValueError("the game found is not of the class")
        if total + product(form, game) != found:
            raise ValueError("the game found gains something else")


def check_certificate(document: dict[str, Any]) -> str:
    """Return what a certificate proves, in words; ValueError where it does not prove what it claims."""
    try:
        return Checker(document).check()
    except (KeyError, TypeError, ZeroDivisionError, IndexError) as error:
        raise ValueError(f"it is not a certificate: {type(error).__name__} {error}") from error


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"{name}: {check_certificate(json.loads(Path(name).read_text(encoding='utf-8')))}\n")
