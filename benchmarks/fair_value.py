"""How fast fair payments are at scale: by class, approximately, for a million users, and a round of their repeated game.

Run ``python benchmarks/fair_value.py``. Nothing passes or fails; the figures depend on the machine, the ratios less so.
"""

import math
import time

import numpy as np
from _timing import median_seconds
from rich.console import Console
from rich.table import Table

from potluck.agents.platform_strategies import ZoomingSearch
from potluck.agents.strategies import BestResponse
from potluck.mechanisms import ClassGame, FairPayments, shapley
from potluck.mechanisms.values import approximate_shapley
from potluck.models import Inertia, MarketGame, MeanEstimation, PaidOnly, Preferences, RepeatedGame, Rounds

MILLION = 1_000_000
SAMPLE = 200


def mean_estimation(users: int, sizes: tuple[int, ...], levels: tuple[float, ...]) -> ClassGame:
    """Return the coalitional game of users in classes, a class a privacy level."""
    task = MeanEstimation(users=users, levels=levels)
    kinds = np.arange(1, len(sizes) + 1)
    return ClassGame.lazy(sizes, lambda counts: task.value_by_count(np.zeros(len(sizes), dtype=np.int64), kinds, counts))


def exact(table: Table, name: str, game: ClassGame, repeats: int) -> None:
    """Exact payments, worths included; beside them the worths alone."""
    every = np.indices([size + 1 for size in game.sizes]).reshape(len(game.sizes), -1).T

    def payments() -> object:
        return shapley(ClassGame.lazy(game.sizes, game.worths))

    ours, worths = median_seconds(payments, repeats), median_seconds(lambda: game.worths(every), repeats)
    table.add_row(f"exact payments, {name}", f"{ours:.3f} s", f"their worths alone {worths:.3f} s", f"{ours / worths:.1f} times")


def approximate(table: Table, name: str, game: ClassGame, tolerance: float, reference: bool) -> None:
    estimate = approximate_shapley(game, tolerance)
    ours = median_seconds(lambda: approximate_shapley(game, tolerance), 1)
    sizes = np.array(game.sizes)
    bound = float((estimate.error_bound * sizes).max() / game.grand)
    note = f"class totals within {bound:.0e} of v(N) by the bound"
    if reference:
        start = time.perf_counter()
        true = shapley(ClassGame(game.values))
        seconds = time.perf_counter() - start
        error = float((np.abs(estimate.values - true) * sizes).max() / game.grand)
        table.add_row(f"approximate, {name}", f"{ours:.2f} s", f"exact {seconds:.2f} s", f"{note}, {error:.0e} in truth")
    else:
        start = time.perf_counter()
        game.worths(np.random.default_rng(0).integers(0, sizes + 1, (10**6, len(sizes))))
        rate = time.perf_counter() - start
        table.add_row(
            f"approximate, {name}",
            f"{ours:.2f} s",
            f"its {estimate.evaluations:.1e} worths alone {rate * estimate.evaluations / 1e6:.2f} s",
            note,
        )


def million() -> MarketGame:
    costs = np.random.default_rng(0).uniform(0, 2 / MILLION, MILLION)
    task = MeanEstimation(users=MILLION, levels=(math.sqrt(24) / (0.1 * MILLION),))
    preferences = Preferences(PaidOnly(), over_alone=False, costs=np.column_stack([np.zeros(MILLION), costs]))
    return MarketGame(task, FairPayments(0.14), preferences)


def deviations(table: Table) -> None:
    game = million()
    profile = (np.arange(MILLION) % 4 == 0).astype(np.int64)
    other = profile.copy()
    other[0] = 0
    ours = median_seconds(lambda: game.deviations(profile), 15)

    def cold() -> object:
        return game.with_mechanism(FairPayments(0.14)).deviations(other)

    first = median_seconds(cold, 15)
    options = np.column_stack([1.0 * profile, 2.0 * profile])
    plain = median_seconds(lambda: np.take(np.eye(2), profile, axis=0) - options, 15)

    def loop() -> None:
        for user in range(SAMPLE):
            changed = profile.copy()
            changed[user] = 1 - changed[user]
            np.count_nonzero(changed)

    scalar = median_seconds(loop, 3) / SAMPLE * MILLION
    table.add_row(
        "deviations of 10^6 users", f"{ours * 1e3:.1f} ms", f"plain numpy {plain * 1e3:.1f} ms", f"{ours / plain:.1f} times"
    )
    table.add_row(
        "deviations of 10^6 users under new terms",
        f"{first * 1e3:.1f} ms",
        f"a loop that only counts {scalar:.0f} s (from {SAMPLE} users)",
        f"{scalar / first:.0f} times faster",
    )


def rounds(table: Table) -> None:
    started = time.perf_counter()
    model = RepeatedGame(
        game=million(),
        strategies=BestResponse(),
        revision=Inertia(0.5),
        stop=Rounds(1000),
        initial=np.ones(MILLION, dtype=np.int64),
        rng=0,
        platform=ZoomingSearch(),
        period=5,
        agents=False,
    )
    opening = time.perf_counter() - started
    ours = median_seconds(model.step, 21)
    alone = median_seconds(lambda: model.game.deviations(model.actions), 15)
    table.add_row(
        "a round of 10^6 users and a platform", f"{ours:.3f} s", f"deviations alone {alone:.3f} s", f"opening {opening:.1f} s"
    )


def main() -> None:
    table = Table("what", "ours", "beside", "")
    hundred = mean_estimation(100, (30, 30, 20, 20), (1, 2, 5, math.inf))
    thousand = mean_estimation(1000, (334, 333, 333), (1, 5, math.inf))
    exact(table, "100 users in 4 classes", hundred, 3)
    exact(table, "1000 users in 3 classes", thousand, 1)
    approximate(table, "100 users in 4 classes", hundred, 1e-6, True)
    approximate(table, "1000 users in 3 classes", thousand, 1e-6, True)
    noisy = (1e-6, 1e-5, 1e-4, math.inf)
    approximate(table, "10^6 users in 2 classes", mean_estimation(MILLION, (700_000, 300_000), noisy[1:3]), 1e-6, False)
    approximate(table, "10^6 users in 3 classes", mean_estimation(MILLION, (500_000, 300_000, 200_000), noisy[:3]), 1e-6, False)
    deviations(table)
    rounds(table)
    Console().print(table)


if __name__ == "__main__":
    main()
