"""What players gain in accuracy when each protects its data at a privacy level."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from ....arguments import validated
from ....arrays import FloatArray

Others: TypeAlias = Literal["product", "mean"]


class Benefit(ABC):
    """The benefit b_n of every player at every profile of privacy levels: two players or more.

    `values` is all a benefit must say. Definition 4 of the paper is applied on top of it: a player at level 1 gains nothing, and
    of two players neither does the other. Among three or more the others still have each other; whether one that leaves takes the
    whole gain with it is what ``values`` says.

    Examples
    --------
    >>> class Even(Benefit):
    ...     n = 2
    ...     def values(self, levels):
    ...         return np.repeat(1 - levels.mean(axis=1, keepdims=True), 2, axis=1)
    >>> Even().at([[0, 0.5], [0.5, 1]]).tolist()
    [[0.75, 0.75], [0.0, 0.0]]
    """

    @property
    @abstractmethod
    def n(self) -> int:
        """Number of players, ≥ 2."""

    definition_4: bool = True
    """Whether level 1 means no benefit, whatever `values` says."""

    @abstractmethod
    def values(self, levels: FloatArray) -> FloatArray:
        """Return everybody's benefits at profiles of levels in [0, 1], (batch, n) -> (batch, n)."""

    def knots(self, player: int, levels: FloatArray) -> FloatArray:
        """Return where in its own level a player's benefit has kinks, the others' fixed, shape (k,); none unless it is told."""
        return np.zeros(0)

    def at(self, levels: ArrayLike) -> FloatArray:
        """Return everybody's benefits, (batch, n) -> (batch, n), after checking the levels, with Definition 4.

        Raises
        ------
        ValueError
            The shape is another, a level lies outside [0, 1], or a benefit is not finite.
        """
        array = check_levels(levels, self.n)
        values = np.asarray(self.values(array), dtype=np.float64)
        if values.shape != array.shape:
            raise ValueError(
                f"{type(self).__name__}: benefits have shape {values.shape}, levels {array.shape}; they must be equal"
            )
        if not np.isfinite(values).all():
            raise ValueError(f"{type(self).__name__}: a benefit is not finite")
        if not self.definition_4:
            return values
        left = array == 1
        return np.where(left.any(axis=1, keepdims=True) if self.n == 2 else left, 0.0, values)


def check_levels(levels: ArrayLike, n: int) -> FloatArray:
    """Return profiles of privacy levels as an array of shape (batch, n).

    Raises
    ------
    ValueError
        The shape is another, or a level lies outside [0, 1].
    """
    array = np.asarray(levels, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != n:
        raise ValueError(f"privacy levels have shape (batch, {n}), a level a player, not {array.shape}")
    wrong = array[~((array >= 0) & (array <= 1))]
    if wrong.size:
        raise ValueError(f"a privacy level lies in [0, 1], not {wrong[0]:g}")
    return array


@validated
@dataclass(frozen=True)
class SmoothBenefit(Benefit):
    """The closed form b_n = G_n (1 - p_n²) S, with S the product or the mean of 1 - p over the other players.

    Against a privacy loss 1 - p the best response is min(1, r / (2 G S)), r = C / B. With ``product`` one player that leaves
    takes everybody's gain with it; with ``mean`` the rest go on.

    Parameters
    ----------
    gains
        G_n > 0, one a player.
    others
        How the others' levels count. For two players the two are the same.

    Raises
    ------
    ValueError
        There are fewer than two players, a gain is not above 0, or the others count in no way there is.

    Examples
    --------
    >>> SmoothBenefit((0.5, 0.8)).at([[0, 0], [0.5, 0]]).tolist()
    [[0.5, 0.8], [0.375, 0.4]]
    """

    gains: tuple[float, ...]
    others: Others = "product"

    def __post_init__(self) -> None:
        if self.others not in get_args(Others):
            raise ValueError(f"others = {self.others!r}: it is one of {', '.join(get_args(Others))}")
        if len(self.gains) < 2:
            raise ValueError(f"gains = {self.gains}: collaborative learning takes two players or more")
        if not all(np.isfinite(gain) and gain > 0 for gain in self.gains):
            raise ValueError(f"gains = {self.gains}: each must be above 0")

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.gains)

    def values(self, levels: FloatArray) -> FloatArray:
        """Return G (1 - p²) S, (batch, n) -> (batch, n)."""
        shared = 1 - levels
        pool = np.prod if self.others == "product" else np.mean
        joined = np.stack([pool(np.delete(shared, player, axis=1), axis=1) for player in range(self.n)], axis=1)
        return np.asarray(np.array(self.gains) * (1 - levels**2) * joined)


def linear_benefit(alone: FloatArray, together: FloatArray) -> FloatArray:
    """Return [θ - Φ]⁺ (eq. 4): by how much training together lowers the error of training alone, not below 0.

    Examples
    --------
    >>> linear_benefit(np.array([0.9, 0.9]), np.array([0.7, 1.0])).round(3).tolist()
    [0.2, 0.0]
    """
    return np.maximum(alone - together, 0.0)


@dataclass(frozen=True)
class ErrorBenefit(Benefit):
    """The benefit b(θ_n, Φ_n(p)) of model errors that are known by a formula.

    Parameters
    ----------
    alone
        Error θ_n of every player's model trained alone.
    together
        Φ: the errors of training together, (batch, n) levels -> (batch, n).
    benefit
        b, of arrays of errors alone and together.

    Raises
    ------
    ValueError
        There are fewer than two players, or an error is not finite.

    Examples
    --------
    >>> errors = ErrorBenefit((0.9, 0.9), lambda levels: 0.5 + 0.4 * levels + 0.1 * levels[:, ::-1])
    >>> errors.at([[0.5, 0]]).round(3).tolist()
    [[0.2, 0.35]]
    """

    alone: tuple[float, ...]
    together: Callable[[FloatArray], FloatArray]
    benefit: Callable[[FloatArray, FloatArray], FloatArray] = linear_benefit

    def __post_init__(self) -> None:
        if len(self.alone) < 2 or not np.isfinite(self.alone).all():
            raise ValueError(f"alone = {self.alone}: errors of two players or more, finite")

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.alone)

    def values(self, levels: FloatArray) -> FloatArray:
        """Return b(θ, Φ(p)), (batch, n) -> (batch, n)."""
        errors = np.asarray(self.together(levels), dtype=np.float64)
        return self.benefit(np.broadcast_to(np.array(self.alone), errors.shape), errors)
