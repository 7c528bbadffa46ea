"""The collaborative market whose parties pay for their improvement and share what is paid."""

import math
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from pydantic import Field

from ..arrays import IntArray
from .coalition import ClassGame
from .mechanism import MECHANISMS, Market, Mechanism, Settlement
from .values import shapley


@MECHANISMS.register
class ReplicationRobustDivision(Mechanism):
    """Every identity pays for what the joint model improves on its own; the pot is divided by a Shapley value.

    Who enters data must also ask for a model, and pays for the improvement: a_i = c (G_M - G_i), for every identity. The pot
    a = Σ a_i is divided in proportion to the Shapley values ψ of v(S) = G_S + Σ_{j in S} (G_S - G_j) (collaborative machine
    learning markets, Section 4).

    Parameters
    ----------
    as_printed
        The paper's b_i = a ψ_i. Since Σ ψ_i = G_M + a / c, it pays out more than was paid in exactly when G_M + a / c > 1, and
        copying pays ever more. The default b_i = a ψ_i / Σ ψ_j balances.
    unit_value
        The price c > 0 of a unit of improvement.

    Notes
    -----
    The paper claims robustness to replication. The default form is robust in most games, not in all: an identity whose own
    improvement is small pays little for a copy. Parties who judge by data of their own each fill a pot that is divided by
    their own judgment; where all judge alike this is the same rule. Where Σ ψ ≤ 0 there is nothing to divide by,
    and everybody gets its payment back.

    Examples
    --------
    Two like owners: without copies nobody gains; a copy costs its owner 0.142.

    >>> from potluck.mechanisms import Market
    >>> ReplicationRobustDivision().settle(Market.of([[0, 0.7], [0.7, 1]])).payments.round(3).tolist()
    [0.0, 0.0]
    >>> ReplicationRobustDivision().settle(Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])).payments.round(3).tolist()
    [0.142, -0.142]
    """

    source = "Ohrimenko, Tople & Tschiatschek (2019), Collaborative Machine Learning Markets, Section 4"

    as_printed: bool = False
    unit_value: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for everybody present, and per owner what its identities pay less what they receive."""
        paid = market.entries * market.improvement * self.unit_value
        received = np.zeros(market.n)
        for game, payers in self._pots(market):
            value = market_game(game)
            if value.grand <= 0 and not self.as_printed:
                received[payers] += paid[payers]
            else:
                pot = float(np.dot(market.multiplicity[payers], paid[payers]))
                received += pot * market.by_owner(shapley(value)) / (1.0 if self.as_printed else value.grand)
        return Settlement(rewards=market.joint_model(), payments=paid - received)

    def revenue_range(self, market: Market) -> tuple[float, float]:
        """Return 0 for the form that balances; the printed form promises nothing."""
        return super().revenue_range(market) if self.as_printed else (0.0, 0.0)

    @staticmethod
    def _pots(market: Market) -> Iterator[tuple[ClassGame, IntArray]]:
        """Yield each pot as the game that divides it and the owners who fill it."""
        payers = np.flatnonzero(market.present)
        if len(market.games) == 1:
            yield market.game, payers
        else:
            yield from ((market.game_of(int(owner)), payers[[place]]) for place, owner in enumerate(payers))


def market_game(game: ClassGame) -> ClassGame:
    """Return v(S) = G_S + Σ_{j in S} (G_S - G_j), the market's characteristic function, from the gains G.

    Source: collaborative machine learning markets, Section 4; v(M) = G_M + Σ_j (G_M - G_j).

    Examples
    --------
    >>> market_game(ClassGame([[0, 0.7], [0.7, 1]])).values.round(3).tolist()
    [[0.0, 0.7], [0.7, 1.6]]
    """
    counts = np.indices(game.values.shape)
    single = Market.single_values(game)
    members = counts.sum(axis=0)
    return ClassGame(game.values * (1 + members) - np.tensordot(single, counts, axes=1))
