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
from .strategy import (
    STRATEGIES,
    Feedback,
    Intention,
    Mixes,
    Play,
    Seats,
    State,
    Strategy,
    StrategySpec,
    as_policy,
    best_replies,
    even_policy,
    is_pure,
    pure_policy,
)

__all__ = [
    "STRATEGIES",
    "BestResponse",
    "Exp3",
    "Feedback",
    "FictitiousPlay",
    "Hedge",
    "Intention",
    "Logit",
    "MixedStrategy",
    "Mixes",
    "Play",
    "Pure",
    "RegretMatching",
    "Replicator",
    "Seats",
    "State",
    "Strategy",
    "StrategySpec",
    "as_policy",
    "best_replies",
    "even_policy",
    "is_pure",
    "pure_policy",
]
