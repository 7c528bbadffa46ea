"""Designed divisions: balanced, fair as asked, with gains from copies that the rules themselves have and no division beats."""

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.__main__ import main
from potluck.mechanisms import BalancedDivision, ClassGame, CoalitionalGame, Market, ReplicationRobustDivision, shapley
from potluck.mechanisms.audits.designing import DesignProblem, design_division, gain_form, share_form
from potluck.mechanisms.audits.linear_check import check_certificate
from potluck.mechanisms.audits.refuting import Search, copies_do_not_pay, refute
from potluck.mechanisms.coalitions.game_classes import GameClass
from potluck.scenarios.markets.design_curve import rule_of

TENTH = Fraction(1, 10)


def market(game, copies=0):
    table = game.values.reshape((2,) * game.n).T
    return Market.of(np.concatenate([table, *[table.take([1], axis=0)] * copies], axis=0))


@given(n=st.integers(2, 4), copies=st.integers(0, 2), unearned=st.floats(0, 1), seed=st.integers(0, 2**31))
def test_money_balances_on_every_game(n, copies, unearned, seed):
    each = market(GameClass().draw(n, np.random.default_rng(seed)), copies)
    weights = np.random.default_rng(seed).uniform(-1, 1, size=(5, 6))
    rows = tuple(tuple(row[: m - 1].tolist()) for m, row in enumerate(weights, start=2))
    for rule in (BalancedDivision(unearned), BalancedDivision(unearned, rows)):
        assert each.total(rule.settle(each).payments) == pytest.approx(0, abs=1e-9)


@given(n=st.integers(2, 4), seed=st.integers(0, 2**31))
def test_useless_data_earns_nothing_or_its_share(n, seed):
    values = GameClass("monotone").draw(n - 1, np.random.default_rng(seed)).values
    each = market(CoalitionalGame(np.tile(values, 2)))
    for unearned in (0.0, 0.3, 1.0):
        paid = BalancedDivision(unearned).settle(each).payments[-1]
        assert paid == pytest.approx((1 - unearned) * each.improvement[-1], abs=1e-12)


def test_rows_of_weights_say_what_the_formula_says():
    rng = np.random.default_rng(3)
    null = ((0.0,), (0.0, 0.5), (0.0, 1 / 3, 1 / 3), (0.0, 1 / 4, 1 / 6, 1 / 4))
    for n, copies in ((2, 0), (2, 2), (3, 1), (4, 1)):
        each = market(GameClass().draw(n, rng), copies)
        plain, rows = (BalancedDivision(0.0, weights).settle(each).payments for weights in ((), null))
        assert rows == pytest.approx(plain, abs=1e-12)
        assert plain[1] == pytest.approx(each.improvement[1] - (each.game.n * shapley(each.game)[1] - each.alone[1]), abs=1e-12)


@pytest.mark.parametrize(("n", "copies"), [(2, 1), (3, 2), (4, 1)])
def test_forms_are_what_the_rule_pays(n, copies):
    rng = np.random.default_rng(n)
    m = n + copies
    rows = tuple(tuple(Fraction(int(w), 12) for w in rng.integers(-6, 6, size=k - 1)) for k in range(2, m + 1))
    rule = BalancedDivision(0.5, [[float(w) for w in row] for row in rows])
    steps = np.sort(rng.random((2, n)), axis=1)
    worths = np.concatenate([[0], steps.min(axis=0)[:-1], steps.max(axis=0)])
    game = CoalitionalGame([worths[(n if mask & 1 else 0) + (mask >> 1).bit_count()] for mask in range(1 << n)])
    gain = rule.settle(market(game)).payments[0] - rule.settle(market(game, copies)).payments[0]
    form = gain_form(n, copies).at(rows)
    assert float(sum(float(part) * worth for part, worth in zip(form, worths, strict=True))) == pytest.approx(gain, abs=1e-9)
    assert len(share_form(n, 1).constant) == 2 * n


@pytest.mark.parametrize(
    ("n", "copies", "unearned", "least"),
    [
        (2, 2, 0, 0),
        (3, 1, 0, Fraction(1, 3)),
        (3, 2, 0, Fraction(1, 2)),
        (3, 2, TENTH, Fraction(7, 20)),
        (4, 2, 0, Fraction(4, 5)),
    ],
)
def test_the_least_gain_is_proved_from_both_sides_and_real(n, copies, unearned, least):
    design = design_division(DesignProblem(n, copies, unearned=Fraction(unearned)))
    assert float(design.gain) == pytest.approx(float(least), abs=1e-6)
    assert float(design.bound) == pytest.approx(float(least), abs=1e-6)
    assert design.bound <= design.gain
    rule, searched = rule_of(design), Search(GameClass("monotone"), n, copies, 20)
    assert refute(rule, "copies do not pay", searched).slack >= -float(design.gain) - 1e-9
    for name, game in design.games:
        if name.endswith(" parties") and name[0].isdigit():
            parties = int(name.split(", ")[1].split()[0])
            worths = [float(game[(parties if mask & 1 else 0) + (mask >> 1).bit_count()]) for mask in range(1 << parties)]
            assert -copies_do_not_pay(rule, CoalitionalGame(worths), copies) <= float(design.gain) + 1e-9


def test_a_division_beats_the_papers_at_both():
    design = design_division(DesignProblem(3, 2, unearned=Fraction(1, 3)))
    assert design.gain < Fraction(1, 1000)
    useless = market(CoalitionalGame([0, 0.5, 0.5, 1, 0, 0.5, 0.5, 1]))
    paper = ReplicationRobustDivision()
    assert useless.improvement[-1] - paper.settle(useless).payments[-1] > 0.33
    assert refute(paper, "copies do not pay", Search(GameClass("monotone"), 3, 2, 20)).slack < -0.13


def test_demands_that_contradict_each_other_are_shown_impossible():
    design = design_division(DesignProblem(3, 2, stable=Fraction(1, 100)))
    assert design.weights is None
    assert design.games
    stable = design_division(DesignProblem(3, 1, unearned=Fraction(1, 2), stable=Fraction(1, 100)))
    rule = rule_of(stable)
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = GameClass("monotone").draw(3, rng).values
        game = CoalitionalGame(0.9 * values / values.max() * np.append(np.ones(7), 0) + np.append(np.zeros(7), 1))
        assert copies_do_not_pay(rule, game, 1) > 0


def test_the_command(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def status(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["design", *arguments])
        return end.value.code

    assert status("--parties", "2", "--copies", "1", "--keep", "balance,symmetry,null-buyer", "--out", "found") == 0
    assert "copies gain at most 0 (proved)" in capsys.readouterr().out
    assert (tmp_path / "found" / "design.json").exists()
    proofs = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "found").glob("*-parties*.json")]
    assert len(proofs) == 5
    assert all(check_certificate(proof).endswith(("2 parties", "1 copies")) for proof in proofs)
    assert status("--parties", "2", "--copies", "1", "--keep", "honest-stable", "--unearned", "0.5") == 0
    assert "came back to it in 9 of 9 runs" in capsys.readouterr().out
    assert status("--parties", "3", "--keep", "null-buyer,floor,honest-stable") == 1
    assert "impossible" in capsys.readouterr().out
    for wrong in (("--keep", "honour"), ("--minimise", "regret"), ("--parties", "5"), ("--class", "all"), ("--unearned", "2")):
        assert status(*wrong) == 2


def test_weights_of_another_length_are_refused():
    with pytest.raises(ValueError, match="row 2 is of 3 identities"):
        BalancedDivision(0.5, [[0.0], [0.0]])
    assert isinstance(market(CoalitionalGame([0, 1])).game, ClassGame)
