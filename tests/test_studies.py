"""Sweeps: designs, runs that go wrong, and work that is never lost nor done twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from potluck.__main__ import main
from potluck.destination import OutputError
from potluck.scenarios import SCENARIOS
from potluck.scenarios.studies import cells_of, execution, jobs, load, parse_variation, sweep
from potluck.scenarios.studies.results import interval_of
from potluck.scenarios.studies.sensitivity import sobol_indices
from potluck.store import FILE, Store

OWN = '''
import os, time
import pandas as pd
from potluck.components import Component
from potluck.scenarios import Findings, Scenario
from potluck.verdicts import Verdict, derived


class Sums(Scenario):
    """Adds two numbers, one of them twice; a third counts for nothing."""

    one: float = 0.0
    two: float = 0.0
    three: float = 0.0

    def play(self, rng):
        return Findings({"sums": pd.DataFrame({"sum": [self.one + 2 * self.two]})}, [])


class Draws(Scenario):
    """Draws numbers, and may fall ill."""

    scale: float = 1.0
    ill: str = "no"
    seconds: float = 0.0

    def play(self, rng):
        time.sleep(self.seconds)
        if self.ill == "raises":
            raise RuntimeError("fell ill")
        if self.ill == "leaves":
            raise SystemExit(0)
        if self.ill == "hangs":
            time.sleep(1000)
        if self.ill == "dies":
            os.kill(os.getpid(), 9)
        with open(os.environ["PLAYED"], "a") as file:
            file.write("x")
        return Findings({"draws": pd.DataFrame({"draw": self.scale * rng.random(3)})}, [])


class Together(Draws):
    """Draws for three seeds at once; where it is ill, that fails."""

    @property
    def seeds_at_once(self):
        return 3

    def play_all(self, rngs):
        if self.scale == 2:
            raise RuntimeError("not together")
        with open(os.environ["PLAYED"], "a") as file:
            file.write(str(len(rngs)))
        return [self.play(rng) for rng in rngs]
'''


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "own_studies.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "modules"), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("PLAYED", str(tmp_path / "played"))
    monkeypatch.delitem(sys.modules, "own_studies", raising=False)
    monkeypatch.chdir(tmp_path)
    jobs.code_of.cache_clear()


def count(tmp_path):
    return len((tmp_path / "played").read_text())


def swept(out, over=("scale=1,2",), seeds=2, **options):
    return sweep("own_studies:Draws", list(over), seeds, out=out, workers=options.pop("workers", 0), **options)


# --- designs ------------------------------------------------------------------------------------------------------------------


def test_a_grid_has_every_combination_and_components_take_parameters():
    over = [parse_variation("mechanism=FairPayments,FairPayments(beta=0.5)"), parse_variation("mechanism.alpha=0:1:3")]
    cells = cells_of("replication-attack", over[1:], {"mechanism": "FairPayments(alpha=0.3)"})
    assert [cell.scenario.mechanism.alpha for cell in cells] == [0, 0.5, 1]
    both = cells_of("replication-attack", [parse_variation("mechanism=FairPayments"), over[1], parse_variation("copies=1,2")])
    assert [(cell.scenario.mechanism.alpha, cell.scenario.copies) for cell in both] == [
        (alpha, copies) for alpha in (0, 0.5, 1) for copies in (1, 2)
    ]


def test_seeds_of_a_cell_are_played_at_once_where_a_scenario_can(tmp_path):
    found = sweep("own_studies:Together", ["scale=1,2"], 4, out="together", workers=0).runs
    played = (tmp_path / "played").read_text()
    assert sorted(played) == sorted("3" + "x" * 8)  # scale 2 fails together, and is played one by one; so is the fourth seed
    alone = swept("alone", seeds=4).runs
    assert found[["scale", "seed", "status", "draws.draw"]].sort_values(["scale", "seed"]).to_numpy().tolist() == (
        alone[["scale", "seed", "status", "draws.draw"]].sort_values(["scale", "seed"]).to_numpy().tolist()
    )


def test_an_ensemble_of_seeds_gives_the_tables_of_single_runs():
    market = SCENARIOS.find("market-game")(strategies=("Hedge",), rounds=3, opening_play="drawn")
    assert market.seeds_at_once > 2
    for seed, result in zip((3, 1), market.run_all([3, 1]), strict=True):
        alone = market.run(seed)
        assert result.document() | {"seconds": 0} == alone.document() | {"seconds": 0}
        for name, table in alone.tables.items():
            assert result.tables[name].to_csv() == table.to_csv()


@pytest.mark.parametrize("design", ["latin", "sobol"])
def test_points_are_spread_evenly(design):
    over = [parse_variation("gain_1=0.2:0.6"), parse_variation("gain_2=0.1,0.2,0.3,0.4")]
    cells = cells_of("replication-table", over, {"copies": "0,1"}, design=design, points=32)
    assert len(cells) == 32
    gains = np.sort([cell.scenario.gain_1 for cell in cells])
    # one point in each of 32 equal intervals
    assert (np.floor((gains - 0.2) / 0.4 * 32) == np.arange(32)).all()
    assert pd.Series([cell.settings["gain_2"] for cell in cells]).value_counts().to_list() == [8] * 4


def test_whole_numbers_are_drawn_whole():
    cells = cells_of("replication-attack", [parse_variation("copies=0:3")], design="latin", points=8)
    assert sorted(cell.scenario.copies for cell in cells) == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("gain_1", "write key="),
        ("gain_1=", "write key="),
        ("gain_1=1:0:3", "low < high"),
        ("gain_1=0:1:1", "count from 2"),
        ("gain_1=0:1", "grid needs values"),
        ("gain_1=0.5,0.5", "twice"),
        ("gain_9=0.5", "no parameter 'gain_9'"),
        ("gain_1=0.5,2", "less than or equal to 1"),
        ("gain_1.x=1", "has no parameters"),
    ],
)
def test_strange_variations_are_refused(over, said):
    with pytest.raises(ValueError, match=said):
        cells_of("replication-table", [parse_variation(over)])


def test_a_component_names_its_parameters():
    with pytest.raises(ValueError, match="has no parameter 'alhpa', did you mean 'alpha'"):
        cells_of("replication-attack", [parse_variation("mechanism.alhpa=0,1")], {"mechanism": "FairPayments"})


# --- runs ---------------------------------------------------------------------------------------------------------------------


def test_a_sweep_plays_what_run_plays_and_nothing_twice(tmp_path):
    found = swept("out")
    assert count(tmp_path) == 4
    frame = found.runs
    assert frame[["scale", "seed", "status"]].to_numpy().tolist() == [
        [1, 0, "done"],
        [2, 0, "done"],
        [1, 1, "done"],
        [2, 1, "done"],
    ]
    by_hand = {(scale, seed): scale * np.random.default_rng(seed).random(3) for scale in (1, 2) for seed in (0, 1)}
    for scale, seed, draw in zip(frame["scale"], frame["seed"], frame["draws.draw"], strict=True):
        assert draw == by_hand[scale, seed].mean()
    # the same seeds in every cell: twice the scale is twice the draw
    assert np.allclose(frame.loc[frame["scale"] == 2, "draws.draw"], 2 * frame.loc[frame["scale"] == 1, "draws.draw"].to_numpy())
    table = found.tables["draws"]
    assert table["draw"].tolist() == [draw for scale, seed in ((1, 0), (2, 0), (1, 1), (2, 1)) for draw in by_hand[scale, seed]]
    again = swept("out", over=("scale=1,2,3",), seeds=3)
    assert (count(tmp_path), len(again.runs)) == (9, 9)


def test_what_goes_wrong_is_recorded_and_the_sweep_goes_on(tmp_path):
    found = swept("out", over=("ill=no,raises,leaves,hangs,dies",), seeds=1, workers=2, limit=5.0)
    assert dict(zip(found.runs["ill"], found.runs["status"], strict=True)) == {
        "no": "done",
        "raises": "failed",
        "leaves": "failed",
        "hangs": "timeout",
        "dies": "killed",
    }
    (ill,) = [run for run in found.kept if run.cell["ill"] == "raises"]
    assert "RuntimeError: fell ill" in ill.error
    assert "own_studies.py" in ill.traceback
    before = count(tmp_path)
    swept("out", over=("ill=no,raises",), seeds=1)
    assert count(tmp_path) == before
    (tmp_path / "modules" / "own_studies.py").write_text(OWN.replace('"raises"', '"never"'))
    sys.modules.pop("own_studies")
    jobs.code_of.cache_clear()
    mended = swept("out", over=("ill=no,raises",), seeds=1, retry_failed=True, changed="keep")
    assert mended.runs.set_index("ill").loc["raises", "status"] == "done"


def test_changed_code_is_noticed(tmp_path):
    swept("out")
    path = tmp_path / "modules" / "own_studies.py"
    path.write_text(OWN + "\nX = 1\n")
    sys.modules.pop("own_studies")
    jobs.code_of.cache_clear()
    with pytest.raises(ValueError, match="4 runs there were made by other code"):
        swept("out")
    assert count(tmp_path) == 4
    assert len(swept("out", changed="keep").runs) == 4 == count(tmp_path)
    assert len(swept("out", changed="redo").runs) == 4
    assert count(tmp_path) == 8
    swept("out")


def test_memory_is_given_back_by_fresh_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "RECYCLED", 2)
    found = swept("out", seeds=2, workers=1)
    assert (len(found.runs), count(tmp_path)) == (4, 4)


# --- folders ------------------------------------------------------------------------------------------------------------------


def test_a_damaged_store_and_a_foreign_one_are_one_line(tmp_path):
    swept("out")
    path = tmp_path / "out" / FILE
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(OutputError, match="format 99"):
        swept("out")
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / FILE) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(OutputError, match="not a store of potluck"):
        swept("other")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE).write_bytes(b"no database" * 1000)
    for use in (lambda: swept("broken"), lambda: load("broken")):
        with pytest.raises(OutputError, match="damaged"):
            use()
    assert (tmp_path / "broken" / FILE).read_bytes() == b"no database" * 1000


def test_one_sweep_a_folder_at_a_time(tmp_path):
    with Store("out").writing(), pytest.raises(OutputError, match="another process is writing there"):
        swept("out")
    swept("out")
    with pytest.raises(ValueError, match="holds a sweep of own_studies:Draws"):
        sweep("replication-table", ["gain_1=0.5,0.6"], out="out", workers=0)


def test_nothing_to_load_is_one_line(tmp_path):
    with pytest.raises(ValueError, match="no result"):
        load(tmp_path)


def test_a_single_run_is_loaded(tmp_path):
    with pytest.raises(SystemExit):
        main(["run", "own_studies:Draws", "--seed", "4", "--out", "one"])
    found = load("one")
    assert found.runs[["seed", "status"]].to_numpy().tolist() == [[4, "done"]]
    assert found.tables["draws"]["draw"].tolist() == np.random.default_rng(4).random(3).tolist()


# --- what they came to --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["t", "bootstrap"])
def test_intervals_hold_the_mean_as_often_as_they_say(kind):
    rng = np.random.default_rng(1)
    held = [low <= 0 <= high for low, high in (interval_of(rng.normal(size=20), kind) for _ in range(400))]
    # 95 % of 400 with a standard error of 1.1 %; the bootstrap of 20 values is known to be a little short
    assert {"t": 0.915, "bootstrap": 0.88}[kind] < np.mean(held) < 0.985


def test_the_command_sweeps_shows_and_exports(tmp_path, capsys):
    def potluck(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        return left.value.code or 0, *capsys.readouterr()

    (tmp_path / "study.toml").write_text(
        'scenario = "own_studies:Draws"\nseeds = 3\nworkers = 0\nout = "out"\n[over]\nscale = [1, 2, 3]\n[set]\nseconds = 0.0\n'
    )
    status, out, _ = potluck("sweep", "study.toml", "--dry-run")
    assert (status, "3 cells × 3 seeds = 9 runs" in out, (tmp_path / "out").exists()) == (0, True, False)
    assert potluck("sweep", "study.toml")[0] == 0
    status, out, _ = potluck("results", "out", "--export", "runs.csv", "--plot", "means.png", "--metric", "draws.draw")
    assert status == 0
    assert "9 runs (9 done)" in out
    assert len(pd.read_csv("runs.csv")) == 9
    assert (tmp_path / "means.png").read_bytes().startswith(b"\x89PNG")
    assert "<table" in load("out")._repr_html_()
    status, out, _ = potluck("sweep", "own_studies:Draws", "--over", "ill=no,raises", "--workers", 0, "--out", "ill")
    assert (status, "1 came to nothing, such as: RuntimeError: fell ill" in out) == (1, True)
    for wrong in (
        ["sweep", "own_studies:Draws"],
        ["sweep", "none.toml"],
        ["results", "nowhere"],
        ["results", "out", "--metric", "x"],
    ):
        status, out, err = potluck(*wrong)
        assert (status, out, len(err.splitlines())) == (2, "", 1)


def test_sobol_indices_of_a_sum_are_shares_of_variance(tmp_path, capsys):
    pytest.importorskip("SALib")
    given = ["sensitivity", "own_studies:Sums", *(f"--over={name}=0:1" for name in ("one", "two", "three"))]
    with pytest.raises(SystemExit) as left:
        main([*given, "--points", "64", "--workers", "0", "--out", "indices", "--json"])
    assert not left.value.code
    found = pd.DataFrame(json.loads(capsys.readouterr().out)).set_index("parameter")
    # var(x + 2 y) = 1/12 + 4/12: shares 1/5 and 4/5, and nothing interacts
    for name, share in {"one": 0.2, "two": 0.8, "three": 0.0}.items():
        for index in ("first", "total"):
            assert abs(found.loc[name, index] - share) <= max(found.loc[name, f"{index}_half_width"], 1e-9)
            assert abs(found.loc[name, index] - share) < 0.1
    assert len(load("indices").kept) == 64 * 5
    with pytest.raises(ValueError, match="power of two"):
        sobol_indices("own_studies:Sums", [parse_variation("one=0:1"), parse_variation("two=0:1")], 60, tmp_path / "more")


def test_any_executor_plays_the_same(tmp_path):
    with ThreadPoolExecutor(2) as executor:
        there = swept("there", scheduler=executor)
    both = [each.runs.sort_values("key")[["key", "draws.draw"]].to_numpy().tolist() for each in (there, swept("here"))]
    assert both[0] == both[1]


def test_a_script_that_starts_itself_again_in_workers_is_one_line(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import potluck\npotluck.sweep('own_studies:Draws', ['scale=1,2'], out='unguarded', workers=1)\n")
    ended = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert 'needs `if __name__ == "__main__":`' in ended.stderr.splitlines()[-1]


def test_a_study_with_bands_is_one_command(tmp_path, capsys):
    given = ["sweep", "own_studies:Draws", "--over", "scale=1:6:6", "--seeds", "5", "--workers", "0", "--out", "study"]
    for picture, status in (("bands.png", 0), ("bands.gif", 2)):
        with pytest.raises(SystemExit) as left:
            main([*given, "--plot", picture])
        assert (left.value.code or 0) == status
    assert (tmp_path / "bands.png").read_bytes().startswith(b"\x89PNG")
    assert "30 runs; 30 played" in capsys.readouterr().out


def command(out, seeds, seconds):
    return [
        *(
            sys.executable,
            "-m",
            "potluck",
            "sweep",
            "own_studies:Draws",
            "--over",
            "scale=1:10:10",
            "--set",
            f"seconds={seconds}",
        ),
        *("--seeds", str(seeds), "--workers", "2", "--out", str(out)),
    ]


@pytest.mark.parametrize(("kills", "seeds"), [(1, 2), pytest.param(10, 20, marks=pytest.mark.slow)])
def test_a_sweep_that_is_killed_goes_on_where_it_was(tmp_path, kills, seeds):
    chance, out, done = random.Random(2), tmp_path / "out", -1
    for _ in range(kills):
        process = subprocess.Popen(command(out, seeds, 0.05), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(600):  # until it plays again
            time.sleep(0.1)
            if process.poll() is not None or ((out / FILE).exists() and len(load(out).kept) > done):
                break
        time.sleep(chance.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        done = len(load(out).kept) if (out / FILE).exists() else -1
    final = subprocess.run(command(out, seeds, 0.05), capture_output=True, text=True, check=False)
    assert final.returncode == 0, final.stderr
    found = load(out).runs
    assert len(found) == 10 * seeds == found["key"].nunique()
    assert set(found["status"]) == {"done"}
    draws = [np.random.default_rng(seed).random(3) for seed in range(seeds)]
    expected = {(scale, seed): (scale * draws[seed]).mean() for scale in range(1, 11) for seed in range(seeds)}
    assert {(row.scale, row.seed) for row in found.itertuples()} == set(expected)
    for row, value in zip(found.itertuples(), found["draws.draw"], strict=True):
        assert value == expected[row.scale, row.seed]
    # runs that were under way at a kill are played again, no others
    assert count(tmp_path) <= 10 * seeds + 4 * kills


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_scheduler_plays_the_same_and_survives_the_death_of_a_worker(tmp_path):
    """Two worker processes at a real scheduler; one is killed in mid-run."""
    pytest.importorskip("distributed")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "distributed.cli.dask_"]
    begin = [*dask[:2], f"{dask[2]}scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*begin, "--scheduler-file", "scheduler.json"], **quiet)
    workers = []
    try:
        for _ in range(300):
            time.sleep(0.1)
            if (tmp_path / "scheduler.json").exists():
                break
        address = json.loads((tmp_path / "scheduler.json").read_text())["address"]
        command = [
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            address,
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
        ]
        workers = [subprocess.Popen(command, **quiet) for _ in range(2)]
        killer = threading.Thread(target=lambda: (wait_for(tmp_path / "played"), workers[0].kill()))
        killer.start()
        found = swept("out", over=("scale=1:10:10",), seeds=2, settings={"seconds": "0.1"}, scheduler=address)
        killer.join()
        assert workers[0].wait() == -signal.SIGKILL
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()
    assert (len(found.runs), set(found.runs["status"])) == (20, {"done"})
    here = swept("here", over=("scale=1:10:10",), seeds=2, settings={"seconds": "0.1"})
    both = [each.runs.sort_values("key")[["key", "draws.draw"]].to_numpy().tolist() for each in (found, here)]
    assert both[0] == both[1]


def wait_for(path):
    for _ in range(600):
        time.sleep(0.1)
        if path.exists():
            return
