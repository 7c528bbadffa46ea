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
@settings(max_examples=25, deadline=None)
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


@pytest.mark.parametrize(("neighbours", "n"), [(3, 1000), (5, 1000), (7, 60)])
def test_values_of_many_sum_to_the_worth_of_everybody(neighbours, n):
    rng = np.random.default_rng(n)
    order, labels = rng.permuted(np.tile(np.arange(n), (2, 1)), axis=1), rng.integers(2, size=(2, n))
    game = ClassGame.structured(np.ones(n, dtype=int), NearestVotes(order, labels, np.array([0, 1]), neighbours, 2))
    assert shapley(game).sum() == pytest.approx(game.grand, abs=1e-10)


@pytest.mark.parametrize(("neighbours", "message"), [(0, "it takes one or more"), (9, "more than 500 ways")])
def test_numbers_of_neighbours_that_cannot_vote(neighbours, message):
    game = NearestVotes(np.array([[0]]), np.array([[0]]), np.array([0]), neighbours, 10)
    with pytest.raises(ValueError, match=message):
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


ROWS = [-0.79, 0.24, -1.9, 1.4, 0.64, -0.29, -0.31, 0.3, -0.27, -0.23, 0.72, 0.51]
ROWS += [-0.06, -0.09, 0.16, -0.61, -0.4, 0.55, -0.13, -1.37, -0.48, 0.66, -0.23, -0.15]
TESTS = [-0.52, -0.46, 0.51, 0.88, 0.2, -0.63, -0.83, 1.44, 0.59, 0.72]
OF_PYDVL = {
    1: "0.024126984126984122 0.07873737373737373 0.03936507936507936 0.13015873015873014 0.173015873015873"
    " 0.13158730158730156 0.06349206349206347 -0.12365079365079365 0.15436507936507934 0.049278499278499276"
    " -0.13396825396825396 0.013492063492063475",
    3: "0.024126984126984122 0.07873737373737373 0.03936507936507936 0.13015873015873014 0.073015873015873"
    " 0.13158730158730156 0.06349206349206347 0.009682539682539685 0.15436507936507934 0.049278499278499276"
    " -0.0006349206349206355 0.04682539682539681",
    5: "0.03412698412698412 0.06207070707070707 0.02936507936507936 0.07682539682539682 0.04634920634920635"
    " 0.07825396825396826 0.03682539682539682 0.03634920634920634 0.08436507936507937 0.049278499278499276"
    " 0.009365079365079363 0.056825396825396814",
}
"""What KNNShapleyValuation of pyDVL 0.10.0 gives for twelve rows and five test rows, by the number of neighbours."""


@pytest.mark.parametrize("neighbours", OF_PYDVL)
def test_as_pydvl_does(neighbours):
    rows, tests = np.reshape(ROWS, (12, 2)), np.reshape(TESTS, (5, 2))
    labels, truth = np.array([0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1]), np.array([0, 1, 0, 1, 1])
    order = np.argsort(((tests[:, None] - rows) ** 2).sum(axis=2), axis=1)
    game = NearestVotes(order, labels[order], truth, neighbours, 2, weight=1 / 5, shares=True)
    np.testing.assert_allclose(
        shapley(ClassGame.structured([1] * 12, game)), np.array(OF_PYDVL[neighbours].split(), dtype=float), atol=1e-12
    )
