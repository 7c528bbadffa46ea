"""Making a counterexample small."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Found = TypeVar("Found")


def shrunk(found: Found, smaller: Callable[[Found], Iterable[Found]], breaks: Callable[[Found], bool]) -> Found:
    """Return a smaller thing that still breaks: the first of the smaller ones that does, again and again, until none does.

    Examples
    --------
    >>> shrunk(97, lambda number: (number // 2, number - 1), lambda number: number > 10)
    11
    """
    while (less := next((each for each in smaller(found) if breaks(each)), None)) is not None:
        found = less
    return found
