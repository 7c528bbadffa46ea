import itertools

import networkx as nx
import numpy as np
import pytest
import quantecon.game_theory as qe
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from potluck.mechanisms import MECHANISMS, EqualSplit, NucleolusDivision, ReplicationRobustDivision, ShapleyDivision
from potluck.models import CoalitionValues, MarketGame, NetworkGame, NormalFormGame, OwnModel, PaidOnly, Preferences, QualityCurve

PENNIES = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
DILEMMA = [[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]]
RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])


@st.composite
def games(draw, whole=False):
    """Random games of 2..4 players with unequal numbers of actions."""
    sides = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4).filter(lambda sides: np.prod(sides) <= 64))
    elements = st.integers(-2, 2).map(float) if whole else st.floats(-10, 10, allow_subnormal=False)
    tables = draw(arrays(float, [len(sides), *sides], elements=elements))
    return NormalFormGame(tables)


def drawn_profile(game, data):
    return np.array([data.draw(st.sampled_from(np.flatnonzero(row).tolist())) for row in game.available])


def drawn_policy(game, data):
    seed = data.draw(st.integers(0, 2**32 - 1))
    weights = np.random.default_rng(seed).random((game.n, game.m)) * game.available
    return weights / weights.sum(axis=1, keepdims=True)


def brute_deviations(game, profile):
    result = np.full((game.n, game.m), -np.inf)
    for player, action in np.argwhere(game.available):
        changed = profile.copy()
        changed[player] = action
        result[player, action] = game.payoffs(changed)[player]
    return result


def brute_expectation(game, policy):
    """Payoff of each own action, summed over all profiles of the others with their probabilities."""
    result = np.where(game.available, 0.0, -np.inf)
    for profile in game.profiles():
        chances = policy[np.arange(game.n), profile]
        for player, payoff in enumerate(game.payoffs(profile)):
            result[player, profile[player]] += np.delete(chances, player).prod() * payoff
    return result


def brute_equilibria(game, tolerance=1e-9):
    return [
        tuple(profile.tolist())
        for profile in game.profiles()
        if (brute_deviations(game, profile).max(axis=1) <= game.payoffs(profile) + tolerance).all()
    ]


@given(games(), st.data())
def test_deviations_are_payoffs_after_one_change(game, data):
    profile = drawn_profile(game, data)
    assert game.deviations(profile).tolist() == brute_deviations(game, profile).tolist()
    assert game.payoffs(profile).tolist() == [game.tables[(player, *profile)] for player in range(game.n)]


@given(games(), st.data())
def test_mixed_deviations_are_expectations(game, data):
    policy = drawn_policy(game, data)
    assert game.mixed_deviations(policy) == pytest.approx(brute_expectation(game, policy), abs=1e-9)


@given(games(), st.data())
def test_sure_play_is_a_special_mix(game, data):
    profile = drawn_profile(game, data)
    sure = np.eye(game.m)[profile]
    assert game.mixed_deviations(sure) == pytest.approx(game.deviations(profile), abs=1e-12)
    assert game.exploitability(sure) == pytest.approx(game.exploitability(profile), abs=1e-9)


@given(games(), st.data())
def test_exploitability_is_the_sum_of_best_gains(game, data):
    profile, policy = drawn_profile(game, data), drawn_policy(game, data)
    best = brute_deviations(game, profile).max(axis=1) - game.payoffs(profile)
    assert game.gains(profile).tolist() == best.tolist()
    assert game.exploitability(profile) == pytest.approx(best.sum())
    expected = brute_expectation(game, policy)
    earned = np.where(policy > 0, policy * np.where(game.available, expected, 0), 0).sum(axis=1)
    assert game.exploitability(policy) == pytest.approx((expected.max(axis=1) - earned).sum(), abs=1e-9)
    assert game.exploitability(policy) >= -1e-12


@given(games(whole=True))
def test_pure_equilibria_against_enumeration(game):
    assert game.pure_equilibria() == brute_equilibria(game)
    for profile in game.pure_equilibria():
        assert game.exploitability(profile) == 0


@given(games(whole=True), st.data())
def test_pure_equilibria_where_actions_are_missing(game, data):
    kept = data.draw(arrays(bool, game.available.shape)) & game.available
    kept[~kept.any(axis=1), 0] = True
    smaller = NormalFormGame(game.tables, kept)
    assert smaller.pure_equilibria() == brute_equilibria(smaller)
    profile = drawn_profile(smaller, data)
    deviations = smaller.deviations(profile)
    assert (deviations[~kept] == -np.inf).all()
    assert kept[np.arange(game.n), deviations.argmax(axis=1)].all()


CYCLE = np.zeros((3, 2, 2, 2))
"""Player 0 wants to match 1, 1 to match 2, 2 to differ from 0: no pure equilibrium, one even mix."""
for _profile in itertools.product(range(2), repeat=3):
    CYCLE[(slice(None), *_profile)] = [
        _profile[0] == _profile[1],
        _profile[1] == _profile[2],
        _profile[2] != _profile[0],
    ]


@pytest.mark.parametrize(
    ("tables", "equilibrium", "pure"),
    [
        (PENNIES, [[0.5, 0.5], [0.5, 0.5]], []),
        ([RPS, -RPS], np.full((2, 3), 1 / 3), []),
        (DILEMMA, [1, 1], [(1, 1)]),
        ([[[2, 0], [0, 1]], [[1, 0], [0, 2]]], [[2 / 3, 1 / 3], [1 / 3, 2 / 3]], [(0, 0), (1, 1)]),
        (CYCLE, np.full((3, 2), 0.5), []),
    ],
    ids=["matching pennies", "rock-paper-scissors", "prisoners' dilemma", "battle of the sexes", "three in a circle"],
)
def test_known_equilibria(tables, equilibrium, pure):
    game = NormalFormGame(tables)
    assert game.exploitability(equilibrium) == pytest.approx(0, abs=1e-12)
    assert game.pure_equilibria() == pure


@pytest.mark.parametrize(
    ("tables", "play", "gain"),
    [
        (PENNIES, [0, 0], 2),
        (PENNIES, [[1, 0], [0.5, 0.5]], 1),
        ([RPS, -RPS], [0, 1], 2),
        (DILEMMA, [0, 0], 2),
        (CYCLE, [0, 0, 0], 1),
    ],
)
def test_known_exploitability(tables, play, gain):
    assert NormalFormGame(tables).exploitability(play) == pytest.approx(gain)


@settings(max_examples=30)
@given(st.integers(2, 4), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_equilibria_found_by_quantecon_are_not_exploitable(rows, columns, seed):
    A, B = np.random.default_rng(seed).normal(size=(2, rows, columns))
    game = NormalFormGame([A, B])
    oracle = qe.NormalFormGame((qe.Player(A), qe.Player(B.T.copy())))
    found = qe.vertex_enumeration(oracle)
    assert found
    for one, other in found:
        policy = np.zeros((2, game.m))
        policy[0, :rows], policy[1, :columns] = one, other
        assert game.exploitability(policy) == pytest.approx(0, abs=1e-9)
    pure = {tuple(int(mix.argmax()) for mix in mixes) for mixes in found if all(mix.max() == 1 for mix in mixes)}
    assert pure == set(game.pure_equilibria())


@pytest.mark.parametrize(
    ("payoffs", "options"),
    [
        ([1.0, 2.0], {}),
        (np.zeros((3, 2, 2)), {}),
        (np.zeros((2, 0, 2)), {}),
        ([[[1, np.nan], [0, 0]], [[0, 0], [0, 0]]], {}),
        ([[[1, np.inf], [0, 0]], [[0, 0], [0, 0]]], {}),
        (PENNIES, {"available": [[True, True], [False, False]]}),
        (PENNIES, {"available": [True, True]}),
        (PENNIES, {"player_names": ["one"]}),
        (PENNIES, {"action_names": ["heads", "tails", "edge"]}),
        pytest.param(
            PENNIES,
            {"available": np.ones((3, 2), dtype=bool)},
        ),
        pytest.param(
            PENNIES,
            {"available": np.ones((2, 3), dtype=bool)},
        ),
        pytest.param(
            np.zeros((2, 2, 3)),
            {"available": np.ones((2, 3), dtype=bool)},
        ),
    ],
)
def test_bad_games_are_refused(payoffs, options):
    with pytest.raises(ValueError) as caught:
        NormalFormGame(payoffs, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "play",
    [
        [0],
        [0, 0, 0],
        [0, 2],
        [0, -1],
        [0.5, 0.5],
        [True, False],
        [[0.5, 0.5]],
        [[0.5, 0.6], [0.5, 0.5]],
        [[1.5, -0.5], [0.5, 0.5]],
        [[np.nan, 1], [0.5, 0.5]],
        np.zeros((2, 2, 2)),
    ],
)
def test_bad_play_is_refused(play):
    with pytest.raises(ValueError) as caught:
        NormalFormGame(PENNIES).exploitability(play)
    assert "\n" not in str(caught.value)


def test_play_of_missing_actions_is_refused():
    game = NormalFormGame(PENNIES, [[True, False], [True, True]], ["Ann", "Bob"])
    with pytest.raises(ValueError, match="Ann has no action 1"):
        game.exploitability([1, 0])
    with pytest.raises(ValueError, match="not available"):
        game.exploitability([[0.5, 0.5], [0.5, 0.5]])
    assert game.exploitability([0, 1]) == 0


def test_too_many_profiles_are_refused():
    game = NetworkGame(RPS, nx.cycle_graph(40))
    with pytest.raises(ValueError, match="too many"):
        game.normal_form()


def test_one_player_maximises():
    game = NormalFormGame([[3.0, 5.0, 4.0]])
    assert game.pure_equilibria() == [(1,)]
    assert game.exploitability([0]) == 2
    assert game.exploitability([[0, 0.5, 0.5]]) == 0.5


# --- games on networks --------------------------------------------------------------------------------------------------------


def network_tables(base, graph):
    """The normal form of a game on a network, added up edge by edge."""
    nodes = {node: row for row, node in enumerate(graph.nodes)}
    n, m = len(nodes), len(base)
    tables = np.zeros([n, *[m] * n])
    for profile in itertools.product(range(m), repeat=n):
        for one, other, weight in graph.edges(data="weight", default=1):
            i, j = nodes[one], nodes[other]
            tables[(i, *profile)] += weight * base[profile[i]][profile[j]]
            tables[(j, *profile)] += weight * base[profile[j]][profile[i]]
    return NormalFormGame(tables)


@st.composite
def networks(draw):
    n, m = draw(st.integers(1, 4)), draw(st.integers(2, 3))
    base = draw(arrays(float, (m, m), elements=st.integers(-3, 3).map(float)))
    graph = nx.Graph()
    graph.add_nodes_from(draw(st.permutations("abcd"[:n])))
    for pair in itertools.combinations("abcd"[:n], 2):
        weight = draw(st.sampled_from([0, 1, 2.5]))
        if weight:
            graph.add_edge(*pair, weight=weight)
    return base, graph


@given(networks(), st.data())
def test_network_game_adds_up_over_edges(network, data):
    game, explicit = NetworkGame(*network), network_tables(*network)
    profile, policy = drawn_profile(game, data), drawn_policy(game, data)
    assert game.deviations(profile) == pytest.approx(explicit.deviations(profile))
    assert game.payoffs(profile) == pytest.approx(explicit.payoffs(profile))
    assert game.mixed_deviations(policy) == pytest.approx(explicit.mixed_deviations(policy))
    assert game.normal_form().tables == pytest.approx(explicit.tables)
    assert game.pure_equilibria() == explicit.pure_equilibria()


def test_coordination_on_a_ring_is_global_or_local():
    game = NetworkGame([[1, 0], [0, 1]], nx.cycle_graph(4))
    assert set(game.pure_equilibria()) >= {(0, 0, 0, 0), (1, 1, 1, 1), (0, 0, 1, 1)}
    assert game.exploitability([0, 1, 0, 1]) == 8


def looped():
    graph = nx.path_graph(2)
    graph.add_edge(0, 0)
    return graph


@pytest.mark.parametrize(
    ("base", "graph"),
    [
        ([[1, 0]], nx.path_graph(2)),
        ([1, 0], nx.path_graph(2)),
        ([[1, np.nan], [0, 1]], nx.path_graph(2)),
        (RPS, nx.DiGraph([(0, 1)])),
        (RPS, nx.Graph()),
        pytest.param(
            RPS,
            nx.Graph([(0, 1, {"weight": np.nan})]),
        ),
        pytest.param(
            [[1, 0], [0, 2]],
            looped(),
        ),
    ],
)
def test_bad_networks_are_refused(base, graph):
    with pytest.raises(ValueError) as caught:
        NetworkGame(base, graph)
    assert "\n" not in str(caught.value)


# --- markets as games ---------------------------------------------------------------------------------------------------------

UNLIKE = QualityCurve(sizes=(1, 2, 4), copies=1)
RULES = [ShapleyDivision(), ReplicationRobustDivision(), EqualSplit()]


@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("available", [None, [1, 2], [0, 1]])
def test_normal_form_of_a_market_agrees_with_it(rule, available):
    game = MarketGame(UNLIKE, rule, available=available)
    table = game.normal_form()
    for profile in game.profiles():
        assert table.payoffs(profile).tolist() == game.payoffs(profile).tolist()
        assert table.deviations(profile).tolist() == game.deviations(profile).tolist()
    assert game.pure_equilibria() == brute_equilibria(game)


def test_market_deviations_are_payoffs_after_one_change():
    game = MarketGame(UNLIKE, ShapleyDivision(), available=[0, 2])
    for profile in game.profiles():
        assert game.deviations(profile).tolist() == brute_deviations(game, profile).tolist()
        assert game.deviations(profile)[:, 1].tolist() == [-np.inf] * 3


class Apart(QualityCurve):
    """The same task, but nobody is said to be interchangeable."""

    def interchangeable(self):
        return np.arange(self.n_parties)


@pytest.mark.parametrize("cls", list(MECHANISMS), ids=lambda cls: cls.name())
def test_grouping_alike_parties_changes_nothing(cls):
    rule = cls()
    sizes, options = (1, 1, 2, 1), {"copies": 1, "levels": (0.5, 1)}
    grouped = MarketGame(QualityCurve(sizes=sizes, **options), rule)
    apart = MarketGame(Apart(sizes=sizes, **options), rule)
    rng = np.random.default_rng(0)
    for profile in rng.integers(grouped.m, size=(60, 4)):
        one, other = grouped.outcome(profile), apart.outcome(profile)
        assert one.payoffs == pytest.approx(other.payoffs, abs=1e-12)
        assert one.settlement.rewards == pytest.approx(other.settlement.rewards)
        assert one.settlement.payments == pytest.approx(other.settlement.payments, abs=1e-12)
        assert one.profit == pytest.approx(other.profit)


def test_many_alike_parties_are_settled_by_class():
    game = MarketGame(QualityCurve(sizes=(1.0,) * 200), ShapleyDivision())
    payoffs = game.payoffs(np.ones(200, dtype=int))
    joint, alone = 1 - np.exp(-200), 1 - np.exp(-1)
    assert payoffs == pytest.approx(np.full(200, joint - alone + joint / 200))


def test_market_payoff_by_hand():
    game = MarketGame(CoalitionValues(values=(0, 0.6, 0.5, 1)), ShapleyDivision())
    outcome = game.outcome(np.array([1, 1]))
    assert outcome.payoffs == pytest.approx([0.4 + 0.55, 0.5 + 0.45])
    assert outcome.profit == pytest.approx(0)
    assert outcome.welfare == pytest.approx(1.9)
    outcome = game.outcome(np.array([1, 0]))
    assert outcome.payoffs == pytest.approx([0.6, 0])
    assert outcome.profit == pytest.approx(0)


def test_who_stays_out_keeps_what_it_has():
    task = CoalitionValues(values=(0, 0.6, 0.5, 1))
    game = MarketGame(task, ReplicationRobustDivision(), Preferences(over_alone=False))
    assert game.payoffs(np.array([0, 0])) == pytest.approx([0.6, 0.5])
    assert game.payoffs(np.array([1, 0])) == pytest.approx([0.6, 0.5])


def test_too_many_unlike_identities_are_refused():
    game = MarketGame(QualityCurve(sizes=tuple(range(1, 9)), copies=16), NucleolusDivision())
    with pytest.raises(ValueError, match="too many for this value"):
        game.payoffs(np.full(8, 17))


def test_of_many_unlike_identities_a_rule_asks_no_more_than_it_needs_and_says_what_sampling_leaves():
    task = QualityCurve(sizes=tuple(range(1, 31)), scale=100.0)
    assert MarketGame(task, EqualSplit()).payoffs(np.ones(30, dtype=int)).shape == (30,)
    settlement = MarketGame(task, ShapleyDivision()).outcome(np.ones(30, dtype=int)).settlement
    linear = MarketGame(QualityCurve(sizes=tuple(range(1, 31)), scale=100.0, curve="linear"), ShapleyDivision())
    assert settlement.payments.sum() == pytest.approx(-task.worths(np.ones((1, 30), dtype=int))[0])
    assert (settlement.off_by > 0).all()
    assert settlement.off_by.max() < 1e-3
    exact = linear.outcome(np.ones(30, dtype=int)).settlement
    assert exact.off_by is None
    np.testing.assert_allclose(-exact.payments, np.arange(1, 31) / 100)


@pytest.mark.parametrize(
    "options",
    [
        {"available": [3]},
        {"available": [-1]},
        {"available": []},
        {"available": np.ones((2, 4), dtype=bool)},
        {"available": np.zeros((2, 3), dtype=bool)},
        {"preferences": Preferences(costs=(0.1, 0.2))},
        {"preferences": Preferences(costs=((0.1, 0.2, 0.3),))},
        {"player_names": ["one"]},
    ],
)
def test_pieces_that_do_not_fit_are_refused(options):
    with pytest.raises(ValueError) as caught:
        MarketGame(CoalitionValues(copies=1), EqualSplit(), **options)
    assert "\n" not in str(caught.value)


# --- preferences --------------------------------------------------------------------------------------------------------------

money = st.floats(-5, 5)
triples = st.lists(money, min_size=3, max_size=3).map(np.array)


@given(triples, triples, triples, money)
def test_payoff_is_worth_less_alone_less_payment_less_cost(rewards, payments, alone, price):
    costs = (0.0, 0.3, 0.5)
    profile = np.array([0, 1, 2])
    preferences = Preferences(OwnModel(price), costs=costs)
    expected = price * np.maximum(rewards, alone) - price * alone - payments - np.array(costs)
    assert preferences.payoffs(rewards, payments, profile, alone) == pytest.approx(expected)


@given(triples, triples, triples)
def test_who_has_no_use_for_models_counts_money_only(rewards, payments, alone):
    assert Preferences(PaidOnly()).payoffs(rewards, payments, np.zeros(3, dtype=int), alone) == pytest.approx(-payments)


@given(triples)
def test_a_model_worse_than_the_own_one_is_not_used(alone):
    assert Preferences().payoffs(alone - 1, np.zeros(3), np.zeros(3, dtype=int), alone).tolist() == [0, 0, 0]


def test_costs_may_differ_between_parties():
    preferences = Preferences(PaidOnly(), costs=((0, 1, 2), (0, 10, 20)))
    nothing = np.zeros(2)
    assert preferences.payoffs(nothing, nothing, np.array([2, 1]), nothing).tolist() == [-2, -10]
    game = MarketGame(CoalitionValues(copies=1), EqualSplit(), preferences)
    assert game.payoffs(np.array([1, 2])) == pytest.approx([1 / 3 - 1, 2 / 3 - 20])


def test_costs_are_lost_to_welfare():
    task = CoalitionValues(copies=1)
    free = MarketGame(task, ShapleyDivision())
    dear = MarketGame(task, ShapleyDivision(), Preferences(costs=(0, 0.1, 0.25)))
    profile = np.array([1, 2])
    assert free.welfare(profile) - dear.welfare(profile) == pytest.approx(0.35)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Preferences(costs=("much",)),
        lambda: Preferences("NoSuchValuation"),
        lambda: OwnModel("much"),
        pytest.param(
            lambda: OwnModel(float("nan")),
        ),
        lambda: Preferences(costs=(float("nan"), 1.0)),
    ],
)
def test_bad_preferences_are_refused(bad):
    with pytest.raises(ValueError) as caught:
        bad()
    assert "\n" not in str(caught.value)
