"""What a round comes to where there is money, whatever the game is called."""

import numpy as np
import pytest

from potluck.agents.strategies import BestResponse
from potluck.attacks import AttackGame, Replicate, StayOut
from potluck.mechanisms import FairPayments, FreeSharing
from potluck.models import NormalFormGame, QualityCurve, RepeatedGame, Rounds, StrategicGame


def test_an_attacked_market_has_a_platform_and_its_profit():
    game = AttackGame(QualityCurve([1, 2]), FairPayments(0.5), [Replicate(1), StayOut()])
    model = RepeatedGame(game=game, strategies=BestResponse(), stop=Rounds(1), initial=[0, 1], rng=1)
    outcome = game.outcome(model.actions)
    assert model.platform is not None
    assert outcome.profit == pytest.approx(game.scheme(model.actions).market.game.grand + outcome.settlement.payments.sum())
    assert model.profit == outcome.profit > 0
    assert outcome.payoffs.tolist() == model.payoffs.tolist()
    assert model.welfare == pytest.approx(model.payoffs.sum() + model.profit)
    assert game.takes_part(np.array([0, 2])).tolist() == [True, False]
    assert game.with_mechanism(FreeSharing()).outcome(model.actions).revenue == 0


def test_a_game_without_money_has_no_outcome():
    game = NormalFormGame([[[1, 0], [0, 2]]] * 2)
    assert game.outcome(np.array([1, 1])) is None
    assert (game.revenue(np.array([1, 1])), game.profit(np.array([1, 1])), game.welfare(np.array([1, 1]))) == (0, 0, 4)
    with pytest.raises(ValueError, match="no market rule"):
        game.with_mechanism(FreeSharing())


class Sum(StrategicGame):
    def payoffs(self, profile):
        return np.full(self.n, float(profile.sum()))


def test_deviations_come_from_payoffs():
    game = Sum([[True, True], [True, False]])
    assert game.deviations(np.array([1, 0])).tolist() == [[0, 1], [1, -np.inf]]
    assert game.pure_equilibria() == [(1, 0)]
    with pytest.raises(TypeError, match="deviations or payoffs"):
        StrategicGame([[True]])
