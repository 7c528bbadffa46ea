"""What a party can tell about training together from its own ratings: it plays both parties itself."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...arrays import FloatArray
from ...components import seed_of
from ...store import Store
from .collaboration import Block, Collaboration, owners, trained_on
from .measurement import Cell, PrivacyGrid, alone_by_split, measure, measure_grids
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
    members = np.flatnonzero(np.bincount(known.users))
    by_user = np.zeros(parties.n_users, dtype=np.int64)
    by_user[members] = owners(len(members), (1, 1), rng)
    half_of = by_user[known.users]
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
        PrivacyGrid.averaged(
            [replace(split, theta=_mean(split.theta), phi=_mean(split.phi), origin=_mean(split.origin)) for split in grid.splits]
        )
        for grid in measure_grids(divided, methods, levels, store)
    ]


def learned_by_size(parties: Collaboration, party: int, rng: np.random.Generator, store: Store | None = None) -> FloatArray:
    """Return by how much models of a quarter, half and all of a party's own data beat averages, o - θ, shape (3,), in stars.

    Parameters
    ----------
    parties
        The parties.
    party
        Which of them, from 0 on; nothing of the others is read.
    rng
        Who is in which half and quarter.
    store
        Where errors are kept; None keeps nothing.

    Examples
    --------
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .sgd import Training
    >>> ratings = load_ratings("synthetic(users=200, items=80, density=0.2, taste=1)", np.random.default_rng(0))
    >>> two = Collaboration.divided(ratings, (1, 1), Training(passes=60, rate=0.02), np.random.default_rng(1))
    >>> learned_by_size(two, 0, np.random.default_rng(2)).shape
    (3,)
    """
    two = halves(parties, party, rng)
    four = [halves(two, half, rng) for half in (0, 1)]
    quarter, half = (
        float(np.mean([each.origin for each in divided]) - alone_by_split(divided, store).mean()) for divided in (four, [two])
    )
    whole = parties.origin[party] - measure([parties], [Cell.alone(0, party, parties.n)], store)[0, party]
    return np.array([quarter, half, whole])


def at_full_size(guess: PrivacyGrid, learned: FloatArray, origin: float) -> PrivacyGrid:
    """Return a party's guess of Φ with its bias taken off, from how its own model grows with its data.

    Half of the data learns less alone and gains more by being doubled. By how much less doubling adds at full size is read off
    the party's own models of a quarter, half and all of its data: gains are multiplied by what the step from half to all adds
    over what that from a quarter to half does, within 0 and 1; θ and o are those of all its data. Original.

    Parameters
    ----------
    guess
        Of one split, by `self_division`, with one row.
    learned
        From `learned_by_size`.
    origin
        o of the party, with all its data.

    Examples
    --------
    >>> from .privacy_methods import Suppression
    >>> guess = PrivacyGrid(Suppression(), (0.0, 1.0), *map(np.array, ([0.95], [1.0], [[[0.93, 0.95], [0.99, 0.99]]])))
    >>> better = at_full_size(guess, np.array([0.02, 0.05, 0.065]), 1.0)
    >>> guess.improvement[0, 0].round(3).tolist(), better.improvement[0, 0].round(3).tolist()
    ([0.4, 0.0], [0.154, 0.0])
    """
    quarter, half, whole = learned
    shrink = float(np.clip((whole - half) / (half - quarter), 0, 1)) if half > quarter else 1.0
    theta = np.array([origin - whole])
    return replace(guess, theta=theta, origin=np.array([origin]), phi=theta[:, None, None] - shrink * guess.gain, splits=())


def _mean(errors: FloatArray) -> FloatArray:
    return np.asarray(errors.mean(axis=0, keepdims=True))
