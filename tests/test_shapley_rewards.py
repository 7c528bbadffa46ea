"""Rewards in models: Theorem 1 and its bounds, and the conditions on rewards, against the definitions spelt out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potluck.mechanisms import (
    ClassGame,
    CoalitionalGame,
    Market,
    ShapleyRewards,
    audit_money,
    audit_rewards,
    grand_coalition_stability,
    individual_rationality,
    reward_shares,
    rho_individual_rationality,
    rho_stability,
    shapley,
    shapley_rewards,
    stability,
    strict_desirability,
    strict_monotonicity,
)
from potluck.mechanisms.audits.reward_conditions import (
    feasibility,
    group_welfare,
    non_negativity,
    symmetry,
    uselessness,
    weak_efficiency,
)
from potluck.scenarios.model_rewards.random_games import KINDS, coverage_game, logdet_game, monotone_game

EXAMPLE_1 = CoalitionalGame([0, 7, 5, 8])
NO_STABLE_POWER = CoalitionalGame([0, 8, 5, 9, 5, 9, 10, 10])
RHOS = (0.01, 0.2, 0.5, 0.8, 1.0)


def random_games(count, seed, sizes=(2, 3, 4, 5)):
    rng = np.random.default_rng(seed)
    for index in range(count):
        kind = list(KINDS.values())[index % len(KINDS)]
        yield CoalitionalGame(kind(sizes[index // len(KINDS) % len(sizes)], rng))


def coalitions(players):
    return itertools.chain.from_iterable(itertools.combinations(players, size) for size in range(len(players) + 1))


def shapley_by_orders(game):
    """Eq. 2 as printed."""
    total = np.zeros(game.n)
    for order in itertools.permutations(range(game.n)):
        for place, player in enumerate(order):
            total[player] += game(order[: place + 1]) - game(order[:place])
    return total / math.factorial(game.n)


def definition_3(game, rewards, tolerance=1e-9):
    return all(
        any(game(members) <= rewards[i] + tolerance * game.grand for i in members)
        for members in coalitions(range(game.n))
        if members
    )


def condition_6(game, rewards, phi, tolerance=1e-9):
    for members in coalitions(range(game.n)):
        for i in members:
            if (
                phi[i] >= max(phi[j] for j in members) - tolerance * max(phi)
                and game(members) > rewards[i] + tolerance * game.grand
            ):
                return False
    return True


# --- Theorem 1 ----------------------------------------------------------------------------------------------------------------


def test_example_1():
    assert shapley(EXAMPLE_1).tolist() == [5, 3]
    assert shapley_rewards(EXAMPLE_1, 1).tolist() == pytest.approx([8, 4.8], abs=1e-12)
    assert shapley_rewards(EXAMPLE_1, 0.5)[1] == pytest.approx(6.196773353931867, abs=1e-12)
    for bound in (rho_individual_rationality, rho_stability):
        assert bound(EXAMPLE_1) == pytest.approx(math.log(5 / 8) / math.log(3 / 5), abs=1e-12)
        assert bound(EXAMPLE_1) == pytest.approx(0.9200862434830487, abs=1e-12)


@pytest.mark.parametrize("rho", RHOS)
def test_rewards_are_the_formula_with_the_shapley_value_over_all_orders(rho):
    for game in random_games(60, seed=1):
        phi = shapley_by_orders(game)
        assert shapley_rewards(game, rho) == pytest.approx((phi / phi.max()) ** rho * game.grand, abs=1e-9)


@pytest.mark.parametrize("rho", RHOS)
def test_theorem_1_for_positive_powers(rho):
    for game in random_games(300, seed=2):
        rewards, phi = shapley_rewards(game, rho), shapley(game)
        audits = {audit.promise.partition(" ")[0]: audit.holds for audit in audit_rewards(game, rewards)}
        assert all(audits[name] for name in ("R1", "R2", "R3", "F1", "F2", "F3"))
        assert rewards.max() == game.grand
        # rho-Shapley fairness (Definition 2): one constant for all
        assert rewards == pytest.approx(rewards.max() / phi.max() ** rho * phi**rho, abs=1e-9)
        # each party gains (phi*/phi_i)^(1 - rho) over the pure form
        if (phi > 0).all():
            assert rewards / shapley_rewards(game, 1) == pytest.approx((phi.max() / phi) ** (1 - rho), rel=1e-9)


def test_the_joint_model_for_all_at_power_0():
    for game in random_games(30, seed=3):
        rewards = shapley_rewards(game, 0)
        assert rewards.tolist() == [game.grand] * game.n
        assert group_welfare(game, rewards).holds
        assert stability(game, rewards).holds
        assert not group_welfare(game, rewards - [0.1, *[0] * (game.n - 1)]).holds
    null = CoalitionalGame([0, 1, 0, 1])
    assert shapley_rewards(null, 0).tolist() == [1, 1]
    assert not uselessness(null, shapley_rewards(null, 0)).holds


def test_rewards_fall_as_the_power_rises_but_for_the_top():
    for game in random_games(60, seed=4):
        phi = shapley(game)
        table = np.array([shapley_rewards(game, rho) for rho in np.linspace(0, 1, 21)])
        assert (np.diff(table, axis=0) <= 0).all()
        assert (table[:, phi.argmax()] == game.grand).all()
        assert (np.argsort(table[5], kind="stable") == np.argsort(phi, kind="stable")).all()


def test_individual_rationality_holds_exactly_up_to_its_bound():
    seen = set()
    for game in random_games(1200, seed=5):
        bound = rho_individual_rationality(game)
        assert bound > 0
        for rho in (bound * 0.999, bound, min(bound * 1.001, 50), 0.3, 1.0):
            if not math.isfinite(rho):
                continue
            holds = individual_rationality(game, shapley_rewards(game, rho), 1e-12).holds
            seen.add(holds)
            assert holds == (rho <= bound * (1 + 1e-10))
    assert seen == {True, False}


def test_stability_is_condition_6_is_the_bound():
    seen = {True: 0, False: 0}
    for game in random_games(2100, seed=6):
        bound = rho_stability(game)
        assert bound <= rho_individual_rationality(game) + 1e-12
        for rho in (bound, min(bound * 1.001, 50), 0.3, 1.0):
            if not math.isfinite(rho) or rho == 0:
                continue
            rewards = shapley_rewards(game, rho)
            stable = stability(game, rewards, 1e-12).holds
            assert stable == grand_coalition_stability(game, rewards, 1e-12).holds
            assert stable == (rho <= bound * (1 + 1e-10)), (game.values, rho, bound)
            seen[stable] += 1
    assert min(seen.values()) > 1000


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 4).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, 6), min_size=1 << n, max_size=1 << n))))
def test_bounds_on_games_full_of_ties(drawn):
    n, draws = drawn
    values = np.array(draws, dtype=float)
    values[0] = 0
    for player in range(n):
        paired = values.reshape(-1, 2, 1 << player)
        paired[:, 1] = np.maximum(paired[:, 1], paired[:, 0])
    game = CoalitionalGame(values)
    rational, stable = rho_individual_rationality(game), rho_stability(game)
    assert rational > 0
    assert 0 <= stable <= rational + 1e-12
    for rho in (0.05, 0.5, 1.0):
        rewards = shapley_rewards(game, rho)
        assert individual_rationality(game, rewards).holds == (rho <= rational + 1e-9)
        assert stability(game, rewards).holds == grand_coalition_stability(game, rewards).holds == (rho <= stable + 1e-9)
        assert definition_3(game, rewards) == stability(game, rewards).holds
        assert condition_6(game, rewards, shapley(game)) == grand_coalition_stability(game, rewards).holds
        if game.grand > 0:
            assert all(check(game, rewards).holds for check in (uselessness, symmetry, strict_desirability))


def test_there_is_a_submodular_game_without_a_stable_power():
    assert shapley(NO_STABLE_POWER) == pytest.approx([4, 3, 3], abs=1e-12)
    assert rho_stability(NO_STABLE_POWER) == 0
    assert rho_individual_rationality(NO_STABLE_POWER) > 0
    for rho in (1e-6, 0.1, 1):
        found = stability(NO_STABLE_POWER, shapley_rewards(NO_STABLE_POWER, rho))
        assert not found.holds
        assert found.coalition == (1, 2)
    assert stability(NO_STABLE_POWER, shapley_rewards(NO_STABLE_POWER, 0)).holds


@pytest.mark.parametrize("values", [(0, 5, 5, 8, 3, 7, 7, 9), (0, 5, 5, 8, 3, 9, 9, 9)])
def test_a_difference_in_the_last_bit_between_two_top_parties_moves_no_bound(values):
    even = np.array(values, dtype=float)
    bound = rho_stability(CoalitionalGame(even))
    assert 0 < bound < math.inf
    for mask in range(1, 8):
        for towards in (0, 100):
            odd = even.copy()
            odd[mask] = np.nextafter(odd[mask], towards)
            assert rho_stability(CoalitionalGame(odd)) == pytest.approx(bound, abs=1e-12)
            assert (shapley_rewards(CoalitionalGame(odd), 0.5)[:2] == odd[7]).all()


def test_bounds_that_nothing_or_everything_binds():
    assert rho_individual_rationality(CoalitionalGame([0, 0, 0, 1])) == math.inf
    assert rho_stability(CoalitionalGame([0, 1, 1, 2])) == math.inf
    assert rho_stability(CoalitionalGame(np.zeros(8))) == math.inf
    assert rho_individual_rationality(CoalitionalGame([0, 3, 1, 2])) == -math.inf
    assert rho_individual_rationality(CoalitionalGame([0, 1, 0, -1])) == -math.inf
    harmful = CoalitionalGame([0, 5, 5, 10, 1, 3, 3, 10])  # party 3 harms on average, yet has something to lose
    assert shapley(harmful)[2] < 0
    assert rho_individual_rationality(harmful) == 0
    with pytest.raises(ValueError, match="at least one player"):
        rho_stability(ClassGame(np.zeros((1, 1))))


def test_bounds_and_rewards_by_class_are_those_of_the_table():
    rng = np.random.default_rng(8)
    for sizes in ((2, 1), (3, 2), (1, 2, 2), (4,)):
        for _ in range(20):
            steps = rng.random([size + 1 for size in sizes])
            steps.flat[0] = 0
            for axis in range(len(sizes)):
                steps = np.maximum.accumulate(steps, axis=axis)
            by_class = ClassGame(steps)
            table = by_class.table()
            for bound in (rho_individual_rationality, rho_stability):
                assert bound(by_class) == pytest.approx(bound(table), rel=1e-9)
            assert shapley_rewards(by_class, 0.5)[by_class.classes()] == pytest.approx(shapley_rewards(table, 0.5), abs=1e-9)
    with_empty_class = ClassGame(np.array([[0.0, 5], [7, 8]])[:, :, None])
    assert rho_stability(with_empty_class) == pytest.approx(rho_stability(EXAMPLE_1), abs=1e-12)


# --- fairness -----------------------------------------------------------------------------------------------------------------


def test_f4_holds_on_random_pairs_of_games():
    rng = np.random.default_rng(9)
    asked = 0
    for before in random_games(1800, seed=10):
        player = int(rng.integers(before.n))
        has = (np.arange(len(before.values)) >> player & 1).astype(bool)
        rise = np.where(has & (rng.random(len(has)) < 0.5), rng.exponential(0.2, len(has)), 0.0)
        after = CoalitionalGame(before.values + rise)
        for rho in (0.2, 1.0):
            audit = strict_monotonicity(before, after, player, lambda game, rho=rho: shapley_rewards(game, rho))
            assert audit.holds, (before.values, after.values, player, rho)
            asked += math.isfinite(audit.slack)
    assert asked > 2400


def own_worth(game):
    return game.values[1 << np.arange(game.n)]


def worth_to_the_rest(game):
    everybody = (1 << game.n) - 1
    return game.grand - game.values[everybody - (1 << np.arange(game.n))]


@pytest.mark.parametrize("scheme", [own_worth, worth_to_the_rest])
def test_the_two_simple_schemes_break_f3_only_from_three_parties_on_and_f4(scheme):
    # four levels make worths that are equal, which the premise of F3 needs to be met often
    rng = np.random.default_rng(11)
    broken = {2: 0, 3: 0}
    for n in broken:
        for _ in range(1500):
            game = CoalitionalGame(np.ceil(monotone_game(n, rng) * 4))
            broken[n] += not strict_desirability(game, scheme(game)).holds
    assert broken[2] == 0
    assert broken[3] > 100
    before = CoalitionalGame([0, 1, 1, 2, 1, 2, 2, 3])
    after = CoalitionalGame([0, 1, 1, 2.5, 1, 2, 2, 3])
    audit = strict_monotonicity(before, after, 0, scheme)
    assert not audit.holds
    assert audit.coalition == (0, 1)


def test_a_duplicate_is_not_useless():
    twins = CoalitionalGame([0, 17.26, 17.26, 21.56])
    assert shapley(twins) == pytest.approx([10.78, 10.78], abs=1e-12)
    assert uselessness(twins, [21.56, 21.56]).slack == math.inf
    assert symmetry(twins, [21.56, 21]).players == (0, 1)


# --- the conditions against their definitions ----------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(0, 3), min_size=(1 << n) - 1, max_size=(1 << n) - 1),
            st.lists(st.integers(-1, 4), min_size=n, max_size=n),
        )
    )
)
def test_conditions_are_what_they_say(drawn):
    worths, r = drawn
    game = CoalitionalGame([0, *worths])
    players, phi = range(game.n), shapley(game)
    assert non_negativity(game, r).holds == all(each >= 0 for each in r)
    assert feasibility(game, r).holds == all(each <= game.grand for each in r)
    assert weak_efficiency(game, r).holds == any(each == game.grand for each in r)
    assert individual_rationality(game, r).holds == all(r[i] >= game({i}) for i in players)
    assert group_welfare(game, r).slack == sum(r) - game.n * game.grand
    assert stability(game, r).holds == definition_3(game, r)
    assert grand_coalition_stability(game, r).holds == condition_6(game, r, phi)
    useless = [i for i in players if all(game({*c, i}) == game(c) for c in coalitions([j for j in players if j != i]))]
    assert uselessness(game, r).holds == all(r[i] == 0 for i in useless)
    equal = desirable = True
    for i, j in itertools.permutations(players, 2):
        gaps = [game({*c, i}) - game({*c, j}) for c in coalitions([k for k in players if k not in {i, j}])]
        if all(gap == 0 for gap in gaps):
            equal &= r[i] == r[j]
        if all(gap >= 0 for gap in gaps) and any(gap > 0 for gap in gaps):
            desirable &= r[i] > r[j]
    assert symmetry(game, r).holds == equal
    assert strict_desirability(game, r).holds == desirable
    for audit in audit_rewards(game, r):
        assert audit.holds == (audit.slack > 0 if audit.promise.startswith("F3") else audit.slack >= 0)
        assert audit.note.startswith("broken") != audit.holds


def test_counterexamples_show_what_is_broken():
    game = CoalitionalGame([0, 1, 2, 4, 3, 5, 6, 8])
    found = stability(game, [8, 1, 2])
    assert (found.coalition, found.slack) == ((1, 2), -4)
    assert found.note == "broken at coalition {2, 3}: slack -4"
    desired = strict_desirability(CoalitionalGame([0, 1, 1, 2, 1, 3, 2, 3]), [1, 1, 1])
    assert desired.players == (0, 1)
    assert desired.coalition == (2,)
    assert individual_rationality(game, [8, 1, 2]).players == (1,)
    quiet = strict_monotonicity(EXAMPLE_1, EXAMPLE_1, 0, own_worth)
    assert (quiet.holds, quiet.slack, quiet.note) == (True, math.inf, "asks for nothing here")


def test_wrong_input_is_named():
    for rewards, said in (([1], r"shape \(2,\), not \(1,\)"), ([1, math.nan], "player 2 has nan")):
        with pytest.raises(ValueError, match=said):
            stability(EXAMPLE_1, rewards)
    with pytest.raises(ValueError, match="same players"):
        strict_monotonicity(EXAMPLE_1, NO_STABLE_POWER, 0, own_worth)
    with pytest.raises(ValueError, match="same players"):
        strict_monotonicity(EXAMPLE_1, EXAMPLE_1, 2, own_worth)
    for rho in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="rho = "):
            reward_shares([1, 2], rho)
    with pytest.raises(ValueError, match="must be finite"):
        reward_shares([1, math.nan], 1)
    for rho in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="rho"):
            ShapleyRewards(rho=rho)


# --- the rule in a market ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.5, 1.0])
def test_the_rule_rewards_the_owners_of_single_identities_by_the_formula(rho):
    for game in random_games(30, seed=12):
        market = Market.of(game.values.reshape((2,) * game.n).transpose())
        settlement = ShapleyRewards(rho=rho).settle(market)
        assert settlement.rewards == pytest.approx(shapley_rewards(game, rho), abs=1e-12)
        assert not settlement.payments.any()
        assert audit_money(ShapleyRewards(rho=rho), market).holds


def test_null_parties_get_exactly_nothing_and_top_parties_exactly_everything():
    rng = np.random.default_rng(13)
    for _ in range(50):
        values = logdet_game(3, rng)
        game = CoalitionalGame(np.tile(values, 2))  # player 4 adds nothing
        rewards = shapley_rewards(game, 0.05)
        assert rewards[3] == 0
        assert rewards.max() == game.grand
    # a null party whose worths carry round-off is still null
    assert reward_shares([3.19, 5e-16], 0.05).tolist() == [1, 0]


def test_a_harmful_party_gets_nothing_and_nothing_is_shared_where_all_is_worth_nothing():
    harmful = Market.of(np.array([[0.0, 0.2], [1.0, 0.4]]))
    assert shapley(harmful.game)[1] < 0
    assert ShapleyRewards().settle(harmful).rewards.tolist() == [0.4, 0]
    for values in (np.zeros((2, 2)), np.array([[0.0, 0.5], [0.5, -1.0]])):
        for rho in (0, 0.5, 1):
            assert ShapleyRewards(rho=rho).settle(Market.of(values)).rewards.tolist() == [0, 0]


def test_who_stays_out_gets_nothing():
    market = Market.of(np.array([[0.0, 5.0], [7.0, 8.0]])[:, :, None])
    assert market.present.tolist() == [True, True, False]
    for rho in (0, 1):
        assert ShapleyRewards(rho=rho).settle(market).rewards[2] == 0
    nobody = Market.of(np.zeros((1, 1)))
    assert ShapleyRewards().settle(nobody).rewards.tolist() == [0, 0]


def test_an_owner_is_rewarded_as_one_of_its_identities():
    values = np.array([[0.0, 6.0], [7.0, 8.0], [7.0, 8.0], [7.0, 8.0]])  # two copies of party 1, which add nothing
    market = Market.of(values)
    per_identity = shapley(ClassGame(values).table())
    assert per_identity[0] == per_identity[1] == per_identity[2]
    assert market.entries.tolist() == [3, 1]
    expected = (per_identity[2:] / per_identity.max()) * 8
    assert ShapleyRewards().settle(market).rewards == pytest.approx(expected, abs=1e-12)
    # so copies that add nothing cost party 1 its place at the top
    assert ShapleyRewards().settle(market).rewards[0] < 8
    assert ShapleyRewards().settle(Market.of(values[:2])).rewards[0] == 8


def test_entries_that_stand_for_many_owners():
    crowd = ClassGame.lazy([600_000, 400_000], lambda k: np.sqrt(k @ np.array([1.0, 2.0])))
    alike = ClassGame.lazy([1_000_000], lambda k: np.sqrt(k[:, 0]))
    market = Market(games=(alike,), group=np.zeros(1, dtype=int), entries=np.ones(1, dtype=int), owners=np.array([1_000_000]))
    assert ShapleyRewards().settle(market).rewards.tolist() == [1000]
    small = ClassGame(np.sqrt(np.add.outer(np.arange(7.0), 2 * np.arange(5.0))))
    market = Market(games=(small,), group=np.arange(2), entries=np.ones(2, dtype=int), owners=np.array([6, 4]))
    assert ShapleyRewards(rho=0.7).settle(market).rewards == pytest.approx(shapley_rewards(small, 0.7), abs=1e-12)
    assert crowd.n == 1_000_000


def test_parties_with_judges_of_their_own_share_one_ranking_and_keep_their_own_scale():
    first, second = np.array([[0, 0.2], [0.6, 1.0]]), np.array([[0, 0.5], [0.1, 0.5]])
    market = Market(games=(ClassGame(first), ClassGame(second)), group=np.arange(2), entries=np.ones(2, dtype=int))
    shares = reward_shares(shapley(ClassGame((first + second) / 2)), 0.5)
    assert ShapleyRewards(rho=0.5).settle(market).rewards == pytest.approx([1.0 * shares[0], 0.5 * shares[1]], abs=1e-12)


def test_random_games_are_what_they_are_called():
    rng = np.random.default_rng(14)
    for n in (1, 2, 4):
        masks = np.arange(1 << n)
        for _ in range(20):
            for name, kind in KINDS.items():
                values = kind(n, rng)
                assert values[0] == 0
                for i in range(n):
                    without = masks[(masks >> i & 1) == 0]
                    added = values[without | 1 << i] - values[without]
                    assert (added >= -1e-12).all()
                    for j in range(n):
                        more = without[(without >> j & 1) == 0] | 1 << j
                        if name != "monotone" and j != i:
                            less = more ^ 1 << j
                            assert (values[more | 1 << i] - values[more] <= values[less | 1 << i] - values[less] + 1e-9).all()
    assert coverage_game(3, np.random.default_rng(1)).tolist() == coverage_game(3, np.random.default_rng(1)).tolist()
