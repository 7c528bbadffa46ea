"""Entering what others have entered."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .accounts import Account
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .replication import PORTIONED
from .scheme import Scheme


@ATTACKS.register
class ReplicateOther(Attack):
    """Enter exact copies of another party's data beside one's own, and be paid for them.

    The attacker passes the copies on, and does not train on them itself: what it gains, it gains from the rule.

    Parameters
    ----------
    after
        Whose: the party so many places after the attacker, counted in a circle, 1..7.
    copies
        How many copies, 1..16.
    how
        ``names``: each copy looks like a party of its own. ``instead``: one copy takes the place of the attacker's own data, and
        the others are identities of the same account.

    Examples
    --------
    Of two parties the first enters the second's data for its own, of which everybody then has the same.

    >>> from potluck.models import CoalitionValues
    >>> ReplicateOther(how="instead").on(CoalitionValues([0, 0.4, 0.7, 1])).market.alone.tolist()
    [0.7, 0.7]
    """

    source = "original (copies of what somebody else entered); Agarwal, Dahleh & Sarkar (2019) on resale"
    ranges: ClassVar = {"after": tuple(range(1, 8)), "copies": (1, 2, 4, 8, 16), "how": ("names", "instead")}

    after: Annotated[int, Field(ge=1, le=7)] = 1
    copies: Annotated[int, Field(ge=1, le=16)] = 1
    how: Literal["names", "instead"] = "names"

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Put accounts that enter the other's data beside the attacker's, or in their place."""
        n = scheme.task.n_parties
        if self.after >= n:
            raise NotExpressible(f"there are {n} parties, and none other {self.after} places on")
        if scheme.portioned:
            raise NotExpressible(PORTIONED)
        victim = (attacker + self.after) % n
        theirs = [account for account in scheme.accounts if account.owner == victim and account.entries > 0]
        if not theirs:
            raise NotExpressible("the other party enters nothing that could be copied")

        def copied(account: Account) -> Iterable[Account]:
            if self.how == "instead":
                return (replace(account, spans=theirs[0].spans, rows=theirs[0].rows, entries=self.copies),)
            return (account, *(replace(account, spans=theirs[0].spans, rows=theirs[0].rows, entries=1),) * self.copies)

        return scheme.changed(attacker, copied)
