"""Ratings that users gave to items."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import BoolArray, FloatArray, IntArray
from .schema import Schema
from .text_files import shown

STARS = (1.0, 5.0)
"""The scale that a recommender is trained on."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """Who rated what, and how.

    Parameters
    ----------
    users, items
        Index of the user and of the item of every rating, shape (r,), from 0 on.
    values
        The ratings, within the scale, shape (r,).
    name
        What the data is called in tables and messages.
    scale
        The lowest and the highest rating that may be given.
    user_names, item_names
        What users and items are called in the file, by index, for messages; None where they have no names.
    schema
        What the columns of the file were taken for.

    Raises
    ------
    ValueError
        There is no rating or only one user, a rating is out of the scale, somebody rated an item twice, or shapes do not fit.

    Examples
    --------
    >>> ratings = Ratings(np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([5.0, 3.0, 1.0]))
    >>> len(ratings), ratings.n_users, ratings.n_items, round(ratings.density, 3)
    (3, 2, 3, 0.75)
    """

    users: IntArray
    items: IntArray
    values: FloatArray
    name: str = "ratings"
    scale: tuple[float, float] = STARS
    user_names: NDArray[Any] | None = None
    item_names: NDArray[Any] | None = None
    schema: Schema = field(default_factory=lambda: Schema("", 0, ()))

    def __post_init__(self) -> None:
        for name in ("users", "items"):
            column = np.asarray(getattr(self, name))
            if not np.issubdtype(column.dtype, np.integer):
                raise ValueError(f"{self.name}: {name} are indices, whole numbers, not of type {column.dtype}")
            object.__setattr__(self, name, column.astype(np.int64, copy=False))
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float64))
        shapes = {np.shape(column) for column in (self.users, self.items, self.values)}
        if len(shapes) > 1 or np.ndim(self.values) != 1:
            raise ValueError(f"{self.name}: users, items and values must be of one shape (r,), not {sorted(shapes)}")
        if not len(self.values):
            raise ValueError(f"{self.name}: there are no ratings")
        if min(self.users.min(), self.items.min()) < 0:
            raise ValueError(f"{self.name}: users and items are counted from 0 on")
        self._check_ratings()

    def _check_ratings(self) -> None:
        low, high = self.scale
        wrong = np.flatnonzero(~((self.values >= low) & (self.values <= high)))
        if len(wrong):
            raise ValueError(
                f"{self.name}: row {wrong[0] + 1}: a rating of {self.values[wrong[0]]:g} is out of range; "
                f"the scale is {low:g} to {high:g}"
            )
        if (self.users == self.users[0]).all():
            who = self._called("user", int(self.users[0]))
            raise ValueError(f"{self.name}: one user only, {who}, gave all ratings; at least 2 are needed to form two parties")
        places = self.users * np.int64(self.n_items) + self.items
        order = np.argsort(places, kind="stable")
        again = order[1:][places[order[1:]] == places[order[:-1]]]
        if len(again):
            row = int(again.min())
            first = int(np.flatnonzero(places == places[row])[0])
            user, item = self._called("user", int(self.users[row])), self._called("item", int(self.items[row]))
            more = f"; {len(again)} ratings are such repeats" if len(again) > 1 else ""
            raise ValueError(f"{self.name}: {user} rates {item} twice, in rows {first + 1} and {row + 1}: keep one{more}")

    def _called(self, what: str, index: int) -> str:
        names = self.user_names if what == "user" else self.item_names
        return f"{what} number {index} (counted from 0)" if names is None else f"{what} {shown(names[index])}"

    def __len__(self) -> int:
        """Return the number of ratings."""
        return len(self.values)

    @property
    def n_users(self) -> int:
        """Number of users: one more than the largest index."""
        return int(self.users.max()) + 1

    @property
    def n_items(self) -> int:
        """Number of items: one more than the largest index."""
        return int(self.items.max()) + 1

    @property
    def density(self) -> float:
        """Share of the table of users by items that is filled; users and items without a rating do not count."""
        return len(self) / (len(np.unique(self.users)) * len(np.unique(self.items)))

    @property
    def stars(self) -> FloatArray:
        """The ratings put on a scale from 1 to 5: its ends are the ends of their own, shape (r,).

        Examples
        --------
        >>> Ratings(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([-10.0, 0.0, 10.0]), scale=(-10, 10)).stars.tolist()
        [1.0, 3.0, 5.0]
        """
        low, high = self.scale
        if (low, high) == STARS:
            return self.values
        return STARS[0] + (STARS[1] - STARS[0]) * (self.values - low) / (high - low)

    def where(self, chosen: BoolArray) -> "Ratings":
        """Return the chosen ratings, (r,) truth values, with users and items numbered afresh.

        Raises
        ------
        ValueError
            Fewer than two users are left.
        """
        if not chosen.any():
            raise ValueError(f"{self.name}: no rating is left")
        left_users, users = np.unique(self.users[chosen], return_inverse=True)
        left_items, items = np.unique(self.items[chosen], return_inverse=True)
        return Ratings(
            users,
            items,
            self.values[chosen],
            self.name,
            self.scale,
            None if self.user_names is None else self.user_names[left_users],
            None if self.item_names is None else self.item_names[left_items],
            self.schema,
        )
