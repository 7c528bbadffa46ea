import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from potluck.mechanisms import (
    ClassGame,
    EqualSplit,
    FairPayments,
    Market,
    Mechanism,
    ReplicationRobustDivision,
    Settlement,
    ShapleyDivision,
    SimilarityWeighted,
    audit_money,
    check_settlement,
    market_game,
)

EVERY_RULE = [
    EqualSplit(),
    FairPayments(0.3),
    ShapleyDivision(),
    SimilarityWeighted(),
    SimilarityWeighted(0),
    ReplicationRobustDivision(),
    ReplicationRobustDivision(unit_value=3),
    ReplicationRobustDivision(division="printed"),
]
NORMALISED = ReplicationRobustDivision()
PRINTED = ReplicationRobustDivision(division="printed")

shares = st.floats(0, 1).map(lambda number: round(number, 6))


def replicated(values, copies):
    """Worths by counts of identities: owner i of the game with 2^n ``values`` enters ``1 + copies[i]`` of them."""
    shape = [2 + more for more in copies]
    return [[values[sum((count > 0) << i for i, count in enumerate(counts))] for counts in np.ndindex(*shape)], shape]


def market_of(values, copies=None):
    n = int(math.log2(len(values)))
    table, shape = replicated(values, copies or [0] * n)
    return Market.of(np.reshape(table, shape))


def net(rule, values, attacker, copies):
    n = int(math.log2(len(values)))
    market = market_of(values, [copies if owner == attacker else 0 for owner in range(n)])
    return -rule.settle(market).payments[attacker]


@st.composite
def gains(draw, n, monotone=False):
    values = draw(arrays(float, 1 << n, elements=shares))
    values[0] = 0
    if monotone:
        for player in range(n):
            for mask in range(1 << n):
                if mask >> player & 1:
                    values[mask] = max(values[mask], values[mask ^ 1 << player])
    return values


monotone_gains = st.integers(2, 4).flatmap(lambda n: gains(n, monotone=True))
any_gains = st.integers(2, 4).flatmap(gains)
any_entries = st.lists(st.integers(0, 2), min_size=2, max_size=3).filter(lambda entries: 0 < sum(entries) <= 5)


@st.composite
def markets(draw):
    """Markets of owners who enter any number of identities, worth anything together."""
    entries = draw(any_entries)
    values = draw(arrays(float, [count + 1 for count in entries], elements=st.floats(-1, 1, allow_subnormal=False)))
    values.flat[0] = 0
    return Market.of(values)


def brute_shapley(values):
    """Average marginal contribution over all orders."""
    n = int(math.log2(len(values)))
    result = np.zeros(n)
    for order in itertools.permutations(range(n)):
        mask = 0
        for player in order:
            result[player] += values[mask | 1 << player] - values[mask]
            mask |= 1 << player
    return result / math.factorial(n)


# --- the collaborative market -------------------------------------------------------------------------------------------------

ATTACKS = {
    "plain Shapley": (SimilarityWeighted(0), [0, 0.7, 0.7, 1], 3, [0, 0.040, 0.060, 0.072, 0.086]),
    "normalised": (NORMALISED, [0, 0.7, 0.7, 1], 3, [0, -0.142, -0.286, -0.432, -0.726]),
    "printed": (PRINTED, [0, 0.7, 0.7, 1], 2, [0.18, 0.27, 0.45, 0.72, 1.53]),
    # -0.288 at k = 5: the pot 0.6 times the share 9/14 of six identities, over 2^5, less 0.3, is -0.28795
    "marked down": (SimilarityWeighted(math.log(2)), [0, 0.7, 0.7, 1], 3, [0, -0.130, -0.210, -0.254, -0.288]),
    "perfect seller": (NORMALISED, [0, 1, 0.9, 1], 4, [0.0545, 0.0667, 0.0727, 0.0764, 0.0805]),
    "two perfect sellers and a buyer": (
        NORMALISED,
        [0, 1, 1, 1, 0.5, 1, 1, 1],
        3,
        [0.167, 0.222, 0.250, 0.267, 0.286],
    ),
}


@pytest.mark.parametrize("case", ATTACKS)
def test_attack_tables(case):
    rule, values, digits, expected = ATTACKS[case]
    found = [net(rule, values, 0, k) for k in (0, 1, 2, 3, 5)]
    assert np.abs(np.subtract(found, expected)).max() <= 0.5 * 10**-digits + 1e-9


@given(shares, shares, shares, st.integers(0, 6))
def test_two_party_closed_form(one, other, more, k):
    both = max(one, other) + more
    assume(both > 1e-3)
    K, d1, d2 = k + 1, both - one, both - other
    psi_2 = (other + K * d2 + d1 * K * (K + 3) / 2) / (K + 1)
    pot = K * d1 + d2
    assert net(NORMALISED, [0, one, other, both], 0, k) == pytest.approx(d2 - pot * psi_2 / (both + pot), abs=1e-9)


@given(any_gains)
def test_psi_sums_to_joint_gain_plus_pot(values):
    market = market_of(values)
    assert market_game(market.game).grand == pytest.approx(values[-1] + market.improvement.sum(), abs=1e-12)


@given(any_gains)
def test_market_game_by_definition(values):
    n = int(math.log2(len(values)))
    game = market_game(market_of(values).game)
    for mask in range(1 << n):
        inside = [j for j in range(n) if mask >> j & 1]
        worth = values[mask] + sum(values[mask] - values[1 << j] for j in inside)
        assert game([mask >> j & 1 for j in range(n)]) == pytest.approx(worth, abs=1e-12)


@given(markets(), st.sampled_from([0.5, 1.0, 4.0]))
def test_normalised_form_balances(market, price):
    payments = ReplicationRobustDivision(unit_value=price).settle(market).payments
    assert payments.sum() == pytest.approx(0, abs=1e-9 * max(1, np.abs(payments).sum()))


@given(any_gains, st.sampled_from([0.5, 1.0, 4.0]))
def test_printed_imbalance(values, price):
    market = market_of(values)
    pot = price * market.improvement.sum()
    revenue = ReplicationRobustDivision(division="printed", unit_value=price).settle(market).payments.sum()
    assert revenue == pytest.approx(-pot * (values[-1] + pot / price - 1), abs=1e-9)


def test_printed_form_pays_096_and_collects_060():
    market = market_of([0, 0.7, 0.7, 1])
    payments = PRINTED.settle(market).payments
    assert market.improvement.sum() == pytest.approx(0.60)
    assert (market.improvement - payments).sum() == pytest.approx(0.96)


@given(any_gains)
def test_price_scales_all_payments(values):
    market = market_of(values)
    base = NORMALISED.settle(market).payments
    assert ReplicationRobustDivision(unit_value=2.5).settle(market).payments == pytest.approx(2.5 * base, abs=1e-9)


@given(monotone_gains)
def test_nobody_receives_less_than_nothing(values):
    market = market_of(values)
    for rule in (NORMALISED, PRINTED):
        received = market.improvement - rule.settle(market).payments
        assert received.min() >= -1e-12


@given(monotone_gains)
def test_who_needs_no_model_pays_nothing(values):
    market = market_of(values)
    satisfied = market.improvement == 0
    assert (NORMALISED.settle(market).payments[satisfied] <= 1e-12).all()


def test_null_data_is_paid():
    market = market_of([0, 0.6, 0, 0.6])
    received = market.improvement - NORMALISED.settle(market).payments
    assert received == pytest.approx([0.45, 0.15])


def small_gap_game(n, gap):
    rng = np.random.default_rng(n)
    values = 1 - gap * rng.uniform(0, 0.2, size=1 << n)
    values[1 << np.arange(n)] = 1 - gap * np.linspace(0.2, 1, n)
    values[0], values[-1] = 0, 1
    return values


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("n", [3, 4])
def test_small_gap_law(n, k):
    values = small_gap_game(n, 1e-3)
    a = 1 - values[1 << np.arange(n)]
    for attacker in range(n):
        law = (n - 1) * (k + 1) / (n + k) * (np.delete(a, attacker).mean() - a[attacker])
        assert abs(net(NORMALISED, values, attacker, k) - law) <= 0.01 * a.max()
        if abs(law) > a.max() / 2:
            assert net(NORMALISED, values, attacker, k) == pytest.approx(law, rel=0.01)


def test_better_than_average_data_gains_by_copies_when_gaps_are_small():
    values = small_gap_game(3, 1e-3)
    assert net(NORMALISED, values, 0, 2) > net(NORMALISED, values, 0, 1) > net(NORMALISED, values, 0, 0) > 0
    assert net(NORMALISED, values, 2, 1) < net(NORMALISED, values, 2, 0) < 0


@settings(max_examples=200)
@given(st.integers(2, 3).flatmap(lambda n: gains(n, monotone=True)), st.integers(1, 3))
def test_copies_do_not_pay_at_or_above_mean_improvement(values, k):
    n = int(math.log2(len(values)))
    a = values[-1] - values[1 << np.arange(n)]
    for attacker in np.flatnonzero(a >= (a.sum() - a) / (n - 1)).tolist():
        assert net(NORMALISED, values, attacker, k) <= net(NORMALISED, values, attacker, 0) + 1e-12


@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 0.9, 1],  # a perfect seller
        [0, 1, 1, 1, 0.5, 1, 1, 1],  # two perfect sellers and a buyer
        [0, 0.98, 0.9, 1],  # d_1 = 0.02 is below the threshold 0.0406 of d_2 = 0.1
    ],
)
def test_copies_pay_where_own_improvement_is_small(values):
    assert net(NORMALISED, values, 0, 1) > net(NORMALISED, values, 0, 0) + 1e-4


@pytest.mark.parametrize(("d2", "threshold"), [(0.05, 0.0287), (0.1, 0.0406), (0.2, 0.0462), (0.3, 0.0384), (0.4, 0.0223)])
def test_two_party_threshold(d2, threshold):
    def best_gain(d1):
        values = [0, 1 - d1, 1 - d2, 1]
        return max(net(NORMALISED, values, 0, k) - net(NORMALISED, values, 0, 0) for k in range(1, 60))

    assert best_gain(threshold - 1e-4) > 0 > best_gain(threshold + 1e-4)


def test_printed_form_rewards_copies_ever_more():
    nets = [net(PRINTED, [0, 0.7, 0.7, 1], 0, k) for k in range(12)]
    assert (np.diff(nets) > 0).all()
    assert (np.diff(nets, 2) > 0).all()


@given(st.floats(0.05, 1), st.floats(0.05, 1))
def test_very_many_copies_lose(d1, d2):
    values = [0, 1 - d1, 1 - d2, 1]
    assert net(NORMALISED, values, 0, 400) < net(NORMALISED, values, 0, 0)


def test_second_perfect_seller_halves_the_first_ones_net():
    alone = net(NORMALISED, [0, 1, 0.5, 1], 0, 0)
    crowded = net(NORMALISED, [0, 1, 1, 1, 0.5, 1, 1, 1], 0, 0)
    assert (alone, crowded) == (pytest.approx(1 / 3), pytest.approx(1 / 6))


@pytest.mark.parametrize("rule", [NORMALISED, ReplicationRobustDivision(unit_value=3)])
def test_worthless_data_moves_no_money(rule):
    assert rule.settle(market_of([0, 0, 0, 0])).payments.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "payments"),
    [
        ([0, 0.9, 0.9, 0.2], [0, 0]),
        ([0, -0.5, 0.5, 0], [0.5, -0.5]),  # whoever loses by the joint model is paid back, and has the pot of who gains
    ],
)
def test_who_loses_is_paid_back(values, payments):
    assert NORMALISED.settle(market_of(values)).payments == pytest.approx(payments, abs=1e-12)


def judged_apart(tables, entries):
    """A market whose owners judge by data of their own, from 2^n values an owner."""
    n = len(entries)
    games = tuple(ClassGame(np.reshape(*replicated(table, np.array(entries) - 1))) for table in tables)
    return Market(games=games, group=np.arange(n), entries=np.array(entries))


@given(gains(3, monotone=True), st.tuples(*[st.integers(1, 2)] * 3), st.sampled_from(EVERY_RULE))
def test_common_judge_given_to_everybody_is_the_same_market(values, entries, rule):
    together = market_of(values, [count - 1 for count in entries])
    apart = judged_apart([values] * 3, entries)
    assert apart.pool.tolist() == together.pool.tolist()
    assert apart.alone.tolist() == together.alone.tolist()
    one, other = rule.settle(together), rule.settle(apart)
    assert other.rewards == pytest.approx(one.rewards, abs=1e-12)
    assert other.payments == pytest.approx(one.payments, abs=1e-9)


def test_own_judges_fill_and_divide_pots_of_their_own():
    tables = [[0, 0.6, 0.2, 1], [0, 0.3, 0.5, 0.8]]
    market = judged_apart(tables, [1, 1])
    assert market.pool.tolist() == [1, 0.8]
    assert market.alone.tolist() == [0.6, 0.5]
    paid = np.array([0.4, 0.3])
    expected = paid.copy()
    for table, pot in zip(tables, paid, strict=True):
        v = [0, table[1], table[2], 3 * table[3] - table[1] - table[2]]
        psi = brute_shapley(v)
        expected -= pot * psi / psi.sum()
    assert NORMALISED.settle(market).payments == pytest.approx(expected)


@settings(max_examples=50)
@given(st.lists(gains(2), min_size=2, max_size=2), st.tuples(*[st.integers(1, 2)] * 2), st.sampled_from(EVERY_RULE))
def test_money_adds_up_with_own_judges(tables, entries, rule):
    assert audit_money(rule, judged_apart(tables, entries)).holds


def test_money_adds_up_where_one_judge_sees_cancelling_gains():
    assert audit_money(NORMALISED, judged_apart([[0, -0.5, 0.5, 0], [0, 0.2, 0.3, 0.6]], [1, 1])).holds


# --- fair payments and Shapley division ---------------------------------------------------------------------------------------


@given(any_gains, shares)
def test_fair_payments_hand_out_alpha_of_the_value(values, alpha):
    assert FairPayments(alpha).settle(market_of(values)).payments.sum() == pytest.approx(-alpha * values[-1], abs=1e-9)


@given(any_gains, st.data())
def test_like_users_are_paid_alike(values, data):
    n = int(math.log2(len(values)))
    one, other = data.draw(st.permutations(range(n)))[:2]
    swapped = [
        mask & ~(1 << one | 1 << other) | (mask >> one & 1) << other | (mask >> other & 1) << one for mask in range(1 << n)
    ]
    paid = FairPayments(0.7).settle(market_of((values + values[swapped]) / 2)).payments
    assert paid[one] == pytest.approx(paid[other], abs=1e-12)


@given(any_gains, st.data())
def test_who_adds_nothing_is_paid_nothing(values, data):
    null = data.draw(st.integers(0, int(math.log2(len(values))) - 1))
    for mask in range(len(values)):
        if mask >> null & 1:
            values[mask] = values[mask ^ 1 << null]
    assert FairPayments(0.7).settle(market_of(values)).payments[null] == pytest.approx(0, abs=1e-12)


@given(gains(3), gains(3), st.floats(-2, 2))
def test_fair_payments_add_up_over_values(one, other, factor):
    def paid(values):
        return FairPayments(0.4).settle(market_of(values)).payments

    assert paid(one + factor * other) == pytest.approx(paid(one) + factor * paid(other), abs=1e-9)


@given(markets())
def test_payments_follow_the_definition(market):
    table = market.game.table()
    by_identity = brute_shapley(table.values)
    expected = np.zeros(market.n)
    np.add.at(expected, market.game.classes(), by_identity)
    assert -ShapleyDivision().settle(market).payments == pytest.approx(expected, abs=1e-9)
    assert -FairPayments(0.25).settle(market).payments == pytest.approx(0.25 * expected, abs=1e-9)


@given(markets())
def test_shapley_division_is_fair_payments_of_everything(market):
    one, other = ShapleyDivision().settle(market), FairPayments(1).settle(market)
    assert one.payments.tolist() == other.payments.tolist()
    assert one.rewards.tolist() == other.rewards.tolist()


@pytest.mark.parametrize("eps", [1, 2, 5, math.inf])
@pytest.mark.parametrize("alpha", [0.25, 1])
def test_example_1_of_the_fair_value_paper(eps, alpha):
    one, both = 2 / (3 + 24 / eps**2), 1 / (1 + 3 / eps**2)
    rule = FairPayments(alpha)
    assert rule.settle(market_of([0, one, one, both])).payments == pytest.approx([-alpha * both / 2] * 2)
    assert rule.settle(Market.of([[0], [one]])).payments == pytest.approx([-alpha * one, 0])


def linear_laplace(eps):
    """Normalised utility of users at privacy levels ``eps``, by minimising the risk over weights and noise."""
    n = len(eps)
    bounds = [(0, 1)] * n + [(0, 1)]
    free = [i for i in range(n) if math.isinf(eps[i])]

    def risk(x):
        w, b = x[:n], x[n]
        return 1 / 12 - w.sum() / 6 + (w**2).sum() / 6 + w.sum() ** 2 / 12 + 2 * b**2

    limits = [{"type": "ineq", "fun": lambda x, i=i: x[n] * eps[i] - x[i]} for i in range(n) if i not in free]
    found = minimize(risk, np.full(n + 1, 0.1), bounds=bounds, constraints=limits, method="SLSQP", options={"ftol": 1e-14})
    return (n + 2) / n * (1 - 12 * found.fun)


def test_heterogeneous_example_of_the_notes():
    levels = (1.0, 2.0, 5.0, math.inf)
    values = [0] + [linear_laplace([level if mask >> i & 1 else 0.0 for i, level in enumerate(levels)]) for mask in range(1, 16)]
    assert values[-1] == pytest.approx(0.836842, abs=1e-5)
    paid = -FairPayments(1).settle(market_of(values)).payments
    assert paid == pytest.approx([0.067918, 0.141725, 0.288280, 0.338920], abs=1e-5)


# --- the other rules ----------------------------------------------------------------------------------------------------------


@given(markets())
def test_equal_split_pays_every_identity_the_same(market):
    paid = EqualSplit().settle(market).payments
    assert paid == pytest.approx(-market.game.grand * market.entries / market.entries.sum(), abs=1e-12)
    assert paid.sum() == pytest.approx(-market.game.grand, abs=1e-12)


@given(any_gains, st.integers(0, 2))
def test_no_decay_is_shapley_division_of_the_pot(values, copies):
    n = int(math.log2(len(values)))
    market = market_of(values, [copies] + [0] * (n - 1))
    assume(market.game.grand > 1e-3)
    part = ShapleyDivision().settle(market).payments / -market.game.grand
    improvement = values[-1] - values[1 << np.arange(n)]
    payments = SimilarityWeighted(0).settle(market).payments
    assert payments == pytest.approx(improvement - improvement.sum() * part, abs=1e-9)
    assert payments.sum() == pytest.approx(0, abs=1e-9)


def test_decay_marks_down_honest_parties_with_alike_data():
    values = [0, 0.5, 0.5, 0.7, 0.5, 0.7, 0.7, 0.9]
    game = market_of(values).game
    alike = np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]])
    market = Market(games=(game,), group=np.arange(3), entries=np.ones(3, dtype=int), similarity=alike)
    received = market.improvement - SimilarityWeighted(math.log(2)).settle(market).payments
    plain = market.improvement - SimilarityWeighted(0).settle(market).payments
    assert received == pytest.approx(plain * [0.5**0.8, 0.5**0.8, 1])
    assert SimilarityWeighted(math.log(2)).settle(market).payments.sum() > 0


@given(gains(2, monotone=True), st.integers(1, 5))
def test_copies_never_pay_two_parties_when_marked_down_by_ln2(values, k):
    rule = SimilarityWeighted(math.log(2))
    assert net(rule, values, 0, k) <= net(rule, values, 0, 0) + 1e-12


@given(st.floats(0.01, 0.99), st.integers(1, 6))
def test_plain_shapley_division_pays_for_copies(alone, k):
    nets = [net(ShapleyDivision(), [0, alone, alone, 1], 0, count) for count in (0, k)]
    assert (nets[1] > nets[0]) == (alone > 0.5) or math.isclose(alone, 0.5)


@given(markets(), st.sampled_from(EVERY_RULE))
def test_who_stays_out_pays_and_receives_nothing(market, rule):
    settlement = rule.settle(market)
    absent = market.entries == 0
    assert (settlement.payments[absent] == 0).all()
    assert (settlement.rewards[absent] == 0).all()
    assert (settlement.rewards[~absent] == market.game.grand).all()


@pytest.mark.parametrize("rule", EVERY_RULE, ids=str)
def test_nobody_comes(rule):
    settlement = rule.settle(Market.of([[0.0]]))
    assert (settlement.rewards.tolist(), settlement.payments.tolist()) == ([0, 0], [0, 0])
    assert audit_money(rule, Market.of([[0.0]])).holds


@given(any_gains, st.sampled_from(EVERY_RULE), st.data())
def test_names_do_not_matter(values, rule, data):
    n = int(math.log2(len(values)))
    order = data.draw(st.permutations(range(n)))
    renamed = [values[sum((mask >> i & 1) << order[i] for i in range(n))] for mask in range(1 << n)]
    assert rule.settle(market_of(renamed)).payments == pytest.approx(rule.settle(market_of(values)).payments[order], abs=1e-9)


@settings(max_examples=50)
@given(gains(2), st.tuples(st.integers(0, 2), st.integers(0, 2)))
def test_copies_are_identities_like_any_other(values, copies):
    """The class game of owners with copies against the full table over identities, settled identity by identity."""
    market = market_of(values, list(copies))
    owner = np.repeat([0, 1], [1 + copies[0], 1 + copies[1]])
    m = len(owner)
    worth = [
        values[sum(1 << i for i in (0, 1) if any(owner[j] == i for j in range(m) if mask >> j & 1))] for mask in range(1 << m)
    ]
    assert market.game.table().values == pytest.approx(worth)
    by_identity = brute_shapley(worth)
    shapley_paid = [by_identity[owner == i].sum() for i in (0, 1)]
    assert -ShapleyDivision().settle(market).payments == pytest.approx(shapley_paid, abs=1e-9)
    single = np.array([worth[1 << j] for j in range(m)])
    v = [w + sum(w - single[j] for j in range(m) if mask >> j & 1) for mask, w in enumerate(worth)]
    assume(v[-1] > 1e-3)
    psi = brute_shapley(v)
    a = worth[-1] - single
    assume(a.sum() > 1e-9 and a.min() >= 0 and min(psi) >= 0)  # elsewhere there is no pot to divide by these values
    per_identity = a - a.sum() * psi / psi.sum()
    expected = [per_identity[owner == i].sum() for i in (0, 1)]
    assert NORMALISED.settle(market).payments == pytest.approx(expected, abs=1e-9)


# --- the market and its audits ------------------------------------------------------------------------------------------------


def test_market_of_counts():
    market = Market.of([[0, 0.5], [0.4, 0.8], [0.4, 0.9]])
    assert market.n == 2
    assert market.entries.tolist() == [2, 1]
    assert market.alone.tolist() == [0.4, 0.5]
    assert market.pool.tolist() == [0.9, 0.9]
    assert market.improvement == pytest.approx([0.5, 0.4])
    assert market.by_owner(np.array([1.0, 10.0])).tolist() == [2, 10]


def test_owner_without_entries_is_absent():
    market = Market.of([[0], [0.4]])
    assert market.present.tolist() == [True, False]
    assert market.joint_model().tolist() == [0.4, 0]
    assert market.improvement.tolist() == [0, 0]


class Fixed(Mechanism):
    """Hands out what it was told to."""

    rewards: tuple[float, ...] = (1.0, 1.0)
    payments: tuple[float, ...] = (0.0, 0.0)
    promised: tuple[float, float] = (-math.inf, math.inf)

    def settle(self, market):
        return Settlement(np.array(self.rewards), np.array(self.payments))

    def revenue_range(self, market):
        return self.promised


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (Fixed(rewards=(1,)), "rewards must have shape (2,)"),
        (Fixed(rewards=(1, 0), payments=(0, 0, 0)), "payments must have shape (2,)"),
        (Fixed(rewards=(1, math.nan)), "rewards must be finite, but party 1 has nan"),
        (Fixed(rewards=(1, 0), payments=(-math.inf, 0)), "payments must be finite, but party 0 has -inf"),
        (Fixed(rewards=(1, 0.5)), "party 1 stays out, but its rewards are 0.5"),
        (Fixed(rewards=(1, 0), payments=(0, 0.5)), "party 1 stays out, but its payments are 0.5"),
    ],
)
def test_impossible_settlements_are_refused(rule, problem):
    market = Market.of([[0], [0.4]])
    with pytest.raises(ValueError) as caught:
        check_settlement(rule, market, rule.settle(market))
    assert problem in str(caught.value)
    assert str(caught.value).startswith("Fixed(")
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError):
        audit_money(rule, market)


@pytest.mark.parametrize(
    ("payments", "promised", "slack"),
    [
        ((0.2, 0.2), (0, 0), -0.4),
        ((-0.2, -0.2), (0, 0.5), -0.4),
        ((0.5, 0.5), (0, 0.5), -0.5),
        ((0.2, -0.1), (0, 0.5), 0.1),
        ((0.2, -0.2), (0, 0), 0),
    ],
)
def test_audit_measures_the_room_left(payments, promised, slack):
    audit = audit_money(Fixed(payments=payments, promised=promised), market_of([0, 0.7, 0.7, 1]))
    assert audit.slack == pytest.approx(slack)
    assert audit.holds == (slack >= 0)


def test_audit_of_no_promise_always_holds():
    audit = audit_money(Fixed(payments=(5, 7)), market_of([0, 0.7, 0.7, 1]))
    assert audit.holds
    assert "promises nothing" in audit.note


def test_audit_allows_rounding_of_large_sums_only():
    market = market_of([0, 0.7, 0.7, 1])
    assert audit_money(Fixed(payments=(1e9, -1e9 + 1e-3), promised=(0, 0)), market).holds
    assert not audit_money(Fixed(payments=(1, -1 + 1e-3), promised=(0, 0)), market).holds


@given(any_gains, st.integers(0, 2), st.sampled_from(EVERY_RULE))
def test_rules_keep_their_promises(values, copies, rule):
    n = int(math.log2(len(values)))
    assert audit_money(rule, market_of(values, [copies] + [0] * (n - 1))).holds
