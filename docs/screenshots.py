"""Take the pictures of the page that README and guides show: ``make screenshots``."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURES = {
    "browser-replication": ("scenario=replication-attack&round=4", "Over time"),
    "browser-inside": ("scenario=replication-attack&round=2", "Inside the round"),
    "browser-branch": ("scenario=replication-attack&round=6&branch=1~hold~3~1", "Branches"),
    "browser-portrait": ("scenario=fair-value-dynamics&round=12", "Phase portrait"),
}


def take(page: Page, address: str, name: str) -> None:
    query, tab = PICTURES[name]
    page.goto(f"{address}&{query}")
    page.wait_for_selector(".pl-network .pl-chart[data-drawn]")
    page.wait_for_function("document.querySelector('.pl-doing').innerText == 'ready'")
    page.locator(".pl-right .v-tab").get_by_text(tab, exact=True).click()
    page.wait_for_selector(f".pl-panel[aria-label='{tab}']")
    page.wait_for_timeout(2500)  # until what fades in is there
    page.screenshot(path=IMAGES / f"{name}.png")


def main() -> None:
    command = [sys.executable, "-m", "potluck", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[0]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.set_default_timeout(120_000)
                for name in PICTURES:
                    take(page, address, name)
                browser.close()
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
