"""What rewards in models should be: valid, rational, fair and stable, each checked with its slack and a counterexample.

All are about everybody together, the grand coalition, and take a game and the rewards r (n,) of its players. Differences in worth
of up to ``tolerance`` (relative to the largest worth in the game) count as none, in what is demanded and in what it is
demanded for; rewards that must differ must do so strictly.

Source: Collaborative Machine Learning with Incentive-Aware Model Rewards, Sections 4.1 and 4.1.2.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from ...arguments import validated
from ...arrays import ROUND_OFF
from ..coalitions.games import CoalitionalGame
from ..values import shapley
from .reward_audit import RewardAudit, checked_rewards, judge, scale_of, worst_coalition, worst_player
from .reward_fairness import strict_desirability, symmetry, uselessness


def non_negativity(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R1: no reward is negative.

    Parameters
    ----------
    game
        What coalitions are worth.
    rewards
        Shape (n,), finite.
    tolerance
        See the head of the module.

    Returns
    -------
    RewardAudit
        The slack is negative by as much as the condition is broken; infinite where it asks for nothing.

    Raises
    ------
    ValueError
        Rewards have another shape or are not finite.

    Examples
    --------
    >>> non_negativity(CoalitionalGame([0, 7, 5, 8]), [8, -1]).note
    'broken at player 2: slack -1'
    """
    return worst_player("R1 non-negativity", game, rewards, lambda r: r, tolerance)


def feasibility(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R2: nobody gets more than the joint model is worth. Parameters as for `non_negativity`.

    Examples
    --------
    >>> feasibility(CoalitionalGame([0, 7, 5, 8]), [8, 4.8]).holds
    True
    """
    return worst_player("R2 feasibility", game, rewards, lambda r: game.grand - r, tolerance)


def weak_efficiency(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R3: somebody gets a model worth as much as the joint one. Parameters as for `non_negativity`.

    Examples
    --------
    >>> weak_efficiency(CoalitionalGame([0, 7, 5, 8]), [5, 3]).slack  # Shapley values themselves are not efficient
    -3.0
    """
    r = checked_rewards(game, rewards)
    return judge("R3 weak efficiency", -float(np.abs(game.grand - r).min()), scale_of(game) * tolerance)


@validated
def individual_rationality(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R4: nobody gets less than its own data gives. Parameters as for `non_negativity`.

    Examples
    --------
    >>> individual_rationality(CoalitionalGame([0, 7, 5, 8]), [8, 4.8]).note
    'broken at player 2: slack -0.2'
    """
    alone = game.values[1 << np.arange(game.n)]
    return worst_player("R4 individual rationality", game, rewards, lambda r: r - alone, tolerance)


@validated
def stability(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check Definition 3: in every coalition somebody gets at least what the coalition is worth on its own.

    The definition needs coalitions that are not empty: nobody is in the empty one, and as printed nothing is stable.
    Parameters as for `non_negativity`.

    Examples
    --------
    >>> stability(CoalitionalGame([0, 7, 5, 8]), [8, 4.8]).note
    'broken at coalition {2}: slack -0.2'
    """
    r = checked_rewards(game, rewards)
    best = np.full(len(game.values), -math.inf)
    for player in range(game.n):
        best[1 << player : 2 << player] = np.maximum(best[: 1 << player], r[player])
    return worst_coalition("stability (Definition 3)", best[1:] - game.values[1:], scale_of(game) * tolerance)


@validated
def grand_coalition_stability(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R6: in every coalition whoever has its largest Shapley value gets at least what it is worth on its own.

    Shapley values that differ by less than 1e-9 of the largest count as equal. Parameters as for `non_negativity`.

    Examples
    --------
    >>> grand_coalition_stability(CoalitionalGame([0, 7, 5, 8]), [8, 5]).holds
    True
    """
    r, phi = checked_rewards(game, rewards), shapley(game)
    largest = np.full(len(game.values), -math.inf)
    for player in range(game.n):
        largest[1 << player : 2 << player] = np.maximum(largest[: 1 << player], phi[player])
    least = np.full(len(game.values), math.inf)
    masks = np.arange(len(game.values))
    for player in range(game.n):
        leads = (masks >> player & 1).astype(bool) & (phi[player] >= largest - ROUND_OFF * abs(phi).max())
        least[leads] = np.minimum(least[leads], r[player])
    return worst_coalition("R6 stability of the grand coalition", least[1:] - game.values[1:], scale_of(game) * tolerance)


def group_welfare(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> RewardAudit:
    """Check R7: rewards add up to the most that is feasible, n v_N: everybody has the joint model.

    Parameters as for `non_negativity`.

    Examples
    --------
    >>> group_welfare(CoalitionalGame([0, 7, 5, 8]), [8, 5]).slack
    -3.0
    """
    r = checked_rewards(game, rewards)
    return judge("R7 group welfare", float(r.sum()) - game.n * game.grand, game.n * scale_of(game) * tolerance)


CONDITIONS = (
    non_negativity,
    feasibility,
    weak_efficiency,
    individual_rationality,
    uselessness,
    symmetry,
    strict_desirability,
    grand_coalition_stability,
    group_welfare,
    stability,
)


@validated
def audit_rewards(game: CoalitionalGame, rewards: ArrayLike, tolerance: float = ROUND_OFF) -> tuple[RewardAudit, ...]:
    """Check rewards against all conditions on one game: R1 to R4, F1 to F3, R6, R7 and Definition 3.

    R5 is F1 to F4; F4 compares two games, see `strict_monotonicity`. Parameters as for `non_negativity`.

    Examples
    --------
    >>> audits = audit_rewards(CoalitionalGame([0, 7, 5, 8]), [8, 4.8])
    >>> [audit.promise for audit in audits if not audit.holds]  # doctest: +NORMALIZE_WHITESPACE
    ['R4 individual rationality', 'R6 stability of the grand coalition', 'R7 group welfare', 'stability (Definition 3)']
    """
    return tuple(condition(game, rewards, tolerance) for condition in CONDITIONS)
