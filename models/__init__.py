"""What they play: learning tasks, strategic games, and the repeated game."""

from .games import NetworkGame, NormalFormGame, StrategicGame
from .market import MarketGame, Outcome
from .preferences import VALUATIONS, OwnModel, PaidOnly, Preferences, Valuation
from .repeated_game import RepeatedGame
from .revision import REVISIONS, Alternating, Inertia, OneAtRandom, Revision, Simultaneous
from .stopping import Converged, Rounds, Stopping
from .tasks import TASKS, Classification, CoalitionValues, MeanEstimation, QualityCurve, Task

__all__ = [
    "REVISIONS",
    "TASKS",
    "VALUATIONS",
    "Alternating",
    "Classification",
    "CoalitionValues",
    "Converged",
    "Inertia",
    "MarketGame",
    "MeanEstimation",
    "NetworkGame",
    "NormalFormGame",
    "OneAtRandom",
    "Outcome",
    "OwnModel",
    "PaidOnly",
    "Preferences",
    "QualityCurve",
    "RepeatedGame",
    "Revision",
    "Rounds",
    "Simultaneous",
    "Stopping",
    "StrategicGame",
    "Task",
    "Valuation",
]
