"""Planted faults are refuted by small games, and a class of games keeps what it says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.__main__ import main
from potluck.mechanisms import (
    BanzhafDivision,
    CoalitionalGame,
    FreeSharing,
    Mechanism,
    ReplicationRobustDivision,
    Settlement,
    ShapleyDivision,
)
from potluck.mechanisms.audits import linear_check, refuting
from potluck.mechanisms.audits.certificate_check import check_certificate
from potluck.mechanisms.audits.global_search import is_linear
from potluck.mechanisms.audits.refuting import DEMANDS, Search, refute
from potluck.mechanisms.coalitions.game_classes import CLASSES, GameClass
from potluck.models import QualityCurve
from potluck.scenarios.audit_page import html_page
from potluck.scenarios.audit_report import robustness_report


class ExtraForFour(BanzhafDivision):
    """Pay party 1 an extra 5 when there are four parties."""

    def settle(self, market):
        settlement = super().settle(market)
        extra = 5.0 * (np.arange(market.n) == 0) * (market.present.sum() == 4)
        return Settlement(settlement.rewards, settlement.payments - extra)


class HarmCharged(FreeSharing):
    """Take 1000 from whoever does harm."""

    def settle(self, market):
        harm = np.array([1000.0 * (market.game.grand < without(market, owner) - 1e-12) for owner in range(market.n)])
        return Settlement(market.joint_model(), harm * market.present)


def without(market, owner):
    counts = np.array(market.game.sizes)
    counts[market.group[owner]] = 0
    return float(market.game.values[tuple(counts)])


class PaysFromFive(FreeSharing):
    """Pay for identities from five on."""

    def settle(self, market):
        return Settlement(market.joint_model(), -0.1 * market.entries * (market.game.n >= 5))

    def revenue_range(self, market):
        return (-np.inf, np.inf)


class UnfairOnComplements(Mechanism):
    """Pay party 1 where parties together are worth more than all apart."""

    def settle(self, market):
        first = np.arange(market.n) == 0
        return Settlement(market.joint_model(), -0.2 * first * (market.game.grand > market.alone.sum() + 1e-12))


@pytest.mark.parametrize(
    ("rule", "demand", "parties"),
    [
        (ExtraForFour(), "money adds up", 4),
        (HarmCharged(), "money adds up", 2),
        (HarmCharged(), "nobody worse off than alone", 2),
        (PaysFromFive(), "copies do not pay", 3),
        (PaysFromFive(), "false names do not pay", 3),
        (UnfairOnComplements(), "F2 symmetry", 2),
    ],
)
def test_planted_faults_are_refuted_by_the_smallest_game(rule, demand, parties):
    found = refute(rule, demand, Search())
    assert found.game is not None
    assert found.game.n == parties
    assert found.shown < -1e-9
    assert len(np.unique(found.game.values)) <= 4
    assert refute(rule, demand, Search(only=found.game)).slack == found.shown


def test_programmes_find_the_worst_gain_that_is_proved():
    search = Search(GameClass("monotone"), budget=30)
    for division, worst in (("normalised", 0.2625), ("excess", 0.05)):
        found = refute(ReplicationRobustDivision(division=division), "copies do not pay", search)
        assert found.slack == pytest.approx(-worst, abs=1e-9)


@given(st.sampled_from(CLASSES), st.integers(2, 4), st.integers(0, 2**31))
def test_constraints_and_membership_agree(name, n, seed):
    rng = np.random.default_rng(seed)
    games = GameClass(name)
    if (constraints := games.constraints(n)) is None:
        return
    matrix, limits = constraints
    for game in (games.draw(n, rng), GameClass().draw(n, rng)):
        assert games.contains(game) == bool((matrix @ game.values <= limits + 1e-12).all())


def test_monotone_games_of_noughts_and_ones_are_counted_by_dedekind():
    assert [sum(1 for _ in GameClass("monotone").vertices(n)) for n in (1, 2, 3)] == [1, 4, 18]
    with pytest.raises(ValueError, match="of 1 to 4"):
        next(GameClass("monotone").vertices(5))


def test_money_is_looked_at_in_harmful_games_and_with_four_parties_whatever_is_asked():
    search = Search(GameClass("monotone"), parties=2, budget=20)
    for rule in (ExtraForFour(), HarmCharged()):
        report = robustness_report(rule, [], None, search)
        assert not report.keeps_its_word
        (found,) = [each for each in report.findings if each.section == "counterexamples" and each.where.startswith("all")]
        assert found.word == "refuted"
        assert len(found.game) == (16 if isinstance(rule, ExtraForFour) else 4)
        assert "<svg" in html_page(report)


def test_money_that_fails_under_an_attack_fails_the_money_line():
    class Split(FreeSharing):
        """Charge where there are more names than parties."""

        def settle(self, market):
            return Settlement(market.joint_model(), 1.0 * (market.n == 4) * market.present)

    report = robustness_report(Split(), [QualityCurve(sizes=(1, 2, 3))], None, Search(parties=2, budget=10))
    lines = [each for each in report.findings if each.section == "money" and each.word == "refuted"]
    assert any("Sybil" in line.where for line in lines)
    assert not report.keeps_its_word


def test_words():
    report = robustness_report(ReplicationRobustDivision(division="excess"), [], None, Search(parties=3, copies=1, budget=20))
    bounds = [each for each in report.findings if each.section == "bounds"]
    copies = [each for each in bounds if each.where.endswith("joint model worth 1")]
    assert [each.word for each in copies] == ["proved", "proved"]
    assert [each.verdict.outcome.value for each in copies] == ["reproduced", "reproduced"]
    assert {each.word for each in report.findings} <= {"proved", "refuted", "no counterexample", "not asked"}
    gains = {name: each for name, each in report.certificates.items() if name.startswith("certificate")}
    assert sorted(gains) == [f"certificate-excess-{n}-parties-1-copies" for n in (2, 3)]
    assert all(check_certificate(each) for each in gains.values())
    assert all(linear_check.check_certificate(each) for name, each in report.certificates.items() if name not in gains)


def test_a_sound_rule_is_not_refuted():
    for demand in ("money adds up", "F1 uselessness", "F2 symmetry"):
        found = refute(ShapleyDivision(), demand, Search(budget=40))
        assert found.game is None or demand == "F1 uselessness"  # who is useless is given the joint model
        assert found.tried >= 40


@given(st.sampled_from(CLASSES), st.integers(2, 5), st.integers(0, 2**31))
def test_games_are_of_their_class(name, n, seed):
    games = GameClass(name)
    game = games.draw(n, np.random.default_rng(seed))
    assert games.contains(game)
    assert game.n == n
    for _, extreme in games.extreme(n):
        assert games.contains(extreme)


def test_a_refuted_rule_exits_with_1_and_its_game_replays(capsys):
    def status(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["audit", *arguments])
        return end.value.code

    assert status(f"{__name__}:HarmCharged", "--game", "0,1,0,0") == 1
    assert "**refuted**" in capsys.readouterr().out
    assert status("FreeSharing", "--game", "0,1,0,1") == 0
    assert status("FreeSharing", "--game", "0,1,0,1", "--keep", "F1 uselessness") == 1
    assert status("FreeSharing", "--game", "0,1") == 0
    assert status("FreeSharing", "--game", "0,one") == 2
    assert status("FreeSharing", "--class", "convexish", "--game", "0,1") == 2
    assert status("FreeSharing", "--game", "0,1", "--keep", "honour") == 2
    assert set(DEMANDS) >= {"copies do not pay", "false names do not pay"}


def test_a_rule_of_ones_own_is_replayed_by_its_import_path():
    report = robustness_report(HarmCharged(), [], None, Search(parties=2, copies=1, budget=10))
    replayed = [each.evidence for each in report.findings if "replay: " in each.evidence]
    assert replayed
    assert all(f'replay: potluck audit "{__name__}:HarmCharged()" --' in evidence for evidence in replayed)


@pytest.mark.parametrize("power", [-40, 40])
@pytest.mark.parametrize("demand", DEMANDS)
def test_what_a_game_refutes_does_not_hang_on_the_unit_of_worth(demand, power):
    for rule in (ShapleyDivision(), ReplicationRobustDivision(), FreeSharing()):
        for worths in ([0, 0.5, 0.5, 0.5], [0, 0.7, 0.6, 1], [0, 0.3, 0.3, 0.6, 0.1, 0.4, 0.4, 1]):
            one, other = (
                refute(rule, demand, Search(only=CoalitionalGame(unit * np.array(worths)))) for unit in (1.0, 2.0**power)
            )
            assert (one.game is None) == (other.game is None)
            assert other.slack == pytest.approx(one.slack * 2.0**power, rel=1e-9, abs=1e-12 * 2.0**power)


def test_a_global_search_finds_what_steps_along_gradients_do_not(monkeypatch):
    class Pit(FreeSharing):
        def settle(self, market):
            far = float(np.abs(market.alone[:2] - [0.37, 0.71]).sum()) if market.n == 2 else 1.0
            return Settlement(market.joint_model(), (0.05 - far) * market.present)

        def revenue_range(self, market):
            return (-np.inf, 0.0)

    search = Search(GameClass("monotone"), 2, 1, 60)
    found = refute(Pit(), "money adds up", search)
    assert found.game is not None
    assert not is_linear(Pit(), 2, search.games)
    monkeypatch.setattr(refuting, "search_globally", lambda *_: None)
    assert refute(Pit(), "money adds up", search).game is None


def test_counterexamples_are_worked_out_in_fractions_where_the_rule_allows_it():
    for rule, demand in ((ShapleyDivision(), "copies do not pay"), (ReplicationRobustDivision(), "copies do not pay")):
        found = refute(rule, demand, Search(GameClass("monotone"), 3, 2, 40))
        assert found.exact is None or float(found.exact) == pytest.approx(-found.shown, abs=1e-12)
    assert refute(ShapleyDivision(), "copies do not pay", Search(only=CoalitionalGame([0, 0.5, 0.5, 0.5]))).exact == Fraction(
        1, 8
    )
    assert refute(BanzhafDivision(), "copies do not pay", Search(only=CoalitionalGame([0, 0.5, 0.5, 0.5]))).exact is None
