"""What if: how a branch of a game differs from it, as text that an address holds, in words, and as a game."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

import numpy as np

from ..models import Hold, RepeatedGame, StrategicGame
from ..models.repeated_game import Snapshot
from ..pictures.words import action_words
from ..scenarios import GameScenario
from ..scenarios.from_text import build_scenario, changed_settings

MOST_BRANCHES = 3


@dataclass(frozen=True)
class Change:
    """From which round on a branch goes its own way, and what it does otherwise; one of the three.

    Parameters
    ----------
    at
        The last round that branch and game share.
    player, action, once
        A player is held to an action from the next round on, or in that round only.
    parameter, text
        A parameter of the scenario has another value.
    seed
        Other random numbers.

    Examples
    --------
    >>> Change.read("5~hold~2~0"), Change(4, parameter="mechanism", text="Clarke").text_form()
    (Change(at=5, player=2, action=0, once=False, parameter='', text='', seed=None), '4~set~mechanism~Clarke')
    """

    at: int
    player: int | None = None
    action: int = 0
    once: bool = False
    parameter: str = ""
    text: str = ""
    seed: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the change that a text says.

        Raises
        ------
        ValueError
            The text says none.
        """
        parts = [unquote(part) for part in text.split("~")]
        try:
            match parts:
                case [at, "hold" | "once" as how, player, action]:
                    return cls(_whole(at), player=_whole(player), action=_whole(action), once=how == "once")
                case [at, "set", parameter, value]:
                    return cls(_whole(at), parameter=parameter, text=value)
                case [at, "seed", seed]:
                    return cls(_whole(at), seed=_whole(seed))
        except ValueError:
            pass  # a number is none: said below, with what is allowed
        raise ValueError(f"branch = {text[:80]!r}: write 5~hold~2~0, 5~once~2~0, 5~set~parameter~value or 5~seed~7")

    def text_form(self) -> str:
        """Return the text that `read` takes."""
        if self.player is not None:
            parts = [str(self.at), "once" if self.once else "hold", str(self.player), str(self.action)]
        elif self.parameter:
            parts = [str(self.at), "set", self.parameter, self.text]
        else:
            parts = [str(self.at), "seed", str(self.seed)]
        return "~".join(quote(part, safe="()=,. []") for part in parts)

    def words(self, game: StrategicGame) -> str:
        """Return what is done otherwise, in a few words."""
        if self.player is not None:
            how = "once" if self.once else "from then on"
            return f"{game.player_names[self.player]}: {action_words(game)[self.action]} {how}"
        return f"{self.parameter.replace('_', ' ')} = {self.text}" if self.parameter else f"random numbers of seed {self.seed}"

    def branch(self, model: RepeatedGame, snapshot: Snapshot, scenario: GameScenario, seed: int) -> RepeatedGame:
        """Return the branch of a game that a scenario and a seed opened, from how it stood after the round.

        Raises
        ------
        ValueError
            The player, the action or the parameter is not there, or another value makes a game of other players or actions.
        """
        if self.player is not None:
            until = self.at + 1 if self.once else None
            return model.branch(snapshot, holds=[Hold(self.player, self.action, self.at + 1, until)])
        if not self.parameter:
            return model.branch(snapshot, rng=self.seed)
        other = build_scenario(scenario.name(), {**changed_settings(scenario), self.parameter: self.text})
        if not isinstance(other, GameScenario):
            raise ValueError(f"{other.name()!r} is no repeated game")
        opening = other.opening(np.random.default_rng(seed))
        if (opening.game.n, opening.game.m) != (model.game.n, model.game.m):
            raise ValueError(
                f"{self.parameter} = {self.text} makes a game of other players or actions, which is no branch: press Reset"
            )
        return model.branch(snapshot, **opening.changes(scenario.opening(np.random.default_rng(seed))))


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise ValueError(text)
    return int(text)
