"""The information gains of what coalitions enter: by features, p by p, or by a kernel, rows by rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ...arrays import FloatArray, IntArray
from ...data.held_rows import Holding
from ...training.classifiers import rows_entered
from ...training.information_gain.gain import gains_of_grams, information_gain
from ...training.information_gain.gaussian_models import FeatureModel, GaussianModel, KernelModel
from .regression_rows import pooled

CoalitionGains: TypeAlias = Callable[[FloatArray, IntArray], FloatArray]
"""From the shares of its rows that each party enters and how often, both (batch, n), to information gains in nats, (batch,).

A party enters the first rows of its share; k times are k measurements, with noise variance / k together.
"""

Entered: TypeAlias = tuple[tuple[float, int], ...]
"""The share of its rows that each party enters, and how often."""


def coalition_gains(model: GaussianModel, holdings: Sequence[Holding], levels: Sequence[float]) -> CoalitionGains:
    """Return what coalitions of parties who hold these rows, and may enter these shares of them, have.

    Raises
    ------
    TypeError
        The model has neither features nor a kernel.
    """
    if isinstance(model, FeatureModel):
        return GainsByFeatures(model, holdings, levels)
    if isinstance(model, KernelModel):
        return GainsByRows(model, holdings)
    raise TypeError(f"{type(model).__name__} is neither a kernel nor a feature model")


class GainsByFeatures:
    """Information gains from the p by p matrices of each party's shares, worked out once.

    Parameters
    ----------
    model
        The model, linear in p features.
    holdings
        What each of n parties holds.
    levels
        The shares of its rows that a party may enter, in (0, 1].
    """

    def __init__(self, model: FeatureModel, holdings: Sequence[Holding], levels: Sequence[float]) -> None:
        features = [model.features(rows.inputs) for rows in holdings]
        parts = [each[: rows_entered(level, len(each))] for each in features for level in levels]
        self._grams = np.array([part.T @ part for part in parts])
        self._levels = np.array(levels)
        self._noise = model.noise

    def __call__(self, shares: FloatArray, times: IntArray) -> FloatArray:
        """Return information gains in nats; see `CoalitionGains`."""
        weights = (shares[..., None] == self._levels) * times[..., None]
        return gains_of_grams(self._grams, weights.reshape(len(shares), -1) / self._noise)


@dataclass(frozen=True, eq=False)
class _Factored:
    """What the first parties of a coalition enter, the Cholesky factor of I plus its scaled covariance, and its gain."""

    rows: IntArray
    scale: FloatArray
    factor: FloatArray
    gain: float


class GainsByRows:
    """Information gains from the covariance of all rows, each kept once worked out.

    Coalitions come sorted, so that a party's rows are added to the factor of what the coalition shares with the one before.

    Parameters
    ----------
    model
        The Gaussian process.
    holdings
        What each of n parties holds.
    """

    def __init__(self, model: KernelModel, holdings: Sequence[Holding]) -> None:
        inputs = pooled(holdings)[0]
        self._covariance = model.kernel(inputs, inputs)
        self._sizes = [len(rows) for rows in holdings]
        self._noise = model.noise
        self._known: dict[Entered, float] = {}

    def __call__(self, shares: FloatArray, times: IntArray) -> FloatArray:
        """Return information gains in nats; see `CoalitionGains`."""
        asked = [
            tuple((each if often else 0.0, often) for each, often in zip(share, count, strict=True))
            for share, count in zip(shares.tolist(), times.tolist(), strict=True)
        ]
        nobody = _Factored(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, 0)), 0.0)
        before: Entered = ()
        factored = [nobody]
        for entered in sorted(set(asked) - self._known.keys()):
            shared = next((k for k, (one, other) in enumerate(zip(before, entered, strict=False)) if one != other), len(before))
            del factored[shared + 1 :]
            for party in range(shared, len(entered)):
                factored.append(self._joined(factored[-1], party, *entered[party]))
            before, self._known[entered] = entered, factored[-1].gain
        return np.array([self._known[entered] for entered in asked])

    def _joined(self, first: _Factored, party: int, share: float, times: int) -> _Factored:
        """Return the same once a party has entered its share."""
        from scipy.linalg import LinAlgError, cholesky, solve_triangular

        if not times:
            return first
        start, count = sum(self._sizes[:party]), rows_entered(share, self._sizes[party])
        rows, scale = np.arange(start, start + count), np.full(count, np.sqrt(times / self._noise))
        every, scales = np.concatenate([first.rows, rows]), np.concatenate([first.scale, scale])
        beside = self._covariance[np.ix_(first.rows, rows)] * first.scale[:, None] * scale
        own = np.eye(count) + self._covariance[np.ix_(rows, rows)] * scale[:, None] * scale
        try:
            across = solve_triangular(first.factor, beside, lower=True) if len(first.rows) else beside
            left = cholesky(own - across.T @ across, lower=True)
        except (LinAlgError, ValueError):  # not a covariance, which this says
            information_gain(self._covariance[np.ix_(every, every)], 1 / scales**2)
            raise
        factor = np.block([[first.factor, np.zeros_like(beside)], [across.T, left]])
        return _Factored(every, scales, factor, first.gain + float(np.log(np.diagonal(left)).sum()))
