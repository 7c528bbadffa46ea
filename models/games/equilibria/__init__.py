"""Equilibria of games: mixed, symmetric, quantal, correlated, evolutionarily stable; each is verified by its regret."""

from .correlated import CorrelatedEquilibrium, correlated_distance, correlated_equilibrium, correlated_regret
from .mixed import mixed_equilibria
from .quantal import QuantalPath, quantal_response_path
from .stability import evolutionarily_stable, is_evolutionarily_stable
from .symmetric import symmetric_equilibria

__all__ = [
    "CorrelatedEquilibrium",
    "QuantalPath",
    "correlated_distance",
    "correlated_equilibrium",
    "correlated_regret",
    "evolutionarily_stable",
    "is_evolutionarily_stable",
    "mixed_equilibria",
    "quantal_response_path",
    "symmetric_equilibria",
]
