"""What learners make of a designed rule: whether play near honesty returns to it, under dynamics of this library."""

from dataclasses import dataclass

import numpy as np

from ...agents.strategies import BestResponse, Replicator
from ...attacks import AttackGame, Replicate
from ...mechanisms import Mechanism
from ...mechanisms.coalitions.game_classes import GameClass
from ...models import Alternating, CoalitionValues, RepeatedGame, Rounds, Simultaneous

NEAR, ROUNDS, STEP, GONE = 0.9, 400, 20.0, 1e-3


@dataclass(frozen=True)
class HonestyPlayed:
    """How often play that began near the honest profile came back to it.

    Parameters
    ----------
    returned, runs
        How many of how many runs: best responses from every party that attacks alone, and replicator dynamics from mixes of
        which a tenth attacks.
    """

    returned: int
    runs: int


def play_honesty(
    rule: Mechanism, parties: int, copies: int, margin: float, games: int = 3, rng: np.random.Generator | None = None
) -> HonestyPlayed:
    """Play a rule by learners who may enter copies, on random monotone games in which everybody improves at least ``margin``.

    Where honesty is a strict equilibrium these dynamics return to it, which is looked at here.

    Examples
    --------
    >>> from potluck.mechanisms import BalancedDivision, ShapleyDivision
    >>> [play_honesty(rule, 3, 1, 0.1, games=1).returned for rule in (BalancedDivision(0.5), ShapleyDivision())]
    [4, 0]
    """
    chosen = np.random.default_rng(0) if rng is None else rng
    attacks = [Replicate(count) for count in range(1, copies + 1)]
    returned = runs = 0
    for _ in range(games):
        values = GameClass("monotone").draw(parties, chosen).values
        worths = np.append((1 - margin) * values[:-1] / max(float(values.max()), 1e-9), 1.0)
        game = AttackGame(CoalitionValues(tuple(worths.tolist())), rule, attacks)
        for party in range(parties):
            start = np.where(np.arange(parties) == party, copies, 0)
            model = RepeatedGame(
                game=game, strategies=BestResponse(), revision=Alternating(), stop=Rounds(4 * parties), initial=start, rng=0
            )
            model.run_model()
            returned += bool((model.actions == 0).all())
            runs += 1
        mix = (NEAR, *((1 - NEAR) / copies,) * copies)
        returned += _comes_back(game, Replicator(step=STEP, start=mix))
        runs += 1
    return HonestyPlayed(returned, runs)


def _comes_back(game: AttackGame, learner: Replicator) -> bool:
    model = RepeatedGame(game=game, strategies=learner, revision=Simultaneous(), stop=Rounds(ROUNDS), rng=0)
    model.run_model()
    return float(np.asarray(model.policy)[:, 0].min()) > 1 - GONE
