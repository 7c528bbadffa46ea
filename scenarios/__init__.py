"""Named, typed, cited experiments; running and reporting them."""

from .replication_attack import ReplicationAttack
from .replication_table import ReplicationTable
from .scenario import SCENARIOS, Check, Findings, Result, Scenario

__all__ = ["SCENARIOS", "Check", "Findings", "ReplicationAttack", "ReplicationTable", "Result", "Scenario"]
