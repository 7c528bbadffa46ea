"""Rules that pay semivalues as they are: the values by their definition, and the classes of games on which copies cannot pay."""

import itertools
from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import (
    BanzhafDivision,
    ClassGame,
    CoalitionalGame,
    LeaveOneOutPayments,
    Market,
    RobustBanzhaf,
    RobustShapley,
    SemivaluePayments,
    Settlement,
    ShapleyDivision,
    robust_shapley,
    semivalue,
)
from potluck.mechanisms.audits.refuting import Search, copies_do_not_pay
from potluck.mechanisms.audits.semivalue_conditions import probed
from potluck.mechanisms.coalitions.game_classes import GameClass
from potluck.models import Classification, QualityCurve
from potluck.scenarios.audit_report import RobustnessReport
from potluck.scenarios.robustness_findings import theorems_of

ROBUST = (RobustShapley(), RobustBanzhaf(), LeaveOneOutPayments())


class Binomial(SemivaluePayments):
    """Pay what an identity adds when each other one is in with a given chance."""

    chance: float = 0.5

    def value(self, game):
        weights = [self.chance**c * (1 - self.chance) ** (game.n - 1 - c) for c in range(game.n)]
        return semivalue(game, weights)


class BonusFromFive(RobustBanzhaf):
    """Pay a little more to everybody from five identities on."""

    def settle(self, market):
        settled = super().settle(market)
        return Settlement(settled.rewards, settled.payments - 0.01 * market.entries * (market.game.n >= 5))


def by_definition(values, n):
    low = (n - 1) // 2
    middle = Fraction(factorial(low) * factorial(n - 1 - low), factorial(n))
    found = []
    for i in range(n):
        total = Fraction(0)
        for mask in range(1 << n):
            if mask >> i & 1:
                continue
            c = mask.bit_count()
            weight = middle if c < low else Fraction(factorial(c) * factorial(n - 1 - c), factorial(n))
            total += weight * (Fraction(values[mask | 1 << i]) - Fraction(values[mask]))
        found.append(float(total))
    return found


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_robust_shapley_is_its_definition_in_fractions(n, seed):
    game = GameClass("all" if n > 1 else "monotone").draw(n, np.random.default_rng(seed))
    assert robust_shapley(game) == pytest.approx(by_definition(game.values.tolist(), n), abs=1e-12)
    assert robust_shapley(ClassGame(game.values.reshape((2,) * n).T)) == pytest.approx(robust_shapley(game), abs=1e-12)


def test_robust_shapley_at_the_ends():
    assert robust_shapley(ClassGame(np.zeros((1, 1)))).tolist() == [0, 0]
    assert robust_shapley(CoalitionalGame([0, 3])).tolist() == [3]
    many = robust_shapley(ClassGame(np.minimum(np.arange(2001), 1.0)))
    assert np.isfinite(many).all()
    assert many[0] < 1e-300
    assert RobustShapley().settle(Market.of(np.zeros((1, 1)))).payments.tolist() == [0, 0]


def test_the_printed_example():
    # three players; what the first adds to nobody, one and both others is 3, 2, 1; it enters a copy
    alone = [0, 3, 3, 5, 3, 5, 5, 6]
    table = np.reshape(alone, (2,) * 3).T
    copied = np.concatenate([table, table[[1]]])

    def paid(rule, worths):
        market = Market.of(worths)
        return float(market.improvement[0] - rule.settle(market).payments[0])

    assert [paid(RobustBanzhaf(), worths) for worths in (table, copied)] == pytest.approx([2, 2])
    assert [-float(ShapleyDivision().settle(Market.of(each)).payments[0]) for each in (table, copied)] == pytest.approx(
        [2, 7 / 3]
    )


def test_robust_rules_are_proved_and_plain_shapley_is_refuted_by_a_game_of_its_class():
    for rule in ROBUST:
        assert probed(rule, 4, 3).largest_gain("monotone").proved
    known = probed(ShapleyDivision(), 4, 2)
    for games in ("monotone", "submodular"):
        claim = known.largest_gain(games)
        game = CoalitionalGame(claim.worths)
        assert not claim.proved
        assert GameClass(games).contains(game)
        assert -copies_do_not_pay(ShapleyDivision(), game, claim.copies) == pytest.approx(float(claim.most))
    assert known.largest_gain("supermodular").proved


@pytest.mark.parametrize(("chance", "robust"), [(0.3, False), (0.45, False), (0.5, True), (0.8, True)])
def test_binomial_values_are_robust_from_a_half_on(chance, robust):
    claim = probed(Binomial(chance=chance), 3, 2).largest_gain("submodular")
    assert claim.proved == robust
    assert robust or -copies_do_not_pay(Binomial(chance=chance), CoalitionalGame(claim.worths), 2) > 0


@settings(max_examples=24)
@given(
    st.sampled_from(ROBUST),
    st.sampled_from(("monotone", "submodular", "supermodular")),
    st.integers(2, 4),
    st.integers(0, 2**31),
)
def test_no_game_of_the_class_is_handed_out_more_nor_pays_for_copies(rule, name, n, seed):
    game = GameClass(name).draw(n, np.random.default_rng(seed))
    if game.grand < 1e-9:
        return
    worths = game.values / game.grand
    market = Market.of(worths.reshape((2,) * n).T)
    handed_out = float((market.improvement - rule.settle(market).payments).sum())
    assert handed_out <= float(cached(rule).most_handed_out(name).most) + 1e-9
    assert copies_do_not_pay(rule, CoalitionalGame(worths), 2) >= -1e-9


KNOWN = {}


def cached(rule):
    return KNOWN.setdefault(str(rule), probed(rule, 4, 2))


def test_what_is_handed_out_is_attained():
    expected = {"RobustShapley": 1, "RobustBanzhaf": Fraction(3, 2), "LeaveOneOutPayments": 4}
    for rule, games in itertools.product(ROBUST, ("monotone", "submodular", "supermodular")):
        claim = cached(rule).most_handed_out(games)
        market = Market.of(np.reshape(claim.worths, (2,) * claim.parties).T)
        assert float((market.improvement - rule.settle(market).payments).sum()) == pytest.approx(float(claim.most))
        assert GameClass(games).contains(CoalitionalGame(claim.worths))
        if games == "monotone":
            assert claim.most == expected[rule.name()]


def test_rules_that_pay_no_semivalue_are_not_taken_for_one():
    for rule in (BanzhafDivision(), BonusFromFive()):
        assert probed(rule, 4, 2) is None
    assert probed(BonusFromFive(), 2, 2) is not None  # of four identities it is the same rule
    assert probed(BanzhafDivision(form="unnormalised"), 4, 2).chances == cached(RobustBanzhaf()).chances


def test_the_report_says_what_is_proved_and_where_it_says_nothing():
    tasks = [QualityCurve(sizes=(1, 2)), Classification(dataset="wine", parties=2)]
    found = list(theorems_of(RobustBanzhaf(), Search(parties=3), tasks))
    lines = {(each.promise, each.where.split("(")[0].split()[0]): each for each in found}
    assert lines["copies do not pay", "monotone"].word == "proved"
    spends = lines["hands out no more than the joint model is worth", "monotone"]
    assert (spends.word, spends.slack) == ("refuted", -0.5)
    assert [lines["premise: copies add nothing", task.name()].word for task in tasks] == ["proved", "proved"]
    assert [lines["premise: diminishing returns", task.name()].word for task in tasks] == ["proved", "not asked"]
    assert "## Semivalues" in RobustnessReport(RobustBanzhaf(), tuple(found)).markdown()
    assert not list(theorems_of(BanzhafDivision(), Search(parties=2), tasks))
