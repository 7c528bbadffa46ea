"""Which equilibrium play comes to, by the rule that players learn by and by where they begin."""

import itertools
from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from pydantic import Field

from ...agents.strategies import BestResponse, BetterResponse, Hedge, Logit, RegretMatching, Replicator, StrategySpec
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...components import seeds_of
from ...models import Inertia, NormalFormGame, RepeatedGame, Rounds
from ...models.games.textbook import GameSpec, StagHunt
from ...models.revision import RevisionSpec
from ...pictures import figures
from ...pictures.palette import ACTIONS, OUT
from ...pictures.words import action_words
from ...progress import track
from ...verdicts import Verdict, derived
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .learning_runs import LearningRuns, shares_of
from .played_games import known_equilibria, play_words, spread_of, tabled

MOST_OPENINGS = 64
STEP = 0.2


@SCENARIOS.register
class Basins(Scenario):
    """From where learners come to which equilibrium, under several rules, and how surely.

    Every opening profile is played many times under every rule. In games of two players with two actions each, replicators are
    also let go from a grid of mixes, which draws the basins.

    Parameters
    ----------
    game
        A game of the catalogue, of at most 64 profiles.
    strategies
        The learning rules that are set side by side; all players learn by the same one.
    revision
        Who may revise when.
    rounds
        How many rounds are played after the opening one.
    replicas
        How many runs there are from every opening profile.
    grid
        How many mixes of each player replicators begin from; 0 for none.
    """

    source = "original; after Skyrms, The Stag Hunt, 2004, and Weibull, Evolutionary Game Theory, 1995, Section 5.3"
    declared_tables = table_columns.BASINS
    example_parameters = {"rounds": 20, "replicas": 5, "grid": 3, "strategies": ("BestResponse",)}

    game: GameSpec = StagHunt()
    strategies: Annotated[tuple[StrategySpec, ...], Field(min_length=1)] = (
        BestResponse(),
        BetterResponse(),
        Logit(rationality=2),
        Hedge(),
        RegretMatching(),
    )
    revision: RevisionSpec = Inertia(0.5)
    rounds: Annotated[int, Field(ge=2, le=10_000)] = 200
    replicas: Annotated[int, Field(ge=2, le=10_000)] = 200
    grid: Annotated[int, Field(ge=0, le=60)] = 20

    def model_post_init(self, context: object, /) -> None:
        """Check that openings are few enough to be played one by one."""
        super().model_post_init(context)
        if len(list(self.game.game().profiles())) > MOST_OPENINGS:
            raise ValueError(f"game = {self.game}: it has more than {MOST_OPENINGS} profiles to open with")

    def play(self, rng: np.random.Generator) -> Findings:
        """Play every rule from every opening, then the grid."""
        game = tabled(self.game.game(), str(self.game))
        equilibria = known_equilibria(game, self.game)
        openings = np.array(list(game.profiles()))
        cells = list(itertools.product(self.strategies, openings))
        ends = {}
        for (rule, opening), seed in zip(track(cells, "openings"), seeds_of(rng, len(cells)), strict=True):
            arguments = {"game": game, "strategies": rule, "revision": self.revision, "initial": opening, "stop": self.rounds}
            ends[rule.short(), tuple(opening.tolist())] = LearningRuns.of(arguments, self.replicas, seed).ends(equilibria)[0]
        words = action_words(game)
        rows = [
            (rule, ", ".join(words[action] for action in opening), *row)
            for (rule, opening), each in ends.items()
            for row in shares_of(each, len(equilibria))
        ]
        grid = self._grid(game, equilibria)
        tables = {
            "openings": table_columns.BASINS["openings"].frame(rows),
            "rules": self._rules(ends, len(equilibria)),
            "grid": grid,
        }
        checks = [*self._stays(game, ends, equilibria), *self._boundary(game, grid, equilibria)]
        return Findings(tables, checks, {"basins": lambda: self._draw(game, tables, equilibria)})

    def _rules(self, ends: dict[tuple[str, tuple[int, ...]], IntArray], count: int) -> pd.DataFrame:
        rows = []
        for rule in dict.fromkeys(name for name, _ in ends):
            every = np.concatenate([each for (name, _), each in ends.items() if name == rule])
            rows += [(rule, *row) for row in shares_of(every, count)]
        return table_columns.BASINS["rules"].frame(rows)

    def _grid(self, game: NormalFormGame, equilibria: FloatArray) -> pd.DataFrame:
        """Let replicators go from a grid of mixes; where they are nearest to at the end is the basin."""
        rows = []
        if game.n == 2 and game.m == 2 and game.available.all() and self.grid:
            places = (np.arange(self.grid) + 0.5) / self.grid
            step = STEP / spread_of(game)
            for x, y in itertools.product(places, places):
                rules = [Replicator(step=step, start=(1 - p, p)) for p in (x, y)]
                model = RepeatedGame(game=game, strategies=rules, stop=Rounds(1000), rng=0, agents=False)
                model.run_model()
                apart = np.abs(model.policy[None] - equilibria).max(axis=(1, 2)) if len(equilibria) else np.array([np.inf])
                end = int(apart.argmin()) if apart.min() <= STEP / 4 else -1
                rows.append((float(x), float(y), end))
        return table_columns.BASINS["grid"].frame(rows)

    def _stays(
        self, game: NormalFormGame, ends: dict[tuple[str, tuple[int, ...]], IntArray], equilibria: FloatArray
    ) -> list[Verdict]:
        """Check that who answers best stays in a strict equilibrium."""
        checks = []
        for rule in self.strategies:
            if not isinstance(rule, BestResponse | BetterResponse):
                continue
            stayed, began = 0, 0
            for number, policy in enumerate(equilibria):
                opening = policy.argmax(axis=1)
                if policy.max(axis=1).min() < 1 or not _strict(game, opening):
                    continue
                each = ends[rule.short(), tuple(opening.tolist())]
                stayed, began = stayed + int((each == number).sum()), began + len(each)
            checks.append(
                Verdict.statement(
                    f"{rule.short()} in strict equilibria",
                    derived("nothing else is as good there"),
                    "runs that open in a strict equilibrium stay there",
                    f"{stayed} of {began} runs" if began else "",
                    stayed == began if began else True,
                    "" if began else "there is no strict equilibrium",
                )
            )
        return checks

    def _boundary(self, game: NormalFormGame, grid: pd.DataFrame, equilibria: FloatArray) -> list[Verdict]:
        """Check the edge between two basins against the mixed equilibrium, where alike players begin alike."""
        alike = len(grid) and np.allclose(game.tables[0], game.tables[1].T, atol=ROUND_OFF)
        inside = [policy[0, 1] for policy in equilibria if 0 < policy[0, 1] < 1 and np.allclose(policy[0], policy[1])]
        coordinated = alike and all(_strict(game, np.array([action, action])) for action in (0, 1))
        if not coordinated or len(inside) != 1:
            return []
        same = grid[grid["start_0"] == grid["start_1"]]
        ends = same["end"].to_numpy()
        change = np.flatnonzero(ends[1:] != ends[:-1])
        middles = same["start_0"].to_numpy()
        edges = (middles[change] + middles[change + 1]) / 2
        found = float(edges[0]) if len(edges) == 1 else float("nan")
        note = "half a cell of the grid; from equal mixes, replicators stay equal"
        return [
            Verdict.number(
                "edge of the basins",
                derived("the mixed equilibrium is the only rest point between"),
                float(inside[0]),
                found,
                0.5 / self.grid + ROUND_OFF,
                note,
            )
        ]

    def _draw(self, game: NormalFormGame, tables: dict[str, pd.DataFrame], equilibria: FloatArray) -> Figure:
        drawn = len(tables["grid"]) > 0
        figure, axes = figures.new_figure(2 + drawn, width=5.0, height=4.2, title=f"Basins of {self.game.short()}")
        words = action_words(game)
        names = [play_words(policy, words) for policy in equilibria]
        tints = {number: ACTIONS[number % len(ACTIONS)] for number in range(len(equilibria))} | {-1: OUT}
        _bars(axes[0], tables["rules"], names, tints)
        _openings(axes[1], tables["openings"], names, tints, self.strategies[0].short())
        if drawn:
            _map(axes[2], tables["grid"], equilibria, tints, game, words[1])
        handles = [Patch(color=tints[end]) for end in (*range(len(names)), -1)]
        figure.legend(handles, [*names, "none of these"], loc="outside lower center", ncols=4, fontsize=8)
        return figure


def _strict(game: NormalFormGame, profile: IntArray) -> bool:
    deviations = game.deviations(profile)
    played = deviations[np.arange(game.n), profile]
    deviations[np.arange(game.n), profile] = -np.inf
    return bool((deviations.max(axis=1) < played - ROUND_OFF * np.maximum(1.0, np.abs(played))).all())


def _stack(axis: Axes, table: pd.DataFrame, key: str, tints: dict[int, str]) -> None:
    labels = list(dict.fromkeys(table[key]))
    places = np.arange(len(labels))
    left = np.zeros(len(labels))
    for end in dict.fromkeys(table["end"]):
        rows = table[table["end"] == end]
        share = rows["share"].to_numpy()
        axis.barh(places, share, left=left, color=tints[end], height=0.75)
        left = left + share
    axis.set_yticks(places, [label.replace("(", "\n(") for label in labels], fontsize=8)
    axis.invert_yaxis()
    axis.set(xlabel="share of runs", xlim=(0, 1))


def _bars(axis: Axes, table: pd.DataFrame, names: list[str], tints: dict[int, str]) -> None:
    _stack(axis, table, "rule", tints)
    widest = float((table["share_high"] - table["share_low"]).max()) / 2
    axis.set_title(f"all openings alike, by rule\n(95 % intervals: ±{widest:.2f} at most)")


def _openings(axis: Axes, table: pd.DataFrame, names: list[str], tints: dict[int, str], rule: str) -> None:
    rows = table[table["rule"] == rule]
    _stack(axis, rows, "opening", tints)
    widest = float((rows["share_high"] - rows["share_low"]).max()) / 2
    axis.set_title(f"{rule}, by opening\n(95 % intervals: ±{widest:.2f} at most)")


def _map(axis: Axes, grid: pd.DataFrame, equilibria: FloatArray, tints: dict[int, str], game: NormalFormGame, word: str) -> None:
    side = 1 / len(grid["start_0"].unique())
    for end in grid["end"].unique().tolist():
        rows = grid[grid["end"] == end]
        for x, y in zip(rows["start_0"], rows["start_1"], strict=True):
            axis.fill_between([x - side / 2, x + side / 2], y - side / 2, y + side / 2, color=tints[end], alpha=0.6, linewidth=0)
    for number, policy in enumerate(equilibria):
        axis.plot(*policy[:, 1], "D", color=tints[number], markeredgecolor="black", markersize=9, clip_on=False, zorder=4)
    names = game.player_names
    axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", title="replicators, by the mix they begin with")
    axis.set(xlabel=f"{names[0]}: probability of {word}", ylabel=f"{names[1]}: probability of {word}")
