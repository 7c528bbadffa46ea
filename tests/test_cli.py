import html
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from potluck import progress
from potluck.__main__ import main
from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS
from potluck.components import Registry, parse_call
from potluck.destination import Destination, OutputError
from potluck.mechanisms import MECHANISMS, CoalitionalGame, FairPayments
from potluck.models import TASKS, NormalFormGame, RepeatedGame
from potluck.scenarios import SCENARIOS, Findings, GameScenario, Scenario, reproduction
from potluck.scenarios.markets.replication_table import ReplicationTable
from potluck.scenarios.reporting import show_result
from potluck.scenarios.studies import load
from potluck.verdicts import Verdict, printed

SMALL = ["run", "replication-table", "--set", "copies=0,1,2"]
ATTACK = ["run", "replication-attack", "--set", "dataset=wine", "--set", "parties=2", "--set", "copies=1", "--set", "rounds=2"]

OWN_SCENARIOS = """
import os
import signal
from pathlib import Path

import pandas as pd

from potluck.scenarios import Findings, Scenario
from potluck.verdicts import Verdict, derived, printed


class Failing(Scenario):
    \"\"\"One check holds, one does not.\"\"\"

    def play(self, rng):
        checks = [
            Verdict.number("near", printed("Table 1"), 1.0, 1.05, 0.1),
            Verdict.statement("far", derived("here"), "it is so", float("inf"), False, "it is not"),
        ]
        return Findings({"draws": pd.DataFrame({"draw": rng.random(4)})}, checks)


class Interrupted(Scenario):
    \"\"\"Somebody presses Ctrl-C.\"\"\"

    def play(self, rng):
        os.kill(os.getpid(), signal.SIGINT)


class InterruptedInside(Scenario):
    \"\"\"Somebody presses Ctrl-C while compiled code runs, which makes an error of its own of what its callbacks raise.\"\"\"

    def play(self, rng):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as error:
            raise SystemError("returned a result with an exception set") from error


class Pretending(Scenario):
    \"\"\"Raises what Ctrl-C would raise.\"\"\"

    def play(self, rng):
        raise KeyboardInterrupt


class Broken(Scenario):
    \"\"\"Has a mistake in it.\"\"\"

    def play(self, rng):
        return 1 / 0


class Leaving(Scenario):
    \"\"\"Ends the process as if all were well.\"\"\"

    def play(self, rng):
        raise SystemExit(0)


class Slow(Scenario):
    \"\"\"Another run takes the folder meanwhile.\"\"\"

    folder: str

    def play(self, rng):
        Path(self.folder).mkdir(parents=True)
        (Path(self.folder) / "result.json").write_text("another run's")
        return Findings({}, [])
"""


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """Every test stands in a folder of its own, with scenarios beside it."""
    (tmp_path / "work").mkdir()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "own_scenarios.py").write_text(OWN_SCENARIOS)
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("POTLUCK_DEBUG", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(progress, "PATIENCE", float("inf"))
    monkeypatch.delitem(sys.modules, "own_scenarios", raising=False)


@pytest.fixture
def potluck(capsys):
    """Run the command line here; return exit status, standard output and error."""

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return left.value.code or 0, said.out, said.err

    return run


@pytest.fixture
def refused(potluck, tmp_path):
    """Run the command line with bad input; return the one line that says so."""

    def run(*arguments):
        before = sorted(tmp_path.rglob("*"))
        status, out, err = potluck(*arguments)
        assert (status, out) == (2, "")
        assert err.endswith("\n")
        assert len(err.splitlines()) == 1
        assert err.startswith("potluck: ")
        assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [path for path in before if path.is_file()]
        return err

    return run


def elsewhere(*arguments, cwd=None, path=""):
    """Run the command line as a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(path)}
    command = [sys.executable, "-m", "potluck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)


# --- list ---------------------------------------------------------------------------------------------------------------------


def test_list_names_every_scenario_below_its_paper(potluck):
    status, out, err = potluck("list")
    assert (status, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    paper = ""
    names = []
    for line in out.splitlines()[:-1]:
        if not line.startswith(" "):
            paper = line.strip()
        elif line[2] != " ":
            cls = SCENARIOS.find(line.split()[0])
            assert (cls.paper.key if cls.paper else "original") == paper
            assert ("*" in line.split()[1:2]) == issubclass(cls, GameScenario)
            names.append(cls.name())
    assert sorted(names) == SCENARIOS.names()


def test_list_as_json_says_what_the_classes_say(potluck):
    status, out, _ = potluck("list", "--json")
    assert status == 0
    assert json.loads(out) == [
        {
            "name": cls.name(),
            "what": cls.summary(),
            "paper": cls.paper.key if cls.paper else "original",
            "where": cls.where,
            "steps": issubclass(cls, GameScenario),
        }
        for cls in SCENARIOS
    ]


@pytest.mark.parametrize(
    ("kind", "registry"), [("mechanisms", MECHANISMS), ("strategies", STRATEGIES), ("tasks", TASKS), ("attacks", ATTACKS)]
)
def test_list_of_parts_says_what_the_classes_say(potluck, kind, registry):
    status, out, _ = potluck("list", kind, "--json")
    assert status == 0
    assert json.loads(out) == [{"name": cls.name(), "what": cls.summary()} for cls in registry]


def test_listing_imports_nothing_heavy(tmp_path):
    code = (
        "import sys; from potluck.__main__ import main\ntry: main(['list'])\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'mesa', 'pandas', 'sklearn', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_says_what_there_is(potluck):
    status, out, _ = potluck()
    assert status == 0
    for command in ("list", "run", "reproduce", "data"):
        assert command in out


def test_data_list_names_the_bundled_sets(potluck):
    status, out, _ = potluck("data", "list")
    assert status == 0
    assert {"breast-cancer", "wine", "digits"} <= {line.split()[0] for line in out.splitlines()}


# --- run ----------------------------------------------------------------------------------------------------------------------

DOCUMENT = {"scenario", "parameters", "seed", "versions", "seconds", "checks"}
CHECK = {
    "name", "origin", "where", "claim", "found", "tolerance", "interval", "outcome", "expected", "as_expected", "note",
}  # fmt: skip


def test_run_writes_result_tables_and_figures(potluck, tmp_path):
    out = tmp_path / "out"
    status, said, err = potluck(*SMALL, "--set", "gain_1=0.8", "--seed", 7, "--out", out)
    assert (status, err) == (0, "")
    document = json.loads((out / "result.json").read_text())
    assert set(document) >= DOCUMENT
    assert document["scenario"] == "replication-table"
    assert document["parameters"] == {"gain_1": 0.8, "gain_2": 0.7, "gain_both": 1.0, "copies": [0, 1, 2]}
    assert document["seed"] == 7
    assert document["seconds"] > 0
    assert {"python", "potluck", "numpy", "mesa"} <= set(document["versions"])
    assert document["checks"]
    assert all(set(check) == CHECK for check in document["checks"])
    files = ["cases.csv", "replication-table.csv", "replication-table.png", "result.json"]
    assert sorted(path.name for path in out.iterdir()) == files
    table = pd.read_csv(out / "replication-table.csv")
    assert list(table.columns) == ["mechanism", "k", "net"]
    assert sorted(set(table["k"])) == [0, 1, 2]
    assert (out / "replication-table.png").read_bytes().startswith(b"\x89PNG")
    assert str(out) in said.replace("\n", "")


def test_document_reproduces_the_run(potluck, tmp_path):
    potluck(*ATTACK, "--set", "mechanism=FairPayments(alpha=0.3)", "--seed", 3, "--out", tmp_path / "one")
    document = json.loads((tmp_path / "one" / "result.json").read_text())
    again = SCENARIOS.find(document["scenario"])(**document["parameters"]).run(document["seed"])
    for name, table in again.tables.items():
        assert (tmp_path / "one" / f"{name}.csv").read_text() == table.to_csv(index=False)


def test_same_seed_same_bytes(potluck, tmp_path):
    for name, seed in (("one", 3), ("other", 3), ("further", 4)):
        assert potluck(*ATTACK, "--seed", seed, "--out", tmp_path / name)[0] == 0
    tables = [{path.name: path.read_bytes() for path in (tmp_path / name).glob("*.csv")} for name in ("one", "other", "further")]
    assert len(tables[0]) == 3
    assert tables[0] == tables[1] != tables[2]


@pytest.mark.parametrize("arguments", [["--seed", "5"], ["--set", "seed=5"], ["--seed", "5", "--set", "seed=5"]])
def test_seed_may_be_set_either_way(potluck, arguments):
    status, out, _ = potluck(*SMALL, *arguments, "--json")
    assert (status, json.loads(out)["seed"]) == (0, 5)


def test_json_is_all_that_is_printed(potluck, tmp_path):
    status, out, err = potluck(*ATTACK, "--json", "--out", tmp_path / "out")
    assert (status, err) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "out" / "result.json").read_text())
    parameters = json.loads(out)["parameters"]
    assert (parameters["dataset"], parameters["parties"], parameters["mechanism"]) == ("wine", 2, "ShapleyDivision()")


def test_long_run_prints_json_and_nothing_else(potluck, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    status, out, err = potluck(*ATTACK, "--json")
    assert json.loads(out)["passed"]
    assert (status, err) == (0, "")


def test_json_in_a_process_of_its_own(tmp_path):
    done = elsewhere(*ATTACK, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert json.loads(done.stdout)["passed"] is True
    assert (tmp_path / "results" / "replication-attack" / "run-001" / "result.json").exists()


def test_default_folders_do_not_collide(potluck, tmp_path):
    for _ in range(3):
        assert potluck(*SMALL)[0] == 0
    folders = sorted(path.name for path in (tmp_path / "work" / "results" / "replication-table").iterdir())
    assert folders == ["run-001", "run-002", "run-003"]


def test_default_folder_of_two_runs_at_a_time(potluck):
    folder = "results/slow/run-001"
    assert potluck("run", "own_scenarios:Slow", "--set", f"folder={folder}")[0] == 0
    with open(f"{folder}/result.json") as file:
        assert file.read() == "another run's"
    assert os.path.exists("results/slow/run-002/result.json")


def test_folder_that_filled_up_meanwhile_is_kept(tmp_path):
    with Destination(tmp_path / "out") as destination:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "result.json").write_text("theirs")
        with pytest.raises(OutputError, match="out-001"):
            destination.keep(lambda folder: (folder / "result.json").write_text("mine"))
    assert (tmp_path / "out" / "result.json").read_text() == "theirs"
    assert (tmp_path / "out-001" / "result.json").read_text() == "mine"


def test_full_folder_is_refused_and_untouched(refused, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "result.json").write_text("mine")
    assert "--overwrite" in refused(*SMALL, "--out", out)
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("result.json", "mine")]


def test_overwriting_replaces_results_only(potluck, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "result.json").write_text("old")
    (out / "notes.txt").write_text("mine")
    assert potluck(*SMALL, "--out", out, "--overwrite")[0] == 0
    assert json.loads((out / "result.json").read_text())["scenario"] == "replication-table"
    assert (out / "notes.txt").read_text() == "mine"
    assert sorted(path.name for path in out.iterdir()) == [
        "cases.csv",
        "notes.txt",
        "replication-table.csv",
        "replication-table.png",
        "result.json",
    ]


def test_empty_folder_is_taken(potluck, tmp_path):
    (tmp_path / "out").mkdir()
    assert potluck(*SMALL, "--out", tmp_path / "out")[0] == 0
    assert (tmp_path / "out" / "result.json").exists()


def test_failing_check_is_exit_status_1(potluck, tmp_path):
    status, out, _ = potluck("run", "own_scenarios:Failing", "--json", "--out", tmp_path / "out")
    assert status == 1
    document = json.loads(out)
    assert document["passed"] is False
    assert [check["as_expected"] for check in document["checks"]] == [True, False]
    assert document["checks"][1]["found"] == "inf"
    assert document["citation"] == "original"
    assert (tmp_path / "out" / "draws.csv").exists()


@pytest.mark.parametrize("scenario", ["Interrupted", "InterruptedInside"])
def test_interrupted_run_leaves_nothing(potluck, scenario, tmp_path):
    status, out, err = potluck("run", f"own_scenarios:{scenario}", "--out", tmp_path / "work" / "out")
    assert (status, out) == (130, "")
    assert "Traceback" not in err
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("scenario", ["Interrupted", "Broken"])
def test_unfinished_run_leaves_no_folders_above(potluck, scenario, tmp_path):
    potluck("run", f"own_scenarios:{scenario}", "--out", "deep/er/out")
    assert list((tmp_path / "work").iterdir()) == []


CRASHES = [("Broken", "ZeroDivisionError"), ("Leaving", "SystemExit"), ("Pretending", "KeyboardInterrupt")]


@pytest.mark.parametrize(("scenario", "what"), CRASHES)
def test_mistake_in_a_scenario_is_a_crash(potluck, scenario, what, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    status, out, err = potluck("run", f"own_scenarios:{scenario}", "--out", "out")
    assert (status, out, len(err.splitlines())) == (70, "", 2)
    assert re.search(r"own_scenarios\.py, line \d+, in \w+: .*\n$", err)
    (trace,) = tmp_path.glob("potluck-crash-*.txt")
    assert str(trace) in err
    assert what in err
    assert "own_scenarios.py" in trace.read_text()
    assert list((tmp_path / "work").iterdir()) == []


# --- bad input ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "replication-atack"], "did you mean 'replication-attack'"),
        (["run", "no.such.module:Name"], "no.such.module:Name"),
        (["run", "json:dumps"], "not a scenario"),
        (["run"], "NAME"),
        (["walk"], "walk"),
        ([*SMALL, "--sed", "3"], "--sed"),
        ([*SMALL, "--set", "gain1=0.5"], "did you mean 'gain_1'"),
        ([*SMALL, "--set", "gain_1"], "key=value"),
        ([*SMALL, "--set", "=0.5"], "key=value"),
        ([*SMALL, "--set", "gain_1=0.5", "--set", "gain_1=0.6"], "twice"),
        ([*SMALL, "--set", "gain_1=high"], "gain_1"),
        ([*SMALL, "--set", "gain_1=1.5"], "less than or equal to 1"),
        ([*SMALL, "--set", "gain_1=nan"], "gain_1"),
        (["run", "replication-table", "--set", "copies=0,-1"], "copies.1 = '-1'"),
        (["run", "replication-table", "--set", "copies=0,1.5"], "copies.1 = '1.5'"),
        (["run", "replication-table", "--set", "copies="], "copies"),
        ([*SMALL, "--seed", "-1"], "greater than or equal to 0"),
        ([*SMALL, "--seed", "one"], "--seed"),
        ([*SMALL, "--set", "seed=-1"], "seed"),
        ([*SMALL, "--set", "seed=one"], "seed"),
        ([*SMALL, "--seed", "1", "--set", "seed=2"], "seed"),
        ([*ATTACK, "--set", "mechanism=ShapleyDivison"], "did you mean 'ShapleyDivision'"),
        ([*ATTACK, "--set", "mechanism=FairPayments(alpha=2)"], "alpha = 2: input should be less than or equal to 1"),
        ([*ATTACK, "--set", "mechanism=FairPayments(beta=2)"], "unknown parameter 'beta'"),
        ([*ATTACK, "--set", "mechanism=EqualSplit(0.1)"], "at most 0"),
        ([*ATTACK, "--set", "mechanism=FairPayments(alpha=0.2"], "cannot read"),
        ([*ATTACK, "--set", "mechanism=json:JSONDecoder"], "is not a mechanism"),
        ([*ATTACK, "--set", "mechanism=potluck.mechanisms:shapley"], "is not a mechanism"),
        ([*ATTACK, "--set", "mechanism=potluck.mechanisms:Mechanism"], "base class"),
        ([*ATTACK, "--set", "mechanism=no_such_module:Rule"], "no_such_module"),
        ([*ATTACK, "--set", "mechanism=own_scenarios:NoRule"], "NoRule"),
        ([*ATTACK, "--set", "strategy=BestRespons"], "did you mean 'BestResponse'"),
        ([*ATTACK, "--set", "strategy=Pure(9)"], "Pure"),
        ([*ATTACK, "--set", "strategy=MixedStrategy([0.5, 0.6])"], "sum to 1.1"),
        ([*ATTACK, "--set", "revision=Alternate"], "did you mean 'Alternating'"),
        ([*ATTACK, "--set", "split=Evne"], "did you mean 'Even'"),
        ([*ATTACK, "--set", "classifier=2-nn"], "did you mean '1-nn'"),
        ([*ATTACK, "--set", "may_stay_out=perhaps"], "may_stay_out"),
        (["run", "replication-attack", "--set", "dataset=winee"], "did you mean 'wine'"),
        (["run", "replication-attack", "--set", "dataset=wine", "--set", "copies=-1"], "copies"),
        (["run", "replication-attack", "--set", "rounds=2.5"], "rounds"),
        (["run", "replication-attack", "--set", "parties=1"], "parties"),
        (["reproduce"], "--out"),
        (["reproduce", "--out", "out", "--paper", "marketts"], "markets"),
        (["serve", "replication-table"], "replication-table"),
        (["data", "get", "wines"], "wines"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_one_line(refused, arguments, said):
    assert said in refused(*arguments)


def test_bad_input_in_a_process_of_its_own(tmp_path):
    done = elsewhere("run", "replication-tabel", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "did you mean 'replication-table'" in done.stderr
    assert list(tmp_path.glob("results")) == []


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", [], "empty"),
        ("x,y,label\n", [], "no rows"),
        ("x,label\n1,a\n2,b\n", ["--set", "label=class"], "no label column 'class'"),
        ("x,label\n1,a\n2,b\n", ["--set", "site=clinic", "--set", "split=BySite"], "no site column 'clinic'"),
        ("x,label\n1,a\n2,a\n3,a\n", [], "one class"),
        ("x,label\n1,a\n2,b\n", [], "too few"),
    ],
)
def test_bad_data_file_is_one_line(refused, tmp_path, content, options, said):
    (tmp_path / "own.csv").write_text(content)
    assert said in refused("run", "replication-attack", "--set", f"dataset={tmp_path / 'own.csv'}", *options)


def test_missing_data_file_is_one_line(refused):
    assert "no file 'nowhere.csv'" in refused("run", "replication-attack", "--set", "dataset=nowhere.csv")


def test_own_data_file_is_played(potluck, tmp_path):
    rows = "".join(f"{'abc'[i % 3]},{(i * 7) % 11},{(i * 5) % 13},{int(i % 11 > 5)}\n" for i in range(90))
    (tmp_path / "own.csv").write_text("clinic,x,z,ill\n" + rows)
    settings = {"dataset": tmp_path / "own.csv", "label": "ill", "site": "clinic", "split": "BySite", "rounds": 2, "copies": 0}
    arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    status, out, _ = potluck("run", "replication-attack", *arguments, "--json", "--out", tmp_path / "out")
    assert status == 0
    assert json.loads(out)["parameters"]["parties"] is None
    assert len(pd.read_csv(tmp_path / "out" / "equilibrium.csv")) == 3


@pytest.mark.parametrize("out", ["file", "file/below", "file/far/below"])
def test_folder_that_cannot_be_written_is_one_line(refused, tmp_path, out):
    (tmp_path / "file").write_text("mine")
    assert "file" in refused(*SMALL, "--out", tmp_path / out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "potluck.scenarios:Scenario"],
        [*ATTACK, "--set", "mechanism=..Rule"],
        [*ATTACK, "--set", "mechanism=broken_rule:Rule"],
    ],
)
def test_strange_import_paths_are_one_line(refused, tmp_path, arguments):
    (tmp_path / "modules" / "broken_rule.py").write_text("1 / 0\n")
    refused(*arguments)


@pytest.mark.parametrize("text", ["FairPayments(alpha=0.3)(0.2)", "FairPayments(alpha=0.3, alpha=0.2)"])
def test_nothing_that_was_written_is_dropped(text):
    with pytest.raises(ValueError, match="cannot read"):
        parse_call(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Name", ("Name", [], {})),
        (" Name ( 1, -2.5, key = 'a b' ) ", ("Name", [1, -2.5], {"key": "a b"})),
        ("a.b:Name([1, 2], word=even, most=inf)", ("a.b:Name", [[1, 2]], {"word": "even", "most": float("inf")})),
        (
            "Name(dataset=preterm-clinics, few=[breast-cancer, wine])",
            ("Name", [], {"dataset": "preterm-clinics", "few": ["breast-cancer", "wine"]}),
        ),
        ("Name(1-nn, word=a-b-c)", ("Name", ["1-nn"], {"word": "a-b-c"})),
        ("Name(on=True, nothing=None)", ("Name", [], {"on": True, "nothing": None})),
    ],
)
def test_text_of_a_component(text, value):
    assert parse_call(text) == value


@pytest.mark.parametrize(
    "text", ["Name(", "Name(1", "Name(1)x", "Name(f(1)[0])", "Name(**{})", "Name(1)+1", "Name(a b)", "Name(a-)", "Name(-a-b)"]
)
def test_strange_text_is_refused(text):
    with pytest.raises(ValueError, match="cannot read"):
        parse_call(text)


def test_debugging_shows_the_traceback(monkeypatch):
    monkeypatch.setenv("POTLUCK_DEBUG", "1")
    with pytest.raises(ValueError, match="replication-tabel"):
        main(["run", "replication-tabel"])


def test_importing_the_package_is_light():
    code = "import sys, potluck; print(sorted({'numpy', 'mesa', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_nothing_is_cut_however_narrow_the_terminal(width):
    result = ReplicationTable(copies=(0, 1)).run()
    screen = Console(width=width, file=io.StringIO())
    show_result(result, screen)
    said = screen.file.getvalue()
    assert "…" not in said
    assert all(len(line) <= width for line in said.splitlines())
    plain = re.sub(r"[^\w.]", "", said)  # words may be folded
    for check in result.checks if width < 120 else ():
        assert re.sub(r"[^\w.]", "", f"{check.name}{check.basis}") in plain
    for table in result.tables.values():
        assert all(column in said for column in table.columns)


@pytest.mark.parametrize("words", ["list", "list hiding-dynamics", "list mechanisms", "data list"])
@pytest.mark.parametrize("width", [20, 40])
def test_lists_are_folded_where_terminals_are_narrow(words, width, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(width))
    with pytest.raises(SystemExit) as end:
        main(words.split())
    said = capsys.readouterr().out
    assert end.value.code == 0
    assert "…" not in said
    whole = [line for line in said.splitlines() if len(line) > width]
    assert all(" " not in line.strip() for line in whole), whole  # one word that is longer than the line
    assert len(said.split()) > 50


@pytest.mark.parametrize("words", [["list"], ["data", "list"]])
def test_a_list_that_nobody_reads_to_its_end_is_no_crash(words):
    process = subprocess.Popen(
        [sys.executable, "-m", "potluck", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0
    process.stderr.close()


def test_notebooks_show_components_games_models_and_results(tmp_path):
    game = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    model = RepeatedGame(game=game, strategies="BestResponse", rng=1)
    shown = [thing._repr_html_() for thing in (FairPayments(alpha=0.25), CoalitionalGame([0, 1, 1, 3]), game, model)]
    for html_text, words in zip(shown, ("0.25", "{0, 1}", "players", "BestResponse"), strict=True):
        assert words in html_text
        assert html_text.count("<table>") == html_text.count("</table>") == 1


# --- reproduce ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_paper(monkeypatch):
    """Only one quick scenario is registered."""
    registry = Registry("scenario", Scenario)
    registry.register(type("ReplicationTable", (ReplicationTable,), {"__module__": "here", "__doc__": ReplicationTable.__doc__}))
    monkeypatch.setattr(reproduction, "SCENARIOS", registry)
    monkeypatch.setattr("potluck.scenarios.studies.jobs.SCENARIOS", registry)


def reproduced(potluck, *options):
    return potluck("reproduce", "--workers", 0, *options)


@pytest.mark.usefixtures("one_paper")
def test_reproduce_writes_report_and_checks(potluck, tmp_path):
    out = tmp_path / "out"
    status, _, _ = reproduced(potluck, "--out", out, "--paper", "markets")
    checks = pd.read_csv(out / "checks.csv")
    assert set(checks.columns) == {"scenario", "cites", "seeds", *CHECK}
    assert set(checks["scenario"]) == {"replication-table"}
    assert set(checks["cites"]) == {"markets"}
    assert status == (0 if checks["as_expected"].all() else 1)
    report = (out / "report.html").read_text()
    # one file: every picture is inside, and nothing is asked of a network
    assert len(re.findall('<img [^>]*src="data:image/png;base64,', report)) == 1
    assert not re.search(r"(?:src|href)=.?(?:https?:|//)|@import|url\(", report)
    assert all(html.escape(name) in report for name in checks["name"])
    refuted = checks[(checks["outcome"] == "refuted") & (checks["origin"] == "printed")]
    wrong = report.split("What the papers got wrong")[1].split("<h2")[0]
    assert len(refuted) == wrong.count("<li>")
    assert json.loads((out / "replication-table" / "result.json").read_text())["seed"] == 0
    # nothing is random there, so that other seeds are not run
    assert load(out).runs["seed"].tolist() == [0]


@pytest.mark.parametrize("scenario", list(SCENARIOS), ids=lambda cls: cls.name())
def test_both_sizes_of_a_scenario_are_scenarios(scenario):
    assert {type(scenario.of_size(size)) for size in ("quick", "full")} == {scenario}


@pytest.mark.usefixtures("one_paper")
def test_unknown_paper_is_one_line(refused, tmp_path):
    assert "known: markets" in refused("reproduce", "--out", tmp_path / "out", "--paper", "market")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("one_paper")
def test_reproduction_that_was_stopped_goes_on(potluck, tmp_path, monkeypatch):
    class Ill(Scenario):
        """Falls ill."""

        paper = ReplicationTable.paper

        def play(self, rng):
            raise RuntimeError("fell ill")

    reproduction.SCENARIOS.register(Ill)
    status, said, _ = reproduced(potluck, "--out", tmp_path / "out")
    assert status == 1
    assert "ill, seed 0: RuntimeError: fell ill" in said
    assert "fell ill" in (tmp_path / "out" / "report.html").read_text()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    first = (tmp_path / "out" / "replication-table" / "result.json").read_text()
    assert reproduced(potluck, "--out", tmp_path / "out")[0] == 1
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "out" / "replication-table" / "result.json").read_text() == first
    assert sorted(load(tmp_path / "out").runs["status"]) == ["done", "failed"]
    assert "seed 0" in reproduced(potluck, "--out", tmp_path / "out", "--seed", "1")[2]
    assert "size quick" in reproduced(potluck, "--out", tmp_path / "out", "--size", "full")[2]


@pytest.mark.usefixtures("one_paper")
def test_a_verdict_that_changes_with_the_seed_is_undecided(potluck, tmp_path):
    class Fickle(Scenario):
        """Draws a coin, and a number that is always above 0."""

        paper = ReplicationTable.paper

        def play(self, rng):
            coin = rng.random()
            heads = Verdict.statement("heads", printed("Section 1"), "heads", f"{coin:.3f}", coin < 0.6)
            return Findings({}, [heads, Verdict.statement("positive", printed("Section 1"), "above 0", coin, coin > 0)])

    reproduction.SCENARIOS.register(Fickle)
    coins = [np.random.default_rng(seed).random() < 0.6 for seed in range(3)]
    assert len(set(coins)) == 2
    assert reproduced(potluck, "--out", tmp_path / "out", "--seeds", "3")[0] == 1
    checks = pd.read_csv(tmp_path / "out" / "checks.csv").set_index("name")
    assert checks.loc[["heads", "positive"], "outcome"].tolist() == ["undecided", "reproduced"]
    assert checks.loc["heads", "note"].startswith("changes with the seed: refuted with 0; reproduced with 1, 2")
    assert checks.loc[["heads", "positive"], "seeds"].tolist() == [3, 3]


def test_replication_table_is_reproduced():
    assert [check.name for check in ReplicationTable().run().checks if not check.as_expected] == []


def test_perfect_seller_is_reproduced():
    result = ReplicationTable(gain_1=1, gain_2=0.9).run()
    assert sum("a perfect seller: normalised, k" in check.name for check in result.checks) == 5
    assert result.passed
    assert "the claim fails here" in result.checks[-1].note


def test_replication_table_of_data_that_harms():
    assert ReplicationTable(gain_1=0.9, gain_both=0.1, copies=(0, 1)).run().passed
