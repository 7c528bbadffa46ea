"""Makes the part of the result format that says what tables hold: ``python docs/result_format.py``."""

from pathlib import Path

from potluck.scenarios import SCENARIOS
from potluck.scenarios.declarations import result_format

PAGE = Path(__file__).parent / "reference" / "result-format.md"
MADE = "<!-- From here on this page is made by `python docs/result_format.py` from the declarations beside the scenarios. -->\n"


def made(text: str) -> str:
    """Return the page with its last part made anew."""
    written, _, _ = text.partition(MADE)
    return f"{written}{MADE}\n{result_format((cls.name(), cls.declared_tables) for cls in SCENARIOS)}"


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
