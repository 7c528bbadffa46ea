"""Market rules and the coalitional games they settle: pure functions, no agents, no randomness of their own."""

from .audit import Audit, audit_money, check_settlement
from .coalition import ClassGame, CoalitionalGame, OnDemandGame
from .equal_split import EqualSplit
from .fair_payments import FairPayments
from .mechanism import MECHANISMS, Market, Mechanism, MechanismSpec, Settlement
from .replication_robust_division import ReplicationRobustDivision, market_game
from .shapley_division import ShapleyDivision
from .similarity_weighted import SimilarityWeighted
from .values import (
    Estimate,
    LeastCore,
    banzhaf,
    beta_shapley,
    least_core,
    leave_one_out,
    semivalue,
    shapley,
)

__all__ = [
    "MECHANISMS",
    "Audit",
    "ClassGame",
    "CoalitionalGame",
    "EqualSplit",
    "Estimate",
    "FairPayments",
    "LeastCore",
    "Market",
    "Mechanism",
    "MechanismSpec",
    "OnDemandGame",
    "ReplicationRobustDivision",
    "Settlement",
    "ShapleyDivision",
    "SimilarityWeighted",
    "audit_money",
    "banzhaf",
    "beta_shapley",
    "check_settlement",
    "least_core",
    "leave_one_out",
    "market_game",
    "semivalue",
    "shapley",
]
