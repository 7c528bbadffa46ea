"""How fast the values are: beside shapiq, beside one pass over the same memory, by class and sampled.

Run ``python benchmarks/values.py``. Nothing passes or fails; the figures depend on the machine, the ratios less so.
"""

import statistics
import sys
from dataclasses import replace

import numpy as np
from _timing import median_seconds, seconds
from rich.console import Console
from rich.table import Table

from potluck.mechanisms import ShapleyDivision
from potluck.mechanisms.coalitions.games import ClassGame, CoalitionalGame, OnDemandGame
from potluck.mechanisms.values import Estimate, least_core, shapley
from potluck.models import Classification, MarketGame

BY_CLASS = {
    "100 players, classes of 30, 20, 20, 20 and 10 that add nothing": (30, 20, 20, 20, 10),
    "1000 players, classes of 334, 333 and 333": (334, 333, 333),
    "one class of 10^6 players": (1_000_000,),
}


def random_table(n: int) -> CoalitionalGame:
    values = np.random.default_rng(n).random(1 << n)
    values[0] = 0.0
    return CoalitionalGame(values)


def beside_shapiq(table: Table, n: int = 16, repeats: int = 3) -> None:
    try:
        from shapiq import ExactComputer
    except ImportError:
        print("shapiq is missing: pip install 'potluck[dev]' to compare with it", file=sys.stderr)
        return
    game = random_table(n)

    def worth(present: np.ndarray) -> np.ndarray:
        return game.values[present @ (1 << np.arange(n))]

    def theirs() -> object:
        return ExactComputer(game=worth, n_players=n)("SV")

    pairs = [(seconds(theirs), median_seconds(lambda: shapley(game), 15)) for _ in range(repeats)]
    slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(slow / fast for slow, fast in pairs)
    table.add_row(f"exact Shapley, n = {n}", f"{fast * 1e3:.2f} ms", f"shapiq {slow:.2f} s", f"{ratio:.0f} times faster")


def beside_coopgame(table: Table, sizes: tuple[int, ...] = (8, 10, 12, 14), repeats: int = 15) -> None:
    """Add the least core, of random worths and of a curve of amounts, beside coopgame-py's."""
    try:
        import coopgame
    except ImportError:
        print("coopgame-py is missing: pip install coopgame-py to compare with it", file=sys.stderr)
        return
    for n in sizes:
        amounts = (np.arange(1 << n)[:, None] >> np.arange(n) & 1) @ np.random.default_rng(n).random(n)
        for kind, game in {"random": random_table(n), "square root": CoalitionalGame(np.sqrt(amounts))}.items():
            theirs = coopgame.Game(game.values[1:])
            pairs = [
                (seconds(lambda: coopgame.least_core(theirs, "preimputation")), seconds(lambda: least_core(game)))  # noqa: B023
                for _ in range(repeats)
            ]
            slow, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
            name = f"least core, n = {n}, {kind}"
            table.add_row(name, f"{fast * 1e3:.2f} ms", f"coopgame-py {slow * 1e3:.2f} ms", f"{slow / fast:.2f} times faster")


def beside_one_pass(table: Table, n: int, repeats: int) -> None:
    game = random_table(n)
    ours = median_seconds(lambda: shapley(game), repeats)
    once = median_seconds(game.values.sum, repeats)
    table.add_row(f"exact Shapley, n = {n}", f"{ours * 1e3:.2f} ms", f"np.sum {once * 1e3:.2f} ms", f"{ours / once:.1f} passes")


def by_class(table: Table, name: str, sizes: tuple[int, ...]) -> None:
    counts = np.meshgrid(*(np.arange(m + 1.0) for m in sizes), indexing="ij", sparse=True)
    data = sum(rate * count for rate, count in zip((1.0, 2.0, 3.0, 4.0, 0.0), counts, strict=False))
    game = ClassGame(np.sqrt(np.broadcast_to(data, tuple(m + 1 for m in sizes))))
    ours, once = median_seconds(lambda: shapley(game), 3), median_seconds(game.values.sum, 3)
    missing = abs(float(shapley(game) @ sizes) / game.grand - 1)
    table.add_row(
        f"{name}: {game.values.size:.1e} counts",
        f"{ours * 1e3:.0f} ms",
        f"np.sum {once * 1e3:.1f} ms",
        f"{ours / once:.1f} passes; sums to v(N) within {missing:.0e}",
    )


def sampled(table: Table, n: int, evaluations: int) -> None:
    data = np.random.default_rng(n).integers(1, 100, n)
    game = OnDemandGame(n, lambda present: np.sqrt(present @ data))

    def estimate() -> Estimate:
        return shapley(game, evaluations=evaluations, rng=np.random.default_rng(0))

    asked, ours = estimate().evaluations, median_seconds(estimate, 3)
    present = np.random.default_rng(0).random((asked, n)) < 0.5
    alone = median_seconds(lambda: game.worths(present), 3)
    table.add_row(
        f"sampled Shapley, n = {n}, {asked} coalitions",
        f"{ours * 1e3:.0f} ms",
        f"their worths alone {alone * 1e3:.0f} ms",
        f"{asked / ours:.2g} evaluations a second",
    )


def nearest(table: Table, parties: int = 1000) -> None:
    task = Classification(dataset="digits", parties=parties)
    market = MarketGame(task, ShapleyDivision()).market(np.full(parties, task.honest))
    structure = market.game.structure

    def anew() -> ClassGame:  # a structure remembers what it was asked
        return ClassGame.structured(market.game.sizes, replace(structure))

    ours = median_seconds(lambda: shapley(anew()), 5)
    worth = median_seconds(lambda: anew().grand, 5)
    table.add_row(
        f"exact Shapley, 1-NN, {parties} parties",
        f"{ours * 1e3:.0f} ms",
        f"one worth {worth * 1e3:.1f} ms",
        f"{ours / worth:.0f} worths",
    )


def main() -> None:
    table = Table("what", "ours", "beside", "")
    beside_shapiq(table)
    beside_coopgame(table)
    for n, repeats in ((16, 101), (20, 31), (24, 7)):
        beside_one_pass(table, n, repeats)
    for name, sizes in BY_CLASS.items():
        by_class(table, name, sizes)
    nearest(table)
    for n, evaluations in ((50, 20_000), (200, 100_000)):
        sampled(table, n, evaluations)
    Console().print(table)


if __name__ == "__main__":
    main()
