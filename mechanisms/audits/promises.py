"""Audits of what a market rule promises about incentives: each returns its worst slack and the profile that attains it.

Every audit looks at all discretised profiles, or, where there are too many, searches: from random profiles it changes one type
or report at a time as long as that makes the slack smaller.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ...arguments import validated
from ...arrays import ROUND_OFF, IntArray
from ..rules.setting import Setting
from .settlements import Audit

Concept: TypeAlias = Literal["ex-post", "dominant"]

LIMIT = 50_000


@dataclass(frozen=True)
class PromiseAudit(Audit):
    """The outcome of an audit over profiles, with the profile where the promise is kept least or broken most.

    Parameters
    ----------
    player
        Whose utility it is about; None where it is about all.
    truth, reports
        Everybody's types and reports there, shape (n,) each, as numbers of types; a report of 0 is staying out.
    exhaustive
        Whether every profile was looked at; otherwise the slack is an upper bound of the worst one.
    """

    player: int | None
    truth: tuple[int, ...]
    reports: tuple[int, ...]
    exhaustive: bool


@dataclass(frozen=True)
class Point:
    """Whose view, everybody's types, and everybody's reports."""

    player: int
    truth: tuple[int, ...]
    reports: tuple[int, ...]


Slack: TypeAlias = Callable[[int, IntArray, IntArray], float]
"""How far a promise to a player is kept at types and reports (n,) each; for promises to all the player is -1."""

Reports: TypeAlias = Callable[[int], range]
"""Which reports a type may make."""


def truthful_only(truth: int) -> range:
    """Return the truthful report only."""
    return range(truth, truth + 1)


def _up_to_truth(truth: int) -> range:
    return range(truth + 1)


def _hides(truth: int) -> range:
    return range(1, truth)


def _stays_out(truth: int) -> range:
    return range(1)


@dataclass(frozen=True)
class ProfileSpace:
    """The points an audit is about.

    Parameters
    ----------
    largest
        Every player's largest type.
    players
        In whose view; (-1,) for promises to all.
    own, others
        Which reports the player in view and the others may make.
    """

    largest: tuple[int, ...]
    players: tuple[int, ...]
    own: Reports
    others: Reports

    def _reports(self, player: int, truth: tuple[int, ...]) -> list[range]:
        return [self.own(k) if i == player else self.others(k) for i, k in enumerate(truth)]

    def count(self) -> int:
        """Return how many points there are."""
        own = {top: sum(len(self.own(k)) for k in range(1, top + 1)) for top in self.largest}
        others = {top: sum(len(self.others(k)) for k in range(1, top + 1)) for top in self.largest}
        return sum(math.prod(own[top] if i == p else others[top] for i, top in enumerate(self.largest)) for p in self.players)

    def points(self) -> Iterator[Point]:
        """Iterate over all points."""
        for player in self.players:
            for truth in itertools.product(*(range(1, top + 1) for top in self.largest)):
                for reports in itertools.product(*self._reports(player, truth)):
                    yield Point(player, truth, reports)

    def draw(self, rng: np.random.Generator) -> Point | None:
        """Return a random point; None where the types drawn leave no report to make."""
        player = int(rng.choice(self.players))
        truth = tuple(int(rng.integers(1, top + 1)) for top in self.largest)
        choices = self._reports(player, truth)
        if not all(len(choice) for choice in choices):
            return None
        return Point(player, truth, tuple(int(rng.choice(choice)) for choice in choices))

    def neighbours(self, point: Point) -> Iterator[Point]:
        """Change one player's type (and its report to the nearest allowed), or one player's report."""
        for i, top in enumerate(self.largest):
            allowed = self.own if i == point.player else self.others
            for k in range(1, top + 1):
                choices = allowed(k)
                if k != point.truth[i] and len(choices):
                    near = min(choices, key=lambda report, i=i: abs(report - point.reports[i]))  # type: ignore[misc]
                    yield Point(point.player, _changed(point.truth, i, k), _changed(point.reports, i, near))
            for report in allowed(point.truth[i]):
                if report != point.reports[i]:
                    yield Point(point.player, point.truth, _changed(point.reports, i, report))


def _changed(entries: tuple[int, ...], index: int, value: int) -> tuple[int, ...]:
    return (*entries[:index], value, *entries[index + 1 :])


def worst_profile(
    promise: str,
    setting: Setting,
    space: ProfileSpace,
    slack: Slack,
    tolerance: float,
    limit: int,
    rng: np.random.Generator | None,
) -> PromiseAudit:
    """Return the audit of a promise over a space of profiles, by enumeration up to ``limit`` points, by search beyond."""

    def measure(point: Point) -> float:
        return slack(point.player, np.array(point.truth), np.array(point.reports))

    exhaustive = space.count() <= limit
    if exhaustive:
        found = min(
            ((measure(point), index, point) for index, point in enumerate(space.points())), default=None, key=lambda it: it[:2]
        )
        best = (found[0], found[2]) if found else None
    else:
        best = _search(space, measure, np.random.default_rng(0) if rng is None else rng, limit)
    if best is None:
        return PromiseAudit(promise, True, math.inf, "nothing to compare", None, (), (), exhaustive)
    value, point = best
    holds = value >= -tolerance
    about_all = point.player < 0
    who = "all" if about_all else f"player {point.player + 1}"
    note = f"{'least' if holds else 'broken'} at types {point.truth}, reports {point.reports}, {who}: slack {value:.6g}"
    player = None if about_all else point.player
    return PromiseAudit(promise, holds, float(value), note, player, point.truth, point.reports, exhaustive)


def _search(
    space: ProfileSpace, measure: Callable[[Point], float], rng: np.random.Generator, limit: int
) -> tuple[float, Point] | None:
    best: tuple[float, Point] | None = None
    spent = 0
    while spent < limit:
        point = space.draw(rng)
        spent += 1
        if point is None:
            continue
        value = measure(point)
        while spent < limit:
            around = [(measure(other), other) for other in space.neighbours(point)]
            spent += len(around)
            step = min(around, key=lambda pair: pair[0], default=(math.inf, point))
            if step[0] >= value:
                break
            value, point = step
        if best is None or value < best[0]:
            best = (value, point)
    return best


def _others(concept: Concept) -> Reports:
    if concept not in {"ex-post", "dominant"}:
        raise ValueError(f"concept = {concept!r}: it must be 'ex-post' or 'dominant'")
    return truthful_only if concept == "ex-post" else _up_to_truth


def _advantage_of_truth(setting: Setting) -> Slack:
    """Return by how much reporting everything beats the report given."""

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        honest = reports.copy()
        honest[player] = truth[player]
        return float(setting.utilities(truth, honest)[player] - setting.utilities(truth, reports)[player])

    return slack


@validated
def is_incentive_compatible(
    setting: Setting,
    concept: Concept = "ex-post",
    tolerance: float = ROUND_OFF,
    limit: int = LIMIT,
    rng: np.random.Generator | None = None,
) -> PromiseAudit:
    """Audit whether reporting everything is best, u_i(x(t_i, t_-i), t) ≥ u_i(x(t'_i, t_-i), t) for all t'_i ≤ t_i.

    Source: Mechanism Design for Multi-Party Machine Learning, Definition 3, which is the ex-post version.

    Parameters
    ----------
    setting
        The rule with its players' types.
    concept
        ``ex-post``: the others report truthfully. ``dominant``: they report anything they can, or stay out, and keep the models
        of all their data.
    tolerance
        By how much round-off may break a promise.
    limit
        Most points to look at one by one; beyond that, this many in a search.
    rng
        For the search; default: one that always draws the same.

    Examples
    --------
    Free sharing invites a rival to hide.

    >>> from potluck.mechanisms import FreeSharing
    >>> duel = Setting.pooled(FreeSharing(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q - 2 * q[::-1])
    >>> is_incentive_compatible(duel).note
    'broken at types (2, 1), reports (1, 1), player 1: slack -0.25'
    """
    space = ProfileSpace(setting.largest, tuple(range(setting.n)), _hides, _others(concept))
    return worst_profile(f"incentive compatible ({concept})", setting, space, _advantage_of_truth(setting), tolerance, limit, rng)


@validated
def is_individually_rational(
    setting: Setting,
    concept: Concept = "ex-post",
    tolerance: float = ROUND_OFF,
    limit: int = LIMIT,
    rng: np.random.Generator | None = None,
) -> PromiseAudit:
    """Audit whether a truthful player is no worse off than by staying out (Definition 4). Parameters as above.

    Examples
    --------
    >>> from potluck.mechanisms import MaximalExploitation
    >>> duel = Setting.pooled(MaximalExploitation(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q - 2 * q[::-1])
    >>> is_individually_rational(duel).holds
    True
    """
    space = ProfileSpace(setting.largest, tuple(range(setting.n)), _stays_out, _others(concept))
    return worst_profile(
        f"individually rational ({concept})", setting, space, _advantage_of_truth(setting), tolerance, limit, rng
    )


def _truthful_space(setting: Setting) -> ProfileSpace:
    return ProfileSpace(setting.largest, (-1,), truthful_only, truthful_only)


@validated
def is_weakly_budget_balanced(
    setting: Setting, tolerance: float = ROUND_OFF, limit: int = LIMIT, rng: np.random.Generator | None = None
) -> PromiseAudit:
    """Audit whether revenue is never negative where players are truthful (Definition 6). Parameters as above.

    What the joint model is worth to the platform, which its profit counts, is left out.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> is_weakly_budget_balanced(Setting.pooled(FreeSharing(), [[1, 2]] * 2, lambda t: t, lambda q: q)).slack
    0.0
    """

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        return float(setting.payments(reports).sum())

    return worst_profile("weakly budget-balanced (revenue)", setting, _truthful_space(setting), slack, tolerance, limit, rng)


@validated
def is_efficient(
    setting: Setting, tolerance: float = ROUND_OFF, limit: int = LIMIT, rng: np.random.Generator | None = None
) -> PromiseAudit:
    """Audit whether total worth is as large as when each player gets either the pooled model or none. Parameters as above.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> duel = Setting.pooled(FreeSharing(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q - 2 * q[::-1])
    >>> is_efficient(duel).slack
    -1.0
    """

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        own, pool = setting.own[np.arange(setting.n), truth], setting.pool(truth)
        options = itertools.product(*({low, max(low, high)} for low, high in zip(own.tolist(), pool.tolist(), strict=True)))
        most = max(float(setting.worth(np.array(held)).sum()) for held in options)
        return float(setting.worths(truth, reports).sum()) - most

    return worst_profile("efficient", setting, _truthful_space(setting), slack, tolerance, limit, rng)


@validated
def revenue_bound(
    setting: Setting, tolerance: float = ROUND_OFF, limit: int = LIMIT, rng: np.random.Generator | None = None
) -> PromiseAudit:
    """Audit whether a rule raises no more than its allocation allows under individual rationality. Parameters as above.

    The bound is Σ_i v_i(x(t), t) - v_i(x(∅, t_-i), t); maximal exploitation payments attain it (Theorem 1, for a fixed
    allocation). The slack is what the rule leaves on the table where it leaves least.

    Examples
    --------
    >>> from potluck.mechanisms import MaximalExploitation
    >>> duel = Setting.pooled(MaximalExploitation(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q - 2 * q[::-1])
    >>> revenue_bound(duel).slack
    0.0
    """

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        bound = float(setting.worths(truth, truth).sum())
        for i in range(setting.n):
            out = truth.copy()
            out[i] = 0
            bound -= float(setting.worths(truth, out)[i])
        return bound - float(setting.payments(truth).sum())

    return worst_profile("revenue within its bound", setting, _truthful_space(setting), slack, tolerance, limit, rng)
