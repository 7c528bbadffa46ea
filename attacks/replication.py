"""Entering the same data more than once."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from ..arrays import FloatArray
from ..components import Seed
from ..models.tasks import Holding
from ..papers import MARKETS
from .accounts import Account
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .scheme import Scheme

PORTIONED = "parties enter their data portion by portion, and there are no copies"


@ATTACKS.register
class Replicate(Attack):
    """Enter exact copies of one's data beside it.

    Parameters
    ----------
    copies
        How many copies, 1..16.
    how
        ``identities``: each copy is an identity of one account, which asks for one model, as in the market of the paper.
        ``names``: each copy looks like a party of its own. ``rows``: the rows are repeated inside the one entry.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> Replicate(2).on(CoalitionValues([0, 0.7, 0.7, 1])).market.entries.tolist()
    [3, 1]
    """

    source = MARKETS.at("Section 3.1")
    ranges: ClassVar = {"copies": tuple(range(1, 17)), "how": ("identities", "names", "rows")}

    copies: Annotated[int, Field(ge=1, le=16)] = 1
    how: Literal["identities", "names", "rows"] = "identities"

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Multiply what the attacker's accounts enter, or the accounts."""
        if scheme.portioned:
            raise NotExpressible(PORTIONED)

        def copied(account: Account) -> Iterable[Account]:
            if self.how == "names":
                return (account,) * (1 + self.copies)
            if self.how == "identities":
                return (replace(account, entries=account.entries * (1 + self.copies)),)
            rows, times = scheme.rows_of(account, "there are no rows to repeat"), 1 + self.copies
            repeated = Holding(np.tile(rows.inputs, (times, 1)), np.tile(np.asarray(rows.targets), times))
            return (replace(account, rows=repeated),)

        return scheme.changed(attacker, copied)


@ATTACKS.register
class NoisyReplicate(Attack):
    """Enter copies of one's data with noise on the inputs, under names of their own, so that they do not look like copies.

    Parameters
    ----------
    copies
        How many copies, 1..16.
    sd
        Standard deviation of the noise, in units of each input's own over all parties' rows, ≥ 0.
    seed
        Of the noise; every party draws its own.

    Examples
    --------
    >>> from potluck.models import Classification
    >>> market = NoisyReplicate(2).on(Classification(dataset="wine", parties=2)).market
    >>> market.n, float(market.similarity[0, 1])
    (4, 0.0)
    """

    source = MARKETS.at("Section 2 (copies that may carry noise)")
    ranges: ClassVar = {"copies": (1, 2, 3, 5), "sd": (0.01, 0.1, 1.0)}

    copies: Annotated[int, Field(ge=1, le=16)] = 1
    sd: Annotated[float, Field(ge=0, lt=math.inf)] = 0.1
    seed: Seed = 0

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Put accounts with noisy rows beside each of the attacker's."""
        rng = np.random.default_rng([self.seed, attacker])

        def copied(account: Account) -> Iterable[Account]:
            rows = scheme.rows_of(account, "there are no inputs to put noise on")
            noise = self.sd * spread_of_inputs(scheme)
            yield account
            for _ in range(self.copies):
                yield replace(
                    account, rows=Holding(rows.inputs + noise * rng.standard_normal(rows.inputs.shape), rows.targets), entries=1
                )

        return scheme.changed(attacker, copied)


def spread_of_inputs(scheme: Scheme) -> FloatArray:
    """Return the standard deviation of every input over all parties' true rows, shape (d,)."""
    held = scheme.task.holdings() or ()
    return np.asarray(np.concatenate([rows.inputs for rows in held]).std(axis=0))
