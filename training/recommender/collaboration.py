"""Parties with users of their own who train one recommender together, or each alone."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...components import seed_of
from ...data.ratings import Ratings
from .preprocessing import MIDDLE, REACH, averages
from .privacy_methods import Guarantee, PrivacyMethod
from .sgd import Training, rmse

TRAINED_ON = 0.8
"""The share of a party's ratings that it trains on; the rest tests the model."""

Protection = tuple[PrivacyMethod, float]
"""A privacy method and a privacy level."""

Averaged = Literal["noisy", "own", "all"]
"""Which ratings the averages are taken over that are taken off.

``noisy``: each party's own, as its privacy method leaves them, so that averages tell nothing that what is entered does not.
``own``: those a party trains on, unprotected. ``all``: everybody's, those of the tests included, as in Appendix D.
"""

Unit = Literal["rating", "user", "item"]
"""In what two neighbouring data sets differ: the values of one rating, of all ratings of one user, or of all of one item."""

SPREAD = 4.0
"""Where averages are taken off unprotected, one rating moves all that is left of a party's ratings by at most this in sum, as a
multiple of its own change: its own value, its item's average in all others of the item, and what these do to averages of users.
"""


@dataclass(frozen=True, eq=False)
class Block:
    """Ratings after averages are taken off: users, items and values, each of shape (r,), in the order they are visited."""

    users: IntArray
    items: IntArray
    values: FloatArray

    def __len__(self) -> int:
        """Return the number of ratings."""
        return len(self.values)

    def part(self, rows: IntArray | BoolArray) -> "Block":
        """Return some of the ratings, by place or by truth values."""
        return Block(self.users[rows], self.items[rows], self.values[rows])

    @classmethod
    def joined(cls, blocks: Sequence["Block"]) -> "Block":
        """Return several blocks as one, one after the other."""
        if len(blocks) == 1:
            return blocks[0]
        columns = [(block.users, block.items, block.values) for block in blocks]
        users, items, values = (np.concatenate(column) for column in zip(*columns, strict=True))
        return cls(users, items, values)


class Collaboration:
    """Parties with disjoint users and common items, what each trains on and tests by, and the factors all start from.

    Everything random is drawn once: who holds which users, which ratings are kept back for the test, the order of the others, the
    first factors, and the random number each rating has for its privacy. So two models differ only in who entered what. Ratings
    kept back are never changed by a privacy method.

    Parameters
    ----------
    training
        How factors are found.
    train, tests
        The ratings that each party trains on and is tested by, in stars, an entry a party. What is left of them when averages are
        off is what the attributes of these names hold; ``rated`` are the ratings trained on as they were given.
    n_users, n_items
        How many users and items there are.
    seed
        A whole number ≥ 0, for the first factors and the numbers of privacy methods.
    false_users
        How many of the users, the last ones, are made up: what the others start from does not depend on them.
    averages
        Which ratings the averages are taken over that are taken off: ``noisy``, ``own`` or ``all``. Tests never leave their
        party, which takes its own unprotected averages off them unless it is told ``all``.

    Examples
    --------
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .privacy_methods import Suppression
    >>> ratings = load_ratings("synthetic(users=100, items=50, density=0.2)", np.random.default_rng(0))
    >>> parties = Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(1))
    >>> together, without_2 = (parties.errors([(Suppression(), 0.0), (Suppression(), p)]) for p in (0.0, 1.0))
    >>> bool(without_2[0] == parties.alone[0])
    True
    """

    def __init__(
        self,
        training: Training,
        train: Sequence[Block],
        tests: Sequence[Block],
        n_users: int,
        n_items: int,
        seed: int,
        averages: Averaged = "noisy",
        false_users: int = 0,
    ) -> None:
        self.training = training
        self.rated = tuple(train)
        self.rated_tests = tuple(tests)
        self.n_users = n_users
        self.n_items = n_items
        self.seed = seed
        self.averages = averages
        known = [Block.joined([*train, *tests])] * len(self.rated) if averages == "all" else self.rated
        self.train = tuple(self._left(block, over) for block, over in zip(self.rated, known, strict=True))
        self.tests = tuple(self._left(block, over) for block, over in zip(self.rated_tests, known, strict=True))
        self.false_users = false_users
        users, items = training.start(n_users - false_users, n_items, np.random.default_rng((seed, 0)))
        made_up = training.initialisation.draw(false_users, training.factors, np.random.default_rng((seed, 2)))
        self._start = np.concatenate([users, made_up]), items
        self._draws: dict[str, tuple[FloatArray, ...]] = {}

    @classmethod
    def divided(
        cls,
        ratings: Ratings,
        sizes: Sequence[float],
        training: Training,
        rng: np.random.Generator,
        averages: Averaged = "noisy",
    ) -> "Collaboration":
        """Return parties who hold random users, in numbers that are to each other as ``sizes``.

        Parameters
        ----------
        ratings
            The ratings of all users; users and items with few ratings are gone.
        sizes
            The parties' relative numbers of users, each > 0.
        training
            How factors are found.
        rng
            Who holds whom, and everything random after.
        averages
            Which ratings the averages of items and users are taken over: ``noisy``, ``own`` or ``all``.

        Raises
        ------
        ValueError
            A size is not positive, or a party has no user or fewer than 2 ratings.
        """
        owner = owners(ratings.n_users, sizes, rng)[ratings.users]
        stars = ratings.stars
        train, tests = [], []
        for party in range(len(sizes)):
            rows = rng.permutation(np.flatnonzero(owner == party))
            kept = trained_on(len(rows), f"{ratings.name}: party {party + 1}")
            block = Block(ratings.users[rows], ratings.items[rows], stars[rows])
            train.append(block.part(np.arange(kept)))
            tests.append(block.part(np.arange(kept, len(rows))))
        return cls(training, train, tests, ratings.n_users, ratings.n_items, seed_of(rng.spawn(1)[0]), averages)

    @property
    def n(self) -> int:
        """Number of parties."""
        return len(self.train)

    @property
    def sizes(self) -> IntArray:
        """Number of ratings each party trains on, shape (n,)."""
        return np.array([len(block) for block in self.train])

    @property
    def work(self) -> int:
        """Number of updates when everybody enters everything."""
        return int(self.sizes.sum()) * self.training.passes

    @cached_property
    def alone(self) -> FloatArray:
        """θ: the error of each party's model trained on its own data only, unprotected, shape (n,)."""
        return np.array([self.tested([block])[party] for party, block in enumerate(self.train)])

    def with_training(self, training: Training) -> "Collaboration":
        """Return the same parties with the same data, order and seed, who train in another way."""
        return Collaboration(
            training, self.rated, self.rated_tests, self.n_users, self.n_items, self.seed, self.averages, self.false_users
        )

    @cached_property
    def origin(self) -> FloatArray:
        """o: the error of each party before training, shape (n,)."""
        return self.tested([])

    @cached_property
    def baseline(self) -> FloatArray:
        """The error of each party without any model, by averages only, shape (n,)."""
        return np.array([np.sqrt(np.mean(test.values**2)) for test in self.tests])

    def errors(self, protections: Sequence[Protection | None]) -> FloatArray:
        """Return Φ: each party's error in the joint model when every party protects its data as given, shape (n,).

        None is a party that stays out of the training.
        """
        present = [(party, protection) for party, protection in enumerate(protections) if protection is not None]
        return self.tested([self.entered(party, protection) for party, protection in present])

    def entered(self, party: int, protection: Protection, rng: np.random.Generator | None = None) -> Block:
        """Return what a party enters under a privacy method at a level: with the one draw of all measurements, or a fresh one.

        Raises
        ------
        ValueError
            The level is outside [0, 1].
        """
        draws = self.draws(protection[0])[party] if rng is None else protection[0].draw(len(self.rated[party]), rng)
        return self.releases(party, protection, draws[None])[1]

    def releases(self, party: int, protection: Protection, draws: FloatArray) -> tuple[BoolArray, Block]:
        """Return several releases of what a party enters, one after the other, each made with random numbers of its own.

        Parameters
        ----------
        party
            Which party, from 0 on.
        protection
            Its privacy method and level.
        draws
            The random numbers of every release, shape (releases, r).

        Returns
        -------
        which ratings each release enters, shape (releases, r); and those entered, with users and items of release k raised by k
        times their numbers.

        Raises
        ------
        ValueError
            The level is outside [0, 1].
        """
        (method, p), rated, times = protection, self.rated[party], len(draws)
        copies = np.repeat(np.arange(times), len(rated))
        users, items = np.tile(rated.users, times) + copies * self.n_users, np.tile(rated.items, times) + copies * self.n_items
        noisy = self.averages == "noisy"
        whole = np.clip(rated.values - MIDDLE, -REACH, REACH) if noisy else self.train[party].values
        kept, values = method.protected(np.tile(whole, times), draws.ravel(), p)
        entered = Block(users, items, values + MIDDLE if noisy else values)
        entered = entered if kept.all() else entered.part(kept)
        return kept.reshape(times, len(rated)), self._left(entered, entered, times) if noisy else entered

    def guarantee(self, party: int, protection: Protection, unit: Unit = "rating", releases: int = 1) -> Guarantee:
        """Return what a party is promised about one unit of its data, whatever the others know or do.

        Neighbouring data have the same users, items and pairs of them with a rating, and differ in the values of one unit. What
        is released is all that the party enters; factors and models are made of it, however many passes and rounds use it. Who
        rated what is not protected. For a user or an item the one with the most ratings counts.

        Parameters
        ----------
        party
            Which party, from 0 on.
        protection
            Its privacy method and level.
        unit
            In what neighbouring data differ.
        releases
            How often data is entered with fresh random numbers, ≥ 1. A second release of the same draw at another level is no
            such release: the two together tell the ratings exactly.
        """
        if releases < 1:
            raise ValueError(f"releases = {releases}: data is entered at least once")
        rated = self.rated[party]
        changed = 1 if unit == "rating" else int(np.bincount(rated.users if unit == "user" else rated.items).max())
        spread = {"noisy": 1.0, "own": SPREAD, "all": math.inf}[self.averages]
        method, p = protection
        return method.guarantee(p, 2 * REACH * spread * changed, changed, releases)

    def _left(self, block: Block, over: Block, times: int = 1) -> Block:
        """Return what is left of a block's ratings when averages over another's are taken off, of so many releases."""
        if not len(over):
            return block
        found = averages(over.users, over.items, over.values, times * self.n_users, times * self.n_items)
        return Block(block.users, block.items, found.taken_off(block.users, block.items, block.values))

    def draws(self, method: PrivacyMethod) -> tuple[FloatArray, ...]:
        """Return the random numbers that a method has for the ratings of every party."""
        if method.name() not in self._draws:
            self._draws[method.name()] = tuple(
                method.draw(len(block), np.random.default_rng((self.seed, 1, party))) for party, block in enumerate(self.train)
            )
        return self._draws[method.name()]

    def tested(self, blocks: Sequence[Block]) -> FloatArray:
        """Return every party's error on its tests after training on blocks, in turn within each pass, shape (n,).

        Raises
        ------
        ValueError
            Training grew beyond all bounds.
        """
        P, Q = self.factors(blocks)
        return np.array([rmse(test.users, test.items, test.values, P, Q) for test in self.tests])

    def factors(self, blocks: Sequence[Block]) -> tuple[FloatArray, FloatArray]:
        """Return the factors of users and items after training on blocks, shapes (users, κ) and (items, κ).

        Raises
        ------
        ValueError
            Training grew beyond all bounds.
        """
        P, Q = (factors.copy() for factors in self._start)
        if blocks:
            data = Block.joined(blocks)
            self.training.train(data.users, data.items, data.values, P, Q)
        return P, Q

    @cached_property
    def digest(self) -> str:
        """A fingerprint of data, training and first factors, in hexadecimal."""
        found = hashlib.blake2b(repr((self.training, self.seed, self.averages)).encode(), digest_size=16)
        for block in (*self.train, *self.tests):
            for column in (block.users, block.items, block.values):
                found.update(column.tobytes())
        for factors in self._start:
            found.update(factors.tobytes())
        return found.hexdigest()


def owners(users: int, sizes: Sequence[float], rng: np.random.Generator) -> IntArray:
    """Return the party of every user, (users,): random ones, in numbers as sizes."""
    shares = np.array(sizes, dtype=np.float64)
    if not len(shares) or not (np.isfinite(shares).all() and (shares > 0).all()):
        raise ValueError(f"sizes = {tuple(sizes)}: the parties' relative numbers of users must be above 0")
    ends = np.rint(np.cumsum(shares) / shares.sum() * users).astype(np.int64)
    numbers = np.diff(ends, prepend=0)
    if numbers.min() < 1:
        raise ValueError(f"{users} users are too few to divide as {':'.join(f'{size:g}' for size in sizes)}: a party has none")
    owner = np.empty(users, dtype=np.int64)
    owner[rng.permutation(users)] = np.repeat(np.arange(len(shares)), numbers)
    return owner


def trained_on(ratings: int, whose: str) -> int:
    """Return how many of a party's ratings it trains on.

    Raises
    ------
    ValueError
        There are too few to train and to test on.
    """
    kept = round(TRAINED_ON * ratings)
    if not 0 < kept < ratings:
        raise ValueError(f"{whose} has {ratings} ratings, too few to train and to test on")
    return kept
