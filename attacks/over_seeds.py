"""The best attack over seeds: what it gains on data that are drawn anew, and with other random numbers of the attacker."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..arguments import validated
from ..arrays import FloatArray
from ..components import Component
from ..mechanisms import Mechanism
from ..models.games.preferences import Preferences
from ..models.tasks import Task
from ..verdicts import mean_interval
from .attack import Attack
from .search import FoundAttack, best_attack

Part = TypeVar("Part", bound=Component)


@dataclass(frozen=True, eq=False)
class AttackOverSeeds:
    """What the best variant of an attack gains, by the seed of the task and that of the attack.

    Parameters
    ----------
    found
        The best attack by task seed and attack seed, row by row.
    gains
        What the attackers gain beyond their honest payoffs, shape (task seeds, attack seeds). A task or an attack in which
        nothing is random has one seed.
    """

    found: tuple[tuple[FoundAttack, ...], ...]
    gains: FloatArray

    @property
    def gain(self) -> float:
        """The mean gain."""
        return float(self.gains.mean())

    @property
    def best(self) -> FoundAttack:
        """The attack that gains most of all."""
        return max(itertools.chain(*self.found), key=lambda each: each.gain)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the interval of the mean gain, as `gains_interval` does."""
        return gains_interval(self.gains, confidence)

    @property
    def profitable(self) -> bool | None:
        """Whether the attackers gain on average; None where the interval holds both answers."""
        low, high = self.interval()
        round_off = max(each.round_off for each in itertools.chain(*self.found))
        return True if low > round_off else False if high <= round_off else None


def gains_interval(gains: FloatArray, confidence: float = 0.95) -> tuple[float, float]:
    """Return the t-interval of the mean gain over task seeds, or over attack seeds where the task has one seed.

    The attack seeds of one task share its data, so that their mean is one sample. Where nothing is random it is the gain.

    Examples
    --------
    >>> gains_interval(np.array([[0.25]]))
    (0.25, 0.25)
    """
    tasks, attacks = gains.shape
    if tasks * attacks == 1:
        return float(gains[0, 0]), float(gains[0, 0])
    return mean_interval(gains.mean(axis=1) if tasks > 1 else gains[0], confidence)


def with_seeds(part: Part, seeds: Sequence[int]) -> list[Part]:
    """Return a task or an attack once for every seed; as it is where nothing about it is random.

    Examples
    --------
    >>> from potluck.attacks import GarbleLabels, Replicate
    >>> [attack.seed for attack in with_seeds(GarbleLabels(), (3, 4))], len(with_seeds(Replicate(), (3, 4)))
    ([3, 4], 1)
    """
    return [part.with_parameters(seed=seed) for seed in seeds] if "seed" in type(part).model_fields else [part]


@validated
def best_attack_over_seeds(
    task: Task,
    mechanism: Mechanism,
    attack: Attack,
    preferences: Preferences | None = None,
    *,
    task_seeds: Sequence[int] = (0, 1, 2, 3, 4),
    attack_seeds: Sequence[int] = (0, 1, 2),
    attackers: Sequence[int] | None = None,
    responding: bool = False,
) -> AttackOverSeeds:
    """Return what `best_attack` finds for every seed of a task and of an attack.

    Parameters
    ----------
    task, mechanism, attack, preferences, attackers, responding
        As in `best_attack`. A task or attack without a parameter ``seed`` is taken as it is; one with it makes its rows anew.
    task_seeds, attack_seeds
        Seeds to try, at least one each.

    Raises
    ------
    ValueError
        There are no seeds.
    NotExpressible
        The task can express no variant.

    Examples
    --------
    Copies are worth it on every draw of the data; nothing is random about the attack itself.

    >>> from potluck.attacks import Replicate
    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models import Classification
    >>> found = best_attack_over_seeds(Classification("wine", parties=3), ShapleyDivision(), Replicate(2), task_seeds=(0, 1, 2))
    >>> found.gains.shape, found.profitable
    ((3, 1), True)
    """
    if not task_seeds or not attack_seeds:
        raise ValueError(f"task_seeds = {task_seeds}, attack_seeds = {attack_seeds}: give one seed or more of each")
    found = tuple(
        tuple(
            best_attack(each, mechanism, variant, preferences, attackers, responding)
            for variant in with_seeds(attack, attack_seeds)
        )
        for each in with_seeds(task, task_seeds)
    )
    return AttackOverSeeds(found, np.array([[each.gain for each in row] for row in found]))
