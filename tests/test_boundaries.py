"""What comes from outside is checked where it comes in: arrays, numbers, and functions that answer with something else."""

import numpy as np
import pytest

from potluck.arrays import checked, number, whole
from potluck.data.synthetic_ratings import synthetic_ratings
from potluck.mechanisms import (
    ClassGame,
    CoalitionalGame,
    OnDemandGame,
    approximate_shapley,
    banzhaf,
    beta_shapley,
    least_core,
    leave_one_out,
    monotone_closure,
    semivalue,
    shapley,
)
from potluck.messages import brief
from potluck.models import NetworkGame, NormalFormGame

GLOVE = CoalitionalGame([0, 0, 0, 0, 0, 1, 1, 1])
BY_CLASS = ClassGame([[0, 0], [0, 1], [0, 1]])
ON_DEMAND = OnDemandGame(3, lambda present: present.sum(axis=1) / 3)
DILEMMA = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])

NO_ARRAYS = {
    "None": None,
    "text": "abcd",
    "texts": ["0", "1"],
    "ragged": [[0, 1], [2]],
    "a set": {0, 1},
    "an object": object(),
    "a huge whole number": [0, 10**400],
    "complex": np.array([0, 1j]),
    "masked": np.ma.masked_array([0.0, 1.0], [False, True]),
    "nan": [0, np.nan],
    "inf": [0, np.inf],
    "dates": np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
    "nothing known": [None, None],
}
NO_COUNTS = NO_ARRAYS | {"fractions": [0.7, 0.9], "negative": [-1, 0], "truths": [True, False], "too large": [2**63, 0]}
TAKES_NUMBERS = {
    "CoalitionalGame": CoalitionalGame,
    "ClassGame": ClassGame,
    "NormalFormGame": NormalFormGame,
    "semivalue": lambda bad: semivalue(GLOVE, bad),
    "mixed_deviations": DILEMMA.mixed_deviations,
    "exploitability": DILEMMA.exploitability,
    "a lazy game's answer": lambda bad: ClassGame.lazy([1], lambda counts: bad).values,
    "a game on demand's answer": lambda bad: OnDemandGame(2, lambda present: bad).table(),
}
TAKES_COUNTS = {
    "ClassGame()": BY_CLASS,
    "ClassGame.worths": lambda bad: BY_CLASS.worths([bad]),
    "CoalitionalGame()": lambda bad: GLOVE([*bad]),
    "ClassGame.lazy": lambda bad: ClassGame.lazy(bad, lambda counts: counts.sum(axis=1) * 1.0).values,
    "deviations": DILEMMA.deviations,
    "payoffs": DILEMMA.payoffs,
}


@pytest.mark.parametrize("bad", NO_ARRAYS)
@pytest.mark.parametrize("name", TAKES_NUMBERS)
def test_numbers_are_finite_real_numbers(name, bad):
    with pytest.raises((ValueError, TypeError)) as refusal:
        TAKES_NUMBERS[name](NO_ARRAYS[bad])
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) <= 300


@pytest.mark.parametrize("bad", NO_COUNTS)
@pytest.mark.parametrize("name", TAKES_COUNTS)
def test_counts_and_actions_are_whole_numbers(name, bad):
    if isinstance(NO_COUNTS[bad], set):
        return  # a set of players is what a coalition is
    with pytest.raises((ValueError, TypeError)) as refusal:
        TAKES_COUNTS[name](NO_COUNTS[bad])
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) <= 300


@pytest.mark.parametrize("policy", [[[5, -4], [0.5, 0.5]], [[np.nan, 1], [0, 1]], [[0.5, 0.5]], [[1, 1], [0, 1]]])
def test_a_policy_is_probabilities(policy):
    for ask in (DILEMMA.mixed_deviations, DILEMMA.exploitability):
        with pytest.raises(ValueError):
            ask(policy)


def test_games_of_others_are_asked_with_what_was_checked():
    import networkx as nx

    pair = NetworkGame([[1, 0], [0, 2]], nx.path_graph(2))
    for bad in ([-1, 0], [0.9, 1.9], [0, 2], [0]):
        with pytest.raises(ValueError):
            pair.deviations(bad)
    assert pair.deviations([1, 1]).tolist() == [[0, 2], [0, 2]]


@pytest.mark.parametrize("value", [shapley, banzhaf, leave_one_out, least_core, approximate_shapley, monotone_closure])
def test_nobody_is_worth_nothing_and_a_game_is_a_game(value):
    for sizes in ([3], [2, 2]):
        game = ClassGame.lazy(sizes, lambda counts: counts.sum(axis=1) + 1.0)
        with pytest.raises(ValueError, match="empty coalition must be worth 0"):
            value(game)
    for bad in (None, 3, "game", [0, 1], np.zeros(4)):
        with pytest.raises(TypeError):
            value(bad)


@pytest.mark.parametrize("bad", [0, -1, 2.7, True, None, "3", 10**30, np.nan, [3]])
def test_a_number_of_players_is_a_whole_number(bad):
    for make in (
        lambda n: OnDemandGame(n, len),
        lambda n: CoalitionalGame.from_function(n, len),
        lambda n: ClassGame.lazy([n, -1], lambda counts: counts[:, 0] * 1.0),
    ):
        with pytest.raises(ValueError):
            make(bad)


def test_parameters_of_values_are_numbers():
    for bad in (0, -1, np.nan, np.inf, None, "1", 1j, 10**400):
        with pytest.raises(ValueError):
            beta_shapley(GLOVE, bad, 1)
        with pytest.raises(ValueError):
            approximate_shapley(BY_CLASS, tolerance=bad)


def test_what_is_checked_keeps_its_meaning():
    assert checked([1, 2], "sizes").dtype == np.float64
    assert checked(np.array([1, 2], dtype=np.uint8), "counts", "whole").dtype == np.int64
    assert checked([], "counts", "whole").shape == (0,)
    assert checked([[1, 0]], "present", "truth").tolist() == [[True, False]]
    assert whole(np.int32(4), "n") == 4
    assert number(np.float32(0.5), "share", 0, 1) == 0.5
    assert len(brief(list(range(1000)))) <= 80
    assert len(brief("\n" * 1000)) <= 80
    assert len(brief(10**5000)) <= 80
    with pytest.raises(ValueError, match="entry 1 is nan"):
        checked([0, np.nan], "sizes")
    with pytest.raises(ValueError, match=r"sizes must be from 0 to 1; entry \(0, 1\) is 2.0"):
        checked([[0, 2]], "sizes", low=0, high=1)
    assert checked([1e308, 1e308], "sizes").tolist() == [1e308, 1e308]


@pytest.mark.parametrize("users", [10**9, 10**30, 10**300])
def test_more_ratings_than_a_machine_holds_are_refused_beforehand(users):
    with pytest.raises(ValueError, match="at most 3e\\+07 are made"):
        synthetic_ratings(np.random.default_rng(0), users=users, items=300, density=0.1)
