"""Attacks: known tables, closed forms, other ways to the same number, and what the search finds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from potluck.attacks import (
    ATTACKS,
    AttackGame,
    Combination,
    FabricateInputs,
    FreeRide,
    GarbleLabels,
    Merge,
    MisreportValidation,
    NoisyReplicate,
    NotExpressible,
    PoolRewards,
    Replicate,
    Requery,
    Scheme,
    StayOut,
    Sybil,
    Withhold,
    best_attack,
    candidates,
    models_held,
    respond,
    settle,
)
from potluck.mechanisms import (
    MECHANISMS,
    FreeSharing,
    Mechanism,
    ReplicationRobustDivision,
    Settlement,
    ShapleyDivision,
    ShapleyRewards,
    SimilarityWeighted,
)
from potluck.models import (
    Classification,
    CoalitionValues,
    DataPortions,
    GaussianProcessRegression,
    MarketGame,
    MeanEstimation,
    Preferences,
    QualityCurve,
)
from potluck.models.games.valuations import Spillovers
from potluck.models.tasks import Holding

PLAIN = SimilarityWeighted(decay=0)
ATTACK_TABLES = [
    ((0.7, 0.7, 1.0), PLAIN, {0: 0, 1: 0.040, 2: 0.060, 3: 0.072, 5: 0.086}),
    ((0.7, 0.7, 1.0), ReplicationRobustDivision(), {0: 0, 1: -0.142, 2: -0.286, 3: -0.432, 5: -0.726}),
    ((0.7, 0.7, 1.0), ReplicationRobustDivision(division="printed"), {0: 0.18, 1: 0.27, 2: 0.45, 3: 0.72, 5: 1.53}),
    ((0.7, 0.7, 1.0), SimilarityWeighted(decay=math.log(2)), {0: 0, 1: -0.130, 2: -0.210, 3: -0.254}),
    ((1.0, 0.9, 1.0), ReplicationRobustDivision(), {0: 0.055, 1: 0.067, 2: 0.073, 3: 0.076, 5: 0.081}),
]
THREE = (0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0)


@pytest.fixture(scope="module")
def wine():
    return Classification(dataset="wine", parties=3)


@pytest.fixture(scope="module")
def gaussian():
    return GaussianProcessRegression(rows=36, noise=1, signals=(5000,), lengthscales=(1, 1, 3, 15, 27, 400))


def gain(task, rule, attack, attacker=0, partner=None):
    return settle(attack.on(task, attacker, partner), rule).gain_over(settle(Scheme.honest(task), rule))


@pytest.mark.parametrize(
    ("gains", "rule", "table"), ATTACK_TABLES, ids=lambda it: it.short() if isinstance(it, Mechanism) else ""
)
def test_replication_gives_the_known_attack_tables(gains, rule, table):
    task = CoalitionValues([0, *gains])
    for copies, net in table.items():
        scheme = Replicate(copies).on(task) if copies else Scheme.honest(task)
        assert -settle(scheme, rule).settlement.payments[0] == pytest.approx(net, abs=5.001e-4)


def test_two_perfect_sellers_and_a_buyer():
    expected = {0: 0.167, 1: 0.222, 2: 0.250, 3: 0.267, 5: 0.286}
    task = CoalitionValues(THREE)
    for copies, net in expected.items():
        scheme = Replicate(copies).on(task) if copies else Scheme.honest(task)
        assert -settle(scheme, ReplicationRobustDivision()).settlement.payments[0] == pytest.approx(net, abs=5.001e-4)


@pytest.mark.parametrize("rule", list(MECHANISMS), ids=lambda cls: cls.name())
def test_copies_as_an_attack_are_copies_as_an_action(rule):
    task = CoalitionValues((0, 0.6, 0.5, 0.9, 0.1, 0.65, 0.55, 1))
    for copies in (1, 2):
        game = MarketGame(CoalitionValues(task.values, copies=copies), rule())
        scheme = settle(Replicate(copies).on(task, 1), rule())
        assert scheme.payoffs == pytest.approx(game.payoffs(np.array([1, 1 + copies, 1])))


@pytest.mark.parametrize("rule", list(MECHANISMS), ids=lambda cls: cls.name())
@pytest.mark.parametrize("name", ["curve", "portions", "wine", "gaussian"])
def test_honesty_is_the_honest_profile(rule, name, request):
    known = {"curve": QualityCurve(sizes=(1, 1, 2), levels=(0.5, 1)), "portions": DataPortions(sizes=(1, 2), copies=2)}
    task = known.get(name) or request.getfixturevalue(name)
    game = MarketGame(task, rule())
    profile = np.full(task.n_parties, task.honest)
    assert settle(Scheme.honest(task), rule()).payoffs == pytest.approx(game.payoffs(profile), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("rule", [ShapleyDivision(), ReplicationRobustDivision()], ids=str)
def test_rules_by_identity_do_not_care_under_whose_name_copies_are(rule, wine):
    for task in (CoalitionValues(THREE), QualityCurve(sizes=(1, 2)), wine):
        one, other = (settle(Replicate(2, how).on(task, 1), rule).payoffs for how in ("identities", "names"))
        assert one == pytest.approx(other)


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7), st.integers(1, 3), st.integers(0, 2))
def test_copies_move_what_plain_shapley_division_pays_and_nothing_else(values, copies, attacker):
    task = CoalitionValues([0, *values])
    honest, attacked = (
        settle(scheme, ShapleyDivision()) for scheme in (Scheme.honest(task), Replicate(copies).on(task, attacker))
    )
    assert attacked.gain_over(honest) == pytest.approx(attacked.honest_loss(honest), abs=1e-9)
    assert attacked.scheme.market.pool[0] == honest.scheme.market.pool[0]
    assert gain(task, FreeSharing(), Replicate(copies), attacker) == 0


@given(st.integers(2, 4), st.integers(0, 2))
def test_false_names_split_an_amount(identities, attacker):
    sizes = np.array([1.0, 2.0, 3.0])
    market = Sybil(identities).on(QualityCurve(sizes=tuple(sizes), curve="square-root"), attacker).market
    amounts = [part for i, size in enumerate(sizes) for part in ([size / identities] * identities if i == attacker else [size])]
    assert market.alone == pytest.approx(np.sqrt(amounts))
    for present in itertools.product((0, 1), repeat=len(amounts)):
        assert market.game(present) == pytest.approx(math.sqrt(np.dot(present, amounts)))


def test_holding_back_rows_is_a_lower_level_of_the_task():
    task = Classification(dataset="wine", parties=3, levels=(0.25, 1))
    market = Withhold(0.75).on(task, 1).market
    assert market.game((0, 1, 0)) == pytest.approx(task.worths([[0, 1, 0]])[0], rel=1e-12)
    assert market.game((1, 1, 1)) == pytest.approx(task.worths([[2, 1, 2]])[0], rel=1e-12)


def test_formulas_know_parts_of_data_only_if_levels_are_shares():
    assert Withhold(0.5).on(QualityCurve(sizes=(2, 1), curve="linear")).market.pool[0] == 2
    with pytest.raises(NotExpressible, match="CoalitionValues knows a party's data only as a whole"):
        _ = Withhold(0.5).on(CoalitionValues()).market
    with pytest.raises(NotExpressible, match="copies must be 0"):
        _ = Replicate(1).on(MeanEstimation(users=2)).market


def test_portions_can_be_held_back_but_not_copied():
    task = DataPortions(sizes=(1, 2), copies=3)
    assert Withhold(0.5).on(task, 1).market.entries.tolist() == [4, 2]
    with pytest.raises(NotExpressible, match="portion by portion"):
        Replicate(1).on(task)
    with pytest.raises(NotExpressible, match="portion by portion"):
        _ = Sybil(2).on(task).market


@pytest.mark.parametrize("attack", [GarbleLabels(), FabricateInputs(), NoisyReplicate()], ids=lambda it: it.name())
def test_a_formula_has_no_rows_to_falsify(attack):
    with pytest.raises(NotExpressible, match="shows no rows"):
        attack.on(CoalitionValues())


def test_noise_hides_copies_from_a_rule_that_looks_for_likeness(wine):
    plain, noisy = Replicate(1, "names").on(wine).market, NoisyReplicate(1, sd=0.1).on(wine).market
    assert plain.similarity[0, 1] == 1
    assert noisy.similarity[0, 1] == 0
    exact = NoisyReplicate(1, sd=0).on(wine).market
    assert ShapleyDivision().settle(exact).payments == pytest.approx(ShapleyDivision().settle(plain).payments)


def test_an_empty_set_is_worth_nothing_to_any_coalition(wine):
    for task in (CoalitionValues(THREE), wine, QualityCurve()):
        values = FreeRide().on(task, 1).market.game.values
        assert np.array_equal(values[:, 0], values[:, 1])
        assert gain(task, FreeSharing(), FreeRide(), 1) <= 0


def test_staying_out_leaves_what_one_has_alone(wine):
    for task in (CoalitionValues((0, 0.6, 0.5, 0.9)), wine):
        for rule in MECHANISMS:
            settled = settle(StayOut().on(task), rule())
            assert settled.payoffs[0] == 0
            assert settled.settlement.rewards[0] == 0


def test_models_of_several_names_count_once():
    task = QualityCurve(sizes=(1, 1), curve="hyperbolic")
    settled = settle(Replicate(3, "names").on(task), FreeSharing())
    assert settled.settlement.rewards.tolist() == pytest.approx([2 / 3] * 5)
    assert settled.payoffs == pytest.approx([2 / 3 - 1 / 2] * 2)


def test_a_merger_saves_one_of_two_payments():
    class Fee(Mechanism):
        def settle(self, market):
            return Settlement(market.joint_model(), 0.1 * market.present)

    task = CoalitionValues((0, 0.6, 0.5, 0.9, 0.1, 0.65, 0.55, 1))
    assert gain(task, Fee(), Merge(), 0, 2) == pytest.approx(0.1)
    assert gain(task, Fee(), PoolRewards(), 0, 2) == pytest.approx(0)
    assert Merge().on(task, 0, 2).market.game.values.tolist() == [[0, 0.5], [0.65, 1]]


def test_partners_share_the_better_model():
    task = CoalitionValues((0, 0.5, 0.2, 0.6, 0.1, 0.55, 0.35, 1))
    rewards = settle(Scheme.honest(task), ShapleyRewards()).settlement.rewards
    pooled = settle(PoolRewards().on(task, 0, 2), ShapleyRewards())
    assert pooled.payoffs[[0, 2]] == pytest.approx(rewards.max() - task.alone[[0, 2]])
    assert pooled.honest_loss(settle(Scheme.honest(task), ShapleyRewards())) == 0


@pytest.mark.parametrize("partners", [(0, 1), (0, 2), (1, 2)])
def test_partners_judge_each_others_models_by_their_own_rows(partners):
    from sklearn.neighbors import KNeighborsClassifier

    task = Classification(dataset="wine", parties=3, judge="own")
    held, tests = task.holdings(), task.validation()

    def accuracy(party, members):
        rows = [held[member] for member in members]
        model = KNeighborsClassifier(1).fit(np.concatenate([r.inputs for r in rows]), np.concatenate([r.targets for r in rows]))
        return model.score(tests[party].inputs, tests[party].targets)

    expected = 0.0
    for party in partners:
        own, joint = accuracy(party, [party]), accuracy(party, range(3))
        expected += max(joint, *(accuracy(party, [each]) for each in partners), accuracy(party, partners)) - max(joint, own)
    assert gain(task, FreeSharing(), PoolRewards(), *partners) == pytest.approx(expected)
    assert gain(task, FreeSharing(), Merge(), *partners) == pytest.approx(expected)


def test_misreported_rows_change_what_is_paid_not_what_a_model_is_worth():
    task = Classification(dataset="wine", parties=3, judge="own")
    scheme = MisreportValidation("training").on(task, 1)
    assert scheme.market.alone[1] == 1  # 1-NN knows the rows it was trained on
    honest = settle(Scheme.honest(task), FreeSharing())
    assert models_held(scheme, scheme.market.joint_model()) == pytest.approx(
        models_held(honest.scheme, honest.settlement.rewards)
    )
    with pytest.raises(NotExpressible, match="judge is common"):
        MisreportValidation().on(Classification(dataset="wine"))


# --- information gain ---------------------------------------------------------------------------------------------------------


def test_garbled_labels_leave_information_gain_as_it_is(gaussian):
    assert gain(gaussian, ShapleyRewards(), GarbleLabels(), 1) == pytest.approx(0, abs=1e-6)


def test_asking_again_divides_the_noise(gaussian):
    honest = settle(Scheme.honest(gaussian), ShapleyRewards())
    party = int(honest.settlement.rewards.argmin())
    realisation = gaussian.realisation(party)
    eta = realisation.realise(honest.settlement.rewards[party]).eta
    for times in (2, 100):
        known = realisation.gain(eta / times) - gaussian.alone[party]
        assert settle(Requery(times).on(gaussian, party), ShapleyRewards()).payoffs[party] == pytest.approx(float(known))


def test_pooled_rewards_are_pooled_noise(gaussian):
    honest = settle(Scheme.honest(gaussian), ShapleyRewards())
    rewards = honest.settlement.rewards
    low = np.argsort(rewards)[:2].tolist()
    etas = [float(gaussian.realisation(party).realise(rewards[party]).eta) for party in low]
    settled = settle(PoolRewards().on(gaussian, *low), ShapleyRewards())
    expected = gaussian.pooled_gain(low, etas)
    assert settled.payoffs[low] + gaussian.alone[low] == pytest.approx([expected] * 2)


def test_nested_noise_leaves_no_more_than_the_best_release(gaussian):
    honest = settle(Scheme.honest(gaussian), ShapleyRewards())
    rewards = honest.settlement.rewards
    party = int(rewards.argmin())
    assert gain(gaussian, ShapleyRewards(), Requery(100), party) > 0.01
    assert gain(gaussian, ShapleyRewards(), Requery(100, noise="nested"), party) == pytest.approx(0, abs=1e-9)
    low = np.argsort(rewards)[:2].tolist()
    best = min(float(gaussian.realisation(each).realise(rewards[each]).eta) for each in low)
    together = settle(PoolRewards(noise="nested").on(gaussian, *low), ShapleyRewards()).payoffs[low] + gaussian.alone[low]
    apart = settle(PoolRewards().on(gaussian, *low), ShapleyRewards()).payoffs[low] + gaussian.alone[low]
    assert together == pytest.approx([gaussian.pooled_gain(low, [best] * 2, nested=True)] * 2)
    assert (together < apart - 1e-6).all()


def test_rows_repeated_in_secret_raise_a_shapley_value_but_not_what_one_knows(gaussian):
    low = int(gaussian.alone.argmin())
    scheme = Replicate(3, "rows").on(gaussian, low)
    assert scheme.market.alone[low] > gaussian.alone[low]
    held = models_held(scheme, scheme.market.joint_model())
    grand = gaussian.worths(np.full((1, 3), gaussian.honest))[0]
    assert held == pytest.approx([grand] * 3)


def test_made_up_rows_do_not_inform(gaussian):
    scheme = FabricateInputs(2.0, spread=3.0).on(gaussian, 0)
    assert scheme.market.alone[0] > gaussian.alone[0]
    held = models_held(scheme, scheme.market.joint_model())
    assert held[0] == pytest.approx(gaussian.worths(np.full((1, 3), gaussian.honest))[0])
    assert models_held(scheme, np.zeros(3)) == pytest.approx(gaussian.alone)


# --- the search ---------------------------------------------------------------------------------------------------------------


def test_the_best_attack_is_the_best_of_all_that_can_be_mounted():
    task, rule = CoalitionValues((0, 0.6, 0.5, 0.9, 0.1, 0.65, 0.55, 1)), ShapleyDivision()
    found = best_attack(task, rule, Replicate())
    every = [
        gain(task, rule, Replicate(copies, how), party)
        for copies, how, party in itertools.product(range(1, 17), ("identities", "names"), range(3))
    ]
    assert found.gain == pytest.approx(max(every))
    assert found.profitable
    assert gain(task, rule, found.attack, found.attacker) == found.gain


def test_refining_finds_what_the_steps_miss():
    class Bounty(Mechanism):
        """Pay for being near 0.63 of the data."""

        def settle(self, market):
            return Settlement(market.joint_model(), 10 * np.abs(market.alone - 0.63))

    task = QualityCurve(sizes=(1, 1), curve="linear")
    found = best_attack(task, Bounty(), Withhold(), attackers=[0])
    assert found.attack.share == pytest.approx(0.37, abs=0.01)
    assert found.gain > max(gain(task, Bounty(), variant) for variant in Withhold().variants())


def test_parameters_that_are_given_stay():
    assert {variant.copies for variant in Replicate(4).variants()} == {4}
    found = best_attack(CoalitionValues(), ShapleyDivision(), Replicate(4), attackers=[1])
    assert (found.attack.copies, found.attacker) == (4, 1)


def test_combined_attacks_compose():
    task = QualityCurve(sizes=(2, 2), curve="square-root")
    market = Combination((Withhold(0.5), Sybil(2), Replicate(1))).on(task).market
    assert market.entries.tolist() == [2, 2, 1]
    assert market.alone == pytest.approx(np.sqrt([0.5, 0.5, 2]))
    assert market.pool[0] == pytest.approx(math.sqrt(3))


def test_an_attack_that_cannot_be_mounted_says_why():
    with pytest.raises(NotExpressible, match="no labels"):
        best_attack(CoalitionValues(), ShapleyDivision(), GarbleLabels())
    found, reason = candidates(CoalitionValues((0, 1)), Merge())
    assert not found
    assert "too few" in str(reason)


def test_others_who_respond_leave_when_a_copy_costs_them_too_much():
    class Crowding(Mechanism):
        def settle(self, market):
            return Settlement(market.joint_model(), 0.1 * market.present * market.entries.sum())

    task = CoalitionValues((0, 0.7, 0.7, 1))
    settled, absent = respond(Replicate(2).on(task), Crowding())
    assert absent == (1,)
    assert settled.payoffs == pytest.approx([-0.3, 0])
    fixed, answered = (best_attack(task, Crowding(), Replicate(2), attackers=[0], responding=r) for r in (False, True))
    assert fixed.gain == pytest.approx(-0.2)
    assert answered.gain == pytest.approx(-0.4)
    assert answered.absent == (1,)


def test_bad_crews_are_named():
    with pytest.raises(ValueError, match=r"party 5 is not one of 0\.\.1"):
        Replicate().on(CoalitionValues(), 5)
    with pytest.raises(ValueError, match="a partner who is another party"):
        Merge().on(CoalitionValues(), 0)
    with pytest.raises(ValueError, match="a partner who is another party"):
        Merge().on(CoalitionValues(), 0, 0)
    with pytest.raises(ValueError, match="Merge takes a partner"):
        Combination((Merge(),))
    with pytest.raises(ValueError, match="each value their own model only"):
        settle(Scheme.honest(CoalitionValues()), FreeSharing(), Preferences(Spillovers(0.5)))


def test_no_attack_changes_the_honest_task(wine):
    before = [rows.inputs.copy() for rows in wine.holdings()]
    targets = [np.array(rows.targets) for rows in wine.holdings()]
    for attack in ATTACKS:
        candidates(wine, attack(), attackers=[0])
    assert all(np.array_equal(one, rows.inputs) for one, rows in zip(before, wine.holdings(), strict=True))
    assert all(np.array_equal(one, rows.targets) for one, rows in zip(targets, wine.holdings(), strict=True))
    assert isinstance(wine.holdings()[0], Holding)


# --- attacks as actions -------------------------------------------------------------------------------------------------------


def test_the_game_of_attacks_agrees_with_single_attacks():
    task, rule = QualityCurve(sizes=(1, 2, 3)), ShapleyDivision()
    attacks = [Replicate(2), Sybil(2), Withhold(0.5)]
    game = AttackGame(task, rule, attacks)
    honest = np.zeros(3, dtype=int)
    deviations = game.deviations(honest)
    for party, (action, attack) in itertools.product(range(3), enumerate(attacks, start=1)):
        assert deviations[party, action] - deviations[party, 0] == pytest.approx(gain(task, rule, attack, party))
    market = MarketGame(task, rule)
    assert game.payoffs(honest) == pytest.approx(market.payoffs(np.full(3, task.honest)))
    assert game.welfare(honest) == pytest.approx(market.welfare(np.full(3, task.honest)))


def test_a_party_does_not_have_attacks_that_cannot_be_expressed():
    game = AttackGame(CoalitionValues(), FreeSharing(), [Replicate(1), GarbleLabels(), StayOut()])
    assert game.available.tolist() == [[True, True, False, True]] * 2
    with pytest.raises(ValueError, match="none that takes a partner"):
        AttackGame(CoalitionValues(), FreeSharing(), [Merge()])
