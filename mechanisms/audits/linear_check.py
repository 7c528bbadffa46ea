"""A checker of certificates about rules that are linear in coalitions' worths, which shares no code with what makes them.

``python linear_check.py FILE ...`` says what each file proves, and ends with an error at one that does not. It needs Python
alone, and works in fractions.
"""

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

Form = list[Fraction]


def fractions(words: list[Any]) -> Form:
    """Return numbers that were written as text."""
    return [Fraction(word) for word in words]


def folded(form: Form, place: Callable[[int], int]) -> Form:
    """Return a form on games in which coalitions are worth the same as those they are sent to."""
    out = [Fraction(0)] * len(form)
    for mask, part in enumerate(form):
        out[place(mask)] += part
    return out


def alike(one: int, other: int, mask: int) -> int:
    """Return the coalition with the one of two parties that it has replaced by the first, where it has one of them."""
    return mask & ~(one | other) | min(one, other) if mask & (one | other) in {one, other} else mask


def linear_forms(claim: dict[str, Any]) -> Iterator[tuple[Form, Callable[[int], int]]]:
    """Yield what must not exceed the bound, as forms in what coalitions are worth, and the games of which it is asked."""
    n, demand = claim["parties"], claim["demand"]
    has, pays = [fractions(row) for row in claim["has"]], [fractions(row) for row in claim["pays"]]
    if demand in {"money adds up", "balance", "budget"}:
        total = [sum(parts, Fraction(0)) for parts in zip(*pays, strict=True)]
        if demand == "money adds up":
            total = [part - due for part, due in zip(total, fractions(claim["promised"]), strict=True)]
        yield [-part for part in total], int
        if demand != "budget":
            yield total, int
    elif demand == "null party":
        for party in range(n):
            yield from ((form, lambda mask, out=~(1 << party): mask & out) for form in (has[party], [-x for x in has[party]]))
    elif demand == "symmetry":
        for one, other in itertools.permutations(range(n), 2):
            form = [a - b for a, b in zip(has[one], has[other], strict=True)]
            yield form, partial(alike, 1 << one, 1 << other)
    elif demand == "nobody worse off than alone":
        for party in range(n):
            yield [(mask == 1 << party) - part for mask, part in enumerate(has[party])], int
    elif demand == "copies do not pay":
        copied = fractions(claim["copied"])
        yield [after - before for after, before in zip(copied, has[0], strict=True)], int
    else:
        raise ValueError(f"there is no demand {demand!r}")


def steps(claim: dict[str, Any]) -> list[tuple[int, int]]:
    """Return the pairs of coalitions of which the first must not be worth more."""
    members = range(claim["parties"])
    pairs = [(mask, mask | 1 << i) for mask in range(1 << claim["parties"]) for i in members if not mask >> i & 1]
    return {"all": [], "monotone": pairs}[claim["games"]]


def check_linear(claim: dict[str, Any]) -> str:
    """Check bounds on linear forms over a class of games with worths from 0 to 1: weak duality, entry by entry."""
    n, proved, rows, forms = claim["parties"], Fraction(claim["proved"]), steps(claim), list(linear_forms(claim))
    for (form, place), multipliers in zip(forms, claim["multipliers"], strict=True):
        left = folded(form, place)
        for number, weight in ((int(key), Fraction(word)) for key, word in multipliers.items()):
            if weight < 0:
                raise ValueError("a multiplier is negative")
            low, high = rows[number]
            left[place(low)] -= weight
            left[place(high)] += weight
        bound = sum((max(part, Fraction(0)) for part in left[1:]), Fraction(0))
        if bound > proved:
            raise ValueError(f"it proves {float(bound):.9g}, and claims {float(proved):.9g}")
    if game := fractions(claim["worths"]):
        if game[0] or not all(0 <= worth <= 1 for worth in game) or any(game[low] > game[high] for low, high in rows):
            raise ValueError("the game found is not of the class")
        reached = [
            sum((a * b for a, b in zip(form, game, strict=True)), Fraction(0))
            for form, place in forms
            if all(game[mask] == game[place(mask)] for mask in range(1 << n))
        ]
        if max(reached, default=None) != Fraction(claim["found"]):
            raise ValueError("the game found comes to something else")
    copies = f", {claim['copies']} copies" if claim["demand"] == "copies do not pay" else ""
    return f"{claim['demand']}: exceeded by at most {float(proved):.6g} on {claim['games']} games of {n} parties{copies}"


def check_certificate(document: dict[str, Any]) -> str:
    """Return what a certificate proves, in words; ValueError where it does not prove what it claims."""
    try:
        return check_linear(document)
    except (KeyError, TypeError, ZeroDivisionError, IndexError, ArithmeticError) as error:
        raise ValueError(f"it is not a certificate: {type(error).__name__} {error}") from error


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"{name}: {check_certificate(json.loads(Path(name).read_text(encoding='utf-8')))}\n")
