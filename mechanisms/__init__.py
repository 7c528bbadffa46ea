"""Market rules and the coalitional games they settle: pure functions, no agents, no randomness of their own."""

from .audit import Audit, audit_money, check_settlement
from .clarke import Clarke
from .coalition import ClassGame, CoalitionalGame, OnDemandGame
from .critical_growth import CriticalGrowth, critical_growth, growth_law
from .desirable_mechanism import DesirableMechanism, DesirablePayments, desirable_payments
from .equal_split import EqualSplit
from .fair_payments import FairPayments
from .free_sharing import FreeSharing
from .hiding import Disparity, HidingColumn, hiding_column, largest_disparity, largest_disparity_by_enumeration
from .maximal_exploitation import MaximalExploitation
from .mechanism import MECHANISMS, Market, Mechanism, MechanismSpec, Settlement
from .payment_conditions import meets_necessary_condition, meets_sufficient_condition
from .platform_coalition import PlatformCoalition, platform_value
from .promises import (
    PromiseAudit,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    revenue_bound,
)
from .replication_robust_division import ReplicationRobustDivision, market_game
from .setting import Setting
from .shapley_division import ShapleyDivision
from .similarity_weighted import SimilarityWeighted
from .values import (
    BoundedEstimate,
    Estimate,
    LeastCore,
    approximate_shapley,
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
    "BoundedEstimate",
    "Clarke",
    "ClassGame",
    "CoalitionalGame",
    "CriticalGrowth",
    "DesirableMechanism",
    "DesirablePayments",
    "Disparity",
    "EqualSplit",
    "Estimate",
    "FairPayments",
    "FreeSharing",
    "HidingColumn",
    "LeastCore",
    "Market",
    "MaximalExploitation",
    "Mechanism",
    "MechanismSpec",
    "OnDemandGame",
    "PlatformCoalition",
    "PromiseAudit",
    "ReplicationRobustDivision",
    "Setting",
    "Settlement",
    "ShapleyDivision",
    "SimilarityWeighted",
    "approximate_shapley",
    "audit_money",
    "banzhaf",
    "beta_shapley",
    "check_settlement",
    "critical_growth",
    "desirable_payments",
    "growth_law",
    "hiding_column",
    "is_efficient",
    "is_incentive_compatible",
    "is_individually_rational",
    "is_weakly_budget_balanced",
    "largest_disparity",
    "largest_disparity_by_enumeration",
    "least_core",
    "leave_one_out",
    "market_game",
    "meets_necessary_condition",
    "meets_sufficient_condition",
    "platform_value",
    "revenue_bound",
    "semivalue",
    "shapley",
]
