"""Where a result goes: tested before the work, filled at once at its end, and kept elsewhere where that cannot be written."""

import ctypes
import errno
import importlib.util
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCKS = importlib.util.find_spec("fcntl") is not None
if LOCKS:  # elsewhere drafts are not swept
    import fcntl

DRAFT = ".potluck-draft-"
"""How the names of hidden folders begin in which results are written before they are shown."""

PROBE = bytes(1 << 18)
"""What is written, and removed again, to see whether there is room."""

RECORD = "result.json"
NOT_FILES_OF_ANYBODY = {"lost+found"}
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


class OutputError(ValueError):
    """A result cannot be written where it was asked to go."""


def next_folder(parent: Path, name: str = "run") -> Path:
    """Return the first of ``run-001``, ``run-002``, ... below a folder that is not there yet."""
    return next(folder for number in itertools.count(1) if not (folder := parent / f"{name}-{number:03d}").exists())


class Destination:
    """A folder that a result will be in, tested when this is made; the result appears there as a whole or not at all.

    Parameters
    ----------
    folder
        Where the result is to be; ``~`` and symbolic links are followed. It must not exist, or be empty, unless ``overwrite`` is
        given. None: the next free one of ``run-001``, ``run-002``, ... below ``numbered``, chosen when the result is there.
    overwrite
        Whether an earlier result in that folder is replaced; files there that belong to no result stay.
    numbered
        The folder of numbered runs.

    Raises
    ------
    OutputError
        The folder holds something already, or cannot be written to.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as home, Destination(Path(home) / "mine") as destination:
    ...     place = destination.keep(lambda folder: (folder / "result.json").write_text("{}"))
    ...     place.name, sorted(path.name for path in place.iterdir())
    ('mine', ['result.json'])
    """

    def __init__(self, folder: Path | None, overwrite: bool = False, numbered: Path = Path("results")) -> None:
        self._asked = folder
        self._overwrite = overwrite
        self._missing: list[Path] = []
        self._held = -1
        with self._told():
            self._numbered = numbered.absolute()
            self._folder = None if folder is None else Path(os.path.realpath(folder.expanduser()))
            self._target = self._folder or self._numbered / "run"
            self._refuse_filled()
            self._missing = [parent for parent in self._target.parents if not parent.exists()]
            try:
                self._target.parent.mkdir(parents=True, exist_ok=True)
                self._draft, self._held = _draft_for(self._target)
                _probe(self._draft)
                if self._target.is_dir():
                    _probe(self._target)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> "Destination":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what was made here and holds no result."""
        if self._held >= 0:
            shutil.rmtree(self._draft, ignore_errors=True)
            os.close(self._held)
            self._held = -1
        for parent in self._missing:
            with suppress(OSError):
                parent.rmdir()  # only what was made here and stayed empty

    def keep(self, write: Callable[[Path], object]) -> Path:
        """Write a result and return the folder that it is in.

        Parameters
        ----------
        write
            Writes all files of the result into the empty folder that it is given.

        Raises
        ------
        OutputError
            It cannot be written there. Where any other place can be written to, the result is in that place, which the message
            names.
        """
        try:
            write(self._draft)
            self._draft.chmod(0o755)
            return self._place()
        except OSError as error:
            kept = self._elsewhere(write)
            where = f"the result is in {kept}" if kept else "nor anywhere else, so that the result is lost"
            raise OutputError(f"{self._name()}: cannot write there ({_reason(error)}); {where}") from error

    def _name(self) -> str:
        return f"--out {self._asked}" if self._asked else str(self._numbered)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self._name()}: cannot write there ({_reason(error)})") from error

    def _refuse_filled(self) -> None:
        if self._folder is None:
            return
        if self._folder.exists() and not self._folder.is_dir():
            raise OutputError(f"{self._name()}: there is a file of that name; name a folder")
        if _filled(self._folder) and not self._overwrite:
            raise OutputError(f"{self._name()}: the folder is not empty; name another, or add --overwrite to replace its results")

    def _place(self) -> Path:
        if self._folder is None:
            return self._numbered_place()
        filled = _filled(self._folder)
        if filled and not self._overwrite:
            beside = _renamed(self._draft, self._folder.parent, self._folder.name)
            raise OutputError(f"{self._name()}: another run has filled it meanwhile; the result is in {beside}")
        try:
            if self._draft.parent == self._folder:
                _move_into(self._draft, self._folder)
            elif filled:
                _replace(self._draft, self._folder)
            else:
                os.rename(self._draft, self._folder)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY and not self._overwrite:
                return self._place()  # another run was faster by a moment
            if error.errno not in {errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EACCES}:
                raise
            _move_into(self._draft, self._folder)  # a mount point stays where it is
        return Path(self._asked or self._folder)

    def _numbered_place(self) -> Path:
        place = _renamed(self._draft, self._numbered, "run")
        return place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place

    def _elsewhere(self, write: Callable[[Path], object]) -> Path | None:
        """Write a result where it can be written: beside, here, or among temporary files."""
        for parent in (self._target.parent, Path.cwd(), Path(tempfile.gettempdir())):
            place = next_folder(parent, self._target.name)
            try:
                place.mkdir()
            except OSError:
                continue
            try:
                write(place)
            except OSError:
                shutil.rmtree(place, ignore_errors=True)
            else:
                return place
        return None


@contextmanager
def held_folder(folder: Path) -> Iterator[Path]:
    """Hold a folder, made if need be, until the block ends, so that no other process holds it too.

    Raises
    ------
    OutputError
        Another process holds it, or it cannot be written to.
    """
    try:
        folder = Path(os.path.realpath(folder.expanduser()))
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        _probe(folder)
        held = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write there ({_reason(error)})") from error
    try:
        if not _hold(held):
            raise OutputError(f"{folder}: another process is writing there; wait until it has ended, or name another folder")
        yield folder
    finally:
        os.close(held)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _filled(folder: Path) -> bool:
    """Return whether a folder holds anything that is not ours to sweep."""
    return folder.exists() and any(_counts(entry.name) for entry in folder.iterdir())


def _counts(name: str) -> bool:
    return name not in NOT_FILES_OF_ANYBODY and not name.startswith(DRAFT)


def _probe(folder: Path) -> None:
    with tempfile.NamedTemporaryFile(prefix=DRAFT, dir=folder) as file:
        file.write(PROBE)
        file.flush()


def _draft_for(target: Path) -> tuple[Path, int]:
    """Return a hidden folder that can become ``target``, and a descriptor that holds it; sweep those that nobody holds."""
    parent = target.parent
    inside = target.exists() and (target.stat().st_dev != parent.stat().st_dev or not os.access(parent, os.W_OK))
    home = target if inside else parent
    _sweep(home)
    while True:
        draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=home))
        with suppress(FileNotFoundError):  # swept before it was held
            held = os.open(draft, os.O_RDONLY)
            if _hold(held) and draft.exists():
                return draft, held
            os.close(held)


def _hold(descriptor: int) -> bool:
    if not LOCKS:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _sweep(home: Path) -> None:
    """Remove drafts whose run is no more."""
    if not LOCKS:
        return
    for draft in home.glob(f"{DRAFT}*"):
        with suppress(OSError):
            if not draft.is_dir():
                draft.unlink()
                continue
            held = os.open(draft, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(draft)
            finally:
                os.close(held)


def _renamed(draft: Path, parent: Path, name: str) -> Path:
    """Rename a draft to the next free number, whoever else does the same."""
    while True:
        place = next_folder(parent, name)
        try:
            os.rename(draft, place)
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                raise
        else:
            return place


def _earlier(folder: Path) -> set[str]:
    """Return the names of the files of the result in a folder."""
    try:
        document = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        named = [*document["tables"], *document["figures"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {RECORD}
    return {RECORD, *(name for name in named if isinstance(name, str) and name == os.path.basename(name))}


def _replace(draft: Path, folder: Path) -> None:
    """Let a draft and a folder with an earlier result change places, what belongs to no result being in both."""
    ours = _earlier(folder) | {path.name for path in draft.iterdir()}
    for path in folder.iterdir():
        if path.name not in ours and _counts(path.name):
            if path.is_dir() and not path.is_symlink():
                shutil.copytree(path, draft / path.name, symlinks=True, copy_function=_linked)
            else:
                _linked(path, draft / path.name)
    shutil.copymode(folder, draft)
    _exchange(draft, folder)


def _linked(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _exchange(one: Path, other: Path) -> None:
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is not None:
        if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
            return
        number = ctypes.get_errno()
        if number not in {errno.ENOSYS, errno.EINVAL}:
            raise OSError(number, os.strerror(number), str(other))
    # where folders cannot be exchanged there is a moment in which neither is there
    aside = other.with_name(f"{other.name}.old")
    os.rename(other, aside)
    os.rename(one, other)
    os.rename(aside, one)


def _move_into(draft: Path, folder: Path) -> None:
    """Move a draft's files into a folder that must stay; the record goes first and comes last, so that a half is no result."""
    stage = draft
    if draft.parent != folder:
        stage = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
        shutil.copytree(draft, stage, dirs_exist_ok=True)
    names = {path.name for path in stage.iterdir()}
    for name in sorted(_earlier(folder) - (names - {RECORD}), key=lambda name: name != RECORD):
        (folder / name).unlink(missing_ok=True)
    for name in sorted(names, key=lambda name: name == RECORD):
        os.replace(stage / name, folder / name)
    if stage != draft:
        stage.rmdir()
