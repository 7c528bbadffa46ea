"""Ensembles are single runs, byte for byte; a compiled round is the round that rules describe."""

import itertools

import networkx as nx
import numpy as np
import pytest

from potluck.agents.strategies import (
    STRATEGIES,
    BestResponse,
    BrownVonNeumannNash,
    FictitiousPlay,
    Hedge,
    Logit,
    OptimisticHedge,
    ProjectedGradient,
    Pure,
    RegretMatching,
    Replicator,
    Smith,
    StochasticFictitiousPlay,
)
from potluck.models import (
    Alternating,
    Ensemble,
    Hold,
    Inertia,
    Keep,
    NetworkGame,
    NormalFormGame,
    OneAtRandom,
    RepeatedGame,
    Rounds,
    SharingGame,
    SharingUtility,
    Simultaneous,
)
from potluck.models.compiled_course import CompiledCourse
from potluck.models.course import Course
from potluck.models.games.strategic import StrategicGame

THREE = NormalFormGame(np.random.default_rng(3).normal(size=(3, 2, 3, 2)))
UNEVEN = NormalFormGame(
    np.random.default_rng(5).normal(size=(3, 4, 4, 4)),
    np.array([[False, True, True, False], [True, True, True, True], [False, True, False, False]]),
)
RING = NetworkGame([[1, 0], [0, 2]], nx.cycle_graph(5))


class ByHand(StrategicGame):
    """The same payoffs, in no form that a compiled round knows."""

    def __init__(self, game):
        super().__init__(game.available)
        self.inner = game

    def deviations(self, profile):
        return self.inner.deviations(profile)

    def mixed_deviations(self, policy):
        return self.inner.mixed_deviations(policy)


def assert_same(arguments, replicas=6, seed=4):
    runs = Ensemble(arguments, replicas, seed, keep="players")
    table = runs.history()
    for run, own in enumerate(runs.seeds):
        model = RepeatedGame(**arguments, rng=own)
        model.run_model()
        mine = table[table["run"] == run].drop(columns="run").reset_index(drop=True)
        assert mine.to_csv() == model.history().to_csv()
        assert runs.exploitability[run].tobytes() == model.rounds()["exploitability"].to_numpy().tobytes()
        assert runs.policy[run].tobytes() == model.policy.tobytes()
        assert runs.regrets[run].tobytes() == model.regrets.tobytes()
        assert runs.average_policy[run].tobytes() == model.average_policy.tobytes()


@pytest.mark.parametrize("game", [THREE, ByHand(UNEVEN)], ids=["tables", "no arrays"])
@pytest.mark.parametrize("strategy", list(STRATEGIES), ids=lambda cls: cls.name())
def test_runs_of_an_ensemble_are_single_runs(strategy, game):
    if strategy is Pure and game.n == 3 and not game.available[:, 1].all():
        return
    assert_same({"game": game, "strategies": strategy(), "revision": Inertia(0.3), "stop": Rounds(12)})


@pytest.mark.parametrize("revision", [Alternating(1), OneAtRandom()], ids=str)
def test_so_they_are_under_every_revision_and_in_company(revision):
    company = [BestResponse(), Hedge(), RegretMatching()]
    for game in (THREE, ByHand(THREE)):
        assert_same({"game": game, "strategies": company, "revision": revision, "stop": Rounds(9), "initial": [1, 2, 0]})


RULES = [
    BestResponse(),
    BestResponse(ties="uniform"),
    FictitiousPlay(beliefs="joint"),
    Hedge(rate=0.7),
    Hedge(rate=0.7, against="mixes"),
    Logit(rationality=2, step=0.3),
    RegretMatching(),
    RegretMatching(plus=True, against="mixes"),
    Replicator(step=0.3),
    OptimisticHedge(rate=0.3),
    StochasticFictitiousPlay(rationality=3),
    ProjectedGradient(step=0.2),
    BrownVonNeumannNash(),
    Smith(step=0.3),
]


@pytest.mark.parametrize("game", [THREE, UNEVEN, RING], ids=["three", "uneven", "ring"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_compiled_round_is_the_one_that_the_rule_describes(rule, game):
    compiled, plain = (
        RepeatedGame(game=each, strategies=rule, revision=Inertia(0.2), stop=Rounds(60), rng=3) for each in (game, ByHand(game))
    )
    assert isinstance(compiled._course, CompiledCourse)
    assert type(plain._course) is Course
    for model in (compiled, plain):
        model.run_model()
    one, other = compiled.history(), plain.history()
    assert one["action"].tolist() == other["action"].tolist()
    assert one["payoff"].to_numpy() == pytest.approx(other["payoff"].to_numpy())
    assert one["regret"].to_numpy() == pytest.approx(other["regret"].to_numpy(), abs=1e-12)
    assert compiled.policy == pytest.approx(plain.policy, abs=1e-9)
    for column in ("welfare", "exploitability"):
        assert compiled.rounds()[column].to_numpy() == pytest.approx(plain.rounds()[column].to_numpy(), abs=1e-12)


MANY_USERS = 33_000
"""Users who fill one part of a crowd and begin another."""
WORTH = np.sqrt(np.arange(MANY_USERS + 1) / MANY_USERS) * MANY_USERS
CROWD = SharingGame(SharingUtility.by_count(WORTH), 0.8, np.random.default_rng(0).uniform(0, 2, MANY_USERS))
CROWD_RULES = [BestResponse(), BestResponse(ties="uniform"), Logit(rationality=2), FictitiousPlay(beliefs="joint"), Pure(1)]
COMPANY = [*[BestResponse()] * 20_000, *[Logit()] * 13_000]


@pytest.mark.parametrize("revision", [Inertia(0.4), Alternating(32_999), OneAtRandom(), Simultaneous()], ids=str)
@pytest.mark.parametrize("rule", [*CROWD_RULES, COMPANY], ids=[*map(str, CROWD_RULES), "company"])
def test_a_crowd_plays_part_by_part_what_its_rules_describe(rule, revision):
    options = {"strategies": rule, "revision": revision, "stop": 3, "holds": [Hold(player=32_900, action=0, since=2)]}
    compiled, plain = (RepeatedGame(game=game, rng=3, agents=False, **options) for game in (CROWD, ByHand(CROWD)))
    assert isinstance(compiled._course, CompiledCourse)
    for _ in range(3):
        compiled.step()
        plain.step()
        assert compiled.actions.tobytes() == plain.actions.tobytes()
        assert compiled.payoffs.tobytes() == plain.payoffs.tobytes()
        assert compiled.welfare == compiled.rounds()["welfare"].iloc[-1] == plain.welfare
        assert compiled.exploitability == pytest.approx(plain.exploitability)
    assert compiled.regrets == pytest.approx(plain.regrets, abs=1e-12)
    assert compiled.average_policy.tobytes() == plain.average_policy.tobytes()


def test_runs_of_an_ensemble_of_crowds_are_single_runs():
    crowd = {"game": CROWD, "strategies": COMPANY, "revision": Inertia(0.3), "stop": 3}
    runs = Ensemble(crowd, 2, seed=4, keep="players")
    for run, own in enumerate(runs.seeds):
        model = RepeatedGame(**crowd, rng=own, agents=False, keep=Keep("players"))
        model.run_model()
        assert runs.actions_by_round[run].tobytes() == model.actions_by_round.tobytes()
        assert runs.payoffs[run].tobytes() == model.payoffs.tobytes()
        assert runs.regrets_by_round[run, -1].tobytes() == model.regrets.tobytes()
        assert runs.exploitability[run].tobytes() == model.rounds()["exploitability"].to_numpy().tobytes()


def test_a_crowd_is_put_back_and_goes_on_as_it_would_have():
    model = RepeatedGame(game=CROWD, strategies=BestResponse(), revision=Inertia(0.4), stop=5, rng=3, agents=False)
    model.step()
    model.step()
    branch = model.branch()
    model.run_model()
    branch.run_model()
    assert branch.rounds().equals(model.rounds())
    assert branch.average_policy.tobytes() == model.average_policy.tobytes()
    assert branch.regrets.tobytes() == model.regrets.tobytes()


def test_who_learns_otherwise_than_it_was_written_is_not_compiled():
    class Stubborn(BestResponse):
        def learn(self, state, feedback):
            return state

    class Halved(NormalFormGame):
        def deviations(self, profile):
            return super().deviations(profile) / 2

    for game, rule in ((THREE, Stubborn()), (Halved(THREE.tables), BestResponse())):
        assert type(RepeatedGame(game=game, strategies=rule, rng=1)._course) is Course


@pytest.mark.parametrize("strategy", [cls for cls in STRATEGIES if not cls.full_information], ids=lambda cls: cls.name())
def test_a_bandit_is_shown_nothing_but_its_own_payoff(strategy):
    """Whatever else a game knows is poison: a rule that saw it would play on otherwise, or not at all."""
    seen = []

    class Spying(strategy):
        def learn(self, state, feedback):
            seen.append(feedback)
            return super().learn(state, feedback)

    class Poisoned(ByHand):
        def deviations(self, profile):
            true = super().deviations(profile)
            return np.where(np.isfinite(true), true + 1e6 * (np.arange(self.m) != np.asarray(profile)[:, None]), true)

    paths = []
    for kind in (ByHand, Poisoned):
        model = RepeatedGame(game=kind(THREE), strategies=Spying(), stop=Rounds(30), rng=5)
        model.run_model()
        paths.append(model.history()[["action", "payoff"]].to_csv())
    assert paths[0] == paths[1]
    hidden = ("profile", "deviations", "expected", "mixes", "earnings", "rows", "neighbours")
    assert seen
    assert all(getattr(each, name) is None for each in seen for name in hidden)


def test_time_to_equilibrium_counts_from_when_play_stays_there():
    meeting = {"game": NormalFormGame([[[1, 0], [0, 1]]] * 2), "strategies": BestResponse(), "revision": Inertia(0.5), "stop": 40}
    runs = Ensemble(meeting, 200, seed=3)
    times = runs.time_to(0.0)
    for run, time in enumerate(times):
        calm = runs.exploitability[run] <= 0
        if np.isfinite(time):
            assert calm[int(time) :].all()
            assert time == 0 or not calm[int(time) - 1]
        else:
            assert not calm[-1]
    assert np.isfinite(times).mean() > 0.99


def test_the_runs_are_independent_of_each_other():
    """Two fair coins a run: the four opening profiles come equally often (chi-squared, 3 degrees of freedom, 1 in 10^4)."""
    runs = Ensemble({"game": NormalFormGame(np.zeros((2, 2, 2))), "strategies": "MixedStrategy", "stop": 1}, 4000, seed=11)
    counts = np.array([(runs.actions == pair).all(axis=1).sum() for pair in itertools.product(range(2), repeat=2)])
    assert ((counts - 1000) ** 2 / 1000).sum() < 21.1


@pytest.mark.parametrize(
    ("change", "message"),
    [({"stop": "soon"}, "stop"), ({"agents": True}, "agents"), ({"strategies": None}, "takes")],
)
def test_bad_ensembles_are_named(change, message):
    arguments = {"game": THREE, "strategies": BestResponse(), "stop": 3} | change
    if change.get("strategies", 1) is None:
        del arguments["strategies"]
    with pytest.raises((ValueError, TypeError), match=message):
        Ensemble(arguments, 2)
