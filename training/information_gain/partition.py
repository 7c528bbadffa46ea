"""Who holds which rows of a data set: blocks of random sizes after one step of a sort."""

import math

import numpy as np

from ...arrays import FloatArray, IntArray


def sorted_blocks(inputs: FloatArray, parties: int, rng: np.random.Generator, smallest: float = 0.1) -> tuple[IntArray, ...]:
    """Deal rows to parties so that their data overlap partly and differ in size.

    A feature and a row are drawn at random; the rows below that row in that feature come first, then the row, then those above,
    each side in random order (see `hoare_step`). This order is cut into blocks, one a party.

    Parameters
    ----------
    inputs
        Shape (rows, d).
    parties
        How many, n ≥ 1.
    rng
        Source of randomness.
    smallest
        Least share of the rows that a party gets, in [0, 1/n], rounded up to whole rows and at least one.

    Returns
    -------
    tuple of n arrays
        Each party's row numbers; every row is in one of them.

    Raises
    ------
    ValueError
        The rows are too few, the least shares add up to more than there is, or there is no feature or one that is NaN.

    Notes
    -----
    Incentive-aware model rewards, Fig. 4, with a least share of 10% for three parties and 5% for ten. The paper says "random
    sizes" and gives no law: here they are uniform among all that meet the minimum, least share + (1 - n least share) times a
    Dirichlet(1, ..., 1) draw.

    Examples
    --------
    >>> blocks = sorted_blocks(np.arange(20.0)[:, None], 3, np.random.default_rng(4))
    >>> [sorted(block.tolist()) for block in blocks]
    [[0, 3, 7, 8, 9, 10, 12, 15, 17], [5, 11, 18], [1, 2, 4, 6, 13, 14, 16, 19]]
    """
    if inputs.ndim != 2 or not inputs.shape[1]:
        raise ValueError(f"inputs have shape {inputs.shape}; they must have shape (rows, d), d at least 1, to be sorted by one")
    sizes = block_sizes(len(inputs), parties, rng, smallest)
    feature = int(rng.integers(inputs.shape[1]))
    return tuple(np.split(hoare_step(inputs[:, feature], rng), np.cumsum(sizes)[:-1]))


def hoare_step(values: FloatArray, rng: np.random.Generator) -> IntArray:
    """Return row numbers in the order that one step of a sort leaves: a random row is in its place, the others only on its sides.

    The paper's "only data point d will be at its sorted position" would hold of any order with one row in place; as in Hoare's
    partition, what comes before is no larger, what comes after no smaller. Both sides are in random order, and rows equal to the
    chosen one go to a random side. (`numpy.argpartition` leaves the sides partly sorted.)

    Parameters
    ----------
    values
        The feature sorted by, shape (rows,), at least one row, no NaN.
    rng
        Source of randomness.

    Raises
    ------
    ValueError
        There are no rows, or one is NaN.

    Examples
    --------
    >>> hoare_step(np.array([5.0, 1.0, 3.0, 2.0, 4.0]), np.random.default_rng(0)).tolist()
    [2, 3, 1, 4, 0]
    """
    if not len(values) or np.isnan(values).any():
        raise ValueError(f"a feature to sort by needs at least one row, and a number in each, not {np.asarray(values)}")
    chosen = int(rng.integers(len(values)))
    shuffled = rng.permutation(len(values))
    others = shuffled[shuffled != chosen]
    apart = values[others] - values[chosen]
    below = np.where(apart == 0, rng.random(len(others)) < 0.5, apart < 0)
    return np.concatenate([others[below], [chosen], others[~below]])


def block_sizes(rows: int, parties: int, rng: np.random.Generator, smallest: float) -> IntArray:
    """Return how many rows each party gets, shape (n,): uniform among all shares of at least ``smallest``.

    Parameters and errors as for `sorted_blocks`. No draw is rejected: of ten parties with 5% at least, only 0.2% of uniform draws
    would do.

    Examples
    --------
    >>> sizes = block_sizes(1000, 10, np.random.default_rng(0), 0.05)
    >>> int(sizes.sum()), bool((sizes >= 50).all())
    (1000, True)
    """
    if parties < 1 or not 0 <= smallest * parties <= 1:
        raise ValueError(f"{parties} parties cannot each have at least the share {smallest} of the rows: at most 1 / parties")
    least = max(1, math.ceil(round(smallest * rows, 9)))
    spare = rows - parties * least
    if spare < 0:
        raise ValueError(f"{rows} rows are too few for {parties} parties with at least {least} each")
    ends = np.floor(np.cumsum(rng.dirichlet(np.ones(parties))) * spare + 0.5).astype(np.int64)
    ends[-1] = spare
    return np.asarray(least + np.diff(ends, prepend=0))
