import numpy as np
import pytest

from potluck.models import NormalFormGame
from potluck.models.games.equilibria import mixed_equilibria

pytest.importorskip("quantecon")


def test_rock_paper_scissors_has_one_equilibrium():
    payoffs = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    ((one, two),) = mixed_equilibria(NormalFormGame([payoffs, -payoffs]))
    assert np.concatenate([one, two]) == pytest.approx(1 / 3)


@pytest.mark.parametrize("seed", range(10))
def test_pure_equilibria_are_among_them_and_nobody_gains(seed):
    game = NormalFormGame(np.random.default_rng(seed).normal(size=(2, 3, 4)))
    found = mixed_equilibria(game)
    assert len(found) % 2 == 1
    pure = {(int(one.argmax()), int(two.argmax())) for one, two in found if max(one) == max(two) == 1}
    assert pure == set(game.pure_equilibria())
    for one, two in found:
        gains = game.tables[0] @ two, one @ game.tables[1]
        assert gains[0].max() == pytest.approx(one @ gains[0])
        assert gains[1].max() == pytest.approx(gains[1] @ two)


def test_three_players_are_refused():
    with pytest.raises(ValueError, match="takes two"):
        mixed_equilibria(NormalFormGame(np.zeros((3, 2, 2, 2))))


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e10, 1e12])
def test_a_shift_of_all_payoffs_changes_no_best_reply(offset):
    from potluck.agents.strategies.strategy import best_replies

    assert best_replies(np.array([[0.0, 1.0, 1.0]]) + offset, "first").tolist() == [1]


def test_nash_conv_is_never_negative():
    assert NormalFormGame([[0.1, 0.1, 0.1]]).exploitability([[0.1, 0.1, 0.8]]) == 0
