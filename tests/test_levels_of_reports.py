import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import DesirableMechanism, FreeSharing, Market, desirable_payments, is_incentive_compatible
from potluck.models import DataPortions, MarketGame, MarketGrowth, Preferences, QualityCurve
from potluck.models.games.market_settings import market_setting
from potluck.models.games.valuations import LinearExternalities

QUARTERS = (0.125, 0.25, 0.5, 1)
some_levels = st.sets(st.sampled_from([0.05, 0.1, 0.2, 0.4, 0.6, 0.9]), max_size=3).map(lambda found: (*sorted(found), 1.0))


def test_levels_at_which_no_mechanism_exists_are_found():
    game = MarketGame(
        QualityCurve([8, 1], levels=QUARTERS, curve="linear"), DesirableMechanism(), Preferences(MarketGrowth(-0.8))
    )
    setting = market_setting(game)
    assert is_incentive_compatible(setting).slack >= -1e-12
    answer = desirable_payments(setting)
    assert not answer.exists
    found = DesirableMechanism().failure(game.market(np.array([4, 4])))
    assert found is not None
    assert found[0] == answer.profile
    assert found[1] == pytest.approx(answer.revenue, abs=1e-12)


@settings(max_examples=25)
@given(
    levels=some_levels,
    sizes=st.lists(st.sampled_from([0.5, 1.0, 1.0, 3.0, 8.0]), min_size=1, max_size=3),
    rate=st.floats(-1, -0.05),
    curve=st.sampled_from(["linear", "exponential", "sigmoid"]),
)
def test_payments_are_those_of_algorithm_1_at_every_profile_of_levels(levels, sizes, rate, curve):
    game = MarketGame(QualityCurve(sizes, levels=levels, curve=curve), DesirableMechanism(), Preferences(MarketGrowth(rate)))
    answer = desirable_payments(market_setting(game))
    for profile in itertools.product(range(1, len(levels) + 1), repeat=len(sizes)):
        paid = game.outcome(np.array(profile)).settlement.payments
        assert paid == pytest.approx(answer.payments[tuple(k - 1 for k in profile)], abs=1e-9)
    found = DesirableMechanism().failure(game.market(np.full(len(sizes), len(levels))))
    assert (found is None) == answer.exists


def test_like_parties_who_choose_levels_are_guarded_one_by_one():
    task, apart = QualityCurve([2, 2, 2], levels=(0.5, 1), curve="sigmoid"), Preferences(LinearExternalities(0))
    for profile in itertools.product(range(3), repeat=3):
        one, other = (MarketGame(task, DesirableMechanism(), each) for each in (Preferences(), apart))
        assert one.payoffs(np.array(profile)) == pytest.approx(other.payoffs(np.array(profile)), abs=1e-9)


def test_another_rule_of_the_same_game_sees_reports_again():
    task = QualityCurve([2, 2], levels=(0.5, 1), curve="sigmoid")
    changed = MarketGame(task, FreeSharing()).with_mechanism(DesirableMechanism())
    there = MarketGame(task, DesirableMechanism()).payoffs(np.array([2, 1]))
    assert changed.payoffs(np.array([2, 1])).tolist() == there.tolist()


def test_levels_and_copies_are_compared_where_one_enters_no_more_of_either():
    game = MarketGame(QualityCurve([1, 2], levels=(0.5, 1), copies=1), DesirableMechanism())
    reports = game.market(np.array([4, 3])).reports
    assert [each.tolist() for each in reports.smaller] == [[1, 2, 3, 4], [1, 3]]
    assert not reports.shows_less[2, 3]
    assert game.payoffs(np.array([4, 4])) == pytest.approx(game.payoffs(np.array([3, 3])))


def test_portions_that_cannot_be_chosen_are_not_guarded():
    task, growth = DataPortions(sizes=(8, 1), copies=7, curve="linear"), Preferences(MarketGrowth(-0.8))
    free, bound = (MarketGame(task, DesirableMechanism(), growth, available=actions) for actions in (None, [0, 8]))
    assert free.market(np.array([8, 8])).reports.smaller[0].tolist() == list(range(1, 9))
    assert DesirableMechanism().failure(bound.market(np.array([8, 8]))) is None


def test_a_tie_is_one_whatever_the_unit_of_worth():
    for unit in (1e-12, 1.0, 1e12):
        market = Market.of(unit * np.array([[0, 1.0], [1.0, 1.5], [1.5, 1.75]]))
        assert DesirableMechanism().settle(market).payments == pytest.approx([0.25 * unit, 0.75 * unit], rel=1e-12)
