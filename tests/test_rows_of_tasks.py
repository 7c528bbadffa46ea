"""Rows that parties hold: who has equal ones, which make equal tasks, and what is no row, seed or covariance at all."""

import math

import numpy as np
import pytest

from potluck.attacks import Scheme, settle
from potluck.data.regression import friedman
from potluck.mechanisms import ShapleyRewards, SimilarityWeighted
from potluck.models import BayesianLinearRegression, Classification, GaussianProcessRegression, MatrixFactorization
from potluck.models.tasks import Holding
from potluck.models.tasks.gains_of_coalitions import coalition_gains
from potluck.scenarios.model_rewards.reward_points import COLUMNS, draw_points
from potluck.training.information_gain import (
    Prediction,
    Realisation,
    gaussian_delta,
    hoare_step,
    information_gain,
    information_gain_of_features,
    maximise_likelihood,
    most_likely_noise,
    pivoted_cholesky,
    sorted_blocks,
    squared_exponential,
)
from potluck.training.information_gain import realisation as realisation_module

HYPER = {"noise": 1, "signals": (5000,), "lengthscales": (1.2, 1.1, 2.6, 15, 27, 400)}


def task(**other):
    return GaussianProcessRegression(**({"rows": 30, "tests": 20} | HYPER | other))


def test_equal_rows_are_seen():
    apart = task()
    one, two, three = apart.holdings()
    assert apart.similarity().tolist() == np.eye(3).tolist()
    half = Holding(np.concatenate([one.inputs[:5], two.inputs]), np.concatenate([-one.targets[:5], two.targets]))
    alike = apart.with_holdings([one, half, three]).similarity()
    assert alike[0, 1] == pytest.approx(5 / (len(one) + len(two)))  # whatever the targets
    assert apart.with_holdings([one, Holding(np.tile(one.inputs, (2, 1)), np.tile(one.targets, 2))]).similarity()[0, 1] == 1


def test_a_rule_that_looks_for_equal_rows_finds_them_in_a_game_of_rewards():
    one, two, three = task().holdings()
    copied, apart = task().with_holdings([one, one, three]), task().with_holdings([one, two, three])
    for rows, same in ((copied, 1.0), (apart, 0.0)):
        assert settle(Scheme.honest(rows), ShapleyRewards()).market.similarity[0, 1] == same
    light, heavy = (settle(Scheme.honest(copied), SimilarityWeighted(strength)).settlement.payments for strength in (0.01, 3))
    assert heavy[0] > light[0]  # the copied party's part of the pot shrinks


def test_tasks_with_other_rows_to_test_by_are_different():
    first, second = task(seed=4), task(seed=5)
    held = first.holdings()
    assert first.with_holdings(held) == first
    assert second.with_holdings(held) != first.with_holdings(held)
    assert task() == task()
    assert task() != Classification(dataset="wine")


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
@pytest.mark.parametrize("cls", [Classification, GaussianProcessRegression, MatrixFactorization])
def test_a_seed_is_a_whole_number_from_0_on(cls, seed):
    with pytest.raises(ValueError, match=r"seed = .*input should be"):
        cls(seed=seed)


def test_a_gain_needs_a_model_with_features_or_a_kernel():
    with pytest.raises(TypeError, match="neither"):
        coalition_gains(object(), task().holdings(), (1.0,))


def test_a_root_is_found_in_a_few_steps(monkeypatch):
    monkeypatch.setattr(realisation_module, "MOST_STEPS", 12)
    found = GaussianProcessRegression(rows=150, **HYPER).realisation(1)
    rewards = np.linspace(found.own, found.full, 103)[1:-1]
    assert found.realise(rewards).gain == pytest.approx(rewards, rel=1e-13)
    monkeypatch.setattr(realisation_module, "MOST_STEPS", 1)
    with pytest.raises(ArithmeticError, match="no noise variance found"):
        found.realise(rewards)


NAN = np.array([1.0, math.nan])
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: information_gain(np.array([[math.nan]]), 1.0), "an entry nan"),
        (lambda: information_gain(np.ones((2, 3)), 1.0), "square"),
        (lambda: information_gain(-3 * np.eye(2), 1.0), "not positive semi-definite"),
        (lambda: information_gain(np.eye(2), NAN), "not nan"),
        (lambda: information_gain_of_features(NAN[None], 1.0), "features must be finite"),
        (lambda: Realisation(1.0, np.array([1.0, -2.0]), 1.0), "-2"),
        (lambda: Realisation(1.0, NAN, 1.0), "nan"),
        (lambda: Realisation(1.0, np.ones(1), 0.0), "noise = 0"),
        (lambda: Realisation(-1.0, np.ones(1), 1.0), "own = -1"),
        (lambda: Prediction(np.zeros(2), np.zeros(2)), "positive, not 0"),
        (lambda: Prediction(np.zeros(2), np.ones(2)).mnlp(NAN), "targets must be finite"),
        (lambda: gaussian_delta(-1.0, 1.0), "epsilon = -1"),
        (lambda: gaussian_delta(1.0, 0.0), "ratio = 0"),
        (lambda: friedman(3, RNG, noise=math.inf), "finite noise"),
        (lambda: hoare_step(NAN, RNG), "nan"),
        (lambda: hoare_step(np.zeros(0), RNG), "at least one row"),
        (lambda: sorted_blocks(np.zeros((9, 0)), 3, RNG), r"shape \(9, 0\)"),
        (lambda: pivoted_cholesky(NAN, lambda row: np.eye(2)[row]), "nan"),
        (lambda: maximise_likelihood(squared_exponential(1.0, (1.0,)), 0.1, np.zeros((2, 1)), NAN), "finite"),
        (lambda: most_likely_noise(np.ones((2, 1)), np.zeros(2)), "not all 0"),
        (lambda: task().prediction([0, 0]), "each once"),
        (lambda: task().prediction([]), "at least one"),
        (lambda: task(dataset="nope"), "friedman"),
    ],
)
def test_what_is_out_of_range_is_named(wrong, message):
    with pytest.raises(ValueError, match=message) as problem:
        wrong()
    assert "\n" not in str(problem.value)


def test_columns_that_cannot_be_learned_from_are_named(tmp_path):
    path = tmp_path / "flats.csv"
    path.write_text("area,rent\n" + "\n".join(f"{area % 7},5" for area in range(20)))
    with pytest.raises(ValueError, match="'rent' cannot be both in drop and the label"):
        GaussianProcessRegression(dataset=str(path), without=("rent",))
    for cls in (GaussianProcessRegression, BayesianLinearRegression):
        with pytest.raises(ValueError, match="all the same, once centred"):
            cls(dataset=str(path)).coalition_values()


def test_points_that_a_logarithmic_axis_hides_are_counted():
    import pandas as pd

    rows = [(1, 1, 1.0, 1.0, 2.0, gained, most, 0.5) for gained, most in ((0.1, 0.1), (-0.1, 5.0), (4.0, 5.0))]
    titles = [axis.get_title() for axis in draw_points(pd.DataFrame(rows, columns=COLUMNS), (1.0,), "points").axes[:2]]
    assert titles == ["ρ = 1: 3 of 3 positive", "ρ = 1: 2 of 3 positive, 1 not shown"]


@pytest.mark.parametrize(("value", "said"), [("a", "form an array of numbers, not"), (np.nan, "must be finite, not nan")])
def test_inputs_that_are_no_numbers_are_named(value, said):
    task, inputs = Classification(dataset="wine", parties=2), [[value] * 13]
    with pytest.raises(ValueError, match=f"^party 1's rows: inputs {said}") as caught:
        task.with_holdings([Holding(np.array(inputs), np.array([0]))] * 2)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
