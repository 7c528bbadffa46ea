"""The game of any benefit and privacy loss on all levels, by global search: first-order conditions alone are not enough."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq

from ....arrays import FloatArray
from .benefit import Benefit
from .continuous import BestResponses, ContinuousGame, Equilibria, Level, no_best_level
from .losses import LinearLoss, PrivacyLoss

SAMPLES = 401
SCAN = 201
STENCIL = 1e-3
"""Distance of the points from which a slope is taken, by differences of fourth order."""
TIE = 1e-11
"""Of the benefit and loss that a utility is made of."""
CLOSE = 1e-8
"""Levels nearer to each other are one, as a peak is found to about the root of the last digit."""
BESIDE_1 = 1 - 1e-6
"""From here on a peak is that of a utility that falls off at level 1."""

NEAR = 1e-3
"""How near to its ends, as a share of it, the slopes of a piece are read."""

SMOOTH = 1e-4
"""The largest slope at a smooth peak, read from near it, as a share of the slopes around."""

NEXT_TO_1 = 1 - 1e-9

HALVINGS = 40
"""How often the distance between an end and the sample next to it is halved, to see a peak between them."""

Curve = Callable[[FloatArray], FloatArray]


def slope(curve: Curve, at: float, stencil: float = STENCIL) -> float:
    """Return the derivative of a smooth curve inside (0, 1), exact for polynomials up to degree 4 but for rounding.

    The curve is read up to twice the stencil away.

    Examples
    --------
    >>> round(slope(lambda p: p**3, 0.5), 9)
    0.75
    """
    step = min(stencil, at / 2, (1 - at) / 2)
    low, left, right, high = curve(at + step * np.array([-2.0, -1.0, 1.0, 2.0])).tolist()
    return float((low - 8 * left + 8 * right - high) / (12 * step))


def golden(curve: Curve, low: float, high: float) -> float:
    """Return where a curve with one peak between two points is largest, by golden sections; kinks are met to the last digits.

    Examples
    --------
    >>> round(golden(lambda p: -np.abs(p - 1 / 3), 0.3, 0.4), 12)
    0.333333333333
    """
    share = (math.sqrt(5) - 1) / 2
    left, right = high - share * (high - low), low + share * (high - low)
    at_left, at_right = curve(np.array([left, right])).tolist()
    while high - low > 1e-15:
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - share * (high - low)
            at_left = float(curve(np.array([left]))[0])
        else:
            low, left, at_left = left, right, at_right
            right = low + share * (high - low)
            at_right = float(curve(np.array([right]))[0])
        if not low < left < right < high:
            break
    return (low + high) / 2


def peaks(curve: Curve, samples: int = SAMPLES, knots: FloatArray | None = None) -> FloatArray:
    """Return where a curve on [0, 1] may be largest, increasing: the ends, and each local peak between them.

    Parameters
    ----------
    curve
        Continuous on [0, 1) at least; kinks are allowed.
    samples
        On how many points the search starts; peaks nearer to each other than their distance may be missed.
    knots
        Levels in [0, 1] where kinks are known to be: each is tried, and what lies between two is searched apart.

    Examples
    --------
    >>> peaks(lambda p: -np.abs(p - 0.3) * (p - 0.9) ** 2).round(6).tolist()
    [0.0, 0.3, 0.9, 1.0]
    """
    known = np.zeros(0) if knots is None else np.asarray(knots, dtype=np.float64)
    grid = np.unique(np.concatenate([np.linspace(0.0, 1.0, samples), known]))
    height = curve(grid)
    inner = 1 + np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] >= height[2:]))
    flat = (height[1:-1] == height[:-2]) & (height[1:-1] == height[2:])
    found = [grid[i] if flat[i - 1] else _peak(curve, grid[i - 1], grid[i + 1], grid[i]) for i in inner]
    # between an end and the sample next to it a peak may be as near to the end as numbers tell
    if height[1] < height[0]:
        found += _beside(curve, 0.0, grid[1])
    if height[-2] < height[-1]:
        found += _beside(curve, 1.0, grid[-2])
    return np.unique([0.0, *known, *found, 1.0])


def _beside(curve: Curve, end: float, inner: float) -> list[float]:
    """Return the peak between an end and a level inside that is lower, if there is one, by halving the distance to the end."""
    levels = end + (inner - end) * 0.5 ** np.arange(HALVINGS)
    heights = curve(np.concatenate([levels, [end]]))
    best = int(heights.argmax())
    if not 0 < best < HALVINGS - 1:
        return []
    low, high = sorted((float(levels[best - 1]), float(levels[best + 1])))
    return [_peak(curve, low, high, float(levels[best]))]


def _peak(curve: Curve, low: float, high: float, middle: float) -> float:
    """Return the peak between two points: where it is smooth by its slope, at a kink by golden sections."""
    low, high = max(low, 1e-9), min(high, 1 - 1e-9)
    near = (high - low) * NEAR
    rises, falls = slope(curve, low + 2 * near, near), slope(curve, high - 2 * near, near)
    if not rises > 0 > falls:
        return float(middle)
    if slope(curve, low) > 0 > slope(curve, high):
        turning = float(brentq(lambda level: slope(curve, level), low, high, xtol=1e-15, rtol=1e-14))
        # at a kink the slope read nearby is not 0
        if abs(slope(curve, turning, STENCIL / 100)) <= SMOOTH * max(rises, -falls):
            here, there = curve(np.array([turning, middle])).tolist()
            return turning if here >= there else float(middle)
    kink = golden(curve, low, high)
    here, there = curve(np.array([kink, middle])).tolist()
    return kink if here > there else float(middle)


@dataclass(frozen=True)
class NumericGame(ContinuousGame):
    """Any number of players with any benefit and privacy loss, in floating point.

    Parameters
    ----------
    benefit
        What players gain.
    privacy_weights, accuracy_weights
        C_n ≥ 0 and B_n > 0.
    privacy_loss
        c.

    Examples
    --------
    >>> from potluck.models.games.privacy import SmoothBenefit
    >>> game = NumericGame(SmoothBenefit((0.5, 0.5)), (0.2, 0.2))
    >>> round(game.best_responses(0, [0, 0.5]).pick("low"), 9)
    0.4
    >>> [tuple(round(level, 6) for level in point) for point in game.equilibria().points]
    [(0.276393, 0.276393), (0.723607, 0.723607), (1.0, 1.0)]
    """

    benefit: Benefit
    privacy_weights: tuple[float, ...]
    accuracy_weights: tuple[float, ...] = ()
    privacy_loss: PrivacyLoss = field(default_factory=LinearLoss)

    tolerance = 1e-11

    @property
    def n(self) -> int:  # type: ignore[override]
        """Number of players."""
        return self.benefit.n

    def level(self, number: Level) -> float:
        """Return the number as a float."""
        return float(number)

    def benefits(self, levels: Sequence[Level]) -> tuple[float, ...]:
        """Return everybody's benefit at a profile."""
        return tuple(self.benefit.at(np.array([levels], dtype=np.float64))[0].tolist())

    def utilities(self, levels: Sequence[Level]) -> tuple[float, ...]:
        """Return everybody's utility at a profile."""
        profile = np.array([levels], dtype=np.float64)
        paid = np.array(self.privacy_weights) * self.privacy_loss.loss(profile)
        return tuple((self._worth * self.benefit.at(profile) - paid)[0].tolist())

    @property
    def _worth(self) -> FloatArray:
        return np.array(self.accuracy_weights or (1.0,) * self.n)

    def curve(self, player: int, levels: Sequence[Level]) -> Curve:
        """Return a player's utility as a function of its own level, the others' fixed."""
        worth, price = self._worth[player], self.privacy_weights[player]

        def utility(own: FloatArray) -> FloatArray:
            profiles = np.repeat(np.array([levels], dtype=np.float64), len(own), axis=0)
            profiles[:, player] = own
            return np.asarray(worth * self.benefit.at(profiles)[:, player] - price * self.privacy_loss.loss(own))

        return utility

    def _near_best(self, player: int, levels: Sequence[Level], own: FloatArray) -> float:
        """Return by how much utilities may differ that are taken for equal: 1e-11 of the benefit and loss they are made of."""
        profiles = np.repeat(np.array([levels], dtype=np.float64), len(own), axis=0)
        profiles[:, player] = own
        gained = np.abs(self._worth[player] * self.benefit.at(profiles)[:, player])
        return TIE * float((gained + np.abs(self.privacy_weights[player] * self.privacy_loss.loss(own))).max())

    def is_equilibrium(self, levels: Sequence[Level]) -> bool:
        """Say whether nobody gains by another level, beyond 1e-11 of the benefit and loss that utilities are made of."""
        profile = [self.level(level) for level in levels]
        for player, own in enumerate(profile):
            answers = self.best_responses(player, profile)
            ends = np.array([own, *itertools.chain(*answers.intervals)], dtype=np.float64)
            if answers.value - self.utilities(profile)[player] > self._near_best(player, profile, ends):
                return False
        return True

    def best_responses(self, player: int, levels: Sequence[Level]) -> BestResponses:
        """Return all best responses: levels whose utility is the best but for 1e-11 of the benefit and loss it is made of.

        Raises
        ------
        ValueError
            Utility grows all the way to level 1 and falls off there, so that no level is best.
        """
        curve = self.curve(player, levels)
        found = peaks(curve, knots=self.benefit.knots(player, np.array(levels, dtype=np.float64)))
        heights = curve(found)
        reached = (found == 1) | (found < BESIDE_1)
        found, heights = found[reached], heights[reached]
        best, tie = float(heights.max()), self._near_best(player, levels, found)
        if float(curve(np.array([NEXT_TO_1]))[0]) > best + tie:
            raise ValueError(no_best_level(player))
        intervals: list[tuple[float, float]] = []
        for level in found[heights >= best - tie].tolist():
            flat = intervals and self._flat(curve, intervals[-1][1], level, best - tie)
            intervals[-1:] = [(intervals[-1][0], level)] if flat else [*intervals[-1:], (level, level)]
        return BestResponses(best, tuple(intervals))

    @staticmethod
    def _flat(curve: Curve, low: float, high: float, least: float) -> bool:
        return high - low < CLOSE or bool((curve(np.linspace(low, high, 7)) >= least).all())

    def equilibria(self) -> Equilibria:
        """Return the pure equilibria of two players that a scan of fixed points of best responses finds, and (1, 1)."""
        if self.n != 2:
            raise ValueError(f"all equilibria are found for two players, not {self.n}; follow `settle` from several starts")

        def answer(p: float) -> float:
            return float(self.best_responses(1, (p, 0.0)).pick("low"))

        def gap(p: float) -> float:
            return float(self.best_responses(0, (0.0, answer(p))).pick("low")) - p

        grid = np.linspace(0.0, 1.0, SCAN).tolist()
        gaps = [gap(p) for p in grid]
        levels = [p for p, distance in zip(grid, gaps, strict=True) if abs(distance) <= self.tolerance]
        for (low, before), (high, after) in zip(zip(grid, gaps, strict=True), zip(grid[1:], gaps[1:], strict=True), strict=False):
            if before * after < 0:
                levels.append(float(brentq(gap, low, high, xtol=1e-14, rtol=1e-13)))
        standing = [point for point in self._candidates(levels, answer) if self._stands(point)]
        points: list[tuple[float, float]] = []
        for point in standing:
            if not any(max(abs(point[0] - known[0]), abs(point[1] - known[1])) < CLOSE for known in points):
                points.append(point)
        return Equilibria(tuple(points), tuple(self._segments(points)))

    def _candidates(self, levels: list[float], answer: Callable[[float], float]) -> list[tuple[float, float]]:
        """Return fixed points, and what lies at the ends of ties: a player with C = 0 is indifferent beside one who left."""
        found = {(p, answer(p)) for p in levels} | {(1.0, 1.0)}
        for p in {*levels, 0.0, 1.0}:
            found |= {(p, float(end)) for interval in self.best_responses(1, (p, 0.0)).intervals for end in interval}
            found |= {(float(end), p) for interval in self.best_responses(0, (0.0, p)).intervals for end in interval}
        return sorted((float(p), float(q)) for p, q in found)

    def _segments(self, points: list[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Return pairs of equilibria, neighbours on a row or column, between which all are equilibria."""
        found = []
        for axis in (0, 1):
            for level in sorted({point[axis] for point in points}):
                line = [point for point in points if point[axis] == level]
                line.sort(key=lambda point: point[1 - axis])
                for one, other in itertools.pairwise(line):
                    between = np.linspace(one, other, 7)[1:-1]
                    if all(self._stands((float(p), float(q))) for p, q in between):
                        found.append((one, other))
        return found

    def _stands(self, point: tuple[float, float]) -> bool:
        return all(self.best_responses(player, point).near(level, CLOSE) for player, level in enumerate(point))
