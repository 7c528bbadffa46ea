"""What every learning rule and every scenario must do."""

import numpy as np

from ..agents.strategies import STRATEGIES, Strategy
from ..models import NormalFormGame, RepeatedGame, Rounds
from ..scenarios import SCENARIOS, Scenario
from .claims import ensure, instance
from .components import check_component

ROUNDS = 8


def small_game() -> NormalFormGame:
    """Return a game of three players with two to four actions, one of which has no choice."""
    tables = np.random.default_rng(5).normal(size=(3, 4, 4, 4))
    available = np.array([[False, True, True, False], [True, True, True, True], [False, True, False, False]])
    return NormalFormGame(tables, available)


def check_strategy(strategy: Strategy | type[Strategy]) -> None:
    """Check a learning rule: it plays what is available only, the same from the same seed or a branch, and stays finite.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> from potluck.agents.strategies import BestResponse
    >>> check_strategy(BestResponse)
    """
    each = instance(strategy)
    check_component(each, STRATEGIES if type(each) in set(STRATEGIES) else None)
    game = small_game()
    played = []
    for _ in range(2):
        model = RepeatedGame(game=game, strategies=each, stop=Rounds(ROUNDS), rng=1)
        for _ in range(ROUNDS // 2):
            model.step()
        branch = model.branch()
        model.run_model()
        branch.run_model()
        ensure(branch.history().equals(model.history()), each, "a branch went on otherwise: learn must not write to its state")
        history = model.history()
        ensure(np.isfinite(model.regrets).all(), each, "regrets are not finite")
        actions = history.pivot(index="round", columns="player", values="action")[list(game.player_names)].to_numpy()
        allowed = game.available[np.arange(game.n), actions.astype(np.int64)]
        ensure(allowed.all(), each, "it played an action that is not available")
        played.append((history.to_csv(index=False), model.rounds().to_csv(index=False)))
    ensure(played[0] == played[1], each, "the same seed gave another history")


def check_scenario(scenario: Scenario | type[Scenario], seed: int = 3) -> None:
    """Check a scenario by its example: its checks come out as they should, its tables hold rows and repeat byte for byte.

    Raises
    ------
    AssertionError
        Something does not hold; the message names it.

    Examples
    --------
    >>> from potluck.scenarios import ReplicationTable
    >>> check_scenario(ReplicationTable)
    """
    each = instance(scenario)
    check_component(_cited(each), SCENARIOS if type(each) in set(SCENARIOS) else None)
    result = each.run(seed)
    ensure(result.checks, each, "it checks nothing")
    failed = [check.name for check in result.checks if not check.as_expected]
    ensure(not failed, each, f"not as expected: {'; '.join(failed)}")
    ensure(result.tables, each, "it has no table")
    for name, table in result.tables.items():
        ensure(len(table), each, f"table {name} is empty")
    again = each.run(seed).tables
    for name, table in result.tables.items():
        ensure(table.to_csv(index=False) == again[name].to_csv(index=False), each, f"table {name} differs from run to run")
    ensure(len(result.figures) == len(result.document()["figures"]), each, "a figure that it names is not drawn")
    ensure(result.document()["seed"] == seed, each, "the document has another seed")
    try:
        each.run(-1)
    except ValueError:
        return
    raise AssertionError(f"{each}: it runs with seed -1")


def _cited(scenario: Scenario) -> Scenario:
    cls = type(scenario)
    if cls.paper is not None:
        ensure(cls.where and cls.paper.key and str(cls.paper.year) in str(cls.paper), cls.name(), "it says no place in its paper")
    return scenario
