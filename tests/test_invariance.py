import sys
from pathlib import Path

import numpy as np
import pytest

from potluck.agents.strategies import STRATEGIES, FictitiousPlay
from potluck.mechanisms import MECHANISMS, Mechanism, Settlement, banzhaf, beta_shapley, leave_one_out, shapley
from potluck.models import CoalitionValues, MarketGame, NormalFormGame, QualityCurve, Regression
from potluck.models.tasks import TASKS
from potluck.scenarios import SCENARIOS
from potluck.testing import (
    check_game_invariance,
    check_learner_invariance,
    check_rule_invariance,
    check_scenario_invariance,
    check_task_invariance,
    check_value_invariance,
)
from potluck.testing.invariance import shrunk

KNOW_A_UNIT = {"FairPayments"}
"""Rules with amounts of money among the parameters of their examples."""

QUICK = ("mep-fig2",)
SLOWER = ("mep-fig2", "replication-attack", "fair-value-dynamics")


def name_of(entry):
    return entry.name()


@pytest.mark.parametrize("mechanism", list(MECHANISMS), ids=name_of)
def test_rules(mechanism):
    check_rule_invariance(mechanism, units=mechanism.name() not in KNOW_A_UNIT)


@pytest.mark.parametrize("value", [shapley, banzhaf, leave_one_out, lambda game: beta_shapley(game, 4, 1)])
def test_values(value):
    check_value_invariance(value)


KNOW_A_SEAT_OR_A_ZERO = {"PerturbedLeader", "QLearning"}
"""Rules whose noise is drawn seat by seat, so that players who change places draw another's, or whose first estimates are 0."""


KNOW_A_RATE = {
    "BrownVonNeumannNash",
    "Logit",
    "OptimisticHedge",
    "PairwiseComparison",
    "PerturbedLeader",
    "ProjectedGradient",
    "QLearning",
    "Replicator",
    "Smith",
    "StochasticFictitiousPlay",
}
"""Rules with a rate, a temperature or noise in units of payoffs."""


@pytest.mark.parametrize("strategy", list(STRATEGIES), ids=name_of)
def test_learners(strategy):
    for known, units in ((KNOW_A_SEAT_OR_A_ZERO, False), (KNOW_A_RATE, True)):
        if strategy.name() in known:
            with pytest.raises(AssertionError, match="played otherwise"):
                check_learner_invariance(strategy, units=units)
        else:
            check_learner_invariance(strategy, units=units)


@pytest.mark.parametrize("task", list(TASKS), ids=name_of)
def test_tasks(task):
    check_task_invariance(task)


def test_a_task_that_looks_at_the_first_row_is_found():
    class First(Regression):
        """Data is worth what its first target is."""

        def value(self, profiles):
            firsts = np.array([rows.targets[0] for rows in self.holdings()])
            return ((np.asarray(profiles) > 0) * firsts).sum(axis=1)

    with pytest.raises(AssertionError, match="rows in another order"):
        check_task_invariance(First())


@pytest.mark.parametrize("mechanism", list(MECHANISMS), ids=name_of)
def test_games(mechanism):
    check_game_invariance(MarketGame(CoalitionValues([0, 0.5, 0.25, 1], copies=1), mechanism.example()))
    check_game_invariance(MarketGame(QualityCurve([1, 1, 2], curve="linear"), mechanism.example()))


@pytest.mark.parametrize("name", QUICK)
def test_quick_scenarios(name):
    check_scenario_invariance(SCENARIOS.find(name))


@pytest.mark.slow
@pytest.mark.parametrize("cls", list(SCENARIOS), ids=name_of)
def test_every_scenario(cls):
    check_scenario_invariance(cls)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOWER)
def test_another_python_says_the_same(name):
    other = Path(sys.executable).parents[1] / "py312" / "bin" / "python"
    if not other.exists():
        pytest.skip("there is no other Python beside this one")
    check_scenario_invariance(SCENARIOS.find(name), interpreters=(sys.executable, str(other)))


# --- what is planted is found -------------------------------------------------------------------------------------------------


class FirstComeFirstServed(Mechanism):
    """Everything goes to the first owner."""

    def settle(self, market):
        payments = np.zeros(market.n)
        payments[0] = -market.platform_worth
        return Settlement(market.joint_model(), payments)


class PerCent(Mechanism):
    """A fee that does not know the unit of worth."""

    def settle(self, market):
        return Settlement(market.joint_model(), 0.01 * market.present)


class Crowded(Mechanism):
    """Payments that count how many numbers were given."""

    def settle(self, market):
        return Settlement(market.joint_model(), market.pool / market.game.n)


def test_planted_faults_of_rules_are_found_and_small():
    with pytest.raises(AssertionError, match=r"another order, as for worths \[\[0\.0, 0\.0\], \[1\.0, 1\.0\]\]|another order"):
        check_rule_invariance(FirstComeFirstServed())
    with pytest.raises(AssertionError, match="another unit"):
        check_rule_invariance(PerCent())
    check_rule_invariance(PerCent(), units=False)
    check_rule_invariance(Crowded())


def test_planted_faults_of_values_are_found():
    def even(game):
        return np.full(len(game.sizes), game.grand / game.n)

    with pytest.raises(AssertionError, match="null player"):
        check_value_invariance(even)
    with pytest.raises(AssertionError, match="unit of worth"):
        check_value_invariance(lambda game: np.sign(shapley(game)))


def test_planted_faults_of_learners_are_found():
    class Dazzled(FictitiousPlay):
        """Takes the size of payoffs for their difference."""

        def learn(self, state, feedback):
            large = feedback.payoffs > 1000
            found = super().learn(state, feedback)
            play = np.where(large[:, None], state.seats.uniform, 0) if large.any() else None
            return found if play is None else type(found)(found.seats, play, found.total, found.rounds)

    with pytest.raises(AssertionError, match="played otherwise"):
        check_learner_invariance(Dazzled())


def test_a_game_that_counts_who_is_there_is_found(monkeypatch):
    true = NormalFormGame.pure_equilibria
    monkeypatch.setattr(NormalFormGame, "pure_equilibria", lambda self: true(self) if self.n < 4 else [])
    with pytest.raises(AssertionError, match="without a choice"):
        check_game_invariance(NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]]))


def test_planted_faults_of_games_are_found(monkeypatch):
    game = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    monkeypatch.setattr(type(game), "pure_equilibria", lambda self: [(0, 1)])
    with pytest.raises(AssertionError, match="in one of the two only"):
        check_game_invariance(game)


def test_a_scenario_that_hashes_is_found():
    with pytest.raises(AssertionError, match="it fails"):
        check_scenario_invariance(SCENARIOS.find("mep-fig2"), environments=({"PYTHONHASHSEED": "no number"},))


def test_shrinking_keeps_what_fails():
    rng = np.random.default_rng(0)
    for _ in range(20):
        table = rng.integers(0, 9, size=(3, 2, 2)) / 8
        table.flat[0] = 0
        if table.max() > 0.6:
            found = shrunk(table, lambda each: each.max() > 0.6)
            assert found.max() > 0.6
            assert found.size <= 8
            assert set(found.ravel().tolist()) == {0.0, 1.0}
