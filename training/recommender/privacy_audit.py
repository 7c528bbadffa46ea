"""What a test of membership shows about a privacy method: a lower bound on ε that holds with a stated confidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from ...arrays import FloatArray, IntArray
from .collaboration import Block, Collaboration, Protection, Unit
from .preprocessing import MIDDLE, REACH
from .privacy_methods import Suppression

CANDIDATES = 101
"""How many thresholds a test of membership is chosen from."""

AT_ONCE = 2_000_000
"""Up to how many ratings are released at a time."""


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
    changed: int | Sequence[int],
    protection: Protection,
    rng: np.random.Generator,
    trials: int = 2000,
    confidence: float = 0.9999,
    rounds: int = 1,
) -> LowerBound:
    """Return what shows when ratings of a party turn to the far end of the scale, whoever holds the rest; see `audits`."""
    return audits(parties, party, [changed], protection, rng, trials, confidence, rounds)[0]


def audits(
    parties: Collaboration,
    party: int,
    changes: Sequence[int | Sequence[int]],
    protection: Protection,
    rng: np.random.Generator,
    trials: int = 2000,
    confidence: float = 0.9999,
    rounds: int = 1,
) -> list[LowerBound]:
    """Return what shows of each of several changes to a party's ratings, whoever holds the rest.

    Parties other than this one are taken to see what they hold themselves, as it is left when averages are taken off. The score
    of a trial is by how much its releases are nearer, in sum of absolute differences, to what the one data set leaves unprotected
    than to what the other does: for noise from a Laplace distribution the most powerful test.

    Parameters
    ----------
    parties
        The parties.
    party, changes
        Whose ratings are changed, and which of those it trains on turn to the far end of the scale: a place, or several that
        change together, as all of a user or of an item. Each bound is for one change; they share random numbers, so that bounds
        of several changes are not independent, though each holds as it says.
    protection
        Its privacy method and level.
    rng
        Where the random numbers of releases come from.
    trials
        How many trials of both data sets are made, ≥ 4.
    confidence
        How surely each bound holds.
    rounds
        How many releases with fresh random numbers a trial sees, ≥ 1.
    """
    before = _Side(parties, party)
    sides = [_Side(_changed(parties, party, places), party) for places in changes]
    scores = np.zeros((len(sides), 2, trials))
    size = len(parties.rated[party])
    step = max(1, AT_ONCE // (rounds * size))
    for low in range(0, trials, step):
        part = slice(low, min(low + step, trials))
        count = part.stop - part.start
        draws = protection[0].draw(count * rounds * size, rng).reshape(count * rounds, size)
        seen = before.seen(protection, draws)
        for each, side in zip(scores, sides, strict=True):
            each[0, part] = before.score(seen, before, side, count)
            each[1, part] = side.score(side.seen(protection, draws), before, side, count)
    return [lower_bound(one, other, confidence) for one, other in scores]


class _Side:
    """One of two neighbouring data sets: what it leaves unprotected, and what is seen of it when it is released."""

    def __init__(self, parties: Collaboration, party: int) -> None:
        self.parties, self.party = parties, party
        whole = np.zeros((1, len(parties.rated[party])))
        self.open = parties.releases(party, (Suppression(), 0.0), whole)[1].values
        self.others = np.concatenate([np.zeros(0), *(block.values for at, block in enumerate(parties.train) if at != party)])

    def seen(self, protection: Protection, draws: FloatArray) -> FloatArray:
        """Return releases with a value in the place of each rating, nan where it is left out, shape as draws."""
        kept, block = self.parties.releases(self.party, protection, draws)
        values = np.full(draws.shape, np.nan)
        values[kept] = block.values
        return values

    def score(self, seen: FloatArray, one: "_Side", other: "_Side", trials: int) -> FloatArray:
        """Return by how much what is seen of this one is nearer to one than to the other, shape (trials,); below 0 it is."""
        told = np.flatnonzero(one.open != other.open)
        shown = seen[:, told]
        apart = np.abs(shown - one.open[told]) - np.abs(shown - other.open[told])
        public = np.abs(self.others - one.others).sum() - np.abs(self.others - other.others).sum()
        return np.asarray(np.nansum(apart.reshape(trials, -1), axis=1) + public)


def pairs(
    parties: Collaboration, party: int, count: int, rng: np.random.Generator, unit: Unit = "rating"
) -> list[tuple[int, ...]]:
    """Return which ratings to change for a number of neighbouring pairs: half of them the most telling, half at random.

    Of single ratings only those of 1 or 5 stars are taken, where a change to the far end is the largest there may be; those of
    the items rated most come first. Of users and items, those with the most ratings do; all their ratings change together.

    Raises
    ------
    ValueError
        The party has fewer ratings at an end of the scale, users or items than pairs are asked for.
    """
    rated = parties.rated[party]
    if unit == "rating":
        ends = np.flatnonzero(np.abs(rated.values - MIDDLE) == REACH)
        weights, what = np.bincount(rated.items)[rated.items[ends]], "ratings at an end of the scale"
        places: list[tuple[int, ...]] = [(int(end),) for end in ends]
    else:
        owners = rated.users if unit == "user" else rated.items
        found, weights = np.unique(owners, return_counts=True)
        what = f"{unit}s"
        places = [tuple(np.flatnonzero(owners == each).tolist()) for each in found]
    if len(places) < count:
        raise ValueError(f"party {party + 1} has {len(places)} {what}, fewer than {count} pairs need")
    first = np.argsort(-weights, kind="stable")[: count // 2]
    rest = rng.choice(np.setdiff1d(np.arange(len(places)), first), count - len(first), replace=False)
    return [places[index] for index in (*first, *rest)]


def _changed(parties: Collaboration, party: int, places: int | Sequence[int]) -> Collaboration:
    """Return the parties with ratings at the far end of the scale."""
    rated = list(parties.rated)
    values = rated[party].values.copy()
    values[list(np.atleast_1d(places))] = np.where(values[list(np.atleast_1d(places))] >= MIDDLE, MIDDLE - REACH, MIDDLE + REACH)
    rated[party] = Block(rated[party].users, rated[party].items, values)
    return Collaboration(
        parties.training, rated, parties.rated_tests, parties.n_users, parties.n_items, parties.seed, parties.averages
    )


def _bounds(counts: FloatArray | IntArray, trials: int, tail: float) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper bounds on chances, each wrong with chance ``tail`` at most."""
    low = np.where(counts > 0, beta.ppf(tail, np.maximum(counts, 1e-9), trials - counts + 1), 0.0)
    high = np.where(counts < trials, beta.ppf(1 - tail, counts + 1, np.maximum(trials - counts, 1e-9)), 1.0)
    return low, high
