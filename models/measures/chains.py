"""The distribution in which a Markov chain rests, accurate to the smallest entry, whatever the sizes of its chances."""

import numpy as np

from ...arrays import FloatArray

MOST_STATES = 1500


def resting(logs: FloatArray) -> FloatArray:
    """Return the stationary distribution of a chain from the logarithms of its rates, (s, s) -> (s,); what stays is not read.

    States are taken out one by one (Grassmann, Taksar and Heyman 1985), which subtracts nothing, and here in logarithms, so that
    rates may span any number of digits. Every state must be reached from every other.

    Raises
    ------
    ValueError
        There are more than 1500 states.

    Examples
    --------
    >>> chances = np.array([[0.9, 0.1], [0.3, 0.7]])
    >>> resting(np.log(chances)).round(12).tolist()
    [0.75, 0.25]
    """
    size = len(logs)
    if size > MOST_STATES:
        raise ValueError(f"a chain of {size} states is too large: at most {MOST_STATES}")
    rates = logs.copy()
    out = np.zeros(size)
    for last in range(size - 1, 0, -1):
        out[last] = np.logaddexp.reduce(rates[last, :last])
        via = rates[:last, last][:, None] + (rates[last, :last] - out[last])[None, :]
        rates[:last, :last] = np.logaddexp(rates[:last, :last], via)
    found = np.zeros(size)
    for state in range(1, size):
        found[state] = np.logaddexp.reduce(found[:state] + rates[:state, state]) - out[state]
    weights = np.exp(found - found.max())
    return np.asarray(weights / weights.sum())
