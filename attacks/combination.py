"""Several attacks at once."""

import itertools
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field

from .attack import ATTACKS, Attack, AttackSpec
from .replication import Replicate
from .scheme import Scheme
from .withholding import Withhold


@ATTACKS.register
class Combination(Attack):
    """Several attacks, one after another: hold back some data, then enter copies of the rest.

    Parameters
    ----------
    attacks
        The attacks in order, one or more, none that takes a partner.

    Raises
    ------
    ValueError
        An attack takes a partner.

    Examples
    --------
    >>> from potluck.models import QualityCurve
    >>> both = Combination([Withhold(0.5), Replicate(2)])
    >>> market = both.on(QualityCurve(sizes=[2, 2], curve="linear")).market
    >>> market.entries.tolist(), market.alone.tolist()
    ([3, 1], [1.0, 2.0])
    """

    source = "original"

    attacks: Annotated[tuple[AttackSpec, ...], Field(min_length=1)] = (Withhold(), Replicate())

    def model_post_init(self, context: object, /) -> None:
        """Check that nobody else is needed."""
        for attack in self.attacks:
            if attack.needs_partner:
                raise ValueError(f"attacks: {attack.name()} takes a partner, and a combination has none")

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Mount one attack on what the one before has left."""
        for attack in self.attacks:
            scheme = attack.mount(scheme, attacker)
        return scheme

    def variants(self, coarse: bool = False) -> Iterator[Self]:
        """Iterate over all combinations of the attacks' variants, each of which is searched coarsely."""
        for attacks in itertools.product(*(attack.variants(coarse=True) for attack in self.attacks)):
            yield self.with_parameters(attacks=attacks)
