"""What the paper says in passing of the value of data and of rewards: information gain, Proposition 1, a power ρ."""

from collections.abc import Callable, Sequence

import numpy as np

from ...arrays import ROUND_OFF
from ...mechanisms import CoalitionalGame, shapley, shapley_rewards, strict_desirability, strict_monotonicity
from ...mechanisms.audits.reward_fairness import symmetry, uselessness
from ...verdicts import Verdict, printed

POWERS = (0.2, 0.5, 0.8)
Rise = tuple[CoalitionalGame, CoalitionalGame, int]


def value_of_data(games: Sequence[CoalitionalGame]) -> list[Verdict]:
    """Return the verdicts on the four properties of information gain, over games of data about a linear model.

    Examples
    --------
    >>> [verdict.outcome.value for verdict in value_of_data([CoalitionalGame([0, 1, 1, 1.5])])]
    ['reproduced', 'reproduced', 'reproduced', 'reproduced']
    """
    if not games:
        return []
    empty = max(abs(float(game.values[0])) for game in games)
    least = min(float(game.values.min()) for game in games)
    added = [_added(game) for game in games]
    smallest = min(float(np.nanmin(each)) for each in added)
    most = max(_rise_of_marginals(each) for each in added)
    where = printed("Section 3, properties of the value (1)")
    over = f"over {len(games)} games"
    return [
        Verdict.number("an empty coalition has no value", where, 0.0, empty, 0.0),
        Verdict.statement(
            "data of any coalition has non-negative value", where, "v_C ≥ 0", f"at least {least:.4g} {over}", least >= 0
        ),
        Verdict.statement(
            "information gain is monotone",
            where,
            "adding more parties to a coalition cannot decrease the value of its data",
            f"a party adds at least {smallest:.4g} {over}",
            smallest >= -ROUND_OFF,
        ),
        Verdict.statement(
            "information gain is submodular",
            where,
            "data of any party is less valuable to a larger coalition",
            f"a party adds at most {most:.4g} more to a larger coalition, {over}",
            most <= ROUND_OFF,
        ),
    ]


def proposition_1(rises: Sequence[Rise]) -> list[Verdict]:
    """Return the verdict on Proposition 1: Shapley values as rewards are fair (F1 to F4), game by game.

    Parameters
    ----------
    rises
        Games, each with one in which some coalitions with a player are worth more, and that player.
    """
    scheme: Callable[[CoalitionalGame], np.ndarray] = shapley
    broken = dict.fromkeys(("F1", "F2", "F3", "F4"), 0)
    for before, after, player in rises:
        phi = scheme(before)
        for name, audit in (("F1", uselessness), ("F2", symmetry), ("F3", strict_desirability)):
            broken[name] += not audit(before, phi).holds
        broken["F4"] += not strict_monotonicity(before, after, player, scheme).holds
    return [
        Verdict.statement(
            "Proposition 1: Shapley values as rewards are fair",
            printed("Proposition 1 (R5)"),
            "r_i = Shapley_v(i) for all i satisfy R5",
            f"{', '.join(f'{name} broken in {count}' for name, count in broken.items())} of {len(rises)} games",
            not any(broken.values()),
        )
    ]


def factor_of_a_power(games: Sequence[CoalitionalGame]) -> list[Verdict]:
    """Return the verdict on what a power ρ < 1 multiplies purely Shapley fair rewards by: (φ*/φ_i)^(1-ρ), at least 1.

    Examples
    --------
    >>> [verdict.outcome.value for verdict in factor_of_a_power([CoalitionalGame([0, 7, 5, 8])])]
    ['reproduced']
    """
    apart, least = 0.0, np.inf
    for game in games:
        phi, fair = shapley(game), shapley_rewards(game, 1.0)
        some = phi > ROUND_OFF * phi.max()
        for rho in POWERS:
            factor = shapley_rewards(game, rho)[some] / fair[some]
            apart = max(apart, float(np.abs(factor / (phi.max() / phi[some]) ** (1 - rho) - 1).max()))
            least = min(least, float(factor.min()))
    return [
        Verdict.statement(
            "a power ρ < 1 multiplies a purely Shapley fair reward by (φ*/φ_i)^(1 - ρ) ≥ 1",
            printed("Section 4.2, after Theorem 1"),
            "r_i is (φ*/φ_i)^(1 - ρ) ≥ 1 times as large as at ρ = 1",
            f"relative distance {apart:.1g}, least factor {least:.4g}, over {len(games)} games at ρ = 0.2, 0.5, 0.8",
            bool(apart <= ROUND_OFF and least >= 1 - ROUND_OFF),
        )
    ]


def _added(game: CoalitionalGame) -> np.ndarray:
    """Return what every player adds to every coalition, (n, 2^n); nan where it is a member."""
    masks = np.arange(1 << game.n)
    added = np.full((game.n, 1 << game.n), np.nan)
    for player in range(game.n):
        rest = masks[masks >> player & 1 == 0]
        added[player, rest] = game.values[rest | 1 << player] - game.values[rest]
    return added


def _rise_of_marginals(added: np.ndarray) -> float:
    """Return by how much a player adds more to a coalition at most once one more player is in it."""
    n, size = added.shape
    masks = np.arange(size)
    worst = -np.inf
    for other in range(n):
        rest = masks[masks >> other & 1 == 0]
        rises = added[:, rest | 1 << other] - added[:, rest]
        if np.isfinite(rises).any():
            worst = max(worst, float(np.nanmax(rises)))
    return worst
