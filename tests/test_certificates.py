"""Bounds on what copies gain: exact, met by the rules themselves, and read by a checker that is not fooled."""

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

from potluck.mechanisms import CoalitionalGame, ReplicationRobustDivision, SimilarityWeighted
from potluck.mechanisms.audits import certificate_check
from potluck.mechanisms.audits.certificate_check import check_certificate
from potluck.mechanisms.audits.copying_certificates import bound_on_box, certify_copying
from potluck.mechanisms.audits.copying_problem import CopyingProblem
from potluck.mechanisms.audits.refuting import copies_do_not_pay
from potluck.mechanisms.coalitions.game_classes import GameClass
from potluck.scenarios import ReplicationCertificates
from potluck.scenarios.markets.copying import nets_of_copies

RULES = {
    "normalised": ReplicationRobustDivision(),
    "excess": ReplicationRobustDivision(division="excess"),
    "printed": ReplicationRobustDivision(division="printed"),
    "shapley": SimilarityWeighted(decay=0),
}


@functools.cache
def proved(division, n, k):
    return float(certify_copying(CopyingProblem(division, n, k), budget=9).proved)


@pytest.mark.parametrize("division", RULES)
@given(n=st.integers(2, 4), k=st.integers(1, 3), seed=st.integers(0, 2**31))
def test_no_game_beats_a_proved_bound(division, n, k, seed):
    values = GameClass("monotone").draw(n, np.random.default_rng(seed)).values
    if values[-1] <= 0:
        return
    gains = values / values[-1]
    gain = nets_of_copies(division, gains[None], 0, k) - nets_of_copies(division, gains[None], 0, 0)
    assert float(gain[0]) <= proved(division, n, k) + 1e-9


@pytest.mark.parametrize("division", RULES)
@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 2), (4, 1)])
def test_the_game_found_gains_what_is_said_under_the_rule_itself(division, n, k):
    certificate = certify_copying(CopyingProblem(division, n, k), budget=60)
    game = np.array(certificate.game)[None]
    gain = nets_of_copies(division, game, 0, k) - nets_of_copies(division, game, 0, 0)
    assert float(gain[0]) == pytest.approx(float(certificate.found), abs=1e-12)
    if certificate.found > 0:
        lost = copies_do_not_pay(RULES[division], CoalitionalGame(certificate.game), k)
        assert -lost >= float(certificate.found) - 1e-9


def test_known_worst_gains():
    worst = {(division, n): certify_copying(CopyingProblem(division, n, 1)) for division, n in (("normalised", 3), ("excess", 4))}
    assert worst["normalised", 3].found == Fraction(1, 9)
    assert float(worst["normalised", 3].proved) == pytest.approx(1 / 9, abs=2e-3)
    assert worst["excess", 4].found == worst["excess", 4].proved == Fraction(1, 20)
    assert certify_copying(CopyingProblem("excess", 3, 5)).proved == 0


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 1), (4, 2), (5, 5)])
def test_copies_never_pay_who_improves_as_much_as_the_others(n, k):
    problem = CopyingProblem("normalised", n, k, least=Fraction(1, 20), above_others=True)
    assert certify_copying(problem, Fraction(0), Fraction(0)).proved <= 0


def test_seven_parties_refute_what_five_do_not():
    certificate = certify_copying(CopyingProblem("normalised", 7, 1, above_others=True), budget=200)
    assert certificate.found >= Fraction(1, 72)
    game = CoalitionalGame(certificate.game)
    improved = [1 - game.values[1 << party] for party in range(7)]
    assert improved[0] >= np.mean(improved[1:]) - 1e-12
    assert copies_do_not_pay(RULES["normalised"], game, 1) == pytest.approx(-float(certificate.found), abs=1e-9)


def _document(**changes):
    problem = CopyingProblem("normalised", 3, 2, least=Fraction(1, 20), above_others=True)
    document = json.loads(json.dumps(certify_copying(problem, Fraction(0), Fraction(0)).document()))
    return document | changes


def _first_leaf(node):
    while "cut" in node:
        node = next(part for part in node["parts"] if not part.get("empty"))
    return node


def test_the_checker_accepts_what_is_proved_and_rejects_what_is_altered():
    document = _document()
    assert check_certificate(document).startswith("2 copies gain at most")
    with pytest.raises(ValueError, match="it proves"):
        check_certificate(document | {"proved": str(Fraction(document["proved"]) - Fraction(1, 10**12))})
    with pytest.raises(ValueError, match="gains something else"):
        check_certificate(document | {"found": str(Fraction(document["found"]) + Fraction(1, 10**12))})
    with pytest.raises(ValueError, match="not of the class"):
        check_certificate(document | {"worths": ["0", "0", "1/2", "1/4", "1", "1"]})
    for change in ({"above_others": False}, {"improvements": ["0", "1"]}, {"division": "shapley"}):
        with pytest.raises(ValueError, match=r"it proves|longer than"):
            check_certificate(document | {"worths": []} | change)


def _leaves(node):
    return [leaf for part in node["parts"] for leaf in _leaves(part)] if "cut" in node else [node]


def test_the_checker_rejects_altered_leaves():
    document = _document()
    for leaf in _leaves(document["tree"]):
        leaf["multipliers"] = [0] * 9
    with pytest.raises(ValueError, match=r"argument 2 is|it proves"):
        check_certificate(document)
    document = _document()
    _first_leaf(document["tree"])["empty"] = True
    with pytest.raises(ValueError, match="empty that is not"):
        check_certificate(document)
    document = _document()
    _first_leaf(document["tree"])["multipliers"][0] = -1
    with pytest.raises(ValueError, match="negative"):
        check_certificate(document)


def test_any_multipliers_give_a_bound():
    problem = CopyingProblem("normalised", 3, 1)
    box = (Fraction(1, 4), Fraction(1, 2)), (Fraction(1, 2), Fraction(1))
    rng = np.random.default_rng(0)
    known = certify_copying(problem).found
    for _ in range(5):
        multipliers = rng.integers(0, 1 << 20, size=len(problem.rows)).tolist()
        assert bound_on_box(problem, box, multipliers) > -1
    assert known > 0


def test_the_checker_stands_alone(tmp_path):
    source = Path(certificate_check.__file__)
    assert len(source.read_text(encoding="utf-8").splitlines()) < 150
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    document = _document()
    good.write_text(json.dumps(document), encoding="utf-8")
    bad.write_text(json.dumps(document | {"proved": "-1"}), encoding="utf-8")
    for path, status in ((good, 0), (bad, 1)):
        done = subprocess.run([sys.executable, "-I", str(source), str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr


@pytest.mark.parametrize(
    "changes", [{"parties": 1}, {"copies": 0}, {"division": "even"}, {"games": "all"}, {"least": Fraction(2)}]
)
def test_problems_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match="must"):
        CopyingProblem(**({"division": "excess", "parties": 2, "copies": 1} | changes))


def test_the_scenario_proves_the_closed_form():
    result = ReplicationCertificates.example().run(0)
    assert result.passed
    assert result.checks[0].outcome.value == "reproduced"
