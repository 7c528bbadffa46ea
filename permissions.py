"""What text may reach: import paths and files. A program may reach all its user may; a page reaches what its server was told."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Permissions:
    """What may be named in text.

    Parameters
    ----------
    imports
        Whether import paths such as ``package.module:Name`` are followed. Following one runs the module.
    folders
        Folders whose files may be read by path; None: any regular file of this machine that the user may read.
    """

    imports: bool = True
    folders: tuple[Path, ...] | None = None


_granted = Permissions()  # of the process: the threads in which a page's games are played inherit no context


def permissions() -> Permissions:
    """Return what text may reach in this process."""
    return _granted


def grant(granted: Permissions) -> None:
    """Say what text may reach in this process from now on, in every thread."""
    global _granted
    _granted = granted


@contextmanager
def granted(for_now: Permissions) -> Iterator[None]:
    """Say what text may reach while a block runs, in every thread."""
    before = permissions()
    grant(for_now)
    try:
        yield
    finally:
        grant(before)


def local_file(path: str | os.PathLike[str]) -> Path:
    """Return the path of a regular file of this machine that may be read; its home folder is written out.

    Where files may be read from some folders only, a relative path is looked for in each of them.

    Raises
    ------
    ValueError
        It is an address, a folder, a device or a pipe; it is not there; or its folder may not be read.

    Examples
    --------
    >>> local_file("s3://bucket/rows.csv")
    Traceback (most recent call last):
        ...
    ValueError: 's3://bucket/rows.csv' is an address; give the path of a file on this machine
    """
    text = os.fspath(path)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text) and not os.path.exists(text):
        raise ValueError(f"{text!r} is an address; give the path of a file on this machine")
    if "\0" in text:
        raise ValueError(f"{text!r} is no path: it holds a zero byte")
    folders = _granted.folders
    found = Path(os.path.expanduser(text)) if folders is None else _within(text, folders)
    if not os.path.exists(found):
        raise ValueError(f"there is no file {text!r}")
    if not stat.S_ISREG(os.stat(found).st_mode):
        raise ValueError(f"{text!r} is not a file")
    return found


def _within(text: str, folders: tuple[Path, ...]) -> Path:
    for folder in folders:
        found = (folder / text).resolve()
        if found.is_relative_to(folder.resolve()) and found.is_file():
            return found
    # whether such a file is elsewhere is not said
    where = ", ".join(map(str, folders)) or "none was given"
    raise ValueError(f"{text!r} is not in the folders that may be read here ({where}): name a data set, or start with --data")
