"""Measured tables in the games, of any number of players; guesses played to their end; attacks on shared factors."""

import itertools

import numpy as np
import pandas as pd
import pytest

from potluck.attacks import FabricateInputs, GarbleLabels, Sybil
from potluck.data.ratings_files import load_ratings
from potluck.models import MatrixFactorization
from potluck.models.games.privacy import (
    GridBenefit,
    PrivateWeights,
    SmoothBenefit,
    TableBenefit,
    TabulatedLoss,
    private_levels,
    read_benefits,
)
from potluck.scenarios import (
    PrivacyAttack,
    PrivacyEquilibria,
    PrivacyFig2,
    PrivacyFig8,
    PrivacyLearning,
    PrivacyPrivateWeights,
    PrivacyRepeated,
    PrivacyTable3,
    PrivacyTable4,
    PrivacyTheorems,
    PrivacyTuning,
)
from potluck.scenarios.privacy.tuning import held_out
from potluck.store import Store
from potluck.training.recommender import (
    BoundedDP,
    Cell,
    Collaboration,
    PrivacyGrid,
    Suppression,
    Training,
    at_full_size,
    attack_factors,
    learned_by_size,
    measure,
)

DATA = "synthetic(users=800, items=300, density=0.1, taste=1)"


@pytest.fixture(scope="module")
def parties():
    ratings = load_ratings("synthetic(users=60, items=30, density=0.4, taste=1)", np.random.default_rng(0))
    return Collaboration.divided(ratings, (1, 1), Training(passes=40, rate=0.02), np.random.default_rng(1))


def unexpected(result):
    return [check.name for check in result.checks if not check.as_expected]


def test_a_grid_of_two_is_a_table():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 4, 4))
    levels, grid = rng.random((50, 2)), (0, 0.2, 0.5, 0.6)
    table, same = TableBenefit(grid, [first, second.T]), GridBenefit(grid, [first, second])
    assert same.at(levels) == pytest.approx(table.at(levels))
    assert same.table.at(levels) == pytest.approx(table.at(levels))


def test_of_three_players_two_play_beside_one_who_keeps_nothing_private():
    values, rng = np.random.default_rng(1).normal(size=(3, 3, 3, 3)), np.random.default_rng(2)
    several = GridBenefit((0, 0.3, 0.9), values)
    pairs = 0.9 * rng.random((40, 2))
    beside = several.at(np.column_stack([pairs, np.zeros(40)]))
    assert several.table.at(pairs) == pytest.approx(beside[:, :2])


def test_three_measured_parties_feed_the_games(tmp_path):
    """n-dimensional grids and unequal sizes, from measurement to file to play."""
    scenario = PrivacyEquilibria(sizes=(1, 2, 1), levels=(0, 0.4), weights=(0.0, 50.0), splits=2, dataset=DATA, cached=False)
    result = scenario.run(0)
    assert unexpected(result) == []
    grid = result.tables["grid"]
    assert len(grid) == 2 * 3 * 2**3
    path = tmp_path / "grid.csv"
    grid.to_csv(path, index=False)
    found = read_benefits(path)
    assert list(found) == ["Suppression", "BoundedDP"]
    assert found["BoundedDP"].n == 3
    row = grid[(grid["method"] == "BoundedDP") & (grid["player"] == 2) & (grid[["p_1", "p_2", "p_3"]] == [0, 0.4, 0]).all(axis=1)]
    assert found["BoundedDP"].at([[0, 0.4, 0]])[0, 1] == pytest.approx(max(row["improvement"].item(), 0))
    learned = PrivacyLearning(table=str(path), method="BoundedDP", starts=(0.0,), rounds=6, beside=(), steps=5).run(0)
    assert set(learned.tables["rounds"]["player"]) == {"player 1", "player 2", "player 3"}
    assert {3} <= set(PrivacyRepeated(table=str(path), method="Suppression").run(0).tables["privacy-repeated"]["player"])
    for two in (PrivacyTable4(table=str(path)), PrivacyFig8(table=str(path), steps=5), PrivacyTheorems(table=str(path))):
        assert unexpected(two.run(0)) == [], two.name()
    with pytest.raises(ValueError, match="name one of them"):
        PrivacyLearning(table=str(path)).run(0)
    dear = result.tables["privacy-equilibria"]
    assert (dear[dear["weight"] == 50]["p"] == 1).all()


def test_a_table_of_two_feeds_every_scenario_of_the_game(tmp_path):
    path = tmp_path / "grid.csv"
    scenario = PrivacyEquilibria(
        levels=(0, 0.3, 0.6), weights=(0.1,), splits=2, methods=(BoundedDP(),), dataset=DATA, cached=False
    )
    scenario.run(0).tables["grid"].to_csv(path, index=False)
    for each in (
        PrivacyTable4(table=str(path)),
        PrivacyFig8(table=str(path), steps=10),
        PrivacyTheorems(table=str(path)),
        PrivacyRepeated(table=str(path)),
        PrivacyPrivateWeights(table=str(path), highest=(0.3,), population=100, pairs=5),
        PrivacyAttack(table=str(path), **PrivacyAttack.example_parameters),
    ):
        assert unexpected(each.run(0)) == [], each.name()
    lemma = next(check for check in PrivacyTable4(table=str(path)).run(0).checks if check.name.startswith("Lemma 1"))
    assert lemma.found.startswith("BoundedDP")


def test_equilibria_of_measured_games_against_enumeration():
    """Nobody gains by another level where best responses come to rest, by the utilities of the table ``grid`` itself."""
    scenario = PrivacyEquilibria(levels=(0, 0.4), weights=(0.3,), splits=1, methods=(BoundedDP(),), dataset=DATA, cached=False)
    result = scenario.run(3)
    grid, table = result.tables["grid"], result.tables["privacy-equilibria"]
    benefit = {(row["player"], row["p_1"], row["p_2"]): max(row["improvement"], 0) for row in grid.to_dict("records")}
    p_1, p_2 = table["p"].tolist()
    for player, (own, other) in enumerate(((p_1, p_2), (p_2, p_1)), start=1):

        def utility(level, player=player, other=other):
            if level == 1 or other == 1:
                return -0.3 * (1 - level)
            return benefit[(player, level, other) if player == 1 else (player, other, level)] - 0.3 * (1 - level)

        assert utility(own) >= max(map(utility, (0, 0.4, 1))) - 1e-12
        assert table["utility"].iloc[player - 1] == pytest.approx(utility(own))


def test_secret_weights_against_the_closed_form():
    for gain, highest in ((0.5, 0.3), (0.5, 0.1), (0.8, 0.4)):
        found = private_levels(SmoothBenefit((gain, gain)), highest, np.linspace(0, 1, 201))
        assert found.means == pytest.approx([PrivateWeights(gain, highest).equilibria()[0]] * 2, abs=5e-3)
        assert found.shares.sum(axis=1) == pytest.approx([1, 1])
        assert 0 <= found.regret < 1e-3


def test_losses_from_a_table():
    loss = TabulatedLoss(levels=(0, 0.5, 1), losses=(1, 0.2, 0))
    assert loss.loss(np.array([0, 0.25, 0.75])).tolist() == pytest.approx([1, 0.6, 0.1])
    for levels, losses in (((0, 1), (1, 0.5)), ((0, 0.5, 1), (1, 0)), ((0, 0.5, 1), (0.5, 1, 0)), ((), ())):
        with pytest.raises(ValueError, match=r"losses|levels"):
            TabulatedLoss(levels=levels, losses=losses)


def test_tuning_reads_no_tests(parties):
    inner = held_out(parties, np.random.default_rng(0))
    for before, train, tests in zip(parties.rated, inner.rated, inner.rated_tests, strict=True):
        pairs = [set(zip(block.users.tolist(), block.items.tolist(), strict=True)) for block in (before, train, tests)]
        assert pairs[1] | pairs[2] == pairs[0]
        assert not pairs[1] & pairs[2]
    scenario = PrivacyTuning(**PrivacyTuning.example_parameters)
    table = scenario.run(0).tables["privacy-tuning"]
    assert table["chosen"].sum() == 1
    assert table.loc[table["chosen"], "alone"].item() == table["alone"].max()


def test_guesses_at_full_size(parties):
    learned = learned_by_size(parties, 0, np.random.default_rng(0))
    assert learned[-1] == pytest.approx(parties.origin[0] - parties.alone[0])
    raw = PrivacyGrid(Suppression(), (0.0, 0.5), *map(np.array, ([0.9], [1.0], [[[0.8, 0.85], [0.95, 0.97]]])))
    for sizes, shrink in (([0.1, 0.2, 0.25], 0.5), ([0.2, 0.1, 0.25], 1.0), ([0.1, 0.2, 0.15], 0.0)):
        mended = at_full_size(raw, np.array(sizes), 1.1)
        assert mended.gain == pytest.approx(shrink * raw.gain)
        assert mended.improvement == pytest.approx(shrink * raw.gain / sizes[-1])


def test_beliefs_that_are_true_have_no_regret():
    result = PrivacyFig2(levels=(0, 0.4), weight=0.2, splits=2, dataset=DATA, cached=False).run(0)
    table = result.tables["privacy-fig2"]
    true = table[table["belief"] == "true"]
    assert np.allclose(true[["regret_1", "regret_2", "error_1", "error_2"]], 0, atol=1e-9)
    assert np.allclose(true["guessed_1"], true["utility_1"])
    assert (table[["regret_1", "regret_2"]] > -1e-9).all(axis=None)
    assert unexpected(result) == []


def test_the_printed_counts_and_theorems():
    assert unexpected(PrivacyTable3(datasets=("synthetic(users=300)",)).run(0)) == []
    result = PrivacyTheorems().run(0)
    assert unexpected(result) == []
    table = result.tables["privacy-theorems"]
    assert (table["lost"] > -1e-9).all()
    assert (table[table["rule"] == "corrected"]["lost"] == 0).all()


def test_attacks_on_factors_see_everything_without_protection_and_nothing_of_what_is_not_entered(parties):
    rng = np.random.default_rng(0)
    for method in (Suppression(), BoundedDP()):
        open_ = attack_factors(parties, 0, 9, (method, 0.0), rng, trials=6)
        assert (open_.membership, open_.reconstruction) == (1, 1)
        shut = [attack_factors(parties, 0, place, (method, 0.97), rng, trials=30) for place in (1, 5, 9)]
        assert abs(np.mean([leak.membership for leak in shut])) < 0.3
        assert abs(np.mean([leak.reconstruction for leak in shut])) < 0.2
    with pytest.raises(ValueError, match="at least 4"):
        attack_factors(parties, 0, 5, (BoundedDP(), 0.5), rng, trials=3)


def test_rows_of_a_recommender_are_its_ratings():
    task = MatrixFactorization(seed=1)
    same = task.with_holdings(task.holdings())
    profiles = [list(profile) for profile in itertools.product((0, 1), repeat=2)]
    assert same == task
    assert np.array_equal(same.worths(profiles), task.worths(profiles))
    one, two = task.holdings()
    with pytest.raises(ValueError, match="at least one party"):
        task.with_holdings([])
    with pytest.raises(ValueError, match="users and items"):
        task.with_holdings([one, type(two)(two.inputs[:, :1], two.targets)])
    with pytest.raises(ValueError, match="at least one rating"):
        task.with_validation(0, type(one)(one.inputs[:0], one.targets[:0]))


def test_attacks_with_ratings():
    """Garbled ratings and false users spoil what the attacker enters, and leave what others have alone as it was."""
    task = MatrixFactorization(seed=1, sizes=(1, 1, 1))
    for attack in (GarbleLabels(), FabricateInputs(), Sybil()):
        market = attack.on(task).market
        assert market.alone[-2:] == pytest.approx(task.alone[-2:])
        assert market.alone[0] < task.alone[0]
    made_up = FabricateInputs(0.5).on(task).platform_task.behind.task
    assert made_up.parties.false_users > 0
    assert made_up.parties.n_users == task.parties.n_users + made_up.parties.false_users


def test_a_grid_that_is_stopped_goes_on_and_says_so(parties, tmp_path, monkeypatch):
    cells = [Cell(0, BoundedDP(), (p, 0.0)) for p in (0.1, 0.2, 0.3, 0.4)]
    trained, errors = [], Collaboration.errors

    def stopped(self, protections):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(protections)
        return errors(self, protections)

    monkeypatch.setattr(Collaboration, "errors", stopped)
    with pytest.raises(KeyboardInterrupt) as found:
        measure([parties], cells, Store(tmp_path))
    assert found.value.__notes__ == ["3 of 4 models are trained and kept; the same command goes on from there"]
    trained[:] = [None] * 2
    with pytest.raises(KeyboardInterrupt):
        measure([parties], [*cells, Cell(0, BoundedDP(), (0.5, 0.0))], Store(tmp_path))
    assert len(trained) == 3
    monkeypatch.undo()
    assert np.array_equal(measure([parties], cells, Store(tmp_path)), measure([parties], cells))


def test_grids_refuse_what_is_no_grid():
    rows = pd.DataFrame({"player": [1, 2], "p_1": [0, 0], "p_2": [0, 0], "improvement": [1, 1]})
    for frame in (rows, rows.drop(columns="player"), rows.assign(improvement="x"), pd.concat([rows, rows])):
        with pytest.raises(ValueError, match="table"):
            GridBenefit.of_frame(frame)


def test_a_row_of_no_method_is_refused_in_tables_of_any_number_of_players(tmp_path):
    path = tmp_path / "grid.csv"
    rows = [(n, p, q, 0.4 - p - q, "") for n in (1, 2) for p in (0, 0.2) for q in (0, 0.2)]
    pd.DataFrame(rows, columns=["player", "p_1", "p_2", "improvement", "method"]).to_csv(path, index=False)
    with pytest.raises(ValueError, match="must name the method of every row"):
        read_benefits(path)
