"""Claims of the papers that no figure bears: the platform's problem, estimators, assumptions on markets, fakes."""

import itertools

import numpy as np
import pandas as pd
import pytest

from potluck.mechanisms import FairPayments, MaximalExploitation, Setting
from potluck.models import LinearExternalities, MarketGame, PaidOnly, Preferences
from potluck.models.tasks import FederatedMeanEstimation
from potluck.scenarios import FairValueClaims
from potluck.scenarios.fair_value import estimators, platform_problem
from potluck.scenarios.multi_party.markets_and_fakes import NoTrade, TakesEverything, faking, observation_1
from potluck.scenarios.multi_party.valuation_traits import valuation_traits


def test_the_claims_of_fair_value():
    result = FairValueClaims(players=(2, 3), levels=(2.0,), draws=20_000, costs=(0.2, 0.5)).run(seed=4)
    assert [check.name for check in result.checks if not check.as_expected] == []
    said = " ".join(check.name for check in result.checks)
    for name in ("Theorem 2", "eq. 26-29", "eq. 30", "eq. 34", "eq. 58", "eq. 59, 60", "eq. 61-63", "eq. 3", "α(U)", "saturates"):
        assert name in said
    assert [figure is not None for figure in result.figures.values()] == [True, True]


@pytest.mark.parametrize("costs", [(0.1, 0.2), (0.4, 0.1), (0.5, 0.5), (0.7, 0.9), (0.0, 0.0)])
def test_any_payments_leave_the_most_that_costs_leave(costs):
    most = max(1 - sum(costs), 2 / 3 - min(costs), 0)
    assert platform_problem.any_payments(*costs) == pytest.approx(most, abs=1e-9)
    assert platform_problem.any_payments(*costs, rational=False) == np.inf


@pytest.mark.parametrize("shares", [(0.02, 0.5), (0.1, 0.2)])
def test_the_best_of_a_menu_is_the_best_of_all_equilibria_on_a_grid(shares):
    """All 3^4 profiles under every α of a grid, beside intervals of α by numbers of users."""
    s2, t2 = 1.0, 10.0
    worth, paid = platform_problem.menu_worths(s2, t2)
    costs = (0.0, shares[0] * shares[1] * worth[0, 4], shares[0] * worth[0, 4])
    alpha, federated, direct, kept = platform_problem.best_of_menu(worth, paid, costs, (0, 1, 2))
    task = FederatedMeanEstimation((platform_problem.SAMPLES,) * 4, s2=s2, t2=t2)
    found = 0.0
    for share in (0.05, 0.2, alpha - 0.01, alpha + 1e-9, 0.5, 0.9):
        game = MarketGame(task, FairPayments(alpha=float(share)), Preferences(valuation=PaidOnly(), costs=costs))
        for profile in game.pure_equilibria():
            counts = (profile.count(1), profile.count(2))
            found = max(found, (1 - share) * worth[counts])
    assert found == pytest.approx(kept, abs=1e-6)
    assert kept == pytest.approx((1 - alpha) * worth[federated, direct])


def test_a_menu_that_offered_more_would_be_seen():
    rows = pd.DataFrame(
        platform_problem.menu_rows(), columns=["s2", "t2", "c1", "c2", "menu", "alpha", "federated", "direct", "platform"]
    )
    rows.loc[rows["menu"] == "{0, 1, 2}", "platform"] += 100
    assert not platform_problem.menu_checks(rows)[0].as_expected


@pytest.mark.parametrize("level", [0, 1, 2])
def test_no_other_weights_have_less_error(level):
    rng = np.random.default_rng(level)
    samples, federated, s2, t2 = np.array([5.0, 50, 20, 3, 80]), 2, 0.7, 12.0
    own = {0: -1, 1: 0, 2: 2}[level]

    def error(weights):
        each = np.concatenate([np.full(federated, weights[0] / federated), weights[1:]])
        others = each[np.arange(5) != own]
        return t2 * (each**2 / samples).sum() + s2 * ((others**2).sum() + others.sum() ** 2)

    best = estimators.printed_weights(level, federated, samples, s2, t2)
    assert best.sum() == pytest.approx(1)
    for _ in range(50):
        step = rng.normal(size=4)
        assert error(best + 1e-3 * (step - step.mean())) > error(best)


def test_a_wrong_weight_is_refuted(monkeypatch):
    right = estimators.printed_weights
    monkeypatch.setattr(estimators, "printed_weights", lambda *given: right(*given) * (1 + 1e-6))
    assert not any(verdict.as_expected for verdict in estimators.federated_weights(np.random.default_rng(0)))


def test_fakes():
    types, own = [[1, 1.2, 1.4]] * 2, lambda q: q
    assert faking(Setting.pooled(TakesEverything(), types, np.tanh, own))[:2] == pytest.approx((0, 0), abs=1e-12)
    exploited = faking(Setting.pooled(MaximalExploitation(), types, np.tanh, own))
    assert exploited[1] > 0.01
    assert exploited[0] > 0.01  # truthful to hiding, not to fakes
    nobody = Setting.pooled(MaximalExploitation(), types, np.tanh, own)
    assert [verdict.as_expected for verdict in observation_1([nobody, Setting.pooled(NoTrade(), types, np.tanh, own)])] == [
        False,
        True,
    ]


@pytest.mark.parametrize("effects", list(itertools.product((-0.6, 0.3), repeat=2)))
def test_a_market_grows_where_column_sums_are_positive(effects):
    worth = LinearExternalities(((0.5, effects[0]), (effects[1], 0.5))).worth
    traits = valuation_traits(worth, np.zeros(2), np.ones(2), np.random.default_rng(0))
    assert traits.growing == (min(effects) >= -0.5)
    assert traits.non_competitive == (min(effects) >= 0)
    assert traits.market_fall == pytest.approx(max(0, -0.5 - min(effects)), abs=0.01) or not traits.growing
