"""Two parties who act as one."""

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np

from ..models.tasks import Holding
from .accounts import Account
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .scheme import Scheme


@ATTACKS.register
class Merge(Attack):
    """Two parties enter their data as one party, and both use the model that it receives.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> Merge().on(QualityCurve(sizes=[1, 2, 3], curve="linear"), 0, 2).market.alone.tolist()
    [4.0, 2.0]
    """

    source = "original (collusion before the market)"
    needs_partner: ClassVar[bool] = True

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Put one account in the place of the two parties' own."""
        if partner is None:
            raise ValueError("a merger takes a partner")
        mine, theirs = (
            [account for account in scheme.accounts if account.owner == party and account.entries > 0]
            for party in (attacker, partner)
        )
        if len(mine) != 1 or len(theirs) != 1 or mine[0].entries != theirs[0].entries:
            raise NotExpressible("only parties who each enter under one name, and as often, can merge")
        if scheme.portioned:
            raise NotExpressible("parties enter their data portion by portion, and each only its own")
        merged = _together(mine[0], theirs[0])
        accounts = tuple(merged if account is mine[0] else account for account in scheme.accounts if account is not theirs[0])
        return replace(scheme.attacked_by(attacker, partner), accounts=accounts, shared=True)


def _together(one: Account, other: Account) -> Account:
    rows = one.rows
    if rows is not None and other.rows is not None:
        rows = Holding(np.concatenate([rows.inputs, other.rows.inputs]), np.concatenate([rows.targets, other.rows.targets]))
    return replace(one, rows=rows, spans=(*one.spans, *other.spans))


@ATTACKS.register
class PoolRewards(Attack):
    """Two parties enter the market apart, then share the models they receive and what they can train together.

    Parameters
    ----------
    noise
        What the platform does where rewards are made worse by noise: each party's is ``independent`` of the other's, so that both
        together leave less; or it is ``nested`` between them, as `NestedNoise` makes it, and the better one is all they know.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> scheme = PoolRewards().on(QualityCurve(sizes=[1, 2, 3], curve="linear"), 0, 2)
    >>> scheme.coalition, scheme.shared
    ((0, 2), True)
    """

    source = "original (collusion after the market)"
    needs_partner: ClassVar[bool] = True

    noise: Literal["independent", "nested"] = "independent"

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Leave everything as it is, but for who may use what."""
        if partner is None:
            raise ValueError("sharing takes a partner")
        return replace(scheme.attacked_by(attacker, partner), shared=True, nested=self.noise == "nested")
