"""Smoothed best response, replicators, payoffs of mixed play by counting, and where users end."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learner import Learner

from potluck.agents.strategies import BestResponse, Feedback, Logit, Replicator
from potluck.mechanisms import EqualSplit, FairPayments, ReplicationRobustDivision, ShapleyDivision
from potluck.models import (
    Inertia,
    MarketGame,
    MeanEstimation,
    NormalFormGame,
    PaidOnly,
    Preferences,
    QualityCurve,
    RepeatedGame,
    Rounds,
)
from potluck.models.games.counts import _Tree, number_of_others, others
from potluck.models.games.sharing import SharingGame, SharingUtility
from potluck.models.games.sharing_terms import fair_terms
from potluck.scenarios import FairValueDynamics, FairValueScale
from potluck.scenarios.fair_value.user_dynamics import DYNAMICS

ALL = np.ones((1, 2), dtype=bool)


def feedback(deviations, policy=None, expected=None):
    rows = np.array(deviations, dtype=float)
    return Feedback(
        np.zeros(len(rows), dtype=int),
        rows[:, 0],
        np.zeros(len(rows), dtype=int),
        rows,
        (lambda _: np.array(expected)),
        (lambda: policy),
    )


def played(game, strategies, rounds, **options):
    model = RepeatedGame(game=game, strategies=strategies, stop=Rounds(rounds), **{"rng": 1} | options)
    model.run_model()
    return model


def market(users=2, cost=0.5, alpha=6 / 7, epsilon=math.inf):
    task = MeanEstimation(users=users, levels=(epsilon,))
    return MarketGame(task, FairPayments(alpha), Preferences(PaidOnly(), over_alone=False, costs=(0, cost)))


# --- logit --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rationality", [0, 1, 7.5, 1e6])
def test_logit_odds(rationality):
    rule = Learner(Logit(rationality=rationality), np.array([[True, True, True, False]]))
    rule.learn(feedback([[0.2, 0.1, 0.2, -np.inf]]))
    odds = np.exp(rationality * np.array([0, -0.1, 0]))
    assert rule.policy()[0] == pytest.approx([*(odds / odds.sum()), 0])


def test_logit_moves_by_its_step():
    whole, part = (Learner(Logit(rationality=3, step=step), ALL) for step in (1, 0.25))
    for rule in (whole, part):
        rule.learn(feedback([[0, 1]]))
    assert part.policy() == pytest.approx(0.75 * np.array([[0.5, 0.5]]) + 0.25 * whole.policy())


def test_logit_rests_in_a_quantal_response_equilibrium():
    pennies = NormalFormGame([[[4, 0], [0, 1]], [[0, 1], [1, 0]]])
    model = played(pennies, Logit(rationality=2, step=0.05, against="mixes"), 2000)
    response = np.exp(2 * pennies.mixed_deviations(model.policy))
    assert model.policy == pytest.approx(response / response.sum(axis=1, keepdims=True), abs=1e-9)


def test_sharp_logit_is_best_response():
    rule, sharp = Learner(BestResponse(), ALL), Learner(Logit(rationality=1e9), ALL)
    for each in (rule, sharp):
        each.learn(feedback([[0.3, 0.2]]))
    assert sharp.policy().tolist() == rule.policy().tolist()


# --- replicator ---------------------------------------------------------------------------------------------------------------


def test_replicator_solves_its_equation_for_constant_payoffs():
    payoffs, start = np.array([0.3, 0.9, 0.1]), np.array([0.5, 0.2, 0.3])
    rule = Learner(Replicator(step=0.5, start=tuple(start), floor=0), np.ones((1, 3), dtype=bool))
    for _ in range(8):
        rule.learn(feedback([[0, 0, 0]], policy=start, expected=[payoffs]))
    x = start.copy()
    for _ in range(40_000):
        x = x + 1e-4 * x * (payoffs - x @ payoffs)
    assert rule.policy()[0] == pytest.approx(x, abs=1e-4)


def test_interior_stays_interior_and_absent_stays_absent():
    rule = Learner(Replicator(step=1e3, start=(0.5, 0.5, 0.0)), np.ones((1, 3), dtype=bool))
    for _ in range(50):
        rule.learn(feedback([[0, 0, 0]], policy=np.eye(3)[:1], expected=[[0.0, 1.0, 9.0]]))
    policy = rule.policy()[0]
    assert 0 < policy[0] <= 1e-9
    assert policy[2] == 0
    assert policy.sum() == pytest.approx(1)
    rule.learn(feedback([[0, 0, 0]], policy=np.eye(3)[:1], expected=[[1.0, 0.0, 9.0]]))
    assert rule.policy()[0, 0] > 0.99


def test_a_shared_population_has_the_mean_fitness():
    rule = Learner(Replicator(step=1, population="shared", against="actions", floor=0), np.ones((2, 2), dtype=bool))
    rule.learn(feedback([[0.0, 1.0], [0.0, 3.0]]))
    assert rule.policy() == pytest.approx(np.tile([1 / (1 + math.e**2), 1 / (1 + math.e**-2)], (2, 1)))


def test_unavailable_actions_are_never_played():
    available = np.array([[True, True, False], [False, True, True]])
    payoffs = np.where(available, 1.0, -np.inf)
    for rule in (Replicator(), Logit(), Replicator(against="actions"), Logit(against="mixes")):
        mine = Learner(rule, available)
        mine.learn(feedback(payoffs, policy=available / 2, expected=payoffs))
        assert mine.policy() == pytest.approx(available / 2)


@pytest.mark.parametrize("rule", [Replicator(), Replicator(against="actions"), Logit(), Logit(against="mixes")], ids=str)
def test_rules_say_what_they_must_see(rule):
    with pytest.raises(ValueError, match="needs to see everyone's actions"):
        Learner(rule, ALL).learn(Feedback(np.array([0]), np.array([0.0])))


def test_bad_replicators_are_refused():
    for bad in ({"start": (0.5, 0.6)}, {"step": 0}, {"floor": 0.5}, {"population": "both"}):
        with pytest.raises(ValueError, match="Replicator"):
            Replicator(**bad)
    with pytest.raises(ValueError, match="same actions"):
        Learner(Replicator(population="shared"), np.array([[True, True], [True, False]]))
    with pytest.raises(ValueError, match="3 entries for 2 actions"):
        Learner(Replicator(start=(0.2, 0.3, 0.5)), ALL)
    with pytest.raises(ValueError, match="not available"):
        Learner(Replicator(start=(0.5, 0.5)), np.array([[True, False]]))


# --- mixed play by counting ---------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([0.0, 1e-9, 0.2, 0.5, 0.5, 0.7, 1 - 1e-12, 1.0]), min_size=1, max_size=9))
def test_number_of_others_by_enumeration(chances):
    numbers, chance, whose = number_of_others(np.array(chances))
    for player in range(len(chances)):
        rest = [chances[other] for other in range(len(chances)) if other != player]
        exact = np.zeros(len(chances))
        for profile in itertools.product((0, 1), repeat=len(rest)):
            exact[sum(profile)] += math.prod(p if chosen else 1 - p for p, chosen in zip(rest, profile, strict=True))
        found = np.zeros(len(chances))
        found[numbers] = chance[whose[player]]
        assert found == pytest.approx(exact, abs=1e-14)


def test_number_of_very_many_others():
    numbers, chance, _ = number_of_others(np.full(10**6, 0.3))
    assert chance.sum() == pytest.approx(1, abs=1e-12)
    assert float(chance[0] @ numbers) == pytest.approx(0.3 * (10**6 - 1))
    assert len(numbers) < 10_000


def distribution_one_by_one(chances):
    exact = np.zeros(len(chances) + 1, dtype=np.longdouble)
    exact[0] = 1
    for count, chance in enumerate(chances):
        exact[1 : count + 2] = exact[1 : count + 2] * (1 - np.longdouble(chance)) + exact[: count + 1] * np.longdouble(chance)
        exact[0] *= 1 - np.longdouble(chance)
    return exact


@settings(max_examples=8)
@given(st.integers(1001, 4000), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.5, 1.0, 8.0]))
def test_numbers_of_many_different_others_are_right_within_their_bound(n, seed, spread):
    rng = np.random.default_rng(seed)
    chances = rng.beta(spread, spread * rng.uniform(0.1, 3), n)
    chances[:2] = 0, 1
    found = others(chances)
    values = np.column_stack([np.sin(found.numbers / 5), found.numbers >= chances.sum(), 1e6 + found.numbers])
    expected = found.expected(values)
    spreads = np.ptp(values, axis=0)
    assert found.error_bound < 1e-8
    for player in (0, int(chances.argmax()), n - 1):
        exact = (distribution_one_by_one(np.delete(chances, player))[found.numbers][:, None] * values).sum(axis=0)
        off = np.abs(expected[found.whose[player]] - exact)
        assert (off <= found.error_bound * spreads + 1e-15 * np.abs(values).max(axis=0)).all()
        assert off[:2].max() < 1e-12


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 16, 17, 31, 33, 64, 100])
def test_the_two_ways_to_count_others_agree(n):
    chances = np.random.default_rng(n).uniform(0, 1, n)
    numbers, probabilities, whose = number_of_others(chances)
    values = np.random.default_rng(1).normal(size=len(numbers))
    assert _Tree(chances).expected(numbers, values) == pytest.approx((probabilities @ values)[whose], abs=1e-13)


@pytest.mark.parametrize("users", [10_000])
def test_replicators_who_revise_at_different_times_play_on(users):
    """Some revise and others do not, so that soon all mix differently."""
    game = SharingGame(SharingUtility.by_count(1 - 0.5 ** (np.arange(users + 1) / 1000)), 0.9, np.linspace(0, 1e-4, users))
    model = RepeatedGame(game=game, strategies=Replicator(step=100.0), revision=Inertia(0.5), stop=Rounds(12), rng=1)
    model.run_model()
    assert len(np.unique(model.policy[:, 1])) > 1000
    assert np.isfinite(model.payoffs).all()


TASKS = [
    (MeanEstimation(users=4), None),
    (MeanEstimation(users=4, levels=(1, "inf")), [1, 2]),
    (MeanEstimation(users=4, levels=(1, "inf")), np.array([[False, True, True]] * 3 + [[False, True, False]])),
    (MeanEstimation(users=3, levels=(1, "inf")), None),
    (QualityCurve(sizes=(1, 1, 1), levels=(0.5, 1), copies=1), [0, 3]),
    (QualityCurve(sizes=(1, 1, 2)), None),
]


@pytest.mark.parametrize("rule", [FairPayments(0.7), ShapleyDivision(), EqualSplit(), ReplicationRobustDivision()], ids=str)
@pytest.mark.parametrize(("task", "available"), TASKS, ids=range(len(TASKS)))
@given(seed=st.integers(0, 1000))
@settings(max_examples=5)
def test_counting_agrees_with_enumeration(task, available, rule, seed):
    rng = np.random.default_rng(seed)
    n, m = task.n_parties, len(task.contributions)
    game = MarketGame(task, rule, Preferences(costs=rng.random((n, m))), available=available)
    tables = game.normal_form()
    policy = rng.random((n, m)) ** 3 * game.available
    policy /= policy.sum(axis=1, keepdims=True)
    assert game.mixed_deviations(policy) == pytest.approx(tables.mixed_deviations(policy), abs=1e-12)
    for profile in itertools.islice(game.profiles(), 30):
        assert game.deviations(profile) == pytest.approx(tables.deviations(profile), abs=1e-12)
        assert game.deviations(profile)[np.arange(n), profile] == pytest.approx(game.payoffs(profile), abs=1e-12)


@pytest.mark.parametrize("users", [2, 7])
def test_the_market_is_the_sharing_game(users):
    game = market(users, 0.1, 0.4)
    other = SharingGame(SharingUtility.of_task(MeanEstimation(users=users)), 0.4, 0.1)
    rng = np.random.default_rng(0)
    for _ in range(20):
        profile = rng.integers(2, size=users)
        assert game.deviations(profile) == pytest.approx(other.deviations(profile))
        policy = rng.dirichlet([1, 1], users)
        assert game.mixed_deviations(policy) == pytest.approx(other.mixed_deviations(policy))


def test_a_million_users_mix_and_deviate():
    users = 10**6
    costs = np.column_stack([np.zeros(users), np.linspace(0, 1e-6, users)])
    game = MarketGame(MeanEstimation(users=users), FairPayments(0.5), Preferences(PaidOnly(), over_alone=False, costs=costs))
    profile = (np.arange(users) < 1000).astype(np.int64)
    deviations = game.deviations(profile)
    worth = (users + 2) / users * np.array([1000, 1001]) / np.array([1002, 1003])
    assert deviations[0, 1] == pytest.approx(0.5 * worth[0] / 1000)
    assert deviations[-1, 1] == pytest.approx(0.5 * worth[1] / 1001 - 1e-6)
    mixed = game.mixed_deviations(np.tile([0.75, 0.25], (users, 1)))
    assert mixed[0, 1] == pytest.approx(0.5 * (users + 2) / users / (users / 4), rel=1e-4)


# --- where users end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("users", "cost"), [(2, 0.5), (2, 0.4), (8, 0.15), (50, 0.1)])
def test_one_population_ends_in_the_symmetric_equilibrium(users, cost):
    terms = fair_terms(SharingUtility.of_task(MeanEstimation(users=users)), cost)
    model = played(market(users, cost, terms.alpha), Replicator(step=5, population="shared", start=(0.9, 0.1)), 400, agents=False)
    assert model.policy[:, 0] == pytest.approx(np.full(users, terms.p), abs=1e-6)
    assert model.exploitability_of("policy") < 1e-6


@pytest.mark.parametrize("tilt", [1e-6, -1e-3])
def test_two_populations_part(tilt):
    rules = [Replicator(step=5, start=(p, 1 - p)) for p in (0.5 + tilt, 0.5 - tilt)]
    model = played(market(), rules, 600)
    assert model.policy[:, 0] == pytest.approx([1, 0] if tilt > 0 else [0, 1], abs=1e-6)
    assert played(market(), Replicator(step=5), 50).policy[:, 0] == pytest.approx([0.5, 0.5])


def test_policies_are_shown_and_expectations_shared():
    seen = []

    class Watching(Replicator):
        def learn(self, state, feedback):
            seen.append((feedback.mixes(), feedback.expected(feedback.mixes())))
            return super().learn(state, feedback)

    game = market(5, 0.2, 0.8)
    played(game, [Watching(start=(p, 1 - p)) for p in (0.3, 0.4, 0.5, 0.6, 0.7)], 1)
    assert len(seen) == 5
    assert np.concatenate([expected for _, expected in seen]) == pytest.approx(game.mixed_deviations(seen[0][0]))


# --- the scenarios ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_ends_of_every_dynamic(seed):
    result = FairValueDynamics(users=(2,), costs=(0.5,), learned=(), platforms=(), rounds=200).run(seed)
    assert [check.name for check in result.checks if not check.as_expected] == []
    ends = result.tables["ends"].set_index("dynamic")["end"]
    assert set(ends.index) == set(DYNAMICS)
    assert ends["best-response-together"] == "unsettled"
    for name in ("best-response", "fictitious-play-unlike", "replicator-two", "replicator-own"):
        assert ends[name] == "asymmetric pure"
    for name in ("fictitious-play", "replicator-one", "logit"):
        assert ends[name] == "symmetric mixed"


def test_the_sweep_leaves_a_loop():
    loop = FairValueDynamics(users=(2,), costs=(0.5,), dynamics=("best-response",), learned=(), platforms=()).run(0)
    table = loop.tables["hysteresis"].pivot(index="alpha", columns="direction", values="private")
    between = (table.index > 0.7) & (table.index < 0.9)
    assert (table.loc[between, "up"] == 1).all()
    assert (table.loc[between, "down"] == 0).all()
    assert (table.loc[~between, "up"] == table.loc[~between, "down"]).all()


def test_small_scale_learns_the_optimum():
    result = FairValueScale(users=(1000, 4000)).run(0)
    assert [check.name for check in result.checks if not check.as_expected] == []
    assert list(result.tables["rounds"].columns[:6]) == ["users", "round", "alpha", "share", "profit", "welfare"]


@pytest.mark.parametrize(
    "bad",
    [
        {"users": (2, 3), "costs": (0.5,)},
        {"dynamics": ("copy-cat",)},
        {"platforms": ("guessing",)},
        {"users": (1,), "costs": (0.5,)},
        {"epsilon": 0},
    ],
)
def test_bad_parameters_are_refused(bad):
    with pytest.raises(ValueError) as caught:
        FairValueDynamics(**bad)
    assert "\n" not in str(caught.value)
