"""Named, typed, cited experiments, each imported when it is first asked for; running and reporting them."""

from importlib import import_module
from typing import TYPE_CHECKING

from ..catalogue import homes
from .privacy.attack import PrivacyAttack
from .privacy.equilibria import PrivacyEquilibria
from .privacy.figure_2 import PrivacyFig2
from .privacy.table_3 import PrivacyTable3
from .privacy.theorems import PrivacyTheorems
from .privacy.tuning import PrivacyTuning
from .scenario import SCENARIOS, Findings, GameScenario, Result, Scenario

if TYPE_CHECKING:
    from .dynamics.basins import Basins
    from .dynamics.convergence import Convergence
    from .dynamics.fingerprint import Fingerprint
    from .dynamics.finite_population import FinitePopulation
    from .dynamics.learn import Learn
    from .dynamics.million import Million
    from .dynamics.network_contagion import NetworkContagion
    from .dynamics.tournament import Tournament
    from .dynamics.unknown_costs import UnknownCosts
    from .fair_value.claims import FairValueClaims
    from .fair_value.dynamics import FairValueDynamics
    from .fair_value.example import FairValueExample1
    from .fair_value.figure_5 import FairValueFig5a, FairValueFig5b
    from .fair_value.figures_6_7 import FairValueFig6, FairValueFig7
    from .fair_value.scale import FairValueScale
    from .fair_value.theorem_3 import FairValueTheorem3
    from .market_game import AnyMarketGame
    from .markets.arms_race import ArmsRace
    from .markets.attack_matrix import AttackMatrix
    from .markets.design_curve import DesignCurve
    from .markets.market_axioms import MarketAxioms
    from .markets.multi_task_market import MultiTaskMarket
    from .markets.replication_attack import ReplicationAttack
    from .markets.replication_certificates import ReplicationCertificates
    from .markets.replication_real import ReplicationReal
    from .markets.replication_table import ReplicationTable
    from .markets.replication_threshold import ReplicationThreshold
    from .model_rewards.bounds import RewardsBounds
    from .model_rewards.example_1 import RewardsExample1
    from .model_rewards.figure_2 import RewardsFig2
    from .model_rewards.figure_6 import RewardsFig6
    from .model_rewards.figures_3_5 import RewardsFig3, RewardsFig5
    from .model_rewards.repeated import RewardsRepeated
    from .model_rewards.strategic import RewardsStrategic
    from .multi_party.hiding_dynamics import HidingDynamics
    from .multi_party.mep_audit import MepAudit
    from .multi_party.mep_certificates import MepCertificates
    from .multi_party.mep_critical import MepCritical
    from .multi_party.mep_fig1 import MepFig1
    from .multi_party.mep_fig2 import MepFig2
    from .multi_party.mep_fig3 import MepFig3
    from .privacy.audit import PrivacyAudit
    from .privacy.control import PrivacyControl
    from .privacy.figure_5 import PrivacyFig5
    from .privacy.figure_6 import PrivacyFig6
    from .privacy.figure_7 import PrivacyFig7
    from .privacy.figure_8 import PrivacyFig8
    from .privacy.figure_9 import PrivacyFig9
    from .privacy.learning import PrivacyLearning
    from .privacy.private_weights import PrivacyPrivateWeights
    from .privacy.repeated import PrivacyRepeated
    from .privacy.rules import PrivacyMechanisms
    from .privacy.table_4 import PrivacyTable4
    from .privacy.table_5 import PrivacyTable5
    from .privacy.table_7 import PrivacyTable7

__all__ = [
    "SCENARIOS",
    "AnyMarketGame",
    "ArmsRace",
    "AttackMatrix",
    "Basins",
    "Convergence",
    "DesignCurve",
    "FairValueClaims",
    "FairValueDynamics",
    "FairValueExample1",
    "FairValueFig5a",
    "FairValueFig5b",
    "FairValueFig6",
    "FairValueFig7",
    "FairValueScale",
    "FairValueTheorem3",
    "Findings",
    "Fingerprint",
    "FinitePopulation",
    "GameScenario",
    "HidingDynamics",
    "Learn",
    "MarketAxioms",
    "MepAudit",
    "MepCertificates",
    "MepCritical",
    "MepFig1",
    "MepFig2",
    "MepFig3",
    "Million",
    "MultiTaskMarket",
    "NetworkContagion",
    "PrivacyAttack",
    "PrivacyAudit",
    "PrivacyControl",
    "PrivacyEquilibria",
    "PrivacyFig2",
    "PrivacyFig5",
    "PrivacyFig6",
    "PrivacyFig7",
    "PrivacyFig8",
    "PrivacyFig9",
    "PrivacyLearning",
    "PrivacyMechanisms",
    "PrivacyPrivateWeights",
    "PrivacyRepeated",
    "PrivacyTable3",
    "PrivacyTable4",
    "PrivacyTable5",
    "PrivacyTable7",
    "PrivacyTheorems",
    "PrivacyTuning",
    "ReplicationAttack",
    "ReplicationCertificates",
    "ReplicationReal",
    "ReplicationTable",
    "ReplicationThreshold",
    "Result",
    "RewardsBounds",
    "RewardsExample1",
    "RewardsFig2",
    "RewardsFig3",
    "RewardsFig5",
    "RewardsFig6",
    "RewardsRepeated",
    "RewardsStrategic",
    "Scenario",
    "Tournament",
    "UnknownCosts",
]


def __getattr__(name: str) -> type[Scenario]:
    module = homes("scenarios").get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: type[Scenario] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
