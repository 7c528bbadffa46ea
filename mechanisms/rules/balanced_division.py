"""Division by weights of coalitions' sizes that sums to what is paid, whatever the game."""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from ..coalitions.games import ClassGame
from ..values import shapley
from .mechanism import MECHANISMS, Market, Mechanism, Settlement

Weight = Annotated[float, Field(ge=-1e6, le=1e6)]


@MECHANISMS.register
class BalancedDivision(Mechanism):
    """Every identity pays what its model improves; the pot is divided by a linear, symmetric rule that sums to it by itself.

    With m identities, i receives (1 - τ) (m ψ_i - G_i) + τ (G_M - G_i), where ψ is the Shapley value of the gains G. At τ = 0
    that is the only linear, symmetric division of the pot that gives nothing to data that adds nothing to any coalition; at τ = 1
    everybody gets its payment back. In between, data that adds nothing is given the share τ of its payment.

    Parameters
    ----------
    unearned
        τ, in [0, 1].
    weights
        Other weights for few identities: for m = 2, 3, ... a row of m - 1 numbers α_s, for sizes s = 1 .. m - 1. A coalition of
        size s then counts α_s for its members, and β_s = -s α_s / (m - s) for the others, β_1 = -(1 + α_1) / (m - 1).
        `potluck design` finds weights of which copies gain least.

    Raises
    ------
    ValueError
        A row of weights has another length.

    Notes
    -----
    Where parties judge apart, the mean of their judgements decides what is paid and received. Shares are at least 0 where more
    data never hurts, for the default weights; elsewhere they may be negative.

    Examples
    --------
    Two parties, the second of no use.

    >>> from potluck.mechanisms import Market
    >>> market = Market.of([[0, 0], [0.6, 0.6]])
    >>> [BalancedDivision(unearned).settle(market).payments.round(3).tolist() for unearned in (0, 0.5, 1)]
    [[-0.6, 0.6], [-0.3, 0.3], [0.0, 0.0]]
    """

    source = "original; weights by counterexample-guided search (balanced linear values as in Ruiz, Valenciano & Zarzuelo 1998)"

    unearned: Annotated[float, Field(ge=0, le=1)] = 0.25
    weights: tuple[tuple[Weight, ...], ...] = ()

    def model_post_init(self, context: object, /) -> None:
        """Check the rows' lengths."""
        for index, row in enumerate(self.weights):
            if len(row) != index + 1:
                raise ValueError(
                    f"weights: row {index + 1} is of {index + 2} identities and has {index + 1} entries, not {len(row)}"
                )

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and what each party's identities pay less what they receive."""
        game = market.game
        single = market.single_values(game)
        present = np.array(game.sizes) > 0
        paid = np.where(present, game.grand - single, 0.0)
        return Settlement(market.joint_model(), market.by_owner(paid - self._shares(game, single, paid)))

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0: the pot is handed out."""
        return (0.0, 0.0)

    def _shares(self, game: ClassGame, single: FloatArray, paid: FloatArray) -> FloatArray:
        """Return what one identity of each class receives, shape (c,)."""
        m = game.n
        if not 0 <= m - 2 < len(self.weights):
            earned = np.where(np.array(game.sizes) > 0, m * shapley(game) - single, 0.0)
            return np.asarray((1 - self.unearned) * earned + self.unearned * paid)
        sizes = np.array(game.sizes)
        counts = np.indices(tuple(sizes + 1)).reshape(len(sizes), -1)
        size = counts.sum(axis=0)
        ways = np.array([math.prod(map(math.comb, sizes.tolist(), column)) for column in counts.T.tolist()], dtype=np.float64)
        inside, outside = np.zeros(m + 1), np.zeros(m + 1)
        inside[1:m], inside[m] = self.weights[m - 2], 1.0
        steps = np.arange(1, m)
        outside[1:m] = -steps * inside[1:m] / (m - steps)
        outside[1] -= 1 / (m - 1)
        # of the ways to choose so many of each class, the share counts / sizes holds a given identity
        holds = counts / np.maximum(sizes, 1)[:, None]
        value = game.values.ravel() * ways
        received = (holds * (inside[size] * value) + (1 - holds) * (outside[size] * value)).sum(axis=1)
        return np.asarray(np.where(sizes > 0, received, 0.0))
