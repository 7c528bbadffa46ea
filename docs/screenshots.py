"""Take pictures of the page: ``make screenshots`` takes those that README and guides show.

``python docs/screenshots.py --all FOLDER [NAME ...]`` takes all games, or those named, on a laptop and a phone, to be looked at.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page, sync_playwright

from potluck.browser.server import game_scenarios

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = {
    "browser-replication": ("scenario=replication-attack&round=4", "Over time"),
    "browser-inside": ("scenario=replication-attack&round=2", "Inside the round"),
    "browser-branch": ("scenario=replication-attack&round=6&branch=1~hold~3~1", "Branches"),
    "browser-portrait": ("scenario=fair-value-dynamics&round=12", "Phase portrait"),
}
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@contextmanager
def served() -> Iterator[tuple[Browser, str]]:
    """Serve the page, and open a browser: it, and the page's address."""
    command = [sys.executable, "-m", "potluck", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                yield browser, address
                browser.close()
        finally:
            server.terminate()


def opened(browser: Browser, size: dict[str, int]) -> Page:
    page = browser.new_page(viewport=size)  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    return page


def go(page: Page, address: str, query: str) -> None:
    """Open a game, and wait until it is drawn."""
    page.goto(f"{address}&{query}")
    page.wait_for_selector(".pl-network .pl-chart[data-drawn]")
    page.wait_for_function("document.querySelector('.pl-doing').innerText == 'ready'")
    number = parse_qs(query)["round"][0]
    page.wait_for_function("n => document.querySelector('.pl-round .pl-value').innerText.split(' ')[0] == n", arg=number)


def show(page: Page, tab: str) -> None:
    """Show a panel, once it is drawn."""
    page.locator(".pl-right .v-tab").get_by_text(tab, exact=True).click()
    page.wait_for_selector(f".pl-panel[aria-label='{tab}']")
    page.wait_for_timeout(2500)  # until what fades in is there


def take_shown() -> None:
    """Take the pictures that README and guides show, and draw README's figure."""
    with tempfile.TemporaryDirectory() as folder:
        run = ["run", "replication-attack", "--out", f"{folder}/run"]
        subprocess.run([sys.executable, "-m", "potluck", *run], check=True, stdout=subprocess.DEVNULL)
        shutil.copy(f"{folder}/run/replication-attack.png", IMAGES)
    with served() as (browser, address):
        page = opened(browser, LAPTOP)
        for name, (query, tab) in PICTURES.items():
            go(page, address, query)
            show(page, tab)
            page.screenshot(path=IMAGES / f"{name}.png")


def take_all(folder: Path, names: Sequence[str]) -> None:
    """Take games, or every one, in round 3: on a laptop every panel, on a phone the whole page and the choices."""
    folder.mkdir(parents=True, exist_ok=True)
    with served() as (browser, address):
        for name in names or [cls.name() for cls in game_scenarios()]:
            page = opened(browser, LAPTOP)
            go(page, address, f"scenario={name}&round=3")
            for tab in page.locator(".pl-right .v-tab").all_text_contents():
                show(page, tab)
                page.screenshot(path=folder / f"{name} {tab.lower()}.png")
            page.close()
            page = opened(browser, PHONE)
            go(page, address, f"scenario={name}&round=3")
            page.wait_for_timeout(2500)
            page.screenshot(path=folder / f"{name} on a phone.png", full_page=True)
            page.get_by_role("button", name="Choose", exact=True).click()
            page.wait_for_timeout(1000)
            page.screenshot(path=folder / f"{name} on a phone, choices.png", full_page=True)
            page.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            take_shown()
        case ["--all", folder, *names]:
            take_all(Path(folder), names)
        case _:
            sys.exit(str(__doc__))
