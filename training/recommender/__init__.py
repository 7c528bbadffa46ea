"""A recommender trained on the ratings of several parties."""

from ...data.ratings import Ratings
from ...data.ratings_files import load_ratings, read_ratings
from ...data.synthetic_ratings import synthetic_ratings
from ...store import Store, measurements_home
from .by_self_division import at_full_size, halves, learned_by_size, self_division
from .collaboration import Averaged, Block, Collaboration
from .factor_attack import Leak, attack_factors
from .initialisation import INITIALISATIONS, Initialisation, InitialisationSpec, Normal, Uniform
from .measurement import Cell, PrivacyGrid, alone, alone_by_split, improvement, measure, measure_grids, relative
from .preprocessing import averages, frequent, leftovers
from .privacy_audit import LowerBound, audit, audits, lower_bound
from .privacy_methods import (
    PRIVACY_METHODS,
    BoundedDP,
    Guarantee,
    PrivacyMethod,
    PrivacyMethodSpec,
    Suppression,
    epsilon_of,
    privacy_of,
    sensitivity_bound,
)
from .sgd import Training, rmse

__all__ = [
    "INITIALISATIONS",
    "PRIVACY_METHODS",
    "Averaged",
    "Block",
    "BoundedDP",
    "Cell",
    "Collaboration",
    "Guarantee",
    "Initialisation",
    "InitialisationSpec",
    "Leak",
    "LowerBound",
    "Normal",
    "PrivacyGrid",
    "PrivacyMethod",
    "PrivacyMethodSpec",
    "Ratings",
    "Store",
    "Suppression",
    "Training",
    "Uniform",
    "alone",
    "alone_by_split",
    "at_full_size",
    "attack_factors",
    "audit",
    "audits",
    "averages",
    "epsilon_of",
    "frequent",
    "halves",
    "improvement",
    "learned_by_size",
    "leftovers",
    "load_ratings",
    "lower_bound",
    "measure",
    "measure_grids",
    "measurements_home",
    "privacy_of",
    "read_ratings",
    "relative",
    "rmse",
    "self_division",
    "sensitivity_bound",
    "synthetic_ratings",
]
