"""Market rules and the coalitional games they settle: pure functions, no agents, no randomness of their own."""

from .audit import Audit, audit_money, audit_settlement, check_settlement
from .banzhaf_division import BanzhafDivision
from .clarke import Clarke
from .closure import monotone_closure
from .coalition import ClassGame, CoalitionalGame, OnDemandGame
from .critical_growth import CriticalGrowth, critical_growth, growth_law
from .deduplicated_division import DeduplicatedDivision
from .desirable_mechanism import DesirableMechanism, DesirablePayments, desirable_payments
from .equal_split import EqualSplit
from .fair_payments import FairPayments
from .free_sharing import FreeSharing
from .hiding import Disparity, HidingColumn, hiding_column, largest_disparity, largest_disparity_by_enumeration
from .leave_one_out_division import LeaveOneOutDivision
from .market_account import MarketAccount
from .market_games import aggregate_game, excess_game, market_game, others_game
from .maximal_exploitation import MaximalExploitation
from .mechanism import MECHANISMS, Market, Mechanism, MechanismSpec, Settlement
from .payment_conditions import meets_necessary_condition, meets_sufficient_condition
from .platform_coalition import PlatformCoalition, platform_value
from .pot_division import PotDivision
from .promises import (
    PromiseAudit,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    revenue_bound,
)
from .proportional_division import ProportionalDivision
from .replication_robust_division import ReplicationRobustDivision
from .reward_audit import RewardAudit
from .reward_conditions import audit_rewards, grand_coalition_stability, individual_rationality, stability
from .reward_fairness import strict_desirability, strict_monotonicity
from .setting import Setting
from .shapley_division import ShapleyDivision
from .shapley_rewards import (
    ShapleyRewards,
    reward_shares,
    rho_individual_rationality,
    rho_stability,
    shapley_rewards,
)
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
    "BanzhafDivision",
    "BoundedEstimate",
    "Clarke",
    "ClassGame",
    "CoalitionalGame",
    "CriticalGrowth",
    "DeduplicatedDivision",
    "DesirableMechanism",
    "DesirablePayments",
    "Disparity",
    "EqualSplit",
    "Estimate",
    "FairPayments",
    "FreeSharing",
    "HidingColumn",
    "LeastCore",
    "LeaveOneOutDivision",
    "Market",
    "MarketAccount",
    "MaximalExploitation",
    "Mechanism",
    "MechanismSpec",
    "OnDemandGame",
    "PlatformCoalition",
    "PotDivision",
    "PromiseAudit",
    "ProportionalDivision",
    "ReplicationRobustDivision",
    "RewardAudit",
    "Setting",
    "Settlement",
    "ShapleyDivision",
    "ShapleyRewards",
    "SimilarityWeighted",
    "aggregate_game",
    "approximate_shapley",
    "audit_money",
    "audit_rewards",
    "audit_settlement",
    "banzhaf",
    "beta_shapley",
    "check_settlement",
    "critical_growth",
    "desirable_payments",
    "excess_game",
    "grand_coalition_stability",
    "growth_law",
    "hiding_column",
    "individual_rationality",
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
    "monotone_closure",
    "others_game",
    "platform_value",
    "revenue_bound",
    "reward_shares",
    "rho_individual_rationality",
    "rho_stability",
    "semivalue",
    "shapley",
    "shapley_rewards",
    "stability",
    "strict_desirability",
    "strict_monotonicity",
]
