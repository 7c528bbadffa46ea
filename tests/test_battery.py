"""Every public function and constructor with everything that its arguments must not be: one line about that argument."""

import inspect
import numbers
import re
from collections.abc import Callable
from importlib import import_module

import networkx as nx
import numpy as np
import pytest

from potluck import attacks, mechanisms, models
from potluck.agents.strategies import BestResponse, Logit
from potluck.components import Component
from potluck.mechanisms import (
    ClassGame,
    CoalitionalGame,
    FreeSharing,
    Market,
    MaximalExploitation,
    OnDemandGame,
    Setting,
    Settlement,
    values,
)
from potluck.models import CoalitionValues, MarketGame, NormalFormGame, SharingUtility, tasks

ROOMS = ("", ".mechanisms", ".mechanisms.values", ".models", ".models.tasks", ".attacks")
MADE_HERE = {
    *("Audit", "BoundedEstimate", "CoreCertificate", "CriticalGrowth", "DesirablePayments", "Disparity", "Estimate"),
    *("HidingColumn", "LeastCore", "MarketAccount", "PromiseAudit", "RewardAudit", "FairTerms", "Outcome", "Snapshot"),
    *("Contribution", "Account", "Candidate", "FoundAttack", "AttackOverSeeds", "NotExpressible", "Holding", "Reports", "Scheme"),
    *("Settled", "StrategicGame", "Arrival", "CorrelatedEquilibrium", "Cycle", "LongRun", "QuantalPath"),
}
"""What potluck gives back, and the base class of games: nobody makes these by calling them."""

GLOVE = CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])
CLASSES = ClassGame([[0, 1], [1, 2], [1.5, 2.5]])
MARKET = Market.of([[0, 0.6], [0.6, 1]])
SETTING = Setting.pooled(MaximalExploitation(), [[1, 2], [1, 2]], np.sqrt, lambda quality: quality)
UTILITY = SharingUtility.by_count([0, 2 / 3, 1])
TASK = CoalitionValues([0, 0.7, 0.7, 1])
GAME = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
RUNS = models.Ensemble({"game": GAME, "strategies": BestResponse(), "stop": 2}, replicas=2)
SCHEME = attacks.candidates(TASK, attacks.Replicate())[0][0].scheme
SETTLED = attacks.settle(SCHEME, FreeSharing())


def by_promise(audit):
    return audit, {"setting": SETTING, "tolerance": 1e-9, "limit": 100, "rng": np.random.default_rng(1)}


def of_rewards(audit):
    return audit, {"game": GLOVE, "rewards": [0.2, 0.2, 1], "tolerance": 1e-9}


CALLS = (
    (CoalitionalGame, {"values": [0, 1, 1, 2]}),
    (ClassGame, {"values": [0, 1, 2]}),
    (OnDemandGame, {"n": 3, "worth": lambda present: present.sum(axis=1) / 3}),
    (Market.of, {"values": [[0, 0.6], [0.6, 1]]}),
    (
        Market,
        {
            **{"games": (CLASSES,), "group": np.array([0, 1]), "entries": np.array([1, 1]), "owners": np.array([1, 1])},
            **{"worth": lambda quality: quality, "similarity": np.eye(2), "price": 1.0},
        },
    ),
    (Settlement, {"rewards": np.array([0.5, 0.5]), "payments": np.array([0.1, -0.1])}),
    (
        Setting.pooled,
        {
            **{"mechanism": MaximalExploitation(), "types": [[1, 2], [1, 2]], "quality": np.sqrt},
            "worth": lambda quality: quality,
        },
    ),
    (mechanisms.aggregate_game, {"market": MARKET}),
    (values.approximate_shapley, {"game": CLASSES, "tolerance": 1e-6, "evaluations": 1000}),
    (mechanisms.audit_money, {"mechanism": FreeSharing(), "market": MARKET, "tolerance": 1e-9}),
    (
        mechanisms.audit_settlement,
        {"mechanism": FreeSharing(), "market": MARKET, "settlement": FreeSharing().settle(MARKET), "tolerance": 1e-9},
    ),
    (mechanisms.check_settlement, {"mechanism": FreeSharing(), "market": MARKET, "settlement": FreeSharing().settle(MARKET)}),
    *map(of_rewards, (mechanisms.individual_rationality, mechanisms.stability, mechanisms.grand_coalition_stability)),
    *map(of_rewards, (mechanisms.audit_rewards, mechanisms.strict_desirability)),
    (
        mechanisms.strict_monotonicity,
        {"before": GLOVE, "after": GLOVE, "player": 0, "scheme": lambda game: values.shapley(game), "tolerance": 1e-9},
    ),
    *((value, {"game": GLOVE}) for value in (values.banzhaf, values.leave_one_out, values.least_core, values.robust_shapley)),
    *((value, {"game": GLOVE}) for value in (values.core, values.nucleolus, values.tau_value, values.has_tau_value)),
    (values.pair_interactions, {"game": GLOVE, "interaction": "banzhaf"}),
    (values.owen_value, {"game": GLOVE, "unions": [[0, 1]]}),
    (values.myerson_value, {"game": GLOVE, "links": [(0, 1), (1, 2)]}),
    (values.beta_shapley, {"game": GLOVE, "alpha": 1.0, "beta": 2.0}),
    (values.semivalue, {"game": GLOVE, "weights": [1 / 3, 1 / 6, 1 / 3]}),
    (values.shapley, {"game": GLOVE}),
    (
        values.shapley,
        {"game": OnDemandGame(3, lambda p: p.sum(1) / 3), "evaluations": 60, "rng": np.random.default_rng(1)},
    ),
    (
        values.sampled_semivalue,
        {
            "game": OnDemandGame(3, lambda p: p.sum(1) / 3),
            "chances": np.full(3, 1 / 3),
            "evaluations": 60,
            "rng": np.random.default_rng(1),
        },
    ),
    (values.closest_shapley, {"game": CLASSES}),
    (values.null_players, {"game": GLOVE}),
    (values.symmetric_groups, {"game": GLOVE}),
    (mechanisms.critical_growth, {"players": 3}),
    (mechanisms.desirable_payments, {"setting": SETTING, "solver": "graph", "tolerance": 1e-12}),
    *((of_game, {"game": CLASSES}) for of_game in (mechanisms.excess_game, mechanisms.market_game, mechanisms.platform_value)),
    (mechanisms.others_game, {"game": CLASSES, "group": 1}),
    (mechanisms.monotone_closure, {"game": GLOVE}),
    (mechanisms.growth_law, {"growth": np.array([-0.9]), "disparity": np.array([3.0]), "players": 3}),
    (mechanisms.hiding_column, {"growth": -0.7, "last": 5, "others": 1.0, "first": 0, "players": 2}),
    (mechanisms.largest_disparity, {"growth": -0.7, "convention": "A", "players": 2, "limit": 100}),
    (mechanisms.largest_disparity_by_enumeration, {"growth": -0.7, "convention": "A", "players": 2, "limit": 10}),
    *map(by_promise, (mechanisms.is_efficient, mechanisms.is_weakly_budget_balanced, mechanisms.revenue_bound)),
    *map(by_promise, (mechanisms.meets_necessary_condition, mechanisms.meets_sufficient_condition)),
    *(
        (audit, {**by_promise(audit)[1], "concept": "dominant"})
        for audit in (mechanisms.is_incentive_compatible, mechanisms.is_individually_rational)
    ),
    (mechanisms.reward_shares, {"values": [0.5, 0.2], "rho": 0.5}),
    *((of_rho, {"game": GLOVE}) for of_rho in (mechanisms.rho_individual_rationality, mechanisms.rho_stability)),
    (mechanisms.shapley_rewards, {"game": GLOVE, "rho": 0.5}),
    (
        models.CollaborativeLearning,
        {"benefit": models.SmoothBenefit((0.5, 0.5)), "privacy_weights": 0.1, "accuracy_weights": 1.0},
    ),
    (models.SmoothBenefit, {"gains": (0.5, 0.5), "others": "mean"}),
    (models.TableBenefit, {"grid": [0, 0.5], "improvement": [[[0.4, 0.2], [0.1, -0.1]]] * 2, "clamp": "after", "tail": "zero"}),
    (models.NormalFormGame, {"payoffs": [[[1, 0], [0, 1]], [[0, 1], [1, 0]]]}),
    (models.NetworkGame, {"base": [[1, 0], [0, 2]], "graph": nx.path_graph(3)}),
    (models.FederationGame, {"task": models.QualityCurve((1, 1, 1)), "graph": nx.path_graph(3), "costs": [0.1, 0.1, 0.1]}),
    (models.PopulationGame, {"base": [[1, 0], [0, 2]], "players": 3}),
    *((equilibria, {"game": GAME}) for equilibria in (models.mixed_equilibria, models.exact_potential)),
    (models.correlated_equilibrium, {"game": GAME, "kind": "coarse", "aim": "worst", "weights": [1.0, 2.0]}),
    *(
        (of_joint, {"game": GAME, "joint": [[0.5, 0], [0, 0.5]], "kind": "coarse"})
        for of_joint in (models.correlated_distance, models.correlated_regret)
    ),
    *(
        (of_play, {"game": GAME, "profiles": [[0, 0], [1, 1]]})
        for of_play in (
            *(models.conditional_gains, models.external_regret, models.internal_regret, models.swap_regret),
            *(models.joint_play, models.potential_path),
        )
    ),
    (models.nash_conv_path, {"game": GAME, "profiles": [[0, 0], [1, 1]], "of": "averages", "every": 1}),
    (models.find_cycle, {"path": [[0, 1], [0, 1]], "tolerance": 0.0, "repeats": 2}),
    (models.alpha_rank, {"payoffs": [[0, 1], [1, 2]], "alpha": 10.0, "population": 20}),
    (models.fixation_probability, {"payoffs": [[0, 1], [1, 2]], "population": 5, "intensity": 1.0, "mutant": 1, "resident": 0}),
    (models.small_mutation_limit, {"payoffs": [[0, 1], [1, 2]], "population": 5, "intensity": 1.0}),
    (models.stationary_distribution, {"payoffs": [[0, 1], [1, 2]], "population": 5, "rule": Logit(rationality=1.0)}),
    (models.symmetric_equilibria, {"game": models.PopulationGame([[1, 0], [0, 2]], 3)}),
    (models.quantal_response_path, {"game": GAME, "rationality": 1.0, "points": 50}),
    (models.evolutionarily_stable, {"payoffs": [[1, 0], [0, 2]]}),
    (models.is_evolutionarily_stable, {"payoffs": [[1, 0], [0, 2]], "mix": [1.0, 0.0]}),
    (models.fluid_path, {"payoffs": [[1, 0], [0, 2]], "rule": Logit(1.0), "opening": [0.5, 0.5], "times": [0.0, 1.0]}),
    (models.replicator_path, {"payoffs": [[1, 0], [0, 2]], "opening": [0.5, 0.5], "times": [0.0, 1.0]}),
    (
        models.population_paths,
        {
            **{"payoffs": [[1, 0], [0, 2]], "population": 4, "rule": Logit(1.0), "opening": [0.5, 0.5]},
            **{"horizon": 1, "replicas": 2, "rng": np.random.default_rng(1)},
        },
    ),
    (
        models.mean_field_gap,
        {
            **{"payoffs": [[1, 0], [0, 2]], "rule": Logit(1.0), "opening": [0.5, 0.5], "sizes": (2, 4)},
            **{"horizon": 1, "replicas": 2, "rng": np.random.default_rng(1), "level": 0.9},
        },
    ),
    (models.time_to_equilibrium, {"ensemble": RUNS, "epsilon": 0.1, "level": 0.9}),
    (models.basins, {"ensemble": RUNS, "equilibria": [np.eye(2)], "tolerance": 0.1, "of": "average", "level": 0.9}),
    (MarketGame, {"task": TASK, "mechanism": FreeSharing(), "preferences": models.Preferences(), "available": None}),
    (
        models.RepeatedGame,
        {"game": GAME, "strategies": BestResponse(), "revision": models.Simultaneous(), "stop": models.Rounds(3), "rng": 1},
    ),
    (models.SharingUtility.by_count, {"worth": [0, 1, 2]}),
    (models.SharingUtility.by_counts, {"worths": [[0, 0], [1, 0]]}),
    (models.SharingUtility.of_task, {"task": models.MeanEstimation(users=2), "private": 0, "open_": 1}),
    (models.SharingUtility, {"worth": np.array([0.0, 1]), "open_value": np.array([1.0]), "private_value": np.array([0.0])}),
    (models.SharingGame, {"utility": UTILITY, "alpha": 0.5, "costs": [0.1, 0.2]}),
    (models.fair_terms, {"utility": UTILITY, "costs": [0.1, 0.1]}),
    (models.regime_bounds, {"utility": UTILITY}),
    (models.threshold_cost, {"utility": UTILITY}),
    (models.sharing_outlook, {"utility": UTILITY, "cost": 0.1}),
    (models.discounted_game, {"game": GAME, "rules": [BestResponse()], "discount": 0.5, "replicas": 1, "seed": 1}),
    (models.Ensemble, {"arguments": {"game": GAME, "strategies": BestResponse(), "stop": 2}, "replicas": 3, "seed": 1}),
    (models.market_setting, {"game": MarketGame(TASK, FreeSharing())}),
    (tasks.linear_laplace_utility, {"epsilons": [1.0, 1.0]}),
    (tasks.utility_by_sharers, {"users": 2, "epsilon": 1.0}),
    (
        tasks.sharing_errors,
        {
            **{"n_federated": np.array([10.0]), "federated": np.ones((1, 1)), "n_direct": np.array([100.0])},
            **{"direct": np.ones((1, 1)), "s2": 1.0, "t2": 10.0},
        },
    ),
    (attacks.AttackGame, {"task": TASK, "mechanism": FreeSharing(), "attacks": [attacks.Replicate()]}),
    (attacks.Interval, {"low": 0.1, "high": 0.9, "steps": 3}),
    (attacks.best_attack, {"task": TASK, "mechanism": FreeSharing(), "attack": attacks.Replicate(copies=1), "attackers": [0]}),
    (
        attacks.best_attack_over_seeds,
        {"task": TASK, "mechanism": FreeSharing(), "attack": attacks.Replicate(copies=1), "task_seeds": [0], "attackers": [0]},
    ),
    (attacks.best_of, {"among": attacks.candidates(TASK, attacks.Replicate())[0], "mechanism": FreeSharing(), "honest": SETTLED}),
    (attacks.candidates, {"task": TASK, "attack": attacks.Replicate(), "attackers": [0]}),
    (attacks.crews, {"attack": attacks.Replicate(), "parties": 2, "attackers": [0]}),
    (attacks.models_held, {"scheme": SCHEME, "rewards": np.ones(len(SCHEME.owners))}),
    (attacks.respond, {"scheme": SCHEME, "mechanism": FreeSharing()}),
    (attacks.settle, {"scheme": SCHEME, "mechanism": FreeSharing()}),
)
RIGHT_TOO = {
    *((name, "a number") for name in ("costs", "privacy_weights", "accuracy_weights", "stop")),
    *(("unions", "ragged"), ("unions", "no shape of it")),
    ("epsilons", "no shape of it"),
    *(("unions", what) for what in ("ragged", "no shape of it")),
    *((name, "a list") for name in ("privacy_weights", "accuracy_weights")),
    *(("rewards", "nan"), ("payments", "nan"), ("rewards", "no shape of it"), ("payments", "no shape of it")),
}
"""What only looks wrong: one cost, unlike unions, many rounds; settlements are checked when a rule has settled a market."""
NO_NUMBER = {
    **{"text": "x", "nan": np.nan, "complex": 1j, "a list": [1, 2], "an object": object(), "too large": 10**400},
    "masked": np.ma.masked,
}
NO_NUMBERS = {
    **{"text": "abcd", "texts": ["0", "x"], "ragged": [[0, 1], [2]], "a set": {0, 1}, "an object": object(), "a number": 3},
    **{"too large": [0, 10**400], "complex": np.array([0, 1j]), "masked": np.ma.masked_array([0.0, 1.0], [False, True])},
    **{"nan": [0, np.nan], "no shape of it": np.zeros((2, 0, 1, 1, 1))},
}
NO_OBJECT = {"text": "x", "a number": 3, "an object": object(), "a list": [1, 2], "a class": int}
FROM_INSIDE = re.compile(
    r"has no attribute|object is not|unsupported operand|ufunc|could not convert|only (integer|length)|inhomogeneous|"
    r"not supported between|broadcast|out of bounds|setting an array|be interpreted|index|convert|iterable|operand|positional"
)


def is_numbers(value):
    try:
        return np.asarray(value).dtype.kind in "biuf" and np.ndim(value) > 0
    except ValueError:
        return False


def bad_values(value):
    if isinstance(value, str):
        return NO_OBJECT | {"text": "nonsense"}
    if isinstance(value, numbers.Real):
        return NO_NUMBER | ({"a fraction": value + 0.5} if isinstance(value, int) else {})
    if is_numbers(value):
        return NO_NUMBERS
    if callable(value) and not isinstance(value, Component | CoalitionalGame | ClassGame | OnDemandGame):
        return {key: bad for key, bad in NO_OBJECT.items() if key != "a class"}
    return NO_OBJECT


def called(call, arguments):
    result = call(**arguments)
    return list(result) if inspect.isgenerator(result) else result


def label(call, arguments):
    return f"{call.__qualname__}({', '.join(arguments)})"


def trials():
    for call, arguments in CALLS:
        parameters = inspect.signature(call).parameters
        for name, value in arguments.items():
            if value is None:
                continue
            bads = bad_values(value) | ({"None": None} if parameters[name].default is inspect.Parameter.empty else {})
            for what, bad in bads.items():
                if (name, what) in RIGHT_TOO and (call is Settlement or name not in ("rewards", "payments")):
                    continue
                yield pytest.param(call, {**arguments, name: bad}, id=f"{call.__qualname__}-{name}-{what}")


@pytest.mark.parametrize(("call", "arguments"), [pytest.param(*pair, id=label(*pair)) for pair in CALLS])
def test_what_is_right_is_taken(call, arguments):
    called(call, arguments)


@pytest.mark.parametrize(("call", "arguments"), list(trials()))
def test_what_is_wrong_is_refused_in_one_line(call, arguments):
    with pytest.raises((ValueError, TypeError)) as refusal:
        called(call, arguments)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) <= 300
    assert not FROM_INSIDE.search(message), message


def test_no_public_name_is_left_out():
    tried = {call.__qualname__.partition(".")[0] for call, _ in CALLS}
    for room in ROOMS:
        module = import_module("potluck" + room)
        for name in module.__all__:
            part = getattr(module, name)
            is_component = inspect.isclass(part) and issubclass(part, Component)
            if isinstance(part, type | Callable) and not is_component and not name.endswith("Spec"):
                assert name in tried | MADE_HERE | {"load", "sweep"}, f"{room}.{name} has no trial"
