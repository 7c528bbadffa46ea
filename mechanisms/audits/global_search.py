"""A bounded search over a whole class of games, for rules whose payments are not linear in what coalitions are worth."""

from collections.abc import Callable

import numpy as np

from ...arrays import ROUND_OFF, FloatArray
from ..coalitions.game_classes import GameClass
from ..coalitions.games import CoalitionalGame
from ..rules.mechanism import Mechanism
from .linear_certificates import accounts_of, with_ends

GLOBAL_PARTIES, POPULATION, PAIRS = (2, 3), 3, 3


def is_linear(rule: Mechanism, n: int, games: GameClass, seed: int = 0) -> bool:
    """Return whether payments are found to be linear between games with the same joint and stand-alone worths, by probing.

    Of two parties nothing is between them: there, whether they are linear in all worths.

    Examples
    --------
    >>> from potluck.mechanisms import BanzhafDivision, ReplicationRobustDivision, ShapleyDivision
    >>> rules = (ShapleyDivision(), ReplicationRobustDivision(), BanzhafDivision())
    >>> [is_linear(rule, 3, GameClass("monotone")) for rule in rules]
    [True, True, False]
    """
    rng = np.random.default_rng(seed)
    for _ in range(PAIRS):
        one, other = (games.draw(n, rng).values for _ in range(2))
        other = with_ends(other, one) if n > 2 else other
        ends = [accounts_of(rule, CoalitionalGame(values), 1) for values in (one, other, (one + other) / 2)]
        if np.abs((ends[0] + ends[1]) / 2 - ends[2]).max() > ROUND_OFF * (1 + np.abs(ends).max()):
            return False
    return True


def search_globally(
    start: CoalitionalGame, ask: Callable[[CoalitionalGame], float], games: GameClass, most: int, seed: int = 0
) -> None:
    """Ask of ``most`` games all over a class: DIRECT for two parties, differential evolution from a start for three.

    Games in which more data may hurt, and monotone ones, are reached from any worths; of other classes what is asked for is
    charged for by as much as it is broken.
    """
    from scipy.optimize import Bounds, differential_evolution, direct

    n = start.n
    constraints = games.constraints(n)

    def slack(worths: FloatArray) -> float:
        values = np.concatenate([[0.0], worths])
        if games.name == "monotone":
            table = values.reshape((2,) * n)
            for axis in range(n):
                table = np.maximum.accumulate(table, axis=axis)
            values = table.ravel()
        broken = 0.0 if constraints is None else float(np.maximum(constraints[0] @ values - constraints[1], 0.0).sum())
        return ask(CoalitionalGame(values)) + broken

    size = (1 << n) - 1
    bounds = Bounds(np.zeros(size), np.ones(size))
    if n == GLOBAL_PARTIES[0]:
        direct(slack, bounds, maxfun=most)
        return
    differential_evolution(
        slack,
        bounds,
        maxiter=max(1, most // (POPULATION * size) - 1),
        popsize=POPULATION,
        x0=start.values[1:],
        rng=np.random.default_rng(seed),
        polish=False,
    )
