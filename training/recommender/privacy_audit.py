"""What a test of membership shows about a privacy method: a lower bound on ε that holds with a stated confidence."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from ...arrays import FloatArray, IntArray
from .collaboration import Block, Collaboration, Protection
from .preprocessing import MIDDLE, REACH

CANDIDATES = 101
"""How many thresholds a test of membership is chosen from."""


@dataclass(frozen=True)
class LowerBound:
    """What a method leaks at least, each number with the confidence that was asked for.

    Parameters
    ----------
    epsilon
        ε is at least this, ≥ 0.
    advantage
        Correct alarms less false ones are at least this share, ≥ 0.
    """

    epsilon: float
    advantage: float


def lower_bound(one: FloatArray, other: FloatArray, confidence: float = 0.9999) -> LowerBound:
    """Return what scores of releases from two neighbouring data sets show about their privacy.

    The first half of the scores picks a threshold and a direction, the second half counts alarms; so the bounds on their shares
    (Clopper & Pearson 1934), each at half of what confidence leaves open, hold for a test that was fixed before.

    Parameters
    ----------
    one, other
        A score a release, shape (t,) each, t ≥ 4.
    confidence
        In (0, 1): how surely the bound holds.

    Raises
    ------
    ValueError
        There are fewer than 4 scores, not as many of both, or confidence is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = lower_bound(rng.laplace(size=4000), 1 + rng.laplace(size=4000))
    >>> 0.5 < found.epsilon <= 1, 0.2 < found.advantage <= 1 - math.exp(-0.5)
    (True, True)
    """
    if np.shape(one) != np.shape(other) or np.ndim(one) != 1 or len(one) < 4:
        raise ValueError(f"scores are as many of both data sets, 4 or more, not of shapes {np.shape(one)} and {np.shape(other)}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence}: it lies between 0 and 1")
    half = len(one) // 2
    tail = (1 - confidence) / 2
    known = np.sort(np.stack([one[:half], other[:half]]), axis=1)
    thresholds = np.unique(np.quantile(known, np.linspace(0, 1, CANDIDATES)))
    # alarms are scores from a threshold on, or below it, taken to speak for the one data set or the other
    above = np.stack([half - np.searchsorted(scores, thresholds, side="left") for scores in known])
    alarms = np.stack([above, above[::-1], half - above, half - above[::-1]])
    low, high = _bounds(alarms[:, 0], half, tail)[0], _bounds(alarms[:, 1], half, tail)[1]
    found = []
    for gains in (np.log(np.maximum(low, 1e-300) / high), low - high):
        way, place = np.unravel_index(int(gains.argmax()), gains.shape)
        rest = np.stack([one[half:], other[half:]])[:: 1 if way % 2 == 0 else -1]
        counts = ((rest >= thresholds[place]) == (way < 2)).sum(axis=1)
        least, most = _bounds(counts[:1], rest.shape[1], tail)[0], _bounds(counts[1:], rest.shape[1], tail)[1]
        found.append((float(least[0]), float(most[0])))
    (least_1, most_1), (least_2, most_2) = found
    return LowerBound(max(math.log(least_1 / most_1), 0.0) if least_1 > 0 else 0.0, max(least_2 - most_2, 0.0))


def audit(
    parties: Collaboration,
    party: int,
    changed: int,
    protection: Protection,
    rng: np.random.Generator,
    trials: int = 2000,
    confidence: float = 0.9999,
) -> LowerBound:
    """Return what shows when one rating of a party turns into the other end of the scale, whoever holds the rest.

    Parties other than this one are taken to see what they hold themselves, as it is left when averages are taken off. The score
    of a release is by how much it is nearer, in sum of absolute differences, to what the one data set leaves unprotected than to
    what the other does: for noise from a Laplace distribution the most powerful test.

    Parameters
    ----------
    parties
        The parties.
    party, changed
        Whose rating is changed, and which one of those it trains on.
    protection
        Its privacy method and level.
    rng
        Where the random numbers of releases come from.
    trials
        How many releases of both data sets are made, ≥ 4.
    confidence
        How surely the bound holds.
    """
    neighbour = _changed(parties, party, changed)
    views = [_view(each, party, _whole(each.train[party], each.train[party])) for each in (parties, neighbour)]
    scores = np.empty((2, trials))
    for side, each in enumerate((parties, neighbour)):
        for trial in range(trials):
            seen = _view(each, party, _whole(each.entered(party, protection, rng), each.train[party]))
            near, far = (np.where(np.isnan(seen), 0.0, np.abs(seen - view)).sum() for view in views)
            scores[side, trial] = near - far
    return lower_bound(scores[0], scores[1], confidence)


def pairs(parties: Collaboration, party: int, count: int, rng: np.random.Generator) -> list[int]:
    """Return which ratings to change for a number of neighbouring pairs: half of them of the items rated most, half at random.

    Only ratings of 1 or 5 stars are taken, where a change to the other end is the largest there may be.
    """
    rated = parties.rated[party]
    ends = np.flatnonzero(np.abs(rated.values - MIDDLE) == REACH)
    if len(ends) < count:
        raise ValueError(f"party {party + 1} has {len(ends)} ratings at an end of the scale, fewer than {count} pairs need")
    often = np.bincount(rated.items)[rated.items[ends]]
    first = ends[np.argsort(-often, kind="stable")[: count // 2]]
    rest = rng.choice(np.setdiff1d(ends, first), count - len(first), replace=False)
    return [int(place) for place in (*first, *rest)]


def _changed(parties: Collaboration, party: int, place: int) -> Collaboration:
    """Return the parties with one rating turned around the middle of the scale."""
    rated = list(parties.rated)
    values = rated[party].values.copy()
    values[place] = 2 * MIDDLE - values[place]
    rated[party] = Block(rated[party].users, rated[party].items, values)
    return Collaboration(
        parties.training, rated, parties.rated_tests, parties.n_users, parties.n_items, parties.seed, parties.averages
    )


def _whole(entered: Block, all_of_it: Block) -> FloatArray:
    """Return what is entered in the places of all the party's ratings, nan where one is left out."""
    values = np.full(len(all_of_it), np.nan)
    if len(entered) == len(all_of_it):
        values[:] = entered.values
    elif len(entered):
        keys = [block.users * (1 + all_of_it.items.max()) + block.items for block in (all_of_it, entered)]
        order = np.argsort(keys[0])
        values[order[np.searchsorted(keys[0], keys[1], sorter=order)]] = entered.values
    return values


def _view(parties: Collaboration, party: int, entered: FloatArray) -> FloatArray:
    others = [block.values for other, block in enumerate(parties.train) if other != party]
    return np.concatenate([entered, *others])


def _bounds(counts: FloatArray | IntArray, trials: int, tail: float) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper bounds on chances, each wrong with chance ``tail`` at most."""
    low = np.where(counts > 0, beta.ppf(tail, np.maximum(counts, 1e-9), trials - counts + 1), 0.0)
    high = np.where(counts < trials, beta.ppf(1 - tail, counts + 1, np.maximum(trials - counts, 1e-9)), 1.0)
    return low, high
