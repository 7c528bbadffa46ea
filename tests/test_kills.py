"""kill -9 at random moments, ten times: afterwards all is there once, as if nothing had happened."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from potluck.destination import DRAFT
from potluck.scenarios.studies import load
from potluck.store import FILE

KILLS = 10

PAPER = """
import os, time
import pandas as pd
from potluck.papers import Paper
from potluck.pictures import figures
from potluck.scenarios import SCENARIOS, Findings, Scenario
from potluck.verdicts import Verdict, printed

TINY = Paper("tiny", "Nobody", "A Tiny Paper", "Nowhere", 2000)


class OfTheTiny(Scenario):
    paper = TINY

    def play(self, rng):
        draws = rng.random(3)
        time.sleep(0.2)
        with open(os.environ["PLAYED"], "a") as file:
            file.write("x")
        figure, axes = figures.new_figure()
        axes[0].plot(draws)
        claim = Verdict.statement("positive", printed("Figure 1"), "all are positive", draws.min(), bool(draws.min() > 0))
        return Findings({self.name(): pd.DataFrame({"draw": draws})}, [claim], {self.name(): figure})


for number in range(20):
    name = f"Tiny{number}"
    globals()[name] = SCENARIOS.register(type(name, (OfTheTiny,), {"__doc__": "Draws.", "__module__": __name__}))

if __name__ == "__main__":
    from potluck.__main__ import main
    main()
"""


def begun(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_again_and_again(commands, something_new) -> None:
    """Kill commands in turn, ten times, each at a random moment after it has begun to do something new, or ended."""
    chance = random.Random(5)
    for command in itertools.islice(itertools.cycle(commands), KILLS):
        process, before = begun(command), something_new()
        for _ in range(1200):
            time.sleep(0.05)
            if process.poll() is not None or something_new() != before:
                break
        time.sleep(chance.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.slow
def test_a_reproduction_that_is_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    (tmp_path / "tiny.py").write_text(PAPER)
    monkeypatch.setenv("PLAYED", str(tmp_path / "played"))
    out, marks = tmp_path / "out", tmp_path / "played"

    def command(place, workers=0):
        end = ["reproduce", "--paper", "tiny", "--seeds", "2", "--workers", str(workers), "--out", str(place)]
        return [sys.executable, str(tmp_path / "tiny.py"), *end]

    killed_again_and_again([command(out), command(out), command(out, 2)], lambda: size_of(marks))
    assert subprocess.run(command(out), capture_output=True, check=False).returncode == 0
    played = size_of(marks)
    found = load(out).runs
    assert len(found) == 40 == found["key"].nunique()
    assert set(found["status"]) == {"done"}
    # what was under way at a kill is played again, and nothing else
    assert played <= 40 + 4 * KILLS
    assert subprocess.run(command(tmp_path / "calm"), capture_output=True, check=False).returncode == 0
    calm = tmp_path / "calm"
    assert (out / "checks.csv").read_bytes() == (calm / "checks.csv").read_bytes()
    for number in range(20):
        name = f"tiny{number}"
        files = [sorted(path.name for path in (place / name).iterdir()) for place in (out, calm)]
        assert files[0] == files[1] == sorted([f"{name}.csv", f"{name}.png", "result.json"])
        assert (out / name / f"{name}.csv").read_bytes() == (calm / name / f"{name}.csv").read_bytes()
    assert not list(out.glob(f"{DRAFT}*"))
    assert (out / "report.html").read_text().count("data:image/png") == 20


@pytest.mark.slow
def test_an_attack_matrix_that_is_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    cells = tmp_path / "cells"
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(cells))

    def command(place, *more):
        tasks = ["--set", "tasks=QualityCurve,CoalitionValues", "--set", "mechanisms=ShapleyDivision,EqualSplit,Clarke"]
        return [sys.executable, "-m", "potluck", "run", "attack-matrix", *tasks, *more, "--out", str(place)]

    def kept() -> int:
        return sum(size_of(cells / f"{FILE}{end}") for end in ("", "-wal"))

    killed_again_and_again([command(tmp_path / "out", "--overwrite")], kept)
    assert subprocess.run(command(tmp_path / "out", "--overwrite"), capture_output=True, check=False).returncode == 0
    assert subprocess.run(command(tmp_path / "calm", "--set", "cells=unkept"), capture_output=True, check=False).returncode == 0
    tables = [(tmp_path / place / "attack-matrix.csv").read_bytes() for place in ("out", "calm")]
    assert tables[0] == tables[1]
    assert len(pd.read_csv(tmp_path / "out" / "attack-matrix.csv")) > 60
    assert not [name for name in os.listdir(tmp_path) if name.startswith(DRAFT)]
