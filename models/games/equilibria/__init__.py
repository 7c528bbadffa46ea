"""Equilibria of games: mixed, symmetric, quantal, correlated, evolutionarily stable; each is verified by its regret."""

from .correlated import CorrelatedEquilibrium, correlated_distance, correlated_equilibrium, correlated_regret
from .mixed import mixed_equilibria

__all__ = ["CorrelatedEquilibrium", "correlated_distance", "correlated_equilibrium", "correlated_regret", "mixed_equilibria"]
