"""How a repeated game begins: what a scenario hands to `RepeatedGame`, and which of its parameters that took."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..agents.platform_strategies import PlatformStrategy
from ..agents.platform_strategies.platform_strategy import Outlook
from ..agents.strategies import Strategy
from ..models import RepeatedGame, Revision, Stopping, StrategicGame

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Opening:
    """The arguments of a `RepeatedGame`, under their names there.

    Parameters
    ----------
    reads
        The parameters of the scenario that this game depends on; changing any other one does not change the game.
    first
        Those of them, all lists, of which the first element alone acts.
    game, strategies, revision, stop, initial, rng, platform, period, outlook, agents
        As in `RepeatedGame`.
    """

    reads: Names
    first: Names = ()
    game: StrategicGame
    strategies: Strategy | list[Strategy]
    revision: Revision | None = None
    stop: Stopping | None = None
    initial: ArrayLike | None = None
    rng: int | np.random.Generator | None = None
    platform: PlatformStrategy | None = None
    period: int = 10
    outlook: Outlook | None = None
    agents: bool = True

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `RepeatedGame`."""
        own = {"reads", "first"}
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in own}

    def model(self, **others: Any) -> RepeatedGame:
        """Return the repeated game, before its first round; ``others`` are further arguments of it."""
        return RepeatedGame(**self.arguments() | others)

    def changes(self, before: "Opening") -> dict[str, Any]:
        """Return the arguments of `RepeatedGame.branch` that lead from one opening's game to this one's, beside the opening."""
        own = ("game", "strategies", "revision", "stop", "platform", "period", "outlook")
        mine = {name: getattr(self, name) for name in own}
        return {name: value for name, value in mine.items() if value != getattr(before, name)}
