"""Pictures of games say what the games are: what is drawn is held against the numbers behind it."""

import networkx as nx
import numpy as np
import pytest

from potluck import pictures as game_figures
from potluck.agents.strategies import BestResponse, MixedStrategy
from potluck.mechanisms import FairPayments, ShapleyDivision
from potluck.models import Alternating, MarketGame, NetworkGame, NormalFormGame, QualityCurve, RepeatedGame, Rounds
from potluck.pictures import figures
from potluck.pictures.game_record import GameRecord, places
from potluck.pictures.network import POINTS_A_UNIT, room
from potluck.pictures.phase_portrait import draw_portrait, field_of, has_portrait

PENNIES = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
STAG = [[4, 1], [3, 3]]


def viewed(game, strategies=None, rounds=6, initial=None):
    model = RepeatedGame(
        game=game, strategies=strategies or MixedStrategy(), revision=Alternating(), stop=Rounds(rounds), rng=2, initial=initial
    )
    record = GameRecord(model)
    while model.running:
        model.step()
        record.note()
    return record.view(), model


def axes():
    _, (axis,) = figures.new_figure()
    return axis


MARKET = MarketGame(QualityCurve(sizes=[1, 1, 2], copies=2), ShapleyDivision())


def test_the_record_holds_every_round():
    view, model = viewed(MARKET)
    history = model.history()
    assert view.players["action"].tolist() == history["action"].tolist()
    assert view.players["payoff"].tolist() == history["payoff"].tolist()
    assert view.rounds["exploitability"].tolist() == model.rounds()["exploitability"].tolist()
    for each, profile in zip(view.past, history.pivot(index="round", columns="player", values="action").to_numpy(), strict=True):
        assert each.shares.tolist() == [(profile == action).mean() for action in range(MARKET.m)]
        assert each.exploitability == pytest.approx(MARKET.exploitability(profile))


def test_a_view_does_not_change_when_the_game_goes_on():
    model = RepeatedGame(game=MARKET, strategies=MixedStrategy(), rng=1)
    record = GameRecord(model)
    view = record.view()
    before = view.actions.tolist(), view.payoffs.tolist(), len(view.past), view.policy.tolist()
    for _ in range(5):
        model.step()
        record.note()
    assert (view.actions.tolist(), view.payoffs.tolist(), len(view.past), view.policy.tolist()) == before


@pytest.mark.parametrize("count", [1, 2, 9, 10, 40])
def test_actions_have_colours_of_their_own(count):
    colours = game_figures.action_colours(count)
    assert len(set(colours)) == count
    if count > 9:  # from dark to light, so that they differ in print, too
        light = [
            sum(int(colour[at : at + 2], 16) * weight for at, weight in ((1, 0.3), (3, 0.6), (5, 0.1))) for colour in colours
        ]
        assert light == sorted(light)


def test_columns_of_shares_reach_from_nothing_to_all():
    view, _ = viewed(MARKET)
    axis = axes()
    game_figures.draw_shares(axis, view)
    bottom = np.zeros(len(view.past))
    for patch in axis.patches:
        data = patch.get_data()
        assert data.baseline.tolist() == bottom.tolist()
        bottom = data.values
    assert bottom == pytest.approx(np.ones(len(view.past)))


def test_who_earns_more_is_larger():
    view, _ = viewed(MARKET)
    sizes = game_figures.node_sizes(view)
    assert np.argsort(sizes, kind="stable").tolist() == np.argsort(view.payoffs, kind="stable").tolist()
    assert (sizes > 0).all()


def test_money_is_conserved_in_the_picture():
    view, model = viewed(MarketGame(QualityCurve(sizes=[1, 2, 3]), FairPayments(0.5)), rounds=3, initial=[1, 1, 1])
    axis = axes()
    game_figures.draw_money(axis, view)
    widths = [bar.get_width() for bar in axis.patches]
    assert len(widths) == 4
    assert sum(widths) == pytest.approx(0)
    assert widths[-1] == pytest.approx(model.revenue)


def test_money_of_very_many_is_drawn_from_the_most_to_the_least():
    game = MarketGame(QualityCurve(sizes=[1.0] * 30 + [50.0]), FairPayments(0.5))
    view, _ = viewed(game, rounds=1, initial=np.ones(31, dtype=np.int64))
    axis = axes()
    game_figures.draw_money(axis, view)
    received, paid = (patch.get_data() for patch in axis.patches)
    assert (received.values + paid.values).tolist() == sorted((-view.payments).tolist(), reverse=True)
    assert (received.edges[0], received.edges[-1]) == (0, 31)
    assert axis.get_ylabel()


def test_what_an_action_would_have_earned_is_measured_from_nothing():
    view, _ = viewed(MARKET)
    probabilities, earnings = axes(), axes()
    game_figures.draw_choice(probabilities, earnings, view, 1)
    assert [bar.get_width() for bar in probabilities.patches] == view.policy[1].tolist()
    (lines,) = (each for each in earnings.collections if hasattr(each, "get_segments"))
    assert [sorted(segment[:, 0]) for segment in lines.get_segments()] == [sorted((0, each)) for each in view.deviations[1]]


def test_exploitability_is_drawn_as_it_is_and_equilibria_at_the_foot():
    view, _ = viewed(MARKET, BestResponse(), initial=[1, 1, 1])
    values = np.array([each.exploitability for each in view.past])
    assert (values == 0).any()
    assert (values > 0).any()
    axis = axes()
    game_figures.draw_exploitability(axis, view)
    line, marks = axis.lines
    drawn = np.asarray(line.get_ydata())
    assert drawn[values > 0].tolist() == values[values > 0].tolist()
    assert (drawn[values == 0] < values[values > 0].min()).all()
    assert np.asarray(marks.get_xdata()).tolist() == np.flatnonzero(values == 0).tolist()
    labels = {place: label.get_text() for place, label in zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)}
    assert labels[drawn[values == 0][0]] == "0"
    assert "10^{" in labels[10.0 ** np.round(np.log10(values.max()))]


def test_what_copying_earned():
    view, model = viewed(MARKET, BestResponse(), initial=[1, 1, 1])
    axis = axes()
    game_figures.draw_temptation(axis, view)
    for row, bar in enumerate(axis.patches):
        honest = model.actions.copy()
        honest[row] = MARKET.task.honest
        assert bar.get_width() == pytest.approx(model.payoffs[row] - MARKET.payoffs(honest)[row])


def test_what_is_reported():
    copies, _ = viewed(MARKET)
    assert game_figures.reported(copies) == "copies"
    assert game_figures.reported(viewed(PENNIES)[0]) == ""
    attack = NormalFormGame([[[1, 0], [2, 0]]] * 2, action_names=["honest", "copy"])
    assert game_figures.reported(viewed(attack)[0]) == "attacks"
    axis = axes()
    game_figures.draw_reports(axis, viewed(attack)[0])
    assert len(axis.patches) == 7 * 2
    levels = MarketGame(QualityCurve(sizes=[1, 2], levels=[0.5, 1]), ShapleyDivision())
    assert game_figures.reported(viewed(levels)[0]) == "level"
    with pytest.raises(ValueError, match="no action of this game is the honest one"):
        game_figures.draw_temptation(axes(), viewed(PENNIES)[0])


@pytest.mark.parametrize("count", [1, 2, 5, 40, 41, 1000])
def test_places_are_apart_and_inside(count):
    game = MarketGame(QualityCurve(sizes=[1.0] * count), FairPayments())
    found = places(game)
    assert found.hub
    assert len(found.rows) == min(count, 400)
    assert (np.abs(found.at) < 1).all()
    assert len(np.unique(found.at.round(6), axis=0)) == len(found.rows)


def test_players_on_a_graph_stand_on_it():
    graph = nx.cycle_graph(5)
    found = places(NetworkGame([[1, 0], [0, 2]], graph))
    assert sorted(map(sorted, found.edges)) == sorted(map(sorted, graph.edges))
    assert not found.hub
    view, _ = viewed(NetworkGame([[1, 0], [0, 2]], graph))
    axis = axes()
    game_figures.draw_network(axis, view, 2)
    assert len(axis.lines) == 5


SMALL_WORLD = nx.connected_watts_strogatz_graph(49, 4, 0.1, seed=0)


@pytest.mark.parametrize("graph", [nx.cycle_graph(49), nx.grid_2d_graph(7, 7), SMALL_WORLD], ids=["ring", "grid", "small world"])
def test_no_player_covers_another(graph):
    view, _ = viewed(NetworkGame([[1, 0], [0, 2]], nx.convert_node_labels_to_integers(graph)), BestResponse(), rounds=1)
    at = view.places.at[:, None] - view.places.at[None]
    apart = np.hypot(at[..., 0], at[..., 1]) + 10 * np.eye(len(at))
    across = np.sqrt(game_figures.node_sizes(view).max()) / POINTS_A_UNIT
    near = (apart < across).sum() / 2
    assert near <= 2, f"{near} pairs of 49 players cover each other"
    assert room(view.places) > 0.5 * np.median(apart.min(axis=1)), "players are smaller than they need to be"


def test_the_field_of_matching_pennies_turns_around_the_middle():
    field = field_of(PENNIES)
    assert field.kind == "square"
    middle = field.x.shape[0] // 2
    assert field.u[middle, middle] == pytest.approx(0)
    assert field.v[middle, middle] == pytest.approx(0)
    # the matcher follows the other, the other flees
    assert (np.sign(field.u) == np.sign(field.y - 0.5).round(9)).all()
    assert (np.sign(field.v) == -np.sign(field.x - 0.5).round(9)).all()


def test_best_replies_are_those_of_the_tables():
    tables = np.random.default_rng(0).normal(size=(2, 4, 4))
    field = field_of(NormalFormGame(tables))
    assert field.kind == "replies"
    assert field.u.tolist() == tables[0].argmax(axis=0).tolist()
    assert field.v.tolist() == tables[1].argmax(axis=1).tolist()


def test_the_gain_of_a_population_is_that_against_the_mix():
    game = NetworkGame(STAG, nx.complete_graph(4))
    field = field_of(game)
    assert field.kind == "line"
    # against three who each hunt hares with probability x: hare earns 9, stag 12 (1 - x) + 3 x
    assert field.y == pytest.approx(9 - (12 - 9 * field.x))


@pytest.mark.parametrize("game", [PENNIES, NormalFormGame(np.arange(18.0).reshape(2, 3, 3)), NetworkGame(STAG, nx.path_graph(5))])
def test_portraits_are_drawn(game):
    view, _ = viewed(game)
    assert has_portrait(game)
    axis = axes()
    draw_portrait(axis, view, field_of(game))
    draw_portrait(axes(), view, None if game.n > 2 else field_of(game))
    assert axis.get_xlabel()
    assert axis.get_ylabel()


def test_three_players_with_three_actions_have_no_portrait():
    game = NormalFormGame(np.zeros((3, 3, 3, 3)))
    assert not has_portrait(game)
    with pytest.raises(ValueError, match="two players"):
        field_of(game)


def test_very_many_rounds_are_thinned_and_keep_the_last():
    view, _ = viewed(PENNIES, rounds=1600)
    past = game_figures.thinned(view)
    assert len(past) <= game_figures.MOST_POINTS + 1
    assert (past[0].number, past[-1].number) == (0, 1600)
