"""A recommender that parties train on the ratings of their own users."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Seed
from ...data.held_rows import HELD, Holding, inputs_of
from ...data.ratings_columns import RatingsReading
from ...data.ratings_files import load_ratings
from ...papers import PRIVACY
from ...training.recommender.collaboration import Averaged, Block, Collaboration, Unit
from ...training.recommender.initialisation import InitialisationSpec, Normal
from ...training.recommender.preprocessing import FEWEST, MIDDLE, REACH, frequent
from ...training.recommender.privacy_methods import Guarantee, PrivacyMethodSpec, Suppression
from ...training.recommender.sgd import Positive, Training
from .task import ABSENT, TASKS, Contribution, Task

MOST_USERS = 2**31
"""Numbers of users beyond this are taken for it."""

SMALL = "synthetic(users=300, items=150, density=0.25, taste=1)"


@dataclass(frozen=True)
class _Protected(Contribution):
    """Ratings under a privacy level p, with the ε of one of them that is promised; the level is 1 - p."""

    epsilon: float

    def __str__(self) -> str:
        """Return what is entered, by privacy level."""
        entered = super().__str__()
        if self.entries == 0:
            return entered
        epsilon = "∞" if math.isinf(self.epsilon) else f"{self.epsilon:.3g}"
        return entered.replace(f"enter {self.level:g}", f"enter at p = {1 - self.level:g} (ε {epsilon})")


@TASKS.register
class MatrixFactorization(RatingsReading, Task):
    """A recommender trained on the ratings of parties who hold different users, each party protecting its ratings as it likes.

    Parties train one matrix of items in turn, and each the factors of its own users. Level l is the privacy level p = 1 - l: at
    level 1 a party enters its ratings as they are, at lower levels what the privacy method leaves of them. Each party judges the
    joint model by ratings of its own that it kept back: its worth is by how much the model's error (root mean square, in stars)
    is below that of averages alone, and negative where the model is worse than none. To a party that stays out the model is worth
    0: it knows nothing of users whose ratings it has not seen.

    Parameters
    ----------
    dataset
        ``synthetic``, with parameters in brackets, ``movielens-100k``, or the path of a file of ratings, as in
        ``load_ratings``. The default is small.
    sizes
        The parties' numbers of users, relative to each other, each > 0.
    privacy_method
        What parties do to their ratings: ``Suppression`` or ``BoundedDP``.
    fewest
        Users and items with fewer ratings are left out, ≥ 1.
    averages
        ``noisy``: every party takes off averages of its ratings as the privacy method leaves them. ``own``: of what it trains on.
        ``all``: averages over everybody's ratings, those that models are tested on included, as in the paper. What is promised
        to a party depends on it: `guarantee`.
    initialisation, factors, passes, rate, regularisation, bound
        How factors are trained, as in ``models.recommender.Training``. The defaults suit the small data and MovieLens 100K:
        the paper's 20 passes at 0.0075 with λ = 0.01 and bound 0.5 leave a model of either nearly untrained.
    seed
        Seed of synthetic data, who holds which users, and everything random in training.
    user, item, rating, scale
        Which columns of a file hold users, items and ratings, and the scale's ends, as in `RatingsReading`. Ratings on another
        scale than 1 to 5 are put on that one, and errors are in its stars.
    held, judged_by
        Ratings that parties enter instead of those dealt to them, and ratings that they test by instead: see `with_holdings` and
        `with_validation`.
    copies, levels
        As in `Task`; levels are in [0, 1). A copy repeats the party's block of ratings in every pass.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or a party is left with too few ratings.

    Examples
    --------
    >>> task = MatrixFactorization(sizes=(1, 1), levels=(0.5, 1), seed=1)
    >>> worths = task.worths([[2, 0], [2, 2], [1, 2]])
    >>> float(worths[0, 1]), bool(worths[1, 0] > worths[0, 0] > 0), str(task.contributions[1])
    (0.0, True, 'enter at p = 0.5 (ε ∞)')
    """

    source = PRIVACY.at("Sections 5 and 6, Appendix D")
    example_parameters = {"levels": (0.5, 1), "dataset": "synthetic(users=100, items=50, density=0.25, taste=1)"}

    dataset: str = SMALL
    sizes: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1.0, 1.0)
    privacy_method: PrivacyMethodSpec = Suppression()
    fewest: Annotated[int, Field(ge=1, le=1_000_000)] = FEWEST
    averages: Averaged = "noisy"
    initialisation: InitialisationSpec = Normal()
    factors: Annotated[int, Field(ge=1, le=1000)] = 4
    passes: Annotated[int, Field(ge=0, le=10_000)] = 30
    rate: Positive = 0.02
    regularisation: Annotated[float, Field(ge=0)] = 0.1
    bound: Positive | None = 1.0
    seed: Seed = 0
    held: tuple[Annotated[Holding, HELD], ...] | None = Field(default=None, kw_only=True)
    judged_by: tuple[Annotated[Holding, HELD], ...] | None = Field(default=None, kw_only=True)

    _base: Any = None
    _parties: Any = None
    _known: Any = None
    _owners: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Read the ratings, and divide them among the parties."""
        super().model_post_init(context)
        if self.levels[0] < 0 or self.levels[-1] > 1:
            raise ValueError(f"levels = {self.levels} must be from 0 to 1: level 1 - p is privacy level p")
        rng = np.random.default_rng(self.seed)
        ratings = frequent(load_ratings(self.dataset, rng, self.ratings_reading()), self.fewest)
        self._base = Collaboration.divided(ratings, self.sizes, self.training, rng, self.averages)
        self._known = {}
        self._owners = np.full(self._base.n_users, -1, dtype=np.int64)
        for party, block in enumerate(self._base.rated):
            self._owners[block.users] = party
        self._give(self.held, self.judged_by)

    @property
    def training(self) -> Training:
        """How factors are found."""
        return Training(
            factors=self.factors,
            passes=self.passes,
            rate=self.rate,
            regularisation=self.regularisation,
            bound=self.bound,
            initialisation=self.initialisation,
        )

    @property
    def n_parties(self) -> int:
        """Number of parties: one a size, or one for each that holds rows instead."""
        return len(self.parties.rated)

    @property
    def parties(self) -> Collaboration:
        """The parties with what each trains on and tests by."""
        found: Collaboration = self._parties
        return found

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        """What each action enters, by action index."""
        return tuple(
            _Protected(each.level, each.entries, self.guarantee(0, each.level).epsilon) for each in super().contributions
        )

    def holdings(self) -> tuple[Holding, ...]:
        """Return the ratings that each party trains on: user and item by number, and stars."""
        return tuple(_held(block) for block in self.parties.rated)

    def with_holdings(self, holdings: Sequence[Holding]) -> Self:
        """Return the same task for parties who enter these ratings instead; items, first factors and tests stay.

        Users and items are taken to the nearest whole number, items and stars to the nearest there are. A party trains the
        factors of its own users only: ratings of anybody else's, or of users that there are not, are those of false users that it
        makes up. Whose users a party has is told by most of its ratings; a party with none, or beyond those there are, is tested
        by the ratings of all until `with_validation` gives it some.

        Raises
        ------
        ValueError
            There is no party, or rows are not two finite numbers, user and item, with stars.

        Examples
        --------
        A party whose stars are upside down is no longer served by the joint model.

        >>> task = MatrixFactorization(seed=1)
        >>> one, two = task.holdings()
        >>> upside_down = Holding(two.inputs, 6 - two.targets)
        >>> bool(task.with_holdings([one, upside_down]).worths([[1, 1]])[0, 1] < 0 < task.worths([[1, 1]])[0, 1])
        True
        """
        return self._with(tuple(holdings), self.judged_by)

    def validation(self) -> tuple[Holding, ...]:
        """Return the ratings that each party kept back and tests the joint model by."""
        return tuple(_held(block) for block in self.parties.rated_tests)

    def with_validation(self, party: int, rows: Holding) -> Self:
        """Return the same task where a party, counted from 0, reports other ratings to test by.

        Raises
        ------
        ValueError
            There is no such party, or the rows are none, or are no ratings of users and items there are.
        """
        if party not in range(self.n_parties):
            raise ValueError(f"party {party} is not one of 0..{self.n_parties - 1}")
        tests = list(self.validation())
        tests[party] = rows
        return self._with(self.held, tuple(tests))

    def _with(self, held: tuple[Holding, ...] | None, tests: tuple[Holding, ...] | None) -> Self:
        other = self._changed()
        other._known = {}
        other._give(held, tests)
        dealt, parties = tuple(map(_held, self._base.rated)), other.n_parties
        kept = tuple(map(_held, _judging(self._base.rated_tests, parties)))
        return other._changed(
            held=None if other.holdings() == dealt else held, judged_by=None if other.validation() == kept else tests
        )

    def _give(self, held: tuple[Holding, ...] | None, tests: tuple[Holding, ...] | None) -> None:
        """Let parties enter these ratings and test by these; those that were dealt where there are none.

        Raises
        ------
        ValueError
            There is no party, or rows are no ratings; or a party tests by none, or by users that there are not.
        """
        base: Collaboration = self._base
        if held is not None and not held:
            raise ValueError("holdings: at least one party must hold rows, not none")
        blocks, users = (list(base.rated) if held is None else []), base.n_users
        for index, rows in enumerate(held or (), start=1):
            given = _rated(rows, base.n_items, f"party {index}")
            block, users = _with_false_users(given.part(_order(given, base)), self._owners, users)
            blocks.append(block)
        judged = list(base.rated_tests) if tests is None else []
        for index, rows in enumerate(tests or (), start=1):
            block = _rated(rows, base.n_items, f"party {index}")
            if not len(block) or not (block.users.min() >= 0 and block.users.max() < users):
                raise ValueError(f"party {index} needs at least one rating to judge by, and of users there are")
            judged.append(block)
        self._parties = Collaboration(
            base.training,
            blocks,
            _judging(judged, len(blocks)),
            users,
            base.n_items,
            base.seed,
            base.averages,
            users - len(self._owners),
        )

    def guarantee(self, party: int, level: float, unit: Unit = "rating", releases: int = 1) -> Guarantee:
        """Return what a party is promised that enters its ratings at a level, as in `Collaboration.guarantee`."""
        return self.parties.guarantee(party, (self.privacy_method, 1 - level), unit, releases)

    def value(self, profiles: IntArray) -> FloatArray:
        """Return by how much each party's error is below that of averages alone, shape (batch, n), in stars."""
        keys = [tuple(profile) for profile in profiles.tolist()]
        for key in keys:
            if key not in self._known:
                self._known[key] = self._worth(key)
        return np.array([self._known[key] for key in keys]).reshape(len(keys), self.n_parties)

    def _worth(self, profile: tuple[int, ...]) -> FloatArray:
        present = np.array(profile) != ABSENT
        if not present.any():
            return np.zeros(self.n_parties)
        entered: list[Block] = []
        for party in np.flatnonzero(present).tolist():
            contribution = self.contributions[profile[party]]
            block = self.parties.entered(party, (self.privacy_method, 1 - contribution.level))
            entered += [block] * contribution.entries
        return np.where(present, self.parties.baseline - self.parties.tested(entered), 0.0)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        if same is not True or not isinstance(other, MatrixFactorization):
            return same
        return (self.holdings(), self.validation()) == (other.holdings(), other.validation())

    __hash__ = Task.__hash__


def _judging(tests: Sequence[Block], parties: int) -> list[Block]:
    """Return the ratings that so many parties test by: those beyond the ones there are test by the ratings of all."""
    return [tests[index] if index < len(tests) else Block.joined(tests) for index in range(parties)]


def _held(block: Block) -> Holding:
    return Holding(np.column_stack([block.users, block.items]).astype(np.float64), block.values)


def _rated(rows: Holding, items: int, whose: str) -> Block:
    """Return rows as ratings: whole numbers of users, of items there are, and stars within the scale."""
    inputs, stars = inputs_of(rows, 2, f"{whose}'s users and items"), np.asarray(rows.targets, dtype=np.float64)
    if not np.isfinite(stars).all():
        raise ValueError(f"{whose}: stars must be finite numbers")
    whole = np.rint(np.clip(inputs, -MOST_USERS, MOST_USERS)).astype(np.int64)
    return Block(whole[:, 0], np.clip(whole[:, 1], 0, items - 1), np.clip(stars, MIDDLE - REACH, MIDDLE + REACH))


def _order(block: Block, base: Collaboration) -> IntArray:
    """Return in which order ratings are trained on, whatever order they are given in: known ones as ever, then the others."""
    known = Block.joined(base.rated)
    keys, pairs = block.users * base.n_items + block.items, known.users * base.n_items + known.items
    by_pair = np.argsort(pairs, kind="stable")
    at = np.minimum(np.searchsorted(pairs[by_pair], keys), len(pairs) - 1)
    place = np.where(pairs[by_pair][at] == keys, by_pair[at], len(pairs))
    return np.lexsort((block.values, keys, place))


def _with_false_users(block: Block, owners: IntArray, users: int) -> tuple[Block, int]:
    """Return ratings with users that are not the party's, who is told by most, as new ones; and how many there are then."""
    there = (block.users >= 0) & (block.users < len(owners))
    whose = np.where(there, owners[np.where(there, block.users, 0)], -1)
    known = whose[whose >= 0]
    own = int(np.bincount(known).argmax()) if len(known) else -1
    false = (whose != own) | (whose < 0)
    if not false.any():
        return block, users
    names, index = np.unique(block.users[false], return_inverse=True)
    renamed = block.users.copy()
    renamed[false] = users + index
    return Block(renamed, block.items, block.values), users + len(names)
