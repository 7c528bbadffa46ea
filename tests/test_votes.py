import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.attacks import Replicate
from potluck.attacks.scheme import Scheme
from potluck.mechanisms import ShapleyDivision, banzhaf, beta_shapley, semivalue, shapley
from potluck.mechanisms.coalitions.games import ClassGame
from potluck.mechanisms.coalitions.votes import NearestVotes
from potluck.models import Classification, MarketGame
from potluck.training.classifiers import rows_entered


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


THREE = "sklearn.neighbors:KNeighborsClassifier(n_neighbors=3)"


class TestClassification:
    def test_worths_are_accuracies_of_trained_classifiers_with_copies_and_levels(self):
        neighbors = pytest.importorskip("sklearn.neighbors")
        task = Classification(dataset="wine", parties=4, classifier=THREE, copies=1, levels=(0.5, 1.0), baseline="prior")
        profiles = np.random.default_rng(0).integers(len(task.contributions), size=(40, 4))
        tests = task.validation()[0]
        for profile, worth in zip(profiles, task.worths(profiles), strict=True):
            each = [task.contributions[action] for action in profile]
            rows = [
                np.tile(np.arange(rows_entered(given.level, len(held))), given.entries)
                for held, given in zip(task.holdings(), each, strict=True)
            ]
            if not sum(map(len, rows)):
                assert worth == 0
                continue
            inputs, labels = (
                np.concatenate([getattr(held, name)[some] for held, some in zip(task.holdings(), rows, strict=True)])
                for name in ("inputs", "targets")
            )
            model = neighbors.KNeighborsClassifier(3).fit(inputs, labels)
            assert worth == pytest.approx((model.predict(tests.inputs) == tests.targets).mean() - task.guesses[0])

    @pytest.mark.parametrize("classifier", ["1-nn", THREE])
    def test_markets_and_attacks_tell_their_values(self, classifier):
        task = Classification(dataset="wine", parties=5, classifier=classifier, copies=2)
        game = MarketGame(task, ShapleyDivision()).market(np.array([1, 2, 0, 3, 1])).game
        attacked = Replicate(2, how="names").on(task).market.game
        for each in (game, attacked, Scheme.honest(task).market.game):
            assert each.structure is not None
            np.testing.assert_allclose(shapley(each), shapley(ClassGame(each.values)), atol=1e-12)

    def test_an_attacked_market_is_worth_what_a_table_says(self):
        task = Classification(dataset="wine", parties=4, classifier=THREE)
        scheme = Replicate(1).on(task)
        counts = np.array([[2, 1, 0, 1], [1, 0, 0, 1], [2, 0, 0, 0]])
        expected = scheme.platform_task.worths(np.where(counts > 0, counts, 0))
        np.testing.assert_allclose(scheme.market.game.worths(counts), expected, atol=1e-12)
