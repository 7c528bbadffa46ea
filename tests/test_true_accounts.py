"""What rules do where games are not monotone or values tie, and what attacks cost by the truth."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from potluck.attacks import GarbleLabels, Replicate, Scheme, settle
from potluck.mechanisms import (
    BanzhafDivision,
    ClassGame,
    FreeSharing,
    Market,
    MaximalExploitation,
    ReplicationRobustDivision,
    ShapleyRewards,
)
from potluck.mechanisms.rules.maximal_exploitation import linear_exploitation
from potluck.models import GaussianProcessRegression

TASK = GaussianProcessRegression(rows=60, noise=1, signals=(5000,), lengthscales=(1.2, 1.1, 2.6, 15, 27, 400))


def test_garbled_targets_cost_the_others_what_they_would_have_told():
    task = GaussianProcessRegression(rows=60)
    honest, losses = settle(Scheme.honest(task), ShapleyRewards()), []
    for party in range(task.n_parties):
        attacked = settle(GarbleLabels(1.0).on(task, party), ShapleyRewards())
        losses.append(attacked.honest_loss(honest))
    assert 25 < min(losses) <= max(losses) < 40


def test_shared_freely_garbled_rows_leave_what_the_others_measured():
    honest = settle(Scheme.honest(TASK), FreeSharing())
    rows = TASK.holdings()
    for party in range(TASK.n_parties):
        attacked = settle(GarbleLabels(1.0).on(TASK, party), FreeSharing())
        assert attacked.payoffs[party] == pytest.approx(honest.payoffs[party])
        entered = attacked.scheme.accounts[party].rows
        same = (entered.targets == rows[party].targets)[:, None]
        true = [each.inputs for other, each in enumerate(rows) if other != party] + [entered.inputs[same.ravel()]]
        others = np.arange(TASK.n_parties) != party
        assert attacked.held[others] == pytest.approx(TASK.model.gain(np.concatenate(true)))


def test_an_owner_of_several_names_pools_its_models():
    task = GaussianProcessRegression(rows=90)
    honest = settle(Scheme.honest(task), ShapleyRewards(0.5))
    gains = [settle(Replicate(3, "names").on(task, party), ShapleyRewards(0.5)).gain_over(honest) for party in range(3)]
    assert np.sign(gains).tolist() == [-1, -1, 1]
    assert gains == pytest.approx([-0.897243620214283, -0.5075700469788345, 1.2424999347508958], abs=1e-4)


values = st.lists(st.floats(0, 1), min_size=8, max_size=8)


@given(
    values, st.sampled_from(["task_market", "aggregate", "task_shapley", "nonself"]), st.sampled_from(["normalised", "excess"])
)
def test_nobody_pays_more_than_its_fee_on_any_game(worths, tasks, division):
    worths[0] = 0.0
    rule = ReplicationRobustDivision(division=division if tasks in {"task_market", "aggregate"} else "normalised", tasks=tasks)
    market = Market.of(np.reshape(worths, (2, 2, 2)))
    settlement, account = rule.settle(market), rule.account(market)
    assert settlement.payments.sum() == pytest.approx(0, abs=1e-9)
    assert (settlement.payments <= np.maximum(account.fees, 0) + 1e-9).all()


def test_the_pole_is_gone():
    assert ReplicationRobustDivision().settle(Market.of([[0, 0.6], [0.9, 0.5001]])).payments.tolist() == [0, 0]


@given(st.integers(0, 10_000), st.sampled_from(["all", "participants", "threat"]))
@example(795, "participants")  # the worths of all models together cancel: a tie is measured by what each is worth alone
def test_linear_exploitation_is_the_rule_also_at_ties(seed, absent):
    rng = np.random.default_rng(seed)
    effects = rng.choice([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3], (3, 3))
    np.fill_diagonal(effects, np.abs(effects.diagonal()))
    table = rng.choice(np.linspace(0.1, 1, 10), (2, 2, 2))
    for axis in range(3):
        table = np.maximum.accumulate(table, axis=axis)
    table[0, 0, 0] = 0
    table = np.maximum.accumulate(np.maximum.accumulate(np.maximum.accumulate(table, 0), 1), 2)
    market = Market(games=(ClassGame(table),), group=np.arange(3), entries=np.ones(3, dtype=int), worth=lambda q: effects @ q)
    without = np.array([table[0, 1, 1], table[1, 0, 1], table[1, 1, 0]])
    own = np.array([table[1, 0, 0], table[0, 1, 0], table[0, 0, 1]])
    payments = linear_exploitation(effects, own, table[1, 1, 1], without, absent)[1]
    assert MaximalExploitation(absent=absent).settle(market).payments == pytest.approx(payments, abs=1e-9)


def test_only_the_unnormalised_banzhaf_value_is_proof_against_copies():
    """On coverage games, 300 drawn: copies of an owner's data add nothing but identities."""
    rng, gains = np.random.default_rng(0), {"normalised": [], "unnormalised": []}
    for _ in range(300):
        sets = rng.random((3, 6)) < 0.4
        weights = rng.random(6)

        def worth(counts, sets=sets, weights=weights):
            return float(weights @ sets[np.array(counts) > 0].any(axis=0)) / weights.sum()

        tables = [np.array([worth(c) for c in np.ndindex(2 + k, 2, 2)]).reshape(2 + k, 2, 2) for k in (0, 1, 2)]
        for form, found in gains.items():
            paid = [BanzhafDivision(form=form).settle(Market.of(table)).payments[0] for table in tables]
            found.append(paid[0] - min(paid[1:]))
    assert max(gains["unnormalised"]) <= 1e-9
    assert 0.2 < np.mean(np.array(gains["normalised"]) > 1e-9) < 0.9
