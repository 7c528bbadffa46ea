"""Planted faults are refuted by small games, and a class of games keeps what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.__main__ import main
from potluck.mechanisms import BanzhafDivision, FreeSharing, Mechanism, Settlement, ShapleyDivision
from potluck.mechanisms.audits.refuting import DEMANDS, Search, refute
from potluck.mechanisms.coalitions.game_classes import CLASSES, GameClass


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


def test_a_sound_rule_is_not_refuted():
    for demand in ("money adds up", "F1 uselessness", "F2 symmetry"):
        found = refute(ShapleyDivision(), demand, Search(budget=40))
        assert found.game is None or demand == "F1 uselessness"  # who is useless is given the joint model
        assert found.tried == 40


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
