"""Values of coalitional games: Shapley and other semivalues, exact, by class and sampled; core, nucleolus and others."""

from .cores import CoreCertificate, LeastCore, core, least_core
from .large_classes import BoundedEstimate, approximate_shapley, closest_shapley
from .pairs import pair_interactions
from .sampling import Estimate, sampled_semivalue
from .semivalues import banzhaf, beta_shapley, leave_one_out, robust_shapley, semivalue, shapley
from .solutions import has_tau_value, myerson_value, nucleolus, owen_value, tau_value
from .symmetry import null_players, symmetric_groups

__all__ = [
    "BoundedEstimate",
    "CoreCertificate",
    "Estimate",
    "LeastCore",
    "approximate_shapley",
    "banzhaf",
    "beta_shapley",
    "closest_shapley",
    "core",
    "has_tau_value",
    "least_core",
    "leave_one_out",
    "myerson_value",
    "nucleolus",
    "null_players",
    "owen_value",
    "pair_interactions",
    "robust_shapley",
    "sampled_semivalue",
    "semivalue",
    "shapley",
    "symmetric_groups",
    "tau_value",
]
