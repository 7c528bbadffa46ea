import math
import re

import numpy as np
import pandas as pd
import pytest

from potluck.scenarios import (
    SCENARIOS,
    GameScenario,
    PrivacyFig8,
    PrivacyLearning,
    PrivacyPrivateWeights,
    PrivacyRepeated,
    PrivacyTable4,
    PrivacyTable5,
    PrivacyTable7,
)
from potluck.scenarios.privacy.printed_tables import GRID, against_unprotected, canonical_table, table_7, tables
from potluck.scenarios.privacy.table_5 import unprotected_benefit_range

COLUMNS = {
    "privacy-fig8": "method weight best_response epsilon utility",
    "privacy-table4": "method reading threshold value p epsilon",
    "privacy-table5": "r1 r2 p1 epsilon_1 p2 epsilon_2 price_of_privacy",
    "privacy-table7": "reading tie p1 epsilon_1 p2 epsilon_2 utility_1 utility_2 price_of_privacy",
}
SMALL = {
    "privacy-fig8": PrivacyFig8(steps=50),
    "privacy-table4": PrivacyTable4(),
    "privacy-table5": PrivacyTable5(),
    "privacy-table7": PrivacyTable7(),
}


@pytest.fixture(scope="module")
def runs():
    return {name: scenario.run(1) for name, scenario in SMALL.items()}


@pytest.fixture
def measured(tmp_path):
    """A file as a measurement of two methods would leave it."""
    rows = [
        (method, player + 1, own, other, scale * float(table_7().entries[player, i, j]))
        for method, scale in (("Sup", 1.0), ("bDP", 2.0))
        for player in (0, 1)
        for i, own in enumerate(GRID)
        for j, other in enumerate(GRID)
    ]
    path = tmp_path / "measured.csv"
    pd.DataFrame(rows, columns=["method", "player", "p_own", "p_other", "improvement"]).to_csv(path, index=False)
    return str(path)


def failed(result):
    return [check.name for check in result.checks if not check.as_expected]


@pytest.mark.parametrize("name", SMALL)
def test_columns_and_checks(runs, name):
    assert SCENARIOS.find(name) is type(SMALL[name])
    assert list(runs[name].tables[name].columns) == COLUMNS[name].split()
    assert failed(runs[name]) == []
    assert list(runs[name].figures) == [name]


LEVEL = re.compile(
    r"p|p_?\d|(joined_)?p\d|p_(own|other|most)|level(_1|_others)?|start(_1|_others)?|best_response|break_even|(mean|largest|known_weights)_level"
    r"|together_up_to|alone_from|learned_from_(low|high)"
)
"""Columns of privacy levels; ends of intervals of levels have none of their own."""


def test_epsilon_stands_beside_every_privacy_level():
    tables = {
        (cls.name(), name): list(declared.columns)
        for cls in SCENARIOS
        if cls.name().startswith("privacy-")
        for name, declared in cls.declared_tables.items()
    }
    levels = {where: sum(map(bool, map(LEVEL.fullmatch, columns))) for where, columns in tables.items()}
    promised = {where: sum(column.startswith("epsilon") for column in columns) for where, columns in tables.items()}
    assert sum(levels.values()) > 50
    assert [where for where in tables if promised[where] < levels[where]] == []


def test_table_4_in_both_readings(runs):
    found = runs["privacy-table4"].tables["privacy-table4"].set_index(["method", "reading", "threshold"])["value"]
    names = ("participation", "alpha", "beta")
    raw = {"Sup": (0.990, 1.400, 1.827), "bDP": (1.150, 0.349, 2.251)}
    clamped = {"Sup": (0.990, 0.990, 0.990), "bDP": (1.150, 0.349, 1.150)}
    for reading, known in (("raw", raw), ("clamped", clamped)):
        for method, values in known.items():
            assert [found[method, reading, name] for name in names] == pytest.approx(values, abs=5e-4)


def test_table_5_has_all_169_cells(runs):
    table = runs["privacy-table5"].tables["privacy-table5"]
    assert len(table) == 169
    for row in table.to_dict("records"):
        bands = [0 if row[name] < 0.35 else 1 if row[name] < 0.95 else 2 for name in ("r1", "r2")]
        expected = (1, 1, 1.0) if 2 in bands else (bands[0] / 5, bands[1] / 5, (0, 0.066, 0.131)[sum(bands)])
        assert (row["p1"], row["p2"]) == expected[:2]
        assert row["price_of_privacy"] == pytest.approx(expected[2], abs=5e-4)
    plain = runs["privacy-table5"].tables["plain"]
    assert int((plain[["p1", "p2"]] != table[["p1", "p2"]]).any(axis=1).sum()) == 31
    assert runs["privacy-table5"].tables["starts"]["ending_alone"].tolist() == [38, 41, 61, 101]


def test_table_5_alone_does_not_fit_table_4():
    """Erratum 20, by linear programs that know nothing of the game's code."""
    least, most = unprotected_benefit_range()
    assert (least, most) == pytest.approx((0.828, 0.880), abs=5e-4)
    assert most < 0.990


def test_table_5_leaves_cycles_empty(tmp_path):
    """Player 1 wants to be where player 2 is, player 2 wants to be elsewhere."""
    same = [(1, own, other, float(own == other)) for own in (0, 0.9) for other in (0, 0.9)]
    apart = [(2, own, other, float(own != other)) for own in (0, 0.9) for other in (0, 0.9)]
    path = tmp_path / "pennies.csv"
    pd.DataFrame([*same, *apart], columns=["player", "p_own", "p_other", "improvement"]).to_csv(path, index=False)
    result = PrivacyTable5(table=str(path), highest=0.01, steps=1, entry_test=False, tail="zero").run()
    with pytest.raises(ValueError, match="take the tail zero"):
        PrivacyTable5(table=str(path), highest=0.01, steps=1).run()
    assert failed(result) == []
    cell = result.tables["privacy-table5"].set_index(["r1", "r2"]).loc[(0.01, 0.01)]
    assert cell.isna().all()
    assert "cycle" in result.checks[0].found


def test_table_5_without_the_entry_test():
    result = PrivacyTable5(entry_test=False, steps=6).run()
    assert result.tables["privacy-table5"].equals(result.tables["plain"])
    assert failed(result) == []


def test_table_7_equilibria(runs):
    table = runs["privacy-table7"].tables["equilibria"]
    prices = table.groupby("reading", sort=False)["price_exact"].agg(list).to_dict()
    assert prices == {
        "printed": ["1/16", "7/24", "1"],
        "swapped": ["1/16", "7/24", "1"],
        "corrected": ["1/4", "1"],
        "approximated": ["0", "1"],
    }
    alone = (table["p1"] == table["joined_p1"]) & (table["p2"] == table["joined_p2"])
    assert alone.tolist() == [False, False, True, False, False, True, True, True, True, True]


def test_figure_8_utilities_are_best(runs):
    table = runs["privacy-fig8"].tables["privacy-fig8"]
    slices = against_unprotected("canonical")
    levels = np.linspace(0, 1, 501)
    for row in table.to_dict("records"):
        grid, values = slices[row["method"]]
        raw = np.interp(levels, grid, values)
        slope = (values[-1] - values[-2]) / (grid[-1] - grid[-2])
        raw = np.where(levels > grid[-1], values[-1] + slope * (levels - grid[-1]), raw)
        utility = raw - row["weight"] * (1 - levels)
        assert row["utility"] == pytest.approx(utility.max(), abs=1e-9)
        assert utility[round(row["best_response"] * 500)] == pytest.approx(row["utility"], abs=1e-9)


def test_figure_8_clamped_and_ties():
    clamped = PrivacyFig8(reading="clamped").run()
    assert failed(clamped) == []
    assert (clamped.tables["privacy-fig8"]["utility"] >= 0).all()
    low, high = (PrivacyFig8(steps=25, tie=tie).run().tables["privacy-fig8"] for tie in ("low", "high"))
    at = low[(low["method"] == "Sup") & (low["weight"] == 1.4)].index[0]
    assert low.loc[at, "best_response"] == 0
    assert high.loc[at, "best_response"] == 0.2


@pytest.mark.parametrize("cls", [PrivacyTable4, PrivacyFig8, PrivacyTable5])
def test_measured_tables_are_taken(cls, measured):
    result = cls(table=measured).run()
    assert failed(result) == []
    main = result.tables[cls.name()]
    if "method" in main:
        assert main["method"].unique().tolist() == ["Sup", "bDP"]


def test_measured_tables_are_what_was_measured(measured):
    found = tables(measured)
    assert found["Sup"].entries == pytest.approx(table_7().entries)
    grid, values = against_unprotected(measured)["bDP"]
    assert grid.tolist() == list(GRID)
    assert values == pytest.approx(2 * table_7().entries[1, :, 0])
    with pytest.raises(ValueError, match="the table holds Sup, bDP"):
        PrivacyTable5(table=measured, method="noise").run()
    second = PrivacyTable5(table=measured, method="bDP", steps=2).run().tables["privacy-table5"]
    assert not second.equals(PrivacyTable5(table=measured, steps=2).run().tables["privacy-table5"])


@pytest.mark.parametrize("cls", [PrivacyTable4, PrivacyFig8, PrivacyTable5])
def test_a_table_that_is_not_on_a_grid_is_one_line(cls, measured, tmp_path):
    frame = pd.read_csv(measured)
    path = tmp_path / "broken.csv"
    frame.drop(index=7).to_csv(path, index=False)
    with pytest.raises(ValueError, match="not on a grid") as error:
        cls(table=str(path)).run()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("cls", "parameters", "message"),
    [
        (PrivacyLearning, {"starts": (1.2,)}, "starts.0 = 1.2"),
        (PrivacyLearning, {"players": 1}, "players = 1"),
        (PrivacyLearning, {"weight": -1}, "weight = -1"),
        (PrivacyRepeated, {"weight": 0.3}, "up to 0.25 only"),
        (PrivacyPrivateWeights, {"highest": (0,)}, "highest.0"),
        (PrivacyFig8, {"highest": 0}, "highest = 0"),
    ],
)
def test_bad_parameters(cls, parameters, message):
    with pytest.raises(ValueError, match=message):
        cls(**parameters)


@pytest.fixture(scope="module")
def learned():
    return PrivacyLearning(starts=(0.0, 0.7, 0.75), rounds=30).run(0)


def test_learning_ends_by_the_side_of_the_boundary(learned):
    assert failed(learned) == []
    table = learned.tables["privacy-learning"]
    best = table[table["strategy"] == "BestResponse"].set_index(["revision", "start_1", "start_others"])["ending"]
    for start, ending in ((0.0, "equilibrium"), (0.7, "equilibrium"), (0.75, "no collaboration")):
        assert best["Alternating", start, start] == best["Simultaneous", start, start] == ending
    assert best["Simultaneous", 0.0, 0.75] == best["Simultaneous", 0.75, 0.7] == "cycle"
    assert best["Alternating", 0.0, 0.75] == "no collaboration"  # player 1 answers first
    assert best["Alternating", 0.75, 0.0] == "equilibrium"


def test_learning_tables_fit_together(learned):
    table, by_rule, rounds = (learned.tables[name] for name in ("privacy-learning", "strategies", "rounds"))
    assert (by_rule["starts"] == 9).all()
    shares = by_rule[["equilibrium", "no_collaboration", "cycle", "unsettled"]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(np.ones(len(by_rule)))
    assert ((table["ending"] == "no collaboration") <= (table["alone"] == 1)).all()
    assert (table.loc[table["ending"].isin(["equilibrium", "no collaboration"]), "exploitability"] <= 1e-9).all()
    assert table["price_of_privacy"].between(0, 1).all()
    first = rounds[rounds["round"] == 0]
    assert (first.loc[first["player"] == "player 1", "level"] == first.loc[first["player"] == "player 1", "start_1"]).all()
    sharing = rounds[(rounds["round"] == 0) & (rounds["start_1"] == 0) & (rounds["start_others"] == 0)]
    assert sharing["payoff"].to_numpy() == pytest.approx([0.3, 0.3])


def test_learning_can_be_stepped_through():
    scenario = PrivacyLearning(starts=(0.7,))
    assert isinstance(scenario, GameScenario)
    model = scenario.opening(np.random.default_rng(0)).model()
    assert [player.action_name for player in model.players] == ["p = 0.7 (ε 1.4)", "p = 0.7 (ε 1.4)"]
    model.run_model()
    assert model.round == scenario.rounds
    assert model.exploitability == 0


def test_three_players_and_other_losses():
    three = PrivacyLearning(players=3, weight=0.1, starts=(0.0, 0.9), rounds=12, beside=())
    assert failed(three.run(0)) == []
    mean = PrivacyLearning(players=3, others="mean", starts=(0.0,), rounds=12, beside=())
    assert failed(mean.run(0)) == []
    convex = PrivacyLearning(privacy_loss="PowerLoss(2)", starts=(0.0,), rounds=8, beside=())
    assert failed(convex.run(0)) == []
    hopeless = PrivacyLearning(weight=0.3, starts=(0.0,), rounds=12, beside=()).run(0).tables["privacy-learning"]
    assert hopeless.loc[hopeless["strategy"] == "BestResponse", "ending"].tolist() == ["no collaboration"]


def test_learning_on_measured_tables(measured):
    for table, method in (("canonical", None), (measured, "bDP")):
        result = PrivacyLearning(table=table, method=method, weight=0.5, starts=(0.0,), rounds=9, beside=()).run(0)
        assert failed(result) == []
        best = result.tables["privacy-learning"].iloc[0]
        assert best["strategy"] == "BestResponse"
        if table == "canonical":
            assert (best["level_1"], best["level_others"]) == pytest.approx((0.2, 0.2))
            assert best["price_of_privacy"] == pytest.approx(0.131, abs=5e-4)


def test_clamping_does_not_matter_for_the_printed_cells():
    for clamp in ("none", "before", "after"):
        assert failed(PrivacyTable5(steps=6, clamp=clamp).run()) == []
        assert canonical_table(clamp).at([[0.2, 0.2]])[0] == pytest.approx([0.86014, 0.86014])


def test_repeated():
    result = PrivacyRepeated().run()
    assert failed(result) == []
    table = result.tables["privacy-repeated"].set_index(["game", "player", "punishment"])["discount"]
    assert table["closed form", 1, "Nash reversion"] == pytest.approx(0.15318946, abs=5e-9)
    assert table["closed form", 1, "no collaboration"] == pytest.approx(0.0625, abs=1e-9)
    assert table["Table 7, corrected", 1, "Nash reversion"] == pytest.approx(2 / 9)
    assert table["Table 7, corrected", 1, "no collaboration"] == pytest.approx(2 / 23)
    assert table["Table 7, corrected", 2, "Nash reversion"] == table["Table 7, corrected", 2, "no collaboration"] == 0
    other = PrivacyRepeated(gain=0.8, weight=0.3).run()
    assert failed(other) == []


def test_private_weights():
    result = PrivacyPrivateWeights(highest=(0.2, 0.3, 0.6), population=20_000, pairs=400).run(2)
    assert failed(result) == []
    table = result.tables["privacy-private-weights"].set_index("highest")
    assert table.loc[0.3, "mean_level"] == pytest.approx(0.18377223, abs=5e-9)
    assert table.loc[0.3, "learned_from_high"] == pytest.approx(table.loc[0.3, "learned_from_low"], abs=1e-9)
    assert table.loc[0.6, "price_of_privacy"] == 1
    assert table.loc[0.2, "known_weights_apart"] == 0
    # of weights that are known, a pair has an equilibrium below 1 unless they are too large together
    rng = np.random.default_rng(5)
    mine, theirs = rng.uniform(0, 0.3, (2, 4000))
    levels = np.zeros((2, 4000))
    for _ in range(2000):
        levels[0] = np.minimum(1, mine / np.maximum(1 - levels[1], 1e-300))
        levels[1] = np.minimum(1, theirs / np.maximum(1 - levels[0], 1e-300))
    # p = r1 / (1 - q), q = r2 / (1 - p) has a solution exactly if √r1 + √r2 ≤ 1
    solvable = np.sqrt(mine) + np.sqrt(theirs) <= 1
    assert ((levels < 1).all(axis=0) == solvable).mean() > 0.999
    apart = table.loc[0.3, "known_weights_apart"]
    assert apart == pytest.approx(1 - solvable.mean(), abs=4 * math.sqrt(0.06 / 400))
