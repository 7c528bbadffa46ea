"""One run of a study: what it is, its key, and how it is played wherever it lands."""

import faulthandler
import hashlib
import io
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from types import FrameType
from typing import Any

import pandas as pd

from ...destination import Destination
from ...store import Run
from ..reporting import to_json, write_result
from ..scenario import REPORTED_VERSIONS, SCENARIOS, Result, Scenario

PACKAGE = Path(__file__).parents[2]
NOT_PLAYED = {"tests", "benchmarks", "docs", "browser", "build"}
GRACE = 5.0
"""Seconds after a run's time in which it may still end by itself, before its process is ended."""


class _OutOfTime(BaseException):
    """A run's time is over; no handler of errors on the way takes it for its own."""


@dataclass(frozen=True)
class Job:
    """One run that is to be played.

    Parameters
    ----------
    scenario
        Its name, or its import path.
    parameters, seed
        As in the result document.
    cell
        What a sweep varies, as text.
    limit
        Seconds that it may take.
    """

    scenario: str
    parameters: Mapping[str, Any]
    seed: int
    cell: Mapping[str, str] = field(default_factory=dict)
    limit: float | None = None

    @classmethod
    def of(cls, scenario: Scenario, seed: int, cell: Mapping[str, str] | None = None, limit: float | None = None) -> "Job":
        """Return the run of a scenario with a seed."""
        kind = type(scenario)
        name = kind.name() if kind in SCENARIOS else f"{kind.__module__}:{kind.__qualname__}"
        parameters = json.loads(to_json(scenario.model_dump(mode="json")))
        return cls(name, parameters, seed, dict(cell or {}), limit)

    @property
    def key(self) -> str:
        """A hash of scenario, parameters and seed."""
        text = json.dumps([self.scenario, self.parameters, self.seed], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def build(self) -> Scenario:
        """Return the scenario."""
        return SCENARIOS.find(self.scenario)(**self.parameters)

    def failed(self, status: str, error: str, trace: str = "", seconds: float = 0.0) -> Run:
        """Return the record of a run that came to nothing."""
        return Run(
            self.key, self.scenario, self.parameters, self.seed, self.cell, status, error=error, traceback=trace, seconds=seconds
        )


def play(job: Job, into: Path | None = None) -> tuple[Run, dict[str, bytes]]:
    """Play a run and return its record and its tables as Parquet; whatever it raises is in the record.

    Parameters
    ----------
    job
        The run.
    into
        In whose folder of the scenario's name the result is shown, figures included; None shows nothing.

    Raises
    ------
    OutputError
        It cannot be shown there.
    """
    started = time.perf_counter()
    try:
        scenario = job.build()
        with _limited(job.limit):
            result = scenario.run(job.seed)
            if into is not None:
                result.figures  # noqa: B018 - drawn here, where what goes wrong is recorded
    except _OutOfTime:
        return job.failed("timeout", f"took longer than {job.limit:g} seconds", seconds=time.perf_counter() - started), {}
    except (Exception, SystemExit) as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return job.failed("failed", text, traceback.format_exc(), time.perf_counter() - started), {}
    if into is not None:
        with Destination(into / job.scenario, overwrite=True) as destination:
            destination.keep(lambda draft: write_result(result, draft))
    return record(job, result)


def play_together(jobs: Sequence[Job]) -> list[tuple[Run, dict[str, bytes]]]:
    """Play runs of one cell at once, and, if that comes to nothing, one by one, so that each has the record it has alone."""
    if len(jobs) > 1 and jobs[0].limit is None:
        with suppress(Exception, SystemExit):
            results = jobs[0].build().run_all([job.seed for job in jobs])
            return [record(job, result) for job, result in zip(jobs, results, strict=True)]
    return [play(job) for job in jobs]


def together(jobs: Sequence[Job]) -> list[tuple[Job, ...]]:
    """Return runs in the groups in which they are played: of a cell so many seeds as its scenario plays at once."""
    sizes: dict[str, int] = {}
    groups: list[list[Job]] = []
    begun: dict[str, list[Job]] = {}
    for job in jobs:
        cell = json.dumps([job.scenario, job.parameters], sort_keys=True)
        if cell not in sizes:
            sizes[cell] = 1 if job.limit is not None else job.build().seeds_at_once
        if cell not in begun or len(begun[cell]) >= sizes[cell]:
            begun[cell] = []
            groups.append(begun[cell])
        begun[cell].append(job)
    return [tuple(group) for group in groups]


def record(job: Job, result: Result) -> tuple[Run, dict[str, bytes]]:
    """Return the record of a run that is done, and its tables as Parquet."""
    tables = {name: parquet(table) for name, table in result.tables.items()}
    document = json.loads(to_json(result.document()))
    what = (job.key, job.scenario, job.parameters, job.seed, job.cell, "done", metrics_of(result.tables), document)
    return Run(*what, tables=tuple(sorted(tables)), seconds=result.seconds), tables


def result_of(job: Job) -> Result:
    """Play a run and return its result, figures included."""
    return job.build().run(job.seed)


def metrics_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Return the mean of every numeric column as ``table.column``; where a table has rounds, over the rows of the last round.

    Examples
    --------
    >>> metrics_of({"rounds": pd.DataFrame({"round": [0, 1, 1], "payoff": [5.0, 1.0, 2.0]})})
    {'rounds.payoff': 1.5}
    """
    metrics = {}
    for name, table in tables.items():
        rows = table[table["round"] == table["round"].max()] if "round" in table.columns and len(table) else table
        for column in rows.columns:
            if column != "round" and pd.api.types.is_numeric_dtype(rows[column]) and len(rows):
                value = float(rows[column].mean())
                if math.isfinite(value):
                    metrics[f"{name}.{column}"] = value
    return metrics


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet; a column of mixed kinds is written as text."""
    mixed = {
        column: table[column].map(str)
        for column in table.columns
        if table[column].dtype == object and table[column].map(type).nunique() > 1
    }
    content = io.BytesIO()
    table.assign(**mixed).to_parquet(content, index=False)
    return content.getvalue()


@cache
def code_of(scenario: str) -> str:
    """Return a hash of the program, of the file that a scenario stands in, and of the versions of the libraries it uses."""
    files = [path for path in PACKAGE.rglob("*.py") if not NOT_PLAYED & set(path.relative_to(PACKAGE).parts)]
    files = [path for path in files if not path.relative_to(PACKAGE).parts[0].startswith(".")]
    own = getattr(sys.modules.get(SCENARIOS.find(scenario).__module__), "__file__", None)
    content = hashlib.blake2b(digest_size=16)
    for path in sorted({*files, *([Path(own)] if own else [])}):
        content.update(path.name.encode() + path.read_bytes())
    for name in REPORTED_VERSIONS[1:]:
        content.update(f"{name} {version(name)}".encode())
    content.update(python_version().encode())
    return content.hexdigest()


@contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """End a run that takes too long: by a signal, and, if it does not listen, with its process."""
    if seconds is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGALRM, end)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()
        os.close(nowhere)
