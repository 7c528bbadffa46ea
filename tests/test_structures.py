"""Values from structure: equal to those of the table, at any number of players."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.mechanisms import (
    MECHANISMS,
    Clarke,
    ClassGame,
    DesirableMechanism,
    Market,
    MaximalExploitation,
    MyersonDivision,
    NucleolusDivision,
    OwenDivision,
    ReplicationRobustDivision,
    banzhaf,
    beta_shapley,
    excess_game,
    leave_one_out,
    market_game,
    others_game,
    platform_value,
    shapley,
)
from potluck.mechanisms.coalitions.structures import Additive, Combined, FirstInOrder, Pairwise, Scaled
from potluck.mechanisms.coalitions.votes import NearestVotes
from potluck.mechanisms.values import has_tau_value, myerson_value, owen_value, tau_value
from potluck.models import Classification, MarketGame

VALUES = {"shapley": shapley, "banzhaf": banzhaf, "leave one out": leave_one_out, "beta": lambda game: beta_shapley(game, 3, 0.5)}


def structures(classes, rng):
    orders = rng.permuted(np.tile(np.arange(classes), (4, 1)), axis=1)
    first = FirstInOrder(orders, rng.normal(size=orders.shape))
    pairs = rng.normal(size=(classes, classes))
    return [first, Additive(rng.normal(size=classes)), Pairwise(rng.normal(size=classes), pairs + pairs.T)]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(sum), st.integers(0, 10_000))
def test_every_value_is_that_of_the_table(sizes, seed):
    rng = np.random.default_rng(seed)
    parts = structures(len(sizes), rng)
    scaled = Combined([Scaled(part, rng.normal(size=sum(sizes) + 1)) for part in parts])
    for structure in (*parts, scaled):
        game = ClassGame.structured(sizes, structure)
        table = ClassGame(game.values)
        for value in VALUES.values():
            np.testing.assert_allclose(value(game), value(table), atol=1e-10)
        assert platform_value(game) == pytest.approx(platform_value(table), abs=1e-10)
        for made in (market_game, excess_game):
            np.testing.assert_allclose(shapley(made(game)), shapley(ClassGame(made(table).values)), atol=1e-9)
        group = int(np.argmax(sizes))
        np.testing.assert_allclose(shapley(others_game(game, group)), shapley(others_game(table, group)), atol=1e-10)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(-1, 2)), min_size=1, max_size=5), st.integers(0, 10_000))
def test_groups_are_worth_what_their_members_are(classes, seed):
    sizes, groups = np.array(classes).T
    labels = np.where(groups < 0, -1, np.unique(np.append(groups, -1), return_inverse=True)[1][:-1] - 1)
    rng, count = np.random.default_rng(seed), int(labels.max()) + 1
    votes = NearestVotes(
        *np.array([rng.permuted(np.repeat([range(len(sizes))], 3, axis=0), axis=1)[:2], rng.integers(0, 2, (2, len(sizes)))]),
        rng.integers(0, 2, 2),
        neighbours=2,
        kinds=2,
    )
    members = (labels == np.arange(count)[:, None]) * sizes
    coalitions = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1
    for structure in (*structures(len(sizes), rng), votes) if count else ():
        np.testing.assert_allclose(
            structure.singles(len(sizes)), structure.worths(np.eye(len(sizes), dtype=np.int64)), atol=1e-12
        )
        together = structure.merged(labels, sizes)
        np.testing.assert_allclose(together.worths(coalitions), structure.worths(coalitions @ members), atol=1e-9)


@given(st.lists(st.integers(0, 2), min_size=4, max_size=4).filter(sum), st.integers(0, 10_000))
def test_unions_and_links_are_those_of_the_table(sizes, seed):
    rng = np.random.default_rng(seed)
    for structure in structures(4, rng):
        game = ClassGame.structured(sizes, structure)
        table = ClassGame(game.values)
        for unions in ([], [[0, 2]], [[1, 2, 3]]):
            np.testing.assert_allclose(owen_value(game, unions), owen_value(table, unions), atol=1e-9)
        for links in ([], [(0, 1), (2, 3)], [(0, 1), (1, 2)]):
            np.testing.assert_allclose(myerson_value(game, links), myerson_value(table, links), atol=1e-9)


def test_an_airport_of_a_thousand():
    costs = np.sort(np.random.default_rng(0).random(1000))
    game = ClassGame.structured([1] * 1000, FirstInOrder(np.arange(1000)[None, ::-1], costs[None, ::-1]))
    exact = np.cumsum(np.diff(costs, prepend=0.0) / np.arange(1000, 0, -1))
    np.testing.assert_allclose(shapley(game), exact, rtol=1e-12)


@pytest.mark.parametrize("judge", ["common", "own"])
def test_nearest_neighbours_are_worth_what_the_trained_classifier_is(judge):
    task = Classification(dataset="wine", parties=5, copies=1, levels=(0.5, 1.0), judge=judge)
    profiles = np.random.default_rng(0).integers(0, len(task.contributions), (40, 5))
    profiles[0] = 0
    profiles[0, 2] = task.honest
    trained = [task._scored(tuple((float(task.level_of[a]), int(task.entries[a] > 0)) for a in row)) for row in profiles.tolist()]
    np.testing.assert_allclose(task.worths(profiles), np.array(trained), atol=1e-12)


@pytest.mark.parametrize("judge", ["common", "own"])
def test_a_structured_market_settles_like_a_tabulated_one(judge):
    task = Classification(dataset="wine", parties=4, copies=2, levels=(0.5, 1.0), judge=judge)
    profile = np.array([6, 2, 0, 4])
    names = ["ShapleyDivision", "BanzhafDivision", "LeaveOneOutDivision", "FairPayments", "DeduplicatedDivision"]
    names += ["PlatformCoalition", "ShapleyRewards", "SimilarityWeighted"]
    rules = [MECHANISMS.build(name) for name in names]
    rules += [OwenDivision(), OwenDivision(unions=((0, 3), (1, 2))), MyersonDivision(links=((0, 1), (1, 3))), Clarke()]
    rules += [MyersonDivision(links=((0, 3),)), NucleolusDivision(), MaximalExploitation(), DesirableMechanism()]
    rules += [ReplicationRobustDivision(tasks=tasks) for tasks in ("task_market", "aggregate", "task_shapley", "nonself")]
    market = MarketGame(task, rules[0]).market(profile)
    tabulated = type(market)(
        tuple(ClassGame(game.values) for game in market.games), market.group, market.entries, similarity=market.similarity
    )
    for rule in rules:
        one, other = rule.settle(market), rule.settle(tabulated)
        np.testing.assert_allclose(one.payments, other.payments, atol=1e-9)
        np.testing.assert_allclose(one.rewards, other.rewards, atol=1e-9)


@given(seed=st.integers(0, 10**6))
def test_tau_values_of_pairs_are_those_of_the_table(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 4, 4)
    pairs = rng.integers(0, 3, (4, 4)) - (rng.random() < 0.3)
    game = ClassGame.structured(sizes, Pairwise(rng.normal(size=4), (pairs + pairs.T) / 2.0))
    table = ClassGame(game.values)
    assert has_tau_value(game) == has_tau_value(table)
    if has_tau_value(game):
        np.testing.assert_allclose(tau_value(game), tau_value(table), atol=1e-9)


def test_a_thousand_claim_too_little_or_are_valued():
    order = np.arange(1000)[None]
    best = ClassGame.structured([1] * 1000, FirstInOrder(order, np.linspace(1, 0, 1000)[None]))
    assert not has_tau_value(best)
    pairs = ClassGame.structured([1] * 1000, Pairwise(np.zeros(1000), np.ones((1000, 1000))))
    np.testing.assert_allclose(tau_value(pairs), 999 / 2)
    at_odds = ClassGame.structured([1] * 1000, Pairwise(np.full(1000, -9.0), np.where(order.T + order == 1, -1.0, 1.0)))
    with pytest.raises(ValueError, match="coalitions of 1000 players are too many for this value: at most 16384"):
        tau_value(at_odds)


@given(seed=st.integers(0, 10**6))
def test_values_are_the_same_whatever_was_asked_before(seed):
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(np.arange(7), (4, 1)), axis=1)
    worth = rng.integers(0, 2, orders.shape) / 4
    kept, sizes = FirstInOrder(orders, worth), np.ones(7, dtype=int)
    for _ in range(12):
        moved = rng.integers(7, size=rng.integers(1, 4))
        sizes[moved] = rng.integers(0, 4, len(moved))
        n = max(int(sizes.sum()), 1)
        for factor in (np.ones(n + 1), np.arange(n + 1.0)):
            asked = sizes.copy(), np.full(n, 1 / n), factor
            found, anew = kept.semivalue(*asked), FirstInOrder(orders, worth).semivalue(*asked)
            np.testing.assert_array_equal(found, anew)
            found += 1.0
            np.testing.assert_array_equal(kept.semivalue(*asked), anew)


def test_rules_see_the_same_market():
    task = Classification(dataset="wine", parties=5, copies=2)
    game = MarketGame(task, MECHANISMS.build("ShapleyDivision"))
    profile = np.array([1, 2, 3, 1, 0])
    game.outcome(profile)
    for rule in MECHANISMS:
        shared, own = game.with_mechanism(rule()).outcome(profile), MarketGame(task, rule()).outcome(profile)
        np.testing.assert_array_equal(shared.payoffs, own.payoffs, err_msg=rule.name())


def test_copies_of_a_thousand_parties():
    task = Classification(dataset="digits", parties=1000, copies=1)
    game = MarketGame(task, MECHANISMS.build("ReplicationRobustDivision"))
    outcome = game.outcome(np.full(1000, task.honest + 1))
    assert outcome.revenue == pytest.approx(0, abs=1e-9)
    assert outcome.settlement.payments.shape == (1000,)


@pytest.fixture(scope="module")
def three_hundred():
    rng = np.random.default_rng(0)
    orders = rng.permuted(np.tile(np.arange(300), (20, 1)), axis=1)
    game = ClassGame.structured([1] * 300, FirstInOrder(orders, (rng.random(orders.shape) < 0.8) / 20))
    return Market((game,), np.arange(300), np.ones(300, dtype=int))


@pytest.mark.parametrize("rule", list(MECHANISMS), ids=lambda rule: rule.name())
def test_every_rule_settles_many_parties_or_says_why_not(rule, three_hundred):
    if rule.name() == "NucleolusDivision":
        with pytest.raises(ValueError, match="coalitions of 300 players are too many for this value: at most 16384"):
            rule().settle(three_hundred)
    else:
        settlement = rule().settle(three_hundred)
        assert np.isfinite(settlement.payments).all()
        assert settlement.off_by is None
