"""Learning rules, one a file; each acts for a whole cohort of players."""

from .best_response import BestResponse
from .exp3 import Exp3
from .fictitious_play import FictitiousPlay
from .hedge import Hedge
from .logit import Logit
from .mixed_strategy import MixedStrategy
from .pure import Pure
from .regret_matching import RegretMatching
from .replicator import Replicator
from .strategy import STRATEGIES, Feedback, Strategy, StrategySpec, best_replies, even_policy, pure_policy

__all__ = [
    "STRATEGIES",
    "BestResponse",
    "Exp3",
    "Feedback",
    "FictitiousPlay",
    "Hedge",
    "Logit",
    "MixedStrategy",
    "Pure",
    "RegretMatching",
    "Replicator",
    "Strategy",
    "StrategySpec",
    "best_replies",
    "even_policy",
    "pure_policy",
]
