"""Games on graphs: what neighbours earn, and how far one who begins carries."""

import networkx as nx
import numpy as np
import pytest

from potluck.agents.strategies import BestResponse, Feedback, ImitateBest, PairwiseComparison, Seats
from potluck.components import Component
from potluck.models import (
    GAMES,
    GRAPHS,
    CompleteGraph,
    EdgeList,
    Ensemble,
    FederationGame,
    GridGraph,
    Hold,
    NetworkGame,
    NormalFormGame,
    QualityCurve,
    RepeatedGame,
    RingGraph,
)
from potluck.verdicts import share_interval


@pytest.mark.parametrize("cls", list(GRAPHS), ids=lambda cls: cls.name())
def test_graphs_are_the_same_each_time_and_number_their_nodes(cls):
    spec = cls.example()
    one, other = spec.graph(), GRAPHS.build(str(spec)).graph()
    assert isinstance(spec, Component)
    assert list(one.nodes) == list(range(len(one)))
    assert set(one.edges) == set(other.edges)
    assert not one.is_directed()
    assert nx.number_of_selfloops(one) == 0


def test_small_graphs_have_no_edge_twice():
    assert set(RingGraph(players=2, reach=5).graph().edges) == {(0, 1)}
    assert set(GridGraph(rows=1, columns=2).graph().edges) == {(0, 1)}
    assert GridGraph(rows=2, columns=2).graph().number_of_edges() == 4
    assert EdgeList(edges=((0, 2),)).graph().number_of_nodes() == 3


def test_a_game_whose_seats_differ_is_played_by_the_order_of_nodes():
    base = NormalFormGame(np.random.default_rng(1).normal(size=(2, 3, 3)))
    graph = nx.cycle_graph(4)
    game, profile = NetworkGame(base, graph), np.array([0, 2, 1, 1])
    expected = np.zeros(4)
    for one, other in graph.edges:
        first, second = sorted((one, other))
        expected[[first, second]] += base.payoffs([profile[first], profile[second]])
    assert game.payoffs(profile) == pytest.approx(expected)
    assert game.normal_form().deviations(profile) == pytest.approx(game.deviations(profile))
    assert game.arrays() is None


@pytest.mark.parametrize("name", ["StagHunt", "RockPaperScissors"])
def test_an_edge_is_the_game_itself(name):
    base = GAMES.build(name).game()
    game = NetworkGame(base, nx.path_graph(2))
    for profile in base.profiles():
        assert game.payoffs(profile) == pytest.approx(base.payoffs(profile))
    assert list(game.action_names) == list(base.action_names)


@pytest.mark.parametrize(("own", "carries"), [(1.1, True), (0.9, False)])
def test_what_pays_beside_one_of_two_neighbours_spreads_round_a_ring(own, carries):
    """Morris (2000), Contagion: on a line the threshold is a half."""
    game = NetworkGame([[1, 0], [0, own]], RingGraph(players=15).graph())
    start = np.zeros(15, dtype=int)
    start[4] = 1
    model = RepeatedGame(game=game, strategies=BestResponse(), initial=start, stop=12, holds=[Hold(player=4, action=1)], rng=1)
    model.run_model()
    assert model.actions.sum() == (15 if carries else 1)


@pytest.mark.parametrize(("temptation", "reach"), [(1.2, 3), (2.5, 21)])
def test_imitated_defection_stops_where_those_within_earn_less_than_those_beyond(temptation, reach):
    """A lone defector earns 2 T; at the rim of three it earns T, which its neighbours imitate only above 2 R."""
    game = NetworkGame([[1, 0], [temptation, 0]], RingGraph(players=21).graph())
    start = np.zeros(21, dtype=int)
    start[7] = 1
    model = RepeatedGame(game=game, strategies=ImitateBest(among="neighbours"), initial=start, stop=15, rng=1)
    model.run_model()
    assert model.actions.sum() == reach


def imitated(profile, earnings, near):
    """What the first best paid neighbour did, where it earned more: one by one."""
    result = list(profile)
    for i, others in near.items():
        best = max(sorted(others), key=lambda j: earnings[j], default=i)
        if earnings[best] > earnings[i]:
            result[i] = profile[best]
    return result


@pytest.mark.parametrize("rows", [None, [0, 3, 4, 8]], ids=["all", "a cohort"])
def test_the_best_paid_neighbour_is_found_for_many_runs_at_once(rows):
    graph = nx.gnm_random_graph(9, 11, seed=2)
    graph.remove_edges_from(list(graph.edges(3)))
    rng = np.random.default_rng(0)
    profile, earnings = rng.integers(0, 3, (40, 9)), rng.integers(0, 4, (40, 9)).astype(float)
    whole = NetworkGame(np.eye(3), graph).neighbours
    mine = np.arange(9) if rows is None else np.array(rows)
    rule = ImitateBest(among="neighbours")
    state = rule.begin(Seats(np.ones((9, 3), dtype=bool), None if rows is None else mine))
    near = whole if rows is None else whole.of(mine)
    seen = Feedback(profile[:, mine], earnings[:, mine], profile, earnings=earnings, rows=mine, neighbours=near)
    found = rule.policy(rule.learn(state, seen))
    expected = [imitated(*each, {i: list(graph[i]) for i in range(9)}) for each in zip(profile, earnings, strict=True)]
    assert found.tolist() == np.array(expected)[:, mine].tolist()


def test_comparison_along_edges_goes_one_edge_a_round():
    """Whoever plays 1 earns more for sure, so each meets it only beside it; whoever has no neighbour keeps what it does."""
    graph = nx.path_graph(7)
    graph.add_node(7)
    game = NetworkGame([[0, 0], [1, 1]], graph)
    rule = PairwiseComparison(intensity=1e6, mutation=0, among="neighbours")
    runs = Ensemble({"game": game, "strategies": rule, "initial": [1] + [0] * 7, "stop": 8}, 300, seed=1, keep="players")
    actions = runs.actions_by_round
    assert (actions[..., 7] == 0).all()
    front = actions.sum(axis=-1)
    assert front.max() == 7
    assert set(np.unique(np.diff(front, axis=1))) <= {0, 1}
    assert (np.diff(actions[..., :7], axis=-1) <= 0).all()
    # the player beside the front has one other neighbour, so it meets the front half of the time
    assert share_covers(np.mean(front[:, 1] == 2), 300, 0.5)


def test_a_neutral_mutant_on_a_ring_takes_over_as_often_as_it_is_large():
    """Without selection its share is a martingale on a graph of equal degrees, here under simultaneous comparison."""
    game = NetworkGame([[1, 0], [0, 1]], RingGraph(players=5).graph())
    rule = PairwiseComparison(intensity=0, mutation=0, among="neighbours")
    runs = Ensemble({"game": game, "strategies": rule, "initial": [1, 0, 0, 0, 0], "stop": 150}, 1500, seed=2)
    number = runs.actions.sum(axis=1)
    assert np.isin(number, (0, 5)).all()
    assert share_covers(np.mean(number == 5), 1500, 0.2)


def share_covers(share, runs, truth):
    low, high = share_interval(share, runs, 0.999)
    return low <= truth <= high


def test_neighbours_of_many_are_kept_by_edge():
    game = NetworkGame([[1, 0], [0, 2]], RingGraph(players=30_000).graph())
    assert game.neighbours.others.nbytes + game.neighbours.starts.nbytes < 40 * game.n
    for rule in (ImitateBest(among="neighbours"), PairwiseComparison(among="neighbours")):
        model = RepeatedGame(game=game, strategies=rule, stop=2, rng=1, agents=False)
        model.run_model()
        assert 0.4 < model.actions.mean() < 1


def test_who_shares_trains_with_neighbours_who_share():
    graph = RingGraph(players=5).graph()
    game = FederationGame(QualityCurve(sizes=(1, 2, 3, 4, 5), curve="square-root"), graph, np.full(5, 0.3))
    found = game.deviations(np.array([1, 0, 1, 1, 1]))
    assert found[0] == pytest.approx([1, np.sqrt(1 + 5) - 0.3])
    assert found[1] == pytest.approx([np.sqrt(2), np.sqrt(2 + 1 + 3) - 0.3])
    assert (0,) * 5 in game.pure_equilibria()
    assert (1,) * 5 in game.pure_equilibria()


def test_a_federation_of_all_neighbours_is_the_joint_model():
    task = QualityCurve(sizes=(1, 1, 2))
    game = FederationGame(task, CompleteGraph(players=3).graph(), np.zeros(3))
    assert game.payoffs([1, 1, 1]) == pytest.approx(float(task.worths([[1, 1, 1]])[0]))


def test_one_who_leaves_takes_a_line_of_federations_along():
    game = FederationGame(QualityCurve(sizes=(1,) * 8, curve="linear"), nx.path_graph(8), np.full(8, 0.9))
    model = RepeatedGame(game=game, strategies=BestResponse(), initial=np.ones(8, dtype=int), stop=20, rng=1)
    model.run_model()
    assert model.actions.all()
    alone = RepeatedGame(
        game=FederationGame(game.task, nx.path_graph(8), np.full(8, 1.5)),
        strategies=BestResponse(),
        initial=np.ones(8, dtype=int),
        stop=20,
        rng=1,
    )
    alone.run_model()
    assert not alone.actions.any()
