"""The page, rendered without a browser."""

import gc
import json
import re
import time
import warnings
import weakref

import numpy as np
import pytest

from potluck.browser import session as sessions
from potluck.browser.server import game_scenarios
from potluck.scenarios.from_text import build_scenario

pytestmark = pytest.mark.filterwarnings("ignore")

with warnings.catch_warnings():
    # solara and what it stands on warn about themselves when imported
    warnings.simplefilter("ignore")
    solara = pytest.importorskip("solara", reason="needs the extra browser")
    v = pytest.importorskip("ipyvuetify", reason="needs the extra browser")
    ipywidgets = pytest.importorskip("ipywidgets", reason="needs the extra browser")
    from potluck.browser import page


def walk(widget):
    """Return a widget and all inside it."""
    yield widget
    for child in (*getattr(widget, "children", ()), *getattr(widget, "items", ())):
        if isinstance(child, ipywidgets.Widget):
            yield from walk(child)


class Opened:
    """A page and its session, as a visitor sees them."""

    def __init__(self, box, rc, session):
        self.box, self.rc, self.session = box, rc, session

    def all(self, kind, **having):
        return [
            each
            for each in walk(self.box)
            if isinstance(each, kind) and all(getattr(each, name) == value for name, value in having.items())
        ]

    def button(self, label):
        return next(each for each in self.all(v.Btn) if label in each.children)

    def press(self, label):
        self.button(label).click()
        self.session.wait()

    def field(self, label):
        return next(each for each in (*self.all(v.TextField), *self.all(v.Select)) if each.label == label)

    def enter(self, label, value):
        self.field(label).v_model = value

    def html(self, name):
        return [each for each in self.all(v.Html) if name in (each.class_ or "").split()]

    def text(self, name):
        return " ".join(str(child) for widget in self.html(name) for child in widget.children)

    @property
    def state(self):
        return self.session.state


@pytest.fixture
def visit(monkeypatch, small_games):
    """Open pages whose scenarios begin with small parameters; all are closed at the end."""
    made, opened = [], []

    class Remembered(sessions.GameSession):
        def __init__(self):
            super().__init__()
            made.append(self)

    whole = page.defaults
    monkeypatch.setattr(page, "GameSession", Remembered)
    monkeypatch.setattr(page, "defaults", lambda name: whole(name) | small_games.get(name, {}))

    def open_page(first="replication-attack"):
        box, rc = solara.render(page.GamePage(first), handle_error=False)
        opened.append(rc)
        one = Opened(box, rc, made[-1])
        one.session.wait()
        return one

    yield open_page
    for rc in opened:
        rc.close()


def test_an_address_that_cannot_be_followed_is_said(visit, monkeypatch):
    whole = page._asked
    monkeypatch.setattr(page, "_asked", lambda search, first: whole("scenario=hiding-dynamics&round=many", first))
    one = visit("hiding-dynamics")
    assert one.session.state.error == "the address is not followed: round = 'many': it must be a whole number from 0 on"
    assert one.session.state.view.last.number == 0


def test_a_step_is_a_round_and_the_numbers_say_so(visit):
    one = visit()
    assert one.text("pl-value").startswith("0 of 6")
    one.press("Step")
    one.press("Step")
    assert one.state.view.last.number == 2
    assert one.text("pl-value").startswith("2 of 6")
    assert f"{one.state.view.last.exploitability:.4g}" in one.text("pl-value")


def test_play_and_pause(visit):
    one = visit()
    one.session.rounds_per_second = 20
    one.button("Play").click()
    deadline = time.monotonic() + 60
    while one.state.view.last.number < 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    one.session.pause()
    one.session.wait()
    assert one.state.view.last.number >= 1
    assert one.state.doing == "nothing"


def test_a_game_ends_where_its_scenario_says(visit):
    one = visit()
    one.enter("at most", "0")
    one.press("Run to convergence")
    assert "Converged" in one.state.note or one.state.over
    while not one.state.over:
        one.session.step()
        one.session.wait()
    assert one.state.view.last.number == 6
    assert one.button("Step").disabled
    assert "over" in one.text("pl-doing")


def test_reset_applies_what_was_changed(visit):
    one = visit()
    one.press("Step")
    one.all(v.Slider, max=6)[0].v_model = 2
    assert "copies" in one.text("pl-pending")
    assert one.state.scenario.copies == 1
    one.press("Reset")
    assert one.state.scenario.copies == 2
    assert one.state.view.last.number == 0
    assert one.text("pl-pending") == ""
    assert "copies=2" in one.state.command


def test_another_rule_with_parameters(visit):
    one = visit()
    one.enter("mechanism", "FairPayments")
    one.all(v.Slider, max=1.0)[0].v_model = 0.3
    one.press("Reset")
    assert one.state.scenario.mechanism.short() == "FairPayments(alpha=0.3)"
    assert one.state.view.game.mechanism.alpha == 0.3


def test_another_scenario_brings_its_own_controls(visit):
    one = visit()
    one.enter("scenario", "hiding-dynamics")
    one.session.wait()
    assert one.state.scenario.name() == "hiding-dynamics"
    assert one.all(v.Slider, max=12)[0].v_model == 4
    one.press("Step")
    assert one.state.view.last.number == 1


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("rounds  (1 … 100,000)", "0", "rounds = '0'"),
        ("dataset", "winee", "did you mean 'wine'"),
        ("seed  (≥ 0)", "-1", "seed = '-1'"),
        ("floor", "nonsense", "floor = 'nonsense'"),
    ],
)
def test_a_bad_parameter_is_one_line_and_the_game_lives_on(visit, label, value, said):
    one = visit()
    one.press("Step")
    if label == "floor":
        one.enter("mechanism", "FairPayments")
    before = one.field(label).v_model
    one.enter(label, value)
    one.press("Reset")
    assert said in one.text("pl-error")
    assert "\n" not in one.state.error
    one.press("Step")
    assert one.state.view.last.number == 2
    one.enter(label, before)
    one.press("Reset")
    assert one.state.view.last.number == 0
    assert one.text("pl-error") == ""


def charts(one):
    """Return the charts of a page by what they are called, without the round."""
    drawn = [each for each in walk(one.box) if hasattr(each, "figure") and hasattr(each, "words")]
    return {each.words.rpartition(", round ")[0]: each for each in drawn}


def test_a_click_on_a_player_tells_about_it(visit):
    one = visit()
    players = charts(one)["Players and platform"]
    said = [text for trace in json.loads(players.figure)["data"] for text in trace.get("hovertext", ())]
    assert any(text.startswith("hospital 2: share everything, payoff") for text in said)
    players.vue_clicked(1)
    assert one.field("player").v_model == "hospital 2"
    assert "rows, quality alone" in one.text("pl-fact")
    assert "learns by: BestResponse" in one.text("pl-fact")


def test_the_network_says_what_it_shows(visit):
    few, many = visit(), visit("fair-value-scale")
    assert few.text("pl-caption").startswith("Colour: action; area: payoff, from a dot at 0 to ")
    assert "arrows: who pays whom" in few.text("pl-caption")
    assert "400 of 1000 are drawn" in many.text("pl-caption")


def test_two_pages_do_not_know_of_each_other(visit):
    one, other = visit(), visit("hiding-dynamics")
    one.press("Step")
    assert (one.state.view.last.number, other.state.view.last.number) == (1, 0)
    assert one.state.scenario.name() != other.state.scenario.name()


def test_every_tab_shows_a_picture_or_something_to_take_away(visit):
    one = visit("hiding-dynamics")
    one.press("Step")
    tabs = [each.children[0] for each in one.all(v.Tab)]
    assert tabs == ["Over time", "Inside the round", "Branches", "Money", "Phase portrait", "Reports", "Take away"]
    for index, name in enumerate(tabs[:-1]):
        one.all(v.Tabs)[0].v_model = index
        if name == "Inside the round":
            assert "player 1 (12)" in one.text("pl-moved") or "nobody" in one.text("pl-moved").lower()
        else:
            assert any(words.startswith(name) for words in charts(one))
    one.all(v.Tabs)[0].v_model = len(tabs) - 1
    assert one.text("pl-command").startswith("potluck run hiding-dynamics --set portions=4 --seed 0")
    assert {"Rounds as CSV", "Players as CSV", "Figure as PNG"} <= {
        child for each in one.all(v.Btn) for child in each.children if isinstance(child, str)
    }


def test_a_closed_page_leaves_nothing_behind(visit):
    one = visit()
    one.press("Step")
    model = weakref.ref(one.session._table.model)
    one.rc.close()
    gc.collect()
    assert model() is None
    assert one.state.view is None


@pytest.mark.parametrize("name", [cls.name() for cls in game_scenarios()])
def test_every_playable_scenario_is_offered_opens_and_steps(visit, name):
    one = visit(name)
    assert name in one.field("scenario").items
    for number in (1, 2, 3):
        one.press("Step")
        assert one.state.error == ""
        assert one.text("pl-value").startswith(f"{number} of")
    one.press("Reset")
    assert one.state.error == ""
    assert one.text("pl-value").startswith("0 of")


NUMBER = re.compile(r"[−+-]?\d[\d.,]*(e[+-]?\d+)?( of \d+)?")


def explained(widget, words=""):
    """Yield every number that a page shows, with the words that stand beside the mouse there."""
    attributes = getattr(widget, "attributes", None) or {}
    words = attributes.get("title") or words
    for child in getattr(widget, "children", ()):
        if not isinstance(child, str):
            yield from explained(child, words)
        elif NUMBER.fullmatch(child.rpartition(": ")[2].strip()):
            yield child, words
    html = getattr(widget, "unsafe_innerHTML", "") or getattr(widget, "innerHTML", "") or ""
    for cell in re.finditer(r"<td([^>]*)>([^<]*)</td>", html):
        if NUMBER.fullmatch(cell[2]):
            yield cell[2], cell[1].partition("title=")[2]


@pytest.mark.parametrize("name", ["replication-attack", "arms-race", "fair-value-dynamics"])
def test_every_number_says_what_it_is(visit, name):
    one = visit(name)
    one.press("Step")
    for index, tab in enumerate(each.children[0] for each in one.all(v.Tab)):
        one.all(v.Tabs)[0].v_model = index
        main = next(each for each in one.all(v.Html) if each.tag == "main")
        numbers = list(explained(main))
        assert len(numbers) > 5
        assert [number for number, words in numbers if len(words) < 10] == [], tab


def read_by(scenario, fields):
    """Return the parameters that making the opening looks at."""
    cls, seen = type(scenario), set()

    def watched(self, name):
        if name in fields:
            seen.add(name)
        return object.__getattribute__(self, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cls, "__getattribute__", watched)
        scenario.opening(np.random.default_rng(0))
    return seen


@pytest.mark.parametrize("name", [cls.name() for cls in game_scenarios()])
def test_an_opening_reads_what_it_says_and_the_page_shows_that(visit, small_games, name):
    scenario = build_scenario(name, small_games.get(name, {}))
    opening = scenario.opening(np.random.default_rng(0))
    fields = set(type(scenario).model_fields)
    assert set(opening.reads) <= fields
    assert set(opening.first) <= set(opening.reads)
    # the name of a platform's period is read, and acts on nothing, where there is no platform
    assert read_by(scenario, fields) - {"period"} == set(opening.reads) - {"period"}
    one = visit(name)
    shown = {css[3:] for each in one.html("pl-input") for css in each.class_.split() if css[3:] in fields}
    assert shown == set(opening.reads)


@pytest.fixture
def attacked(visit):
    one = visit()
    for _ in range(3):
        one.press("Step")
    return one


def show(one, name):
    tabs = [each.children[0] for each in one.all(v.Tab)]
    one.all(v.Tabs)[0].v_model = tabs.index(name)


def test_a_round_back_and_on_and_any_round(attacked):
    one = attacked
    seen = [one.text("pl-value")]
    for _ in range(3):
        one.press("Back")
        seen.append(one.text("pl-value"))
    assert [text[0] for text in seen] == ["3", "2", "1", "0"]
    assert one.button("Back").disabled
    one.press("Step")
    assert one.text("pl-value") == seen[2]
    assert one.text("pl-where") == "round 1 of 3 played"
    one.html("pl-scrubber")
    slider = next(each for each in one.all(v.Slider) if "pl-scrubber" in (each.class_ or ""))
    slider.v_model = 3
    one.session.wait()
    assert one.text("pl-value") == seen[0]
    one.press("Step")
    assert one.text("pl-value").startswith("4 of 6")


def test_a_branch_from_a_round_stands_beside_the_game(attacked):
    one = attacked
    one.press("Back")
    one.press("Back")
    show(one, "Branches")
    one.press("Branch")
    assert one.state.error == ""
    assert [line.words for line in one.state.lines] == ["the game", "hospital 1: share everything from then on"]
    assert [line.past[-1].number for line in one.state.lines] == [3, 3]
    (drawn,) = [chart for words, chart in charts(one).items() if words.startswith("Branches")]
    assert [trace["name"] for trace in json.loads(drawn.figure)["data"]][:2] == [line.words for line in one.state.lines]
    one.press("Step")
    assert [line.past[-1].number for line in one.state.lines] == [4, 4]
    one.press("Bands over 20 seeds")
    assert one.state.lines[1].bands["welfare"].shape == (4, 5)
    assert {"payoff 0", "payoff 1"} <= one.state.lines[1].bands.keys()
    one.html("pl-remove")[-1].fire_event("click", {})
    one.session.wait()
    assert len(one.state.lines) == 1


def test_numbers_of_a_round_are_derived_when_clicked(attacked):
    one = attacked
    show(one, "Inside the round")
    assert "Payoff of hospital 1:" in one.text("pl-derivation") or one.html("pl-derivation")
    cells = {each.attributes["aria-label"]: each for each in one.html("pl-ask")}
    cell = next(each for label, each in cells.items() if label.startswith("Shapley value") and label.endswith("row 2: derive"))
    cell.fire_event("click", {})
    said = [child for each in one.html("pl-derivation")[0].children for child in each.children]
    assert said[0].startswith("One identity of hospital 2 joins coalitions")
    assert said[-1].endswith("the Shapley value of hospital 2.")


def test_keys_do_what_they_stand_for(attacked):
    one = attacked
    for key, number in (("back", 2), ("first", 0), ("on", 1), ("last", 3), ("reset", 0)):
        page.press(one.session, key, lambda: one.button("Reset").click())
        one.session.wait()
        assert one.state.view.last.number == number, key


def test_components_of_the_models_own_kind_are_panels(monkeypatch):
    from potluck.browser.panels import Panel
    from potluck.browser.panels.chart import chart

    @solara.component
    def Welfare(model):  # noqa: N802
        solara.Text(f"welfare {model.welfare:.3f} in round {model.round}")

    own = Panel("Regrets", lambda look: chart([{"type": "bar", "y": look.view.regrets.tolist()}], 300))
    made = []

    class Remembered(sessions.GameSession):
        def __init__(self):
            super().__init__()
            made.append(self)

    monkeypatch.setattr(page, "GameSession", Remembered)
    box, rc = solara.render(page.GamePage("fair-value-dynamics", components=[Welfare, own]), handle_error=False)
    one = Opened(box, rc, made[0])
    one.session.wait()
    show(one, "Welfare")
    one.press("Step")
    assert any("in round 1" in str(child) for each in walk(one.box) for child in getattr(each, "children", ()))
    show(one, "Regrets")
    assert "Regrets" in charts(one)
    rc.close()


@pytest.mark.parametrize(("name", "parameter"), [("fair-value-dynamics", "users"), ("fair-value-scale", "users")])
def test_of_some_lists_only_the_first_acts_and_the_page_says_so(visit, name, parameter):
    one = visit(name)
    label = next(each.label for each in one.all(v.TextField) if each.label.startswith(parameter))
    assert "only the first acts here" in label


def test_a_changed_seed_waits_for_reset_and_is_played_then(visit):
    one = visit("hiding-dynamics")
    one.enter("seed  (≥ 0)", "7")
    assert "seed" in one.text("pl-pending")
    one.press("Reset")
    assert one.text("pl-pending") == ""
    assert one.state.seed == 7


OWN_PANEL = """
from potluck.browser.panels import Panel
from potluck.browser.panels.chart import chart


def draw(look):
    return chart([{"type": "bar", "y": look.view.regrets.tolist()}], height=300)


REGRETS = Panel("Regrets", draw, shown=lambda look: look.view.game.n <= 20)
"""
OWN_ENTRIES = "[potluck.panels]\nregrets = own_panels:REGRETS\nnone = own_panels:draw\ngone = nowhere_at_all:PANEL\n"


def test_a_panel_of_an_installed_package_has_a_tab(visit, tmp_path, monkeypatch):
    (tmp_path / "own_panels.py").write_text(OWN_PANEL)
    (tmp_path / "own-0.1.dist-info").mkdir()
    (tmp_path / "own-0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 0.1\n")
    (tmp_path / "own-0.1.dist-info" / "entry_points.txt").write_text(OWN_ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(UserWarning, match="is left out") as said:
        one = visit("hiding-dynamics")
    assert sorted(str(each.message).partition(" is left out")[0] for each in said if "left out" in str(each.message)) == [
        "panel nowhere_at_all:PANEL",
        "panel own_panels:draw",
    ]
    show(one, "Regrets")
    assert "Regrets" in charts(one)


def test_a_panel_stands_on_mesas_page():
    from mesa.visualization import SolaraViz, make_plot_component

    from potluck.browser.mesa_model import mesa_model
    from potluck.browser.panels import MONEY, OVER_TIME, PORTRAIT, for_mesa
    from potluck.scenarios import HidingDynamics

    model = mesa_model(HidingDynamics)(portions="2", rng=0)
    parts = [make_plot_component("welfare"), *(for_mesa(panel) for panel in (OVER_TIME, MONEY, PORTRAIT))]
    box, rc = solara.render(solara.AppLayout(children=[SolaraViz(model, components=parts)]), handle_error=False)

    def drawn():
        return {each.words for each in walk(box) if hasattr(each, "figure") and hasattr(each, "words")}

    assert drawn() == {"Over time, round 0", "Money, round 0", "Phase portrait, round 0"}
    rc.find(v.Btn, children=["Step"]).widget.click()
    assert drawn() == {"Over time, round 1", "Money, round 1", "Phase portrait, round 1"}
    rc.close()


def test_a_parameter_that_is_written_otherwise_does_not_wait():
    texts = page.defaults("market-game") | {"task": "MeanEstimation(users=4, levels=[1.0])", "costs": "0,0.01"}
    opened = build_scenario("market-game", texts)
    assert page.waiting(opened, "market-game", texts) == ()
    assert page.waiting(opened, "market-game", texts | {"costs": "0,0.02"}, 0, "1") == ("costs", "seed")
    assert page.waiting(opened, "market-game", texts | {"costs": "none at all", "rounds": "9"})[-2:] == ("costs", "rounds")
