"""Values of coalitional games: Shapley and other semivalues, exact, by class and sampled; the least core."""

from .large_classes import BoundedEstimate, approximate_shapley, closest_shapley
from .least_core import LeastCore, least_core
from .sampling import Estimate, sampled_semivalue
from .semivalues import banzhaf, beta_shapley, leave_one_out, semivalue, shapley
from .symmetry import null_players, symmetric_groups

__all__ = [
    "BoundedEstimate",
    "Estimate",
    "LeastCore",
    "approximate_shapley",
    "banzhaf",
    "beta_shapley",
    "closest_shapley",
    "least_core",
    "leave_one_out",
    "null_players",
    "sampled_semivalue",
    "semivalue",
    "shapley",
    "symmetric_groups",
]
