"""The scenario market-game: any task, any rule, any learners."""

import numpy as np
import pytest

from potluck.agents.strategies import STRATEGIES
from potluck.mechanisms import MECHANISMS, ShapleyDivision
from potluck.models import MarketGame, QualityCurve
from potluck.scenarios import AnyMarketGame
from potluck.scenarios.from_text import build_scenario

TASK = "QualityCurve(sizes=[1, 1, 2])"


def test_its_game_is_the_market():
    scenario = AnyMarketGame(task=TASK, mechanism="ShapleyDivision", rounds=5)
    game = scenario.opening(np.random.default_rng(0)).game
    by_hand = MarketGame(QualityCurve(sizes=[1, 1, 2]), ShapleyDivision())
    for profile in by_hand.profiles():
        assert game.payoffs(profile).tolist() == by_hand.payoffs(profile).tolist()


@pytest.mark.parametrize("mechanism", MECHANISMS.names())
def test_every_rule_is_played_and_money_adds_up(mechanism):
    result = build_scenario(
        "market-game", {"task": TASK, "mechanism": mechanism, "strategies": "MixedStrategy", "rounds": "3"}
    ).run(1)
    assert [check.name for check in result.checks if not check.as_expected] == []
    assert result.tables["rounds"]["round"].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("strategy", STRATEGIES.names())
def test_every_learner_plays(strategy):
    result = build_scenario("market-game", {"task": TASK, "strategies": strategy, "rounds": "3"}).run(0)
    assert result.passed
    assert result.tables["players"]["strategy"].str.startswith(strategy).all()


def test_groups_learn_by_rules_of_their_own():
    scenario = AnyMarketGame(task=TASK, strategies=("BestResponse", "Pure(1)"), groups=(1, 2), rounds=2)
    strategies = scenario.opening(np.random.default_rng(0)).strategies
    assert [each.name() for each in strategies] == ["BestResponse", "Pure", "Pure"]
    assert strategies[1] is strategies[2]  # one cohort
    assert scenario.run(0).tables["players"]["strategy"].tolist()[0] == "BestResponse"


def test_one_rule_a_party():
    scenario = AnyMarketGame(task=TASK, strategies=("BestResponse", "MixedStrategy", "FictitiousPlay"))
    assert len(scenario.opening(np.random.default_rng(0)).strategies) == 3


@pytest.mark.parametrize(("opening_play", "present"), [("honest", 1.0), ("absent", 0.0)])
def test_how_it_opens(opening_play, present):
    result = AnyMarketGame(task=TASK, opening_play=opening_play, rounds=2).run(0)
    assert result.tables["rounds"]["present"][0] == present


def test_staying_out_can_be_ruled_out():
    game = AnyMarketGame(task=TASK, may_stay_out=False).opening(np.random.default_rng(0)).game
    assert not game.available[:, 0].any()


def test_costs_are_charged():
    free, dear = (AnyMarketGame(task=TASK, costs=costs).opening(np.random.default_rng(0)).game for costs in ((), (0.0, 0.25)))
    profile = np.array([1, 0, 1])
    assert free.payoffs(profile) - dear.payoffs(profile) == pytest.approx([0.25, 0, 0.25])


def test_a_platform_that_learns_shows_its_terms():
    table = (
        AnyMarketGame(task=TASK, mechanism="FairPayments", platform="ZoomingSearch", period=2, rounds=6).run(0).tables["rounds"]
    )
    assert table["alpha"].between(0, 1).all()
    assert (table["profit"] - table["revenue"]).ge(0).all()


def test_the_last_round_is_that_of_the_model():
    scenario = AnyMarketGame(task=TASK, strategies=("FictitiousPlay",), rounds=7)
    players = scenario.run(4).tables["players"]
    model = scenario.opening(np.random.default_rng(4)).model()
    model.run_model()
    assert players["payoff"].tolist() == model.payoffs.tolist()
    assert players["regret"].tolist() == model.regrets.tolist()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"strategies": ("BestResponse", "Pure")}, "2 strategies for 3 parties"),
        ({"strategies": ("BestResponse", "Pure"), "groups": (1, 1)}, "must add up to the task's 3 parties"),
        ({"groups": (1, 2)}, "there are 1 strategies"),
        ({"strategies": ()}, "strategies"),
        ({"opening_play": "absent", "may_stay_out": False}, "opening_play = 'absent'"),
        ({"costs": (1.0,)}, "costs"),
    ],
)
def test_bad_parameters_are_one_line(parameters, said):
    with pytest.raises(ValueError, match=said) as error:
        AnyMarketGame(task=TASK, **parameters).run(0)
    assert "\n" not in str(error.value)
