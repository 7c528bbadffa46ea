"""Learning rules, one a file; each acts for a whole cohort of players."""

from .aspiration import Aspiration
from .best_response import BestResponse
from .better_response import BetterResponse
from .brown_von_neumann_nash import BrownVonNeumannNash
from .epsilon_greedy import EpsilonGreedy
from .exp3 import Exp3
from .exp3_p import Exp3P
from .fictitious_play import FictitiousPlay
from .hedge import Hedge
from .imitation import ImitateBest, Moran, PairwiseComparison
from .logit import Logit
from .mixed_strategy import MixedStrategy
from .optimistic_hedge import OptimisticHedge
from .perturbed_leader import PerturbedLeader
from .projected_gradient import ProjectedGradient
from .pure import Pure
from .q_learning import QLearning
from .reciprocity import GrimTrigger, TitForTat, WinStay
from .regret_matching import RegretMatching
from .replicator import Replicator
from .smith import Smith
from .stochastic_fictitious_play import StochasticFictitiousPlay
from .strategy import (
    STRATEGIES,
    Feedback,
    Intention,
    Mixes,
    Neighbours,
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
from .trial_and_error import TrialAndError

__all__ = [
    "STRATEGIES",
    "Aspiration",
    "BestResponse",
    "BetterResponse",
    "BrownVonNeumannNash",
    "EpsilonGreedy",
    "Exp3",
    "Exp3P",
    "Feedback",
    "FictitiousPlay",
    "GrimTrigger",
    "Hedge",
    "ImitateBest",
    "Intention",
    "Logit",
    "MixedStrategy",
    "Mixes",
    "Moran",
    "Neighbours",
    "OptimisticHedge",
    "PairwiseComparison",
    "PerturbedLeader",
    "Play",
    "ProjectedGradient",
    "Pure",
    "QLearning",
    "RegretMatching",
    "Replicator",
    "Seats",
    "Smith",
    "State",
    "StochasticFictitiousPlay",
    "Strategy",
    "StrategySpec",
    "TitForTat",
    "TrialAndError",
    "WinStay",
    "as_policy",
    "best_replies",
    "even_policy",
    "is_pure",
    "pure_policy",
]
