"""What the scenarios share that measure a recommender: its data, its parties, and where measurements are kept."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pydantic import AfterValidator, Field
from scipy import stats

from ...arrays import FloatArray, IntArray
from ...components import seeds_of
from ...data.ratings import Ratings
from ...data.ratings_columns import RatingsReading
from ...data.ratings_files import load_ratings
from ...papers import PRIVACY
from ...store import Store
from ...training.recommender import (
    Averaged,
    Collaboration,
    Initialisation,
    InitialisationSpec,
    Normal,
    Training,
    frequent,
    improvement,
    relative,
)
from ...training.recommender.sgd import Positive
from ...verdicts import Verdict
from ..scenario import Scenario

UNTRAINED = 1e-3
"""Where the joint model's error is below that before training by less than this, training has not begun to tell."""

MIDDLING = "synthetic(users=2000)"
"""Made-up ratings of the number and moments of MovieLens 100K."""

LEARNABLE = "synthetic(users=800, items=300, density=0.2, taste=1)"
"""Half as many that depend more on taste, so that half of one party's data is enough to learn from."""

ENOUGH = 10
"""Splits that are enough to decide what is asked of ratings of which it is known: `LEARNABLE` and MovieLens 100K."""

TRAINED = ("initialisation", "passes", "rate", "regularisation", "factors", "bound", "averages")
"""Parameters that say how models are trained."""

SMALL: Mapping[str, Any] = {
    "dataset": "synthetic(users=800, items=300, density=0.1, taste=1)",
    "splits": 2,
    "cached": False,
}
"""Parameters of examples: few ratings from which a little is learned all the same."""

FULL: Mapping[str, Any] = {"dataset": "synthetic"}
"""Parameters of the full size, made-up ratings as many as those of MovieLens 1M."""

NO_BETTER = 0.05
"""A joint model is taken for no better than none when it keeps at most this share of what training alone gains."""


def _levels(levels: tuple[float, ...]) -> tuple[float, ...]:
    if levels[0] != 0 or not all(low < high for low, high in itertools.pairwise(levels)):
        raise ValueError(f"levels = {levels} must start with 0, no privacy, and increase")
    return levels


Level = Annotated[float, Field(ge=0, le=1)]
Levels = Annotated[tuple[Level, ...], Field(min_length=2), AfterValidator(_levels)]
"""Privacy levels that are measured, from 0 on."""


def _distinct(values: tuple[object, ...]) -> tuple[object, ...]:
    twice = [str(value) for index, value in enumerate(values) if value in values[:index]]
    if twice:
        raise ValueError(f"{twice[0]} is given twice")
    return values


Distinct = AfterValidator(_distinct)
"""Marks a list of parameters of which each may be given once: rows of tables are told apart by them."""


class RecommenderScenario(RatingsReading, Scenario):
    """Base of the scenarios that measure what two parties' recommender is worth to them.

    Parameters
    ----------
    dataset
        ``synthetic``, made up to look like MovieLens 1M; the same with parameters, as is the default; ``movielens-100k``, once
        fetched with ``potluck data get``; or the path of a file of ratings.
    user, item, rating, scale
        Which columns of a file hold users, items and ratings, and the scale's ends, as in `RatingsReading`. Ratings on another
        scale than 1 to 5 are put on that one, and errors are in its stars.
    initialisation
        What factors are before training, ``Normal(0.1)`` or ``Uniform(0, 0.003)`` and the like. The paper does not say.
    splits
        Over how many random divisions of users and ratings errors are averaged, ≥ 1. Intervals are over these.
    passes, rate, regularisation, factors, bound
        How factors are trained, as in `Training`. By default a model of MovieLens 100K beats averages by 0.012 stars alone;
        the paper's 20 passes at 0.0075, λ = 0.01 and bound 0.5 leave one there that is hardly better than none.
    averages
        Which ratings the averages are taken over that are taken off: ``noisy``, a party's own as its privacy method leaves them;
        ``own``, those it trains on; or ``all``, everybody's with those of the tests, as in the paper. On it depends what ε is.
    cached
        Whether measured errors are kept on disk and read again. They depend on nothing that is not in the key.
    """

    paper = PRIVACY
    fresh_parameters: ClassVar[Mapping[str, Any]] = {"cached": False}

    dataset: str = LEARNABLE
    initialisation: InitialisationSpec = Normal()
    splits: Annotated[int, Field(ge=1, le=100)] = 10
    passes: Annotated[int, Field(ge=1, le=10_000)] = 40
    rate: Positive = 0.01
    regularisation: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.1
    factors: Annotated[int, Field(ge=1, le=1000)] = 4
    bound: Positive | None = 1.0
    averages: Averaged = "noisy"
    cached: bool = True

    def held(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """Return verdicts, which may be undecided where nothing says beforehand that these ratings and splits decide them."""
        fields = type(self).model_fields
        few = self.splits < ENOUGH
        unknown = self.dataset not in {fields["dataset"].default, "movielens-100k"} or any(
            getattr(self, name) != fields[name].default for name in TRAINED
        )
        reason = f"{self.splits} splits, {ENOUGH} should decide it" if few else "other ratings or training than it is known of"
        return [verdict.excused(few or unknown, reason) for verdict in verdicts]

    def ratings(self, rng: np.random.Generator) -> Ratings:
        """Return the ratings without rare users and items."""
        return self.read(self.dataset, rng)

    def read(self, dataset: str, rng: np.random.Generator) -> Ratings:
        """Return other ratings, read alike."""
        return frequent(load_ratings(dataset, rng, self.ratings_reading()))

    def seeds(self, rng: np.random.Generator) -> IntArray:
        """Return a seed a split, shape (splits,)."""
        return np.array(seeds_of(rng, self.splits))

    def training(self, initialisation: Initialisation | None = None) -> Training:
        """Return how factors are trained, with the scenario's initialisation unless another is given."""
        return Training(
            factors=self.factors,
            passes=self.passes,
            rate=self.rate,
            regularisation=self.regularisation,
            bound=self.bound,
            initialisation=initialisation or self.initialisation,
        )

    def parties(
        self, ratings: Ratings, seeds: IntArray, ratio: float = 1.0, initialisation: Initialisation | None = None
    ) -> list[Collaboration]:
        """Return the two parties under each split, the first with ``ratio`` times the users of the second."""
        training = self.training(initialisation)
        sizes = (ratio, 1.0)
        return [
            Collaboration.divided(ratings, sizes, training, np.random.default_rng(int(seed)), self.averages) for seed in seeds
        ]

    def store(self) -> Store | None:
        """Return where errors are kept."""
        return Store() if self.cached else None


class MeasuredGame(RecommenderScenario):
    """Base of the scenarios that play the game of what is measured, at few levels.

    Parameters
    ----------
    levels
        Privacy levels that are measured and chosen from.
    """

    quick_parameters = {"splits": 3}
    example_parameters = {**SMALL, "levels": (0, 0.4)}

    levels: Levels = (0.0, 0.2, 0.4, 0.6)


def scale_shares(axis: Axes) -> None:
    """Draw shares on a linear y axis, or on a logarithmic one beyond 1 either way where some are far beyond."""
    if max(abs(end) for end in axis.get_ylim()) > 3:
        axis.set_yscale("symlog", linthresh=1)
        axis.yaxis.set_major_formatter("{x:g}")


def half_width(values: FloatArray) -> FloatArray:
    """Return half the width of the 95 % interval of a mean over splits, (splits, ...) -> (...); nan of a single split.

    Splits share ratings, so that it tells how far another division of the same ratings may be, not other people's ratings.

    Examples
    --------
    >>> round(float(half_width(np.array([1.0, 2.0, 3.0]))), 4)
    2.4841
    """
    count = len(values)
    if count < 2:
        return np.full(np.shape(values)[1:], np.nan)
    return np.asarray(stats.t.ppf(0.975, count - 1) * np.std(values, axis=0, ddof=1) / np.sqrt(count))


def jackknife_half_width(left_out: FloatArray) -> float:
    """Return half the 95 % interval of a number that is no mean, from its values with each split left out, shape (splits,).

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 4.0])
    >>> round(jackknife_half_width((values.sum() - values) / 2) / float(half_width(values)), 6)
    1.0
    """
    count = len(left_out)
    return float((count - 1) * half_width(left_out)) if count > 1 else math.nan


def ratio_half_width(gain: FloatArray, whole: FloatArray) -> FloatArray:
    """Return the same for the ratio of two means over splits, to first order; both of shape (splits, ...)."""
    base = whole.mean(axis=0)
    return half_width((gain - gain.mean(axis=0) / base * whole) / base)


def with_interval(verdict: Verdict, middle: float, half: float) -> Verdict:
    """Return a verdict with the interval of what it is about; with none where splits are too few to tell one."""
    return replace(verdict, interval=(middle - half, middle + half)) if math.isfinite(half) else verdict


def comparison(theta: FloatArray, phi: FloatArray, origin: FloatArray) -> pd.DataFrame:
    """Return columns player, theta, phi, origin, gain, improvement, relative; a row a player, from arrays of shape (n,)."""
    gain = theta - phi
    return pd.DataFrame(
        {
            "player": np.arange(len(theta)) + 1,
            "theta": theta,
            "phi": phi,
            "origin": origin,
            "gain": gain,
            "improvement": improvement(theta, phi, origin),
            "relative": relative(theta, phi, origin),
        }
    )


def listed(parts: Sequence[object], most: int = 6) -> str:
    """Return parts as a text, the first few of them.

    Examples
    --------
    >>> listed([1, 2, 3], most=2)
    '1, 2 and 1 more'
    """
    shown = ", ".join(str(part) for part in parts[:most])
    return shown if len(parts) <= most else f"{shown} and {len(parts) - most} more"
