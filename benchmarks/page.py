"""From click to picture: seconds from a click on Step until everything is drawn, beside Mesa's own page in the same browser.

On Mesa's page the plot is waited for, which is new after every step; its grid may stay the same.
Run ``python benchmarks/page.py``, with Chromium installed; ``--sessions 300`` opens and closes as many sessions as well, and
``--rounds 7200`` plays as many rounds, an hour at two a second; both look at memory. What was measured is added to
``results/page.jsonl``, a line a run. Nothing passes or fails; the figures depend on the machine, the ratios less so.
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
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]

OURS = """async number => {
    const begun = performance.now(), drawn = name => [...document.querySelectorAll(".pl-chart")].some(
        chart => (chart.dataset.drawn || "").startsWith(name + " " + number + " "));
    [...document.querySelectorAll("button")].find(each => each.innerText.trim() === "Step").click();
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
    rows = []
    for players in SIZES:
        page, opening = opened(browser, f"{address}&{game(players)}", ".pl-network .pl-chart[data-drawn]")
        page.wait_for_selector(".pl-right .pl-chart[data-drawn]")
        here = [float(page.evaluate(OURS, number)) for number in range(1, STEPS + 1)]
        page.context.close()
        with mesas(players) as there_address:
            page, there_opening = opened(browser, there_address, "img")
            page.wait_for_selector("button:has-text('Step')")
            page.wait_for_function("document.querySelectorAll('img').length >= 2")
            page.wait_for_timeout(500)
            there = [float(page.evaluate(MESAS)) for _ in range(STEPS)]
            page.context.close()
        rows.append(
            {
                "players": players,
                "open": opening,
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


def sessions(browser: Browser, server: subprocess.Popen[str], address: str, count: int) -> dict[str, Any]:
    """Open and close sessions, after as many as it takes to warm up; return the server's memory before and after."""
    page, _ = opened(browser, address, ".pl-network .pl-chart[data-drawn]")
    used = {}
    for number in range(count + 15):
        if number == 15:
            used["before"] = megabytes(server)
        page.goto(f"{address}&scenario=hiding-dynamics&seed={number}")
        page.wait_for_selector(".pl-network .pl-chart[data-drawn]")
    page.goto("about:blank")
    page.context.close()
    time.sleep(5)
    return {"sessions": count, "megabytes_before": used["before"], "megabytes_after": megabytes(server)}


def long_play(browser: Browser, server: subprocess.Popen[str], address: str, rounds: int) -> dict[str, Any]:
    """Play as many rounds as fast as it goes; return the memory of server and tab at the start, in the middle and at the end."""
    query = urlencode({"scenario": "market-game", "p.rounds": str(rounds), "p.strategies": "Hedge"})
    page, _ = opened(browser, f"{address}&{query}", ".pl-network .pl-chart[data-drawn]")
    heap = "performance.memory.usedJSHeapSize / 1e6"
    found = [{"round": 0, "server": megabytes(server), "tab": page.evaluate(heap)}]
    page.locator(".pl-speed .v-select__slot").first.click()
    page.locator(".menuable__content__active .v-list-item").get_by_text("as fast as it goes", exact=True).click()
    begun = time.perf_counter()
    page.get_by_role("button", name="Play", exact=True).click()
    for goal in (rounds // 2, rounds):
        page.wait_for_function(
            "goal => parseInt(document.querySelector('.pl-round .pl-value').innerText) >= goal", arg=goal, timeout=3_600_000
        )
        found.append({"round": goal, "server": megabytes(server), "tab": page.evaluate(heap)})
    page.context.close()
    return {"rounds": rounds, "seconds": time.perf_counter() - begun, "megabytes": found}


def main(session_count: int = typer.Option(0, "--sessions"), rounds: int = typer.Option(0, "--rounds")) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        print("benchmarks/page.py needs Chromium: make chromium installs it")
        return
    with sync_playwright() as playwright, ours() as (server, address):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found: dict[str, Any] = {"click_to_picture": click_to_picture(browser, address)}
        if session_count:
            found["closed"] = sessions(browser, server, address, session_count)
        if rounds:
            found["long_play"] = long_play(browser, server, address, rounds)
        browser.close()
    shown = Table("players", "open, s", "Mesa's page", "click to picture, s", "Mesa's page", "")
    for row in found["click_to_picture"]:
        numbers = [f"{row[name]:.2f}" for name in ("open", "open_mesa", "step", "step_mesa")]
        shown.add_row(f"{row['players']:,}", *numbers, f"{row['step_mesa'] / row['step']:.1f} times as fast")
    Console().print(shown)
    for name in ("closed", "long_play"):
        if name in found:
            print(name, json.dumps(found[name]))
    with (HERE / "results" / "page.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"python": platform.python_version(), "cores": os.cpu_count(), **found}) + "\n")


if __name__ == "__main__":
    typer.run(main)
