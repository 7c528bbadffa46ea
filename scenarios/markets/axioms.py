"""The properties that a data market is asked for, each as a slack on one game of gains."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray, IntArray
from ...mechanisms import Mechanism
from .copying import market_with_copies, net_of_copies

MOST_COPIES = 3


@dataclass(frozen=True)
class Axiom:
    """A property of a division rule.

    Parameters
    ----------
    name
        What it is called.
    says
        What it asks, with its place in the paper.
    slack
        (rule, gains) -> how far the rule keeps it in a game, negative by as much as it breaks it; nan where it asks nothing.
        Gains are the 2^n of coalitions, bit i = party i, at a unit value of 1.
    of_paper
        Whether the paper asks it.
    """

    name: str
    says: str
    slack: Callable[[Mechanism, FloatArray], float]
    of_paper: bool = True


def _paid(rule: Mechanism, gains: FloatArray) -> FloatArray:
    """Return the payments of parties who all enter once, shape (n,)."""
    return rule.settle(market_with_copies(gains, 0, 0)).payments


def _alone(gains: FloatArray) -> FloatArray:
    return np.asarray(gains[1 << np.arange(len(gains).bit_length() - 1)])


def _least(values: FloatArray) -> float:
    return float(values.min()) if len(values) else np.nan


def balance(rule: Mechanism, gains: FloatArray) -> float:
    """Return minus the largest distance of all payments' sum from 0, where the first party enters no copy or one."""
    markets = [market_with_copies(gains, 0, copies) for copies in (0, 1)]
    return -max(abs(float(rule.settle(market).payments.sum())) for market in markets)


def symmetry(rule: Mechanism, gains: FloatArray) -> float:
    """Return minus the largest difference in payment between two parties that the gains treat alike."""
    payments = _paid(rule, gains)
    n = len(payments)
    apart = [
        -abs(payments[i] - payments[j]) for i in range(n) for j in range(i) if np.array_equal(gains, gains[_swapped(n, i, j)])
    ]
    return _least(np.array(apart))


def zero_element_buyer(rule: Mechanism, gains: FloatArray) -> float:
    """Return the least that a party receives net whose performance does not increase."""
    return _least(-_paid(rule, gains)[_alone(gains) == gains[-1]])


def zero_element_buyer_as_printed(rule: Mechanism, gains: FloatArray) -> float:
    """Return minus the most by which such a party's payoff differs from its fee, t_i = A_i."""
    return _least(-np.abs(_paid(rule, gains)[_alone(gains) == gains[-1]]))


def replication(rule: Mechanism, gains: FloatArray) -> float:
    """Return minus the most that a party gains by entering 1 to 3 copies while all others enter once."""
    honest = -_paid(rule, gains)
    most: float = max(
        net_of_copies(rule, gains, party, k) - honest[party] for party in range(len(honest)) for k in range(1, MOST_COPIES + 1)
    )
    return -most


def participation(rule: Mechanism, gains: FloatArray) -> float:
    """Return the least that a party has from the market: its model's improvement less its payment."""
    return _least(gains[-1] - _alone(gains) - _paid(rule, gains))


def null_data(rule: Mechanism, gains: FloatArray) -> float:
    """Return minus the most that data is paid that improves no coalition."""
    n = len(gains).bit_length() - 1
    masks = np.arange(len(gains))
    null = np.array([np.array_equal(gains[masks | 1 << i], gains[masks & ~(1 << i)]) for i in range(n)])
    received = gains[-1] - _alone(gains) - _paid(rule, gains)
    return _least(-received[null])


def joining(rule: Mechanism, gains: FloatArray) -> float:
    """Return the least that the last party's joining changes for one that is there already, in model and money."""
    if len(gains) <= 4:
        return np.nan
    before = gains[: len(gains) // 2]
    there = len(before).bit_length() - 1
    after_payoff = gains[-1] - _paid(rule, gains)[:there]
    return _least(after_payoff - (before[-1] - _paid(rule, before)))


def _swapped(n: int, i: int, j: int) -> IntArray:
    masks = np.arange(1 << n)
    differ = (masks >> i ^ masks >> j) & 1
    return np.asarray(masks ^ (differ << i | differ << j))


AXIOMS = (
    Axiom("balance", "Σ b_i = Σ a_i (Section 3.1)", balance),
    Axiom("symmetry", "equal training and validation sets earn equal payoffs (Section 3.1)", symmetry),
    Axiom("zero-element buyer", "who improves nothing gets at least its fee back (Section 3.1)", zero_element_buyer),
    Axiom("zero-element buyer as printed", "who improves nothing has t_i = A_i (Section 3.1)", zero_element_buyer_as_printed),
    Axiom("replication", "1 to 3 copies do not earn more (Section 3.1)", replication),
    Axiom("participation", "nobody is worse off than alone", participation, of_paper=False),
    Axiom("null data", "data that improves no coalition is not paid", null_data, of_paper=False),
    Axiom("joining", "nobody loses when another party joins", joining, of_paper=False),
)
