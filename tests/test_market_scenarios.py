"""The scenarios of the market paper: tables, thresholds, random games, real data, axioms, several tasks."""

import math

import numpy as np
import pytest

from potluck.data.splits import BySite, Even
from potluck.mechanisms import CoalitionalGame, ReplicationRobustDivision, monotone_closure
from potluck.models import MarketGame
from potluck.scenarios import MarketAxioms, MultiTaskMarket, ReplicationReal, ReplicationTable, ReplicationThreshold
from potluck.scenarios.markets.assumptions import monotonicity_failures, supermodularity_failures
from potluck.scenarios.markets.axioms import AXIOMS
from potluck.scenarios.markets.copying import (
    DIVISIONS,
    RULES,
    closed_form,
    gains_from_copies,
    market_with_copies,
    net_of_copies,
    nets_of_copies,
)
from potluck.scenarios.markets.random_games import FAMILIES
from potluck.scenarios.markets.small_gap import small_gap_law


def failed(result):
    return [check.name for check in result.checks if not check.as_expected]


# --- copies in known games ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("division", list(DIVISIONS))
def test_many_games_at_once_are_the_rules(n, division):
    gains = np.random.default_rng(n).uniform(-0.2, 1, size=(15, 1 << n))
    gains[:, 0] = 0
    for mask in range(1, 1 << n):
        for member in range(n):
            if mask >> member & 1:
                gains[:, mask] = np.maximum(gains[:, mask], gains[:, mask ^ 1 << member])
    for attacker in range(n):
        for copies in (0, 1, 3):
            at_once = nets_of_copies(division, gains, attacker, copies)
            one_by_one = [net_of_copies(RULES[division], game, attacker, copies) for game in gains]
            assert at_once == pytest.approx(one_by_one, abs=1e-9)


def test_gains_from_copies_are_over_entering_once():
    games = np.array([[0, 0.7, 0.7, 1], [0, 1, 0.9, 1]])
    gains = gains_from_copies("normalised", games, 0, 2)
    assert gains.shape == (2, 2)
    assert gains[1, 0] == pytest.approx(closed_form(1, 0.9, 1, 1) - closed_form(1, 0.9, 1, 0))


def test_copies_make_a_class_of_the_attacker_alone():
    market = market_with_copies(np.array([0, 0.2, 0.3, 0.9]), 1, 2)
    assert market.entries.tolist() == [1, 3]
    assert market.game.values.tolist() == [[0, 0.3, 0.3, 0.3], [0.2, 0.9, 0.9, 0.9]]


# --- the table ----------------------------------------------------------------------------------------------------------------

NOTED = {  # worked out apart from the program
    ("two like parties", "shapley"): [0, 0.040, 0.060, 0.072, 0.086],
    ("two like parties", "normalised"): [0, -0.142, -0.286, -0.432, -0.726],
    ("two like parties", "printed"): [0.18, 0.27, 0.45, 0.72, 1.53],
    ("two like parties", "similarity"): [0, -0.130, -0.210, -0.254, -0.288],
    ("a perfect seller", "normalised"): [0.055, 0.067, 0.073, 0.076, 0.081],
    ("two perfect sellers and a buyer", "normalised"): [0.167, 0.222, 0.250, 0.267, 0.286],
}


def test_attack_tables_to_three_decimals():
    result = ReplicationTable().run()
    assert failed(result) == []
    cases = result.tables["cases"].set_index(["case", "mechanism"])
    for case, expected in NOTED.items():
        assert cases.loc[[case], "net"].to_numpy() == pytest.approx(expected, abs=5.1e-4)
    assert cases["k"].unique().tolist() == [0, 1, 2, 3, 5]
    two = result.tables["replication-table"]
    known = cases.loc["two like parties"]
    assert two["net"].to_numpy() == pytest.approx(known["net"].to_numpy())
    assert list(dict.fromkeys(two["mechanism"])) == ["shapley", "normalised", "printed", "excess", "similarity"]


# --- random games and thresholds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("n", [2, 3, 4])
def test_random_games_are_gains(family, n):
    games = FAMILIES[family](50, n, np.random.default_rng(0))
    assert games.shape == (50, 1 << n)
    assert (games[:, 0] == 0).all()
    assert ((games >= 0) & (games <= 1 + 1e-12)).all()
    for game in games:
        assert monotone_closure(CoalitionalGame(game)).values == pytest.approx(game, abs=1e-12)
    assert len(np.unique(games, axis=0)) == 50
    assert games.tolist() == FAMILIES[family](50, n, np.random.default_rng(0)).tolist()


def test_uniform_triples_are_ordered_uniform_numbers():
    games = FAMILIES["uniform"](20_000, 2, np.random.default_rng(0))
    assert games[:, 3].mean() == pytest.approx(3 / 4, abs=0.01)
    assert games[:, 1].mean() == pytest.approx(3 / 8, abs=0.01)
    assert games[:, 1:3].min(axis=1).mean() == pytest.approx(1 / 4, abs=0.01)


def test_thresholds_separate_profit_from_loss():
    table = ReplicationThreshold(points=3, games=10, parties=(2,)).run().tables["thresholds"]
    for other, threshold in table.itertuples(index=False):
        below, above = (np.array([[0, 1 - own, 1 - other, 1]]) for own in (threshold - 1e-4, threshold + 1e-4))
        assert gains_from_copies("normalised", below, 0, 5).max() > 0
        assert gains_from_copies("normalised", above, 0, 5).max() < 0


def test_free_copies_pay_exactly_below_a_half():
    # as the own improvement vanishes, copies pay if and only if the other's gain exceeds its improvement
    for other in (0.1, 0.45, 0.55, 0.9):
        gains = gains_from_copies("normalised", np.array([[0, 1 - 1e-9, 1 - other, 1]]), 0, 3)
        assert (gains.max() > 0) == (other < 0.5)


def test_small_gap_law_is_of_second_order():
    rng = np.random.default_rng(5)
    for n in (3, 4):
        behind = rng.random(1 << n)
        behind[[0, -1]] = 0
        errors = []
        for gap in (1e-2, 1e-3):
            game = 1 - gap * behind
            game[0] = 0
            a = gap * behind[1 << np.arange(n)]
            errors.append(
                max(
                    abs(nets_of_copies("normalised", game[None], i, k)[0] - small_gap_law(n, a[i], np.delete(a, i).mean(), k))
                    for i in range(n)
                    for k in range(4)
                )
            )
        assert errors[1] == pytest.approx(errors[0] / 100, rel=0.2)


def test_threshold_run():
    result = ReplicationThreshold(games=4000).run(1)
    assert failed(result) == []
    table = result.tables["exploitable"].set_index(["family", "parties", "division"])
    assert table.loc[("uniform", 2, "normalised"), "parties_who_profit"] == pytest.approx(0.016, abs=0.006)
    assert (table.xs("similarity", level="division")["parties_who_profit"] == 0).all()
    assert (table.xs("normalised", level="division")["profit_above_others_mean"] == 0).all()
    assert (table.xs("excess", level="division").drop(4, level="parties")["parties_who_profit"] == 0).all()
    small = result.tables["small-gap"]
    near = small[(small["gap"] == 0.001) & (small["copies"] <= 3)]
    assert near["relative_error"].max() < 0.01


# --- real data ----------------------------------------------------------------------------------------------------------------


def test_failures_of_assumptions_by_definition():
    gains = np.array([0, 0.5, 0.4, 0.6, 0.3, 0.9, 0.2, 0.8])
    # of 12 pairs (S, i): parties 1 and 2 harm each other (0.4 and 0.3 -> 0.2), and 1 harms 0 with 2 (0.9 -> 0.8)
    assert monotonicity_failures(gains) == pytest.approx(3 / 12)
    assert supermodularity_failures(np.array([0, 0.2, 0.2, 0.5])) == 0
    assert supermodularity_failures(np.array([0, 0.5, 0.4, 0.6])) == 1
    assert monotonicity_failures(np.array([0, 0.2, 0.2, 0.5])) == 0


def test_real_data_run():
    result = ReplicationReal(datasets=("wine",), seeds=2, copies=1).run(1)
    assert failed(result) == []
    table = result.tables["replication-real"]
    assert set(table["classifier"]) == {"1-nn", "logistic", "tree"}
    assert len(table) == 2 * 3 * 2 * 2 * 5
    even = table[(table["split"] == "Even") & table["closed"] & (table["classifier"] == "1-nn")].set_index("division")
    assert (even.loc["normalised", "parties_who_profit"] > 0).all()
    assert (even.loc["similarity", "parties_who_profit"] == 0).all()
    assumptions = result.tables["assumptions"].set_index("classifier")
    assert (assumptions.loc["1-nn", "change_by_doubling"] < 1e-12).all()


def test_real_gains_are_those_of_the_strategic_game():
    scenario = ReplicationReal(datasets=("wine",), splits=(Even(),), classifiers=("tree",), seeds=1, copies=2)
    (case,) = scenario._cases()
    game = scenario._game(case, 7)
    rows = {row["division"]: row for row in scenario._gains(case, game) if not row["closed"]}
    for division, rule in RULES.items():
        deviations = game.with_mechanism(rule).deviations(np.full(game.n, game.task.honest))
        best = (deviations[:, [2, 3]] - deviations[:, [1]]).max(axis=1)
        assert rows[division]["largest_gain"] == pytest.approx(best.max(), abs=1e-12)
        assert rows[division]["parties_who_profit"] == (best > 1e-9).sum()


def test_clinics_are_added_on_request(monkeypatch, tmp_path):
    cases = list(ReplicationReal(preterm_clinics=True, seeds=1)._cases())
    assert [(case.dataset, case.split) for case in cases[-3:]] == [("preterm-clinics", BySite())] * 3
    monkeypatch.setenv("POTLUCK_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="potluck data get preterm-clinics"):
        ReplicationReal(datasets=("wine",), classifiers=("1-nn",), seeds=1, copies=1, preterm_clinics=True).run()


# --- axioms -------------------------------------------------------------------------------------------------------------------


def test_axioms_run():
    result = MarketAxioms(games=3).run(2)
    assert failed(result) == []
    table = result.tables["market-axioms"].set_index(["mechanism", "axiom"])
    assert len(table) == 9 * len(AXIOMS)
    assert table.loc[("ReplicationRobustDivision", "balance"), "holds"]
    printed = table.loc[("ReplicationRobustDivision(division='printed')", "balance")]
    assert not printed["holds"]
    assert "G = [" in printed["counterexample"]
    assert table.loc[("DeduplicatedDivision", "replication"), "holds"]
    assert not table.loc[("SimilarityWeighted", "balance"), "holds"]


@pytest.mark.parametrize(
    ("axiom", "gains", "slack"),
    [
        ("balance", [0, 0.7, 0.7, 1], None),
        ("zero-element buyer", [0, 1, 0.5, 1], 1 / 3),
        ("zero-element buyer as printed", [0, 1, 0.5, 1], -1 / 3),
        ("null data", [0, 0.6, 0, 0.6], -0.15),
        ("joining", [0, 1, 0.5, 1, 1, 1, 1, 1], -1 / 6),
        ("symmetry", [0, 0.7, 0.7, 1], 0),
        ("symmetry", [0, 0.7, 0.6, 1], math.nan),
    ],
)
def test_slacks_by_hand(axiom, gains, slack):
    (chosen,) = (each for each in AXIOMS if each.name == axiom)
    found = chosen.slack(ReplicationRobustDivision(), np.array(gains, dtype=float))
    assert found == pytest.approx(0 if slack is None else slack, abs=1e-9, nan_ok=True)


# --- several tasks ------------------------------------------------------------------------------------------------------------


def test_multi_task_run():
    result = MultiTaskMarket(dataset="wine", parties=3, copies=1, rounds=3).run(1)
    assert failed(result) == []
    accounts = result.tables["multi-task-market"]
    assert len(accounts) == 4 * 2 * 3
    assert accounts["payoff"].to_numpy() == pytest.approx(
        (accounts["fee"] - accounts["improvement"] + accounts["share"]).to_numpy()
    )
    assert accounts.groupby(["tasks", "trained_on"])["net"].sum().to_numpy() == pytest.approx(np.zeros(8), abs=1e-9)
    lies = result.tables["misreports"]
    assert (lies.loc[lies["report"] == "its training rows", "reported_alone"] - 1).abs().max() < 1e-12
    assert set(result.tables["divisions"]["tasks"]) == {"task_market", "aggregate", "task_shapley", "nonself"}


def test_multi_task_market_can_be_stepped_through():
    model = MultiTaskMarket(dataset="wine", parties=3, copies=1).opening(np.random.default_rng(0)).model()
    assert isinstance(model.game, MarketGame)
    model.step()
    assert model.round >= 1
