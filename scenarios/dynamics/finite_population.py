"""A finite population that imitates: which action takes over, what is played in the long run, and how near the mean field is."""

import itertools
from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field
from scipy.stats import binomtest

from ...agents.strategies import Moran, PairwiseComparison, Strategy, StrategySpec
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...components import seed_of, seeds_of
from ...models import (
    NormalFormGame,
    OneAtRandom,
    PopulationGame,
    Rounds,
    fixation_probability,
    fluid_path,
    is_evolutionarily_stable,
    mean_field_gap,
    population_paths,
    small_mutation_limit,
    stationary_distribution,
)
from ...models.games.textbook import Chicken, GameSpec
from ...pictures import figures
from ...pictures.actions import action_colours
from ...progress import track
from ...verdicts import UNDECIDED, Verdict, derived, mean_interval, share_interval
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import table_columns

INTENSITIES = (0.0, 0.25, 0.5, 1.0)
FIXED_BY = 400
"""How many revisions a player a population has to come to one action."""

BURN_IN, APART = 100, 16
UNLIKELY = 1e-5
"""Two-sided chance below which a binomial share speaks against a closed form, so seldom by chance, over all rows."""


@SCENARIOS.register
class FinitePopulation(GameScenario):
    """A population plays a game of two, each with all others, and imitates: fixation, the long run, and the mean field.

    In each round one player revises. Fixation probabilities are in closed form and simulated; the long run is that of the chain
    over all states and simulated; and the fluid path of a population without end stands beside finite ones, and beside the one
    game that can be stepped through.

    Parameters
    ----------
    game
        A game of the catalogue of two alike players.
    rule
        How a reviser revises: ``PairwiseComparison`` or ``Moran``, with a mutation above 0.
    population
        How many players.
    mutants
        How many players there are where fixation is looked at, few, so that it comes soon.
    sizes
        Numbers of players that are set beside the mean field.
    opening_share
        Share of players who begin with the first action; the others are spread evenly over the rest.
    horizon
        For how many revisions a player paths go.
    runs
        How many populations are simulated of each kind.
    """

    source = "Moran (1958); Traulsen, Nowak and Pacheco (2006); Fudenberg and Imhof (2006); mean field: Kurtz (1970)"
    declared_tables = table_columns.FINITE_POPULATION
    example_parameters = {"population": 6, "mutants": 3, "sizes": (4, 8), "horizon": 2, "runs": 5}

    game: GameSpec = Chicken(win=1.0, crash=3.0)
    rule: StrategySpec = PairwiseComparison(intensity=1.0, mutation=0.02)
    population: Annotated[int, Field(ge=2, le=100)] = 20
    mutants: Annotated[int, Field(ge=2, le=20)] = 8
    sizes: Annotated[tuple[Annotated[int, Field(ge=2, le=2000)], ...], Field(min_length=1, max_length=6)] = (10, 40, 160)
    opening_share: Annotated[float, Field(ge=0, le=1)] = 0.8
    horizon: Annotated[int, Field(ge=1, le=200)] = 20
    runs: Annotated[int, Field(ge=2, le=10_000)] = 200

    def model_post_init(self, context: object, /) -> None:
        """Check that two alike play, and that the rule imitates and mutates."""
        super().model_post_init(context)
        self._game()
        if not isinstance(self.rule, PairwiseComparison | Moran) or not self.rule.mutation > 0:
            raise ValueError(f"rule = {self.rule}: it must be PairwiseComparison or Moran, with a mutation above 0")
        if getattr(self.rule, "among", "everyone") != "everyone":
            raise ValueError(f"rule = {self.rule}: in a population everybody may meet everyone")

    def play(self, rng: np.random.Generator) -> Findings:
        """Measure fixation, the long run, and the gaps to the mean field."""
        game = self._game()
        base = game.tables[0]
        generators = [np.random.default_rng(seed) for seed in seeds_of(rng, 3)]
        fixation = self._fixation(base, game, generators[0])
        chain = stationary_distribution(base, self.population, self.rule)
        long_run = self._long_run(base, game, chain.actions, generators[1])
        start = self._start(game.m)
        gaps = mean_field_gap(base, self.rule, start, self.sizes, self.horizon, self.runs, generators[2])
        states = [(" ".join(map(str, state)), share) for state, share in zip(chain.states.tolist(), chain.share, strict=True)]
        tables = {
            "fixation": fixation,
            "long-run": long_run,
            "states": table_columns.FINITE_POPULATION["states"].frame(states),
            "paths": self._paths(base, game, generators[2]),
            "game": self._one_game(game, self.opening(rng)),
            "gaps": gaps,
        }
        return Findings(tables, self._checks(fixation, long_run, gaps), {"finite-population": lambda: self._draw(tables, game)})

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the population begins."""
        game = self._game()
        counts = np.floor(self._start(game.m) * self.population + ROUND_OFF).astype(np.int64)
        counts[0] += self.population - counts.sum()
        return Opening(
            reads=("game", "rule", "population", "opening_share", "horizon"),
            game=PopulationGame(game.tables[0], self.population, list(game.action_names)),
            strategies=self.rule,
            revision=OneAtRandom(),
            stop=Rounds(self.horizon * self.population),
            initial=np.repeat(np.arange(game.m), counts),
            rng=seed_of(rng),
        )

    def _game(self) -> NormalFormGame:
        game = self.game.game()
        if game.n != 2 or not game.available.all() or np.abs(game.tables[0] - game.tables[1].T).max() > ROUND_OFF:
            raise ValueError(f"game = {self.game}: it must be one of two players who are alike")
        if game.m > 4:
            raise ValueError(f"game = {self.game}: it has {game.m} actions, at most 4 can be followed")
        return game

    def _start(self, m: int) -> FloatArray:
        return np.array([self.opening_share, *[(1 - self.opening_share) / (m - 1)] * (m - 1)])

    def _fixation(self, base: FloatArray, game: NormalFormGame, rng: np.random.Generator) -> pd.DataFrame:
        rows = []
        pairs = list(itertools.product(itertools.permutations(range(game.m), 2), INTENSITIES))
        for (mutant, resident), intensity in track(pairs, "fixation"):
            closed = fixation_probability(base, self.mutants, intensity, mutant, resident)
            table = base[np.ix_([mutant, resident], [mutant, resident])]
            rule: Strategy = type(self.rule)(intensity=intensity, mutation=0.0)  # type: ignore[call-arg]
            opening = [1 / self.mutants, 1 - 1 / self.mutants]
            ends = population_paths(table, self.mutants, rule, opening, FIXED_BY, self.runs, rng)[:, -1, 0]
            share = float((ends == 1).mean())
            low, high = share_interval(share, self.runs)
            names = (game.action_names[mutant], game.action_names[resident])
            rows.append((*names, intensity, closed, share, float(low), float(high)))
        return table_columns.FINITE_POPULATION["fixation"].frame(rows)

    def _long_run(self, base: FloatArray, game: NormalFormGame, shares: FloatArray, rng: np.random.Generator) -> pd.DataFrame:
        paths = population_paths(base, self.population, self.rule, self._start(game.m), 2 * BURN_IN, self.runs, rng)
        found = paths[:, BURN_IN:].mean(axis=1)
        rare = small_mutation_limit(base, self.population, self._intensity)
        rows = []
        for action, name in enumerate(game.action_names):
            low, high = mean_interval(found[:, action])
            stable = is_evolutionarily_stable(base, np.eye(game.m)[action])
            mean = float(found[:, action].mean())
            rows.append((name, float(shares[action]), mean, low, high, float(rare[action]), stable))
        return table_columns.FINITE_POPULATION["long-run"].frame(rows)

    @property
    def _intensity(self) -> float:
        return float(self.rule.intensity)  # type: ignore[attr-defined]

    def _paths(self, base: FloatArray, game: NormalFormGame, rng: np.random.Generator) -> pd.DataFrame:
        start, rows = self._start(game.m), []
        fluid = fluid_path(base, self.rule, start, np.arange(self.horizon + 1))
        for size in self.sizes:
            paths = population_paths(base, size, self.rule, start, self.horizon, self.runs, rng)
            low, high = np.quantile(paths, (0.05, 0.95), axis=0)
            for time, action in itertools.product(range(self.horizon + 1), range(game.m)):
                mean = float(paths[:, time, action].mean())
                ends = float(low[time, action]), float(high[time, action])
                rows.append((size, time, game.action_names[action], float(fluid[time, action]), mean, *ends))
        return table_columns.FINITE_POPULATION["paths"].frame(rows)

    def _one_game(self, game: NormalFormGame, opening: Opening) -> pd.DataFrame:
        """Play the game that can be stepped through, player by player, to its end."""
        model = replace(opening, agents=False).model()
        shares = [self._shares(model.actions, game.m)]
        for _ in track(range(self.horizon), "one game"):
            for _ in range(self.population):
                model.step()
            shares.append(self._shares(model.actions, game.m))
        rows = [
            (time, game.action_names[action], float(share))
            for time, each in enumerate(shares)
            for action, share in enumerate(each)
        ]
        return table_columns.FINITE_POPULATION["game"].frame(rows)

    def _shares(self, actions: IntArray, m: int) -> FloatArray:
        return np.bincount(actions, minlength=m) / self.population

    def _checks(self, fixation: pd.DataFrame, long_run: pd.DataFrame, gaps: pd.DataFrame) -> list[Verdict]:
        found = zip(fixation["simulated"], fixation["probability"], strict=True)
        odds = min(float(binomtest(round(share * self.runs), self.runs, closed).pvalue) for share, closed in found)
        near = ((long_run["low"] <= long_run["share"]) & (long_run["share"] <= long_run["high"])).all()
        several = len(gaps) > 1 and gaps["population"].max() >= APART * gaps["population"].min() and self.runs >= 100
        slope = float(np.polyfit(np.log(gaps["population"]), np.log(gaps["gap"]), 1)[0]) if several else np.nan
        enough = self.runs >= 100
        few = "at least 100 runs decide it"
        neutral = fixation[fixation["intensity"] == 0]["probability"]
        return [
            Verdict.number("neutral fixation", derived("closed form"), 1 / self.mutants, float(neutral.iloc[0]), ROUND_OFF),
            Verdict.statement(
                "fixation",
                derived("Traulsen, Nowak and Pacheco (2006), equation 4"),
                f"no simulated share is less likely under its closed form than {UNLIKELY:g}",
                f"the least likely of {len(fixation)}: {odds:.2g}",
                odds >= UNLIKELY if enough else None,
                "" if enough else few,
                **({} if enough else {"expected": UNDECIDED}),
            ),
            Verdict.statement(
                "mean field",
                derived("Kurtz (1970)"),
                "the gap to the fluid path falls as a power of the population between -0.75 and -0.25",
                f"{slope:.3f}",
                bool(-0.75 <= slope <= -0.25) if several else None,
                "" if several else f"populations {APART} times apart and 100 runs decide it",
                **({} if several else {"expected": UNDECIDED}),
            ),
            Verdict.statement(
                "long run",
                derived("the stationary distribution of the chain"),
                "simulated shares agree with the chain within their 95 % intervals",
                ", ".join(f"{row.action}: {row.share:.3f} and {row.simulated:.3f}" for row in long_run.itertuples()),
                bool(near) if enough and near else None,
                "" if enough and near else "a population may leave its state too seldom within the time simulated",
                **({} if enough and near else {"expected": UNDECIDED}),
            ),
        ]

    def _draw(self, tables: dict[str, pd.DataFrame], game: NormalFormGame) -> Figure:
        title = f"{self.game.short()} in finite populations: {self.rule.short()}"
        figure, (fixed, rest, path, gap) = figures.new_figure(4, width=4.3, height=4.0, title=title)
        for index, ((mutant, resident), rows) in enumerate(tables["fixation"].groupby(["mutant", "resident"], sort=False)):
            tint = figures.colour(index)
            fixed.plot(rows["intensity"], rows["probability"], color=tint, label=f"{mutant} among {resident}")
            errors = np.array([rows["simulated"] - rows["low"], rows["high"] - rows["simulated"]])
            fixed.errorbar(rows["intensity"], rows["simulated"], yerr=errors, fmt="o", color=tint, capsize=3, markersize=4)
        fixed.axhline(1 / self.mutants, color="0.6", linestyle=":", linewidth=1, label="neutral")
        fixed.set(
            xlabel="strength of selection", ylabel=f"one of {self.mutants} takes over", title="line: closed form; dots: runs"
        )
        fixed.set_ylim(bottom=0)
        fixed.legend(fontsize=7.5, framealpha=0.85)
        tints = action_colours(game.m)
        table, places = tables["long-run"], np.arange(game.m)
        for place, (column, label, shade) in enumerate(
            (("share", "the chain", 1.0), ("simulated", "runs", 0.6), ("rare_mutation", "rare mutations", 0.3))
        ):
            at = places + 0.27 * (place - 1)
            rest.bar(at, table[column], 0.25, color=[tints[action] for action in places], alpha=shade)
            for x, y in zip(at, table[column], strict=True):
                rest.text(x, y + 0.01, label, rotation=90, ha="center", va="bottom", fontsize=7)
        rest.set_xticks(places, table["action"])
        rest.set(ylim=(0, 1.45), ylabel="share of players", title=f"long run of {self.population} players")
        paths = tables["paths"]
        first = paths[paths["action"] == game.action_names[0]]
        for index, (size, rows) in enumerate(first.groupby("population", sort=False)):
            path.plot(rows["time"], rows["mean"], color=figures.colour(index), label=f"{size} players, mean")
            path.fill_between(rows["time"], rows["low"], rows["high"], color=figures.colour(index), alpha=0.12, linewidth=0)
        one = first[first["population"] == self.sizes[0]]
        path.plot(one["time"], one["fluid"], "--", color="black", label="without end")
        played = tables["game"][tables["game"]["action"] == game.action_names[0]]
        path.plot(played["time"], played["share"], color="0.5", linewidth=1, label=f"{self.population} players, one game")
        path.set(
            xlabel="revisions a player",
            ylabel=f"share that plays {game.action_names[0]}",
            ylim=(0, 1.02),
            title="band: 90 % of runs",
        )
        path.legend(fontsize=7.5, framealpha=0.85)
        gaps = tables["gaps"]
        errors = np.array([gaps["gap"] - gaps["low"], gaps["high"] - gaps["gap"]])
        gap.errorbar(
            gaps["population"], gaps["gap"], yerr=errors, fmt="o", color=figures.colour(0), capsize=3, label="largest distance"
        )
        middle = float(np.exp(np.log(gaps["scaled"]).mean()))
        gap.plot(gaps["population"], middle / np.sqrt(gaps["population"]), "--", color="0.5", label=f"{middle:.2f} / √N")
        gap.set(
            xscale="log",
            yscale="log",
            xlabel="players N",
            ylabel="distance from the fluid path",
            title="mean over runs, 95 % interval",
        )
        gap.legend(fontsize=7.5, framealpha=0.85)
        return figure
