"""Coalitional games with transferable utility: what every coalition is worth.

Three ways to hold the same thing. `CoalitionalGame` is the full table of 2^n values. `ClassGame` knows that some players are
interchangeable and holds values by how many of each class are present. `OnDemandGame` asks a function, coalition by coalition.
"""

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import MOST_WHOLE, BoolArray, FloatArray, IntArray, checked, whole
from ...messages import as_html, brief
from .structures import Structure

MAX_TABLE_PLAYERS = 30
MAX_TABULATED_PLAYERS = 20
MAX_CELLS = 100_000_000


def _kept(values: ArrayLike, what: str) -> FloatArray:
    """Return finite numbers as a read-only array of their own."""
    array = np.array(checked(values, what))
    array.setflags(write=False)
    return array


MOST_SHOWN = 32
"""Coalitions that a notebook shows."""


class CoalitionalGame:
    """A coalitional game as a full table: ``values[S]`` is the worth of coalition S, bit i of S = player i.

    Parameters
    ----------
    values
        The 2^n worths, n ≥ 1, in the order of the coalitions' bit masks; ``values[0]`` (nobody) is 0. Copied, read-only.

    Raises
    ------
    ValueError
        The length is not a power of two, a value is not finite, or the empty coalition is worth something.

    Examples
    --------
    >>> glove = CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])  # players 0 and 1 own a left glove, player 2 a right one
    >>> glove.n, glove({0, 2}), glove.grand
    (3, 1.0, 1.0)
    """

    @validated
    def __init__(self, values: ArrayLike) -> None:
        self.values = _kept(values, "the values of a coalitional game")
        size = self.values.size
        self.n = size.bit_length() - 1
        if self.values.ndim != 1 or size < 2 or size != 1 << self.n:
            raise ValueError(f"a table of values has shape (2^n,) with n >= 1, not {self.values.shape}")
        _check_empty(float(self.values[0]))

    @classmethod
    def from_function(cls, n: int, worth: Callable[[frozenset[int]], float]) -> "CoalitionalGame":
        """Tabulate ``worth``, a function of the set of players present (never asked for the empty set).

        Examples
        --------
        >>> CoalitionalGame.from_function(2, lambda present: len(present) ** 2).values.tolist()
        [0.0, 1.0, 1.0, 4.0]
        """
        whole(n, "the number of players", 1, MAX_TABLE_PLAYERS)
        sets = (frozenset(i for i in range(n) if mask >> i & 1) for mask in range(1, 1 << n))
        return cls([0.0, *(worth(present) for present in sets)])

    @cached_property
    def largest(self) -> float:
        """The largest worth of any coalition, without its sign."""
        return float(max(self.values.max(), -self.values.min()))

    @property
    def grand(self) -> float:
        """The worth of everybody together."""
        return float(self.values[-1])

    def __call__(self, coalition: Iterable[int]) -> float:
        """Return the worth of a set of players."""
        mask = 0
        for player in coalition:
            mask |= 1 << whole(player, "player", 0, self.n - 1)
        return float(self.values[mask])

    def __repr__(self) -> str:
        return f"CoalitionalGame(n={self.n})"

    def _repr_html_(self) -> str:
        worths = [
            ("{" + ", ".join(str(i) for i in range(self.n) if mask >> i & 1) + "}", float(worth))
            for mask, worth in enumerate(self.values[:MOST_SHOWN])
        ]
        return as_html(f"{self!r}, worth of coalitions", [*worths, *([("...", "")] if self.values.size > MOST_SHOWN else [])])


class ClassGame:
    """A coalitional game of interchangeable players: worth depends only on how many of each class are present.

    Parameters
    ----------
    values
        Array of shape (m_1 + 1, ..., m_c + 1), m_t the number of players in class t; ``values[k_1, ..., k_c]`` is the worth of
        any coalition with k_t players of class t. ``values[0, ..., 0]`` is 0. A class may be empty (m_t = 0). Copied, read-only.

    Raises
    ------
    ValueError
        No class, a value that is not finite, or nobody being worth something.

    Examples
    --------
    >>> game = ClassGame([[0, 0], [0, 1], [0, 1]])  # two owners of a left glove, one of a right one
    >>> game.sizes, game.n, game.grand
    ((2, 1), 3, 1.0)
    >>> game.table().values.tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    """

    @validated
    def __init__(self, values: ArrayLike) -> None:
        table = _kept(values, "the values of a coalitional game")
        if table.ndim == 0 or not table.size:
            raise ValueError(f"values by class need at least one class, and the value of nobody, not shape {table.shape}")
        self._set_sizes(tuple(side - 1 for side in table.shape))
        _check_empty(float(table.flat[0]))
        self.structure: Structure | None = None
        self._most = MAX_CELLS
        self._table: FloatArray | None = table
        self._worth: Callable[[IntArray], Any] | None = None

    @classmethod
    def lazy(cls, sizes: Iterable[int], worth: Callable[[IntArray], Any], most: int = MAX_CELLS) -> "ClassGame":
        """Return a game whose worths are computed when asked for; the table is made only if somebody needs all of it.

        Parameters
        ----------
        sizes
            Number of players in each class, shape (c,).
        worth
            Function of counts, shape (batch, c), that returns worths, shape (batch,), 0 for nobody.
        most
            With more different coalitions than this no table is made: fewer where worths take long.

        Examples
        --------
        >>> crowd = ClassGame.lazy([10**9], lambda counts: counts[:, 0] / (counts[:, 0] + 1))
        >>> round(crowd.grand, 6)
        1.0
        """
        game = cls.__new__(cls)
        given = sizes if isinstance(sizes, np.ndarray) else list(sizes)
        game._set_sizes(tuple(checked(given, "the sizes of classes", "whole", shape=(None,), low=0).tolist()))
        if not callable(worth):
            raise TypeError(f"worth = {brief(worth)}: a function of counts is needed")
        game._table, game._worth, game._most, game.structure = None, worth, most, None
        return game

    @classmethod
    def structured(cls, sizes: Iterable[int], structure: Structure) -> "ClassGame":
        """Return a lazy game whose worths have a known structure, so that its semivalues are exact at any size.

        Examples
        --------
        A thousand parties, of whom the best model counts.

        >>> from potluck.mechanisms.coalitions.structures import FirstInOrder
        >>> order = np.arange(1000)[None]
        >>> game = ClassGame.structured([1] * 1000, FirstInOrder(order, np.linspace(1, 0, 1000)[None]))
        >>> game.n, game.grand
        (1000, 1.0)
        """
        game = cls.lazy(sizes, structure.worths)
        game.structure, game._nobody_is_worth_0 = structure, True
        return game

    def _set_sizes(self, sizes: tuple[int, ...]) -> None:
        if not sizes or sum(sizes) > MOST_WHOLE:
            raise ValueError(f"a game by class needs at least one class and fewer than 2^63 players, not {brief(sizes)}")
        self.sizes = sizes
        self._nobody_is_worth_0 = False
        self.n = sum(sizes)

    @property
    def values(self) -> FloatArray:
        """The worth of every coalition by counts, shape (m_1 + 1, ..., m_c + 1), read-only.

        Raises
        ------
        ValueError
            There are more than a hundred million different coalitions, or than the game's own limit.
        """
        if self._table is None:
            shape = tuple(size + 1 for size in self.sizes)
            if not self.tabulable:
                raise ValueError(
                    f"{self.n} players in {len(self.sizes)} classes form {about(math.prod(shape))} coalitions, too many for a "
                    f"table: at most {self._most}"
                )
            self._table = self._tabulated(shape)
        return self._table

    @property
    def tabulable(self) -> bool:
        """Whether its coalitions are few enough for a table."""
        return math.prod(size + 1 for size in self.sizes) <= self._most

    def _tabulated(self, shape: tuple[int, ...]) -> FloatArray:
        """Return the whole table, asked for slice by slice along the first class, so that no list of all counts is made."""
        if len(shape) == 1:
            return _kept(self.worths(np.arange(shape[0])[:, None]), "worths")
        table = np.empty(shape)
        counts = np.zeros((math.prod(shape[1:]), len(shape)), dtype=np.int64)
        counts[:, 1:] = np.indices(shape[1:]).reshape(len(shape) - 1, -1).T
        for k in range(shape[0]):
            counts[:, 0] = k
            table[k] = self.worths(counts).reshape(shape[1:])
        table.setflags(write=False)
        return table

    def worths(self, counts: ArrayLike) -> FloatArray:
        """Return the worths of coalitions given by counts, (batch, c) -> (batch,)."""
        array = checked(counts, "counts", "whole", shape=(None, len(self.sizes)), low=0)
        if (array > self.sizes).any():
            raise ValueError(f"counts lie between 0 and {brief(self.sizes)}, not {brief(counts)}")
        if self._table is not None or self._worth is None:
            return np.asarray(self.values[tuple(array.T)])
        # the first who ask also ask what nobody is worth
        asked = array if self._nobody_is_worth_0 else np.vstack([np.zeros_like(array[:1], shape=(1, array.shape[1])), array])
        worths = _answered(self._worth, asked)
        if not self._nobody_is_worth_0:
            _check_empty(float(worths[0]))
            self._nobody_is_worth_0 = True
        return worths[len(asked) - len(array) :]

    @cached_property
    def largest(self) -> float:
        """The largest worth of any coalition, without its sign."""
        return float(max(self.values.max(), -self.values.min()))

    @cached_property
    def grand(self) -> float:
        """The worth of everybody together."""
        everybody = np.array([self.sizes], dtype=np.int64)
        return float((self.worths(everybody) if self.structure is None else self.structure.worths(everybody))[0])

    def __call__(self, counts: ArrayLike) -> float:
        """Return the worth of a coalition with these many players of each class."""
        return float(self.worths(checked(counts, "counts", "whole", shape=(len(self.sizes),))[None])[0])

    def classes(self) -> IntArray:
        """Return the class of every player, shape (n,): the players of class 0 first, then class 1, ..."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def table(self) -> CoalitionalGame:
        """Return the same game as a full table over its n players, in the order of `classes`.

        Raises
        ------
        ValueError
            There are no players, or more than a table can hold.
        """
        whole(self.n, "the number of players", 1, MAX_TABLE_PLAYERS)
        index = np.zeros(1 << self.n, dtype=np.int64)
        for player, group in enumerate(self.classes()):
            stride = math.prod(self.values.shape[group + 1 :])
            index[1 << player : 2 << player] = index[: 1 << player] + stride
        return CoalitionalGame(self.values.ravel()[index])

    def __repr__(self) -> str:
        return f"ClassGame(sizes={self.sizes})"


class OnDemandGame:
    """A coalitional game whose worths are computed when asked for; n may be large.

    Parameters
    ----------
    n
        Number of players, ≥ 1.
    worth
        Function of a boolean array of shape (batch, n), a coalition a row, that returns the worths, shape (batch,). It is never
        asked for the empty coalition, which is worth 0.

    Raises
    ------
    ValueError
        ``n`` is not positive.

    Examples
    --------
    >>> game = OnDemandGame(3, lambda present: present.sum(axis=1) ** 2.0)
    >>> game.worths([[True, True, False], [False, False, False]]).tolist()
    [4.0, 0.0]
    >>> game.table().grand
    9.0
    """

    @validated
    def __init__(self, n: int, worth: Callable[[BoolArray], Any]) -> None:
        self.n = whole(n, "the number of players", 1)
        if not callable(worth):
            raise TypeError(f"worth = {brief(worth)}: a function of coalitions is needed")
        self._worth = worth

    @property
    def grand(self) -> float:
        """The worth of everybody together."""
        return float(self.worths(np.ones((1, self.n), dtype=bool))[0])

    def worths(self, coalitions: ArrayLike) -> FloatArray:
        """Return the worths of a batch of coalitions, boolean (batch, n) -> float (batch,).

        Raises
        ------
        ValueError
            The batch has the wrong shape, or the function returned one, or a worth that is not finite.
        """
        present = checked(coalitions, "coalitions", "truth", shape=(None, self.n))
        worths = np.zeros(len(present))
        somebody = present.any(axis=1)
        if somebody.any():
            worths[somebody] = _answered(self._worth, present[somebody])
        return worths

    def table(self) -> CoalitionalGame:
        """Return the same game as a full table, asking for all 2^n - 1 coalitions.

        Raises
        ------
        ValueError
            There are more than 20 players.
        """
        whole(self.n, "the number of players", 1, MAX_TABULATED_PLAYERS)
        masks = np.arange(1 << self.n)
        return CoalitionalGame(self.worths((masks[:, None] >> np.arange(self.n)) & 1))

    def __repr__(self) -> str:
        return f"OnDemandGame(n={self.n})"


def _answered(worth: Callable[[Any], Any], asked: IntArray | BoolArray) -> FloatArray:
    """Return what a worth function says of a batch of coalitions, checked, read-only."""
    return _kept(checked(worth(asked), "the worths of coalitions, as the function returns them,", shape=(len(asked),)), "worths")


def about(count: int) -> str:
    """Return a count that may be huge, shortly."""
    return str(count) if count < 10**12 else f"about 10^{int(math.log10(count))}"


def _check_empty(value: float) -> None:
    if value != 0:
        raise ValueError(f"the empty coalition must be worth 0, not {value}: subtract its value from every entry first")


AnyGame: TypeAlias = CoalitionalGame | ClassGame | OnDemandGame
