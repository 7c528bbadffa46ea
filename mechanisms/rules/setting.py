"""A market rule met with true types and reports: what audits and Algorithm 1 need to know, and no more."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import FloatArray, IntArray
from ...messages import brief
from ..coalitions.games import ClassGame
from .mechanism import Market, Mechanism, Settlement

MOST_OWNERS = 16


@dataclass(frozen=True, eq=False)
class Setting:
    """Players with types on a grid under a market rule.

    Types are numbered 1, 2, ... from little data to much; a player of a type may report any type up to it, or stay out: 0.

    Parameters
    ----------
    own
        Quality of each player's own model by type, shape (n, m + 1); column 0 is not used; nan beyond a player's largest type.
    settle
        The rule: reports (n,) to a settlement. Rewards and payments of the absent are 0.
    pool
        Quality of the model pooled from reports, as each player judges it, (n,) -> (n,).
    worth
        What the qualities that all hold are worth to each, (n,) -> (n,).
    name
        What to call it in tables.
    """

    own: FloatArray
    settle: Callable[[IntArray], Settlement]
    pool: Callable[[IntArray], FloatArray]
    worth: Callable[[FloatArray], FloatArray]
    name: str = ""
    _settled: dict[bytes, Settlement] = field(default_factory=dict, repr=False)

    @classmethod
    @validated
    def pooled(
        cls,
        mechanism: Mechanism,
        types: ArrayLike,
        quality: Callable[[FloatArray], FloatArray],
        worth: Callable[[FloatArray], FloatArray],
        name: str = "",
    ) -> "Setting":
        """Return the setting in which quality depends on the total of the valid data sizes reported.

        Parameters
        ----------
        mechanism
            The market rule.
        types
            Sizes each player may have, increasing, n rows of m.
        quality
            Q, a function of amounts of data, entry by entry, with Q(0) = 0.
        worth
            As for `Setting`.

        Raises
        ------
        ValueError
            Sizes are not n increasing rows of amounts of at least 0.

        Examples
        --------
        >>> from potluck.mechanisms import MaximalExploitation
        >>> alike = Setting.pooled(MaximalExploitation(), [[1, 2], [1, 2]], np.sqrt, lambda q: q)
        >>> reports = np.array([2, 1])
        >>> alike.payments(reports).round(3).tolist(), alike.worths(reports, reports).round(3).tolist()
        ([0.318, 0.732], [1.732, 1.732])
        """
        sizes = np.array(types, dtype=np.float64)
        if sizes.ndim != 2 or not sizes.size or (sizes < 0).any() or (np.diff(sizes, axis=1) <= 0).any():
            raise ValueError(f"types = {brief(types)}: n rows of increasing amounts of data, each at least 0")
        if len(sizes) > MOST_OWNERS:
            raise ValueError(f"{len(sizes)} players: a setting tabulates coalitions of at most {MOST_OWNERS}")
        amounts = np.column_stack([np.zeros(len(sizes)), sizes])
        players = np.arange(len(sizes))

        def market(reports: IntArray) -> Market:
            present = (reports > 0).astype(np.int64)
            coalitions = np.indices(tuple(present + 1)).reshape(len(present), -1).T
            values = quality(coalitions @ amounts[players, reports])
            game = ClassGame(np.asarray(values).reshape(tuple(present + 1)))
            return Market(games=(game,), group=np.where(present > 0, players, -1), entries=present, worth=worth)

        def pool(reports: IntArray) -> FloatArray:
            return np.full(len(sizes), float(quality(np.array([amounts[players, reports].sum()]))[0]))

        return cls(quality(amounts), lambda reports: mechanism.settle(market(reports)), pool, worth, name or mechanism.short())

    @property
    def n(self) -> int:
        """Number of players."""
        return len(self.own)

    @property
    def largest(self) -> tuple[int, ...]:
        """The number of every player's largest type."""
        return tuple(int(np.flatnonzero(~np.isnan(row))[-1]) for row in self.own)

    @property
    def profiles(self) -> int:
        """How many profiles of types there are."""
        return math.prod(self.largest)

    def settlement(self, reports: Sequence[int] | IntArray) -> Settlement:
        """Return what the rule decides for reports (n,); kept once found."""
        array = np.asarray(reports, dtype=np.int64)
        key = array.tobytes()
        if key not in self._settled:
            self._settled[key] = self.settle(array)
        return self._settled[key]

    def held(self, truth: IntArray, reports: IntArray) -> FloatArray:
        """Return the qualities all hold: the better of the model received and the one of all their data, shape (n,)."""
        return np.maximum(self.settlement(reports).rewards, self.own[np.arange(self.n), truth])

    def worths(self, truth: IntArray, reports: IntArray) -> FloatArray:
        """Return what the outcome of reports is worth to players of true types, v(x(t'), t), shape (n,)."""
        return self.worth(self.held(truth, reports))

    def payments(self, reports: IntArray) -> FloatArray:
        """Return what players pay, p(t'), shape (n,)."""
        return self.settlement(reports).payments

    def utilities(self, truth: IntArray, reports: IntArray) -> FloatArray:
        """Return worth less payment, shape (n,)."""
        return self.worths(truth, reports) - self.payments(reports)
