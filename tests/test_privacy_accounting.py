"""What privacy methods promise: against closed forms, a library, brute force, and tests of membership."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.data.ratings import Ratings
from potluck.data.ratings_files import load_ratings
from potluck.scenarios import PrivacyAudit
from potluck.training.privacy_accounting import composed_epsilon, gaussian_delta, laplace_delta
from potluck.training.recommender import (
    BoundedDP,
    Collaboration,
    Guarantee,
    PrivacyMethod,
    Suppression,
    Training,
    audit,
    audits,
    frequent,
    halves,
    lower_bound,
    self_division,
)
from potluck.training.recommender.collaboration import SPREAD
from potluck.training.recommender.preprocessing import REACH
from potluck.training.recommender.privacy_audit import _changed, pairs

METHODS = [Suppression(), BoundedDP()]
UNDER = [("noisy", method, p) for method in METHODS for p in (0.2, 0.5, 0.8)] + [("own", BoundedDP(), 0.5)]


@pytest.fixture(scope="module")
def ratings():
    return frequent(load_ratings("synthetic(users=60, items=30, density=0.4, taste=1)", np.random.default_rng(0)), 5)


def divided(ratings, averages):
    return Collaboration.divided(ratings, (1, 1), Training(), np.random.default_rng(1), averages)


@pytest.mark.parametrize("ratio", [0.3, 1.0, 3.34])
@pytest.mark.parametrize("delta", [1e-6, 1e-3, 0.05])
def test_one_release_is_the_closed_form(ratio, delta):
    laplace = composed_epsilon("laplace", ratio, 1, delta)
    assert laplace_delta(laplace, ratio) == pytest.approx(delta, rel=2e-3, abs=1e-4)
    gaussian = composed_epsilon("gaussian", ratio, 1, delta)
    assert gaussian_delta(gaussian, ratio) == pytest.approx(delta, rel=2e-3)


@pytest.mark.parametrize("releases", [2, 10])
def test_many_releases(releases):
    """Gaussian noise composes to Gaussian noise; Laplace noise to no more than the sum."""
    assert gaussian_delta(composed_epsilon("gaussian", 0.4, releases, 1e-5), 0.4 * math.sqrt(releases)) == pytest.approx(
        1e-5, rel=5e-3
    )
    assert 0 < composed_epsilon("laplace", 0.4, releases, 1e-5) <= 0.4 * releases + 1e-3


@pytest.mark.parametrize(
    "arguments", [("uniform", 1, 1, 0.1), ("laplace", 0, 1, 0.1), ("laplace", 1, 0, 0.1), ("laplace", 1, 1, 0)]
)
def test_out_of_range_is_said(arguments):
    with pytest.raises(ValueError):
        composed_epsilon(*arguments)


def test_without_the_accountant_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dp_accounting", None)
    with pytest.raises(ValueError, match=r"potluck\[privacy\]"):
        composed_epsilon("laplace", 1, 1, 0.1)


@given(st.floats(0, 1), st.integers(1, 50), st.integers(1, 20))
def test_guarantees_are_in_order(p, changed, releases):
    """More ratings or releases promise less, more privacy promises more; the ends promise nothing and everything."""
    for method in METHODS:
        one = method.guarantee(p, 4.0)
        many = method.guarantee(p, 4.0 * changed, changed, releases)
        assert many.epsilon >= one.epsilon
        assert many.advantage >= one.advantage - 1e-12
        assert 0 <= many.advantage <= 1
        more = method.guarantee((1 + p) / 2, 4.0 * changed, changed, releases)
        assert more.epsilon <= many.epsilon
        assert more.advantage <= many.advantage + 1e-12
        assert method.guarantee(0, 4.0) == Guarantee(math.inf, 1.0)
        assert method.guarantee(1, 4.0 * changed, changed, releases) == Guarantee(0.0, 0.0)


@given(st.floats(0.01, 0.99), st.floats(-2, 2), st.floats(-2, 2))
def test_one_noisy_rating_has_its_epsilon_and_advantage(p, one, other):
    """Densities inside and the atoms at both ends, of the clamped Laplace distribution, by their formulas."""
    scale, promise = BoundedDP().scale(p), BoundedDP().guarantee(p, 4.0)
    grid = np.linspace(-REACH, REACH, 401)
    losses = [
        np.max(np.abs(grid - other) - np.abs(grid - one)) / scale,
        math.log(_tail(REACH - one, scale) / max(_tail(REACH - other, scale), 1e-300)),
        math.log(_tail(REACH + one, scale) / max(_tail(REACH + other, scale), 1e-300)),
    ]
    assert max(losses) <= promise.epsilon * (1 + 1e-9) + 1e-9
    apart = abs(one - other) / scale
    assert -math.expm1(-apart / 2) <= promise.advantage + 1e-12


def _tail(distance, scale):
    return 0.5 * math.exp(-distance / scale)


def test_a_method_that_says_nothing_promises_nothing():
    class Hope(PrivacyMethod):
        def draw(self, count, rng):
            return rng.random(count)

        def protected(self, values, draws, p):
            return np.ones(len(values), dtype=bool), values

    assert Hope().guarantee(1.0, 4.0) == Guarantee(math.inf, 1.0)


def test_unprotected_averages_spread_a_rating_by_up_to_four_times_its_change(ratings):
    """Brute force over ratings: never above SPREAD x 4, and well above the 4 that the old accounting took."""
    own = divided(ratings, "own")
    moved = []
    for places in pairs(own, 0, 30, np.random.default_rng(0)):
        other = _changed(own, 0, places)
        moved.append(np.abs(other.train[0].values - own.train[0].values).sum())
        assert np.array_equal(other.train[1].values, own.train[1].values)
    assert 2 * REACH * 2 < max(moved) <= 2 * REACH * SPREAD
    everybody = divided(ratings, "all")
    other = _changed(everybody, 0, pairs(everybody, 0, 2, np.random.default_rng(0))[0])
    assert not np.array_equal(other.train[1].values, everybody.train[1].values)
    assert everybody.guarantee(0, (BoundedDP(), 0.5)) == Guarantee(math.inf, 1.0)


@pytest.mark.parametrize(("averages", "method", "p"), UNDER)
def test_no_test_of_membership_beats_the_promise(ratings, averages, method, p):
    parties, rng = divided(ratings, averages), np.random.default_rng(3)
    for unit, rounds in (("rating", 1), ("rating", 3), ("user", 1), ("item", 1)):
        promise = parties.guarantee(0, (method, p), unit, rounds)
        for found in audits(parties, 0, pairs(parties, 0, 4, rng, unit), (method, p), rng, trials=300, rounds=rounds):
            assert found.epsilon <= promise.epsilon
            assert found.advantage <= promise.advantage


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_no_test_of_membership_beats_any_promise_over_20_pairs(seed):
    result = PrivacyAudit(levels=(0.1, 0.2, 0.5, 0.8, 0.95)).run(seed)
    assert [check.name for check in result.checks if not check.as_expected] == []
    assert PrivacyAudit().neighbours == 20
    table = result.tables["privacy-audit"]
    assert len(table) == 3 * 3 * 5 * 4
    assert (table["epsilon_at_least"] <= table["epsilon"]).all()
    assert (table["advantage_at_least"] <= table["advantage"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_default_ratings_have_20_pairs_of_every_unit(seed):
    table = PrivacyAudit(methods=("Suppression",), levels=(0.5,), averages=("noisy",), trials=4).run(seed).tables["privacy-audit"]
    assert set(table["unit"]) == {"rating", "user", "item"}


def test_releases_are_what_is_entered_one_by_one(ratings):
    """A batch of releases, against each made on its own from the same random numbers."""
    for averages, method in itertools.product(("noisy", "own", "all"), METHODS):
        parties = divided(ratings, averages)
        draws = method.draw(3 * len(parties.rated[0]), np.random.default_rng(4)).reshape(3, -1)
        kept, together = parties.releases(0, (method, 0.4), draws)
        alone = [parties.releases(0, (method, 0.4), each[None])[1] for each in draws]
        assert together.values.tolist() == pytest.approx(np.concatenate([block.values for block in alone]).tolist(), abs=1e-12)
        assert (together.users % parties.n_users).tolist() == np.concatenate([block.users for block in alone]).tolist()
        assert kept.sum() == len(together)


def test_more_rounds_and_larger_units_show_more(ratings):
    """Tests of membership see what composition charges for: one rating shows less than many rounds or a whole user."""
    parties, shown = divided(ratings, "noisy"), {}
    for unit, rounds in (("rating", 1), ("rating", 8), ("user", 1)):
        rng = np.random.default_rng(5)
        found = audits(parties, 0, pairs(parties, 0, 2, rng, unit), (BoundedDP(), 0.85), rng, trials=1500, rounds=rounds)
        shown[unit, rounds] = max(each.advantage for each in found)
    assert shown["rating", 1] < shown["rating", 8]
    assert shown["rating", 1] < shown["user", 1]


def test_a_test_of_membership_catches_the_old_accounting(ratings):
    """Planted: ε = 4 / scale whatever is released beside the values, as it was stated before."""
    parties, rng = divided(ratings, "all"), np.random.default_rng(3)
    for p in (0.5, 0.8):
        old = 4 / BoundedDP().scale(p)
        (places,) = pairs(parties, 0, 1, rng)
        assert audit(parties, 0, places, (BoundedDP(), p), rng, trials=2000).epsilon > old


def test_lower_bounds_hold_as_often_as_they_say():
    """Of tests that leak exactly ε = 1, at most the share that confidence leaves open gets a bound above it."""
    rng = np.random.default_rng(0)
    runs = [lower_bound(rng.laplace(size=400), 1 + rng.laplace(size=400), confidence=0.9) for _ in range(300)]
    assert np.mean([run.epsilon > 1 for run in runs]) <= 0.1
    assert np.mean([run.advantage > 1 - math.exp(-0.5) for run in runs]) <= 0.1
    nothing = lower_bound(rng.random(400), rng.random(400))
    assert (nothing.epsilon, nothing.advantage) == (0, 0)
    everything = lower_bound(np.zeros(4000), np.ones(4000))
    assert everything.epsilon > 4
    for wrong in ((np.zeros(3), np.zeros(3), 0.9), (np.zeros(4), np.zeros(5), 0.9), (np.zeros(4), np.zeros(4), 1.0)):
        with pytest.raises(ValueError):
            lower_bound(*wrong)


def test_levels_of_neighbours(ratings):
    parties = divided(ratings, "noisy")
    rated = parties.rated[0]
    most = {"rating": 1, "user": np.bincount(rated.users).max(), "item": np.bincount(rated.items).max()}
    for unit, count in most.items():
        found = parties.guarantee(0, (BoundedDP(), 0.5), unit)
        assert found.epsilon == pytest.approx(count * 4 / BoundedDP().scale(0.5))
        assert parties.guarantee(0, (BoundedDP(), 0.5), unit, releases=3).epsilon == pytest.approx(3 * found.epsilon)
        assert parties.guarantee(0, (Suppression(), 0.5), unit).advantage == pytest.approx(1 - 0.5**count)
    with pytest.raises(ValueError, match="releases = 0"):
        parties.guarantee(0, (BoundedDP(), 0.5), releases=0)


def test_noise_comes_before_averages(ratings):
    """What is entered is what is left of noisy ratings, and depends on nothing else of the party's."""
    parties = divided(ratings, "noisy")
    rated, draws = parties.rated[0], parties.draws(BoundedDP())[0]
    noisy = np.clip(rated.values + BoundedDP().scale(0.5) * draws, 1, 5)
    by_item = {item: noisy[rated.items == item].mean() for item in set(rated.items.tolist())}
    above = noisy - np.array([by_item[item] for item in rated.items.tolist()])
    by_user = {user: np.clip(above[rated.users == user].mean(), -2, 2) for user in set(rated.users.tolist())}
    left = np.clip(above - np.array([by_user[user] for user in rated.users.tolist()]), -2, 2)
    assert parties.entered(0, (BoundedDP(), 0.5)).values == pytest.approx(left)
    assert np.array_equal(parties.entered(0, (BoundedDP(), 0.0)).values, parties.train[0].values)


@pytest.mark.parametrize("averages", ["noisy", "own", "all"])
def test_self_division_does_not_read_the_partners_ratings(ratings, averages):
    both = divided(ratings, averages)
    theirs = np.isin(ratings.users, both.rated[1].users)
    swapped = np.where(theirs, 6 - ratings.values, ratings.values)
    other = divided(Ratings(ratings.users, ratings.items, swapped, "changed"), averages)
    assert not np.array_equal(both.train[1].values, other.train[1].values)
    rngs = [np.random.default_rng(5) for _ in range(2)]
    divisions = [halves(parties, 0, rng) for parties, rng in zip((both, other), rngs, strict=True)]
    for one, two in itertools.product((0, 1), repeat=2):
        if one == two:
            assert np.array_equal(divisions[0].train[one].values, divisions[1].train[two].values)
            assert np.array_equal(divisions[0].tests[one].values, divisions[1].tests[two].values)
    guesses = [self_division([parties], 0, METHODS, (0, 0.5), np.random.default_rng(6)) for parties in (both, other)]
    for mine, same in zip(*guesses, strict=True):
        assert np.array_equal(mine.phi, same.phi)
        assert np.array_equal(mine.theta, same.theta)
