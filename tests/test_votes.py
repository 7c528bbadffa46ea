import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import banzhaf, beta_shapley, semivalue, shapley
from potluck.mechanisms.coalitions.games import ClassGame
from potluck.mechanisms.coalitions.votes import NearestVotes


@st.composite
def votes(draw):
    classes, rows, kinds, points = (draw(st.integers(1, most)) for most in (4, 9, 3, 3))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    held = rng.integers(classes, size=rows)
    owners = np.array([rng.permutation(held) for _ in range(points)])
    labels, truth = rng.integers(kinds, size=owners.shape), rng.integers(kinds, size=points)
    sizes = rng.integers(0, 4, classes)
    sizes[rng.integers(classes)] += 1
    return NearestVotes(owners, labels, truth, draw(st.integers(1, 4)), kinds, 1 / points, draw(st.booleans())), sizes


@given(votes(), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_semivalue_is_that_of_the_table_with_copies_and_many_rows(drawn, seed):
    game, sizes = drawn
    structured, table = ClassGame.structured(sizes, game), ClassGame(ClassGame.lazy(sizes, game.worths).values)
    weights = np.random.default_rng(seed).random(structured.n)
    for value in (shapley, banzhaf, lambda game: beta_shapley(game, 4, 1), lambda game: semivalue(game, weights)):
        np.testing.assert_allclose(value(structured), value(table), atol=1e-11)


@given(votes(), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_worths_scaled_by_size(drawn, seed):
    game, sizes = drawn
    n = int(sizes.sum())
    factor = np.random.default_rng(seed).random(n + 1)
    size = np.indices(tuple(sizes + 1)).sum(axis=0)
    table = ClassGame(ClassGame.lazy(sizes, game.worths).values * factor[size])
    np.testing.assert_allclose(game.semivalue(sizes, np.full(n, 1 / n), factor), shapley(table), atol=1e-12)


@pytest.mark.parametrize("neighbours", [1, 2, 5])
def test_one_row_a_player_is_the_formula_of_jia_et_al(neighbours):
    rng = np.random.default_rng(neighbours)
    n = 40
    order, labels = rng.permutation(n)[None], rng.integers(2, size=(1, n))
    game = NearestVotes(order, labels, np.array([1]), neighbours, 2, shares=True)
    right = labels[0] == 1
    phi = np.zeros(n)
    phi[-1] = right[-1] * min(neighbours, n) / n / neighbours
    for i in range(n - 2, -1, -1):
        phi[i] = phi[i + 1] + (float(right[i]) - right[i + 1]) / neighbours * min(neighbours, i + 1) / (i + 1)
    expected = np.empty(n)
    expected[order[0]] = phi
    np.testing.assert_allclose(shapley(ClassGame.structured(np.ones(n, dtype=int), game)), expected, atol=1e-13)


def test_too_many_ways_to_vote():
    game = NearestVotes(np.array([[0]]), np.array([[0]]), np.array([0]), 9, 10)
    with pytest.raises(ValueError, match="more than 500 ways"):
        game.worths(np.ones((1, 1), dtype=int))
