"""Named, typed, cited experiments; running and reporting them."""

from .fair_value.dynamics import FairValueDynamics
from .fair_value.example import FairValueExample1
from .fair_value.figure_5 import FairValueFig5a, FairValueFig5b
from .fair_value.figures_6_7 import FairValueFig6, FairValueFig7
from .fair_value.scale import FairValueScale
from .fair_value.theorem_3 import FairValueTheorem3
from .markets.replication_attack import ReplicationAttack
from .markets.replication_table import ReplicationTable
from .multi_party.hiding_dynamics import HidingDynamics
from .multi_party.mep_audit import MepAudit
from .multi_party.mep_critical import MepCritical
from .multi_party.mep_fig1 import MepFig1
from .multi_party.mep_fig2 import MepFig2
from .multi_party.mep_fig3 import MepFig3
from .scenario import SCENARIOS, Check, Findings, GameScenario, Result, Scenario

__all__ = [
    "SCENARIOS",
    "Check",
    "FairValueDynamics",
    "FairValueExample1",
    "FairValueFig5a",
    "FairValueFig5b",
    "FairValueFig6",
    "FairValueFig7",
    "FairValueScale",
    "FairValueTheorem3",
    "Findings",
    "GameScenario",
    "HidingDynamics",
    "MepAudit",
    "MepCritical",
    "MepFig1",
    "MepFig2",
    "MepFig3",
    "ReplicationAttack",
    "ReplicationTable",
    "Result",
    "Scenario",
]
