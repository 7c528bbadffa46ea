"""The collaborative learning game on all privacy levels between 0 and 1: best responses, dynamics, equilibria."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

Level: TypeAlias = Fraction | float
TieRule: TypeAlias = Literal["low", "high", "stay"]
Profile: TypeAlias = tuple[Level, ...]


@dataclass(frozen=True)
class BestResponses:
    """All best responses of a player, and what they are worth.

    Parameters
    ----------
    value
        The utility that each of them gives.
    intervals
        The levels, as closed intervals (low, high) that do not meet, increasing; a single level is (p, p).

    Examples
    --------
    >>> answers = BestResponses(0.0, ((0.2, 0.2), (1.0, 1.0)))
    >>> answers.pick("low"), answers.pick("high"), answers.pick("stay", 1.0), 0.5 in answers
    (0.2, 1.0, 1.0, False)
    """

    value: Level
    intervals: tuple[tuple[Level, Level], ...]

    def __contains__(self, level: Level) -> bool:
        return self.near(level, 0)

    def near(self, level: Level, distance: Level) -> bool:
        """Say whether a level is a best response, up to a distance."""
        return any(low - distance <= level <= high + distance for low, high in self.intervals)

    def pick(self, ties: TieRule, current: Level | None = None) -> Level:
        """Return one of them: the lowest, the highest, or the current level if it is one and else the lowest."""
        if ties == "stay" and current is not None and current in self:
            return current
        return self.intervals[-1][1] if ties == "high" else self.intervals[0][0]


@dataclass(frozen=True)
class Equilibria:
    """All pure equilibria of a two-player game.

    Parameters
    ----------
    points
        The equilibria at which no segment passes, and the ends of segments, increasing.
    segments
        Pairs of equilibria such that everything between them is one; where equilibria fill an area, its edges are among them.
    """

    points: tuple[Profile, ...]
    segments: tuple[tuple[Profile, Profile], ...] = ()


@dataclass(frozen=True)
class Settling:
    """Where best-response dynamics went.

    Parameters
    ----------
    path
        The profiles, the start first; the last one is the end, or closes the cycle.
    ending
        ``equilibrium``; ``cycle`` when a profile recurs with the same player to move; ``unsettled`` when moves ran out.
    """

    path: tuple[Profile, ...]
    ending: Literal["equilibrium", "cycle", "unsettled"]

    @property
    def end(self) -> Profile:
        """The last profile."""
        return self.path[-1]


class ContinuousGame(ABC):
    """A game in which every player picks a privacy level in [0, 1]; `best_responses` and `utilities` say all about it."""

    n: int
    tolerance: Level = 0
    """Up to which distance two levels are the same."""

    @abstractmethod
    def level(self, number: Level) -> Level:
        """Return a number as this game counts: a fraction where it is exact."""

    @abstractmethod
    def utilities(self, levels: Sequence[Level]) -> tuple[Any, ...]:
        """Return everybody's utility at a profile, n numbers."""

    @abstractmethod
    def benefits(self, levels: Sequence[Level]) -> tuple[Any, ...]:
        """Return everybody's benefit b_n, not weighted, at a profile, n numbers."""

    @abstractmethod
    def best_responses(self, player: int, levels: Sequence[Level]) -> BestResponses:
        """Return all best responses of a player; its own entry in ``levels`` is not read."""

    def is_equilibrium(self, levels: Sequence[Level]) -> bool:
        """Say whether nobody gains by another level."""
        return all(
            self.best_responses(player, levels).near(self.level(level), self.tolerance) for player, level in enumerate(levels)
        )

    def entering(self) -> tuple[bool, ...]:
        """Say who passes the entry test: utility with everybody's data unprotected is not below 0 (not in the paper's text)."""
        return tuple(bool(utility >= 0) for utility in self.utilities([self.level(0.0)] * self.n))

    def settle(
        self,
        start: Sequence[Level] | None = None,
        first: int = 0,
        ties: TieRule = "stay",
        moves: int = 10_000,
        entry_test: bool = False,
    ) -> Settling:
        """Follow best-response dynamics: players answer in turn until all are quiet, also after one has left.

        Parameters
        ----------
        start
            The opening profile; default: no protection.
        first
            Who moves first.
        ties
            Which best response is played.
        moves
            How many moves at most, ≥ 1.
        entry_test
            Whether, if somebody's utility without protection is below 0, nobody begins and the end is level 1 for all.

        Raises
        ------
        ValueError
            The start is no profile, or the first player none.
        """
        opening: list[Level] = [0.0] * self.n if start is None else list(start)
        if len(opening) != self.n or not all(0 <= level <= 1 for level in opening) or not 0 <= first < self.n:
            raise ValueError(
                f"dynamics start at {self.n} levels in [0, 1] with a player in 0..{self.n - 1}, not {opening}, {first}"
            )
        now: Profile = tuple(self.level(level) for level in opening)
        path = [now]
        if entry_test and not all(self.entering()):
            return Settling((now, (self.level(1.0),) * self.n), "equilibrium")
        seen = {(now, first)}
        quiet = 0
        for turn in range(moves):
            player = (first + turn) % self.n
            answer = self.best_responses(player, now).pick(ties, now[player])
            moved: Any = answer - now[player]
            if abs(moved) <= self.tolerance:
                quiet += 1
                if quiet == self.n:
                    return Settling(tuple(path), "equilibrium")
                continue
            quiet = 0
            now = (*now[:player], answer, *now[player + 1 :])
            path.append(now)
            state = (now, (player + 1) % self.n)
            if state in seen:
                return Settling(tuple(path), "cycle")
            seen.add(state)
        return Settling(tuple(path), "unsettled")

    def price_of_privacy(self, levels: Sequence[Level]) -> Any:
        """Return 1 - Σ b(p) / Σ b(0) of eq. 2, not weighted by B, benefits below 0 counting as 0.

        In [0, 1] where benefit falls in the levels (Definitions 3 and 4); measured tables may leave that range.

        Raises
        ------
        ValueError
            Nobody gains from training together without protection.
        """
        base, kept = (_together(self.benefits(profile)) for profile in ([self.level(0.0)] * self.n, levels))
        if base <= 0:
            raise ValueError("nobody gains from training together without protection, so privacy has no price")
        return 1 - kept / base

    @abstractmethod
    def equilibria(self) -> Equilibria:
        """Return all pure equilibria of a two-player game.

        Raises
        ------
        ValueError
            There are more than two players.
        """


def no_best_level(player: int) -> str:
    """Return the message about a player whose utility grows up to level 1 and falls off there."""
    return f"player {player + 1} gains more and more up to level 1, where the benefit ends: no level is best"


def _together(benefits: tuple[Any, ...]) -> Any:
    total: Any = 0
    for benefit in benefits:
        total = total + max(benefit, 0 * benefit)
    return total


@dataclass(frozen=True)
class Basins:
    """Where best-response dynamics end, by start.

    Parameters
    ----------
    starts
        The opening profiles.
    ends
        The profile each came to, in order.
    endings
        How each ended.
    """

    starts: tuple[Profile, ...]
    ends: tuple[Profile, ...]
    endings: tuple[str, ...]

    @property
    def apart(self) -> float:
        """Share of the starts from which everybody ends alone, at level 1."""
        return float(np.mean([all(level == 1 for level in end) for end in self.ends]))


def basins(game: ContinuousGame, starts: Sequence[Sequence[Level]], first: int = 0, ties: TieRule = "stay") -> Basins:
    """Follow best-response dynamics from every start.

    Examples
    --------
    >>> from potluck.models.games.privacy import CollaborativeLearning, SmoothBenefit
    >>> game = CollaborativeLearning(SmoothBenefit((0.5, 0.5)), privacy_weights=0.2).continuous
    >>> basins(game, [(p, p) for p in (0.0, 0.7, 0.75, 0.9)]).apart
    0.5
    """
    runs = [game.settle(start, first, ties) for start in starts]
    return Basins(tuple(tuple(start) for start in starts), tuple(run.end for run in runs), tuple(run.ending for run in runs))
