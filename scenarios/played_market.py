"""A market's repeated game that was played to its end, under one rule among several."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ..agents.strategies import Strategy
from ..arrays import FloatArray, IntArray
from ..models import MarketGame, RepeatedGame, Revision, Rounds


@dataclass(frozen=True)
class PlayedMarket:
    """One rule's repeated game, played to its end; scenarios that set rules side by side add what they look at.

    Parameters
    ----------
    game
        What was played.
    model
        The repeated game.
    """

    game: MarketGame
    model: RepeatedGame

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> Self:
        """Play the repeated game with these arguments, of a `MarketGame`, to its end."""
        model = RepeatedGame(**arguments)
        model.run_model()
        return cls(arguments["game"], model)

    @property
    def label(self) -> str:
        """The rule in short."""
        return self.game.mechanism.short()

    @property
    def honest(self) -> IntArray:
        """The profile in which everybody enters everything once, shape (n,)."""
        return np.full(self.game.n, self.game.task.honest)

    @property
    def final_copies(self) -> IntArray:
        """Copies each party entered in the last round, shape (n,)."""
        return np.maximum(self.game.task.entries[self.model.actions] - 1, 0)

    def temptation(self) -> FloatArray:
        """Return each party's best gain from entering copies when all others enter once, shape (n,); may be negative."""
        deviations = self.game.deviations(self.honest)
        with_copies = np.where(self.game.task.entries > 1, deviations, -np.inf).max(axis=1)
        honest = deviations[np.arange(self.game.n), self.honest]
        return np.asarray(with_copies - honest) if np.isfinite(with_copies).all() else np.zeros(self.game.n)


def honest_opening(game: MarketGame, strategy: Strategy, revision: Revision, rounds: int, seed: int) -> dict[str, Any]:
    """Return the arguments of the `RepeatedGame` in which everybody first enters everything once, and then learns."""
    return {
        "game": game,
        "strategies": strategy,
        "revision": revision,
        "stop": Rounds(rounds),
        "initial": np.full(game.n, game.task.honest),
        "rng": seed,
    }
