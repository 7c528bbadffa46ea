"""What one measures of play: regrets, distances from equilibria, cycles, convergence over runs, finite populations, ranks."""

from .alpha_rank import alpha_rank
from .cycles import Cycle, find_cycle
from .mean_field import fluid_path, mean_field_gap, population_paths, replicator_path
from .over_runs import Arrival, basins, time_to_equilibrium
from .populations import LongRun, fixation_probability, small_mutation_limit, stationary_distribution
from .potential import exact_potential, potential_path
from .regrets import conditional_gains, external_regret, internal_regret, joint_play, nash_conv_path, swap_regret

__all__ = [
    "Arrival",
    "Cycle",
    "LongRun",
    "alpha_rank",
    "basins",
    "conditional_gains",
    "exact_potential",
    "external_regret",
    "find_cycle",
    "fixation_probability",
    "fluid_path",
    "internal_regret",
    "joint_play",
    "mean_field_gap",
    "nash_conv_path",
    "population_paths",
    "potential_path",
    "replicator_path",
    "small_mutation_limit",
    "stationary_distribution",
    "swap_regret",
    "time_to_equilibrium",
]
