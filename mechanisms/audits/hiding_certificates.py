"""Why no truthful, rational payments break even in a growing market: a chain of hides whose inequalities add up to a loss."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

CLOSE = 1e-9


def hiding_certificate(growth: Fraction, chain: Sequence[int], others: int) -> dict[str, Any]:
    """Return the certificate that two players with data chain[0] and ``others`` cannot be made truthful with revenue ≥ 0.

    Hides that are not needed for the loss are left out, so that the set of deviations is minimal. `exploitation_check` reads it.

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
    >>> from potluck.mechanisms.audits.exploitation_check import check_certificate
    >>> document = hiding_certificate(Fraction(-9, 10), [3, 2, 1], 0)
    >>> document["chain"], check_certificate(document)
    ([3, 1], 'growth -9/10: no truthful, individually rational payments of 3 and 0 units of data break even')
    """
    needed, rate, place = list(chain), float(growth), 1
    while place < len(needed):
        shorter = needed[:place] + needed[place + 1 :]
        if _loss(rate, shorter, others) < -CLOSE:
            needed, place = shorter, 1
        else:
            place += 1
    loss = _loss(rate, needed, others)
    return {
        "certificate": "hides",
        "growth": str(growth),
        "chain": needed,
        "others": others,
        "at_most": f"{loss + CLOSE * abs(loss):.15f}",
        "minimal": True,
    }


def _loss(growth: float, chain: Sequence[int], others: int) -> float:
    """Return what the inequalities of a chain add up to, in floating point."""

    def worth(own: int, other: int) -> float:
        return own * float(own + other) ** growth if own + other else 0.0

    def most(own: int, other: int) -> float:
        return worth(own + other, own + other) - worth(own, other)

    hides = (worth(t + others, t + others) - worth(max(s + others, t), s + others) for t, s in itertools.pairwise(chain))
    return most(chain[-1], others) + most(others, chain[0]) + sum(hides)
