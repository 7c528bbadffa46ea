"""A round as a value: snapshots, columns, Mesa's runner, memory; what players intend and what they did."""

import dataclasses
import gc
import os
import pickle
import subprocess
import sys
import typing
import weakref

import mesa
import networkx as nx
import numpy as np
import pytest

from potluck.agents import Player
from potluck.agents.platform_strategies import GradientSearch, ZoomingSearch
from potluck.agents.strategies import STRATEGIES, BestResponse, Hedge, MixedStrategy, RegretMatching, Seats
from potluck.mechanisms import FairPayments
from potluck.models import (
    Alternating,
    Converged,
    Inertia,
    Keep,
    MarketGame,
    MeanEstimation,
    NetworkGame,
    NormalFormGame,
    PaidOnly,
    Preferences,
    RepeatedGame,
    Rounds,
    StrategicGame,
)

PENNIES = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
DILEMMA = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])


def played(**options):
    model = RepeatedGame(**{"game": PENNIES, "strategies": MixedStrategy(), "stop": 20, "rng": 1} | options)
    model.run_model()
    return model


def text(model):
    return model.history().to_csv(), model.rounds().to_csv()


@pytest.mark.parametrize("strategy", list(STRATEGIES), ids=lambda cls: cls.name())
def test_a_branch_plays_on_as_the_game_would_have(strategy):
    game = NormalFormGame(np.random.default_rng(3).normal(size=(3, 2, 3, 2)))
    model = RepeatedGame(game=game, strategies=strategy(), revision=Inertia(0.3), stop=Rounds(12), rng=5)
    for _ in range(5):
        model.step()
    here = pickle.loads(pickle.dumps(model.snapshot()))
    unpickled = pickle.loads(pickle.dumps(model))
    branch = model.branch()
    model.run_model()
    straight = (*text(model), model.policy.tolist())
    for other in (branch, unpickled):
        other.run_model()
        assert (*text(other), other.policy.tolist()) == straight
    model.restore(here)
    assert (model.round, model.running, len(model.rounds())) == (5, True, 6)
    model.run_model()
    assert (*text(model), model.policy.tolist()) == straight


@pytest.mark.parametrize("strategy", list(STRATEGIES), ids=lambda cls: cls.name())
def test_a_state_is_a_frozen_value_of_plain_types(strategy):
    state = strategy().begin(Seats(np.ones((2, 3), dtype=bool)))
    hints = typing.get_type_hints(type(state))
    assert typing.Any not in hints.values()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(state, next(iter(hints)), None)


def test_what_is_intended_is_not_what_was_kept():
    model = played(revision=Alternating(), stop=Rounds(5))
    assert model.exploitability_of("policy") == 0
    assert [player.mixed_strategy.tolist() for player in model.players] == [[0.5, 0.5]] * 2
    assert model.exploitability > 0
    assert played(revision=Alternating(), stop=Rounds(50) | Converged(of="policy")).round == 1


@pytest.mark.parametrize("platform", [GradientSearch(), ZoomingSearch(points=3)], ids=str)
def test_a_platform_is_put_back_too(platform):
    task = MeanEstimation(users=3)
    game = MarketGame(task, FairPayments(0.5), Preferences(PaidOnly(), over_alone=False, costs=(0, 0.1)))
    model = RepeatedGame(game=game, strategies="RegretMatching", platform=platform, period=3, stop=Rounds(40), rng=2)
    for _ in range(16):
        model.step()
    here = model.snapshot()
    model.run_model()
    other = pickle.loads(pickle.dumps(model)).branch(here)
    other.run_model()
    assert text(other) == text(model)
    assert other.game.mechanism == model.game.mechanism


def test_the_past_does_not_change_when_a_branch_goes_on():
    model = played(stop=Rounds(4))
    here, before = model.snapshot(), text(model)
    branch = model.branch(here)
    branch.step()
    assert text(model) == before
    assert len(branch.rounds()) == 6


def test_a_game_resumes_from_a_snapshot_alone():
    model = RepeatedGame(game=PENNIES, strategies=Hedge(), stop=Rounds(20), rng=1)
    for _ in range(7):
        model.step()
    saved = pickle.dumps(model.snapshot())
    assert len(saved) < 4000
    model.run_model()
    other = RepeatedGame(game=PENNIES, strategies=Hedge(), stop=Rounds(20), rng=99)
    other.restore(pickle.loads(saved))
    other.run_model()
    assert text(other)[0].splitlines()[-1].split(",")[1:] == text(model)[0].splitlines()[-1].split(",")[1:]
    assert other.regrets.tolist() == model.regrets.tolist()
    with pytest.raises(ValueError, match="another game"):
        RepeatedGame(game=NormalFormGame(np.zeros((2, 3, 3))), strategies=Hedge(), rng=1).restore(model.snapshot())


def test_equal_rules_form_a_cohort_and_names_are_rules():
    apart = played(strategies=[Hedge(rate=0.3), Hedge(rate=0.3)])
    assert len(apart._course.cohorts) == 1
    assert text(apart) == text(played(strategies=Hedge(rate=0.3))) == text(played(strategies=["Hedge(rate=0.3)"] * 2))
    assert text(played(strategies="BestResponse")) == text(played(strategies=BestResponse()))
    with pytest.raises(ValueError, match="did you mean 'BestResponse'"):
        played(strategies="BestRespons")


@pytest.mark.parametrize(("stop", "error"), [(0, ValueError), (-3, ValueError), ("soon", TypeError), (1.5, TypeError)])
def test_a_number_of_rounds_is_checked_at_once(stop, error):
    with pytest.raises(error) as caught:
        RepeatedGame(game=PENNIES, strategies=BestResponse(), stop=stop)
    assert "\n" not in str(caught.value)
    assert played(stop=7).round == 7


def test_columns_answer_as_mesas_collector_does():
    model = played(stop=Rounds(3))
    collector = model.datacollector
    assert isinstance(collector, mesa.DataCollector)
    agents = collector.get_agent_vars_dataframe()
    assert agents.index.names == ["Step", "AgentID"]
    assert agents.index.tolist() == [(t, player.unique_id) for t in range(4) for player in model.players]
    assert agents["payoff"].tolist() == model.history()["payoff"].tolist()
    assert collector.get_agenttype_vars_dataframe(Player).equals(agents)
    assert collector.get_model_vars_dataframe().index.tolist() == [0, 1, 2, 3]
    assert collector.model_vars["welfare"] == [0.0] * 4


def test_every_kth_round_shares_or_nothing_is_kept():
    whole = played(stop=Rounds(23)).history()
    thinned = played(stop=Rounds(23), keep=Keep(every=5)).history()
    assert thinned["round"].unique().tolist() == [0, 5, 10, 15, 20, 23]
    assert thinned.reset_index(drop=True).equals(whole[whole["round"].isin([0, 5, 10, 15, 20, 23])].reset_index(drop=True))
    shares = played(stop=Rounds(23), keep=Keep("shares")).datacollector.shares
    assert shares[0].tolist() == (whole["action"] == 0).groupby(whole["round"]).mean().tolist()
    nothing = played(keep=Keep("nothing"))
    assert nothing.datacollector.model_vars == {}
    with pytest.raises(ValueError, match="keeps no history"):
        nothing.history()


@pytest.mark.parametrize("keep", [Keep(), Keep(every=4)], ids=str)
def test_batch_runs_give_the_last_round_and_the_players(keep):
    options = {"game": DILEMMA, "strategies": RegretMatching(), "stop": Rounds(9), "keep": keep, "rng": 3}
    rows = mesa.batch_run(RepeatedGame, {key: [value] for key, value in options.items()}, display_progress=False)
    model = played(**options)
    assert [row["AgentID"] for row in rows] == [1, 2]
    assert [row["action"] for row in rows] == model.actions.tolist()
    assert [row["regret"] for row in rows] == model.regrets.tolist()
    assert {(row["Step"], row["exploitability"], row["welfare"]) for row in rows} == {(9, model.exploitability, model.welfare)}


def test_a_thousand_games_let_go_are_freed():
    game = NetworkGame([[1, 0], [0, 2]], nx.cycle_graph(5))
    games = [weakref.ref(RepeatedGame(game=game, strategies=BestResponse(), rng=seed)) for seed in range(1000)]
    gc.collect()
    assert sum(each() is not None for each in games) == 0
    assert [agent.unique_id for agent in RepeatedGame(game=game, strategies=BestResponse(), rng=1).players] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("seed", [np.int64(1), np.uint8(1), 1])
def test_any_whole_number_is_a_seed(seed):
    assert text(played(rng=seed)) == text(played(rng=1))


def test_a_game_defines_payoffs_or_deviations():
    class ByPayoffs(StrategicGame):
        def payoffs(self, profile):
            return DILEMMA.payoffs(profile)

    class ByDeviations(StrategicGame):
        def deviations(self, profile):
            return DILEMMA.deviations(profile)

    for profile in DILEMMA.profiles():
        for cls in (ByPayoffs, ByDeviations):
            game = cls(np.ones((2, 2)))
            assert game.payoffs(profile).tolist() == DILEMMA.payoffs(profile).tolist()
            assert game.deviations(profile).tolist() == DILEMMA.deviations(profile).tolist()
    with pytest.raises(TypeError, match="must define"):
        StrategicGame(np.ones((2, 2)))


def test_names_differ_and_weights_are_numbers():
    with pytest.raises(ValueError, match="names must differ: 'a'"):
        NormalFormGame(np.zeros((2, 2, 2)), player_names=["a", "a"])
    with pytest.raises(ValueError, match="weight of edge"):
        NetworkGame([[1, 0], [0, 2]], nx.parse_edgelist(["a b {'weight': '3'}"]))
    many = NormalFormGame(np.zeros((2, 2, 2)))
    assert list(many.player_names) == ["player 0", "player 1"]
    assert many.player_names[-1] == "player 1"


def test_players_see_no_regret_of_others():
    game = NormalFormGame(np.random.default_rng(0).normal(size=(3, 2, 2, 2)))
    model = played(game=game, strategies=["BestResponse", "Hedge", "Exp3"])
    assert [player.regret for player in model.players] == model.regrets.tolist()


@pytest.mark.slow
def test_compiled_rounds_write_nothing_beside_their_arrays(tmp_path):
    script = """
import numpy as np
from potluck.agents.strategies import FictitiousPlay, Hedge
from potluck.models import NormalFormGame, RepeatedGame
game = NormalFormGame(np.random.default_rng(0).normal(size=(2, 7, 7)))
for strategy in (FictitiousPlay(), Hedge(), [FictitiousPlay(), Hedge()]):
    model = RepeatedGame(game=game, strategies=strategy, rng=1)
    for _ in range(3):
        model.step()
    here = model.snapshot()
    model.step()
    model.restore(here)
    model.step()
"""
    environment = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
