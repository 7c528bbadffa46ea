"""Users who each share openly or stay private, under fair payments: an anonymous game with two actions."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import ROUND_OFF, FloatArray, IntArray
from ..tasks import Task
from .bernstein import expectation, raise_degree, roots
from .counts import others
from .payoff_arrays import PayoffArrays, by_count
from .strategic import StrategicGame

PRIVATE, OPEN = 0, 1
TOLERANCE = 1e-12
"""Of costs and payments: differences of two of them, which lose their last digits only."""


@validated
@dataclass(frozen=True, eq=False)
class SharingUtility:
    """What N interchangeable users are worth together, and each by its Shapley value, when some are open and the others private.

    Probabilities p are those of the private level, as in the paper.

    Parameters
    ----------
    worth
        Utility U when k = 0..N users are open and the others private, shape (N + 1,).
    open_value, private_value
        Shapley value of an open and of a private user when k = 0..N-1 of the others are open, shape (N,) each.

    Raises
    ------
    ValueError
        Shapes do not fit, or something is not finite.

    Examples
    --------
    Example 1 of the paper without noise, N = 2: γ runs from 1/2, when the other is open, to 2/3.

    >>> utility = SharingUtility.by_count([0, 2 / 3, 1])
    >>> utility.gamma([0, 0.5, 1]).round(4).tolist(), utility.expected_worth([0, 0.5, 1]).round(4).tolist()
    ([0.5, 0.5833, 0.6667], [1.0, 0.5833, 0.0])
    """

    worth: FloatArray
    open_value: FloatArray
    private_value: FloatArray

    def __post_init__(self) -> None:
        n = len(self.worth) - 1
        if n < 1 or self.worth.ndim != 1 or self.open_value.shape != (n,) or self.private_value.shape != (n,):
            raise ValueError(
                f"N users have N + 1 utilities and N values a level, N >= 1, not shapes "
                f"{self.worth.shape}, {self.open_value.shape}, {self.private_value.shape}"
            )
        if not all(np.isfinite(array).all() for array in (self.worth, self.open_value, self.private_value)):
            raise ValueError("utilities must be finite")

    @classmethod
    @validated
    def by_count(cls, worth: ArrayLike) -> "SharingUtility":
        """Return the utility when private users contribute nothing: k open users share U(k) evenly.

        Parameters
        ----------
        worth
            U(0), ..., U(N), the first of them 0.

        Raises
        ------
        ValueError
            There is nobody, nobody is worth something, or a value is not finite.
        """
        table = np.array(worth, dtype=np.float64)
        if table.ndim != 1 or len(table) < 2 or table[0] != 0:
            raise ValueError(f"utilities by number of open users are U(0) = 0, U(1), ..., not {worth!r}")
        return cls(table, table[1:] / np.arange(1, len(table)), np.broadcast_to(0.0, len(table) - 1))

    @classmethod
    @validated
    def by_counts(cls, worths: ArrayLike) -> "SharingUtility":
        """Return the utility when private users contribute too.

        The Shapley values against k open others are the Bernstein coefficients of those against others who are open with chance
        q: the mean over s = 0..N-1 predecessors of what a user adds when Binomial(s, q) of them are open. Time N².

        Parameters
        ----------
        worths
            ``worths[i, j]`` is the utility of i open and j private users when the others are away, shape (N + 1, N + 1);
            ``worths[0, 0]`` is 0, entries with i + j > N are not read.

        Raises
        ------
        ValueError
            The shape is another, or nobody is worth something.
        """
        table = np.array(worths, dtype=np.float64)
        n = len(table) - 1
        if table.shape != (n + 1, n + 1) or n < 1 or table[0, 0] != 0:
            raise ValueError(f"utilities by open and private users have shape (N + 1, N + 1), 0 for nobody, not {table.shape}")
        values = np.zeros((2, 0))
        for s in range(n):
            i = np.arange(s + 1)
            added = np.array([table[i + 1, s - i] - table[i, s - i], table[i, s - i + 1] - table[i, s - i]])
            carried = np.array([raise_degree(row) for row in values]) if s else np.zeros((2, 1))
            values = carried + added / n
        everybody = np.arange(n + 1)
        return cls(table[everybody, n - everybody], values[0], values[1])

    @classmethod
    @validated
    def of_task(cls, task: Task, private: int = 0, open_: int = 1) -> "SharingUtility":
        """Return the utility of a task of interchangeable users when they choose between two of its actions.

        Raises
        ------
        ValueError
            The users are not interchangeable.

        Examples
        --------
        >>> from potluck.models.tasks import MeanEstimation
        >>> SharingUtility.of_task(MeanEstimation(users=2, levels=(1, "inf")), private=1, open_=2).worth.round(4).tolist()
        [0.25, 0.7, 1.0]
        """
        labels = task.interchangeable()
        if (labels != labels[0]).any():
            raise ValueError(f"{task.name()}: users must be interchangeable")
        n = task.n_parties
        if private == 0:
            counts = np.arange(n + 1)[:, None]
            return cls.by_count(task.value_by_count(labels[:1], np.array([open_]), counts))
        i, j = np.nonzero(np.add.outer(np.arange(n + 1), np.arange(n + 1)) <= n)
        table = np.zeros((n + 1, n + 1))
        table[i, j] = task.value_by_count(np.repeat(labels[0], 2), np.array([open_, private]), np.column_stack([i, j]))
        return cls.by_counts(table)

    @property
    def n(self) -> int:
        """Number of users."""
        return len(self.worth) - 1

    @cached_property
    def gain(self) -> FloatArray:
        """What going open adds to a user's value when k = 0..N-1 of the others are open, shape (N,)."""
        return self.open_value - self.private_value

    @property
    def opting_out(self) -> bool:
        """Whether a private user contributes nothing and is paid nothing."""
        return not self.private_value.any()

    def gamma(self, p: ArrayLike) -> FloatArray:
        """Return γ(p) of eq. 21: what going open adds to a user's value when the others are private with probability p."""
        return expectation(self.gain, 1 - np.asarray(p, dtype=np.float64))

    def expected_worth(self, p: ArrayLike) -> FloatArray:
        """Return E[U] when every user is private with probability p."""
        return expectation(self.worth, 1 - np.asarray(p, dtype=np.float64))

    @cached_property
    def turning_points(self) -> FloatArray:
        """Every p in [0, 1] at which γ may be least or greatest: the ends, and where it is level, increasing."""
        inner = roots(np.diff(self.gain)) if self.n > 1 else np.zeros(0)
        return np.unique(np.concatenate([[0.0, 1.0], 1 - inner]))

    @property
    def gamma_min(self) -> float:
        """The least γ(p) over [0, 1]."""
        return float(self.gamma(self.turning_points).min())

    @property
    def gamma_max(self) -> float:
        """The greatest γ(p) over [0, 1]."""
        return float(self.gamma(self.turning_points).max())


class SharingGame(StrategicGame):
    """The game that fair α-payments make of a binary choice of privacy: action 0 is private, action 1 is open.

    Payoff = α times the user's Shapley value, less its cost c_i if it is open (fair value of data, eq. 18).

    Parameters
    ----------
    utility
        What the users are worth.
    alpha
        Share of the utility that is handed out, in [0, 1].
    costs
        Cost of being open, ≥ 0: one number for all or one a user.

    Raises
    ------
    ValueError
        α or a cost is out of range, or there are not as many costs as users.

    Examples
    --------
    Figure 6 of the paper at c = 1/2: the platform offers 6/7, and users are private half of the time.

    >>> game = SharingGame(SharingUtility.by_count([0, 2 / 3, 1]), alpha=6 / 7, costs=0.5)
    >>> game.symmetric_equilibria().round(9).tolist(), game.pure_equilibria()
    ([0.5], [(0, 1), (1, 0)])
    """

    @validated
    def __init__(self, utility: SharingUtility, alpha: float, costs: ArrayLike) -> None:
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must lie in [0, 1], not {alpha}")
        self.utility = utility
        self.alpha = float(alpha)
        self.costs = check_costs(costs, utility.n)
        super().__init__(np.broadcast_to(True, (utility.n, 2)), action_names=["private", "open"])

    def deviations(self, profile: IntArray) -> FloatArray:
        """Return what each user would get from being private and from being open, (N,) -> (N, 2); time N."""
        profile = np.asarray(profile, dtype=np.int64)
        others = int(profile.sum()) - profile
        pay = self.alpha * np.column_stack([self.utility.private_value[others], self.utility.open_value[others]])
        pay[:, OPEN] -= self.costs
        return pay

    def mixed_deviations(self, policy: FloatArray) -> FloatArray:
        """Return the expected payoffs against independent mixes, (N, 2) -> (N, 2); time N log² N where all mix differently."""
        number = others(np.asarray(policy, dtype=np.float64)[:, OPEN])
        values = np.column_stack([self.utility.private_value[number.numbers], self.utility.open_value[number.numbers]])
        pay = self.alpha * number.expected(values)[number.whose]
        pay[:, OPEN] -= self.costs
        return np.asarray(pay)

    def arrays(self) -> PayoffArrays:
        """Return what being private and being open pay by the number of others that are open."""
        return by_count(self.utility.private_value, self.utility.open_value, self.costs, self.alpha)

    def symmetric_equilibria(self) -> FloatArray:
        """Return every p such that it is an equilibrium if all users are private with probability p, increasing.

        They are the roots of α γ(p) = c and, where nobody wants to leave them, 0 and 1 (eq. 87, which knows one root because it
        takes γ to increase). Where α γ = c throughout, every p is one and the ends are returned.

        Raises
        ------
        ValueError
            The users' costs differ.
        """
        cost = self.costs[0]
        if (self.costs != cost).any():
            raise ValueError("symmetric equilibria are for users whose costs are the same")
        gains = self.alpha * self.utility.gain - cost
        negligible = TOLERANCE * max(cost, float(np.abs(self.alpha * self.utility.gain).max()))
        ends = [p for p, stays in ((0.0, gains[-1] >= -negligible), (1.0, gains[0] <= negligible)) if stays]
        inner = [1 - q for q in roots(gains) if all(abs(1 - q - end) > ROUND_OFF for end in ends)]
        return np.array(sorted([*ends, *inner]))

    def open_counts(self) -> IntArray:
        """Return every m for which it is an equilibrium that m users are open: then it is one that the m cheapest are.

        Examples
        --------
        >>> SharingGame(SharingUtility.by_count([0, 2 / 3, 1]), alpha=0.7, costs=[0.3, 0.4]).open_counts().tolist()
        [1]
        """
        pay = self.alpha * self.utility.gain
        cost = np.sort(self.costs)
        negligible = TOLERANCE * max(float(np.abs(pay).max(initial=0.0)), float(np.abs(cost).max()))
        stay_open = np.concatenate([[True], pay >= cost - negligible])
        stay_private = np.concatenate([pay <= cost + negligible, [True]])
        return np.flatnonzero(stay_open & stay_private)

    def two_user_equilibria(self) -> FloatArray:
        """Return all equilibria of two users as probabilities of the private level, shape (k, 2).

        Where a user is indifferent, equilibria may form whole segments or squares; then their corners are returned.

        Raises
        ------
        ValueError
            There are not two users.

        Examples
        --------
        >>> SharingGame(SharingUtility.by_count([0, 2 / 3, 1]), alpha=6 / 7, costs=0.5).two_user_equilibria().round(6).tolist()
        [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
        """
        if self.n != 2:
            raise ValueError(f"two users are needed, not {self.n}")
        return np.array(two_user_equilibria(*(self.alpha * self.utility.gain).tolist(), *self.costs.tolist()))


def two_user_equilibria(alone: float, joined: float, cost_1: float, cost_2: float) -> list[tuple[float, float]]:
    """Return all equilibria of two users as probabilities of being private, corners where they form segments or squares.

    Parameters
    ----------
    alone, joined
        What going open adds to a user's pay when the other is private, and when the other is open.
    cost_1, cost_2
        What it costs.
    """
    negligible = TOLERANCE * max(abs(alone), abs(joined), cost_1, cost_2, 1e-300)

    def gain(p: float, cost: float) -> float:
        return p * alone + (1 - p) * joined - cost

    def indifferent(cost: float) -> list[float]:
        """Return the other's probability at which a user with this cost is indifferent, beside 0 and 1."""
        p = (cost - joined) / (alone - joined) if alone != joined else 0.0
        return [0.0, 1.0, p] if 0 < p < 1 else [0.0, 1.0]

    def best(own: float, other: float, cost: float) -> bool:
        more = gain(other, cost)
        return (own == 1 or more >= -negligible) and (own == 0 or more <= negligible)

    found: list[tuple[float, float]] = []
    for p_1 in indifferent(cost_2):
        for p_2 in indifferent(cost_1):
            known = any(max(abs(p_1 - a), abs(p_2 - b)) <= ROUND_OFF for a, b in found)
            if not known and best(p_1, p_2, cost_1) and best(p_2, p_1, cost_2):
                found.append((p_1, p_2))
    return sorted(found)


def check_costs(costs: ArrayLike, n: int) -> FloatArray:
    """Return costs as an array of shape (n,).

    Raises
    ------
    ValueError
        There is neither one cost nor one a user, or a cost is negative or not finite.
    """
    array = np.array(costs, dtype=np.float64)
    if array.shape not in {(), (n,)}:
        raise ValueError(f"costs are one number, or one for each of {n} users, not of shape {array.shape}")
    wrong = array[~(np.isfinite(array) & (array >= 0))]
    if wrong.size:
        raise ValueError(f"a cost must be finite and at least 0, not {wrong.flat[0]}")
    return np.broadcast_to(array, (n,)).copy()
