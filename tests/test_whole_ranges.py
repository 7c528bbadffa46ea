"""Properties over whole documented ranges of what was once right in the middle of them and wrong at the ends."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from potluck.agents.strategies import BestResponse, FictitiousPlay
from potluck.mechanisms import BanzhafDivision, ClassGame, Market, ReplicationRobustDivision, ShapleyDivision
from potluck.mechanisms.limits.growth import critical_growth, largest_budget_gap
from potluck.mechanisms.limits.hiding import largest_disparity
from potluck.models import CoalitionValues, MarketGame, NormalFormGame, OwnModel, Preferences, RepeatedGame, Rounds
from potluck.models.games.privacy import SmoothBenefit
from potluck.models.games.privacy.numeric_game import NumericGame
from potluck.models.games.valuations import LinearExternalities, MarketGrowth
from potluck.scenarios.multi_party.valuation_traits import valuation_traits

powers_of_ten = st.integers(-9, 12).map(lambda power: 10.0**power)
any_number = st.floats(0.31, 9).map(lambda digits: int(10**digits))


@settings(max_examples=15)
@given(any_number)
def test_hides_pay_below_the_critical_growth_and_nowhere_above(players):
    found = critical_growth(players).growth
    assert -players / (players + 1) < found < 0
    assert largest_budget_gap(found + 1e-5, players) < 0 < largest_budget_gap(found - 1e-5, players)


@settings(max_examples=8)
@given(st.integers(2, 40))
def test_critical_growth_by_the_largest_disparity(players):
    found = critical_growth(players).growth
    assert largest_disparity(found + 1e-4, players=players, limit=500).largest is None
    assert largest_disparity(found - 0.05, players=players, limit=2000).largest is not None


@st.composite
def judged_apart(draw):
    """Two or three owners of one to three identities, each with gains of its own, negative ones and ones above 1 too."""
    entries = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    shape, n = [count + 1 for count in entries], len(entries)
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    low, high = draw(st.sampled_from([(0, 1), (-1, 1), (0, 3), (0.5, 0.501)]))
    games = [rng.uniform(low, high, shape).round(draw(st.sampled_from([1, 3, 6]))) for _ in range(n)]
    for values in games:
        values.flat[0] = 0
    return Market(tuple(map(ClassGame, games)), np.arange(n), np.array(entries))


@settings(max_examples=60)
@given(
    judged_apart(),
    st.sampled_from(["task_market", "aggregate", "task_shapley", "nonself"]),
    st.sampled_from(["normalised", "excess"]),
    st.sampled_from(["all", "best"]),
    st.sampled_from([0.01, 1.0, 250.0]),
)
def test_money_stays_within_what_is_paid_whatever_parties_judge(market, tasks, division, trained_on, unit):
    division = division if tasks in {"task_market", "aggregate"} else "normalised"
    rule = ReplicationRobustDivision(division=division, tasks=tasks, trained_on=trained_on, unit_value=unit)
    account, payments = rule.account(market), rule.settle(market).payments
    paid, size = np.maximum(account.improvements, 0), unit * market.entries.sum()
    assert payments.sum() == pytest.approx(0, abs=1e-9 * size)
    assert (payments <= paid + 1e-9 * size).all()
    assert (account.shares <= paid.sum() + 1e-9 * size).all()
    assert (account.shares >= np.minimum(account.improvements, 0) - 1e-9 * size).all()


@pytest.mark.parametrize("tasks", ["task_market", "aggregate", "task_shapley", "nonself"])
def test_shares_stay_within_the_pot_near_the_old_pole(tasks):
    """Fees of 0.5, 0.1 and 0.1, and pairs between: shares of 8.2 and -7.8 stood here once."""
    rule, rng = ReplicationRobustDivision(tasks=tasks), np.random.default_rng(0)
    for _ in range(100):
        pairs = rng.choice([0.4, 0.5, 0.5001, 0.9, 1.0], 4)
        account = rule.account(Market.of(np.array([0, 0.5, 0.9, pairs[0], 0.9, *pairs[1:]]).reshape(2, 2, 2)))
        assert sorted(account.fees) == pytest.approx([0.1, 0.1, 0.5])
        assert (np.abs(account.shares) <= account.fees.sum()).all()


@settings(max_examples=25)
@given(st.integers(0, 10**6), powers_of_ten, st.sampled_from([0.0, 1.0, 1e4]))
@example(seed=0, unit=1e-9, origin=0.0)
def test_equilibria_and_ends_of_play_know_no_unit_and_no_origin(seed, unit, origin):
    """Payoffs are multiples of 1/8, so that ties stay ties; the origin is in units of their size."""
    tables = np.random.default_rng(seed).integers(-8, 9, size=(2, 3, 3)) / 8
    games = NormalFormGame(tables), NormalFormGame((tables + origin) * unit)
    assert games[0].pure_equilibria() == games[1].pure_equilibria()
    for rule in (BestResponse(), FictitiousPlay()):
        ends = []
        for game in games:
            model = RepeatedGame(game=game, strategies=rule, stop=Rounds(6), initial=np.zeros(2, dtype=np.int64), rng=1)
            model.run_model()
            ends.append(model.actions.tolist())
        assert ends[0] == ends[1]


@settings(max_examples=8)
@given(st.integers(0, 10**6), powers_of_ten)
def test_markets_of_any_unit_of_worth_have_the_same_equilibria(seed, unit):
    worths = np.maximum.accumulate(np.random.default_rng(seed).integers(0, 17, size=8) / 16)
    worths[0] = 0
    found = [
        MarketGame(CoalitionValues(tuple(scale * worths), copies=1), ShapleyDivision(), Preferences()).pure_equilibria()
        for scale in (1.0, unit)
    ]
    assert found[0] == found[1]


@settings(max_examples=60)
@given(st.integers(0, 10**6), powers_of_ten, st.floats(-1e3, 1e3), st.booleans())
def test_nash_conv_is_at_least_0_at_any_policy(seed, unit, origin, even):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 4, size=int(rng.integers(1, 4))).tolist())
    tables = (np.full((len(shape), *shape), origin) if even else rng.normal(size=(len(shape), *shape)) + origin) * unit
    policy = np.zeros((len(shape), max(shape)))
    for player, count in enumerate(shape):
        policy[player, :count] = rng.dirichlet(np.full(count, 0.3))
    found = NormalFormGame(tables).exploitability(policy)
    assert found >= 0
    assert not even or found <= 1e-12 * abs(origin * unit)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(1, 3))
def test_copies_never_earn_the_unnormalised_banzhaf_value(seed, owners, most):
    """On coverage games: an owner's copies add nothing but identities."""
    rng = np.random.default_rng(seed)
    sets, weights = rng.random((owners, 6)) < rng.uniform(0.1, 0.9), rng.random(6)

    def paid(copies):
        shape = (2 + copies, *[2] * (owners - 1))
        worths = [float(weights @ sets[np.array(counts) > 0].any(axis=0)) for counts in np.ndindex(shape)]
        return -BanzhafDivision(form="unnormalised").settle(Market.of(np.reshape(worths, shape))).payments[0]

    assert all(paid(copies) <= paid(0) + 1e-9 for copies in range(1, most + 1))


@settings(max_examples=25)
@given(st.floats(-2, 2), st.floats(-1, 3), st.floats(-5, 5), st.integers(2, 4))
def test_traits_are_those_of_the_formula(effect, growth, price, players):
    low, high, rng = np.zeros(players), np.ones(players), np.random.default_rng(0)
    alone = valuation_traits(OwnModel(price).worth, low, high, rng)
    assert (alone.quasi_monotone, alone.competitive) == (price >= 0, False)
    linear = valuation_traits(LinearExternalities(effect).worth, low, high, rng)
    assert (linear.quasi_monotone, linear.competitive) == (True, effect < -1e-9 or (effect < 0 and linear.competitive))
    grows = valuation_traits(MarketGrowth(growth).worth, low, high, rng)
    assert grows.competitive == (growth < 0) or abs(growth) < 1e-6
    assert not grows.quasi_monotone or abs(growth) < 1e-6


@settings(max_examples=2)
@given(st.floats(0, 3), st.integers(0, 1), st.floats(0.05, 1), st.floats(0.05, 1))
def test_nobody_need_come_where_somebody_does_not_care(price, who, one, other):
    prices = (price, 0.0) if who else (0.0, price)
    found = NumericGame(SmoothBenefit((one, other)), prices).equilibria()
    assert (1.0, 1.0) in found.points
