"""Bayesian linear regression on rows that parties hold, also on the last layer of a neural network."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from ...data.held_rows import Holding
from ...papers import MODEL_REWARDS
from ...training.information_gain.gaussian_models import FeatureModel, GaussianModel
from ...training.information_gain.likelihood import most_likely_noise
from .gaussian_regression import GaussianRegression
from .task import TASKS


@TASKS.register
class BayesianLinearRegression(GaussianRegression):
    """Parties' data is worth its information gain on the weights of a linear model, or of a network's last layer.

    Weights are standard normal before any data. Values grow like (p / 2) log of the number of rows, p the number of weights, so
    that one party alone often has most of what all have together.

    Parameters
    ----------
    dataset, parties, rows, tests, split, smallest, target, without, standardise, noise, seed, copies, levels
        As in `GaussianRegression`; but ``standardise`` is on by default.
    features
        ``inputs``: the inputs and a constant. ``network``: the last hidden layer of a neural network, trained on public rows that
        no party holds, and a constant.
    hidden
        Sizes of the network's hidden layers; the last one gives the features.
    public_share
        Share of the rows that is public where there is a network, in (0, 1); of ``friedman``, 500 rows are.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Examples
    --------
    >>> task = BayesianLinearRegression(dataset="diabetes", parties=2)
    >>> alone, together = task.alone, task.worths([[1, 1]])[0]
    >>> bool(alone.max() < together < alone.sum())
    True
    """

    source = MODEL_REWARDS.at("Section 5 (neural network regression)")
    example_parameters = {"rows": 12, "noise": 0.5, "levels": (0.5, 1)}

    standardise: bool | None = True
    features: Literal["inputs", "network"] = "inputs"
    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1)] = (32, 10)
    public_share: Annotated[float, Field(gt=0, lt=1)] = 0.6

    def _public_share(self) -> float:
        return self.public_share if self.features == "network" else 0.0

    def _learn(self, public: Holding, inputs: FloatArray, targets: FloatArray) -> GaussianModel:
        features = _LastLayer(trained_network(public, self.hidden)) if self.features == "network" else _inputs_and_one
        noise = most_likely_noise(features(inputs), targets) if self.noise is None else self.noise
        return FeatureModel(features, noise)


def _inputs_and_one(inputs: FloatArray) -> FloatArray:
    return np.column_stack([inputs, np.ones(len(inputs))])


@dataclass(frozen=True, eq=False)
class _LastLayer:
    """What the last hidden layer of a rectifier network shows of inputs, and a constant."""

    network: Any

    def __call__(self, inputs: FloatArray) -> FloatArray:
        seen = np.asarray(inputs, dtype=np.float64)
        for weights, offsets in zip(self.network.coefs_[:-1], self.network.intercepts_[:-1], strict=True):
            seen = np.maximum(seen @ weights + offsets, 0.0)
        return _inputs_and_one(seen)


def trained_network(rows: Holding, hidden: tuple[int, ...]) -> Any:
    """Return scikit-learn's MLPRegressor with rectifiers, trained on these rows; always the same for the same rows."""
    import warnings

    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    with warnings.catch_warnings():
        # a network that is not quite done is still a fixed map to features
        warnings.simplefilter("ignore", ConvergenceWarning)
        return MLPRegressor(hidden_layer_sizes=hidden, max_iter=200, early_stopping=len(rows) >= 100, random_state=0).fit(
            rows.inputs, rows.targets
        )
