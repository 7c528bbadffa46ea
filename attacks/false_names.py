"""Entering one's data under several names."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

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
        Among how many, 2..8; as even as rows allow, in the order in which they are held.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> market = Sybil(2).on(QualityCurve(sizes=[2, 2], curve="linear")).market
    >>> market.n, market.alone.tolist()
    (3, [1.0, 1.0, 2.0])
    """

    source = "Douceur (2002), The Sybil Attack; Yokoo, Sakurai & Matsubara (2004), false-name bids"
    ranges: ClassVar = {"identities": tuple(range(2, 9))}

    identities: Annotated[int, Field(ge=2, le=8)] = 2

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Cut each of the attacker's accounts in parts."""
        return scheme.changed(attacker, self._parts)

    def _parts(self, account: Account) -> Iterable[Account]:
        if account.rows is not None:
            if len(account.rows) < self.identities:
                raise NotExpressible(f"{len(account.rows)} rows are too few for {self.identities} identities")
            for part in np.array_split(np.arange(len(account.rows)), self.identities):
                yield replace(account, rows=Holding(account.rows.inputs[part], account.rows.targets[part]))
            return
        for low, high in itertools.pairwise(np.linspace(0, 1, self.identities + 1).tolist()):
            yield replace(account, spans=tuple((p, a + low * (b - a), a + high * (b - a)) for p, a, b in account.spans))
