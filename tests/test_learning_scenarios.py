"""Scenarios of learning: what they find in games whose outcome is known, and that their verdicts can fail."""

import numpy as np
import pytest

from potluck.agents.strategies import BestResponse, Hedge
from potluck.models import Ensemble, RepeatedGame
from potluck.models.games.textbook import ColonelBlotto, MatchingPennies, PrisonersDilemma, ShapleysGame, StagHunt
from potluck.scenarios import Basins, Convergence, Fingerprint, Learn, Million, UnknownCosts
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


@pytest.mark.parametrize(
    ("rule", "ends_at"),
    [("ShapleyDivision", "replicate, 2 copies"), ("BalancedDivision(weights=((0.0,), (0.0, 0.5), (0.0, 1/3, 1/3)))", "honest")],
)
def test_attackers_learn_to_copy_where_it_pays_and_not_under_the_designed_rule(rule, ends_at):
    result = Learn(
        task="CoalitionValues(values=[0.0, 0.9, 0.9, 1.0])",
        mechanism=rule.replace("1/3", "0.3333333333333333"),
        attacks=("Replicate(copies=1)", "Replicate(copies=2)"),
        strategies=("Hedge",),
        rounds=300,
        replicas=10,
    ).run(0)
    assert result.findings.tables["equilibria"]["action"].tolist() == [ends_at] * 2
    assert result.findings.tables["ends"]["share"].tolist() == [1, 0]


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


# --- basins, convergence ------------------------------------------------------------------------------------------------------


def test_basins_of_replicators_meet_at_the_mixed_equilibrium():
    result = Basins(game=StagHunt(stag=5, hare=2), strategies=("BestResponse",), rounds=30, replicas=20, grid=10).run(2)
    assert outcomes(result) == {"BestResponse in strict equilibria": "reproduced", "edge of the basins": "reproduced"}
    grid = result.tables["grid"]
    same = grid[grid["start_0"] == grid["start_1"]]
    assert same["end"].tolist() == [1 * (place > 0.6) for place in same["start_0"]]
    openings = result.tables["openings"].pivot(index="opening", columns="end", values="runs")
    assert openings.loc["stag, stag", 0] == openings.loc["hare, hare", 1] == 20


def test_basins_are_for_games_with_few_openings():
    with pytest.raises(ValueError, match="more than 64 profiles"):
        Basins(game=ColonelBlotto())


def test_a_rule_that_leaves_strict_equilibria_is_found_out(monkeypatch):
    monkeypatch.setattr(BestResponse, "form", lambda *_: None)
    monkeypatch.setattr(BestResponse, "learn", lambda self, state, feedback: type(state)(1 - feedback.actions))
    result = Basins(strategies=("BestResponse",), rounds=30, replicas=5, grid=0).run(2)
    assert outcomes(result) == {"BestResponse in strict equilibria": "refuted"}


def test_theorems_on_convergence_are_told_from_play():
    games = (MatchingPennies(), StagHunt(), ShapleysGame())
    result = Convergence(games=games, strategies=("FictitiousPlay", "Hedge"), rounds=150, replicas=30).run(1)
    assert result.passed
    assert {check.name for check in result.checks} == {
        *("FictitiousPlay in MatchingPennies", "FictitiousPlay in StagHunt", "FictitiousPlay in ShapleysGame"),
        "Hedge in MatchingPennies",
    }


# --- fingerprint, million, unknown costs --------------------------------------------------------------------------------------


def test_fingerprints_of_copies_and_of_hidden_data():
    table = Fingerprint(parties=3, largest=2, mechanisms=("EqualSplit", "FreeSharing")).run().tables["fingerprint"]
    assert (table.loc[table["rule"] == "EqualSplit", "gain"] > 0).all()
    assert np.abs(table.loc[table["rule"] == "FreeSharing", "gain"]).max() < 1e-12
    hidden = Fingerprint(lie="hiding", parties=2, largest=3, mechanisms=("FreeSharing",), curve="linear").run()
    assert hidden.tables["fingerprint"]["size"].tolist() == [0.25, 0.5, 0.75] * 2
    assert hidden.tables["fingerprint"]["welfare_lost"].max() > 0


def test_many_users_follow_the_limit():
    scenario = Million(users=(100, 10_000), rounds=15, runs=6)
    result = scenario.run(1)
    assert result.passed
    low, high = result.tables["gaps"]["gap"]
    assert high < low / 4
    game = scenario.opening(np.random.default_rng(1)).game
    one = game.deviations(np.zeros(100, dtype=int))
    assert one[0, 1] == pytest.approx(0.8 / (0.01 + 0.5) - 0.9)


def test_a_platform_that_learns_keeps_its_promise():
    scenario = UnknownCosts(platforms=("UpperConfidence(points=4)", "FixedTerms(0.9)"), users=6, rounds=300, seeds=4)
    result = scenario.run(1)
    assert result.passed
    ends = result.tables["regret"].groupby("platform").last()
    assert ends.loc["UpperConfidence(points=4)", "regret"] < ends.loc["FixedTerms(alpha=0.9)", "regret"] / 2
    assert ends["regret"].min() > 0
    terms = result.tables["terms"].set_index("alpha")
    assert terms["participation"].is_monotonic_increasing


def test_a_promise_that_is_broken_is_found_out(monkeypatch):
    monkeypatch.setattr("potluck.agents.platform_strategies.UpperConfidence.regret_bound", lambda *_: 0.0)
    result = UnknownCosts(platforms=("UpperConfidence(points=4)",), users=6, rounds=100, seeds=4).run(1)
    assert not result.passed


def test_that_few_runs_decide_nothing_is_no_fault():
    result = Learn(game="PublicGoods", strategies=("Hedge",), rounds=20, replicas=2, initial=(0, 0, 0, 0)).run(1)
    assert "undecided" in outcomes(result).values()
    assert result.passed
