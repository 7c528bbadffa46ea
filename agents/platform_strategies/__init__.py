"""How a platform sets its terms, one rule a file."""

from .fixed_terms import FixedTerms, Timetable
from .gradient_search import GradientSearch
from .platform_strategy import PLATFORM_STRATEGIES, Outlook, PlatformStrategy, PlatformStrategySpec, Report, Settled
from .stackelberg_leader import StackelbergLeader
from .upper_confidence import UpperConfidence
from .zooming_search import ZoomingSearch

__all__ = [
    "PLATFORM_STRATEGIES",
    "FixedTerms",
    "GradientSearch",
    "Outlook",
    "PlatformStrategy",
    "PlatformStrategySpec",
    "Report",
    "Settled",
    "StackelbergLeader",
    "Timetable",
    "UpperConfidence",
    "ZoomingSearch",
]
