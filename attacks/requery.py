"""Asking for one's reward again and again."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ..models.tasks.gaussian_regression import GaussianRegression
from .attack import ATTACKS, Attack
from .expressible import NotExpressible
from .scheme import Scheme


@ATTACKS.register
class Requery(Attack):
    """Ask for one's reward several times, and average the noise away with which it is made worse.

    Of m copies of the same targets with noise variance η, drawn anew each time, η / m is left.

    Parameters
    ----------
    times
        How often the reward is drawn, 2..1000.
    noise
        What the platform does: it draws ``independent`` noise each time; or its noise is ``nested``, as `NestedNoise` makes it,
        and asking again tells nothing.

    Examples
    --------
    >>> from potluck.models import CoalitionValues
    >>> Requery().on(CoalitionValues([0, 0.7, 0.7, 1]))
    Traceback (most recent call last):
        ...
    potluck.attacks.expressible.NotExpressible: rewards are not made by noise that could be averaged away
    """

    source = "original (fresh noise on every release)"
    ranges: ClassVar = {"times": (2, 5, 100)}

    times: Annotated[int, Field(ge=2, le=1000)] = 5
    noise: Literal["independent", "nested"] = "independent"

    def mount(self, scheme: Scheme, attacker: int, partner: int | None = None) -> Scheme:
        """Let the attackers receive their models several times."""
        if not isinstance(scheme.task, GaussianRegression):
            raise NotExpressible("rewards are not made by noise that could be averaged away")
        return replace(scheme, queries=scheme.queries * self.times, nested=self.noise == "nested")
