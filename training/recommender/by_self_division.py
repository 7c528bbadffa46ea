"""What a party can tell about training together from its own ratings: it plays both parties itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...arrays import FloatArray
from ...components import seed_of
from ...store import Store
from .collaboration import Block, Collaboration, owners, trained_on
from .measurement import PrivacyGrid, measure_grids
from .privacy_methods import PrivacyMethod


def halves(parties: Collaboration, party: int, rng: np.random.Generator) -> Collaboration:
    """Return two parties that hold random halves of one party's users, with all it knows of their ratings.

    Each half keeps a fifth of its ratings for its tests. Averages are taken anew, over the party's ratings: nothing of what the
    others hold is read.

    Parameters
    ----------
    parties
        The parties.
    party
        Which of them, from 0 on.
    rng
        Who is in which half, and everything random after.

    Raises
    ------
    ValueError
        The party has fewer than 2 users, or a half too few ratings.

    Examples
    --------
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .sgd import Training
    >>> ratings = load_ratings("synthetic(users=100, items=50, density=0.2)", np.random.default_rng(0))
    >>> two = Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(1))
    >>> four = [halves(two, party, np.random.default_rng(2)) for party in (0, 1)]
    >>> [bool(abs(half.sizes.sum() - size) < 2) for half, size in zip(four, two.sizes)]
    [True, True]
    """
    known = Block.joined([parties.rated[party], parties.rated_tests[party]])
    members, index = np.unique(known.users, return_inverse=True)
    half_of = owners(len(members), (1, 1), rng)[index]
    train, tests = [], []
    for half in (0, 1):
        rows = rng.permutation(np.flatnonzero(half_of == half))
        kept = trained_on(len(rows), f"half of party {party + 1}")
        train.append(known.part(rows[:kept]))
        tests.append(known.part(rows[kept:]))
    seed = seed_of(rng.spawn(1)[0])
    return Collaboration(parties.training, train, tests, parties.n_users, parties.n_items, seed, parties.averages)


def self_division(
    collaborations: Sequence[Collaboration],
    party: int,
    methods: Sequence[PrivacyMethod],
    levels: Sequence[float],
    rng: np.random.Generator,
    store: Store | None = None,
) -> list[PrivacyGrid]:
    """Return a party's guess of Φ for each privacy method: errors of its two halves, averaged over both and over the splits.

    The arrays of each grid have one row, that of the party. Half of the data learns less alone and gains more together, so that
    the guess of the gain without privacy is mostly too high.

    Parameters
    ----------
    collaborations
        The parties under each split.
    party
        Who guesses, from 0 on.
    methods, levels
        Privacy methods, and privacy levels from 0 on.
    rng
        Who is in which half.
    store
        Where errors are kept; None keeps nothing.

    Raises
    ------
    ValueError
        A half has too few ratings, or levels are not as they must be.

    Source: Together or Alone: The Price of Privacy in Collaborative Learning, Section 7.2 and Appendix E.

    Examples
    --------
    >>> from .privacy_methods import Suppression
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .sgd import Training
    >>> ratings = load_ratings("synthetic(users=100, items=50, density=0.2)", np.random.default_rng(0))
    >>> two = Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(1))
    >>> (guess,) = self_division([two], 0, [Suppression()], (0, 0.5), np.random.default_rng(2))
    >>> guess.gain.shape
    (1, 2, 2)
    """
    divided = [halves(parties, party, rng) for parties in collaborations]
    return [
        replace(grid, theta=_mean(grid.theta), phi=_mean(grid.phi), origin=_mean(grid.origin))
        for grid in measure_grids(divided, methods, levels, store)
    ]


def _mean(errors: FloatArray) -> FloatArray:
    return np.asarray(errors.mean(axis=0, keepdims=True))
