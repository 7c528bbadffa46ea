"""How the scripts beside this one take times."""

import statistics
import time
from collections.abc import Callable


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_seconds(run: Callable[[], object], repeats: int) -> float:
    """Run once to warm up, then so many times."""
    run()
    return statistics.median(seconds(run) for _ in range(repeats))
