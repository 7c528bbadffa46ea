"""Verdicts: a claim or number, where it comes from, what was found, and whether that reproduces or refutes it, or neither.

Scenario checks, audits and findings all speak in verdicts. *Refuted* takes a counterexample and *undecided* a reason; whether the
outcome was expected is another question, and the only one that decides an exit status.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from .arrays import FloatArray

Origin: TypeAlias = Literal["printed", "derived", "measured elsewhere"]


class Outcome(StrEnum):
    """What was found of a claim."""

    REPRODUCED = "reproduced"
    REFUTED = "refuted"
    UNDECIDED = "undecided"

    @property
    def mark(self) -> str:
        """One sign: a tick is for what was reproduced, and for nothing else."""
        return {"reproduced": "✓", "refuted": "✗", "undecided": "?"}[self.value]


REPRODUCED, REFUTED, UNDECIDED = Outcome.REPRODUCED, Outcome.REFUTED, Outcome.UNDECIDED


@dataclass(frozen=True)
class Basis:
    """Where a claim or number comes from: printed in a paper, derived here, or measured elsewhere; and where there."""

    origin: Origin
    where: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.where}" if self.where else self.origin


def printed(where: str) -> Basis:
    """Return the basis of what a paper prints: ``printed("Table 5")``."""
    return Basis("printed", where)


def derived(where: str) -> Basis:
    """Return the basis of what was worked out apart from the program, and how: ``derived("closed form, by hand")``."""
    return Basis("derived", where)


def elsewhere(where: str) -> Basis:
    """Return the basis of what somebody else measured: ``elsewhere("notes on Figure 5, 60 data sets")``."""
    return Basis("measured elsewhere", where)


@dataclass(frozen=True)
class Verdict:
    """A claim or number held against what was found.

    Parameters
    ----------
    name
        What is judged.
    basis
        Where the claim comes from.
    claim
        The number, or the statement in words.
    found
        What was found.
    outcome
        Whether that reproduces the claim, refutes it, or leaves it undecided here.
    expected
        The outcome that is known to be right; any other is a fault of the program or a discovery.
    note
        The counterexample of what is refuted, the reason of what is undecided, the corrected form.
    tolerance
        How far a number may be off; None for a statement.
    interval
        Between what bounds a random quantity lies; None where nothing is random.

    Raises
    ------
    ValueError
        A refuted claim shows no counterexample, or an undecided one gives no reason: both stand in ``note`` or in ``found``.

    Examples
    --------
    >>> area = Verdict.number("area", printed("Table 1"), 3.14, 3.1416, tolerance=0.005)
    >>> area.outcome.value, area.as_expected
    ('reproduced', True)
    >>> copies = Verdict.statement(
    ...     "copies", printed("Section 4"), "copies never pay", "0.02 a copy", holds=False, expected=REFUTED, note="hospital 2"
    ... )
    >>> copies.outcome.mark, copies.as_expected
    ('✗', True)
    """

    name: str
    basis: Basis
    claim: Any
    found: Any
    outcome: Outcome
    expected: Outcome = REPRODUCED
    note: str = ""
    tolerance: float | None = None
    interval: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check that a claim that is not reproduced says why."""
        if self.outcome is not REPRODUCED and not (self.note or str(self.found)):
            raise ValueError(f"{self.name}: a claim that is {self.outcome} needs a counterexample or a reason")

    @property
    def as_expected(self) -> bool:
        """Whether the outcome is the one that is known to be right."""
        return self.outcome is self.expected

    @classmethod
    def number(
        cls,
        name: str,
        basis: Basis,
        claim: float,
        found: float,
        tolerance: float,
        note: str = "",
        *,
        expected: Outcome = REPRODUCED,
    ) -> "Verdict":
        """Return the verdict on a number, which is reproduced up to an absolute tolerance; what is not a number is undecided."""
        gap = abs(float(found) - claim) if found != claim else 0.0
        outcome = UNDECIDED if math.isnan(gap) else REPRODUCED if gap <= tolerance else REFUTED
        return cls(name, basis, claim, float(found), outcome, expected, note, tolerance)

    @classmethod
    def statement(
        cls,
        name: str,
        basis: Basis,
        claim: str,
        found: Any,
        holds: bool | None,
        note: str = "",
        *,
        expected: Outcome = REPRODUCED,
    ) -> "Verdict":
        """Return the verdict on a statement that holds, does not hold, or (None) was not decided."""
        outcome = UNDECIDED if holds is None else REPRODUCED if holds else REFUTED
        return cls(name, basis, claim, found, outcome, expected, note)

    @classmethod
    def over_seeds(
        cls,
        name: str,
        basis: Basis,
        claim: str,
        samples: ArrayLike,
        holds: Callable[[float], bool],
        *,
        confidence: float = 0.95,
        expected: Outcome = REPRODUCED,
        note: str = "",
    ) -> "Verdict":
        """Return the verdict on the mean of a random quantity: undecided where its interval holds both answers.

        Parameters
        ----------
        samples
            What independent seeds gave, shape (k,).
        holds
            Whether the claim would be true if the mean were a given number; it changes its answer once at most.
        confidence
            Of the two-sided t-interval of the mean, in (0, 1).

        Examples
        --------
        >>> def positive(mean):
        ...     return mean > 0
        >>> print(Verdict.over_seeds("gain", printed("Figure 5"), "positive", [0.2, 0.1, 0.3], positive).outcome)
        undecided
        >>> print(Verdict.over_seeds("gain", printed("Figure 5"), "positive", [0.2, 0.21, 0.22], positive).outcome)
        reproduced
        """
        values = np.asarray(samples, dtype=np.float64)
        low, high = mean_interval(values, confidence)
        low_holds, high_holds = holds(low), holds(high)
        decided = math.isfinite(low) and math.isfinite(high) and low_holds == high_holds
        outcome = (REPRODUCED if low_holds else REFUTED) if decided else UNDECIDED
        found = f"{values.mean():.4g} [{low:.4g}, {high:.4g}] over {len(values)} seeds"
        return cls(name, basis, claim, found, outcome, expected, note, interval=(low, high))

    def left_undecided(self, reason: str) -> "Verdict":
        """Return the same claim and finding, expected to be undecided, for a reason that goes before the note."""
        note = f"{reason}; {self.note}" if self.note else reason
        return replace(self, outcome=UNDECIDED, expected=UNDECIDED, note=note)

    def excused(self, few: bool, reason: str) -> "Verdict":
        """Return the verdict; if too little was played to decide it, that it is undecided is expected, and the reason is noted.

        Parameters
        ----------
        few
            Whether there was too little: few seeds, runs or rounds. It is to follow from parameters, never from what was found,
            since an expectation that follows the outcome is always met. What was decided is to be right all the same.
        reason
            What would decide it.

        Examples
        --------
        >>> gain = Verdict.over_seeds("gain", printed("Figure 5"), "positive", [0.2, -0.1], lambda mean: mean > 0)
        >>> gain.as_expected, gain.excused(True, "2 seeds are few").as_expected, gain.excused(False, "").as_expected
        (False, True, False)
        """
        return self.left_undecided(reason) if few and self.outcome is UNDECIDED else self

    def row(self) -> dict[str, Any]:
        """Return the verdict as a row of a table, in plain values."""
        return {
            "name": self.name,
            "origin": self.basis.origin,
            "where": self.basis.where,
            "claim": self.claim,
            "found": self.found,
            "tolerance": self.tolerance,
            "interval": None if self.interval is None else list(self.interval),
            "outcome": self.outcome.value,
            "expected": self.expected.value,
            "as_expected": self.as_expected,
            "note": self.note,
        }


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Return the two-sided t-interval of the mean of independent samples, (k,); from one sample everything is possible.

    Raises
    ------
    ValueError
        There are no samples, or the confidence is not inside (0, 1).

    Examples
    --------
    >>> [round(end, 3) for end in mean_interval([1.0, 2.0, 3.0])]
    [-0.484, 4.484]
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array):
        raise ValueError(f"samples of shape {array.shape}: give one or more, in a list")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence}: it must be between 0 and 1")
    if len(array) == 1:
        return -math.inf, math.inf
    from scipy.special import stdtrit

    half = float(stdtrit(len(array) - 1, (1 + confidence) / 2) * array.std(ddof=1) / math.sqrt(len(array)))
    middle = float(array.mean())
    return middle - half, middle + half


def share_interval(shares: ArrayLike, trials: int, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the ends of Wilson's intervals of shares of independent trials, each of the shares' shape.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.

    Examples
    --------
    >>> [end.round(3).tolist() for end in share_interval([0.0, 0.5], 10)]
    [[0.0, 0.237], [0.278, 0.763]]
    """
    values = np.asarray(shares, dtype=np.float64)
    if not 0 < level < 1:
        raise ValueError(f"level = {level}: it must be above 0 and below 1")
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    middle = (values + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (values * (1 - values) + z2 / (4 * trials)) / trials) / (1 + z2 / trials)
    return np.minimum(np.maximum(middle - half, 0.0), values), np.maximum(np.minimum(middle + half, 1.0), values)


def counts(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """Return how many verdicts are reproduced, refuted and undecided, and how many are not as expected.

    Examples
    --------
    >>> counts([Verdict.number("area", printed("Table 1"), 3.14, 3.2, tolerance=0.005)])
    {'reproduced': 0, 'refuted': 1, 'undecided': 0, 'unexpected': 1}
    """
    chosen: Sequence[Verdict] = list(verdicts)
    found = Counter(verdict.outcome for verdict in chosen)
    return {
        **{outcome.value: found[outcome] for outcome in Outcome},
        "unexpected": sum(not verdict.as_expected for verdict in chosen),
    }


def by_paper(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many verdicts have which outcome, by the paper that is cited and by where the claim comes from.

    Parameters
    ----------
    rows
        Rows of a table of checks: those of `Verdict.row`, with the paper's key under ``cites``, empty for none.

    Examples
    --------
    >>> row = Verdict.number("area", printed("Table 1"), 3.14, 3.141, tolerance=0.005).row()
    >>> by_paper([{"cites": "geometry", **row}])["geometry"]["printed"]
    {'reproduced': 1, 'refuted': 0, 'undecided': 0}
    """
    table: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        empty = {origin: {outcome.value: 0 for outcome in Outcome} for origin in get_args(Origin)}
        table.setdefault(row["cites"], empty)[row["origin"]][row["outcome"]] += 1
    return table
