import sys

import numpy as np
import pytest

from potluck.agents.strategies import Logit
from potluck.models import (
    GAMES,
    NormalFormGame,
    PopulationGame,
    RepeatedGame,
    SharingGame,
    SharingUtility,
    evolutionarily_stable,
    is_evolutionarily_stable,
    mixed_equilibria,
    quantal_response_path,
    symmetric_equilibria,
)

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
        ("the extra `gambit`", "pygambit", game.to_gambit),
        ("the extra `gambit`", "pygambit", lambda: NormalFormGame.from_gambit(None)),
        ("the extra `openspiel`", "pyspiel", game.to_openspiel),
        ("equilibria", "quantecon.game_theory", lambda: mixed_equilibria(game)),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ModuleNotFoundError, match=package):
            call()


def test_symmetric_equilibria_of_a_sharing_game_are_its_own():
    game = SharingGame(SharingUtility.by_count([0, 0.5, 0.9, 0.95, 1]), alpha=0.8, costs=0.2)
    found = [mix[0] for mix in symmetric_equilibria(game)]
    assert sorted(found) == pytest.approx(game.symmetric_equilibria())


@pytest.mark.parametrize("seed", range(4))
def test_symmetric_equilibria_of_two_are_the_alike_ones_of_all(seed):
    table = np.random.default_rng(seed).normal(size=(4, 4))
    game = NormalFormGame([table, table.T])
    alike = sorted(one.tolist() for one, two in mixed_equilibria(game) if np.abs(one - two).max() < 1e-9)
    assert [mix.tolist() for mix in symmetric_equilibria(game)] == [pytest.approx(mix, abs=1e-9) for mix in alike]


def test_symmetric_equilibria_of_three_with_three_roads_are_verified():
    game = GAMES.build("Congestion(players=3, slopes=(1, 1, 1))").game()
    found = symmetric_equilibria(game)
    assert any(mix == pytest.approx(np.full(3, 1 / 3)) for mix in found)
    for mix in found:
        assert game.exploitability(np.tile(mix, (3, 1))) < 1e-7


def test_minority_of_many_tosses_and_unlike_players_are_refused():
    (toss,) = symmetric_equilibria(GAMES.build("Minority(players=5)").game())
    assert toss == pytest.approx([0.5, 0.5])
    with pytest.raises(ValueError, match="not alike"):
        symmetric_equilibria(GAMES.build("MatchingPennies").game())


@pytest.mark.parametrize("name", ["MatchingPennies", "BattleOfTheSexes", "Chicken", "JordansPennies"])
def test_quantal_responses_come_from_even_odds_to_an_equilibrium(name):
    game = GAMES.build(name).game()
    path = quantal_response_path(game, rationality=30)
    assert path.policies[0] == pytest.approx(np.full((game.n, game.m), 1 / game.m))
    assert path.rationality[-1] == pytest.approx(30)
    assert path.error < 1e-8
    assert path.exploitability[-1] < 0.1


def test_quantal_responses_are_gambits():
    nash = pytest.importorskip("pygambit.nash")
    qre = pytest.importorskip("pygambit.qre")
    game = NormalFormGame(np.random.default_rng(2).normal(size=(2, 3, 2)))
    theirs = game.to_gambit()
    (point,) = qre.logit_solve_lambda(theirs, lam=3.0)
    profile = np.array([point.profile[strategy] for player in theirs.players for strategy in player.strategies])
    path = quantal_response_path(game, rationality=3)
    assert path.policies[-1][game.available] == pytest.approx(profile, abs=1e-6)
    assert nash is not None


def test_logit_play_rests_at_the_quantal_response_equilibrium():
    game = GAMES.build("MatchingPennies").game()
    uneven = NormalFormGame(game.tables * np.array([[[4, 1], [1, 1]], [[1, 1], [1, 1]]]))
    model = RepeatedGame(game=uneven, strategies=Logit(rationality=1, step=0.1, against="mixes"), stop=2000, rng=1)
    model.run_model()
    assert model.policy == pytest.approx(quantal_response_path(uneven, rationality=1).policies[-1], abs=1e-6)


def test_hawks_and_doves_coordination_and_cycles_are_stable_as_textbooks_say():
    assert [mix.tolist() for mix in evolutionarily_stable([[-1, 2], [0, 1]])] == [[0.5, 0.5]]
    assert [mix.tolist() for mix in evolutionarily_stable([[2, 0], [0, 1]])] == [[0, 1], [1, 0]]
    for gain, stable in ((2.0, 1), (1.0, 0), (0.5, 0)):
        assert len(evolutionarily_stable([[0, -1, gain], [gain, 0, -1], [-1, gain, 0]])) == stable


@pytest.mark.parametrize("seed", range(4))
def test_stable_strategies_beat_small_groups_of_every_mutant(seed):
    rng = np.random.default_rng(seed)
    base = rng.integers(-2, 3, size=(3, 3)).astype(float)
    mutants = np.concatenate([np.eye(3), rng.dirichlet(np.ones(3), size=300)])
    for mix in symmetric_equilibria(PopulationGame(base, 2)):
        others = mutants[np.abs(mutants - mix).max(axis=1) > 1e-6]
        mixed = 0.999 * mix + 0.001 * others
        better = ((mix - others) * (mixed @ base.T)).sum(axis=1)
        assert is_evolutionarily_stable(base, mix) == bool((better > 1e-12).all())


def test_who_has_no_choice_leaves_the_best_replies_of_the_other():
    ends = mixed_equilibria(NormalFormGame([[[5, 5, 5]], [[1, 2, 2]]]))
    assert [(one.tolist(), two.tolist()) for one, two in ends] == [([1], [0, 1, 0]), ([1], [0, 0, 1])]
