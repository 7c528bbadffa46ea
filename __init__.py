"""Collaborative machine learning as a repeated game: players with data, a platform, and the market rule between them.

What a first-time user needs is here, and is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mechanisms import CoalitionalGame, shapley
    from .models import MarketGame, NormalFormGame, RepeatedGame
    from .scenarios import SCENARIOS
    from .scenarios.studies import load, sweep

__all__ = ["SCENARIOS", "CoalitionalGame", "MarketGame", "NormalFormGame", "RepeatedGame", "load", "shapley", "sweep"]

_PLACES = {
    "CoalitionalGame": "mechanisms",
    "MarketGame": "models",
    "NormalFormGame": "models",
    "RepeatedGame": "models",
    "SCENARIOS": "scenarios",
    "load": "scenarios.studies",
    "shapley": "mechanisms",
    "sweep": "scenarios.studies",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version  # slow to import

        try:
            return version("potluck")
        except PackageNotFoundError:  # a copy of the sources that was not installed
            return "0"
    if name not in _PLACES:
        raise AttributeError(f"module 'potluck' has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
