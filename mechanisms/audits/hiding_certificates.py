"""Why no truthful, rational payments break even in a growing market: a chain of hides whose inequalities add up to a loss."""

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

DIGITS, SLACK = 60, Decimal(10) ** -40


def _power(base: Fraction, exponent: Fraction) -> Decimal:
    """Return base^exponent to more digits than are relied on; 0 of 0."""
    if base == 0:
        return Decimal(0)
    return (Decimal(base.numerator) / base.denominator) ** (Decimal(exponent.numerator) / exponent.denominator)


def hiding_certificate(growth: Fraction, chain: list[int], others: int) -> dict[str, Any]:
    """Return the certificate that two players with data chain[0] and ``others`` cannot be made truthful within budget.

    Parameters
    ----------
    growth
        The market's growth rate α, in [-1, 0).
    chain
        Amounts of data, falling: a player with each can pretend to have the next.
    others
        What the other player has.

    Examples
    --------
    >>> check_hiding(hiding_certificate(Fraction(-9, 10), [2, 1], 0))
    'growth -9/10: no truthful, individually rational payments of 2 and 0 units of data break even'
    """
    return {"certificate": "hides", "growth": str(growth), "chain": chain, "others": others}


def check_hiding(document: dict[str, Any]) -> str:
    """Return what a certificate of hides proves, in words.

    Truth must be worth as much as the next hide: p(t) ≤ p(s) + u(t truthful) - u(t as s). Summed over the chain, the last paying
    at most what taking part is worth to it, and the other player at most what it is worth to that, payments stay below 0.

    Raises
    ------
    ValueError
        The inequalities do not add up to a loss, or the chain does not fall.
    """
    growth, chain, c = Fraction(document["growth"]), list(document["chain"]), int(document["others"])
    if not -1 <= growth < 0 or c < 0 or not chain or any(s >= t for t, s in itertools.pairwise(chain)) or chain[-1] < 0:
        raise ValueError(f"growth = {growth}, chain {chain}: growth lies in [-1, 0) and chains of amounts fall")
    with localcontext() as context:
        context.prec = DIGITS

        def worth(own: int, other: int) -> Decimal:
            return own * _power(Fraction(own + other), growth)

        def most(own: int, other: int) -> Decimal:
            return worth(own + other, own + other) - worth(own, other)

        total = most(chain[-1], c) + most(c, chain[0])
        for t, s in itertools.pairwise(chain):
            total += worth(t + c, t + c) - worth(max(s + c, t), s + c)
        if total >= -SLACK:
            raise ValueError(f"the inequalities add up to {total:.6g}, which is no loss")
    return f"growth {growth}: no truthful, individually rational payments of {chain[0]} and {c} units of data break even"
