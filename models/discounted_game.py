"""The game in which players choose once how to play a repeated game, and are paid by discounted payoffs."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from ..agents.strategies import STRATEGIES, Strategy
from ..arguments import validated
from ..arrays import whole
from .ensemble import Ensemble
from .games.strategic import NormalFormGame, StrategicGame

NEGLIGIBLE = 1e-12
MOST_ROUNDS = 1_000_000


@validated
def discounted_game(
    game: StrategicGame, rules: Sequence[Strategy | str], discount: float, replicas: int = 1, seed: int = 0
) -> NormalFormGame:
    """Return the game whose actions are rules and whose payoffs are what their players earn, (1 - δ) Σ δ^t u(t), played out.

    Every profile of rules is played for so many rounds that what is left out weighs 1e-12 of the whole.

    Parameters
    ----------
    game
        What is played in every round.
    rules
        What each player may choose, instances or names; each is an action, named by its text.
    discount
        δ in [0, 1): what a round counts beside the one before it.
    replicas
        Over how many runs payoffs are averaged, ≥ 1; more than one is for rules that draw their actions.
    seed
        From which their seeds are made.

    Raises
    ------
    ValueError
        δ is out of range or so near 1 that more than a million rounds would be played, or there is no rule.

    Examples
    --------
    In the prisoners' dilemma grim trigger is an equilibrium from δ = (5 - 3) / (5 - 1) on.

    >>> from potluck.models.games.textbook import PrisonersDilemma
    >>> from potluck.agents.strategies import Pure
    >>> dilemma = NormalFormGame(PrisonersDilemma().game().tables[:, ::-1, ::-1], action_names=["defect", "cooperate"])
    >>> [(0, 0) in discounted_game(dilemma, ["GrimTrigger", Pure(0)], delta).pure_equilibria() for delta in (0.49, 0.51)]
    [False, True]
    """
    if not 0 <= discount < 1:
        raise ValueError(f"discount = {discount}: it must be from 0 to below 1")
    if not rules:
        raise ValueError("rules = (): give one or more")
    needed = 0 if discount == 0 else math.ceil(math.log(NEGLIGIBLE) / math.log(discount))
    if needed > MOST_ROUNDS:
        raise ValueError(f"discount = {discount}: so near 1 more than {MOST_ROUNDS} rounds would have to be played")
    chosen = [STRATEGIES.build(rule) for rule in rules]
    rounds, weights = max(1, needed), (1 - discount) * discount ** np.arange(max(1, needed) + 1)
    tables = np.zeros((game.n, *(len(chosen),) * game.n))
    for profile in itertools.product(range(len(chosen)), repeat=game.n):
        arguments = {"game": game, "strategies": [chosen[action] for action in profile], "stop": rounds}
        runs = Ensemble(arguments, whole(replicas, "replicas", 1), seed, keep="players")
        where: tuple[int | slice, ...] = (slice(None), *profile)
        tables[where] = np.tensordot(runs.payoffs_by_round.mean(axis=0), weights, axes=(0, 0))
    return NormalFormGame(tables, player_names=game.player_names, action_names=[str(rule) for rule in chosen])
