import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from potluck.mechanisms import CoalitionalGame, FairPayments, PlatformCoalition, shapley
from potluck.models import (
    MarketGame,
    MeanEstimation,
    PaidOnly,
    Preferences,
    SharingGame,
    SharingUtility,
    fair_terms,
    regime_bounds,
    threshold_cost,
)
from potluck.models.games.bernstein import expectation, roots
from potluck.models.games.sharing_terms import all_open_up_to
from potluck.models.tasks import utility_by_sharers

TWO = SharingUtility.by_count([0, 2 / 3, 1])
LOW = SharingUtility.of_task(MeanEstimation(users=2, levels=(1, math.inf)), private=1, open_=2)

some_costs = st.floats(0.001, 0.9)
concave = arrays(float, st.integers(1, 7), elements=st.floats(0.01, 1)).map(lambda steps: np.cumsum([0, *sorted(steps)[::-1]]))


# --- polynomials --------------------------------------------------------------------------------------------------------------


@given(arrays(float, st.integers(1, 9), elements=st.integers(-4, 4).map(float)))
def test_no_root_is_missed(coefficients):
    found = roots(coefficients)
    size = np.abs(coefficients).max()
    assert np.abs(expectation(coefficients, found)).max(initial=0) <= 1e-9 * max(size, 1)
    q = np.linspace(0, 1, 2002)[1:-1]
    signs = np.sign(expectation(coefficients, q))
    crossings = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    for index in crossings:
        assert ((found >= q[index]) & (found <= q[index + 1])).any()
    if size:
        assert len(found) <= len(coefficients) - 1
    assert (np.diff(found) > 0).all()


def test_known_roots():
    chebyshev = np.polynomial.chebyshev.Chebyshev.basis(6, domain=[0, 1]).convert(kind=np.polynomial.Polynomial).coef
    to_bernstein = [sum(chebyshev[j] * math.comb(k, j) / math.comb(6, j) for j in range(k + 1)) for k in range(7)]
    exact = np.sort((np.cos((2 * np.arange(1, 7) - 1) * np.pi / 12) + 1) / 2)
    assert roots(np.array(to_bernstein)) == pytest.approx(exact, abs=1e-12)
    assert roots(np.array([1.0, -1, 1])) == pytest.approx([0.5], abs=1e-8)  # (2q - 1)^2
    assert not len(roots(np.zeros(4)))
    wave = np.cos(np.arange(1000) / 60)
    assert expectation(wave, roots(wave)) == pytest.approx(np.zeros(5), abs=1e-12)


# --- what users are worth -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_values_where_private_users_contribute_equal_those_of_all_coalitions(n):
    rng = np.random.default_rng(n)
    table = rng.normal(size=(n + 1, n + 1))
    table[0, 0] = 0
    utility = SharingUtility.by_counts(table)
    for k in range(n + 1):
        is_open = np.arange(n) < k

        def worth(present, is_open=is_open):
            members = is_open[list(present)]
            return table[members.sum(), (~members).sum()]

        phi = shapley(CoalitionalGame.from_function(n, worth))
        assert utility.worth[k] == pytest.approx(phi.sum(), abs=1e-12)
        if k:
            assert utility.open_value[k - 1] == pytest.approx(phi[0], abs=1e-12)
        if k < n:
            assert utility.private_value[k] == pytest.approx(phi[-1], abs=1e-12)


@given(concave)
def test_by_count_is_the_case_in_which_private_users_give_nothing(worth):
    n = len(worth) - 1
    table = np.tile(worth[:, None], (1, n + 1))
    one, other = SharingUtility.by_count(worth), SharingUtility.by_counts(table)
    assert one.gain == pytest.approx(other.gain, abs=1e-12)
    assert one.worth == pytest.approx(other.worth, abs=1e-12)
    assert one.opting_out


@given(concave)
def test_gain_is_the_relative_payoff_and_grows_with_privacy(worth):
    utility = SharingUtility.by_count(worth)
    n = utility.n
    p = np.linspace(0, 1, 21)
    expected = [sum(math.comb(n - 1, k) * (1 - q) ** k * q ** (n - 1 - k) * worth[k + 1] / (k + 1) for k in range(n)) for q in p]
    assert utility.gamma(p) == pytest.approx(expected, abs=1e-12)
    assert (np.diff(utility.gamma(p)) >= -1e-12).all()
    assert utility.gamma_max == pytest.approx(worth[1], abs=1e-12)
    assert utility.gamma_min == pytest.approx(worth[-1] / n, abs=1e-12)
    assert utility.expected_worth(p) == pytest.approx(n * (1 - p) * utility.gamma(p), abs=1e-12)


def test_gain_of_every_coalition_of_users():
    assert TWO.gamma(0.0) == pytest.approx(1 / 2)
    assert TWO.gamma(1.0) == pytest.approx(2 / 3)
    assert LOW.gamma_max == pytest.approx(0.5213, abs=5e-5)
    assert SharingUtility.of_task(MeanEstimation(users=5, levels=(1, math.inf)), 1, 2).gamma_max == pytest.approx(
        0.2434, abs=5e-5
    )


def test_a_gain_of_nothing_cannot_be_bought():
    """As in games of federating or sharing directly: the last user's going open adds nothing, so nobody-private has no price."""
    sole = SharingUtility.by_count([0, 1, 1, 0])
    assert sole.gamma_min == 0
    assert fair_terms(sole, 0.1).p > 0
    assert fair_terms(sole, 0.1, "pure").worth == 1


# --- games --------------------------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.floats(0, 1), st.integers(0, 2**31), st.sampled_from([1.0, 2.5, 5.0, math.inf]))
def test_sharing_game_is_the_market_game(users, alpha, seed, epsilon):
    rng = np.random.default_rng(seed)
    costs = rng.uniform(0, 1, users)
    task = MeanEstimation(users=users, levels=(epsilon,))
    preferences = Preferences(valuation=PaidOnly(), costs=np.column_stack([np.zeros(users), costs]))
    market = MarketGame(task, FairPayments(alpha=alpha), preferences)
    game = SharingGame(SharingUtility.of_task(task), alpha, costs)
    for profile in rng.integers(0, 2, (5, users)):
        assert game.deviations(profile) == pytest.approx(market.deviations(profile), abs=1e-12)


@given(st.integers(1, 5), st.floats(0, 1), st.integers(0, 2**31))
def test_sharing_game_is_the_market_game_where_private_users_contribute(users, alpha, seed):
    rng = np.random.default_rng(seed)
    task = MeanEstimation(users=users, levels=(1, math.inf))
    market = MarketGame(task, FairPayments(alpha=alpha), Preferences(valuation=PaidOnly(), costs=(0, 0, 0.2)), available=[1, 2])
    game = SharingGame(SharingUtility.of_task(task, 1, 2), alpha, 0.2)
    for profile in rng.integers(0, 2, (5, users)):
        assert game.deviations(profile) == pytest.approx(market.deviations(profile + 1)[:, 1:], abs=1e-12)


def test_deviations_of_a_million_users():
    users = 10**6
    profile = np.arange(users) % 2
    game = SharingGame(SharingUtility.by_count(utility_by_sharers(users)), 0.5, 1e-7)
    market = MarketGame(MeanEstimation(users=users), FairPayments(0.5), Preferences(valuation=PaidOnly(), costs=(0, 1e-7)))
    for each in (game, market):
        deviations = each.deviations(profile)
    np.testing.assert_allclose(deviations, game.deviations(profile), rtol=1e-9, atol=1e-18)


@given(st.integers(2, 5), st.integers(0, 2**31))
def test_mixed_deviations_are_expectations(users, seed):
    rng = np.random.default_rng(seed)
    game = SharingGame(SharingUtility.by_count(np.append(0, rng.normal(size=users))), 0.7, rng.uniform(size=users))
    policy = rng.dirichlet([1, 1], users)
    assert game.mixed_deviations(policy) == pytest.approx(game.normal_form().mixed_deviations(policy), abs=1e-12)


def symmetric(game, p):
    return np.tile([p, 1 - p], (game.n, 1))


@given(arrays(float, st.integers(1, 6), elements=st.floats(-1, 1).map(lambda x: round(x, 3))), st.floats(0, 1), some_costs)
def test_symmetric_equilibria_are_all_found(steps, alpha, cost):
    game = SharingGame(SharingUtility.by_count(np.append(0, steps)), alpha, cost)
    found = game.symmetric_equilibria()
    assert len(found)
    for p in found:
        assert game.exploitability(symmetric(game, p)) <= 1e-8
    on_grid = np.linspace(0, 1, 201)
    gains = alpha * game.utility.gamma(on_grid) - cost
    for index in np.flatnonzero(gains[:-1] * gains[1:] < 0):
        assert ((found >= on_grid[index]) & (found <= on_grid[index + 1])).any()
    assert (0 in found) == (gains[0] >= -1e-12 * max(1, cost))
    assert (1 in found) == (gains[-1] <= 1e-12 * max(1, cost))


def test_three_equilibria_below_two_root_three():
    game = SharingGame(SharingUtility.by_count(utility_by_sharers(2, 2)), 0.8, 0.2)
    assert game.symmetric_equilibria() == pytest.approx([0, 0.5625, 1], abs=1e-12)
    edge = 2 * math.sqrt(3)
    for users in (2, 5, 10):
        bends = [np.diff(utility_by_sharers(users, epsilon), 2)[0] for epsilon in (edge * 0.999, edge * 1.001)]
        assert bends[0] > 0 > bends[1]


def test_symmetric_equilibria_need_like_costs():
    with pytest.raises(ValueError, match="costs are the same"):
        SharingGame(TWO, 0.5, [0.1, 0.2]).symmetric_equilibria()


@given(st.integers(1, 6), st.floats(0, 1), st.integers(0, 2**31))
def test_counts_of_sharers_are_those_of_all_pure_equilibria(users, alpha, seed):
    rng = np.random.default_rng(seed)
    game = SharingGame(SharingUtility.by_count(np.append(0, rng.normal(size=users))), alpha, rng.uniform(0, 0.6, users))
    counts = {sum(profile) for profile in game.pure_equilibria(0)}
    assert set(game.open_counts().tolist()) == counts
    cheapest = np.argsort(game.costs)
    for m in counts:
        assert game.exploitability(np.isin(np.arange(users), cheapest[:m]).astype(int)) <= 1e-9


@given(st.floats(-0.5, 1), st.floats(-0.5, 1), st.floats(0, 1), some_costs, some_costs)
def test_two_user_equilibria_are_equilibria_and_none_is_missed(alone, added, alpha, cost_1, cost_2):
    game = SharingGame(SharingUtility.by_count([0, alone, alone + added]), alpha, [cost_1, cost_2])
    found = game.two_user_equilibria()
    assert len(found)
    for p in found:
        assert game.exploitability(np.column_stack([p, 1 - p])) <= 1e-9
    for profile in game.pure_equilibria(0):
        assert np.abs(found - (1 - np.array(profile))).max(axis=1).min() <= 1e-9


def test_two_user_equilibria_agree_with_a_library():
    equilibria = pytest.importorskip("quantecon.game_theory")
    rng = np.random.default_rng(8)
    for _ in range(40):
        game = SharingGame(SharingUtility.by_count(np.append(0, np.cumsum(rng.uniform(0, 1, 2)))), 0.9, rng.uniform(0, 0.8, 2))
        one, two = game.normal_form().tables
        table = equilibria.NormalFormGame([equilibria.Player(one), equilibria.Player(two.T)])
        known = sorted((float(x[0]), float(y[0])) for x, y in equilibria.support_enumeration(table))
        assert np.array(sorted(map(tuple, game.two_user_equilibria()))) == pytest.approx(np.array(known), abs=1e-9)


@pytest.mark.parametrize(
    ("alpha", "costs", "message"),
    [(1.5, 0.1, "alpha"), (0.5, -0.1, "a cost"), (0.5, [0.1] * 3, "costs are"), (0.5, math.inf, "a cost")],
)
def test_sharing_game_refuses(alpha, costs, message):
    with pytest.raises(ValueError, match=message):
        SharingGame(TWO, alpha, costs)


@pytest.mark.parametrize("worth", [[], [0], [1, 2], [[0, 1], [1, 2]]])
def test_sharing_utility_refuses(worth):
    with pytest.raises(ValueError, match="utilities"):
        SharingUtility.by_count(worth)


# --- the platform's terms -----------------------------------------------------------------------------------------------------


def best_by_search(utility, cost, points=2001):
    """The platform's best symmetric outcome by trying every α of a grid and every root on a grid of p."""
    p = np.linspace(0, 1, points)
    gamma, worth = utility.gamma(p), utility.expected_worth(p)
    best = utility.worth[0]
    for alpha in np.linspace(0, 1, 501):
        gains = alpha * gamma - cost
        cross = np.flatnonzero(gains[:-1] * gains[1:] <= 0)
        stays = worth[[*cross, *([0] if gains[0] >= 0 else []), *([points - 1] if gains[-1] <= 0 else [])]]
        best = max(best, (1 - alpha) * stays.max(initial=-np.inf))
    return best


def closed_form(cost):
    if cost <= 1 / 3:
        return 2 * cost, 0, 2 * cost, 1 - 2 * cost
    if cost < 2 / 3:
        return 6 * cost / (2 + 3 * cost), 3 * cost - 1, 2 * cost * (2 - 3 * cost), (2 - 3 * cost) ** 2 / 3
    return 0, 1, 0, 0


@pytest.mark.parametrize("cost", np.linspace(0, 0.8, 81).tolist())
def test_figure_6_closed_form(cost):
    terms = fair_terms(TWO, cost)
    assert [terms.alpha, terms.p, terms.payments.sum(), terms.platform] == pytest.approx(closed_form(cost), abs=1e-9)
    assert terms.payments.sum() - 2 * cost * (1 - terms.p) == pytest.approx(0, abs=1e-9)


def test_figure_6_by_a_fine_search():
    p = np.linspace(0, 1, 200_001)
    gamma, worth = TWO.gamma(p), TWO.expected_worth(p)
    for cost in np.linspace(0.005, 0.8, 81):
        share = cost / gamma
        profit = np.where(share <= 1, (1 - share) * worth, 0)
        best = int(profit.argmax())
        terms = fair_terms(TWO, cost)
        assert terms.platform == pytest.approx(profit[best], abs=1e-6)
        if terms.platform > 1e-3:
            assert terms.payments.sum() == pytest.approx(share[best] * worth[best], abs=1e-4)


@pytest.mark.parametrize("epsilon", [1, 2, 3, 4, math.inf])
@pytest.mark.parametrize("users", [2, 3, 7])
def test_best_symmetric_terms_by_search_over_shares(users, epsilon):
    utility = SharingUtility.by_count(utility_by_sharers(users, epsilon))
    for cost in np.linspace(0.01, 1.1, 8) * utility.gamma_max:
        assert fair_terms(utility, cost).platform == pytest.approx(best_by_search(utility, cost), abs=3e-3 * utility.worth[-1])
        assert fair_terms(utility, cost).platform >= best_by_search(utility, cost) - 2e-3 * utility.worth[-1]


@given(concave, st.floats(0.01, 1.2))
def test_under_the_best_terms_users_are_left_with_nothing(worth, factor):
    utility = SharingUtility.by_count(worth)
    cost = factor * utility.gamma_max
    terms = fair_terms(utility, cost)
    net = terms.payments.sum() - utility.n * (1 - terms.p) * cost
    assert net == pytest.approx(0, abs=1e-9)
    p = np.linspace(0, 1, 501)
    welfare = utility.expected_worth(p) - utility.n * (1 - p) * cost
    assert terms.platform >= welfare.max() - 1e-9
    assert terms.platform == pytest.approx(utility.expected_worth(terms.p) - utility.n * (1 - terms.p) * cost, abs=1e-9)


@pytest.mark.parametrize("selection", ["symmetric", "symmetric-worst", "pure", "best", "worst"])
def test_terms_are_equilibria(selection):
    rng = np.random.default_rng(9)
    for _ in range(15):
        utility = SharingUtility.by_count(np.append(0, np.cumsum(rng.uniform(0, 1, 2))))
        costs = rng.uniform(0.01, 0.8, 1 if selection.startswith("symmetric") else 2)
        terms = fair_terms(utility, np.resize(costs, 2), selection)
        game = SharingGame(utility, terms.alpha, np.resize(costs, 2))
        policy = np.column_stack([terms.private, 1 - terms.private])
        assert game.exploitability(policy) <= 1e-8
        assert (policy * (game.mixed_deviations(policy) + [0, 1] * np.resize(costs, 2)[:, None])).sum(axis=1) == pytest.approx(
            terms.payments, abs=1e-9
        )
        assert terms.payments.sum() == pytest.approx(terms.alpha * terms.worth, abs=1e-9)


@given(some_costs, some_costs)
def test_figure_7_closed_form(cost_1, cost_2):
    terms = fair_terms(TWO, (cost_1, cost_2), "pure")
    low, high = min(cost_1, cost_2), max(cost_1, cost_2)
    assert terms.platform == pytest.approx(max(1 - 2 * high, 2 / 3 - low, 0), abs=1e-12)


@given(st.integers(1, 6), st.integers(0, 2**31))
def test_pure_terms_by_enumeration(users, seed):
    """Every profile has a least and a greatest share that make it an equilibrium: take the best profile at its least share."""
    rng = np.random.default_rng(seed)
    utility = SharingUtility.by_count(np.append(0, np.cumsum(rng.uniform(-0.3, 1, users))))
    costs = rng.uniform(0.01, 0.8, users)
    best = 0.0
    for profile in itertools.product([0, 1], repeat=users):
        is_open = np.array(profile, dtype=bool)
        m = int(is_open.sum())
        gain = utility.gain
        least = max([c / gain[m - 1] if gain[m - 1] > 0 else math.inf for c in costs[is_open]], default=0.0)
        most = min([c / gain[m] if gain[m] > 0 else math.inf for c in costs[~is_open]], default=math.inf)
        if least <= min(1, most):
            best = max(best, (1 - least) * utility.worth[m])
    assert fair_terms(utility, costs, "pure").platform == pytest.approx(best, abs=1e-12)


def test_selection_matters_on_the_diagonal_and_in_a_sliver():
    platform = {selection: fair_terms(TWO, 0.5, selection).platform for selection in ("pure", "best", "symmetric", "worst")}
    assert platform["pure"] == platform["best"] == pytest.approx(1 / 6, abs=1e-9)
    assert platform["symmetric"] == pytest.approx(1 / 12, abs=1e-9)
    assert platform["worst"] == pytest.approx(1 / 12, abs=1e-7)
    cheap, dear = 0.267, 0.3
    exact = (1 - 2 * cheap) * (2 - dear / cheap)
    terms = fair_terms(TWO, (cheap, dear), "best")
    assert terms.platform == pytest.approx(exact, abs=1e-9)
    assert 1 - terms.private == pytest.approx([4 - 3 * dear / cheap, 1], abs=1e-9)
    assert fair_terms(TWO, (cheap, dear), "pure").platform == pytest.approx(0.4, abs=1e-12)


def test_off_the_diagonal_selection_hardly_matters():
    rng = np.random.default_rng(10)
    for cost in rng.uniform(0.02, 0.8, (60, 2)):
        near = abs(2 * cost.max() - cost.min() - 1 / 3) < 0.05
        values = [fair_terms(TWO, cost, selection).platform for selection in ("worst", "pure", "best")]
        assert values[0] == pytest.approx(values[1], abs=1e-8)
        assert values[2] == pytest.approx(values[1], abs=0.013 if near else 1e-9)


def test_the_literal_theorem_leaves_the_platform_nothing():
    literal = 0.5 / TWO.gamma_max
    assert SharingGame(TWO, literal, 0.5).symmetric_equilibria() == pytest.approx([1])
    best = fair_terms(TWO, 0.5)
    assert (best.alpha, best.platform) == pytest.approx((6 / 7, 1 / 12))


@pytest.mark.parametrize("users", [2, 5, 10, 50, 1000])
def test_regimes_where_private_users_give_nothing(users):
    utility = SharingUtility.of_task(MeanEstimation(users=users))
    all_open, nothing = regime_bounds(utility)
    c_th, gamma_max = 2 / (users * (users + 1)), (users + 2) / (3 * users)
    assert threshold_cost(utility) == pytest.approx(c_th, rel=1e-9)
    assert utility.gamma_max == pytest.approx(gamma_max, rel=1e-12)
    assert utility.gamma_min == pytest.approx(1 / users, rel=1e-12)
    assert all_open == pytest.approx(c_th, rel=1e-6)
    assert nothing == pytest.approx(gamma_max, rel=1e-6)


def test_counterexample_to_theorem_3():
    assert regime_bounds(LOW) == pytest.approx((0.33472222, 0.33472222), abs=1e-8)
    assert LOW.gamma_max > 0.52
    assert fair_terms(LOW, 0.4).alpha == 0
    assert fair_terms(LOW, 0.4).platform == pytest.approx(0.25, abs=1e-12)
    assert best_by_search(LOW, 0.4) == pytest.approx(0.25, abs=1e-12)
    assert best_by_search(LOW, 0.33) == pytest.approx(fair_terms(LOW, 0.33).platform, abs=1e-3)
    assert threshold_cost(LOW) == pytest.approx(0.33472222, abs=1e-8)


def test_c_th_of_private_users_who_give_something_to_the_printed_digits():
    utility = SharingUtility.of_task(MeanEstimation(users=6, levels=(0.1, math.inf)), private=1, open_=2)
    assert threshold_cost(utility) == pytest.approx(0.0477795, abs=5e-8)
    assert regime_bounds(utility)[0] == threshold_cost(utility)


@settings(max_examples=20)
@given(st.integers(1, 12), st.one_of(st.just(0.0), st.floats(1e-3, 6)))
def test_regimes_are_where_the_best_terms_change(users, low):
    """Eq. 22 and the second bound against eq. 19, solved a little below and above."""
    task = MeanEstimation(users=users, levels=(low, math.inf)) if low else MeanEstimation(users=users)
    utility = SharingUtility.of_task(task, private=1, open_=2) if low else SharingUtility.of_task(task)
    all_open, nothing = regime_bounds(utility)
    assert all_open_up_to(utility) == pytest.approx(all_open, rel=2e-6)
    p = 1 - np.geomspace(1e-6, 1 - 1e-6, 4001)
    for cost, holds in ((all_open * (1 - 1e-6), True), (all_open * (1 + 1e-4), False)):
        everybody = (1 - cost / utility.gain[-1]) * utility.worth[-1]
        assert (fair_terms(utility, cost).p <= 1e-6) == holds
        assert not holds or everybody >= fair_terms(utility, cost).platform - 1e-12
    above, below = nothing * (1 + 1e-6), nothing * (1 - 1e-3)
    assert fair_terms(utility, above).alpha == 0
    gamma, worth = utility.gamma(p), utility.expected_worth(p)
    assert ((1 - above / gamma) * worth <= utility.worth[0] + 1e-12)[gamma > above].all()
    assert fair_terms(utility, below).platform > utility.worth[0]


@pytest.mark.parametrize("selection", ["symmetric", "symmetric-worst", "pure", "best", "worst"])
@given(worths=arrays(float, (3, 3), elements=st.floats(-1, 1)), cost=st.floats(0, 1))
@example(worths=np.array([[0, 0, 0], [1e-308, 0, 0], [0, 0, 0]]), cost=1.0)
@example(worths=np.array([[0, 0, 1e-308], [0, 0, 0], [0, 0, 0]]), cost=1.0)
def test_the_platform_never_loses(selection, worths, cost):
    worths[0, 0] = 0
    utility = SharingUtility.by_counts(worths)
    terms = fair_terms(utility, cost, selection)
    assert terms.platform >= 0
    policy = np.column_stack([terms.private, 1 - terms.private])
    assert SharingGame(utility, terms.alpha, cost).exploitability(policy) <= 1e-6


def test_a_worth_that_is_negative_is_handed_out_whole():
    terms = fair_terms(SharingUtility.by_counts([[0, -0.2, -0.293], [-0.1, -0.25, 0], [-0.3, 0, 0]]), 0.1)
    assert (terms.alpha, terms.platform) == (1, 0)


def test_pure_terms_of_a_million_users():
    users = 10**6
    utility = SharingUtility.by_count(1 - 1 / (1.0 + np.arange(users + 1)))
    terms = fair_terms(utility, np.linspace(0, 1e-7, users), "pure")
    opened = int((terms.private == 0).sum())
    assert terms.worth == utility.worth[opened]
    assert terms.payments.sum() == pytest.approx(terms.alpha * terms.worth, rel=1e-9)


def test_theorem_1_as_the_rule():
    counts = []
    for cost in (0.2, 0.22, 0.225, 0.33, 0.34):
        game = MarketGame(MeanEstimation(users=2), PlatformCoalition(), Preferences(valuation=PaidOnly(), costs=(0, cost)))
        counts.append({sum(profile) for profile in game.pure_equilibria()})
    assert counts == [{2}, {2}, {1}, {1}, {0}]


def test_worst_terms_are_cautious():
    """Below 2√3 a share that could open everybody may also open nobody: the platform that fears this pays more."""
    utility = SharingUtility.by_count(utility_by_sharers(2, 2))
    cost = 0.1
    best, worst = (fair_terms(utility, cost, selection) for selection in ("symmetric", "symmetric-worst"))
    assert best.alpha == pytest.approx(cost / utility.gain[1], abs=1e-9)
    assert worst.alpha == pytest.approx(cost / utility.gain[0], abs=1e-7)
    assert best.platform > worst.platform + 0.05


@pytest.mark.parametrize(
    ("utility", "costs", "selection", "message"),
    [
        (TWO, 0.1, "nicest", "selection = 'nicest'"),
        (TWO, [0.1, 0.2], "symmetric", "costs are the same"),
        (SharingUtility.by_count([0, 1, 2, 3]), 0.1, "best", "two users"),
        (TWO, -0.1, "pure", "a cost"),
    ],
)
def test_terms_refuse(utility, costs, selection, message):
    with pytest.raises(ValueError, match=message):
        fair_terms(utility, costs, selection)


def test_costless_sharing_is_had_for_nothing():
    for selection in ("symmetric", "pure", "best"):
        terms = fair_terms(TWO, 0.0, selection)
        assert (terms.alpha, terms.platform) == (0, pytest.approx(1))
