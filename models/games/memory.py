"""What was worked out once, up to so many bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

V = TypeVar("V")


def bytes_of(answer: Any) -> int:
    """Return an answer's own ``nbytes``."""
    return int(answer.nbytes)


class Memory(Generic[V]):
    """Answers by key, bounded in bytes: the ones asked for longest ago are forgotten first.

    Parameters
    ----------
    size
        Bytes that an answer takes, its key included.
    most
        Bytes in all; the newest answer is kept whatever its size.

    Examples
    --------
    >>> memory = Memory(lambda square: 8, most=16)
    >>> [memory.get(number, lambda: number**2) for number in (1, 2, 3)], len(memory)
    ([1, 4, 9], 2)
    """

    def __init__(self, size: Callable[[V], int], most: int = 64_000_000) -> None:
        self._size, self._most, self._bytes = size, most, 0
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, work_out: Callable[[], V]) -> V:
        """Return the answer for a key, worked out if it is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        answer = self._kept[key] = work_out()
        self._bytes += self._size(answer)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= self._size(self._kept.popitem(last=False)[1])
        return answer

    def __reduce__(self) -> tuple[type["Memory[V]"], tuple[Callable[[V], int], int]]:
        return type(self), (self._size, self._most)
