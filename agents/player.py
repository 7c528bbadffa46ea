"""Players and the platform as Mesa agents: views onto the rows of a repeated game's arrays."""

import itertools
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import mesa
import numpy as np

from ..arrays import FloatArray
from .platform_strategies import PlatformStrategy
from .strategies import Strategy


class _Ids(WeakKeyDictionary[mesa.Model, Iterator[int]]):
    """Ids of a model's agents, counted from 1: Mesa 3.3 counts them in a table that keeps every model in memory."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return self.setdefault(model, itertools.count(1))


class Seated(mesa.Agent):  # type: ignore[misc]
    """An agent of a repeated game, freed together with it, and fixed to a node of its network."""

    _ids = _Ids()
    _mesa_cell: Any = None

    @property
    def cell(self) -> Any:
        """The node of Mesa's network on which it stands, see `RepeatedGame.space`; None where it stands on none.

        Raises
        ------
        ValueError
            It is put on another one.
        """
        if self._mesa_cell is None:
            self.model.space  # noqa: B018  (the network is made when it is asked for, and puts everybody in its place)
        return self._mesa_cell

    @cell.setter
    def cell(self, cell: Any) -> None:
        if self._mesa_cell is not None:
            raise ValueError(f"{self.name} stays where it stands")
        self._mesa_cell = cell
        cell.add_agent(self)

    @property
    def name(self) -> str:
        """What it is called."""
        return type(self).__name__


class Player(Seated):
    """One party: its action, payoff and regret, read from the repeated game it plays in.

    Derive a class from it to add what your reporters read, and hand that to `RepeatedGame` as ``player_class``.

    Parameters
    ----------
    model
        The repeated game.
    row
        Which of the game's players it is, 0..n-1.
    """

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    @property
    def name(self) -> str:
        """The player's name in the game."""
        return str(self.model.game.player_names[self.row])

    @property
    def action(self) -> int:
        """Index of the action played last."""
        return int(self.model.actions[self.row])

    @property
    def action_name(self) -> str:
        """The action played last, in words."""
        return str(self.model.game.action_names[self.action])

    @property
    def payoff(self) -> float:
        """Payoff of the last round."""
        return float(self.model.payoffs[self.row])

    @property
    def regret(self) -> float:
        """Average external regret: what the best fixed action would have earned more, a round, so far."""
        return float(self.model.regrets[self.row])

    @property
    def strategy(self) -> Strategy:
        """How it learns."""
        learns: Strategy = self.model.strategy_of(self.row)
        return learns

    @property
    def data(self) -> Any:
        """The rows it holds; None where its task has none, or there is no task."""
        task = self.model.game.task
        holdings = task.holdings() if task is not None else None
        return None if holdings is None or len(holdings) != self.model.game.n else holdings[self.row]

    @property
    def mixed_strategy(self) -> FloatArray:
        """The probabilities that its strategy intended in the last round, shape (m,), whether or not it could revise."""
        return np.asarray(self.model.policy[self.row])


class Platform(Seated):
    """The platform that runs the market rule: the rule, and the money and welfare of the last round.

    It answers to the names that players have, so that Mesa's `AgentSet` can ask all agents at once.
    """

    action = None
    """It has no action in a round: it sets terms."""

    data = None
    regret = 0.0

    @property
    def name(self) -> str:
        """What it is called."""
        return "platform"

    @property
    def action_name(self) -> str:
        """Its market rule, in short."""
        return str(self.mechanism.short())

    @property
    def payoff(self) -> float:
        """Its profit."""
        return self.profit

    @property
    def strategy(self) -> PlatformStrategy | None:
        """How it sets its terms; None where they stay as they are."""
        return self.model.terms.strategy if self.model.terms else None

    @property
    def mechanism(self) -> Any:
        """The market rule."""
        return self.model.game.mechanism

    @property
    def alpha(self) -> float | None:
        """The share of the joint model's worth that it hands out; None where the rule has no such terms."""
        return getattr(self.mechanism, "alpha", None)

    @property
    def revenue(self) -> float:
        """What the platform took in, less what it paid out, in the last round."""
        return float(self.model.revenue)

    @property
    def profit(self) -> float:
        """Revenue and, where the joint model's worth accrues to the platform, that worth."""
        return float(self.model.profit)
