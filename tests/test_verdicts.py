import math

import numpy as np
import pytest

from potluck.verdicts import REFUTED, REPRODUCED, UNDECIDED, Verdict, by_paper, counts, derived, elsewhere, mean_interval, printed


def test_numbers_are_held_against_their_tolerance():
    near, far, lost = (Verdict.number("area", printed("Table 1"), 3.14, found, 0.01) for found in (3.149, 3.2, math.nan))
    assert (near.outcome, far.outcome, lost.outcome) == (REPRODUCED, REFUTED, UNDECIDED)
    assert near.as_expected
    assert not far.as_expected
    assert not lost.as_expected
    assert Verdict.number("end", printed("Table 1"), math.inf, math.inf, 0.0).outcome is REPRODUCED
    assert Verdict.number("end", printed("Table 1"), math.inf, 3.0, 0.0).outcome is REFUTED


def test_what_is_known_to_fail_is_expected_to():
    for holds, outcome in ((True, REPRODUCED), (False, REFUTED), (None, UNDECIDED)):
        for expected in (REPRODUCED, REFUTED, UNDECIDED):
            found = Verdict.statement("it", derived("here"), "it holds", "seen", holds, expected=expected)
            assert found.outcome is outcome
            assert found.as_expected == (outcome is expected)
            assert (found.outcome.mark == "✓") == (outcome is REPRODUCED)


def test_a_refuted_claim_shows_its_counterexample():
    for holds in (False, None):
        with pytest.raises(ValueError, match="needs a counterexample or a reason"):
            Verdict.statement("it", derived("here"), "it holds", "", holds)


def test_an_interval_that_holds_both_answers_decides_nothing():
    def positive(mean):
        return mean > 0

    for samples, outcome in (
        ([1, 1.1, 0.9], REPRODUCED),
        ([-1, -1.1, -0.9], REFUTED),
        ([1, -1, 0.1], UNDECIDED),
        ([5], UNDECIDED),
    ):
        found = Verdict.over_seeds("gain", printed("Figure 1"), "positive", samples, positive)
        assert found.outcome is outcome
        low, high = found.interval
        assert low <= np.mean(samples) <= high


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        low, high = mean_interval(rng.normal(2, 3, 6), 0.9)
        inside += low <= 2 <= high
    assert inside / 2000 == pytest.approx(0.9, abs=0.03)


def test_verdicts_are_counted_by_paper_and_origin():
    right = Verdict.number("area", printed("Table 1"), 3.14, 3.14, 0.01)
    wrong = Verdict.statement("it", derived("here"), "it holds", "3 of 4", False, expected=REFUTED)
    open_ = Verdict.statement("it", elsewhere("notes"), "it holds", "one seed", None)
    assert counts([right, wrong, open_]) == {"reproduced": 1, "refuted": 1, "undecided": 1, "unexpected": 1}
    rows = [{"cites": paper, **verdict.row()} for paper, verdict in (("a", right), ("a", wrong), ("b", open_), ("a", right))]
    table = by_paper(rows)
    assert list(table) == ["a", "b"]
    assert table["a"]["printed"] == {"reproduced": 2, "refuted": 0, "undecided": 0}
    assert table["a"]["derived"]["refuted"] == 1
    assert table["b"]["measured elsewhere"]["undecided"] == 1
    assert sum(number for origins in table.values() for outcomes in origins.values() for number in outcomes.values()) == 4


def test_few_seeds_excuse_what_is_undecided_and_nothing_that_is_wrong():
    def verdict(holds, expected=REPRODUCED):
        return Verdict.statement("it", derived("here"), "it holds", "seen", holds, expected=expected)

    assert verdict(None).excused(True, "two seeds are few").as_expected
    assert verdict(None).excused(True, "two seeds are few").note == "two seeds are few"
    assert not verdict(None).excused(False, "").as_expected
    assert not verdict(False).excused(True, "two seeds are few").as_expected
    assert not verdict(True, REFUTED).excused(True, "two seeds are few").as_expected
