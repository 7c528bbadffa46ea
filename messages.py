"""What is said to people: one line, never longer than a screen, whatever it tells of."""

import linecache
import reprlib
import sysconfig
import traceback
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

ROOT = __name__.partition(".")[0]
SHOWN = 60
LONGEST_MESSAGE = 300

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = SHOWN
_short.maxlevel = 3


def brief(value: Any) -> str:
    """Return what a message shows of a value: one line of at most 80 characters.

    Examples
    --------
    >>> brief([1, None]), len(brief("a" * 1000)) <= 80
    ('[1, None]', True)
    """
    try:
        text = _short.repr(value)
    except Exception:  # the object is the caller's, and may raise anything; ints of 5,000 digits raise ValueError
        text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= SHOWN + 20 else f"{text[:SHOWN]}..."


def clipped(message: str) -> str:
    """Return a message as one line of at most 300 characters."""
    line = " ".join(message.split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 3] + "..."


def as_html(title: str, rows: Iterable[tuple[object, object]]) -> str:
    """Return a title and pairs as a small HTML table, as notebooks show it.

    Examples
    --------
    >>> as_html("Discount", [("rate", 0.1)])
    '<b>Discount</b><table><tr><td>rate</td><td>0.1</td></tr></table>'
    """
    body = "".join(f"<tr><td>{escape(str(name))}</td><td>{escape(shown(value))}</td></tr>" for name, value in rows)
    return f"<b>{escape(title)}</b>" + (f"<table>{body}</table>" if body else "")


def shown(value: object) -> str:
    """Return a value as people read it: numbers to six digits, at most 80 characters."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= SHOWN + 20 else f"{text[: SHOWN + 17]}..."


def own_line(error: BaseException) -> str:
    """Return where an error was raised in the user's own code, with the line that raised it; nothing where it has no part in it.

    Frames of this package and of installed ones are left out: of 30 frames the one that counts is the user's. Where an error
    has none of the user's, those that it was raised from are looked through in turn.
    """
    libraries = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    for each in _causes(error):
        for frame, number in reversed(list(traceback.walk_tb(each.__traceback__))):
            module = frame.f_globals.get("__package__") or frame.f_globals.get("__name__", "")
            file = frame.f_code.co_filename
            if module.partition(".")[0] != ROOT and not file.startswith(("<", *libraries)):
                line = linecache.getline(file, number).strip()
                return f"{Path(file).name}, line {number}, in {frame.f_code.co_name}: {line}"
    return ""


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error, what it was raised from, what that was raised from, and so on; each once, even where they go in a ring."""
    found: dict[int, BaseException] = {}
    cause: BaseException | None = error
    while cause is not None and id(cause) not in found:
        found[id(cause)] = cause
        cause = cause.__cause__
    return list(found.values())
