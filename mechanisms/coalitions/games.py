"""Coalitional games with transferable utility: what every coalition is worth.

Three ways to hold the same thing. `CoalitionalGame` is the full table of 2^n values. `ClassGame` knows that some players are
interchangeable and holds values by how many of each class are present. `OnDemandGame` asks a function, coalition by coalition.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import BoolArray, FloatArray, IntArray

MAX_TABLE_PLAYERS = 30
MAX_TABULATED_PLAYERS = 20
MAX_CELLS = 100_000_000


def _finite(values: ArrayLike, what: str) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    if not np.isfinite(array.sum()):
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            where = tuple(int(index) for index in bad[0])
            raise ValueError(f"{what} must be finite; entry {where if len(where) > 1 else where[0]} is {array[where]}")
    array.setflags(write=False)
    return array


def _check_empty(value: float) -> None:
    if value != 0:
        raise ValueError(f"the empty coalition must be worth 0, not {value}: subtract its value from every entry first")


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

    def __init__(self, values: ArrayLike) -> None:
        self.values = _finite(values, "the values of a coalitional game")
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
        _check_players(n, MAX_TABLE_PLAYERS)
        sets = (frozenset(i for i in range(n) if mask >> i & 1) for mask in range(1, 1 << n))
        return cls([0.0, *(worth(present) for present in sets)])

    @property
    def grand(self) -> float:
        """The worth of everybody together."""
        return float(self.values[-1])

    def __call__(self, coalition: Iterable[int]) -> float:
        """Return the worth of a set of players."""
        mask = 0
        for player in coalition:
            if not 0 <= player < self.n:
                raise ValueError(f"player {player} is not one of 0..{self.n - 1}")
            mask |= 1 << player
        return float(self.values[mask])

    def __repr__(self) -> str:
        return f"CoalitionalGame(n={self.n})"


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

    def __init__(self, values: ArrayLike) -> None:
        table = _finite(values, "the values of a coalitional game")
        if table.ndim == 0:
            raise ValueError("values by class need at least one class; a single number was given")
        self._set_sizes(tuple(side - 1 for side in table.shape))
        _check_empty(float(table.flat[0]))
        self._table: FloatArray | None = table
        self._worth: Callable[[IntArray], Any] | None = None

    @classmethod
    def lazy(cls, sizes: Iterable[int], worth: Callable[[IntArray], Any]) -> "ClassGame":
        """Return a game whose worths are computed when asked for; the table is made only if somebody needs all of it.

        Parameters
        ----------
        sizes
            Number of players in each class, shape (c,).
        worth
            Function of counts, shape (batch, c), that returns worths, shape (batch,), 0 for nobody.

        Examples
        --------
        >>> crowd = ClassGame.lazy([10**9], lambda counts: counts[:, 0] / (counts[:, 0] + 1))
        >>> round(crowd.grand, 6)
        1.0
        """
        game = cls.__new__(cls)
        game._set_sizes(tuple(int(size) for size in sizes))
        game._table, game._worth = None, worth
        return game

    def _set_sizes(self, sizes: tuple[int, ...]) -> None:
        if not sizes or min(sizes) < 0:
            raise ValueError(f"a game by class needs at least one class, and every class 0 players or more, not {sizes}")
        self.sizes = sizes
        self.n = sum(sizes)

    @property
    def values(self) -> FloatArray:
        """The worth of every coalition by counts, shape (m_1 + 1, ..., m_c + 1), read-only.

        Raises
        ------
        ValueError
            There are more than a hundred million different coalitions.
        """
        if self._table is None:
            shape = tuple(size + 1 for size in self.sizes)
            if math.prod(shape) > MAX_CELLS:
                raise ValueError(
                    f"{self.n} players in classes of {self.sizes} form {math.prod(shape)} coalitions, too many for a table"
                )
            table = self._tabulated(shape)
            _check_empty(float(table.flat[0]))
            self._table = table
        return self._table

    def _tabulated(self, shape: tuple[int, ...]) -> FloatArray:
        """Return the whole table, asked for slice by slice along the first class, so that no list of all counts is made."""
        if len(shape) == 1:
            return _finite(self.worths(np.arange(shape[0])[:, None]), "worths")
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
        array = np.asarray(counts, dtype=np.int64)
        if array.ndim != 2 or array.shape[1] != len(self.sizes) or (array < 0).any() or (array > self.sizes).any():
            raise ValueError(f"counts must have shape (batch, {len(self.sizes)}) and lie between 0 and {self.sizes}")
        if self._table is not None or self._worth is None:
            return np.asarray(self.values[tuple(array.T)])
        return _finite(self._worth(array), "the worths of coalitions")

    @property
    def grand(self) -> float:
        """The worth of everybody together."""
        return float(self.worths([self.sizes])[0])

    def __call__(self, counts: Iterable[int]) -> float:
        """Return the worth of a coalition with these many players of each class."""
        return float(self.worths([tuple(counts)])[0])

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
        _check_players(self.n, MAX_TABLE_PLAYERS)
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

    def __init__(self, n: int, worth: Callable[[BoolArray], Any]) -> None:
        _check_players(n, None)
        self.n = n
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
        present = np.asarray(coalitions, dtype=bool)
        if present.ndim != 2 or present.shape[1] != self.n:
            raise ValueError(f"coalitions have shape (batch, {self.n}), not {present.shape}")
        worths = np.zeros(len(present))
        somebody = present.any(axis=1)
        if somebody.any():
            answer = np.asarray(self._worth(present[somebody]), dtype=np.float64)
            if answer.shape != (int(somebody.sum()),):
                raise ValueError(f"the worth function returned shape {answer.shape} for {int(somebody.sum())} coalitions")
            worths[somebody] = _finite(answer, "the worths of coalitions")
        return worths

    def table(self) -> CoalitionalGame:
        """Return the same game as a full table, asking for all 2^n - 1 coalitions.

        Raises
        ------
        ValueError
            There are more than 20 players.
        """
        _check_players(self.n, MAX_TABULATED_PLAYERS)
        masks = np.arange(1 << self.n)
        return CoalitionalGame(self.worths((masks[:, None] >> np.arange(self.n)) & 1))

    def __repr__(self) -> str:
        return f"OnDemandGame(n={self.n})"


def _check_players(n: int, most: int | None) -> None:
    if n < 1 or (most is not None and n > most):
        allowed = "at least 1" if most is None else f"between 1 and {most}"
        raise ValueError(f"the number of players must be {allowed}, not {n}")


AnyGame: TypeAlias = CoalitionalGame | ClassGame | OnDemandGame
