"""What a partner can tell of one rating from the items' factors that both trained: whether it is there, and how many stars."""

from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray
from .collaboration import Block, Collaboration, Protection
from .preprocessing import MIDDLE, REACH

STARS = np.arange(MIDDLE - REACH, MIDDLE + REACH + 1)


@dataclass(frozen=True)
class Leak:
    """How well one rating is attacked.

    Parameters
    ----------
    membership
        Correct alarms less false ones, as shares, of a test whether the rating is among those entered; 1 is certainty, and 0 (or
        below, by chance) is no better than guessing.
    reconstruction
        The same for its stars, each of 1 to 5 equally likely: by how much guesses are right more often than one in five, as a
        share of 4 in 5.
    """

    membership: float
    reconstruction: float


def attack_factors(
    parties: Collaboration, party: int, place: int, protection: Protection, rng: np.random.Generator, trials: int = 40
) -> Leak:
    """Return how well the others tell one rating of a party from the items' factors after training together.

    They know all but this rating: the other ratings of the party as they are, first factors and order, and how the method works;
    the random numbers of its method they do not. For each of 1 to 5 stars and for no rating, models are trained with fresh random
    numbers, and factors are projected on the line on which those of unprotected models lie apart. The first half of the trials
    sets thresholds and centres, the second half is judged by them. Original; after Shokri et al. (2017), shadow models.

    Parameters
    ----------
    parties
        The parties; those other than ``party`` enter their ratings as they are.
    party, place
        Whose rating is attacked, and which of those it trains on.
    protection
        Its privacy method and level.
    rng
        Where the random numbers of releases come from.
    trials
        How many models are trained for each case, ≥ 4.

    Raises
    ------
    ValueError
        There are fewer than 4 trials.

    Examples
    --------
    >>> from potluck.data.ratings_files import load_ratings
    >>> from .privacy_methods import BoundedDP
    >>> from .sgd import Training
    >>> ratings = load_ratings("synthetic(users=40, items=20, density=0.3)", np.random.default_rng(0))
    >>> two = Collaboration.divided(ratings, (1, 1), Training(rate=0.02), np.random.default_rng(1))
    >>> attack_factors(two, 0, 3, (BoundedDP(), 0.0), np.random.default_rng(2), trials=4)
    Leak(membership=1.0, reconstruction=1.0)
    """
    if trials < 4:
        raise ValueError(f"trials = {trials}: at least 4 models are trained for each case")
    worlds = [_with_stars(parties, party, place, stars) for stars in (*STARS.tolist(), None)]
    method, p = protection
    plain = np.array([_factors(world, party, world.entered(party, (method, 0.0), rng)) for world in worlds])
    if p == 0:
        seen = np.repeat(plain[:, None], trials, axis=1)
    else:
        seen = np.array(
            [[_factors(world, party, world.entered(party, protection, rng)) for _ in range(trials)] for world in worlds]
        )
    there = int(parties.rated[party].values[place] - STARS[0])
    half = trials // 2
    projected = seen @ (plain[there] - plain[-1])
    alarms = _advantage(projected[there], projected[-1], half)
    along = seen[:-1] @ (plain[-2] - plain[0])
    centres = along[:, :half].mean(axis=1)
    guessed = np.abs(along[:, half:, None] - centres).argmin(axis=2)
    right = float((guessed == np.arange(len(STARS))[:, None]).mean())
    chance = 1 / len(STARS)
    return Leak(alarms, (right - chance) / (1 - chance))


def _with_stars(parties: Collaboration, party: int, place: int, stars: float | None) -> Collaboration:
    """Return the parties where a rating has other stars, or is not there."""
    rated, block = list(parties.rated), parties.rated[party]
    if stars is None:
        rated[party] = block.part(np.delete(np.arange(len(block)), place))
    else:
        values = block.values.copy()
        values[place] = stars
        rated[party] = Block(block.users, block.items, values)
    return Collaboration(
        parties.training, rated, parties.rated_tests, parties.n_users, parties.n_items, parties.seed, parties.averages
    )


def _factors(parties: Collaboration, party: int, entered: Block) -> FloatArray:
    """Return the items' factors after training together, flat."""
    blocks = [entered if each == party else block for each, block in enumerate(parties.train)]
    return parties.factors(blocks)[1].ravel()


def _advantage(there: FloatArray, away: FloatArray, half: int) -> float:
    """Return correct less false alarms on the second half, by the threshold that is best on the first half, in the widest gap."""
    known = np.sort(np.concatenate([there[:half], away[:half]]))
    thresholds, gaps = (known[1:] + known[:-1]) / 2, np.diff(known)
    gains = np.array([(there[:half] > at).mean() - (away[:half] > at).mean() for at in thresholds])
    at = thresholds[int(np.where(gains == gains.max(), gaps, -1.0).argmax())]
    return float((there[half:] > at).mean() - (away[half:] > at).mean())
