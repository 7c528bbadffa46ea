"""What market rules make of the price of privacy, against full sharing worked out from the task itself."""

import itertools

import numpy as np
import pytest

from potluck.components import seeds_of
from potluck.mechanisms import FairPayments, FreeSharing, ShapleyRewards
from potluck.models import MarketGame, MatrixFactorization, Preferences
from potluck.scenarios import PrivacyMechanisms

DATA = "synthetic(users=200, items=100, density=0.3, taste=1)"
LEVELS = (0.0, 0.4, 0.8)
PASSES = 30
SEED = 7


def scenario(**changes):
    given = {"dataset": DATA, "levels": LEVELS, "passes": PASSES, "splits": 2, "weights": (0.0, 0.1, 50.0)}
    return PrivacyMechanisms(**{**given, **changes})


@pytest.fixture(scope="module")
def run():
    return scenario().run(SEED)


@pytest.fixture(scope="module")
def splits():
    """The tasks of the scenario's splits, made again."""
    shared = tuple(round(1 - p, 12) for p in reversed(LEVELS))
    return [
        MatrixFactorization(dataset=DATA, passes=PASSES, levels=shared, seed=each)
        for each in seeds_of(np.random.default_rng(SEED), 2)
    ]


def row(run, split, mechanism, weight):
    table = run.tables["privacy-mechanisms"]
    return table[(table["split"] == split) & (table["mechanism"] == mechanism) & (table["weight"] == weight)].iloc[0]


def test_full_sharing_is_the_error_saved_by_training_together(run, splits):
    for split, task in enumerate(splits, start=1):
        parties = task.parties
        joint = parties.baseline - parties.tested(parties.train)
        saved = np.maximum(joint - task.alone, 0).sum() / np.maximum(task.alone, 0).mean()
        assert row(run, split, "FreeSharing", 0.1)["improvement_full"] == pytest.approx(saved, rel=1e-12)


def test_ends_of_plain_sharing_are_equilibria_by_enumeration(run, splits):
    """Utility worked out from the task: the joint model's worth less weight times openness, for all levels and for leaving."""
    for (split, task), weight in itertools.product(enumerate(splits, start=1), (0.0, 0.1, 50.0)):
        unit = np.maximum(task.alone, 0).mean()
        found = row(run, split, "FreeSharing", weight)
        if not found["settled"]:
            continue
        end = [0 if np.isnan(p) else 1 + LEVELS[::-1].index(p) for p in (found["p_1"], found["p_2"])]
        actions = [action for action in range(len(task.entries)) if task.entries[action] <= 1]

        def utility(player, profile, task=task, weight=weight, unit=unit):
            if profile[player] == 0:
                return task.alone[player]
            level = task.level_of[profile[player]]
            return max(task.worths([profile])[0, player], task.alone[player]) - weight * unit * level

        for player in (0, 1):
            options = [utility(player, [*end[:player], action, *end[player + 1 :]]) for action in actions]
            assert utility(player, end) >= max(options) - 1e-9


def test_free_privacy_costs_nothing_to_keep_and_dear_privacy_ends_everything(run):
    table = run.tables["privacy-mechanisms"]
    plain = table[table["mechanism"].isin(["FreeSharing", "ShapleyRewards"])]
    dear = plain[plain["weight"] == 50]
    assert dear[["p_1", "p_2"]].isna().all(axis=None)
    assert (dear["improvement"] == 0).all()
    assert (dear["price_of_privacy"] == 1).all()


def test_summary_is_of_sums_not_of_shares(run):
    table, summary = run.tables["privacy-mechanisms"], run.tables["rules"].set_index("mechanism")
    best = table.groupby(["split", "weight"])["improvement_full"].transform("max")
    for name, rows in table.groupby("mechanism"):
        price = 1 - rows["improvement"].sum() / rows["improvement_full"].sum()
        assert summary.loc[name, "price_of_privacy"] == pytest.approx(price, abs=1e-12)
        lost = 1 - rows["improvement"].sum() / best[rows.index].sum()
        assert summary.loc[name, "lost_of_best"] == pytest.approx(lost, abs=1e-12)


def test_only_fair_payments_cost_the_platform_anything(run):
    table = run.tables["privacy-mechanisms"]
    paid = table.groupby("mechanism")["paid_by_platform"].agg(lambda each: each.abs().max())
    assert paid["FreeSharing"] == paid["ShapleyRewards"] == 0
    assert paid["FairPayments"] > 0.01
    assert paid["ReplicationRobustDivision"] < 1e-12


def test_model_rewards_give_nobody_more_than_plain_sharing(splits):
    honest = np.array([[splits[0].honest] * 2])
    costs = Preferences()
    models = {
        rule.short(): MarketGame(splits[0], rule, costs).outcome(honest[0]).settlement.rewards
        for rule in (FreeSharing(), ShapleyRewards(), ShapleyRewards(rho=0.5), FairPayments())
    }
    for name in ("ShapleyRewards", "ShapleyRewards(rho=0.5)"):
        assert (models[name] <= models["FreeSharing"] + 1e-12).all()
        assert np.isclose(models[name], models["FreeSharing"], atol=1e-12).any()  # the top has the joint model
    assert models["FairPayments"].tolist() == models["FreeSharing"].tolist()


def test_untrained_models_have_no_unit():
    with pytest.raises(ValueError, match="neither party's model beats averages"):
        scenario(dataset="synthetic(users=80, items=40, density=0.3, taste=1)", passes=10).run(SEED)


def test_levels_and_weights_are_checked():
    with pytest.raises(ValueError, match="below 1"):
        scenario(levels=(0.0, 1.0))
    with pytest.raises(ValueError, match="at least one weight"):
        scenario(weights=())
