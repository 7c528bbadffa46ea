"""Classes of coalitional games: what they ask of a game, games drawn from them, and their extreme games."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from ...arrays import FloatArray
from .games import CoalitionalGame

ClassName: TypeAlias = Literal["all", "monotone", "submodular", "supermodular", "harmful"]
CLASSES: tuple[str, ...] = get_args(ClassName)
MOST_PARTIES = 12
MOST_LISTED = 4
SLACK = 1e-12
"""Of worths in [0, 1], which are single sums: a search must not leave the class by more than rounding."""


@dataclass(frozen=True)
class GameClass:
    """A class of games with values in [0, 1].

    Parameters
    ----------
    name
        ``all`` games; ``monotone``: more data never hurts; ``submodular`` and ``supermodular`` (both monotone here): what a party
        adds shrinks, or grows, with those present; ``harmful``: some party's data makes some coalition worse.

    Raises
    ------
    ValueError
        The name is unknown.

    Examples
    --------
    >>> GameClass("submodular").contains(CoalitionalGame([0, 0.7, 0.7, 1])), GameClass("supermodular").contains(
    ...     CoalitionalGame([0, 0.7, 0.7, 1]))
    (True, False)
    """

    name: ClassName = "all"

    def __post_init__(self) -> None:
        """Check the name."""
        if self.name not in CLASSES:
            raise ValueError(f"class = {self.name!r}: it must be one of {', '.join(CLASSES)}")

    def contains(self, game: CoalitionalGame) -> bool:
        """Return whether a game is of the class, up to round-off."""
        values = game.values
        if values.min() < -SLACK or values.max() > 1 + SLACK:
            return False
        falls = min(float(step.min()) for step in _steps(values, game.n))
        if self.name == "all":
            return True
        if self.name == "harmful":
            return falls < -SLACK
        if falls < -SLACK or self.name == "monotone":
            return falls >= -SLACK
        bends = _bends(values, game.n)
        return bool((bends if self.name == "supermodular" else -bends).min(initial=0.0) >= -SLACK)

    def constraints(self, n: int) -> tuple[FloatArray, FloatArray] | None:
        """Return what the class asks of values (2^n,) beside lying in [0, 1]: matrix and limits, ``matrix @ values <= limits``.

        None of ``harmful`` games, which are no convex set.

        Examples
        --------
        >>> matrix, limits = GameClass("monotone").constraints(2)
        >>> matrix.shape, bool((matrix @ [0, 0.7, 0.7, 1] <= limits).all())
        ((4, 4), True)
        """
        if self.name == "harmful":
            return None
        worth = np.eye(1 << n).reshape((1 << n, *(2,) * n))
        axes = range(1, n + 1) if self.name != "all" else ()
        rows = [-np.diff(worth, axis=axis).reshape(1 << n, -1).T for axis in axes]
        if self.name in {"submodular", "supermodular"}:
            sign = 1 if self.name == "submodular" else -1
            for one, other in itertools.combinations(range(n), 2):
                rows.append(sign * np.diff(np.diff(worth, axis=one + 1), axis=other + 1).reshape(1 << n, -1).T)
        matrix = np.concatenate(rows) if rows else np.zeros((0, 1 << n))
        return matrix, np.zeros(len(matrix))

    def vertices(self, n: int) -> Iterator[CoalitionalGame]:
        """Iterate over all games of n parties with worths 0 and 1 only; of monotone games, with none, these are the vertices.

        Raises
        ------
        ValueError
            There are more than four parties: 65,536 games of four hold 168 that are monotone.
        """
        if not 1 <= n <= MOST_LISTED:
            raise ValueError(f"parties = {n}: games of worths 0 and 1 are listed of 1 to {MOST_LISTED}")
        bits = np.arange(1 << n)
        for number in range(1, 1 << ((1 << n) - 1)):
            game = CoalitionalGame((number << 1 >> bits & 1).astype(np.float64))
            if self.contains(game):
                yield game

    def draw(self, n: int, rng: np.random.Generator) -> CoalitionalGame:
        """Return a random game of n parties, 1..12; of ``all``, by a law drawn among those of every class.

        Half of the games have two parties made alike, a quarter one that adds nothing: where axioms ask something.

        Raises
        ------
        ValueError
            The number of parties is out of range, or one party is to do harm.
        """
        if not 1 <= n <= MOST_PARTIES:
            raise ValueError(f"parties = {n}: games are drawn of 1 to {MOST_PARTIES}")
        name = str(rng.choice(["any", *CLASSES[1:]])) if self.name == "all" else self.name
        values = _LAWS[name](n, rng)
        values[0] = 0.0
        masks = np.arange(1 << n)
        if n > 1 and rng.random() < 0.5:
            one, other = rng.choice(n, 2, replace=False)
            differ = (masks >> one & 1) != (masks >> other & 1)
            values = (values + values[np.where(differ, masks ^ (1 << one | 1 << other), masks)]) / 2
        if n > 1 and self.name != "harmful" and rng.random() < 0.25:
            values = values[masks & ~(1 << int(rng.integers(n)))]
        game = CoalitionalGame(np.clip(values, 0.0, 1.0))
        return game if self.contains(game) else self.draw(n, rng)

    def extreme(self, n: int) -> Iterator[tuple[str, CoalitionalGame]]:
        """Iterate over the class's games with names among: unanimity, veto, airport, glove, near-duplicate, null, spoiler.

        Examples
        --------
        >>> [name for name, _ in GameClass("supermodular").extreme(2)]
        ['unanimity', 'veto', 'glove', 'null']
        """
        masks = np.arange(1 << n)
        member = (masks[:, None] >> np.arange(n) & 1).astype(float)
        count = member.sum(axis=1)
        largest = (member * np.arange(1, n + 1)).max(axis=1) / n
        games = {
            "unanimity": (count == n) * 1.0,
            "veto": member[:, 0] * (count > min(1, n - 1)),
            "airport": largest,
            "glove": np.minimum(member[:, ::2].sum(axis=1), member[:, 1::2].sum(axis=1)) / max(1, n // 2),
            "near-duplicate": np.minimum(count, 1) * 0.9 + 0.1 * count / n,
            "null": member[:, 0],
            "spoiler": np.where(member[:, -1] > 0, 0.25, 1.0) * largest,
        }
        for name, values in games.items():
            game = CoalitionalGame(np.where(masks == 0, 0.0, values))
            if self.contains(game):
                yield name, game


def _steps(values: FloatArray, n: int) -> list[FloatArray]:
    """Return what each party adds to every coalition without it."""
    table = values.reshape((2,) * n)
    return [np.diff(table, axis=axis) for axis in range(n)]


def _bends(values: FloatArray, n: int) -> FloatArray:
    """Return by how much what a party adds grows when another comes, for all pairs and coalitions."""
    table = values.reshape((2,) * n)
    pairs = itertools.combinations(range(n), 2)
    return np.concatenate([[0.0], *(np.diff(np.diff(table, axis=one), axis=other).ravel() for one, other in pairs)])


def _any(n: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(rng.random(1 << n))


def _monotone(n: int, rng: np.random.Generator) -> FloatArray:
    table = (rng.random(1 << n) ** rng.choice([0.3, 1.0, 3.0])).reshape((2,) * n)
    table.flat[0] = 0.0
    for axis in range(n):
        table = np.maximum.accumulate(table, axis=axis)
    return np.asarray(table.ravel())


def _coverage(n: int, rng: np.random.Generator) -> FloatArray:
    points = 2 * n + 2
    sets, weights = rng.random((n, points)) < rng.uniform(0.2, 0.7), rng.dirichlet(np.ones(points))
    covered = np.array([sets[(mask >> np.arange(n) & 1) > 0].any(axis=0) for mask in range(1 << n)])
    return np.asarray(covered @ weights)


def _supermodular(n: int, rng: np.random.Generator) -> FloatArray:
    """Return a mixture of unanimity games."""
    carriers = rng.integers(1, 1 << n, size=n + 2)
    weights = rng.dirichlet(np.ones(n + 2))
    return np.asarray(((np.arange(1 << n)[:, None] & carriers) == carriers) @ weights)


def _harmful(n: int, rng: np.random.Generator) -> FloatArray:
    if n == 1:
        raise ValueError("one party: its data cannot make anything worse")
    values, spoiler = _monotone(n, rng), int(rng.integers(n))
    return np.asarray(np.where(np.arange(1 << n) >> spoiler & 1, values * rng.uniform(0, 0.9), values))


_LAWS = {"any": _any, "monotone": _monotone, "submodular": _coverage, "supermodular": _supermodular, "harmful": _harmful}
