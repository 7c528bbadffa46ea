"""Attacks on a market: what a party may enter other than its own data, once."""

from .accounts import Account, AccountsTask
from .attack import ATTACKS, Attack, AttackSpec, Interval
from .attack_game import AttackGame
from .borrowed import ReplicateOther
from .collusion import Merge, PoolRewards
from .combination import Combination
from .crew import Crew
from .expressible import NotExpressible
from .false_names import Sybil
from .falsification import FabricateInputs, FlipLabels, GarbleLabels, MisreportValidation
from .held import models_held
from .over_seeds import AttackOverSeeds, best_attack_over_seeds
from .payoffs import Settled, settle
from .replication import NoisyReplicate, Replicate
from .requery import Requery
from .response import respond
from .scheme import Scheme
from .search import Candidate, FoundAttack, best_attack, best_of, candidates, crews
from .withholding import FreeRide, StayOut, Withhold

__all__ = [
    "ATTACKS",
    "Account",
    "AccountsTask",
    "Attack",
    "AttackGame",
    "AttackOverSeeds",
    "AttackSpec",
    "Candidate",
    "Combination",
    "Crew",
    "FabricateInputs",
    "FlipLabels",
    "FoundAttack",
    "FreeRide",
    "GarbleLabels",
    "Interval",
    "Merge",
    "MisreportValidation",
    "NoisyReplicate",
    "NotExpressible",
    "PoolRewards",
    "Replicate",
    "ReplicateOther",
    "Requery",
    "Scheme",
    "Settled",
    "StayOut",
    "Sybil",
    "Withhold",
    "best_attack",
    "best_attack_over_seeds",
    "best_of",
    "candidates",
    "crews",
    "models_held",
    "respond",
    "settle",
]
