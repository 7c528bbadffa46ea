"""Scenarios of learning: what they find in games whose outcome is known, and that their verdicts can fail."""

import numpy as np
import pytest

from potluck.agents.strategies import BestResponse, Hedge
from potluck.models import Ensemble, RepeatedGame
from potluck.models.games.textbook import ColonelBlotto, MatchingPennies, PrisonersDilemma, StagHunt
from potluck.scenarios import Learn
from potluck.scenarios.dynamics.learning_runs import LearningRuns
from potluck.scenarios.dynamics.played_games import is_zero_sum, known_equilibria, spread_of
from potluck.verdicts import REFUTED


def outcomes(result):
    return {check.name: check.outcome.value for check in result.checks}


def test_regrets_of_opposed_players_add_up_and_keep_what_rules_promise():
    result = Learn(game=MatchingPennies(), strategies=("Hedge",), rounds=200, replicas=40).run(1)
    assert result.passed
    assert {"regrets of opposed players", "regret of player 0"} <= set(outcomes(result))
    assert (result.tables["ends"]["runs"].sum(), len(result.tables["bands"])) == (40, 32)


def test_learners_leave_the_dilemma_where_it_is():
    result = Learn(game=PrisonersDilemma(), strategies=("BestResponse",), rounds=20, replicas=10).run(3)
    assert result.tables["ends"]["runs"].tolist() == [10, 0]
    assert result.tables["runs"]["time"].max() <= 1


def test_a_rule_that_breaks_its_promise_is_found_out(monkeypatch):
    monkeypatch.setattr(Hedge, "regret_bound", lambda *_: 0.0)
    result = Learn(game=MatchingPennies(), strategies=("Hedge",), rounds=100, replicas=20).run(1)
    assert [check.name for check in result.checks if check.outcome is REFUTED] == ["regret of player 0", "regret of player 1"]


def test_the_market_that_is_stepped_through_is_the_first_run():
    scenario = Learn(task="QualityCurve(sizes=(1.0,1.0,2.0),copies=1)", strategies=("Hedge",), rounds=30, replicas=3)
    result = scenario.run(5)
    model = scenario.opening(np.random.default_rng(5)).model()
    model.run_model()
    assert model.history()["payoff"].to_numpy() == pytest.approx(result.tables["path"]["payoff"].to_numpy())
    assert result.passed
    assert model.game.mechanism is not None


def test_every_run_of_an_ensemble_can_be_played_alone():
    arguments = {"game": MatchingPennies().game(), "strategies": BestResponse(), "stop": 3}
    runs = Ensemble(arguments, 20, seed=1, keep="players")
    for seed, acts in zip(runs.seeds, runs.actions_by_round, strict=True):
        alone = RepeatedGame(**arguments, rng=seed)
        alone.run_model()
        assert alone.history()["action"].tolist() == acts.reshape(-1).tolist()


def test_averages_are_those_of_the_actions():
    arguments = {"game": StagHunt().game(), "strategies": Hedge(), "stop": 50}
    played = LearningRuns.of(arguments, 4, 2)
    acts = played.runs.actions_by_round
    for look, average in zip(played.looks, played.averages, strict=True):
        assert average[..., 1] == pytest.approx(acts[:, : look + 1].mean(axis=1))
    assert played.looks[[0, -1]].tolist() == [0, 50]
    assert played.of_average[-1] == pytest.approx([played.game.exploitability(each) for each in played.averages[-1]])


def test_what_a_game_says_of_itself():
    assert is_zero_sum(ColonelBlotto().game())
    assert not is_zero_sum(StagHunt().game())
    assert spread_of(StagHunt(stag=4, hare=3).game()) == 4
    assert len(known_equilibria(StagHunt().game(), StagHunt())) == 3


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"strategies": ("Hedge",) * 3}, "3 strategies for 2 players"),
        ({"initial": (0, 7)}, "no action 7"),
        ({"task": "QualityCurve(sizes=(1.0,1.0,1.0,1.0,1.0,1.0),copies=8)"}, "at most 100000 profiles"),
    ],
)
def test_what_does_not_fit_is_refused(bad, said):
    with pytest.raises(ValueError, match=said):
        Learn(**bad)


def test_what_would_not_fit_into_memory_is_refused():
    with pytest.raises(ValueError, match="ask for fewer"):
        Learn(rounds=100_000, replicas=100_000).run()
