"""What every registered component must do; a new one joins by being registered."""

import importlib
import itertools
from dataclasses import is_dataclass
from functools import cache
from typing import Any, TypeVar, get_type_hints

import numpy as np
import pytest

from potluck.agents.platform_strategies import PLATFORM_STRATEGIES
from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS
from potluck.data.splits import SPLITS
from potluck.mechanisms import MECHANISMS, FreeSharing, Mechanism, Settlement, audit_money
from potluck.models import (
    GAMES,
    REVISIONS,
    TASKS,
    VALUATIONS,
    Classification,
    CoalitionValues,
    MarketGame,
    Preferences,
    QualityCurve,
    RepeatedGame,
    Rounds,
)
from potluck.models.games.preferences import OwnModel
from potluck.models.games.privacy import PRIVACY_LOSSES
from potluck.scenarios import SCENARIOS
from potluck.testing import check_attack, check_component, check_mechanism, check_scenario, check_strategy, check_task
from potluck.testing.markets import APART
from potluck.training.recommender import INITIALISATIONS, PRIVACY_METHODS

FURTHER_TASKS = {
    "parties judge apart": CoalitionValues(values=APART, copies=1),
    "parties are interchangeable": QualityCurve(sizes=(1, 1, 1, 2)),
    "interchangeable parties with copies": QualityCurve(sizes=(1, 1, 2), copies=2),
    "data that harms": CoalitionValues(values=[0, 0.6, 0.8, 0.5], copies=1),
    "classification with own judges": Classification(dataset="wine", parties=3, judge="own", classifier="naive-bayes", copies=1),
}
TASK_NAMES = [*TASKS.names(), *FURTHER_TASKS]
ROUNDS = 5


def small_task(name):
    return FURTHER_TASKS[name] if name in FURTHER_TASKS else TASKS.find(name).example()


@cache
def small_game(task, mechanism):
    return MarketGame(small_task(task), mechanism.example())


def played(task, mechanism, strategy, seed=1):
    model = RepeatedGame(game=small_game(task, mechanism), strategies=strategy.example(), stop=Rounds(ROUNDS), rng=seed)
    model.run_model()
    return model


def profiles_of(model):
    history = model.history().pivot(index="round", columns="player", values="action")
    return history[list(model.game.player_names)].to_numpy()


def text(model):
    return model.history().to_csv(index=False), model.rounds().to_csv(index=False)


def pairs_covered(*axes):
    """Choose few triples such that every two entries of different axes meet in one of them, greedily."""
    missing = {
        (one, a, other, b)
        for one, other in itertools.combinations(range(len(axes)), 2)
        for a, b in itertools.product(range(len(axes[one])), range(len(axes[other])))
    }
    chosen = []

    def met(triple):
        return {(one, triple[one], other, triple[other]) for one, other in itertools.combinations(range(len(axes)), 2)} & missing

    for first, second in itertools.product(range(len(axes[0])), range(len(axes[1]))):
        triple = max(((first, second, third) for third in range(len(axes[2]))), key=lambda each: len(met(each)))
        chosen.append(triple)
        missing -= met(triple)
    while missing:
        one, a, other, b = min(missing)
        fixed = {one: a, other: b}
        free = ([fixed[axis]] if axis in fixed else range(len(axes[axis])) for axis in range(len(axes)))
        chosen.append(max(itertools.product(*free), key=lambda each: len(met(each))))
        missing -= met(chosen[-1])
    return [tuple(axis[index] for axis, index in zip(axes, triple, strict=True)) for triple in chosen]


AXES = (TASK_NAMES, list(MECHANISMS), list(STRATEGIES))
CUBE = list(itertools.product(*AXES))
PAIRS = pairs_covered(*AXES)


def name_of(entry):
    return entry if isinstance(entry, str) else entry.name()


every_task = pytest.mark.parametrize("task", TASK_NAMES)
every_mechanism = pytest.mark.parametrize("mechanism", list(MECHANISMS), ids=name_of)
every_strategy = pytest.mark.parametrize("strategy", list(STRATEGIES), ids=name_of)
every_attack = pytest.mark.parametrize("attack", list(ATTACKS), ids=name_of)
every_scenario = pytest.mark.parametrize("cls", list(SCENARIOS), ids=name_of)


def test_every_two_meet():
    for one, other in itertools.combinations(range(3), 2):
        assert {(each[one], each[other]) for each in PAIRS} == set(itertools.product(AXES[one], AXES[other]))
    assert len(PAIRS) < len(CUBE) / 4


@pytest.mark.parametrize(("task", "mechanism", "strategy"), PAIRS, ids=name_of)
def test_everything_plays_with_everything(task, mechanism, strategy):
    plays_well(task, mechanism, strategy)


@pytest.mark.slow
@pytest.mark.parametrize(("task", "mechanism", "strategy"), CUBE, ids=name_of)
def test_the_whole_cube_plays(task, mechanism, strategy):
    plays_well(task, mechanism, strategy)


def plays_well(task, mechanism, strategy):
    model = played(task, mechanism, strategy)
    game = model.game
    assert model.round == ROUNDS
    for round_number, profile in enumerate(profiles_of(model)):
        outcome = game.outcome(profile)
        settlement = outcome.settlement
        assert np.isfinite([*outcome.payoffs, *settlement.rewards, *settlement.payments, outcome.profit]).all()
        assert game.exploitability(profile) >= 0
        assert model.rounds()["exploitability"][round_number] == pytest.approx(game.exploitability(profile))
        assert audit_money(game.mechanism, game.market(profile)).holds
        assert outcome.payoffs.sum() + outcome.profit == pytest.approx(game.welfare(profile))
        assert model.rounds()["welfare"][round_number] == pytest.approx(game.welfare(profile))
    assert np.isfinite(model.regrets).all()
    assert text(played(task, mechanism, strategy)) == text(model)


class Unpaid(Mechanism):
    """Another rule's models, without its payments."""

    rule: Mechanism

    def settle(self, market):
        return Settlement(self.rule.settle(market).rewards, np.zeros(market.n))


@every_task
@every_mechanism
def test_welfare_does_not_depend_on_payments(task, mechanism):
    task, rule = small_task(task), mechanism.example()
    costs = np.linspace(0, 0.5, len(task.contributions))
    preferences = Preferences(costs=tuple(costs.tolist()))
    paid, free = (MarketGame(task, each, preferences) for each in (rule, Unpaid(rule)))
    for profile in np.random.default_rng(0).integers(paid.m, size=(12, paid.n)):
        assert paid.welfare(profile) == pytest.approx(free.welfare(profile))
        market, rewards = paid.market(profile), paid.outcome(profile).settlement.rewards
        improvement = np.maximum(rewards, task.alone) - task.alone
        assert paid.welfare(profile) == pytest.approx(improvement.sum() - costs[profile].sum() + market.game.grand)


@every_mechanism
@pytest.mark.parametrize("price", [-1.0, 0.0, 0.5, 1.0, 3.0])
def test_welfare_of_the_same_models_is_the_same_under_every_rule(mechanism, price):
    """Welfare is that of free sharing, less what the models are worth less that the rule hands out; money is in one unit."""
    task, preferences = QualityCurve([1, 2, 4]), Preferences(OwnModel(price=price))
    for profile in ([1, 1, 1], [0, 1, 1]):
        free, game = (MarketGame(task, rule, preferences) for rule in (FreeSharing(), mechanism()))
        given, outcome = free.outcome(np.array(profile)), game.outcome(np.array(profile))
        less = preferences.worth(given.settlement.rewards, task.alone) - preferences.worth(outcome.settlement.rewards, task.alone)
        assert outcome.welfare == pytest.approx(given.welfare - less.sum())
        assert outcome.profit - outcome.revenue == pytest.approx(price * game.market(np.array(profile)).game.grand)
        other = MarketGame(task, mechanism(), Preferences(OwnModel(price=price), platform_price=2.0)).outcome(np.array(profile))
        assert other.profit - other.revenue == pytest.approx(2.0 * game.market(np.array(profile)).game.grand)


@every_task
def test_random_play_depends_on_the_seed(task):
    mixed = STRATEGIES.find("MixedStrategy")
    mechanism = next(iter(MECHANISMS))
    paths = {text(played(task, mechanism, mixed, seed)) for seed in (1, 2, 3)}
    assert len(paths) > 1


@every_task
def test_task(task):
    check_task(small_task(task))


@every_mechanism
def test_mechanism(mechanism):
    check_mechanism(mechanism)


@every_strategy
def test_strategy(strategy):
    check_strategy(strategy)


@pytest.mark.parametrize("rule", [*STRATEGIES, *PLATFORM_STRATEGIES], ids=lambda rule: rule.__name__)
def test_what_a_learner_knows_is_typed_and_frozen(rule):
    methods = (rule.begin, rule.learn, getattr(rule, "policy", None) or rule.terms)
    hints = [get_type_hints(method) for method in methods]
    assert Any not in [hint for each in hints for hint in each.values()]
    states = {
        hint for each in hints for name, hint in each.items() if name == "state" or (name == "return" and "state" not in each)
    }
    states = {state for state in states if not isinstance(state, TypeVar)}
    for state in states:
        assert is_dataclass(state)
        assert state.__dataclass_params__.frozen
        assert Any not in get_type_hints(state).values()


@every_attack
@every_task
def test_attack(task, attack):
    check_attack(attack, small_task(task))


@every_scenario
def test_scenario(cls):
    check_scenario(cls)


# --- the catalogue ------------------------------------------------------------------------------------------------------------

HOMES = {
    "potluck.attacks": ATTACKS,
    "potluck.mechanisms": MECHANISMS,
    "potluck.agents.platform_strategies": PLATFORM_STRATEGIES,
    "potluck.agents.strategies": STRATEGIES,
    "potluck.models.tasks": TASKS,
    "potluck.models": REVISIONS,
    "potluck.scenarios": SCENARIOS,
}
HOME_OF = [(registry, home) for home, registry in HOMES.items()]
HOME_OF += [
    (GAMES, "potluck.models.games.textbook"),
    (SPLITS, "potluck.models.tasks"),
    (VALUATIONS, "potluck.models"),
    (PRIVACY_LOSSES, "potluck.models.games.privacy"),
]
HOME_OF += [(each, "potluck.training.recommender") for each in (PRIVACY_METHODS, INITIALISATIONS)]
COMPONENTS = [(registry, cls, home) for registry, home in HOME_OF for cls in registry]
every_component = pytest.mark.parametrize(("registry", "cls", "home"), COMPONENTS, ids=[cls.name() for _, cls, _ in COMPONENTS])


def test_every_registry_holds_something():
    assert all(list(registry) for registry, _ in HOME_OF)


@every_component
def test_component(registry, cls, home):
    check_component(cls, registry)
    check_component(cls(), registry)


@every_component
def test_component_is_exported(registry, cls, home):
    package = importlib.import_module(home)
    assert cls.__name__ in package.__all__
    assert getattr(package, cls.__name__) is cls


@every_component
def test_component_is_built_from_its_name(registry, cls, home):
    component = cls()
    assert registry.find(cls.name()) is cls
    assert registry.build(cls.name()) == registry.build(cls) == component
    assert registry.build(component) is component
    assert registry.build(f"{cls.__module__}:{cls.__qualname__}") == component


@pytest.mark.parametrize("name", ["arms-race", "hiding-dynamics", "market-game", "multi-task-market", "replication-attack"])
def test_a_seed_goes_on_unchanged_to_the_game_and_its_task(name):
    """However much was drawn before; so the game of a run can be built by hand from the run's seed."""
    scenario = SCENARIOS.find(name).example()
    rng = np.random.default_rng(9)
    first = scenario.opening(rng)
    rng.random(5)
    for opening in (first, scenario.opening(rng)):
        assert opening.rng == 9
        assert getattr(opening.game.task, "seed", 9) == 9
    assert opening.game.task == first.game.task


@pytest.mark.parametrize("name", TASK_NAMES)
def test_a_task_is_its_text(name):
    task = small_task(name)
    again = TASKS.build(str(task))
    profiles = np.random.default_rng(2).integers(len(task.contributions), size=(6, task.n_parties))
    assert np.array_equal(again.worths(profiles), task.worths(profiles))
