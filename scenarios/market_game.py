"""Any task under any market rule, with any learners."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from .. import pictures as game_figures
from ..agents.platform_strategies import PlatformStrategySpec
from ..agents.strategies import BestResponse, Strategy, StrategySpec
from ..arrays import ROUND_OFF, FloatArray, IntArray
from ..components import seed_of
from ..mechanisms import Audit, MechanismSpec, ShapleyDivision, audit_money
from ..models import Alternating, Ensemble, MarketGame, Preferences, QualityCurve, RepeatedGame, Rounds
from ..models.games.preferences import OwnModel, ValuationSpec
from ..models.revision import RevisionSpec
from ..models.tasks import Task, TaskSpec
from ..pictures import figures
from ..pictures.game_record import GameRecord
from ..progress import track
from ..verdicts import REPRODUCED, UNDECIDED, Verdict, derived
from .declarations import Declaration
from .opening import Opening
from .scenario import SCENARIOS, Findings, GameScenario

MOST_NOTED = 1_000_000
"""So many actions of players, over rounds and seeds, are noted at once at most."""

MOST_AT_ONCE = 25

TABLES = {
    "rounds": Declaration(
        "a row a round; `alpha` and `profit` are there where a platform sets terms",
        {
            "round": "0 is the opening",
            "exploitability": "what all players together could gain by best deviations",
            "welfare": "what everybody together had, platform included",
            "revenue": "what flowed to the platform, less what it paid out",
            "alpha": "the platform's terms",
            "profit": "what the platform had from the round",
            "present": "share of the parties that entered anything",
            "copies": "copies a party",
        },
        frozenset({"alpha", "profit"}),
    ),
    "players": Declaration(
        "a row a party, after the last round",
        {
            "player": "name of the party",
            "strategy": "how it learns",
            "action": "what it enters, in words",
            "quality_alone": "quality of the model its own data gives",
            "quality_received": "quality of the model it received",
            "payment": "what it paid; negative if it received money",
            "payoff": "its payoff",
            "gain_left": "what its best deviation would gain it now",
            "regret": "what its best fixed action would have earned more, a round, over the whole game",
        },
    ),
}


@SCENARIOS.register
class AnyMarketGame(GameScenario):
    """Any task under any market rule with any learners, played over and over.

    Parameters
    ----------
    task
        What contributed data is worth; the number of parties and what they may enter are its affair.
    mechanism
        The market rule.
    strategies
        Learning rules: one for everybody, one a party, or one a group.
    groups
        How many parties each group has, in their order; empty: every party is a group, unless one rule is for everybody.
    revision
        Who may revise when.
    opening_play
        What is played in round 0: ``honest`` (everybody enters everything once), ``absent``, or ``drawn`` by the learning rules.
    may_stay_out
        Whether parties may enter nothing.
    valuation
        What the models that all hold are worth to each party.
    over_alone
        Whether the worth of training alone is taken off payoffs.
    costs
        Cost of each action, in units of money, one an action of the task; empty: nothing costs anything.
    platform
        How the platform sets the terms α of the market rule; none: they stay as they are.
    period
        Rounds between changes of terms.
    rounds
        How many rounds are played after the opening one.
    """

    source = "original"
    declared_tables = TABLES
    example_parameters = {"rounds": 4}

    task: TaskSpec = QualityCurve(sizes=(1.0, 1.0, 2.0, 4.0), copies=2)
    mechanism: MechanismSpec = ShapleyDivision()
    strategies: Annotated[tuple[StrategySpec, ...], Field(min_length=1)] = (BestResponse(),)
    groups: tuple[Annotated[int, Field(ge=1, le=1000)], ...] = ()
    revision: RevisionSpec = Alternating()
    opening_play: Literal["honest", "absent", "drawn"] = "honest"
    may_stay_out: bool = True
    valuation: ValuationSpec = OwnModel()
    over_alone: bool = True
    costs: tuple[float, ...] = ()
    platform: PlatformStrategySpec | None = None
    period: Annotated[int, Field(ge=1, le=10_000)] = 10
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 30

    def model_post_init(self, context: object, /) -> None:
        """Check that groups and learning rules fit the task's parties."""
        n = self.task.n_parties
        if self.groups and len(self.groups) != len(self.strategies):
            raise ValueError(f"groups = {self.groups}: there are {len(self.strategies)} strategies, so give as many group sizes")
        if self.groups and sum(self.groups) != n:
            raise ValueError(f"groups = {self.groups}: their sizes must add up to the task's {n} parties")
        if not self.groups and len(self.strategies) not in {1, n}:
            raise ValueError(f"{len(self.strategies)} strategies for {n} parties: give one for all, one a party, or groups")
        if self.opening_play == "absent" and not self.may_stay_out:
            raise ValueError("opening_play = 'absent': that needs may_stay_out")

    @classmethod
    def name(cls) -> str:
        """Return the name on the command line."""
        return "market-game"

    def __repr_name__(self) -> str:
        """Return the name from which the text form is built again."""
        return self.name()

    def play(self, rng: np.random.Generator) -> Findings:
        """Play the game to its end."""
        if self._fits:
            return self.play_all([rng])[0]
        game, opening = self._game(), self.opening(rng)
        model = replace(opening, game=game, agents=False).model()
        notes = [_Note.of(model)]
        for _ in track(range(self.rounds), "rounds"):
            model.step()
            notes.append(_Note.of(model))
        last = game.with_mechanism(model.game.mechanism or game.mechanism)
        return self._found(_Played(last, tuple(notes), model.actions, model.payoffs, model.regrets), opening)

    def play_all(self, rngs: Sequence[np.random.Generator]) -> list[Findings]:
        """Play the game once a generator, all as one ensemble of runs unless a platform learns."""
        if not self._fits:
            return [self.play(rng) for rng in rngs]
        game = self._game()
        openings = [self._begin(game, rng) for rng in rngs]
        seeds = [opening.rng for opening in openings if isinstance(opening.rng, int)]
        first = openings[0].arguments()
        arguments = {name: first[name] for name in ("game", "strategies", "revision", "initial", "stop")}
        runs = Ensemble(arguments, len(rngs), seeds, keep="players")
        notes: dict[bytes, _Note] = {}
        found = []
        for run, opening in enumerate(openings):
            rounds = []
            for actions, gap in zip(runs.actions_by_round[run], runs.exploitability[run], strict=True):
                key = actions.tobytes()
                notes[key] = notes.get(key) or _Note.at(game, actions)
                rounds.append(replace(notes[key], exploitability=float(gap)))
            played = _Played(game, tuple(rounds), runs.actions[run], runs.payoffs[run], runs.regrets[run])
            found.append(self._found(played, opening))
        return found

    @property
    def seeds_at_once(self) -> int:
        """How many seeds are played as one ensemble."""
        return max(1, min(MOST_AT_ONCE, MOST_NOTED // (self.task.n_parties * (self.rounds + 1)))) if self._fits else 1

    @property
    def _fits(self) -> bool:
        """Whether the runs of an ensemble are this scenario's, and what it notes of one is little."""
        return self.platform is None and self.task.n_parties * (self.rounds + 1) <= MOST_NOTED

    def _found(self, played: "_Played", opening: Opening) -> Findings:
        tables = {"rounds": self._rounds(played), "players": self._players(played)}
        return Findings(tables, _checks(played), {"market-game": lambda: self._draw(opening)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game begins."""
        return self._begin(self._game(), rng)

    def _game(self) -> MarketGame:
        actions = [action for action, entries in enumerate(self.task.entries) if entries > 0 or self.may_stay_out]
        preferences = Preferences(self.valuation, over_alone=self.over_alone, costs=self.costs)
        return MarketGame(self.task, self.mechanism, preferences, available=actions)

    def _begin(self, game: MarketGame, rng: np.random.Generator) -> Opening:
        task: Task = self.task
        first = {
            "honest": np.full(task.n_parties, task.honest),
            "absent": np.zeros(task.n_parties, dtype=np.int64),
            "drawn": None,
        }
        unread = {"groups": len(self.strategies) == 1, "period": self.platform is None}
        return Opening(
            reads=tuple(name for name in type(self).model_fields if not unread.get(name)),
            game=game,
            strategies=self._learners(),
            revision=self.revision,
            stop=Rounds(self.rounds),
            initial=first[self.opening_play],
            rng=seed_of(rng),
            platform=self.platform,
            period=self.period,
        )

    def _learners(self) -> Strategy | list[Strategy]:
        if len(self.strategies) == 1:
            return self.strategies[0]
        sizes = self.groups or (1,) * len(self.strategies)
        return [strategy for strategy, size in zip(self.strategies, sizes, strict=True) for _ in range(size)]

    def _rounds(self, played: "_Played") -> pd.DataFrame:
        entries = self.task.entries
        shares = np.array([note.shares for note in played.rounds])
        columns = ["exploitability", "welfare", "revenue"]
        if np.isfinite(played.rounds[-1].alpha):
            columns += ["alpha", "profit"]
        table = pd.DataFrame({name: [getattr(note, name) for note in played.rounds] for name in columns})
        table.insert(0, "round", range(len(played.rounds)))
        return table.assign(present=shares[:, entries > 0].sum(axis=1), copies=shares @ np.maximum(entries - 1, 0))

    def _players(self, played: "_Played") -> pd.DataFrame:
        game = played.game
        settlement = game.outcome(played.actions).settlement
        learners = self._learners()
        return pd.DataFrame(
            {
                "player": game.player_names,
                "strategy": [each.short() for each in (learners if isinstance(learners, list) else [learners] * game.n)],
                "action": [game.action_names[action] for action in played.actions],
                "quality_alone": self.task.alone,
                "quality_received": settlement.rewards,
                "payment": settlement.payments,
                "payoff": played.payoffs,
                "gain_left": game.gains(played.actions),
                "regret": played.regrets,
            }
        )

    def _draw(self, opening: Opening) -> Figure:
        record = GameRecord(replace(opening, agents=False).model())
        for _ in range(self.rounds):
            record.model.step()
            record.note()
        view = record.view()
        figure, axes = figures.new_figure(4, width=4.2, title=f"{self.task.short()} under {self.mechanism.short()}")
        for axis, draw in zip(
            axes,
            (game_figures.draw_shares, game_figures.draw_payoffs, game_figures.draw_exploitability, game_figures.draw_money),
            strict=True,
        ):
            draw(axis, view)
        return figure


@dataclass(frozen=True, eq=False)
class _Note:
    """What is noted of a round; the audit is of the rule as the platform has set it by then."""

    shares: FloatArray
    welfare: float
    revenue: float
    profit: float
    audit: Audit
    alpha: float = float("nan")
    exploitability: float = float("nan")

    @classmethod
    def at(cls, game: MarketGame, actions: IntArray) -> "_Note":
        """Return what a profile says."""
        audit = audit_money(game.mechanism, game.market(actions))
        shares = np.bincount(actions, minlength=game.m) / game.n
        return cls(shares, game.welfare(actions), game.revenue(actions), game.profit(actions), audit)

    @classmethod
    def of(cls, model: RepeatedGame) -> "_Note":
        """Return what the last round of a repeated game says."""
        game: Any = model.game
        return replace(cls.at(game, model.actions), alpha=model.alpha, exploitability=model.exploitability)


@dataclass(frozen=True, eq=False)
class _Played:
    """A game that was played to its end: under which rule it ended, its rounds, and what players did and had last."""

    game: MarketGame
    rounds: tuple[_Note, ...]
    actions: IntArray
    payoffs: FloatArray
    regrets: FloatArray


def _checks(played: _Played) -> list[Verdict]:
    audits, end = [note.audit for note in played.rounds], played.rounds[-1]
    broken = [number for number, audit in enumerate(audits) if not audit.holds]
    size = max(float(np.abs(played.payoffs).max()), abs(end.profit), abs(end.welfare))
    gap = abs(float(played.payoffs.sum()) + end.profit - end.welfare)
    settled = "an equilibrium" if end.exploitability <= ROUND_OFF else "no equilibrium"
    promised = any(np.isfinite(audit.slack) for audit in audits)
    return [
        Verdict.statement(
            "money adds up",
            derived("what the rule promises of its revenue"),
            "payments sum to what the rule promises, in every round",
            f"{len(audits) - len(broken)} of {len(audits)} rounds",
            not broken if promised else None,
            audits[broken[0] if broken else -1].note,
            expected=REPRODUCED if promised else UNDECIDED,
        ),
        Verdict.statement(
            "welfare is payoffs and profit",
            derived("payments cancel"),
            "payments cancel",
            gap,
            gap <= ROUND_OFF * size * len(played.payoffs),
        ),
        Verdict.statement(
            "regrets",
            derived("definition of regret"),
            "nobody can regret more than the best gain there was",
            float(played.regrets.max()),
            bool(played.regrets.max() <= ROUND_OFF + max(note.exploitability for note in played.rounds)),
            f"average external regret, the largest; the last round is {settled}, exploitability {end.exploitability:.4g}",
        ),
    ]
