"""Any game of the catalogue, or any market, under any learning rules: the path, the ends, and how sure they are."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import FictitiousPlay, Strategy, StrategySpec
from ...arrays import ROUND_OFF, FloatArray
from ...attacks import AttackGame, AttackSpec
from ...components import seed_of
from ...mechanisms import MechanismSpec, ShapleyDivision
from ...models import NormalFormGame, RepeatedGame, Rounds, Simultaneous, StrategicGame
from ...models.ensemble import run_seeds
from ...models.games.textbook import GameSpec, ShapleysGame
from ...models.revision import RevisionSpec
from ...models.tasks import TaskSpec
from ...pictures.words import action_words
from ...verdicts import Verdict, derived
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import learn_figure, table_columns
from .learning_runs import LearningRuns, bands, learner_of, of_runs, shares_of
from .played_games import MOST_PROFILES, is_zero_sum, known_equilibria, market_of, spread_of, tabled


@SCENARIOS.register
class Learn(GameScenario):
    """Learners in any game: where play goes, how fast, how surely, and what equilibria there are.

    One run is shown as a path; many with seeds of their own give the bands and the shares of runs that end at each equilibrium.

    Parameters
    ----------
    game
        A game of the catalogue: ``potluck list games``.
    task
        What contributed data is worth; with it the market under ``mechanism`` is played, not ``game``.
    mechanism
        The market rule, where a task is given.
    attacks
        In a market: what every party may do beside being honest; none: each chooses how much it shares.
    strategies
        Learning rules: one for everybody, or one a player.
    revision
        Who may revise when.
    initial
        The opening profile, an action's index a player; empty: drawn by the learning rules.
    rounds
        How many rounds are played after the opening one.
    replicas
        How many runs there are.
    epsilon
        How near an equilibrium counts as reached: NashConv within this share of the spread of payoffs.

    Raises
    ------
    ValueError
        There are not as many rules or opening actions as players, or the game has more than 100000 profiles.
    """

    source = "original; rules and games cite their own sources"
    declared_tables = table_columns.LEARN
    example_parameters = {"rounds": 20, "replicas": 5}

    game: GameSpec = ShapleysGame()
    task: TaskSpec | None = None
    mechanism: MechanismSpec = ShapleyDivision()
    attacks: tuple[AttackSpec, ...] = ()
    strategies: Annotated[tuple[StrategySpec, ...], Field(min_length=1)] = (FictitiousPlay(),)
    revision: RevisionSpec = Simultaneous()
    initial: tuple[Annotated[int, Field(ge=0, le=MOST_PROFILES)], ...] = ()
    rounds: Annotated[int, Field(ge=1, le=100_000)] = 1000
    replicas: Annotated[int, Field(ge=1, le=100_000)] = 200
    epsilon: Annotated[float, Field(gt=0, le=1)] = 0.05

    def model_post_init(self, context: object, /) -> None:
        """Check that rules and opening fit the game's players."""
        super().model_post_init(context)
        game = self._game()
        tabled(game, "the market" if self.task else str(self.game))
        if len(self.strategies) not in {1, game.n}:
            raise ValueError(f"{len(self.strategies)} strategies for {game.n} players: give one for all or one a player")
        if self.initial:
            game.check_profile(self.initial)

    def play(self, rng: np.random.Generator) -> Findings:
        """Play all runs."""
        game = tabled(self._game(), "the game")
        played = LearningRuns.of(self._arguments(game) | {"stop": self.rounds}, self.replicas, seed_of(rng))
        equilibria = known_equilibria(game, None if self.task else self.game)
        ends, distance = played.ends(equilibria)
        tables = {
            "path": _path(played),
            "bands": _bands(played),
            "runs": self._runs(played, ends, distance),
            "ends": table_columns.LEARN["ends"].frame(shares_of(ends, len(equilibria))),
            "equilibria": _equilibria(game, equilibria),
        }
        title = f"{self.mechanism.short()} with {self.task.short()}" if self.task else self.game.short()
        drawn = {"learn": lambda: self._draw(title, played, equilibria, tables["ends"])}
        return Findings(tables, self._checks(played, tables), drawn)

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the first run begins."""
        market = self.task is not None
        unread = {"replicas", "epsilon", *(("game",) if market else ("mechanism", "attacks"))}
        return Opening(
            reads=tuple(name for name in type(self).model_fields if name not in unread),
            rng=run_seeds(seed_of(rng), 1)[0],
            stop=Rounds(self.rounds),
            **self._arguments(self._game()),
        )

    def _game(self) -> StrategicGame:
        if self.task is None:
            return self.game.game()
        return AttackGame(self.task, self.mechanism, self.attacks) if self.attacks else market_of(self.task, self.mechanism)

    def _arguments(self, game: StrategicGame) -> dict[str, Any]:
        rules: Strategy | list[Strategy] = self.strategies[0] if len(self.strategies) == 1 else list(self.strategies)
        initial = np.array(self.initial, dtype=np.int64) if self.initial else None
        return {"game": game, "strategies": rules, "revision": self.revision, "initial": initial}

    def _runs(self, played: LearningRuns, ends: Any, distance: FloatArray) -> pd.DataFrame:
        near = self.epsilon * spread_of(played.game)
        finite = [
            np.where(np.isfinite(values), values, np.nan)
            for values in (distance, played.runs.time_to(near), played.time_of_average(near))
        ]
        return pd.DataFrame(
            {
                "run": np.arange(self.replicas),
                "seed": played.runs.seeds,
                "end": ends,
                "distance": finite[0],
                "time": finite[1],
                "time_of_average": finite[2],
                "of_average": played.of_average[-1],
                "regret": played.regrets[-1].max(axis=-1),
            }
        )

    def _checks(self, played: LearningRuns, tables: dict[str, pd.DataFrame]) -> list[Verdict]:
        game, size = played.game, max(1.0, float(np.abs(played.runs.payoffs_by_round).max()))
        gains = tables["equilibria"]["gain_left"]
        alone = RepeatedGame(**self._arguments(self._game()), stop=Rounds(self.rounds), rng=played.runs.seeds[0])
        stepped = [alone.actions]
        while alone.running:
            alone.step()
            stepped.append(alone.actions)
        same = np.array_equal(stepped, played.runs.actions_by_round[0])
        checks = [
            Verdict.statement(
                "equilibria",
                derived("definition"),
                "nobody gains by leaving an equilibrium that is listed",
                float(gains.max()) if len(gains) else "none is listed",
                bool((gains <= ROUND_OFF * size).all()),
            ),
            Verdict.statement(
                "a run alone",
                derived("an ensemble's runs are those of its seeds"),
                "the game that is stepped through plays as the first run of all",
                f"{self.rounds + 1} rounds compared",
                bool(same),
            ),
        ]
        if is_zero_sum(game):
            checks.append(_opposed(played, size))
        return [*checks, *self._promises(played)]

    def _promises(self, played: LearningRuns) -> list[Verdict]:
        """Hold every rule's regret against what it promises, over all runs."""
        if not isinstance(self.revision, Simultaneous) or self.replicas < 2:
            return []
        game, checks = played.game, []
        for player in range(game.n):
            rule, spread = learner_of(self.strategies, player), _spread(game, player)
            bound = rule.regret_bound(self.rounds + 1, int(game.available[player].sum()), spread)
            if bound is None:
                continue
            most = (bound + spread * bool(self.initial)) / (self.rounds + 1)
            verdict = Verdict.over_seeds(
                f"regret of {game.player_names[player]}",
                derived(rule.source),
                f"{rule.short()} regrets at most {most:.4g} a round on average",
                played.regrets[-1][:, player],
                lambda mean, most=most: mean <= most,  # type: ignore[misc]
            )
            checks.append(of_runs(verdict, self.replicas))
        return checks

    def _draw(self, title: str, played: LearningRuns, equilibria: FloatArray, ends: pd.DataFrame) -> Figure:
        rules = ", ".join(dict.fromkeys(rule.short() for rule in self.strategies))
        bound = None
        if len(self.strategies) == 1 and isinstance(self.revision, Simultaneous):
            bounds = [
                [
                    self.strategies[0].regret_bound(int(look) + 1, int(row.sum()), _spread(played.game, player))
                    for look in played.looks
                ]
                for player, row in enumerate(played.game.available)
            ]
            if all(each is not None for row in bounds for each in row):
                bound = np.max(np.array(bounds, dtype=np.float64), axis=0) / (played.looks + 1)
        return learn_figure.draw(f"{title}: {rules}", played, equilibria, ends, bound)


def _spread(game: NormalFormGame, player: int) -> float:
    """Return the largest difference between payoffs of a player's actions against the same actions of the others."""
    own = game.tables[player].take(np.flatnonzero(game.available[player]), axis=player)
    return float(np.ptp(own, axis=player).max())


def _opposed(played: LearningRuns, size: float) -> Verdict:
    """In a zero-sum game the payoffs cancel, so regrets add up to NashConv of average play, run by run."""
    apart = float(np.abs(played.regrets.sum(axis=-1) - played.of_average).max())
    return Verdict.statement(
        "regrets of opposed players",
        derived("payoffs that sum to a constant cancel"),
        "regrets add up to NashConv of average play",
        apart,
        apart <= ROUND_OFF * size,
    )


def _path(played: LearningRuns) -> pd.DataFrame:
    game, runs = played.game, played.runs
    acts = runs.actions_by_round[0]
    words = np.array(action_words(game), dtype=object)
    return pd.DataFrame(
        {
            "round": np.repeat(np.arange(len(acts)), game.n),
            "player": np.tile(np.array(list(game.player_names), dtype=object), len(acts)),
            "action": words[acts.reshape(-1)],
            "payoff": runs.payoffs_by_round[0].reshape(-1),
            "regret": runs.regrets_by_round[0].reshape(-1),
        }
    )


def _bands(played: LearningRuns) -> pd.DataFrame:
    measured = {"of_average": played.of_average, "of_play": played.of_play, "regret": played.regrets.max(axis=-1)}
    columns = {"round": played.looks}
    for name, values in measured.items():
        for place, line in zip(("low", "median", "high"), bands(values), strict=True):
            columns[f"{name}_{place}"] = line
    return pd.DataFrame(columns)


def _equilibria(game: NormalFormGame, equilibria: FloatArray) -> pd.DataFrame:
    words, rows = action_words(game), []
    for number, policy in enumerate(equilibria):
        gains = game.mixed_deviations(policy)
        earned = (np.where(policy > 0, gains, 0.0) * policy).sum(axis=1)
        for player, action in np.argwhere(policy > 0):
            left = max(0.0, float(gains[player].max() - earned[player]))
            name = game.player_names[int(player)]
            rows.append((number, name, words[action], float(policy[player, action]), float(earned[player]), left))
    return table_columns.LEARN["equilibria"].frame(rows)
