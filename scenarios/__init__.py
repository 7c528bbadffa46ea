"""Named, typed, cited experiments; running and reporting them."""

from .fair_value_dynamics import FairValueDynamics
from .fair_value_example import FairValueExample1
from .fair_value_figure_5 import FairValueFig5a, FairValueFig5b
from .fair_value_figures_6_7 import FairValueFig6, FairValueFig7
from .fair_value_scale import FairValueScale
from .fair_value_theorem_3 import FairValueTheorem3
from .hiding_dynamics import HidingDynamics
from .mep_audit import MepAudit
from .mep_critical import MepCritical
from .mep_fig1 import MepFig1
from .mep_fig2 import MepFig2
from .mep_fig3 import MepFig3
from .replication_attack import ReplicationAttack
from .replication_table import ReplicationTable
from .scenario import SCENARIOS, Check, Findings, Result, Scenario

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
