"""Learning tasks, one a file: what pooled data is worth."""

from ...data.held_rows import Holding
from ...data.splits import SPLITS, BySite, BySize, Even, LabelSkew, Split
from .bayesian_linear_regression import BayesianLinearRegression
from .best_subset import BestSubset
from .classification import Classification
from .coalition_values import CoalitionValues
from .data_portions import DataPortions
from .federated_mean_estimation import FederatedMeanEstimation, sharing_errors
from .gaussian_process_regression import GaussianProcessRegression, SparseGaussianProcess
from .gaussian_regression import GaussianRegression
from .matrix_factorization import MatrixFactorization
from .mean_estimation import MeanEstimation, linear_laplace_utility, utility_by_sharers
from .quality_curve import QualityCurve
from .regression import Regression
from .task import TASKS, Contribution, Task, TaskSpec

__all__ = [
    "SPLITS",
    "TASKS",
    "BayesianLinearRegression",
    "BestSubset",
    "BySite",
    "BySize",
    "Classification",
    "CoalitionValues",
    "Contribution",
    "DataPortions",
    "Even",
    "FederatedMeanEstimation",
    "GaussianProcessRegression",
    "GaussianRegression",
    "Holding",
    "LabelSkew",
    "MatrixFactorization",
    "MeanEstimation",
    "QualityCurve",
    "Regression",
    "SparseGaussianProcess",
    "Split",
    "Task",
    "TaskSpec",
    "linear_laplace_utility",
    "sharing_errors",
    "utility_by_sharers",
]
