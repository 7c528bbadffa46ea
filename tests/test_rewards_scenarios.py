"""Strategic reports under rewards in models, repeated releases, and the scenarios about them."""

import math

import numpy as np
import pytest

from potluck.attacks.reporting_game import Report, ReportingGame, Rewarded, fabricate, garble, honest, repeat, withhold
from potluck.mechanisms import CoalitionalGame, FreeSharing, ShapleyRewards, shapley, shapley_rewards
from potluck.models.tasks import Holding
from potluck.scenarios import RewardsBounds, RewardsExample1, RewardsRepeated, RewardsStrategic
from potluck.scenarios.model_rewards.friedman_rows import LENGTHSCALES, NOISE, SIGNAL, friedman_task
from potluck.training.information_gain.gain import information_gain
from potluck.training.information_gain.kernels import squared_exponential

EVERYONE_HONEST = np.zeros(3, dtype=int)


@pytest.fixture(scope="module")
def task():
    return friedman_task(45, 0)


@pytest.fixture(scope="module")
def game(task):
    rng = np.random.default_rng(0)
    reports = [
        [honest(rows), withhold(rows, 0.4), repeat(rows, 3), garble(rows, rng), fabricate(rows, 1.0, 2.0, rng)]
        for rows in task.holdings()
    ]
    return ReportingGame(task, ShapleyRewards(), reports)


def passed(result):
    assert [check.name for check in result.checks if not check.as_expected] == []
    return True


# --- reports ------------------------------------------------------------------------------------------------------------------


def test_reports_hold_what_they_say(task):
    rng = np.random.default_rng(1)
    rows = task.holdings()[0]
    assert honest(rows).rows is rows
    less = withhold(rows, 0.4)
    assert len(less.rows) == 9
    assert less.measured.tolist() == rows.inputs[:9].tolist()
    assert len(withhold(rows, 0.999).rows) == 1
    often = repeat(rows, 3)
    assert len(often.rows) == 45
    assert (often.times, len(often.measured)) == (3, 15)
    shuffled = garble(rows, rng)
    assert shuffled.rows.inputs.tolist() == rows.inputs.tolist()
    assert sorted(shuffled.rows.targets) == sorted(rows.targets)
    assert shuffled.rows.targets.tolist() != rows.targets.tolist()
    assert len(shuffled.measured) == 0
    made_up = fabricate(rows, 2.0, 3.0, rng)
    assert len(made_up.rows) == 45
    assert made_up.rows.inputs[:15].tolist() == rows.inputs.tolist()
    middle, width = (rows.inputs.min(0) + rows.inputs.max(0)) / 2, np.ptp(rows.inputs, axis=0)
    assert (np.abs(made_up.rows.inputs[15:] - middle) <= 1.5 * width).all()
    assert set(made_up.rows.targets) == set(rows.targets)


def test_a_game_needs_a_list_of_reports_for_everybody(task):
    rows = task.holdings()[0]
    with pytest.raises(ValueError, match="3 parties need as many lists of reports"):
        ReportingGame(task, ShapleyRewards(), [[honest(rows)]])
    with pytest.raises(ValueError, match="alike in their names"):
        ReportingGame(task, ShapleyRewards(), [[honest(rows)], [honest(rows)], [repeat(rows)]])


def covariance(inputs):
    return squared_exponential(SIGNAL, LENGTHSCALES)(inputs, inputs)


def test_rewards_are_those_of_the_reported_rows_and_noise_gives_them(task):
    result = Rewarded.of(task, ShapleyRewards(rho=0.5))
    values = np.zeros(8)
    for mask in range(1, 8):
        inputs = np.concatenate([rows.inputs for party, rows in enumerate(task.holdings()) if mask >> party & 1])
        values[mask] = information_gain(covariance(inputs), NOISE)
    expected = shapley_rewards(CoalitionalGame(values), 0.5)
    assert result.settlement.rewards == pytest.approx(expected, rel=1e-9)
    for party, eta in enumerate(result.etas):
        if not 0 < eta < math.inf:
            continue
        inputs = np.concatenate([rows.inputs for rows in task.holdings()])
        noise = np.concatenate(
            [np.full(len(rows), NOISE + (0 if index == party else eta)) for index, rows in enumerate(task.holdings())]
        )
        assert information_gain(covariance(inputs), noise) == pytest.approx(expected[party], abs=1e-6)
    assert (result.etas == 0).any()


def test_honest_payoffs_are_the_rewards_or_own_data(game, task):
    rewards = game.rewarded(EVERYONE_HONEST).settlement.rewards
    assert game.payoffs(EVERYONE_HONEST) == pytest.approx(np.maximum(rewards, task.alone), abs=1e-6)
    assert game.deviations(EVERYONE_HONEST)[:, 0] == pytest.approx(game.payoffs(EVERYONE_HONEST))


def test_withheld_rows_stay_with_who_withholds_them(game, task):
    profile = np.array([0, 1, 0])
    result = game.rewarded(profile)
    assert len(result.task.holdings()[1]) == 9
    reported = result.task.realisation(1).gain(result.etas[1])
    assert game.payoffs(profile)[1] > reported
    assert game.payoffs(profile)[1] >= task.alone[1]


def test_repeated_rows_are_new_measurements_to_the_platform_only(game, task):
    profile = np.array([0, 2, 0])
    result = game.rewarded(profile)
    own = task.holdings()[1].inputs
    assert result.market.alone[1] == pytest.approx(information_gain(covariance(own), NOISE / 3), rel=1e-9)
    assert shapley(result.market.game)[1] > shapley(game.rewarded(EVERYONE_HONEST).market.game)[1]
    full = game.rewarded(EVERYONE_HONEST).market.game.grand
    assert (game.payoffs(profile) <= full + 1e-6).all()
    # three noisy copies of the same rows leave a third of the noise
    parts = [task.holdings()[0].inputs, own, task.holdings()[2].inputs]
    noise = np.repeat([NOISE, NOISE + 0.6 / 3, NOISE + 0.6], [len(part) for part in parts])
    assert game.known(profile, 0, 0.6) == pytest.approx(information_gain(covariance(np.concatenate(parts)), noise), abs=1e-9)


def test_shuffled_targets_change_nothing_for_who_shuffles_and_cost_the_others(game, task):
    profile = np.array([0, 3, 0])
    before, after = (shapley(game.rewarded(each).market.game) for each in (EVERYONE_HONEST, profile))
    assert after == pytest.approx(before, abs=1e-9)
    change = game.payoffs(profile) - game.payoffs(EVERYONE_HONEST)
    assert change[1] == pytest.approx(0, abs=1e-9)
    assert change[0] < 0
    assert change[2] <= 0
    # with the joint model, the others know what the true rows of the two tell
    inputs = np.concatenate([task.holdings()[party].inputs for party in (0, 2)])
    assert game.known(profile, 0, 0.0) == pytest.approx(information_gain(covariance(inputs), NOISE), abs=1e-9)


def test_infinite_noise_leaves_own_data(game, task):
    for party in range(3):
        assert game.known(EVERYONE_HONEST, party, math.inf) == pytest.approx(task.alone[party], rel=1e-9)


def test_another_rule_can_be_played(task):
    reports = [[honest(rows), withhold(rows, 0.5)] for rows in task.holdings()]
    shared = ReportingGame(task, FreeSharing(), reports)
    assert shared.payoffs(EVERYONE_HONEST) == pytest.approx(np.full(3, task.coalition_values()[-1]), abs=1e-9)
    # who gets the joint model anyway loses nothing by withholding
    assert shared.gains(EVERYONE_HONEST) == pytest.approx(np.zeros(3), abs=1e-9)


def test_names_of_reports_are_what_the_game_shows(game):
    assert list(game.action_names) == ["honest", "withhold 40%", "enter 3 times", "garble targets", "fabricate"]
    assert game.player_names == ["party 1", "party 2", "party 3"]
    assert isinstance(game.reports[0][0], Report)
    assert isinstance(game.reports[0][0].rows, Holding)


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
    assert (last["report"] != "honest").any()
    assert last["payoff"].sum() < rounds.loc[rounds["round"] == 0, "payoff"].sum()
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
