"""Market rules and the coalitional games they settle: pure functions, no agents, no randomness of their own."""

from .audits.payment_conditions import meets_necessary_condition, meets_sufficient_condition
from .audits.promises import (
    PromiseAudit,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    revenue_bound,
)
from .audits.reward_audit import RewardAudit
from .audits.reward_conditions import audit_rewards, grand_coalition_stability, individual_rationality, stability
from .audits.reward_fairness import strict_desirability, strict_monotonicity
from .audits.settlements import Audit, audit_money, audit_settlement, check_settlement
from .coalitions.closure import monotone_closure
from .coalitions.games import ClassGame, CoalitionalGame, OnDemandGame
from .limits.growth import CriticalGrowth, critical_growth, growth_law
from .limits.hiding import Disparity, HidingColumn, hiding_column, largest_disparity, largest_disparity_by_enumeration
from .rules.balanced_division import BalancedDivision
from .rules.banzhaf_division import BanzhafDivision
from .rules.clarke import Clarke
from .rules.deduplicated_division import DeduplicatedDivision
from .rules.desirable_mechanism import DesirableMechanism, DesirablePayments, desirable_payments
from .rules.equal_split import EqualSplit
from .rules.fair_payments import FairPayments
from .rules.free_sharing import FreeSharing
from .rules.leave_one_out_division import LeaveOneOutDivision
from .rules.leave_one_out_payments import LeaveOneOutPayments
from .rules.market_account import MarketAccount
from .rules.market_games import aggregate_game, excess_game, market_game, others_game
from .rules.maximal_exploitation import MaximalExploitation
from .rules.mechanism import MECHANISMS, Market, Mechanism, MechanismSpec, Reports, Settlement
from .rules.myerson_division import MyersonDivision
from .rules.nucleolus_division import NucleolusDivision
from .rules.owen_division import OwenDivision
from .rules.platform_coalition import PlatformCoalition, platform_value
from .rules.pot_division import PotDivision
from .rules.proportional_division import ProportionalDivision
from .rules.replication_robust_division import ReplicationRobustDivision
from .rules.robust_banzhaf import RobustBanzhaf
from .rules.robust_shapley import RobustShapley
from .rules.semivalue_payments import SemivaluePayments
from .rules.setting import Setting
from .rules.shapley_division import ShapleyDivision
from .rules.shapley_rewards import ShapleyRewards, reward_shares, rho_individual_rationality, rho_stability, shapley_rewards
from .rules.similarity_weighted import SimilarityWeighted
from .rules.tau_division import TauDivision
from .values import (
    BoundedEstimate,
    Estimate,
    LeastCore,
    approximate_shapley,
    banzhaf,
    beta_shapley,
    core,
    least_core,
    leave_one_out,
    myerson_value,
    nucleolus,
    owen_value,
    pair_interactions,
    robust_shapley,
    semivalue,
    shapley,
    tau_value,
)

__all__ = [
    "MECHANISMS",
    "Audit",
    "BalancedDivision",
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
    "LeaveOneOutPayments",
    "Market",
    "MarketAccount",
    "MaximalExploitation",
    "Mechanism",
    "MechanismSpec",
    "MyersonDivision",
    "NucleolusDivision",
    "OnDemandGame",
    "OwenDivision",
    "PlatformCoalition",
    "PotDivision",
    "PromiseAudit",
    "ProportionalDivision",
    "ReplicationRobustDivision",
    "Reports",
    "RewardAudit",
    "RobustBanzhaf",
    "RobustShapley",
    "SemivaluePayments",
    "Setting",
    "Settlement",
    "ShapleyDivision",
    "ShapleyRewards",
    "SimilarityWeighted",
    "TauDivision",
    "aggregate_game",
    "approximate_shapley",
    "audit_money",
    "audit_rewards",
    "audit_settlement",
    "banzhaf",
    "beta_shapley",
    "check_settlement",
    "core",
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
    "myerson_value",
    "nucleolus",
    "others_game",
    "owen_value",
    "pair_interactions",
    "platform_value",
    "revenue_bound",
    "reward_shares",
    "rho_individual_rationality",
    "rho_stability",
    "robust_shapley",
    "semivalue",
    "shapley",
    "shapley_rewards",
    "stability",
    "strict_desirability",
    "strict_monotonicity",
    "tau_value",
]
