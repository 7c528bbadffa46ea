"""The repeated game: a Mesa model whose only loop is choose, play, observe, learn."""

import copy
import operator
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import mesa
import numpy as np
import pandas as pd
from mesa.discrete_space import Network
from numpy.typing import ArrayLike

from ..agents import Platform, Player
from ..agents.platform_strategies import Outlook, PlatformStrategy
from ..agents.strategies import Strategy
from ..arguments import validated
from ..arrays import FloatArray, IntArray
from ..messages import as_html
from ..progress import track
from .compiled_course import begun_anew, course
from .course import Cohort, Position, Trace, Uniforms, total
from .games.strategic import StrategicGame
from .history import History, Keep, Reporters
from .holds import Hold, checked_holds
from .revision import Revision, Simultaneous
from .space import network_of
from .standing import Standing
from .stopping import Rounds, Stopping, stopping
from .terms import Terms, TermsState


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A repeated game after a round, as a value: everything that its future depends on, but the game and the rules themselves.

    Parameters
    ----------
    round, running
        How many rounds were played, and whether more are to come.
    position
        Actions, what the strategies intend and have learned, and totals so far.
    calm
        For how many rounds in a row exploitability has been small, for the stopping rules that count it.
    terms
        What the platform knows; None without a platform that sets terms.
    generator
        State of the random numbers.
    """

    round: int
    running: bool
    position: Position
    calm: dict[tuple[str, float], tuple[int, int]]
    terms: TermsState | None
    generator: dict[str, Any]


class RepeatedGame(Standing, mesa.Model):  # type: ignore[misc]
    """A strategic game played round after round by players who learn.

    Round 0 is the opening profile. A step is one round: everyone learns from the last one, those whom the revision protocol
    picks draw a new action from their policy, all play. A platform with a strategy of its own sets the market rule's terms anew
    after every ``period`` rounds; who plays learns of new terms in the first round under them.

    Parameters
    ----------
    game
        What is played in every round.
    strategies
        One learning rule for everybody, or one a player, as instances or by name (``"BestResponse"``); players with equal
        rules form a cohort.
    revision
        Who revises when; default: everybody, simultaneously.
    stop
        When the game is over (``running`` turns False), a rule or a number of rounds; default ``Rounds(100)``.
    initial
        The opening profile, shape (n,); default: drawn from the strategies' first policies.
    rng
        A seed or a numpy Generator; with None a seed is drawn and kept in ``entropy``.
    platform
        How the platform sets the parameter ``alpha`` of the game's market rule; default: the rule stays as it is.
    period
        Rounds between changes of terms, ≥ 1; round 0 is the first of the first block.
    outlook
        What the platform knows before play; default: only that terms lie between 0 and 1.
    agents
        Whether every player is a Mesa agent. Without agents no `history` of the players is kept unless ``keep`` says so.
    keep
        Which rounds are kept and what of them; default: what every player did, in every round, or without agents the game's
        fields alone.
    holds
        Players who are held to an action from some round on, whatever their strategies intend.
    player_class
        The class of the players, `Player` or one derived from it.
    model_reporters, agent_reporters
        What else the data collector keeps of every kept round, as for Mesa's: by name, an attribute's name or a function of the
        game, or of a player.

    Attributes
    ----------
    actions, payoffs, policy, regrets
        Last round's action indices (n,), payoffs (n,), the probabilities that the strategies intended (n, m), whoever revised,
        and average external regrets so far (n,). A given opening profile is what everybody intended in round 0.
    datacollector
        Model fields exploitability (NashConv of the actions), welfare, revenue, profit where there is a market rule, and alpha
        where the platform has a strategy; Player fields action, payoff, regret.

    Raises
    ------
    ValueError
        There are not as many strategies as players, the opening profile is none of the game's, or its rule has no terms to set.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> from potluck.models import Converged, NormalFormGame, Rounds
    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> model = RepeatedGame(game=dilemma, strategies=BestResponse(), stop=Rounds(9) | Converged(), initial=[0, 0], rng=1)
    >>> model.run_model()
    >>> model.round, model.actions.tolist(), model.exploitability
    (1, [1, 1], 0.0)
    """

    _revived_as: "ClassVar[type[RepeatedGame] | None]" = None
    """The class of a branch, where it is not the game's own: one whose constructor takes these arguments."""

    @validated
    def __init__(
        self,
        *,
        game: StrategicGame,
        strategies: Strategy | str | Sequence[Strategy | str],
        revision: Revision | None = None,
        stop: Stopping | int | None = None,
        initial: ArrayLike | None = None,
        rng: int | np.random.Generator | None = None,
        platform: PlatformStrategy | None = None,
        period: int = 10,
        outlook: Outlook | None = None,
        agents: bool = True,
        keep: Keep | None = None,
        holds: Sequence[Hold] = (),
        player_class: type[Player] = Player,
        model_reporters: Reporters | None = None,
        agent_reporters: Reporters | None = None,
    ) -> None:
        self.entropy = _entropy(rng)
        super().__init__(rng=self.entropy)
        _own_steps(self)
        self._given = game
        if initial is not None:
            initial = game.check_profile(initial)
            initial = initial.astype(np.min_scalar_type(-game.m))  # kept for branches: a crowd's is as small as may be
        self._arguments = {
            "game": game,
            "strategies": strategies,
            "revision": revision,
            "stop": stop,
            "initial": initial,
            "platform": platform,
            "period": period,
            "outlook": outlook,
            "agents": agents,
            "keep": keep,
            "holds": holds,
            "player_class": player_class,
            "model_reporters": model_reporters,
            "agent_reporters": agent_reporters,
        }
        self.terms = Terms(platform, period, game, outlook or Outlook(), self.rng) if platform else None
        self.revision = revision or Simultaneous()
        self.stop = stopping(stop)
        self.holds = checked_holds(holds, game)
        self.round = 0
        self._calm: dict[tuple[str, float], tuple[int, int]] = {}
        self._regrets: FloatArray | None = None
        played = self.terms.applied(game) if self.terms else game
        self._course = course(played, strategies, self.revision, steady=not self.terms)
        self._numbers = Uniforms(self.rng)
        self._course.open(initial, self._numbers)
        self._observe()
        self.platform = Platform(self) if game.mechanism else None
        self.players = [player_class(self, row) for row in range(game.n)] if agents else []
        money = ("profit",) if game.mechanism else ()
        fields = ("exploitability", "welfare", "revenue", *(("alpha",) if self.terms else ()), *money)
        first = self.players[0].unique_id if agents else 1
        self.datacollector = History(keep or Keep("players" if agents else "rounds"), fields, game.n, game.m, first)
        self.datacollector.report(model_reporters or {}, agent_reporters or {}, player_class)
        self.datacollector.collect(self)

    def _observe(self) -> None:
        if self.terms:
            self.terms.observe(self.game.profit(self.actions), float(self.game.takes_part(self.actions).mean()))
        self._regrets = None

    def step(self) -> None:
        """Play one round."""
        course = self._course
        if not self.terms:
            self._went_on(1, self._advanced(1))
            return
        course.learn(self._numbers)
        if (self.round + 1) % self.terms.period == 0:
            self.terms.renew()
            course.under(self.terms.applied(self._given))
        self._went_on(1, course.act(self.round + 1, self.revision, self._numbers, self.holds))

    def _advanced(self, rounds: int) -> Trace:
        players = bool(self.datacollector.players)
        return self._course.advance(self.round, rounds, self.revision, self._numbers, players, self.holds)

    def _went_on(self, rounds: int, trace: Trace) -> None:
        """Note that rounds were played."""
        first = self.round + 1
        self.round += rounds
        _count(self, self.round)
        self._observe()
        if self.stop.reached(self):
            self.running = False
        if self._moneyless and self.datacollector.plain:
            self.datacollector.extend(first, trace, self.running)
        else:
            self.datacollector.collect(self)

    @property
    def _moneyless(self) -> bool:
        """Whether no money moves, so that welfare is the sum of payoffs."""
        game = type(self.game)
        return all(getattr(game, name) is getattr(StrategicGame, name) for name in ("outcome", "welfare", "revenue"))

    def _ahead(self) -> int:
        """Return how many rounds may be played at once: more than one where only their number ends play."""
        own_step = type(self).step is not RepeatedGame.step
        if own_step or self.holds or not (self._moneyless and isinstance(self.stop, Rounds) and self.datacollector.plain):
            return 1
        return max(1, min(self._course.longest, self.stop.rounds - self.round))

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """Players with equal learning rules, and where they sit."""
        return tuple(self._course.cohorts)

    def strategy_of(self, row: int) -> Strategy:
        """Return how a player learns."""
        return self._course.strategy_of(row)

    @cached_property
    def space(self) -> Network:
        """Mesa's network with a player on each node, joined as they play, or with the platform, which stands on the last node.

        It is made when it is first asked for. Where all play with all and they are more than 50, no edges are drawn.
        """
        return network_of(self.game, self.players, self.platform, self.random)

    def snapshot(self) -> Snapshot:
        """Return the game as it stands after this round, as a value that can be kept, pickled, and gone back to.

        Examples
        --------
        >>> from potluck.agents.strategies import MixedStrategy
        >>> from potluck.models import NormalFormGame
        >>> model = RepeatedGame(game=NormalFormGame([[[1, 0], [0, 1]]] * 2), strategies=MixedStrategy(), rng=1)
        >>> here = model.snapshot()
        >>> model.run_model()
        >>> other = model.branch(here)
        >>> other.run_model()
        >>> other.history().equals(model.history())
        True
        """
        return Snapshot(
            self.round,
            self.running,
            self._course.position,
            dict(self._calm),
            self.terms.state if self.terms else None,
            self.rng.bit_generator.state,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Put the game back to where it stood, or forward to where one like it stood; it goes on from there as it did then.

        What was kept of later rounds is forgotten. A game that has not played the rounds before keeps none of them.

        Raises
        ------
        ValueError
            The snapshot is of a game with other players, actions or terms.
        """
        shape = snapshot.position.counts.shape
        if shape != (self.game.n, self.game.m) or (snapshot.terms is None) != (self.terms is None):
            raise ValueError(f"the snapshot is of another game: {shape[0]} players with {shape[1]} actions each")
        game = self._given
        if self.terms and snapshot.terms:
            self.terms.state = snapshot.terms
            game = self.terms.applied(game)
        self._course.put_back(snapshot.position, game)
        self.round, self.running, self._calm = snapshot.round, snapshot.running, dict(snapshot.calm)
        _count(self, self.round)
        self._regrets = None
        self.rng.bit_generator.state = snapshot.generator
        self.datacollector.cut(self.round)
        self.datacollector.collect(self)

    def branch(self, snapshot: Snapshot | None = None, **changes: Any) -> "RepeatedGame":
        """Return another game that stands where this one does, or stood, with its history so far and its own future.

        Parameters
        ----------
        snapshot
            Where it begins; default: here.
        changes
            Arguments of the class that are otherwise there: another ``game`` of as many players and actions, whose payoffs
            players learn from at once; other ``strategies``, which begin knowing nothing; ``holds``; ``rng`` for other random
            numbers from there on. With ``keep`` or other reporters the history begins there.

        Raises
        ------
        ValueError
            The game that the changes make has other players or actions.

        Examples
        --------
        >>> from potluck.agents.strategies import BestResponse
        >>> from potluck.models import Hold, NormalFormGame
        >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
        >>> model = RepeatedGame(game=dilemma, strategies=BestResponse(), stop=3, initial=[0, 0], rng=1)
        >>> loyal = model.branch(holds=[Hold(player=1, action=0)])
        >>> loyal.run_model()
        >>> loyal.actions.tolist()
        [1, 0]
        """
        here, rng = snapshot or self.snapshot(), changes.pop("rng", None)
        if rng is not None:
            here = replace(here, generator=dict(np.random.default_rng(rng).bit_generator.state))
        arguments = self._arguments | changes
        if "strategies" in changes:
            here = replace(here, position=begun_anew(here.position, arguments))
        anew = changes.keys() & {"keep", "model_reporters", "agent_reporters"}
        history = None if anew else copy.deepcopy(self.datacollector)
        return _revived(self._revived_as or type(self), arguments, self.entropy, here, history, set(changes))

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (self._revived_as or type(self), self._arguments, self.entropy, self.snapshot(), self.datacollector)

    def _repr_html_(self) -> str:
        rules = dict.fromkeys(self.strategy_of(row).short() for row in range(min(self.game.n, 100)))
        rows = [
            ("players", self.game.n),
            ("learn by", ", ".join(rules)),
            ("rounds played", self.steps),
            ("exploitability", self.exploitability),
            ("welfare", self.welfare),
        ]
        return as_html(f"{type(self).__name__} of a {type(self.game).__name__}", rows)

    def run_model(self) -> None:
        """Play until the stopping rule ends the game."""
        for _ in track(self._remaining(), "rounds", self.stop.rounds if isinstance(self.stop, Rounds) else None):
            pass

    def _remaining(self) -> Iterator[int]:
        while self.running:
            rounds = self._ahead()
            if rounds == 1:
                self.step()
            else:
                self._went_on(rounds, self._advanced(rounds))
            yield from range(self.round - rounds, self.round)

    @property
    def game(self) -> StrategicGame:
        """What is played, under the present terms."""
        return self._course.game

    @property
    def _counted(self) -> int:
        return self.round + 1

    @property
    def deviations(self) -> FloatArray:
        """What each player would have had from each of its actions in the last round, shape (n, m); -inf if not available."""
        return self._course.deviations

    @property
    def exploitability(self) -> float:
        """NashConv of the last actions: what all players together could gain by best deviations."""
        return float(self._course.exploitability)

    @property
    def regrets(self) -> FloatArray:
        """What each player's best fixed action would have earned more, on average a round, so far, shape (n,)."""
        if self._regrets is None:
            self._regrets = super().regrets
        return self._regrets

    @property
    def welfare(self) -> float:
        """What everybody together had from the last round."""
        return float(total(self.payoffs)) if self._moneyless else self.game.welfare(self.actions)

    @property
    def revenue(self) -> float:
        """What flowed to the platform in the last round."""
        return self.game.revenue(self.actions)

    @property
    def alpha(self) -> float:
        """The terms of the last round, in [0, 1]; not a number where the platform has no strategy."""
        return self.terms.alpha if self.terms else float("nan")

    @property
    def profit(self) -> float:
        """What the platform had from the last round; 0 where there is none."""
        return self.game.profit(self.actions)

    def exploitability_of(self, play: Literal["actions", "policy", "average"]) -> float:
        """Return the exploitability of the last actions, of the policy the strategies intended, or of average play so far."""
        if play == "actions":
            return self.exploitability
        if play == "average":
            return self.game.exploitability(self.average_policy)
        expected = self._course.expected(self.policy)
        earned = np.where(self.policy > 0, expected, 0.0) * self.policy
        return float(np.maximum(expected.max(axis=1) - earned.sum(axis=1), 0.0).sum())

    def calm_rounds(self, play: Literal["actions", "policy", "average"], tolerance: float) -> int:
        """Return for how many rounds in a row exploitability has been within the tolerance, counted since first asked."""
        seen, calm = self._calm.get((play, tolerance), (-1, 0))
        if seen != self.round:
            calm = calm + 1 if self.exploitability_of(play) <= tolerance else 0
            self._calm[play, tolerance] = (self.round, calm)
        return calm

    @property
    def actions_by_round(self) -> IntArray:
        """What everybody played in the rounds that are kept, shape (rounds, n); measures of play read it.

        Raises
        ------
        ValueError
            What players did is not kept.
        """
        return np.asarray(self._players_kept().players["action"].rows, dtype=np.int64)

    def _players_kept(self) -> History:
        kept = self.datacollector
        if not kept.players:
            why = "with agents=False" if kept.keep.of == "rounds" else f"under {kept.keep}"
            raise ValueError(f"a game played {why} keeps no history of its players")
        return kept

    def history(self) -> pd.DataFrame:
        """Return everything the players did: columns round, player, action, payoff, regret; a row a player and round.

        Raises
        ------
        ValueError
            What players did is not kept.
        """
        kept = self._players_kept()
        n, rounds = self.game.n, len(kept.numbers)
        return pd.DataFrame(
            {
                "round": np.repeat(kept.numbers, n),
                "player": list(self.game.player_names) * rounds,
                "action": kept.players["action"].rows.reshape(-1).astype(np.int64),
                "payoff": kept.players["payoff"].rows.reshape(-1),
                "regret": kept.players["regret"].rows.reshape(-1),
            }
        )

    def rounds(self) -> pd.DataFrame:
        """Return the game round by round: round, exploitability, welfare, revenue; alpha if terms are set; profit in markets."""
        table: pd.DataFrame = self.datacollector.get_model_vars_dataframe()
        return table.rename_axis("round").reset_index()


def _entropy(rng: int | np.random.Generator | None) -> int | np.random.Generator:
    """Return the seed as Python's whole number, whatever whole number it is; or the generator."""
    if rng is None:
        return secrets.randbits(32)
    return rng if isinstance(rng, np.random.Generator) else operator.index(rng)


def _steps(rounds: int) -> int:
    """Return Mesa's number of steps after so many rounds: Mesa 3.3 reads the last values at steps - 1, so the opening counts."""
    return rounds if hasattr(mesa.DataCollector(), "_collection_steps") else rounds + 1


def _count(model: mesa.Model, rounds: int) -> None:
    """Let Mesa count the rounds as its steps, and as its time where it keeps one."""
    model.steps = _steps(rounds)
    if hasattr(model, "time"):
        model.time = float(rounds)


def _own_steps(model: mesa.Model) -> None:
    """Let a step be a step: Mesa wraps it, in 3.5 into an event queue that costs more than a round of a small game."""
    vars(model).pop("step", None)
    schedule = vars(model).pop("_default_schedule", None)
    if schedule is not None:
        schedule.stop()
    _count(model, 0)


def _revived(
    cls: type[RepeatedGame],
    arguments: dict[str, Any],
    entropy: int | np.random.Generator,
    snapshot: Snapshot,
    history: History | None,
    changed: Collection[str] = (),
) -> RepeatedGame:
    generator = np.random.Generator(getattr(np.random, snapshot.generator["bit_generator"])(0))
    model = cls(**arguments, rng=generator)
    if "platform" in changed:
        snapshot = replace(snapshot, terms=model.terms.state if model.terms else None)
    model.entropy = entropy
    if history is None:
        model.datacollector.cut(-1)
    else:
        model.datacollector = history
    model.restore(snapshot)
    if "stop" in changed:
        model.running = not model.stop.reached(model)
    return model
