import sys

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


@pytest.mark.parametrize("seed", range(3))
def test_gambits_equilibria_are_quantecons(seed):
    pytest.importorskip("pygambit")
    game = NormalFormGame(np.random.default_rng(seed).normal(size=(2, 4, 3)))
    found, theirs = (
        sorted(np.concatenate(pair).round(8).tolist() for pair in mixed_equilibria(game, method))
        for method in ("vertices", "lrs")
    )
    assert np.array(found) == pytest.approx(np.array(theirs), abs=1e-7)


def test_an_action_that_is_not_available_is_in_no_equilibrium():
    game = NormalFormGame([[[1, 9, 0], [0, 9, 1]], [[1, 9, 0], [0, 9, 1]]], available=[[1, 1, 0], [1, 0, 1]])
    ends = [(one.tolist(), two.tolist()) for one, two in mixed_equilibria(game)]
    assert sorted(ends) == [([0, 1], [0, 0, 1]), ([0.5, 0.5], [0.5, 0, 0.5]), ([1, 0], [1, 0, 0])]


def test_games_go_to_gambit_and_back():
    pytest.importorskip("pygambit")
    game = NormalFormGame(np.random.default_rng(1).normal(size=(3, 2, 3, 2)), None, ["a", "b", "c"], ["x", "y", "z"])
    back = NormalFormGame.from_gambit(game.to_gambit())
    assert np.array_equal(back.tables, game.tables)
    assert (list(back.player_names), list(back.action_names)) == (["a", "b", "c"], ["x", "y", "z"])


@pytest.mark.parametrize("sides", [(2, 3), (2, 3, 2)], ids=str)
def test_games_go_to_open_spiel(sides):
    pytest.importorskip("pyspiel")
    game = NormalFormGame(np.random.default_rng(1).normal(size=(len(sides), *sides)))
    theirs = game.to_openspiel()
    for profile in game.profiles():
        state = theirs.new_initial_state()
        state.apply_actions(profile.tolist())
        assert state.returns() == pytest.approx(game.payoffs(profile))


def test_what_is_missing_is_named(monkeypatch):
    game = NormalFormGame(np.eye(2)[None].repeat(2, axis=0))
    for package, module, call in (
        ("pygambit", "pygambit", game.to_gambit),
        ("pygambit", "pygambit", lambda: NormalFormGame.from_gambit(None)),
        ("open_spiel", "pyspiel", game.to_openspiel),
        ("equilibria", "quantecon.game_theory", lambda: mixed_equilibria(game)),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ModuleNotFoundError, match=package):
            call()
