"""The game of a measured table on all levels, solved in exact fractions: no tie is decided by rounding."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from .continuous import BestResponses, ContinuousGame, Equilibria, Level, Profile, no_best_level
from .table import BenefitCurve, TableBenefit, exactly

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class ExactGame(ContinuousGame):
    """Two players with measured benefits and the privacy loss 1 - p.

    Utility u_n = B_n b_n(p) - C_n (1 - p_n) is linear in one's own level between the table's levels, the points where a clamped
    benefit ends, and 1. So the best responses are found by trying these, and every tie is found.

    Parameters
    ----------
    table
        The benefits.
    privacy_weights, accuracy_weights
        C_n ≥ 0 and B_n > 0, read as the decimals they are written as.

    Examples
    --------
    >>> table = TableBenefit([0, 0.5, 0.75], [[[0.5, 0.3, 0.1], [0.4, 0.1, 0], [0, 0, 0]]] * 2)
    >>> game = ExactGame(table, (Fraction(1, 5), Fraction(1, 5)))
    >>> game.best_responses(0, [0, 0])
    BestResponses(value=Fraction(3, 10), intervals=((Fraction(0, 1), Fraction(1, 2)),))
    """

    table: TableBenefit
    privacy_weights: tuple[Fraction, Fraction]
    accuracy_weights: tuple[Fraction, Fraction] = (ONE, ONE)
    _answers: dict[tuple[int, Fraction], BestResponses] = field(default_factory=dict, repr=False, compare=False)

    n = 2
    tolerance = ZERO

    def level(self, number: Level) -> Fraction:
        """Return the fraction that a privacy level's decimal form is.

        Raises
        ------
        ValueError
            It lies outside [0, 1].
        """
        level = exactly(number)
        if not 0 <= level <= 1:
            raise ValueError(f"a privacy level lies in [0, 1], not {float(level):g}")
        return level

    def benefits(self, levels: Sequence[Level]) -> tuple[Fraction, ...]:
        """Return both benefits at a profile."""
        p, q = self.level(levels[0]), self.level(levels[1])
        return self.table.curve(0, q).at(p), self.table.curve(1, p).at(q)

    def utilities(self, levels: Sequence[Level]) -> tuple[Fraction, ...]:
        """Return both utilities at a profile."""
        return tuple(
            self._utility(player, benefit, self.level(level))
            for player, (benefit, level) in enumerate(zip(self.benefits(levels), levels, strict=True))
        )

    def _utility(self, player: int, benefit: Fraction, level: Fraction) -> Fraction:
        return self.accuracy_weights[player] * benefit - self.privacy_weights[player] * (1 - level)

    def best_responses(self, player: int, levels: Sequence[Level]) -> BestResponses:
        """Return all best responses to the other's level.

        A tie that runs up to level 1 or begins beyond the last level, where the benefit jumps to 0, has no end on that side: only
        its other end is returned.

        Raises
        ------
        ValueError
            Utility grows all the way to level 1 and falls off there, so that no level is best.
        """
        other = self.level(levels[1 - player])
        if (player, other) not in self._answers:
            self._answers[player, other] = self._best(player, self.table.curve(player, other))
        return self._answers[player, other]

    def _best(self, player: int, curve: BenefitCurve) -> BestResponses:
        knots = curve.knots
        at_knots = [self._utility(player, curve.at(knot), knot) for knot in knots]
        best = max(at_knots)
        if self._utility(player, curve.below(ONE), ONE) > best:
            raise ValueError(f"{no_best_level(player)}; take the tail zero or measure levels nearer to 1")
        found: list[list[Fraction]] = []
        for index, (knot, utility) in enumerate(zip(knots, at_knots, strict=True)):
            if utility == best and not (found and found[-1][1] == knot):
                found.append([knot, knot])
            if utility == best and index + 1 < len(knots) and at_knots[index + 1] == best:
                middle = (knot + knots[index + 1]) / 2
                if self._utility(player, curve.at(middle), middle) == best:
                    found[-1][1] = knots[index + 1]
        return BestResponses(best, tuple((low, high) for low, high in found))

    def equilibria(self) -> Equilibria:
        """Return all pure equilibria: where best responses meet, at table levels and where a player becomes indifferent.

        A player with C = 0 may be indifferent over whole areas. Where a benefit also jumps, at the end of the tail ``zero``,
        they are half-open, and what lies on the open side is not listed.
        """
        mine, theirs = self._turning_levels(1), self._turning_levels(0)
        answers_1 = {q: self.best_responses(0, (ZERO, q)) for q in theirs}
        answers_2 = {p: self.best_responses(1, (p, ZERO)) for p in mine}
        points = [(p, q) for p in mine for q in theirs if p in answers_1[q] and q in answers_2[p]]
        rows = [list(group) for _, group in itertools.groupby(points, key=lambda point: point[0])]
        by_column = sorted(points, key=lambda point: (point[1], point[0]))
        columns = [list(group) for _, group in itertools.groupby(by_column, key=lambda point: point[1])]
        segments = [segment for line in (*rows, *columns) for segment in self._segments(line, mine, theirs)]
        inside = {point for start, end in segments for point in points if start < point < end and _between(start, point, end)}
        return Equilibria(tuple(point for point in points if point not in inside), tuple(segments))

    def _segments(
        self, line: list[tuple[Fraction, Fraction]], mine: list[Fraction], theirs: list[Fraction]
    ) -> Iterable[tuple[Profile, Profile]]:
        """Join the equilibria of a row or column between which all are equilibria."""
        start = line[0]
        for point, following in zip(line, [*line[1:], None], strict=True):
            if following is not None and self._joined(point, following, mine, theirs):
                continue
            if start != point:
                yield (start, point)
            if following is not None:
                start = following

    def _joined(
        self, one: tuple[Fraction, Fraction], other: tuple[Fraction, Fraction], mine: list[Fraction], theirs: list[Fraction]
    ) -> bool:
        near = abs(mine.index(one[0]) - mine.index(other[0])) + abs(theirs.index(one[1]) - theirs.index(other[1])) == 1
        return near and self.is_equilibrium(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2))

    def _turning_levels(self, player: int) -> list[Fraction]:
        """Return the levels of the other at which the player's best responses can change: table levels, 1, and ties."""
        grid = self.table.exact[0]
        ends = [*grid] if grid[-1] == 1 else [*grid, ONE]
        found = {*ends}
        for low, high in itertools.pairwise(ends):
            if low >= grid[-1] and self.table.tail == "zero":
                continue
            # utilities at the table's levels, of leaving, and without the benefit, as lines in the other's level
            starts, stops = ([self._lines(player, level)] for level in (low, high))
            found |= set(_crossings(low, high, starts[0], stops[0]))
        return sorted(found)

    def _lines(self, player: int, other: Fraction) -> list[Fraction]:
        own = self.table.exact[0]
        line = self.table.line(player, other)
        weight, price = self.accuracy_weights[player], self.privacy_weights[player]
        slope = (line[-1] - line[-2]) / (own[-1] - own[-2])
        at_one = weight * (line[-1] + slope * (1 - own[-1]))
        raw = [weight * entry - price * (1 - level) for level, entry in zip(own, line, strict=True)]
        bare = [-price * (1 - level) for level in own]
        return [*raw, *bare, ZERO, at_one]


def _between(start: Profile, point: Profile, end: Profile) -> bool:
    """Say whether a point lies on a segment that runs along one axis."""
    return all(low <= level <= high for low, level, high in zip(start, point, end, strict=True))


def _crossings(low: Fraction, high: Fraction, starts: list[Fraction], stops: list[Fraction]) -> Iterable[Fraction]:
    """Return where two of several lines meet strictly between two levels."""
    for (start, stop), (rival_start, rival_stop) in itertools.combinations(zip(starts, stops, strict=True), 2):
        before, after = start - rival_start, stop - rival_stop
        if before * after < 0:
            yield low + (high - low) * before / (before - after)
