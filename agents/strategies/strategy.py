"""What a learner may observe, how it is asked to play, and the base class of all learning rules."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray, row_max
from ...components import Component, Registry

Ties: TypeAlias = Literal["stay", "first", "uniform"]
Against: TypeAlias = Literal["actions", "mixes"]

TIE_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Feedback:
    """What a cohort of k players learns after a round.

    Parameters
    ----------
    actions
        What each of them played, shape (k,).
    payoffs
        What it earned, shape (k,).
    profile
        Everyone's actions, shape (n,); None for a rule that sees only its own payoff.
    deviations
        What each would have earned with each of its m actions against the others' actions, shape (k, m), -inf where an action is
        not available; None for a rule that sees only its own payoff.
    expected
        The same against mixed play: takes everyone's probabilities (n, m), returns (k, m); None likewise.
    policy
        The probabilities with which everyone's actions were drawn, shape (n, m); None likewise.
    """

    actions: IntArray
    payoffs: FloatArray
    profile: IntArray | None = None
    deviations: FloatArray | None = None
    expected: Callable[[FloatArray], FloatArray] | None = None
    policy: FloatArray | None = None


class Strategy(Component, ABC):
    """A learning rule, played by a whole cohort at once: its state is arrays with a row a player.

    `begin` makes room for k players, `policy` says how they play the next round, `learn` takes in what they then observed. Only
    `policy` must be written.

    Examples
    --------
    >>> class WinStay(Strategy):
    ...     full_information = False
    ...     def policy(self):
    ...         return self.uniform
    >>> rule = WinStay().begun(np.array([[True, True, False]]))
    >>> rule.policy().tolist()
    [[0.5, 0.5, 0.0]]
    """

    full_information: ClassVar[bool] = True
    """Whether the rule must see everyone's actions; otherwise it sees only its own payoff (bandit feedback)."""

    _everyone: Any = None
    _rows: Any = None

    def begun(self, available: BoolArray, rows: IntArray | None = None) -> "Strategy":
        """Return a copy of the rule with fresh state, for a cohort of a game's players.

        Parameters
        ----------
        available
            Which actions every player of the game has, shape (n, m).
        rows
            Which players the cohort is, shape (k,); default: all of them.
        """
        mine = self.model_copy()
        mine._everyone = np.asarray(available, dtype=bool)
        mine._rows = np.arange(len(available)) if rows is None else np.asarray(rows)
        mine.begin()
        return mine

    def begin(self) -> None:
        """Make the state for the players whose actions are in `available`; by default there is none."""

    @abstractmethod
    def policy(self) -> FloatArray:
        """Return the probability of each action in the coming round, shape (k, m); rows sum to 1."""

    def learn(self, feedback: Feedback) -> None:
        """Take in what was observed in the last round; by default nothing is learned."""

    @property
    def everyone(self) -> BoolArray:
        """Which actions every player of the game has, shape (n, m)."""
        if self._everyone is None:
            raise RuntimeError(f"{self} plays in no game yet: call begun(available) first")
        everyone: BoolArray = self._everyone
        return everyone

    @property
    def available(self) -> BoolArray:
        """Which actions the cohort's players have, shape (k, m)."""
        return np.asarray(self.everyone[self._rows])

    @property
    def uniform(self) -> FloatArray:
        """Equal probability on every available action, shape (k, m)."""
        return even_policy(self.available)


def even_policy(available: BoolArray) -> FloatArray:
    """Return equal probabilities on the available actions, (k, m) -> (k, m)."""
    return np.asarray(available / available.sum(axis=1, keepdims=True))


def pure_policy(actions: IntArray, m: int) -> FloatArray:
    """Return the policy that plays given actions for sure, (k,) -> (k, m)."""
    policy = np.zeros((len(actions), m))
    policy[np.arange(len(actions)), actions] = 1.0
    return policy


def payoffs_against(feedback: Feedback, against: Against, rule: str) -> FloatArray:
    """Return what each action earns against the others' last actions, or on average against the mixes they came from.

    Parameters
    ----------
    feedback
        What was observed after a round.
    against
        ``actions`` for what was played, ``mixes`` for expectations.
    rule
        Name of the learning rule, for the message.

    Returns
    -------
    array of shape (k, m), -inf where an action is not available.

    Raises
    ------
    ValueError
        The feedback does not show what everyone did.
    """
    payoffs = feedback.deviations
    if against == "mixes":
        known = feedback.expected is not None and feedback.policy is not None
        payoffs = feedback.expected(feedback.policy) if known else None  # type: ignore[misc,arg-type]
    if payoffs is None:
        raise ValueError(f"{rule} needs to see everyone's actions")
    return payoffs


def best_replies(payoffs: FloatArray, ties: Ties, current: IntArray | None = None) -> FloatArray:
    """Return a best reply for each player as a policy.

    Parameters
    ----------
    payoffs
        What each action would earn, shape (k, m); -inf where it is not available.
    ties
        Among equally good actions (up to 1e-10 of the payoffs' size): ``stay`` keeps the current one if it is among them and
        takes the lowest otherwise, ``first`` takes the lowest, ``uniform`` mixes them evenly.
    current
        The actions played now, shape (k,); without them ``stay`` is ``first``.

    Examples
    --------
    >>> best_replies(np.array([[1.0, 3.0, 3.0]]), "uniform").tolist()
    [[0.0, 0.5, 0.5]]
    >>> best_replies(np.array([[1.0, 3.0, 3.0]]), "stay", np.array([2])).tolist()
    [[0.0, 0.0, 1.0]]
    """
    top = row_max(payoffs)[:, None]
    best = payoffs >= top - TIE_TOLERANCE * np.maximum(1.0, np.abs(top))
    if ties == "uniform":
        return np.asarray(best / best.sum(axis=1, keepdims=True))
    chosen = best.argmax(axis=1)
    if ties == "stay" and current is not None:
        chosen = np.where(best[np.arange(len(best)), current], current, chosen)
    return pure_policy(chosen, payoffs.shape[1])


STRATEGIES: Registry[Strategy] = Registry("strategy", Strategy, "potluck.strategies")

StrategySpec = Annotated[Strategy, STRATEGIES.spec]
"""A strategy as a parameter: an instance, a class, or text such as ``"FictitiousPlay(beliefs='joint')"``."""
