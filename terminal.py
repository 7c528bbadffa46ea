"""What every command shares: printing that cannot undo work, and leaving with a status that says what happened."""

import os
import shutil
import signal
import sys
import tempfile
import textwrap
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from .messages import clipped, own_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

DONE, UNEXPECTED, BAD_INPUT, CRASHED = 0, 1, 2, 70

WIDTH = 160
"""Longest line of results where nobody watches."""


def line_length(unwatched: int) -> int:
    """Return how long lines may be: as wide as the terminal is, or the variable COLUMNS says; or where nobody watches."""
    asked = os.environ.get("COLUMNS", "")
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or (asked.isdecimal() and int(asked)) else unwatched


def folded(text: str, width: int) -> str:
    r"""Return lines that are at most so long, each part of a long one indented as the whole was.

    Examples
    --------
    >>> folded("  who pays whom, and why", 14)
    '  who pays\n  whom, and\n  why'
    """
    lines = []
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += textwrap.wrap(line, max(width, len(indent) + 10), subsequent_indent=indent) or [""]
    return "\n".join(lines)


def listing(*heads: str) -> "Table":
    """Return a table without lines, whose cells are folded where they are wide."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def console(width: int = WIDTH) -> "Console":
    """Return the console for results; where nobody watches, lines are ``width`` characters long at most."""
    from rich.console import Console  # slow to import, and lists need none

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end the process as if the work had failed

    return Screen(width=None if sys.stdout.isatty() else line_length(width), highlight=False)


def aside() -> "Console":
    """Return the console for what is said while a command works, on standard error."""
    from rich.console import Console

    return Console(stderr=True)


def writes_unicode() -> bool:
    """Return whether standard output can hold every letter."""
    return (sys.stdout.encoding or "ascii").lower().replace("-", "").startswith("utf")


@contextmanager
def printing(kept: str = "") -> Iterator[None]:
    """Let nothing that is wrong with standard output end the command, whose work is done.

    Parameters
    ----------
    kept
        Where the result is, for the one line on standard error that says that it cannot be shown.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)  # who reads has enough
    except (OSError, UnicodeError) as error:
        _discard(sys.stdout)
        complain(f"cannot print: {getattr(error, 'strerror', None) or error}{f'; the result is in {kept}' if kept else ''}")


def complain(message: str) -> None:
    """Say something in one line of at most 300 characters on standard error, if there is one."""
    with suppress(OSError, ValueError):
        print(f"potluck: {clipped(message)}", file=sys.stderr, flush=True)  # noqa: T201


def leave(command: Callable[[], object]) -> int:
    """Run a command and return its exit status: 0 done, 1 not as expected, 2 bad input, 70 a crash, 130 or 143 interrupted."""
    _prepare_streams()
    with _terminable(), warnings.catch_warnings():
        warnings.showwarning = _warn
        try:
            status: object = DONE
            with printing():
                status = command()
            return status if isinstance(status, int) else DONE
        except (ValueError, OSError) as error:
            if os.environ.get("POTLUCK_DEBUG"):
                raise
            complain(str(error) or type(error).__name__)
            return BAD_INPUT
        except BaseException as error:
            if (end := _end_within(error)) is not None:
                said = "interrupted" if end.number == signal.SIGINT else "terminated"
                complain(": ".join([said, *getattr(error, "__notes__", [])[:1]]))
                return 128 + end.number
            return _other(error)


def _warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    complain(f"warning: {message}")


class _Ended(BaseException):
    """Somebody ends the process by a signal, Ctrl-C or another."""

    def __init__(self, number: int) -> None:
        self.number = number


def _end_within(error: BaseException | None) -> _Ended | None:
    """Return the signal behind an error: itself, or what compiled code that it fell into wrapped it in."""
    while error is not None and not isinstance(error, _Ended):
        error = error.__cause__ or error.__context__
    return error


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP raise, so that all that is half-finished is removed."""

    def end(number: int, frame: FrameType | None) -> None:
        raise _Ended(number)

    before = {}
    with suppress(ValueError):  # not the main thread: whoever has it decides
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                before[name] = signal.signal(getattr(signal, name), end)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _other(error: BaseException) -> int:
    # typer's own errors share no public base class across its versions
    if hasattr(error, "format_message"):
        complain(error.format_message())
        return BAD_INPUT
    if os.environ.get("POTLUCK_DEBUG"):
        raise error
    complain(f"crashed: {crash_line(error)}; traceback in {_traceback_file(error)}")
    if place := own_line(error):
        complain(place)
    return CRASHED


def crash_line(error: BaseException, longest: int = 200) -> str:
    """Return an error's kind and message in one short line."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _traceback_file(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="potluck-crash-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(text)
    except OSError:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return "the lines above: no file can be written"
    return file.name


def _prepare_streams() -> None:
    """Give printing somewhere to go, and letters that an encoding lacks a stand-in."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None or getattr(stream, "closed", False):
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace" if name == "stderr" else "replace")


def _discard(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere, now and when the interpreter ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
