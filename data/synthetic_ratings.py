"""Ratings made up to look like MovieLens 1M."""

import math

import numpy as np

from ..arrays import FloatArray, IntArray

USERS, ITEMS, DENSITY = 6040, 3250, 0.0508

MOST_RATINGS = 3e7
"""About 30 times the full size: a gigabyte."""

FEWEST, MOST = 0.12, 0.7
"""Least ratings of a user, as a share of the mean, and most, as a share of the items."""

ACTIVITY, POPULARITY = 0.95, 1.25
MEAN, ITEM_SPREAD, USER_SPREAD, NOISE = 3.70, 0.6, 0.45, 0.85
FACTORS, TASTE = 20, 0.32


def synthetic_ratings(
    rng: np.random.Generator, users: int = USERS, items: int | None = None, density: float = DENSITY, taste: float = TASTE
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return made-up ratings: users, items and stars from 1 to 5, each of shape (r,), user by user.

    Users differ in how much they rate and items in how often they are rated, both log-normally and truncated; a user's items are
    drawn without replacement. A rating is 3.7, a bias of the item (standard deviation 0.6) and of the user (0.45), what 20
    factors of taste with variances as 1, 1/2, 1/3 ... that sum to 0.32 make of both, and noise (0.85), rounded and kept within
    1 to 5.

    At full size there are about 997,000 ratings with mean 3.6 and standard deviation 1.12, of which 0.91 is left when averages
    are taken off. MovieLens 1M has 1,000,209 with mean 3.58 and standard deviation 1.12. The parameters were chosen for these
    moments; nothing else was fitted.

    Parameters
    ----------
    rng
        Where the ratings come from.
    users
        How many users there are, ≥ 2.
    items
        How many items; default: in the proportion of the full size, so that each user's number of ratings shrinks with the users.
    density
        Mean share of the items that a user rates, in (0, 0.5].
    taste
        Variance that the factors of taste add to a rating, ≥ 0: more makes small data easier to learn from.

    Raises
    ------
    ValueError
        A parameter is out of range, or users would have less than one rating each.

    Examples
    --------
    >>> users, items, stars = synthetic_ratings(np.random.default_rng(0), users=200, items=100, density=0.2)
    >>> len(stars), float(stars.min()), float(stars.max())
    (3995, 1.0, 5.0)
    """
    if items is None:
        items = max(2, round(ITEMS * users / USERS))
    for name, number, least in (("users", users, 2), ("items", items, 2)):
        if not isinstance(number, int) or number < least:
            raise ValueError(f"synthetic ratings: {name} = {number!r} must be a whole number, at least {least}")
    if not (isinstance(density, int | float) and 0 < density <= 0.5):
        raise ValueError(f"synthetic ratings: density = {density!r} must be above 0 and at most 0.5")
    if not (isinstance(taste, int | float) and 0 <= taste < math.inf):
        raise ValueError(f"synthetic ratings: taste = {taste!r} must be a number, at least 0")
    if users * items * density > MOST_RATINGS:
        raise ValueError(
            f"synthetic ratings: about {float(users * items * density):.1g} are asked for; at most {MOST_RATINGS:.0e} are made"
        )
    if density * items < 2:
        raise ValueError(f"synthetic ratings: {items} items at density {density:g} are less than 2 ratings a user")
    counts = _counts(rng, users, items, density)
    popularity = np.exp(np.clip(POPULARITY * rng.standard_normal(items), -2 * POPULARITY, 2 * POPULARITY))
    rated = np.concatenate([_drawn(rng, popularity, int(count)) for count in counts])
    rater = np.repeat(np.arange(users), counts)
    return rater, rated, _stars(rng, rater, rated, users, items, taste)


def _counts(rng: np.random.Generator, users: int, items: int, density: float) -> IntArray:
    """Return how many items each user rates: log-normal, truncated, with the mean that is asked for."""
    mean = density * items
    activity = np.exp(ACTIVITY * rng.standard_normal(users))
    scale = mean / activity.mean()
    for _ in range(50):
        scale *= mean / np.clip(scale * activity, FEWEST * mean, MOST * items).mean()
    counts = np.rint(np.clip(scale * activity, FEWEST * mean, MOST * items)).astype(np.int64)
    return np.asarray(np.maximum(counts, 1), dtype=np.int64)


def _drawn(rng: np.random.Generator, popularity: FloatArray, count: int) -> IntArray:
    """Return items drawn without replacement, the popular ones first: the smallest of exponential times, rates as popularity."""
    times = rng.standard_exponential(len(popularity), dtype=np.float32) / popularity
    return np.asarray(np.sort(np.argpartition(times, count)[:count]), dtype=np.int64)


def _stars(rng: np.random.Generator, rater: IntArray, rated: IntArray, users: int, items: int, taste: float) -> FloatArray:
    variances = 1 / np.arange(1, FACTORS + 1)
    variances *= taste / variances.sum()
    stars = MEAN + NOISE * rng.standard_normal(len(rater))
    stars += ITEM_SPREAD * rng.standard_normal(items)[rated]
    stars += USER_SPREAD * rng.standard_normal(users)[rater]
    for variance in variances.tolist():
        stars += (math.sqrt(variance) * rng.standard_normal(users))[rater] * rng.standard_normal(items)[rated]
    return np.clip(np.rint(stars), 1.0, 5.0)
