"""What every registered component must do; a new one joins by being registered."""

import importlib
import math
from functools import cache

import numpy as np
import pytest

from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS, Scheme, candidates, settle
from potluck.data.splits import SPLITS
from potluck.mechanisms import MECHANISMS, ClassGame, Market, Mechanism, Settlement, audit_money
from potluck.models import (
    REVISIONS,
    TASKS,
    VALUATIONS,
    BayesianLinearRegression,
    BestSubset,
    Classification,
    CoalitionValues,
    DataPortions,
    FederatedMeanEstimation,
    GaussianProcessRegression,
    MarketGame,
    MatrixFactorization,
    MeanEstimation,
    Preferences,
    QualityCurve,
    RepeatedGame,
    Rounds,
    SparseGaussianProcess,
)
from potluck.models.games.privacy import PRIVACY_LOSSES
from potluck.scenarios import SCENARIOS

OWN_JUDGES = [
    [0.0, 0.6, 0.2, 0.8, 0.1, 0.7, 0.5, 1.0],
    [0.0, 0.3, 0.5, 0.6, 0.4, 0.6, 0.9, 0.9],
    [0.0, 0.4, 0.3, 0.6, 0.8, 0.9, 0.8, 0.9],
]
FRIEDMAN_KERNEL = {"noise": 1.0, "signals": (5000.0,), "lengthscales": (1.2, 1.1, 2.6, 15.0, 27.0, 400.0)}
SMALL_TASKS = {
    "BayesianLinearRegression": BayesianLinearRegression(rows=12, noise=0.5, levels=(0.5, 1)),
    "BestSubset": BestSubset(CoalitionValues(values=[0, 0.6, 0.8, 0.5], copies=1)),
    "Classification": Classification(dataset="wine", parties=3, copies=1),
    "CoalitionValues": CoalitionValues(values=OWN_JUDGES[0], copies=1),
    "DataPortions": DataPortions(sizes=(1, 2), copies=1),
    "FederatedMeanEstimation": FederatedMeanEstimation(sizes=(1, 10, 10), s2=0.1, t2=100),
    "GaussianProcessRegression": GaussianProcessRegression(rows=12, copies=1, **FRIEDMAN_KERNEL),
    "MatrixFactorization": MatrixFactorization(levels=(0.5, 1)),
    "MeanEstimation": MeanEstimation(users=3, levels=(1, "inf")),
    "QualityCurve": QualityCurve(sizes=(1, 2), levels=(0.5, 1), copies=1),
    "SparseGaussianProcess": SparseGaussianProcess(rows=12, copies=1, inducing=6, **FRIEDMAN_KERNEL),
}
FURTHER_TASKS = {
    "parties judge apart": CoalitionValues(values=OWN_JUDGES, copies=1),
    "parties are interchangeable": QualityCurve(sizes=(1, 1, 1, 2)),
    "interchangeable parties with copies": QualityCurve(sizes=(1, 1, 2), copies=2),
    "data that harms": CoalitionValues(values=[0, 0.6, 0.8, 0.5], copies=1),
    "classification with own judges": Classification(dataset="wine", parties=3, judge="own", classifier="naive-bayes", copies=1),
}
TASK_NAMES = [*TASKS.names(), *FURTHER_TASKS]
ROUNDS = 5


def small_task(name):
    if name not in SMALL_TASKS | FURTHER_TASKS:
        pytest.fail(f"add a small example for {name} to SMALL_TASKS")
    return (SMALL_TASKS | FURTHER_TASKS)[name]


@cache
def small_game(task, mechanism):
    return MarketGame(small_task(task), mechanism())


def played(task, mechanism, strategy, seed=1):
    model = RepeatedGame(game=small_game(task, mechanism), strategies=strategy(), stop=Rounds(ROUNDS), rng=seed)
    model.run_model()
    return model


def profiles_of(model):
    history = model.history().pivot(index="round", columns="player", values="action")
    return history[list(model.game.player_names)].to_numpy()


def text(model):
    return model.history().to_csv(index=False), model.rounds().to_csv(index=False)


every_task = pytest.mark.parametrize("task", TASK_NAMES)
every_mechanism = pytest.mark.parametrize("mechanism", list(MECHANISMS), ids=lambda cls: cls.name())
every_strategy = pytest.mark.parametrize("strategy", list(STRATEGIES), ids=lambda cls: cls.name())


@every_task
@every_mechanism
@every_strategy
def test_everything_plays_with_everything(task, mechanism, strategy):
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
    task, rule = small_task(task), mechanism()
    costs = np.linspace(0, 0.5, len(task.contributions))
    preferences = Preferences(costs=tuple(costs.tolist()))
    free_rule = type("Free", (Unpaid,), {"platform_owns_value": rule.platform_owns_value})(rule)
    paid, free = (MarketGame(task, each, preferences) for each in (rule, free_rule))
    for profile in np.random.default_rng(0).integers(paid.m, size=(12, paid.n)):
        assert paid.welfare(profile) == pytest.approx(free.welfare(profile))
        market, rewards = paid.market(profile), paid.outcome(profile).settlement.rewards
        improvement = np.maximum(rewards, task.alone) - task.alone
        owned = market.game.grand if rule.platform_owns_value else 0
        assert paid.welfare(profile) == pytest.approx(improvement.sum() - costs[profile].sum() + owned)


@every_task
def test_random_play_depends_on_the_seed(task):
    mixed = STRATEGIES.find("MixedStrategy")
    mechanism = next(iter(MECHANISMS))
    paths = {text(played(task, mechanism, mixed, seed)) for seed in (1, 2, 3)}
    assert len(paths) > 1


@every_task
def test_tasks_keep_their_word(task):
    task = small_task(task)
    n, m = task.n_parties, len(task.contributions)
    profiles = np.random.default_rng(0).integers(m, size=(30, n))
    values = task.worths(profiles)
    assert (task.worths(np.zeros((1, n), dtype=int)) == 0).all()
    assert task.worths(profiles[::-1]).tolist() == values[::-1].tolist()
    labels = task.interchangeable()
    assert labels.shape == (n,)
    for one, other in zip(*np.triu_indices(n, 1), strict=True):
        if labels[one] == labels[other]:
            swapped = profiles.copy()
            swapped[:, [one, other]] = profiles[:, [other, one]]
            assert task.worths(swapped).tolist() == values.tolist()
    assert task.alone.shape == (n,)
    similarity = task.similarity()
    if similarity is not None:  # None: everybody is alike only to itself
        assert similarity.shape == (n, n)
        assert (np.diagonal(similarity) == 1).all()
        assert (similarity == similarity.T).all()
        assert ((similarity >= 0) & (similarity <= 1)).all()


every_attack = pytest.mark.parametrize("attack", list(ATTACKS), ids=lambda cls: cls.name())


@every_task
@every_attack
def test_every_attack_has_a_gain_or_a_reason(task, attack):
    task = small_task(task)
    found, reason = candidates(task, attack(), attackers=[0])
    if not found:
        assert str(reason).strip()
        return
    scheme = found[0].scheme
    assert np.isfinite(scheme.market.pool).all()
    honest = Scheme.honest(task)
    for rule in (cls() for cls in MECHANISMS):
        before, after = settle(honest, rule), settle(scheme, rule)
        assert after.money.holds, f"{rule}: {after.money.note}"
        assert np.isfinite([*after.payoffs, after.gain_over(before), after.honest_loss(before)]).all()
        assert after.payoffs.sum() - before.payoffs.sum() == pytest.approx(after.gain_over(before) - after.honest_loss(before))
        assert settle(scheme, rule).payoffs.tolist() == after.payoffs.tolist()


@every_strategy
def test_strategies_play_available_actions_only(strategy):
    available = np.array([[False, True, True, False], [True, True, True, True], [False, True, False, False]])
    policy = strategy().begun(available).policy()
    assert policy.shape == (3, 4)
    assert policy.sum(axis=1) == pytest.approx(np.ones(3))
    assert (policy[~available] == 0).all()
    assert strategy().begun(available, np.array([2, 0])).policy().tolist() == policy[[2, 0]].tolist()


# --- the catalogue ------------------------------------------------------------------------------------------------------------

HOMES = {
    "potluck.attacks": ATTACKS,
    "potluck.mechanisms": MECHANISMS,
    "potluck.agents.strategies": STRATEGIES,
    "potluck.models.tasks": TASKS,
    "potluck.models": REVISIONS,
    "potluck.scenarios": SCENARIOS,
}
HOME_OF = [(registry, home) for home, registry in HOMES.items()]
HOME_OF += [(SPLITS, "potluck.models.tasks"), (VALUATIONS, "potluck.models"), (PRIVACY_LOSSES, "potluck.models.games.privacy")]
COMPONENTS = [(registry, cls, home) for registry, home in HOME_OF for cls in registry]
every_component = pytest.mark.parametrize(("registry", "cls", "home"), COMPONENTS, ids=[cls.name() for _, cls, _ in COMPONENTS])


def test_every_registry_holds_something():
    assert all(list(registry) for registry, _ in HOME_OF)


@every_component
def test_component_is_cited_and_described(registry, cls, home):
    assert cls.source.strip()
    assert "__doc__" in vars(cls)
    first = cls.__doc__.splitlines()[0].strip()
    assert first.endswith(".")
    assert cls.summary() == first


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


@pytest.mark.parametrize(
    ("registry", "component"),
    [pytest.param(registry, cls(), id=cls.name()) for registry, cls, _ in COMPONENTS],
)
def test_component_is_its_text(registry, component):
    assert registry.build(str(component)) == component
    assert registry.build(component.short()) == component


def changed(cls, name, value):
    """A component whose parameter differs from the default."""
    component = cls(**{name: value})
    assert component != cls(), f"{cls.__name__}.{name} = {value!r} is the default: give another value"
    return component


OTHER_VALUES = {
    ("FairPayments", "alpha"): 0.9,
    ("FairPayments", "floor"): 0.4,
    ("FairPayments", "schedule"): ((0.0, 0.0), (1.0, 0.5)),
    ("DesirableMechanism", "absent"): "threat",
    ("MaximalExploitation", "absent"): "threat",
    ("MaximalExploitation", "allocation"): "everybody",
    ("ReplicationRobustDivision", "division"): "excess",
    ("ReplicationRobustDivision", "tasks"): "nonself",
    ("ReplicationRobustDivision", "trained_on"): "best",
    ("ReplicationRobustDivision", "unit_value"): 3.0,
    ("ShapleyRewards", "rho"): 0.5,
    ("SimilarityWeighted", "decay"): 2.0,
}
RIVALS = np.array([[1, -0.5, -3], [0.5, 1, 0.5], [0.5, -0.5, 1]])
HARMED_BY_OTHERS = Market(
    games=(ClassGame(np.sqrt(np.indices((2, 2, 2)).sum(axis=0))),),
    group=np.arange(3),
    entries=np.ones(3, dtype=int),
    worth=lambda qualities: RIVALS @ qualities,
)
JUDGE_APART = Market(
    games=tuple(ClassGame(np.reshape(row, (2, 2, 2)).T) for row in OWN_JUDGES), group=np.arange(3), entries=np.ones(3, dtype=int)
)
OTHER_MARKETS = {
    ("DesirableMechanism", "absent"): HARMED_BY_OTHERS,
    ("MaximalExploitation", "absent"): HARMED_BY_OTHERS,
    ("MaximalExploitation", "allocation"): HARMED_BY_OTHERS,
    ("ReplicationRobustDivision", "tasks"): JUDGE_APART,
    ("ReplicationRobustDivision", "trained_on"): Market.of([[0, 0.5], [0.7, 0.6]]),
    ("ShapleyRewards", "rho"): Market.of([[0, 5], [7, 8]]),
}
PARAMETERS = [(cls, name) for cls in MECHANISMS for name in cls.model_fields]


@pytest.mark.parametrize(("cls", "name"), PARAMETERS, ids=[f"{cls.__name__}.{name}" for cls, name in PARAMETERS])
def test_every_parameter_of_a_mechanism_changes_some_settlement(cls, name):
    if (cls.__name__, name) not in OTHER_VALUES:
        pytest.fail(f"add another value of {cls.__name__}.{name} to OTHER_VALUES")
    rules = cls(), changed(cls, name, OTHER_VALUES[cls.__name__, name])
    market = OTHER_MARKETS.get((cls.__name__, name), Market.of([[0, 0.5], [0.7, 0.9], [0.7, 1]]))
    one, other = (rule.settle(market) for rule in rules)
    assert np.abs(one.payments - other.payments).max() > 1e-3 or np.abs(one.rewards - other.rewards).max() > 1e-3
    assert rules[1].name() == cls.__name__
    assert f"{name}=" in rules[1].short()


def test_no_entry_of_the_tables_is_stale():
    assert set(SMALL_TASKS) <= set(TASKS.names())
    assert set(OTHER_VALUES) <= {(cls.__name__, name) for cls, name in PARAMETERS}
    assert set(SMALL_SCENARIOS) <= set(SCENARIOS.names())


# --- scenarios ----------------------------------------------------------------------------------------------------------------

SMALL_RATINGS = {"dataset": "synthetic(users=800, items=300, density=0.1, taste=1)", "cached": False}
SMALL_SCENARIOS = {
    "arms-race": {"task": "QualityCurve(sizes=[1, 2])", "beside": ("EqualSplit",), "rounds": 3},
    "attack-matrix": {
        "tasks": ("CoalitionValues",),
        "mechanisms": ("ShapleyDivision", "FreeSharing"),
        "attacks": ("Replicate", "GarbleLabels"),
        "cells": "unkept",
    },
    "fair-value-dynamics": {"users": (2,), "costs": (0.5,), "learned": ("replicator-one",), "platforms": ("zooming", "leader")},
    "fair-value-scale": {"users": (1000, 3000)},
    "fair-value-example-1": {"epsilons": (2, math.inf)},
    "fair-value-fig5a": {},
    "fair-value-fig5b": {},
    "fair-value-fig6": {"costs": (0.2, 0.4, 0.6, 0.7)},
    "fair-value-fig7": {"costs": (0.1, 0.3, 0.35, 0.5, 0.7)},
    "fair-value-theorem3": {"players": (2, 5)},
    "hiding-dynamics": {"portions": 4, "rounds": 4},
    "market-axioms": {"games": 2},
    "market-game": {"rounds": 4},
    "mep-audit": {"portions": 2},
    "mep-critical": {"distances": (0.02, 0.01), "grid": 1000},
    "mep-fig1": {"agents": (1, 2, 3), "samples": 400},
    "mep-fig2": {"t2": (0, 1), "samples": 400},
    "mep-fig3": {"alphas": (-1, -0.8)},
    "rewards-fig2": {"rows": 30, "tests": 100, "data_sets": 2, "rho": (1, 0.5, 0)},
    "rewards-fig3": {"splits": 1, "partitions": 2},
    "rewards-fig5": {"dataset": "friedman", "splits": 1, "partitions": 3, "rows": 200, "tests": 100, "hidden": (20, 10)},
    "rewards-fig6": {
        "parties": 4,
        "rows": 300,
        "tests": 100,
        "inducing": 30,
        "partitions": 2,
        "smallest": 0.1,
        "evaluations": (14, 15),
        "repeats": 20,
    },
    "privacy-audit": {"levels": (0.5, 0.8), "neighbours": 2, "trials": 300},
    "privacy-control": {"initialisations": ("Normal(0.1)", "Normal(0.01)"), "passes": 40, **SMALL_RATINGS},
    "privacy-fig5": {"ratios": (0.25, 1), "splits": 1, "passes": 40, **SMALL_RATINGS},
    "privacy-fig6": {"ratios": (0.25, 1), "levels": (0, 0.4, 1), "splits": 1, "passes": 40, **SMALL_RATINGS},
    "privacy-fig7": {"levels": (0, 0.4, 1), "splits": 1, "passes": 40, **SMALL_RATINGS},
    "privacy-fig9": {"shares": (0.7, 1), "levels": (0, 0.4), "passes": 40, **SMALL_RATINGS},
    "privacy-fig8": {"steps": 20},
    "privacy-learning": {"starts": (0.0, 0.9), "rounds": 12, "beside": ()},
    "privacy-private-weights": {"highest": (0.3, 0.6), "population": 2000, "pairs": 5},
    "privacy-repeated": {},
    "privacy-table4": {},
    "privacy-table5": {"steps": 4},
    "privacy-table7": {},
    "privacy-mechanisms": {"splits": 1, "weights": (0.1, 0.8), "levels": (0, 0.5), "passes": 15},
    "replication-attack": {"dataset": "wine", "parties": 3, "copies": 1, "rounds": 3, "strategy": "BestResponse"},
    "multi-task-market": {"dataset": "wine", "copies": 1, "rounds": 4, "strategy": "BestResponse"},
    "replication-real": {"datasets": ("wine",), "classifiers": ("1-nn",), "seeds": 2, "copies": 1},
    "replication-table": {"copies": (0, 1, 2)},
    "replication-threshold": {"points": 5, "games": 200, "copies": 2, "parties": (2, 3)},
    "rewards-bounds": {"parties": (2, 3), "games": 10},
    "rewards-example1": {},
    "rewards-repeated": {"rows": 45, "releases": (1, 5), "changing": (1.0, 0.5, 1.0)},
    "rewards-strategic": {"rows": 45, "large_rows": 45, "rounds": 2},
}
every_scenario = pytest.mark.parametrize("cls", list(SCENARIOS), ids=lambda cls: cls.name())


def tables_of(scenario, seed):
    return {name: table.to_csv(index=False) for name, table in scenario.run(seed).tables.items()}


@every_scenario
def test_scenario_passes_its_checks_and_repeats_itself(cls):
    if cls.name() not in SMALL_SCENARIOS:
        pytest.fail(f"add small parameters for {cls.name()} to SMALL_SCENARIOS")
    scenario = cls(**SMALL_SCENARIOS[cls.name()])
    result = scenario.run(3)
    assert result.checks
    assert [check.name for check in result.checks if not check.passed] == []
    assert result.tables
    assert all(len(table) for table in result.tables.values())
    assert tables_of(scenario, 3) == {name: table.to_csv(index=False) for name, table in result.tables.items()}
    assert result.document()["seed"] == 3
    with pytest.raises(ValueError, match="seed"):
        scenario.run(-1)


@every_scenario
def test_scenario_of_a_paper_says_where(cls):
    if cls.paper is not None:
        assert cls.where
        assert cls.paper.key
        assert str(cls.paper.year) in str(cls.paper)
