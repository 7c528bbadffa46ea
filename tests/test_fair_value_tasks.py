import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from potluck.mechanisms import CoalitionalGame, FairPayments, Market, PlatformCoalition, audit_money, platform_value, shapley
from potluck.models import FederatedMeanEstimation, MarketGame, MeanEstimation, PaidOnly, Preferences
from potluck.models.tasks import linear_laplace_utility, sharing_errors, utility_by_sharers

PAID = Preferences(valuation=PaidOnly())
REGIMES = [(100.0, 1.0), (1.0, 10.0), (0.1, 100.0), (0.0, 2.0)]
TEN_USERS = [10] * 3 + [100] * 2 + [10] * 2 + [100] * 2 + [10]
TEN_LEVELS = np.array([1] * 5 + [2] * 4 + [0])


def payments(task, profile, rule=None):
    """What the users are paid, by default all of the utility."""
    return -MarketGame(task, rule or FairPayments(alpha=1), PAID).outcome(np.array(profile)).settlement.payments


def brute_shapley(worth, n):
    """Average marginal contribution, weighted over the 2^n coalitions, from a function of masks."""
    values = np.array([worth(mask) for mask in range(1 << n)])
    sizes = np.array([mask.bit_count() for mask in range(1 << n)])
    result = np.zeros(n)
    for player in range(n):
        without = np.flatnonzero((np.arange(1 << n) >> player & 1) == 0)
        weights = [1 / (n * math.comb(n - 1, size)) for size in sizes[without]]
        result[player] = (weights * (values[without | 1 << player] - values[without])).sum()
    return result


# --- estimating a mean from private bits --------------------------------------------------------------------------------------


def least_risk_utility(epsilons):
    """The utility by a numerical minimisation of the Bayes risk over weights and the scale of the noise."""
    epsilons = np.array(epsilons, dtype=float)
    n = len(epsilons)

    def risk(x):
        weights, scale = x[:-1], x[-1]
        total = weights.sum()
        return 1 - 2 * total + 2 * (weights**2).sum() + total**2 + 24 * scale**2

    def slope(x):
        return np.append(4 * x[:-1] + 2 * x[:-1].sum() - 2, 48 * x[-1])

    limits = [{"type": "ineq", "fun": lambda x, i=i, e=e: x[-1] * e - x[i]} for i, e in enumerate(epsilons) if math.isfinite(e)]
    bounds = [(0, 0 if e == 0 else None) for e in epsilons] + [(0, None)]
    found = minimize(
        risk, np.full(n + 1, 0.1), jac=slope, constraints=limits, bounds=bounds, method="SLSQP", options={"ftol": 1e-16}
    )
    return (n + 2) / n * (1 - found.fun)


def test_mixed_levels_give_the_least_risk():
    rng = np.random.default_rng(1)
    for _ in range(120):
        levels = rng.choice([0, 0.3, 1, 2, 3.5, 5, 10, 40, np.inf, rng.uniform(0, 10)], rng.integers(1, 6))
        assert linear_laplace_utility(levels) == pytest.approx(least_risk_utility(levels), abs=1e-9)


@pytest.mark.parametrize(
    ("epsilon", "alone", "together"), [(1, 2 / 27, 1 / 4), (2, 2 / 9, 4 / 7), (5, 0.505051, 0.892857), (math.inf, 2 / 3, 1)]
)
def test_two_users_are_worth_what_the_paper_says(epsilon, alone, together):
    values = MeanEstimation(users=2, levels=(epsilon,)).worths([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert values == pytest.approx([0, alone, alone, together], abs=5e-7)


@given(st.integers(1, 30), st.one_of(st.just(math.inf), st.floats(0.01, 100)))
def test_one_level_has_a_closed_form(users, epsilon):
    k = np.arange(users + 1)
    noise = 0 if epsilon == math.inf else 24 / epsilon**2
    exact = (users + 2) / users * k**2 / np.maximum(k * (k + 2) + noise, 1e-300)
    assert utility_by_sharers(users, epsilon) == pytest.approx(exact, rel=1e-12)


@given(st.lists(st.one_of(st.just(0.0), st.just(math.inf), st.floats(1e-3, 1e3)), min_size=1, max_size=8), st.randoms())
def test_utility_grows_with_every_level_and_ignores_names(levels, random):
    utility = float(linear_laplace_utility(levels))
    shuffled = random.sample(levels, len(levels))
    assert float(linear_laplace_utility(shuffled)) == pytest.approx(utility, abs=1e-12)
    raised = [level * 1.5 if i == 0 else level for i, level in enumerate(levels)]
    assert float(linear_laplace_utility(raised)) >= utility - 1e-12
    assert 0 <= utility <= 1 + 1e-12


def test_everybody_without_privacy_is_worth_one_whatever_the_levels_offered():
    for users in (1, 2, 7, 1000):
        assert linear_laplace_utility([np.inf] * users) == pytest.approx(1, abs=1e-12)
        assert MeanEstimation(users=users, levels=(1, 5)).worths([[2] * users])[0] < 1


def test_huge_levels_are_as_good_as_no_privacy():
    assert linear_laplace_utility([1e200, 1e9, 1]) == pytest.approx(linear_laplace_utility([np.inf, np.inf, 1]), abs=1e-12)
    assert linear_laplace_utility([1e-200, 1e-200]) == 0


def test_mixed_levels_payments():
    task = MeanEstimation(users=4, levels=(1, 2, 5, math.inf))
    assert task.worths([[1, 2, 3, 4]])[0] == pytest.approx(0.836842, abs=5e-7)
    assert payments(task, [1, 2, 3, 4]) == pytest.approx([0.067918, 0.141725, 0.288280, 0.338920], abs=5e-7)
    outcome = MarketGame(task, PlatformCoalition(), PAID).outcome(np.array([1, 2, 3, 4]))
    assert outcome.profit == pytest.approx(0.468359, abs=5e-7)


def test_a_million_users_are_counted_not_listed():
    task = MeanEstimation(users=10**6, levels=(1, 5, math.inf))
    counts = np.array([[0, 0, 0], [300_000, 400_000, 10], [10**6, 0, 0]])
    values = task.value_by_count(np.zeros(3, dtype=int), np.array([1, 2, 3]), counts)
    small = MeanEstimation(users=7, levels=(1, 5, math.inf))
    listed = small.worths([[1, 1, 1, 2, 2, 3, 0]])
    counted = small.value_by_count(np.zeros(3, dtype=int), np.array([1, 2, 3]), np.array([[3, 2, 1]]))
    assert counted == pytest.approx(listed, abs=1e-15)
    assert values[0] == 0
    assert values[2] == pytest.approx(utility_by_sharers(10**6, 1)[-1], rel=1e-12)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"copies": 1}, "copies = 1"),
        ({"levels": (0, 1)}, "must be > 0, not 0"),
        ({"levels": (2, 1)}, "that increase"),
        ({"levels": ("nan",)}, "not nan"),
        ({"users": 0}, "users = 0"),
    ],
)
def test_mean_estimation_refuses(parameters, message):
    with pytest.raises(ValueError, match=message):
        MeanEstimation(**parameters)


@pytest.mark.parametrize("levels", [[], 3.0, [-1.0], [math.nan, 1]])
def test_utility_refuses_what_are_no_levels(levels):
    with pytest.raises(ValueError, match="privacy level"):
        linear_laplace_utility(levels)


# --- federated means ----------------------------------------------------------------------------------------------------------


def least_error(user, levels, sizes, s2, t2):
    """The error of the best weights that sum to 1, minimised numerically from the error of any weights (eq. 55)."""
    federated, direct = np.flatnonzero(levels == 1), np.flatnonzero(levels == 2)
    if not len(federated) + len(direct):
        return t2 + 2 * s2
    basis = [np.eye(len(sizes))[j] for j in direct]
    if len(federated):
        basis.append(np.isin(np.arange(len(sizes)), federated) / len(federated))
    others = np.arange(len(sizes)) != user

    def error(x):
        v = x @ np.array(basis)
        return t2 * (v**2 / sizes).sum() + s2 * ((v[others] ** 2).sum() + v[others].sum() ** 2)

    limit = {"type": "eq", "fun": lambda x: x.sum() - 1}
    start = np.full(len(basis), 1 / len(basis))
    return minimize(error, start, constraints=[limit], method="SLSQP", options={"ftol": 1e-15, "maxiter": 1000}).fun


def test_errors_are_those_of_the_best_weights():
    rng = np.random.default_rng(2)
    for _ in range(80):
        n = int(rng.integers(1, 7))
        sizes, weight = rng.choice([1.0, 3, 10, 100], n), rng.choice([0.0, 1, 2, 100], n)
        s2, t2 = REGIMES[rng.integers(len(REGIMES))]
        levels = rng.integers(0, 3, n)
        task = FederatedMeanEstimation(sizes=tuple(sizes), importance=tuple(weight), s2=s2, t2=t2)
        errors = np.array([least_error(user, levels, sizes, s2, t2) for user in range(n)])
        exact = (weight * np.log((t2 + 2 * s2) / errors)).sum()
        assert task.worths([levels])[0] == pytest.approx(exact, rel=1e-9, abs=1e-9)


def test_nobody_is_worth_nothing_and_a_lone_federated_user_as_much_as_a_direct_one():
    for s2, t2 in REGIMES:
        task = FederatedMeanEstimation(sizes=(5, 10, 50), s2=s2, t2=t2)
        values = task.worths([[0, 0, 0], [1, 0, 0], [2, 0, 0], [2, 2, 1], [2, 2, 2]])
        assert values[0] == 0
        assert values[1] == pytest.approx(values[2], rel=1e-12)
        assert values[3] == pytest.approx(values[4], rel=1e-12)


def test_silent_users_count_with_their_importance():
    task = FederatedMeanEstimation(sizes=(10, 10), importance=(1, 7), s2=0.5, t2=3)
    error_0, _, error_2 = sharing_errors(np.array([10.0]), np.array([[0]]), np.array([10.0]), np.array([[1]]), 0.5, 3)
    assert task.worths([[2, 0]])[0] == pytest.approx(np.log(4 / error_2[0, 0]) + 7 * np.log(4 / error_0[0]), rel=1e-12)


def test_a_group_below_the_smallest_is_as_if_it_stayed_out():
    task = FederatedMeanEstimation(sizes=(10, 10, 100), s2=0.1, t2=100, smallest_group=2)
    assert task.worths([[1, 0, 0]]) == 0
    assert task.worths([[1, 0, 2]]) == task.worths([[0, 0, 2]])
    assert task.worths([[1, 1, 2]]) == FederatedMeanEstimation(sizes=(10, 10, 100), s2=0.1, t2=100).worths([[1, 1, 2]])


def test_counting_agrees_with_listing():
    rng = np.random.default_rng(3)
    task = FederatedMeanEstimation(sizes=(10, 10, 100, 10, 100), importance=(1, 1, 1, 5, 1), s2=1, t2=10)
    labels = task.interchangeable()
    assert len(np.unique(labels)) == 3
    for profile in rng.integers(0, 3, (20, 5)):
        kinds, counts = np.unique(np.column_stack([labels, profile])[profile > 0], axis=0, return_counts=True)
        if len(kinds):
            counted = task.value_by_count(kinds[:, 0], kinds[:, 1], counts[None])
            assert counted == pytest.approx(task.worths([profile]), rel=1e-13)


def test_digits_survive_when_samples_are_many():
    error = sharing_errors(np.array([1e12]), np.array([[0]]), np.array([1e12]), np.array([[2]]), 1e6, 1.0)[2][0, 0]
    assert error == pytest.approx(1e-12, rel=1e-9)


FIGURE_5 = {
    (100, 1): (40.2290, [-3.2666, -2.6899, 3.6492, 5.9520]),
    (1, 10): (31.1840, [-0.8811, 0.5280, -0.1292, 2.4819]),
    (0.1, 100): (54.3564, [-2.8175, 2.7325, -1.8755, 6.0871]),
}


@pytest.mark.parametrize("regime", FIGURE_5)
def test_payments_of_ten_users(regime):
    task = FederatedMeanEstimation(sizes=TEN_USERS, s2=regime[0], t2=regime[1])
    utility, differences = FIGURE_5[regime]
    paid = payments(task, TEN_LEVELS)
    assert paid.sum() == pytest.approx(utility, abs=5e-5)
    assert paid[[0, 3, 5, 7]] - utility / 10 == pytest.approx(differences, abs=1e-4)
    assert paid[9] == 0
    exact = brute_shapley(lambda mask: task.worths([TEN_LEVELS * (mask >> np.arange(10) & 1)])[0], 10)
    assert paid == pytest.approx(exact, abs=1e-12 * utility * 10)


@pytest.mark.parametrize("n", [10, 100])
def test_payments_by_class_look_at_each_composition_once(n, monkeypatch):
    of_class = [n * 3 // 10, n // 5, n // 5, n // 5, n // 10]
    sizes = np.repeat([10, 100, 10, 100, 10], of_class)
    profile = np.repeat([1, 1, 2, 2, 0], of_class)
    task = FederatedMeanEstimation(sizes=tuple(sizes), s2=1, t2=10)
    looked_at = []
    value_by_count = FederatedMeanEstimation.value_by_count

    def counting(self, labels, actions, counts):
        looked_at.append(len(counts))
        return value_by_count(self, labels, actions, counts)

    monkeypatch.setattr(FederatedMeanEstimation, "value_by_count", counting)
    paid = payments(task, profile)
    # so many of each class that shares, and a few that the market itself asks for; coalitions are 2^9 and 2^90
    assert 0 < sum(looked_at) <= np.prod(np.add(of_class[:4], 1)) + 20
    known = {10: [2.237, 3.646, 2.989, 5.600], 100: [2.358, 3.245, 3.083, 5.656]}[n]
    assert paid[np.cumsum([0, *of_class[:3]])] == pytest.approx(known, abs=5e-4)
    assert paid.sum() == pytest.approx(task.worths([profile])[0], rel=1e-11)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(0, 2**31))
def test_payments_by_class_equal_those_over_all_coalitions(levels, seed):
    rng = np.random.default_rng(seed)
    n = len(levels)
    task = FederatedMeanEstimation(sizes=tuple(rng.choice([2.0, 10, 100], n)), s2=1, t2=10)
    exact = brute_shapley(lambda mask: task.worths([np.array(levels) * (mask >> np.arange(n) & 1)])[0], n)
    assert payments(task, levels) == pytest.approx(exact, abs=1e-12 * max(1, np.abs(exact).max()))


def test_a_small_federated_user_is_charged():
    task = FederatedMeanEstimation(sizes=np.where(np.array(TEN_USERS) == 10, 1, 100), s2=0.1, t2=100)
    assert payments(task, TEN_LEVELS).min() == pytest.approx(-1.5510, abs=1e-4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"copies": 1}, "copies = 1"),
        ({"levels": (1, 3)}, "not 3"),
        ({"importance": (1, 2)}, "importance has 2"),
        ({"t2": 0}, "t2 = 0"),
        ({"s2": -1}, "s2 = -1"),
        ({"sizes": (0, 1)}, "sizes.0 = 0"),
        ({"smallest_group": 0}, "smallest_group = 0"),
    ],
)
def test_federated_mean_estimation_refuses(parameters, message):
    with pytest.raises(ValueError, match=message):
        FederatedMeanEstimation(**parameters)


# --- rules --------------------------------------------------------------------------------------------------------------------


def random_market(rng, n):
    values = rng.normal(size=1 << n)
    values[0] = 0
    return values, Market.of(values.reshape((2,) * n).transpose())


def test_platform_coalition_is_the_shapley_value_with_the_platform():
    rng = np.random.default_rng(4)
    for n in (1, 2, 3, 5):
        values, market = random_market(rng, n)
        exact = shapley(CoalitionalGame(np.concatenate([np.zeros(1 << n), values])))
        settlement = PlatformCoalition().settle(market)
        assert -settlement.payments == pytest.approx(exact[:-1], abs=1e-12)
        assert platform_value(market.game) == pytest.approx(exact[-1], abs=1e-12)
        assert audit_money(PlatformCoalition(), market).holds


def test_platform_coalition_by_the_printed_sums():
    rng = np.random.default_rng(5)
    values, market = random_market(rng, 4)
    sizes = np.array([mask.bit_count() for mask in range(16)])
    kept = sum(values[mask] / math.comb(4, sizes[mask]) for mask in range(16)) / 5
    paid = [
        sum((values[m | 1 << i] - values[m]) / math.comb(4, sizes[m] + 1) for m in range(16) if not m >> i & 1) / 5
        for i in range(4)
    ]
    assert platform_value(market.game) == pytest.approx(kept, abs=1e-12)
    assert -PlatformCoalition().settle(market).payments == pytest.approx(paid, abs=1e-12)


def test_platform_coalition_of_many():
    game = MarketGame(MeanEstimation(users=5000), PlatformCoalition(), PAID)
    outcome = game.outcome(np.ones(5000, dtype=int))
    k = np.arange(5001)
    assert outcome.profit == pytest.approx((5002 / 5000 * k / (k + 2)).mean(), rel=1e-10)


@given(st.floats(-0.5, 0.5), st.integers(0, 2**31))
def test_a_floor_is_paid_by_the_platform(floor, seed):
    values, market = random_market(np.random.default_rng(seed), 3)
    plain = -FairPayments(alpha=1).settle(market).payments
    rule = FairPayments(alpha=1, floor=floor)
    assert -rule.settle(market).payments == pytest.approx(np.maximum(plain, floor), abs=1e-12)
    assert audit_money(rule, market).holds
    low, high = rule.revenue_range(market)
    assert low == -math.inf
    assert high == pytest.approx(-values[-1], abs=1e-12)


def test_the_absent_are_not_paid_the_floor():
    market = Market.of(np.array([[0.0], [1.0]]))
    assert FairPayments(alpha=1, floor=0.5).settle(market).payments.tolist() == [-1, 0]


def test_the_share_follows_the_schedule():
    rule = FairPayments(alpha=0.5, schedule=[(0.2, 0.4), (0.6, 1)])
    for worth, share in ((0.0, 0.2), (0.2, 0.2), (0.4, 0.35), (0.6, 0.5), (5.0, 0.5)):
        assert rule.share(worth) == pytest.approx(share)
        market = Market.of([[0, worth / 2], [worth / 2, worth]])
        assert rule.settle(market).payments.sum() == pytest.approx(-share * worth)
        assert audit_money(rule, market).holds
    with pytest.raises(ValueError, match="worths must increase"):
        FairPayments(schedule=[(1, 0.5), (1, 0.6)])
    with pytest.raises(ValueError, match="schedule"):
        FairPayments(schedule=[(0, 1.5)])


def test_one_privacy_noise_protects_everybody():
    """With noise of their own the users' risks would add up to less: the constraint is max w / ε, not a sum."""
    levels = [1.0, 4.0]
    shared = float(linear_laplace_utility(levels))
    grid = np.linspace(0, 0.3, 301)
    best_apart, best_shared = (
        max(
            2 * (1 - (1 - 2 * (a + b) + 2 * (a * a + b * b) + (a + b) ** 2 + 24 * noise(a, b)))
            for a, b in itertools.product(grid, grid)
        )
        for noise in (lambda a, b: a**2 + (b / 4) ** 2, lambda a, b: max(a, b / 4) ** 2)
    )
    assert shared == pytest.approx(best_shared, abs=1e-4)
    assert abs(shared - best_apart) > 1e-3
