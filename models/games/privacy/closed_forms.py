"""Equilibria of the game b_n = G (1 - p_n²) S with loss 1 - p, where they are known: like players, and private weights."""

import math
from dataclasses import dataclass

from scipy.optimize import brentq

from .benefit import Others


def existence_threshold(gain: float, players: int = 2, others: Others = "product") -> float:
    """Return the largest r at which like players have an equilibrium with collaboration.

    2 G (1/N) (1 - 1/N)^(N-1) where one player that leaves ends it for all; G / 2 for the mean, whatever N.

    Raises
    ------
    ValueError
        The gain is not above 0, or there are fewer than two players.

    Examples
    --------
    >>> [round(existence_threshold(0.5, players), 6) for players in (2, 3, 5)], existence_threshold(0.5, 5, "mean")
    ([0.25, 0.148148, 0.08192], 0.25)
    """
    _check(gain, players)
    partners = players - 1 if others == "product" else 1
    top = 1 / (partners + 1)
    return 2 * gain * top * (1 - top) ** partners


def symmetric_levels(gain: float, ratio: float, players: int = 2, others: Others = "product") -> tuple[float, ...]:
    """Return the levels p < 1 at which all like players answer each other: none, one, or a stable and an unstable one.

    They solve p (1 - p)^(N-1) = r / (2 G), for the mean p (1 - p) = r / (2 G). The second is the boundary of the basin of no
    collaboration: best responses from below it fall to the first, from above it climb to 1 (the paper's footnote 12).

    Raises
    ------
    ValueError
        The gain is not above 0, the ratio is below 0, or there are fewer than two players.

    Examples
    --------
    >>> [round(level, 8) for level in symmetric_levels(0.5, 0.2)], symmetric_levels(0.5, 0.26)
    ([0.2763932, 0.7236068], ())
    """
    _check(gain, players)
    if not ratio >= 0:
        raise ValueError(f"ratio = {ratio}: a weight ratio is at least 0")
    partners = players - 1 if others == "product" else 1
    top, aim = 1 / (partners + 1), ratio / (2 * gain)

    def excess(p: float) -> float:
        return p * (1 - p) ** partners - aim

    if excess(top) < 0:
        return ()
    if excess(top) == 0:
        return (top,)
    roots = [0.0] if ratio == 0 else [float(brentq(excess, 0.0, top, xtol=1e-16, rtol=1e-15))]
    if ratio > 0:
        roots.append(float(brentq(excess, top, 1.0, xtol=1e-16, rtol=1e-15)))
    return tuple(roots)


def _check(gain: float, players: int) -> None:
    if not (gain > 0 and math.isfinite(gain)):
        raise ValueError(f"gain = {gain}: it must be above 0")
    if players < 2:
        raise ValueError(f"players = {players}: collaborative learning takes two players or more")


@dataclass(frozen=True)
class PrivateWeights:
    """Two like players whose weight ratios are drawn evenly from [0, R], each seeing only its own.

    Only the other's mean level m counts: the best response to it is p(r) = min(1, r / (2 G (1 - m))).

    Parameters
    ----------
    gain
        G > 0.
    highest
        R > 0.

    Raises
    ------
    ValueError
        The gain or the highest ratio is not above 0.

    Examples
    --------
    >>> game = PrivateWeights(0.5, 0.3)
    >>> [round(mean, 8) for mean in game.equilibria()], round(game.response(0.3, game.equilibria()[0]), 6)
    ([0.18377223, 1.0], 0.367544)
    """

    gain: float
    highest: float

    def __post_init__(self) -> None:
        _check(self.gain, 2)
        if not (self.highest > 0 and math.isfinite(self.highest)):
            raise ValueError(f"highest = {self.highest}: it must be above 0")

    def response(self, ratio: float, mean: float) -> float:
        """Return the best level of a player with this ratio when the other's mean level is ``mean``."""
        openness = 2 * self.gain * (1 - mean)
        return 1.0 if openness <= ratio else ratio / openness

    def mean_response(self, mean: float) -> float:
        """Return the mean best level over all ratios."""
        openness = 2 * self.gain * (1 - mean)
        if openness >= self.highest:
            return self.highest / (2 * openness)
        return 1 - openness / (2 * self.highest)

    def equilibria(self) -> tuple[float, ...]:
        """Return every mean level that is its own mean best response, increasing; 1, no collaboration, is always one.

        Below 1 it solves m (1 - m) = R / (4 G), nobody leaving: one solution where R ≤ G, none otherwise. (The larger root of the
        quadratic is none: there some leave.) At R = G every mean from 1/2 to 1 is one, and the ends are returned.
        """
        if self.highest > self.gain:
            return (1.0,)
        return ((1 - math.sqrt(1 - self.highest / self.gain)) / 2, 1.0)

    @property
    def leaving_spreads(self) -> bool:
        """Whether means near 1 move to 1 when players answer them: R > G.

        Otherwise players who care little for privacy pull the mean back: no collaboration has no basin, unlike with known
        weights.
        """
        return self.highest > self.gain

    def gained(self, mean: float) -> float:
        """Return the mean benefit of a player when everybody answers the mean level ``mean`` < 1 and nobody leaves.

        E[G (1 - p²)] (1 - m), with E[p²] = R² / (12 G² (1 - m)²).
        """
        squared = self.highest**2 / (12 * self.gain**2 * (1 - mean) ** 2)
        return self.gain * (1 - squared) * (1 - mean)
