"""The games of the textbooks: their equilibria, by what nobody gains, by enumeration, and by another library."""

import itertools

import numpy as np
import pytest

from potluck.agents.strategies import FictitiousPlay
from potluck.models import GAMES, RepeatedGame, Rounds
from potluck.models.games.equilibria import mixed_equilibria
from potluck.models.games.textbook import (
    Chicken,
    ColonelBlotto,
    Congestion,
    Cournot,
    Minority,
    PrisonersDilemma,
    PublicGoods,
    RockPaperScissors,
    ShapleysGame,
    StagHunt,
    TravellersDilemma,
)

FURTHER = (
    PrisonersDilemma(temptation=2, reward=1.5, punishment=-1, sucker=-7),
    StagHunt(stag=10, hare=1),
    Chicken(win=2, crash=2.5),
    RockPaperScissors(win=1, loss=3),
    TravellersDilemma(lowest=80, highest=200, bonus=5),
    ColonelBlotto(soldiers=3, fields=2),
    Cournot(players=3, demand=9, cost=1, quantities=4),
    PublicGoods(players=5, multiplier=7),
    PublicGoods(players=2, multiplier=2),
    Congestion(players=5, slopes=(1, 1, 3)),
    Minority(players=5),
)
EVERY = (*(cls() for cls in GAMES), *FURTHER)
of_every = pytest.mark.parametrize("textbook", EVERY, ids=str)


@of_every
def test_nobody_gains_by_leaving_a_known_equilibrium(textbook):
    game = textbook.game()
    for policy in textbook.equilibria():
        assert policy.shape == (game.n, game.m)
        assert game.exploitability(policy) == pytest.approx(0, abs=1e-12)


@of_every
def test_known_pure_equilibria_are_among_those_enumerated(textbook):
    game = textbook.game()
    by_definition = [
        profile
        for profile in itertools.product(range(game.m), repeat=game.n)
        if all(
            game.tables[(player, *profile)] >= game.tables[(player, *profile[:player], other, *profile[player + 1 :])] - 1e-12
            for player in range(game.n)
            for other in range(game.m)
        )
    ]
    known = [tuple(policy.argmax(axis=1).tolist()) for policy in textbook.equilibria() if policy.max(axis=1).min() == 1]
    assert game.pure_equilibria() == by_definition
    assert set(known) <= set(by_definition)
    assert known or not by_definition or type(textbook) is ColonelBlotto


@pytest.mark.parametrize(
    "name", ["PrisonersDilemma", "StagHunt", "Chicken", "BattleOfTheSexes", "MatchingPennies", "ShapleysGame"]
)
def test_no_mixed_equilibrium_is_missing(name):
    pytest.importorskip("quantecon", reason="needs the extra equilibria")
    textbook = GAMES.build(name)
    found = {tuple(np.round(np.concatenate(pair), 9)) for pair in mixed_equilibria(textbook.game())}
    assert found == {tuple(np.round(policy.reshape(-1), 9)) for policy in textbook.equilibria()}


def test_a_driver_gains_what_the_potential_gains():
    roads = Congestion(players=4, slopes=(1, 2, 5))
    game = roads.game()
    rng = np.random.default_rng(1)
    for profile in rng.integers(3, size=(50, 4)):
        gains = game.deviations(profile) - game.payoffs(profile)[:, None]
        for player, road in itertools.product(range(4), range(3)):
            moved = profile.copy()
            moved[player] = road
            assert gains[player, road] == pytest.approx(float(np.diff(roads.potential(np.array([profile, moved])))[0]))


@pytest.mark.parametrize(("soldiers", "fields"), [(1, 2), (3, 2), (5, 3)])
def test_colonels_are_alike_and_one_wins_what_the_other_loses(soldiers, fields):
    tables = ColonelBlotto(soldiers=soldiers, fields=fields).game().tables
    assert (tables[0] == -tables[1]).all()
    assert (tables[0] == tables[1].T).all()


def test_runs_of_fictitious_play_in_shapleys_game_grow_by_what_theory_says():
    """Each run is longer than the one before by the root of x³ = x² + 1, a player's own by its square, 2.148."""
    root = max(np.roots([1, -1, 0, -1]).real)
    model = RepeatedGame(game=ShapleysGame().game(), strategies=FictitiousPlay(), stop=Rounds(60_000), initial=[0, 0], rng=1)
    model.run_model()
    profiles = model.history().pivot(index="round", columns="player", values="action").to_numpy()
    lengths = np.diff(np.flatnonzero((np.diff(profiles, axis=0) != 0).any(axis=1)))
    assert lengths[-1] / lengths[-2] == pytest.approx(root, rel=1e-3)
    assert lengths[-1] / lengths[-3] == pytest.approx(2.148, abs=2e-3)


@pytest.mark.parametrize(
    "text",
    [
        *("PrisonersDilemma(temptation=1)", "StagHunt(hare=9)", "Chicken(crash=0.5)", "BattleOfTheSexes(own=0.5)"),
        *("TravellersDilemma(highest=2)", "TravellersDilemma(bonus=1)", "Minority(players=4)", "Cournot(players=1)"),
        *(
            "Congestion(slopes=(1,))",
            "RockPaperScissors(win=nan)",
            "ColonelBlotto(fields=9)",
            "Cournot(players=12, quantities=99)",
        ),
    ],
)
def test_what_is_no_such_game_is_refused(text):
    with pytest.raises(ValueError) as refusal:
        GAMES.build(text).game()
    assert "\n" not in str(refusal.value)
