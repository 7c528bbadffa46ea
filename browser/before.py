"""What a change of parameters does to the play: the game that was on is played along with the one that took its place."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ..models import Keep, RepeatedGame, StrategicGame
from ..pictures.game_record import LISTED, Round, round_of
from ..scenarios import GameScenario
from ..scenarios.from_text import to_text

MOST_COMPARED = 200
"""So many rounds are compared, and at most `AT_ONCE` of the earlier game are played at once."""

AT_ONCE = 20


class Before:
    """A game that another one of the same scenario took the place of, and whether their rounds differ.

    Parameters
    ----------
    names
        What was changed, in words.
    past
        The rounds of the earlier game.
    game
        What was played in it.
    model
        It as it stands after its last round, to be played along; None: it stays where it is.

    Examples
    --------
    >>> from potluck.pictures.game_record import GameRecord
    >>> from potluck.scenarios import HidingDynamics
    >>> def played(seed):
    ...     model = HidingDynamics(portions=2).opening(np.random.default_rng(seed)).model()
    ...     record = GameRecord(model)
    ...     model.step()
    ...     record.note()
    ...     return model, record.past
    >>> old, past = played(seed=0)
    >>> model, rounds = played(seed=1)
    >>> Before(("seed",), past, old.game, old).told(model, rounds)
    'Changed: seed. It makes no difference in rounds 0 … 1.'
    """

    def __init__(
        self, names: tuple[str, ...], past: Sequence[Round], game: StrategicGame, model: RepeatedGame | None = None
    ) -> None:
        self.names = names
        self._past: list[Round] | None = list(past[: MOST_COMPARED + 1])
        self._words = _words(game)
        self._end, self._running = past[-1].number, model is None or model.running
        self._model = None
        if model is not None and game.n <= LISTED and model.running and model.round < MOST_COMPARED:
            self._model = model.branch(agents=False, keep=Keep("nothing"), model_reporters=None, agent_reporters=None)
        self._same = -1
        self._said = ""

    def told(self, model: RepeatedGame, rounds: Sequence[Round]) -> str:
        """Return what the change made of the play, as far as a game was played.

        Parameters
        ----------
        model, rounds
            The game that was opened instead, and all its rounds.
        """
        changed = f"Changed: {', '.join(self.names)}."
        if not self._said:
            self._compare(model, rounds)
        if self._said:
            return f"{changed} {self._said}"
        return f"{changed} It makes no difference in {_rounds(self._same)}."

    def _compare(self, model: RepeatedGame, rounds: Sequence[Round]) -> None:
        if self._past is None:
            return
        self._play_along(rounds[-1].number)
        if self._same < 0 and _words(model.game) != self._words:
            self._found("Players or their actions are others.")
            return
        for ours, theirs in zip(rounds[self._same + 1 :], self._past[self._same + 1 :], strict=False):
            if not _alike(ours, theirs):
                self._found(f"The play is another from round {ours.number} on.")
                return
            self._same = ours.number
        ends = (self._same == self._end and not self._running, self._same == model.round and not model.running)
        if ends[0] != ends[1]:
            longer, shorter = ("this", "the earlier") if ends[0] else ("the earlier", "this")
            self._found(f"{shorter.capitalize()} game is over after round {self._same}, {longer} one goes on.")

    def _play_along(self, number: int) -> None:
        model, past = self._model, self._past
        if model is None or past is None:
            return
        for _ in range(AT_ONCE):
            if not model.running or model.round >= min(number, MOST_COMPARED):
                break
            model.step()
            past.append(round_of(model))
        self._end, self._running = model.round, model.running

    def _found(self, said: str) -> None:
        self._said, self._past, self._model = said, None, None


def changed_since(before: GameScenario, seed_before: int, after: GameScenario, seed: int) -> tuple[str, ...]:
    """Return what differs between two openings of a scenario, in words; nothing between different scenarios."""
    if type(before) is not type(after):
        return ()
    names = type(after).model_fields
    found = [name.replace("_", " ") for name in names if to_text(getattr(before, name)) != to_text(getattr(after, name))]
    return (*found, "seed") if seed_before != seed else tuple(found)


def _words(game: StrategicGame) -> tuple[int, int, list[str], list[str]]:
    return game.n, game.m, list(game.action_names[:LISTED]), list(game.player_names[:LISTED])


def _alike(one: Round, other: Round) -> bool:
    """Say whether two rounds are the same, number by number."""
    pairs = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(Round)]
    if any((mine is None) != (yours is None) for mine, yours in pairs):
        return False
    return all(mine is None or np.array_equal(mine, yours, equal_nan=True) for mine, yours in pairs)


def _rounds(last: int) -> str:
    return "round 0" if last <= 0 else f"rounds 0 … {last}"
