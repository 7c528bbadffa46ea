"""The repeated game under Mesa's own names, and what branches ask of it."""

import inspect
import pickle
import runpy
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mesa.discrete_space import Network

from potluck.agents import Player
from potluck.agents.strategies import BestResponse, Hedge
from potluck.browser.mesa_model import mesa_model, model_params
from potluck.browser.server import game_scenarios
from potluck.mechanisms import FairPayments, ShapleyDivision
from potluck.models import Hold, MarketGame, NormalFormGame, RepeatedGame
from potluck.models.tasks import CoalitionValues
from potluck.scenarios import HidingDynamics

DILEMMA = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])


class Saver(Player):
    """A player who counts what it earned twice over."""

    @property
    def double(self):
        return 2 * self.payoff


@pytest.fixture
def market():
    return MarketGame(CoalitionValues([0, 0.7, 0.7, 1], copies=2), ShapleyDivision(), available=[1, 2, 3])


@pytest.fixture
def model(market):
    return RepeatedGame(game=market, strategies=["BestResponse", "Hedge"], stop=9, initial=[1, 1], rng=3)


def test_all_agents_answer_to_the_same_names(model):
    model.step()
    agents = model.agents
    assert agents.get("name") == ["platform", "party 1", "party 2"]
    assert agents.get("payoff")[1:] == model.payoffs.tolist()
    assert agents.get("payoff")[0] == model.profit
    assert agents.get("strategy") == [None, BestResponse(), Hedge()]
    assert len(agents.select(agent_type=Player)) == 2
    assert sum(len(group) for _, group in agents.groupby("action_name")) == 3
    assert agents.get("data") == [None] * 3


def test_players_stand_on_mesas_network_round_the_platform(model):
    assert isinstance(model.space, Network)
    assert [player.cell.coordinate for player in model.players] == [0, 1]
    assert sorted(cell.coordinate for cell in model.platform.cell.connections.values()) == [0, 1]
    assert model.space is model.space
    free = RepeatedGame(game=DILEMMA, strategies="BestResponse", rng=1)
    assert sorted(free.space.G.edges) == [(0, 1)]


def test_own_players_and_reporters_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = RepeatedGame(
            game=DILEMMA,
            strategies="BestResponse",
            initial=[0, 0],
            stop=4,
            rng=1,
            player_class=Saver,
            model_reporters={"best": lambda game: float(game.payoffs.max())},
            agent_reporters={"double": "double"},
        )
        model.run_model()
        players = model.datacollector.get_agent_vars_dataframe()
        fields = model.datacollector.get_model_vars_dataframe()
        pd.testing.assert_frame_equal(model.datacollector.get_agenttype_vars_dataframe(Saver), players)
    assert (players["double"] == 2 * players["payoff"]).all()
    assert fields["best"].tolist() == [-1, -2, -2, -2, -2]
    model.restore(model.branch().snapshot())
    assert len(model.datacollector.get_model_vars_dataframe()) == 5


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"model_reporters": {"welfare": "welfare"}}, "'welfare', which is kept already"),
        ({"agent_reporters": {"x": "payoff"}, "agents": False}, "need Keep"),
        ({"holds": [Hold(2, 0)]}, "players 0..1"),
        ({"holds": [Hold(0, 2)]}, "has no action 2"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, wrong):
    with pytest.raises(ValueError, match=wrong):
        RepeatedGame(game=DILEMMA, strategies="BestResponse", **arguments)


def test_a_branch_in_which_a_player_is_held(model):
    model.step()
    branch = model.branch(holds=[Hold(0, 1, since=3), Hold(1, 2, since=2, until=2)])
    for _ in range(5):
        branch.step()
        model.step()
    ours, theirs = (each.history().pivot(index="round", columns="player", values="action") for each in (branch, model))
    assert (ours.loc[3:, "party 1"] == 1).all()
    assert (theirs.loc[3:, "party 1"] == 3).all()
    assert ours.loc[2, "party 2"] == 2
    pd.testing.assert_frame_equal(ours.loc[:1], theirs.loc[:1])


def test_a_branch_under_another_rule_or_with_other_learners_or_random_numbers(model, market):
    model.step()
    under = model.branch(game=market.with_mechanism(FairPayments(0.5)))
    assert under.revenue == pytest.approx(-0.5)
    assert under.policy.tolist() == model.policy.tolist()
    learning = model.branch(strategies="Hedge")
    assert (learning.round, learning.strategy_of(0), learning.actions.tolist()) == (1, Hedge(), model.actions.tolist())
    learning.step()
    other, same = model.branch(rng=4), model.branch(rng=4)
    for each in (other, same):
        each.run_model()
    assert other.history().equals(same.history())
    model.run_model()
    assert not other.history().equals(model.history())
    with pytest.raises(ValueError, match="players"):
        model.branch(game=DILEMMA, strategies="Hedge")


def test_a_branch_may_be_longer_than_the_game(model):
    model.run_model()
    assert not model.running
    longer = model.branch(stop=12)
    longer.run_model()
    assert longer.round == 12


def test_holding_everybody_to_what_they_do_changes_nothing(model):
    model.run_model()
    table = model.history().pivot(index="round", columns="player", values="action").to_numpy()
    holds = [Hold(row, int(table[t, row]), t, t) for t in range(1, 10) for row in range(2)]
    again = RepeatedGame(**model._arguments | {"holds": holds}, rng=3)
    again.run_model()
    assert np.array_equal(again.history()["payoff"], model.history()["payoff"])


def test_a_scenarios_game_is_a_model_class_as_mesa_builds_them():
    hiding = mesa_model(HidingDynamics)
    assert list(inspect.signature(hiding.__init__).parameters)[1:] == [*HidingDynamics.model_fields, "rng"]
    ours, text = hiding(portions=4, strategy="Hedge", rng=3), hiding(portions="4", strategy="Hedge()", rng="3")
    theirs = HidingDynamics(portions=4, strategy="Hedge").opening(np.random.default_rng(3)).model()
    for model in (ours, text, theirs):
        model.run_model()
    assert ours.history().equals(theirs.history())
    assert text.history().equals(theirs.history())
    branch = pickle.loads(pickle.dumps(ours.branch(rng=1)))
    assert branch.actions.tolist() == ours.actions.tolist()
    with pytest.raises(ValueError, match="portions = '-1'"):
        hiding(portions="-1")
    with pytest.raises(ValueError, match="rng = 'x'"):
        hiding(rng="x")


@pytest.mark.parametrize("cls", game_scenarios(), ids=lambda cls: cls.name())
def test_inputs_for_mesas_page_are_the_constructors_keywords(cls, small_games):
    if cls.name() in {"privacy-mechanisms", "multi-task-market"}:
        pytest.skip("its default game takes seconds to open")
    inputs = model_params(cls)
    model = mesa_model(cls)
    keywords = inspect.signature(model.__init__).parameters
    assert set(inputs) <= set(keywords)
    values = {name: each["value"] for name, each in inputs.items()} | small_games.get(cls.name(), {})
    game = model(**values)
    assert (game.round, game.seed_given) == (0, 0)


@pytest.mark.filterwarnings("ignore")
def test_the_examples_run_and_mesas_page_steps_and_resets():
    folder = Path(__file__).parent.parent / "examples"
    run = subprocess.run([sys.executable, "-W", "error", folder / "hospitals.py"], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert "a Mesa model: True" in run.stdout
    assert "neighbours of hospital 1: ['platform']" in run.stdout
    solara = pytest.importorskip("solara", reason="needs the extra browser")
    vuetify = pytest.importorskip("ipyvuetify", reason="needs the extra browser")
    page = runpy.run_path(str(folder / "hospitals_page.py"))
    box, rc = solara.render(solara.AppLayout(children=[page["Page"]()]), handle_error=False)

    def press(label):
        rc.find(vuetify.Btn, children=[label]).widget.click()
        return [text for text in texts(box) if text.startswith(("Step:", "Time:"))][-1]

    opened, stepped, again = (
        [text for text in texts(box) if text.startswith(("Step:", "Time:"))][-1],
        press("Step"),
        press("Step"),
    )
    assert len({opened, stepped, again}) == 3
    assert press("Reset") == opened
    assert press("Step") == stepped
    rc.close()


def texts(widget):
    """Return everything a widget and those inside it say."""
    for child in getattr(widget, "children", ()):
        if isinstance(child, str):
            yield child
        else:
            yield from texts(child)
