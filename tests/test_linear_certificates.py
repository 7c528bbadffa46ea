"""What linear rules promise, proved over whole classes: met by the rules themselves, and read by a checker that is not fooled."""

import functools
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.mechanisms import (
    BalancedDivision,
    EqualSplit,
    FreeSharing,
    LeaveOneOutPayments,
    Market,
    ReplicationRobustDivision,
    RobustShapley,
    ShapleyDivision,
)
from potluck.mechanisms.audits import linear_check
from potluck.mechanisms.audits.linear_certificates import LINEAR_DEMANDS, certify_linear, linear_rule
from potluck.mechanisms.audits.linear_check import check_certificate
from potluck.mechanisms.audits.refuting import Search, refute
from potluck.mechanisms.coalitions.game_classes import GameClass
from potluck.scenarios.certified_findings import bounds_of

RULES = (BalancedDivision(), EqualSplit(), FreeSharing(), LeaveOneOutPayments(), RobustShapley(), ShapleyDivision())


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_bounds_are_attained_and_read(rule):
    for n in (2, 3):
        known = linear_rule(rule, n, 1)
        for demand in known.demands:
            certificate = certify_linear(known, demand)
            assert certificate.found == certificate.proved
            document = json.loads(json.dumps(certificate.document()))
            assert check_certificate(document).startswith(demand)
            for change in ({"proved": str(certificate.proved - Fraction(1, 10**9))}, {"found": str(certificate.found + 1)}):
                with pytest.raises(ValueError, match=r"it proves|something else"):
                    check_certificate(document | change)


@functools.cache
def known_rule(rule, n):
    return linear_rule(rule, n, 1)


@given(seed=st.integers(0, 2**31), n=st.integers(2, 4))
def test_forms_are_what_the_rule_pays(seed, n):
    game = GameClass("monotone").draw(n, np.random.default_rng(seed))
    for rule in (ShapleyDivision(), RobustShapley()):
        known = known_rule(rule, n)
        paid = rule.settle(Market.of(game.values.reshape((2,) * n).T)).payments
        assert [sum(float(part) * worth for part, worth in zip(form, game.values, strict=True)) for form in known.pays] == (
            pytest.approx(paid.tolist(), abs=1e-9)
        )


def test_what_is_proved_the_search_does_not_refute_and_what_is_attained_it_finds():
    search = Search(GameClass("monotone"), 3, 1, 20)
    for rule in RULES:
        most = max(float(certify_linear(linear_rule(rule, n, 1), "copies do not pay").proved) for n in (2, 3))
        found = -refute(rule, "copies do not pay", search).slack
        assert found <= most + 1e-9
        assert (found > 1e-9) == (most > 1e-9)


def test_a_rule_that_is_not_linear_is_left_alone():
    assert linear_rule(ReplicationRobustDivision(), 3, 1) is None
    with pytest.raises(ValueError, match="must be one of"):
        certify_linear(linear_rule(RobustShapley(), 2, 1), "honour")


def test_the_checker_stands_alone_and_refuses_what_is_altered(tmp_path):
    source = Path(linear_check.__file__)
    assert len(source.read_text(encoding="utf-8").splitlines()) < 150
    document = certify_linear(linear_rule(ShapleyDivision(), 3, 1), "symmetry").document()
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(document), encoding="utf-8")
    unfair = [*document["has"][:2], [*document["has"][2][:-1], "1/2"]]
    bad.write_text(json.dumps(document | {"has": unfair}), encoding="utf-8")
    for path, status in ((good, 0), (bad, 1)):
        done = subprocess.run([sys.executable, "-I", str(source), str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
    for change in ({"multipliers": [{"0": "-1"}] * 6}, {"demand": "honour"}, {"games": "nice"}, {"multipliers": []}):
        with pytest.raises(ValueError, match=r"negative|no demand|not a certificate|shorter"):
            check_certificate(document | change)


def test_audits_say_what_is_proved():
    found = list(bounds_of(ShapleyDivision(), Search(parties=2, copies=1, budget=10)))
    words = {finding.promise: finding.word for finding, _, _ in found}
    assert set(words) == set(LINEAR_DEMANDS)
    assert words["money adds up"] == words["symmetry"] == "proved"
    assert words["copies do not pay"] == "refuted"
