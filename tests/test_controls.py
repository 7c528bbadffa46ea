"""Every control of every game does something, and where it does not now, the page says so."""

import numpy as np
import pandas as pd
import pytest

from potluck.browser.before import Before, changed_since
from potluck.browser.controls import component_text, controls_of, parameters_of, step_for
from potluck.browser.page import defaults
from potluck.browser.server import game_scenarios
from potluck.browser.session import GameSession
from potluck.pictures.game_record import round_of
from potluck.scenarios.from_text import build_scenario, split_items

PLAYABLE = [cls.name() for cls in game_scenarios()]
ROUNDS = 12

SMALL = {
    "fair-value-scale": {"users": "100", "rounds": "60", "period": "2"},
    "multi-task-market": {"rounds": "5"},
    "privacy-mechanisms": {"dataset": "synthetic(users=120, items=60, density=0.4, taste=3)", "passes": "15", "levels": "0,0.5"},
    "rewards-strategic": {"rows": "12", "rounds": "4"},
}
"""Beside the fixture's: games that open and play fast, as several hundred are opened here."""

FILE = {"dataset": "file"}
MATTERS = {
    "classifier": ({}, "tree"),
    "dataset": ({}, "file"),
    "label": (FILE, "other"),
    "site": (FILE | {"split": "BySite", "parties": "none", "site": "place"}, "mood"),
    "drop": (FILE, "one"),
    "numeric": (FILE, "code"),
    "category": (FILE, "grade"),
    "missing": (FILE, "gone"),
    "costs of market-game": ({}, "0,0,0.2,0.4"),
    "groups of market-game": ({"strategies": "BestResponse,Hedge", "groups": "2,2"}, "1,3"),
    "may_stay_out of market-game": ({"costs": "0,3,3,3", "rounds": "4"}, "False"),
    "may_stay_out of replication-attack": ({"strategy": "Hedge"}, "True"),
    "platform of market-game": ({"mechanism": "FairPayments"}, "Timetable"),
    "period of market-game": ({"mechanism": "FairPayments", "platform": "Timetable", "period": "2"}, "3"),
    "users of fair-value-dynamics": ({}, "3"),
    "dynamics of fair-value-dynamics": ({}, "replicator-one"),
    "learned of fair-value-dynamics": ({"platform": "zooming"}, "best-response"),
    "period of fair-value-dynamics": ({"platform": "zooming", "period": "2"}, "1"),
    "blocks of fair-value-dynamics": ({"platform": "zooming", "period": "2", "blocks": "3"}, "2"),
    "epsilon of fair-value-dynamics": ({"dynamics": "replicator-one"}, "2"),
    "initial of learn": ({}, "1,1"),
    "rounds of million": ({}, "10"),
    "rounds of fair-value-dynamics": ({"rounds": "11"}, "10"),
    "rounds of privacy-learning": ({}, "6"),
    "game of finite-population": ({}, "StagHunt"),
    "rule of finite-population": ({}, "Moran(intensity=1.0, mutation=0.3)"),
    "horizon of finite-population": ({"population": "2", "horizon": "2"}, "3"),
    "task of network-contagion": ({}, "CoalitionValues((0.0, 0.4, 0.4, 1.0))"),
    "attack of network-contagion": ({}, "Replicate(copies=2)"),
    "table of privacy-learning": ({}, "canonical"),
    "others of privacy-learning": ({"players": "3"}, "mean"),
    "levels of privacy-mechanisms": ({}, "0,0.3"),
    "spread of rewards-strategic": ({"strategy": "Hedge"}, "1"),
    "dataset of privacy-mechanisms": ({}, "synthetic(users=121, items=60, density=0.4, taste=3)"),
    "passes of privacy-mechanisms": ({}, "16"),
    "privacy_method of privacy-mechanisms": ({"strategy": "Hedge"}, "BoundedDP"),
    "revision of privacy-mechanisms": ({"weight": "30"}, "Simultaneous"),
}
"""Where a parameter matters that does not at the values above, and another value of it there."""

TABLE = "CoalitionValues(values=[0.0, 0.7, 0.7, 1.0])"
INNER = {
    ("CoalitionValues", "values"): ("network-contagion", {}, {"task": "CoalitionValues(values=[0.0, 0.4, 0.4, 1.0])"}),
    ("CoalitionValues", "copies"): ("market-game", {"task": TABLE}, {"task": TABLE.replace(")", ", copies=2)")}),
    ("ImitateBest", "among"): ("network-contagion", {"graphs": "RingGraph(players=9)"}, {"strategy": "ImitateBest"}),
    ("PairwiseComparison", "among"): (
        "network-contagion",
        {"graphs": "RingGraph(players=9)", "strategy": "PairwiseComparison(among='neighbours')"},
        {"strategy": "PairwiseComparison"},
    ),
    ("Replicate", "how"): ("network-contagion", {"mechanisms": "BanzhafDivision"}, {"attack": "Replicate(how='names')"}),
}
"""Where a parameter of a component matters that does not in games as they begin: the game, what it begins with, the change."""

IDLE = {
    ("ZoomingSearch", "settling"),  # whatever part of a block counts, the same terms win here
    ("CoalitionValues", "levels"),  # it takes one value only
}


def small(name, small_games):
    return defaults(name) | small_games.get(name, {}) | SMALL.get(name, {})


def others(control, text):
    """Return some other values that a visitor could choose with a control."""
    match control.kind:
        case "flag":
            return ["False" if text == "True" else "True"]
        case "choice" | "component" | "components" | "choices":
            return [each for each in control.options if each != text.partition("(")[0]]
        case "slider":
            found = [control.low, control.high, float(text) / 2]
            return [str(int(each)) if control.whole else f"{each:.10g}" for each in found if each != float(text)]
        case "numbers" if text:
            first, *rest = split_items(text)
            number = float(first) * 2 or 0.3 if "." in first else int(first) + 1
            return [",".join([str(number), *rest]), ",".join([f"{float(first) / 2:g}", *rest])]
    try:
        return [f"{float(text) / 2:g}", f"{float(text) * 2:g}", "1"] if float(text) else ["1"]
    except ValueError:
        return []


def opened(name, texts):
    scenario = build_scenario(name, texts)
    model = scenario.opening(np.random.default_rng(0)).model()
    return scenario, model


class Base:
    """A game that others are held against."""

    def __init__(self, name, texts):
        self.name, self.texts = name, texts
        self.scenario, self.model = opened(name, texts)
        self.first = self.model.snapshot()
        self.rounds = [round_of(self.model)]
        while self.model.running and self.model.round < self.most:
            self.model.step()
            self.rounds.append(round_of(self.model))

    @property
    def most(self):
        return 60 if self.name == "fair-value-scale" else ROUNDS

    def told(self, **changed):
        """Return what the page says after a change and as many rounds; nothing where the change is refused."""
        try:
            scenario, model = opened(self.name, self.texts | changed)
        except ValueError:
            return ""
        rounds = [round_of(model)]
        while model.running and model.round < self.most:
            model.step()
            rounds.append(round_of(model))
        before = Before(changed_since(self.scenario, 0, scenario, 0), self.rounds, self.model.game, self.model)
        return before.told(model, rounds)


def matters(said):
    return said != "" and "makes no difference" not in said


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A file with a column of every kind."""
    rng = np.random.default_rng(5)
    rows = 150
    one, two = rng.normal(size=rows), rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "one": one,
            "two": two,
            "mood": np.where(two > 0.5, "good", np.where(one > 0, "bad", "gone")),
            "grade": rng.integers(1, 6, rows),
            "code": rng.integers(0, 5, rows).astype(str) + "0",
            "place": rng.choice(["north", "south", "west"], rows),
            "other": np.where(two > 0, "up", "down"),
            "label": np.where(one + 0.5 * two > 0, "ill", "well"),
        }
    )
    path = tmp_path_factory.mktemp("data") / "rows.csv"
    frame.to_csv(path, index=False)
    return str(path)


def said_of(base, control, table):
    """Yield what the page says after changes of a control, for one value after another."""
    where = MATTERS.get(f"{control.name} of {base.name}", MATTERS.get(control.name))
    if where is None:
        for value in others(control, base.texts[control.name])[:4]:
            yield base.told(**{control.name: value})
        return
    within = {key: text.replace("file", table) for key, text in where[0].items()}
    yield (Base(base.name, base.texts | within) if within else base).told(**{control.name: where[1].replace("file", table)})


@pytest.mark.parametrize("name", PLAYABLE)
def test_every_control_changes_the_play(name, small_games, table):
    base = Base(name, small(name, small_games))
    special = {key.partition(" of ")[0] for key in MATTERS if key.endswith(f" of {name}")}
    reads = {*base.scenario.opening(np.random.default_rng(0)).reads, *special}
    for control in controls_of(type(base.scenario)):
        if control.name in reads:
            assert any(matters(said) for said in said_of(base, control, table)), f"{control.name} of {name} changes nothing"


def test_every_parameter_of_a_component_changes_the_play_of_some_game(small_games):
    """Of those that the games begin with; where it changes nothing the page says that it makes no difference."""
    found, seen = set(), set()
    for name in sorted(PLAYABLE, key=lambda name: name in SMALL):
        base = Base(name, small(name, small_games))
        for control in controls_of(type(base.scenario)):
            text = base.texts[control.name]
            if control.kind != "component" or text == "none":
                continue
            chosen, parameters = parameters_of(control.registry, text)
            for inner in controls_of(control.registry.find(chosen)):
                seen.add((chosen, inner.name))
                for value in others(inner, parameters[inner.name])[:3]:
                    if (chosen, inner.name) in found:
                        break
                    said = base.told(
                        **{control.name: component_text(control.registry, chosen, {**parameters, inner.name: value})}
                    )
                    if matters(said):
                        found.add((chosen, inner.name))
    for name, within, changed in (INNER[each] for each in seen - found - IDLE):
        assert matters(Base(name, small(name, small_games) | within).told(**changed)), f"{changed} changes nothing in {name}"


def test_the_page_says_what_a_change_made_of_the_play():
    session = GameSession()

    def played(steps, seed, **texts):
        session.open("hiding-dynamics", {"portions": "2", "rounds": "4", **texts}, seed)
        session.wait()
        for _ in range(steps):
            session.step()
            session.wait()
        return session.state.difference

    assert played(1, 0) == ""
    assert played(3, 1) == "Changed: seed. It makes no difference in rounds 0 … 3."  # the game before is played along
    assert played(0, 1) == ""  # nothing was changed
    assert played(2, 1, portions="3") == "Changed: portions. Players or their actions are others."
    assert played(3, 1, portions="3", strategy="Hedge").startswith("Changed: strategy. The play is another from round ")
    assert played(1, 1, portions="3", strategy="Hedge", rounds="1").endswith(
        "This game is over after round 1, the earlier one goes on."
    )
    session.open("arms-race", {}, 0)
    session.wait()
    assert session.state.difference == ""
    session.close()


@pytest.mark.parametrize("name", PLAYABLE)
def test_a_slider_stands_where_the_parameter_does(name):
    """A slider moves to the nearest of its steps by itself, and the page would say that it was changed."""
    for control in (each for each in controls_of(build_scenario(name, {}).__class__) if each.kind == "slider"):
        for value in (float(control.default), control.low, control.high, control.low + 0.37625 * (control.high - control.low)):
            at = round(value) if control.whole else float(f"{value:.4g}")
            steps = (at - control.low) / step_for(control, at)
            assert abs(steps - round(steps)) < 1e-4
        assert control.high - control.low <= 200
