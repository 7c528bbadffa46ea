"""Which learning rules come to equilibrium in which games."""

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
    OptimisticHedge,
    RegretMatching,
    Replicator,
    Strategy,
    StrategySpec,
)
from ...components import seeds_of
from ...models import NormalFormGame, Simultaneous
from ...models.games.textbook import (
    BattleOfTheSexes,
    Congestion,
    GameSpec,
    JordansPennies,
    MatchingPennies,
    PrisonersDilemma,
    RockPaperScissors,
    ShapleysGame,
    StagHunt,
    TextbookGame,
)
from ...models.revision import RevisionSpec
from ...pictures import figures
from ...progress import track
from ...verdicts import Verdict, derived, share_interval
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .learning_runs import LearningRuns, of_runs
from .played_games import is_zero_sum, spread_of, tabled

SHAPLEY = 0.05
"""Of the spread of payoffs: how far average fictitious play stays from equilibrium in Shapley's game, over openings."""


@SCENARIOS.register
class Convergence(Scenario):
    """Learning rules in games of the textbooks: how near average play comes to equilibrium, in how many runs, and how soon.

    Parameters
    ----------
    games
        Games of the catalogue.
    strategies
        Learning rules; all players learn by the same one.
    revision
        Who may revise when.
    rounds
        How many rounds are played after the opening one.
    replicas
        How many runs there are of every rule in every game.
    epsilon
        How near counts as equilibrium: NashConv of average play within this share of the spread of payoffs.
    """

    source = (
        "Robinson (1951), Miyasawa (1961) and Monderer and Shapley (1996) for fictitious play that converges; Shapley (1964) and "
        "Jordan (1993) for play that does not"
    )
    declared_tables = table_columns.CONVERGENCE
    example_parameters = {"games": ("MatchingPennies",), "strategies": ("FictitiousPlay",), "rounds": 60, "replicas": 5}

    games: Annotated[tuple[GameSpec, ...], Field(min_length=1)] = (
        PrisonersDilemma(),
        StagHunt(),
        BattleOfTheSexes(),
        MatchingPennies(),
        RockPaperScissors(),
        ShapleysGame(),
        JordansPennies(),
        Congestion(),
    )
    strategies: Annotated[tuple[StrategySpec, ...], Field(min_length=1)] = (
        BestResponse(),
        FictitiousPlay(),
        Logit(rationality=5),
        Hedge(),
        OptimisticHedge(against="actions"),
        RegretMatching(),
        Replicator(step=0.1),
        Exp3(),
    )
    revision: RevisionSpec = Simultaneous()
    rounds: Annotated[int, Field(ge=10, le=100_000)] = 400
    replicas: Annotated[int, Field(ge=2, le=10_000)] = 20
    epsilon: Annotated[float, Field(gt=0, le=1)] = 0.1

    def play(self, rng: np.random.Generator) -> Findings:
        """Play every rule in every game."""
        cells = list(itertools.product(self.games, self.strategies))
        rows, checks = [], []
        for (textbook, rule), seed in zip(track(cells, "rules in games"), seeds_of(rng, len(cells)), strict=True):
            game = tabled(textbook.game(), str(textbook))
            arguments = {"game": game, "strategies": rule, "revision": self.revision, "stop": self.rounds}
            played = LearningRuns.of(arguments, self.replicas, seed)
            rows.append(self._row(textbook, rule, played))
            if isinstance(self.revision, Simultaneous):
                checks += [of_runs(verdict, self.replicas) for verdict in _known(textbook, rule, played)]
        table = table_columns.CONVERGENCE["convergence"].frame(rows)
        return Findings({"convergence": table}, checks, {"convergence": lambda: self._draw(table)})

    def _row(self, textbook: TextbookGame, rule: Strategy, played: LearningRuns) -> tuple[object, ...]:
        spread = spread_of(played.game)
        times = played.time_of_average(self.epsilon * spread)
        reached = np.isfinite(times)
        low, high = share_interval(float(reached.mean()), self.replicas)
        last = np.quantile(played.of_average[-1] / spread, (0.05, 0.5, 0.95))
        middle = float(np.median(times))
        return (
            textbook.short(),
            rule.short(),
            float(reached.mean()),
            float(low),
            float(high),
            middle if np.isfinite(middle) else np.nan,
            *map(float, last),
            float(played.regrets[-1].max(axis=-1).mean()),
        )

    def _draw(self, table: pd.DataFrame) -> Figure:
        wide = table.pivot(index="rule", columns="game", values="share")
        wide = wide.loc[list(dict.fromkeys(table["rule"])), list(dict.fromkeys(table["game"]))]
        width = 3.0 + 0.85 * wide.shape[1]
        title = (
            f"Runs whose average play is an equilibrium within {self.epsilon:g} of the payoffs' spread\n({self.rounds} rounds)"
        )
        figure, (axis,) = figures.new_figure(width=width, height=2.2 + 0.42 * wide.shape[0], title=title)
        image = axis.imshow(wide.to_numpy(), vmin=0, vmax=1, cmap="cividis", aspect="auto")
        for (row, column), share in np.ndenumerate(wide.to_numpy()):
            axis.text(
                column, row, f"{share:.0%}", ha="center", va="center", fontsize=8, color="white" if share < 0.55 else "black"
            )
        axis.set_xticks(range(wide.shape[1]), wide.columns, rotation=30, ha="right", fontsize=8)
        axis.set_yticks(range(wide.shape[0]), wide.index, fontsize=8)
        axis.set(xlabel="game", ylabel="learning rule")
        figure.colorbar(image, ax=axis, label=f"share of {self.replicas} runs")
        return figure


def _known(textbook: TextbookGame, rule: Strategy, played: LearningRuns) -> list[Verdict]:
    """Hold what theorems say against the runs."""
    name, game = f"{rule.short()} in {textbook.short()}", played.game
    late, spread = played.of_average[-1], spread_of(game)
    checks = []
    if isinstance(rule, FictitiousPlay):
        early = played.of_average[int(np.searchsorted(played.looks, played.looks[-1] // 10))]
        theorem = _theorem(textbook, game)
        if theorem:
            checks.append(
                Verdict.over_seeds(
                    name,
                    derived(theorem),
                    "average play comes nearer to equilibrium: NashConv falls from a tenth of the rounds to the end, or is 0",
                    late - early,
                    lambda mean: mean < 0 or bool((late <= 1e-9 * spread).all()),
                )
            )
        if isinstance(textbook, ShapleysGame):
            checks.append(
                Verdict.over_seeds(
                    name,
                    derived("Shapley (1964), Some topics in two-person games"),
                    f"NashConv of average play stays above {SHAPLEY:g} of the spread, on average over openings",
                    late / spread,
                    lambda mean: mean > SHAPLEY,
                )
            )
    bounds = [rule.regret_bound(len(played.runs.exploitability[0]), int(row.sum()), float(spread)) for row in game.available]
    known = [bound for bound in bounds if bound is not None]
    if is_zero_sum(game) and len(known) == game.n:
        most = sum(known) / len(played.runs.exploitability[0])
        checks.append(
            Verdict.over_seeds(
                name,
                derived("regrets of opposed players add up to NashConv of average play"),
                f"NashConv of average play is at most the sum of promised regrets, {most:.4g}",
                late,
                lambda mean: mean <= most,
            )
        )
    return checks


def _theorem(textbook: TextbookGame, game: NormalFormGame) -> str:
    """Return why fictitious play converges in a game; nothing where no theorem here says so."""
    if is_zero_sum(game):
        return "Robinson (1951), an iterative method of solving a game: zero-sum games"
    if game.n == 2 and game.available.sum(axis=1).tolist() == [2, 2]:
        return "Miyasawa (1961): games of two players with two actions each"
    return "Monderer and Shapley (1996): potential games" if isinstance(textbook, Congestion) else ""
