"""Games that resemble one that is expensive to ask, and whose values are known: what sampling need not find out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...arrays import BoolArray, FloatArray, IntArray

ROUNDS_OF_FITTING = 3
EVEN_POWERS = (0, 2, 4)
PAIRS_A_TRIPLE, MOST_TRIPLES, MOST_PRODUCTS = 10, 1000, 20_000_000_000
TREES, RATE, SHARE = 80, 0.2, 0.3
MANY_ROWS, OF_FEW, OF_MANY = 5000, {"max_depth": 6, "min_samples_leaf": 4}, {"max_depth": 8, "min_samples_leaf": 10}


class Surrogate(ABC):
    """A game whose mean worth by size is known in closed form, given that a player is in or out."""

    @abstractmethod
    def worths(self, present: BoolArray) -> FloatArray:
        """Return worths of coalitions, up to an amount by size, boolean (batch, n) -> (batch,)."""

    @abstractmethod
    def means(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return the mean worth of coalitions of every size with, and without, each player, shape (n + 1, n) each."""


@dataclass(frozen=True, eq=False)
class Linear(Surrogate):
    """What members add, changing with the coalition's size: g(S) = Σ_k τ^k Σ_i b_ki z_i, z_i = ±1, τ = 2 |S| / n - 1.

    Parameters
    ----------
    slopes
        b, shape (k, n).
    """

    slopes: FloatArray

    @classmethod
    def fitted(cls, present: BoolArray, worths: FloatArray, powers: int) -> "Linear":
        """Fit by least squares within every size, exactly where that is possible."""
        n, size = present.shape[1], present.sum(axis=1)
        signs, part = _within(2.0 * present - 1.0, size), 2 * size / n - 1
        features = np.concatenate([signs * (part**k)[:, None] for k in range(powers)], axis=1)
        gram = features.T @ features
        kept, basis = np.linalg.eigh(gram)
        good = kept > kept[-1] * 1e-10
        directions = basis[:, good] / kept[good]
        target = _within(worths[:, None], size)[:, 0]
        slopes = directions @ (basis[:, good].T @ (features.T @ target))
        slopes += directions @ (basis[:, good].T @ (features.T @ (target - features @ slopes)))
        return cls(slopes.reshape(powers, n))

    def worths(self, present: BoolArray) -> FloatArray:
        """Return the sums over players."""
        part = 2 * present.sum(axis=1) / present.shape[1] - 1
        signs = 2.0 * present - 1.0
        return np.asarray(sum((signs @ slope) * part**k for k, slope in enumerate(self.slopes)), dtype=np.float64)

    def means(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return means, in which the other players are in equally often."""
        s = np.arange(n + 1)
        inside, outside = np.zeros((n + 1, n)), np.zeros((n + 1, n))
        others_in, others_out = (2 * (k / max(n - 1, 1)) - 1 for k in (s - 1, s))
        for power, slope in enumerate(self.slopes):
            scale = ((2 * s / n - 1) ** power)[:, None]
            rest = slope.sum() - slope
            inside += scale * (slope + others_in[:, None] * rest)
            outside += scale * (-slope + others_out[:, None] * rest)
        return inside, outside


@dataclass(frozen=True, eq=False)
class Proportional(Surrogate):
    """What members add, in the same proportions at every size: g(S) = κ_|S| Σ_i b_i z_i, z_i = ±1.

    Parameters
    ----------
    slopes
        b, shape (n,).
    scales
        κ, shape (n + 1,).
    """

    slopes: FloatArray
    scales: FloatArray

    @classmethod
    def fitted(cls, present: BoolArray, worths: FloatArray, start: FloatArray) -> "Proportional":
        """Fit by least squares within every size, slopes and scales in turn, from slopes to start with."""
        size, n = present.sum(axis=1), present.shape[1]
        signs, target = _within(2.0 * present - 1.0, size), _within(worths[:, None], size)[:, 0]
        slopes, scales = np.asarray(start, dtype=np.float64), np.ones(n + 1)
        for _ in range(ROUNDS_OF_FITTING):
            along = signs @ slopes
            spread = np.bincount(size, along**2, n + 1)
            scales = np.bincount(size, along * target, n + 1) / np.where(spread > 0, spread, 1.0)
            scaled = signs * scales[size, None]
            slopes = np.asarray(np.linalg.lstsq(scaled.T @ scaled, scaled.T @ target, rcond=1e-10)[0], dtype=np.float64)
        return cls(slopes, scales)

    def worths(self, present: BoolArray) -> FloatArray:
        """Return the sums over players, scaled by size."""
        return np.asarray(self.scales[present.sum(axis=1)] * ((2.0 * present - 1.0) @ self.slopes))

    def means(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return those of a linear game, scaled by size."""
        inside, outside = Linear(self.slopes[None]).means(n)
        return inside * self.scales[:, None], outside * self.scales[:, None]


@dataclass(frozen=True, eq=False)
class Triples(Surrogate):
    """What members add, changing with the coalition's size, and what triples add: g(S) + Σ_ijk c_ijk z_i z_j z_k, z_i = ±1.

    Fitted to what coalitions and their complements differ by, in which pairs of players cancel; the triples are those that what
    a linear fit leaves goes with most (as Fumagalli et al. 2026, OddSHAP, take odd terms, there from regression trees).

    Parameters
    ----------
    linear
        g, of even powers of the size.
    triples, slopes
        Three different players each, shape (k, 3), and c, shape (k,).
    """

    linear: Linear
    triples: IntArray
    slopes: FloatArray

    @classmethod
    def fitted(cls, present: BoolArray, differences: FloatArray) -> "Triples":
        """Fit to half of what coalitions are worth more than their complements, by ridge regression within every size."""
        n, size = present.shape[1], present.sum(axis=1)
        signs, part = 2.0 * present - 1.0, (2 * size / n - 1)[:, None]
        target = _within(differences[:, None], size)[:, 0]
        features = [_within(signs * part**power, size) for power in EVEN_POWERS]
        plain = np.concatenate(features, axis=1)
        rest = target - plain @ np.linalg.lstsq(plain.T @ plain, plain.T @ target, rcond=1e-10)[0]
        every, found = [], []
        for i, own in enumerate(signs.T[:-2]):
            j, k = np.triu_indices(n - i - 1, 1)
            every.append(np.stack([np.full_like(j, i), j + i + 1, k + i + 1], axis=1))
            found.append(((signs * (rest * own)[:, None]).T @ signs)[tuple(every[-1][:, 1:].T)])
        count = min(len(size) // PAIRS_A_TRIPLE, MOST_TRIPLES)
        triples = np.concatenate(every)[np.argsort(-np.abs(np.concatenate(found)), kind="stable")[:count]]
        both = np.concatenate([plain, _within(_products(signs, triples), size)], axis=1)
        gram = both.T @ both
        ridge = np.where(np.arange(len(gram)) < plain.shape[1], 1e-9 * np.trace(gram) / len(gram), len(triples))
        slopes = np.linalg.solve(gram + np.diag(ridge), both.T @ target)
        powers = np.zeros((EVEN_POWERS[-1] + 1, n))
        powers[list(EVEN_POWERS)] = slopes[: plain.shape[1]].reshape(-1, n)
        return cls(Linear(powers), triples, slopes[plain.shape[1] :])

    @staticmethod
    def quick(pairs: int, n: int) -> bool:
        """Say whether all triples of n players can soon be looked at in so many coalitions."""
        return n > 2 and pairs * n**3 <= MOST_PRODUCTS

    def worths(self, present: BoolArray) -> FloatArray:
        """Return the sums over players and triples."""
        of_triples = _products(2.0 * present - 1.0, self.triples) @ self.slopes
        return np.asarray(self.linear.worths(present) + of_triples, dtype=np.float64)

    def means(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return means, in which all triples with a player, and all without it, are alike."""
        own = np.bincount(self.triples.ravel(), np.repeat(self.slopes, 3), n)
        others, (inside, outside) = self.slopes.sum() - own, self.linear.means(n)
        surplus = 2.0 * np.arange(n + 1)[:, None] - n  # of those in over those out, among the others with i in: one less
        two_in, three_in = _mean_products(surplus - 1, n - 1)
        two_out, three_out = _mean_products(surplus + 1, n - 1)
        return inside + two_in * own + three_in * others, outside - two_out * own + three_out * others


def _products(signs: NDArray[np.floating], triples: IntArray) -> FloatArray:
    """Return z_i z_j z_k of triples, (batch, n) -> (batch, k)."""
    return np.asarray(signs[:, triples[:, 0]] * signs[:, triples[:, 1]] * signs[:, triples[:, 2]])


def _mean_products(surplus: NDArray[np.floating], n: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean product of two, and of three, of n signs of which so many more are 1 than -1."""
    two = (surplus**2 - n) / (n * (n - 1))
    three = (surplus**3 - (3 * n - 2) * surplus) / (n * (n - 1) * max(n - 2, 1))
    return two, three


@dataclass(frozen=True, eq=False)
class Boosted(Surrogate):
    """A sum of small regression trees; a leaf is worth something to coalitions with some players and without others.

    Parameters
    ----------
    trees
        Fitted trees of scikit-learn.
    beside
        Another game that they are added to; default: none.
    """

    trees: Sequence[Any]
    beside: Surrogate | None = None

    @classmethod
    def fitted(
        cls, present: BoolArray, worths: FloatArray, rng: np.random.Generator, beside: Surrogate | None = None
    ) -> "Boosted":
        """Fit by boosting, each tree by random splits on a share of the players."""
        from sklearn.tree import ExtraTreeRegressor

        rest = worths - worths.mean()
        if beside is not None:
            rest = _within((worths - beside.worths(present))[:, None], present.sum(axis=1))[:, 0]
        inputs, trees, size = present.astype(np.float32), [], OF_FEW if len(rest) < MANY_ROWS else OF_MANY
        for seed in rng.integers(1 << 31, size=TREES).tolist():
            tree = ExtraTreeRegressor(**size, max_features=SHARE, random_state=seed)
            trees.append(tree.fit(inputs, rest))
            rest = rest - RATE * tree.predict(inputs)
        return cls(trees, beside)

    def worths(self, present: BoolArray) -> FloatArray:
        """Return the sums over trees."""
        inputs = present.astype(np.float32)
        found = np.asarray(RATE * sum(tree.predict(inputs) for tree in self.trees), dtype=np.float64)
        return found if self.beside is None else found + self.beside.worths(present)

    def means(self, n: int) -> tuple[FloatArray, FloatArray]:
        """Return means of the leaves, by how many players each asks for and forbids."""
        asked, forbidden, worth = _leaves(self.trees, n)
        a, b = asked.sum(axis=1).astype(np.int64), forbidden.sum(axis=1).astype(np.int64)
        kinds, kind = np.unique(np.stack([a, b]), axis=1, return_inverse=True)
        tables = np.array([_chances(n, int(one), int(other)) for one, other in kinds.T])
        with_asked, with_other, without_forbidden, without_other = (
            RATE * worth[:, None] * tables[kind.ravel(), k] for k in range(4)
        )
        inside = with_other.sum(axis=0)[:, None] + (with_asked - with_other).T @ asked - with_other.T @ forbidden
        outside = without_other.sum(axis=0)[:, None] + (without_forbidden - without_other).T @ forbidden - without_other.T @ asked
        if self.beside is None:
            return inside, outside
        more = self.beside.means(n)
        return inside + more[0], outside + more[1]


def _within(values: FloatArray | NDArray[np.floating], size: IntArray) -> FloatArray:
    """Take out of rows the mean of those of the same size."""
    counts = np.maximum(np.bincount(size), 1)
    sums = np.zeros((len(counts), values.shape[1]))
    np.add.at(sums, size, values)
    return np.asarray(values - (sums / counts[:, None])[size])


def _leaves(trees: Sequence[Any], n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return which players the leaves ask for and which they forbid, (leaves, n) each, and their worths."""
    asked, forbidden, worth = [], [], []
    for each in trees:
        tree = each.tree_
        needs = np.zeros((tree.node_count, 2, n))
        for node in range(tree.node_count):  # children come after their parents
            for child, side in ((tree.children_left[node], 1), (tree.children_right[node], 0)):
                if child >= 0:
                    needs[child] = needs[node]
                    needs[child, side, tree.feature[node]] = 1.0
        leaves = tree.children_left < 0
        asked.append(needs[leaves, 0])
        forbidden.append(needs[leaves, 1])
        worth.append(tree.value[leaves, 0, 0])
    return np.concatenate(asked), np.concatenate(forbidden), np.concatenate(worth)


def _chances(n: int, a: int, b: int) -> FloatArray:
    """Return the chances that a random coalition of size 0..n meets a leaf that asks for a players and forbids b, (4, n + 1).

    With one of those asked for in it; with another player in it; without one of those forbidden; without another player.
    """
    from scipy.special import gammaln

    s = np.arange(n + 1.0)

    def log_ways(m: float, k: FloatArray) -> FloatArray:
        fits = (k >= 0) & (k <= m)
        k = np.where(fits, k, 0)
        return np.where(fits & (m >= 0), gammaln(max(m, 0) + 1) - gammaln(k + 1) - gammaln(np.maximum(m - k, 0) + 1), -np.inf)

    with_one, without_one = log_ways(n - 1, s - 1), log_ways(n - 1, s)
    possible_in, possible_out = np.isfinite(with_one), np.isfinite(without_one)
    with_one, without_one = np.where(possible_in, with_one, np.inf), np.where(possible_out, without_one, np.inf)
    rest = n - a - b
    chances: FloatArray = np.exp(
        np.array(
            [
                log_ways(rest, s - a) - with_one,
                log_ways(rest - 1, s - a - 1) - with_one,
                log_ways(rest, s - a) - without_one,
                log_ways(rest - 1, s - a) - without_one,
            ]
        )
    )
    return chances
