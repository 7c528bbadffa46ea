"""Several parties who mount the same attack together."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from .attack import ATTACKS, Attack, AttackSpec
from .expressible import NotExpressible
from .replication import Replicate
from .scheme import Scheme

CREWS = ((1,), (2,), (3,), (1, 2), (1, 3), (2, 3))
Place = Annotated[int, Field(ge=1, le=7)]


@ATTACKS.register
class Crew(Attack):
    """Two or three parties mount an attack at once, and count their payoffs together.

    Parameters
    ----------
    attack
        What each of them does; none that takes a partner.
    others
        Who joins the attacker: the parties so many places after it, one or two, in increasing order. The search tries every pair
        and every three of up to four parties.

    Raises
    ------
    ValueError
        The attack takes a partner, or the places do not increase.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> scheme = Crew(Replicate(1)).on(CoalitionValues([0, 0.7, 0.7, 1]))
    >>> scheme.coalition, scheme.market.entries.tolist()
    ((0, 1), [2, 2])
    """

    source = "original (collusion of several attackers)"
    ranges: ClassVar = {"others": CREWS}

    attack: AttackSpec = Replicate(2)
    others: Annotated[tuple[Place, ...], Field(min_length=1, max_length=2)] = (1,)

    def model_post_init(self, context: object, /) -> None:
        """Check who attacks, and how."""
        if self.attack.needs_partner:
            raise ValueError(f"attack = {self.attack.name()}: it takes a partner, and here everybody does the same")
        if list(self.others) != sorted(set(self.others)):
            raise ValueError(f"others = {self.others}: give places in increasing order")

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Mount the attack for the attacker, then for everybody who joins it."""
        members = [attacker, *(attacker + place for place in self.others)]
        if members[-1] >= scheme.task.n_parties:
            raise NotExpressible(f"there are {scheme.task.n_parties} parties, and no party {members[-1] + 1} to join")
        for member in members:
            scheme = self.attack.mount(scheme, member)
        return scheme.attacked_by(*members)

    def variants(self, coarse: bool = False) -> Iterator[Self]:
        """Iterate over who joins, and over a coarse search of what they do."""
        for whole in super().variants(coarse):
            for attack in self.attack.variants(coarse=True):
                yield whole.with_parameters(attack=attack)
