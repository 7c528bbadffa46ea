"""Gaussian process regression on rows that parties hold, exact or sparse."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray
from ...data.held_rows import Holding
from ...papers import MODEL_REWARDS
from ...training.information_gain.gaussian_models import GaussianModel, KernelModel, sparse_model
from ...training.information_gain.kernels import Kernel, Part
from ...training.information_gain.likelihood import maximise_likelihood, mean_square
from ...training.information_gain.pivots import pivots_of_kernel, without_repeats
from .gaussian_regression import GaussianRegression, Positive
from .task import TASKS

KernelName = Literal["squared-exponential", "squared-exponential+exponential"]
FIRST_NOISE = 0.1
MOST_EXACT = 10_000


class _ProcessRegression(GaussianRegression):
    """What exact and sparse Gaussian processes share: the kernel."""

    kernel: KernelName = "squared-exponential"
    signals: tuple[Positive, ...] | None = None
    lengthscales: tuple[Positive, ...] | None = None
    fit_rows: Annotated[int, Field(ge=2, le=20_000)] = 750

    def model_post_init(self, context: object, /) -> None:
        """Deal the rows, and check that hyperparameters are given together and fit the inputs."""
        super().model_post_init(context)
        given = [hyperparameter is not None for hyperparameter in (self.signals, self.lengthscales, self.noise)]
        if any(given) and not all(given):
            raise ValueError("signals, lengthscales and noise are given together, or not at all to learn them")
        if all(given):
            self._given_kernel()

    def _given_kernel(self) -> Kernel:
        signals, lengthscales = self.signals or (), self.lengthscales or ()
        width = self.holdings()[0].inputs.shape[1]
        if self.kernel == "squared-exponential":
            if len(signals) != 1 or len(lengthscales) not in (1, width):
                raise ValueError(f"kernel = {self.kernel!r} takes 1 signal and 1 or {width} lengthscales")
            return Kernel((Part("squared-exponential", signals[0], lengthscales),))
        if len(signals) != 2 or len(lengthscales) != 2:
            raise ValueError(f"kernel = {self.kernel!r} takes 2 signals and 2 lengthscales, the squared-exponential's first")
        return Kernel(
            (
                Part("squared-exponential", signals[0], lengthscales[:1]),
                Part("exponential", signals[1], lengthscales[1:]),
            )
        )

    def _hyperparameters(self, inputs: FloatArray, targets: FloatArray) -> tuple[Kernel, float]:
        """Return the kernel and the noise: as given, or learned from at most ``fit_rows`` rows, evenly spaced in party order."""
        if self.noise is not None:
            return self._given_kernel(), self.noise
        some = np.unique(np.linspace(0, len(targets) - 1, min(self.fit_rows, len(targets))).astype(np.int64))
        inputs, targets = inputs[some], targets[some]
        size = mean_square(targets)
        spread = np.where(inputs.std(axis=0) > 0, inputs.std(axis=0), 1.0)
        if self.kernel == "squared-exponential":
            start = Kernel((Part("squared-exponential", size, tuple((3 * spread).tolist())),))
        else:
            width = float(np.sqrt(inputs.shape[1]) * spread.mean())
            start = Kernel((Part("squared-exponential", size / 2, (width,)), Part("exponential", size / 2, (width,))))
        fit = maximise_likelihood(start, FIRST_NOISE * size, inputs, targets)
        return fit.kernel, fit.noise


@TASKS.register
class GaussianProcessRegression(_ProcessRegression):
    """Parties' data is worth its information gain on a Gaussian process: what it tells, not how well it predicts.

    Parameters
    ----------
    dataset, parties, rows, tests, split, smallest, target, without, standardise, noise, seed, copies, levels
        As in `GaussianRegression`.
    kernel
        ``squared-exponential`` with a lengthscale an input (ARD), or ``squared-exponential+exponential`` with one each.
    signals, lengthscales
        Hyperparameters of the kernel, each > 0, given together with ``noise``. Default: learned by type-II maximum likelihood.
    fit_rows
        The most rows to learn hyperparameters from.
    tolerance
        By how many nats a value may be too low, ≥ 0. At 0 values come from the kernel matrix, rows by rows. Above 0 they come
        from the fewest features (pivoted Cholesky) whose certified bound tr(K - Q) / (2 σ²) is below it, which is far cheaper for
        many rows of a smooth kernel. The bound is for the rows that parties hold when the model is first used; other rows
        (`with_holdings`) are seen through the same features.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Examples
    --------
    >>> task = GaussianProcessRegression(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400))
    >>> one, two, both = task.worths([[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    >>> bool(max(one, two) < both < one + two)
    True
    """

    source = MODEL_REWARDS.at("equation (1) and Section 5 (GP regression)")
    example_parameters = {
        "rows": 12,
        "copies": 1,
        "noise": 1.0,
        "signals": (5000.0,),
        "lengthscales": (1.2, 1.1, 2.6, 15.0, 27.0, 400.0),
    }

    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0

    def model_post_init(self, context: object, /) -> None:
        """Deal the rows, and check that they are not too many for a kernel matrix."""
        super().model_post_init(context)
        rows = int(np.sum([len(held) for held in self.holdings()]))
        if self.tolerance == 0 and rows > MOST_EXACT:
            raise ValueError(f"{rows} rows are too many for a kernel matrix: at most {MOST_EXACT}, or give a tolerance above 0")

    def _learn(self, public: Holding, inputs: FloatArray, targets: FloatArray) -> GaussianModel:
        kernel, noise = self._hyperparameters(inputs, targets)
        if self.tolerance == 0:
            return KernelModel(kernel, noise)
        allowed = 2 * noise * self.tolerance / (1 + self.copies)
        return sparse_model(kernel, inputs[pivots_of_kernel(kernel, inputs, residual=allowed).rows], noise)


@TASKS.register
class SparseGaussianProcess(_ProcessRegression):
    """Parties' data is worth its information gain on a sparse Gaussian process (DTC): p by p matrices, however many rows.

    Parameters
    ----------
    dataset, parties, rows, tests, split, smallest, target, without, standardise, noise, seed, copies, levels
        As in `GaussianRegression`.
    kernel, signals, lengthscales, fit_rows
        As in `GaussianProcessRegression`.
    inducing
        Number of inducing inputs p, ≥ 1.
    choice
        How they are chosen among what parties hold: ``pivots``, each the row least explained by those before; or ``k-means``,
        centres of clusters.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Examples
    --------
    >>> exact = GaussianProcessRegression(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400))
    >>> sparse = SparseGaussianProcess(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400), inducing=40)
    >>> everything = [[1, 1, 1]]
    >>> bool(0 <= exact.worths(everything)[0] - sparse.worths(everything)[0] < 0.2)
    True
    """

    source = MODEL_REWARDS.at("Section 5 (sparse GP regression, DTC)")
    example_parameters = {
        "rows": 12,
        "copies": 1,
        "inducing": 6,
        "noise": 1.0,
        "signals": (5000.0,),
        "lengthscales": (1.2, 1.1, 2.6, 15.0, 27.0, 400.0),
    }

    inducing: Annotated[int, Field(ge=1, le=5000)] = 32
    choice: Literal["pivots", "k-means"] = "pivots"

    def _learn(self, public: Holding, inputs: FloatArray, targets: FloatArray) -> GaussianModel:
        kernel, noise = self._hyperparameters(inputs, targets)
        if self.choice == "pivots":
            chosen = inputs[pivots_of_kernel(kernel, inputs, most=self.inducing).rows]
        else:
            chosen = without_repeats(kernel, _centres(inputs, min(self.inducing, len(inputs))))
        return sparse_model(kernel, chosen, noise)


def _centres(inputs: FloatArray, clusters: int) -> FloatArray:
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.cluster import KMeans

    return np.asarray(KMeans(clusters, n_init=1, random_state=0).fit(inputs).cluster_centers_, dtype=np.float64)
