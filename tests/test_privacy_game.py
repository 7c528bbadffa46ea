import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import RegularGridInterpolator

from potluck.agents.strategies import STRATEGIES
from potluck.models import Alternating, MeanEstimation, NormalFormGame, QualityCurve, RepeatedGame, Rounds
from potluck.models.games.privacy import (
    Benefit,
    CollaborativeLearning,
    ErrorBenefit,
    ExactGame,
    LinearLoss,
    MeasuredBenefit,
    NumericGame,
    PowerLoss,
    PrivateWeights,
    SmoothBenefit,
    TableBenefit,
    basins,
    cell_interactions,
    cell_slopes,
    cycle_residuals,
    existence_threshold,
    grim_trigger,
    is_potential_game,
    level_beside_unconcerned,
    numeric_thresholds,
    potential_residual,
    prices,
    symmetric_levels,
    thresholds,
)
from potluck.scenarios.privacy.printed_tables import GRID, approximated_table_7, canonical_table, table_7

F = Fraction
HALVES = (0.5, 0.5)
FINE = np.linspace(0, 1, 20_001)
ZERO, FIFTH, ONE = F(0), F(1, 5), F(1)


def entries(low=-100, high=100):
    """Tables on the grid 0, 0.2, 0.4, 0.6 with entries in hundredths, so that ties happen."""
    cell = st.integers(low, high).map(lambda hundredths: hundredths / 100)
    row = st.lists(cell, min_size=4, max_size=4)
    return st.lists(st.lists(row, min_size=4, max_size=4), min_size=2, max_size=2)


weights = st.integers(0, 120).map(lambda hundredths: F(hundredths, 100))
clamps = st.sampled_from(["none", "before", "after"])
levels_ = st.sampled_from([ZERO, F(1, 10), FIFTH, F(1, 3), F(2, 5), F(3, 5), F(4, 5), ONE])


@given(entries(), st.lists(st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)), min_size=1, max_size=8))
def test_tables_are_interpolated_as_another_library_does(table, points):
    benefit = TableBenefit(GRID, table, clamp="none")
    points = np.array(points)
    for player, mine in ((0, points), (1, points[:, ::-1])):
        surface = RegularGridInterpolator((GRID, GRID), np.array(table[player]), bounds_error=False, fill_value=None)
        assert benefit.at(points)[:, player] == pytest.approx(surface(mine), abs=1e-9)


@given(entries(), clamps, st.sampled_from(["extrapolate", "zero"]), st.sampled_from(["linear", "monotone"]), levels_, levels_)
def test_exact_and_floating_tables_agree(table, clamp, tail, interpolation, p, q):
    benefit = TableBenefit(GRID, table, interpolation=interpolation, clamp=clamp, tail=tail)
    exact = [float(benefit.curve(0, q).at(p)), float(benefit.curve(1, p).at(q))]
    assert benefit.at([[float(p), float(q)]])[0] == pytest.approx(exact, abs=1e-12)


@given(entries())
def test_monotone_is_the_largest_falling_table_below(table):
    lowered = TableBenefit(GRID, table, interpolation="monotone").entries
    given_ = np.array(table)
    assert (lowered <= given_).all()
    assert (np.diff(lowered, axis=1) <= 0).all()
    assert (np.diff(lowered, axis=2) <= 0).all()
    brute = [[[given_[n, : i + 1, : j + 1].min() for j in range(4)] for i in range(4)] for n in range(2)]
    assert lowered.tolist() == brute


def test_clamping_before_interpolation_moves_the_end_of_the_benefit():
    slope = [[[0.4, 0.4], [-0.4, -0.4]]] * 2
    after, before, raw = (TableBenefit([0, 0.5], slope, clamp=clamp) for clamp in ("after", "before", "none"))
    assert after.at([[0.25, 0]])[0, 0] == pytest.approx(0)
    assert before.at([[0.25, 0]])[0, 0] == pytest.approx(0.2)
    assert raw.at([[0.5, 0]])[0, 0] == pytest.approx(-0.4)
    assert after.curve(0, ZERO).knots == [0, F(1, 4), F(1, 2), 1]


def test_tails():
    table = [[[0.4, 0.4], [0.2, 0.2]]] * 2
    assert TableBenefit([0, 0.5], table).at([[0.75, 0]])[0, 0] == pytest.approx(0.1)
    assert TableBenefit([0, 0.5], table, tail="zero").at([[0.75, 0], [0.5, 0]])[:, 0] == pytest.approx([0, 0.2])


@pytest.mark.parametrize("benefit", [canonical_table(), canonical_table("none"), SmoothBenefit((0.5, 0.8))])
def test_definition_4(benefit):
    assert (benefit.at([[1, 0], [0, 1], [1, 1]]) == 0).all()


def test_who_leaves_a_group_of_three_gains_nothing_and_may_leave_the_others_something():
    profile = [[1.0, 0.0, 0.5]]
    assert SmoothBenefit((0.5,) * 3, "product").at(profile).tolist() == [[0, 0, 0]]
    assert SmoothBenefit((0.5,) * 3, "mean").at(profile)[0] == pytest.approx([0, 0.5 * 0.25, 0.5 * 0.75 * 0.5])


def test_errors_are_turned_into_benefits():
    errors = ErrorBenefit((1.0, 1.0), lambda p: 0.5 + 0.5 * p + 0.2 * p[:, ::-1])
    assert errors.at([[0.5, 0.5], [0.8, 0.9]]) == pytest.approx(np.array([[0.15, 0.15], [0, 0]]))
    squared = ErrorBenefit((1.0, 1.0), errors.together, lambda alone, together: (alone - together) ** 2)
    assert squared.at([[0.5, 0.5]]) == pytest.approx(np.array([[0.0225, 0.0225]]))


def test_a_task_is_measured_once_a_profile():
    task = MeanEstimation(users=2, levels=(1, "inf"))
    benefit = MeasuredBenefit.of_task(task, lambda epsilon: 1 / (epsilon + 1))
    assert benefit.grid == (0.0, 0.5, 1.0)
    game = CollaborativeLearning(benefit, 0.1)
    joint = task.worths([[2, 2], [1, 2]])
    assert game.deviations(np.array([0, 0]))[0] == pytest.approx([joint[0] - 2 / 3 - 0.1, joint[1] - 2 / 3 - 0.05, 0])
    with pytest.raises(ValueError, match=r"can be measured are \(0.0, 0.5, 1.0\), not 0.3"):
        benefit.at([[0.3, 0]])
    with pytest.raises(ValueError, match="no game on all levels"):
        _ = game.continuous
    with pytest.raises(ValueError, match="privacy level of its own"):
        MeasuredBenefit.of_task(QualityCurve(sizes=[1, 1]), lambda share: share)


def test_tables_from_files(tmp_path):
    rows = [
        (method, player + 1, own, other, float(table_7().entries[player, i, j]))
        for method in ("Sup", "bDP")
        for player in (0, 1)
        for i, own in enumerate(GRID)
        for j, other in enumerate(GRID)
    ]
    frame = pd.DataFrame(rows, columns=["method", "player", "p_own", "p_other", "improvement"])
    path = tmp_path / "measured.csv"
    frame.sample(frac=1, random_state=1).to_csv(path, index=False)
    found = TableBenefit.read(path)
    assert set(found) == {"Sup", "bDP"}
    assert found["bDP"].entries.tolist() == table_7().entries.tolist()
    frame[frame["method"] == "Sup"].drop(columns="method").to_csv(path, index=False)
    assert list(TableBenefit.read(path)) == ["measured"]
    for broken, message in (
        (frame.drop(index=3), "measured.csv: the table is not on a grid: .* see player 1, p_own 0, p_other 0.6"),
        (pd.concat([frame, frame.head(1)]), "not on a grid"),
        (frame.replace({"player": {2: 3}}), "not on a grid"),
        (frame.assign(p_own=frame["p_own"].where(frame.index != 5, 0.21)), "not on a grid"),
        (frame.drop(columns="improvement"), "improvement missing"),
        (frame.replace({"improvement": {-2.08: "x"}}), "row 1[0-9]* has another|row [0-9]+ has another"),
        (frame.assign(p_own=2 * frame["p_own"], p_other=2 * frame["p_other"]), r"stay within \[0, 1\]"),
    ):
        broken.to_csv(path, index=False)
        with pytest.raises(ValueError, match=message) as error:
            TableBenefit.read(path)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="cannot read the table"):
        TableBenefit.read(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SmoothBenefit((0.5,)), "two players or more"),
        (lambda: SmoothBenefit((0.5, 0.0)), "above 0"),
        (lambda: SmoothBenefit(HALVES).at([[0.5, 1.5]]), r"lies in \[0, 1\], not 1.5"),
        (lambda: SmoothBenefit(HALVES).at([[0.5, math.nan]]), r"lies in \[0, 1\], not nan"),
        (lambda: SmoothBenefit(HALVES).at([0.5, 0.5]), r"shape \(batch, 2\)"),
        (lambda: TableBenefit([0, 0.5], np.zeros((2, 3, 3))), r"shape \(2, 2, 2\), not \(2, 3, 3\)"),
        (lambda: TableBenefit([0.1, 0.5], np.zeros((2, 2, 2))), "increase from 0"),
        (lambda: TableBenefit([0, 0.5], np.full((2, 2, 2), math.nan)), "finite"),
        (lambda: CollaborativeLearning(SmoothBenefit(HALVES), -0.1), "at least 0, not -0.1"),
        (lambda: CollaborativeLearning(SmoothBenefit(HALVES), (0.1,)), "2 players, not 1"),
        (lambda: CollaborativeLearning(SmoothBenefit(HALVES), 0.1, 0), "above 0, not 0"),
        (lambda: CollaborativeLearning(SmoothBenefit(HALVES), levels=[0, 1.2]), r"increase within \[0, 1\]"),
        (lambda: CollaborativeLearning(SmoothBenefit(HALVES)).continuous.settle((0, 2)), r"levels in \[0, 1\]"),
        (lambda: NumericGame(SmoothBenefit((0.5,) * 3), (0.1,) * 3).equilibria(), "two players, not 3"),
        (lambda: symmetric_levels(0.5, -1), "at least 0"),
        (lambda: existence_threshold(0), "above 0"),
        (lambda: PrivateWeights(0.5, 0), "above 0"),
        (lambda: PowerLoss(0), "exponent = 0"),
        (lambda: level_beside_unconcerned(lambda p: 1 - p, 0), "above 0"),
    ],
)
def test_bad_input_is_one_line(make, message):
    with pytest.raises(ValueError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


@given(entries(), weights, weights, st.sampled_from([LinearLoss(), PowerLoss(2)]), st.data())
@settings(max_examples=25)
def test_utilities_are_equation_1(table, price_1, price_2, loss, data):
    benefit = TableBenefit(GRID, table)
    game = CollaborativeLearning(benefit, (price_1, price_2), (1.0, 2.0), loss)
    profile = np.array([data.draw(st.integers(0, game.m - 1)) for _ in range(2)])
    levels = game.levels[profile]
    gained = benefit.at(levels[None])[0]
    expected = [gained[0] - float(price_1) * loss.loss(levels)[0], 2 * gained[1] - float(price_2) * loss.loss(levels)[1]]
    assert game.payoffs(profile) == pytest.approx(expected, abs=1e-12)
    for player in range(2):
        moved = np.array([game.payoffs(np.where(np.arange(2) == player, action, profile))[player] for action in range(game.m)])
        assert game.deviations(profile)[player] == pytest.approx(moved, abs=1e-12)


def test_many_players_without_tables_of_all_profiles():
    few = CollaborativeLearning(SmoothBenefit((0.5,) * 3), 0.1, levels=[0, 0.5, 1])
    many = CollaborativeLearning(SmoothBenefit((0.5,) * 12, "mean"), 0.1)
    assert few.normal_form().deviations(np.array([0, 1, 1])) == pytest.approx(few.deviations(np.array([0, 1, 1])))
    assert many.deviations(np.zeros(12, dtype=int))[0] == pytest.approx(0.5 * (1 - many.levels**2) - 0.1 * (1 - many.levels))
    with pytest.raises(ValueError, match="too many profiles"):
        many.normal_form()


@pytest.mark.parametrize("strategy", list(STRATEGIES), ids=lambda cls: cls.name())
def test_every_strategy_plays_it(strategy):
    game = CollaborativeLearning(SmoothBenefit((0.5,) * 3), 0.1, levels=[0, 0.25, 0.5, 1])
    models = [RepeatedGame(game=game, strategies=strategy(), stop=Rounds(6), rng=3) for _ in range(2)]
    for model in models:
        model.run_model()
    assert models[0].history().equals(models[1].history())


def test_grid_equilibria_are_near_those_of_the_game_on_all_levels():
    game = CollaborativeLearning(SmoothBenefit((0.5, 0.8)), (0.1, 0.15), levels=np.linspace(0, 1, 101))
    least = game.levels[list(game.pure_equilibria()[0])]
    assert least == pytest.approx([0.1118006261, 0.1055506261], abs=0.01)
    model = RepeatedGame(
        game=game, strategies=STRATEGIES.find("BestResponse")(), revision=Alternating(), stop=Rounds(40), initial=[0, 0]
    )
    model.run_model()
    assert tuple(model.actions.tolist()) in game.pure_equilibria()


FLAT = [[0.0] * 4] * 4


@given(entries(), clamps, weights, levels_, st.sampled_from([0, 1]))
@example([[*FLAT[:3], [-0.01, 0.0, 0.0, 0.0]], FLAT], "none", ZERO, ZERO, 0)
@settings(max_examples=40)
def test_best_responses_beat_every_level(table, clamp, price, other, player):
    game = ExactGame(TableBenefit(GRID, table, clamp=clamp, tail="zero"), (price, price))
    answers = game.best_responses(player, (other, other))
    utilities = {}
    for step in range(0, 61):
        own = F(step, 60)
        profile = [other, other]
        profile[player] = own
        utilities[own] = game.utilities(profile)[player]
    assert max(utilities.values()) <= answers.value
    for own, utility in utilities.items():
        # benefits jump beyond the last level: a tie there is open on that side
        if utility != answers.value or not GRID[-1] < own < 1:
            assert (utility == answers.value) == (own in answers)
    for low, high in answers.intervals:
        for own in {low, (low + high) / 2, high}:
            profile = [other, other]
            profile[player] = own
            assert game.utilities(profile)[player] == answers.value


@given(entries(), weights, st.floats(0, 0.95))
@settings(max_examples=25)
def test_numeric_and_exact_best_responses_agree(table, price, other):
    benefit = TableBenefit(GRID, table, tail="zero")
    game = ExactGame(benefit, (price, price))
    exact = game.best_responses(0, (0, other))
    numeric = NumericGame(benefit, (float(price),) * 2).best_responses(0, (0.0, other))
    assert numeric.value == pytest.approx(float(exact.value), abs=1e-11)
    for ties in ("low", "high"):
        chosen = F(numeric.pick(ties))
        assert float(exact.value - game.utilities((chosen, F(other)))[0]) <= 1e-11
        assert numeric.near(float(exact.pick(ties)), 1e-9)


def test_a_benefit_that_never_ends_has_no_best_response():
    growing = ExactGame(TableBenefit([0, 0.5], [[[0.1, 0.1], [0.3, 0.3]]] * 2), (FIFTH, FIFTH))
    with pytest.raises(ValueError, match="no level is best"):
        growing.best_responses(0, (0, 0))


@given(entries(-60, 100), weights, weights)
@settings(max_examples=20)
def test_all_equilibria_are_found(table, price_1, price_2):
    game = ExactGame(TableBenefit(GRID, table, tail="zero"), (price_1, price_2))
    found = game.equilibria()
    assert all(game.is_equilibrium(point) for point in found.points)
    for start, end in found.segments:
        assert start != end
        for share in (F(1, 7), F(1, 2), F(6, 7)):
            assert game.is_equilibrium([a + share * (b - a) for a, b in zip(start, end, strict=True)])
    every = [F(step, 20) for step in range(21)]
    for point in ((p, q) for p in every for q in every if game.is_equilibrium((p, q))):
        on_segment = any(
            all(min(a, b) <= level <= max(a, b) for a, b, level in zip(*ends, point, strict=True)) for ends in found.segments
        )
        unconcerned = price_1 * price_2 == 0  # whole areas may be equilibria
        assert point in found.points or on_segment or unconcerned


@given(entries(-60, 100), weights, weights, levels_, levels_, st.sampled_from([0, 1]), st.sampled_from(["low", "high", "stay"]))
@settings(max_examples=60)
def test_dynamics_end_in_equilibrium_or_cycle(table, price_1, price_2, p, q, first, ties):
    game = ExactGame(TableBenefit(GRID, table, tail="zero"), (price_1, price_2))
    settled = game.settle((p, q), first, ties)
    assert settled.path[0] == (p, q)
    assert settled.ending in {"equilibrium", "cycle"}
    if settled.ending == "equilibrium":
        assert game.is_equilibrium(settled.end)
    else:
        assert settled.path.index(settled.end) < len(settled.path) - 1


def test_dynamics_may_cycle():
    pennies = [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]]
    game = ExactGame(TableBenefit([0, 0.9], pennies, tail="zero"), (F(1, 100), F(1, 100)))
    assert game.settle((0, 0)).ending == "cycle"


def test_everybody_alone_is_always_an_equilibrium():
    """Theorem 1."""
    for benefit in (canonical_table(), table_7(), SmoothBenefit((0.5, 2.0)), SmoothBenefit((0.5,) * 4)):
        game = CollaborativeLearning(benefit, 0.1).continuous
        assert game.is_equilibrium((1.0,) * game.n)


@pytest.mark.parametrize(
    ("reading", "low", "high", "utilities"),
    [
        ("printed", ((0, FIFTH), F(1, 16)), ((FIFTH, FIFTH), F(7, 24)), (F(7, 100), F(21, 100))),
        ("swapped", ((FIFTH, 0), F(1, 16)), ((FIFTH, FIFTH), F(7, 24)), (F(21, 100), F(7, 100))),
        ("corrected", ((FIFTH, FIFTH), F(1, 4)), ((FIFTH, FIFTH), F(1, 4)), (F(21, 100), F(7, 100))),
    ],
)
def test_table_7_in_exact_fractions(reading, low, high, utilities):
    game = CollaborativeLearning(table_7(reading), F(1, 10)).continuous
    assert game.utilities((0, 0)) == utilities
    for ties, (end, price) in (("low", low), ("high", high), ("stay", low)):
        settled = game.settle(ties=ties)
        assert settled.ending == "equilibrium"
        assert settled.end == end
        assert game.price_of_privacy(settled.end) == price


def test_table_7_equilibria():
    """Errata 21 and 22: the set of equilibria by reading; ties make segments of them."""
    by_reading = {name: CollaborativeLearning(table_7(name), F(1, 10)).continuous for name in ("printed", "swapped", "corrected")}
    found = {name: game.equilibria() for name, game in by_reading.items()}
    assert found["printed"].points == ((0, FIFTH), (FIFTH, FIFTH), (1, 1))
    assert found["printed"].segments == (((0, FIFTH), (FIFTH, FIFTH)),)
    assert found["swapped"].points == ((FIFTH, 0), (FIFTH, FIFTH), (1, 1))
    assert found["corrected"].points == ((FIFTH, FIFTH), (1, 1))
    assert found["corrected"].segments == ()
    swapped = by_reading["swapped"]
    assert swapped.utilities((FIFTH, FIFTH)) == (F(14, 100), F(4, 100))
    assert by_reading["corrected"].utilities((FIFTH, FIFTH)) == (F(14, 100), F(6, 100))
    assert swapped.best_responses(1, (0, 0)).intervals == ((0, FIFTH),)
    tilde = CollaborativeLearning(approximated_table_7(), F(1, 10)).continuous
    assert tilde.equilibria().points == ((0, 0), (1, 1))
    assert tilde.utilities((0, 0)) == (F(18, 100), F(7, 100))
    assert tilde.price_of_privacy((0, 0)) == 0


def test_fractions_and_floats_give_the_same_game():
    exact = CollaborativeLearning(table_7("swapped"), F(1, 10)).continuous
    floats = CollaborativeLearning(table_7("swapped"), 0.1).continuous
    assert exact.settle(ties="high").end == floats.settle(ties="high").end


def test_own_level_hurts_more_but_not_at_the_first_step():
    """Erratum 25."""
    for table in table_7("swapped").entries:
        assert table[1, 0] >= table[0, 1]
        for own in range(4):
            for other in range(own):
                if (own, other) != (1, 0):
                    assert table[own, other] < table[other, own]


def test_the_data_do_not_imply_equal_own_slopes():
    """Erratum 16."""
    first, second = cell_slopes(table_7("swapped"))
    assert (first[0, 1], second[0, 1]) == pytest.approx((0.175, 1.475))
    assert (first[0, 2], second[0, 2]) == pytest.approx((0.475, 5.40))
    assert np.abs(first - second).max() == pytest.approx(4.9, abs=0.05)
    symmetric = cell_slopes(canonical_table())
    assert symmetric[0] == pytest.approx(symmetric[1].T)


def test_table_7_is_no_potential_game():
    game = CollaborativeLearning(table_7("swapped", clamp="none"), 0.1, levels=GRID)
    residual = cycle_residuals(game)
    assert np.abs(residual).max() == pytest.approx(0.15)
    assert np.sqrt((residual**2).mean()) == pytest.approx(0.068, abs=5e-4)
    assert np.abs(residual[0]) == pytest.approx(0.01)
    assert not is_potential_game(game)
    assert (cell_interactions(table_7("swapped")) < 0).sum(axis=(1, 2)).tolist() == [6, 8]


def test_canonical_thresholds_need_negative_benefits():
    """Erratum 19."""
    raw = TableBenefit(GRID, canonical_table().improvement, clamp="none", definition_4=False).curve(1, ZERO)
    found = thresholds(raw)
    assert [float(found.participation), float(found.alpha), float(found.beta)] == pytest.approx([1.150, 0.349, 2.251], abs=5e-4)
    held = thresholds(canonical_table().curve(1, ZERO))
    assert [float(held.participation), float(held.alpha), float(held.beta)] == pytest.approx([1.150, 0.349, 1.150], abs=5e-4)


@given(entries(), st.sampled_from(["after", "none"]), st.integers(1, 250))
def test_thresholds_are_where_best_responses_change(table, clamp, hundredths):
    benefit = TableBenefit(GRID, table, clamp=clamp, tail="zero")
    found = thresholds(benefit.curve(0, ZERO))
    price = F(hundredths, 100)
    answers = ExactGame(benefit, (price, price)).best_responses(0, (0, 0))
    assert (ZERO in answers) == (price <= found.alpha or (found.alpha == 0 and ZERO in answers and answers.value >= 0))
    assert (ONE in answers) == (price >= found.beta)
    if found.alpha < price < found.beta:
        assert found.response(price) == "partial"


def test_alpha_is_0_where_the_partner_leaves():
    """Erratum 11: no α above 0 holds for all levels of the partner."""
    assert thresholds(canonical_table().curve(1, ZERO)).alpha > 0
    assert thresholds(canonical_table().curve(1, ONE)).alpha == 0


def test_no_weight_makes_a_player_leave_if_the_loss_is_level_at_1():
    """Erratum 12: c = (1-p)², b = (1-p)/2; the best response is 1 - 1/(4r)."""
    assert numeric_thresholds(lambda p: 0.5 * (1 - p), PowerLoss(2)).beta == math.inf
    for ratio in (0.5, 1.0, 10.0, 100.0):
        best = level_beside_unconcerned(lambda p: 0.5 * (1 - p), ratio, PowerLoss(2))
        assert best == pytest.approx(1 - 1 / (4 * ratio), abs=1e-9)


def test_numeric_thresholds_agree_with_exact_ones():
    curve = canonical_table().curve(1, ZERO)
    exact = thresholds(curve)
    numeric = numeric_thresholds(lambda p: canonical_table().at(np.column_stack([np.zeros_like(p), p]))[:, 1], LinearLoss())
    assert [numeric.alpha, numeric.beta] == pytest.approx([float(exact.alpha), float(exact.beta)], abs=1e-6)


@given(st.floats(-9, 9), st.floats(0, 0.999), st.none() | st.floats(-9, 0.3))
@example(0.0, 0.0, math.log10(5e-6))
@example(-5.0, 0.0, -4.0)
@settings(max_examples=60)
def test_numeric_best_responses_against_the_closed_form(unit, other, power):
    """Whatever the unit of benefit: b = G (1 - p²) (1 - q), whose best level is C / (2 G (1 - q)), even near 0."""
    gain, wanted = 10.0**unit, 0.0 if power is None else 10.0**power
    if 0.999 < wanted < 1:
        return
    price, expected = 2 * gain * (1 - other) * wanted, min(1.0, wanted)
    game = NumericGame(SmoothBenefit((gain, gain)), (price, price))
    answers = game.best_responses(0, (0.0, other))
    best, allowed = game.utilities((expected, other))[0], 1e-11 * (gain + price)
    assert best - answers.value <= allowed
    assert all(best - game.utilities((level, other))[0] <= allowed for level in answers.intervals[0])
    # levels that beat level 0 by less are named with it
    if expected > 1e-4:
        assert answers.pick("low") == pytest.approx(expected, abs=1e-9)


def test_symmetric_closed_form_game():
    game = CollaborativeLearning(SmoothBenefit(HALVES), 0.2).continuous
    end = game.settle().end
    assert end == pytest.approx((0.27639320225, 0.27639320225), abs=1e-9)
    assert game.price_of_privacy(end) == pytest.approx(0.33167184270, abs=1e-9)
    points = game.equilibria().points
    assert np.array(points) == pytest.approx(np.array([[0.27639320225] * 2, [0.72360679775] * 2, [1, 1]]), abs=1e-9)
    assert symmetric_levels(0.5, 0.2) == pytest.approx((0.27639320225, 0.72360679775), abs=1e-12)


def test_asymmetric_closed_form_game():
    game = CollaborativeLearning(SmoothBenefit((0.5, 0.8)), (0.1, 0.15)).continuous
    end = game.settle().end
    assert end == pytest.approx((0.1118006261, 0.1055506261), abs=1e-9)
    assert game.price_of_privacy(end) == pytest.approx(0.1197862632, abs=1e-9)
    assert any(point == pytest.approx(end, abs=1e-9) for point in game.equilibria().points)


def test_an_unconcerned_player_protects_nothing():
    """Theorem 2, weakly: level 0 is among the best responses."""
    for benefit in (SmoothBenefit(HALVES), table_7(), canonical_table()):
        game = CollaborativeLearning(benefit, (0.3, 0.0)).continuous
        assert all(0 in game.best_responses(1, (level, 0.0)) for level in (0.0, 0.2, 0.5, 1.0))
        assert set(game.settle((1.0, 1.0), first=1, ties="low").path[1]) == {0, 1}


def test_secret_weights_leave_no_collaboration_without_a_basin():
    for highest, spreads in ((0.3, False), (0.6, True)):
        game = PrivateWeights(0.5, highest)
        assert (game.mean_response(0.99) > 0.99) == spreads == game.leaving_spreads


def test_only_the_ratio_of_the_weights_counts():
    one = CollaborativeLearning(SmoothBenefit(HALVES), 0.2).continuous.settle().end
    scaled = CollaborativeLearning(SmoothBenefit(HALVES), (0.4, 2.0), (2.0, 10.0)).continuous.settle().end
    assert scaled == pytest.approx(one, abs=1e-9)
    assert CollaborativeLearning(SmoothBenefit(HALVES), (0.0, 0.3)).player_types == ("unconcerned", "concerned")
    assert CollaborativeLearning(SmoothBenefit(HALVES), (F(1, 2), 1), 2).weight_ratios == (F(1, 4), 0.5)


def test_the_unstable_root_bounds_the_basin():
    """Footnote 12."""
    game = CollaborativeLearning(SmoothBenefit(HALVES), 0.2).continuous
    boundary = symmetric_levels(0.5, 0.2)[1]
    found = basins(game, [(level, level) for level in (0.0, boundary - 1e-3, boundary + 1e-3, 0.9, 1.0)])
    assert [end == (1, 1) for end in found.ends] == [False, False, True, True, True]
    assert found.apart == 0.6
    # who moves first decides when the players start on two sides of it
    assert game.settle((0.0, 0.9), first=0).end == (1, 1)
    assert game.settle((0.0, 0.9), first=1).end[0] < boundary


@pytest.mark.parametrize(("players", "known"), [(2, 0.25), (3, 0.148148), (5, 0.08192)])
def test_existence_for_more_players(players, known):
    threshold = existence_threshold(0.5, players)
    assert threshold == pytest.approx(known, abs=5e-7)
    assert existence_threshold(0.5, players, "mean") == 0.25
    for ratio, exists in ((0.95 * threshold, True), (1.05 * threshold, False)):
        game = CollaborativeLearning(SmoothBenefit((0.5,) * players), ratio).continuous
        end = game.settle().end
        assert (max(end) < 1) == exists
        assert bool(symmetric_levels(0.5, ratio, players)) == exists
        if exists:
            assert end == pytest.approx((symmetric_levels(0.5, ratio, players)[0],) * players, abs=1e-7)


@pytest.mark.parametrize("players", [2, 3, 5])
def test_the_mean_model_does_not_depend_on_the_number_of_players(players):
    game = CollaborativeLearning(SmoothBenefit((0.5,) * players, "mean"), 0.2).continuous
    assert game.settle().end == pytest.approx((0.27639320225,) * players, abs=1e-9)


def test_one_who_leaves_takes_the_others_along_or_does_not():
    weights = (5.0, 0.1, 0.1)
    ends = [
        CollaborativeLearning(SmoothBenefit((0.5,) * 3, others), weights).continuous.settle().end
        for others in ("product", "mean")
    ]
    assert ends[0] == (1, 1, 1)
    assert ends[1][0] == 1
    # the other two share half: p (1 - p) / 2 = r / (2 G)
    assert ends[1][1:] == pytest.approx((symmetric_levels(0.5, 0.2)[0],) * 2, abs=1e-9)


def test_price_of_privacy_needs_a_benefit():
    nothing = CollaborativeLearning(TableBenefit([0, 0.5], np.full((2, 2, 2), -0.1)), 0.1)
    with pytest.raises(ValueError, match="no price"):
        nothing.continuous.price_of_privacy((0, 0))
    with pytest.raises(ValueError, match="no price"):
        nothing.price_of_privacy(np.array([0, 0]))
    game = CollaborativeLearning(SmoothBenefit(HALVES), 0.2, levels=[0, 0.5, 1])
    assert game.price_of_privacy(np.array([1, 1])) == pytest.approx(1 - 0.75 * 0.5)


def test_the_printed_price_of_anarchy_is_infinite():
    """Erratum 18."""
    for benefit in (SmoothBenefit(HALVES), canonical_table(), table_7()):
        game = CollaborativeLearning(benefit, 0.1)
        found = prices(game)
        form = game.normal_form()
        welfare = form.tables.sum(axis=0)
        best = max(welfare[profile] for profile in form.pure_equilibria())
        assert found.of_anarchy == math.inf
        assert found.of_stability == pytest.approx(welfare.max() / best)
        assert 1 <= found.of_stability < math.inf
    with pytest.raises(ValueError, match="level 1"):
        prices(CollaborativeLearning(SmoothBenefit(HALVES), levels=[0, 0.5]))
    hopeless = prices(CollaborativeLearning(SmoothBenefit(HALVES), 5.0))
    assert hopeless.of_stability == hopeless.of_anarchy == 1


def falling(p):
    return np.maximum(0.5 - 0.5 * p**2, 0)


def wavy(p):
    return np.maximum(0.62 - 1.5 * p + 3.6 * p**2 - 2.9 * p**3, 0)


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.49, 0.6, 0.9])
def test_theorem_3_bullets_and_corollary(ratio):
    """Errata 7 and 8: the best response is r below 1; the bullets say 0 below 1/2, the literal corollary 1 above."""
    best = FINE[(falling(FINE) - ratio * (1 - FINE)).argmax()]
    assert level_beside_unconcerned(falling, ratio) == pytest.approx(best, abs=1e-4)
    assert level_beside_unconcerned(falling, ratio) == pytest.approx(ratio, abs=1e-9)
    assert level_beside_unconcerned(falling, ratio, rule="equation-3") == pytest.approx(ratio, abs=1e-9)
    assert (level_beside_unconcerned(falling, ratio, rule="bullets") == 0) == (ratio < 0.5)
    assert level_beside_unconcerned(falling, ratio, rule="corollary") == (0 if ratio <= 0.5 else 1)


def test_equation_3_does_not_compare_with_no_protection():
    """Erratum 9."""
    peak = level_beside_unconcerned(wavy, 0.3, rule="equation-3")
    assert peak == pytest.approx(0.596, abs=5e-4)
    assert wavy(np.array([peak]))[0] - 0.3 * (1 - peak) == pytest.approx(0.270, abs=5e-4)
    assert level_beside_unconcerned(wavy, 0.3) == 0
    assert wavy(np.zeros(1))[0] - 0.3 == pytest.approx(0.32)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=4), st.floats(0.05, 3))
@settings(max_examples=60)
def test_the_corrected_theorem_is_the_global_maximum(slopes, ratio):
    def benefit(p):
        return np.maximum(0.6 + sum(slope * p ** (power + 1) for power, slope in enumerate(slopes)), 0) * (1 - p)

    best = (benefit(FINE) - ratio * (1 - FINE)).max()
    level = np.array([level_beside_unconcerned(benefit, ratio)])
    assert (benefit(level) - ratio * (1 - level))[0] >= best - 1e-9


def test_the_corollary_is_about_the_linear_loss():
    with pytest.raises(ValueError, match="about the loss 1 - p"):
        level_beside_unconcerned(falling, 0.3, PowerLoss(2), "corollary")


def error(own):
    def phi(p):
        s = p.sum(axis=1)
        return 0.4 + s / 5 + s**2 / 20 + (p[:, 1] ** 2 if own == 0 else p[:, 0]) / 10

    return phi


def test_equation_6_loses_terms():
    """Errata 14 and 15: equal own slopes do not make a potential game unless b is linear."""
    both = error(0), error(1)
    assert potential_residual(lambda x: (1 - x) ** 2, both, (0.3, 0.1), "equation-6") == pytest.approx(0, abs=1e-9)
    assert potential_residual(lambda x: (1 - x) ** 2, both, (0.3, 0.1)) == pytest.approx(-0.0442, abs=1e-8)
    for rule in ("chain-rule", "equation-6"):
        assert potential_residual(lambda x: 1 - x, both, (0.3, 0.1), rule) == pytest.approx(0, abs=1e-9)


@given(st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.integers(1, 4))
@settings(max_examples=30)
def test_the_chain_rule_against_differences_of_utilities(p, q, power):
    def benefit(x):
        return (1 - x) ** power

    step = 1e-3
    corners = np.array([[p + i * step, q + j * step] for i in (-1, 1) for j in (-1, 1)])
    signs = np.array([1, -1, -1, 1]) / (4 * step**2)
    direct = signs @ benefit(error(0)(corners)) - signs @ benefit(error(1)(corners))
    assert potential_residual(benefit, (error(0), error(1)), (p, q)) == pytest.approx(direct, abs=1e-5)


class Together(Benefit):
    """b = [1/2 - p/2 - q/2]⁺ for both: the same benefit, hence an exact potential."""

    n = 2

    def values(self, levels):
        return np.repeat(np.maximum(0.5 - levels.sum(axis=1, keepdims=True) / 2, 0), 2, axis=1)


def test_a_potential_promises_an_equilibrium_but_no_collaboration():
    """Erratum 17: at r = 0.6 the only equilibrium is (1, 1)."""
    game = CollaborativeLearning(Together(), 0.6)
    assert is_potential_game(game)
    assert [game.levels[list(profile)].tolist() for profile in game.pure_equilibria()] == [[1, 1]]
    assert game.continuous.equilibria().points == ((1.0, 1.0),)
    assert CollaborativeLearning(Together(), 0.2).pure_equilibria()[0] == (0, 0)


@given(st.integers(0, 2**32 - 1), st.integers(2, 3))
@settings(max_examples=30)
def test_potential_games_are_recognised(seed, n):
    rng = np.random.default_rng(seed)
    shape = (3,) * n
    potential = rng.normal(size=shape)
    tables = [potential + rng.normal(size=[1 if axis == player else 3 for axis in range(n)]) for player in range(n)]
    game = NormalFormGame([np.broadcast_to(table, shape) for table in tables])
    assert is_potential_game(game)
    assert not is_potential_game(NormalFormGame(rng.normal(size=(n, *shape))))


def test_grim_trigger_against_closed_forms():
    smooth = CollaborativeLearning(SmoothBenefit(HALVES), 0.2).continuous
    nash, alone = (grim_trigger(smooth, punishment) for punishment in (smooth.settle().end, (1.0, 1.0)))
    assert nash[0].discount == pytest.approx(0.15318946, abs=5e-9)
    assert alone[0].discount == pytest.approx(0.0625, abs=1e-9)
    assert nash[0].gain == pytest.approx(0.2**2 / (4 * 0.5), abs=1e-9)
    table = CollaborativeLearning(table_7("corrected"), F(1, 10)).continuous
    nash, alone = (grim_trigger(table, punishment) for punishment in ((FIFTH, FIFTH), (ONE, ONE)))
    assert [trigger.discount for trigger in nash] == [F(2, 9), 0]
    assert [trigger.discount for trigger in alone] == [F(2, 23), 0]
    with pytest.raises(ValueError, match="no equilibrium"):
        grim_trigger(table, (0.4, 0.4))


def test_grim_trigger_is_where_deviating_begins_to_pay():
    trigger = grim_trigger(CollaborativeLearning(SmoothBenefit(HALVES), 0.2).continuous, (1.0, 1.0))[0]
    assert trigger.value(0.0624, deviates=True) > trigger.value(0.0624, deviates=False)
    assert trigger.value(0.0626, deviates=True) < trigger.value(0.0626, deviates=False)


def test_private_weights():
    game = PrivateWeights(0.5, 0.3)
    mean = game.equilibria()[0]
    assert mean == pytest.approx(0.18377223, abs=5e-9)
    assert mean * (1 - mean) == pytest.approx(0.3 / 2)
    drawn = np.random.default_rng(0).uniform(0, 0.3, 200_000)
    assert np.mean([game.response(ratio, mean) for ratio in drawn]) == pytest.approx(mean, abs=2e-3)
    squared = np.mean([0.5 * (1 - game.response(ratio, mean) ** 2) * (1 - mean) for ratio in drawn])
    assert game.gained(mean) == pytest.approx(squared, rel=1e-3)
    assert PrivateWeights(0.5, 0.6).equilibria() == (1.0,)
    assert PrivateWeights(0.5, 0.5).equilibria() == (0.5, 1.0)


@given(st.floats(0.1, 2), st.floats(0.05, 4), st.floats(0, 0.999))
def test_mean_responses_are_means(gain, highest, mean):
    game = PrivateWeights(gain, highest)
    ratios = (np.arange(20_000) + 0.5) / 20_000 * highest
    assert game.mean_response(mean) == pytest.approx(np.mean([game.response(ratio, mean) for ratio in ratios[::20]]), abs=2e-3)
    for level in game.equilibria():
        assert game.mean_response(level) == pytest.approx(level, abs=1e-9)
    assert game.leaving_spreads == (highest > gain)
