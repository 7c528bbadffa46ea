"""Strategic reports under rewards in models, repeated releases, and the scenarios about them."""

import math

import numpy as np
import pytest

from potluck.attacks import (
    AttackGame,
    FabricateInputs,
    GarbleLabels,
    Replicate,
    Scheme,
    StayOut,
    Withhold,
    settle,
)
from potluck.mechanisms import CoalitionalGame, FreeSharing, ShapleyRewards, shapley, shapley_rewards
from potluck.models import Preferences
from potluck.scenarios import RewardsBounds, RewardsExample1, RewardsRepeated, RewardsStrategic
from potluck.scenarios.model_rewards.friedman_rows import LENGTHSCALES, NOISE, SIGNAL, friedman_task
from potluck.scenarios.model_rewards.properties import value_of_data
from potluck.training.information_gain.gain import information_gain
from potluck.training.information_gain.kernels import squared_exponential

EVERYONE_HONEST = np.zeros(3, dtype=int)


@pytest.fixture(scope="module")
def task():
    return friedman_task(45, 0)


WAYS = {
    "withhold": Withhold(0.4),
    "enter 3 times": Replicate(2, "rows"),
    "garble": GarbleLabels(1.0),
    "fabricate": FabricateInputs(1.0, 2.0),
}
KNOWLEDGE = Preferences(over_alone=False)


@pytest.fixture(scope="module")
def game(task):
    return AttackGame(task, ShapleyRewards(), list(WAYS.values()), KNOWLEDGE, attack_names=list(WAYS))


def passed(result):
    assert [check.name for check in result.checks if not check.as_expected] == []
    return True


# --- reports ------------------------------------------------------------------------------------------------------------------


def covariance(inputs):
    return squared_exponential(SIGNAL, LENGTHSCALES)(inputs, inputs)


def told(task, party, true_of, eta, times=None):
    """What a party knows by brute force: its own rows, and of the others the true rows that they entered, with noise η."""
    inputs, noise = [], []
    for other, rows in enumerate(task.holdings()):
        seen = rows.inputs if other == party else true_of.get(other, rows.inputs)
        extra = 0.0 if other == party else eta / (times or {}).get(other, 1)
        if other == party or math.isfinite(eta):
            inputs.append(seen)
            noise.append(np.full(len(seen), NOISE + extra))
    return information_gain(covariance(np.concatenate(inputs)), np.concatenate(noise))


def test_rewards_are_those_of_the_reported_rows_and_noise_gives_them(task):
    result = settle(Scheme.honest(task), ShapleyRewards(rho=0.5))
    values = np.zeros(8)
    for mask in range(1, 8):
        inputs = np.concatenate([rows.inputs for party, rows in enumerate(task.holdings()) if mask >> party & 1])
        values[mask] = information_gain(covariance(inputs), NOISE)
    expected = shapley_rewards(CoalitionalGame(values), 0.5)
    assert result.settlement.rewards == pytest.approx(expected, rel=1e-9)
    for party, eta in enumerate(result.etas):
        if 0 < eta < math.inf:
            assert told(task, party, {}, eta) == pytest.approx(expected[party], abs=1e-6)
    assert (result.etas == 0).any()


def test_honest_payoffs_are_the_rewards_or_own_data(game, task):
    rewards = game.settled(EVERYONE_HONEST).settlement.rewards
    assert game.payoffs(EVERYONE_HONEST) == pytest.approx(np.maximum(rewards, task.alone), abs=1e-6)
    assert game.deviations(EVERYONE_HONEST)[:, 0] == pytest.approx(game.payoffs(EVERYONE_HONEST))


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("attacker", range(3))
@pytest.mark.parametrize("way", WAYS)
def test_everybody_has_what_the_true_rows_tell_whoever_reports_what(task, way, attacker, rho):
    """Every party's entry, not only the attacker's, by brute force."""
    game = AttackGame(task, ShapleyRewards(rho), list(WAYS.values()), KNOWLEDGE)
    profile = np.zeros(3, dtype=int)
    profile[attacker] = 1 + list(WAYS).index(way)
    settled, rows = game.settled(profile), task.holdings()[attacker]
    entered = settled.scheme.accounts[attacker].rows
    kept = [
        ((entered.inputs == x).all(axis=1) & (entered.targets == y)).any() for x, y in zip(rows.inputs, rows.targets, strict=True)
    ]
    true = rows.inputs[kept]
    times = {attacker: 3} if way == "enter 3 times" else {}
    expected = [told(task, party, {attacker: true}, float(settled.etas[party]), times) for party in range(3)]
    assert game.payoffs(profile) == pytest.approx(expected, abs=1e-8)
    assert (game.payoffs(profile) >= task.alone - 1e-9).all()


def test_noise_is_made_for_those_who_take_part_only(task):
    """Who stays out has no rows to put noise on: the two who are left have what the market of two gives them."""
    game = AttackGame(task, ShapleyRewards(), [StayOut()], KNOWLEDGE)
    two = settle(Scheme.honest(task.with_holdings(task.holdings()[:2])), ShapleyRewards(), KNOWLEDGE)
    payoffs = game.payoffs(np.array([0, 0, 1]))
    assert payoffs[:2] == pytest.approx(two.payoffs, rel=1e-9)
    assert payoffs[2] == pytest.approx(task.alone[2])
    assert (two.etas[np.isfinite(two.etas)] > 0).any()


def test_withheld_rows_stay_with_who_withholds_them(game, task):
    profile = np.array([0, 1, 0])
    settled = game.settled(profile)
    entered = settled.scheme.platform_task.behind.task
    assert len(entered.holdings()[1]) == 9
    assert game.payoffs(profile)[1] > entered.realisation(1).gain(settled.etas[1])


def test_repeated_rows_are_new_measurements_to_the_platform_only(game, task):
    profile = np.array([0, 2, 0])
    market, honest = game.settled(profile).market, game.settled(EVERYONE_HONEST).market
    assert market.alone[1] == pytest.approx(information_gain(covariance(task.holdings()[1].inputs), NOISE / 3), rel=1e-9)
    assert shapley(market.game)[1] > shapley(honest.game)[1]
    assert (game.payoffs(profile) <= honest.game.grand + 1e-6).all()


def test_shuffled_targets_change_nothing_for_who_shuffles_and_cost_the_others(game):
    profile = np.array([0, 3, 0])
    before, after = (shapley(game.settled(each).market.game) for each in (EVERYONE_HONEST, profile))
    assert after == pytest.approx(before, abs=1e-9)
    change = game.payoffs(profile) - game.payoffs(EVERYONE_HONEST)
    assert change[1] == pytest.approx(0, abs=1e-9)
    assert change[0] < -1
    assert change[2] < -1


def test_another_rule_can_be_played(task):
    shared = AttackGame(task, FreeSharing(), [Withhold(0.5)], KNOWLEDGE)
    assert shared.payoffs(EVERYONE_HONEST) == pytest.approx(np.full(3, task.coalition_values()[-1]), abs=1e-9)
    # who gets the joint model anyway loses nothing by withholding
    assert shared.gains(EVERYONE_HONEST) == pytest.approx(np.zeros(3), abs=1e-9)


def test_names_of_reports_are_what_the_game_shows(game, task):
    assert list(game.action_names) == ["honest", *WAYS]
    assert game.player_names == ["party 1", "party 2", "party 3"]
    with pytest.raises(ValueError, match="2 action names are needed, 3 given"):
        AttackGame(task, FreeSharing(), [Withhold()], attack_names=["one", "two"])


# --- scenarios ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [(7, 5, 8), (1, 1, 2), (3, 3, 3), (2, 1, 2)])
def test_example_1_and_others_like_it(values):
    one, two, both = values
    result = RewardsExample1(value_1=one, value_2=two, value_both=both).run(0)
    held = result.tables["conditions"].pivot(index="rho", columns="condition", values="holds")
    assert held["R3 weak efficiency"].all()
    assert passed(result)


def test_example_1_refuses_data_that_harms():
    with pytest.raises(ValueError, match="value_both = 6"):
        RewardsExample1(value_both=6)


def test_bounds_over_random_games():
    result = RewardsBounds(parties=(2, 3), games=40).run(1)
    assert passed(result)
    table, bounds = result.tables["rewards-bounds"], result.tables["bounds"]
    assert (table["together"] <= table[["fair", "rational", "stable"]].min(axis=1)).all()
    assert (table["fair"] == 1).all()
    # where two parties are all there are, stability asks for nothing more than rationality
    two = bounds[bounds["parties"] == 2]
    assert two["rho_s"].to_numpy() == pytest.approx(two["rho_r"].to_numpy())
    for (_, _), rows in table.groupby(["kind", "parties"]):
        ordered = rows.sort_values("rho")
        for column in ("rational", "stable", "welfare"):
            assert (np.diff(ordered[column]) <= 1e-12).all()


def test_bounds_differ_by_seed_and_not_by_run():
    small = RewardsBounds(parties=(3,), games=5)
    first, again, other = (small.run(seed).tables["bounds"].to_csv() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("seed", [0, 1])
def test_strategic_findings_at_the_size_of_the_paper(seed):
    result = RewardsStrategic(rows=45, rounds=1).run(seed)
    assert passed(result)
    names = {check.name for check in result.checks}
    assert "party 2 enters its rows twice, ρ = 1: Shapley value of party 2, after" in names
    moves = result.tables["moves"].set_index(["move", "rho", "measure"])
    pooled = moves.loc[("parties 2 and 3 pool their rewards", 1.0, "they know, and their data is worth")]
    assert pooled["after"] > pooled["before"]


def test_the_repeated_game_of_reports_ends_without_honesty():
    scenario = RewardsStrategic(large_rows=45, rows=90, rounds=9)
    result = scenario.run(2)
    rounds = result.tables["rounds"]
    assert (rounds.loc[rounds["round"] == 0, "report"] == "honest").all()
    last = rounds[rounds["round"] == 9]
    assert (last["report"] == "fabricate").all()
    model = scenario.opening(np.random.default_rng(2)).model()
    model.run_model()
    assert model.history()["payoff"].tolist() == rounds["payoff"].tolist()


def test_the_joint_model_for_everybody_leaves_nothing_to_gain():
    result = RewardsStrategic(large_rows=45, rows=45, rounds=2, mechanism=ShapleyRewards(rho=0)).run(0)
    assert passed(result)
    assert result.tables["rewards-strategic"]["gain"].max() == pytest.approx(0, abs=1e-6)
    assert (result.tables["rounds"]["report"] == "honest").all()


def test_repeated_releases_at_the_size_of_the_paper():
    result = RewardsRepeated().run(1)
    assert passed(result)
    table = result.tables["rewards-repeated"]
    fresh = table[table["noise"] == "fresh"]
    assert fresh["eta_left"].to_numpy() == pytest.approx((fresh["eta"] / fresh["releases"]).to_numpy())
    nested = table[table["noise"] == "nested"]
    assert (nested["eta_left"] == nested["eta"]).all()
    for _, rows in nested.groupby("party"):
        assert rows["worth"].nunique() == rows["mnlp"].nunique() == 1
    # m releases at η tell of a target what one at η / m does, also in privacy
    assert (fresh.groupby("party")["epsilon"].diff().dropna() > 0).all()
    terms = result.tables["terms"]
    assert (terms["nested"] <= terms["fresh"] + 1e-9).all()
    assert (terms["nested"] + 1e-9 >= terms["reward"]).all()


def test_repeated_releases_refuse_what_makes_no_sense():
    with pytest.raises(ValueError, match="must increase"):
        RewardsRepeated(releases=(5, 1))
    with pytest.raises(ValueError, match="rho"):
        RewardsRepeated(rho=0)


def test_properties_of_information_gain_can_fail():
    convex = CoalitionalGame([0, 1, 1, 3])
    falling = CoalitionalGame([0, 1, 1, 0.5])
    negative = CoalitionalGame([0, -1, 1, 1])
    outcomes = [[verdict.outcome.value for verdict in value_of_data([game])][1:] for game in (negative, falling, convex)]
    assert outcomes == [
        ["refuted", "refuted", "refuted"],
        ["reproduced", "refuted", "reproduced"],
        ["reproduced", "reproduced", "refuted"],
    ]
