"""What is known of a game's worths beyond a function: enough to value any number of players exactly.

Players come in classes, of which a coalition holds so many; a class of one is a single player.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ...arrays import FloatArray, IntArray

ENTRIES_AT_ONCE = 1 << 22
VALUES_KEPT = 1_000_000
FEW_APART = 2


class Structure(ABC):
    """Worths by counts whose semivalues have a closed form at any size."""

    @abstractmethod
    def worths(self, counts: IntArray) -> FloatArray:
        """Return the worths of coalitions given by counts, (batch, c) -> (batch,); 0 for nobody."""

    @abstractmethod
    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return what a member of each class adds on average to the game ``factor[|S|] v(S)``, shape (c,); 0 for an empty class.

        Parameters
        ----------
        sizes
            Number of players in each class, shape (c,), n altogether, at least 1.
        chances
            Weight of joining s others, whoever they are, shape (n,): 1 / n for the Shapley value.
        factor
            What worths are multiplied by, by the size of the coalition, shape (n + 1,).
        """

    def joined(self, group: int) -> "Structure | None":
        """Return w(S) = v(S + i) - v({i}) for one member i of a class, who is counted out of it; None where it is not known."""
        return None

    def merged(self, labels: IntArray, sizes: IntArray) -> "Structure | None":
        """Return the game of groups of players who come together; None where its structure is not known.

        Parameters
        ----------
        labels
            The group of each class, 0 .. groups - 1, or -1 for a class that stays away, shape (c,); every group has members.
        sizes
            How many members of each class come, shape (c,).
        """
        return None

    def singles(self, classes: int) -> FloatArray:
        """Return what one member of each class is worth alone, shape (classes,)."""
        return self.worths(np.eye(classes, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Additive(Structure):
    """Every player adds the same to every coalition: v(S) is a sum over members.

    Parameters
    ----------
    each
        What a member of each class adds, shape (c,).

    Examples
    --------
    >>> Additive(np.array([1.0, 2.0])).worths(np.array([[2, 1]])).tolist()
    [4.0]
    """

    each: FloatArray

    def worths(self, counts: IntArray) -> FloatArray:
        """Return sums over members."""
        return np.asarray(counts @ self.each, dtype=np.float64)

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the member's own part and, where worths are scaled by size, a part of the others'."""
        n, s = len(chances), np.arange(len(chances))
        rest = sizes @ self.each - self.each
        share = s / max(n - 1, 1)
        values = self.each * float(chances @ factor[1:]) + rest * float(chances @ (np.diff(factor) * share))
        return np.where(sizes > 0, values, 0.0)

    def joined(self, group: int) -> "Additive":
        """Return the same: nobody adds anything else when another is there."""
        return self

    def merged(self, labels: IntArray, sizes: IntArray) -> "Additive":
        """Return what groups add."""
        return Additive(_by_group(labels) @ (sizes * self.each))

    def singles(self, classes: int) -> FloatArray:
        """Return what members add."""
        return self.each


@dataclass(frozen=True, eq=False)
class Pairwise(Structure):
    """Members add something each, and something a pair: v(S) = Σ_{i in S} a_i + Σ_{i<j in S} b_ij.

    Parameters
    ----------
    each
        a, by class, shape (c,).
    pairs
        b, by classes, symmetric, shape (c, c); the diagonal is for two members of one class.

    Examples
    --------
    >>> pairs = Pairwise(np.zeros(2), np.array([[0.0, 3.0], [3.0, 1.0]]))
    >>> pairs.worths(np.array([[1, 1], [1, 2], [0, 2]])).tolist()
    [3.0, 7.0, 1.0]
    """

    each: FloatArray
    pairs: FloatArray

    def worths(self, counts: IntArray) -> FloatArray:
        """Return sums over members and pairs of members."""
        both = np.einsum("bi,ij,bj->b", counts, self.pairs, counts) - counts @ np.diagonal(self.pairs)
        return np.asarray(counts @ self.each + both / 2, dtype=np.float64)

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the member's own part, half its pairs', and, where worths are scaled by size, a part of the others'."""
        n, s = len(chances), np.arange(len(chances))
        share, two = s / max(n - 1, 1), s * (s - 1) / max((n - 1) * (n - 2), 1)
        mine = self.pairs @ sizes - np.diagonal(self.pairs)
        every = float((sizes * mine).sum()) / 2
        values = self.each * float(chances @ factor[1:]) + mine * float(chances @ (factor[1:] * share))
        values += (sizes @ self.each - self.each) * float(chances @ (np.diff(factor) * share))
        values += (every - mine) * float(chances @ (np.diff(factor) * two))
        return np.where(sizes > 0, values, 0.0)

    def joined(self, group: int) -> "Pairwise":
        """Return the game in which the pairs with one member count as its partners' own."""
        return Pairwise(self.each + self.pairs[group], self.pairs)

    def merged(self, labels: IntArray, sizes: IntArray) -> "Pairwise":
        """Return the game in which the pairs within a group are the group's own."""
        into = _by_group(labels) * sizes
        between = into @ self.pairs @ into.T
        return Pairwise(into @ (self.each - np.diagonal(self.pairs) / 2) + np.diagonal(between) / 2, between)


def _by_group(labels: IntArray) -> FloatArray:
    """Return which classes each group has, shape (groups, c)."""
    return np.asarray(labels == np.arange(labels.max(initial=-1) + 1)[:, None], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class FirstInOrder(Structure):
    """At each of several points the classes stand in an order, and a coalition is worth what the first of its members is worth.

    One nearest neighbour is such a game (a point is a test row, the order that of distance), and so is the best of several
    models, or an airport. v(S) = Σ_k (u_k - u_{k+1}) [S meets the first k of an order], summed over points: a member of such a
    prefix of p of n players adds 1 unless another is there before it, which depends on p alone (for the Shapley value with
    one neighbour see Jia et al. 2019, "Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms", Theorem 1;
    for other semivalues, copies and several rows a player: derived here).

    Parameters
    ----------
    orders
        The classes at each point, first to last, shape (points, c).
    worth
        What the class in that place is worth at that point when it comes first, shape (points, c); already weighted, so that
        the points add up.

    Examples
    --------
    Two runways: a coalition pays for the longest.

    >>> runway = FirstInOrder(np.array([[1, 0]]), np.array([[3.0, 1.0]]))
    >>> runway.worths(np.array([[1, 0], [1, 1]])).tolist()
    [1.0, 3.0]
    >>> runway.semivalue(np.ones(2, dtype=int), np.full(2, 0.5), np.ones(3)).tolist()
    [0.5, 2.5]
    """

    orders: IntArray
    worth: FloatArray

    def worths(self, counts: IntArray) -> FloatArray:
        """Return what the first members are worth, summed over points."""
        step = max(1, ENTRIES_AT_ONCE // max(len(self.orders), 1))
        parts = [self.at_points(counts[k : k + step]).sum(axis=0) for k in range(0, len(counts), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def at_points(self, counts: IntArray) -> FloatArray:
        """Return what the first members are worth at each point, (batch, c) -> (points, batch)."""
        if counts.size and counts.min() > 0:
            return np.repeat(self.worth[:, :1], len(counts), axis=1)
        few = (counts > 0).sum(axis=1) * 8 < counts.shape[1]
        found = np.zeros((len(self.orders), len(counts)))
        for row in np.flatnonzero(few).tolist():
            members = np.flatnonzero(counts[row])
            if len(members):
                first = self._places[:, members].min(axis=1)
                found[:, row] = self.worth[np.arange(len(first)), first]
        if not few.all():
            found[:, ~few] = self._of_many(counts[~few])
        return found

    def singles(self, classes: int) -> FloatArray:
        """Return what each class is worth at all points; worked out once."""
        return self._alone

    @cached_property
    def _alone(self) -> FloatArray:
        return np.asarray(np.bincount(self.orders.ravel(), self.worth.ravel(), self.orders.shape[1]), dtype=np.float64)

    @cached_property
    def _places(self) -> IntArray:
        """Where each class stands at each point, shape (points, c)."""
        places = np.empty(self.orders.shape, dtype=np.int64)
        np.put_along_axis(places, self.orders, np.arange(self.orders.shape[1])[None], axis=1)
        return places

    def _of_many(self, counts: IntArray) -> FloatArray:
        """Return the same for large coalitions, whose first member is found after a few places."""
        present = np.ascontiguousarray((counts > 0).T)
        found = np.zeros((len(self.orders), len(counts)))
        missing = np.broadcast_to(present.any(axis=0), found.shape).copy()
        for place in range(self.orders.shape[1]):
            here = present[self.orders[:, place]] & missing
            found += self.worth[:, place, None] * here
            missing &= ~here
            if not place % 8 and not missing.any():
                break
        return found

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the sum over prefixes of what a player in it, or behind it, adds; worked out once, whichever rules ask."""
        weights, counts = (chances.tobytes(), factor.tobytes()), sizes.tobytes()
        kept = self._valued.setdefault(weights, {})
        if counts not in kept:
            while len(kept) * len(sizes) >= VALUES_KEPT:
                del kept[next(iter(kept))]
            kept[counts] = self._semivalue(sizes, *_of_prefixes(*weights))
        return kept[counts].copy()

    @cached_property
    def _valued(self) -> dict[tuple[bytes, bytes], dict[bytes, FloatArray]]:
        return {}

    def _semivalue(self, sizes: IntArray, inside: FloatArray, outside: FloatArray) -> FloatArray:
        places, steps, before = self._changes
        ends = self._ends(sizes, places)
        sums = np.zeros((len(steps), steps.shape[1] + 1))
        np.cumsum((steps * np.take(inside, ends, mode="clip"))[:, ::-1], axis=1, out=sums[:, -2::-1])
        values = np.take(sums, before, mode="clip")
        if outside.any():
            np.cumsum(steps * np.take(outside, ends, mode="clip"), axis=1, out=sums[:, 1:])
            sums[:, 0] = 0.0
            values += np.take(sums, before, mode="clip")
        return np.where(sizes > 0, values.sum(axis=0), 0.0)

    @cached_property
    def _changes(self) -> tuple[IntArray, FloatArray, IntArray]:
        """The places where worth changes, and by how much, (points, most) each, and how many are ahead of each class.

        The last, (points, c), count from the first of all points, of which each has one more than there are places.
        """
        steps = self.worth - np.concatenate([self.worth[:, 1:], np.zeros((len(self.worth), 1))], axis=1)
        changing = steps != 0
        most = int(changing.sum(axis=1).max(initial=0))
        places = np.argsort(~changing, axis=1, kind="stable")[:, :most]
        ahead = np.take_along_axis(np.cumsum(changing, axis=1) - changing, self._places, axis=1)
        return places, np.take_along_axis(steps, places, axis=1), ahead + (most + 1) * np.arange(len(steps))[:, None]

    def _ends(self, sizes: IntArray, places: IntArray) -> IntArray:
        """Return how many players there are up to these places, (points, most), from when a few classes had others."""
        before, ends = self._counted[0]
        apart = np.flatnonzero(sizes != before)
        if len(apart) > FEW_APART:
            flat = places + self.orders.shape[1] * np.arange(len(places))[:, None]
            ends = np.asarray(np.take(np.cumsum(np.take(sizes, self.orders), axis=1), flat), dtype=np.int64)
            self._counted[0] = sizes.copy(), ends
            return ends
        for group in apart.tolist():
            ends = ends + (sizes[group] - before[group]) * (self._places[:, group, None] <= places)
        return ends

    @cached_property
    def _counted(self) -> list[tuple[IntArray, IntArray]]:
        """Sizes of classes, and how many players there are then up to the places where worth changes: at first one of each."""
        return [(np.ones(self.orders.shape[1], dtype=np.int64), self._changes[0] + 1)]

    def joined(self, group: int) -> "FirstInOrder":
        """Return the game in which nobody behind that class matters, less what the class is worth alone."""
        behind = np.cumsum(self.orders == group, axis=1) > 0
        own = self.worth[self.orders == group][:, None]
        return FirstInOrder(self.orders, np.where(behind, 0.0, self.worth - own))

    def merged(self, labels: IntArray, sizes: IntArray) -> "FirstInOrder":
        """Return the game in which a group stands where the first of its members does."""
        come = np.flatnonzero(labels >= 0)
        come = come[np.argsort(labels[come], kind="stable")]
        starts = np.searchsorted(labels[come], np.arange(labels.max(initial=-1) + 1))
        first = np.minimum.reduceat(self._places[:, come], starts, axis=1)
        orders = np.argsort(first, axis=1)
        return FirstInOrder(orders, np.take_along_axis(self.worth, np.take_along_axis(first, orders, axis=1), axis=1))


@lru_cache(maxsize=512)
def _of_prefixes(chances_of_joining: bytes, factors: bytes) -> tuple[FloatArray, FloatArray]:
    """Return what a player in, and one outside, the first p of n adds to "somebody of those p is there", shape (n + 1,) each.

    Of s random others of n - 1, none is among r with chance C(n-1-r, s) / C(n-1, s).
    """
    chances, factor = np.frombuffer(chances_of_joining), np.frombuffer(factors)
    n = len(chances)
    s, grows = np.arange(n), np.diff(factor)
    flat = not grows.any()
    inside, outside = np.zeros(n + 1), np.zeros(n + 1)
    none, joins, always = np.ones(n), chances * factor[:-1], float(chances @ grows)
    for r in range(n):
        inside[r + 1] = always + float(joins @ none)
        if r and not flat:
            outside[r] = always - float((chances * grows) @ none)
        if r + 1 < n:
            none *= np.maximum(n - 1 - r - s, 0) / (n - 1 - r)
    return inside, outside


@dataclass(frozen=True, eq=False)
class Scaled:
    """A structure whose worths are multiplied by a factor of the coalition's size, shape (at least n + 1,)."""

    structure: Structure
    factor: FloatArray


@dataclass(frozen=True, eq=False)
class Combined(Structure):
    """A sum of games of known structure, each multiplied by a factor of the coalition's size.

    Parameters
    ----------
    parts
        The games and their factors, all over the same classes.

    Examples
    --------
    Everybody in a coalition has the model: v(S) = |S| G(S).

    >>> model = FirstInOrder(np.array([[0, 1]]), np.array([[3.0, 1.0]]))
    >>> held = Combined([Scaled(model, np.arange(3.0))])
    >>> held.worths(np.array([[1, 1]])).tolist(), held.semivalue(np.ones(2, dtype=int), np.full(2, 0.5), np.ones(3)).tolist()
    ([6.0], [4.0, 2.0])
    """

    parts: Sequence[Scaled]

    def worths(self, counts: IntArray) -> FloatArray:
        """Return the sum of the parts."""
        total = counts.sum(axis=1)
        each = [part.factor[total] * part.structure.worths(counts) for part in self.parts]
        return np.asarray(np.sum(each, axis=0), dtype=np.float64)

    def semivalue(self, sizes: IntArray, chances: FloatArray, factor: FloatArray) -> FloatArray:
        """Return the sum of the parts' values."""
        factors = [part.factor[: len(factor)] * factor for part in self.parts]
        each = [part.structure.semivalue(sizes, chances, by) for part, by in zip(self.parts, factors, strict=True)]
        return np.asarray(np.sum(each, axis=0), dtype=np.float64)

    def singles(self, classes: int) -> FloatArray:
        """Return the sum of the parts."""
        each = [part.factor[1] * part.structure.singles(classes) for part in self.parts]
        return np.asarray(np.sum(each, axis=0), dtype=np.float64)

    def merged(self, labels: IntArray, sizes: IntArray) -> "Combined | None":
        """Return the sum of the parts' games of groups, where no factor depends on the size."""
        parts = []
        for part in self.parts:
            joined = None if np.ptp(part.factor) else part.structure.merged(labels, sizes)
            if joined is None:
                return None
            parts.append(Scaled(joined, part.factor))
        return Combined(parts)
