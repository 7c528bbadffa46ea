"""The recommender and its ratings; the rooms are `potluck.training.recommender` and `potluck.data`."""

from ..data.ratings import Ratings
from ..data.ratings_files import load_ratings, read_ratings
from ..training.recommender import *  # noqa: F403
from ..training.recommender import __all__ as _trained

__all__ = ["Ratings", "load_ratings", "read_ratings", *_trained]
