"""Platforms that set terms: what each strategy does, and the game that carries them out."""

import numpy as np
import pytest

from potluck.agents import PLATFORM_STRATEGIES, Platform
from potluck.agents.platform_strategies import (
    FixedTerms,
    GradientSearch,
    Outlook,
    PlatformStrategy,
    Report,
    Settled,
    StackelbergLeader,
    Timetable,
    UpperConfidence,
    ZoomingSearch,
)
from potluck.agents.strategies import BestResponse, Pure, Replicator
from potluck.mechanisms import EqualSplit, FairPayments
from potluck.models import Inertia, MarketGame, MeanEstimation, NormalFormGame, PaidOnly, Preferences, RepeatedGame, Rounds
from potluck.models.games.sharing import SharingUtility
from potluck.models.games.sharing_terms import fair_terms
from potluck.models.terms import sharing_outlook
from potluck.scenarios import FairValueDynamics

every_strategy = pytest.mark.parametrize("cls", list(PLATFORM_STRATEGIES), ids=lambda cls: cls.name())
OUTLOOK = Outlook(profit=lambda alpha: alpha * (0.6 - alpha))


def market(users=2, cost=0.5, alpha=0.5):
    return MarketGame(
        MeanEstimation(users=users), FairPayments(alpha), Preferences(PaidOnly(), over_alone=False, costs=(0, cost))
    )


def played(game=None, rounds=20, **options):
    defaults = {"game": game or market(), "strategies": BestResponse(), "stop": Rounds(rounds), "rng": 1}
    model = RepeatedGame(**defaults | options)
    model.run_model()
    return model


def taught(strategy, profit, blocks, noise=0.0, seed=0, outlook=OUTLOOK):
    rng = np.random.default_rng(seed)
    state = strategy.begin(outlook, rng)
    path = []
    for _ in range(blocks):
        alpha = strategy.terms(state)
        path.append(alpha)
        state = strategy.learn(state, Report(alpha, profit(alpha) + noise * rng.normal(size=4), np.ones(4)), rng)
    return state, np.array(path)


# --- the strategies -----------------------------------------------------------------------------------------------------------


@every_strategy
def test_terms_stay_in_range_and_instances_stay_fresh(cls):
    asked = {"most": 10.0} if cls is UpperConfidence else {}  # it is told the largest profit there can be
    strategy = cls(**asked)
    outlook = Outlook(0.2, 0.7, profit=lambda alpha: alpha)
    if cls in {FixedTerms, Timetable}:
        outlook = OUTLOOK
    _, one = taught(strategy, lambda alpha: alpha, 60, noise=1.0, outlook=outlook)
    _, other = taught(strategy, lambda alpha: alpha, 60, noise=1.0, outlook=outlook)
    assert one.tolist() == other.tolist()
    assert ((one >= outlook.low) & (one <= outlook.high)).all()
    assert strategy == cls(**asked)


def test_a_profit_that_there_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"a profit of 1\.1 is above most = 1$"):
        taught(UpperConfidence(), lambda alpha: 1.1, 1)


@every_strategy
def test_strategies_are_cited_and_found_by_name(cls):
    assert cls.source
    assert cls.summary().endswith(".")
    assert PLATFORM_STRATEGIES.build(cls.name()) == cls()
    assert PLATFORM_STRATEGIES.build(str(cls())) == cls()


@pytest.mark.parametrize("peak", [0.0, 0.31, 0.5, 0.857, 1.0])
def test_zooming_finds_the_peak_of_a_hump(peak):
    _, path = taught(ZoomingSearch(points=10, zooms=4), lambda alpha: -((alpha - peak) ** 2), 45)
    assert path[40] == pytest.approx(peak, abs=(2 / 9) ** 3 / 9)
    assert (path[40:] == path[40]).all()


def test_zooming_finds_the_foot_of_a_cliff():
    _, path = taught(ZoomingSearch(), lambda alpha: (1 - alpha) * (alpha > 0.75), 40)
    assert 0.75 < path[-1] < 0.76


@pytest.mark.parametrize("seed", range(4))
def test_gradient_search_climbs_through_noise(seed):
    state, _ = taught(GradientSearch(start=0.8), lambda alpha: alpha * (1 - alpha), 600, noise=0.003, seed=seed)
    assert state.centre == pytest.approx(0.5, abs=0.1)


def test_gradient_search_stays_where_profit_is_flat():
    state, _ = taught(GradientSearch(start=0.4), lambda alpha: (1 - alpha) * (alpha > 0.75), 200)
    assert state.centre == 0.4


def test_a_timetable_is_kept():
    _, path = taught(Timetable((0.1, 0.9, 0.4)), lambda alpha: 0, 5)
    assert path.tolist() == [0.1, 0.9, 0.4, 0.4, 0.4]


@pytest.mark.parametrize(("settling", "expected"), [(0, 2.5), (0.5, 3.5), (0.9, 4)])
def test_the_first_rounds_of_a_block_may_be_left_out(settling, expected):
    assert Report(0.5, np.array([1.0, 2, 3, 4]), np.ones(4)).settled_profit(settling) == expected


@pytest.mark.parametrize(
    "bad",
    [
        lambda: FixedTerms(1.5),
        lambda: Timetable(()),
        lambda: GradientSearch(gain=0),
        lambda: ZoomingSearch(points=2),
        lambda: Outlook(0.5, 0.5),
        lambda: Outlook(-0.1, 0.5),
        lambda: StackelbergLeader().begin(Outlook(), np.random.default_rng(0)),
    ],
)
def test_bad_platforms_are_refused(bad):
    with pytest.raises(ValueError) as caught:
        bad()
    assert "\n" not in str(caught.value)


# --- a leader who foresees ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("users", "cost"), [(2, 0.2), (2, 0.5), (2, 0.6), (5, 0.2), (10, 0.1), (50, 0.1)])
def test_the_leader_sets_the_optimal_terms(users, cost):
    utility = SharingUtility.of_task(MeanEstimation(users=users))
    best = fair_terms(utility, cost)
    outlook = sharing_outlook(utility, cost)
    alpha = StackelbergLeader().begin(outlook, np.random.default_rng(0)).alpha
    assert outlook.profit(alpha) == pytest.approx(best.platform, abs=2e-3 if users == 2 and cost == 0.2 else 1e-9)
    if (users, cost) == (2, 0.5):
        assert alpha == pytest.approx(6 / 7, abs=1e-7)


# --- the game that carries the terms out --------------------------------------------------------------------------------------


def test_without_a_platform_nothing_changes():
    model = played()
    assert model.terms is None
    assert model.game.mechanism == FairPayments(0.5)
    assert list(model.rounds().columns) == ["round", "exploitability", "welfare", "revenue", "profit"]
    assert np.isnan(model.alpha)


def test_terms_change_after_every_period():
    model = played(rounds=11, platform=Timetable((0.2, 0.9, 0.4)), period=4)
    rounds = model.rounds()
    assert rounds["alpha"].tolist() == [0.2] * 4 + [0.9] * 4 + [0.4] * 4
    assert model.game.mechanism == FairPayments(0.4)
    assert model.platform.alpha == 0.4
    assert isinstance(model.platform, Platform)
    # revenue is what is paid out, so profit is what remains of the worth
    kept = -rounds["revenue"] * (1 - rounds["alpha"]) / rounds["alpha"]
    assert rounds["profit"].to_numpy() == pytest.approx(kept.to_numpy())


def test_the_platform_is_told_what_happened():
    reports = []

    class Listening(PlatformStrategy):
        def begin(self, outlook, rng):
            return Settled(0.9)

        def learn(self, state, report, rng):
            reports.append(report)
            return state

    model = played(market(cost=0.1), rounds=7, platform=Listening(), period=3, initial=[0, 0])
    assert [len(report.profits) for report in reports] == [3, 3]
    assert reports[0].participation.tolist() == [0, 1, 1]
    assert np.concatenate([report.profits for report in reports]).tolist() == model.rounds()["profit"][:6].tolist()


def test_the_given_game_is_left_alone():
    game = market(alpha=0.3)
    game.payoffs(np.array([1, 1]))
    other = game.with_mechanism(FairPayments(0.6))
    assert other.payoffs(np.array([1, 1])) == pytest.approx(0.5 * 0.6 - 0.5)
    assert game.payoffs(np.array([1, 1])) == pytest.approx(0.5 * 0.3 - 0.5)
    assert other.task is game.task
    policy = np.full((2, 2), 0.5)
    assert other.normal_form().mixed_deviations(policy) == pytest.approx(other.mixed_deviations(policy))
    played(game, platform=FixedTerms(0.9))
    assert game.mechanism == FairPayments(0.3)


def test_terms_need_a_rule_that_has_them():
    dilemma = NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])
    for game in (dilemma, MarketGame(MeanEstimation(), EqualSplit())):
        with pytest.raises(ValueError, match="alpha"):
            played(game, platform=FixedTerms())
    with pytest.raises(ValueError, match="period"):
        played(platform=FixedTerms(), period=0)


def test_without_agents_the_same_is_played():
    options = {"platform": ZoomingSearch(), "revision": Inertia(0.3), "rounds": 40, "period": 2}
    one, other = played(**options), played(**options, agents=False)
    assert one.rounds().equals(other.rounds())
    assert one.actions.tolist() == other.actions.tolist()
    assert other.players == []
    with pytest.raises(ValueError, match="agents=False"):
        other.history()


def test_the_seed_decides():
    paths = [
        played(market(users=4, cost=0.2), 60, platform=GradientSearch(), period=3, strategies=Replicator(), rng=seed).rounds()
        for seed in (1, 1, 2)
    ]
    assert paths[0].equals(paths[1])
    assert not paths[0].equals(paths[2])


def test_money_is_conserved_under_every_terms():
    model = played(market(cost=0.1), 30, platform=ZoomingSearch(), period=2, strategies=Pure(1))
    rounds = model.rounds()
    assert rounds["welfare"].to_numpy() == pytest.approx(np.full(31, 1 - 2 * 0.1))
    assert rounds["profit"].to_numpy() == pytest.approx(1 - rounds["alpha"].to_numpy())


# --- what a platform learns ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_learned_terms(seed):
    scenario = FairValueDynamics(
        users=(2,),
        costs=(0.5,),
        dynamics=("replicator-one",),
        learned=("replicator-one", "best-response"),
        platforms=("zooming",),
    )
    result = scenario.run(seed)
    assert [check.name for check in result.checks if not check.as_expected] == []
    ends = result.tables["ends"].query("terms == 'zooming'").set_index("dynamic")
    assert ends.loc["replicator-one", "alpha"] == pytest.approx(6 / 7, abs=0.06)
    assert ends.loc["best-response", "alpha"] == pytest.approx(3 / 4, abs=0.01)
    assert ends.loc["best-response", "profit"] == pytest.approx(1 / 6, abs=0.01)
