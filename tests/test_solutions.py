import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import CoalitionalGame, least_core, shapley
from potluck.mechanisms.coalitions.games import ClassGame, OnDemandGame
from potluck.mechanisms.values import core, cores, has_tau_value, myerson_value, nucleolus, owen_value, tau_value

games = st.builds(
    lambda n, seed: CoalitionalGame(np.append(0.0, np.random.default_rng(seed).normal(size=(1 << n) - 1))),
    st.integers(1, 5),
    st.integers(0, 10_000),
)


def members(game):
    return (np.arange(1 << game.n)[:, None] >> np.arange(game.n)) & 1


def bankruptcy(estate, debts):
    debts = np.array(debts)
    left = [max(0, estate - debts[[k not in present for k in range(len(debts))]].sum()) for present in sets(len(debts))]
    return CoalitionalGame(left)


def sets(n):
    return [{k for k in range(n) if mask >> k & 1} for mask in range(1 << n)]


class TestNucleolus:
    @pytest.mark.parametrize(
        ("estate", "expected"), [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150]), (400, [50, 125, 225])]
    )
    def test_the_talmud(self, estate, expected):
        # Aumann and Maschler (1985), Game theoretic analysis of a bankruptcy problem from the Talmud
        np.testing.assert_allclose(nucleolus(bankruptcy(estate, [100, 200, 300])), expected, atol=1e-9)

    @given(games)
    @settings(max_examples=40, deadline=None)
    def test_no_small_change_lowers_the_sorted_complaints(self, game):
        payoffs = nucleolus(game)
        assert payoffs.sum() == pytest.approx(game.grand, abs=1e-9)
        inside = members(game)[1:-1]
        complaints = np.sort(game.values[1:-1] - inside @ payoffs)[::-1]
        if game.n > 1:
            assert complaints[0] == pytest.approx(least_core(game).excess, abs=1e-8)
        rng = np.random.default_rng(0)
        for step in rng.normal(size=(30, game.n)) * 10.0 ** rng.uniform(-4, 0, (30, 1)):
            moved = np.sort(game.values[1:-1] - inside @ (payoffs + step - step.mean()))[::-1]
            differs = np.flatnonzero(np.abs(moved - complaints) > 1e-7)
            assert not len(differs) or moved[differs[0]] > complaints[differs[0]]

    def test_by_class_as_in_the_table(self):
        game = ClassGame([[0, 0.7, 0.8], [0.5, 1.0, 1.2], [0.6, 1.1, 1.3]])
        np.testing.assert_allclose(nucleolus(game)[game.classes()], nucleolus(game.table()), atol=1e-9)


class TestCore:
    @given(games)
    @settings(max_examples=40, deadline=None)
    def test_payoffs_or_balanced_coalitions_prove_what_is_said(self, game):
        found = core(game)
        if found.empty:
            np.testing.assert_allclose(found.weights @ found.coalitions, 1.0, atol=1e-8)
            worths = game.values[found.coalitions @ (1 << np.arange(game.n))]
            assert (found.weights > 0).all()
            assert found.weights @ worths > game.grand
        else:
            paid = members(game) @ found.payoffs
            assert paid[-1] == pytest.approx(game.grand, abs=1e-9)
            assert (paid[1:] >= game.values[1:] - 1e-8).all()

    def test_by_class(self):
        found = core(ClassGame([0, 0, 1, 1]))
        assert found.empty
        assert (found.weights @ found.coalitions / 3).tolist() == pytest.approx([1.0])


class TestTauValue:
    def test_two_players_split_the_gain(self):
        np.testing.assert_allclose(tau_value(CoalitionalGame([0, 3, 5, 10])), [4, 6])

    def test_bankruptcy_is_settled_by_adjusted_proportions(self):
        # Curiel, Maschler and Tijs (1987): each gets what the others leave, then in proportion to what is left of the claims
        debts, estate = np.array([100.0, 200.0, 300.0]), 400.0
        least = np.maximum(0, estate - (debts.sum() - debts))
        rest = np.minimum(debts - least, estate - least.sum())
        np.testing.assert_allclose(tau_value(bankruptcy(estate, debts)), least + (estate - least.sum()) * rest / rest.sum())

    def test_majority_has_none(self):
        majority = CoalitionalGame([0, 0, 0, 1, 0, 1, 1, 1])
        assert not has_tau_value(majority)
        with pytest.raises(ValueError, match="quasi-balanced"):
            tau_value(majority)


class TestOwenValue:
    @given(games)
    @settings(max_examples=20, deadline=None)
    def test_trivial_unions_are_the_shapley_value(self, game):
        np.testing.assert_allclose(owen_value(game, []), shapley(game), atol=1e-10)
        np.testing.assert_allclose(owen_value(game, [range(game.n)]), shapley(game), atol=1e-10)

    def test_is_the_mean_over_orders_in_which_unions_stay_together(self):
        game = CoalitionalGame(np.append(0.0, np.random.default_rng(1).random(31)))
        unions = [{0, 3}, {1}, {2, 4}]
        expected, orders = np.zeros(5), 0
        for order in itertools.permutations(range(5)):
            places = {k: [order.index(i) for i in union] for k, union in enumerate(unions)}
            if all(max(p) - min(p) == len(p) - 1 for p in places.values()):
                orders += 1
                before = set()
                for i in order:
                    expected[i] += game(before | {i}) - game(before)
                    before.add(i)
        np.testing.assert_allclose(owen_value(game, [[0, 3], [2, 4]]), expected / orders, atol=1e-12)


class TestMyersonValue:
    @given(games)
    @settings(max_examples=20, deadline=None)
    def test_all_linked_is_the_shapley_value(self, game):
        links = list(itertools.combinations(range(game.n), 2))
        np.testing.assert_allclose(myerson_value(game, links), shapley(game), atol=1e-10)

    def test_fair_and_efficient_in_parts(self):
        # Myerson (1977): connected parts share out their worth, and a link is worth as much to one end as to the other
        game = CoalitionalGame(np.append(0.0, np.random.default_rng(2).random(31)))
        links = [(0, 1), (1, 2), (3, 4)]
        value = myerson_value(game, links)
        assert value[:3].sum() == pytest.approx(game({0, 1, 2}))
        assert value[3:].sum() == pytest.approx(game({3, 4}))
        for one, other in links:
            change = value - myerson_value(game, [link for link in links if link != (one, other)])
            assert change[one] == pytest.approx(change[other])


class TestLeastCoreOfASample:
    def test_with_all_players_heard_it_is_the_exact_one(self):
        values = np.append(0.0, np.random.default_rng(4).random(255))
        game = OnDemandGame(8, lambda present: values[present @ (1 << np.arange(8))])
        exact = least_core(CoalitionalGame(values))
        assert least_core(game).excess == pytest.approx(exact.excess, abs=1e-12)
        found = least_core(game, evaluations=5000, rng=np.random.default_rng(0))
        assert found.excess == pytest.approx(exact.excess, abs=1e-9)
        assert found.payoffs.sum() == pytest.approx(game.grand, abs=1e-9)

    def test_the_guarantee_holds_in_all_but_few_samples(self):
        values = np.append(0.0, np.random.default_rng(5).random(1023))
        members = (np.arange(1 << 10)[:, None] >> np.arange(10)) & 1
        game = OnDemandGame(10, lambda present: values[present @ (1 << np.arange(10))])
        broken = 0
        for seed in range(60):
            found = least_core(game, evaluations=150, rng=np.random.default_rng(seed), confidence=0.8)
            lacking = (values - members @ found.payoffs)[1:-1]
            broken += (lacking > found.excess + 1e-9).mean() > found.violated
        assert broken <= 60 * 0.2

    def test_too_few(self):
        game = OnDemandGame(30, lambda present: present.sum(axis=1) ** 2.0)
        with pytest.raises(ValueError, match="whole number from 91 on"):
            least_core(game, evaluations=90, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match="needs rng"):
            least_core(game, evaluations=900)
        with pytest.raises(ValueError, match="number of players"):
            least_core(game)
        with pytest.raises(ValueError, match="confidence"):
            least_core(game, evaluations=900, rng=np.random.default_rng(0), confidence=1.0)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=4).filter(lambda sizes: sum(sizes) > 1),
    st.integers(0, 10_000),
    st.booleans(),
)
def test_the_simplex_method_finds_what_highs_does(sizes, seed, ties):
    draws = np.random.default_rng(seed).random(tuple(size + 1 for size in sizes))
    worths = np.round(draws * 2) if ties else draws
    worths.flat[0] = 0.0
    counts = np.indices(worths.shape).reshape(len(sizes), -1).T
    filled = np.array(sizes) > 0
    columns = np.column_stack([counts[1:-1][:, filled], np.ones(len(counts) - 2)])
    _, excess = cores._by_highs(columns, worths.ravel()[1:-1], np.array(sizes)[filled], float(worths.flat[-1]))
    assert least_core(ClassGame(worths)).excess == pytest.approx(excess, abs=1e-8)
