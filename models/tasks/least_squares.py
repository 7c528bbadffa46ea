"""Linear and ridge regression without training: what parties' rows add to the sums that the least squares are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...data.held_rows import Holding
from ...training.classifiers import rows_entered

ENTRIES_AT_ONCE = 1 << 22
WELL_CONDITIONED = 1e-8


@dataclass(frozen=True, eq=False)
class LinearSums:
    """Sums of products of inputs and targets over the rows that parties enter, and the rows that models are judged by.

    A party's rows change the sums of a coalition by as many rank-one terms as there are rows, so a party is added up once and
    a coalition is one system of equations in the inputs.

    Parameters
    ----------
    sums
        Of a constant, the inputs and the target, times each other, by party and level, shape (n, levels, p + 2, p + 2).
    inputs, targets
        The judges' test rows, shapes (tests, p) and (tests,).
    judges
        How many of them each judge has, in order, shape (judges,).
    penalty
        What the squares of the slopes count, ≥ 0.

    Examples
    --------
    >>> held = [Holding(np.array([[0.0], [1.0]]), np.array([0.0, 1.0])), Holding(np.array([[2.0]]), np.array([2.0]))]
    >>> sums = LinearSums.of(held, held[:1], (1.0,), penalty=0.0)
    >>> errors, known = sums.errors(np.array([[0, -1], [0, 0], [-1, 0]]), np.ones((3, 2), dtype=int))
    >>> bool(abs(errors[:2]).max() < 1e-12), known.tolist()
    (True, [True, True, False])
    """

    sums: FloatArray
    inputs: FloatArray
    targets: FloatArray
    judges: IntArray
    penalty: float

    @classmethod
    def of(cls, held: Sequence[Holding], tests: Sequence[Holding], levels: Sequence[float], penalty: float) -> "LinearSums":
        """Add up what parties enter at each level; all is taken relative to the means, which intercepts make up for."""
        centre = np.concatenate([rows.inputs for rows in held]).mean(axis=0)
        middle = float(np.concatenate([rows.targets for rows in held]).mean())
        parts = []
        for rows in held:
            each = np.column_stack([np.ones(len(rows)), rows.inputs - centre, rows.targets - middle])
            parts.append([each[:k].T @ each[:k] for k in (rows_entered(level, len(rows)) for level in levels)])
        inputs, targets = (np.concatenate([getattr(rows, part) for rows in tests]) for part in ("inputs", "targets"))
        return cls(np.array(parts), inputs - centre, targets - middle, np.array([len(rows) for rows in tests]), penalty)

    def errors(self, entered: IntArray, times: IntArray) -> tuple[FloatArray, BoolArray]:
        """Return how far predictions are off at each test row, (batch, n) -> (batch, tests), and of which coalitions it is known.

        ``entered`` says at which level, from 0, a party takes part; -1 is staying out; ``times`` how often it enters its rows. It
        is not known where rows do not settle the slopes, and of nobody.
        """
        levels, sides = self.sums.shape[1], self.sums.shape[2]
        weights = ((entered[:, :, None] == np.arange(levels)) * times[:, :, None]).reshape(len(entered), -1)
        total = (weights @ self.sums.reshape(-1, sides * sides)).reshape(-1, sides, sides)
        count = np.maximum(total[:, 0, 0], 1.0)
        means = total[:, 0, 1:] / count[:, None]
        spread = total[:, 1:, 1:] - count[:, None, None] * means[:, :, None] * means[:, None, :]
        gram, side = spread[:, :-1, :-1] + self.penalty * np.eye(sides - 2), spread[:, :-1, -1]
        kept = np.linalg.eigvalsh(gram) if sides > 2 else np.ones((len(gram), 1))
        known = (total[:, 0, 0] > 0) & (kept[:, 0] > WELL_CONDITIONED * kept[:, -1])
        slopes = np.zeros((len(entered), sides - 2))
        slopes[known] = np.linalg.solve(gram[known], side[known][..., None])[..., 0]
        offsets = means[:, -1] - (means[:, :-1] * slopes).sum(axis=1)
        return slopes @ self.inputs.T + offsets[:, None] - self.targets, known

    def scores(self, name: str, entered: IntArray, times: IntArray) -> tuple[FloatArray, BoolArray]:
        """Return ``r2``, ``mse`` or ``mae`` of each judge, (batch, n) -> (batch, judges), and for which coalitions it is known.

        Where a judge's test rows have one value there is no R², and it is known of no coalition.
        """
        found, known = np.empty((len(entered), len(self.judges))), np.empty(len(entered), dtype=bool)
        starts = np.concatenate([[0], np.cumsum(self.judges)[:-1]])
        parts = np.split(self.targets, starts[1:])
        if name == "r2" and not all(np.ptp(part) for part in parts):
            return np.zeros_like(found), np.zeros_like(known)
        spread = np.array([part.var() for part in parts])
        step = max(1, ENTRIES_AT_ONCE // max(len(self.targets), self.sums.shape[2] ** 2))
        for k in range(0, len(entered), step):
            off, known[k : k + step] = self.errors(entered[k : k + step], times[k : k + step])
            size = np.abs(off) if name == "mae" else off**2
            found[k : k + step] = np.add.reduceat(size, starts, axis=1) / self.judges
        return (1 - found / spread if name == "r2" else -found), known


def linear_sums(model: Any, held: Sequence[Holding], tests: Sequence[Holding], levels: Sequence[float]) -> LinearSums | None:
    """Return the sums for scikit-learn's plain linear and ridge regression; None for other models."""
    name = type(model).__name__
    if type(model).__module__.partition(".")[0] != "sklearn" or name not in ("LinearRegression", "Ridge"):
        return None
    if not model.fit_intercept or model.positive:
        return None
    if name == "Ridge" and not (model.solver == "auto" and isinstance(model.alpha, int | float)):
        return None
    return LinearSums.of(held, tests, levels, float(model.alpha) if name == "Ridge" else 0.0)
