"""Attacks as actions: the strategic game in which every party may mount one."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np

from ..arguments import validated
from ..arrays import BoolArray, FloatArray, IntArray
from ..mechanisms import Mechanism
from ..models.games.memory import Memory, bytes_of
from ..models.games.outcome import Outcome
from ..models.games.preferences import Preferences
from ..models.games.strategic import StrategicGame
from ..models.tasks import Task
from ..training.threads import one_thread
from .attack import Attack
from .expressible import NotExpressible
from .payoffs import Settled, settle
from .scheme import Scheme

HONEST = 0


class AttackGame(StrategicGame):
    """The game in which each party is honest or mounts one of several attacks, all at once.

    Action 0 is honesty; the others are the attacks in order. A party does not have an action that the task cannot express for it.
    It works on every task that can express the attacks, and values models as the market does, by what they are worth in truth:
    rewards in models by information gain tell what is true of the rows entered, not what made-up ones claim to inform.

    Parameters
    ----------
    task, mechanism, preferences
        The market.
    attacks
        The attacks, at least one, none that takes a partner.
    player_names
        Default ``party 1`` ...
    attack_names
        What the attacks are called; default: as they are written.

    Raises
    ------
    ValueError
        There is no attack, or one takes a partner; names are not as many, or not different.

    Examples
    --------
    Under plain Shapley division two like parties both enter copies, and gain nothing by it.

    >>> from potluck.mechanisms import ShapleyDivision
    >>> from potluck.models import CoalitionValues
    >>> from potluck.attacks import Replicate
    >>> game = AttackGame(CoalitionValues([0, 0.7, 0.7, 1]), ShapleyDivision(), [Replicate(1)])
    >>> game.pure_equilibria(), game.payoffs(np.array([0, 0])).round(3).tolist(), game.payoffs(np.array([1, 1])).round(3).tolist()
    ([(1, 1)], [0.8, 0.8], [0.8, 0.8])
    """

    mechanism: Mechanism
    task: Task

    @validated
    def __init__(
        self,
        task: Task,
        mechanism: Mechanism,
        attacks: Sequence[Attack],
        preferences: Preferences | None = None,
        player_names: Sequence[str] | None = None,
        attack_names: Sequence[str] | None = None,
    ) -> None:
        if not attacks or any(attack.needs_partner for attack in attacks):
            raise ValueError(f"attacks = {[str(attack) for attack in attacks]}: give at least one, none that takes a partner")
        self.task = task
        self.mechanism = mechanism
        self.attacks = tuple(attacks)
        self.preferences = preferences or Preferences()
        self._schemes: Memory[Scheme] = Memory(bytes_of)
        parties = player_names or [f"party {index + 1}" for index in range(task.n_parties)]
        super().__init__(self._possible(), parties, ["honest", *(attack_names or [attack.short() for attack in attacks])])

    @cached_property
    def _outcomes(self) -> Memory[Outcome]:
        return Memory(bytes_of)

    def _possible(self) -> list[list[bool]]:
        return [
            [True, *(_expressible(attack, self.task, party) for attack in self.attacks)] for party in range(self.task.n_parties)
        ]

    def with_mechanism(self, mechanism: Mechanism) -> Self:
        """Return the same game under another market rule; what schemes are worth is shared."""
        return self._variant(mechanism=mechanism)

    def scheme(self, profile: IntArray) -> Scheme:
        """Return who enters what under which names when the parties play ``profile``, attacks mounted in their order."""
        array = np.asarray(profile, dtype=np.int64)
        return self._schemes.get(array.tobytes(), lambda: self._mounted(array))

    def _mounted(self, profile: IntArray) -> Scheme:
        scheme = Scheme.honest(self.task)
        for party in np.flatnonzero(profile).tolist():
            scheme = self.attacks[profile[party] - 1].mount(scheme, party)
        return scheme

    def accounts(self, profile: IntArray) -> tuple[Task, IntArray, IntArray]:
        """Return the task as the platform sees it, what each account enters, and whose it is."""
        scheme = self.scheme(profile)
        return scheme.platform_task, scheme.profile, scheme.owners

    def settled(self, profile: IntArray) -> Settled:
        """Return the market as the rule settles it."""
        return settle(self.scheme(profile), self.mechanism, self.preferences)

    def payoffs(self, profile: IntArray) -> FloatArray:
        """Return everybody's payoffs, (n,) -> (n,)."""
        return self.outcome(profile).payoffs

    def outcome(self, profile: IntArray) -> Outcome:
        """Return settlement (an entry a party), revenue, profit and welfare as the platform and the parties find them."""
        array = np.asarray(profile, dtype=np.int64)
        return self._outcomes.get(array.tobytes(), lambda: self._worked_out(array))

    def _worked_out(self, profile: IntArray) -> Outcome:
        with one_thread():
            return self.settled(profile).outcome

    def takes_part(self, profile: IntArray) -> BoolArray:
        """Return which parties enter something under some name, (n,) -> (n,)."""
        entering = [account.owner for account in self.scheme(profile).accounts if account.entries > 0]
        return np.isin(np.arange(self.n), entering)


def _expressible(attack: Attack, task: Task, party: int) -> bool:
    try:
        _ = attack.on(task, party).market.pool
    except NotExpressible:
        return False
    return True
