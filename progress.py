"""Progress of long loops, shown only where somebody watches and only when it takes long."""

import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that may pass before progress is shown."""


class _Display:
    def __init__(self, console: Console) -> None:
        self.started = time.monotonic()
        self.shown = False
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )

    def touch(self) -> None:
        if not self.shown and self.bars.console.is_terminal and time.monotonic() - self.started > PATIENCE:
            self.shown = True
            self.bars.start()


_display: ContextVar[_Display | None] = ContextVar("display", default=None)


@contextmanager
def watched(console: Console) -> Iterator[None]:
    """Show the progress of every `track` loop inside this block on a console, once the block has lasted two seconds."""
    display = _Display(console)
    token = _display.set(display)
    try:
        yield
    finally:
        _display.reset(token)
        if display.shown:
            display.bars.stop()


def track(items: Iterable[T], description: str | Callable[[], str], total: int | None = None) -> Iterator[T]:
    """Iterate over items, reporting progress if somebody watches.

    Parameters
    ----------
    items
        What to iterate over.
    description
        What is going on, in a few words, or what says so, asked at every step.
    total
        How many items there are, where they cannot be counted.

    Examples
    --------
    >>> list(track("abc", "spelling"))
    ['a', 'b', 'c']
    """
    display = _display.get()
    if display is None:
        yield from items
        return
    count = len(items) if total is None and isinstance(items, Sized) else total
    bar = display.bars.add_task(description() if callable(description) else description, total=count)
    try:
        for item in items:
            display.touch()
            yield item
            display.bars.update(bar, advance=1, description=description() if callable(description) else description)
            display.touch()
    finally:
        display.bars.remove_task(bar)
