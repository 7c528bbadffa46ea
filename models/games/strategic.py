"""Strategic games: what each player would get from each of its actions, and everything that follows from that."""

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Self, overload

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike

from ...agents.strategies import Neighbours
from ...arguments import validated
from ...arrays import ROUND_OFF, BoolArray, FloatArray, IntArray, checked
from ...mechanisms import Mechanism
from ...messages import as_html
from ..tasks import Task
from . import elsewhere, payoff_arrays
from .outcome import Outcome

MAX_PROFILES = 1_000_000
LOST = 1024 * float(np.finfo(np.float64).eps)
"""What adding up payoffs may lose, of their size."""


class Numbered(Sequence[str]):
    """The names ``player 0``, ``player 1``, ..., each made when it is asked for."""

    def __init__(self, pattern: str, size: int) -> None:
        self._pattern, self._size = pattern, size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        places = range(self._size)[index]
        return self._pattern.format(places) if isinstance(places, int) else [self._pattern.format(place) for place in places]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash((self._pattern, self._size))

    def __repr__(self) -> str:
        return f"Numbered({self._pattern!r}, {self._size})"


_ASKED = {"deviations": "check_profile", "payoffs": "check_profile", "mixed_deviations": "check_policy"}


def _asked_checked(method: Callable[..., FloatArray], check: str) -> Callable[..., FloatArray]:
    @functools.wraps(method)
    def asked(self: "StrategicGame", play: ArrayLike) -> FloatArray:
        return method(self, getattr(self, check)(play))

    return asked


class StrategicGame:
    """A game in strategic form. A game defines `deviations` or `payoffs`; the other, regret and exploitability read it.

    Where money moves a game has a `mechanism`, a `task`, and an `outcome` of every profile.

    Parameters
    ----------
    available
        Which actions each player has, shape (n, m): m is the largest number of actions, and every player has at least one.
    player_names, action_names
        For tables and figures; default ``player 0`` ..., ``0`` ...

    Raises
    ------
    ValueError
        A player has no action, there are not as many names as players or actions, or two have the same name.
    TypeError
        The game's class defines neither deviations nor payoffs.
    """

    mechanism: Mechanism | None = None
    """The market rule, where there is one."""

    task: Task | None = None
    """What contributed data is worth, where players hold data."""

    graph: "nx.Graph[object] | None" = None
    """Who plays with whom, where not everybody does with all; the players are its nodes in order."""

    def __init__(
        self,
        available: ArrayLike,
        player_names: Sequence[str] | None = None,
        action_names: Sequence[str] | None = None,
    ) -> None:
        if type(self).deviations is StrategicGame.deviations and type(self).payoffs is StrategicGame.payoffs:
            raise TypeError(f"{type(self).__name__} must define deviations or payoffs")
        self.available: BoolArray = checked(available, "available actions", "truth", shape=(None, None))
        if 0 in self.available.shape:
            raise ValueError(f"available actions have shape (players, actions), not {self.available.shape}")
        if not self.available.any(axis=1).all():
            raise ValueError(f"player {int(np.flatnonzero(~self.available.any(axis=1))[0])} has no action")
        self.n, self.m = self.available.shape
        self.player_names = self._names(player_names, self.n, "player {}", "player")
        self.action_names = self._names(action_names, self.m, "{}", "action")

    @staticmethod
    def _names(names: Sequence[str] | None, count: int, pattern: str, kind: str) -> Sequence[str]:
        if names is None:
            return Numbered(pattern, count)
        if len(names) != count:
            raise ValueError(f"{count} {kind} names are needed, {len(names)} given")
        if not isinstance(names, Numbered) and len(set(names)) < count:
            twice, times = Counter(names).most_common(1)[0]
            raise ValueError(f"{kind} names must differ: {twice!r} is given {times} times")
        return names

    def _repr_html_(self) -> str:
        actions = self.available.sum(axis=1)
        many = f"{actions.min()} to {actions.max()}" if actions.min() < actions.max() else f"{actions[0]}"
        rows = [("players", self.n), ("actions a player", many), ("task", self.task), ("market rule", self.mechanism)]
        return as_html(type(self).__name__, [(name, value) for name, value in rows if value is not None])

    def _variant(self, **changes: Any) -> Self:
        """Return the same game with some attributes changed; what it has worked out (cached properties) it works out anew."""
        other = object.__new__(type(self))
        worked_out = {name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)}
        vars(other).update({name: value for name, value in vars(self).items() if name not in worked_out} | changes)
        return other

    def __init_subclass__(cls) -> None:
        """Have what a game is asked checked before the game sees it, so that nothing wraps around or is cut to a whole number."""
        super().__init_subclass__()
        for name, check in _ASKED.items():
            if name in vars(cls):
                setattr(cls, name, _asked_checked(vars(cls)[name], check))

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each player would get from each own action while the others play ``profile``; default: payoffs, one by one.

        Parameters
        ----------
        profile
            An action index a player, shape (n,).

        Returns
        -------
        array of shape (n, m), -inf where an action is not available.
        """
        profile = np.asarray(profile, dtype=np.int64)
        result = np.where(self.available, self.payoffs(profile)[:, None], -np.inf)
        for player, action in np.argwhere(self.available & (np.arange(self.m) != profile[:, None])).tolist():
            result[player, action] = self.payoffs(changed(profile, player, action))[player]
        return result

    def many_deviations(self, profiles: IntArray) -> FloatArray:
        """Return `deviations` of many profiles, (r, n) -> (r, n, m), each exactly what it is alone; equal ones are asked once."""
        different, which = np.unique(profiles, axis=0, return_inverse=True)
        return np.take(np.stack([self.deviations(profile) for profile in different]), which.reshape(-1), axis=0)

    def many_mixed_deviations(self, policies: FloatArray) -> FloatArray:
        """Return `mixed_deviations` of many policies, (r, n, m) -> (r, n, m), each exactly what it is alone."""
        return np.stack([self.mixed_deviations(policy) for policy in policies])

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return what each player gets, (n,) -> (n,); default: read off the deviations."""
        return np.asarray(self.deviations(profile)[np.arange(self.n), profile])

    def arrays(self) -> payoff_arrays.PayoffArrays | None:
        """Return the payoffs as arrays, where they are some; then rounds can be compiled. None (default): they are not."""
        return None

    def outcome(self, profile: IntArray) -> Outcome | None:
        """Return settlement, revenue, profit and welfare when players play ``profile`` (n,); None where no money moves."""
        return None

    def accounts(self, profile: IntArray) -> tuple[Task, IntArray, IntArray] | None:
        """Return what the platform sees when players play ``profile``, (n,), and who is behind it; None where nobody enters data.

        That is a task whose parties are the accounts, which of its actions each account enters, and whose account it is.
        """
        return None

    def with_mechanism(self, mechanism: Mechanism) -> Self:
        """Return the same game under another market rule.

        Raises
        ------
        ValueError
            The game has no market rule.
        """
        raise ValueError(f"{type(self).__name__} has no market rule to change")

    def takes_part(self, profile: IntArray) -> BoolArray:
        """Return which players enter something, (n,) -> (n,); by default all do."""
        return np.ones(self.n, dtype=bool)

    @cached_property
    def neighbours(self) -> Neighbours | None:
        """Who plays with whom, where not everybody does with all; None elsewhere."""
        if self.graph is None:
            return None
        edges = nx.to_scipy_sparse_array(self.graph, weight=None, format="csr")
        edges.sort_indices()
        return Neighbours(edges.indptr.astype(np.int64), edges.indices.astype(np.int64))

    @property
    def honest(self) -> int | None:
        """The action that enters everything once, or is called honest; None where there is none.

        Examples
        --------
        >>> NormalFormGame([[[1, 0], [0, 0]]] * 2, action_names=["honest", "copy"]).honest
        0
        """
        return list(self.action_names).index("honest") if "honest" in self.action_names else None

    @property
    def choice(self) -> str:
        """What players choose beside honesty: ``attacks``, or of a market ``copies``, ``portions``, ``level``; else empty."""
        return "" if self.honest is None else "attacks"

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return the expected payoff of each own action when the others mix independently, (n, m) -> (n, m).

        Raises
        ------
        ValueError
            The game has too many profiles to enumerate and no faster way of its own.
        """
        return self.normal_form().mixed_deviations(policy)

    def normal_form(self) -> "NormalFormGame":
        """Return the same game as payoff tables over all profiles (kept once made).

        Raises
        ------
        ValueError
            There are more than a million profiles.
        """
        return self._normal_form

    @cached_property
    def _normal_form(self) -> "NormalFormGame":
        if self.n * math.log(self.m) > math.log(MAX_PROFILES):
            raise ValueError(f"{self.m} actions to the power of {self.n} players are too many profiles to enumerate")
        tables = np.zeros((self.n, *[self.m] * self.n))
        for profile in self.profiles():
            tables[(slice(None), *profile)] = self.payoffs(profile)
        return NormalFormGame(tables, self.available, self.player_names, self.action_names)

    def profiles(self) -> Iterator[IntArray]:
        """Iterate over all profiles of available actions, the last player's action fastest."""
        actions = [np.flatnonzero(row) for row in self.available]
        for profile in itertools.product(*actions):
            yield np.array(profile)

    def gains(self, profile: IntArray) -> FloatArray:
        """Return by how much each player could gain by its best deviation, (n,) -> (n,), never negative."""
        deviations = self.deviations(profile)
        return np.asarray(deviations.max(axis=1) - deviations[np.arange(self.n), profile])

    def exploitability(self, play: ArrayLike) -> float:
        """Return NashConv: the sum of all players' gains from their best deviations; 0 exactly in equilibrium.

        Parameters
        ----------
        play
            Actions, shape (n,), or probabilities, shape (n, m).

        Raises
        ------
        ValueError
            The play has another shape, or names an action that is not available.

        Examples
        --------
        >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
        >>> pennies.exploitability([0, 0]), pennies.exploitability([[0.5, 0.5], [0.5, 0.5]])
        (2.0, 0.0)
        """
        if np.ndim(play) == 1:
            return float(self.gains(self.check_profile(play)).sum())
        policy = self.check_policy(play)
        deviations = self.mixed_deviations(policy)
        played = np.where(policy > 0, deviations, 0.0)
        return float(np.maximum(deviations.max(axis=1) - (policy * played).sum(axis=1), 0.0).sum())

    def check_profile(self, profile: ArrayLike) -> IntArray:
        """Return actions (n,) as an array after checking that they are a profile of this game.

        Raises
        ------
        ValueError
            The shape is another, or a player does not have its action.
        """
        array = checked(profile, "the actions of a profile", "whole", shape=(self.n,))
        bad = np.flatnonzero((array < 0) | (array >= self.m))
        if not len(bad):
            bad = np.flatnonzero(~self.available[np.arange(self.n), array])
        if len(bad):
            raise ValueError(f"{self.player_names[bad[0]]} has no action {array[bad[0]]}")
        return array

    def check_policy(self, policy: ArrayLike) -> FloatArray:
        """Return probabilities (n, m) as an array after checking that they are a policy of this game.

        Raises
        ------
        ValueError
            The shape is another, a row is no distribution, or an action that is not available has a probability.
        """
        array = checked(policy, "probabilities", shape=(self.n, self.m), low=0)
        if not (np.abs(array.sum(axis=1) - 1) <= 1e-9).all():
            raise ValueError("every row of a policy must hold probabilities that sum to 1")
        if (array[~self.available] > 0).any():
            raise ValueError("a policy puts probability on an action that is not available")
        return array

    def pure_equilibria(self, tolerance: float | None = None) -> list[tuple[int, ...]]:
        """Return all profiles in which nobody can gain more than ``tolerance``, by enumeration.

        Parameters
        ----------
        tolerance
            In units of payoffs. Default: 1e-9 of what the player's actions differ by beside the others', or what adding up
            payoffs of their size may lose where that is more, so that neither unit nor origin of payoffs matters.

        Raises
        ------
        ValueError
            There are more than a million profiles.

        Examples
        --------
        >>> stag_hunt = NormalFormGame([[[4, 1], [3, 3]], [[4, 3], [1, 3]]])
        >>> stag_hunt.pure_equilibria()
        [(0, 0), (1, 1)]
        """
        return self.normal_form().pure_equilibria(tolerance)

    def revenue(self, profile: IntArray) -> float:
        """Return what the platform takes in less what it pays out; 0 where no money moves."""
        outcome = self.outcome(profile)
        return outcome.revenue if outcome else 0.0

    def profit(self, profile: IntArray) -> float:
        """Return the platform's revenue and what the joint model is worth to it; 0 where no money moves."""
        outcome = self.outcome(profile)
        return outcome.profit if outcome else 0.0

    def welfare(self, profile: IntArray) -> float:
        """Return what everybody together has from the round, platform included."""
        outcome = self.outcome(profile)
        return outcome.welfare if outcome else float(self.payoffs(profile).sum())


def changed(profile: IntArray, player: int, action: int) -> IntArray:
    """Return the profile (n,) in which one player plays another action."""
    result = np.array(profile, dtype=np.int64)
    result[player] = action
    return result


class NormalFormGame(StrategicGame):
    """A game given by its payoff tables.

    Parameters
    ----------
    payoffs
        Shape (n, m_1, ..., m_n): the payoff of every player in every profile. For two players that is ``[A, B]``, both with the
        first player's actions as rows.
    available, player_names, action_names
        As in `StrategicGame`; by default a player has the actions its axis holds.

    Raises
    ------
    ValueError
        The shape does not fit, or a payoff is not finite.

    Examples
    --------
    The prisoners' dilemma: what each would get from silence (0) and from confession (1) when both are silent.

    >>> dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    >>> dilemma.deviations(np.array([0, 0])).tolist()
    [[-1.0, 0.0], [-1.0, 0.0]]
    >>> dilemma.pure_equilibria()
    [(1, 1)]
    """

    @validated
    def __init__(
        self,
        payoffs: ArrayLike,
        available: ArrayLike | None = None,
        player_names: Sequence[str] | None = None,
        action_names: Sequence[str] | None = None,
    ) -> None:
        self.tables: FloatArray = np.array(checked(payoffs, "payoffs"))
        n = self.tables.ndim - 1
        if n < 1 or self.tables.shape[0] != n:
            raise ValueError(f"payoffs have shape (n, m_1, ..., m_n), such as (2, 3, 3) for two players, not {self.tables.shape}")
        sides = np.array(self.tables.shape[1:])
        own = np.arange(sides.max()) < sides[:, None]
        available = own if available is None else checked(available, "available actions", "truth")
        if available.shape != own.shape or (available & ~own).any():
            raise ValueError(
                f"available actions have shape {own.shape} and lie within the payoff tables' {tuple(sides.tolist())}"
            )
        super().__init__(available, player_names, action_names)

    @classmethod
    def from_gambit(cls, game: Any) -> Self:
        """Return the strategic form of a game of Gambit's; names of actions are kept where all players have the same.

        Raises
        ------
        TypeError
            It is no `pygambit.Game`.
        ModuleNotFoundError
            The package pygambit is not installed.
        """
        tables, players, actions = elsewhere.from_gambit(game)
        longest = max(actions, key=len)
        alike = all(names == longest[: len(names)] for names in actions) and len(set(longest)) == len(longest)
        return cls(np.array(tables), None, players if len(set(players)) == len(players) else None, longest if alike else None)

    def to_gambit(self) -> Any:
        """Return the same game as a `pygambit.Game`.

        Raises
        ------
        ValueError
            Some action of the tables is not available.
        ModuleNotFoundError
            The package pygambit is not installed.
        """
        return elsewhere.to_gambit(self)

    def to_openspiel(self) -> Any:
        """Return the same game as OpenSpiel's matrix game of two players, or tensor game of more.

        Raises
        ------
        ValueError
            Some action of the tables is not available.
        ModuleNotFoundError
            The package open_spiel is not installed.
        """
        return elsewhere.to_openspiel(self)

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return each player's payoffs along its own axis, the others fixed."""
        result = np.full((self.n, self.m), -np.inf)
        for player in range(self.n):
            where: list[int | slice] = [int(action) for action in profile]
            where[player] = slice(None)
            row = self.tables[(player, *where)]
            result[player, : len(row)] = row
        result[~self.available] = -np.inf
        return result

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return the payoffs that the tables hold for a profile."""
        where = tuple(int(action) for action in profile)
        return np.asarray(self.tables[(slice(None), *where)])  # type: ignore[arg-type]

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return expected payoffs against independent mixes, one contraction an opponent."""
        result = np.full((self.n, self.m), -np.inf)
        for player in range(self.n):
            row = self.tables[player]
            for other in reversed(range(self.n)):
                if other != player:
                    row = np.tensordot(row, policy[other, : row.shape[other]], axes=(other, 0))
            result[player, : len(row)] = row
        result[~self.available] = -np.inf
        return result

    def arrays(self) -> payoff_arrays.PayoffArrays:
        """Return the tables, each with the own action last."""
        return payoff_arrays.tables(self.tables, self.available)

    def normal_form(self) -> "NormalFormGame":
        """Return the game itself."""
        return self

    def pure_equilibria(self, tolerance: float | None = None) -> list[tuple[int, ...]]:
        """Return all pure equilibria, comparing whole tables at once."""
        allowed = np.ones(self.tables.shape[1:], dtype=bool)
        stable = np.ones(self.tables.shape[1:], dtype=bool)
        for player in range(self.n):
            side = self.tables.shape[player + 1]
            shape = [side if axis == player else 1 for axis in range(self.n)]
            mine = self.available[player, :side].reshape(shape)
            earned, allowed = self.tables[player], allowed & mine
            best = np.where(mine, earned, -np.inf).max(axis=player, keepdims=True)
            spread = best - np.where(mine, earned, np.inf).min(axis=player, keepdims=True)
            lost = LOST * np.abs(earned[np.isfinite(earned)]).max(initial=0.0)
            stable &= earned >= best - (np.maximum(ROUND_OFF * spread, lost) if tolerance is None else tolerance)
        return [tuple(int(action) for action in profile) for profile in np.argwhere(stable & allowed)]
