"""The search for the best attack looks at all that is documented: brute force finds nothing better, and names are no dearer."""

import itertools
from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
import pytest
from pydantic import Field

from potluck.attacks import (
    ATTACKS,
    FreeRide,
    GarbleLabels,
    Replicate,
    Scheme,
    Sybil,
    Withhold,
    best_attack,
    best_attack_over_seeds,
    settle,
)
from potluck.mechanisms import (
    MECHANISMS,
    FairPayments,
    FreeSharing,
    ReplicationRobustDivision,
    ShapleyDivision,
    SimilarityWeighted,
)
from potluck.mechanisms.coalitions.game_classes import GameClass
from potluck.models import Classification, CoalitionValues, MarketGame, QualityCurve
from potluck.verdicts import mean_interval

RULES = (ReplicationRobustDivision(), ReplicationRobustDivision(division="excess"), ShapleyDivision(), SimilarityWeighted())


def brute(task, rule, variants):
    honest = settle(Scheme.honest(task), rule)
    schemes = (variant.on(task, party) for variant, party in itertools.product(variants, range(task.n_parties)))
    return max(settle(scheme, rule).gain_over(honest) for scheme in schemes)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_no_number_of_copies_is_better(rule):
    rng = np.random.default_rng(5)
    for parties in (2, 3):
        task = CoalitionValues(GameClass("monotone").draw(parties, rng).values.tolist())
        every = [Replicate(copies, how) for copies in range(1, 17) for how in ("identities", "names")]
        assert best_attack(task, rule, Replicate()).gain == pytest.approx(brute(task, rule, every), abs=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_no_number_of_names_is_better(rule):
    task = QualityCurve(sizes=(1, 2, 4))
    found = best_attack(task, rule, Sybil())
    every = [Sybil(names, split) for names in range(2, 9) for split in ("even", "uneven")]
    every += [Sybil(names, "overlapping") for names in range(2, 7)]  # more would cut the data into too many parts for a table
    assert found.gain == pytest.approx(brute(task, rule, every), abs=1e-9)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_no_share_held_back_is_much_better(rule):
    task = QualityCurve(sizes=(1, 2, 4))
    shares = np.linspace(0.1, 0.9, 81).round(6).tolist()
    assert best_attack(task, rule, Withhold()).gain >= brute(task, rule, [Withhold(share) for share in shares]) - 1e-4


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_whole_numbers_that_are_not_listed_are_tried(rule):
    class Sparse(Replicate):
        """Copies, of which the search lists two numbers."""

        ranges: ClassVar = {"copies": (1, 5)}

    task = CoalitionValues([0, 0.97, 0.9, 1])
    every = [Replicate(copies) for copies in range(1, 17)]
    assert best_attack(task, rule, Sparse()).gain == pytest.approx(brute(task, rule, every), abs=1e-9)


@pytest.mark.parametrize("share", [0.4, 0.97])
def test_numbers_between_those_tried_are_found(share):
    """The attacker earns most by a part of its data that the search does not list."""

    class Bounty(FreeSharing):
        """Charges the first owner by how far its data is from being worth the share."""

        def settle(self, market):
            settled = super().settle(market)
            return replace(settled, payments=10 * np.array([abs(market.alone[0] - share), *np.zeros(market.n - 1)]))

    class Shares(Replicate):
        """Copies, by share."""

        ranges: ClassVar = {"copies": (1,), "part": (0.25, 0.5, 1.0)}
        part: Annotated[float, Field(gt=0, le=1)] = 1.0

        def mount(self, scheme, attacker, partner=None):
            return Withhold(max(1 - self.part, 1e-9)).mount(scheme, attacker, partner)

    found = best_attack(QualityCurve(sizes=(1, 2), curve="linear"), Bounty(), Shares(), attackers=[0])
    assert found.attack.part == pytest.approx(share, abs=0.02)


def test_the_whole_documented_range_is_searched():
    assert {attack.copies for attack in Replicate().variants()} == set(range(1, 17))
    assert {attack.identities for attack in Sybil().variants()} == set(range(2, 9))


@pytest.mark.parametrize("rule", [cls() for cls in MECHANISMS], ids=lambda rule: rule.name())
def test_names_that_enter_the_same_are_settled_as_if_they_were_told_apart(rule):
    for task in (CoalitionValues((0, 0.6, 0.5, 0.9, 0.1, 0.65, 0.55, 1)), QualityCurve(sizes=(1, 2))):
        scheme = Replicate(2, "names").on(task, 1)
        apart = MarketGame(scheme.platform_task, FreeSharing()).market(scheme.profile)
        assert apart.game.values.size > scheme.market.game.values.size
        one, other = rule.settle(scheme.market), rule.settle(apart)
        assert one.payments == pytest.approx(other.payments, abs=1e-9)
        assert one.rewards == pytest.approx(other.rewards, abs=1e-9)


OFF_GRID = {
    "Replicate": lambda rng: Replicate(int(rng.integers(1, 17)), str(rng.choice(["identities", "names"]))),
    "Sybil": lambda rng: Sybil(int(rng.integers(2, 9))),
    "Withhold": lambda rng: Withhold(round(float(rng.uniform(0.01, 0.99)), 6)),
    "FreeRide": lambda rng: FreeRide(round(float(rng.uniform(0, 0.2)), 6)),
}


@pytest.mark.parametrize("name", OFF_GRID)
@pytest.mark.parametrize("rule", [*RULES, FairPayments()], ids=str)
def test_no_parameters_drawn_at_random_are_much_better(rule, name):
    rng = np.random.default_rng(11)
    task = QualityCurve(sizes=tuple(rng.uniform(0.5, 4, 3).round(3).tolist()))
    drawn = [OFF_GRID[name](rng) for _ in range(40)]
    found = best_attack(task, rule, ATTACKS.find(name)()).gain
    assert found >= brute(task, rule, drawn) - 1e-3 * float(np.max(task.worths([[task.honest] * task.n_parties])))


def test_gains_over_seeds_are_those_of_every_seed_and_their_interval():
    rule, attack = ShapleyDivision(), GarbleLabels()
    task = Classification("wine", parties=3)
    found = best_attack_over_seeds(task, rule, attack, task_seeds=(0, 1, 2), attack_seeds=(0, 1))
    one = best_attack(Classification("wine", parties=3, seed=2), rule, GarbleLabels(seed=1))
    assert found.gains.shape == (3, 2)
    assert found.gains[2, 1] == one.gain
    assert found.interval() == mean_interval(found.gains.mean(axis=1))
    assert found.best.gain == found.gains.max()
    certain = best_attack_over_seeds(CoalitionValues([0, 0.7, 0.7, 1]), rule, Replicate())
    assert certain.interval() == (certain.gain, certain.gain)
    assert certain.profitable
    with pytest.raises(ValueError, match="one seed or more"):
        best_attack_over_seeds(task, rule, attack, task_seeds=())


def test_every_attack_says_whether_everything_is_tried():
    # a seed has 10^18 values, which are counted and not listed
    assert {cls.name() for cls in ATTACKS if cls().tries_everything()} == {"Merge", "Replicate", "StayOut", "Sybil"}


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_the_unit_of_worth_does_not_decide_what_pays(unit):
    task = CoalitionValues([0, 0.7 * unit, 0.7 * unit, unit])
    copying = best_attack(task, ShapleyDivision(), Replicate())
    assert copying.profitable
    assert copying.attack.copies == 16
    assert copying.gain / unit == pytest.approx(8 / 45)
    safe = best_attack_over_seeds(task, FreeSharing(), Replicate())
    assert safe.profitable is False
    assert not safe.best.profitable
