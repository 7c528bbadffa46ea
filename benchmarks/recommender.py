"""How fast a recommender is trained: one pass of the loop, and 20 epochs beside scikit-surprise or the plain Python loop.

Run ``python benchmarks/recommender.py``. Nothing passes or fails; the figures depend on the machine, the ratios less so.
scikit-surprise (1.1.5) is for development only and is left out where it is not installed. It walks Python tuples, so that
its time depends on the order in which the ratings were read.
"""

import warnings

import numpy as np
from _timing import median_seconds, seconds
from rich.console import Console
from rich.table import Table

from potluck.arrays import FloatArray, IntArray
from potluck.data.ratings import Ratings
from potluck.data.ratings_files import load_ratings
from potluck.training.recommender import BoundedDP, Collaboration, Suppression, Training, frequent, measure_grids

LEVELS = (0.0, 0.2, 0.4, 0.6)


def columns(ratings: Ratings, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
    order = rng.permutation(len(ratings))
    return ratings.users[order], ratings.items[order], ratings.values[order] - ratings.values.mean()


def one_pass(table: Table, ratings: Ratings, rng: np.random.Generator) -> None:
    data = columns(ratings, rng)
    P, Q = Training().start(ratings.n_users, ratings.n_items, rng)
    took = median_seconds(lambda: Training(passes=1).train(*data, P, Q), 15)
    each = f"{took / len(ratings) * 1e9:.1f} ns each"
    table.add_row(f"one pass over {len(ratings):,} ratings", f"{took * 1e3:.1f} ms", "reference 12 ms for 10⁶", each)


def beside_surprise(table: Table, ratings: Ratings, order: IntArray, how: str) -> None:
    """Train from the same factors in the same order; the other's time depends on how its tuples lie in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import surprise
        except ImportError:
            table.add_row("20 epochs", "", "scikit-surprise is not installed", "")
            return
    import pandas as pd

    rows = {"user": ratings.users[order], "item": ratings.items[order], "rating": ratings.values[order]}
    frame = pd.DataFrame(rows)
    trainset = surprise.Dataset.load_from_df(frame, surprise.Reader(rating_scale=(1, 5))).build_full_trainset()
    rates = {"lr_all": 0.0075, "reg_all": 0.01}
    theirs = surprise.SVD(n_factors=4, n_epochs=20, biased=False, init_std_dev=0.1, random_state=7, **rates)
    slow = seconds(lambda: theirs.fit(trainset))
    draws = np.random.RandomState(7)
    start = draws.normal(0, 0.1, (trainset.n_users, 4)), draws.normal(0, 0.1, (trainset.n_items, 4))
    data = tuple(np.array(column) for column in zip(*trainset.all_ratings(), strict=True))
    factors: list[FloatArray] = []

    def ours() -> None:
        factors[:] = [each.copy() for each in start]
        Training(bound=None).train(*data, *factors)

    fast = median_seconds(ours, 5)
    equal = np.array_equal(factors[0], theirs.pu) and np.array_equal(factors[1], theirs.qi)
    label = f"20 epochs, {len(ratings):,} ratings, rows {how}"
    same = "factors equal" if equal else "FACTORS DIFFER"
    table.add_row(label, f"{fast * 1e3:.0f} ms", f"scikit-surprise {slow:.1f} s", f"{slow / fast:.0f} times faster; {same}")


def beside_plain_python(table: Table, ratings: Ratings, rng: np.random.Generator) -> None:
    users, items, values = (column[:20_000] for column in columns(ratings, rng))
    P, Q = Training().start(ratings.n_users, ratings.n_items, rng)

    def literal() -> None:
        for u, i, r in zip(users.tolist(), items.tolist(), values.tolist(), strict=True):
            p, q = P[u].copy(), Q[i].copy()
            e = r - p @ q
            P[u] = np.clip(p + 0.0075 * (e * q - 0.01 * p), -0.5, 0.5)
            Q[i] = np.clip(q + 0.0075 * (e * p - 0.01 * q), -0.5, 0.5)

    slow = seconds(literal)
    fast = median_seconds(lambda: Training(passes=1).train(users, items, values, P, Q), 15)
    beside = f"numpy, one by one {slow:.2f} s"
    table.add_row("one pass, 20,000 ratings", f"{fast * 1e3:.2f} ms", beside, f"{slow / fast:.0f} times faster")


def grids(table: Table, ratings: Ratings) -> None:
    """Train 4 x 4 levels by 2 methods by 3 splits."""
    splits = [Collaboration.divided(frequent(ratings), (1, 1), Training(), np.random.default_rng(seed)) for seed in range(3)]
    took = seconds(lambda: measure_grids(splits, [Suppression(), BoundedDP()], LEVELS))
    table.add_row(f"Φ over 4 x 4 levels, 2 methods, 3 splits, {ratings.name}", f"{took:.1f} s", "target a minute", "")


def main() -> None:
    rng = np.random.default_rng(0)
    table = Table("what", "ours", "beside", "")
    full = load_ratings("synthetic(density=0.051)", rng)
    small = load_ratings("synthetic(users=1900)", rng)
    one_pass(table, full, rng)
    beside_surprise(table, full, rng.permutation(len(full)), "shuffled")
    beside_surprise(table, full, np.arange(len(full)), "sorted by user")
    beside_plain_python(table, full, rng)
    grids(table, small)
    try:
        grids(table, load_ratings("movielens-100k", rng))
    except ValueError as error:
        table.add_row("Φ on MovieLens 100K", "", str(error), "")
    Console().print(table)


if __name__ == "__main__":
    main()
