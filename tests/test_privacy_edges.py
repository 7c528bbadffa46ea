"""The game of privacy at the ends of its parameters: right values, and properties over whole ranges."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.models import NormalFormGame
from potluck.models.games.privacy import (
    Benefit,
    BenefitCurve,
    CollaborativeLearning,
    ErrorBenefit,
    GrimTrigger,
    LinearLoss,
    PowerLoss,
    SmoothBenefit,
    TableBenefit,
    is_potential_game,
    numeric_thresholds,
    prices,
    thresholds,
)
from potluck.models.games.privacy.numeric_game import NumericGame

LEVELS = st.lists(st.integers(1, 59), min_size=1, max_size=4, unique=True).map(lambda each: [0.0, *sorted(n / 60 for n in each)])


def table_of(levels, data, low=-40):
    k = len(levels)
    entries = data.draw(st.lists(st.integers(low, 100), min_size=2 * k * k, max_size=2 * k * k))
    return TableBenefit(levels, np.array(entries).reshape(2, k, k) / 100)


def test_alpha_knows_the_limit_at_1():
    """From .9, .5, .48 at 0, .5, .6 the last piece goes on to .4 at 1, beside which 0 is best up to .5."""
    grid, entries = [Fraction(0), Fraction(1, 2), Fraction(3, 5)], [Fraction(9, 10), Fraction(1, 2), Fraction(12, 25)]
    found = thresholds(BenefitCurve(grid, entries, clamped=True, cut=False, ends=True))
    assert (found.alpha, found.beta, found.participation) == (Fraction(1, 2), math.inf, math.inf)


@given(st.data(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=25)
def test_thresholds_are_suprema_over_a_fine_grid(data, clamped, cut, ends):
    grid = [Fraction(n, 60) for n in sorted(data.draw(st.lists(st.integers(1, 59), min_size=1, max_size=4, unique=True)))]
    entries = [Fraction(data.draw(st.integers(-50, 100)), 100) for _ in range(len(grid) + 1)]
    curve = BenefitCurve([Fraction(0), *grid], entries, clamped=clamped, cut=cut, ends=ends)
    found = thresholds(curve)
    levels = [Fraction(n, 120) for n in range(120)] + [1 - Fraction(1, 10**9)]
    start, end = curve.at(Fraction(0)), curve.at(Fraction(1))
    shared = [(start - curve.at(p)) / p for p in [*levels[1:], Fraction(1)]]
    kept = [(curve.at(p) - end) / (1 - p) for p in levels]
    worth = [curve.at(p) / (1 - p) for p in levels]
    assert float(found.alpha) <= max(float(min(shared)), 0.0) + 1e-12
    assert float(found.beta) >= max(kept) - Fraction(1, 10**12)
    assert float(found.participation) >= max(worth) - Fraction(1, 10**12)
    # knots at multiples of 1/60 are on the grid, so that the bounds are reached, but for zeros between its points
    assert float(found.alpha) >= float(min(shared)) - 0.05
    if found.beta < math.inf:
        assert found.beta <= max(*kept, Fraction(0)) + Fraction(1, 20)
    else:
        assert kept[-1] > 10**6


@given(st.floats(0.2, 3), st.floats(0.2, 3), st.floats(0.05, 5))
def test_numeric_beta_by_powers(benefit, loss, gain):
    """b = G (1 - p)^a, c = (1 - p)^k: β is G at a = k, infinite where a < k, and G at p = 0 where a > k."""
    if abs(benefit - loss) < 1e-3:
        benefit = loss
    found = numeric_thresholds(lambda p: gain * (1 - p) ** benefit, PowerLoss(loss))
    expected = math.inf if benefit < loss else gain
    assert found.beta == pytest.approx(expected, rel=1e-6)
    assert found.participation == pytest.approx(expected, rel=1e-6)
    # full sharing: (b(0) - b(p)) / (c(0) - c(p)) lies between G and G a / k
    assert found.alpha == pytest.approx(gain * min(1, benefit / loss), rel=1e-4)


def test_numeric_beta_is_infinite_for_the_example_of_the_review():
    assert numeric_thresholds(lambda p: 0.5 * (1 - p), PowerLoss(1.2)).beta == math.inf


@given(LEVELS, st.data())
@settings(max_examples=40)
def test_numeric_thresholds_are_the_exact_ones(levels, data):
    curve = table_of(levels, data).curve(0, Fraction(0))

    def benefit(p):
        return np.array([float(curve.at(Fraction(level))) for level in np.asarray(p).tolist()])

    def quick(p):
        inside = np.interp(p, levels, [float(entry) for entry in curve.entries])
        slope = float((curve.entries[-1] - curve.entries[-2]) / (curve.grid[-1] - curve.grid[-2]))
        raw = np.where(p > levels[-1], float(curve.entries[-1]) + slope * (p - levels[-1]), inside)
        return np.where(p == 1, 0.0, np.maximum(raw, 0))

    assert benefit([0.0, 0.3, 1.0]) == pytest.approx(quick(np.array([0.0, 0.3, 1.0])), abs=1e-12)
    exact, found = thresholds(curve), numeric_thresholds(quick, LinearLoss())
    assert found.alpha == pytest.approx(float(exact.alpha), abs=2e-6)
    assert found.beta == pytest.approx(float(exact.beta), rel=1e-6, abs=1e-6)
    assert found.participation == pytest.approx(float(exact.participation), rel=1e-6, abs=1e-6)


@given(LEVELS, st.data(), st.integers(0, 150), st.integers(0, 60))
@settings(max_examples=60)
def test_best_responses_meet_kinks_anywhere(levels, data, price, other):
    """Against exact fractions, with kinks that the benefit tells and with kinks that it keeps to itself."""
    table = table_of(levels, data)
    exact = CollaborativeLearning(table, price / 100).continuous

    class Silent(Benefit):
        n = 2

        def values(self, p):
            return table.values(p)

    try:
        value = float(exact.best_responses(0, (0, Fraction(other, 60))).value)
    except ValueError:
        return
    told = NumericGame(table, (price / 100,) * 2).best_responses(0, (0.0, other / 60))
    assert told.value == pytest.approx(value, abs=1e-11)
    silent = NumericGame(Silent(), (price / 100,) * 2).best_responses(0, (0.0, other / 60))
    assert silent.value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("prices_", [(1.2, 0.0), (0.0, 0.0)])
def test_no_collaboration_is_an_equilibrium_whatever_the_weights(prices_):
    found = NumericGame(SmoothBenefit((0.5, 0.5)), prices_).equilibria()
    assert (1.0, 1.0) in found.points


def test_who_does_not_care_is_indifferent_beside_one_who_left():
    found = NumericGame(SmoothBenefit((0.5, 0.5)), (1.2, 0.0)).equilibria()
    assert ((1.0, 0.0), (1.0, 1.0)) in found.segments


@pytest.mark.parametrize("weights", [(1, 1), (1, 2), (0.3, 7)])
def test_theorem_4_is_about_utilities_over_accuracy_weights(weights):
    together = ErrorBenefit((0.9, 0.9), lambda p: 0.5 + 0.2 * (p + p[:, ::-1]) + 0.1 * p * p[:, ::-1])
    game = CollaborativeLearning(together, (0.1, 0.3), weights)
    assert is_potential_game(game)
    assert is_potential_game(game, weights=(1, 1)) == (weights[0] == weights[1])
    other = CollaborativeLearning(SmoothBenefit((0.5, 0.8)), 0.1, weights)
    assert not is_potential_game(other)
    with pytest.raises(ValueError, match="weights"):
        is_potential_game(game, weights=(1, 0))


@given(st.integers(-8, 8), st.floats(-3, 3))
def test_a_potential_does_not_hang_on_units(power, shift):
    common = np.array([[0.3, 0.1, 0.7], [0.2, 0.9, 0.4]]) * 10.0**power
    tables = np.stack([common + np.array([[0.1, 0.2, 0.3]]) * 10.0**power, common]) + shift * 10.0**power
    assert is_potential_game(NormalFormGame(tables))
    broken = tables.copy()
    broken[0, 0, 0] += 1e-3 * 10.0**power
    assert not is_potential_game(NormalFormGame(broken))


@given(st.floats(-2, 2), st.floats(0, 2), st.floats(-2, 4))
def test_the_discount_is_0_in_between_or_above_1(sharing, gain, punished):
    trigger = GrimTrigger(sharing, sharing + gain, punished)
    least = trigger.discount
    if trigger.gain == 0:
        assert least == 0
    elif punished >= trigger.deviating:
        assert least == math.inf
    else:
        assert (least > 1) == (punished > sharing) or least == pytest.approx(1)


def test_a_punishment_as_good_as_deviating_sustains_nothing():
    assert GrimTrigger(0.3, 0.5, 0.5).discount == math.inf


def test_a_grid_without_equilibrium_has_no_prices():
    class Chase(Benefit):
        n = 2
        definition_4 = False

        def values(self, levels):
            same = (levels[:, 0] > 0.5) == (levels[:, 1] > 0.5)
            return np.stack([same, ~same], axis=1).astype(float)

    with pytest.raises(ValueError, match="no profile of the grid is an equilibrium"):
        prices(CollaborativeLearning(Chase(), 0.0, levels=(0.0, 1.0)))
