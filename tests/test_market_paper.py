"""The market of the collaborative machine learning markets paper: its rows, its quantities, its rules."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.neighbors import KNeighborsClassifier

from potluck.mechanisms import (
    BanzhafDivision,
    ClassGame,
    CoalitionalGame,
    DeduplicatedDivision,
    LeaveOneOutDivision,
    Market,
    OnDemandGame,
    ProportionalDivision,
    ReplicationRobustDivision,
    ShapleyDivision,
    SimilarityWeighted,
    aggregate_game,
    audit_money,
    excess_game,
    market_game,
    monotone_closure,
    others_game,
    shapley,
)
from potluck.models import TASKS, BestSubset, Classification, CoalitionValues, MarketGame, QualityCurve
from potluck.models.tasks import Holding
from potluck.scenarios.markets.copying import closed_form


def refusal(build):
    with pytest.raises(ValueError) as caught:
        build()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- the rows parties hold and judge by ---------------------------------------------------------------------------------------

ALL_OF_3 = [[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]


@pytest.mark.parametrize("judge", ["common", "own"])
def test_the_same_rows_make_the_same_task(judge):
    task = Classification(dataset="wine", parties=3, judge=judge)
    same = task.with_holdings(task.holdings())
    assert same == task
    assert same.worths(ALL_OF_3).tolist() == task.worths(ALL_OF_3).tolist()


def test_other_rows_change_their_coalitions_only():
    task = Classification(dataset="wine", parties=3)
    before = task.worths(ALL_OF_3)
    one, two, three = task.holdings()
    garbled = task.with_holdings([one, two, Holding(three.inputs, (three.targets + 1) % 3)])
    assert garbled != task
    assert garbled.alone.tolist() != task.alone.tolist()
    without = [not profile[2] for profile in ALL_OF_3]
    after = garbled.worths(ALL_OF_3)
    assert after[without].tolist() == before[without].tolist()
    assert after[1] < before[1]
    assert task.worths(ALL_OF_3).tolist() == before.tolist()


def test_a_party_that_holds_anothers_rows_is_worth_as_much():
    task = Classification(dataset="wine", parties=3)
    one, two, three = task.holdings()
    more = task.with_holdings([one, two, three, one])
    assert more.n_parties == 4
    assert more.alone.tolist() == [*task.alone, task.alone[0]]
    assert more.worths([[1, 1, 1, 1]]).tolist() == task.worths([[1, 1, 1]]).tolist()
    assert more.similarity()[0].tolist() == [1, 0, 0, 1]
    test = task.validation()[0]
    rows = Holding(np.vstack([one.inputs, two.inputs]), np.concatenate([one.targets, two.targets]))
    model = KNeighborsClassifier(n_neighbors=1).fit(rows.inputs, rows.targets)
    merged = task.with_holdings([rows, three])
    assert merged.alone[0] == np.mean(model.predict(test.inputs) == test.targets)
    assert merged.alone[0] == task.worths([[1, 1, 0]])[0]


def test_a_party_without_rows_adds_nothing():
    task = Classification(dataset="wine", parties=2)
    nothing = Holding(np.empty((0, 13)), np.empty(0))
    empty = task.with_holdings([task.holdings()[0], nothing])
    assert empty.worths([[0, 1], [1, 0], [1, 1]]).tolist() == [0, task.alone[0], task.alone[0]]
    assert empty.similarity().tolist() == [[1, 0], [0, 1]]


def test_own_judges_stay_with_their_parties():
    task = Classification(dataset="wine", parties=3, judge="own")
    fewer = task.with_holdings(task.holdings()[:2])
    assert fewer.worths([[1, 1]])[0].tolist() == task.worths([[1, 1, 0]])[0, :2].tolist()
    more = task.with_holdings([*task.holdings(), task.holdings()[0]])
    counts = np.array([len(rows) for rows in task.validation()])
    judged = more.worths([[1, 1, 0, 1]])[0]
    assert judged[3] == pytest.approx(judged[:3] @ counts / counts.sum())
    moved = more.with_validation(3, task.validation()[0])
    assert moved.worths([[1, 1, 0, 1]])[0, 3] == judged[0]


def test_a_misreported_judgement_changes_that_party_alone():
    task = Classification(dataset="wine", parties=3, judge="own")
    before = task.worths(ALL_OF_3)
    wrong = Holding(task.validation()[1].inputs, (task.validation()[1].targets + 1) % 3)
    after = task.with_validation(1, wrong).worths(ALL_OF_3)
    assert after[:, [0, 2]].tolist() == before[:, [0, 2]].tolist()
    assert after[-1, 1] < before[-1, 1]
    perfect = task.with_validation(1, task.holdings()[1])
    assert perfect.alone[1] == 1
    assert perfect != task
    assert perfect.with_validation(1, task.validation()[1]) == task


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda task: task.with_holdings([]), "at least one party"),
        (lambda task: task.with_holdings([Holding(np.zeros((2, 3)), np.zeros(2, dtype=int))]), "(2, 3)"),
        (lambda task: task.with_holdings([Holding(np.zeros((2, 13)), np.zeros(3, dtype=int))]), "(3,)"),
        (lambda task: task.with_holdings([Holding(np.full((1, 13), np.nan), np.zeros(1, dtype=int))]), "nan"),
        (lambda task: task.with_holdings([Holding(np.zeros((1, 13)), np.array([0.5]))]), "float64"),
        (lambda task: task.with_holdings([Holding(np.zeros((1, 13)), np.array([3]))]), "0 to 2"),
        (lambda task: task.with_validation(0, task.holdings()[0]), "common"),
        (lambda task: OWN.with_validation(2, task.holdings()[0]), "party 2"),
        (lambda task: OWN.with_validation(0, Holding(np.empty((0, 13)), np.empty(0))), "at least one row"),
        (lambda task: CoalitionValues().with_validation(0, task.holdings()[0]), "CoalitionValues"),
        (lambda task: QualityCurve().with_holdings(task.holdings()), "QualityCurve"),
    ],
)
def test_rows_that_do_not_fit_are_refused(change, problem):
    assert problem in refusal(lambda: change(Classification(dataset="wine", parties=2)))


OWN = Classification(dataset="wine", parties=2, judge="own")


def test_formulas_hold_no_rows():
    assert QualityCurve().holdings() is None
    assert QualityCurve().validation() is None


# --- best subsets -------------------------------------------------------------------------------------------------------------

gains = st.floats(0, 1).map(lambda number: round(number, 6))
tables = st.lists(st.integers(0, 3), min_size=1, max_size=3).flatmap(
    lambda sizes: arrays(float, [size + 1 for size in sizes], elements=st.floats(-1, 1).map(lambda x: round(x, 6)))
)


def best_part(values, counts):
    return max(values[part] for part in itertools.product(*(range(count + 1) for count in counts)))


@given(tables)
def test_closure_is_the_best_part(values):
    values.flat[0] = 0
    closed = monotone_closure(ClassGame(values))
    for counts in np.ndindex(values.shape):
        assert closed(counts) == best_part(values, counts)
    assert monotone_closure(closed).values.tolist() == closed.values.tolist()
    as_table = monotone_closure(ClassGame(values).table()) if values.size > 1 else None
    if as_table is not None:
        assert as_table.values.tolist() == closed.table().values.tolist()


def test_closure_needs_all_values():
    with pytest.raises(TypeError, match="OnDemandGame"):
        monotone_closure(OnDemandGame(2, lambda present: present.sum(axis=1)))


@pytest.mark.parametrize(
    "task",
    [
        CoalitionValues([0, 0.6, 0.8, 0.5, 0.2, 0.7, 0.1, 0.3], copies=2),
        CoalitionValues([[0, 0.6, 0.2, 0.1], [0, 0.3, 0.5, 0.6]], copies=1),
        Classification(dataset="wine", parties=3, copies=1, judge="own", classifier="naive-bayes", levels=(0.3, 1)),
    ],
    ids=["common", "own judges", "rows"],
)
def test_best_subsets_by_enumeration(task):
    best = BestSubset(task)
    profiles = np.random.default_rng(0).integers(len(task.contributions), size=(30, task.n_parties))
    for profile, worth in zip(profiles, best.worths(profiles), strict=True):
        parts = itertools.product(*([task.portion(a, k) for k in range(task.entries[a] + 1)] for a in profile.tolist()))
        assert worth.tolist() == task.worths(list(parts)).max(axis=0).tolist()


def test_best_subsets_make_the_closure():
    task = CoalitionValues([0, 0.6, 0.8, 0.5, 0.2, 0.7, 0.1, 0.3], copies=1)
    profile = np.array([2, 1, 2])
    closed = MarketGame(BestSubset(task), ShapleyDivision()).market(profile).game
    assert closed.values.tolist() == monotone_closure(MarketGame(task, ShapleyDivision()).market(profile).game).values.tolist()


def test_best_subsets_pass_rows_through():
    task = Classification(dataset="wine", parties=2, judge="own", copies=1)
    best = BestSubset(task)
    assert (best.copies, best.levels, best.n_parties) == (1, (1.0,), 2)
    assert best.holdings() is task.holdings()
    assert best.validation() is task.validation()
    assert best.similarity().tolist() == task.similarity().tolist()
    assert best.with_holdings(task.holdings()[:1]).task == task.with_holdings(task.holdings()[:1])
    rows = task.holdings()[0]
    assert best.with_validation(1, rows).task == task.with_validation(1, rows)
    assert BestSubset(CoalitionValues()).holdings() is None
    assert "copies = 3" in refusal(lambda: BestSubset(task, copies=3))
    assert TASKS.build("BestSubset(task=CoalitionValues([0, 0.5, 0.6, 0.4], copies=1))").copies == 1


# --- the paper's quantities ---------------------------------------------------------------------------------------------------

RULES = [ReplicationRobustDivision(division=division) for division in ("normalised", "printed", "excess")]
NORMALISED, PRINTED, EXCESS = RULES
TASKS_OF_THEIR_OWN = ("task_market", "aggregate", "task_shapley", "nonself")
MULTI_TASK = [
    ReplicationRobustDivision(tasks=tasks, trained_on=trained_on)
    for tasks in TASKS_OF_THEIR_OWN
    for trained_on in ("all", "best")
]
RIVALS = [BanzhafDivision(), LeaveOneOutDivision(), ProportionalDivision(), DeduplicatedDivision()]


def market_of(values, entries=None):
    """The market of owners with 2^n gains, each with so many identities."""
    n = len(values).bit_length() - 1
    present = np.indices([count + 1 for count in entries or [1] * n]) > 0
    return Market.of(np.asarray(values)[np.tensordot(1 << np.arange(n), present, axes=1)])


@st.composite
def monotone_gains(draw, least=2, most=4):
    n = draw(st.integers(least, most))
    values = np.array(draw(st.lists(gains, min_size=1 << n, max_size=1 << n)))
    values[0] = 0
    return monotone_closure(CoalitionalGame(values)).values


@st.composite
def own_judges(draw):
    """Markets of owners who judge by data of their own, with one or two identities each."""
    entries = draw(st.lists(st.integers(1, 2), min_size=2, max_size=3))
    games = []
    for _ in entries:
        values = draw(arrays(float, [count + 1 for count in entries], elements=gains))
        values.flat[0] = 0
        games.append(ClassGame(values))
    return Market(games=tuple(games), group=np.arange(len(entries)), entries=np.array(entries))


@given(monotone_gains(), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from(["normalised", "printed", "excess"]))
def test_the_account_is_the_papers(values, price, division):
    rule = ReplicationRobustDivision(division=division, unit_value=price)
    market = market_of(values, [2] + [1] * (len(values).bit_length() - 2))
    account = rule.account(market)
    alone = np.array([values[1 << i] for i in range(market.n)])
    assert account.fees == pytest.approx(price * market.entries * (1 - alone))
    assert account.improvements == pytest.approx(price * market.entries * (values[-1] - alone))
    assert account.payoffs == pytest.approx(account.fees - account.improvements + account.shares)
    assert account.net == pytest.approx(account.payoffs - account.fees)
    assert rule.settle(market).payments == pytest.approx(-account.net)
    assert account.shares.min() >= -1e-12
    satisfied = account.improvements == 0
    assert (account.payoffs[satisfied] >= account.fees[satisfied] - 1e-12).all()


def test_the_account_of_someone_who_stays_out():
    market = Market(games=(ClassGame([[0.0], [0.6]]),), group=np.array([0, -1]), entries=np.array([1, 0]))
    account = NORMALISED.account(market)
    for quantity in (account.models, account.fees, account.improvements, account.shares, account.payoffs):
        assert quantity[1] == 0


@given(monotone_gains())
def test_excess_values_sum_to_the_pot_by_themselves(values):
    market = market_of(values)
    assert excess_game(market.game).grand == pytest.approx(market.improvement.sum(), abs=1e-12)
    assert market_game(market.game).grand == pytest.approx(values[-1] + market.improvement.sum(), abs=1e-12)
    assert EXCESS.account(market).shares == pytest.approx(shapley(excess_game(market.game)))
    assert EXCESS.settle(market).payments.sum() == pytest.approx(0, abs=1e-9)


# --- replication --------------------------------------------------------------------------------------------------------------


def net(rule, values, copies, attacker=0):
    n = len(values).bit_length() - 1
    market = market_of(values, [1 + copies if owner == attacker else 1 for owner in range(n)])
    return -rule.settle(market).payments[attacker]


@given(monotone_gains(), st.integers(1, 5))
def test_copies_never_pay_who_improves_as_much_as_the_others_on_average(values, copies):
    improvement = market_of(values).improvement
    for attacker, own in enumerate(improvement):
        if own >= np.delete(improvement, attacker).mean():
            assert net(NORMALISED, values, copies, attacker) <= net(NORMALISED, values, 0, attacker) + 1e-9


@pytest.mark.parametrize(
    ("values", "honest", "copied"),
    [
        ([0, 1, 0.9, 1], 0.0545, 0.0667),
        ([0, 1, 1, 1, 0.5, 1, 1, 1], 0.1667, 0.2222),
    ],
)
def test_the_claim_of_robustness_fails_where_the_copier_improves_little(values, honest, copied):
    assert net(NORMALISED, values, 0) == pytest.approx(honest, abs=5e-5)
    assert net(NORMALISED, values, 1) == pytest.approx(copied, abs=5e-5)


@given(monotone_gains(most=3), st.integers(0, 5))
def test_excess_copies_never_pay_among_three(values, copies):
    for attacker in range(len(values).bit_length() - 1):
        assert net(EXCESS, values, copies + 1, attacker) <= net(EXCESS, values, copies, attacker) + 1e-9


def test_excess_is_neutral_and_then_fails_among_perfect_sellers():
    two = [0, 1, 1, 1, 0.5, 1, 1, 1]
    assert net(EXCESS, two, 1) == pytest.approx(net(EXCESS, two, 0))
    three = [0] + [1] * 7 + [0.5] + [1] * 7
    assert [net(EXCESS, three, k) for k in (0, 1)] == pytest.approx([1 / 24, 1 / 20])


def test_printed_copies_pay_as_their_square():
    values = [0, 0.7, 0.7, 1]
    nets = np.array([net(PRINTED, values, k) for k in (20, 40, 80)])
    assert nets[1:] / nets[:-1] == pytest.approx([4, 4], rel=0.1)


@given(gains, gains, gains)
def test_very_many_copies_lose(one, other, more):
    both = max(one, other) + more
    if both - one > 0.01:
        assert closed_form(one, other, both, 10**6) < closed_form(one, other, both, 0)


@given(monotone_gains(), st.integers(1, 3))
def test_marked_down_copies_never_pay_and_leave_money_over(values, copies):
    rule = SimilarityWeighted()
    for attacker in range(len(values).bit_length() - 1):
        assert net(rule, values, copies, attacker) <= net(rule, values, 0, attacker) + 1e-9
    market = market_of(values, [2] + [1] * (len(values).bit_length() - 2))
    assert rule.settle(market).payments.sum() >= -1e-9


def test_a_second_perfect_seller_halves_the_first_ones_gain():
    assert net(NORMALISED, [0, 1, 0.5, 1], 0) == pytest.approx(1 / 3)
    assert net(NORMALISED, [0, 1, 1, 1, 0.5, 1, 1, 1], 0) == pytest.approx(1 / 6)


# --- several tasks ------------------------------------------------------------------------------------------------------------


@given(own_judges(), st.sampled_from(MULTI_TASK))
def test_every_division_of_several_tasks_balances(market, rule):
    account = rule.account(market)
    assert account.net.sum() == pytest.approx(0, abs=1e-9 * max(1, np.abs(account.shares).sum()))
    if rule.trained_on == "best":
        assert (account.improvements >= 0).all()
        for owner, game in enumerate(market.games):
            held = np.indices(game.values.shape)[owner] > 0
            assert account.models[owner] == game.values[held].max()


@given(monotone_gains(most=3), st.sampled_from([1, 2]), st.sampled_from(["normalised", "printed", "excess"]))
def test_several_tasks_reduce_to_one_where_all_judge_alike(values, entries, division):
    one = market_of(values, [entries] + [1] * (len(values).bit_length() - 2))
    alike = replace(one, games=one.games * one.n)
    for tasks in ("task_market", "aggregate"):
        rule = ReplicationRobustDivision(division=division, tasks=tasks)
        # each pot of the excess game is divided by itself: with one judge these are the parts of one pot
        assert rule.settle(alike).payments == pytest.approx(rule.settle(one).payments, abs=1e-9)
        single = ReplicationRobustDivision(division=division).settle(one).payments
        assert rule.settle(alike).payments == pytest.approx(single, abs=1e-9)


def closed(market):
    """The same market where more data never hurts, each judging by the best that the data entered could give."""
    games = []
    for game in market.games:
        values = game.values
        for axis in range(values.ndim):
            values = np.maximum.accumulate(values, axis=axis)
        games.append(ClassGame(values))
    return replace(market, games=tuple(games))


@given(own_judges())
def test_task_market_divides_each_payment_by_its_payers_game(market):
    market = closed(market)
    account = NORMALISED.account(market)
    expected = np.zeros(market.n)
    for owner, game in enumerate(market.games):
        value, paid = market_game(game), account.improvements[owner]
        expected += market.by_owner(shapley(value)) * paid / value.grand if value.grand > 0 else np.eye(market.n)[owner] * paid
    assert account.shares == pytest.approx(expected)


@given(own_judges())
def test_nobody_earns_from_its_own_task_under_nonself(market):
    market = closed(market)
    single = replace(market, games=tuple(ClassGame(game.values[tuple([slice(2)] * market.n)]) for game in market.games))
    single = replace(single, entries=np.ones(market.n, dtype=int))
    rule = ReplicationRobustDivision(tasks="nonself")
    other = ClassGame(np.square(single.games[0].values))
    changed = replace(single, games=(other, *single.games[1:]))
    assert rule.account(changed).shares[0] == pytest.approx(rule.account(single).shares[0], abs=1e-12)


@given(monotone_gains(most=3), st.sampled_from(MULTI_TASK))
def test_whose_identities_they_are_changes_no_identitys_money(values, rule):
    n = len(values).bit_length() - 1
    owned = market_of(values, [2] + [1] * (n - 1))
    split = np.array([values[mask >> 1 | mask & 1] for mask in range(2 << n)])
    apart = market_of(split)
    for one, other in ((owned, apart), (replace(owned, games=owned.games * n), replace(apart, games=apart.games * (n + 1)))):
        together = rule.account(other).net
        assert rule.account(one).net == pytest.approx([together[0] + together[1], *together[2:]], abs=1e-9)


@given(own_judges())
def test_aggregate_game_by_definition(market):
    values = aggregate_game(market).values
    for counts in np.ndindex(values.shape):
        members = [owner for owner, count in enumerate(counts) for _ in range(count)]
        worths = [market.games[owner](counts) for owner in members]
        alone = [market.games[owner](np.eye(market.n, dtype=int)[owner]) for owner in members]
        expected = np.mean(worths) + np.sum(worths) - np.sum(alone) if members else 0
        assert values[counts] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("division", ["printed", "excess"])
@pytest.mark.parametrize("tasks", ["task_shapley", "nonself"])
def test_divisions_that_do_not_go_together_are_refused(division, tasks):
    assert tasks in refusal(lambda: ReplicationRobustDivision(division=division, tasks=tasks))


def test_others_game_by_definition():
    values = np.random.default_rng(0).random((3, 2, 2))
    values.flat[0] = 0
    game = others_game(ClassGame(values), 0)
    assert game.sizes == (1, 1, 1)
    for counts in np.ndindex(2, 2, 2):
        assert game(counts) == pytest.approx(values[counts[0] + 1, counts[1], counts[2]] - values[1, 0, 0])


# --- rivals -------------------------------------------------------------------------------------------------------------------


@given(monotone_gains(), st.integers(0, 3), st.sampled_from(RIVALS))
def test_rivals_hand_out_what_owners_pay(values, copies, rule):
    market = market_of(values, [1 + copies] + [1] * (len(values).bit_length() - 2))
    settled = rule.settle(market)
    assert settled.payments.sum() == pytest.approx(0, abs=1e-9)
    assert (market.improvement - settled.payments >= -1e-12).all()
    assert audit_money(rule, market).holds


@given(monotone_gains(), st.integers(1, 3))
def test_exact_copies_change_nothing_where_they_are_dropped(values, copies):
    for attacker in range(len(values).bit_length() - 1):
        before = net(DeduplicatedDivision(), values, 0, attacker)
        assert net(DeduplicatedDivision(), values, copies, attacker) == pytest.approx(before, abs=1e-9)


@given(monotone_gains(), st.integers(1, 3))
def test_a_copy_makes_its_original_dispensable(values, copies):
    for attacker in range(len(values).bit_length() - 1):
        before = net(LeaveOneOutDivision(), values, 0, attacker)
        assert net(LeaveOneOutDivision(), values, copies, attacker) <= before + 1e-9


@pytest.mark.parametrize("rule", [BanzhafDivision(), ProportionalDivision()])
def test_copies_pay_under_rivals_that_count_them(rule):
    assert net(rule, [0, 0.7, 0.7, 1], 1) > net(rule, [0, 0.7, 0.7, 1], 0) + 0.01


def test_parts_by_definition():
    market = market_of([0, 0.3, 0.5, 0.9])
    pot = market.improvement.sum()
    for rule, parts in [
        (BanzhafDivision(), [0.35, 0.55]),
        (LeaveOneOutDivision(), [0.4, 0.6]),
        (ProportionalDivision(), [0.3, 0.5]),
        (DeduplicatedDivision(), [0.35, 0.55]),
    ]:
        assert rule.parts(market) == pytest.approx(parts)
        expected = market.improvement - pot * np.array(parts) / sum(parts)
        assert rule.settle(market).payments == pytest.approx(expected)


def test_who_harms_has_no_part():
    market = market_of([0, 0.8, 0.2, 0.5])
    assert LeaveOneOutDivision().parts(market).tolist() == [pytest.approx(0.3), 0]
    nobody = market_of([0, 0.8, 0.8, 0.5])
    assert LeaveOneOutDivision().settle(nobody).payments.tolist() == [0, 0]


def test_dropping_copies_keeps_owners_who_are_alike():
    game = ClassGame([0.0, 0.5, 0.8, 0.9])
    market = Market(games=(game,), group=np.array([0, 0]), entries=np.array([2, 1]))
    assert DeduplicatedDivision().parts(market).tolist() == pytest.approx([0.4, 0.4])
    crowd = Market(games=(game,), group=np.array([0]), entries=np.array([1]), owners=np.array([3]))
    assert DeduplicatedDivision().parts(crowd).tolist() == pytest.approx([0.3])
