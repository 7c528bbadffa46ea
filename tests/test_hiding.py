import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import (
    FreeSharing,
    Setting,
    critical_growth,
    desirable_payments,
    growth_law,
    hiding_column,
    largest_disparity,
    largest_disparity_by_enumeration,
)
from potluck.mechanisms.limits.growth import largest_budget_gap
from potluck.mechanisms.limits.hiding import hiding_column_by_scan, truthful_bound
from potluck.models import MarketGrowth

BOUNDARIES = {
    -1: (1, 6),
    -0.9: (1, 15),
    -0.84: (2, 32),
    -0.80: (3, 59),
    -0.74: (8, 221),
    -0.70: (38, 1223),
    -0.68: (215, 7661),
    -0.668: (2974, 111523),
}

rates = st.floats(-1, -0.01).map(lambda number: round(number, 4))


@pytest.mark.parametrize("growth", BOUNDARIES)
def test_boundaries(growth):
    assert tuple(largest_disparity(growth, convention).largest for convention in "AB") == BOUNDARIES[growth]


@pytest.mark.parametrize(("growth", "largest"), [(-0.666, 7440), (-0.664, 30355)])
def test_boundaries_beyond_the_papers_reach(growth, largest):
    assert largest_disparity(growth, "A").largest == largest


def test_b_passes_ten_thousand_early():
    assert largest_disparity(-0.680, "B").largest < 10_000 < largest_disparity(-0.678, "B").largest


def test_a_jumps_to_2_at_the_root():
    root = -0.849862
    assert 2 ** (2 + 2 * root) + 2**root - 1 - 2 * 3**root == pytest.approx(0, abs=1e-5)
    assert [largest_disparity(root + step).largest for step in (-1e-5, 1e-5)] == [1, 2]


def literal_exists(growth, first, last, solver):
    types = [list(range(first, last + 1))] * 2
    setting = Setting.pooled(FreeSharing(), types, lambda amount: np.asarray(amount), MarketGrowth(growth).worth)
    return desirable_payments(setting, solver)


@pytest.mark.parametrize("growth", [-0.97, -0.93, -0.87, -0.83, -0.81, -0.77, -0.76])
@pytest.mark.parametrize("convention", ["A", "B"])
def test_boundaries_off_the_table_by_the_literal_algorithm(growth, convention):
    found = largest_disparity(growth, convention)
    first, last = 0 if convention == "A" else 1, min(found.largest + 1, 14)
    answer = literal_exists(growth, first, last, "graph")
    assert answer.exists == (found.largest >= last)
    if not answer.exists:
        assert sorted(answer.profile) == sorted(data - first + 1 for data in found.profile)
        assert answer.revenue == pytest.approx(found.revenue, abs=1e-12)
    if found.largest < 14:
        assert literal_exists(growth, first, found.largest, "graph").exists


@pytest.mark.parametrize("growth", [-1, -0.9, -0.72, -0.665, -0.5, -0.2])
def test_every_cell_of_the_literal_algorithm(growth):
    answer = literal_exists(growth, 0, 9, "graph")
    in_order = literal_exists(growth, 0, 9, "in order")
    assert in_order.payments == pytest.approx(answer.payments, abs=1e-12)
    for others in range(10):
        column = hiding_column(growth, 9, others)
        assert answer.payments[:, others, 0] == pytest.approx(column.payments, abs=1e-12)
        assert answer.payments[others, :, 1] == pytest.approx(column.payments, abs=1e-12)


@settings(max_examples=25)
@given(rates, st.integers(0, 60), st.integers(0, 2), st.integers(2, 6))
def test_column_is_exact(growth, others, first, players):
    fast, plain = (way(growth, 300, others, first, players) for way in (hiding_column, hiding_column_by_scan))
    assert fast.payments[first:] == pytest.approx(plain.payments[first:], abs=1e-11)


@pytest.mark.parametrize("growth", [-1, -0.9, -0.7, -0.668, -0.661, -0.5, -0.1])
@pytest.mark.parametrize(("others", "first"), [(0, 0), (1, 1)])
def test_column_agrees_with_the_dynamic_programme_up_to_3000(growth, others, first):
    fast, plain = (way(growth, 3000, others, first) for way in (hiding_column, hiding_column_by_scan))
    assert np.abs(fast.payments - plain.payments)[first:].max() < 1e-11


def test_short_hides_never_bind():
    for others in (0, 5, 40):
        column = hiding_column(-0.9, 60, others)
        small = np.arange(others + 1)
        assert column.payments[small] == pytest.approx(truthful_bound(-0.9, small, others))
        links = np.flatnonzero(column.hides_as >= 0)
        assert (column.hides_as[links] + others < links).all()


def test_chain_is_geometric():
    assert hiding_column(-0.668, 100).chain(100) == [100, 53, 28, 15, 8, 4, 2, 1]
    chain = np.array(hiding_column(-0.668, 100_000).chain(100_000)[:8])
    assert np.diff(np.log(chain)) == pytest.approx(np.full(7, np.log(0.54)), abs=0.02)


def test_chain_adds_up_to_the_payment():
    growth = -0.8
    column = hiding_column(growth, 100)
    chain = column.chain(100)[::-1]
    worth = MarketGrowth(growth).worth
    paid = truthful_bound(growth, np.array([chain[0]]), 0)[0]
    for report, data in itertools.pairwise(chain):
        paid += worth(np.array([data, data]))[0] - worth(np.array([data, report]))[0]
    assert column.payments[100] == pytest.approx(paid, abs=1e-12)


def test_a_million_types_in_two_seconds():
    hiding_column(-0.668, 10)
    started = time.process_time()
    hiding_column(-0.668, 1_000_000)
    assert time.process_time() - started < 2


# --- the critical rate --------------------------------------------------------------------------------------------------------


def test_critical_rate_for_two_players():
    found = critical_growth(2)
    assert found.growth == pytest.approx(-0.6609110323194, abs=1e-12)
    assert found.ratio == pytest.approx(0.5329210149, abs=1e-9)
    r, a = found.ratio, found.growth
    assert (1 + r) ** a + 2**a * r ** (1 + a) - 2 ** (1 + a) == pytest.approx(0, abs=1e-13)
    assert a * (1 + r) ** (a - 1) + 2**a * (1 + a) * r**a == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize(("players", "rate"), [(3, -0.718345), (4, -0.748115), (5, -0.767215), (10, -0.811997)])
def test_critical_rates_for_more_players(players, rate):
    assert critical_growth(players).growth == pytest.approx(rate, abs=5e-7)
    assert critical_growth(players).growth > -players / (players + 1)


@pytest.mark.parametrize("convention", ["A", "B"])
@pytest.mark.parametrize("above", [0.0, 1e-9, 1e-4, 0.01, 0.2])
def test_no_violation_above_on_grids_of_1e5(convention, above):
    assert largest_disparity(critical_growth(2).growth + above, convention, limit=100_000).largest is None


@pytest.mark.parametrize("growth", [-0.66, -0.5, -0.1])
def test_no_violation_in_any_cell_above(growth):
    assert largest_disparity_by_enumeration(growth, "A", 2, 120).largest is None


def test_boundary_is_finite_below():
    assert largest_disparity(critical_growth(2).growth - 0.002, "A").largest == 104951


@pytest.mark.parametrize("convention", ["A", "B"])
def test_boundary_never_falls(convention):
    found = [largest_disparity(rate, convention).largest for rate in np.linspace(-1, -0.69, 40)]
    assert (np.diff(found) >= 0).all()


def test_growth_law():
    below = critical_growth(2).growth - np.array([0.01, 0.004])
    kappa, fitted = growth_law(below, np.array([largest_disparity(rate, "B").largest for rate in below], dtype=float))
    assert kappa == pytest.approx(0.337, rel=0.01)
    assert fitted[1] == pytest.approx(555_401, rel=0.02)


# --- more players -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("growth", "largest"), [(-0.9, 1), (-0.85, 3), (-0.8, 9), (-0.78, 17), (-0.77, 28)])
def test_three_players(growth, largest):
    found = largest_disparity_by_enumeration(growth, "A", 3, 30)
    assert found.largest == largest_disparity(growth, "A", 3).largest == largest
    assert found.profile == (largest + 1, 0, 0)


@pytest.mark.parametrize("growth", [-0.95, -0.85])
def test_worst_profile_of_two_players(growth):
    for convention, least in (("A", 0), ("B", 1)):
        found = largest_disparity_by_enumeration(growth, convention, 2, 40)
        assert found.largest == largest_disparity(growth, convention).largest
        assert found.profile[1] == least


@pytest.mark.parametrize("growth", [-0.95, -0.86, -0.8])
def test_three_players_by_the_literal_algorithm(growth):
    types = [list(range(5))] * 3
    setting = Setting.pooled(FreeSharing(), types, lambda amount: np.asarray(amount), MarketGrowth(growth).worth)
    answer = desirable_payments(setting)
    assert answer.exists == (largest_disparity(growth, "A", 3).largest >= 4)
    for a, b, c in itertools.product(range(5), repeat=3):
        assert answer.payments[a, b, c, 0] == pytest.approx(hiding_column(growth, 4, b + c, 0, 3).payments[a], abs=1e-12)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: hiding_column(0.1, 10),
        lambda: hiding_column(-1.1, 10),
        lambda: hiding_column(-0.5, 10, first=11),
        lambda: hiding_column(-0.5, 10, others=-1),
        lambda: hiding_column(-0.5, 10, players=1),
        lambda: largest_disparity(-0.5, "C"),
        lambda: largest_disparity_by_enumeration(-0.5, "A", 6, 100),
        lambda: growth_law(np.array([-0.5]), np.array([1.0])),
        lambda: critical_growth(1),
    ],
)
def test_bad_input_is_refused_in_one_line(bad):
    with pytest.raises(ValueError) as caught:
        bad()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("players", "growth"), [(2, -0.66091103), (20, -0.84283539), (25, -0.85080031), (30, -0.85675417)])
def test_critical_growth_is_where_hides_stop_to_pay(players: int, growth: float) -> None:
    found = critical_growth(players).growth
    assert found == pytest.approx(growth, abs=5e-9)
    assert largest_budget_gap(found + 1e-5, players) < 0 < largest_budget_gap(found - 1e-5, players)


@pytest.mark.parametrize("players", [21, 100, 1000, 10**6, 10**9])
def test_critical_growth_of_any_number_of_players(players: int) -> None:
    found = critical_growth(players).growth
    assert -players / (players + 1) < found < critical_growth(players // 2).growth
    assert largest_budget_gap(found + 1e-5, players) < 0 < largest_budget_gap(found - 1e-5, players)
