"""From click to picture: seconds from a click on Step until everything is drawn, beside Mesa's own page in the same browser.

A tab is opened, which loads the libraries of the page as well, the two step in turns, and Reset opens the game once more. On
Mesa's page the plot is waited for, which is new after every step; its grid may stay the same.
Run ``python benchmarks/page.py``, with Chromium installed; ``--sessions 300`` opens and closes as many sessions as well,
``--tabs 20`` plays in as many at once, and ``--rounds 7200`` plays as many rounds, an hour at two a second, as fast as it goes or
at ``--speed "2 rounds/s"``; all look at memory. ``--no-clicks`` leaves out the first part. What was measured is added to
``results/page.jsonl`` at once, a line a part. Nothing passes or fails; the figures depend on the machine, the ratios less so.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import typer
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
SIZES = (4, 30, 1_000, 20_000)
STEPS = 7
WARM = 15
PATIENCE = 600.0
READY = ".pl-network .pl-chart[data-drawn]"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

OURS = """async number => {
    const begun = performance.now(), drawn = name => [...document.querySelectorAll(".pl-chart")].some(
        chart => (chart.dataset.drawn || "").startsWith(name + " " + number + " "));
    [...document.querySelectorAll("button")].find(each => each.innerText.trim() === "Step").click();
    while (!drawn("Players and platform") || !drawn("Over time")) await new Promise(requestAnimationFrame);
    return (performance.now() - begun) / 1000;
}"""
RESET = """async () => {
    const marks = () => [...document.querySelectorAll(".pl-chart")].map(chart => chart.dataset.drawn || "");
    const begun = performance.now(), drawn = name => marks().some(mark => mark.startsWith(name + " 0 "));
    [...document.querySelectorAll("button")].find(each => each.innerText.trim() === "Reset").click();
    while (!drawn("Players and platform") || !drawn("Over time")) await new Promise(requestAnimationFrame);
    return (performance.now() - begun) / 1000;
}"""
MESAS = """async () => {
    const plot = () => [...document.querySelectorAll("img")].filter(each => each.src.startsWith("blob:")).at(-1);
    const begun = performance.now(), before = plot().src;
    [...document.querySelectorAll("button")].find(each => each.textContent.trim() === "Step").click();
    while (plot() === undefined || plot().src === before || !plot().complete) await new Promise(requestAnimationFrame);
    return (performance.now() - begun) / 1000;
}"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextlib.contextmanager
def ours() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve this project's page: the process and the address."""
    with subprocess.Popen([sys.executable, "-m", "potluck", "serve", "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server, server.stdout.readline().split()[0]
        finally:
            server.terminate()


@contextlib.contextmanager
def mesas(players: int) -> Iterator[str]:
    """Serve Mesa's own page on a plain Mesa model of as many agents."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "solara",
        "run",
        str(HERE / "_mesa_page.py"),
        "--port",
        str(port),
        "--no-open",
        "--production",
    ]
    environment = os.environ | {"PLAYERS": str(players), "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def game(players: int) -> str:
    """Return the query of a market in which as many users learn whether to share."""
    parameters = {
        "task": f"MeanEstimation(users={players}, levels=[1.0])",
        "mechanism": "FairPayments",
        "revision": "Inertia(keep=0.5)",
        "costs": "0,0.01",
        "rounds": "1000",
    }
    return urlencode({"scenario": "market-game", **{f"p.{name}": text for name, text in parameters.items()}})


def opened(browser: Browser, address: str, ready: str) -> tuple[Page, float]:
    """Open an address in a tab of its own; return it, and after how many seconds its pictures stood."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(300_000)
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(ready)
    return page, time.perf_counter() - begun


def click_to_picture(browser: Browser, address: str) -> list[dict[str, Any]]:
    """Return a row a size: seconds to open and to step, here and on Mesa's page."""
    rows: list[dict[str, Any]] = []
    for players in SIZES:
        page, opening = opened(browser, f"{address}&{game(players)}", READY)
        page.wait_for_selector(".pl-right .pl-chart[data-drawn]")
        with mesas(players) as there_address:
            other, there_opening = opened(browser, there_address, "img")
            other.wait_for_selector("button:has-text('Step')")
            other.wait_for_function("document.querySelectorAll('img').length >= 2")
            other.wait_for_timeout(500)
            here, there = [], []
            for number in range(1, STEPS + 1):  # in turns, as the machine may be busy with something else meanwhile
                here.append(float(page.evaluate(OURS, number)))
                there.append(float(other.evaluate(MESAS)))
            anew = float(page.evaluate(RESET))
            page.context.close()
            other.context.close()
        rows.append(
            {
                "players": players,
                "open": opening,
                "open_anew": anew,
                "step": statistics.median(here),
                "open_mesa": there_opening,
                "step_mesa": statistics.median(there),
                "steps": here,
                "steps_mesa": there,
            }
        )
    return rows


def megabytes(process: subprocess.Popen[str]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else float("nan")


def processor(process: subprocess.Popen[str]) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tab_megabytes(page: Page) -> float:
    """Return what a tab's scripts hold once its garbage is gone."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    used = float(tools.send("Runtime.getHeapUsage")["usedSize"]) / 1e6
    tools.detach()
    return used


def sessions(browser: Browser, server: subprocess.Popen[str], address: str, count: int) -> dict[str, Any]:
    """Open and close sessions, after as many as it takes to warm up; return the server's memory on the way."""
    page, _ = opened(browser, address, READY)
    used = []
    for number in range(-WARM, count + 1):
        if number >= 0 and number % max(1, count // 6) == 0:
            used.append({"sessions": number, "server": megabytes(server)})
        page.goto(f"{address}&scenario=hiding-dynamics&seed={number + WARM}")
        page.wait_for_selector(READY)
    page.goto("about:blank")
    page.context.close()
    time.sleep(5)
    return {"sessions": count, "megabytes": used, "megabytes_after": megabytes(server)}


def playing(page: Page, speed: str) -> None:
    """Press Play at a speed."""
    page.locator(".pl-speed .v-select__slot").first.click()
    page.locator(".menuable__content__active .v-list-item").get_by_text(speed, exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()


def reached(page: Page, goal: int) -> None:
    """Wait until a page has come to a round."""
    page.wait_for_function(
        "goal => parseInt(document.querySelector('.pl-round .pl-value').innerText) >= goal", arg=goal, timeout=7_200_000
    )


def at_once(browser: Browser, server: subprocess.Popen[str], address: str, count: int, rounds: int = 60) -> dict[str, Any]:
    """Play in as many tabs at once, each at two rounds a second; return rounds a second of all, and the server's memory."""
    query = urlencode({"scenario": "market-game", "p.rounds": str(rounds), "p.strategies": "Hedge"})
    before = megabytes(server)
    pages = [opened(browser, f"{address}&{query}&seed={number}", READY)[0] for number in range(count)]
    used = {"before": before, "open": megabytes(server)}
    begun, work = time.perf_counter(), processor(server)
    for page in pages:
        playing(page, "2 rounds/s")
    pressed = time.perf_counter() - begun
    come = [0] * count
    while min(come) < rounds and time.perf_counter() - begun < PATIENCE:
        pages[0].wait_for_timeout(500)
        come = [int(page.locator(".pl-round .pl-value").inner_text().split()[0]) for page in pages]
    seconds, work = time.perf_counter() - begun, processor(server) - work
    used["played"] = megabytes(server)
    for page in pages:
        page.context.close()
    time.sleep(5)
    used["closed"] = megabytes(server)
    return {
        "tabs": count,
        "rounds_each": rounds,
        "seconds_to_press": pressed,
        "seconds": seconds,
        "reached": come,
        "rounds_a_second": sum(come) / seconds,
        "server_seconds": work,
        "megabytes": used,
    }


def long_play(browser: Browser, server: subprocess.Popen[str], address: str, rounds: int, speed: str) -> dict[str, Any]:
    """Play as many rounds; return the memory of server and tab on the way."""
    query = urlencode({"scenario": "market-game", "p.rounds": str(rounds), "p.strategies": "Hedge"})
    page, _ = opened(browser, f"{address}&{query}", READY)
    found = [{"round": 0, "server": megabytes(server), "tab": tab_megabytes(page)}]
    begun, work = time.perf_counter(), processor(server)
    playing(page, speed)
    for goal in [rounds * eighth // 8 for eighth in range(1, 9)]:
        reached(page, goal)
        found.append({"round": goal, "server": megabytes(server), "tab": tab_megabytes(page)})
    seconds = time.perf_counter() - begun
    page.context.close()
    return {"rounds": rounds, "speed": speed, "seconds": seconds, "server_seconds": processor(server) - work, "megabytes": found}


def noted(part: str, found: Any) -> None:
    """Add what was measured to the results, and show it."""
    with (HERE / "results" / "page.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"python": platform.python_version(), "cores": os.cpu_count(), part: found}) + "\n")
    if part != "click_to_picture":
        print(part, json.dumps(found), flush=True)
        return
    shown = Table("players", "tab, s", "Mesa's page", "Reset, s", "click to picture, s", "Mesa's page", "")
    for row in found:
        numbers = [f"{row[name]:.2f}" for name in ("open", "open_mesa", "open_anew", "step", "step_mesa")]
        shown.add_row(f"{row['players']:,}", *numbers, f"{row['step_mesa'] / row['step']:.1f} times as fast")
    Console().print(shown)


def main(
    clicks: bool = True,
    session_count: int = typer.Option(0, "--sessions"),
    tabs: int = 0,
    rounds: int = 0,
    speed: str = "as fast as it goes",
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("benchmarks/page.py needs Chromium: make chromium installs it")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if clicks:
            with ours() as (_, address):
                noted("click_to_picture", click_to_picture(browser, address))
        if session_count:
            with ours() as (server, address):
                noted("closed", sessions(browser, server, address, session_count))
        if tabs:
            with ours() as (server, address):
                noted("at_once", at_once(browser, server, address, tabs))
        if rounds:
            with ours() as (server, address):
                noted("long_play", long_play(browser, server, address, rounds, speed))
        browser.close()


if __name__ == "__main__":
    typer.run(main)
