"""What a learner may observe, how it is asked to play, and the base class of all learning rules."""

from abc import ABC
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Generic, Literal, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs, TypeVar

from ...arrays import BoolArray, FloatArray, IntArray, of_actions, row_max
from ...components import Component, Registry
from .form import Form

Ties: TypeAlias = Literal["stay", "first", "uniform"]
Against: TypeAlias = Literal["actions", "mixes"]
Play: TypeAlias = FloatArray | IntArray
"""How a cohort plays: probabilities (k, m), or sure actions (k,)."""

Number = TypeVar("Number", bound=np.generic)

TIE_TOLERANCE = 1e-10
"""Of the spread of a player's payoffs, which a shift of all of them leaves as it is."""
ROUND_OFF = 1024 * float(np.finfo(np.float64).eps)
"""Of the payoffs' size: what adding them up may lose."""


@dataclass(frozen=True, eq=False)
class Seats:
    """The places in a game that a cohort of k players takes.

    Parameters
    ----------
    everyone
        Which actions every player of the game has, shape (n, m).
    rows
        Which players the cohort is, shape (k,); None: all of them.
    """

    everyone: BoolArray
    rows: IntArray | None = None

    @cached_property
    def available(self) -> BoolArray:
        """Which actions the cohort's players have, shape (k, m)."""
        return self.of(self.everyone)

    @property
    def uniform(self) -> FloatArray:
        """Equal probability on every available action, shape (k, m)."""
        return even_policy(self.available)

    def of(self, everyones: NDArray[Number]) -> NDArray[Number]:
        """Return the cohort's rows of an array with a row a player, (..., n, m) -> (..., k, m)."""
        return everyones if self.rows is None else np.take(everyones, self.rows, axis=-2)


class Neighbours(NamedTuple):
    """Who is whose neighbour, in compressed rows.

    Parameters
    ----------
    starts
        Where each of k players' neighbours start in ``others``, and where the last one's end, shape (k + 1,).
    others
        The neighbours, increasing for each player: rows of the game's players.

    Examples
    --------
    >>> line = Neighbours(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]))
    >>> line.of(np.array([1])).others.tolist(), line.degrees.tolist()
    ([0, 2], [1, 2, 1])
    """

    starts: IntArray
    others: IntArray

    @property
    def degrees(self) -> IntArray:
        """How many neighbours each player has, shape (k,)."""
        return np.diff(self.starts)

    def of(self, rows: IntArray) -> "Neighbours":
        """Return those of some of the players."""
        degrees = self.degrees[rows]
        starts = np.concatenate([[0], np.cumsum(degrees)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], degrees)
        return Neighbours(starts, self.others[places])


@dataclass(frozen=True, eq=False)
class Feedback:
    """What a cohort of k players learns after a round. In an ensemble every array has the replicas as a first axis more.

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
    mixes
        Returns the probabilities that everyone's strategy intended, shape (n, m); None likewise.
    earnings
        What everyone earned, shape (n,); None likewise.
    noise
        Uniform random numbers in [0, 1), shape (k, w), for a rule whose ``randomness`` is w > 0.
    rows
        Which players they are, shape (k,); None for a rule that sees only its own payoff.
    neighbours
        Each one's neighbours in a game on a network; None elsewhere and likewise.
    """

    actions: IntArray
    payoffs: FloatArray
    profile: IntArray | None = None
    deviations: FloatArray | None = None
    expected: Callable[[FloatArray], FloatArray] | None = None
    mixes: Callable[[], FloatArray] | None = None
    earnings: FloatArray | None = None
    noise: FloatArray | None = None
    rows: IntArray | None = None
    neighbours: Neighbours | None = None


@dataclass(frozen=True, eq=False)
class State:
    """What a cohort has learned so far: arrays with a row a player, never written to once made."""


@dataclass(frozen=True, eq=False)
class Intention(State):
    """The state of a rule that needs to know nothing but what it plays next.

    Parameters
    ----------
    play
        As `Strategy.policy` returns it.
    """

    play: Play


@dataclass(frozen=True, eq=False)
class Mixes(State):
    """The state of a rule that moves its mixes: probabilities (k, m), and whose they are."""

    play: FloatArray
    seats: Seats


Learned = TypeVar("Learned", bound=State, default=State, covariant=True)
"""The state of a rule. Covariant, as a rule is given no states but its own."""


class Strategy(Component, ABC, Generic[Learned]):
    """A learning rule, played by a whole cohort at once: its state is arrays with a row a player.

    `begin` makes the state of k players, `policy` says how they play the next round, `learn` returns the state after what they
    then observed. A rule whose state is an `Intention` need not write `policy`. States are values: `learn` never changes the one
    it is given, so that a game can be put back to any round. Written over the last axes (players, actions), a rule plays an
    ensemble of games as it plays one.

    Examples
    --------
    >>> class Opportunist(Strategy):
    ...     def learn(self, state, feedback):
    ...         return Intention(feedback.deviations.argmax(axis=-1))
    >>> rule = Opportunist()
    >>> state = rule.begin(Seats(np.array([[True, True, False]])))
    >>> rule.policy(state).tolist()
    [[0.5, 0.5, 0.0]]
    """

    full_information: ClassVar[bool] = True
    """Whether the rule must see everyone's actions; otherwise it sees only its own payoff (bandit feedback)."""

    def begin(self, seats: Seats) -> Learned:
        """Return the state before anything was observed; by default even odds over the available actions.

        Raises
        ------
        ValueError
            The rule's parameters do not fit the players' actions.
        """
        return cast("Learned", Intention(seats.uniform))

    def policy(self, state: Learned) -> Play:  # type: ignore[misc]
        """Return how the cohort plays the coming round.

        Returns
        -------
        probabilities of shape (k, m), rows summing to 1; or, where all play one action for sure, whole numbers of shape (k,).
        """
        return cast("Intention", state).play

    def learn(self, state: Learned, feedback: Feedback) -> Learned:  # type: ignore[misc]
        """Return the state after what was observed in the last round; by default nothing is learned."""
        return state

    def randomness(self, actions: int) -> int:
        """Return how many uniform random numbers each player learns with in a round of a game with so many actions; 0."""
        return 0

    def form(self, players: int) -> Form | None:
        """Return the rule in numbers, where a compiled round of so many players can play it; None (default): it cannot.

        The rounds it plays are those of `begin`, `policy` and `learn`, up to round-off.
        """
        return None

    def regret_bound(self, rounds: int, actions: int, spread: float) -> float | None:
        """Return what a player's external regret over so many rounds is at most, in expectation; None: nothing is promised.

        It holds whatever the others do, where the player draws its action anew from the rule's policy in every round.

        Parameters
        ----------
        rounds
            How many rounds are counted, ≥ 1.
        actions
            How many the player has, ≥ 1.
        spread
            The largest difference between payoffs of the player's actions in a round, ≥ 0.
        """
        return None


def even_policy(available: BoolArray) -> FloatArray:
    """Return equal probabilities on the available actions, (k, m) -> (k, m)."""
    return np.asarray(available / available.sum(axis=-1, keepdims=True))


def pure_policy(actions: IntArray, m: int) -> FloatArray:
    """Return the policy that plays given actions for sure, (..., k) -> (..., k, m)."""
    policy = np.zeros((*actions.shape, m))
    np.put_along_axis(policy, actions[..., None], 1.0, axis=-1)
    return policy


def as_policy(play: Play, m: int) -> FloatArray:
    """Return play as probabilities: actions (k,) for sure, or probabilities (k, m) as they are."""
    return pure_policy(play, m) if is_pure(play) else play


def is_pure(play: Play) -> TypeIs[IntArray]:
    """Return whether play is given as one sure action a player."""
    return play.dtype.kind in "iu"


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
        known = feedback.expected is not None and feedback.mixes is not None
        payoffs = feedback.expected(feedback.mixes()) if known else None  # type: ignore[misc]
    if payoffs is None:
        raise ValueError(f"{rule} needs to see everyone's actions")
    return payoffs


def best_replies(payoffs: FloatArray, ties: Ties, current: IntArray | None = None) -> Play:
    """Return a best reply for each player: actions, or probabilities where ties are mixed.

    Parameters
    ----------
    payoffs
        What each action would earn, shape (k, m); -inf where it is not available.
    ties
        Among equally good actions (up to 1e-10 of the payoffs' spread, and round-off of 1 or more): ``stay`` keeps the current
        one if it is among them and takes the lowest otherwise, ``first`` takes the lowest, ``uniform`` mixes them evenly.
    current
        The actions played now, shape (k,); without them ``stay`` is ``first``.

    Examples
    --------
    >>> best_replies(np.array([[1.0, 3.0, 3.0]]), "uniform").tolist()
    [[0.0, 0.5, 0.5]]
    >>> best_replies(np.array([[1.0, 3.0, 3.0]]), "stay", np.array([2])).tolist()
    [2]
    """
    top = row_max(payoffs)[..., None]
    low = np.where(np.isfinite(payoffs), payoffs, top).min(axis=-1)[..., None]
    best = payoffs >= top - np.maximum(TIE_TOLERANCE * (top - low), ROUND_OFF * np.maximum(1.0, np.abs(top)))
    if ties == "uniform":
        return np.asarray(best / best.sum(axis=-1, keepdims=True))
    chosen = best.argmax(axis=-1)
    if ties == "stay" and current is not None:
        chosen = np.where(of_actions(best, current), current, chosen)
    return np.asarray(chosen)


STRATEGIES: Registry[Strategy] = Registry("strategy", Strategy, "potluck.strategies")

StrategySpec = Annotated[Strategy, STRATEGIES.spec]
"""A strategy as a parameter: an instance, a class, or text such as ``"FictitiousPlay(beliefs='joint')"``."""
