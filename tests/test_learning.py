import itertools

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learner import Learner

from potluck.agents.strategies import BestResponse, Feedback, FictitiousPlay, MixedStrategy, Pure, as_policy, best_replies
from potluck.mechanisms import ShapleyDivision
from potluck.models import (
    Alternating,
    CoalitionValues,
    Converged,
    Inertia,
    MarketGame,
    NormalFormGame,
    OneAtRandom,
    RepeatedGame,
    Rounds,
    Simultaneous,
    Stopping,
)

PENNIES = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
DILEMMA = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
COORDINATION = NormalFormGame([[[2, 0], [0, 1]], [[2, 0], [0, 1]]])
_RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
RPS = NormalFormGame([_RPS, -_RPS])
SHAPLEY = NormalFormGame([np.eye(3), np.roll(np.eye(3), 1, axis=1)])
RANDOM_3 = NormalFormGame(np.random.default_rng(5).normal(size=(3, 2, 3, 2)))


def played(game, strategies, rounds=20, **options):
    model = RepeatedGame(game=game, strategies=strategies, stop=Rounds(rounds), **{"rng": 1} | options)
    model.run_model()
    return model


def path(model):
    """Everyone's actions, a row a round."""
    return model.history().pivot(index="round", columns="player", values="action")[list(model.game.player_names)].to_numpy()


def text(model):
    return model.history().to_csv(index=False) + model.rounds().to_csv(index=False)


# --- best response ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revision", [Simultaneous(), Alternating(), OneAtRandom(), Inertia(0.3)], ids=str)
@pytest.mark.parametrize("initial", list(itertools.product(range(2), repeat=2)))
def test_dilemma_ends_in_confession(revision, initial):
    model = played(DILEMMA, BestResponse(), rounds=60, revision=revision, initial=initial)
    assert model.actions.tolist() == [1, 1]
    assert model.exploitability == 0


@pytest.mark.parametrize("seed", range(5))
def test_iterated_dominance_is_reached(seed):
    # Cournot duopoly with linear demand: best replies contract to 4 units each
    units = np.arange(9)
    profit = units[:, None] * (12 - units[:, None] - units[None, :])
    game = NormalFormGame([profit, profit.T])
    assert (4, 4) in game.pure_equilibria()
    model = played(game, BestResponse(), rounds=200, revision=OneAtRandom(), rng=seed)
    assert model.actions.tolist() in [list(profile) for profile in game.pure_equilibria()]
    # three players, each with a dominant last action
    tables = np.zeros((3, 3, 3, 3))
    for profile in itertools.product(range(3), repeat=3):
        tables[(slice(None), *profile)] = 2 * np.array(profile) - np.sum(profile)
    assert played(NormalFormGame(tables), BestResponse(), rounds=2, rng=seed).actions.tolist() == [2, 2, 2]


def test_miscoordination_cycles_when_all_move_and_ends_when_they_alternate():
    model = played(COORDINATION, BestResponse(), rounds=4, initial=[0, 1])
    assert path(model).tolist() == [[0, 1], [1, 0], [0, 1], [1, 0], [0, 1]]
    assert played(COORDINATION, BestResponse(), rounds=4, initial=[0, 1], revision=Alternating()).exploitability == 0


@pytest.mark.parametrize(("ties", "expected"), [("stay", [0, 0, 1, 0]), ("first", [0, 1, 0, 0]), ("uniform", [0, 0.5, 0.5, 0])])
def test_tie_rules(ties, expected):
    row = np.array([[1.0, 3.0, 3.0, -np.inf]])
    assert as_policy(best_replies(row, ties, np.array([2])), 4).tolist() == [expected]
    rule = Learner(BestResponse(ties=ties), np.array([[True, True, True, False]]))
    assert rule.policy().tolist() == [[1 / 3, 1 / 3, 1 / 3, 0]]
    rule.learn(Feedback(np.array([2]), np.array([3.0]), np.array([2]), row))
    assert rule.policy().tolist() == [expected]


def test_staying_needs_a_best_action():
    assert best_replies(np.array([[1.0, 3.0, 3.0]]), "stay", np.array([0])).tolist() == [1]
    assert best_replies(np.array([[1.0, 3.0, 3.0]]), "stay").tolist() == [1]


@pytest.mark.parametrize("rule", [BestResponse(), FictitiousPlay(), FictitiousPlay(beliefs="joint")], ids=str)
def test_rules_that_see_everybody_say_so_when_they_cannot(rule):
    with pytest.raises(ValueError, match="needs to see everyone's actions"):
        Learner(rule, np.ones((1, 2), dtype=bool)).learn(Feedback(np.array([0]), np.array([0.0])))


# --- fictitious play ----------------------------------------------------------------------------------------------------------


def fictitious_path(game, initial, rounds, beliefs="independent", prior=0.0):
    """Fictitious play written out: counts of what was seen, expectations over all profiles, ties kept, then lowest."""
    seen = [np.array(initial)]
    for _ in range(rounds):
        following = []
        for player in range(game.n):
            payoff = np.full(game.m, -np.inf)
            for action in np.flatnonzero(game.available[player]):
                payoff[action] = sum(
                    chance * game.payoffs(np.array([*others[:player], action, *others[player:]]))[player]
                    for others, chance in believed(game, player, seen, beliefs, prior)
                )
            best = payoff >= payoff.max() - 1e-10 * max(1, abs(payoff.max()))
            following.append(seen[-1][player] if best[seen[-1][player]] else int(best.argmax()))
        seen.append(np.array(following))
    return np.array(seen)


def believed(game, player, seen, beliefs, prior):
    """The others' profiles with the chances a player gives them."""
    others = [other for other in range(game.n) if other != player]
    options = [np.flatnonzero(game.available[other]).tolist() for other in others]
    weight = len(seen) + prior
    for profile in itertools.product(*options):
        if beliefs == "joint":
            count = sum(all(past[other] == action for other, action in zip(others, profile, strict=True)) for past in seen)
            chance = (count + prior / np.prod([len(option) for option in options])) / weight
        else:
            chance = 1.0
            for other, action, option in zip(others, profile, options, strict=True):
                chance *= (sum(past[other] == action for past in seen) + prior / len(option)) / weight
        yield list(profile), chance


@pytest.mark.parametrize("prior", [0, 2.5])
@pytest.mark.parametrize("beliefs", ["independent", "joint"])
@pytest.mark.parametrize("game", [RPS, SHAPLEY, COORDINATION, RANDOM_3], ids=["rps", "shapley", "coordination", "random 3"])
def test_fictitious_play_by_its_definition(game, beliefs, prior):
    initial = [0, 1, 1][: game.n]
    model = played(game, FictitiousPlay(beliefs=beliefs, prior=prior), rounds=25, initial=initial)
    assert path(model).tolist() == fictitious_path(game, initial, 25, beliefs, prior).tolist()


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(2, 5))
def test_average_fictitious_play_nears_equilibrium_in_zero_sum_games(seed, rows, columns):
    A = np.random.default_rng(seed).uniform(-1, 1, size=(rows, columns))
    game = NormalFormGame([A, -A])
    early = played(game, FictitiousPlay(), rounds=5, initial=[0, 0]).exploitability_of("average")
    late = played(game, FictitiousPlay(), rounds=800, initial=[0, 0]).exploitability_of("average")
    assert late < max(0.6 * early, 0.05)


def test_rock_paper_scissors_is_learned_on_average_only():
    model = played(RPS, FictitiousPlay(), rounds=3000, initial=[0, 1])
    assert np.abs(model.average_policy - 1 / 3).max() < 0.03
    assert model.exploitability_of("average") < 0.1
    assert model.rounds()["exploitability"].tail(500).max() > 0


def test_shapley_game_cycles_for_ever():
    model = played(SHAPLEY, FictitiousPlay(), rounds=3000, initial=[0, 1])
    actions = path(model)
    changes = np.flatnonzero((np.diff(actions, axis=0) != 0).any(axis=1))
    runs = np.diff(changes)
    assert len(changes) > 10
    assert runs[-1] > 5 * runs[2]  # each stay is longer than the last
    averages = np.cumsum(np.eye(3)[actions], axis=0) / np.arange(1, len(actions) + 1)[:, None, None]
    assert min(SHAPLEY.exploitability(average) for average in averages[1000::50]) > 0.2


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1.5]))
def test_beliefs_agree_against_one_opponent(seed, prior):
    game = NormalFormGame(np.random.default_rng(seed).normal(size=(2, 3, 4)))
    one, other = (played(game, FictitiousPlay(beliefs=beliefs, prior=prior), 40) for beliefs in ("independent", "joint"))
    assert text(one) == text(other)


def test_beliefs_differ_where_past_play_was_correlated():
    """Players 1 and 2 played (0, 0) and (1, 1) so far: alike for sure if correlation is believed, by halves if not."""
    tables = np.zeros((3, 2, 2, 2))
    tables[0, 1] = 0.75 * np.eye(2)  # player 0: the risky action pays 0.75 when the others agree
    tables[0, 0] = 0.5  # the safe one always 0.5
    game = NormalFormGame(tables)
    policies = {}
    for beliefs in ("independent", "joint"):
        rule = Learner(FictitiousPlay(beliefs=beliefs), game.available)
        for profile in np.array([[0, 0, 0], [0, 1, 1]]):
            rule.learn(Feedback(profile, game.payoffs(profile), profile, game.deviations(profile), game.mixed_deviations))
        policies[beliefs] = rule.policy()[0].tolist()
    assert policies == {"independent": [1, 0], "joint": [0, 1]}


def test_prior_delays_a_change_of_mind():
    game = NormalFormGame([[[0.0, 3.0], [1.0, 0.0]], np.zeros((2, 2))])  # row player: even odds favour action 0
    without, much = (played(game, FictitiousPlay(prior=prior), 1, initial=[0, 0]) for prior in (0, 10))
    assert without.actions[0] == 1  # saw only column 0
    assert much.actions[0] == 0


# --- pure and mixed strategies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Pure(-1),
        lambda: Pure("one"),
        lambda: MixedStrategy([0.5, 0.6]),
        lambda: MixedStrategy([1.5, -0.5]),
        lambda: MixedStrategy([float("nan"), 1]),
        lambda: Learner(MixedStrategy([0.25] * 4), np.ones((2, 3), dtype=bool)),
        lambda: Learner(MixedStrategy([0.5, 0.5]), np.array([[True, True], [True, False]])),
        lambda: Learner(Pure(2), np.ones((2, 2), dtype=bool)),
        lambda: Learner(Pure(1), np.array([[True, True], [True, False]])),
        lambda: FictitiousPlay(prior=-1),
        lambda: FictitiousPlay(beliefs="odd"),
        lambda: BestResponse(ties="odd"),
    ],
)
def test_bad_strategies_are_refused(bad):
    with pytest.raises(ValueError) as caught:
        bad()
    assert "\n" not in str(caught.value)


def test_pure_strategy_never_changes():
    assert (path(played(RPS, Pure(2))) == 2).all()


def test_mixed_strategy_plays_its_probabilities():
    probabilities = np.array([0.2, 0.0, 0.8])
    model = played(RPS, MixedStrategy(probabilities.tolist()), rounds=3999, rng=3)
    for player in range(2):
        counts = np.bincount(path(model)[:, player], minlength=3)
        assert counts[1] == 0
        expected = 4000 * probabilities[[0, 2]]
        assert ((counts[[0, 2]] - expected) ** 2 / expected).sum() < 15.1  # chance 1e-4
    together = (path(model) == 0).all(axis=1).sum()
    assert abs(together - 160) < 4 * np.sqrt(160 * 0.96)  # drawn independently


def test_even_mix_uses_available_actions_only():
    game = NormalFormGame(np.zeros((2, 2, 3)))
    model = played(game, MixedStrategy(), rounds=600)
    counts = [np.bincount(path(model)[:, player], minlength=3) for player in (0, 1)]
    assert counts[0][2] == 0
    assert min(counts[1]) > 140


# --- the repeated game --------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_regret_is_hindsight_regret(seed, rounds):
    model = played(RANDOM_3, MixedStrategy(), rounds, rng=seed)
    profiles = path(model)
    for player in range(3):
        earned = sum(RANDOM_3.payoffs(profile)[player] for profile in profiles)
        fixed = [
            sum(RANDOM_3.payoffs(np.where(np.arange(3) == player, action, profile))[player] for profile in profiles)
            for action in np.flatnonzero(RANDOM_3.available[player])
        ]
        assert model.regrets[player] == pytest.approx((max(fixed) - earned) / (rounds + 1))
        assert model.players[player].regret == model.regrets[player]


def test_alternation_goes_round():
    model = played(RANDOM_3, MixedStrategy(), rounds=60, revision=Alternating(first=2), rng=4)
    changed = np.diff(path(model), axis=0) != 0
    for number, row in enumerate(changed):
        assert not np.delete(row, (number + 2) % 3).any()
    assert changed.any(axis=0).all()


def test_one_at_random_moves_one():
    model = played(RANDOM_3, MixedStrategy(), rounds=300, revision=OneAtRandom(), rng=4)
    changed = np.diff(path(model), axis=0) != 0
    assert changed.sum(axis=1).max() == 1
    assert changed.any(axis=0).all()
    rng = np.random.default_rng(0)
    chosen = np.array([OneAtRandom().revisers(t, 4, rng.random(1)) for t in range(4000)])
    assert (chosen.sum(axis=1) == 1).all()
    assert np.abs(chosen.sum(axis=0) - 1000).max() < 120


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_inertia_keeps_as_often_as_it_says(keep):
    rng = np.random.default_rng(0)
    kept = ~np.array([Inertia(keep).revisers(t, 10, rng.random(10)) for t in range(1000)])
    assert abs(kept.mean() - keep) < 4 * np.sqrt(keep * (1 - keep) / 10_000) + 1e-12


def test_who_does_not_revise_repeats():
    class Nobody(Simultaneous):
        def revisers(self, round_number, n, rng):
            return np.zeros(n, dtype=bool)

    model = played(RANDOM_3, MixedStrategy(), rounds=10, revision=Nobody(), initial=[1, 2, 0])
    assert (path(model) == [1, 2, 0]).all()
    assert model.policy == pytest.approx(RANDOM_3.available / RANDOM_3.available.sum(axis=1, keepdims=True))


class After(Stopping):
    """Is satisfied in given rounds."""

    when: tuple[int, ...]

    def reached(self, model):
        return model.round in self.when


@pytest.mark.parametrize(
    ("stop", "last"),
    [
        (Rounds(7), 7),
        (After((3,)) | Rounds(7), 3),
        (Rounds(7) | After((9,)), 7),
        (After((2, 5)) & After((4, 5)), 5),
        (After((2, 5)) & Rounds(4), 5),
        ((After((1,)) & Rounds(2)) | After((6,)), 6),
        (After((1, 6)) & (Rounds(9) | After((6,))), 6),
    ],
)
def test_stopping_rules_compose(stop, last):
    model = RepeatedGame(game=DILEMMA, strategies=BestResponse(), stop=stop, rng=1)
    model.run_model()
    assert (model.round, model.running) == (last, False)


@pytest.mark.parametrize(
    ("stop", "last"),
    [
        (Converged(), 1),
        (Converged(patience=4), 4),
        (Converged(patience=4) | Rounds(2), 2),
        (Converged(patience=4) & Rounds(6), 6),
        (Converged(of="policy"), 1),
        (Converged(tolerance=0.5, of="average"), 3),
        pytest.param(
            Rounds(6) & Converged(patience=4),
            6,
        ),
    ],
    ids=str,
)
def test_convergence(stop, last):
    # from (0, 0) both confess at once; average play is (1, t)/(t + 1), with gain 2 (1 / (t + 1)) summed over both players
    model = RepeatedGame(game=DILEMMA, strategies=BestResponse(), stop=stop, initial=[0, 0], rng=1)
    model.run_model()
    assert model.round == last


def test_patience_starts_anew_after_a_disturbance():
    game = NormalFormGame(np.zeros((2, 2, 2)))
    model = RepeatedGame(game=game, strategies=Pure(0), stop=Rounds(50), rng=1)
    calm = []
    for exploitability in [0, 0, 1, 0, 0, 0]:
        model.step()
        model._course._gaps[:] = exploitability
        calm.append(model.calm_rounds("actions", 1e-6))
    assert calm == [1, 2, 0, 1, 2, 3]


def test_without_convergence_rounds_end_the_game():
    model = RepeatedGame(game=PENNIES, strategies=BestResponse(), stop=Rounds(30) | Converged(), initial=[0, 0], rng=1)
    model.run_model()
    assert model.round == 30


def test_tables_have_the_documented_columns():
    model = played(RPS, MixedStrategy(), rounds=3)
    assert list(model.history().columns) == ["round", "player", "action", "payoff", "regret"]
    assert list(model.rounds().columns) == ["round", "exploitability", "welfare", "revenue"]
    assert model.history()["round"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert model.history()["player"].tolist() == ["player 0", "player 1"] * 4
    assert model.rounds()["round"].tolist() == [0, 1, 2, 3]
    last = model.history().tail(2)
    assert last["action"].tolist() == model.actions.tolist()
    assert last["payoff"].tolist() == model.payoffs.tolist()
    assert last["regret"].tolist() == model.regrets.tolist()
    for _, row in model.rounds().iterrows():
        profile = path(model)[int(row["round"])]
        assert row["exploitability"] == RPS.exploitability(profile)
        assert (row["welfare"], row["revenue"]) == (RPS.payoffs(profile).sum(), 0)


def test_agents_are_views_of_the_arrays():
    game = MarketGame(CoalitionValues(copies=1), ShapleyDivision(), player_names=["Ann", "Bob"])
    model = played(game, MixedStrategy([0.2, 0.3, 0.5]), rounds=4)
    for row, player in enumerate(model.players):
        assert player.name == game.player_names[row]
        assert player.action == model.actions[row]
        assert player.action_name == game.action_names[model.actions[row]]
        assert player.payoff == model.payoffs[row]
        assert player.regret == model.regrets[row]
        assert player.mixed_strategy.tolist() == [0.2, 0.3, 0.5]
    outcome = game.outcome(model.actions)
    assert model.platform.mechanism is game.mechanism
    assert model.platform.revenue == model.revenue == pytest.approx(outcome.settlement.payments.sum())
    assert model.platform.profit == outcome.profit
    assert model.welfare == pytest.approx(outcome.welfare)
    assert set(model.agents) == {model.platform, *model.players}
    assert played(DILEMMA, Pure(1)).platform is None


@pytest.mark.parametrize("strategy", [MixedStrategy(), FictitiousPlay(), BestResponse(ties="uniform")], ids=str)
def test_same_seed_same_bytes(strategy):
    revision = Inertia(0.2)
    for rng in (lambda: 7, lambda: np.random.default_rng(7)):
        one, other = (text(played(RANDOM_3, strategy, 30, revision=revision, rng=rng())) for _ in range(2))
        assert one == other
    assert text(played(RANDOM_3, MixedStrategy(), 30, rng=8)) != text(played(RANDOM_3, MixedStrategy(), 30, rng=7))


def test_drawn_seed_is_kept():
    first = played(RPS, MixedStrategy(), rng=None)
    assert text(played(RPS, MixedStrategy(), rng=first.entropy)) == text(first)
    assert played(RPS, MixedStrategy(), rng=None).entropy != first.entropy


def test_global_randomness_is_left_alone():
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    played(RPS, MixedStrategy(), rng=1)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@pytest.mark.parametrize(
    "strategy",
    [BestResponse(), BestResponse("uniform"), FictitiousPlay(), FictitiousPlay("joint", 1.0), MixedStrategy(), Pure(1)],
    ids=str,
)
@pytest.mark.parametrize("game", [RANDOM_3, RPS], ids=["random 3", "rps"])
def test_one_instance_for_all_plays_like_one_each(game, strategy):
    together = played(game, strategy, 40, revision=Inertia(0.2))
    apart = played(game, [strategy.model_copy() for _ in range(game.n)], 40, revision=Inertia(0.2))
    assert text(together) == text(apart)


def test_different_strategies_meet():
    model = played(RPS, [Pure(1), BestResponse()], rounds=5, initial=[0, 0])
    assert path(model)[2:].tolist() == [[1, 2]] * 4


def test_strategies_handed_in_are_not_changed():
    strategy = FictitiousPlay(prior=1.0)
    before = dict(vars(strategy))
    one = text(played(RPS, strategy, 10, initial=[0, 1]))
    assert dict(vars(strategy)) == before
    assert text(played(RPS, strategy, 10, initial=[0, 1])) == one


@pytest.mark.parametrize(
    "options",
    [
        {"strategies": [Pure(1)]},
        {"strategies": [Pure(1)] * 3},
        {"initial": [0]},
        {"initial": [0, 5]},
        {"initial": [0.0, 1.0]},
        {"strategies": Pure(3)},
        {"strategies": MixedStrategy([0.5, 0.5])},
        {"rng": -1},
    ],
)
def test_bad_set_ups_are_refused(options):
    with pytest.raises(ValueError) as caught:
        RepeatedGame(**{"game": RPS, "strategies": Pure(1)} | options)
    assert "\n" not in str(caught.value)


def test_mesa_conventions():
    model = RepeatedGame(game=RPS, strategies=MixedStrategy(), stop=Rounds(5), rng=1)
    assert isinstance(model, mesa.Model)
    opening = model.steps  # Mesa 3.3 counts it as a step
    assert (model.running, model.steps, model.round) == (True, opening, 0)
    assert len(model.datacollector.model_vars["welfare"]) == 1
    model.step()
    assert (model.running, model.steps, model.round) == (True, opening + 1, 1)
    model.run_model()
    assert (model.running, model.steps, model.round) == (False, opening + 5, 5)
    assert len(model.datacollector.model_vars["welfare"]) == 6
    model.run_model()
    assert model.round == 5


def test_stepping_by_hand_is_running():
    by_hand = RepeatedGame(game=RANDOM_3, strategies=FictitiousPlay(), rng=1)
    for _ in range(12):
        by_hand.step()
    assert text(by_hand) == text(played(RANDOM_3, FictitiousPlay(), 12))
