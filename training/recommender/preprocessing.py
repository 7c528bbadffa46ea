"""What is done to ratings before factors are learned: rare users and items go, averages are taken off."""

from dataclasses import dataclass

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...data.ratings import Ratings

FEWEST = 10
REACH = 2.0
"""Averages of users, and what is left of a rating, are kept within -2 and 2."""

MIDDLE = 3.0
"""The middle of the scale of 1 to 5 stars, which reaches from -2 to 2 around it."""


@dataclass(frozen=True, eq=False)
class Averages:
    """Average rating of each item, shape (items,), and of what each user's ratings are above those, shape (users,)."""

    items: FloatArray
    users: FloatArray

    def taken_off(self, users: IntArray, items: IntArray, values: FloatArray) -> FloatArray:
        """Return what is left of ratings, within -2 and 2, shape (r,)."""
        return np.clip(values - self.items[items] - self.users[users], -REACH, REACH)


def frequent(ratings: Ratings, fewest: int = FEWEST) -> Ratings:
    """Return the ratings without users and items that have less than ``fewest``.

    Both are counted once, together: what is left may hold users or items that have lost some ratings to the other's removal.

    Raises
    ------
    ValueError
        Fewer than two users are left.

    Examples
    --------
    >>> ratings = Ratings(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 2]), np.full(5, 3.0))
    >>> len(frequent(ratings, fewest=2))
    4
    """
    often_user = np.bincount(ratings.users) >= fewest
    often_item = np.bincount(ratings.items) >= fewest
    kept = often_user[ratings.users] & often_item[ratings.items]
    if not kept.any() or (ratings.users[kept] == ratings.users[kept][0]).all():
        raise ValueError(f"{ratings.name}: fewer than 2 users are left when users and items with less than {fewest} ratings go")
    return ratings.where(kept)


def averages(users: IntArray, items: IntArray, values: FloatArray, n_users: int, n_items: int) -> Averages:
    """Return the averages of ratings (Appendix D, steps 2 to 4).

    An item that nobody rated has the mean of all ratings; a user who rated nothing has 0.

    Examples
    --------
    >>> found = averages(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([5.0, 3.0, 1.0]), 2, 2)
    >>> found.items.tolist(), found.users.tolist()
    ([5.0, 2.0], [0.5, -1.0])
    """
    by_item = _means(items, values, n_items, float(values.mean()))
    by_user = _means(users, values - by_item[items], n_users, 0.0)
    return Averages(by_item, np.clip(by_user, -REACH, REACH))


def leftovers(ratings: Ratings, seen: BoolArray | None = None) -> FloatArray:
    """Return what is left of every rating when averages are taken off, shape (r,), within -2 and 2.

    Parameters
    ----------
    ratings
        The ratings.
    seen
        Which ratings the averages are taken over, shape (r,); default: all, as in the paper, whose averages so know the
        ratings that the model is tested on.

    Examples
    --------
    >>> ratings = Ratings(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([5.0, 3.0, 1.0]))
    >>> leftovers(ratings).tolist()
    [-0.5, 0.5, 0.0]
    >>> leftovers(ratings, np.array([True, True, False])).tolist()
    [0.0, 0.0, -2.0]
    """
    known = slice(None) if seen is None else seen
    stars = ratings.stars
    found = averages(ratings.users[known], ratings.items[known], stars[known], ratings.n_users, ratings.n_items)
    return found.taken_off(ratings.users, ratings.items, stars)


def _means(groups: IntArray, values: FloatArray, count: int, otherwise: float) -> FloatArray:
    numbers = np.bincount(groups, minlength=count)
    sums = np.bincount(groups, weights=values, minlength=count)
    return np.where(numbers > 0, sums / np.maximum(numbers, 1), otherwise)
