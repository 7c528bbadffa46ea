import numpy as np
import pytest

from potluck.mechanisms import MECHANISMS
from potluck.scenarios import SCENARIOS, HidingDynamics, MepAudit, MepCritical, MepFig1, MepFig2, MepFig3
from potluck.scenarios.multi_party.mep_audit import SETTINGS, counterexamples
from potluck.scenarios.multi_party.mep_fig1 import KNOWN
from potluck.scenarios.multi_party.mep_fig2 import expected

NAMES = ["hiding-dynamics", "mep-audit", "mep-critical", "mep-fig1", "mep-fig2", "mep-fig3"]


def failed(result):
    return [check.name for check in result.checks if not check.as_expected]


def test_names():
    assert set(NAMES) <= set(SCENARIOS.names())


@pytest.mark.parametrize("diagonal", ["absolute", "as-given"])
def test_fig1_within_standard_errors(diagonal):
    result = MepFig1(agents=(2, 6, 12, 20), markets=2000, diagonal=diagonal).run(1)
    assert failed(result) == []
    table = result.tables["mep-fig1"]
    assert list(table.columns[:5]) == ["n", "absent_rule", "welfare", "revenue", "quality"]
    for n, (welfare, every, participants) in KNOWN[diagonal].items():
        rows = table[table["n"] == n].set_index("absent_rule")
        for rule, revenue in (("all", every), ("participants", participants)):
            assert abs(rows.loc[rule, "revenue"] - revenue) < 4 * rows.loc[rule, "revenue_se"] + 1e-3
            assert abs(rows.loc[rule, "welfare"] - welfare) < 4 * rows.loc[rule, "welfare_se"] + 1e-3
    quality = table.drop_duplicates("n").set_index("n")["quality"]
    assert quality.to_dict() == pytest.approx({2: 0.448, 6: 0.884, 12: 0.992, 20: 1.0}, abs=0.01)


def test_fig1_standard_error_of_fifty_samples():
    table = MepFig1(agents=(12,), markets=8000).run(2).tables["mep-fig1"].set_index("absent_rule")
    of_fifty = table["revenue_se"] * np.sqrt(8000 / 50)
    assert of_fifty["all"] == pytest.approx(0.131, abs=0.01)
    assert of_fifty["participants"] == pytest.approx(0.427, abs=0.03)


def test_fig1_deficits_and_revenue_above_welfare():
    raw = MepFig1(agents=(3, 20), markets=4000, diagonal="as-given").run(3).tables["surplus"].set_index(["n", "absent_rule"])
    assert raw.loc[(20, "all"), "in_deficit"] == pytest.approx(0.28, abs=0.04)
    assert 0.3 < raw.loc[(20, "participants"), "above_welfare"] < 0.7
    own = MepFig1(agents=(3,), markets=8000).run(3).tables["surplus"].set_index("absent_rule")
    assert own.loc["all", "in_deficit"] == pytest.approx(0.0096, abs=0.004)
    assert own.loc["participants", "in_deficit"] == 0


def test_fig2_against_exact_means():
    result = MepFig2().run(0)
    assert failed(result) == []
    table = result.tables["mep-fig2"]
    for row in table.to_dict("records"):
        for name, mean in expected(1, row["t2"]).items():
            assert abs(row[name] - mean) < 4.5 * row[f"{name}_se"] + 1e-9
    assert expected(1, 0)["welfare"] == pytest.approx(0.501, abs=1e-3)
    assert expected(1, 1.25)["revenue"] == pytest.approx(0.352, abs=3e-3)
    assert expected(1, 2)["utility_1"] == pytest.approx(np.tanh(0.5) / 2)


def test_fig2_needs_own_effects_by_size():
    table = MepFig2(diagonal="as-given").run(0).tables["mep-fig2"]
    assert np.ptp(table["utility_2"]) < 0.02
    assert failed(MepFig2(diagonal="as-given", t2=(0, 2)).run(0)) == []


def test_fig3_table_and_claims():
    result = MepFig3(alphas=(-1, -0.9, -0.7, -0.68, -0.668)).run()
    assert failed(result) == []
    table = result.tables["mep-fig3"]
    assert table.columns.tolist() == ["alpha", "convention", "max_disparity"]
    found = table.set_index(["convention", "alpha"])["max_disparity"]
    assert found["A"].tolist() == [1, 1, 38, 215, 2974]
    assert found["B"].tolist() == [6, 15, 1223, 7661, 111523]
    assert "α = -1: a desirable mechanism" in [check.name for check in result.checks]


def test_fig3_leaves_boundaries_empty_that_are_not_there():
    result = MepFig3(alphas=(-0.5,), conventions=("A",), limit=1000).run()
    assert result.tables["mep-fig3"]["max_disparity"].isna().all()
    assert failed(result) == []


def test_fig3_default_rates():
    alphas = MepFig3().alphas
    assert (alphas[0], alphas[-1], len(alphas)) == (-1, -0.668, 167)


def test_critical():
    result = MepCritical(players=(2, 3), distances=(0.01, 0.006)).run()
    assert failed(result) == []
    table = result.tables["mep-critical"].set_index("players")
    assert table.loc[2, "critical_alpha"] == pytest.approx(-0.6609110323194, abs=1e-10)
    assert table.loc[2, "tangency_ratio"] == pytest.approx(0.5329210149, abs=1e-9)
    assert (table["critical_alpha"] > table["small_hides_alpha"]).all()


def test_critical_refuses_a_limit_below_all_boundaries():
    with pytest.raises(ValueError, match="limit"):
        MepCritical(distances=(0.001,), limit=1000).run()


def test_audit_of_every_rule_on_every_setting():
    result = MepAudit(portions=2).run()
    assert failed(result) == []
    table = result.tables["mep-audit"]
    assert len(SETTINGS) >= 3
    assert len(table) == len(SETTINGS) * len(MECHANISMS.names())
    broken = table[~table[["incentive_compatible", "individually_rational", "efficient", "weakly_budget_balanced"]].all(axis=1)]
    assert (broken["slack"] < -1e-9).all()
    assert broken["counterexample"].str.contains("broken at types").all()
    assert (table.drop(broken.index)["counterexample"] == "").all()


@pytest.mark.parametrize("check", counterexamples(), ids=lambda check: check.name)
def test_counterexamples_are_shown(check):
    assert check.as_expected


def test_hiding_dynamics():
    result = HidingDynamics().run()
    assert failed(result) == []
    rules = result.tables["rules"].set_index("mechanism")
    assert rules.loc["FreeSharing", "who_hides"] == "1"
    assert rules.loc["FreeSharing", "worth_lost"] > 0.2
    assert rules.loc["MaximalExploitation", "who_hides"] == "1 2"
    assert rules.loc["DesirableMechanism", ["mean_share", "worth_lost"]].tolist() == pytest.approx([1, 0])
    assert rules.loc["DesirableMechanism", "revenue"] > 0


@pytest.mark.parametrize(
    "valuation", ["LinearExternalities(-0.6)", "Spillovers(0.5)", "QuasiMonotone('log')", "MarketGrowth(0.3)"]
)
def test_hiding_dynamics_with_other_valuations(valuation):
    result = HidingDynamics(valuation=valuation, sizes=(2, 1, 1), portions=3, curve="sigmoid", rounds=9).run()
    assert failed(result) == []
    assert set(result.tables["rules"]["mechanism"]) == {cls().short() for cls in MECHANISMS}


def test_hiding_dynamics_can_be_opened():
    model = HidingDynamics(portions=3).opening(np.random.default_rng(0))
    assert model.game.n == 2
