"""Folders of work in progress that are gone afterwards, at the latest when the next process sweeps."""

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PREFIX = ".fetch-"
# where folders cannot be locked, a draft that nobody touched for this long is taken for abandoned
_ABANDONED_SECONDS = 24 * 3600.0


@contextlib.contextmanager
def draft(home: Path) -> Iterator[Path]:
    """Give a new folder in ``home``, locked while this process lives and removed on leaving.

    Raises
    ------
    OSError
        The folder cannot be made.
    """
    with contextlib.ExitStack() as stack:
        with _locked(home, wait=True):  # so that no one sweeps the folder before it is locked
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=home)))
            stack.enter_context(_locked(folder))
        yield folder


def sweep(home: Path) -> None:
    """Remove the drafts in ``home`` whose process was killed; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        drafts = [path for path in home.iterdir() if path.name.startswith(PREFIX) and path.is_dir() and not path.is_symlink()]
        if drafts:
            with _locked(home, wait=True):
                for folder in drafts:
                    _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    with contextlib.suppress(OSError), _locked(folder) as locked:
        if locked or time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path, wait: bool = False) -> Iterator[bool]:
    """Hold the lock of a folder, and say whether it is held; the system lets go of it when the process dies."""
    if sys.platform == "win32":
        yield False
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except OSError:  # another process has it, or the file system has no locks
            held = False
        yield held
    finally:
        os.close(handle)
