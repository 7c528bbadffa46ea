"""What is measured of play, against definitions, closed forms, and other ways to the same number."""

import itertools
import math

import numpy as np
import pytest

from potluck.agents.strategies import FictitiousPlay, Logit, MixedStrategy, Moran, PairwiseComparison, RegretMatching
from potluck.models import (
    GAMES,
    Ensemble,
    NormalFormGame,
    OneAtRandom,
    PopulationGame,
    RepeatedGame,
    alpha_rank,
    basins,
    correlated_distance,
    correlated_equilibrium,
    correlated_regret,
    exact_potential,
    external_regret,
    find_cycle,
    fixation_probability,
    fluid_path,
    internal_regret,
    joint_play,
    mean_field_gap,
    nash_conv_path,
    population_paths,
    small_mutation_limit,
    stationary_distribution,
    swap_regret,
    time_to_equilibrium,
)
from potluck.models.games.population import of_counts
from potluck.models.measures.chains import resting
from potluck.models.measures.populations import turning

RNG = np.random.default_rng(8)
THREE = NormalFormGame(RNG.normal(size=(3, 2, 3, 2)))
PLAY = np.column_stack([RNG.integers(side, size=60) for side in (2, 3, 2)])
DILEMMA = np.array([[3.0, 0.0], [5.0, 1.0]])


def power(moves, steps=200_000):
    """Return where a chain is after many steps, by squaring."""
    for _ in range(int(math.log2(steps)) + 20):
        moves = moves @ moves
        moves /= moves.sum(axis=1, keepdims=True)
    return moves[0]


def by_swaps(game, profiles, swaps):
    """Return the largest average gain of each player over maps of actions to actions, from payoffs one by one."""
    best = np.full(game.n, -np.inf)
    for player in range(game.n):
        side = int(game.available[player].sum())
        for swap in swaps(side):
            gain = 0.0
            for profile in profiles:
                other = profile.copy()
                other[player] = swap[profile[player]]
                gain += game.payoffs(other)[player] - game.payoffs(profile)[player]
            best[player] = max(best[player], gain / len(profiles))
    return best


def one_changed(side):
    for told, other in itertools.product(range(side), repeat=2):
        yield [other if action == told else action for action in range(side)]


@pytest.mark.parametrize(
    ("regret", "swaps"),
    [
        (external_regret, lambda side: ([other] * side for other in range(side))),
        (internal_regret, one_changed),
        (swap_regret, lambda side: itertools.product(range(side), repeat=side)),
    ],
    ids=["external", "internal", "swap"],
)
def test_regrets_are_what_the_best_map_of_their_kind_gains(regret, swaps):
    assert regret(THREE, PLAY) == pytest.approx(by_swaps(THREE, PLAY, swaps))


def test_external_regret_is_that_of_the_repeated_game():
    model = RepeatedGame(game=THREE, strategies=RegretMatching(), stop=50, rng=3)
    model.run_model()
    assert external_regret(THREE, model.actions_by_round) == pytest.approx(model.regrets)
    assert nash_conv_path(THREE, model.actions_by_round) == pytest.approx(model.rounds()["exploitability"].to_numpy())
    assert nash_conv_path(THREE, model.actions_by_round, "averages", every=50)[-1] == pytest.approx(
        model.exploitability_of("average")
    )
    runs = Ensemble({"game": THREE, "strategies": RegretMatching(), "stop": 50}, 2, keep="players")
    assert external_regret(THREE, runs.actions_by_round[1]) == pytest.approx(runs.regrets[1])


def test_regret_of_joint_play_is_the_largest_internal_or_external_regret():
    joint = joint_play(THREE, PLAY)[:2, :3, :2]
    assert correlated_regret(THREE, joint, "coarse") == pytest.approx(max(external_regret(THREE, PLAY).max(), 0))
    assert correlated_regret(THREE, joint) == pytest.approx(internal_regret(THREE, PLAY).max())


@pytest.mark.parametrize("kind", ["coarse", "correlated"])
def test_correlated_equilibria_are_some_and_bound_the_pure_ones(kind):
    game = GAMES.build("BattleOfTheSexes").game()
    best, worst = (correlated_equilibrium(game, kind, aim) for aim in ("best", "worst"))
    for found in (best, worst):
        assert found.joint.sum() == pytest.approx(1)
        assert found.regret < 1e-7
        assert correlated_distance(game, found.joint, kind) < 1e-7
    for profile in game.pure_equilibria():
        assert worst.welfare - 1e-9 <= game.welfare(profile) <= best.welfare + 1e-9


def test_chickens_best_correlated_equilibrium_is_aumanns():
    found = correlated_equilibrium(NormalFormGame([[[6, 2], [7, 0]], [[6, 7], [2, 0]]]))
    assert found.welfare == pytest.approx(10.5)
    assert found.joint == pytest.approx(np.array([[0.5, 0.25], [0.25, 0]]))


def test_distance_is_the_least_share_of_play_to_change():
    game, rng = GAMES.build("PrisonersDilemma").game(), np.random.default_rng(1)
    for _ in range(5):
        joint = rng.dirichlet(np.ones(4)).reshape(2, 2)
        assert correlated_distance(game, joint) == pytest.approx(1 - joint[1, 1])
    shapley = GAMES.build("ShapleysGame").game()
    joint = np.eye(3) / 3
    moved = correlated_distance(shapley, joint)
    nearer = [correlated_distance(shapley, (1 - share) * joint + share / 9) for share in (0.5, 1)]
    assert moved > nearer[0] > nearer[1] - 1e-9
    assert nearer[1] == pytest.approx(0, abs=1e-7)


def test_regret_matching_comes_to_coarse_correlated_play():
    game = GAMES.build("ShapleysGame").game()
    gaps = []
    for rounds in (100, 10_000):
        runs = Ensemble({"game": game, "strategies": RegretMatching(), "stop": rounds}, 10, 5, keep="players")
        gaps.append(np.mean([correlated_distance(game, joint_play(game, run)) for run in runs.actions_by_round]))
    assert gaps[1] < gaps[0] / 3


def test_cycles_are_found_where_they_begin():
    rng = np.random.default_rng(2)
    for start, period in ((0, 1), (7, 1), (5, 6), (0, 10)):
        lap = np.column_stack([np.arange(period), rng.integers(9, size=period)])
        path = np.concatenate([100 + rng.integers(5, size=(start, 2)), np.tile(lap, (4, 1))])
        assert find_cycle(path) == (start, period)
        assert find_cycle(path + 1e-9 * rng.normal(size=path.shape), tolerance=1e-6) == (start, period)
    assert find_cycle(np.arange(50)[:, None]) is None


def test_of_play_that_goes_round_ever_more_slowly_only_the_last_run_is_seen():
    model = RepeatedGame(game=GAMES.build("ShapleysGame").game(), strategies=FictitiousPlay(), stop=2000, initial=[0, 1], rng=1)
    model.run_model()
    assert find_cycle(model.actions_by_round, repeats=3).period == 1
    assert model.exploitability > 0


def test_potentials_of_congestion_are_rosenthals_up_to_a_constant():
    spec = GAMES.build("Congestion")
    found = exact_potential(spec.game())
    profiles = np.array(list(itertools.product(range(2), repeat=3)))
    rosenthal = spec.potential(profiles).reshape(2, 2, 2)
    assert found - found[0, 0, 0] == pytest.approx(rosenthal - rosenthal[0, 0, 0])
    assert exact_potential(THREE) is None


def test_runs_of_even_odds_stay_nowhere_and_best_replies_come_to_pure_ends():
    game = GAMES.build("MatchingPennies").game()
    runs = Ensemble({"game": game, "strategies": MixedStrategy(), "stop": 20}, 50)
    found = time_to_equilibrium(runs, 0.1)
    assert (found.arrived, found.median) == (0, np.inf)
    assert found.share_high < 0.1
    table = basins(runs, equilibria=[np.full((2, 2), 0.5)], of="policy")
    assert table["equilibrium"].tolist() == [0]
    assert basins(runs)["play"].tolist() == ["none"]


def test_morans_fixation_is_its_closed_form():
    for ratio, size in itertools.product((0.5, 0.99, 1.5, 4.0), (2, 5, 100)):
        closed = (1 - 1 / ratio) / (1 - ratio**-size)
        assert fixation_probability([[0, 0], [math.log(ratio)] * 2], size, 1.0) == pytest.approx(closed)
    assert fixation_probability(DILEMMA, 40, 0.0) == pytest.approx(1 / 40)


@pytest.mark.parametrize("rule", [PairwiseComparison(0.7, 0), Moran(0.7, 0)], ids=str)
def test_fixation_is_that_of_the_chain_of_the_rule(rule):
    size = 9
    counts = np.column_stack([size - np.arange(size + 1), np.arange(size + 1)])
    chances = counts[..., None] / size * turning(rule, of_counts(DILEMMA, counts), counts)
    up, down = chances[:, 0, 1], chances[:, 1, 0]
    inner = slice(1, size)
    steps = np.diag(up[inner] + down[inner]) - np.diag(up[1 : size - 1], 1) - np.diag(down[2:size], -1)
    absorbed = np.linalg.solve(steps, np.eye(1, size - 1, size - 2)[0] * up[size - 1])
    assert fixation_probability(DILEMMA, size, 0.7) == pytest.approx(absorbed[0])


@pytest.mark.parametrize("rule", [PairwiseComparison(0.5, 0), Moran(0.5, 0)], ids=str)
def test_fixation_is_what_players_come_to(rule):
    size, runs = 5, 600
    one = [1] + [0] * (size - 1)
    arguments = {
        "game": PopulationGame(DILEMMA, size),
        "strategies": rule,
        "revision": OneAtRandom(),
        "initial": one,
        "stop": 250,
    }
    ends = Ensemble(arguments | {"stop": 250}, runs, 3).actions.sum(axis=1)
    assert set(ends.tolist()) <= {0, size}
    expected = fixation_probability(DILEMMA, size, 0.5)
    assert abs((ends == size).mean() - expected) < 4 * math.sqrt(expected * (1 - expected) / runs)


@pytest.mark.parametrize("rule", [PairwiseComparison(1.0, 0.05), Moran(0.5, 0.1), Logit(rationality=1.0)], ids=str)
@pytest.mark.parametrize(("base", "size"), [(DILEMMA, 12), (np.array([[0, -1, 2], [2, 0, -1], [-1, 2, 0.0]]), 7)], ids=["2", "3"])
def test_long_runs_are_where_powers_of_the_chain_end(rule, base, size):
    found = stationary_distribution(base, size, rule)
    moves = np.zeros((len(found.states), len(found.states)))
    places = {tuple(state): place for place, state in enumerate(found.states.tolist())}
    chances = turning(rule, of_counts(base, found.states), found.states)
    for state, place in places.items():
        for one, other in itertools.product(range(len(base)), repeat=2):
            if state[one]:
                there = np.array(state)
                there[one] -= 1
                there[other] += 1
                moves[place, places[tuple(there)]] += state[one] / size * chances[place, one, other]
    assert moves.sum(axis=1) == pytest.approx(1)
    assert found.share == pytest.approx(power(moves), abs=1e-12)


def test_large_chains_are_solved_to_the_same(monkeypatch):
    base, rule = np.array([[0, -1, 2], [2, 0, -1], [-1, 2, 0.0]]), PairwiseComparison(1.0, 0.05)
    exact = stationary_distribution(base, 20, rule).share
    monkeypatch.setattr("potluck.models.measures.populations.MOST_STATES", 3)
    assert stationary_distribution(base, 20, rule).share == pytest.approx(exact, abs=1e-13)


def test_rare_mutations_come_to_their_limit():
    base, size = np.array([[1, 4.0], [3, 0]]), 8
    limit = small_mutation_limit(base, size, 0.5)
    found = stationary_distribution(base, size, PairwiseComparison(0.5, 1e-7))
    assert found.share[[0, -1]][::-1] == pytest.approx(limit, abs=1e-4)


def test_resting_is_accurate_where_chances_differ_by_hundreds_of_digits():
    logs = np.array([[0, -2000.0, -1500], [-1.0, 0, -1], [-2.0, -1, 0]])
    found = resting(logs)
    assert found[0] == 1.0
    milder = np.exp(logs / 100)
    np.fill_diagonal(milder, 0)
    milder /= 4
    np.fill_diagonal(milder, 1 - milder.sum(axis=1))
    with np.errstate(divide="ignore"):
        assert resting(np.log(milder)) == pytest.approx(power(milder))


def by_hand(tables, alpha, size):
    """Return the chain of the paper's equations 3 and 4, profile by profile."""
    sides = tables.shape[1:]
    profiles = list(itertools.product(*map(range, sides)))
    moves = np.zeros((len(profiles),) * 2)
    for here, profile in enumerate(profiles):
        for player, side in enumerate(sides):
            for action in set(range(side)) - {profile[player]}:
                there = (*profile[:player], action, *profile[player + 1 :])
                gain = alpha * (tables[(player, *there)] - tables[(player, *profile)])
                chance = 1 / size if gain == 0 else (1 - np.exp(-gain)) / (1 - np.exp(-size * gain))
                moves[here, profiles.index(there)] = chance / sum(side - 1 for side in sides)
    np.fill_diagonal(moves, 1 - moves.sum(axis=1))
    return moves


@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 2, 2, 3)], ids=str)
def test_ranks_of_profiles_are_where_powers_of_the_papers_chain_end(shape):
    tables = np.random.default_rng(4).integers(-2, 3, size=shape) / 2
    assert alpha_rank(tables, 1.5, 10).reshape(-1) == pytest.approx(power(by_hand(tables, 1.5, 10)), abs=1e-10)


def test_a_game_of_alike_players_without_ties_is_ranked_by_its_one_equilibrium_in_dominated_actions():
    assert alpha_rank(DILEMMA, 1e5)[1] == pytest.approx(1)
    assert alpha_rank(np.array([DILEMMA, DILEMMA.T]), 1e5)[1, 1] == pytest.approx(1)


@pytest.mark.parametrize(("meeting", "local"), [("everybody", False), ("other", True)])
def test_ranks_are_open_spiels(meeting, local):
    theirs = pytest.importorskip("open_spiel.python.egt.alpharank")
    base = np.random.default_rng(0).normal(size=(4, 4))
    assert alpha_rank(base, 0.8, 50, meeting) == pytest.approx(
        np.asarray(theirs.compute([base], m=50, alpha=0.8, use_local_selection_model=local)[2]), abs=1e-9
    )
    tables = np.random.default_rng(1).normal(size=(3, 2, 3, 2))
    assert alpha_rank(tables, 1.2, 30).reshape(-1) == pytest.approx(
        np.asarray(theirs.compute(list(tables), m=30, alpha=1.2)[2]), abs=1e-9
    )


@pytest.mark.parametrize(
    ("meeting", "ranks"),
    [  # OpenSpiel 2.0.2: alpharank.compute([payoffs], m=50, alpha=0.8, use_local_selection_model=meeting == "other")
        ("everybody", [0.31714347189, 0.189475947913, 0.493380580197]),
        ("other", [0.281818589697, 0.325873398643, 0.39230801166]),
    ],
)
def test_ranks_are_those_that_open_spiel_gave(meeting, ranks):
    payoffs = [[0.1, -0.3, 0.2], [0.3, 0.0, -0.1], [-0.2, 0.4, 0.1]]
    assert alpha_rank(payoffs, 0.8, 50, meeting) == pytest.approx(ranks, abs=1e-9)


def test_a_function_of_shares_is_the_matrix_it_stands_for():
    base, rule = np.array([[0, -1, 2], [2, 0, -1], [-1, 2, 0.0]]), Logit(rationality=1.0)
    by_matrix, by_function = (stationary_distribution(payoffs, 6, rule).share for payoffs in (base, lambda x: x @ base.T))
    assert by_function == pytest.approx(by_matrix)


def test_fluid_paths_solve_the_equations_of_their_rules():
    base, start, times = DILEMMA, [0.9, 0.1], np.array([0.0, 0.7, 1.4])
    rule = PairwiseComparison(0.8, 0)
    found = fluid_path(base, rule, start, times)
    share, steps = 0.9, 20_000
    for _ in range(steps):
        gap = base[0] @ [share, 1 - share] - base[1] @ [share, 1 - share]
        share += 1.4 / steps * share * (1 - share) * math.tanh(0.8 * gap / 2)
    assert found[-1, 0] == pytest.approx(share, abs=1e-4)
    fitness = fluid_path([[0, 0], [math.log(2)] * 2], Moran(1.0, 0), start, times)[:, 1]
    assert fitness[1] > fitness[0]
    rest = fluid_path([[4, 0], [3, 3]], Logit(2.0), [1, 0], [200.0])[0]
    assert rest[0] == pytest.approx(1 / (1 + math.exp(-2 * (4 * rest[0] - 3))), abs=1e-6)


def test_gaps_to_the_mean_field_fall_as_one_over_the_root_of_the_population():
    table = mean_field_gap(
        [[-1, 2], [0, 1]], PairwiseComparison(2.0, 0.01), [0.9, 0.1], (25, 400), 6, 60, np.random.default_rng(3)
    )
    assert table["high"][1] < table["low"][0] / 2
    assert 0.6 < table["scaled"][1] / table["scaled"][0] < 1.6


@pytest.mark.parametrize("rule", [PairwiseComparison(0.7, 0.1), Moran(0.7, 0.1), Logit(rationality=0.7)], ids=str)
def test_populations_kept_by_numbers_are_players_in_distribution(rule):
    size, runs, rounds = 6, 800, 18
    paths = population_paths(DILEMMA, size, rule, [0.5, 0.5], rounds // size, runs, np.random.default_rng(5))
    game = PopulationGame(DILEMMA, size)
    arguments = {"game": game, "strategies": rule, "revision": OneAtRandom(), "initial": [0, 1] * (size // 2), "stop": rounds}
    ends = 1 - Ensemble(arguments, runs, 6).actions.mean(axis=1)
    spread = math.sqrt(paths[:, -1, 0].var() / runs + ends.var() / runs)
    assert abs(paths[:, -1, 0].mean() - ends.mean()) < 4 * spread
    assert abs(paths[:, -1, 0].std() - ends.std()) < 0.03


def test_one_action_is_all_that_is_played():
    assert stationary_distribution([[1.0]], 3, Logit()).share.tolist() == [1.0]
    assert small_mutation_limit([[1.0]], 3, 1.0).tolist() == [1.0]
    assert alpha_rank([[1.0, 2.0]], 1e6).tolist() == [0.0, 1.0]
