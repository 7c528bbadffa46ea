"""Copies of somebody else's data, false names of unlike parts, crews, and labels flipped on purpose."""

import itertools

import numpy as np
import pytest

from potluck.attacks import (
    ATTACKS,
    Crew,
    FlipLabels,
    NotExpressible,
    PoolRewards,
    Replicate,
    ReplicateOther,
    Scheme,
    Sybil,
    Withhold,
    candidates,
    settle,
)
from potluck.mechanisms import CoalitionalGame, ReplicationRobustDivision, ShapleyDivision, shapley
from potluck.models import Classification, CoalitionValues, DataPortions, QualityCurve
from potluck.testing import check_attack

UNLIKE = CoalitionValues([0, 0.4, 0.7, 1])
WINE = Classification(dataset="wine", parties=3)
CURVE = QualityCurve(sizes=(1, 2, 3))


@pytest.mark.parametrize("name", ["Crew", "FlipLabels", "ReplicateOther", "Sybil"])
def test_they_are_attacks_as_others_are(name):
    check_attack(ATTACKS.build(name))


def test_copies_of_anothers_data_are_paid_to_who_enters_them():
    honest = settle(Scheme.honest(UNLIKE), ShapleyDivision())
    found = settle(ReplicateOther().on(UNLIKE, 0), ShapleyDivision())
    worth = CoalitionalGame([UNLIKE.values[(mask & 1) | (2 if mask & 6 else 0)] for mask in range(8)])
    values = shapley(worth)
    assert found.gain_over(honest) == pytest.approx(values[0] + values[2] - shapley(CoalitionalGame(UNLIKE.values))[0])
    assert found.scheme.coalition == (0,)
    assert found.honest_loss(honest) == pytest.approx(found.gain_over(honest))  # the party that is copied pays for it


def test_who_enters_anothers_data_knows_no_more_than_its_own():
    class Nothing(ShapleyDivision):
        """Give no models, and no money."""

        def settle(self, market):
            settled = super().settle(market)
            return type(settled)(0 * settled.rewards, 0 * settled.payments)

        def revenue_range(self, market):
            return (0.0, 0.0)

    for how in ("names", "instead"):
        found = settle(ReplicateOther(how=how).on(UNLIKE, 0), Nothing())
        assert found.held.tolist() == UNLIKE.alone.tolist()


def test_rows_of_another_are_entered_as_they_are():
    scheme = ReplicateOther(after=2, copies=2).on(WINE, 1)
    mine = [account for account in scheme.accounts if account.owner == 1]
    theirs = WINE.holdings()[0]
    assert len(mine) == 3
    assert all(np.array_equal(account.rows.inputs, theirs.inputs) for account in mine[1:])
    (only,) = [account for account in ReplicateOther(copies=3, how="instead").on(WINE, 1).accounts if account.owner == 1]
    assert only.entries == 3
    assert np.array_equal(only.rows.inputs, WINE.holdings()[2].inputs)


@pytest.mark.parametrize(
    ("attack", "task", "why"),
    [
        (ReplicateOther(after=2), UNLIKE, "none other 2 places on"),
        (ReplicateOther(), DataPortions(sizes=(1, 2)), "portion by portion"),
        (Crew(others=(2,)), UNLIKE, "no party 3 to join"),
        (FlipLabels(of=0, to=5), WINE, "there are 3 classes, and none at place 5"),
        (FlipLabels(), CURVE, "no labels to flip"),
    ],
)
def test_what_a_task_cannot_express_says_why(attack, task, why):
    with pytest.raises(NotExpressible, match=why):
        _ = attack.on(task).market


@pytest.mark.parametrize(
    ("split", "lengths"), [("uneven", [0.5, 0.25, 0.125, 0.125]), ("overlapping", [0.375, 0.375, 0.375, 0.25])]
)
def test_parts_are_as_long_as_they_say(split, lengths):
    scheme = Sybil(4, split=split).on(CURVE, 2)
    spans = [account.spans[0] for account in scheme.accounts if account.owner == 2]
    assert [high - low for _, low, high in spans] == pytest.approx(lengths)
    assert scheme.market.game.grand == pytest.approx(Scheme.honest(CURVE).market.game.grand)


@pytest.mark.parametrize(("split", "names"), list(itertools.product(("even", "uneven", "overlapping"), (2, 5, 8))))
def test_no_row_is_lost_and_only_overlaps_are_entered_twice(split, names):
    whole = WINE.holdings()[0]
    parts = [account.rows for account in Sybil(names, split=split).on(WINE, 0).accounts if account.owner == 0]
    assert len(parts) == names
    rows = {row.tobytes() for part in parts for row in part.inputs}
    assert rows == {row.tobytes() for row in whole.inputs}
    entered = sum(len(part) for part in parts)
    assert entered > len(whole) if split == "overlapping" else entered >= len(whole)
    assert split != "even" or entered == len(whole)


def test_a_crew_is_its_members_attacks_and_every_crew_is_tried_once():
    together = Crew(Withhold(0.5), others=(1, 2)).on(CURVE, 0)
    scheme = Scheme.honest(CURVE)
    for party in range(3):
        scheme = Withhold(0.5).mount(scheme, party)
    assert together.coalition == (0, 1, 2)
    assert together.market.alone.tolist() == scheme.market.alone.tolist()
    four = QualityCurve(sizes=(1, 2, 3, 4))
    found, _ = candidates(four, Crew(Replicate(2, how="names")))
    crews = [each.scheme.coalition for each in found]
    assert sorted(crews) == sorted([*itertools.combinations(range(4), 2), *itertools.combinations(range(4), 3)])
    for bad in ({"attack": PoolRewards()}, {"others": (2, 1)}, {"others": (1, 1)}):
        with pytest.raises(ValueError, match=r"attack|others"):
            Crew(**bad)


def test_two_who_copy_together_gain_what_both_have_beyond_their_honest_payoffs():
    task = CoalitionValues([0, 0.4, 0.4, 0.6, 0.5, 0.8, 0.8, 0.9])
    for rule in (ShapleyDivision(), ReplicationRobustDivision()):
        honest = settle(Scheme.honest(task), rule)
        both = settle(Crew(Replicate(1), others=(2,)).on(task, 0), rule)
        expected = both.payoffs[[0, 2]].sum() - honest.payoffs[[0, 2]].sum()
        assert both.gain_over(honest) == pytest.approx(expected)
        assert both.market.entries.tolist() == [2, 1, 2]


def test_only_the_class_that_is_aimed_at_is_relabelled():
    true = np.asarray(WINE.holdings()[1].targets)
    classes = np.unique(np.concatenate([np.asarray(rows.targets) for rows in WINE.holdings()]))
    for share in (0.5, 1.0):
        entered = np.asarray(FlipLabels(of=2, to=0, share=share).on(WINE, 1).accounts[1].rows.targets)
        aimed = true == classes[2]
        assert (entered[~aimed] == true[~aimed]).all()
        assert (entered[aimed] == classes[0]).sum() == np.ceil(share * aimed.sum())
    assert {(each.of, each.to) for each in FlipLabels().variants()} == set(itertools.permutations(range(3), 2))
    with pytest.raises(ValueError, match="two classes"):
        FlipLabels(of=1, to=1)
