"""Entering one's data under several names."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ..arrays import IntArray
from ..models.tasks import Holding
from .accounts import Account
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .scheme import Scheme


@ATTACKS.register
class Sybil(Attack):
    """Split one's data among several identities that look like parties of their own.

    Parameters
    ----------
    identities
        Among how many, 2..8, in the order in which rows are held.
    split
        ``even`` parts, as far as rows allow; ``uneven``: the first has half of everything, the second half of the rest, and so
        on; ``overlapping``: even parts of which each reaches on over half of the next one.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> market = Sybil(2).on(QualityCurve(sizes=[2, 2], curve="linear")).market
    >>> market.n, market.alone.tolist()
    (3, [1.0, 1.0, 2.0])
    """

    source = "Douceur (2002), The Sybil Attack; Yokoo, Sakurai & Matsubara (2004), false-name bids"
    ranges: ClassVar = {"identities": tuple(range(2, 9)), "split": ("even", "uneven", "overlapping")}

    identities: Annotated[int, Field(ge=2, le=8)] = 2
    split: Literal["even", "uneven", "overlapping"] = "even"

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Cut each of the attacker's accounts in parts."""
        return scheme.changed(attacker, self._parts)

    def _parts(self, account: Account) -> Iterable[Account]:
        if account.rows is not None:
            most = len(account.rows)
            if most < self.identities:
                raise NotExpressible(f"{most} rows are too few for {self.identities} identities")
            even = np.array_split(np.arange(most), self.identities)
            for part in even if self.split == "even" else [_rows_between(*ends, most) for ends in self._shares()]:
                yield replace(account, rows=Holding(account.rows.inputs[part], account.rows.targets[part]))
            return
        for low, high in self._shares():
            yield replace(account, spans=tuple((p, a + low * (b - a), a + high * (b - a)) for p, a, b in account.spans))

    def _shares(self) -> list[tuple[float, float]]:
        """Return where each identity's part begins and ends, in shares of the whole."""
        m = self.identities
        if self.split == "uneven":
            ends = [0.0, *(1 - 0.5**k for k in range(1, m)), 1.0]
            return list(itertools.pairwise(ends))
        ends = np.linspace(0, 1, m + 1).tolist()
        reach = 0.5 / m if self.split == "overlapping" else 0.0
        return [(low, min(high + reach, 1.0)) for low, high in itertools.pairwise(ends)]


def _rows_between(low: float, high: float, rows: int) -> IntArray:
    first = min(math.ceil(round(low * rows, 9)), rows - 1)
    return np.arange(first, max(math.ceil(round(high * rows, 9)), first + 1))
