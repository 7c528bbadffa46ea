"""The browser app, rendered without a browser."""

import functools
import warnings

import pytest

from potluck.models import RepeatedGame
from potluck.scenarios import ReplicationAttack

pytestmark = pytest.mark.filterwarnings("ignore")

with warnings.catch_warnings():
    # Mesa's page and solara warn about themselves when imported
    warnings.simplefilter("ignore")
    solara = pytest.importorskip("solara", reason="needs the extra browser")
    v = pytest.importorskip("ipyvuetify", reason="needs the extra browser")
    from potluck import app


@pytest.fixture
def models(monkeypatch):
    """Every game that the page makes, in order."""
    made = []
    begin = app.HospitalGame.__init__

    @functools.wraps(begin)
    def remembered(self, **parameters):
        begin(self, **parameters)
        made.append(self)

    monkeypatch.setattr(app.HospitalGame, "__init__", remembered)
    return made


def test_a_step_on_the_page_is_a_round(models):
    @solara.component
    def framed():
        with solara.AppLayout():
            app.Page()

    _, rc = solara.render(framed(), handle_error=False)
    try:
        for _ in range(3):
            rc.find(v.Btn, children=["Step"]).widget.click()
        assert models[0].round == 3
        assert models[0].actions.tolist() == [4, 4, 4, 1]  # three of four hospitals have had their turn
    finally:
        rc.close()


def test_the_page_plays_the_scenario():
    page = app.HospitalGame(mechanism="EqualSplit", dataset="wine", parties=3, copies=2, rounds=6, seed_number=5)
    page.run_model()
    scenario = ReplicationAttack(mechanism="EqualSplit", beside=(), dataset="wine", parties=3, copies=2, rounds=6)
    by_hand = scenario.run(seed=5).tables["equilibrium"]
    assert isinstance(page, RepeatedGame)
    assert page.payoffs.tolist() == by_hand["payoff"].tolist()
    assert "--seed 5 --set mechanism=EqualSplit" in page.command


def test_every_control_is_a_parameter():
    page = app.HospitalGame()
    assert set(app.CONTROLS) == {*app.HospitalGame.__init__.__kwdefaults__} - {"rng"}
    assert page.chosen.startswith("ShapleyDivision · BestResponse · breast-cancer")
