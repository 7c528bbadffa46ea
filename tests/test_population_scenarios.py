"""Scenarios of finite populations, contagion on graphs, and rules against rules."""

import numpy as np
import pytest

from potluck.scenarios import FinitePopulation, NetworkContagion, Tournament

SMALL = {"runs": 3, "rounds": 6}


def test_copies_spread_round_a_ring_under_shapley_and_die_out_under_the_robust_rule():
    found = NetworkContagion(graphs=("RingGraph(players=9)", "ScaleFree(players=12)"), **SMALL).run(1)
    ends = found.tables["ends"].set_index(["graph", "mechanism"])
    ring = ends.xs("RingGraph(players=9)")
    assert ring.loc["ShapleyDivision", "share"] == 1
    assert ring.loc["ReplicationRobustDivision", "died_out"] == 1
    spread = found.tables["spread"]
    assert spread[spread["round"] == 0]["share"].tolist() == pytest.approx([1 / 9, 1 / 9, 1 / 12, 1 / 12])
    assert found.passed


def test_a_ring_of_federations_unravels_where_both_neighbours_are_needed():
    """With one neighbour left the gain is (e^-1 - e^-2) / (1 - e^-1) = 0.37, with two 0.50, of what one has alone."""
    for cost, left in ((0.4, 0.0), (0.3, 7 / 8)):
        found = NetworkContagion(graphs=("RingGraph(players=8)",), sharing_cost=cost, **SMALL).run(1).tables["federations"]
        assert found["share_before"].tolist() == [1.0]
        assert found["share"].tolist() == [left]


def test_contagion_refuses_unlike_parties():
    with pytest.raises(ValueError, match="alike"):
        NetworkContagion(task="CoalitionValues((0, 0.5, 0.7, 1))", **SMALL).run(0)
    with pytest.raises(ValueError, match="two parties"):
        NetworkContagion(task="QualityCurve(sizes=(1, 1, 1))")


@pytest.mark.parametrize("rule", ["PairwiseComparison(intensity=1.0, mutation=0.05)", "Moran(intensity=0.5, mutation=0.05)"])
def test_finite_populations_are_as_their_closed_forms(rule):
    found = FinitePopulation(rule=rule, population=10, mutants=4, sizes=(10, 160), horizon=4, runs=100).run(2)
    assert found.passed
    assert found.tables["states"]["share"].sum() == pytest.approx(1)
    assert {check.outcome.value for check in found.checks} <= {"reproduced", "undecided"}


def test_populations_are_of_alike_players_and_rules_that_imitate():
    with pytest.raises(ValueError, match="alike"):
        FinitePopulation(game="MatchingPennies")
    with pytest.raises(ValueError, match="mutation above 0"):
        FinitePopulation(rule="Moran(mutation=0)")


def test_a_tournament_is_a_mean_over_arenas_and_weighs_rules():
    scenario = Tournament(
        strategies=("BestResponse", "Hedge", "Pure(action=0)"),
        games=("PrisonersDilemma", "RockPaperScissors"),
        mechanisms=("ShapleyDivision",),
        rounds=15,
        replicas=3,
    )
    found = scenario.run(3)
    assert found.passed
    arenas, matrix = found.tables["arenas"], found.tables["matrix"]
    mean = arenas.groupby(["rule", "other"], sort=False)["payoff"].mean()
    assert mean.to_numpy() == pytest.approx(matrix.set_index(["rule", "other"])["payoff"].reindex(mean.index).to_numpy())
    ranks = found.tables["ranks"].set_index("rule")
    assert ranks["rank_mass"].sum() == pytest.approx(1)
    assert ranks["replicator"].sum() == pytest.approx(1)
    dilemma = arenas[(arenas["arena"] == "PrisonersDilemma") & (arenas["rule"] == "BestResponse")].set_index("other")["payoff"]
    assert dilemma["Pure(action=0)"] > 0.9
    assert np.array_equal(found.tables["matrix"], scenario.run(3).tables["matrix"])


def test_a_tournament_is_of_two_and_of_different_rules():
    with pytest.raises(ValueError, match="of two"):
        Tournament(games=("JordansPennies",))
    with pytest.raises(ValueError, match="given twice"):
        Tournament(strategies=("Hedge", "Hedge"))
