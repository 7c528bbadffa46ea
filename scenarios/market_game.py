"""Any task under any market rule, with any learners."""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from .. import pictures as game_figures
from ..agents.platform_strategies import PlatformStrategySpec
from ..agents.strategies import BestResponse, Strategy, StrategySpec
from ..arrays import ROUND_OFF
from ..components import seed_of
from ..mechanisms import Audit, MechanismSpec, ShapleyDivision, audit_money
from ..models import Alternating, MarketGame, Preferences, QualityCurve, RepeatedGame, Rounds
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
        game = self._game()
        model = replace(self._begin(game, rng), agents=False).model()
        record = GameRecord(model)
        audits = [_money(game, model)]
        for _ in track(range(self.rounds), "rounds"):
            model.step()
            record.note()
            audits.append(_money(game, model))
        tables = {"rounds": self._rounds(record), "players": self._players(game, model)}
        return Findings(tables, _checks(model, record, audits), {"market-game": lambda: self._draw(record)})

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

    def _rounds(self, record: GameRecord) -> pd.DataFrame:
        entries = self.task.entries
        table = record.view().rounds
        shares = np.array([each.shares for each in record.view().past])
        columns = [name for name in table.columns.astype(str) if not name.startswith("share of ")]
        return table[columns].assign(present=shares[:, entries > 0].sum(axis=1), copies=shares @ np.maximum(entries - 1, 0))

    def _players(self, begun: MarketGame, model: RepeatedGame) -> pd.DataFrame:
        game = begun.with_mechanism(model.game.mechanism or begun.mechanism)
        settlement = game.outcome(model.actions).settlement
        learners = self._learners()
        return pd.DataFrame(
            {
                "player": game.player_names,
                "strategy": [each.short() for each in (learners if isinstance(learners, list) else [learners] * game.n)],
                "action": [game.action_names[action] for action in model.actions],
                "quality_alone": self.task.alone,
                "quality_received": settlement.rewards,
                "payment": settlement.payments,
                "payoff": model.payoffs,
                "gain_left": game.gains(model.actions),
                "regret": model.regrets,
            }
        )

    def _draw(self, record: GameRecord) -> Figure:
        view = record.view()
        figure, axes = figures.new_figure(4, width=4.2, title=f"{self.task.short()} under {self.mechanism.short()}")
        for axis, draw in zip(
            axes,
            (game_figures.draw_shares, game_figures.draw_payoffs, game_figures.draw_exploitability, game_figures.draw_money),
            strict=True,
        ):
            draw(axis, view)
        return figure


def _money(game: MarketGame, model: RepeatedGame) -> Audit:
    """Audit the last round under the rule as the platform has set it by then."""
    return audit_money(model.game.mechanism or game.mechanism, game.market(model.actions))


def _checks(model: RepeatedGame, record: GameRecord, audits: list[Audit]) -> list[Verdict]:
    broken = [number for number, audit in enumerate(audits) if not audit.holds]
    size = max(1.0, float(np.abs(model.payoffs).max()))
    gap = abs(float(model.payoffs.sum()) + model.profit - model.welfare)
    last = record.view().last.exploitability
    settled = "an equilibrium" if last <= ROUND_OFF else "no equilibrium"
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
            gap <= ROUND_OFF * size * len(model.payoffs),
        ),
        Verdict.statement(
            "regrets",
            derived("definition of regret"),
            "nobody can regret more than the best gain there was",
            float(model.regrets.max()),
            bool(model.regrets.max() <= ROUND_OFF + max(each.exploitability for each in record.view().past)),
            f"average external regret, the largest; the last round is {settled}, exploitability {last:.4g}",
        ),
    ]
