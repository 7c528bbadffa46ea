"""Learning rules, one a file; each acts for a whole cohort of players."""

from .best_response import BestResponse
from .fictitious_play import FictitiousPlay
from .logit import Logit
from .mixed_strategy import MixedStrategy
from .pure import Pure
from .replicator import Replicator
from .strategy import STRATEGIES, Feedback, Strategy, StrategySpec, best_replies, even_policy, pure_policy

__all__ = [
    "STRATEGIES",
    "BestResponse",
    "Feedback",
    "FictitiousPlay",
    "Logit",
    "MixedStrategy",
    "Pure",
    "Replicator",
    "Strategy",
    "StrategySpec",
    "best_replies",
    "even_policy",
    "pure_policy",
]
