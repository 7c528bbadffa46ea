"""The collaborative learning game: benefit against privacy loss."""

from .benefit import Benefit, ErrorBenefit, SmoothBenefit, linear_benefit
from .closed_forms import PrivateWeights, existence_threshold, symmetric_levels
from .continuous import Basins, BestResponses, ContinuousGame, Equilibria, Settling, basins
from .exact_game import ExactGame
from .game import CollaborativeLearning
from .grid import GridBenefit, read_benefits
from .losses import PRIVACY_LOSSES, LinearLoss, PowerLoss, PrivacyLoss, PrivacyLossSpec, TabulatedLoss
from .measured_benefit import MeasuredBenefit
from .numeric_game import NumericGame
from .potential import cell_interactions, cell_slopes, cycle_residuals, is_potential_game, potential_residual
from .price_of_privacy import Prices, prices
from .private_levels import PrivateLevels, private_levels
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
    "GridBenefit",
    "GrimTrigger",
    "LinearLoss",
    "MeasuredBenefit",
    "NumericGame",
    "PowerLoss",
    "Prices",
    "PrivacyLoss",
    "PrivacyLossSpec",
    "PrivateLevels",
    "PrivateWeights",
    "Settling",
    "SmoothBenefit",
    "TableBenefit",
    "TabulatedLoss",
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
    "private_levels",
    "read_benefits",
    "symmetric_levels",
    "thresholds",
]
