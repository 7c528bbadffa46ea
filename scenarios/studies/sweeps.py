"""Sweeps: every cell with every seed, each run kept as soon as it is done and never done twice."""

import itertools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ...progress import track
from ...store import Run, Store
from ..scenario import Scenario
from .design import Cell, Design, Variation, cells_of, parse_variation
from .execution import played
from .jobs import Job, code_of, play
from .results import Results, load

OTHERWISE = Literal["refuse", "redo", "keep"]
"""What is done about runs that were made by other code or other versions."""


@dataclass(frozen=True)
class Plan:
    """What a sweep is to do.

    Parameters
    ----------
    jobs
        All its runs; seeds are the same in every cell, so that cells are compared on common random numbers.
    cells, seeds
        How many there are.
    """

    jobs: tuple[Job, ...]
    cells: int
    seeds: int

    @classmethod
    def of(cls, cells: Sequence[Cell], seeds: int, first_seed: int = 0, limit: float | None = None) -> "Plan":
        """Return the plan of all cells with all seeds.

        Raises
        ------
        ValueError
            There are no seeds, or two cells are the same.
        """
        if seeds < 1 or first_seed < 0:
            raise ValueError(f"seeds = {seeds} from {first_seed}: give one or more, from 0 on")
        if limit is not None and not 0 < limit < 1e9:
            raise ValueError(f"limit = {limit}: give seconds, more than 0")
        # seed by seed, so that a sweep that is stopped has something of every cell
        jobs = [
            Job.of(cell.scenario, seed, cell.settings, limit) for seed in range(first_seed, first_seed + seeds) for cell in cells
        ]
        keys = {job.key: job for job in jobs}
        if len(keys) < len(jobs):
            raise ValueError("two cells are the same scenario: vary what differs")
        return cls(tuple(jobs), len(cells), seeds)

    def seconds_a_run(self) -> float:
        """Return how long the first run takes, played here and thrown away."""
        started = time.perf_counter()
        play(self.jobs[0])
        return time.perf_counter() - started


def sweep(
    scenario: str | Scenario | type[Scenario],
    over: Sequence[str] | Mapping[str, Sequence[object]],
    seeds: int = 1,
    *,
    out: str | Path,
    settings: Mapping[str, str] | None = None,
    design: Design = "grid",
    points: int = 64,
    first_seed: int = 0,
    workers: int | None = None,
    scheduler: str | Executor | None = None,
    limit: float | None = None,
    retry_failed: bool = False,
    changed: OTHERWISE = "refuse",
) -> Results:
    """Play a scenario over many parameters and seeds; what is in the folder already is not played again.

    Parameters
    ----------
    scenario
        A scenario, its class, or its name.
    over
        What is varied: texts as after ``--over``, or values by parameter; ``mechanism.alpha`` is a parameter of a component.
    seeds, first_seed
        Seeds ``first_seed``, ``first_seed + 1``, ... of every cell.
    out
        The folder of the sweep.
    settings
        Parameters that all cells share, as text; only with a name.
    design, points
        As in `cells_of`.
    workers, scheduler
        As in `played`; None is a process a core, and 0 plays here.
    limit
        Seconds that a run may take; not with a scheduler, whose workers have limits of their own.
    retry_failed
        Whether runs that failed, took too long or were killed are played again.
    changed
        What to do where runs there were made by other code: refuse, play them again, or keep them.

    Raises
    ------
    ValueError
        A parameter is not allowed, or the folder cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep("replication-table", {"gain_1": [0.5, 0.6], "copies": [(0, 1)]}, seeds=2, out=folder, workers=0)
    ...     found.runs[["gain_1", "seed", "status"]].values.tolist()
    [[0.5, 0, 'done'], [0.6, 0, 'done'], [0.5, 1, 'done'], [0.6, 1, 'done']]
    """
    variations = _variations(over)
    plan = Plan.of(cells_of(scenario, variations, settings, design, points), seeds, first_seed, limit)
    for _ in perform(plan, Path(out), workers, scheduler, retry_failed, changed):
        pass
    return load(out)


def _variations(over: Sequence[str] | Mapping[str, Sequence[object]]) -> list[Variation]:
    if isinstance(over, str):
        raise ValueError(f"over = {over!r}: give a list of texts, or values by parameter")
    if isinstance(over, Mapping):
        from ..from_text import to_text

        return [Variation(key, tuple(to_text(value) for value in values)) for key, values in over.items()]
    return [parse_variation(text) for text in over]


def perform(
    plan: Plan,
    folder: Path,
    workers: int | None = None,
    scheduler: str | Executor | None = None,
    retry_failed: bool = False,
    changed: OTHERWISE = "refuse",
) -> Iterator[Run]:
    """Play the runs of a plan that a folder lacks and yield each when it is kept.

    Raises
    ------
    ValueError
        The folder cannot be used, holds another scenario's runs, or holds runs of other code and ``changed`` is ``refuse``.
    """
    if scheduler is not None and plan.jobs[0].limit is not None:
        raise ValueError("--limit goes with workers of this machine: those of a scheduler have limits of their own")
    code = code_of(plan.jobs[0].scenario)
    with Store(folder).writing() as store:
        _same_scenario(store, plan.jobs[0].scenario, folder)
        todo = missing(plan.jobs, store, code, folder, retry_failed, changed)
        failed, started, count = 0, time.monotonic(), itertools.count(1)

        def described() -> str:
            rate = (next(count) - 1) / max(time.monotonic() - started, 1e-9)
            return f"runs, {rate:.2g} a second{f', {failed} failed' if failed else ''}"

        answers = played(todo, os.cpu_count() or 1 if workers is None else workers, scheduler)
        for run, tables in track(answers, described, len(todo)):
            kept = replace(run, code=code)
            store.add(kept, tables)
            failed += kept.status != "done"
            yield kept


def _same_scenario(store: Store, scenario: str, folder: Path) -> None:
    before = store.note("scenario")
    if before is not None and before != scenario:
        raise ValueError(f"{folder} holds a sweep of {before}: name another folder")
    if before is None:
        store.note("scenario", scenario)


def missing(
    jobs: Sequence[Job], store: Store, code: str, folder: Path, retry_failed: bool = False, changed: OTHERWISE = "refuse"
) -> list[Job]:
    """Return the runs that a store lacks.

    Raises
    ------
    ValueError
        It has runs of other code, and ``changed`` is ``refuse``.
    """
    known = store.statuses()
    stale = [job for job in jobs if job.key in known and known[job.key][1] != code]
    if stale and changed == "refuse":
        raise ValueError(
            f"{folder}: {len(stale)} runs there were made by other code or versions; name another folder, or say --changed redo "
            "to play them again or --changed keep to leave them beside new ones"
        )
    again = {job.key for job in stale} if changed == "redo" else set()
    if retry_failed:
        again |= {key for key, (status, _) in known.items() if status != "done"}
    return [job for job in jobs if job.key not in known or job.key in again]
