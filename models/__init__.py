"""What they play: learning tasks, strategic games, and the repeated game."""

from .fair_terms import FairTerms, fair_terms, regime_bounds, threshold_cost
from .games import NetworkGame, NormalFormGame, StrategicGame
from .market import MarketGame, Outcome
from .market_setting import market_setting
from .preferences import VALUATIONS, OwnModel, PaidOnly, Preferences, Valuation
from .repeated_game import RepeatedGame
from .revision import REVISIONS, Alternating, Inertia, OneAtRandom, Revision, Simultaneous
from .sharing_game import SharingGame, SharingUtility
from .stopping import Converged, Rounds, Stopping
from .tasks import (
    TASKS,
    Classification,
    CoalitionValues,
    DataPortions,
    FederatedMeanEstimation,
    MeanEstimation,
    QualityCurve,
    Task,
)
from .terms import sharing_outlook
from .valuations import LinearExternalities, MarketGrowth, QuasiMonotone, Spillovers

__all__ = [
    "REVISIONS",
    "TASKS",
    "VALUATIONS",
    "Alternating",
    "Classification",
    "CoalitionValues",
    "Converged",
    "DataPortions",
    "FairTerms",
    "FederatedMeanEstimation",
    "Inertia",
    "LinearExternalities",
    "MarketGame",
    "MarketGrowth",
    "MeanEstimation",
    "NetworkGame",
    "NormalFormGame",
    "OneAtRandom",
    "Outcome",
    "OwnModel",
    "PaidOnly",
    "Preferences",
    "QualityCurve",
    "QuasiMonotone",
    "RepeatedGame",
    "Revision",
    "Rounds",
    "SharingGame",
    "SharingUtility",
    "Simultaneous",
    "Spillovers",
    "Stopping",
    "StrategicGame",
    "Task",
    "Valuation",
    "fair_terms",
    "market_setting",
    "regime_bounds",
    "sharing_outlook",
    "threshold_cost",
]
