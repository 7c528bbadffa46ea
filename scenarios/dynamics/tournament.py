"""Learning rules against each other, in textbook games and in markets, and what evolution makes of the outcome."""

import itertools
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from ...agents.strategies import (
    BestResponse,
    Exp3,
    FictitiousPlay,
    Hedge,
    Logit,
    RegretMatching,
    Strategy,
    StrategySpec,
    WinStay,
)
from ...arrays import ROUND_OFF, FloatArray
from ...components import seeds_of
from ...mechanisms import MechanismSpec, ReplicationRobustDivision, ShapleyDivision
from ...models import Ensemble, NormalFormGame, QualityCurve, alpha_rank, replicator_path
from ...models.games.textbook import (
    BattleOfTheSexes,
    Chicken,
    GameSpec,
    PrisonersDilemma,
    RockPaperScissors,
    ShapleysGame,
    StagHunt,
)
from ...models.tasks import TaskSpec
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived, mean_interval
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .played_games import is_zero_sum, market_of, spread_of, tabled

RESAMPLES = 200
TIMES = 101


@SCENARIOS.register
class Tournament(Scenario):
    """Every learning rule meets every other and itself in every game and market; α-rank and the replicator weigh the outcome.

    Each pair plays from both seats with the same seeds as every other pair. What a rule earns a round is counted from 0, the
    least payoff of its seat in the arena, to 1, the most, so that arenas weigh alike.

    Parameters
    ----------
    strategies
        Learning rules.
    games
        Games of the catalogue, of two players.
    task
        What the data of two parties is worth in the markets.
    mechanisms
        Market rules; each is an arena with the task.
    rounds
        How many rounds are played after the opening one.
    replicas
        How many seeds there are.
    alpha
        Strength of selection of α-rank, in 1 / units of payoff, which goes from 0 to 1.
    population
        Players in α-rank's population.
    horizon
        How long the replicator is followed, in units of 1 / payoff.
    """

    source = (
        "Axelrod (1980), Effective choice in the prisoner's dilemma; α-rank: Omidshafiei and others (2019); "
        "replicator: Taylor and Jonker (1978)"
    )
    declared_tables = table_columns.TOURNAMENT
    example_parameters = {
        **{"strategies": ("BestResponse", "Hedge"), "games": ("StagHunt",), "mechanisms": ("ShapleyDivision",)},
        **{"rounds": 10, "replicas": 3, "horizon": 5.0},
    }

    strategies: Annotated[tuple[StrategySpec, ...], Field(min_length=2, max_length=20)] = (
        BestResponse(),
        FictitiousPlay(),
        Hedge(),
        RegretMatching(),
        Logit(rationality=5),
        WinStay(),
        Exp3(),
    )
    games: tuple[GameSpec, ...] = (
        PrisonersDilemma(),
        StagHunt(),
        Chicken(win=1.0, crash=3.0),
        BattleOfTheSexes(),
        RockPaperScissors(),
        ShapleysGame(),
    )
    task: TaskSpec = QualityCurve(sizes=(1.0, 1.0), copies=2)
    mechanisms: tuple[MechanismSpec, ...] = (ShapleyDivision(), ReplicationRobustDivision())
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 100
    replicas: Annotated[int, Field(ge=2, le=1000)] = 20
    alpha: Annotated[float, Field(ge=0, le=1e6)] = 100.0
    population: Annotated[int, Field(ge=2, le=10_000)] = 50
    horizon: Annotated[float, Field(gt=0, le=1e6)] = 400.0

    def model_post_init(self, context: object, /) -> None:
        """Check that there is something to play, for two, and that rules differ."""
        super().model_post_init(context)
        if len(set(map(str, self.strategies))) < len(self.strategies):
            raise ValueError("strategies must differ: one is given twice")
        if not self.games and not self.mechanisms:
            raise ValueError("there is nothing to play: give a game or a market rule")
        for name, game in self._arenas():
            if game.n != 2:
                raise ValueError(f"{name} has {game.n} players: a tournament is of two")

    def play(self, rng: np.random.Generator) -> Findings:
        """Play all pairs in all arenas from both seats."""
        arenas, k = self._arenas(), len(self.strategies)
        meetings = list(itertools.product(range(len(arenas)), range(k), range(k)))
        seeds = seeds_of(rng, len(arenas))
        earned = np.zeros((len(arenas), k, k, 2, self.replicas))
        for arena, one, other in track(meetings, "meetings"):
            earned[arena, one, other] = self._meeting(arenas[arena][1], one, other, seeds[arena])
        # what a rule has against another: from the first seat against it, and from the second
        scores = (earned[..., 0, :] + np.swapaxes(earned[..., 1, :], 1, 2)) / 2
        whole = scores.mean(axis=0)
        mass, low, high = self._ranked(whole, rng)
        times = np.linspace(0.0, self.horizon, TIMES)
        path = replicator_path(whole.mean(axis=2), np.full(k, 1 / k), times)
        declared, names = table_columns.TOURNAMENT, self._names()
        tables = {
            "matrix": declared["matrix"].frame(_pairs(names, whole)),
            "arenas": declared["arenas"].frame(
                [(name, *row) for (name, _), each in zip(arenas, scores, strict=True) for row in _pairs(names, each)]
            ),
            "ranks": declared["ranks"].frame(
                [
                    (name, *_mean_of(whole[place].mean(axis=0)), mass[place], low[place], high[place], path[-1, place])
                    for place, name in enumerate(names)
                ]
            ),
            "replicator": declared["replicator"].frame(
                [
                    (time, name, share)
                    for time, row in zip(times, path, strict=True)
                    for name, share in zip(names, row, strict=True)
                ]
            ),
        }
        checks = self._checks(arenas, scores, whole.mean(axis=2), mass)
        return Findings(tables, checks, {"tournament": lambda: self._draw(tables, whole.mean(axis=2))})

    def _names(self) -> list[str]:
        return [rule.short() for rule in self.strategies]

    def _arenas(self) -> list[tuple[str, NormalFormGame]]:
        textbook = [(game.short(), tabled(game.game(), str(game))) for game in self.games]
        markets = [
            (f"market: {mechanism.short()}", tabled(market_of(self.task, mechanism), "the market"))
            for mechanism in self.mechanisms
        ]
        return textbook + markets

    def _meeting(self, game: NormalFormGame, one: int, other: int, seed: int) -> FloatArray:
        """Return what each seat earned a round in each run, counted from 0 to 1, shape (2, replicas)."""
        rules: list[Strategy] = [self.strategies[one], self.strategies[other]]
        runs = Ensemble({"game": game, "strategies": rules, "stop": self.rounds}, self.replicas, seed, keep="players")
        means = runs.payoffs_by_round.mean(axis=1).T
        sides = np.ix_(*[np.flatnonzero(row) for row in game.available])
        ends = [(float(table[sides].min()), float(table[sides].max())) for table in game.tables]
        return np.array(
            [(row - low) / (high - low) if high > low else 0.5 + 0 * row for row, (low, high) in zip(means, ends, strict=True)]
        )

    def _ranked(self, whole: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return every rule's share in α-rank, and its 5 % and 95 % quantiles when seeds are drawn anew."""
        draws = rng.integers(self.replicas, size=(RESAMPLES, self.replicas))
        others = np.array([alpha_rank(whole[..., draw].mean(axis=2), self.alpha, self.population) for draw in draws])
        low, high = np.quantile(others, (0.05, 0.95), axis=0)
        return alpha_rank(whole.mean(axis=2), self.alpha, self.population), low, high

    def _checks(
        self, arenas: list[tuple[str, NormalFormGame]], scores: FloatArray, matrix: FloatArray, mass: FloatArray
    ) -> list[Verdict]:
        opposed = [
            float(np.abs(score + np.swapaxes(score, 0, 1) - 1).max())
            for (_, game), score in zip(arenas, scores, strict=True)
            if is_zero_sum(game) and spread_of(game) > 0
        ]
        checks = [
            Verdict.number(
                "α-rank",
                derived("shares of time sum to 1"),
                1.0,
                float(mass.sum()),
                ROUND_OFF,
            ),
            Verdict.number(
                "α-rank without selection",
                derived("Omidshafiei and others (2019), equation 3 at α = 0"),
                0.0,
                float(np.abs(alpha_rank(matrix, 0.0, self.population) - 1 / len(matrix)).max()),
                ROUND_OFF,
                "all rules are alike",
            ),
        ]
        if opposed:
            checks.append(
                Verdict.number(
                    "zero-sum arenas",
                    derived("what one wins the other loses"),
                    0.0,
                    max(opposed),
                    ROUND_OFF,
                    "scores of two who meet add up to 1 in every run",
                )
            )
        return checks

    def _draw(self, tables: dict[str, pd.DataFrame], matrix: FloatArray) -> Figure:
        names, ranks, k = self._names(), tables["ranks"], len(self.strategies)
        title = (
            f"{k} learning rules against each other in {len(self._arenas())} arenas, {self.rounds} rounds, {self.replicas} seeds"
        )
        figure, (grid, bars, path) = figures.new_figure(
            3, width=max(5.0, 2.6 + 0.42 * k), height=max(4.2, 1.8 + 0.4 * k), title=title
        )
        image = grid.imshow(matrix, cmap="cividis", aspect="auto")
        middle = (matrix.min() + matrix.max()) / 2
        for (row, column), value in np.ndenumerate(matrix):
            grid.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=7.5, color="white" if value < middle else "black"
            )
        grid.set_xticks(range(k), names, rotation=35, ha="right", fontsize=8)
        grid.set_yticks(range(k), names, fontsize=8)
        grid.set(xlabel="against", ylabel="rule", title="payoff a round, 0 least to 1 most")
        figure.colorbar(image, ax=grid, shrink=0.8)
        at = np.arange(k)
        errors = np.array([ranks["mean_payoff"] - ranks["mean_low"], ranks["mean_high"] - ranks["mean_payoff"]])
        bars.errorbar(
            ranks["mean_payoff"], at, xerr=errors, fmt="s", color="black", capsize=3, label="mean payoff, 95 % interval"
        )
        bars.barh(at, ranks["rank_mass"], color=[figures.colour(place) for place in range(k)], alpha=0.75)
        reach = np.array([ranks["rank_mass"] - ranks["mass_low"], ranks["mass_high"] - ranks["rank_mass"]]).clip(min=0)
        bars.errorbar(ranks["rank_mass"], at, xerr=reach, fmt="none", ecolor="0.35", capsize=3, label="90 % of resampled seeds")
        bars.set_yticks(at, names, fontsize=8)
        bars.invert_yaxis()
        bars.set(xlim=(-0.02, 1.02), xlabel="share, or payoff a round", title=f"bars: α-rank (α = {self.alpha:g})")
        bars.legend(fontsize=7.5, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
        for place, (name, rows) in enumerate(tables["replicator"].groupby("rule", sort=False)):
            path.plot(rows["time"], rows["share"], color=figures.colour(place), label=name, linestyle="-" if place < 7 else "--")
        path.set(
            xlabel="time (in 1 / payoff)",
            ylabel="share of the population",
            ylim=(-0.02, 1.02),
            title="replicator from even shares",
        )
        path.legend(fontsize=7.5, framealpha=0.85)
        return figure


def _mean_of(values: FloatArray) -> tuple[float, float, float]:
    low, high = mean_interval(values)
    return float(values.mean()), low, high


def _pairs(names: list[str], scores: FloatArray) -> list[tuple[object, ...]]:
    """Return rows of a rule, another, the mean over seeds and its interval, from scores (k, k, replicas)."""
    places = itertools.product(range(len(names)), repeat=2)
    return [(names[one], names[other], *_mean_of(scores[one, other])) for one, other in places]
