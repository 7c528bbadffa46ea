"""What they play: learning tasks, strategic games, and the repeated game."""

from .ensemble import Ensemble
from .games.equilibria import (
    CorrelatedEquilibrium,
    correlated_distance,
    correlated_equilibrium,
    correlated_regret,
    mixed_equilibria,
)
from .games.market import MarketGame
from .games.market_settings import market_setting
from .games.outcome import Outcome
from .games.population import PopulationGame
from .games.preferences import VALUATIONS, OwnModel, PaidOnly, Preferences, Valuation
from .games.privacy import CollaborativeLearning, SmoothBenefit, TableBenefit
from .games.sharing import SharingGame, SharingUtility
from .games.sharing_terms import FairTerms, fair_terms, regime_bounds, threshold_cost
from .games.strategic import NetworkGame, NormalFormGame, StrategicGame
from .games.textbook import GAMES, TextbookGame
from .games.valuations import LinearExternalities, MarketGrowth, QuasiMonotone, Spillovers
from .history import Keep
from .holds import Hold
from .measures import (
    Arrival,
    Cycle,
    LongRun,
    alpha_rank,
    basins,
    conditional_gains,
    exact_potential,
    external_regret,
    find_cycle,
    fixation_probability,
    internal_regret,
    joint_play,
    nash_conv_path,
    potential_path,
    small_mutation_limit,
    stationary_distribution,
    swap_regret,
    time_to_equilibrium,
)
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
    "Arrival",
    "BayesianLinearRegression",
    "BestSubset",
    "Classification",
    "CoalitionValues",
    "CollaborativeLearning",
    "Converged",
    "CorrelatedEquilibrium",
    "Cycle",
    "DataPortions",
    "Ensemble",
    "FairTerms",
    "FederatedMeanEstimation",
    "GaussianProcessRegression",
    "Hold",
    "Inertia",
    "Keep",
    "LinearExternalities",
    "LongRun",
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
    "PopulationGame",
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
    "alpha_rank",
    "basins",
    "conditional_gains",
    "correlated_distance",
    "correlated_equilibrium",
    "correlated_regret",
    "exact_potential",
    "external_regret",
    "fair_terms",
    "find_cycle",
    "fixation_probability",
    "internal_regret",
    "joint_play",
    "market_setting",
    "mixed_equilibria",
    "nash_conv_path",
    "potential_path",
    "regime_bounds",
    "sharing_outlook",
    "small_mutation_limit",
    "stationary_distribution",
    "swap_regret",
    "threshold_cost",
    "time_to_equilibrium",
]
