"""Players who are held to an action, whatever their strategies intend: what a branch of a game asks 'what if' with."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from ..arrays import IntArray
from ..components import Component
from .games.strategic import StrategicGame

Number = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Hold(Component):
    """A player plays one action from a round on, or in that round only; its strategy goes on learning.

    Parameters
    ----------
    player, action
        Row of the player and index of the action.
    since
        The first round in which it is held, ≥ 1: the opening profile is given otherwise.
    until
        The last such round, or none: for ever.

    Examples
    --------
    >>> Hold(player=2, action=0, since=5).covers(4), Hold(player=2, action=0, since=5).covers(9)
    (False, True)
    """

    player: Number
    action: Number
    since: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1
    until: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None

    def covers(self, number: int) -> bool:
        """Return whether the player is held in that round."""
        return self.since <= number and (self.until is None or number <= self.until)


def checked_holds(holds: Sequence[Hold], game: StrategicGame) -> tuple[Hold, ...]:
    """Return holds after checking that the game has their players and actions.

    Raises
    ------
    ValueError
        A player or an action is not in the game.
    """
    for hold in holds:
        if hold.player >= game.n:
            raise ValueError(f"{hold}: the game has players 0..{game.n - 1}")
        if hold.action >= game.m or not game.available[hold.player, hold.action]:
            raise ValueError(f"{hold}: {game.player_names[hold.player]} has no action {hold.action}")
    return tuple(holds)


def held(actions: IntArray, holds: Sequence[Hold], number: int) -> IntArray:
    """Return the actions of a round, shape (n,), with those of held players put in their place."""
    covering = [hold for hold in holds if hold.covers(number)]
    if not covering:
        return actions
    actions = actions.copy()
    for hold in covering:
        actions[hold.player] = hold.action
    return actions
