"""The information gains of what coalitions enter: by features, p by p, or by a kernel, rows by rows."""

from collections.abc import Callable, Sequence
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


class GainsByRows:
    """Information gains from the covariance of all rows, each kept once worked out.

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
        self._known: dict[tuple[tuple[float, int], ...], float] = {}

    def __call__(self, shares: FloatArray, times: IntArray) -> FloatArray:
        """Return information gains in nats; see `CoalitionGains`."""
        gains = np.empty(len(shares))
        for place, (share, count) in enumerate(zip(shares.tolist(), times.tolist(), strict=True)):
            entered = tuple((each if often else 0.0, often) for each, often in zip(share, count, strict=True))
            if entered not in self._known:
                self._known[entered] = self._gain(entered)
            gains[place] = self._known[entered]
        return gains

    def _gain(self, entered: Sequence[tuple[float, int]]) -> float:
        ends = np.cumsum(self._sizes)
        parts = [
            np.arange(end - size, end - size + rows_entered(share, size))
            for end, size, (share, _) in zip(ends, self._sizes, entered, strict=True)
        ]
        rows = np.concatenate(parts)
        copies = np.repeat([times for _, times in entered], [len(part) for part in parts])
        return information_gain(self._covariance[np.ix_(rows, rows)], self._noise / copies)
