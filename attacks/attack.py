"""What an attack on a market is: something that a party enters other than its own data, once."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, get_args, get_origin

import numpy as np
from pydantic.fields import FieldInfo

from ..arguments import validated
from ..components import Component, Registry
from ..models.tasks import Task
from .scheme import Scheme


@validated
@dataclass(frozen=True)
class Interval:
    """A range of a parameter for the search, and how many points of it to try before refining.

    Examples
    --------
    >>> Interval(0.1, 0.9, 3).points
    (0.1, 0.5, 0.9)
    """

    low: float
    high: float
    steps: int = 3
    beyond: tuple[float, float] | None = None
    """Up to where, outside the points, the best one is refined; the ends themselves are not tried."""

    @property
    def points(self) -> tuple[float, ...]:
        """The points to try, both ends among them."""
        return tuple(np.round(np.linspace(self.low, self.high, self.steps), 12).tolist())


Range: TypeAlias = Interval | tuple[Any, ...]
"""The values of a parameter that the search tries: an interval, or each of a few."""


class Attack(Component, ABC):
    """An attack: a party (with a partner, for some) enters something other than its own data, once and under its own name.

    Write `mount`: it gets a scheme, who enters what under which names, and returns the changed one, so that attacks combine. Who
    owns which name stays in the scheme; the market rule never sees it. A parameter that the search for the best attack may vary
    is named in ``ranges``.

    Examples
    --------
    >>> class Vanish(Attack):
    ...     '''Take everything back.'''
    ...     def mount(self, scheme, attacker, partner=None):
    ...         return scheme.without_names(attacker)
    >>> from potluck.models import QualityCurve
    >>> Vanish().on(QualityCurve(sizes=[1, 2])).market.present.tolist()
    [False, True]
    """

    needs_partner: ClassVar[bool] = False
    """Whether it takes two."""

    ranges: ClassVar[Mapping[str, Range]] = {}
    """Which parameters the search varies, and over which values."""

    @abstractmethod
    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Return the scheme after the attack.

        Parameters
        ----------
        scheme
            Who enters what so far.
        attacker, partner
            The parties that attack, by number from 0.

        Raises
        ------
        NotExpressible
            The task cannot express it; the message says why.
        """

    def on(self, task: Task, attacker: int = 0, partner: int | None = None) -> Scheme:
        """Return the scheme of this attack on a task where everybody else is honest.

        Raises
        ------
        NotExpressible
            The task cannot express it.
        ValueError
            There is no such party, or a partner is missing, or the attacker itself.
        """
        for party in (attacker, partner):
            if party is not None and party not in range(task.n_parties):
                raise ValueError(f"party {party} is not one of 0..{task.n_parties - 1}")
        if partner == attacker or (self.needs_partner and partner is None):
            raise ValueError(f"{self.name()} takes an attacker and a partner who is another party, not {attacker} and {partner}")
        members = (attacker,) if partner is None else (attacker, partner)
        return self.mount(Scheme.honest(task).attacked_by(*members), attacker, partner)

    def variants(self, coarse: bool = False) -> Iterator[Self]:
        """Iterate over this attack with every combination of the values to try; parameters not at their defaults stay.

        Where the search is to be ``coarse``, every other value of each parameter is tried.

        Examples
        --------
        >>> from potluck.attacks import FreeRide
        >>> [attack.share for attack in FreeRide().variants()], [attack.share for attack in FreeRide(0.05).variants()]
        ([0.0, 0.1, 0.2], [0.05])
        """
        free = self.free_ranges()
        choices = [(span.points if isinstance(span, Interval) else span)[:: 2 if coarse else 1] for span in free.values()]
        for values in itertools.product(*choices):
            yield self.with_parameters(**dict(zip(free, values, strict=True)))

    def tries_everything(self) -> bool:
        """Return whether `variants` are all there are: each parameter is set, or every value that is allowed is tried.

        Examples
        --------
        >>> from potluck.attacks import NoisyReplicate, Replicate, StayOut
        >>> [attack.tries_everything() for attack in (Replicate(), StayOut(), NoisyReplicate(), NoisyReplicate(2, 0.5, seed=3))]
        [True, True, False, True]
        """
        fields, free = type(self).model_fields, self.free_ranges()
        for name, field in fields.items():
            span = free.get(name, ())
            at_default = getattr(self, name) == field.get_default(call_default_factory=True)
            if at_default and (isinstance(span, Interval) or not _are_all(set(span), field)):
                return False
        return True

    def free_ranges(self) -> dict[str, Range]:
        """Return the ranges of the parameters that are at their defaults."""
        fields = type(self).model_fields
        return {
            name: span
            for name, span in self.ranges.items()
            if getattr(self, name) == fields[name].get_default(call_default_factory=True)
        }


def _are_all(tried: set[Any], field: FieldInfo) -> bool:
    """Return whether these are all values that a parameter may have, which must be words or whole numbers between two ends."""
    if get_origin(field.annotation) is Literal:
        return tried == set(get_args(field.annotation))
    ends = {end: getattr(mark, end) for mark in field.metadata for end in ("ge", "le") if hasattr(mark, end)}
    if field.annotation is not int or len(ends) != len(("ge", "le")):
        return False
    low, high = ends["ge"], ends["le"]  # a seed has more values than can be listed, or counted by len
    return len(tried) == high - low + 1 and all(low <= value <= high for value in tried)


ATTACKS: Registry[Attack] = Registry("attack", Attack, "potluck.attacks")

AttackSpec = Annotated[Attack, ATTACKS.spec]
"""An attack as a parameter: an instance, a class, or text such as ``"Replicate(copies=2)"``."""
