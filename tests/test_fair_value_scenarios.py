import math

import numpy as np
import pandas as pd
import pytest

from potluck.models import SharingUtility, fair_terms
from potluck.scenarios import (
    SCENARIOS,
    FairValueExample1,
    FairValueFig5a,
    FairValueFig5b,
    FairValueFig6,
    FairValueFig7,
    FairValueTheorem3,
)

SMALL = {
    "fair-value-example-1": FairValueExample1(),
    "fair-value-fig5a": FairValueFig5a(),
    "fair-value-fig5b": FairValueFig5b(stars=("direct_high", "fed_low", "direct_low", "fed_high")),
    "fair-value-fig6": FairValueFig6(costs=(0.0, 0.2, 0.4, 0.6, 0.7)),
    "fair-value-fig7": FairValueFig7(costs=(0.1, 0.3, 0.35, 0.5, 0.7)),
    "fair-value-theorem3": FairValueTheorem3(players=(2, 5)),
}
COLUMNS = {
    "fair-value-example-1": "epsilon theorem quantity level_1 level_2 value",
    "fair-value-fig5a": "s2 t2 star user_type level n payment difference",
    "fair-value-fig5b": "s2 t2 star user_type level n payment difference",
    "fair-value-fig6": "c alpha p users platform total",
    "fair-value-fig7": "c1 c2 alpha payment_1 payment_2 platform platform_share selection",
    "fair-value-theorem3": "players epsilon_low c_th gamma_max",
}


@pytest.fixture(scope="module")
def runs():
    return {name: scenario.run(seed=3) for name, scenario in SMALL.items()}


def table_of(runs, name):
    return runs[name].tables[name]


@pytest.mark.parametrize("name", SMALL)
def test_name_columns_and_checks(runs, name):
    assert type(SMALL[name]).name() == name
    assert SCENARIOS.find(name) is type(SMALL[name])
    columns = COLUMNS[name].split()
    assert list(table_of(runs, name).columns)[: len(columns)] == columns
    assert [check.name for check in runs[name].checks if not check.as_expected] == []
    assert list(runs[name].figures) == [name]


def test_default_grids_are_as_asked():
    assert len(FairValueFig6().costs) >= 81
    assert max(FairValueFig6().costs) > 2 / 3
    assert FairValueTheorem3().players == (2, 5, 10, 50, 1000)


@pytest.mark.parametrize("name", ["fair-value-example-1", "fair-value-fig6", "fair-value-fig7", "fair-value-fig5b"])
def test_a_run_repeats(runs, name):
    again = SMALL[name].run(seed=3)
    for table, frame in runs[name].tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[table])


def test_example_1_matrices(runs):
    table = table_of(runs, "fair-value-example-1")
    found = table[table["epsilon"] == math.inf].set_index(["theorem", "quantity", "level_1", "level_2"])["value"].sort_index()
    matrices = {
        (1, "utility"): [0, 2 / 3, 2 / 3, 1],
        (1, "platform"): [0, 1 / 3, 1 / 3, 5 / 9],
        (1, "user_1"): [0, 0, 1 / 3, 2 / 9],
        (1, "user_2"): [0, 1 / 3, 0, 2 / 9],
        (2, "user_1"): [0, 0, 2 / 3, 1 / 2],
        (2, "user_2"): [0, 2 / 3, 0, 1 / 2],
    }
    for (theorem, quantity), values in matrices.items():
        assert found.loc[theorem, quantity].tolist() == pytest.approx(values, abs=1e-12)
    both = table[(table["level_1"] == 1) & (table["level_2"] == 1) & (table["theorem"] == 1)]
    kept = both[both["quantity"] == "platform"]["value"].tolist()
    assert kept == pytest.approx([0.108025, 0.264550, 0.465969, 5 / 9], abs=5e-7)
    users = both[both["quantity"] == "user_1"]["value"].tolist()
    assert users == pytest.approx([0.070988, 0.153439, 0.213444, 2 / 9], abs=5e-7)


def test_figure_5a_differences_follow_from_payments(runs):
    table = table_of(runs, "fair-value-fig5a")
    assert len(table) == 15
    for _, rows in table.groupby(["s2", "t2"]):
        average = (rows["payment"] - rows["difference"]).to_numpy()
        assert average == pytest.approx(np.full(5, average[0]))
        assert rows["payment"] @ [3, 2, 2, 2, 1] == pytest.approx(10 * average[0])


def test_figure_5b_stars(runs):
    stars = runs["fair-value-fig5b"].tables["stars"].set_index(["star", "s2"])
    assert stars.loc[("direct_high", 100), "payment"] == pytest.approx(953.67, abs=5e-3)
    assert stars.loc[("direct_high", 100), "utility"] == pytest.approx(1021.18, abs=5e-3)
    assert stars.loc[("direct_high", 0.1), "difference"] == pytest.approx(80.8, abs=0.05)
    assert stars.loc[("fed_low", 0.1), "difference"] == pytest.approx(-27.9, abs=0.05)
    assert stars.loc[("direct_low", 0.1), "difference"] == pytest.approx(-18.5, abs=0.05)
    table = table_of(runs, "fair-value-fig5b")
    others = table[(table["star"] == "fed_low") & (table["s2"] == 0.1)]["difference"].to_numpy()[1:5]
    assert others == pytest.approx([-30.6, 29.6, -20.4, 64.9], abs=0.05)
    charged = table[(table["star"] == "fed_low") & (table["s2"] == 100)]["payment"].min()
    assert charged == pytest.approx(-31.2, abs=0.05)


def test_figure_5_with_other_users_makes_no_claims_about_the_paper():
    result = FairValueFig5a(n_low=50, users=(1, 1, 1, 1, 0)).run()
    assert [check.name for check in result.checks] == ["payments sum to the utility (relative error)"]
    assert result.passed
    assert FairValueFig5b(users=(1, 1, 1, 1, 3), importance=5).run().passed


def test_figure_7_diagonal_and_blank(runs):
    table = table_of(runs, "fair-value-fig7").set_index(["c1", "c2"])
    assert table.loc[(0.5, 0.5), "platform"] == pytest.approx(1 / 6)
    assert math.isnan(table.loc[(0.7, 0.7), "platform_share"])
    assert table.loc[(0.5, 0.35), "payment_2"] == pytest.approx(0.35)
    assert table.loc[(0.5, 0.35), "payment_1"] == 0


def test_figure_7_takes_other_selections():
    table = FairValueFig7(costs=(0.267, 0.3), selections=("pure", "best", "worst")).run().tables["fair-value-fig7"]
    assert table["selection"].unique().tolist() == ["pure", "best", "worst"]
    values = table[(table["c1"] == 0.267) & (table["c2"] == 0.3)]["platform"].tolist()
    assert values == pytest.approx([0.4, 0.40840, 0.4], abs=1e-5)


def test_figure_6_regimes(runs):
    table = table_of(runs, "fair-value-fig6").set_index("c")
    assert table.loc[0.2].tolist() == pytest.approx([0.4, 0, 0.4, 0.6, 1])
    assert table.loc[0.6, "total"] == pytest.approx((4 - 9 * 0.36) / 3)
    assert table.loc[0.7].tolist() == [0, 1, 0, 0, 0]


def test_theorem_3_middle_regime_is_empty_where_private_users_contribute(runs):
    table = table_of(runs, "fair-value-theorem3")
    low = table[table["epsilon_low"] == 1]
    assert (low["nothing_from"] / low["all_open_up_to"] - 1).abs().max() < 1e-6
    assert (low["nothing_from"] < low["gamma_max"]).all()
    none = table[table["epsilon_low"] == 0]
    assert (none["all_open_up_to"] < none["nothing_from"]).all()


@pytest.mark.parametrize(
    ("cls", "parameters", "message"),
    [
        (FairValueExample1, {"epsilons": (0,)}, "epsilons.0"),
        (FairValueFig5a, {"s2": (1, 2)}, "equal length"),
        (FairValueFig5a, {"users": (0, 0, 0, 0, 1)}, "nobody shares"),
        (FairValueFig5b, {"users": (0, 1, 1, 1, 1)}, "has no fed_low"),
        (FairValueFig5b, {"stars": ("nobody",)}, "stars.0"),
        (FairValueFig6, {"costs": ()}, "costs"),
        (FairValueFig7, {"selections": ("symmetric",)}, "equal costs"),
        (FairValueTheorem3, {"players": (1,)}, "players.0"),
    ],
)
def test_bad_parameters(cls, parameters, message):
    with pytest.raises(ValueError, match=message):
        cls(**parameters)


def test_figure_6_scales_to_many_users():
    """The closed form for N users: with p in (0, 1) the last user's expected addition is the cost."""
    worth = np.array([(102 / 100) * k / (k + 2) for k in range(101)])
    utility = SharingUtility.by_count(worth)
    terms = fair_terms(utility, 0.01)
    added = np.random.default_rng(0).binomial(99, 1 - terms.p, 400_000)
    assert (worth[added + 1] - worth[added]).mean() == pytest.approx(0.01, rel=0.01)
