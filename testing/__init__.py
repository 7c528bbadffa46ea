"""Conformance checks for components, ours and other people's: each raises AssertionError, and needs no test runner."""

from .components import check_component
from .invariance import (
    check_game_invariance,
    check_learner_invariance,
    check_rule_invariance,
    check_scenario_invariance,
    check_task_invariance,
    check_value_invariance,
)
from .markets import check_attack, check_mechanism, check_task
from .play import check_scenario, check_strategy

__all__ = [
    "check_attack",
    "check_component",
    "check_game_invariance",
    "check_learner_invariance",
    "check_mechanism",
    "check_rule_invariance",
    "check_scenario",
    "check_scenario_invariance",
    "check_strategy",
    "check_task",
    "check_task_invariance",
    "check_value_invariance",
]
