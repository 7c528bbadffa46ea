"""What is known of learning: bounds on regret, rates, orbits, quantal response, correlated equilibria, patience, cohorts."""

import numpy as np
import pytest
from scipy.optimize import brentq

from potluck.agents.strategies import (
    STRATEGIES,
    Exp3,
    Exp3P,
    FictitiousPlay,
    GrimTrigger,
    Hedge,
    Logit,
    MixedStrategy,
    OptimisticHedge,
    Pure,
    RegretMatching,
    Replicator,
    Strategy,
    TitForTat,
)
from potluck.agents.strategies.strategy import Intention, pure_policy
from potluck.models import Ensemble, NormalFormGame, RepeatedGame, Rounds, correlated_distance, joint_play
from potluck.models.discounted_game import discounted_game
from potluck.models.games.privacy import CollaborativeLearning, SmoothBenefit, grim_trigger
from potluck.models.games.textbook import Chicken, MatchingPennies, PrisonersDilemma, ShapleysGame
from potluck.verdicts import mean_interval

# --- regret -------------------------------------------------------------------------------------------------------------------

PROMISING = (Hedge(), Hedge(rate=0.2), OptimisticHedge(against="actions"), RegretMatching(), RegretMatching(plus=True))
BANDITS = (Exp3(payoff_range=(-1, 1)), Exp3(rate=0.05, payoff_range=(-1, 1)), Exp3P(rounds=400, payoff_range=(-1, 1)))


TABLE = np.array([[0.9, -0.4, 0.2], [-0.8, 1.0, -0.9], [0.1, -0.7, -1.0]])
"""A zero-sum game in which even odds lose."""


def regrets_in_the_table(rule, replicas=60):
    game = NormalFormGame([TABLE, -TABLE])
    return Ensemble({"game": game, "strategies": [rule, RegretMatching()], "stop": 300}, replicas, seed=4).regrets[:, 0]


@pytest.mark.parametrize("rule", [*PROMISING, *BANDITS], ids=str)
def test_regret_is_within_its_bound_over_an_ensemble(rule):
    """Against who learns to hurt it; the bound is on the mean over runs."""
    low, high = mean_interval(regrets_in_the_table(rule), 0.999)
    assert high <= rule.regret_bound(301, 3, float(np.ptp(TABLE, axis=0).max())) / 301
    assert low > -0.2


def test_who_does_not_learn_breaks_the_bounds():
    low, _ = mean_interval(regrets_in_the_table(MixedStrategy()), 0.999)
    assert low > max(rule.regret_bound(301, 3, 1.8) / 301 for rule in (Hedge(), RegretMatching()))


def test_regret_of_bandits_is_within_their_bounds_where_it_is_small():
    """Two actions one of which is always better: the bounds are a fraction of what not learning would regret."""
    rounds = 1500
    game = NormalFormGame([[0.0, 1.0]])
    for rule in (Exp3(payoff_range=(0, 1)), Exp3P(rounds=rounds + 1, payoff_range=(0, 1))):
        runs = Ensemble({"game": game, "strategies": rule, "stop": rounds}, 12, seed=2)
        bound = rule.regret_bound(rounds + 1, 2, 1.0) / (rounds + 1)
        assert 0 < runs.regrets.mean() <= bound < 0.5


def test_exp3_p_keeps_what_it_promises_in_all_but_few_runs():
    rule = Exp3P(rounds=501, failure=0.05, payoff_range=(-1, 1))
    runs = Ensemble({"game": MatchingPennies().game(), "strategies": rule, "stop": 500}, 100, seed=3)
    most = 2 * 5.15 * np.sqrt(501 * 2 * np.log(2 / 0.05)) / 501
    assert (runs.regrets > most).any(axis=1).mean() <= 0.05


def test_exp3_p_by_hand():
    rule = Exp3P(rounds=100, failure=0.1, payoff_range=(0, 2))
    runs = Ensemble({"game": NormalFormGame([[0.5, 2.0]]), "strategies": rule, "stop": 1, "initial": [1]}, 1, seed=0)
    beta, eta = np.sqrt(np.log(20) / 200), 0.95 * np.sqrt(np.log(2) / 200)
    gamma = 1.05 * np.sqrt(2 * np.log(2) / 100)
    weight = 1 / (1 + np.exp(-eta * 2.0))
    assert beta > 0
    assert runs.policy[0, 0, 1] == pytest.approx((1 - gamma) * weight + gamma / 2)


def test_rules_that_promise_nothing_say_so():
    silent = [cls.example() for cls in STRATEGIES if cls.example().regret_bound(100, 3, 1.0) is None]
    assert {"BestResponse", "FictitiousPlay", "Replicator"} <= {rule.name() for rule in silent}
    assert Hedge(against="mixes").regret_bound(100, 3, 1.0) is None
    assert Exp3P(rounds=50, payoff_range=(0, 1)).regret_bound(51, 3, 1.0) is None


def regrets_of_mixes(rule, rounds):
    """Return the sum of regrets of mixed play in a zero-sum game, in total, after so many rounds."""
    game = NormalFormGame([[[2, -1], [-1, 1]], [[-2, 1], [1, -1]]])
    model = RepeatedGame(game=game, strategies=rule, stop=Rounds(rounds), rng=1, agents=False)
    policies = [model.policy]
    while model.running:
        model.step()
        policies.append(model.policy)
    average = np.mean(policies, axis=0)
    return game.exploitability(average) * len(policies)


def test_optimism_makes_regret_stop_growing():
    """Syrgkanis et al. (2015), Theorem 4 and Corollary 6: bounded in total, where plain Hedge's total goes on growing."""
    rates = {"optimistic": OptimisticHedge(rate=0.1), "plain": Hedge(rate=0.1, against="mixes")}
    totals = {name: [regrets_of_mixes(rule, rounds) for rounds in (200, 400, 1600)] for name, rule in rates.items()}
    assert max(totals["optimistic"]) <= 2 * 2 * np.log(2) / 0.1
    assert totals["plain"][2] > 2 * totals["optimistic"][2]
    assert totals["optimistic"][2] <= 1.1 * totals["optimistic"][1] + 0.1


# --- orbits, quantal response, correlated equilibria --------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0.02, 0.01])
def test_replicators_keep_the_constant_of_motion_up_to_their_step(step):
    """In pennies x (1 - x) y (1 - y) is constant along orbits (Hofbauer & Sigmund 1998, Section 11.2); steps leave O(step)."""
    game = MatchingPennies().game()
    rules = [Replicator(step=step, start=(0.3, 0.7), floor=0), Replicator(step=step, start=(0.6, 0.4), floor=0)]
    model = RepeatedGame(game=game, strategies=rules, stop=Rounds(int(8 / step)), rng=1, agents=False)
    constants = []
    while model.running:
        model.step()
        constants.append(np.log(model.policy).sum())
    drift = max(constants) - min(constants)
    assert 0 < drift < 12 * step


@pytest.mark.parametrize("rationality", [0.5, 2.0])
def test_logit_rests_where_the_quantal_response_equation_is_solved(rationality):
    """Chicken's symmetric equilibrium: p = 1 / (1 + exp(-λ (u(dare) - u(swerve)))), solved apart from the program."""
    game = Chicken(win=1, crash=3).game()
    model = RepeatedGame(
        game=game, strategies=Logit(rationality=rationality, step=0.05, against="mixes"), stop=Rounds(2000), rng=2, agents=False
    )
    model.run_model()

    def apart(p):
        gain = ((1 - p) * 1 - p * 3) - (p * -1)
        return p - 1 / (1 + np.exp(-rationality * gain))

    assert model.policy[:, 1] == pytest.approx([brentq(apart, 0, 1)] * 2, abs=1e-6)


def test_regret_matching_plays_towards_the_coarse_correlated_equilibria():
    """Hart & Mas-Colell (2000): the distance falls, though play itself goes round in Shapley's game."""
    game = ShapleysGame().game()
    model = RepeatedGame(game=game, strategies=RegretMatching(), stop=Rounds(4000), rng=5)
    model.run_model()
    acts = model.history()["action"].to_numpy().reshape(-1, 2)
    early, late = (correlated_distance(game, joint_play(game, acts[:rounds]), kind="coarse") for rounds in (60, 4001))
    assert late < 0.03
    assert late < early / 2


# --- patience -----------------------------------------------------------------------------------------------------------------


class DeviateOnce(Strategy):
    """Play one action in the opening round and another ever after."""

    first: int = 1
    then: int = 0

    def begin(self, seats):
        return Intention(pure_policy(np.full(len(seats.available), self.first), seats.available.shape[1]))

    def learn(self, state, feedback):
        return Intention(np.full(feedback.actions.shape, self.then))


def dilemma(**payoffs):
    tables = PrisonersDilemma(**payoffs).game().tables[:, ::-1, ::-1]
    return NormalFormGame(tables, action_names=["defect", "cooperate"])


@pytest.mark.parametrize(("temptation", "reward", "punishment"), [(5.0, 3.0, 1.0), (4.0, 3.5, 0.5)])
def test_cooperation_holds_from_the_discount_factor_of_the_dilemma_on(temptation, reward, punishment):
    """Friedman (1971): δ = (T - R) / (T - P), for grim trigger and, against who always defects, for tit for tat."""
    game = dilemma(temptation=temptation, reward=reward, punishment=punishment, sucker=0.0)
    least = (temptation - reward) / (temptation - punishment)
    for rule in (GrimTrigger(), TitForTat()):
        stands = [(0, 0) in discounted_game(game, [rule, Pure(0)], least + off).pure_equilibria(1e-9) for off in (-0.01, 0.01)]
        assert stands == [False, True]


def test_tit_for_tat_needs_more_patience_than_grim_trigger_where_revenge_is_soft():
    """Against who defects once and takes the answer, δ must be (T - R) / (R - S) for tit for tat."""
    game = dilemma(temptation=5.0, reward=4.0, punishment=1.0, sucker=0.0)

    class Once(DeviateOnce):
        first: int = 0
        then: int = 1

    for rule, least in ((TitForTat(), (5 - 4) / (4 - 0)),):
        stands = [(0, 0) in discounted_game(game, [rule, Once()], least + off).pure_equilibria(1e-9) for off in (-0.01, 0.01)]
        assert stands == [False, True]
    assert (0, 0) in discounted_game(game, [GrimTrigger(), Once()], 0.5).pure_equilibria(1e-9)


@pytest.mark.parametrize(("gain", "weight"), [(0.5, 0.2), (1.0, 0.3)])
@pytest.mark.parametrize("reversion", [True, False])
def test_the_discount_factors_of_the_privacy_paper_are_played(gain, weight, reversion):
    """Sharing everything lasts just above the least discount factor that is computed, and ends just below it."""
    rules = CollaborativeLearning(SmoothBenefit((gain, gain)), weight).continuous
    punishment = rules.settle().end if reversion else (1.0, 1.0)
    least = float(grim_trigger(rules, punishment)[0].discount)
    nothing = rules.level(0.0)
    deviation = float(rules.best_responses(0, [nothing, nothing]).pick("low"))
    levels = [float(punishment[0]), deviation, 0.0]
    payoffs = np.zeros((2, 3, 3))
    for one, mine in enumerate(levels):
        for other, theirs in enumerate(levels):
            payoffs[:, one, other] = [float(each) for each in rules.utilities([rules.level(mine), rules.level(theirs)])]
    game = NormalFormGame(payoffs, action_names=["as punishment", "best deviation", "no protection"])
    stands = [
        (0, 0) in discounted_game(game, [GrimTrigger(), DeviateOnce()], least + off).pure_equilibria(1e-10)
        for off in (-0.01, 0.01)
    ]
    assert stands == [False, True]


@pytest.mark.parametrize(
    ("bad", "said"), [({"discount": 1.0}, "below 1"), ({"discount": 1 - 1e-9}, "million|1000000"), ({"rules": []}, "one or more")]
)
def test_discounted_games_say_what_they_cannot_be(bad, said):
    with pytest.raises(ValueError, match=said):
        discounted_game(**{"game": dilemma(), "rules": ["GrimTrigger"], "discount": 0.5} | bad)


# --- cohorts ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["Hedge(rate=0.5)", "RegretMatching", "Exp3", "Logit(rationality=2)"])
def test_a_cohort_plays_as_cohorts_of_one_in_distribution(rule):
    """Three players with equal rules, and the same rules under different parameters that do nothing: frequencies agree.

    Ends of 600 runs each: two samples of one distribution over 8 profiles (chi-squared, 7 degrees of freedom, 1 in 10^4).
    """
    tables = np.random.default_rng(3).normal(size=(3, 2, 2, 2))
    game, built = NormalFormGame(tables), STRATEGIES.build(rule)
    alone = [
        type(f"{type(built).__name__}{seat}", (type(built),), {"source": "a test"})(**built.model_dump()) for seat in range(3)
    ]
    ends = []
    for seed, rules in ((1, built), (2, alone)):
        runs = Ensemble({"game": game, "strategies": rules, "stop": 12}, 600, seed=seed)
        ends.append(np.bincount(runs.actions @ [4, 2, 1], minlength=8))
    one, other = ends
    seen = one + other > 0
    assert len(RepeatedGame(game=game, strategies=alone, stop=1, rng=0).cohorts) == 3
    assert (((one - other) ** 2)[seen] / (one + other)[seen]).sum() < 29.9


@pytest.mark.parametrize("seed", range(3))
def test_fictitious_play_comes_to_equilibrium_in_games_of_two_by_n_and_of_potential(seed):
    """Berger (2005), Fictitious play in 2×n games; Monderer & Shapley (1996), for games with identical interests."""
    rng = np.random.default_rng(seed)
    common = rng.random((3, 4))
    for tables in (rng.random((2, 2, 5)), [common, common]):
        game = NormalFormGame(tables)
        model = RepeatedGame(game=game, strategies=FictitiousPlay(), stop=30_000, initial=[0, 0], rng=1, agents=False)
        model.run_model()
        assert model.exploitability_of("average") < 0.01 * np.ptp(game.tables)
