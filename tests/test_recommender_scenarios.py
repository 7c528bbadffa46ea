"""Scenarios that measure a recommender: what their tables say, and what they refuse."""

import numpy as np
import pytest

from potluck.__main__ import main
from potluck.data.downloads import is_present
from potluck.models.games.privacy import TableBenefit
from potluck.scenarios import PrivacyControl, PrivacyFig5, PrivacyFig6, PrivacyFig7, PrivacyFig9
from potluck.scenarios.privacy.figure_6 import break_even

SMALL = {"dataset": "synthetic(users=800, items=300, density=0.1, taste=1)", "passes": 40, "splits": 1, "cached": False}


def failed(result):
    return [check.name for check in result.checks if not check.as_expected]


def test_figure_5_is_consistent_with_its_errors():
    sparse = "synthetic(users=600, items=400, density=0.05, taste=3)"
    result = PrivacyFig5(ratios=(0.25, 1), sparser=sparse, **SMALL).run(1)
    whole = result.tables["privacy-fig5"]
    assert whole["dataset"].value_counts().to_dict() == {SMALL["dataset"]: 4, sparse: 4}
    assert np.isinf(whole["epsilon"]).all()
    table = whole[whole["dataset"] == SMALL["dataset"]]
    assert list(table.columns[:8]) == ["dataset", "ratio", "player", "theta", "phi", "origin", "gain", "improvement"]
    theta, phi, origin, gain = (table[column].to_numpy() for column in ("theta", "phi", "origin", "gain"))
    assert gain == pytest.approx(theta - phi)
    assert table["improvement"].to_numpy() == pytest.approx(gain / (origin - theta))
    assert set(result.tables["initialisations"]["initialisation"]) == {"Normal(scale=0.001)"}
    small, large = (table[(table["ratio"] == 0.25) & (table["player"] == player)]["gain"].item() for player in (1, 2))
    assert small > large


def test_figures_6_and_7_agree_where_they_measure_the_same():
    six = PrivacyFig6(ratios=(1.0,), levels=(0, 0.4, 1), **SMALL).run(2).tables["privacy-fig6"]
    seven = PrivacyFig7(levels=(0, 0.4, 1), beside=(), **SMALL).run(2).tables["privacy-fig7"]
    same = seven[(seven["player"] == 1) & (seven["p_other"] == 0)].sort_values(["method", "p_own"])
    assert six["improvement"].tolist() == same["improvement"].tolist()


def test_the_game_reads_what_figure_7_writes(tmp_path):
    table = PrivacyFig7(levels=(0, 0.4), beside=(), **SMALL).run(0).tables["privacy-fig7"]
    table.to_csv(tmp_path / "privacy-fig7.csv", index=False)
    read = TableBenefit.read(tmp_path / "privacy-fig7.csv", clamp="none")
    assert list(read) == ["Suppression", "BoundedDP"]
    row = table[(table["method"] == "BoundedDP") & (table["player"] == 2) & (table["p_own"] == 0.4) & (table["p_other"] == 0)]
    assert read["BoundedDP"].at([[0, 0.4]])[0, 1] == pytest.approx(row["improvement"].item())


def test_the_break_even_level_is_where_the_gain_is_gone():
    levels = np.array([0, 0.2, 0.4, 1])
    assert break_even(levels, 0.3 - levels) == pytest.approx(0.3)
    assert break_even(levels, 0.7 - levels) == pytest.approx(0.7)
    assert break_even(levels, -1 - levels) == 0
    assert break_even(levels, 2 - levels) == 1


def test_the_printed_error_of_self_division_is_false():
    result = PrivacyFig9(shares=(1.0,), levels=(0, 0.4), **SMALL).run(0)
    (check,) = [check for check in result.checks if check.name == "error of self-division in Table 7"]
    assert check.as_expected
    assert check.found == "player 1: 0.082, player 2: 0.103"
    assert "0.031 and 0.015" in check.note
    assert "0.00097 and 0.00023" in check.note


def test_twice_the_passes_of_the_control_are_those_of_longer_training():
    short = PrivacyControl(initialisations=("Normal(0.1)",), **SMALL).run(0).tables["privacy-control"]
    long = PrivacyControl(initialisations=("Normal(0.1)",), **SMALL | {"passes": 80}).run(0).tables["privacy-control"]
    assert short["theta_twice"].tolist() == long["theta"].tolist()
    recovered = ((short["theta"] - short["theta_twice"]) / (short["theta"] - short["phi"])).to_numpy()
    assert short["recovered"].to_numpy() == pytest.approx(recovered)


def test_measurements_on_disk_do_not_change_a_table(tmp_path, monkeypatch):
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(tmp_path))
    parameters = {"ratios": (1.0,), "levels": (0, 0.5)}
    fresh = PrivacyFig6(**parameters, **SMALL).run(0).tables["privacy-fig6"]
    assert not list(tmp_path.iterdir())
    for _ in range(2):
        kept = PrivacyFig6(**parameters, **SMALL | {"cached": True}).run(0).tables["privacy-fig6"]
        assert kept.to_csv() == fresh.to_csv()
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("dataset=nowhere.csv", "nowhere.csv"),
        ("levels=0,1.5", "less than or equal to 1"),
        ("levels=0.2,0.4", "must start with 0"),
        ("passes=0", "greater than or equal to 1"),
        ("methods=Secrecy", "unknown privacy method"),
        ("initialisation=Uniform(1,0)", "low = 1"),
    ],
)
def test_wrong_parameters_are_refused_in_one_line(capsys, setting, message):
    with pytest.raises(SystemExit) as end:
        main(["run", "privacy-fig7", "--set", setting])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert message in " ".join(said.split())


def test_the_control_takes_a_list_of_initialisations():
    with pytest.raises(ValueError, match="give the list of initialisations"):
        PrivacyControl(initialisation="Normal(0.2)")


@pytest.mark.network
@pytest.mark.parametrize(
    "scenario",
    [
        PrivacyFig5(dataset="movielens-100k", sparser=None, cached=False),
        PrivacyFig6(dataset="movielens-100k", cached=False),
        PrivacyFig7(dataset="movielens-100k", levels=(0, 0.2, 0.4, 0.6), cached=False),
        PrivacyFig9(dataset="movielens-100k", levels=(0, 0.2, 0.4), cached=False),
        PrivacyControl(dataset="movielens-100k", cached=False),
    ],
    ids=lambda scenario: scenario.name(),
)
def test_the_claims_on_movielens_100k(scenario):
    if not is_present("movielens-100k"):
        pytest.skip("run `potluck data get movielens-100k` first")
    assert failed(scenario.run(0)) == []
