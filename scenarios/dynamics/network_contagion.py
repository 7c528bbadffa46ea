"""One attacker on a graph of markets between neighbours: how far imitation carries the attack, under which rule."""

import itertools
from typing import Annotated, Any

import networkx as nx
import numpy as np
import pandas as pd
from pydantic import Field

from ...agents.strategies import BestResponse, ImitateBest, StrategySpec
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ...attacks import AttackGame, AttackSpec, Replicate
from ...components import seeds_of
from ...mechanisms import Mechanism, MechanismSpec, ReplicationRobustDivision, ShapleyDivision
from ...models import (
    FederationGame,
    GridGraph,
    Hold,
    Keep,
    NetworkGame,
    NormalFormGame,
    QualityCurve,
    RepeatedGame,
    RingGraph,
    Rounds,
    ScaleFree,
    SmallWorld,
)
from ...models.games.federation import ALONE
from ...models.games.graphs import Graph, GraphSpec
from ...models.revision import RevisionSpec, Simultaneous
from ...models.tasks import CoalitionValues, TaskSpec
from ...progress import track
from ...verdicts import UNDECIDED, Verdict, derived, mean_interval
from ..opening import Opening
from ..scenario import SCENARIOS, Findings, GameScenario
from . import network_figure, table_columns


@SCENARIOS.register
class NetworkContagion(GameScenario):
    """How far one attacker's attack spreads over a graph, when players imitate neighbours who are better paid.

    Each pair of neighbours is a market of two alike parties, in which each is honest or attacks; a player does the same in all of
    its markets and earns what they bring together. All are honest but one, drawn at random in each run. Beside it, federations:
    players share data with neighbours who share, or train alone; then one of them leaves for good.

    Parameters
    ----------
    graphs
        Who is whose neighbour; the first is the one that can be stepped through. Random ones are drawn anew in every run.
    task
        What the data of two neighbours is worth; both must be alike.
    mechanisms
        Market rules that are set side by side; the first is the one that can be stepped through.
    attack
        What may be done instead of being honest.
    strategy
        How players learn.
    revision
        Who may revise when.
    sharing_cost
        What sharing costs in a federation, in units of what everybody's data is worth to itself alone.
    rounds
        How many rounds are played after the opening one.
    runs
        How many runs there are of each graph and rule.
    """

    source = "original; contagion on graphs: Morris (2000); imitation along edges: Nowak and May (1992)"
    declared_tables = table_columns.NETWORK_CONTAGION
    example_parameters = {"graphs": ("RingGraph(players=8)",), "rounds": 4, "runs": 2}

    graphs: Annotated[tuple[GraphSpec, ...], Field(min_length=1, max_length=6)] = (
        SmallWorld(players=49),
        RingGraph(players=49),
        GridGraph(rows=7, columns=7),
        ScaleFree(players=49),
    )
    task: TaskSpec = CoalitionValues((0.0, 0.7, 0.7, 1.0))
    mechanisms: Annotated[tuple[MechanismSpec, ...], Field(min_length=1, max_length=6)] = (
        ShapleyDivision(),
        ReplicationRobustDivision(),
    )
    attack: AttackSpec = Replicate(copies=1)
    strategy: StrategySpec = ImitateBest(among="neighbours")
    revision: RevisionSpec = Simultaneous()
    sharing_cost: Annotated[float, Field(ge=0, le=1000)] = 0.4
    rounds: Annotated[int, Field(ge=1, le=10_000)] = 30
    runs: Annotated[int, Field(ge=1, le=10_000)] = 20

    def model_post_init(self, context: object, /) -> None:
        """Check that the market is one of two alike parties, who can attack."""
        super().model_post_init(context)
        if self.task.n_parties != 2 or self.attack.needs_partner:
            raise ValueError(
                f"{self.task.n_parties} parties, {self.attack}: a market of two parties and an attack of one are needed"
            )

    def play(self, rng: np.random.Generator) -> Findings:
        """Let the attack spread in every run."""
        cells = list(itertools.product(self.graphs, self.mechanisms))
        seeds = seeds_of(rng, self.runs)
        bases = [self._base(mechanism) for mechanism in self.mechanisms]
        spread, ends, begun = [], [], []
        for graph, mechanism in track(cells, "graphs and rules"):
            runs = [self._spread(graph, bases[self.mechanisms.index(mechanism)], seed) for seed in seeds]
            shares = np.array([run["shares"] for run in runs])
            names = (graph.short(), mechanism.short())
            for number, values in enumerate(shares.T):
                spread.append((*names, number, float(values.mean()), *_bounded(values)))
            ends.append(self._end(names, runs, shares[:, -1]))
            begun += runs
        tables = {
            "spread": table_columns.NETWORK_CONTAGION["spread"].frame(spread),
            "ends": table_columns.NETWORK_CONTAGION["ends"].frame(ends),
            "payoffs": self._payoffs(bases),
            "federations": table_columns.NETWORK_CONTAGION["federations"].frame(
                [self._federation(graph, seeds) for graph in track(self.graphs, "federations")]
            ),
        }
        shown = max(begun[: self.runs], key=lambda run: run["shares"].sum())
        drawn = {"network-contagion": lambda: network_figure.draw(tables, shown["graph"], shown["reached"], self.attack.short())}
        return Findings(tables, self._checks(begun), drawn)

    def opening(self, rng: np.random.Generator) -> Opening:
        """Return how the first run on the first graph begins."""
        seed = seeds_of(rng, 1)[0]
        game = NetworkGame(self._base(self.mechanisms[0]), _drawn(self.graphs[0], seed).graph())
        return Opening(
            reads=("graphs", "task", "mechanisms", "attack", "strategy", "revision", "rounds"),
            first=("graphs", "mechanisms"),
            **self._arguments(game, seed),
        )

    def _base(self, mechanism: Mechanism) -> NormalFormGame:
        base = AttackGame(self.task, mechanism, [self.attack]).normal_form()
        apart = float(np.abs(base.tables[0] - base.tables[1].T).max()) if base.available.all() else np.inf
        if apart > ROUND_OFF * max(1.0, float(np.abs(base.tables).max())):
            raise ValueError(f"task = {self.task}: its parties must be alike and both able to mount {self.attack.short()}")
        table = base.tables[0]
        return NormalFormGame([table, table.T], None, None, ["honest", "attack"])

    def _arguments(self, game: NetworkGame, seed: int) -> dict[str, Any]:
        start = np.zeros(game.n, dtype=np.int64)
        start[int(np.random.default_rng(seed).integers(game.n))] = 1
        return {
            **{"game": game, "strategies": self.strategy, "revision": self.revision},
            **{"stop": Rounds(self.rounds), "initial": start, "rng": seed},
        }

    def _spread(self, graph: Graph, base: NormalFormGame, seed: int) -> dict[str, Any]:
        drawn = _drawn(graph, seed).graph()
        game = NetworkGame(base, drawn)
        model = RepeatedGame(**self._arguments(game, seed), agents=False, keep=Keep("players"))
        honest = float(game.payoffs(np.zeros(game.n, dtype=np.int64)).sum())
        first = int(model.actions.argmax())
        expected = _imitated(game, first, model.payoffs) if self._plain else None
        model.run_model()
        acts = model.actions_by_round
        reached = np.where(acts.any(axis=0), acts.argmax(axis=0), -1)
        return {
            **{"graph": drawn, "reached": reached, "shares": acts.mean(axis=1), "degree": 2 * drawn.number_of_edges() / game.n},
            **{"lost": _lost(honest, model.welfare), "n": game.n},
            "as_by_hand": None if expected is None else bool(np.array_equal(acts[1], expected)),
        }

    @property
    def _plain(self) -> bool:
        return self.strategy == ImitateBest(among="neighbours") and isinstance(self.revision, Simultaneous)

    def _end(self, names: tuple[str, str], runs: list[dict[str, Any]], last: FloatArray) -> tuple[object, ...]:
        lost = float(np.mean([run["lost"] for run in runs]))
        degree = float(np.mean([run["degree"] for run in runs]))
        shares = float((last == 1).mean()), float((last == 0).mean())
        return (*names, runs[0]["n"], degree, len(runs), float(last.mean()), *_bounded(last), *shares, lost)

    def _payoffs(self, bases: list[NormalFormGame]) -> pd.DataFrame:
        rows = [
            (mechanism.short(), base.action_names[own], base.action_names[other], float(base.tables[0][own, other]))
            for mechanism, base in zip(self.mechanisms, bases, strict=True)
            for own, other in itertools.product(range(2), repeat=2)
        ]
        return table_columns.NETWORK_CONTAGION["payoffs"].frame(rows)

    def _federation(self, graph: Graph, seeds: list[int]) -> tuple[object, ...]:
        shares: list[float] = []
        before: list[float] = []
        for seed in seeds:
            drawn = _drawn(graph, seed).graph()
            n = drawn.number_of_nodes()
            task = QualityCurve(sizes=(1.0,) * n)
            alone = float(task.worths(np.eye(1, n, dtype=np.int64))[0])
            game = FederationGame(task, drawn, np.full(n, self.sharing_cost * alone))
            leaver = int(np.random.default_rng(seed).integers(n))
            for holds, found in (((), before), ((Hold(player=leaver, action=ALONE),), shares)):
                begun = {"stop": n, "initial": np.ones(n, dtype=np.int64), "rng": seed, "agents": False, "holds": holds}
                arguments: dict[str, Any] = {"game": game, "strategies": BestResponse()} | begun
                model = RepeatedGame(**arguments)
                model.run_model()
                found.append(float(model.actions.mean()))
        return (graph.short(), float(np.mean(before)), float(np.mean(shares)), *_bounded(np.array(shares)))

    def _checks(self, runs: list[dict[str, Any]]) -> list[Verdict]:
        compared = [run["as_by_hand"] for run in runs if run["as_by_hand"] is not None]
        claim = "in the first round those play the attack whose best paid neighbour, or they themselves, attacked"
        basis = derived("definition of imitation along edges")
        if compared:
            found = f"{sum(compared)} of {len(compared)} runs"
            return [Verdict.statement("first round", basis, claim, found, all(compared))]
        why = "players do not all imitate their best paid neighbour at once"
        return [Verdict.statement("first round", basis, claim, "not compared", None, why, expected=UNDECIDED)]


def _lost(before: float, after: float) -> float:
    """Return what share of welfare is lost, round-off taken for nothing."""
    lost = before - after
    return lost / abs(before) if before and abs(lost) > ROUND_OFF * abs(before) else 0.0


def _drawn(graph: Graph, seed: int) -> Graph:
    """Return the graph with a seed of its own, where it is random."""
    names = type(graph).model_fields
    return type(graph)(**{name: getattr(graph, name) for name in names} | {"seed": seed}) if "seed" in names else graph


def _imitated(game: NetworkGame, attacker: int, payoffs: FloatArray) -> IntArray:
    """Return who attacks after one round of imitation, looked up neighbour by neighbour."""
    nodes = list(game.graph.nodes)
    found = np.zeros(game.n, dtype=np.int64)
    for row, node in enumerate(nodes):
        near = [nodes.index(other) for other in nx.neighbors(game.graph, node)]
        best = max(near, key=lambda other: (payoffs[other], -other), default=row)
        model = best if payoffs[best] > payoffs[row] else row
        found[row] = model == attacker
    return found


def _bounded(values: FloatArray) -> tuple[float, float]:
    """Return the interval of a mean share, cut to [0, 1]."""
    low, high = mean_interval(values)
    return max(0.0, low), min(1.0, high)
