"""Learning without regret: the rules' regret bounds, their forms worked by hand, and where play that follows them ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learner import Learner
from scipy.optimize import linprog

from potluck.agents.strategies import Exp3, Feedback, Hedge, RegretMatching
from potluck.models import NormalFormGame, RepeatedGame, Rounds

ROUNDS = 150


def adversary(kind, seed, rounds, m):
    """Payoffs (rounds, m) that a learner finds hard: noise, a leader that changes, or one that always turns on the leader."""
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.normal(size=(rounds, m))
    if kind == "shifting":
        return np.eye(m)[np.arange(rounds) // max(1, rounds // 5) % m] + 0.1 * rng.random((rounds, m))
    return None


def regret(rule, kind, seed, rounds=ROUNDS, m=4, scale=1.0):
    """Return expected regret and the largest spread of payoffs in a round."""
    rule = Learner(rule, np.ones((1, m), dtype=bool))
    table = adversary(kind, seed, rounds, m)
    total, earned, spread = np.zeros(m), 0.0, 0.0
    for t in range(rounds):
        mix = rule.policy()[0]
        payoffs = scale * (table[t] if table is not None else -np.eye(m)[mix.argmax()])
        total, earned, spread = total + payoffs, earned + mix @ payoffs, max(spread, np.ptp(payoffs))
        seen = payoffs[None]
        rule.learn(
            Feedback(np.array([0]), payoffs[:1], np.array([0]), seen, lambda policy, seen=seen: seen, lambda mix=mix: mix[None])
        )
    return total.max() - earned, spread


every_kind = pytest.mark.parametrize("kind", ["noise", "shifting", "turning"])


@every_kind
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
@pytest.mark.parametrize("seed", range(3))
def test_regret_of_hedge_is_within_its_bounds(kind, scale, seed):
    rounds, m = ROUNDS, 4
    loss, spread = regret(Hedge(), kind, seed, scale=scale)
    assert loss <= spread * (np.sqrt(rounds * np.log(m)) + 4 / 3 * np.log(m) + 2)
    rate = np.sqrt(8 * np.log(m) / rounds) / spread
    loss, spread = regret(Hedge(rate=rate), kind, seed, scale=scale)
    assert loss <= np.log(m) / rate + rate * rounds * spread**2 / 8 + 1e-9 * spread


@every_kind
@pytest.mark.parametrize("plus", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_regret_of_regret_matching_is_within_its_bound(kind, plus, seed):
    loss, spread = regret(RegretMatching(plus=plus, against="mixes"), kind, seed)
    assert loss <= spread * np.sqrt(4 * ROUNDS)


def test_hedge_without_a_rate_does_not_depend_on_units():
    rules = [Learner(Hedge(), np.ones((1, 3), dtype=bool)) for _ in range(2)]
    for payoffs in np.random.default_rng(0).normal(size=(40, 3)):
        for rule, (scale, shift) in zip(rules, [(1, 0), (1024, 3)], strict=True):
            rule.learn(Feedback(np.array([0]), np.array([0.0]), deviations=(scale * payoffs + shift)[None]))
    one, other = (rule.policy() for rule in rules)
    assert one == pytest.approx(other, abs=1e-9)
    assert 0 < one.min() < one.max() < 1


@given(st.integers(0, 1000), st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_hedge_with_a_rate_is_exponential_weights(seed, m):
    payoffs = np.random.default_rng(seed).normal(size=(10, m))
    rule = Learner(Hedge(rate=0.7), np.ones((1, m), dtype=bool))
    for row in payoffs:
        rule.learn(Feedback(np.array([0]), row[:1], deviations=row[None]))
    weights = np.exp(0.7 * payoffs.sum(axis=0))
    assert rule.policy()[0] == pytest.approx(weights / weights.sum())


def test_regrets_that_are_negative_are_kept_or_forgotten():
    keeping, forgetting = (Learner(RegretMatching(plus=plus), np.ones((1, 2), dtype=bool)) for plus in (False, True))
    for deviations in ([[1.0, -3.0]], [[1.0, 2.0]]):
        for rule in (keeping, forgetting):
            rule.learn(Feedback(np.array([0]), np.array([1.0]), deviations=np.array(deviations)))
    assert keeping.policy().tolist() == [[0.5, 0.5]]
    assert forgetting.policy().tolist() == [[0.0, 1.0]]


def test_players_without_an_action_never_play_it():
    available = np.array([[True, False, True], [True, True, True]])
    for rule in (Hedge(), Hedge(rate=2), RegretMatching(), Exp3(), Exp3(rate=0.1)):
        mine = Learner(rule, available)
        for _ in range(5):
            deviations = np.where(available, [[0.0, 9.0, 1.0], [0.0, 9.0, 1.0]], -np.inf)
            mine.learn(Feedback(np.array([0, 0]), np.array([0.0, 0.0]), np.array([0, 0]), deviations))
        policy = mine.policy()
        assert policy[0, 1] == 0
        assert policy.sum(axis=1) == pytest.approx([1, 1])
        if rule.full_information:
            assert policy[0, 2] > policy[0, 0]
            assert policy[1].argmax() == 1


def zero_sum_value(table):
    m, k = table.shape
    answer = linprog(
        np.r_[np.zeros(m), -1],
        A_ub=np.c_[-table.T, np.ones(k)],
        b_ub=np.zeros(k),
        A_eq=np.r_[np.ones(m), 0][None],
        b_eq=[1],
        bounds=[(0, None)] * m + [(None, None)],
    )
    return -answer.fun


OPPOSED = [Hedge(against="mixes"), RegretMatching(against="mixes"), RegretMatching(plus=True, against="mixes")]


@pytest.mark.parametrize("rule", OPPOSED, ids=str)
def test_average_play_of_opposed_players_comes_to_the_value_of_the_game(rule):
    table = np.random.default_rng(4).uniform(-1, 1, size=(4, 4))
    model = RepeatedGame(game=NormalFormGame([table, -table]), strategies=rule, stop=Rounds(1500), rng=0, agents=False)
    policies = []
    while model.running:
        model.step()
        policies.append(model.policy)
    rows, columns = np.mean(policies, axis=0)
    assert (table @ columns).max() == pytest.approx(zero_sum_value(table), abs=0.06)
    assert (rows @ table).min() == pytest.approx(zero_sum_value(table), abs=0.06)


@pytest.mark.parametrize("rule", [Hedge(), RegretMatching(), RegretMatching(plus=True)], ids=str)
def test_realised_regret_vanishes(rule):
    game = NormalFormGame([[[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[0, 1, -1], [-1, 0, 1], [1, -1, 0]]])
    model = RepeatedGame(game=game, strategies=rule, stop=Rounds(3000), rng=3, agents=False)
    model.run_model()
    assert model.regrets.max() < 0.06
    assert model.exploitability_of("average") < 0.15


def test_a_bandit_finds_the_better_action_from_its_own_payoffs():
    def late_share(rule):
        game = NormalFormGame([[0.2, 0.8]])
        model = RepeatedGame(game=game, strategies=rule, stop=Rounds(2000), rng=1, agents=False)
        model.run_model()
        return model.average_policy[0, 1]

    assert late_share(Exp3(payoff_range=(0, 1))) > 0.9
    assert late_share(Exp3()) > 0.9


def test_the_estimates_of_a_bandit_are_worked_out_by_hand():
    rule = Learner(Exp3(rate=0.5, payoff_range=(-1, 3)), np.ones((1, 2), dtype=bool))
    rule.learn(Feedback(np.array([1]), np.array([1.0])))
    lost = 0.5 / (0.5 + 0.25)
    assert rule.policy()[0, 1] == pytest.approx(np.exp(-0.5 * lost) / (1 + np.exp(-0.5 * lost)))


def test_bad_parameters_are_named():
    for build, message in [
        (lambda: Hedge(rate=0), "rate"),
        (lambda: Exp3(payoff_range=(1, 0)), "payoff_range"),
        (lambda: Exp3(rate=-1), "rate"),
    ]:
        with pytest.raises(ValueError, match=message):
            build()
    rule = Learner(Exp3(payoff_range=(0, 1)), np.ones((1, 2), dtype=bool))
    with pytest.raises(ValueError, match="outside payoff_range"):
        rule.learn(Feedback(np.array([0]), np.array([1.5])))
    for rule in (Hedge(), RegretMatching()):
        with pytest.raises(ValueError, match="everyone's actions"):
            Learner(rule, np.ones((1, 2), dtype=bool)).learn(Feedback(np.array([0]), np.array([1.0])))
