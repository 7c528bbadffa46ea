"""Information gain as the worth of data, and the noise that realises a reward."""

from ..threads import one_thread
from .gain import gains_of_grams, information_gain, information_gain_of_features
from .gaussian_models import FeatureModel, GaussianModel, KernelModel, sparse_model
from .kernels import Kernel, Part, squared_exponential
from .label_privacy import gaussian_delta, label_epsilon
from .likelihood import log_marginal_likelihood, maximise_likelihood, most_likely_noise
from .partition import block_sizes, hoare_step, sorted_blocks
from .pivots import Pivots, pivoted_cholesky, pivots_of_kernel
from .realisation import Realisation, Realised
from .releases import NestedNoise, averaged_noise, fresh_releases
from .reward_model import Prediction, RewardModel

__all__ = [
    "FeatureModel",
    "GaussianModel",
    "Kernel",
    "KernelModel",
    "NestedNoise",
    "Part",
    "Pivots",
    "Prediction",
    "Realisation",
    "Realised",
    "RewardModel",
    "averaged_noise",
    "block_sizes",
    "fresh_releases",
    "gains_of_grams",
    "gaussian_delta",
    "hoare_step",
    "information_gain",
    "information_gain_of_features",
    "label_epsilon",
    "log_marginal_likelihood",
    "maximise_likelihood",
    "most_likely_noise",
    "one_thread",
    "pivoted_cholesky",
    "pivots_of_kernel",
    "sorted_blocks",
    "sparse_model",
    "squared_exponential",
]
