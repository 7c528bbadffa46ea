"""How figures are made and written whatever the user's own matplotlibrc asks for."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib import rcParams, rcParamsDefault

_OURS = {name: value for name, value in dict.items(rcParamsDefault) if not name.startswith("backend")}


@contextmanager
def our_style() -> Iterator[None]:
    """Leave the user's matplotlibrc aside while figures are made or written: it may ask for LaTeX, which labels here are not."""
    before = {name: value for name, value in dict.items(rcParams) if name in _OURS}
    dict.update(rcParams, _OURS)  # as a plain dict: to check each of some 300 defaults again takes longer than a short run
    try:
        yield
    finally:
        dict.update(rcParams, before)
