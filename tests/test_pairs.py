"""Interactions of pairs: by definition, in games with known ones, and sampled."""

import math

import numpy as np
import pytest

from potluck.mechanisms import CoalitionalGame, OnDemandGame, pair_interactions


def by_definition(values, index):
    n = len(values).bit_length() - 1
    found = np.zeros((n, n))
    for i in range(n):
        for j in set(range(n)) - {i}:
            for rest in range(1 << n):
                if rest >> i & 1 or rest >> j & 1:
                    continue
                s, one, other = rest.bit_count(), 1 << i, 1 << j
                chance = math.factorial(s) * math.factorial(n - s - 2) / math.factorial(n - 1)
                weight = chance if index == "shapley" else 0.5 ** (n - 2)
                found[i, j] += weight * (values[rest | one | other] - values[rest | one] - values[rest | other] + values[rest])
    return found


@pytest.mark.parametrize("index", ["shapley", "banzhaf"])
@pytest.mark.parametrize("n", [2, 3, 6])
def test_by_definition(index, n):
    values = np.append(0.0, np.random.default_rng(n).normal(size=(1 << n) - 1))
    np.testing.assert_allclose(pair_interactions(CoalitionalGame(values), index).values, by_definition(values, index), atol=1e-12)


def test_as_shapiq_does():
    exact = pytest.importorskip("shapiq").ExactComputer
    values = np.append(0.0, np.random.default_rng(0).normal(size=127))
    theirs = exact(game=lambda present: values[np.asarray(present) @ (1 << np.arange(7))], n_players=7)("SII", order=2)
    ours = pair_interactions(CoalitionalGame(values)).values
    for i, j in zip(*np.triu_indices(7, 1), strict=True):
        assert ours[i, j] == pytest.approx(theirs[(int(i), int(j))], abs=1e-12)


@pytest.mark.parametrize("index", ["shapley", "banzhaf"])
def test_games_of_pairs_are_exact(index):
    pairs = np.triu(np.random.default_rng(1).normal(size=(25, 25)))
    game = OnDemandGame(25, lambda present: np.einsum("bi,ij,bj->b", present, pairs, present.astype(float)))
    found = pair_interactions(game, index, evaluations=20_000, rng=np.random.default_rng(0))
    both = np.triu(pairs, 1)
    np.testing.assert_allclose(found.values, both + both.T, atol=1e-9)
    assert found.standard_errors.max() < 1e-9
    assert found.evaluations <= 20_000


def test_intervals_hold_what_they_say():
    weights = np.random.default_rng(2).integers(1, 30, 12)
    game = OnDemandGame(12, lambda present: (present @ weights > 0.6 * weights.sum()).astype(float))
    exact, away = pair_interactions(game).values, ~np.eye(12, dtype=bool)
    covered = []
    for seed in range(6):
        found = pair_interactions(game, evaluations=3500, rng=np.random.default_rng(seed))
        covered.append(np.abs(found.values - exact)[away] <= 1.96 * found.standard_errors[away] + 1e-12)
    assert 0.88 < np.mean(covered) <= 1


def test_shapiq_behind_the_same_call():
    pytest.importorskip("shapiq")
    pairs = np.triu(np.random.default_rng(3).normal(size=(15, 15)))
    game = OnDemandGame(15, lambda present: np.einsum("bi,ij,bj->b", present, pairs, present.astype(float)))
    found = pair_interactions(game, evaluations=1200, rng=np.random.default_rng(0), estimator="shapiq")
    both = np.triu(pairs, 1)
    np.testing.assert_allclose(found.values, both + both.T, atol=1e-6)
    assert found.evaluations <= 1200
    with pytest.raises(ValueError, match="interaction = "):
        pair_interactions(game, "banzhaf", evaluations=1200, rng=np.random.default_rng(0), estimator="shapiq")


def test_refusals():
    game = OnDemandGame(30, lambda present: present.sum(axis=1))
    with pytest.raises(ValueError, match="number of players"):
        pair_interactions(game)
    with pytest.raises(ValueError, match="needs rng"):
        pair_interactions(game, evaluations=10_000)
    with pytest.raises(ValueError, match="at least"):
        pair_interactions(game, evaluations=1000, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="number of players"):
        pair_interactions(CoalitionalGame([0, 1]))
