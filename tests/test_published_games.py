"""Power in published weighted voting games, as printed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import ClassGame, CoalitionalGame, banzhaf, beta_shapley, nucleolus, semivalue, shapley
from potluck.mechanisms.coalitions.weights import Weighted

COUNCIL = {10: 4, 8: 1, 5: 4, 4: 2, 3: 3, 2: 1}
"""Votes in the Council of the European Union of fifteen, 1995 to 2004, and how many states had so many; 62 of 87 win."""

STATES = {
    45: 1,
    41: 1,
    27: 1,
    26: 2,
    25: 1,
    21: 1,
    17: 2,
    14: 1,
    13: 2,
    12: 3,
    11: 1,
    10: 4,
    9: 4,
    8: 2,
    7: 4,
    6: 4,
    5: 1,
    4: 9,
    3: 7,
}
"""Electors of a state in the 1970s, and how many states had so many; 270 of 538 win."""
OWEN = {45: 0.08831, 41: 0.07973, 27: 0.05096, 26: 0.04898, 25: 0.04700, 21: 0.03917, 17: 0.03147, 14: 0.02577, 13: 0.02388}
OWEN |= {
    12: 0.02200,
    11: 0.02013,
    10: 0.01827,
    9: 0.01641,
    8: 0.01456,
    7: 0.01272,
    6: 0.01088,
    5: 0.00905,
    4: 0.00723,
    3: 0.00541,
}


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


@pytest.mark.parametrize("by_state", [False, True])
def test_the_electoral_college(by_state):
    # Owen (1975), Evaluation of a Presidential Election Game
    votes, states = np.array(list(STATES)), np.array(list(STATES.values()))
    weights, sizes = (np.repeat(votes, states), np.ones(51, dtype=int)) if by_state else (votes, states)
    college = ClassGame.structured(sizes, Weighted(weights, (np.arange(539) >= 270).astype(float)))
    assert shapley(college).round(5).tolist() == [OWEN[votes] for votes in weights.tolist()]
    assert shapley(college) @ sizes == pytest.approx(1.0, abs=1e-13)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=4), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_sums_of_weights_as_in_the_table(classes, seed):
    weights, sizes = np.array(classes).T
    sizes[0] += 1
    rng = np.random.default_rng(seed)
    structure = Weighted(weights, np.append(0.0, rng.normal(size=weights @ sizes)))
    exact, table = ClassGame.structured(sizes, structure), ClassGame(ClassGame.lazy(sizes, structure.worths).values)
    each = rng.random(exact.n)
    for value in (shapley, banzhaf, lambda game: beta_shapley(game, 4, 1), lambda game: semivalue(game, each)):
        np.testing.assert_allclose(value(exact), value(table), atol=1e-12)


def test_the_nucleolus_of_a_weighted_majority_is_its_least_weights():
    # Peleg (1968): of a constant-sum weighted majority game, here 5 of 9 votes of 3, 2, 2, 1, 1
    np.testing.assert_allclose(nucleolus(weighted([3, 2, 2, 1, 1], 5)), np.array([3, 2, 2, 1, 1]) / 9, atol=1e-9)


@pytest.mark.parametrize("votes", [[45], [100, 2]])
def test_a_dictator_has_all(votes):
    assert shapley(weighted(votes, votes[0])).tolist() == [1.0, *[0.0] * (len(votes) - 1)]
