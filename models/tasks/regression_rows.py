"""Which rows of regression data are public, which party holds which, and which are kept back for the test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...arrays import FloatArray, IntArray
from ...data.held_rows import Holding, inputs_of
from ...data.reading import TableReading
from ...data.regression import friedman, load_regression
from ...training.information_gain.partition import sorted_blocks

FRIEDMAN = "friedman"
SplitName = Literal["even", "ranges", "sorted"]
FRIEDMAN_ROWS, FRIEDMAN_TESTS, FRIEDMAN_PUBLIC = 50, 200, 500
TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Dealt:
    """Rows dealt.

    Parameters
    ----------
    public
        Rows that everybody knows, held by nobody; they count for nothing.
    parties
        What each party holds.
    tests
        Rows kept back for the test.
    unit
        How many of the target's own units one unit of ``targets`` stands for.
    """

    public: Holding
    parties: tuple[Holding, ...]
    tests: Holding
    unit: float = 1.0


@dataclass(frozen=True)
class Deal:
    """How rows are dealt; see `GaussianRegression` for the parameters."""

    dataset: str
    parties: int
    rows: int | None
    tests: int | None
    public_share: float
    split: SplitName | None
    smallest: float
    target: str | None
    without: tuple[str, ...]
    standardise: bool

    def __call__(self, rng: np.random.Generator) -> Dealt:
        """Return the rows dealt; all randomness comes from ``rng``."""
        dealt = self._generated(rng) if self.dataset == FRIEDMAN else self._from_data(rng)
        if min(len(party) for party in dealt.parties) == 0:
            raise ValueError("a party has no rows: use fewer parties or more rows")
        return _scaled(dealt, self.standardise)

    def _generated(self, rng: np.random.Generator) -> Dealt:
        if self.target is not None or self.without:
            raise ValueError("the Friedman function has no named columns: leave out target and without")
        rows = FRIEDMAN_ROWS * self.parties if self.rows is None else self.rows
        tests = FRIEDMAN_TESTS if self.tests is None else self.tests
        if self.split in (None, "ranges"):
            owner = np.sort(np.arange(rows) % self.parties)
            low, high = np.array(first_inputs(self.parties))[owner].T
            held = Holding(*friedman(rows, rng, first=(low, high)))
            parties = tuple(Holding(held.inputs[owner == party], held.targets[owner == party]) for party in range(self.parties))
        else:
            parties = self._parted(Holding(*friedman(rows, rng)), rng)
        kept = Holding(*friedman(tests, rng))
        return Dealt(Holding(*friedman(FRIEDMAN_PUBLIC if self.public_share else 0, rng)), parties, kept)

    def _from_data(self, rng: np.random.Generator) -> Dealt:
        if self.split == "ranges":
            raise ValueError("split = 'ranges' is for the Friedman function: use 'even' or 'sorted' with other data")
        data = load_regression(self.dataset, TableReading(label=self.target, drop=self.without), beside=(FRIEDMAN,))
        order = rng.permutation(len(data))
        public, rest = np.split(order, [math.ceil(self.public_share * len(order))])
        tests = math.ceil(TEST_SHARE * len(rest)) if self.tests is None else self.tests
        rows = len(rest) - tests if self.rows is None else self.rows
        if rows < self.parties or rows + tests > len(rest):
            raise ValueError(
                f"{len(rest)} rows that are not public cannot give {tests} tests and {rows} rows to {self.parties} parties"
            )
        parts = (public, rest[tests : tests + rows], rest[:tests])
        inputs, _ = data.encoded(np.concatenate(parts[:2]))
        known, held, kept = (Holding(inputs[some], data.targets[some]) for some in parts)
        return Dealt(known, self._parted(held, rng), kept)

    def _parted(self, rows: Holding, rng: np.random.Generator) -> tuple[Holding, ...]:
        if len(rows) < self.parties:
            return (rows,) + (Holding(rows.inputs[:0], rows.targets[:0]),) * (self.parties - 1)
        owner = self._owners(rows, rng)
        parts = [rng.permutation(np.flatnonzero(owner == party)) for party in range(self.parties)]
        return tuple(Holding(rows.inputs[part], rows.targets[part]) for part in parts)

    def _owners(self, rows: Holding, rng: np.random.Generator) -> IntArray:
        if self.split == "sorted":
            owner = np.empty(len(rows), dtype=np.int64)
            for party, part in enumerate(sorted_blocks(rows.inputs, self.parties, rng, self.smallest)):
                owner[part] = party
            return owner
        return np.asarray(rng.permutation(len(rows)) % self.parties)


def _scaled(dealt: Dealt, standardise: bool) -> Dealt:
    """Standardise, or only centre the targets, by the public rows, or by what parties hold together where nothing is public."""
    known = (dealt.public,) if len(dealt.public) else dealt.parties
    inputs = np.concatenate([rows.inputs for rows in known])
    targets = np.concatenate([rows.targets for rows in known])
    middle, spread = (inputs.mean(axis=0), _spread(inputs)) if standardise else (np.zeros(1), np.ones(1))
    centre, unit = float(targets.mean()), float(_spread(targets)) if standardise else 1.0

    def scaled(rows: Holding) -> Holding:
        return Holding((rows.inputs - middle) / spread, (rows.targets - centre) / unit)

    return Dealt(scaled(dealt.public), tuple(map(scaled, dealt.parties)), scaled(dealt.tests), unit)


def _spread(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def first_inputs(parties: int) -> list[tuple[float, float]]:
    """Return each party's range of the first input: all of it for the first party, equal parts of it for the others.

    Examples
    --------
    >>> first_inputs(3)
    [(0.0, 1.0), (0.0, 0.5), (0.5, 1.0)]
    """
    others = parties - 1
    return [(0.0, 1.0), *((part / others, (part + 1) / others) for part in range(others))]


def pooled(holdings: Sequence[Holding], like: Sequence[Holding] = ()) -> tuple[FloatArray, FloatArray]:
    """Return all rows' inputs and targets; where nobody holds any, none of the same width as ``like``."""
    if not holdings:
        return like[0].inputs[:0], np.zeros(0)
    return np.concatenate([rows.inputs for rows in holdings]), np.concatenate([rows.targets for rows in holdings])


def checked(rows: Holding, width: int, whose: str) -> Holding:
    """Return rows as arrays, after checking that they are finite and fit the number of inputs, ``width``; ``whose`` they are.

    Raises
    ------
    ValueError
        They do not.
    """
    inputs, targets = inputs_of(rows, width, whose), np.asarray(rows.targets, dtype=np.float64)
    if not np.isfinite(targets).all():
        raise ValueError(f"{whose}: targets must be finite numbers")
    return Holding(inputs, targets)
