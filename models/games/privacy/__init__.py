"""The collaborative learning game: benefit against privacy loss."""

from .benefit import Benefit, ErrorBenefit, SmoothBenefit, linear_benefit
from .closed_forms import PrivateWeights, existence_threshold, symmetric_levels
from .continuous import Basins, BestResponses, ContinuousGame, Equilibria, Settling, basins
from .exact_game import ExactGame
from .game import CollaborativeLearning
from .losses import PRIVACY_LOSSES, LinearLoss, PowerLoss, PrivacyLoss, PrivacyLossSpec
from .measured_benefit import MeasuredBenefit
from .numeric_game import NumericGame
from .potential import cell_interactions, cell_slopes, cycle_residuals, is_potential_game, potential_residual
from .price_of_privacy import Prices, prices
from .repeated_play import GrimTrigger, grim_trigger
from .sharing_thresholds import Thresholds, numeric_thresholds, thresholds
from .table import BenefitCurve, TableBenefit
from .unconcerned_partner import level_beside_unconcerned

__all__ = [
    "PRIVACY_LOSSES",
    "Basins",
    "Benefit",
    "BenefitCurve",
    "BestResponses",
    "CollaborativeLearning",
    "ContinuousGame",
    "Equilibria",
    "ErrorBenefit",
    "ExactGame",
    "GrimTrigger",
    "LinearLoss",
    "MeasuredBenefit",
    "NumericGame",
    "PowerLoss",
    "Prices",
    "PrivacyLoss",
    "PrivacyLossSpec",
    "PrivateWeights",
    "Settling",
    "SmoothBenefit",
    "TableBenefit",
    "Thresholds",
    "basins",
    "cell_interactions",
    "cell_slopes",
    "cycle_residuals",
    "existence_threshold",
    "grim_trigger",
    "is_potential_game",
    "level_beside_unconcerned",
    "linear_benefit",
    "numeric_thresholds",
    "potential_residual",
    "prices",
    "symmetric_levels",
    "thresholds",
]
