"""How fast learning is: rounds of small games, a round of many players, equilibria, ensembles and growth, beside peers.

Run ``python benchmarks/dynamics.py``. Every line is potluck and peers in the same run, in turn, seconds of processor time;
absolute times depend on the machine, ratios less so. Results go to ``benchmarks/results/dynamics.json``, and from there into the
tables of ``docs/explanation/speed.md``. quantecon and OpenSpiel are compared with where they are installed. mesa-frames needs an
environment of its own: ``--frames PYTHON`` is its interpreter.
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
from typing import Any, NamedTuple

import _by_hand as by_hand
import _speed_page as speed_page
import mesa
import numpy as np

from potluck.agents.strategies import BestResponse, FictitiousPlay, Hedge, RegretMatching
from potluck.models import Ensemble, NormalFormGame, RepeatedGame, Rounds, SharingGame, SharingUtility
from potluck.models.games.equilibria import mixed_equilibria
from potluck.models.revision import Inertia

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "dynamics.json"
PAGE = HERE.parent / "docs" / "explanation" / "speed.md"
REPEATS, FRAMES_FROM = 3, 4


class Line(NamedTuple):
    """What is timed.

    Parameters
    ----------
    run
        Does the work.
    beside
        Potluck's line that it is compared with; empty for potluck's own.
    share
        How many runs it does: seconds are of one.
    """

    run: Callable[[], object]
    beside: str = ""
    share: int = 1


Lines = dict[str, Line]


def used(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def in_turn(lines: Lines, repeats: int = REPEATS) -> dict[str, float]:
    """Run each once to warm up, then all of them in turn, so that what slows the machine slows all; medians."""
    for line in lines.values():
        line.run()
    times: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(repeats):
        for name, line in lines.items():
            times[name].append(used(line.run) / line.share)
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


def fictitious_play(rounds: int = 10_000, n: int = 100) -> tuple[str, Lines]:
    rng = np.random.default_rng(0)
    one, other = rng.random((n, n)), rng.random((n, n))
    game, columns = NormalFormGame([one, other]), np.ascontiguousarray(one.T)
    lines = {
        "potluck": Line(lambda: learn(game, FictitiousPlay(), rounds)),
        "potluck, with history": Line(lambda: learn(game, FictitiousPlay(), rounds, agents=True)),
        "numpy by hand": Line(lambda: by_hand.fictitious_play(one, other, rounds), "potluck"),
        "numba by hand": Line(lambda: by_hand.fictitious_play_compiled(columns, other, rounds), "potluck"),
    }
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import FictitiousPlay as Theirs
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player

        bimatrix = Bimatrix((Player(one), Player(np.ascontiguousarray(other.T))))
        lines["quantecon"] = Line(lambda: Theirs(bimatrix).play(actions=(0, 0), num_reps=rounds), "potluck")
    return f"fictitious play, {rounds:,} rounds, {n}×{n}", lines


def no_regret(rounds: int = 10_000, n: int = 50) -> tuple[str, Lines]:
    table = np.random.default_rng(0).random((n, n))
    game, theirs = NormalFormGame([table, 1 - table]), np.ascontiguousarray((1 - table).T)
    mixes = "potluck, regret matching of mixes"
    lines = {
        mixes: Line(lambda: learn(game, RegretMatching(against="mixes"), rounds)),
        "potluck, regret matching of actions": Line(lambda: learn(game, RegretMatching(), rounds)),
        "potluck, Hedge of mixes": Line(lambda: learn(game, Hedge(rate=0.05, against="mixes"), rounds)),
        "potluck, Hedge of actions": Line(lambda: learn(game, Hedge(rate=0.05), rounds)),
        "numpy by hand, regret matching": Line(lambda: by_hand.regret_matching(table, 1 - table, rounds), mixes),
        "numba by hand, regret matching": Line(lambda: by_hand.regret_matching_compiled(table, theirs, rounds), mixes),
        "numpy by hand, Hedge": Line(lambda: by_hand.hedge(table, 1 - table, rounds, 0.05), "potluck, Hedge of mixes"),
    }
    if installed("open-spiel", "pip install open-spiel"):
        from open_spiel.python.algorithms.regret_matching import regret_matching

        spiel = Line(lambda: regret_matching([table, 1 - table], iterations=rounds), mixes)
        lines["OpenSpiel, regret matching"] = spiel
        lines["OpenSpiel's regret matching beside Hedge"] = spiel._replace(beside="potluck, Hedge of mixes")
    return f"regret matching and Hedge, {rounds:,} rounds, {n}×{n}", lines


def equilibria(n: int = 12) -> tuple[str, Lines]:
    tables = np.random.default_rng(n).random((2, n, n))
    game, lines = NormalFormGame(tables), {}
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player, vertex_enumeration

        bimatrix = Bimatrix((Player(tables[0]), Player(np.ascontiguousarray(tables[1].T))))
        lines["potluck, each checked by its regret"] = Line(lambda: mixed_equilibria(game))
        lines["quantecon"] = Line(lambda: vertex_enumeration(bimatrix), "potluck, each checked by its regret")
        assert len(mixed_equilibria(game)) == len(vertex_enumeration(bimatrix))
    return f"all mixed equilibria, {n}×{n}", lines


def ensembles(replicas: int = 1000, rounds: int = 1000) -> tuple[str, Lines]:
    table = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    arguments = {"game": NormalFormGame([table, -table]), "strategies": FictitiousPlay(), "stop": rounds}
    ours = f"potluck, {replicas} runs at once"
    lines = {ours: Line(lambda: Ensemble(arguments, replicas), share=replicas)}
    if installed("quantecon", "pip install 'potluck[equilibria]'"):
        from quantecon.game_theory import FictitiousPlay as Theirs
        from quantecon.game_theory import NormalFormGame as Bimatrix
        from quantecon.game_theory import Player

        bimatrix = Bimatrix((Player(table), Player(np.ascontiguousarray((-table).T))))
        play = Theirs(bimatrix).play
        openings = [(i % 3, i // 3 % 3) for i in range(10)]
        lines["quantecon"] = Line(lambda: [play(actions=each, num_reps=rounds) for each in openings], ours, len(openings))
    return f"a run of fictitious play, rock-paper-scissors, {rounds:,} rounds", lines


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


def repeated(step: Callable[[], object], rounds: int) -> Callable[[], None]:
    def run() -> None:
        for _ in range(rounds):
            step()

    return run


def stepping(model: Any, rounds: int) -> Callable[[], None]:
    return repeated(lambda: model.step(), rounds)


def with_agents(n: int = 10_000, rounds: int = 5) -> tuple[str, Lines]:
    lines = {
        "potluck": Line(stepping(crowd_model(n, agents=True), rounds), share=rounds),
        "plain Mesa": Line(stepping(PlainMesa(n), rounds), "potluck", rounds),
    }
    return f"a round of {n:,} players that are Mesa agents, with their history", lines


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
    """Seconds of a round of 10² to 10⁶ players, of potluck, by hand and, where it is given, of mesa-frames."""
    found = []
    for power in range(2, largest + 1):
        n, rounds = 10**power, max(3, min(200, 2 * 10 ** (7 - power)))
        game, opening = crowd(n), np.random.default_rng(1).integers(0, 2, n)
        pay = game.alpha * game.utility.open_value
        by = {"numpy by hand": by_hand.crowd, "numba by hand": by_hand.crowd_compiled}
        lines = {"potluck": Line(stepping(crowd_model(n, game=game), rounds), share=rounds)}
        lines |= {name: Line(repeated(make(pay, game.costs, opening), rounds), "potluck", rounds) for name, make in by.items()}
        times: dict[str, float | None] = {**in_turn(lines)}
        times["mesa-frames"] = _frames(frames, n) if frames and power >= FRAMES_FROM else None
        found.append({"players": n} | {name: took and round(took, 8) for name, took in times.items()})
    return found


def _frames(python: str, n: int) -> float:
    answer = subprocess.run([python, str(HERE / "_frames_peer.py"), str(n)], check=True, capture_output=True, text=True)
    return float(answer.stdout.strip().splitlines()[-1])


def measured(largest: int, frames: str | None) -> dict[str, Any]:
    lines = []
    for name, each in (fictitious_play(), no_regret(), equilibria(), ensembles(), with_agents()):
        for tool, took in in_turn(each).items():
            lines.append({"task": name, "tool": tool, "seconds": round(took, 8), "beside": each[tool].beside})
    if not frames:
        print("skipped: mesa-frames; give --frames PYTHON, the interpreter of an environment that has it", file=sys.stderr)
    versions = {"python": platform.python_version()}
    for package in ("numpy", "numba", "mesa", "quantecon", "open-spiel"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "none"
    return {
        "versions": versions,
        "seconds": lines,
        "growth": growth(largest, frames),
        "bytes a player": bytes_a_player(10**largest),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", help="an interpreter of an environment that has mesa-frames")
    parser.add_argument("--largest", type=int, default=6, help="the power of ten up to which players are counted")
    parser.add_argument("--page-only", action="store_true", help="write the page anew from the results that are kept")
    asked = parser.parse_args()
    if not asked.page_only:
        RESULTS.write_text(json.dumps(measured(asked.largest, asked.frames), indent=1, ensure_ascii=False) + "\n")
    found = speed_page.tables(json.loads(RESULTS.read_text()))
    PAGE.write_text(speed_page.with_tables(PAGE.read_text(), found))
    print(found)


if __name__ == "__main__":
    main()
