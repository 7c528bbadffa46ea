import importlib
import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from potluck.mechanisms.coalitions.games import ClassGame, CoalitionalGame, OnDemandGame
from potluck.mechanisms.values import (
    banzhaf,
    beta_shapley,
    least_core,
    leave_one_out,
    null_players,
    semivalue,
    shapley,
    symmetric_groups,
)

EXACT_VALUES = [shapley, banzhaf, leave_one_out, lambda game: beta_shapley(game, 3, 0.5)]
worths = st.floats(-100, 100, allow_subnormal=False)


@st.composite
def tables(draw, least=1, most=6):
    values = draw(arrays(float, 1 << draw(st.integers(least, most)), elements=worths))
    values[0] = 0
    return CoalitionalGame(values)


@st.composite
def class_games(draw, most=8):
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4).filter(lambda sizes: 0 < sum(sizes) <= most))
    values = draw(arrays(float, [m + 1 for m in sizes], elements=worths))
    values.flat[0] = 0
    return ClassGame(values)


def random_table(n, seed=0):
    values = np.random.default_rng(seed).normal(size=1 << n)
    values[0] = 0
    return CoalitionalGame(values)


def sizes_of(n):
    sizes = np.zeros(1, dtype=int)
    for _ in range(n):
        sizes = np.concatenate([sizes, sizes + 1])
    return sizes


def sums_of(numbers):
    sums = np.zeros(1)
    for number in numbers:
        sums = np.concatenate([sums, sums + number])
    return sums


def with_null_player(values, player):
    low = values.reshape(-1, 1 << player)
    return np.stack([low, low], axis=1).ravel()


def definition(game, weight):
    phi = np.zeros(game.n)
    for mask, i in itertools.product(range(1 << game.n), range(game.n)):
        if not mask >> i & 1:
            phi[i] += weight(mask.bit_count()) * (game.values[mask | 1 << i] - game.values[mask])
    return phi


def over_all_orders(game):
    phi = np.zeros(game.n)
    for order in itertools.permutations(range(game.n)):
        mask = 0
        for i in order:
            phi[i] += game.values[mask | 1 << i] - game.values[mask]
            mask |= 1 << i
    return phi / math.factorial(game.n)


class TestDefinitions:
    @given(tables())
    @settings(max_examples=25, deadline=None)
    def test_shapley_is_the_mean_over_all_orders(self, game):
        np.testing.assert_allclose(shapley(game), over_all_orders(game), rtol=0, atol=1e-12 * 100)

    @given(tables(most=7))
    @settings(max_examples=50, deadline=None)
    def test_banzhaf_and_leave_one_out(self, game):
        n = game.n
        np.testing.assert_allclose(banzhaf(game), definition(game, lambda s: 0.5 ** (n - 1)), atol=1e-11)
        np.testing.assert_allclose(leave_one_out(game), definition(game, lambda s: s == n - 1), atol=1e-11)

    @given(tables(), st.data())
    @settings(max_examples=50, deadline=None)
    def test_semivalue(self, game, data):
        weights = data.draw(arrays(float, game.n, elements=st.floats(0, 3)))
        np.testing.assert_allclose(semivalue(game, weights), definition(game, lambda s: weights[s]), atol=1e-9)

    @given(tables(), st.floats(0.1, 20), st.floats(0.1, 20))
    @settings(max_examples=50, deadline=None)
    def test_beta_shapley(self, game, alpha, beta):
        n = game.n

        def log_beta(a, b):
            return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

        expected = definition(game, lambda s: math.exp(log_beta(s + beta, n - 1 - s + alpha) - log_beta(alpha, beta)))
        np.testing.assert_allclose(beta_shapley(game, alpha, beta), expected, atol=1e-10)

    @pytest.mark.parametrize("n", [1, 2, 3, 9, 12])
    def test_beta_one_one_is_shapley_to_the_last_bit(self, n):
        game = random_table(n)
        assert beta_shapley(game, 1, 1).tolist() == shapley(game).tolist()

    def test_extreme_beta_shapley_sees_only_the_first_or_the_last_to_come(self):
        game = random_table(6)
        np.testing.assert_allclose(beta_shapley(game, 1e9, 1), game.values[1 << np.arange(6)], atol=1e-6)
        np.testing.assert_allclose(beta_shapley(game, 1, 1e9), leave_one_out(game), atol=1e-6)

    @pytest.mark.parametrize(("index", "ours"), [("SV", shapley), ("BV", banzhaf)])
    @pytest.mark.parametrize("n", [3, 7, 12])
    def test_agrees_with_shapiq(self, index, ours, n):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pytest.importorskip("shapiq")
            exact_computer = importlib.import_module("shapiq").ExactComputer
            game = random_table(n)
            theirs = exact_computer(game=lambda present: game.values[present @ (1 << np.arange(n))], n_players=n)(index)
        expected = [theirs[(i,)] for i in range(n)]
        np.testing.assert_allclose(ours(game), expected, atol=1e-12)


class TestPublishedGames:
    def test_glove_market(self):
        # Shapley and Shubik (1969), "On market games": two left gloves, one right
        game = CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])
        np.testing.assert_allclose(shapley(game), [1 / 6, 1 / 6, 2 / 3], rtol=1e-15)

    def test_airport(self):
        # Littlechild and Owen (1973): each part of the runway is shared equally by those who need it
        costs = np.array([1.0, 3.0, 4.5, 4.5, 7.0, 12.0, 30.0])
        game = OnDemandGame(7, lambda present: (present * costs).max(axis=1)).table()
        parts = np.diff(costs, prepend=0) / np.arange(7, 0, -1)
        np.testing.assert_allclose(shapley(game), parts.cumsum(), rtol=1e-14)

    def test_airport_by_class_of_aircraft(self):
        # the same theorem for 400, 250 and 30 movements of three kinds of aircraft
        movements, costs = np.array([400, 250, 30]), np.array([2.0, 5.0, 11.0])
        small, medium, large = np.ogrid[:401, :251, :31]
        game = ClassGame(np.where(large, costs[2], np.where(medium, costs[1], np.where(small, costs[0], 0.0))))
        users = movements[::-1].cumsum()[::-1]
        np.testing.assert_allclose(shapley(game), (np.diff(costs, prepend=0) / users).cumsum(), rtol=1e-12)

    def test_shareholders_51_50_49_1(self):
        # Banzhaf (1965): the swings of [51; 50, 49, 1] are 3, 1, 1 of 4; Shapley and Shubik (1954): 2/3, 1/6, 1/6
        game = CoalitionalGame(sums_of([50, 49, 1]) >= 51)
        np.testing.assert_allclose(banzhaf(game), [0.75, 0.25, 0.25], rtol=1e-15)
        np.testing.assert_allclose(shapley(game), [2 / 3, 1 / 6, 1 / 6], rtol=1e-15)

    @pytest.mark.parametrize("full", [False, True])
    def test_security_council(self, full):
        # five permanent members and ten others, 9 votes and no veto: Shapley-Shubik 421/2145 and 4/2145, swings 848 and 84
        # (Straffin 1983, "Power indices in politics")
        game = ClassGame(np.arange(6)[:, None] // 5 * (np.arange(11) >= 4))
        first = [0, 5] if full else [0, 1]
        played = game.table() if full else game
        np.testing.assert_allclose(shapley(played)[first], [421 / 2145, 4 / 2145], rtol=1e-12)
        np.testing.assert_allclose(banzhaf(played)[first], [848 / 2**14, 84 / 2**14], rtol=1e-12)

    @pytest.mark.parametrize("needed", [0b1, 0b10110, 0b11111111])
    def test_unanimity(self, needed):
        # Shapley (1953): 1/|T| for the members of T, exactly 0 for the others
        game = CoalitionalGame(np.arange(256) & needed == needed)
        member = np.array([needed >> i & 1 for i in range(8)])
        np.testing.assert_allclose(shapley(game), member / needed.bit_count(), rtol=1e-15, atol=0)

    @pytest.mark.parametrize(
        ("estate", "shares"), [(100, [100 / 3] * 3), (200, [100 / 3, 250 / 3, 250 / 3]), (300, [50, 100, 150])]
    )
    def test_bankruptcy(self, estate, shares):
        # O'Neill (1982): claims of 100, 200 and 300 on an estate
        game = CoalitionalGame(np.maximum(0, estate - sums_of([100, 200, 300])[::-1]))
        np.testing.assert_allclose(shapley(game), shares, rtol=1e-14)

    def test_platform_with_a_veto(self):
        # Kang, Pedarsani and Ramchandran, Example 1 without privacy: U(1) = 2/3, U(2) = 1 gives the platform 5/9
        users, platform = np.arange(3)[:, None], np.arange(2)
        game = ClassGame(platform * np.array([0, 2 / 3, 1])[users])
        np.testing.assert_allclose(shapley(game), [2 / 9, 5 / 9], rtol=1e-14)


class TestAxioms:
    @given(tables(most=8))
    @settings(max_examples=50, deadline=None)
    def test_efficiency(self, game):
        assert shapley(game).sum() == pytest.approx(game.grand, abs=1e-11)

    @pytest.mark.parametrize("value", EXACT_VALUES)
    @given(tables(most=5), st.data())
    @settings(max_examples=25, deadline=None)
    def test_additivity(self, value, game, data):
        other = data.draw(arrays(float, len(game.values), elements=worths))
        other[0] = 0
        together = CoalitionalGame(game.values + other)
        np.testing.assert_allclose(value(together), value(game) + value(CoalitionalGame(other)), atol=1e-10)

    @pytest.mark.parametrize("value", EXACT_VALUES)
    @given(tables(most=5), st.integers(0, 5))
    @settings(max_examples=25, deadline=None)
    def test_a_null_player_gets_exactly_nothing_and_changes_nothing(self, value, game, player):
        player = min(player, game.n)
        bigger = CoalitionalGame(with_null_player(game.values, player))
        assert value(bigger)[player] == 0.0
        if value is shapley:
            np.testing.assert_allclose(np.delete(shapley(bigger), player), shapley(game), atol=1e-11)

    @pytest.mark.parametrize("value", EXACT_VALUES)
    @given(class_games(), st.randoms(use_true_random=False))
    @settings(max_examples=50, deadline=None)
    def test_players_treated_alike_get_the_same_to_the_last_bit(self, value, game, random):
        players = list(range(game.n))
        random.shuffle(players)
        kinds = game.classes()[players]
        table = CoalitionalGame.from_function(
            game.n, lambda present: game([int((kinds[list(present)] == t).sum()) for t in range(len(game.sizes))])
        )
        phi = value(table)
        for kind in np.unique(kinds):
            assert len(set(phi[kinds == kind].tolist())) == 1

    def test_a_last_bit_of_difference_is_a_difference(self):
        values = np.array([0, 1, 1, 2.0])
        values[2] = np.nextafter(1, 2)
        game = CoalitionalGame(values)
        assert symmetric_groups(game).tolist() == [0, 1]
        assert shapley(game)[1] >= shapley(game)[0]
        nearly_null = CoalitionalGame([0, 1, 0, np.nextafter(1, 2)])
        assert null_players(nearly_null).tolist() == [False, False]
        assert shapley(nearly_null)[1] == pytest.approx(2**-53, rel=1)

    def test_equality_holds_where_the_fold_would_round(self):
        # round-off differs between the players of one half of the table and of the other
        values = np.random.default_rng(3).random(17).cumsum()[sizes_of(16)] - np.pi
        values[0] = 0
        odd = values + 0.1 * (np.arange(1 << 16) & 1)
        phi = shapley(CoalitionalGame(odd))
        assert len(set(phi[1:].tolist())) == 1
        assert phi[0] > phi[1]


class TestSymmetry:
    @given(tables(most=4))
    @settings(deadline=None)
    def test_groups_are_those_of_the_definition(self, game):
        coarse = CoalitionalGame(np.sign(game.values).round())
        labels, n = symmetric_groups(coarse), coarse.n
        for i, j in itertools.combinations(range(n), 2):
            rest = [mask for mask in range(1 << n) if not mask >> i & 1 and not mask >> j & 1]
            alike = all(coarse.values[mask | 1 << i] == coarse.values[mask | 1 << j] for mask in rest)
            assert alike == (labels[i] == labels[j])

    @given(class_games())
    @settings(deadline=None)
    def test_null_classes_are_those_of_the_table(self, game):
        coarse = ClassGame(np.sign(game.values))
        expected = [not m or null_players(coarse.table())[coarse.classes() == t].all() for t, m in enumerate(game.sizes)]
        assert null_players(coarse).tolist() == expected

    def test_classes_of_different_size_with_interchangeable_members(self):
        data = np.arange(4)[:, None] + np.arange(6)[None, :]
        game = ClassGame(np.log1p(data)[..., None] * np.array([1.0, 1.5, 1.7]))
        assert symmetric_groups(game).tolist() == [0, 0, 2]
        phi = shapley(game)
        assert phi[0] == phi[1] != phi[2]

    def test_classes_that_can_be_swapped_though_their_members_cannot(self):
        # only whole classes of three are worth something
        whole = np.arange(4) == 3
        game = ClassGame(1.0 * whole[:, None, None] + whole[None, :, None] + 0.3 * np.arange(3))
        assert symmetric_groups(game).tolist() == [0, 0, 2]
        assert len(set(symmetric_groups(game.table())[:6].tolist())) == 2
        assert shapley(game)[0] == shapley(game)[1]

    def test_what_is_known_to_be_apart_is_not_compared(self):
        game = CoalitionalGame([0, 1, 1, 2])
        assert symmetric_groups(game, np.array([0, 1])).tolist() == [0, 1]
        assert null_players(CoalitionalGame([0, 0, 0, 0]), np.array([True, False])).tolist() == [True, False]

    def test_wrong_shapes(self):
        with pytest.raises(ValueError, match=r"apart.*\(2,\).*\(3,\)"):
            symmetric_groups(CoalitionalGame([0, 1, 1, 2]), np.zeros(3, dtype=int))
        with pytest.raises(ValueError, match="among"):
            null_players(CoalitionalGame([0, 1, 1, 2]), np.ones(1, dtype=bool))


class TestClasses:
    @pytest.mark.parametrize("value", EXACT_VALUES)
    @given(class_games())
    @settings(max_examples=60, deadline=None)
    def test_agrees_with_the_table(self, value, game):
        by_class, by_player = value(game), value(game.table())
        for t, m in enumerate(game.sizes):
            assert m or by_class[t] == 0.0
            np.testing.assert_allclose(by_player[game.classes() == t], by_class[t], rtol=0, atol=1e-12 * 100)

    @given(class_games(), st.data())
    @settings(max_examples=40, deadline=None)
    def test_semivalue_agrees_with_the_table(self, game, data):
        weights = data.draw(arrays(float, game.n, elements=st.floats(0, 3)))
        np.testing.assert_allclose(semivalue(game, weights)[game.classes()], semivalue(game.table(), weights), rtol=0, atol=1e-9)

    def test_formula_of_the_paper(self):
        rng = np.random.default_rng(8)
        game = ClassGame(rng.random((4, 3, 6)) * (np.indices((4, 3, 6)).sum(axis=0) > 0))
        n, phi = game.n, np.zeros(3)
        for k in itertools.product(range(4), range(3), range(6)):
            s = sum(k)
            chance = math.prod(math.comb(m, j) for m, j in zip(game.sizes, k, strict=True)) / math.comb(n, s)
            for t, m in enumerate(game.sizes):
                joins = k[t] / (m * s) if s else 0.0
                stays = (m - k[t]) / (m * (n - s)) if s < n else 0.0
                phi[t] += chance * game(k) * (joins - stays)
        np.testing.assert_allclose(shapley(game), phi, atol=1e-14)

    @pytest.mark.parametrize("shares", [None, (2, 3), (0.5, 0.5)])
    def test_a_thousand_players_who_add_what_they_own(self, shares):
        owned = np.array([0.25, 3.0, 0.0, -1.0])
        counts = np.meshgrid(*(np.arange(m + 1.0) for m in (600, 300, 99, 1)), indexing="ij", sparse=True)
        game = ClassGame(sum(a * b for a, b in zip(owned, counts, strict=True)))
        phi = shapley(game) if shares is None else beta_shapley(game, *shares)
        np.testing.assert_allclose(phi, owned, atol=1e-10)
        assert phi[2] == 0.0

    def test_a_million_players(self):
        alone = ClassGame(np.sqrt(np.arange(10**6 + 1.0)))
        assert shapley(alone).tolist() == [1000 / 10**6]
        veto = ClassGame(np.array([[0.0], [1.0]]) * (np.arange(10**6) > 0))
        # the owner earns unless he comes first; each of the others earns with the chance to be the first after him
        np.testing.assert_allclose(shapley(veto), [1 - 1e-6, 1e-6 / (10**6 - 1)], rtol=0, atol=1e-11)
        assert shapley(veto)[1] == pytest.approx(1e-12, rel=1e-3)

    def test_weights_that_would_underflow(self):
        game = ClassGame(np.arange(2001.0) ** 2)
        # a coalition of the others drawn by coins has 1999/2 members on average
        np.testing.assert_allclose(banzhaf(game), [1999 + 1], rtol=1e-11)

    def test_empty_classes_only(self):
        game = ClassGame(np.zeros((1, 1)))
        for value in (*EXACT_VALUES[:3], lambda game: semivalue(game, [])):
            assert value(game).tolist() == [0.0, 0.0]


class TestLargeTables:
    def test_24_players(self):
        sizes = sizes_of(22)
        values = np.sqrt(sizes) + 0.5 * (np.arange(1 << 22) & 1)
        values = with_null_player(with_null_player(values, 5), 23)
        game = CoalitionalGame(values)
        phi = shapley(game)
        assert np.flatnonzero(phi == 0).tolist() == [5, 23]
        alike = np.delete(phi, [0, 5, 23])
        assert len(set(alike.tolist())) == 1
        assert phi.sum() == pytest.approx(game.grand, rel=1e-13)
        assert phi[0] - alike[0] == pytest.approx(0.5, rel=1e-12)


class TestOnDemand:
    def test_small_games_are_tabulated(self):
        game = OnDemandGame(4, lambda present: np.sqrt(present @ [1.0, 2.0, 5.0, 5.0]))
        table = game.table()
        estimate = shapley(game)
        assert estimate.values.tolist() == shapley(table).tolist()
        assert estimate.standard_errors.tolist() == [0.0] * 4
        assert estimate.evaluations == 15
        assert banzhaf(game).values.tolist() == banzhaf(table).tolist()
        assert beta_shapley(game, 2, 1).values.tolist() == beta_shapley(table, 2, 1).tolist()
        np.testing.assert_allclose(leave_one_out(game), leave_one_out(table), atol=1e-15)

    def test_leave_one_out_of_many(self):
        game = OnDemandGame(300, lambda present: present @ np.arange(300.0))
        np.testing.assert_allclose(leave_one_out(game), np.arange(300.0), atol=1e-9)


class TestBadInput:
    @pytest.mark.parametrize("game", [CoalitionalGame([0, 1]), ClassGame([0, 1, 2])])
    def test_exact_games_are_not_sampled(self, game):
        with pytest.raises(ValueError, match="computed exactly"):
            shapley(game, evaluations=10)
        with pytest.raises(ValueError, match="computed exactly"):
            shapley(game, rng=np.random.default_rng(0))

    @pytest.mark.parametrize(
        ("weights", "message"),
        [([1.0], "shape"), ([0.5, -0.25], "-0.25"), ([np.nan, 1], "nan"), ([np.inf, 1], "inf"), ([[1, 1]], "shape")],
    )
    def test_weights(self, weights, message):
        with pytest.raises(ValueError, match=message):
            semivalue(CoalitionalGame([0, 1, 1, 2]), weights)

    def test_weights_that_overflow(self):
        with pytest.raises(ValueError, match="too large"):
            semivalue(ClassGame(np.arange(1101.0)), np.full(1100, 1.0))

    @pytest.mark.parametrize(
        ("alpha", "beta", "message"),
        [(0, 1, "alpha must be"), (1, -2, "beta must be"), (np.nan, 1, "alpha = nan: it must be a number")],
    )
    def test_beta_parameters(self, alpha, beta, message):
        with pytest.raises(ValueError, match=message):
            beta_shapley(CoalitionalGame([0, 1]), alpha, beta)

    @pytest.mark.parametrize("value", [shapley, banzhaf, leave_one_out, least_core, lambda g: semivalue(g, [1])])
    def test_no_game(self, value):
        with pytest.raises(TypeError, match=r"\[0, 1\]"):
            value([0, 1])

    @pytest.mark.parametrize("value", [banzhaf, lambda game: beta_shapley(game, 1, 2), least_core])
    def test_too_many_to_tabulate(self, value):
        with pytest.raises(ValueError, match="21"):
            value(OnDemandGame(21, lambda present: present.sum(axis=1)))

    def test_least_core_of_too_large_a_game(self):
        with pytest.raises(ValueError, match="21 players"):
            least_core(CoalitionalGame(np.zeros(1 << 21)))
        with pytest.raises(ValueError, match="2000001 vectors"):
            least_core(ClassGame(np.zeros(2000001)))


def largest_excess(game, payoffs):
    return float((game.values - sums_of(payoffs))[1:-1].max())


class TestLeastCore:
    @pytest.mark.parametrize(
        ("values", "payoffs", "excess"),
        [
            ([0, 3], [3], 0),  # nobody can complain
            ([0, 1, 2, 10], [4.5, 5.5], -3.5),  # the surplus of 7 is split
            ([0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 1], 0),  # gloves: the core is the owner of the right one
            ([0, 0, 0, 1, 0, 1, 1, 1], [1 / 3, 1 / 3, 1 / 3], 1 / 3),  # majority: every pair lacks a third
            ([0, 0, 0, 0], [0, 0], 0),
        ],
    )
    def test_solved_by_hand(self, values, payoffs, excess):
        core = least_core(CoalitionalGame(values))
        np.testing.assert_allclose(core.payoffs, payoffs, atol=1e-9)
        assert core.excess == pytest.approx(excess, abs=1e-9)

    # of 13 players not all coalitions are heard at once
    @pytest.mark.parametrize(("players", "seed"), [*((2 + seed % 7, seed) for seed in range(12)), (13, 12)])
    def test_against_the_whole_programme(self, players, seed):
        from scipy.optimize import linprog

        game = random_table(players, seed)
        core, n = least_core(game), game.n
        members = (np.arange(1, (1 << n) - 1)[:, None] >> np.arange(n)) & 1
        whole = linprog(
            [0] * n + [1],
            A_ub=-np.column_stack([members, np.ones(len(members))]),
            b_ub=-game.values[1:-1],
            A_eq=[[1] * n + [0]],
            b_eq=[game.grand],
            bounds=(None, None),
        )
        assert core.excess == pytest.approx(whole.fun, abs=1e-8)
        assert core.payoffs.sum() == pytest.approx(game.grand, abs=1e-12)
        assert largest_excess(game, core.payoffs) == pytest.approx(core.excess, abs=1e-12)

    @pytest.mark.parametrize("seed", range(5))
    def test_no_other_payoffs_do_better(self, seed):
        game = random_table(5, seed)
        core, rng = least_core(game), np.random.default_rng(seed)
        for spread in (1.0, 0.1, 1e-3):
            moves = rng.normal(scale=spread, size=(300, 5))
            moves -= moves.mean(axis=1, keepdims=True)
            assert min(largest_excess(game, core.payoffs + move) for move in moves) >= core.excess - 1e-9

    @given(class_games())
    @settings(max_examples=30, deadline=None)
    def test_by_class_and_by_table(self, game):
        by_class, by_table = least_core(game), least_core(game.table())
        assert by_class.excess == pytest.approx(by_table.excess, abs=1e-7)
        assert by_class.payoffs @ game.sizes == pytest.approx(game.grand, abs=1e-9)
        if game.n > 1:
            each = by_class.payoffs[game.classes()]
            assert largest_excess(game.table(), each) == pytest.approx(by_class.excess, abs=1e-7)
        assert all(m or not pay for m, pay in zip(game.sizes, by_class.payoffs, strict=True))

    def test_players_treated_alike_are_paid_alike(self):
        votes = CoalitionalGame(sums_of([3, 1, 1, 1, 2, 2]) >= 7)
        payoffs = least_core(votes).payoffs
        assert payoffs[1] == payoffs[2] == payoffs[3]
        assert payoffs[4] == payoffs[5]

    def test_sixteen_players(self):
        game = random_table(16)
        core = least_core(game)
        assert largest_excess(game, core.payoffs) == pytest.approx(core.excess, abs=1e-9)
        # a coalition and its complement lack, together, what everybody is worth less than both
        lacking = (game.values + game.values[::-1])[1:-1].max() - game.grand
        assert core.excess >= lacking / 2 - 1e-9
