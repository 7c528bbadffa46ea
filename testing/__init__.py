"""Conformance checks for components, ours and other people's: each raises AssertionError, and needs no test runner."""

from .components import check_component
from .markets import check_attack, check_mechanism, check_task
from .play import check_scenario, check_strategy

__all__ = ["check_attack", "check_component", "check_mechanism", "check_scenario", "check_strategy", "check_task"]
