import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms.coalitions.games import CoalitionalGame, OnDemandGame
from potluck.mechanisms.values import Estimate, banzhaf, beta_shapley, sampled_semivalue, semivalue, shapley
from potluck.mechanisms.values.surrogates import Linear, Triples

OWNED = np.array([1.0, 4.0, 2.0, 9.0, 1.0, 6.0, 3.0, 3.0, 12.0, 5.0])


def on_demand(values):
    n = len(values).bit_length() - 1
    return OnDemandGame(n, lambda present: values[present @ (1 << np.arange(n))])


def noise(n, seed=0):
    values = np.random.default_rng(seed).normal(size=1 << n)
    values[0] = 0
    return on_demand(values)


def generator(seed=0):
    return np.random.default_rng(seed)


GAMES = {
    "noise": noise(10),
    "saturating": OnDemandGame(10, lambda present: np.sqrt(present @ OWNED)),
    "airport": OnDemandGame(10, lambda present: (present * OWNED).max(axis=1)),
    "voting": OnDemandGame(10, lambda present: present @ OWNED > OWNED.sum() / 2),
    "odd": OnDemandGame(9, lambda present: (present @ OWNED[:9]) ** 2 / 50 + np.sin(present @ OWNED[:9])),
}


SEEDS = 120


@pytest.fixture(scope="module", params=[(name, budget) for name in GAMES for budget in (120, 400)], ids=str)
def repeated(request):
    """The errors and the standard errors of many estimates, in units of the largest value."""
    name, budget = request.param
    game = GAMES[name]
    exact = shapley(game.table())
    estimates = [shapley(game, evaluations=budget, rng=generator(seed)) for seed in range(SEEDS)]
    scale = np.abs(exact).max()
    errors = (np.array([estimate.values for estimate in estimates]) - exact) / scale
    return errors, np.array([estimate.standard_errors for estimate in estimates]) / scale


class TestStatistics:
    def test_unbiased(self, repeated):
        errors, _ = repeated
        standard_error = errors.std(axis=0, ddof=1) / np.sqrt(len(errors))
        assert (standard_error > 1e-4 / 20).all(), "the estimates do not vary: the test would show nothing"
        assert (np.abs(errors.mean(axis=0)) < 4 * standard_error).all()

    def test_standard_errors_have_the_right_size(self, repeated):
        errors, claimed = repeated
        ratio = np.sqrt((claimed**2).mean(axis=0)) / errors.std(axis=0, ddof=1)
        # with few rounds they are stated larger, so that 1.96 of them cover what they should
        assert (ratio > 0.85).all()
        assert (ratio < 2.5).all()

    def test_coverage(self, repeated):
        errors, claimed = repeated
        covered = (np.abs(errors) < 1.96 * claimed).mean()
        assert 0.92 < covered < 0.995

    def test_more_coalitions_help(self):
        game = GAMES["saturating"]
        exact = shapley(game.table())

        def error(budget):
            estimates = [shapley(game, evaluations=budget, rng=generator(seed)) for seed in range(50)]
            return np.sqrt(np.mean([(estimate.values - exact) ** 2 for estimate in estimates]))

        assert error(600) < 0.7 * error(150)


class TestExactness:
    @pytest.mark.parametrize("budget", [73, 130, 500])
    def test_additive_games(self, budget):
        game = OnDemandGame(10, lambda present: present @ OWNED)
        estimate = shapley(game, evaluations=budget, rng=generator())
        np.testing.assert_allclose(estimate.values, OWNED, rtol=1e-13)
        assert estimate.standard_errors.max() < 1e-13

    @pytest.mark.parametrize("n", [5, 10, 31, 50])
    def test_games_of_pairs(self, n):
        pairs = np.triu(generator(n).normal(size=(n, n)))
        game = OnDemandGame(n, lambda present: np.einsum("bi,ij,bj->b", present, pairs, present.astype(float)))
        exact = (pairs + pairs.T).sum(axis=1) / 2
        estimate = shapley(game, evaluations=least_budget(game) + 50, rng=generator())
        np.testing.assert_allclose(estimate.values, exact, atol=1e-11)
        assert estimate.standard_errors.max() < 1e-11

    @pytest.mark.parametrize("n", [4, 5, 6, 9, 30])
    def test_worth_that_depends_on_the_size_only(self, n):
        game = OnDemandGame(n, lambda present: np.exp(-present.sum(axis=1) / 3.0))
        estimate = shapley(game, evaluations=20 * n + 100, rng=generator())
        np.testing.assert_allclose(estimate.values, game.grand / n, rtol=0, atol=1e-14)
        assert estimate.standard_errors.max() < 1e-14

    @pytest.mark.parametrize("n", range(1, 13))
    @pytest.mark.parametrize("spare", [0, 12345])
    def test_a_full_budget(self, n, spare):
        game = noise(n, seed=n)
        estimate = shapley(game, evaluations=(1 << n) - 1 + spare, rng=generator())
        np.testing.assert_allclose(estimate.values, shapley(game.table()), atol=1e-13)
        assert estimate.standard_errors.tolist() == [0.0] * n
        assert estimate.evaluations == (1 << n) - 1

    @given(st.integers(1, 12), st.integers(0, 300), st.integers(0, 9))
    @settings(max_examples=60, deadline=None)
    def test_sums_to_the_worth_of_everybody_within_budget(self, n, spare, seed):
        asked = []

        def worth(present):
            asked.append(len(present))
            return np.cos(present @ np.arange(1.0, n + 1))

        game = OnDemandGame(n, worth)
        budget = least_budget(game) + spare
        estimate = shapley(game, evaluations=budget, rng=generator(seed))
        assert sum(asked) == estimate.evaluations <= budget
        assert estimate.values.sum() == pytest.approx(game.grand, abs=1e-12)


def least_budget(game):
    with pytest.raises(ValueError, match="evaluations must be at least") as raised:
        shapley(game, evaluations=0, rng=generator())
    return int(str(raised.value).split("at least ")[1].split()[0])


class TestBudget:
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 13, 40])
    def test_the_error_names_the_smallest_that_works(self, n):
        game = OnDemandGame(n, lambda present: np.sqrt(present.sum(axis=1)))
        least = least_budget(game)
        assert shapley(game, evaluations=least, rng=generator()).evaluations <= least
        with pytest.raises(ValueError, match=f"at least {least} for {n} players, not {least - 1}"):
            shapley(game, evaluations=least - 1, rng=generator())

    @pytest.mark.parametrize("budget", [80, 137, 300, 777])
    def test_most_of_the_budget_is_used(self, budget):
        used = shapley(noise(10), evaluations=budget, rng=generator()).evaluations
        # what is left would not pay for a round of any size, the cheapest of which asks for two coalitions
        assert budget - 5 < used <= budget

    def test_two_hundred_players(self):
        sizes = generator(1).integers(1, 50, 200).astype(float)
        game = OnDemandGame(200, lambda present: np.sqrt(present @ sizes))
        estimate = shapley(game, evaluations=12_000, rng=generator())
        assert np.isfinite(estimate.values).all()
        assert (estimate.standard_errors > 0).all()
        assert estimate.values.sum() == pytest.approx(game.grand, rel=1e-12)
        # each gets nearly his share: the square root is nearly straight over what one of 200 can change
        gaps = estimate.values - game.grand * sizes / sizes.sum()
        assert np.abs(gaps).max() < 0.1 * estimate.values.max()

    def test_memory_is_bounded(self):
        most = 0

        def worth(present):
            nonlocal most
            most = max(most, present.size)
            return present.sum(axis=1)

        shapley(OnDemandGame(40, worth), evaluations=3_000_000, rng=generator())
        assert 1 << 21 < most <= 1 << 22


class TestInterface:
    def test_same_seed_same_estimate(self):
        one, other, third = (shapley(noise(10), evaluations=200, rng=generator(s)) for s in (4, 4, 5))
        assert one.values.tolist() == other.values.tolist()
        assert one.standard_errors.tolist() == other.standard_errors.tolist()
        assert one.values.tolist() != third.values.tolist()

    def test_as_an_array(self):
        estimate = Estimate(np.array([1.0, 2.0]), np.zeros(2), 3)
        assert np.asarray(estimate).tolist() == [1.0, 2.0]
        assert np.asarray(estimate, dtype=np.float32).dtype == np.float32
        copy = np.array(estimate, copy=True)
        copy[0] = 7
        assert estimate.values[0] == 1.0
        with pytest.raises(AttributeError):
            estimate.evaluations = 4

    def test_exact_needs_no_randomness(self):
        assert shapley(noise(5), rng=generator()).standard_errors.max() == 0

    def test_many_players_need_a_budget_and_a_generator(self):
        game = OnDemandGame(21, lambda present: present.sum(axis=1))
        with pytest.raises(ValueError, match=r"21 players.*evaluations and rng"):
            shapley(game)
        with pytest.raises(ValueError, match="needs rng"):
            shapley(game, evaluations=1000)

    def test_bad_arguments(self):
        even = np.full(3, 1 / 3)
        with pytest.raises(TypeError, match="OnDemandGame"):
            sampled_semivalue(CoalitionalGame([0, 1]), np.ones(1), evaluations=10, rng=generator())
        for evaluations in (10.0, True, "10", None):
            with pytest.raises(ValueError, match=r"evaluations = .*: it must be a whole number"):
                sampled_semivalue(noise(3), even, evaluations=evaluations, rng=generator())
        for rng in (None, 1, np.random.RandomState(0)):
            with pytest.raises(TypeError, match="rng must be a Generator"):
                sampled_semivalue(noise(3), even, evaluations=10, rng=rng)

    def test_a_worth_that_is_not_finite(self):
        game = OnDemandGame(6, lambda present: np.where(present.sum(axis=1) == 3, np.nan, 1.0))
        with pytest.raises(ValueError, match="finite"):
            shapley(game, evaluations=50, rng=generator())


OTHERS = {
    "banzhaf": banzhaf,
    "beta": lambda game, **sampling: beta_shapley(game, 4, 1, **sampling),
    "uneven": lambda game, **sampling: semivalue(game, 0.001 * np.arange(1.0, game.n + 1), **sampling),
}


class TestOtherSemivalues:
    @pytest.mark.parametrize("name", OTHERS)
    @pytest.mark.parametrize("game", ["saturating", "voting", "odd"])
    def test_unbiased_with_errors_of_the_right_size(self, name, game):
        value, game = OTHERS[name], GAMES[game]
        exact = value(game.table())
        estimates = [value(game, evaluations=200, rng=generator(seed)) for seed in range(80)]
        errors = np.array([estimate.values for estimate in estimates]) - exact
        claimed = np.array([estimate.standard_errors for estimate in estimates])
        assert (np.abs(errors.mean(axis=0)) <= 4.5 * errors.std(axis=0, ddof=1) / np.sqrt(80) + 1e-12).all()
        assert (np.abs(errors) <= 1.96 * claimed + 1e-12).mean() > 0.92

    @pytest.mark.parametrize("name", OTHERS)
    def test_exact_with_every_coalition(self, name):
        estimate = OTHERS[name](noise(8), evaluations=255, rng=generator())
        np.testing.assert_allclose(estimate.values, OTHERS[name](noise(8).table()), atol=1e-12)
        assert estimate.standard_errors.max() == 0

    def test_games_of_pairs_are_exact_for_banzhaf(self):
        pairs = np.triu(generator(3).normal(size=(20, 20)))
        game = OnDemandGame(20, lambda present: np.einsum("bi,ij,bj->b", present, pairs, present.astype(float)))
        exact = np.diagonal(pairs) + (np.triu(pairs, 1) + np.triu(pairs, 1).T).sum(axis=1) / 2
        estimate = banzhaf(game, evaluations=1000, rng=generator())
        np.testing.assert_allclose(estimate.values, exact, atol=1e-11)


class TestPrecision:
    def test_stops_when_it_is_reached(self):
        owned = generator(1).integers(1, 30, 40).astype(float)
        game = OnDemandGame(40, lambda present: np.sqrt(present @ owned))
        rough = shapley(game, evaluations=50_000, rng=generator(), precision=0.01)
        assert rough.standard_errors.max() <= 0.01
        assert rough.evaluations < 5_000

    def test_uses_the_budget_where_it_is_not(self):
        estimate = shapley(noise(10), evaluations=400, rng=generator(), precision=1e-9)
        assert estimate.standard_errors.max() > 1e-9
        assert 390 < estimate.evaluations <= 400


def test_games_of_triples_of_players():
    rng = generator(5)
    members, gains = np.array([rng.choice(20, 3, replace=False) for _ in range(15)]), rng.normal(size=15)
    exact = np.zeros(20)
    np.add.at(exact, members, gains[:, None] / 3)
    game = OnDemandGame(20, lambda present: present[:, members].all(axis=2) @ gains)
    estimate = shapley(game, evaluations=6000, rng=generator(1))
    assert np.linalg.norm(estimate.values - exact) < 0.006 * np.linalg.norm(exact)  # without them 0.009
    assert (np.abs(estimate.values - exact) <= 1.96 * estimate.standard_errors).mean() >= 0.8


def test_triples_are_worth_on_average_what_enumeration_says():
    rng, n = generator(), 6
    triples = np.array([[0, 1, 2], [1, 3, 5], [0, 4, 5]])
    game = Triples(Linear(rng.normal(size=(5, n))), triples, rng.normal(size=3))
    every = np.array(list(itertools.product([False, True], repeat=n)))
    worths, size = game.worths(every), every.sum(axis=1)
    for found, there, sizes in zip(game.means(n), (every, ~every), (range(1, n + 1), range(n)), strict=True):
        expected = [[worths[(size == s) & own].mean() for own in there.T] for s in sizes]
        np.testing.assert_allclose(found[list(sizes)], expected, atol=1e-12)
