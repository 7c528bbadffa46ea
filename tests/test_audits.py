import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import (
    MECHANISMS,
    FreeSharing,
    Market,
    MaximalExploitation,
    Mechanism,
    Setting,
    Settlement,
    desirable_payments,
    is_efficient,
    is_incentive_compatible,
    is_individually_rational,
    is_weakly_budget_balanced,
    meets_necessary_condition,
    meets_sufficient_condition,
    revenue_bound,
)
from potluck.models import (
    DataPortions,
    LinearExternalities,
    MarketGame,
    MarketGrowth,
    Preferences,
    QualityCurve,
    QuasiMonotone,
    Spillovers,
    market_setting,
)

FOUR = (is_incentive_compatible, is_individually_rational, is_efficient, is_weakly_budget_balanced)


def sigmoid(amount):
    return np.tanh(np.asarray(amount) / 2)


def table_setting(seed, n=2, m=2):
    """Any models and any payments at every profile of reports: nothing holds by design."""
    rng = np.random.default_rng(seed)
    shape = (m + 1,) * n
    rewards, payments = rng.uniform(0, 1, (*shape, n)), rng.uniform(-0.3, 0.3, (*shape, n))
    effects = rng.uniform(-0.5, 0.5, (n, n)) + np.eye(n)
    own = np.cumsum(rng.uniform(0, 0.3, (n, m + 1)), axis=1)

    def settle(reports):
        here = reports > 0
        return Settlement(rewards[tuple(reports)] * here, payments[tuple(reports)] * here)

    return Setting(own, settle, lambda reports: np.ones(n), lambda q: effects @ q)


def brute(setting, dominant, lies):
    """The worst slack of truth over lies, from the definitions."""
    worst = math.inf
    for truth in itertools.product(*(range(1, top + 1) for top in setting.largest)):
        others = [range(k + 1) if dominant else [k] for k in truth]
        for player in range(setting.n):
            for reports in itertools.product(*others):
                honest = list(reports)
                honest[player] = truth[player]
                for lie in lies(truth[player]):
                    lying = list(honest)
                    lying[player] = lie
                    held = [
                        np.maximum(setting.settle(np.array(said)).rewards, [setting.own[i, k] for i, k in enumerate(truth)])
                        for said in (honest, lying)
                    ]
                    one, other = (
                        setting.worth(q)[player] - setting.settle(np.array(said)).payments[player]
                        for q, said in zip(held, (honest, lying), strict=True)
                    )
                    worst = min(worst, one - other)
    return worst


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(["ex-post", "dominant"]), st.sampled_from([(2, 3), (3, 2)]))
def test_audits_by_definition(seed, concept, size):
    setting = table_setting(seed, *size)
    dominant = concept == "dominant"
    truth = is_incentive_compatible(setting, concept)
    assert truth.slack == pytest.approx(brute(setting, dominant, lambda k: range(1, k)), abs=1e-12)
    participation = is_individually_rational(setting, concept)
    assert participation.slack == pytest.approx(brute(setting, dominant, lambda k: [0]), abs=1e-12)
    assert truth.holds == (truth.slack >= -1e-9)
    assert truth.exhaustive


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_the_profile_given_attains_the_slack(seed):
    setting = table_setting(seed, 3, 2)
    for audit in (is_incentive_compatible(setting), is_individually_rational(setting, "dominant")):
        truth, lie, player = np.array(audit.truth), np.array(audit.reports), audit.player
        honest = lie.copy()
        honest[player] = truth[player]
        slack = setting.utilities(truth, honest)[player] - setting.utilities(truth, lie)[player]
        assert slack == pytest.approx(audit.slack, abs=1e-12)
        assert (lie <= truth).all()
    money = is_weakly_budget_balanced(setting)
    assert setting.payments(np.array(money.truth)).sum() == pytest.approx(money.slack)
    assert money.player is None


def test_search_finds_what_enumeration_finds():
    found = []
    for limit in (10**6, 400):
        setting = Setting.pooled(MaximalExploitation(), [list(range(9))] * 2, lambda t: np.asarray(t), MarketGrowth(-0.8).worth)
        found.append(is_incentive_compatible(setting, limit=limit))
    assert [audit.exhaustive for audit in found] == [True, False]
    assert found[0].slack == pytest.approx(-0.289, abs=5e-4)
    assert found[1].slack == pytest.approx(found[0].slack)


def test_search_in_a_large_space_is_bounded():
    worth = LinearExternalities(-0.4).worth
    setting = Setting.pooled(FreeSharing(), [list(np.linspace(0, 2, 9))] * 7, sigmoid, worth)
    audit = is_incentive_compatible(setting, limit=600)
    assert not audit.exhaustive
    assert not audit.holds


def test_search_uses_the_generator_given():
    def run(seed):
        setting = Setting.pooled(FreeSharing(), [list(range(6))] * 3, sigmoid, LinearExternalities(-0.4).worth)
        return is_incentive_compatible(setting, limit=50, rng=np.random.default_rng(seed)).truth

    assert run(1) == run(1)


def test_nothing_to_compare_holds():
    setting = Setting.pooled(FreeSharing(), [[1], [1]], sigmoid, lambda q: q)
    audit = is_incentive_compatible(setting)
    assert audit.holds
    assert audit.slack == math.inf


@pytest.mark.parametrize("rule", ["all", "participants", "threat"])
def test_maximal_exploitation_attains_the_bound(rule):
    worth = LinearExternalities([[1, -0.5, 0.3], [0.2, 1, -0.9], [-0.8, 0.4, 1]]).worth
    setting = Setting.pooled(MaximalExploitation(rule), [[0, 1, 2]] * 3, sigmoid, worth)
    assert revenue_bound(setting).slack == pytest.approx(0, abs=1e-12)
    assert revenue_bound(Setting.pooled(FreeSharing(), [[1, 2]] * 2, sigmoid, lambda q: q)).slack > 0


class Overcharge(Mechanism):
    """A little more than what taking part is worth, for whoever reports enough."""

    source = "a test"
    extra: float = 0.1

    def settle(self, market: Market) -> Settlement:
        settled = MaximalExploitation().settle(market)
        return Settlement(settled.rewards, settled.payments + self.extra * (market.alone > 0.3))


def test_overcharging_is_seen():
    setting = Setting.pooled(Overcharge(), [[0, 1]] * 2, sigmoid, lambda q: q)
    assert revenue_bound(setting).slack == pytest.approx(-0.2)
    assert is_individually_rational(setting).slack == pytest.approx(-0.1)
    assert is_incentive_compatible(setting).slack <= -0.05
    assert not meets_necessary_condition(setting).holds


# --- Theorems 2 and 3 ---------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_necessary_and_sufficient_conditions_bracket_the_promises(seed):
    setting = random_pooled(seed)
    kept = is_incentive_compatible(setting).holds and is_individually_rational(setting).holds
    if kept:
        assert meets_necessary_condition(setting).holds
    if meets_sufficient_condition(setting).holds:
        assert kept


def random_pooled(seed):
    """Pooled models and payments near those of maximal exploitation, somewhere below or above them."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(-0.3, 0.1)

    class Near(Mechanism):
        def settle(self, market):
            settled = MaximalExploitation(allocation="everybody").settle(market)
            return Settlement(settled.rewards, settled.payments + slope * market.alone)

    low = rng.uniform(0, 2)
    types = low + np.cumsum(rng.uniform(0.05, 0.5, (2, 3)), axis=1)
    return Setting.pooled(Near(), types, sigmoid, QuasiMonotone("linear", "mean", rng.uniform(-1, 1)).worth)


def test_both_outcomes_of_the_sufficient_condition_occur():
    found = [meets_sufficient_condition(random_pooled(seed)).holds for seed in range(30)]
    assert 0 < sum(found) < 30


def test_theorem_3_fails_where_types_exceed_the_pool():
    """Maximal exploitation is truthful there, so the condition is far from necessary."""
    worth = LinearExternalities([[1, 0.2], [0.2, 1]]).worth
    setting = Setting.pooled(MaximalExploitation(), [[0, 1, 2, 3], [0, 0.1, 0.2, 0.3]], sigmoid, worth)
    assert is_incentive_compatible(setting).holds
    assert is_individually_rational(setting).holds
    assert not meets_sufficient_condition(setting).holds
    assert meets_necessary_condition(setting).holds


def test_left_derivative_decides_the_kink():
    """With nobody else's data the own and the pooled model are equal on the diagonal: only the left derivative is negative."""
    growth, size, step = -0.8, 1.0, 1e-6
    worth = MarketGrowth(growth).worth

    def at(report):
        pool = report
        return worth(np.array([max(pool, size), pool]))[0]

    left, right = (at(size) - at(size - step)) / step, (at(size + step) - at(size)) / step
    assert left == pytest.approx(growth * 2 ** (growth - 1), rel=1e-4)
    assert right == pytest.approx(2**growth * (1 + growth), rel=1e-4)


# --- Algorithm 1 --------------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_largest_payments_are_tight(seed):
    """No payment can be raised: each meets individual rationality or one truth constraint with equality."""
    setting = table_setting(seed, 2, 3)
    for solver in ("in order", "graph"):
        found = desirable_payments(setting, solver)
        for k, others in itertools.product((1, 2, 3), repeat=2):
            profile = np.array([k, others])
            paid = found.payments[k - 1, others - 1, 0]
            worth = setting.worths(profile, profile)[0]
            room = [worth - setting.worths(profile, np.array([0, others]))[0] - paid]
            for lie in range(1, k):
                gap = worth - setting.worths(profile, np.array([lie, others]))[0]
                room.append(gap - (paid - found.payments[lie - 1, others - 1, 0]))
            assert min(room) == pytest.approx(0, abs=1e-9)


def test_too_many_profiles_are_refused():
    setting = Setting.pooled(FreeSharing(), [list(range(1, 40))] * 4, sigmoid, lambda q: q)
    with pytest.raises(ValueError, match="profiles"):
        desirable_payments(setting)


# --- settings of market games -------------------------------------------------------------------------------------------------

GAMES = {
    "rivals": (QualityCurve(sizes=(1, 2), levels=(0, 0.5, 1)), LinearExternalities(-0.6)),
    "friends": (QualityCurve(sizes=(1, 2), levels=(0.5, 1)), Spillovers(0.3)),
    "growth": (DataPortions(sizes=(3, 1), copies=2, curve="linear"), MarketGrowth(-0.7)),
}


@pytest.mark.parametrize("rule", list(MECHANISMS), ids=lambda cls: cls.name())
@pytest.mark.parametrize("name", GAMES)
def test_every_rule_is_audited_on_every_setting(rule, name):
    task, valuation = GAMES[name]
    setting = market_setting(MarketGame(task, rule(), Preferences(valuation)))
    for audit in (*FOUR, revenue_bound, meets_necessary_condition, meets_sufficient_condition):
        found = audit(setting)
        assert found.exhaustive
        assert math.isfinite(found.slack)
        assert found.holds == (found.slack >= -1e-9)


@pytest.mark.parametrize("name", GAMES)
def test_utilities_of_full_types_are_the_games_payoffs(name):
    task, valuation = GAMES[name]
    game = MarketGame(task, MaximalExploitation(), Preferences(valuation, over_alone=False))
    setting = market_setting(game)
    truth = np.array(setting.largest)
    for reports in game.profiles():
        assert setting.utilities(truth, reports) == pytest.approx(game.payoffs(reports))


def test_types_of_a_party_with_fewer_actions():
    available = np.array([[True, True, False], [True, True, True]])
    game = MarketGame(QualityCurve(sizes=(2, 1), levels=(0.5, 1)), FreeSharing(), available=available)
    setting = market_setting(game)
    assert setting.largest == (1, 2)
    assert is_weakly_budget_balanced(setting).holds


@pytest.mark.parametrize(
    "game",
    [
        MarketGame(QualityCurve(sizes=(1, 2), copies=1), FreeSharing()),
        MarketGame(QualityCurve(sizes=(1, 2)), FreeSharing(), available=[1]),
        MarketGame(QualityCurve(sizes=(0, 2), levels=(0.5, 1)), FreeSharing()),
    ],
)
def test_games_without_types_are_refused(game):
    with pytest.raises(ValueError) as caught:
        market_setting(game)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("types", [[1, 2], [[2, 1], [1, 2]], [[-1, 1]], [[1]] * 20])
def test_bad_types_are_refused(types):
    with pytest.raises(ValueError) as caught:
        Setting.pooled(FreeSharing(), types, sigmoid, lambda q: q)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="concept"):
        is_incentive_compatible(Setting.pooled(FreeSharing(), [[1]], sigmoid, lambda q: q), "bayesian")
