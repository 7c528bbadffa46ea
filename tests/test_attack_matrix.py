"""The attack matrix and the arms race: whatever is registered appears, and cells that are kept are found again."""

import math
import sqlite3
import sys

import numpy as np
import pandas as pd
import pytest

from potluck.attacks import (
    ATTACKS,
    Attack,
    Combination,
    GarbleLabels,
    Merge,
    Replicate,
    Scheme,
    StayOut,
    Withhold,
    best_attack_over_seeds,
    best_of,
    candidates,
    settle,
)
from potluck.code_digest import code_digest
from potluck.mechanisms import MECHANISMS, EqualSplit, FreeSharing, Mechanism, Settlement, ShapleyDivision
from potluck.models import TASKS, Classification, CoalitionValues, QualityCurve, Task
from potluck.models.tasks import Holding
from potluck.scenarios import ArmsRace, AttackMatrix
from potluck.scenarios.markets import attack_cells as cells_module
from potluck.scenarios.markets import cell_keys
from potluck.scenarios.markets.attack_cells import Job, attack_cells, played
from potluck.scenarios.markets.cell_keys import code_of, fingerprint_of_task
from potluck.store import Store

COLUMNS = ["mechanism", "attack", "task", "verdict", "gain", "relative_gain", "draws", "mean_gain", "low", "high"]
COLUMNS += ["parameters", "honest_loss", "note"]
TASK = CoalitionValues((0, 0.6, 0.5, 0.9, 0.1, 0.65, 0.55, 1))


@pytest.fixture
def registries(monkeypatch):
    for registry in (MECHANISMS, ATTACKS, TASKS):
        monkeypatch.setattr(registry, "_classes", dict(registry._classes))


class Bribe(Mechanism):
    """Pay everybody present for each identity."""

    def settle(self, market):
        return Settlement(market.joint_model(), -0.125 * market.entries)


class Twice(Attack):
    """Enter everything twice, in one more way."""

    def mount(self, scheme, attacker, partner=None):
        return Replicate(1).mount(scheme, attacker)


class Heads(Task):
    """How many parties are there."""

    def n_parties(self):
        return 2

    n_parties = property(n_parties)

    def value(self, profiles):
        return (profiles > 0).sum(axis=1) / 2


def test_every_rule_and_attack_that_is_registered_has_a_cell():
    table = AttackMatrix(tasks=(TASK,), cells="unkept").run(0).tables["attack-matrix"]
    assert list(table.columns) == COLUMNS
    assert set(zip(table["mechanism"], table["attack"], strict=True)) == {
        (rule().short(), attack.name()) for rule in MECHANISMS for attack in ATTACKS
    }
    told = table["gain"].notna()
    assert told.any()
    assert (~told).any()
    assert (table["note"] != "").all()
    assert (table.loc[told, "parameters"] != "").all()
    assert table.loc[~told, ["relative_gain", "honest_loss"]].isna().all(axis=None)


@pytest.mark.usefixtures("registries")
def test_what_is_registered_later_appears_without_touching_the_matrix():
    MECHANISMS.register(Bribe)
    ATTACKS.register(Twice)
    TASKS.register(Heads)
    scenario = AttackMatrix(tasks=("Heads",), attacks=("Twice", "StayOut"), cells="unkept")
    table = scenario.run(0).tables["attack-matrix"].set_index(["mechanism", "attack"])
    assert table.loc[("Bribe", "Twice"), "gain"] == pytest.approx(0.125)
    assert table.loc[("Bribe", "StayOut"), "gain"] == pytest.approx(-0.625)
    assert table.loc[("FreeSharing", "Twice"), "gain"] == 0
    assert "Twice" in set(AttackMatrix(tasks=("Heads",), cells="unkept").run(0).tables["attack-matrix"]["attack"])


def test_a_cell_is_the_best_of_all_candidates():
    for cell in attack_cells([TASK], [ShapleyDivision(), EqualSplit()], [Replicate(), Merge()]):
        found, _ = candidates(TASK, cell.attack)
        honest = settle(Scheme.honest(TASK), cell.mechanism)
        best = best_of(found, cell.mechanism, honest)
        assert (cell.best, cell.gain, cell.honest_loss) == (best.attack, best.gain, best.honest_loss)
        assert cell.gain == pytest.approx(max(settle(each.scheme, cell.mechanism).gain_over(honest) for each in found))
        assert cell.relative_gain == pytest.approx(cell.gain / 1.0)


def test_gains_are_relative_to_the_joint_model():
    (cell,) = attack_cells([CoalitionValues((0, 1.4, 1.4, 2))], [ShapleyDivision()], [Replicate(2)])
    assert cell.gain == pytest.approx(0.2)
    assert cell.relative_gain == pytest.approx(0.1)
    (nothing,) = attack_cells([CoalitionValues((0, 0, 0, 0))], [ShapleyDivision()], [Replicate(2)])
    assert nothing.gain == 0
    assert math.isnan(nothing.relative_gain)


def kept(store):
    """Return how many numbers a store holds."""
    with sqlite3.connect(store.path) as connection:
        return connection.execute("SELECT count(*) FROM numbers").fetchone()[0]


def test_a_run_goes_on_where_it_was(tmp_path, monkeypatch):
    store, rules, attacks = Store(tmp_path), [ShapleyDivision(), FreeSharing()], [Replicate(), GarbleLabels()]
    first = attack_cells([TASK], rules[:1], attacks, store=store)
    jobs = []
    plain = Job.play
    monkeypatch.setattr(Job, "play", lambda self: jobs.append(self) or plain(self))
    both = attack_cells([TASK], rules, attacks, store=store)
    missing = [(job.attack.name(), [rule.name() for rule in job.mechanisms]) for job in jobs]
    assert missing == [("Replicate", ["FreeSharing"]), ("GarbleLabels", ["ShapleyDivision", "FreeSharing"])]
    assert [(cell.gain, cell.best, cell.note) for cell in both[:1]] == [(cell.gain, cell.best, cell.note) for cell in first[:1]]
    jobs.clear()
    attack_cells([TASK], rules, attacks, store=store, afresh=True)
    assert len(jobs) == 2
    assert all(len(job.mechanisms) == 2 for job in jobs)


def test_kept_cells_depend_on_what_was_played(tmp_path):
    store = Store(tmp_path)
    one = attack_cells([TASK], [ShapleyDivision()], [Replicate()], store=store)[0]
    other = attack_cells([CoalitionValues((0, 0.7, 0.7, 1))], [ShapleyDivision()], [Replicate()], store=store)[0]
    assert one.gain != other.gain
    responding = attack_cells([TASK], [ShapleyDivision()], [Replicate()], responding=True, store=store)
    assert kept(store) == 3
    assert responding[0].gain == one.gain
    assert fingerprint_of_task(TASK) != fingerprint_of_task(CoalitionValues())
    assert code_of(TASK, ShapleyDivision()) != code_of(TASK, Bribe())


def test_a_file_whose_content_changed_is_another_task(tmp_path):
    store, path, rng = Store(tmp_path / "cells"), tmp_path / "own.csv", np.random.default_rng(0)
    gains = []
    for shift in (0.3, 3.0):
        labels = np.arange(60) % 2
        table = pd.DataFrame({"x": shift * labels + rng.standard_normal(60), "y": rng.standard_normal(60), "label": labels})
        table.to_csv(path, index=False)
        task = Classification(dataset=str(path), parties=2, label="label")
        (cached,) = attack_cells([task], [ShapleyDivision()], [Withhold()], store=store)
        (fresh,) = attack_cells([task], [ShapleyDivision()], [Withhold()])
        assert cached.gain == fresh.gain
        gains.append(cached.gain)
    assert gains[0] != gains[1]
    assert kept(store) == 2


def test_tasks_with_other_rows_are_told_apart():
    one, other = (Classification(dataset="wine", parties=2, judge="own", seed=seed) for seed in (0, 1))
    assert fingerprint_of_task(one) != fingerprint_of_task(other)
    rows = one.validation()[0]
    judged = one.with_validation(0, Holding(rows.inputs[::-1], rows.targets[::-1]))
    assert np.array_equal(judged.alone, one.alone)
    assert fingerprint_of_task(judged) != fingerprint_of_task(one)


def test_the_code_of_parts_counts(tmp_path, monkeypatch):
    (tmp_path / "my_attack.py").write_text(
        "from potluck.attacks import StayOut\n\n\nclass Mine(StayOut):\n    pass\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    from my_attack import Mine

    before = code_of(TASK, Combination([Mine()]))
    assert before != code_of(TASK, Combination([Replicate()]))
    (tmp_path / "my_attack.py").write_text("changed = True\n", encoding="utf-8")
    code_digest.cache_clear()
    assert code_of(TASK, Combination([Mine()])) != before
    sys.modules.pop("my_attack")


def test_without_sources_nothing_is_kept(tmp_path, monkeypatch):
    assert cell_keys._code((tmp_path / "rules.zip" / "rules.py",)) is None
    monkeypatch.setattr(cells_module, "code_of", lambda *_: None)
    (cell,) = attack_cells([TASK], [ShapleyDivision()], [Replicate()], store=Store(tmp_path / "cells"))
    assert cell.gain > 0
    assert not (tmp_path / "cells").exists()


def test_a_run_that_was_stopped_keeps_what_was_done(tmp_path, monkeypatch):
    store, attacks = Store(tmp_path), [Replicate(), StayOut(), Withhold()]
    plain, done = Job.play, []

    def stopping(job):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(job.attack.name())
        return plain(job)

    monkeypatch.setattr(Job, "play", stopping)
    with pytest.raises(KeyboardInterrupt):
        attack_cells([TASK], [ShapleyDivision()], attacks, store=store)
    assert done == ["Replicate"]
    monkeypatch.setattr(Job, "play", lambda job: done.append(job.attack.name()) or plain(job))
    cells = attack_cells([TASK], [ShapleyDivision()], attacks, store=store)
    assert done == ["Replicate", "StayOut", "Withhold"]
    monkeypatch.undo()
    assert [cell.gain for cell in cells] == [cell.gain for cell in attack_cells([TASK], [ShapleyDivision()], attacks)]


def test_kept_or_not_the_table_is_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(tmp_path))
    parameters = {"tasks": (QualityCurve(), TASK), "mechanisms": ("ShapleyDivision", "Clarke"), "attacks": ("Sybil", "Withhold")}
    tables = [
        AttackMatrix(**parameters, cells=cells).run(0).tables["attack-matrix"].to_csv()
        for cells in ("resume", "resume", "afresh", "unkept")
    ]
    assert len(set(tables)) == 1
    assert list(tmp_path.iterdir())


def test_workers_find_what_one_process_finds(monkeypatch):
    jobs = [Job(TASK, attack(), (ShapleyDivision(), FreeSharing()), False) for attack in ATTACKS]
    alone = [job.play() for job in jobs]
    monkeypatch.setattr(cells_module, "SECONDS_WORTH_A_POOL", 0.0)
    assert list(played(jobs)) == alone


def test_a_rule_that_cannot_settle_says_so():
    class Picky(Mechanism):
        def settle(self, market):
            if market.n > 3:
                raise ValueError("three at most")
            return Settlement(market.joint_model(), np.zeros(market.n))

    (cell,) = attack_cells([TASK], [Picky()], [Replicate(1, "names")])
    assert math.isnan(cell.gain)
    assert "three at most" in cell.note


def test_variants_that_a_rule_cannot_settle_are_left_out():
    class Small(Mechanism):
        def settle(self, market):
            if market.entries.sum() > 5:
                raise ValueError("five identities at most")
            return Settlement(market.joint_model(), -0.125 * market.entries)

    (cell,) = attack_cells([TASK], [Small()], [Replicate(how="identities")])
    assert cell.gain == pytest.approx(0.25)
    assert cell.best.copies == 2
    assert "five" not in cell.note


def test_a_rule_that_breaks_its_word_fails_the_check():
    class Liar(Mechanism):
        def settle(self, market):
            return Settlement(market.joint_model(), -0.1 * market.entries)

        def revenue_range(self, market):
            return (-0.1 * market.n, 0.0)

    result = AttackMatrix(tasks=(TASK,), mechanisms=(Liar(),), attacks=("Replicate", "Merge"), cells="unkept").run(0)
    assert not result.passed
    assert "do not add up" in result.tables["attack-matrix"].set_index("attack").loc["Replicate", "note"]


def test_who_attacks_in_the_arms_race():
    result = ArmsRace().run(0)
    table = result.tables["arms-race"].set_index("mechanism")
    assert set(table.index) == {cls().short() for cls in MECHANISMS}
    assert result.passed
    assert table.loc["EqualSplit", "attackers"] == 3
    assert table.loc["FreeSharing", "attackers"] == 0
    calm = table[table["honest_exploitability"] == 0]
    assert (calm["attackers"] == 0).all()
    assert table["welfare_lost"].to_numpy() == pytest.approx((table["honest_welfare"] - table["welfare"]).to_numpy())
    rounds = result.tables["rounds"]
    assert (rounds.loc[rounds["round"] == 0, "attack"] == "honest").all()
    assert isinstance(rounds, pd.DataFrame)


def test_a_cell_says_proved_only_of_what_was_tried_whole():
    """Planted: an attack of which only some values are tried, and a rule that refuses one variant."""

    class Choosy(FreeSharing):
        """Refuse markets of five identities."""

        def settle(self, market):
            if market.game.n == 5:
                raise ValueError("five")
            return super().settle(market)

    rules = [FreeSharing(), ShapleyDivision(), Choosy()]
    attacks = [Replicate(), Withhold(), Withhold(0.3), GarbleLabels()]
    words = {(cell.mechanism.name(), str(cell.attack)): cell.word for cell in attack_cells([TASK], rules, attacks)}
    assert words["FreeSharing", str(Replicate())] == "proved"
    assert words["ShapleyDivision", str(Replicate())] == "refuted"
    assert words["Choosy", str(Replicate())] == "no counterexample"
    curve = attack_cells([QualityCurve(sizes=(1, 2))], [FreeSharing()], attacks)
    assert [cell.word for cell in curve] == ["proved", "no counterexample", "proved", "not asked"]


def test_a_cell_over_draws_is_what_the_search_over_seeds_finds():
    task, attacks = Classification(dataset="wine", parties=2), [GarbleLabels(), GarbleLabels(0.5), Withhold(), Replicate(2)]
    seeds = {"task_seeds": (0, 1), "attack_seeds": (0, 1)}
    for cell in attack_cells([task], [ShapleyDivision()], attacks, **seeds):
        alone = best_attack_over_seeds(task, ShapleyDivision(), cell.attack, **seeds)
        assert cell.draws == alone.gains.shape == (2, 2 if cell.attack.name() == "GarbleLabels" else 1)
        assert f"over {alone.gains.size} draws" in cell.over_draws()
        if cell.attack == GarbleLabels():  # whose share, of a few, only the search for one attack refines
            assert cell.mean <= alone.gain
            continue
        assert cell.mean == pytest.approx(alone.gain)
        assert cell.interval == pytest.approx(alone.interval())
        assert cell.gain == alone.best.gain == alone.gains.max()
        assert cell.best == alone.best.attack


def test_a_page_of_the_figure_holds_all_draws_of_its_task():
    matrix = AttackMatrix(
        tasks=("Classification(dataset=wine, parties=2)",),
        mechanisms=("ShapleyDivision", "FreeSharing"),
        attacks=("Replicate(2)", "Withhold(0.5)", "Merge"),
        cells="unkept",
    )
    result = matrix.run(0)
    assert result.tables["attack-matrix"]["task"].nunique() == 1
    assert list(result.figures) == ["attack-matrix"]
    assert result.figures["attack-matrix"].axes
