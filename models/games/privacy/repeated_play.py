"""How patient players must be to share everything in a repeated game, when one deviation ends it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .continuous import ContinuousGame, Level


@dataclass(frozen=True)
class GrimTrigger:
    """A player who shares everything as long as all did, and is punished for good from the round after it did not.

    Parameters
    ----------
    sharing
        Its utility a round while everybody shares everything.
    deviating
        Its utility in the round in which it alone plays a best response.
    punished
        Its utility a round thereafter.

    Examples
    --------
    >>> round(GrimTrigger(0.3, 0.32, 0.0).discount, 6)
    0.0625
    """

    sharing: Any
    deviating: Any
    punished: Any

    @property
    def gain(self) -> Any:
        """What the deviation gains in its round, ≥ 0."""
        return self.deviating - self.sharing

    @property
    def discount(self) -> Any:
        """The least discount factor δ in [0, 1] that sustains sharing: gain / (deviating - punished); above 1 where none does.

        Infinite where the punishment is no worse than what deviating gives.
        """
        if self.gain <= 0:
            return 0 * self.gain
        return self.gain / (self.deviating - self.punished) if self.deviating > self.punished else math.inf

    def value(self, discount: float, deviates: bool) -> float:
        """Return the discounted average of utility a round, in (0, 1), of going on sharing or of deviating at once."""
        if not deviates:
            return float(self.sharing)
        return float((1 - discount) * self.deviating + discount * self.punished)


def grim_trigger(game: ContinuousGame, punishment: Sequence[Level]) -> tuple[GrimTrigger, ...]:
    """Return what grim trigger at no privacy means for each player.

    Parameters
    ----------
    game
        The game of one round.
    punishment
        The profile played after a deviation. To be carried out it must be an equilibrium: one with collaboration (Nash
        reversion), or level 1 for all, which always is.

    Raises
    ------
    ValueError
        The punishment is no equilibrium of the game.

    Examples
    --------
    >>> from potluck.models.games.privacy import CollaborativeLearning, SmoothBenefit
    >>> game = CollaborativeLearning(SmoothBenefit((0.5, 0.5)), privacy_weights=0.2).continuous
    >>> [round(grim_trigger(game, punishment)[0].discount, 6) for punishment in (game.settle().end, (1.0, 1.0))]
    [0.153189, 0.0625]
    """
    given = tuple(game.level(level) for level in punishment)
    if not _stands(game, given):
        raise ValueError(f"the punishment {tuple(map(float, given))} is no equilibrium, so that nobody need carry it out")
    nothing = (game.level(0.0),) * game.n
    sharing, punished = game.utilities(nothing), game.utilities(given)
    return tuple(
        GrimTrigger(sharing[player], game.best_responses(player, nothing).value, punished[player]) for player in range(game.n)
    )


def _stands(game: ContinuousGame, profile: tuple[Level, ...]) -> bool:
    utilities = game.utilities(profile)
    return all(game.best_responses(player, profile).value - utilities[player] <= 1e-9 for player in range(game.n))
