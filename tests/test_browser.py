"""The page in a real browser: Debian's Chromium, headless, steered by playwright."""

import contextlib
import http.server
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from potluck.browser.address import Address
from potluck.browser.controls import controls_of
from potluck.browser.page import defaults
from potluck.browser.server import first_scenario, game_scenarios
from potluck.scenarios import SCENARIOS
from potluck.scenarios.from_text import split_items

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, which the extra dev brings")

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium: make test-browser installs it"),
    pytest.mark.filterwarnings("ignore"),
]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP evil.example 127.0.0.1",  # a stranger's name that leads to this machine
]
WINDOW = {"width": 1280, "height": 800}
PATIENCE = 90_000  # milliseconds; the machine may be busy
HOSPITAL_3 = 3
"""Its place among the points of the network: the platform comes first."""

SESSIONS = 10
MOST_MEGABYTES = 15
"""What so many sessions that were opened and closed may add to the server's memory; three hundred are opened by the benchmark."""


class Trap:
    """A proxy that lets nothing through and remembers who asked."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked = []
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def listen(self):
        with self.socket, contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                with connection, contextlib.suppress(ConnectionError):
                    self.asked.append(connection.recv(200))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.listener.join()


@pytest.fixture(scope="module")
def trap():
    one = Trap()
    yield one
    one.close()


@contextlib.contextmanager
def served(trap, *arguments):
    """Serve the page in a process of its own, whose requests to other machines end in the trap."""
    proxies = dict.fromkeys(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"], trap.address)
    environment = {**os.environ, **proxies, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = [sys.executable, "-m", "potluck", "serve", *arguments, "--port", "0"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = server.stdout.readline()
        server.url = said.split()[0]
        server.port = int(re.match(r"http://127\.0\.0\.1:(\d+)/\?token=", server.url)[1])
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        server.stdout.close()


@pytest.fixture(scope="module")
def server(trap):
    with served(trap) as one:
        yield one


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Visitor:
    """Somebody with a tab of the browser."""

    def __init__(self, page, url):
        self.page = page
        self.asked, self.errors = [], []
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda websocket: self.asked.append(websocket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(url)
        self.wait_until_drawn()

    def wait_until_drawn(self):
        self.page.wait_for_selector(".pl-network .pl-chart[data-drawn]")

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def round(self):
        return int(self.page.locator(".pl-round .pl-value").inner_text().split()[0])

    def wait_for_round(self, number):
        self.page.wait_for_function(
            "number => document.querySelector('.pl-round .pl-value')?.innerText.split(' ')[0] == number", arg=str(number)
        )

    def wait_until_ready(self):
        self.page.wait_for_function("document.querySelector('.pl-doing')?.innerText.endsWith('…') === false")

    def settle(self, number):
        """Wait until a round is shown as a whole: the chart is drawn after the numbers, and what goes on is said at the end."""
        self.wait_for_round(number)
        self.page.wait_for_selector(f".pl-network .pl-chart[data-drawn^='Players and platform {number} ']")
        self.wait_until_ready()

    def step(self):
        number = self.round() + 1
        self.press("Step")
        self.settle(number)

    def select(self, where, label):
        self.page.locator(f"{where} .v-select__slot").first.click()
        self.choose(label)

    def choose(self, label):
        self.page.locator(".menuable__content__active .v-list-item").get_by_text(label, exact=True).click()

    def enter(self, where, text):
        self.page.locator(f"{where} input").last.fill(text)

    def playing(self, words):
        self.page.wait_for_function("words => document.querySelector('.pl-playing')?.innerText.includes(words)", arg=words)

    def open_tab(self, name):
        self.page.locator(".pl-right .v-tab").get_by_text(name, exact=True).click()
        self.page.wait_for_selector(f".pl-panel[aria-label='{name}']")

    def shown(self, where):
        return self.page.locator(where).inner_text()


@pytest.fixture
def visit(browser, server):
    contexts = []

    def open_tab(context=None, url=None):
        if context is None:
            context = browser.new_context(viewport=WINDOW, accept_downloads=True)
            contexts.append(context)
        return Visitor(context.new_page(), url or server.url)

    yield open_tab
    for context in contexts:
        context.close()


def test_another_scenario_and_mechanism_and_five_steps(visit):
    one = visit()
    assert one.page.title() == "potluck"
    one.select(".pl-side .pl-scenario", "hiding-dynamics")
    one.playing("hiding-dynamics")
    one.select(".pl-side .pl-mechanism", "Clarke")
    assert "mechanism" in one.shown(".pl-pending")
    one.press("Reset")
    one.playing("mechanism=Clarke()")
    one.wait_for_round(0)
    for _ in range(5):
        one.step()
    assert one.round() == 5
    assert re.fullmatch(r"[\d.e-]+", one.shown(".pl-exploitability .pl-value"))
    assert not one.errors


def test_every_game_opens_and_steps_with_its_defaults(visit):
    one = visit()
    one.playing(first_scenario())
    for cls in sorted(game_scenarios(), key=lambda cls: cls.name() == first_scenario()):
        one.select(".pl-side .pl-scenario", cls.name())
        one.playing(cls.name())
        one.wait_for_round(0)
        one.step()
        assert one.page.locator(".pl-error").count() == 0, cls.name()
        assert one.page.locator(".pl-pending").count() == 0, f"{cls.name()}: an input stands where its parameter does not"
    assert not one.errors


WORDS = {"classifier": "tree", "dataset": "breast-cancer", "epsilon": "2", "initial": "1,1", "costs": "0.25,0.1"}
"""What is entered where a text is no number that could be another one."""


def another(control, text):
    """Return another text for a field."""
    if control.name in WORDS:
        return WORDS[control.name]
    first, *rest = split_items(text) if text else [""]
    try:
        number = float(first)
    except ValueError:
        return "one"
    return ",".join([str(int(number) + 1) if control.whole or "." not in first else f"{number / 2 or 0.3:g}", *rest])


def change(one, control, text):
    """Choose something else with a control, as a visitor does."""
    where = f".pl-side .pl-{control.name}"
    slots = one.page.locator(f"{where} .v-select__slot")
    match control.kind:
        case "flag":
            one.page.locator(f"{where} .v-input--selection-controls__ripple").click()
        case "slider":
            thumb = one.page.locator(f"{where} .v-slider__thumb-container").first
            thumb.focus()
            thumb.press("ArrowLeft" if float(text) > control.low else "ArrowRight")
        case "choice" | "component":
            slots.first.click()
            one.choose(next(each for each in control.options if each not in {text.partition("(")[0], "BySite"}))
        case "choices" | "components":
            slots.last.click()
            one.choose(control.options[0])
        case _:
            one.page.locator(f"{where} input").first.fill(another(control, text))


@pytest.mark.parametrize("name", [cls.name() for cls in game_scenarios()])
def test_every_control_of_every_game(visit, server, small_games, name):
    """Each is changed as a visitor does: the page names it, and after Reset says what became of the play, or what is wrong."""
    texts = defaults(name) | small_games.get(name, {})
    home = f"{server.url}&{Address(name, small_games.get(name, {})).query()}"
    one = visit(url=home)

    def opened():
        one.playing(name)
        one.wait_for_round(0)
        one.wait_until_ready()

    opened()
    known = controls_of(SCENARIOS.find(name))
    shown = [each for each in known if one.page.locator(f".pl-side .pl-{each.name}").count()]
    assert len(shown) > 3
    refused = []
    for control in shown:
        words = control.name.replace("_", " ")
        if not one.page.locator(f".pl-side .pl-{control.name}").count():  # another change took it away
            one.page.goto(home)
            opened()
        change(one, control, texts[control.name])
        one.page.locator(".pl-pending", has_text=words).wait_for()
        one.press("Reset")
        one.page.locator(f".pl-error, .pl-difference:has-text('Changed: {words}.')").first.wait_for()
        if one.page.locator(".pl-error").count():
            refused.append(control.name)
            one.page.goto(home)
        opened()
    assert len(refused) <= len(shown) / 2, refused
    assert not one.errors


def test_everything_can_be_seen_at_1280_by_800(visit):
    one = visit()
    one.step()
    window = one.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert window[0] <= window[1], "the page is wider than the window"
    for name in ("Step", "Play", "Reset", "Run to convergence"):
        box = one.page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 800
    for each in one.page.locator(".pl-chart").all():
        box = each.bounding_box()
        assert box["x"] + box["width"] <= 1280
        assert box["width"] > 300


def test_play_and_pause(visit):
    one = visit()
    one.press("Play")
    one.page.wait_for_function("parseInt(document.querySelector('.pl-round .pl-value')?.innerText) >= 2")
    one.press("Pause")
    one.wait_until_ready()
    stood = one.round()
    one.page.wait_for_timeout(1500)
    assert one.round() == stood >= 2


def test_run_to_convergence(visit):
    one = visit()
    one.press("Run to convergence")
    one.page.wait_for_selector(".pl-note")
    assert "Converged in round" in one.shown(".pl-note")
    assert one.shown(".pl-exploitability .pl-value") == "0"


def test_reset_with_a_changed_slider(visit):
    one = visit()
    one.step()
    thumb = one.page.locator(".pl-copies .v-slider__thumb-container")
    thumb.focus()
    thumb.press("ArrowLeft")
    one.page.wait_for_function("document.querySelector('.pl-copies .pl-slider-label')?.innerText.endsWith(': 2')")
    one.press("Reset")
    one.playing("copies=2")
    one.wait_for_round(0)
    assert one.page.locator(".pl-pending").count() == 0


def test_two_tabs_have_games_of_their_own(visit):
    one = visit()
    other = visit(one.page.context)
    other.select(".pl-side .pl-scenario", "market-game")
    other.playing("market-game")
    other.step()
    one.step()
    one.step()
    assert (one.round(), other.round()) == (2, 1)
    assert "replication-attack" in one.shown(".pl-playing")
    assert "market-game" in other.shown(".pl-playing")


def test_a_bad_parameter_is_one_line_and_the_page_lives_on(visit):
    one = visit()
    one.step()
    one.enter(".pl-rounds", "0")
    one.press("Reset")
    one.page.wait_for_selector(".pl-error")
    assert "rounds = '0'" in one.shown(".pl-error")
    assert "\n" not in one.shown(".pl-error")
    one.step()
    assert one.round() == 2
    one.enter(".pl-rounds", "7")
    one.press("Reset")
    one.playing("rounds=7")
    assert one.page.locator(".pl-error").count() == 0


def test_a_click_on_a_player_and_a_word_about_it(visit):
    one = visit()
    one.settle(0)
    point = one.page.locator(".pl-network path.point").nth(HOSPITAL_3)
    point.hover(force=True)  # a layer of the chart's own, above the point, takes what the mouse does
    one.page.locator(".pl-network .hovertext", has_text="hospital 3: share everything").wait_for()
    point.click(force=True)
    one.page.wait_for_selector(".pl-card .pl-chart[aria-label^='mixed strategy of hospital 3']")
    assert "quality alone" in one.shown(".pl-facts")


def address_has(one, *parts):
    one.page.wait_for_function("parts => parts.every(part => location.search.includes(part))", arg=list(parts))


def look_back(one, number):
    while one.round() != number:
        here = one.round()
        one.press("Back")
        one.settle(here - 1)


def test_scrubbing_and_a_round_back(visit):
    one = visit()
    one.settle(0)
    shown = [one.shown(".pl-numbers")]
    for _ in range(3):
        one.step()
        shown.append(one.shown(".pl-numbers"))
    look_back(one, 1)
    assert one.shown(".pl-numbers") == shown[1]
    thumb = one.page.locator(".pl-scrubber .v-slider__thumb-container")
    thumb.focus()
    thumb.press("End")
    one.settle(3)
    assert one.shown(".pl-numbers") == shown[3]
    one.step()
    assert one.round() == 4
    look_back(one, 2)
    one.press("Play")  # from there
    one.page.wait_for_function("parseInt(document.querySelector('.pl-round .pl-value')?.innerText) > 4")
    one.press("Pause")
    one.wait_until_ready()
    assert not one.errors


def test_a_branch_beside_the_game_and_a_link_to_it(visit):
    one = visit()
    for _ in range(3):
        one.step()
    look_back(one, 1)
    one.open_tab("Branches")
    one.select(".pl-newbranch .pl-who", "hospital 4")
    one.press("Branch")
    one.page.wait_for_selector(".pl-line-1")
    assert one.shown(".pl-line-1").startswith("from round 1: hospital 4: share everything from then on")
    one.settle(3)
    one.page.wait_for_function(
        "document.querySelectorAll('.pl-branches .pl-chart .scatterlayer .trace').length >= 3"  # both, and the difference
    )
    address_has(one, "branch=1~hold~3~1", "line=1", "round=3")
    numbers = one.shown(".pl-numbers")
    other = visit(one.page.context, one.page.url)  # a link, sent to somebody with the same server
    other.settle(3)
    other.page.wait_for_selector(".pl-line-1 .pl-chosen")
    assert other.shown(".pl-numbers") == numbers
    assert not one.errors
    assert not other.errors


BRANCHES = ".pl-branches .pl-chart .scatterlayer .trace"


@pytest.mark.parametrize("kind", ["a parameter", "random numbers"])
def test_a_branch_with_another_rule_or_seed_and_bands(visit, kind):
    one = visit()
    for _ in range(3):
        one.step()
    look_back(one, 1)
    one.open_tab("Branches")
    one.select(".pl-newbranch .pl-kind", kind)
    if kind == "a parameter":
        one.select(".pl-newbranch .pl-what", "mechanism")
        one.select(".pl-newbranch .pl-newvalue", "EqualSplit")
    else:
        one.enter(".pl-newbranch .pl-tolerance", "7")
    one.page.locator(".pl-newbranch").get_by_role("button", name="Branch", exact=True).click()
    said = {"a parameter": "from round 1: mechanism = EqualSplit", "random numbers": "from round 1: random numbers of seed 7"}
    one.page.locator(".pl-line-1", has_text=said[kind]).wait_for()
    one.settle(3)
    one.press("Bands over 20 seeds")
    one.page.wait_for_function(  # two lines and their difference, and two bands of two edges around each line
        f"document.querySelectorAll('{BRANCHES}').length >= 7"
    )
    assert not one.errors


def test_reload_and_back_show_the_same_game(visit):
    one = visit()
    one.step()
    one.enter(".pl-seed", "6")
    one.page.locator(".pl-pending", has_text="waits for Reset: seed").wait_for()
    one.enter(".pl-seed", "5")
    one.press("Reset")  # pressed at once: the seed that was typed counts
    one.playing("seed 5")
    one.wait_for_round(0)
    one.step()
    one.step()
    address_has(one, "seed=5", "round=2")
    one.page.reload()
    one.wait_until_drawn()
    one.playing("seed 5")
    one.wait_for_round(2)
    one.page.go_back()
    one.playing("seed 0")
    one.wait_for_round(1)
    assert not one.errors


def test_a_number_of_a_round_is_derived(visit):
    one = visit()
    one.step()
    one.open_tab("Inside the round")
    one.page.locator(".pl-moved", has_text="switched from “share everything”").wait_for()
    one.page.get_by_role("button", name=re.compile("^Shapley value .* row 1: derive")).click()
    derived = one.page.locator(".pl-derivation", has_text="joins coalitions of every size")  # its lines are not drawn at once
    derived.filter(has_text=re.compile(r"= [\d.]+, the Shapley value of hospital 1")).wait_for()
    one.page.locator(".pl-coalitions tbody tr").nth(15).wait_for()
    said = one.shown(".pl-derivation")
    total = float(re.search(r"= ([\d.]+), the Shapley value of hospital 1", said)[1])
    terms = [float(each) for each in re.findall(r"= \+?(−?[\d.e-]+)\n", said.replace("−", "-"))]
    identities = int(re.search(r"× (\d+) identities", said)[1])
    assert identities * sum(terms) == pytest.approx(total, rel=0.01)
    assert one.page.locator(".pl-coalitions tbody tr").count() == 16
    said = {"payment": "hospital 2 (pays|receives)", "reward": "hospital 2 receives a model", "payoff": "Payoff of hospital 2"}
    for column, says in said.items():
        one.page.get_by_role("button", name=re.compile(f"^{column} .* row 2: derive")).click()
        one.page.locator(".pl-derivation", has_text=re.compile(says)).wait_for()


NUMBERS_UNTOLD = """() => {
  const found = [], walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), at = walk.currentNode.parentElement;
    if (!/^[-−+]?[0-9][0-9.,e+-]*$/.test(text) || at.closest("svg")) continue;  // a chart's are told by hovering
    const told = at.closest("[title]");
    if (!told || !told.title) found.push(text);
  }
  return found; }"""
NAMED = {"button", "textbox", "slider", "combobox", "checkbox", "spinbutton", "tab", "link", "img"}


@pytest.mark.parametrize("name", ["market-game", "network-contagion", "multi-task-market"])
def test_numbers_are_told_and_what_can_be_used_has_a_name(visit, name):
    """A tooltip for every number, and a name for who hears the page instead of seeing it."""
    one = visit()
    one.select(".pl-side .pl-scenario", name)
    one.playing(name)
    one.wait_for_round(0)
    one.step()
    devtools = one.page.context.new_cdp_session(one.page)
    for tab in one.page.locator(".pl-right .v-tab").all_text_contents():
        one.open_tab(tab)
        assert one.page.evaluate(NUMBERS_UNTOLD) == [], tab
        heard = [node for node in devtools.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
        used = [node for node in heard if node["role"]["value"] in NAMED]
        assert len(used) > 20
        assert [node["role"]["value"] for node in used if not node["name"]["value"].strip()] == [], tab
    assert one.page.locator(".modebar-btn[data-title^='Share']").count() == 0  # nothing is offered that leaves the machine
    assert not one.errors


def test_a_list_of_thirty_like_parties_has_a_form(visit):
    one = visit()
    one.select(".pl-side .pl-scenario", "market-game")
    one.playing("market-game")
    one.select(".pl-side .pl-mechanism", "EqualSplit")
    sizes = one.page.locator(".pl-task .pl-of-sizes")
    assert sizes.get_by_label("how many").input_value() == ""  # its numbers differ
    sizes.get_by_label("each").fill("2")
    one.page.wait_for_function("document.querySelector('.pl-task .pl-of-sizes input')?.value.match(/^2(,2)+$/)")  # as many
    sizes.get_by_label("how many").fill("30")
    sizes.get_by_label("each").fill("1")
    one.page.wait_for_function("document.querySelector('.pl-task .pl-of-sizes input')?.value == Array(30).fill('1').join(',')")
    one.press("Reset")
    one.playing("sizes=")
    one.wait_for_round(0)
    one.page.wait_for_function("document.querySelectorAll('.pl-network path.point').length >= 31")  # and the platform
    assert not one.errors


def test_keys(visit):
    one = visit()
    one.settle(0)
    one.page.locator("body").click(position={"x": 700, "y": 790})
    one.page.keyboard.press("ArrowRight")
    one.settle(1)
    one.page.keyboard.press("ArrowLeft")
    one.settle(0)
    one.page.keyboard.press(" ")
    one.page.wait_for_function("parseInt(document.querySelector('.pl-round .pl-value')?.innerText) >= 2")
    one.page.keyboard.press(" ")
    one.wait_until_ready()
    one.page.keyboard.press("r")
    one.wait_for_round(0)
    one.page.evaluate("document.activeElement.blur()")
    one.page.reload()
    one.wait_until_drawn()
    order = []
    for _ in range(60):
        one.page.keyboard.press("Tab")
        order.append(one.page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"))
    wanted = ["Skip to the game", "Glossary", "Step", "Play", "Reset", "Run to convergence", "Over time", "Take away"]
    assert [each for each in order if each in wanted][: len(wanted)] == wanted


@pytest.mark.parametrize(("width", "height"), [(360, 740), (800, 900), (1920, 1080)])
def test_the_page_fits_windows_of_any_width(browser, server, width, height):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if width == 800 else "light")
    one = Visitor(context.new_page(), server.url)
    one.step()
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in one.page.locator(".pl-chart").all():
        box = chart.bounding_box()
        assert box["width"] >= min(300, width - 60)
        assert box["x"] + box["width"] <= width
    dark = one.page.evaluate("getComputedStyle(document.querySelector('.pl-page')).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (width == 800)
    if width == 360:
        assert not one.page.locator(".pl-choices").is_visible()
        one.press("Choose")
        one.page.wait_for_selector(".pl-choices", state="visible")
        one.select(".pl-side .pl-scenario", "hiding-dynamics")
        one.playing("hiding-dynamics")
    assert not one.errors
    context.close()


def test_dark_and_the_glossary(visit):
    one = visit()
    one.press("Dark")
    one.page.wait_for_function("document.documentElement.classList.contains('pl-dark')")
    one.press("Glossary")
    one.page.locator(".pl-glossary dt").get_by_text("Shapley value", exact=True).wait_for()
    one.press("Close the glossary")
    one.press("Light")
    one.page.wait_for_function("!document.documentElement.classList.contains('pl-dark')")


def test_what_can_be_taken_away(visit):
    one = visit()
    one.step()
    one.step()
    one.open_tab("Take away")
    assert one.shown(".pl-copied-command pre") == "potluck run replication-attack --seed 0"
    files = {}
    for label in ("Rounds as CSV", "Players as CSV", "Figure as PNG"):
        with one.page.expect_download() as download:
            one.press(label)
        files[label] = Path(download.value.path()).read_bytes()
    rounds = pd.read_csv(io.BytesIO(files["Rounds as CSV"]))
    players = pd.read_csv(io.BytesIO(files["Players as CSV"]))
    assert rounds["round"].tolist() == [0, 1, 2]
    assert f"{rounds['exploitability'].iloc[-1]:.4g}" == one.shown(".pl-exploitability .pl-value")
    assert len(players) == 3 * players["player"].nunique()
    assert Image.open(io.BytesIO(files["Figure as PNG"])).size[0] > 1200


def test_a_long_round_does_not_freeze_the_page(visit):
    """While a game of many users is opened, choices can be made, and another scenario takes its place."""
    one = visit()
    one.select(".pl-side .pl-scenario", "fair-value-scale")
    one.playing("fair-value-scale")
    one.enter(".pl-users", "3000000")
    one.press("Reset")
    one.page.wait_for_function("document.querySelector('.pl-doing')?.innerText.startsWith('opening')")
    one.select(".pl-side .pl-scenario", "hiding-dynamics")
    one.playing("hiding-dynamics")
    one.step()
    assert one.round() == 1


def test_no_request_leaves_the_machine(visit, trap):
    one = visit()
    one.step()
    for name in ("Money", "Copies", "Take away"):
        one.open_tab(name)
    asked = [url for url in one.asked if not url.startswith(("data:", "blob:"))]
    assert asked
    assert all(re.match(r"(http|ws)://127\.0\.0\.1:\d+/", url) for url in asked), asked
    assert any(url.startswith("ws://") for url in asked)
    assert trap.asked == []


class Stranger:
    """A page of another origin on this machine, as another name of it or another port's is."""

    BODY = b"<title>hostile</title><body>"

    def __init__(self):
        stranger = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(stranger.BODY)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]


@pytest.fixture(scope="module")
def stranger():
    one = Stranger()
    yield one
    one.server.shutdown()
    one.server.server_close()


OPEN_SOCKET = """address => new Promise(done => {
    const socket = new WebSocket(address);
    socket.onopen = () => done("opened"); socket.onerror = () => done("refused"); socket.onclose = () => done("refused")})"""
FRAME = """address => new Promise(done => {
    const frame = document.createElement("iframe"); frame.src = address; document.body.append(frame);
    frame.onload = () => done(frame.contentDocument === null ? "not shown" : "shown")})"""
SCRIPT = """address => new Promise(done => {
    const script = document.createElement("script"); script.src = address; document.body.append(script);
    script.onload = () => done("answered"); script.onerror = () => done("refused")})"""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "evil.example"])
def test_a_hostile_page_in_the_same_browser_gets_nothing(visit, server, stranger, name):
    one = visit()  # the cookie is in this browser
    hostile = one.page.context.new_page()
    hostile.goto(f"http://{name}:{stranger.port}/")
    assert hostile.title() == "hostile"
    websocket = f"{server.port}/jupyter/api/kernels/some-kernel/channels?session_id=page"
    for host in ("127.0.0.1", "localhost", "evil.example"):
        assert hostile.evaluate(OPEN_SOCKET, f"ws://{host}:{websocket}") == "refused", host
        assert hostile.evaluate(SCRIPT, f"http://{host}:{server.port}/static/main.js") == "refused", host
        assert hostile.evaluate(FRAME, f"http://{host}:{server.port}/") == "not shown", host
    assert kernels(server)["total"] >= 1
    assert one.page.evaluate(OPEN_SOCKET, f"ws://127.0.0.1:{websocket}") == "opened"  # so that the attempt itself is right
    one.step()


def test_another_name_of_this_machine_and_a_missing_token_are_refused(browser, server):
    context = browser.new_context()
    page = context.new_page()
    for address in (
        f"http://127.0.0.1:{server.port}/",
        f"http://127.0.0.1:{server.port}/?token=wrong",
        server.url.replace("127.0.0.1", "evil.example"),
    ):
        assert page.goto(address).status == 403
        assert page.inner_text("body").startswith("potluck: ")
    assert page.goto(server.url).status == 200
    assert "token" not in page.url
    context.close()


def test_the_page_takes_no_import_path_no_path_and_no_address(visit, tmp_path, trap):
    one = visit()
    for parameter, text in [
        ("classifier", f"os:system('touch {tmp_path}/mark')"),
        ("dataset", "/etc/passwd"),
        ("dataset", "http://127.0.0.1:9/x.csv"),
    ]:
        before = one.page.locator(f".pl-{parameter} input").last.input_value()
        one.enter(f".pl-{parameter}", text)
        one.press("Reset")
        one.page.wait_for_selector(".pl-error")
        assert re.search("not followed here|not in the folders|is an address", one.shown(".pl-error"))
        one.enter(f".pl-{parameter}", before)
        one.press("Reset")
        one.page.wait_for_selector(".pl-error", state="detached")
    assert not (tmp_path / "mark").exists()
    assert trap.asked == []


def cpu_seconds(server):
    fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kill_all_with(mark):
    for commands in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in commands.read_text(encoding="utf-8").split("\0"):
                os.kill(int(commands.parent.name), signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads processor time from /proc")
@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_closed_tab_costs_nothing_after_two_seconds(browser, trap, how):
    with served(trap, "hiding-dynamics") as server:
        mark = f"--tab-of-{server.pid}"
        chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, mark])
        one = Visitor(chromium.new_context(viewport=WINDOW).new_page(), server.url)
        one.enter(".pl-rounds", "10000")
        one.press("Reset")
        one.playing("rounds=10000")
        one.select(".pl-speed", "as fast as it goes")
        one.press("Play")
        one.page.wait_for_timeout(1000)
        before = cpu_seconds(server)
        one.page.wait_for_timeout(4000)
        assert cpu_seconds(server) - before > 0.2, "it does not even work while it is looked at"
        if how == "closed":
            one.page.goto("about:blank")
        else:
            kill_all_with(mark)
        spent = [cpu_seconds(server)]
        while len(spent) < 5 or spent[-1] - spent[-5] > 0.05:  # until two seconds cost nothing
            time.sleep(0.5)
            spent.append(cpu_seconds(server))
            # in processor time, as the machine may be busy with something else
            assert spent[-1] - spent[0] < 2
        chromium.close()


def test_twenty_play_at_once(browser, server):
    context = browser.new_context(viewport=WINDOW)
    address = f"http://127.0.0.1:{server.port}/"
    visitors = [Visitor(context.new_page(), server.url if number == 0 else address) for number in range(20)]
    for one in visitors:
        one.press("Play")
    for one in visitors:
        one.page.wait_for_function("parseInt(document.querySelector('.pl-round .pl-value')?.innerText) >= 3")
        assert not one.errors
    context.close()


def kernels(server):
    cookie = f"potluck-{server.port}={server.url.partition('token=')[2]}"
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/resourcez", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["kernels"]


def status(server, name):
    told = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
    return int(re.search(rf"{name}:\s+(\d+)", told)[1])


def megabytes(server):
    return status(server, "VmRSS") / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_closed_sessions_are_freed(browser, trap):
    with served(trap, "fair-value-dynamics") as server:
        context = browser.new_context(viewport=WINDOW)

        def open_and_close(times):
            for _ in range(times):
                visitor = Visitor(context.new_page(), server.url)
                visitor.page.goto("about:blank")  # leaving a page tells the server, as closing its tab does
                visitor.page.close()
            for _ in range(100):
                if kernels(server)["total"] == 0:
                    break
                time.sleep(0.2)
            assert kernels(server)["total"] == 0

        open_and_close(5)
        before, threads = megabytes(server), status(server, "Threads")
        open_and_close(SESSIONS)
        grown = megabytes(server) - before
        context.close()
        assert status(server, "Threads") <= threads + 3
        assert grown <= MOST_MEGABYTES, f"{before:.0f} MB grew by {grown:.1f} MB"
