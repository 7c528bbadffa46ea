"""What entering copies earns in a market where every coalition's gain is known: closed forms, and many games at once."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays import FloatArray, IntArray
from ...mechanisms import (
    ClassGame,
    Market,
    Mechanism,
    ReplicationRobustDivision,
    SimilarityWeighted,
    excess_game,
    market_game,
    shapley,
)

DIVISIONS: dict[str, Callable[[ClassGame], ClassGame]] = {
    "normalised": market_game,
    "printed": market_game,
    "excess": excess_game,
    "shapley": lambda game: game,
    "similarity": lambda game: game,
}
"""The game whose Shapley values divide the pot, by division.

``normalised``, ``printed`` and ``excess`` are those of `ReplicationRobustDivision`; ``similarity`` is `SimilarityWeighted`, and
``shapley`` the same without marking down.
"""

RULES: dict[str, Mechanism] = {
    "shapley": SimilarityWeighted(decay=0),
    "normalised": ReplicationRobustDivision(),
    "printed": ReplicationRobustDivision(division="printed"),
    "excess": ReplicationRobustDivision(division="excess"),
    "similarity": SimilarityWeighted(decay=math.log(2)),
}

"""The rule of each division."""

PAID_ONCE = ("shapley", "similarity")


def market_with_copies(gains: FloatArray, attacker: int, copies: int) -> Market:
    """Return the market in which one party enters ``copies`` copies beside itself, and all others enter once.

    Parameters
    ----------
    gains
        The 2^n gains of coalitions, bit i = party i.

    Examples
    --------
    >>> market_with_copies(np.array([0, 0.7, 0.8, 1]), attacker=0, copies=1).game.values.tolist()
    [[0.0, 0.8], [0.7, 1.0], [0.7, 1.0]]
    """
    return Market.of(gains[_coalitions(int(math.log2(len(gains))), attacker, copies)])


def net_of_copies(rule: Mechanism, gains: FloatArray, attacker: int, copies: int) -> float:
    """Return what a party's identities receive less what they pay, when it enters copies and all others enter once."""
    return 0.0 - float(rule.settle(market_with_copies(gains, attacker, copies)).payments[attacker])


def nets_of_copies(division: str, gains: FloatArray, attacker: int, copies: int) -> FloatArray:
    """Return `net_of_copies` of many games at once, (batch, 2^n) -> (batch,), at a unit value of 1.

    Shapley values are linear in the gains, so each is a fixed weighted sum of them.

    Parameters
    ----------
    division
        A key of ``DIVISIONS``.
    gains
        The gains of coalitions, bit i = party i, shape (batch, 2^n).

    Notes
    -----
    Where the values that divide a pot sum to 0 or less, payments are returned, as the rules do.

    Examples
    --------
    >>> nets_of_copies("normalised", np.array([[0, 0.7, 0.7, 1], [0, 1, 0.9, 1]]), attacker=0, copies=1).round(4).tolist()
    [-0.1421, 0.0667]
    """
    n = int(math.log2(gains.shape[1]))
    joint, alone = gains[:, -1:], gains[:, 1 << np.arange(n)]
    improvement = joint - alone
    entries = np.where(np.arange(n) == attacker, 1 + copies, 1)
    psi = gains @ _share_weights(DIVISIONS[division], n, attacker, copies)
    if division in PAID_ONCE:
        paid, pot = improvement[:, attacker], improvement.sum(axis=1)
        whole, marked = joint[:, 0], 2.0**-copies if division == "similarity" else 1.0
        share = np.divide(marked * pot * psi * entries[attacker], whole, out=np.zeros(len(gains)), where=whole != 0)
        return np.asarray(share - paid)
    paid, pot = entries[attacker] * improvement[:, attacker], improvement @ entries
    received = entries[attacker] * psi
    if division == "printed":
        return np.asarray(pot * received - paid)
    if division == "excess":
        return np.asarray(received - paid)
    whole = joint[:, 0] + pot
    return np.where(whole > 0, pot * received / np.where(whole > 0, whole, 1.0) - paid, 0.0)


def gains_from_copies(division: str, gains: FloatArray, attacker: int, most: int) -> FloatArray:
    """Return how much more a party has with 1..``most`` copies than with none, (batch, 2^n) -> (batch, most)."""
    honest = nets_of_copies(division, gains, attacker, 0)
    return np.stack([nets_of_copies(division, gains, attacker, k) - honest for k in range(1, most + 1)], axis=1)


@functools.cache
def _share_weights(value: Callable[[ClassGame], ClassGame], n: int, attacker: int, copies: int) -> FloatArray:
    """Return the weight of every coalition's gain in the Shapley value of one of the attacker's identities, shape (2^n,)."""
    coalitions = _coalitions(n, attacker, copies)
    weights = np.zeros(1 << n)
    for coalition in range(1, 1 << n):
        weights[coalition] = shapley(value(ClassGame((coalitions == coalition).astype(np.float64))))[attacker]
    weights.setflags(write=False)
    return weights


def _coalitions(n: int, attacker: int, copies: int) -> IntArray:
    """Return which parties each count of identities stands for, as a bit mask, shape (2, ..., 2 + copies, ..., 2)."""
    present = np.indices([2 + copies if party == attacker else 2 for party in range(n)]) > 0
    return np.tensordot(1 << np.arange(n), present, axes=1)


def closed_form(gain_1: Any, gain_2: Any, gain_both: Any, copies: int) -> Any:
    """Return party 1's net gain with ``copies`` copies in the normalised market of two parties.

    With K = copies + 1, d_i = g - g_i and pot = K d_1 + d_2: ψ_2 = (g_2 + K d_2 + d_1 K (K + 3) / 2) / (K + 1) and
    net = d_2 - pot ψ_2 / (g + pot). Derived for this project from Section 4 of the market paper. Numbers or arrays.

    Examples
    --------
    >>> round(closed_form(0.7, 0.7, 1.0, 1), 3)
    -0.142
    """
    K = copies + 1
    d1, d2 = gain_both - gain_1, gain_both - gain_2
    psi_2 = (gain_2 + K * d2 + d1 * K * (K + 3) / 2) / (K + 1)
    pot = K * d1 + d2
    return d2 - pot * psi_2 / (gain_both + pot)
