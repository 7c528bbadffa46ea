"""How good sampled Shapley values are at equal evaluations: beside shapiq's and pyDVL's estimators, in one run.

Eight games were there when the sampler was built, and four more were chosen before, which nothing was tuned on: one nearest
neighbour, gloves, the Electoral College, and information gain. Run ``python benchmarks/sampling.py FILE``; a line of JSON an
estimate is appended to the file, what is there is not run again, and the table of the means is printed; ``--docs PAGE`` writes it
into a page. shapiq (with xgboost and lightgbm) and pyDVL are compared with where they are installed.
"""

import argparse
import json
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from potluck.mechanisms.coalitions.games import ClassGame, OnDemandGame
from potluck.mechanisms.coalitions.structures import FirstInOrder
from potluck.mechanisms.coalitions.weights import Weighted
from potluck.mechanisms.values import shapley

OURS = "potluck"
SOLVED = 1e-9
MARKS = ("<!-- sampled: begin -->", "<!-- sampled: end -->")
Worth = Callable[[np.ndarray], np.ndarray]
VOTES = {45: 1, 41: 1, 27: 1, 26: 2, 25: 1, 21: 1, 17: 2, 14: 1, 13: 2, 12: 3, 11: 1, 10: 4, 9: 4, 8: 2, 7: 4, 6: 4}
VOTES |= {5: 1, 4: 9, 3: 7}


def by_weight(weights: np.ndarray, worth: Callable[[np.ndarray], np.ndarray]) -> tuple[Worth, np.ndarray]:
    """Return a game of the sum of whole weights, and its exact values."""
    n, total = len(weights), int(weights.sum())
    game = Weighted(weights, worth(np.arange(total + 1.0)) - worth(np.zeros(1)))
    exact = game.semivalue(np.ones(n, dtype=np.int64), np.full(n, 1 / n), np.ones(n + 1))
    return lambda present: game.worths(present.astype(np.int64)), exact


def built_with(n: int = 50) -> Iterator[tuple[str, Worth, np.ndarray]]:
    """Yield the eight games that were there when the sampler was built."""
    rng = np.random.default_rng(7)
    weights = rng.integers(1, 30, n)
    total = weights.sum()
    for name, curve in {
        "sqrt": np.sqrt,
        "saturating": lambda x: 1 - np.exp(-6 * x / total),
        "voting": lambda x: (x > 0.6 * total).astype(float),
        "logistic": lambda x: 1 / (1 + np.exp(-20 * (x / total - 0.5))),
    }.items():
        yield name, *by_weight(weights, curve)
    costs = np.sort(rng.random(n))
    yield "airport", lambda present: (present * costs).max(axis=1), np.cumsum(np.diff(costs, prepend=0) / np.arange(n, 0, -1))
    sizes = rng.integers(1, 8, 150)
    carriers = np.zeros((150, n), dtype=bool)
    for row, size in zip(carriers, sizes, strict=True):
        row[rng.choice(n, size, replace=False)] = True
    gains = rng.normal(size=150)
    asked = carriers.T.astype(float)
    yield "unanimity", lambda present: (present.astype(float) @ asked >= sizes - 0.5) @ gains, (carriers.T / sizes) @ gains
    pairs = np.triu(rng.normal(size=(n, n)), 1)
    yield (
        "pairwise",
        lambda present: np.einsum("bi,ij,bj->b", *(present.astype(float), pairs, present.astype(float))),
        (pairs + pairs.T).sum(axis=1) / 2,
    )
    owned, value = rng.random((n, 300)) < 0.06, rng.random(300)
    owners = np.maximum(owned.sum(axis=0), 1)
    yield "coverage", lambda present: ((present.astype(float) @ owned) > 0) @ value, owned @ (value / owners)


def chosen_before(n: int = 50) -> Iterator[tuple[str, Worth, np.ndarray]]:
    """Yield the four games that nothing was tuned on."""
    from sklearn.datasets import load_wine

    rng = np.random.default_rng(11)
    data = load_wine()
    inputs = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    order = rng.permutation(len(inputs))
    held, tests = np.array_split(order[:100], n), order[100:]
    apart = [((inputs[tests, None] - inputs[rows][None]) ** 2).sum(axis=2) for rows in held]
    near = np.array([each.min(axis=1) for each in apart]).T
    right = (
        data.target[tests, None]
        == np.array([data.target[rows][each.argmin(axis=1)] for rows, each in zip(held, apart, strict=True)]).T
    )
    places = np.argsort(near, axis=1)
    nearest = FirstInOrder(places, np.take_along_axis(right, places, axis=1) / len(tests))
    ones = np.ones(n, dtype=np.int64)
    yield (
        "nearest",
        lambda present: nearest.worths(present.astype(np.int64)),
        nearest.semivalue(ones, np.full(n, 1 / n), np.ones(n + 1)),
    )
    left = np.arange(n) < 20
    gloves = ClassGame(np.minimum(*np.indices((21, n - 19))).astype(float))
    yield (
        "gloves",
        lambda present: np.minimum(present[:, left].sum(axis=1), present[:, ~left].sum(axis=1)) * 1.0,
        shapley(gloves)[np.where(left, 0, 1)],
    )
    states = np.repeat(list(VOTES), list(VOTES.values()))
    yield "electors", *by_weight(states, lambda x: (x > states.sum() / 2).astype(float))
    kinds = rng.normal(size=(5, 6))
    grams = np.einsum("ki,kj->kij", kinds, kinds)

    def gain(counts: np.ndarray) -> np.ndarray:
        return np.linalg.slogdet(np.eye(6) + np.einsum("bk,kij->bij", counts, grams))[1] / 2

    of = np.arange(n) % 5
    member = np.eye(5)[of]
    by_kind = ClassGame(gain(np.indices((11,) * 5).reshape(5, -1).T.astype(float)).reshape((11,) * 5))
    yield "information", lambda present: gain(present.astype(float) @ member), shapley(by_kind)[of]


def estimators() -> dict[str, Callable[..., tuple[np.ndarray, np.ndarray | None]]]:
    """Return estimators by name: functions of a worth, the number of players, evaluations and a seed."""

    def ours(worth: Worth, n: int, evaluations: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
        estimate = shapley(OnDemandGame(n, worth), evaluations=evaluations, rng=np.random.default_rng(seed))
        return estimate.values, estimate.standard_errors

    return {OURS: ours, **of_shapiq(), **of_pydvl()}


def of_shapiq() -> dict[str, Callable[..., tuple[np.ndarray, np.ndarray | None]]]:
    try:
        import shapiq
    except ImportError:
        return {}
    made = {
        "KernelSHAP": lambda n, seed: shapiq.KernelSHAP(n, random_state=seed, pairing_trick=True),
        "LeverageSHAP": lambda n, seed: shapiq.LeverageSHAP(n, random_state=seed),
        "OddSHAP": lambda n, seed: shapiq.OddSHAP(n, random_state=seed),
        "RegressionMSR": lambda n, seed: shapiq.RegressionMSR(n, index="SV", random_state=seed),
        "SVARM": lambda n, seed: shapiq.SVARM(n, random_state=seed, pairing_trick=True),
        "Permutation": lambda n, seed: shapiq.PermutationSamplingSV(n, random_state=seed),
    }

    def runs(make: Callable[[int, int], object]) -> Callable[..., tuple[np.ndarray, None]]:
        def run(worth: Worth, n: int, evaluations: int, seed: int) -> tuple[np.ndarray, None]:
            found = make(n, seed).approximate(evaluations, lambda present: worth(np.atleast_2d(present)))
            return np.array([found[(player,)] for player in range(n)]), None

        return run

    return {f"shapiq {name}": runs(make) for name, make in made.items()}


def of_pydvl() -> dict[str, Callable[..., tuple[np.ndarray, np.ndarray | None]]]:
    try:
        from pydvl.valuation import ShapleyValuation, samplers
        from pydvl.valuation.games import Game
        from pydvl.valuation.stopping import MaxChecks
    except ImportError:
        return {}

    class Asked(Game):
        def __init__(self, worth: Worth, n: int) -> None:
            super().__init__(n)
            self.worth = worth

        def _score(self, members: np.ndarray) -> float:
            present = np.zeros((1, self.n_players), dtype=bool)
            present[0, members.ravel().astype(int)] = True
            return float(self.worth(present)[0])

    def runs(make: Callable[[int], object]) -> Callable[..., tuple[np.ndarray, None]]:
        def run(worth: Worth, n: int, evaluations: int, seed: int) -> tuple[np.ndarray, None]:
            game = Asked(worth, n)
            valuation = ShapleyValuation(game.u, make(seed), MaxChecks(evaluations // n), progress=False)
            valuation.fit(game.data)
            return np.asarray(valuation.result.values)[np.argsort(valuation.result.indices)], None

        return run

    return {
        "pyDVL permutation": runs(lambda seed: samplers.PermutationSampler(seed=seed)),
        "pyDVL antithetic": runs(lambda seed: samplers.AntitheticPermutationSampler(seed=seed)),
    }


def measured(path: Path, names: list[str] | None, only: list[str] | None, budgets: list[int], seeds: int) -> None:
    """Append what is missing to the file."""
    done = {(row["game"], row["estimator"], row["evaluations"], row["seed"]) for row in rows_of(path)}
    every = [("built with", *each) for each in built_with()] + [("chosen before", *each) for each in chosen_before()]
    asked = {name: run for name, run in estimators().items() if only is None or name in only}
    for budget in budgets:
        for seed in range(seeds):
            for kind, game, worth, exact in every:
                if names and game not in names:
                    continue
                for name, run in asked.items():
                    if (game, name, budget, seed) in done:
                        continue
                    row = {"kind": kind, "game": game, "estimator": name, "evaluations": budget, "seed": seed}
                    with path.open("a") as file:
                        file.write(json.dumps(row | one(run, worth, exact, budget, seed)) + "\n")


def one(
    run: Callable[..., tuple[np.ndarray, np.ndarray | None]], worth: Worth, exact: np.ndarray, budget: int, seed: int
) -> dict[str, object]:
    asked = 0

    def counted(present: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += len(present)
        return np.asarray(worth(np.asarray(present, dtype=bool)), dtype=float)

    started = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, errors = run(counted, len(exact), budget, seed)
    except Exception as error:  # an estimator that cannot do a game is reported, not hidden
        return {"failed": " ".join(str(error).split())[:100]}
    found: dict[str, object] = {
        "error": float(np.linalg.norm(values - exact) / np.linalg.norm(exact)),
        "asked": asked,
        "seconds": time.process_time() - started,
    }
    if errors is not None:
        found["covered"] = float(np.mean(np.abs(values - exact) <= 1.96 * errors + 1e-10 * np.abs(exact).max()))
    return found


def rows_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def summed_up(path: Path, budget: int) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of a table: mean relative errors on every game, cover of the intervals, and mean seconds."""
    rows = [row for row in rows_of(path) if "error" in row and row["evaluations"] == budget]
    names = sorted({row["estimator"] for row in rows}, key=lambda name: (name != OURS, name))
    seeds = {name: len({row["seed"] for row in rows if row["estimator"] == name}) for name in names}
    usual = max(seeds.values(), default=0)
    heads = [name if seeds[name] == usual else f"{name} ({seeds[name]} seeds)" for name in names]
    table = []
    for game in dict.fromkeys(row["game"] for row in rows):
        here = [row for row in rows if row["game"] == game]
        means = {name: np.mean([row["error"] for row in here if row["estimator"] == name] or [math.nan]) for name in names}
        best = np.nanmin([mean for name, mean in means.items() if name != OURS] or [math.nan])
        covered = np.mean([row["covered"] for row in here if row["estimator"] == OURS] or [math.nan])
        ratio = means.get(OURS, math.nan) / best if best > SOLVED else float(means.get(OURS, math.nan) > SOLVED)
        errors = ("0" if mean < SOLVED else "" if math.isnan(mean) else f"{mean:.2g}" for mean in means.values())
        table.append([game, f"{ratio:.2f}", f"{covered:.0%}", *errors])
    seconds = (np.mean([row["seconds"] for row in rows if row["estimator"] == name]) for name in names)
    table.append(["seconds", "", "", *(f"{mean:.2g}" for mean in seconds)])
    return [f"{usual} seeds", "ours / best other", "95 % covers", *heads], table


def shown(path: Path) -> None:
    for budget in sorted({row["evaluations"] for row in rows_of(path)}):
        heads, rows = summed_up(path, budget)
        table = Table(*heads, title=f"{budget} evaluations")
        for row in rows:
            table.add_row(*row)
        Console(width=240).print(table)


def documented(path: Path, page: Path) -> None:
    """Write the tables into a page, between its marks."""
    text = []
    for budget in sorted({row["evaluations"] for row in rows_of(path)}):
        heads, rows = summed_up(path, budget)
        lines = [heads, ["---"] * len(heads), *rows]
        text += [f"{budget:,} evaluations:", "", *("| " + " | ".join(line) + " |" for line in lines), ""]
    before, _, rest = page.read_text().partition(MARKS[0])
    _, mark, after = rest.partition(MARKS[1])
    if not mark:
        sys.exit(f"{page} has no place for the tables: it needs the lines {MARKS[0]} and {MARKS[1]}")
    page.write_text("\n".join([before + MARKS[0], "", *text, MARKS[1] + after]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--games", help="names, with commas; default: all")
    parser.add_argument("--only", help="estimators, with commas; default: all")
    parser.add_argument("--budgets", default="2000,20000")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--show", action="store_true", help="only print what is there")
    parser.add_argument("--docs", type=Path, help="a page to write the tables into")
    given = parser.parse_args(sys.argv[1:])
    games, only = (each.split(",") if each else None for each in (given.games, given.only))
    if not given.show:
        measured(given.file, games, only, [int(each) for each in given.budgets.split(",")], given.seeds)
    shown(given.file)
    if given.docs is not None:
        documented(given.file, given.docs)


if __name__ == "__main__":
    main()
