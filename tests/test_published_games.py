"""Power in published weighted voting games, as printed."""

import numpy as np
import pytest

from potluck.mechanisms import CoalitionalGame, banzhaf, nucleolus, shapley

COUNCIL = {10: 4, 8: 1, 5: 4, 4: 2, 3: 3, 2: 1}
"""Votes in the Council of the European Union of fifteen, 1995 to 2004, and how many states had so many; 62 of 87 win."""


def weighted(weights, quota):
    weights = np.array(weights)
    members = (np.arange(1 << len(weights))[:, None] >> np.arange(len(weights))) & 1
    return CoalitionalGame((members @ weights >= quota).astype(float))


def shares(values):
    return values / values.sum()


def test_the_council_of_the_six():
    # Felsenthal and Machover (1998), The Measurement of Voting Power, chapter 5: 4 votes, 2 or 1
    council = weighted([4, 4, 4, 2, 2, 1], 12)
    np.testing.assert_allclose(shapley(council), np.array([14, 14, 14, 9, 9, 0]) / 60, atol=1e-12)
    np.testing.assert_allclose(shares(banzhaf(council)), np.array([10, 10, 10, 6, 6, 0]) / 42, atol=1e-12)


def test_the_security_council():
    # Felsenthal and Machover (1998), chapter 5: five with a veto, ten others, nine votes of fifteen
    council = weighted([7] * 5 + [1] * 10, 39)
    np.testing.assert_allclose(shapley(council), [421 / 2145] * 5 + [4 / 2145] * 10, atol=1e-12)
    np.testing.assert_allclose(shares(banzhaf(council)), [848 / 5080] * 5 + [84 / 5080] * 10, atol=1e-12)


def test_the_council_of_the_fifteen():
    # Felsenthal and Machover (1998), chapter 5
    council = weighted(np.repeat(list(COUNCIL), list(COUNCIL.values())), 62)
    first = np.cumsum([0, *COUNCIL.values()])[:-1]
    assert shapley(council)[first].round(4).tolist() == [0.1167, 0.0955, 0.0552, 0.0454, 0.0353, 0.0207]
    assert shares(banzhaf(council))[first].round(4).tolist() == [0.1116, 0.0924, 0.0587, 0.0479, 0.0359, 0.0226]


def test_the_nucleolus_of_a_weighted_majority_is_its_least_weights():
    # Peleg (1968): of a constant-sum weighted majority game, here 5 of 9 votes of 3, 2, 2, 1, 1
    np.testing.assert_allclose(nucleolus(weighted([3, 2, 2, 1, 1], 5)), np.array([3, 2, 2, 1, 1]) / 9, atol=1e-9)


@pytest.mark.parametrize("votes", [[45], [100, 2]])
def test_a_dictator_has_all(votes):
    assert shapley(weighted(votes, votes[0])).tolist() == [1.0, *[0.0] * (len(votes) - 1)]
