"""How fast learning is: rounds of small games, a round of many players, equilibria, ensembles and growth, beside peers.

Run ``python benchmarks/dynamics.py``. Every line is potluck and peers in the same run, in turn, seconds of processor time;
absolute times depend on the machine, ratios less so. Results go to ``benchmarks/results/dynamics.json``. quantecon and OpenSpiel
are compared with where they are installed. mesa-frames needs an environment of its own: ``--frames PYTHON`` is its interpreter.
"""

import argparse
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from rich.console import Console
from rich.table import Table

from potluck.agents.strategies import BestResponse, FictitiousPlay, Hedge, RegretMatching
from potluck.models import Ensemble, NormalFormGame, RepeatedGame, Rounds, SharingGame, SharingUtility
from potluck.models.games.equilibria import mixed_equilibria
from potluck.models.revision import Inertia

HERE = Path(__file__).parent
REPEATS = 3
Runs = dict[str, Callable[[], object]]


def used(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def in_turn(runs: Runs, repeats: int = REPEATS) -> dict[str, float]:
    """Run each once to warm up, then all of them in turn, so that what slows the machine slows all; medians."""
    for run in runs.values():
        run()
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(used(run))
    return {name: statistics.median(each) for name, each in times.items()}


def installed(package: str, why: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        print(f"skipped: {package} is not installed ({why})", file=sys.stderr)
        return False
    return True


def learn(game: NormalFormGame, rule: Any, rounds: int, agents: bool = False) -> RepeatedGame:
    model = RepeatedGame(game=game, strategies=rule, stop=Rounds(rounds), initial=[0] * game.n, rng=1, agents=agents)
    model.run_model()
    return model


def fictitious_play(rounds: int = 10_000, n: int = 100) -> tuple[str, Runs]:
    rng = np.random.default_rng(0)
    one, other = rng.random((n, n)), rng.random((n, n))
    game = NormalFormGame([one, other])

    def plain() -> object:
        mine, theirs = one[:, 0].copy(), other[0].copy()
        for _ in range(rounds):
            a, b = int(mine.argmax()), int(theirs.argmax())
            mine += one[:, b]
            theirs += other[a]
        return mine

    runs: Runs = {
        "potluck": lambda: learn(game, FictitiousPlay(), rounds),
        "potluck, history of players": lambda: learn(game, FictitiousPlay(), rounds, agents=True),
        "numpy by hand": plain,
    }
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import FictitiousPlay as Theirs
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player

        bimatrix = Bimatrix((Player(one), Player(np.ascontiguousarray(other.T))))
        runs["quantecon"] = lambda: Theirs(bimatrix).play(actions=(0, 0), num_reps=rounds)
    return f"fictitious play, {rounds} rounds, {n}×{n}", runs


def no_regret(rounds: int = 10_000, n: int = 50) -> tuple[str, Runs]:
    table = np.random.default_rng(0).random((n, n))
    game = NormalFormGame([table, 1 - table])
    runs: Runs = {
        "potluck, regret matching": lambda: learn(game, RegretMatching(), rounds),
        "potluck, regret matching of mixes": lambda: learn(game, RegretMatching(against="mixes"), rounds),
        "potluck, Hedge": lambda: learn(game, Hedge(rate=0.05), rounds),
        "potluck, Hedge of mixes": lambda: learn(game, Hedge(rate=0.05, against="mixes"), rounds),
    }
    if installed("open-spiel", "pip install open-spiel"):
        from open_spiel.python.algorithms.regret_matching import regret_matching

        runs["OpenSpiel, regret matching of mixes"] = lambda: regret_matching([table, 1 - table], iterations=rounds)
    return f"regret matching and Hedge, {rounds} rounds, {n}×{n}", runs


def equilibria(n: int = 12) -> tuple[str, Runs]:
    rng = np.random.default_rng(n)
    tables = rng.random((2, n, n))
    game = NormalFormGame(tables)
    runs: Runs = {}
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player, vertex_enumeration

        bimatrix = Bimatrix((Player(tables[0]), Player(np.ascontiguousarray(tables[1].T))))
        runs["potluck, each checked by its regret"] = lambda: mixed_equilibria(game)
        runs["quantecon"] = lambda: vertex_enumeration(bimatrix)
        assert len(mixed_equilibria(game)) == len(vertex_enumeration(bimatrix))
    return f"all mixed equilibria, {n}×{n}", runs


def ensembles(replicas: int = 1000, rounds: int = 1000) -> tuple[str, Runs]:
    table = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    game = NormalFormGame([table, -table])
    runs: Runs = {
        f"potluck, {replicas} runs": lambda: Ensemble({"game": game, "strategies": FictitiousPlay(), "stop": rounds}, replicas)
    }
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import FictitiousPlay as Theirs
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player

        bimatrix = Bimatrix((Player(table), Player(np.ascontiguousarray((-table).T))))
        runs["quantecon, 10 runs"] = lambda: [
            Theirs(bimatrix).play(actions=(i % 3, i // 3 % 3), num_reps=rounds) for i in range(10)
        ]
    return f"fictitious play in rock-paper-scissors, {rounds} rounds, many runs", runs


def crowd(n: int) -> SharingGame:
    worth = np.sqrt(np.arange(n + 1) / n) * n
    return SharingGame(SharingUtility.by_count(worth), alpha=0.8, costs=np.random.default_rng(0).uniform(0, 2, n))


def crowd_model(n: int, agents: bool = False, game: SharingGame | None = None) -> RepeatedGame:
    opening = np.random.default_rng(1).integers(0, 2, n)
    return RepeatedGame(
        game=game or crowd(n),
        strategies=BestResponse(),
        revision=Inertia(0.5),
        stop=Rounds(10**6),
        initial=opening,
        rng=1,
        agents=agents,
    )


class User(mesa.Agent):
    def __init__(self, model: mesa.Model, cost: float, action: int) -> None:
        super().__init__(model)
        self.cost, self.action, self.next, self.payoff = cost, action, action, 0.0

    def decide(self) -> None:
        best = int(self.model.pay[self.model.opened - self.action] > self.cost)
        self.next = best if self.random.random() < 0.5 else self.action

    def act(self) -> None:
        self.action = self.next

    def earn(self) -> None:
        self.payoff = self.action * (self.model.pay[self.model.opened - self.action] - self.cost)


class PlainMesa(mesa.Model):
    """The same game as one would write it with Mesa alone."""

    def __init__(self, n: int) -> None:
        super().__init__(rng=1)
        worth = np.sqrt(np.arange(n + 1) / n) * n
        self.pay = (0.8 * worth[1:] / np.arange(1, n + 1)).tolist()
        costs, opening = np.random.default_rng(0).uniform(0, 2, n), np.random.default_rng(1).integers(0, 2, n)
        for cost, action in zip(costs.tolist(), opening.tolist(), strict=True):
            User(self, cost, action)
        self.opened = int(opening.sum())
        reporters = {"opened": "opened", "welfare": lambda model: sum(agent.payoff for agent in model.agents)}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        self.agents.do("decide")
        self.agents.do("act")
        self.opened = sum(agent.action for agent in self.agents)
        self.agents.do("earn")
        self.datacollector.collect(self)


def stepping(model: Any, rounds: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(rounds):
            model.step()

    return run


def with_agents(n: int = 10_000, rounds: int = 5) -> tuple[str, Runs]:
    runs: Runs = {
        f"potluck, {rounds} rounds": stepping(crowd_model(n, agents=True), rounds),
        f"plain Mesa, {rounds} rounds": stepping(PlainMesa(n), rounds),
    }
    return f"{n} players that are Mesa agents, with their history", runs


def bytes_a_player(n: int) -> dict[str, float]:
    """Return what the payoffs of so many players take in bytes a player, and what a model that plays them takes beside."""
    crowd_model(100).step()
    gc.collect()
    tracemalloc.start()
    game = crowd(n)
    gc.collect()
    of_game = tracemalloc.get_traced_memory()[0]
    model = crowd_model(n, game=game)
    for _ in range(3):
        model.step()
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {"payoffs": round(of_game / n, 1), "model": round((held - of_game) / n, 1)}


def growth(largest: int, frames: str | None) -> list[dict[str, Any]]:
    """Rounds of 10² to 10⁶ players, potluck and, where it is given, mesa-frames."""
    found = []
    for power in range(2, largest + 1):
        n, rounds = 10**power, max(3, min(200, 2 * 10 ** (7 - power)))
        ours = in_turn({"potluck": stepping(crowd_model(n), rounds)})["potluck"] / rounds
        theirs = _frames(frames, n) if frames and power >= 4 else None
        found.append({"players": n, "potluck": round(ours, 8), "mesa-frames": theirs and round(theirs, 8)})
    return found


def _frames(python: str, n: int) -> float:
    answer = subprocess.run([python, str(HERE / "_frames_peer.py"), str(n)], check=True, capture_output=True, text=True)
    return float(answer.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", help="an interpreter of an environment that has mesa-frames")
    parser.add_argument("--largest", type=int, default=6, help="the power of ten up to which players are counted")
    asked = parser.parse_args()
    tasks = [
        (name, in_turn(runs)) for name, runs in (fictitious_play(), no_regret(), equilibria(), ensembles(), with_agents()) if runs
    ]
    if not asked.frames:
        print("skipped: mesa-frames; give --frames PYTHON, the interpreter of an environment that has it", file=sys.stderr)
    by_size = growth(asked.largest, asked.frames)
    versions = {"python": platform.python_version()}
    for package in ("numpy", "numba", "mesa", "quantecon", "open-spiel"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "none"
    held = bytes_a_player(10**asked.largest)
    written = {
        "versions": versions,
        "seconds": [
            {"task": name, "tool": tool, "seconds": round(took, 6)} for name, times in tasks for tool, took in times.items()
        ],
        "growth": by_size,
        "bytes a player": held,
    }
    (HERE / "results" / "dynamics.json").write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n")
    _show(tasks, by_size, held)


def _show(tasks: list[tuple[str, dict[str, float]]], by_size: list[dict[str, Any]], held: dict[str, float]) -> None:
    table = Table("what", "with", "time", "times potluck's")
    for name, times in tasks:
        first = next(iter(times.values()))
        for tool, took in times.items():
            table.add_row(name, tool, f"{took * 1e3:.2f} ms", f"{took / first:.2f}")
    for row in by_size:
        table.add_row(f"a round of {row['players']:,} players", "potluck", f"{row['potluck'] * 1e3:.3f} ms", "1")
        if row["mesa-frames"]:
            ratio = row["mesa-frames"] / row["potluck"]
            table.add_row(
                f"a round of {row['players']:,} players", "mesa-frames", f"{row['mesa-frames'] * 1e3:.3f} ms", f"{ratio:.2f}"
            )
    console = Console()
    console.print(table)
    console.print(f"bytes a player: {held['payoffs']} for payoffs, {held['model']} for the model")


if __name__ == "__main__":
    main()
