"""Noise that realises a reward: the definition, the ends of the range, predictions, releases, privacy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from potluck.mechanisms import CoalitionalGame, rho_stability, shapley_rewards
from potluck.models import BayesianLinearRegression, GaussianProcessRegression, SparseGaussianProcess
from potluck.training.information_gain.gain import information_gain
from potluck.training.information_gain.label_privacy import gaussian_delta, label_epsilon
from potluck.training.information_gain.realisation import Realisation
from potluck.training.information_gain.releases import NestedNoise, averaged_noise, fresh_releases

HYPER = {
    "noise": 1.00104697,
    "signals": (5042.43862,),
    "lengthscales": (1.2376465, 1.0733318, 2.5846424, 14.8468600, 26.7457184, 403.428793),
}
TASKS = {
    "exact": GaussianProcessRegression(rows=45, **HYPER),
    "sparse": SparseGaussianProcess(rows=45, inducing=20, **HYPER),
    "linear": BayesianLinearRegression(dataset="diabetes"),
    "rough": GaussianProcessRegression(
        dataset="diabetes", rows=60, kernel="squared-exponential+exponential", noise=0.5, signals=(1, 0.5), lengthscales=(3, 1)
    ),
}
every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def frozen():
    return GaussianProcessRegression(rows=750, tests=300, seed=9, **HYPER)


ETAS = [0.0, 1e-8, 1e-3, 0.1, 1.0, 17.0, 1e3, 1e6, 1e8]


def noised(task, party, eta):
    """Own rows and the others' as the paper has them: inputs, noise variances."""
    held = task.holdings()
    inputs = [held[party].inputs, *(rows.inputs for index, rows in enumerate(held) if index != party)]
    own = len(inputs[0])
    inputs = np.concatenate(inputs)
    noise = np.full(len(inputs), task.model.noise + eta)
    noise[:own] = task.model.noise
    return inputs, noise


@every_task
def test_the_fast_form_is_the_definition(task):
    for party in range(3):
        realisation = task.realisation(party)
        for eta in ETAS:
            inputs, noise = noised(task, party, eta)
            assert float(realisation.gain(eta)) == pytest.approx(task.model.gain(inputs, noise), abs=1e-9)
        assert float(realisation.gain(math.inf)) == realisation.own == pytest.approx(task.alone[party], abs=1e-9)
        assert realisation.full == pytest.approx(task.coalition_values()[-1], abs=1e-9)


def test_the_fast_form_is_the_definition_on_the_frozen_case():
    task = frozen()
    realisation = task.realisation(1)
    for eta in ETAS:
        inputs, noise = noised(task, 1, eta)
        expected = information_gain(task.model.kernel(inputs, inputs), noise)
        assert float(realisation.gain(eta)) == pytest.approx(expected, abs=1e-9)


@every_task
def test_a_reward_is_realised(task):
    for party in range(3):
        realisation = task.realisation(party)
        rewards = realisation.own + (realisation.full - realisation.own) * np.array([1e-6, 1e-3, 0.2, 0.5, 0.9, 0.999, 1 - 1e-6])
        found = realisation.realise(rewards)
        assert (found.status == "exact").all()
        assert found.gain == pytest.approx(rewards, abs=1e-11 * realisation.full)
        assert (np.diff(found.eta) < 0).all()
        assert np.isfinite(found.eta).all()


@given(
    own=st.floats(0, 100),
    spectrum=st.lists(st.floats(1e-12, 1e8), min_size=1, max_size=30),
    noise=st.floats(1e-6, 1e3),
    share=st.floats(1e-4, 1 - 1e-4),
)
def test_any_reward_between_own_and_joint_is_realised(own, spectrum, noise, share):
    realisation = Realisation(own, np.array(spectrum), noise)
    reward = own + share * (realisation.full - own)
    found = realisation.realise(reward)
    if found.status == "exact":
        assert float(found.gain) == pytest.approx(reward, abs=1e-10 * (1 + realisation.full))
        assert 0 <= found.eta < math.inf
    else:
        assert abs(found.gain - reward) <= 2e-10 * realisation.full + 1e-300


def test_ends_of_the_range():
    realisation = frozen().realisation(1)
    own, full = realisation.own, realisation.full
    found = realisation.realise([full, full * (1 - 1e-12), own, own * (1 + 1e-12), own - 1, 0.0, full + 1])
    assert found.status.tolist() == ["full", "full", "own data", "own data", "unreachable", "unreachable", "infeasible"]
    assert found.eta.tolist() == [0, 0, math.inf, math.inf, math.inf, math.inf, 0]
    assert found.gap == pytest.approx([0, 0, 0, 0, 1, own, -1], abs=1e-9)
    assert found.rational.tolist() == [True, True, True, True, False, False, True]
    assert found.gain == pytest.approx([full, full, own, own, own, own, full])
    close = realisation.realise([own + 1e-6, full - 1e-6])
    assert close.status.tolist() == ["exact", "exact"]
    assert close.gain == pytest.approx([own + 1e-6, full - 1e-6], abs=1e-10)
    assert close.eta[0] > 1e8
    assert close.eta[1] < 1e-5


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_reward_must_be_a_number(wrong):
    with pytest.raises(ValueError, match="rewards must be finite"):
        Realisation(1.0, np.ones(2), 1.0).realise(wrong)


@pytest.mark.parametrize("wrong", [-1.0, math.nan])
def test_noise_must_not_be_negative(wrong):
    realisation = Realisation(1.0, np.ones(2), 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        realisation.gain(wrong)
    with pytest.raises(ValueError, match="at least 0"):
        TASKS["exact"].reward_model(0).predict(wrong)


def test_others_who_tell_nothing_leave_only_own_data():
    for spectrum in (np.zeros(0), np.zeros(3)):
        realisation = Realisation(2.0, spectrum, 1.0)
        assert realisation.realise([2.0, 1.0, 3.0]).status.tolist() == ["full", "unreachable", "infeasible"]
    alone = GaussianProcessRegression(parties=1, rows=20, **HYPER)
    assert alone.realisation(0).full == pytest.approx(alone.alone[0], rel=1e-12)
    assert len(alone.reward_model(0).predict(0.0).mean) == 200


def test_noise_of_the_frozen_case():
    task = frozen()
    game = CoalitionalGame(task.coalition_values())
    bound = rho_stability(game)
    printed = {1.0: (2.865, 1.796), bound: (1.418, 0.9725), 0.5: (0.866, 0.621)}
    for rho, expected in printed.items():
        rewards = shapley_rewards(game, rho)
        found = [task.realisation(party).realise(rewards[party]) for party in range(3)]
        assert found[0].eta == 0
        assert [float(each.eta) for each in found[1:]] == pytest.approx(expected, abs=6e-4)
    assert shapley_rewards(game, bound)[2] == pytest.approx(game({1, 2}), abs=1e-9)


# --- predictions --------------------------------------------------------------------------------------------------------------


@every_task
@pytest.mark.parametrize("eta", [0.0, 0.3, 50.0])
def test_predictions_are_those_of_the_model_trained_on_the_noisy_rows(task, eta):
    held = task.holdings()
    party, tests = 1, task.test_rows.inputs
    inputs, noise = noised(task, party, eta)
    others = np.concatenate([rows.targets for index, rows in enumerate(held) if index != party])
    added = math.sqrt(eta) * np.random.default_rng(0).normal(size=len(others))
    y = np.concatenate([held[party].targets, others + added])
    kernel = task.model.kernel if hasattr(task.model, "kernel") else None
    if kernel is not None:
        cross, gram, prior = kernel(tests, inputs), kernel(inputs, inputs), kernel.diagonal(tests)
    else:
        phi, star = task.model.features(inputs), task.model.features(tests)
        cross, gram = star @ phi.T, phi @ phi.T
        prior = np.einsum("ij,ij->i", star, star) + task.model.unexplained(tests, star)
    solved = np.linalg.solve(gram + np.diag(noise), np.column_stack([y, cross.T]))
    found = task.reward_model(party).predict(eta, added)
    scale = np.abs(y).max()
    assert found.mean == pytest.approx(cross @ solved[:, 0], abs=1e-7 * scale)
    variance = prior - np.einsum("ij,ji->i", cross, solved[:, 1:]) + task.model.noise
    assert found.variance == pytest.approx(variance, rel=1e-6, abs=1e-8)


@every_task
def test_the_ends_predict_as_joint_model_and_own_data_do(task):
    model = task.reward_model(2)
    for eta, coalition in ((0.0, [0, 1, 2]), (math.inf, [2])):
        one, other = model.predict(eta), task.prediction(coalition)
        assert one.mean == pytest.approx(other.mean, abs=1e-6 * np.abs(other.mean).max())
        assert one.variance == pytest.approx(other.variance, rel=1e-6)


def test_many_models_at_once():
    task = TASKS["exact"]
    model, targets = task.reward_model(0), task.test_rows.targets
    draws = np.random.default_rng(0).normal(size=(3, len(model.basis)))
    table = model.mnlp(targets, [0.0, 2.0, math.inf], draws)
    assert table.shape == (3, 3)
    assert table[0] == pytest.approx(np.full(3, model.predict(0.0).mnlp(targets)))
    assert table[2] == pytest.approx(np.full(3, model.own.mnlp(targets)))
    for draw in range(3):
        assert table[1, draw] == pytest.approx(model.predict(2.0, math.sqrt(2) * draws[draw]).mnlp(targets))
    with pytest.raises(ValueError, match="noise needs an entry"):
        model.predict(1.0, np.zeros(3))


def test_ignoring_the_noise_predicts_worse():
    task = frozen()
    model, targets = task.reward_model(1), task.test_rows.targets
    added = math.sqrt(2.865) * np.random.default_rng(0).normal(size=(20, len(model.basis)))
    aware, blind = (float(np.mean(model.predict(eta, added).mnlp(targets))) for eta in (2.865, 0.0))
    assert blind > aware + 0.01


# --- releases and collusion ---------------------------------------------------------------------------------------------------


def test_averaging_fresh_noise_reveals():
    realisation = frozen().realisation(1)
    eta = 2.8653
    gains = [float(realisation.gain(averaged_noise([eta] * m))) for m in (1, 2, 5, 100)]
    assert gains == pytest.approx([79.6, 83.8, 88.5, 93.8], abs=0.06)
    nested = [float(realisation.gain(averaged_noise([eta] * m, nested=True))) for m in (1, 100)]
    assert nested[0] == nested[1] == pytest.approx(gains[0])


def test_fresh_releases_average_out_and_nested_ones_do_not():
    rng = np.random.default_rng(0)
    y = rng.normal(size=4000)
    fresh = fresh_releases(y, [4.0] * 50, rng).mean(axis=0) - y
    assert fresh.var() == pytest.approx(4 / 50, rel=0.1)
    noise = NestedNoise(rng)
    nested = np.array([noise.release(y, 4.0) for _ in range(50)]).mean(axis=0) - y
    assert nested.var() == pytest.approx(4.0, rel=0.1)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0]), min_size=1, max_size=6), st.integers(0, 100))
def test_nested_noise_has_independent_increments(etas, seed):
    noise = NestedNoise(np.random.default_rng(seed))
    rows = 3000
    by_eta = {eta: noise.release(np.zeros(rows), eta) for eta in etas}
    again = {eta: noise.release(np.zeros(rows), eta) for eta in reversed(etas)}
    assert all((by_eta[eta] == again[eta]).all() for eta in etas)
    levels = sorted({0.0, *etas})
    steps = np.array([by_eta.get(eta, np.zeros(rows)) for eta in levels])
    increments = np.diff(steps, axis=0)
    for increment, low, high in zip(increments, levels, levels[1:], strict=False):
        assert increment.var() == pytest.approx(high - low, rel=0.2)
    if len(increments) > 1:
        correlation = np.corrcoef(increments)
        assert np.abs(correlation - np.eye(len(increments))).max() < 0.1


def test_new_rows_join_a_nested_release():
    noise = NestedNoise(np.random.default_rng(0))
    first = noise.release(np.zeros(3), 1.0)
    second = noise.release(np.zeros(5), 1.0)
    assert second[:3].tolist() == first.tolist()
    assert (second[3:] != 0).all()
    with pytest.raises(ValueError, match="fewer"):
        noise.release(np.zeros(4), 1.0)
    with pytest.raises(ValueError, match="finite"):
        noise.release(np.zeros(5), math.inf)


def test_recipients_who_pool_their_models_know_more_than_either():
    task = frozen()
    game = CoalitionalGame(task.coalition_values())
    rewards = shapley_rewards(game, 1.0)
    etas = [float(task.realisation(party).realise(rewards[party]).eta) for party in (1, 2)]
    pooled = task.pooled_gain([1, 2], etas)
    assert pooled == pytest.approx(90.4, abs=0.06)
    assert pooled > max(game({1, 2}), *rewards[1:])
    assert game({1, 2}) < task.pooled_gain([1, 2], etas, nested=True) < pooled
    assert task.pooled_gain([1], etas[:1]) == pytest.approx(rewards[1], abs=1e-9)
    assert task.pooled_gain([1, 2], [math.inf, math.inf]) == pytest.approx(game({1, 2}), abs=1e-9)


def test_averaged_noise_needs_noise_variances():
    assert averaged_noise([2.0, 0.0]) == 0
    assert averaged_noise([2.0, math.inf]) == 2
    assert averaged_noise([math.inf]) == math.inf
    for wrong in ([], [-1.0], [math.nan]):
        with pytest.raises(ValueError, match="etas"):
            averaged_noise(wrong)


# --- privacy ------------------------------------------------------------------------------------------------------------------


@given(st.floats(0, 20), st.floats(0.05, 8))
def test_delta_is_the_hockey_stick_divergence(epsilon, ratio):
    # the largest of P(A) - e^ε Q(A) is over the half line where the density ratio exceeds e^ε
    cut = epsilon / ratio + ratio / 2
    expected = norm.sf(cut - ratio) - math.exp(epsilon) * norm.sf(cut)
    assert gaussian_delta(epsilon, ratio) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.floats(1e-3, 1e5), st.floats(0.1, 100))
def test_epsilon_is_where_delta_is_met(eta, width):
    epsilon = label_epsilon(eta, width)
    if epsilon > 0:
        assert gaussian_delta(epsilon, width / math.sqrt(eta)) == pytest.approx(1e-5, rel=1e-3)
    else:
        assert gaussian_delta(0.0, width / math.sqrt(eta)) <= 1e-5


def test_privacy_of_the_frozen_case():
    targets = np.concatenate([rows.targets for rows in frozen().holdings()])
    width = np.ptp(targets)
    assert width == pytest.approx(26.3, abs=0.05)
    assert [round(label_epsilon(eta, width)) for eta in (2.8653, 1.7963)] == [186, 276]
    assert label_epsilon(250.0, width) == pytest.approx(8.0, abs=0.05)


@pytest.mark.parametrize("wrong", [{"eta": -1}, {"label_range": 0}, {"delta": 1}])
def test_privacy_needs_numbers_in_range(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        label_epsilon(**({"eta": 1.0, "label_range": 1.0} | wrong))


def test_shapes_of_linear_and_sparse_pencils_stay_small():
    sparse = SparseGaussianProcess(rows=400, inducing=16, **HYPER)
    assert len(sparse.realisation(0).spectrum) == 16
    assert len(BayesianLinearRegression(dataset="diabetes").realisation(0).spectrum) == 11
