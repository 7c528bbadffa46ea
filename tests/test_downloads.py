import base64
import contextlib
import dataclasses
import hashlib
import json
import lzma
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from potluck.__main__ import app
from potluck.data import conversions, downloads, drafts
from potluck.data.conversions import DownloadError, read_frame
from potluck.data.downloads import data_path, fetch, is_present, verified_path
from potluck.data.drafts import draft
from potluck.data.published import Download
from potluck.data.ratings_files import load_ratings

MEMBER = "toy/table.csv"
TABLE = b"x,y\n1,0\n2,1\n"

# pandas 2.2 with numpy 1.26, as the published tables were pickled:
# rownames 1 2 3, size "<=20" "20-50" None, grade 2 3 2, bmi 21.5 nan 30
PICKLED = (
    "{Wp48S^xk9=GL@E0stWa8~^|S5YJf5-~*=uEL{LV0Zw<UgJd`{l8udet+)tjTI(p8u%t}sda@CqZa&69bz=j=K@TDSfcu=7Wb%abFiH8(-LFa8LZBu"
    "GjRB%T>LD(p!)JwZDt&yy+S4-Cpx9&9L5n^VB{~$BJVBn%X4#g91m%o3@qRc6D>|Ay7OwNa47PYF!a+Lc<?ivr!+et>x5Dao%Dy&+1rV}pk({n!OQXK"
    "lBKbm)KaxpI$$dJ#J5sLyr6+wr0@vnoW|Oj2uA0cX9l1k;CoSu17<R~NOh?fLbBTg7fVV~O$oHZocCJ?8I%_uU`shq&fV`AES)5EL_GT79lu^u8sDz^"
    "25(1-<I^)g%){e4{zqWLpvp&R~`5RU4QY?=2jP?sv9~T*^4|jIsqE}G$WHuOj>Kf1)fhKLceT$hSlc=90cNiy4RKjRi-7%!qnz49u?6WKev!?XRe1M0"
    "f8#Zi}{pL5(!Zi{)b~5iwPChI7dKi%t-!JwCwIXu6X(Pl6zqo-U0whDHXN2gDIO}b!ae<s!+cvdJp_Us0;;9jzwqxm-Yx|m3O3#XKb|L&NUUU}uSRtQ"
    "kF362V+xO=Dq30}?p{nU<uJn*M*?DwV`iWkEn2UeN6x7yhZp7FWoPJZH6`J`~NA>Y@+-s@*Qj)w;EV|TxVq~<akrIbt>J|;kgqlcA@0GkPD+wt#9;*H"
    "{Aa-Pt6yfJ%85N`EZFSIH3KcC<$hgs68GRxwFH@_O+}FPVc<0e4HVo%E00GDZs0RQ5tI7UGvBYQl0ssI200dcD"
)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_wheel(folder: Path, files: dict[str, bytes]) -> Path:
    info = "toy-1.0.dist-info/"
    files = files | {
        info + "METADATA": b"Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n",
        info + "WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(info + "RECORD", "".join(f"{name},,\n" for name in files))
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("POTLUCK_DATA", str(folder))
    return folder


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes wheels from, and nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def register(monkeypatch, wheel: Path, **changes) -> Download:
    entry = Download(
        name="toy",
        description="two rows",
        citation="nobody (2024)",
        licence="none",
        wheel="toy==1.0",
        wheel_sha256=sha256(wheel.read_bytes()) if wheel.exists() else "0" * 64,
        members=(MEMBER,),
        members_sha256=(sha256(TABLE),),
        output="toy.csv",
        output_sha256=sha256(TABLE),
        convert=conversions.copied,
        shape=(2, 2),
        megabytes=0.1,
    )
    entry = dataclasses.replace(entry, **changes)
    monkeypatch.setitem(downloads.DOWNLOADS, "toy", entry)
    return entry


@pytest.fixture
def toy(home, index, monkeypatch):
    return register(monkeypatch, make_wheel(index, {MEMBER: TABLE}))


def left_behind(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*")) if home.exists() else []


def refusal(name: str = "toy") -> str:
    with pytest.raises(DownloadError) as caught:
        fetch(name)
    message = str(caught.value)
    assert "\n" not in message
    assert "://" not in message
    return message


def no_pip(*arguments, **options):
    raise AssertionError("pip was run")


def test_fetch_writes_the_file_and_its_record_once(toy, home, monkeypatch):
    lines: list[str] = []
    assert not is_present("toy")
    path = fetch("TOY", lines.append)
    assert path == data_path("toy") == verified_path("toy") == home / "toy" / "toy.csv"
    assert path.read_bytes() == TABLE
    record = json.loads((path.parent / "source.json").read_text())
    assert record["wheel"] == "toy==1.0"
    assert record["citation"] == "nobody (2024)"
    assert record["sha256"] == sha256(TABLE)
    assert left_behind(home) == ["source.json", "toy", "toy.csv"]
    assert lines == ["downloading toy==1.0 (0.1 MB)", "checking and converting toy", f"wrote {path}"]

    monkeypatch.setattr(subprocess, "run", no_pip)
    assert is_present("toy")
    assert fetch("toy", lines.append) == path
    assert lines[-1] == f"toy is here already: {path}"


def test_corrupt_copy_is_refused_and_replaced_only_by_a_good_one(toy, home, index):
    path = fetch("toy")
    path.write_bytes(b"x,y\n9,9\n")
    with pytest.raises(DownloadError, match=r"is corrupt.*potluck data get toy"):
        verified_path("toy")
    wheel = next(index.glob("*.whl"))
    wheel.rename(index / "hidden")
    assert "cannot be reached" in refusal()
    assert path.read_bytes() == b"x,y\n9,9\n"
    (index / "hidden").rename(wheel)
    assert fetch("toy").read_bytes() == TABLE
    assert verified_path("toy") == path
    assert left_behind(home) == ["source.json", "toy", "toy.csv"]


def test_record_does_not_vouch_for_a_file(toy, home):
    (home / "toy").mkdir(parents=True)
    made_up = b"x,y\n7,7\n"
    (home / "toy" / "toy.csv").write_bytes(made_up)
    (home / "toy" / "source.json").write_text(json.dumps({"name": "toy", "sha256": sha256(made_up)}))
    with pytest.raises(DownloadError, match=r"its SHA-256 is not the pinned one.*potluck data get toy.*mends it"):
        verified_path("toy")
    assert fetch("toy").read_bytes() == TABLE


def test_made_up_ratings_are_no_movielens(home):
    (home / "movielens-100k").mkdir(parents=True)
    content = ("user,item,rating,time\n" + "1,1,5,0\n" * 2000).encode()
    (home / "movielens-100k" / "movielens-100k.csv").write_bytes(content)
    (home / "movielens-100k" / "source.json").write_text(json.dumps({"sha256": sha256(content)}))
    with pytest.raises(DownloadError, match="is not the pinned one"):
        load_ratings("movielens-100k", np.random.default_rng(0))


@pytest.mark.parametrize("record", ["{", None])
def test_pinned_content_needs_no_record(toy, record):
    path = fetch("toy")
    (path.parent / "source.json").unlink()
    if record is not None:
        (path.parent / "source.json").write_text(record)
    assert verified_path("toy") == path


def test_changed_conversion_invalidates_the_file(toy, monkeypatch):
    path = fetch("toy")

    def convert(members, output):
        output.write_bytes(TABLE + b"3,0\n")

    changed = dataclasses.replace(toy, convert=convert, output_sha256=sha256(TABLE + b"3,0\n"))
    monkeypatch.setitem(downloads.DOWNLOADS, "toy", changed)
    with pytest.raises(DownloadError, match="out of date"):
        verified_path("toy")
    assert fetch("toy") == path
    assert path.read_bytes() == TABLE + b"3,0\n"


def test_conversion_that_misses_its_pin(home, index, monkeypatch):
    register(monkeypatch, make_wheel(index, {MEMBER: TABLE}), output_sha256="0" * 64)
    assert "is not the one that was pinned" in refusal()
    assert left_behind(home) == []


@pytest.mark.skipif(os.name == "nt", reason="folders have no locks there")
def test_draft_of_a_killed_fetch_is_swept_and_a_living_one_is_not(toy, home):
    home.mkdir()
    script = (
        "import sys, time, pathlib\nfrom potluck.data.drafts import draft\n"
        "with draft(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'wheel').write_text('half')\n    print(folder, flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        left = Path(killed.stdout.readline().strip())
        try:
            with draft(home) as living:
                fetch("toy")
                assert living.is_dir()
                assert left.is_dir()
        finally:
            killed.kill()
    assert left.is_dir()
    fetch("toy")
    assert left_behind(home) == ["source.json", "toy", "toy.csv"]


def test_draft_without_locks_is_swept_by_age(home, monkeypatch):
    monkeypatch.setattr(drafts, "_locked", lambda folder, wait=False: contextlib.nullcontext(False))
    for name in ("young", "old"):
        (home / f".fetch-{name}").mkdir(parents=True)
    os.utime(home / ".fetch-old", (0, 0))
    drafts.sweep(home)
    assert left_behind(home) == [".fetch-young"]


@pytest.mark.parametrize("chosen", [None, "~/data", "~nobody-of-that-name/data"])
def test_no_home_folder(toy, monkeypatch, chosen):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    for variable in ("POTLUCK_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    if chosen:
        monkeypatch.setenv("POTLUCK_DATA", chosen)
    elif sys.platform != "linux":
        pytest.skip("the system names the folder")
    assert "set POTLUCK_DATA to a folder" in refusal()
    assert not is_present("toy")


def test_bundled_set_is_here_already(monkeypatch, home):
    result = CliRunner().invoke(app, ["data", "get", "Wine"])
    assert result.exit_code == 0
    assert "is here already" in result.output
    assert left_behind(home) == []


def test_file_of_the_users_own_is_not_touched(toy, home, monkeypatch):
    monkeypatch.setattr(subprocess, "run", no_pip)
    (home / "toy").mkdir(parents=True)
    (home / "toy" / "toy.csv").write_text("mine")
    assert "is not touched: move it away" in refusal()
    with pytest.raises(DownloadError, match="is not touched"):
        verified_path("toy")
    assert (home / "toy" / "toy.csv").read_text() == "mine"


def test_corrupt_wheel(toy, home, index):
    wheel = next(index.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"tail")
    assert refusal() == "cannot fetch 'toy': the wheel toy==1.0 is not the one that was pinned (its SHA-256 differs)"
    assert left_behind(home) == []


def test_wrong_member(home, index, monkeypatch):
    register(monkeypatch, make_wheel(index, {MEMBER: TABLE + b"3,1\n"}))
    assert refusal() == f"{MEMBER} of toy==1.0 is not the one that was pinned (its SHA-256 differs)"
    assert left_behind(home) == []


def test_missing_member(home, index, monkeypatch):
    register(monkeypatch, make_wheel(index, {"toy/other.csv": TABLE}))
    assert refusal() == f"toy==1.0 has no file {MEMBER}"
    assert left_behind(home) == []


def test_wheel_that_is_no_archive(home, index, monkeypatch):
    wheel = index / "toy-1.0-py3-none-any.whl"
    wheel.write_bytes(b"not a zip file")
    register(monkeypatch, wheel)
    assert refusal().startswith(("toy==1.0 is not a readable wheel", "cannot fetch 'toy': pip failed"))
    assert left_behind(home) == []


def test_index_that_does_not_answer(home, index, monkeypatch):
    register(monkeypatch, index / "none.whl")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert refusal() == "cannot fetch 'toy': the package index cannot be reached, or does not have toy==1.0"
    assert left_behind(home) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/usr/bin/python: No module named pip\n", "this Python has no pip"),
        (
            "ERROR: HTTP error 403 while getting https://host/x.whl\nmore\n",
            "pip failed: HTTP error 403 while getting (add",
        ),
        ("", "pip failed: no reason given"),
    ],
)
def test_what_pip_says(toy, home, monkeypatch, said, expected):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1, "", said))
    assert expected in refusal()
    assert left_behind(home) == []


def test_python_that_cannot_be_run(toy, home, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    assert "cannot run pip" in refusal()
    assert left_behind(home) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_interruption_leaves_nothing(home, index, monkeypatch, failure):
    def convert(members, output):
        output.write_bytes(b"half")
        raise failure

    register(monkeypatch, make_wheel(index, {MEMBER: TABLE}), convert=convert)
    with pytest.raises(failure):
        fetch("toy")
    assert left_behind(home) == []


def test_cache_that_cannot_be_written(toy, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("POTLUCK_DATA", str(tmp_path / "file" / "below"))
    assert refusal().startswith("cannot write data set 'toy' into ")
    assert not is_present("toy")
    monkeypatch.setenv("POTLUCK_DATA", str(tmp_path / "file"))
    assert refusal().startswith("cannot write data set 'toy' into ")


def test_file_in_the_place_of_the_folder(toy, home):
    home.mkdir()
    (home / "toy").write_text("mine")
    assert refusal().startswith("cannot write data set 'toy' into ")
    assert left_behind(home) == ["toy"]
    assert (home / "toy").read_text() == "mine"


def test_names(home):
    with pytest.raises(DownloadError, match="unknown data set 'mnist', did you mean 'mnist-5k'\\? Known: movielens-100k"):
        fetch("mnist")
    with pytest.raises(DownloadError, match="'mnist-5k' is not here yet: run `potluck data get mnist-5k`"):
        verified_path("mnist_5k")


def test_home_without_the_variable(monkeypatch):
    monkeypatch.delenv("POTLUCK_DATA", raising=False)
    usual = downloads.data_home()
    assert usual.is_absolute()
    assert usual.parts[-2:] == ("potluck", "data") or "potluck" in usual.parts
    monkeypatch.setenv("POTLUCK_DATA", "~/elsewhere")
    assert downloads.data_home() == Path.home() / "elsewhere"


def test_catalogue_is_complete():
    assert list(downloads.DOWNLOADS) == [
        "movielens-100k",
        "california-housing",
        "adult-census",
        "preterm-clinics",
        "breast-cancer-cohorts",
        "mnist-5k",
    ]
    for name, entry in downloads.DOWNLOADS.items():
        assert entry.name == name
        assert entry.citation
        assert entry.licence
        assert len(entry.members) == len(entry.members_sha256)
        assert all(len(pin) == 64 for pin in (entry.wheel_sha256, entry.output_sha256, *entry.members_sha256))
    assert len(set(conversions.BASELINE_COLUMNS)) == 56


def test_pickled_table_is_read(tmp_path):
    path = tmp_path / "table.pkl.compress"
    path.write_bytes(base64.b85decode(PICKLED))
    table = read_frame(path)
    assert list(table.columns) == ["rownames", "size", "grade", "bmi"]
    assert table["rownames"].tolist() == [1, 2, 3]
    assert table["size"].tolist()[:2] == ["<=20", "20-50"]
    assert table["size"].isna().tolist() == [False, False, True]
    assert table["bmi"].isna().tolist() == [False, True, False]


class Harmful:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        (os.mkdir,),
        (eval, "__import__('os').mkdir({0!r})"),
        (subprocess.check_call, ["mkdir", "{0}"]),
        (getattr, "x", "y"),
    ],
)
def test_harmful_pickle_is_refused(tmp_path, call):
    victim = str(tmp_path / "victim")
    function, *arguments = call
    arguments = [text.format(victim) if isinstance(text, str) else text for text in arguments] or [victim]
    path = tmp_path / "table.pkl.compress"
    path.write_bytes(lzma.compress(pickle.dumps(Harmful(function, *arguments))))
    with pytest.raises(DownloadError, match=r"table.pkl.compress is refused: a pickled table has no use for \w+\.\w+"):
        read_frame(path)
    assert not Path(victim).exists()


@pytest.mark.parametrize("content", [b"", b"plain", lzma.compress(b""), lzma.compress(pickle.dumps({"a": 1}))])
def test_what_is_no_pickled_table(tmp_path, content):
    path = tmp_path / "table.pkl.compress"
    path.write_bytes(content)
    with pytest.raises(DownloadError, match=r"is not a pickled table|cannot be read") as caught:
        read_frame(path)
    assert "\n" not in str(caught.value)


def test_harmful_pickle_in_a_wheel(home, index, monkeypatch, tmp_path):
    content = lzma.compress(pickle.dumps(Harmful(os.mkdir, str(tmp_path / "victim"))))
    wheel = make_wheel(index, {MEMBER: content})
    register(monkeypatch, wheel, members_sha256=(sha256(content),), convert=conversions.preterm_clinics)
    assert "is refused" in refusal()
    assert left_behind(home) == []
    assert not (tmp_path / "victim").exists()


def test_cohorts_are_coded_alike(tmp_path, monkeypatch):
    shared = {"age": 50, "meno": 1, "nodes": 1, "pgr": 0, "er": 0, "hormon": 0}
    # days to relapse, relapse, days to death, death -> label, None where follow-up is too short
    dutch = [
        (500, 1, 3000, 0, 1),
        (500, 0, 900, 1, 1),
        (1500, 0, 1500, 0, 0),
        (500, 0, 1500, 1, None),
        (1500, 1, 1500, 0, 0),
    ]
    german = [(20, 1, 500, 1, 1), (21, 2, 1500, 1, 0), (51, 3, 500, 0, None), (51, 3, 1500, 0, 0)]
    tables = {
        "rotterdam": pd.DataFrame([shared | {"size": "<=20", "grade": 3} for _ in dutch]).join(
            pd.DataFrame([row[:4] for row in dutch], columns=["rtime", "recur", "dtime", "death"])
        ),
        "gbsg": pd.DataFrame([shared for _ in german]).join(
            pd.DataFrame([row[:4] for row in german], columns=["size", "grade", "rfstime", "status"])
        ),
    }
    monkeypatch.setattr(conversions, "read_frame", lambda path: tables[path.name])
    output = tmp_path / "both.csv"
    conversions.breast_cancer_cohorts((Path("rotterdam"), Path("gbsg")), output)
    both = pd.read_csv(output)
    assert list(both.columns) == ["cohort", *conversions.COHORT_COLUMNS, "event"]
    assert both["event"].tolist() == [row[4] for row in dutch + german if row[4] is not None]
    assert both["cohort"].tolist() == ["rotterdam"] * 4 + ["gbsg"] * 3
    assert both["size"].tolist()[4:] == ["<=20", "20-50", ">50"]
    assert both["grade"].tolist()[4:] == [2, 2, 3]


@pytest.mark.network
def test_smallest_real_one(home):
    path = fetch("mnist-5k")
    assert pd.read_csv(path, header=None).shape == downloads.DOWNLOADS["mnist-5k"].shape
    assert verified_path("mnist-5k") == path
    assert left_behind(home) == ["mnist-5k", "mnist-5k.csv.gz", "source.json"]
    shutil.rmtree(home)
