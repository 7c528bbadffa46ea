"""Where runs are played: in this process, in worker processes of this machine, or by a cluster's scheduler."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from ...store import Run
from .jobs import GRACE, Job, code_of, play, play_together, together

Played = tuple[Run, dict[str, bytes]]
Group = tuple[Job, ...]
PlayGroup = Callable[[Group], list[Played]]

RECYCLED = 1000
"""Runs a worker, after which workers are replaced by fresh ones, so that memory that runs do not give back is given back."""

AHEAD = 2
"""How many runs wait at a worker, so that none is idle."""


def played(
    jobs: Sequence[Job], workers: int = 1, scheduler: str | Executor | None = None, function: Callable[[Job], Played] = play
) -> Iterator[Played]:
    """Play runs and yield each as it ends, in no particular order.

    Parameters
    ----------
    jobs
        What to play.
    workers
        Processes of this machine; 0 plays in this process.
    scheduler
        What takes the place of processes here: the address of a `distributed` scheduler, or any executor of `concurrent.futures`,
        such as MPI's pool (``mpi4py.futures.MPIPoolExecutor``), which stays open.
    function
        What plays a run; it is pickled.

    Raises
    ------
    ValueError
        The scheduler cannot be reached, or the extra ``cluster`` is not installed.
    """
    groups: Sequence[Group] = together(jobs) if function is play else [(job,) for job in jobs]
    play_group: PlayGroup = play_together if function is play else partial(_one, function)
    if isinstance(scheduler, Executor):
        return _submit_all(scheduler, groups, (os.cpu_count() or 1) * AHEAD if workers < 1 else workers * AHEAD, play_group)
    if scheduler is not None:
        return _by_scheduler(groups, scheduler, play_group)
    return (
        (answer for group in groups for answer in play_group(group))
        if workers == 0
        else _by_processes(groups, workers, play_group)
    )


def _one(function: Callable[[Job], Played], group: Group) -> list[Played]:
    return [function(job) for job in group]


class _Pool:
    """Worker processes that end when this process does, or when the pool is closed."""

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._theirs, self._ours = context.Pipe(duplex=False)
        self.executor = ProcessPoolExecutor(workers, context, _begin, (self._theirs,))
        self.sent = 0

    def submit(self, function: PlayGroup, group: Group) -> Future[list[Played]]:
        self.sent += len(group)
        return self.executor.submit(function, group)

    def close(self) -> None:
        """End the workers, whatever they do."""
        self._ours.close()
        self.executor.shutdown(wait=True, cancel_futures=True)
        self._theirs.close()


def _begin(parent: Connection) -> None:
    """Prepare a worker: it leaves Ctrl-C to its parent, ends when its parent does, and computes on one core."""
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)

    def watch() -> None:
        with suppress(EOFError, OSError):
            parent.recv_bytes()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _by_processes(groups: Sequence[Group], workers: int, function: PlayGroup) -> Iterator[Played]:
    waiting, running = deque(groups), dict[Future[list[Played]], tuple[Group, _Pool]]()
    pools = [_Pool(workers)]
    try:
        while waiting or running:
            if waiting and pools[-1].sent >= workers * RECYCLED:
                pools.append(_Pool(workers))
            while waiting and len(running) < workers * AHEAD:
                group = waiting.popleft()
                running[pools[-1].submit(function, group)] = group, pools[-1]
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken: list[Job] = []
            for future in done:
                group, _ = running.pop(future)
                try:
                    answers = future.result()
                except BrokenProcessPool:
                    broken += group
                else:
                    yield from answers
            busy = {id(pool) for _, pool in running.values()} | {id(pools[-1])}
            for pool in [pool for pool in pools if id(pool) not in busy]:
                pools.remove(pool)
                pool.close()
            if broken:
                # a worker is gone, and nobody says which run it had: each that was under way is played alone
                broken += [job for group, _ in running.values() for job in group]
                running.clear()
                while pools:
                    pools.pop().close()
                yield from (_alone(job, function) for job in broken)
                pools.append(_Pool(workers))
    finally:
        for pool in pools:
            pool.close()


def _alone(job: Job, function: PlayGroup) -> Played:
    """Play a run in a process of its own; where that ends without an answer, the run is recorded as killed."""
    with closing(_Pool(1)) as pool:
        try:
            pool.executor.submit(code_of, job.scenario).result()  # starting and importing is not the run's time
        except BrokenProcessPool:
            raise ValueError(
                'worker processes end as soon as they begin: a script that starts them needs `if __name__ == "__main__":` '
                "around what it does; or say workers=0"
            ) from None
        started = time.perf_counter()
        try:
            return pool.submit(function, (job,)).result()[0]
        except BrokenProcessPool:
            seconds = time.perf_counter() - started
    if job.limit is not None and seconds >= job.limit + GRACE:
        return job.failed("timeout", f"took longer than {job.limit:g} seconds, and did not end by itself", seconds=seconds), {}
    return job.failed("killed", "its process was ended, perhaps for want of memory", seconds=seconds), {}


def _by_scheduler(groups: Sequence[Group], address: str, function: PlayGroup) -> Iterator[Played]:
    try:
        import distributed
    except ImportError:
        raise ValueError("--scheduler needs the extra `cluster`: pip install 'potluck[cluster]'") from None
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"--scheduler {address}: no scheduler answers there ({type(error).__name__})") from None
    with client:
        executor = client.get_executor(retries=3, pure=False)
        cores = max(1, sum(client.ncores().values()))
        yield from _submit_all(executor, groups, cores * AHEAD, function)


def _submit_all(executor: Executor, groups: Sequence[Group], ahead: int, function: PlayGroup) -> Iterator[Played]:
    waiting, running = deque(groups), dict[Any, Group]()
    while waiting or running:
        while waiting and len(running) < ahead:
            group = waiting.popleft()
            running[executor.submit(function, group)] = group
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            group = running.pop(future)
            try:
                answers = future.result()
            except Exception as error:  # the scheduler gave it up after its workers died of it
                if len(group) > 1:
                    waiting.extend((job,) for job in group)
                    continue
                answers = [(group[0].failed("killed", f"its workers were ended: {type(error).__name__}"), {})]
            yield from answers
