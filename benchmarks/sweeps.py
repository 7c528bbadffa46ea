"""What keeping many runs costs: throughput by workers, bookkeeping a run, memory of the parent, and the same beside Mesa.

Run ``python benchmarks/sweeps.py [RUNS]``. Nothing passes or fails; runs that wait show what keeping them costs whatever else the
machine does, runs that compute show what its cores give.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mesa
from _scenarios import Counting, Waiting, Walkers, Walks
from _timing import seconds
from rich.console import Console
from rich.table import Table

from potluck.scenarios import Scenario
from potluck.scenarios.studies.design import cells_of, parse_variation
from potluck.scenarios.studies.sweeps import Plan, perform


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        yield Path(place) / "sweep"


def plan(scenario: type[Scenario], over: str, seeds: int, **parameters: float) -> Plan:
    return Plan.of(cells_of(scenario(**parameters), [parse_variation(over)]), seeds)


def between_first_and_last(jobs: Plan, workers: int) -> float:
    """Return runs a second once the workers are there."""
    with folder() as place:
        ends = [time.perf_counter() for _ in perform(jobs, place, workers)]
    return (len(ends) - 1) / (ends[-1] - ends[0])


def throughput(table: Table) -> None:
    for scenario, seeds in ((Waiting, 10), (Counting, 4)):
        jobs = plan(scenario, "scale=1:10:10", seeds, seconds=0.2)
        one, two = (between_first_and_last(jobs, workers) for workers in (1, 2))
        table.add_row(
            f"{scenario.name()} 0.2 s, {len(jobs.jobs)} runs", f"{one:.2f} and {two:.2f} a second", f"{two / one:.2f} times"
        )


def bookkeeping(table: Table, runs: int) -> None:
    jobs = plan(Waiting, "scale=1:10:10", runs // 10, seconds=0.0)
    alone = Waiting(seconds=0.0)
    alone.run(0)
    started = time.process_time()
    for seed in range(200):
        alone.run(seed)
    bare = (time.process_time() - started) / 200
    with folder() as place:
        started, memory = time.process_time(), []
        for count, _ in enumerate(perform(jobs, place, 0), 1):
            if count % (runs // 10) == 0:
                memory.append(resident())
        each = (time.process_time() - started) / runs
    table.add_row(
        f"bookkeeping, {runs} runs, time of the core",
        f"{(each - bare) * 1e3:.2f} ms a run",
        f"beside {bare * 1e3:.2f} ms of the run itself",
    )
    table.add_row("memory of the parent", f"{memory[0]:.0f} MB after a tenth", f"{memory[-1]:.0f} MB at the end")


def resident() -> float:
    """Return this process's memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def beside_mesa(table: Table, runs: int) -> None:
    jobs = plan(Walks, "walkers=100,200", runs // 2)
    with folder() as place:
        ours = seconds(lambda: list(perform(jobs, place, 2)))

    def theirs() -> object:
        return mesa.batch_run(Walkers, {"walkers": [100, 200]}, 2, runs // 2, display_progress=False)

    took = seconds(theirs)
    table.add_row(f"a Mesa model, {runs} runs, 2 processes", f"ours, kept on disk {ours:.1f} s", f"mesa.batch_run {took:.1f} s")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    table = Table("what", "ours", "")
    for measured in (throughput, lambda table: bookkeeping(table, runs), lambda table: beside_mesa(table, runs // 10)):
        measured(table)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
