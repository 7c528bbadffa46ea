"""When a repeated game ends: rules that combine with ``|`` (either) and ``&`` (both)."""

import operator
from abc import ABC, abstractmethod
from typing import Annotated, Literal, Protocol

from pydantic import Field

from ..components import Component


class Running(Protocol):
    """What a stopping rule may ask of a game that is being played."""

    round: int
    """How many rounds were played after the opening one."""

    def calm_rounds(self, play: Literal["actions", "policy", "average"], tolerance: float) -> int:
        """Return for how many rounds in a row exploitability has been within the tolerance."""


class Stopping(Component, ABC):
    """A stopping rule, asked after every round.

    Examples
    --------
    >>> Rounds(500) | Converged(1e-6)
    Either(one=Rounds(rounds=500), other=Converged(tolerance=1e-06, patience=1, of='actions'))
    """

    @abstractmethod
    def reached(self, model: Running) -> bool:
        """Return whether the game is over."""

    def __or__(self, other: "Stopping") -> "Stopping":
        """Stop as soon as one of the two says so."""
        return Either(self, other)

    def __and__(self, other: "Stopping") -> "Stopping":
        """Stop when both say so."""
        return Both(self, other)


class Either(Stopping):
    """Stop when one of two rules says so."""

    one: Stopping
    other: Stopping

    def reached(self, model: Running) -> bool:
        """Return whether one rule is satisfied."""
        return bool(self.one.reached(model)) | bool(self.other.reached(model))  # both are asked: a rule may count


class Both(Stopping):
    """Stop when two rules say so in the same round."""

    one: Stopping
    other: Stopping

    def reached(self, model: Running) -> bool:
        """Return whether both rules are satisfied."""
        return bool(self.one.reached(model)) & bool(self.other.reached(model))  # both are asked: a rule may count


class Rounds(Stopping):
    """Stop after a number of rounds; the opening profile, round 0, does not count.

    Parameters
    ----------
    rounds
        How many rounds, ≥ 1.
    """

    rounds: Annotated[int, Field(ge=1)] = 100

    def reached(self, model: Running) -> bool:
        """Return whether the last round was played."""
        return model.round >= self.rounds


class Converged(Stopping):
    """Stop when exploitability has been small for some rounds in a row.

    Parameters
    ----------
    tolerance
        Largest exploitability (NashConv, in units of payoff) that counts as an equilibrium, ≥ 0.
    patience
        For how many rounds in a row, ≥ 1.
    of
        Whose exploitability: the ``actions`` played, the ``policy`` they were drawn from, or the ``average`` of all play so far.
    """

    tolerance: Annotated[float, Field(ge=0)] = 1e-6
    patience: Annotated[int, Field(ge=1)] = 1
    of: Literal["actions", "policy", "average"] = "actions"

    def reached(self, model: Running) -> bool:
        """Return whether the last rounds were all close to equilibrium."""
        return model.calm_rounds(self.of, self.tolerance) >= self.patience


def stopping(rule: Stopping | int | None) -> Stopping:
    """Return a stopping rule from one, a number of rounds, or nothing: 100 rounds.

    Raises
    ------
    ValueError
        The number is below 1.
    TypeError
        It is neither.
    """
    if rule is None:
        return Rounds()
    if isinstance(rule, Stopping):
        return rule
    try:
        return Rounds(operator.index(rule))
    except TypeError:
        raise TypeError(
            f"stop = {rule!r}: give a stopping rule such as Rounds(100) | Converged(), or a number of rounds"
        ) from None
