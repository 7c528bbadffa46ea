"""What took long to work out, kept on disk: numbers and whole runs in one SQLite file, tables as Parquet beside it."""

import hashlib
import json
import math
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from .arrays import FloatArray
from .destination import OutputError, held_folder

FILE = "store.sqlite"
TABLES = "tables"
FORMAT = 1
APPLICATION = 0x706F746C
"""Says in the file's header that it is ours."""

_SCHEMA = """
CREATE TABLE numbers (key TEXT PRIMARY KEY, what TEXT NOT NULL, numbers TEXT NOT NULL, checked TEXT NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (
    key TEXT PRIMARY KEY, scenario TEXT NOT NULL, parameters TEXT NOT NULL, seed INTEGER NOT NULL, cell TEXT NOT NULL,
    status TEXT NOT NULL, metrics TEXT NOT NULL, document TEXT NOT NULL, tables TEXT NOT NULL, error TEXT NOT NULL,
    traceback TEXT NOT NULL, seconds REAL NOT NULL, code TEXT NOT NULL, finished REAL NOT NULL
);
"""
_JSON = ("parameters", "cell", "metrics", "document", "tables")


def measurements_home() -> Path:
    """Return the folder where measurements are kept: POTLUCK_MEASUREMENTS, or a part of the user's own cache folder."""
    chosen = os.environ.get("POTLUCK_MEASUREMENTS")
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    return platformdirs.user_cache_path("potluck", appauthor=False) / "measurements"


@dataclass(frozen=True)
class Run:
    """One run of a scenario as it is kept.

    Parameters
    ----------
    key
        A hash of scenario, parameters and seed.
    scenario, parameters, seed
        What was run.
    cell
        Those parameters that a sweep varies, as text.
    status
        ``done``, ``failed`` (it raised), ``timeout`` (it took longer than allowed) or ``killed`` (its process ended).
    metrics
        A number a name.
    document
        The result document, verdicts included; empty where there is no result.
    tables
        Names of the tables that are kept.
    error, traceback
        What went wrong.
    seconds
        How long it took.
    code
        A hash of the program and the versions of its libraries.
    finished
        When, in seconds since 1970.
    """

    key: str
    scenario: str
    parameters: Mapping[str, Any]
    seed: int
    cell: Mapping[str, str] = field(default_factory=dict)
    status: str = "done"
    metrics: Mapping[str, float] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    error: str = ""
    traceback: str = ""
    seconds: float = 0.0
    code: str = ""
    finished: float = 0.0


class Store:
    """A folder with measured numbers, each under a text that says everything it depends on, and runs, each under its key.

    What is kept is there whole or not at all, so that a process may be stopped at any time, and several may share a folder.

    Parameters
    ----------
    folder
        Where the store is; made when something is first kept. Default: `measurements_home`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(folder)
    ...     store.keep("what it depends on", np.array([0.5, 0.25]))
    ...     store.find("what it depends on").tolist(), store.find("something else")
    ([0.5, 0.25], None)
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = measurements_home() if folder is None else Path(folder)
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._turn = threading.RLock()
        self._warned = False

    # --- numbers: a cache, which is never in the way ---

    def find(self, text: str) -> FloatArray | None:
        """Return what is kept under a text, or None; warn where the store cannot be used."""
        rows = self._cached("SELECT what, numbers, checked FROM numbers WHERE key = ?", _hash(text))
        if not rows:
            return None
        try:
            what, written, checked = rows[0]
            numbers = [float(number) for number in json.loads(written)]
            sound = what == text and checked == _check(text, numbers) and all(map(math.isfinite, numbers))
        except (ValueError, TypeError):
            sound = False
        if not sound:
            warnings.warn(f"a number in {self.path} is not as it was written: it is measured again", stacklevel=2)
            return None
        return np.array(numbers)

    def keep(self, text: str, numbers: FloatArray) -> None:
        """Keep finite numbers, (k,), under a text; warn once where the store cannot be used."""
        values = [float(number) for number in numbers]
        self._cached(
            "INSERT OR REPLACE INTO numbers VALUES (?, ?, ?, ?)",
            *(_hash(text), text, json.dumps(values), _check(text, values)),
            make=True,
        )

    def _cached(self, command: str, *values: object, make: bool = False) -> list[tuple[Any, ...]]:
        try:
            if not make and not self.path.exists():
                return []
            with self._turn:
                return self._open().execute(command, values).fetchall()
        except (OSError, sqlite3.Error, ValueError) as error:
            if not self._warned:
                self._warned = True
                warnings.warn(f"measurements are not kept: {_reason(error, self.path)}", stacklevel=3)
            return []

    # --- runs: a record, which is never passed over ---

    @contextmanager
    def writing(self) -> Iterator["Store"]:
        """Be the one writer of runs until the block ends.

        Raises
        ------
        OutputError
            Another process writes there, or the store cannot be opened.
        """
        with held_folder(self.folder) as folder, self._strictly():
            self._open()
            yield self
            del folder
            self.close()

    def add(self, run: Run, tables: Mapping[str, bytes] | None = None) -> None:
        """Keep a run, and its tables as Parquet files; one of the same key is replaced.

        Raises
        ------
        OutputError
            It cannot be written; runs that were kept before are still there.
        """
        with self._strictly():
            place = self.folder / TABLES / run.key
            if tables:
                place.mkdir(parents=True, exist_ok=True)
                for name, content in tables.items():
                    scratch = place / f".{name}.part"
                    scratch.write_bytes(content)
                    os.replace(scratch, place / f"{name}.parquet")
            row = {each.name: getattr(run, each.name) for each in fields(run)}
            row |= {"finished": run.finished or time.time(), "tables": sorted(tables or ())}
            for name in _JSON:
                row[name] = json.dumps(row[name])
            with self._turn:
                self._open().execute(f"INSERT OR REPLACE INTO runs VALUES ({', '.join('?' * len(row))})", tuple(row.values()))

    def runs(self) -> list[Run]:
        """Return all runs, in the order in which they were kept.

        Raises
        ------
        OutputError
            The store cannot be read.
        """
        with self._strictly(), self._turn:
            cursor = self._open(make=False).execute("SELECT * FROM runs ORDER BY rowid")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, values, strict=True)) for values in cursor]
        for row in rows:
            row |= {name: json.loads(row[name]) for name in _JSON}
            row["tables"] = tuple(row["tables"])
        return [Run(**row) for row in rows]

    def statuses(self) -> dict[str, tuple[str, str]]:
        """Return status and code of every run by its key.

        Raises
        ------
        OutputError
            The store cannot be read.
        """
        with self._strictly(), self._turn:
            rows = self._open().execute("SELECT key, status, code FROM runs").fetchall()
        return {key: (status, code) for key, status, code in rows}

    def table(self, key: str, name: str) -> Path:
        """Return the Parquet file of a run's table."""
        return self.folder / TABLES / key / f"{name}.parquet"

    def note(self, name: str, value: str | None = None) -> str | None:
        """Write down a fact about what is kept here; return what was written before.

        Raises
        ------
        OutputError
            The store cannot be used.
        """
        with self._strictly(), self._turn:
            connection = self._open(make=value is not None)
            known = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
            if value is not None:
                connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        return None if known is None else str(known[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self.folder / FILE

    @contextmanager
    def _strictly(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise OutputError(_reason(error, self.path)) from error

    def _open(self, make: bool = True) -> sqlite3.Connection:
        """Return the connection of this process, opened when first asked for."""
        if self._connection is not None and self._process == os.getpid():
            return self._connection
        if not make and not self.path.exists():
            raise OutputError(f"{self.folder} holds no store of runs")
        if make:
            self.folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._connection, self._process = connection, os.getpid()
        return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file, or see that those of an old one are of our making."""
    if _header(connection) != (APPLICATION, FORMAT):
        connection.execute("BEGIN IMMEDIATE")  # whoever is first makes the tables
        application, version = _header(connection)
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        problem = ""
        if application == APPLICATION and version != FORMAT:
            problem = f"is a store of format {version}, and this potluck reads format {FORMAT}"
        elif application != APPLICATION and tables:
            problem = "is not a store of potluck's"
        if problem:
            connection.execute("ROLLBACK")
            raise OutputError(f"{path} {problem}: name another folder")
        if not tables:
            for command in _SCHEMA.split(";")[:-1]:
                connection.execute(command)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    with suppress(sqlite3.OperationalError):  # a reader may have no right to change it
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return f"{path} is damaged ({error}): move it away, or name another folder"
    return f"cannot use {path}: {getattr(error, 'strerror', None) or error}"


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _check(text: str, numbers: list[float]) -> str:
    return _hash(repr((text, numbers)))
