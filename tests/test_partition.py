"""The partition of Fig. 4: one step of a sort, and block sizes that are uniform subject to the minimum."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from potluck.training.information_gain.partition import block_sizes, hoare_step, sorted_blocks


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.integers(5, 60), st.integers(1, 3), st.floats(0, 1), st.integers(0, 2**32 - 1), st.booleans())
def test_every_row_goes_to_one_party_and_every_party_gets_its_minimum(parties, rows, features, share, seed, with_ties):
    rng = np.random.default_rng(seed)
    inputs = rng.integers(3, size=(rows, features)).astype(float) if with_ties else rng.random((rows, features))
    smallest = share / parties
    try:
        blocks = sorted_blocks(inputs, parties, rng, smallest)
    except ValueError:
        assert parties * max(1, np.ceil(round(smallest * rows, 9))) > rows
        return
    assert len(blocks) == parties
    assert sorted(np.concatenate(blocks).tolist()) == list(range(rows))
    assert min(map(len, blocks)) >= max(1, smallest * rows - 1e-6)


def test_one_row_is_in_its_place_with_the_smaller_before_and_the_larger_after_it():
    rng = np.random.default_rng(0)
    values = rng.random(40)
    ranks = values.argsort().argsort()
    places = np.zeros(40, dtype=int)
    for _ in range(4000):
        in_order = ranks[hoare_step(values, rng)]
        before, after = np.maximum.accumulate(in_order), np.minimum.accumulate(in_order[::-1])[::-1]
        settled = np.flatnonzero((before == in_order) & (after == in_order))
        assert len(settled) >= 1
        places[in_order[settled]] += 1
    # each row is the chosen one equally often; ends of the order settle by chance too, so look at the middle
    assert stats.chisquare(places[5:-5]).pvalue > 1e-3


def test_both_sides_are_in_random_order():
    """All orders that one step may leave for four rows, each as often as it should be."""
    rng = np.random.default_rng(1)
    draws = 24_000
    found = {}
    for _ in range(draws):
        order = tuple(hoare_step(np.array([10.0, 20.0, 30.0, 40.0]), rng).tolist())
        found[order] = found.get(order, 0) + 1
    expected = {}
    for chosen in range(4):
        lefts = list(itertools.permutations(range(chosen)))
        rights = list(itertools.permutations(range(chosen + 1, 4)))
        for left, right in itertools.product(lefts, rights):
            order = (*left, chosen, *right)
            expected[order] = expected.get(order, 0) + draws / 4 / len(lefts) / len(rights)
    assert set(found) == set(expected)
    orders = sorted(expected)
    assert stats.chisquare([found[each] for each in orders], [expected[each] for each in orders]).pvalue > 1e-3


def test_rows_equal_to_the_chosen_one_go_to_either_side():
    rng = np.random.default_rng(2)
    values = np.array([1.0, *[2.0] * 20, 3.0])
    for _ in range(2000):
        in_order = values[hoare_step(values, rng)]
        # a low row never comes after the chosen one, a high one never before it, whichever was chosen
        assert np.flatnonzero(in_order == 1)[0] < np.flatnonzero(in_order == 3)[0]
    where = [int(np.flatnonzero(hoare_step(np.zeros(21), np.random.default_rng(seed)) == 0)[0]) for seed in range(3000)]
    assert stats.kstest((np.array(where) + rng.random(3000)) / 21, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("parties", "smallest"), [(3, 0.1), (2, 0.2), (4, 0.0)])
def test_block_sizes_are_uniform_subject_to_the_minimum(parties, smallest):
    """Against rejection: uniform draws of which those below the minimum are thrown away."""
    rng = np.random.default_rng(3)
    drawn = np.array([block_sizes(1_000_000, parties, rng, smallest) for _ in range(4000)]) / 1e6
    uniform = rng.dirichlet(np.ones(parties), size=60_000)
    kept = uniform[(uniform >= smallest).all(axis=1)]
    assert len(kept) / len(uniform) == pytest.approx((1 - parties * smallest) ** (parties - 1), abs=0.01)
    for party in range(parties):
        assert stats.ks_2samp(drawn[:, party], kept[:, party]).pvalue > 1e-3
    assert stats.ks_2samp(drawn.max(axis=1), kept.max(axis=1)).pvalue > 1e-3
    assert drawn.sum(axis=1) == pytest.approx(np.ones(4000))


def test_three_blocks_have_the_mean_and_spread_of_the_law():
    rng = np.random.default_rng(4)
    shares = np.array([block_sizes(100_000, 3, rng, 0.1) for _ in range(6000)]) / 1e5
    assert shares.mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=0.01)
    assert shares.std(axis=0) == pytest.approx(np.full(3, 0.7 / np.sqrt(18)), abs=0.005)  # 0.165


def test_parties_hold_different_ranges_of_one_feature_and_overlap():
    rng = np.random.default_rng(5)
    ordered, overlapping = 0, 0
    for _ in range(300):
        values = rng.random((400, 1))
        blocks = [values[block, 0] for block in sorted_blocks(values, 3, rng)]
        ordered += blocks[0].mean() < blocks[2].mean() - 0.1
        overlapping += blocks[0].max() > blocks[1].min()
    assert ordered > 240
    assert overlapping > 240


def test_what_cannot_be_dealt_is_said():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"3 parties cannot each have at least the share 0\.4"):
        sorted_blocks(np.zeros((10, 1)), 3, rng, 0.4)
    with pytest.raises(ValueError, match="2 rows are too few for 3 parties with at least 1 each"):
        sorted_blocks(np.zeros((2, 1)), 3, rng, 0.0)
    for parties, smallest in ((0, 0.1), (2, -0.1), (2, float("nan"))):
        with pytest.raises(ValueError, match="at most 1 / parties"):
            block_sizes(10, parties, rng, smallest)
