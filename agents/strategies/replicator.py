"""Replicator dynamics, of one population or of one a player."""

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import BoolArray, FloatArray
from .form import REPLICATED, Form
from .logit import normalised
from .mix_dynamics import MixDynamics
from .strategy import STRATEGIES, Against, Mixes, Seats


@STRATEGIES.register
class Replicator(MixDynamics):
    """Shares of a population that grow as fast as their payoff exceeds the mean; a player's mix is its population's.

    The replicator equation x' = x (u - mean u) is followed for a time ``step`` a round with payoffs u held as they are, which
    has the exact solution x exp(step u) / sum: shares stay positive whatever the step.

    Parameters
    ----------
    step
        Time that passes in a round, > 0, in 1 / units of payoff.
    population
        ``own``: every player's mix is a population of its own (multi-population dynamics). ``shared``: the players of the cohort
        share one mix, whose fitness is their mean payoff; they must be interchangeable and have the same actions. Two cohorts
        that share are two populations.
    start
        The first mix, one number an action, summing to 1; empty (the default) is even odds over available actions.
    against
        How payoffs are measured: expected against the others' ``mixes``, or against their last ``actions``, which costs less
        where players are many.
    floor
        Least share of an available action, in [0, 0.01]: mutation that keeps a share of 1e-300 from being as good as none.

    Raises
    ------
    ValueError
        The start is no distribution over the players' actions, or (when play begins) players that share a population have
        different actions.

    Examples
    --------
    >>> from potluck.agents.strategies import Feedback
    >>> rule = Replicator(step=1, against="actions", start=[0.5, 0.5])
    >>> seen = Feedback(np.array([0]), np.array([0.0]), deviations=np.array([[0.0, np.log(3)]]))
    >>> rule.policy(rule.learn(rule.begin(Seats(np.ones((1, 2), dtype=bool))), seen)).round(3).tolist()
    [[0.25, 0.75]]
    """

    source = "Taylor & Jonker (1978); several populations: Taylor (1979); Weibull (1995), Evolutionary Game Theory, ch. 3 and 5"

    step: Annotated[float, Field(gt=0, lt=math.inf)] = 1.0
    population: Literal["own", "shared"] = "own"
    start: tuple[Annotated[float, Field(ge=0, le=1)], ...] = ()
    against: Against = "mixes"
    floor: Annotated[float, Field(ge=0, le=0.01)] = 1e-9

    def model_post_init(self, context: object, /) -> None:
        """Check that the start is a distribution."""
        if self.start and abs(math.fsum(self.start) - 1) > 1e-9:
            raise ValueError(f"start = {self.start} sums to {math.fsum(self.start):.6g}, not 1")

    def begin(self, seats: Seats) -> Mixes:
        """Start from the first mix."""
        k, m = seats.available.shape
        if self.population == "shared" and not (seats.available == seats.available[0]).all():
            raise ValueError("Replicator: players that share a population must have the same actions")
        if not self.start:
            return Mixes(seats.uniform, seats)
        if len(self.start) != m:
            raise ValueError(f"Replicator: start has {len(self.start)} entries for {m} actions")
        mix = np.tile(np.array(self.start), (k, 1))
        if (mix[~seats.available] > 0).any():
            raise ValueError(f"Replicator: start = {self.start} has a share of an action that is not available")
        return Mixes(mix, seats)

    def moved(self, mix: FloatArray, gains: FloatArray, available: BoolArray) -> FloatArray:
        """Let the shares grow."""
        shape = gains.shape
        if self.population == "shared":
            gains, mix = gains.mean(axis=-2, keepdims=True), mix[..., :1, :]
        with np.errstate(divide="ignore"):
            grown = normalised(np.log(mix) + self.step * gains)
        alive = np.where(mix > 0, np.maximum(grown, self.floor), 0.0)
        return np.broadcast_to(alive / alive.sum(axis=-1, keepdims=True), shape)

    def form(self, players: int) -> Form | None:
        """Return the rule in numbers, where every player is a population."""
        if self.population == "shared":
            return None
        return Form(REPLICATED, rate=self.step, floor=self.floor, mixes=self.against == "mixes")
