"""What they play: learning tasks, strategic games, and the repeated game."""

from .ensemble import Ensemble
from .games.market import MarketGame
from .games.market_settings import market_setting
from .games.outcome import Outcome
from .games.preferences import VALUATIONS, OwnModel, PaidOnly, Preferences, Valuation
from .games.privacy import CollaborativeLearning, SmoothBenefit, TableBenefit
from .games.sharing import SharingGame, SharingUtility
from .games.sharing_terms import FairTerms, fair_terms, regime_bounds, threshold_cost
from .games.strategic import NetworkGame, NormalFormGame, StrategicGame
from .games.textbook import GAMES, TextbookGame
from .games.valuations import LinearExternalities, MarketGrowth, QuasiMonotone, Spillovers
from .history import Keep
from .holds import Hold
from .repeated_game import RepeatedGame, Snapshot
from .revision import REVISIONS, Alternating, Inertia, OneAtRandom, Revision, Simultaneous
from .stopping import Converged, Rounds, Stopping
from .tasks import (
    TASKS,
    BayesianLinearRegression,
    BestSubset,
    Classification,
    CoalitionValues,
    DataPortions,
    FederatedMeanEstimation,
    GaussianProcessRegression,
    MatrixFactorization,
    MeanEstimation,
    QualityCurve,
    Regression,
    SparseGaussianProcess,
    Task,
)
from .terms import sharing_outlook

__all__ = [
    "GAMES",
    "REVISIONS",
    "TASKS",
    "VALUATIONS",
    "Alternating",
    "BayesianLinearRegression",
    "BestSubset",
    "Classification",
    "CoalitionValues",
    "CollaborativeLearning",
    "Converged",
    "DataPortions",
    "Ensemble",
    "FairTerms",
    "FederatedMeanEstimation",
    "GaussianProcessRegression",
    "Hold",
    "Inertia",
    "Keep",
    "LinearExternalities",
    "MarketGame",
    "MarketGrowth",
    "MatrixFactorization",
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
    "Regression",
    "RepeatedGame",
    "Revision",
    "Rounds",
    "SharingGame",
    "SharingUtility",
    "Simultaneous",
    "SmoothBenefit",
    "Snapshot",
    "SparseGaussianProcess",
    "Spillovers",
    "Stopping",
    "StrategicGame",
    "TableBenefit",
    "Task",
    "TextbookGame",
    "Valuation",
    "fair_terms",
    "market_setting",
    "regime_bounds",
    "sharing_outlook",
    "threshold_cost",
]
