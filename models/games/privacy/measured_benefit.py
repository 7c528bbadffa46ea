"""Benefits that are measured on demand: by a function, or by joint training on a task."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ....arrays import FloatArray
from ...tasks import Task
from ...tasks.task import ABSENT
from .benefit import Benefit


@dataclass(frozen=True)
class MeasuredBenefit(Benefit):
    """Benefits that are measured when somebody asks for them, each profile once.

    Parameters
    ----------
    players
        Number of players, ≥ 2.
    measure
        Takes one profile of levels, returns everybody's benefit.
    grid
        The levels that can be measured; empty for all in [0, 1].

    Examples
    --------
    >>> asked = []
    >>> def measure(levels):
    ...     asked.append(levels)
    ...     return [0.5 * (1 - max(levels))] * 2
    >>> measured = MeasuredBenefit(2, measure)
    >>> measured.at([[0, 0.5], [0, 0.5], [0, 0]]).tolist(), len(asked)
    ([[0.25, 0.25], [0.25, 0.25], [0.5, 0.5]], 2)
    """

    players: int
    measure: Callable[[tuple[float, ...]], ArrayLike]
    grid: tuple[float, ...] = ()
    _known: dict[tuple[float, ...], ArrayLike] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.players < 2:
            raise ValueError(f"players = {self.players}: collaborative learning takes two players or more")

    @property
    def n(self) -> int:
        """Number of players."""
        return self.players

    @classmethod
    def of_task(cls, task: Task, privacy: Callable[[float], float]) -> "MeasuredBenefit":
        """Return what joint training on a task improves for each party, measured profile by profile.

        Parameters
        ----------
        task
            A task whose levels are degrees of openness; staying out is level 1 of privacy. Its copies are not used.
        privacy
            The privacy level in [0, 1) that a level of the task stands for.

        Raises
        ------
        ValueError
            Two levels of the task stand for the same privacy, or one stands for none in [0, 1).

        Examples
        --------
        >>> from potluck.models.tasks import QualityCurve
        >>> task = QualityCurve(sizes=[1, 1], curve="linear", levels=[0.5, 1.0])
        >>> benefit = MeasuredBenefit.of_task(task, lambda share: 1 - share)
        >>> benefit.grid, benefit.at([[0, 0], [0.5, 0], [0, 1]]).tolist()
        ((0.0, 0.5, 1.0), [[1.0, 1.0], [0.5, 0.5], [0.0, 0.0]])
        """
        levels = [float(privacy(level)) for level in task.levels]
        if len(set(levels)) < len(levels) or not all(0 <= level < 1 for level in levels):
            raise ValueError(f"each level of {task.name()} must stand for a privacy level of its own in [0, 1), not {levels}")
        actions = {level: 1 + index * (task.copies + 1) for index, level in enumerate(levels)} | {1.0: ABSENT}

        def measure(profile: tuple[float, ...]) -> FloatArray:
            worths = task.worths(np.array([[actions[level] for level in profile]]))[0]
            return np.broadcast_to(worths, (task.n_parties,)) - task.alone

        return cls(task.n_parties, measure, tuple(sorted(actions)))

    def values(self, levels: FloatArray) -> FloatArray:
        """Return what was measured, (batch, n) -> (batch, n).

        Raises
        ------
        ValueError
            A level is none of those that can be measured, or something else is measured than one benefit a player.
        """
        if self.grid and not np.isin(levels, self.grid).all():
            raise ValueError(f"levels that can be measured are {self.grid}, not {levels[~np.isin(levels, self.grid)][0]:g}")
        return np.array([self._measured(tuple(row)) for row in levels.tolist()]).reshape(levels.shape)

    def _measured(self, profile: tuple[float, ...]) -> ArrayLike:
        if profile not in self._known:
            found = np.asarray(self.measure(profile), dtype=np.float64)
            if found.shape != (self.players,):
                raise ValueError(f"measured at {profile}: shape {found.shape}, not ({self.players},), one benefit a player")
            self._known[profile] = found
        return self._known[profile]
