"""Where the privacy game and the recommender end: levels without a best one, bad tables, bad data."""

import numpy as np
import pandas as pd
import pytest

from potluck.data.ratings import Ratings
from potluck.models.games.privacy import (
    CollaborativeLearning,
    ErrorBenefit,
    MeasuredBenefit,
    PowerLoss,
    SmoothBenefit,
    TableBenefit,
)
from potluck.scenarios import PrivacyControl, PrivacyFig5, PrivacyFig6, PrivacyFig7, PrivacyFig9, PrivacyTable5
from potluck.training.recommender import Training, relative

TABLE = TableBenefit([0, 0.5], [[[0.4, 0.2], [0.1, -0.1]]] * 2)


@pytest.mark.parametrize("ratio", [1 / 512, 1e-4, 2 - 1 / 512])
def test_a_peak_next_to_an_end_is_found(ratio):
    """Of 1 - p² - r (1 - p) it is r / 2, nearer to an end than any sample of the search."""
    game = CollaborativeLearning(SmoothBenefit((1.0, 1.0)), ratio).continuous
    assert game.best_responses(0, (0.0, 0.0)).pick("low") == pytest.approx(ratio / 2, abs=1e-7)


def growing(levels):
    return np.full_like(levels, 0.2)


@pytest.mark.parametrize("loss", [None, PowerLoss(2)])
def test_no_level_is_best_where_benefit_is_lost_only_at_full_privacy(loss):
    """A benefit that no privacy lowers, and that is 0 at level 1: utility has a supremum and no maximum."""
    numeric = CollaborativeLearning(ErrorBenefit((0.5, 0.5), lambda p: 0.5 - growing(p)), 0.1, privacy_loss=loss)
    with pytest.raises(ValueError, match="player 2 gains more and more up to level 1"):
        numeric.continuous.best_responses(1, (0.0, 0.0))


def test_exact_and_numeric_games_say_the_same_of_it():
    level = TableBenefit([0, 0.5], np.full((2, 2, 2), 0.2))
    with pytest.raises(ValueError, match="player 1 gains more and more up to level 1"):
        CollaborativeLearning(level, 0.1).continuous.best_responses(0, (0, 0))


@pytest.mark.parametrize("level", [-0.1, 1.5])
def test_exact_games_take_levels_from_0_to_1(level):
    game = CollaborativeLearning(TABLE, 0.1).continuous
    for ask in (
        lambda: game.best_responses(0, (0, level)),
        lambda: game.utilities((0, level)),
        lambda: game.benefits((level, 0)),
    ):
        with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
            ask()


@pytest.mark.parametrize("choice", [{"clamp": "bfore"}, {"tail": "on"}, {"interpolation": "cubic"}])
def test_unknown_choices_of_a_table_are_named(choice):
    (name, value) = next(iter(choice.items()))
    with pytest.raises(ValueError, match=f"{name} = '{value}': it must be one of"):
        TableBenefit([0, 0.5], TABLE.improvement, **choice)


def test_unknown_way_to_count_others():
    with pytest.raises(ValueError, match="others = 'sum': it must be one of 'product', 'mean'"):
        SmoothBenefit((0.5, 0.5), "sum")


@pytest.mark.parametrize("found", [0.5, [1.0, 2.0, 3.0]])
def test_what_is_measured_is_one_benefit_a_player(found):
    with pytest.raises(ValueError, match="one benefit a player"):
        MeasuredBenefit(2, lambda levels: found).at([[0, 0]])


def frame(**changes):
    rows = [(n, own, other, 0.4 - own - other / 2) for n in (1, 2) for own in (0, 0.2) for other in (0, 0.2)]
    return pd.DataFrame(rows, columns=["player", "p_own", "p_other", "improvement"]).assign(**changes)


@pytest.mark.parametrize("rows", [frame(method=["Sup", *[None] * 7]), frame(method=None), frame(method="Sup").iloc[:0]])
def test_tables_with_nameless_methods_are_refused(tmp_path, rows):
    path = tmp_path / "table.csv"
    rows.to_csv(path, index=False)
    with pytest.raises(ValueError, match="column method must name the method of every row"):
        TableBenefit.read(path)
    with pytest.raises(ValueError, match="column method"):
        PrivacyTable5(table=str(path)).run(0)


def test_factors_outside_the_arrays_are_not_touched():
    one, P, Q = np.array([0]), np.zeros((1, 4)), np.zeros((1, 4))
    for users, items in ((np.array([1]), one), (one, np.array([7])), (np.array([-1]), one)):
        with pytest.raises(ValueError, match="has an index from 0 to 0"):
            Training().train(users, items, np.array([1.0]), P, Q)
    with pytest.raises(ValueError, match="as many users as items"):
        Training().train(one, one, np.zeros(2), P, Q)
    with pytest.raises(ValueError, match="of one length"):
        Training().train(one, one, np.zeros(1), P, np.zeros((1, 3)))


def test_ratings_name_users_by_whole_numbers():
    with pytest.raises(ValueError, match="users are indices, whole numbers"):
        Ratings(np.array([0.5, 1.0]), np.array([0, 1]), np.array([1.0, 2.0]))
    assert len(Ratings([0, 1], [0, 1], [1, 2])) == 2


def test_no_share_of_a_model_that_learned_nothing():
    with pytest.raises(ValueError, match="training together leaves a party's error as it was"):
        relative(np.array([0.9]), np.array([1.0]), np.array([1.0]))


@pytest.mark.parametrize(
    ("scenario", "name", "values"),
    [
        (PrivacyFig5, "ratios", (1.0, 1.0)),
        (PrivacyFig6, "ratios", (4, 4.0)),
        (PrivacyFig6, "methods", ("Suppression", "Suppression")),
        (PrivacyFig7, "methods", ("BoundedDP", "BoundedDP")),
        (PrivacyFig9, "shares", (0.5, 0.5)),
        (PrivacyControl, "initialisations", ("Normal(0.1)", "Normal")),
    ],
)
def test_nothing_is_measured_twice(scenario, name, values):
    with pytest.raises(ValueError, match="is given twice"):
        scenario(**{name: values})
