"""Nothing that was worked out is lost, nothing that is half-finished is shown."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from potluck import destination
from potluck.__main__ import main
from potluck.destination import DRAFT, Destination, OutputError

TABLE = ["run", "replication-table", "--set", "copies=0,1"]
FILES = {"cases.csv", "replication-table.csv", "replication-table.png", "result.json"}


def potluck(*arguments, **options):
    environment = os.environ | options.pop("env", {})
    command = [sys.executable, "-m", "potluck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, **options)


def write(text):
    return lambda folder: (folder / "result.json").write_text(text)


def drafts(folder):
    return list(Path(folder).rglob(f"{DRAFT}*"))


@pytest.fixture
def mounted(tmp_path):
    """Mount a small file system; it is taken away afterwards."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("needs root to mount")
    places = []

    def mount(name, *options):
        place = tmp_path / name
        place.mkdir()
        if subprocess.run(["mount", *options, place], capture_output=True, check=False).returncode:
            pytest.skip("cannot mount here")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", place], check=True)


def test_a_link_to_a_folder_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with Destination(tmp_path / "link") as there:
        there.keep(write("mine"))
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "result.json").read_text() == "mine"


def test_home_is_meant_by_its_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with Destination(Path("~/x")) as there:
        there.keep(write("mine"))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_mount_point_is_filled_where_it_is(mounted):
    place = mounted("disk", "-t", "tmpfs", "-o", "size=4m", "none")
    (place / "lost+found").mkdir()
    with Destination(place) as there:
        there.keep(write("mine"))
    with Destination(place, overwrite=True) as there:
        there.keep(write("other"))
    assert sorted(path.name for path in place.iterdir()) == ["lost+found", "result.json"]
    assert (place / "result.json").read_text() == "other"


def test_a_folder_that_is_bound_elsewhere_is_filled_where_it_is(mounted, tmp_path):
    (tmp_path / "source").mkdir()
    place = mounted("bound", "--bind", tmp_path / "source")
    with Destination(place) as there:
        there.keep(write("mine"))
    assert [path.name for path in place.iterdir()] == ["result.json"]
    assert (tmp_path / "source" / "result.json").read_text() == "mine"


def test_a_full_disk_is_noticed_before_the_work(mounted):
    place = mounted("disk", "-t", "tmpfs", "-o", "size=1m", "none")
    (place / "filler").write_bytes(bytes((1 << 20) - 8192))
    with pytest.raises(OutputError, match=r"cannot write there .No space left"):
        Destination(place / "out")
    assert [path.name for path in place.iterdir()] == ["filler"]


def test_a_disk_that_fills_meanwhile_loses_nothing(mounted, tmp_path, monkeypatch):
    place = mounted("disk", "-t", "tmpfs", "-o", "size=1m", "none")
    monkeypatch.chdir(tmp_path)
    with Destination(place / "out") as there:
        (place / "filler").write_bytes(bytes((1 << 20) - 8192))
        with pytest.raises(OutputError, match=f"No space left.*the result is in {tmp_path / 'out-001'}"):
            there.keep(write("x" * 50_000))
    assert len((tmp_path / "out-001" / "result.json").read_text()) == 50_000
    assert [path.name for path in place.iterdir()] == ["filler"]


def test_a_folder_that_may_not_be_written_is_noticed_before_the_work(mounted):
    place = mounted("disk", "-t", "tmpfs", "-o", "size=1m,ro", "none")
    for folder in (place, place / "out", place / "deep" / "out"):
        with pytest.raises(OutputError, match="Read-only"):
            Destination(folder)


def test_overwriting_takes_another_result_away_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    (out / "notes").mkdir(parents=True)
    (out / "notes" / "mine.txt").write_text("mine")
    (out / "own.csv").write_text("mine")
    (out / "old.csv").write_text("old")
    document = {"tables": ["old.csv", "../out/own.csv"], "figures": []}
    (out / "result.json").write_text(json.dumps(document))
    with Destination(out, overwrite=True) as there:
        there.keep(write("{}"))
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.*")) == ["notes/mine.txt", "own.csv", "result.json"]
    assert drafts(tmp_path) == []


@pytest.mark.parametrize("exchange", [True, False])
def test_overwriting_that_is_stopped_anywhere_leaves_one_whole_result(tmp_path, monkeypatch, exchange):
    """Stop at every rename and link in turn; what is seen must be all old or all new."""
    if not exchange:
        monkeypatch.setattr(destination.ctypes, "CDLL", lambda *_, **__: object())
    seen = set()
    for stop in range(8):
        out = tmp_path / f"out-{exchange}-{stop}"
        out.mkdir()
        for name in ("result.json", "a.csv", "b.csv"):
            (out / name).write_text("old")
        (out / "result.json").write_text(json.dumps({"tables": ["a.csv", "b.csv"], "figures": [], "which": "old"}))
        (out / "notes.txt").write_text("mine")

        def new(folder):
            for name in ("a.csv", "c.csv"):
                (folder / name).write_text("new")
            (folder / "result.json").write_text(json.dumps({"tables": ["a.csv", "c.csv"], "figures": [], "which": "new"}))

        calls = 0

        def counted(real, stop=stop):
            def step(*arguments, **options):
                nonlocal calls
                calls += 1
                if calls > stop:
                    raise KeyboardInterrupt
                return real(*arguments, **options)

            return step

        with pytest.MonkeyPatch.context() as patch:
            for name in ("rename", "replace", "link"):
                patch.setattr(os, name, counted(getattr(os, name)))
            try:
                with Destination(out, overwrite=True) as there:
                    there.keep(new)
            except KeyboardInterrupt:
                pass  # the one that was planted
        if not out.exists():  # without an exchange there is a moment in which neither is there, and the old one stands beside
            assert not exchange
            out = out.with_name(f"{out.name}.old")
        which = json.loads((out / "result.json").read_text())["which"]
        tables = {"old": {"a.csv", "b.csv"}, "new": {"a.csv", "c.csv"}}[which]
        assert {path.name for path in out.iterdir()} == {"result.json", "notes.txt", *tables}
        assert {(out / name).read_text() for name in tables} == {which}
        seen.add(which)
    assert seen == {"old", "new"}


def test_drafts_of_the_dead_are_swept_and_those_of_the_living_stay(tmp_path):
    (tmp_path / f"{DRAFT}dead").mkdir()
    (tmp_path / f"{DRAFT}dead" / "half.csv").write_text("half")
    with Destination(tmp_path / "one") as one:
        with Destination(tmp_path / "other") as other:
            other.keep(write("other"))
        assert len(drafts(tmp_path)) == 1
        one.keep(write("one"))
    assert drafts(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_runs_without_a_folder_never_take_the_same(tmp_path):
    many = [Destination(None, numbered=tmp_path / "results" / "x") for _ in range(3)]
    places = [each.keep(write(str(number))) for number, each in enumerate(many)]
    for each in many:
        each.close()
    assert [(place.name, (place / "result.json").read_text()) for place in places] == [
        ("run-001", "0"),
        ("run-002", "1"),
        ("run-003", "2"),
    ]
    assert len(list((tmp_path / "results" / "x").iterdir())) == 3


def killed_at_random(out, seconds, number, *more):
    command = [sys.executable, "-m", "potluck", *TABLE, "--out", str(out), "--overwrite", *more]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(number)
    return process.wait()


@pytest.mark.parametrize("kills", [3, pytest.param(24, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_shows_all_or_nothing(tmp_path, kills):
    out, chance = tmp_path / "out", random.Random(3)
    started = time.monotonic()
    assert potluck(*TABLE, "--out", out).returncode == 0
    whole = time.monotonic() - started
    (out / "left.csv").write_text("mine")
    for kill in range(kills):
        number = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[kill % 3]
        killed_at_random(out, chance.uniform(0.4, 1.05) * whole, number, "--seed", str(kill))
        assert {path.name for path in out.iterdir()} == {*FILES, "left.csv"}
        json.loads((out / "result.json").read_text())
    assert potluck(*TABLE, "--out", out, "--overwrite").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_being_terminated_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "waiting.py").write_text(
        "import os, signal\nfrom potluck.scenarios import Scenario\n"
        'class Waiting(Scenario):\n    """Waits."""\n    def play(self, rng):\n        os.kill(os.getpid(), signal.SIGTERM)\n'
        "        signal.pause()\n"
    )
    done = potluck("run", "waiting:Waiting", "--out", "deep/out", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "potluck: terminated\n")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("redirection", [">&-", "> /dev/full", "| true"])
def test_a_broken_standard_output_changes_nothing(tmp_path, redirection):
    command = f"set -o pipefail; {sys.executable} -m potluck {' '.join(TABLE)} --out out {redirection}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert ("the result is in out" in done.stderr) == ("full" in redirection)
    assert len(done.stderr.splitlines()) <= 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_letters_that_an_encoding_lacks_change_nothing(tmp_path, encoding):
    done = potluck(*TABLE, "--json", "--out", "out", cwd=tmp_path, env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["x[/y]", "a[red]", "[bold]"])
def test_a_folder_named_like_markup_is_a_folder(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main([*TABLE, "--out", name])
    assert not left.value.code
    assert f"written to {name}" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / name).iterdir()} == FILES


@pytest.mark.parametrize("home", ["missing", "read-only"])
def test_a_home_that_cannot_be_written_is_no_hindrance(mounted, tmp_path, home):
    place = mounted("home", "-t", "tmpfs", "-o", "size=1m,ro", "none") if home == "read-only" else tmp_path / "none"
    (tmp_path / "work").mkdir()
    environment = {"HOME": str(place), "XDG_CACHE_HOME": "", "MPLCONFIGDIR": str(tmp_path)}
    settings = ["mechanisms=EqualSplit", "attacks=Replicate", "tasks=QualityCurve"]
    command = ["run", "attack-matrix", *(word for each in settings for word in ("--set", each)), "--out", "out"]
    done = potluck(*command, cwd=tmp_path / "work", env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "work" / "out" / "result.json").exists()
    assert ("not kept" in done.stderr) == (home == "read-only")
