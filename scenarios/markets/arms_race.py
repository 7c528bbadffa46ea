"""Parties who learn to attack, round after round, under every market rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import BestResponse, StrategySpec
from ...arrays import ROUND_OFF
from ...attacks import AttackGame, AttackSpec, Replicate, Sybil, Withhold
from ...components import seed_of
from ...mechanisms import MECHANISMS, Mechanism, MechanismSpec, ShapleyDivision
from ...models import Alternating, QualityCurve, RepeatedGame, Rounds
from ...models.revision import RevisionSpec
from ...models.tasks import TaskSpec
from ...papers import MARKETS
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived, printed
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns


@dataclass(frozen=True)
class _Race:
    """One rule's repeated game, played to its end."""

    game: AttackGame
    model: RepeatedGame

    @property
    def label(self) -> str:
        return self.game.mechanism.short()

    @property
    def honest_welfare(self) -> float:
        return self.game.welfare(np.zeros(self.game.n, dtype=np.int64))

    def count(self, action: int) -> int:
        return int((self.model.actions == action).sum())

    def money_adds_up(self) -> bool:
        """Whether payments added up in every profile that was played."""
        played = self.model.history().pivot(index="round", columns="player", values="action")
        profiles = np.unique(played[list(self.game.player_names)].to_numpy(), axis=0)
        return all(self.game.settled(profile).money.holds for profile in profiles)


@SCENARIOS.register
class ArmsRace(GameScenario):
    """Parties learn which attack to mount, if any: copies, false names, or data held back; under one rule and beside it others.

    Everybody starts honest. A party that may revise is honest or mounts one of the attacks on the platform, as it learns; others
    do the same. Beside who attacks in the end stands what the market is worth to all then, and when all were honest.

    Parameters
    ----------
    mechanism
        The market rule that is looked at closely.
    beside
        The market rules that are played beside it; none: all that are registered.
    attacks
        What a party may do beside being honest; parameters are as given, and are not searched.
    strategy
        How every party learns.
    task
        What data is worth.
    revision
        Who may change its mind when.
    rounds
        How many rounds are played after the opening one.
    """

    source = MARKETS.at("Section 3.1, played over and over")
    paper = MARKETS
    where = "Section 3.1 (as a repeated game, with more attacks)"
    declared_tables = table_columns.ARMS_RACE
    example_parameters = {"task": "QualityCurve(sizes=[1, 2])", "beside": ("EqualSplit",), "rounds": 3}

    mechanism: MechanismSpec = ShapleyDivision()
    beside: tuple[MechanismSpec, ...] | None = None
    attacks: Annotated[tuple[AttackSpec, ...], Field(min_length=1)] = (Replicate(2), Sybil(2), Withhold(0.5))
    strategy: StrategySpec = BestResponse()
    task: TaskSpec = QualityCurve(sizes=(1.0, 2.0, 3.0))
    revision: RevisionSpec = Alternating()
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 20

    def play(self, rng: np.random.Generator) -> Findings:
        """Play the same repeated game under every rule."""
        seed = seed_of(rng)
        first = self._game()
        games = [first, *(first.with_mechanism(rule) for rule in self._others())]
        races = [_Race(game, self._played(game, seed)) for game in track(games, "rules")]
        tables = {"arms-race": self._compare(races), "rounds": _rounds(races[0])}
        return Findings(tables, self._claims(races), {"arms-race": lambda: self._draw(races)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the game under the chosen rule begins."""
        reads = tuple(name for name in type(self).model_fields if name != "beside")
        return Opening(reads=reads, **self._arguments(self._game(), seed_of(rng)))

    def _game(self) -> AttackGame:
        return AttackGame(self.task, self.mechanism, self.attacks)

    def _others(self) -> list[Mechanism]:
        rules = [cls() for cls in MECHANISMS] if self.beside is None else list(self.beside)
        return [rule for rule in rules if rule != self.mechanism]

    def _arguments(self, game: AttackGame, seed: int) -> dict[str, Any]:
        return {
            "game": game,
            "strategies": self.strategy,
            "revision": self.revision,
            "stop": Rounds(self.rounds),
            "initial": np.zeros(game.n, dtype=np.int64),
            "rng": seed,
        }

    def _played(self, game: AttackGame, seed: int) -> RepeatedGame:
        model = RepeatedGame(**self._arguments(game, seed))
        model.run_model()
        return model

    def _compare(self, races: Sequence[_Race]) -> pd.DataFrame:
        return pd.DataFrame(
            [
                {
                    "mechanism": race.label,
                    "attackers": race.game.n - race.count(0),
                    "profile": "; ".join(race.game.action_names[action] for action in race.model.actions),
                    "exploitability": race.model.exploitability,
                    "equilibrium": race.model.exploitability <= ROUND_OFF,
                    "honest_exploitability": race.game.exploitability(np.zeros(race.game.n, dtype=np.int64)),
                    "honest_welfare": race.honest_welfare,
                    "welfare": race.model.welfare,
                    "welfare_lost": race.honest_welfare - race.model.welfare,
                }
                for race in races
            ]
        )

    @staticmethod
    def _claims(races: Sequence[_Race]) -> list[Verdict]:
        broken = [race.label for race in races if not race.money_adds_up()]
        return [
            Verdict.statement(
                "money adds up",
                derived("what each rule promises of its payments"),
                "payments sum to what each rule promises, in every round of every rule",
                f"{len(races) - len(broken)} of {len(races)} rules",
                not broken,
                ", ".join(broken),
            ),
            *_shapley_claim(races),
        ]

    def _draw(self, races: Sequence[_Race]) -> Figure:
        figure, axes = figures.new_figure(
            columns=2, width=6.2, height=0.3 * len(races) + 2.4, title="Who attacks in the end, and what the market is worth then"
        )
        places = np.arange(len(races))
        start = np.zeros(len(races))
        for action, name in enumerate(races[0].game.action_names):
            counts = np.array([race.count(action) for race in races])
            axes[0].barh(places, counts, left=start, color="0.85" if action == 0 else figures.colour(action - 1), label=name)
            start += counts
        axes[0].set(xlabel="parties in the last round")
        figures.whole_numbers(axes[0], "x")
        axes[0].legend(fontsize=8, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        honest, final = [race.honest_welfare for race in races], [race.model.welfare for race in races]
        axes[1].hlines(places, honest, final, color="0.7")
        axes[1].plot(
            honest, places, figures.MARKERS[0], color=figures.colour(0), fillstyle="none", markersize=10, label="all honest"
        )
        axes[1].plot(final, places, figures.MARKERS[1], color=figures.colour(1), label="in the last round")
        axes[1].set(xlabel="welfare (units of model quality)")
        axes[1].legend(fontsize=8, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        for axis in axes:
            axis.set_yticks(places, [race.label for race in races] if axis is axes[0] else [], fontsize=8)
            axis.set_ylim(len(races) - 0.5, -0.5)
        return figure


def _shapley_claim(races: Sequence[_Race]) -> list[Verdict]:
    """Hold plain Shapley division against the paper, where somebody may enter copies."""
    plain = next((race for race in races if race.game.mechanism == ShapleyDivision()), None)
    if plain is None or not any(isinstance(attack, Replicate) for attack in plain.game.attacks):
        return []
    tempted = plain.game.exploitability(np.zeros(plain.game.n, dtype=np.int64))
    claim = "Shapley values are not robust to replication (Section 2)"
    note = f"{plain.game.n - plain.count(0)} of {plain.game.n} parties attack in the end"
    return [
        Verdict.statement(
            "plain Shapley division: honesty is no equilibrium", printed("Section 2"), claim, tempted, tempted > ROUND_OFF, note
        )
    ]


def _rounds(race: _Race) -> pd.DataFrame:
    """Return what everybody did in every round under the chosen rule."""
    history = race.model.history()
    return pd.DataFrame(
        {
            "round": history["round"],
            "party": history["player"],
            "attack": [race.game.action_names[int(action)] for action in history["action"]],
            "payoff": history["payoff"],
        }
    )
