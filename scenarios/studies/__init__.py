"""Many runs of a scenario: what is varied, where runs are played, what they came to."""

from .design import Cell, Variation, cells_of, parse_variation
from .results import Results, load
from .sweeps import sweep

__all__ = ["Cell", "Results", "Variation", "cells_of", "load", "parse_variation", "sweep"]
