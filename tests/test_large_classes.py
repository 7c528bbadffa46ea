"""Shapley values of large classes: within the bound of exact ones, and of closed forms where nothing exact runs."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from potluck.mechanisms import FairPayments, Market
from potluck.mechanisms.coalitions.games import ClassGame
from potluck.mechanisms.values import approximate_shapley, shapley
from potluck.models.tasks import MeanEstimation

MILLION = (500_000, 300_000, 200_000)
DATA = np.array([1.0, 2.0, 5.0])


def within(game, exact, **options):
    estimate = approximate_shapley(game, **options)
    assert (np.abs(estimate.values - exact) <= estimate.error_bound).all(), (estimate.values - exact, estimate.error_bound)
    return estimate


def total_bound(game, estimate):
    """The bound on what a class receives together, relative to everybody's worth."""
    return float((estimate.error_bound * np.array(game.sizes)).max() / abs(game.grand))


# --- beside exact values ------------------------------------------------------------------------------------------------------


def test_a_hundred_users_in_four_classes_and_null_ones():
    weights = np.array([1.0, 2.0, 3.0, 4.0, 0.0])
    game = ClassGame.lazy((15, 10, 10, 10, 4), lambda counts: np.sqrt(counts @ weights))
    estimate = within(game, shapley(game))
    assert estimate.reached
    assert total_bound(game, estimate) < 1e-9


def test_a_hundred_users_in_four_classes():
    task = MeanEstimation(users=100, levels=(1, 2, 5, "inf"))
    kinds = np.arange(1, 5)
    game = ClassGame.lazy((40, 30, 20, 10), lambda counts: task.value_by_count(np.zeros(4, dtype=int), kinds, counts))
    estimate = within(game, shapley(game), tolerance=1e-8)
    assert estimate.reached


SMOOTH = {
    "root": lambda counts: np.sqrt(counts @ DATA),
    "saturating": lambda counts: (counts @ DATA) / (counts @ DATA + 2),
    "sigmoid": lambda counts: np.tanh((counts @ DATA - 350) / 100) + math.tanh(3.5),
    "cheapest": lambda counts: np.minimum(counts[:, 0], counts[:, 1]) * 1.0,
    "not monotone": lambda counts: np.sin(counts @ DATA / 150),
}
JUMPS = {
    "quota": lambda counts: (counts @ DATA >= 300) * 1.0,
    "odd or even": lambda counts: (counts.sum(axis=1) % 2) * 1.0,
    "odd or even of one class": lambda counts: (counts[:, 0] % 2) * 1.0,
    "steps": lambda counts: np.floor(counts @ DATA / 50),
}


@pytest.mark.parametrize("name", list(SMOOTH | JUMPS))
def test_the_bound_holds_beside_exact_values(name):
    game = ClassGame.lazy((101, 83, 67), (SMOOTH | JUMPS)[name])
    estimate = within(game, shapley(ClassGame(game.values)), evaluations=8_000_000)
    if name in {"root", "saturating", "not monotone"}:
        assert total_bound(game, estimate) < 1e-4


def test_a_thousand_users_in_three_classes():
    sizes = (334, 333, 333)
    data = sum(np.ix_(*(weight * np.arange(size + 1) for weight, size in zip(DATA, sizes, strict=True))))
    game = ClassGame.lazy(sizes, SMOOTH["saturating"])
    estimate = within(game, shapley(ClassGame(data / (data + 2))))
    assert estimate.reached
    assert total_bound(game, estimate) < 1e-6


def test_jumps_are_not_called_reached():
    game = ClassGame.lazy((334, 333, 333), lambda counts: (counts @ DATA >= 1300) * 1.0)
    estimate = approximate_shapley(game, evaluations=10_000_000)
    assert not estimate.reached
    assert total_bound(game, estimate) > 1e-4


@given(st.lists(st.integers(0, 9), min_size=1, max_size=3).filter(sum), st.integers(0, 10_000))
@settings(max_examples=40)
def test_small_classes_are_exact_whatever_their_worths(sizes, seed):
    values = np.random.default_rng(seed).normal(size=[size + 1 for size in sizes])
    values.flat[0] = 0
    game = ClassGame(values)
    estimate = within(game, shapley(game))
    assert (estimate.error_bound < 1e-9).all()


# --- beside closed forms ------------------------------------------------------------------------------------------------------


def test_additive_worth():
    game = ClassGame.lazy(MILLION, lambda counts: counts @ DATA)
    assert within(game, DATA).reached


def test_data_squared():
    everybody = float(np.array(MILLION) @ DATA)
    game = ClassGame.lazy(MILLION, lambda counts: (counts @ DATA) ** 2)
    assert within(game, DATA * everybody).reached


def test_pairs_share_evenly():
    game = ClassGame.lazy((10**6, 10**3), lambda counts: counts[:, 0] * counts[:, 1] * 1.0)
    assert within(game, np.array([10**3, 10**6]) / 2).reached


@pytest.mark.parametrize("rate", [1e-6, 1e-4, 1e-2, 1.0])
def test_exponential_saturation(rate):
    def density(q, t):
        lost = -np.expm1(-rate * DATA)
        others = np.array(MILLION) - (np.arange(3) == t)
        return float(lost[t] * np.exp((others * np.log1p(-q * lost)).sum()))

    ends = [0.0, *np.geomspace(1e-9, 1, 28)]
    exact = [
        math.fsum(quad(density, low, high, args=(t,), epsrel=1e-12)[0] for low, high in itertools.pairwise(ends))
        for t in range(3)
    ]
    game = ClassGame.lazy(MILLION, lambda counts: -np.expm1(-rate * (counts @ DATA)))
    estimate = within(game, np.array(exact))
    assert estimate.reached


def test_a_million_users_of_mean_estimation_agree_at_two_tolerances():
    task = MeanEstimation(users=10**6, levels=(0.5, 1, 5))
    kinds = np.arange(1, 4)
    game = ClassGame.lazy(MILLION, lambda counts: task.value_by_count(np.zeros(3, dtype=int), kinds, counts))
    coarse, fine = approximate_shapley(game, 1e-4), approximate_shapley(game, 1e-6)
    assert coarse.evaluations <= fine.evaluations
    assert (np.abs(coarse.values - fine.values) <= coarse.error_bound + fine.error_bound).all()
    assert float(fine.values @ MILLION) == pytest.approx(game.grand, abs=1e-6)
    assert (np.diff(fine.values) > 0).all()


# --- what goes in and comes out -----------------------------------------------------------------------------------------------


def test_empty_classes_and_nobody():
    game = ClassGame.lazy((0, 1000, 0), lambda counts: counts[:, 1] * 2.0)
    estimate = approximate_shapley(game)
    assert estimate.values == pytest.approx([0, 2, 0])
    assert np.asarray(estimate) == pytest.approx(estimate.values)
    nobody = approximate_shapley(ClassGame.lazy((0, 0), lambda counts: np.zeros(len(counts))))
    assert nobody.values.tolist() == [0, 0]
    assert nobody.reached


@pytest.mark.parametrize("tolerance", [0, -1, math.nan, math.inf])
def test_bad_tolerances_are_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        approximate_shapley(ClassGame.lazy((10,), lambda counts: counts[:, 0] * 1.0), tolerance)


def test_too_much_work_is_refused_before_it_starts():
    asked = []

    def worth(counts):
        asked.append(len(counts))
        return counts @ np.ones(6)

    with pytest.raises(ValueError, match="evaluations"):
        approximate_shapley(ClassGame.lazy((10**5,) * 6, worth))
    assert sum(asked) <= 2  # everybody and nobody


def test_a_narrow_band_is_within_the_bound():
    def worth(counts):
        return ((counts[:, 0] >= 1511) & (counts[:, 0] < 1513) & (counts[:, 1] >= 12)).astype(float)

    game = ClassGame.lazy([3000, 20], worth)
    estimate = within(game, shapley(ClassGame(game.values)))
    assert estimate.proven
    assert not approximate_shapley(ClassGame.lazy([300_000, 20], worth)).proven


def test_nine_hundred_federated_users_are_paid_by_approximate_values():
    weights = np.array([1.0, 2.0, 5.0, 9.0])
    game = ClassGame.lazy([225] * 4, lambda counts: (counts @ weights / 1e3) ** 2)
    market = Market((game,), np.arange(4), np.ones(4, dtype=int), np.full(4, 225))
    settlement = FairPayments(alpha=0.5).settle(market)
    exact = weights * 225 * weights.sum() / 1e6
    assert (np.abs(settlement.payments + exact / 2) <= settlement.off_by).all()
    assert market.total(settlement.payments) == pytest.approx(-game.grand / 2, rel=1e-12)
    assert settlement.off_by.max() < 1e-6
