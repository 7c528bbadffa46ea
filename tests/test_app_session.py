"""What stands behind the page: controls from parameters, the game in the background, and what is taken away from it."""

import gc
import io
import json
import re
import shlex
import threading
import time
import tracemalloc
import weakref
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from potluck.__main__ import main
from potluck.agents.strategies import STRATEGIES
from potluck.browser import pictures
from potluck.browser import session as sessions
from potluck.browser.address import Address, address_of, commands, notebook_cell
from potluck.browser.branches import Change
from potluck.browser.controls import component_text, controls_of, parameter_notes, parameters_of
from potluck.browser.panels import DATA, Look
from potluck.browser.panels.choice import choice
from potluck.browser.panels.inside import by_action
from potluck.browser.panels.money import draw_money
from potluck.browser.panels.network import network
from potluck.browser.panels.over_time import draw_over_time
from potluck.browser.panels.portrait import draw_portrait
from potluck.browser.panels.reports import draw_reports
from potluck.browser.server import FIRST_SCENARIO, first_scenario, game_scenarios
from potluck.browser.session import GameSession
from potluck.mechanisms import MECHANISMS, CoalitionalGame, shapley
from potluck.models import REVISIONS, TASKS, VALUATIONS, Ensemble, RepeatedGame
from potluck.pictures import game_record, reported
from potluck.pictures.phase_portrait import has_portrait
from potluck.pictures.round_accounts import accounts_of
from potluck.scenarios import SCENARIOS, GameScenario, ReplicationAttack
from potluck.scenarios.from_text import build_scenario, command_line, split_items
from potluck.scenarios.reporting import write_result

PLAYABLE = [cls.name() for cls in game_scenarios()]
WINE = {"dataset": "wine", "parties": "2", "copies": "1", "rounds": "6"}

MOST_BYTES_A_ROUND = 3_000

every_registry = pytest.mark.parametrize(
    "registry", [MECHANISMS, STRATEGIES, REVISIONS, TASKS, VALUATIONS], ids=lambda each: each.kind
)
every_game = pytest.mark.parametrize("name", PLAYABLE)


@pytest.fixture
def session():
    """A session, which is closed at the end."""
    one = GameSession()
    yield one
    one.close()


@pytest.fixture(scope="module", params=PLAYABLE)
def played(request, small_games):
    """A session that opened a scenario with seed 3 and played three rounds."""
    one = GameSession()
    opened(one, request.param, small_games.get(request.param, {}), seed=3)
    step(one, 3)
    yield one
    one.close()


def opened(session, name, settings, seed=0):
    session.open(name, settings, seed)
    session.wait(300)
    assert session.state.error == ""
    return session


def step(session, times=1):
    for _ in range(times):
        session.step()
        session.wait(300)
    assert session.state.error == ""


def assert_drawn(picture):
    image = Image.open(io.BytesIO(picture)).convert("L")
    assert len(np.unique(np.asarray(image))) > 5, "the picture is empty"


def test_what_leaks_is_shown_beside_the_game(session, tmp_path):
    label = np.arange(60) % 2
    noise = np.random.default_rng(0).normal(size=60)
    pd.DataFrame({"noise": noise, "code": 3.0 * label, "label": label}).to_csv(tmp_path / "planted.csv", index=False)
    session.open("replication-attack", {"dataset": str(tmp_path / "planted.csv"), "parties": "2"})
    session.wait()
    read, dealt = session.state.data
    assert [leak.name for leak in read.leaks.leaks] == ["code"]
    assert dealt.without[0].columns == ("code",)
    assert DATA.shown(Look(session.state.view, state=session.state))
    session.open("hiding-dynamics", {"portions": "2"})
    session.wait()
    assert session.state.data == ()
    assert not DATA.shown(Look(session.state.view, state=session.state))


def test_every_game_opens_steps_and_is_drawn(played, monkeypatch):
    whole = pictures.png

    def coarse(figure):
        figure.set_layout_engine("none")  # laying out takes longest
        return whole(figure, 40)

    monkeypatch.setattr(pictures, "png", coarse)
    state = played.state
    view = state.view
    assert view.last.number == 3
    assert np.isfinite(view.payoffs).all()
    assert view.last.exploitability >= 0
    charts = [choice(view, view.game.n - 1), network(view, 0), draw_over_time(view)]
    charts += [draw_money(view)] if view.has_money else []
    charts += [draw_portrait(view, state.field)] if has_portrait(view.game) else []
    charts += [draw_reports(view)] if reported(view) else []
    for each in charts:
        json.dumps(each, allow_nan=False)
        assert each["data"]
    assert_drawn(pictures.everything(view, state.field, "a title"))


class FoundError(Exception):
    """The game that was looked for is played."""


def test_the_command_plays_the_game_of_the_page(played, monkeypatch):
    """Among the games of a scenario's run is that of the page, move by move."""
    state = played.state
    wanted = state.view.actions.tolist(), state.view.payoffs.tolist(), state.view.rounds["exploitability"].tolist()
    play_round = RepeatedGame.step

    def watched(model):
        play_round(model)
        if model.round != 3:
            return
        if (model.actions.tolist(), model.payoffs.tolist(), model.rounds()["exploitability"].tolist()) == wanted:
            raise FoundError

    play_at_once = Ensemble.__init__

    def watched_runs(runs, *arguments, **named):
        play_at_once(runs, *arguments, **named)
        if named.get("keep") != "players":
            return
        for found in zip(runs.actions_by_round[:, 3], runs.payoffs_by_round[:, 3], runs.exploitability[:, :4], strict=True):
            if tuple(each.tolist() for each in found) == wanted:
                raise FoundError

    monkeypatch.setattr(RepeatedGame, "step", watched)
    monkeypatch.setattr(Ensemble, "__init__", watched_runs)
    with pytest.raises(FoundError):
        state.scenario.run(state.seed)


@every_game
def test_controls_are_the_parameters_and_their_texts_are_read_back(name):
    cls = SCENARIOS.find(name)
    controls = controls_of(cls)
    assert [control.name for control in controls] == list(cls.model_fields)
    assert build_scenario(name, {control.name: control.default for control in controls}) == cls()
    for control in controls:
        assert control.help, f"{name} does not say what {control.name} is"
        if control.kind == "component":
            assert control.default == "none" or parameters_of(control.registry, control.default)[0] in control.options


def test_a_registry_is_offered_whole():
    mechanism = next(control for control in controls_of(ReplicationAttack) if control.name == "mechanism")
    assert list(mechanism.options) == MECHANISMS.names()


def test_bounds_come_from_the_parameter():
    controls = {control.name: control for control in controls_of(ReplicationAttack)}
    assert (controls["copies"].low, controls["copies"].high) == (0, 6)
    assert (controls["parties"].kind, controls["parties"].allowed) == ("text", "2 … 1000 or none")
    assert controls["rounds"].allowed == "1 … 100,000"
    assert controls["may_stay_out"].kind == "flag"
    assert "``" not in controls["label"].help


def test_notes_of_several_parameters_at_once():
    notes = parameter_notes(ReplicationAttack)
    assert notes["dataset"] == notes["split"] != notes["copies"]


@every_registry
def test_components_are_taken_apart_and_put_together(registry):
    """Whatever text a control shows of a component's parameters, it builds the same component."""
    for cls in registry:
        example = cls.example()
        shown = {control.name for control in controls_of(cls)}
        given = ", ".join(f"{key}={getattr(example, key)!r}" for key in cls.model_fields if key in shown)
        name, texts = parameters_of(registry, f"{cls.name()}({given})")
        assert texts.keys() == shown
        again = component_text(registry, name, texts)
        assert registry.build(again) == example, again
        for key in cls.model_fields.keys() - shown:  # rows of data
            with pytest.raises(ValueError, match=f"{key} cannot be chosen on a page"):
                parameters_of(registry, f"{cls.name()}({key}=None)")


def test_lists_are_cut_outside_brackets():
    assert split_items("A(b=[1, 2]), C") == ["A(b=[1, 2])", "C"]


def test_the_first_scenario(monkeypatch):
    assert issubclass(SCENARIOS.find(first_scenario()), GameScenario)
    monkeypatch.setenv(FIRST_SCENARIO, "hiding-dynamics")
    assert first_scenario() == "hiding-dynamics"
    with pytest.raises(ValueError, match=r"'replication-table' is no repeated game.*hiding-dynamics"):
        first_scenario("replication-table")


def test_the_command_line_repeats_the_run(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {"mechanism": "FairPayments(alpha=0.25)", "rounds": "5", "strategies": "MixedStrategy"}
    opened(session, "market-game", settings, seed=7)
    step(session, 5)
    words = session.state.command.replace("'", "").split()
    assert words[:3] == ["potluck", "run", "market-game"]
    with pytest.raises(SystemExit) as end:
        main([*words[1:], "--out", "out"])
    assert end.value.code == 0
    columns = ["round", "exploitability", "welfare", "revenue"]
    there = pd.read_csv("out/rounds.csv", dtype=str)[columns]
    here = pd.read_csv(io.StringIO(session.state.view.rounds.to_csv(index=False)), dtype=str)[columns]
    pd.testing.assert_frame_equal(there, here)


def test_a_command_line_is_quoted_for_a_shell():
    scenario = build_scenario("replication-attack", WINE | {"mechanism": "FairPayments(alpha=0.25)"})
    assert "--set 'mechanism=FairPayments(alpha=0.25)'" in command_line(scenario, 2)


def test_players_as_a_table_are_the_history(session):
    opened(session, "replication-attack", WINE)
    step(session, 3)
    model = build_scenario("replication-attack", WINE).opening(np.random.default_rng(0)).model()
    for _ in range(3):
        model.step()
    history = model.history()
    players = session.state.view.players
    pd.testing.assert_frame_equal(players[history.columns], history, check_dtype=False)


def test_convergence_is_found_and_told(session):
    opened(session, "replication-attack", WINE)
    session.run("1e-9")
    session.wait()
    assert session.state.view.last.exploitability <= 1e-9
    assert session.state.note.startswith(f"Converged in round {session.state.view.last.number}")
    session.run("-1")
    session.wait()
    assert "tolerance = '-1'" in session.state.error


def test_a_run_ends_with_the_game(session):
    opened(session, "market-game", {"strategies": "MixedStrategy", "rounds": "3"})
    session.run(0.0)
    session.wait()
    assert session.state.over
    assert session.state.most_rounds == 3
    assert session.state.note.startswith("The game is over after round 3")
    session.step()
    session.wait()
    assert session.state.view.last.number == 3


def test_a_long_round_is_waited_for_elsewhere(session, monkeypatch):
    """Requests return at once while a round is under way; a new game does not wait for it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go_on.wait(60)

    opened(session, "replication-attack", WINE)
    monkeypatch.setattr(session._table.model, "step", slow)
    session.step()
    assert begun.wait(60)
    assert session.state.doing == "stepping"
    session.step()  # refused: a round is under way
    session.open("hiding-dynamics", {}, 0)
    session.wait()
    assert session.state.scenario.name() == "hiding-dynamics"
    go_on.set()
    assert session.state.view.last.number == 0


def test_what_a_rule_raises_is_said_in_one_line(session, monkeypatch):
    opened(session, "replication-attack", WINE)

    def broken():
        raise ZeroDivisionError("in a rule\nof somebody's")

    with monkeypatch.context() as patch:
        patch.setattr(session._table.model, "step", broken)
        session.step()
        session.wait()
    said = "ZeroDivisionError: in a rule of somebody's (test_app_session.py, line "
    assert session.state.error.startswith(said)
    assert session.state.error.endswith('in broken: raise ZeroDivisionError("in a rule\\nof somebody\'s"))')
    step(session)
    assert session.state.view.last.number == 1


def test_a_hundred_sessions_are_forgotten():
    models = []
    for number in range(100):
        session = GameSession()
        session.open("hiding-dynamics", {"portions": "2"}, number)
        session.wait()
        session.step()
        session.wait()
        models.append(weakref.ref(session._table.model))
        session.close()
    del session
    gc.collect()
    assert [model for model in models if model() is not None] == []


def test_a_game_that_was_replaced_is_forgotten(session):
    opened(session, "hiding-dynamics", {"portions": "2"})
    model = weakref.ref(session._table.model)
    opened(session, "hiding-dynamics", {"portions": "3"})
    gc.collect()
    assert model() is None


def test_serving_what_cannot_be_stepped_is_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        main(["serve", "replication-table"])
    said = capsys.readouterr()
    assert (end.value.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert "replication-table" in said.err
    assert "hiding-dynamics" in said.err


def busy(session):
    return any(worker.is_alive() for worker in session._workers)


def still_busy_after(session, seconds):
    deadline = time.monotonic() + seconds
    while busy(session) and time.monotonic() < deadline:
        time.sleep(0.02)
    return busy(session)


LONG = [("fair-value-scale", {"users": "20000"}), ("replication-attack", {"rounds": "5000", "dataset": "wine"})]


@pytest.mark.parametrize("end", ["close", "lose"])
@pytest.mark.parametrize(("name", "settings"), LONG)
def test_work_ends_with_whoever_waits_for_it(end, name, settings):
    session = GameSession()
    session.open(name, settings)
    time.sleep(0.3)  # while it is opened
    getattr(session, end)()
    assert not still_busy_after(session, 2)
    assert session.state.doing == "nothing"
    session.close()


def test_play_stops_when_nobody_looks_and_goes_on_after():
    session = GameSession()
    opened(session, "hiding-dynamics", {"portions": "4", "rounds": "10000"})
    session.rounds_per_second = 1e9
    session.play()
    time.sleep(0.3)
    session.lose()
    session.wait(5)
    stood = session.state.view.last.number
    assert not busy(session)
    session.step()
    session.wait()
    assert session.state.view.last.number == stood + 1
    session.close()


def test_a_page_plays_so_many_rounds_and_says_so(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_ROUNDS", 3)
    session = GameSession()
    opened(session, "hiding-dynamics", {"portions": "2"})
    for _ in range(5):
        session.step()
        session.wait()
    assert session.state.view.last.number == 3
    assert "3 rounds at most" in session.state.note
    session.close()


@pytest.mark.parametrize("raised", [SystemExit(0), KeyboardInterrupt(), MemoryError()], ids=repr)
def test_whatever_a_round_raises_is_said_and_the_session_lives_on(monkeypatch, raised):
    session = GameSession()
    opened(session, "hiding-dynamics", {"portions": "2"})

    def broken(self):
        raise raised

    with monkeypatch.context() as patch:
        patch.setattr(type(session._table), "round", broken)
        session.step()
        session.wait()
    assert type(raised).__name__ in session.state.error
    session.step()
    session.wait()
    assert (session.state.error, session.state.view.last.number) == ("", 1)
    session.close()


def test_a_users_matplotlibrc_that_asks_for_latex_does_not_break_figures(tmp_path):
    with matplotlib.rc_context({"text.usetex": True}):
        result = SCENARIOS.build("replication-table(copies=[0,1])").run()
        write_result(result, tmp_path)
        assert matplotlib.rcParams["text.usetex"]
    assert list(tmp_path.glob("*.png"))


ATTACK = ("replication-attack", WINE)


def test_any_round_is_what_it_was(session):
    opened(session, "market-game", {"strategies": "Hedge", "revision": "OneAtRandom", "rounds": "40"}, seed=3)
    seen = []
    for _ in range(12):
        state = session.state
        seen.append((state.view.actions.tolist(), state.view.payoffs.tolist(), state.view.policy.tolist(), state.view.moves))
        step(session)
    for number in (0, 7, 11, 3):
        session.look_at(number)
        session.wait()
        view = session.state.view
        assert (view.actions.tolist(), view.payoffs.tolist(), view.policy.tolist(), view.moves) == seen[number]
        assert (len(view.past), len(view.later)) == (number + 1, 12 - number)
    coming = session.state.coming
    session.step()
    session.wait()
    assert session.state.view.moves == coming


def test_few_rounds_are_kept_and_all_can_be_gone_back_to(session, monkeypatch):
    monkeypatch.setattr(game_record, "MOST_KEPT", 4)
    opened(session, "hiding-dynamics", {"portions": "3", "strategy": "Hedge", "rounds": "40"}, seed=1)
    policies = []
    for _ in range(30):
        policies.append(session.state.view.policy.tolist())
        step(session)
    record = session._table.record
    assert len(record._kept) <= 4
    for number in (29, 1, 17):
        assert record.view(number).policy.tolist() == policies[number]


@pytest.mark.parametrize(
    "text",
    ["2~hold~1~1", "1~once~0~2", "2~set~mechanism~FairPayments(alpha=0.3)", "0~seed~9", "2~set~strategy~Hedge", "1~set~rounds~9"],
)
def test_an_address_opens_the_same_game_round_and_branch(session, text):
    opened(session, *ATTACK, seed=4)
    step(session, 5)
    session.branch(Change.read(text))
    session.wait()
    state = session.state
    assert state.error == ""
    assert [line.past[-1].number for line in state.lines] == [5, 5]
    query = address_of(state.scenario, state.seed, 5, (state.lines[1].change,), 1).query()
    there = Address.read(query)
    other = GameSession()
    other.open(there.scenario, there.settings, there.seed, there.number, there.changes, there.line)
    other.wait(300)
    ours, theirs = ([each.__dict__ for each in one.state.lines[1].past] for one in (session, other))
    other.close()
    for mine, yours in zip(ours, theirs, strict=True):
        for name, value in mine.items():
            np.testing.assert_array_equal(value, yours[name])
    names = {}
    exec(notebook_cell(there), names)
    assert names["branch_1"].payoffs.tolist() == state.view.payoffs.tolist()


@pytest.mark.parametrize("text", ["", "x~hold~1~1", "3~hold~1", "3~set~mechanism", "3~seed~-1", "3~seed~1e5", "3~hold~0~0~0"])
def test_a_branch_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="branch = "):
        Change.read(text)


def test_a_branch_of_another_game_is_refused_in_one_line(session):
    opened(session, *ATTACK)
    step(session)
    for text, said in (("1~set~parties~3", "press Reset"), ("1~hold~9~0", "players 0"), ("5~seed~1", "0 … 1, not 5")):
        session.branch(Change.read(text))
        session.wait()
        assert said in session.state.error
        assert len(session.state.lines) == 1
    for seed in range(4):
        session.branch(Change(0, seed=seed))
        session.wait()
        session.choose(0)
        session.wait()
    assert len(session.state.lines) == 4


def test_the_sweep_of_the_page_is_one_the_command_line_takes(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened(session, "hiding-dynamics", {"portions": "2", "rounds": "2"}, seed=2)
    words = shlex.split(commands(session.state.scenario, 2)[1])
    words[words.index("--seeds") + 1] = "2"
    with pytest.raises(SystemExit) as end:
        main([*words[1:], "--workers", "0"])
    assert end.value.code == 0
    assert (tmp_path / "results" / "hiding-dynamics-sweep").is_dir()


@every_game
def test_a_rounds_accounts_add_up(name, small_games):
    model = build_scenario(name, small_games.get(name, {})).opening(np.random.default_rng(0)).model()
    model.step()
    view = game_record.GameRecord(model).view()
    accounts = accounts_of(view)
    if accounts is None:
        assert view.game.n > 6 or view.game.accounts(view.actions) is None
        return
    payoffs = accounts.worth - accounts.worth_alone - accounts.payments - accounts.costs
    np.testing.assert_allclose(payoffs, view.payoffs, atol=1e-12)
    by_steps = [sum(count * each.marginal * each.weight for count, steps in alike for each in steps) for alike in accounts.steps]
    np.testing.assert_allclose(by_steps, accounts.values, atol=1e-12)
    assert [sum(count for count, _ in alike) for alike in accounts.steps] == accounts.identities.tolist()
    whole = accounts.coalitions[-1]
    assert accounts.values.sum() == pytest.approx(whole[1])
    for party in range(view.game.n):
        without = tuple(each for each in whole[0] if each != party)
        assert accounts.marginal(party, whole[0]) == pytest.approx(whole[1] - dict(accounts.coalitions)[without])


def test_a_game_opened_at_a_round_is_never_shown_with_an_earlier_end(session, monkeypatch):
    """The slider would go back to that end, and take the page along."""
    seen, look = [], session._look

    def noted(turn, whole=False):
        seen.append(session.state)
        look(turn, whole=whole)

    monkeypatch.setattr(session, "_look", noted)
    session.open("hiding-dynamics", {"portions": "2"}, 0, 3)
    session.wait()
    assert [(state.view.last.number, state.latest) for state in seen] == [(3, 3)]


def test_false_names_are_taken_apart_by_party():
    """Of a party that enters halves of its data under two names, values are those of the game between the names."""
    texts = {"attacks": "Sybil(identities=2)", "task": "QualityCurve(sizes=[1, 2])"}
    model = build_scenario("arms-race", texts).opening(np.random.default_rng(0)).model()
    view = replace(game_record.GameRecord(model).view(), actions=np.array([1, 1]))
    accounts = accounts_of(view)
    assert accounts.disguised
    assert accounts.identities.tolist() == [2, 2]
    sizes = [0.5, 0.5, 1, 1]
    worths = [1 - np.exp(-sum(size for bit, size in enumerate(sizes) if mask >> bit & 1)) for mask in range(16)]
    names = shapley(CoalitionalGame(worths))
    np.testing.assert_allclose(accounts.values, [names[:2].sum(), names[2:].sum()])
    assert dict(accounts.coalitions)[0,] == pytest.approx(worths[3])


def test_what_many_players_did_is_summed_up_by_action():
    model = build_scenario("network-contagion", {}).opening(np.random.default_rng(0)).model()
    view = game_record.GameRecord(model).view()
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in by_action(view).split("<tr>")[2:]]
    assert sum(int(row[0]) for row in rows) == view.game.n
    assert sum(int(row[0]) * float(row[1]) for row in rows) == pytest.approx(view.payoffs.sum(), rel=1e-3)
    assert max(float(row[3]) for row in rows) == pytest.approx(view.payoffs.max(), rel=1e-3)


@pytest.mark.parametrize("rate", [5.0, 20.0])
def test_so_many_rounds_a_second_are_so_many(session, rate):
    opened(session, "hiding-dynamics", {"portions": "2", "rounds": "1000"})
    session.rounds_per_second = rate
    begun = time.monotonic()
    session.play()
    time.sleep(2)
    session.pause()
    session.wait()
    played, seconds = session.state.view.last.number, time.monotonic() - begun
    assert played <= rate * seconds + 1  # never more; how many fewer depends on what else the machine does
    assert played >= 1


def test_an_hour_of_play_takes_little_memory(session):
    """7,200 rounds are an hour at two a second; a page stops at `MOST_ROUNDS`, and says so."""
    opened(session, "market-game", {"strategies": "Hedge", "rounds": "100000"})
    table = session._table

    def bytes_of(rounds):
        tracemalloc.start()
        for _ in range(rounds):
            table.round()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return grown

    bytes_of(150)  # until snapshots are as many as are kept
    assert bytes_of(150) / 150 < MOST_BYTES_A_ROUND
    assert MOST_BYTES_A_ROUND * sessions.MOST_ROUNDS <= 30e6
