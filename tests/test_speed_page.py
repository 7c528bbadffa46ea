"""The page of speeds says what was measured."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
spec = importlib.util.spec_from_file_location("speed_page", ROOT / "benchmarks" / "_speed_page.py")
assert spec
assert spec.loader
speed_page = importlib.util.module_from_spec(spec)
spec.loader.exec_module(speed_page)
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "dynamics.json").read_text())


def test_its_tables_are_those_of_the_results_that_are_kept():
    page = (ROOT / "docs" / "explanation" / "speed.md").read_text()
    assert speed_page.with_tables(page, speed_page.tables(RESULTS)) == page


@pytest.mark.parametrize(("took", "words"), [(2e-3, "2 times as fast"), (0.5e-3, "2 times as slow"), (1.04e-3, "as fast")])
def test_it_names_where_potluck_is_behind(took, words):
    lines = [
        {"task": "work", "tool": "potluck", "seconds": 1e-3, "beside": ""},
        {"task": "work", "tool": "peer", "seconds": took, "beside": "potluck"},
    ]
    held = {"payoffs": 1.0, "model": 2.0}
    growth = [{"players": 100, "potluck": 1e-3, "peer": None}]
    found = speed_page.tables({"versions": {}, "seconds": lines, "growth": growth, "bytes a player": held})
    assert f"| {words} |" in found
    assert ("- work: peer" in found) == (took < 0.9e-3)
