"""Adding a rule, a learner or a task takes one small class, and nothing else in the package changes."""

import inspect
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from potluck.agents.strategies import STRATEGIES, BestResponse, Mixes, Strategy
from potluck.mechanisms import MECHANISMS, Market, Mechanism, Settlement, ShapleyDivision, audit_money
from potluck.models import CoalitionValues, MarketGame, RepeatedGame, Rounds, Task
from potluck.scenarios import ReplicationAttack

SMALL = {"dataset": "wine", "parties": 3, "copies": 2, "rounds": 3}


class PayPerOwner(Mechanism):
    """Hand out a share of the joint model's worth evenly among owners, however many copies they enter."""

    source = "original"

    share: float = 0.5

    def settle(self, market):
        paid = self.share * market.platform_worth * market.present / max(1, market.total(market.present))
        return Settlement(rewards=market.joint_model(), payments=-paid)

    def revenue_range(self, market):
        return (-self.share * market.platform_worth,) * 2


class Generous(Strategy):
    """Tremble between all actions with a small probability, else play the last best reply."""

    source = "original"

    tremble: float = 0.1

    def begin(self, seats):
        return Mixes(seats.uniform, seats)

    def learn(self, state, feedback):
        best = np.eye(feedback.deviations.shape[-1])[feedback.deviations.argmax(axis=-1)]
        return Mixes(self.tremble * state.seats.uniform + (1 - self.tremble) * best, state.seats)


class Headcount(Task):
    """Worth is the share of parties present."""

    source = "original"

    parties: int = 4

    @property
    def n_parties(self):
        return self.parties

    def value(self, profiles):
        return (profiles > 0).mean(axis=1)

    def interchangeable(self):
        return np.zeros(self.parties, dtype=int)


@pytest.mark.parametrize("cls", [PayPerOwner, Generous, Headcount])
def test_a_new_component_is_short(cls):
    assert len(inspect.getsource(cls).splitlines()) <= 25


def test_new_mechanism_keeps_its_promise():
    market = Market.of([[0, 0.7], [0.7, 1], [0.7, 1]])
    assert audit_money(PayPerOwner(), market).holds
    assert PayPerOwner().settle(market).payments == pytest.approx([-0.25, -0.25])
    overpaid = type("Overpaid", (PayPerOwner,), {"settle": lambda self, market: PayPerOwner(share=0.9).settle(market)})
    assert not audit_money(overpaid(), market).holds


def test_new_mechanism_in_a_scenario():
    result = ReplicationAttack(mechanism=PayPerOwner(share=0.4), **SMALL).run(1)
    assert result.passed
    rules = result.tables["rules"]
    assert rules["mechanism"].tolist()[0] == "PayPerOwner(share=0.4)"
    assert len(rules) == 1 + len(ReplicationAttack().beside)
    assert rules["best_gain_from_copying"][0] == pytest.approx(0, abs=1e-12)
    assert rules["mean_copies"][0] == 0
    assert result.document()["parameters"]["mechanism"] == "PayPerOwner(share=0.4)"


def test_new_strategy_in_a_scenario():
    result = ReplicationAttack(strategy=Generous(), **SMALL).run(1)
    assert result.document()["parameters"]["strategy"] == "Generous(tremble=0.1)"
    assert len(result.tables["rounds"]) == 4 * 3


def test_new_strategy_against_others():
    game = MarketGame(CoalitionValues(copies=1), ShapleyDivision())
    model = RepeatedGame(game=game, strategies=[Generous(tremble=0), BestResponse()], stop=Rounds(5), rng=1)
    model.run_model()
    assert model.actions.tolist() == [2, 2]
    assert model.exploitability == 0


def test_new_task_under_new_mechanism():
    game = MarketGame(Headcount(copies=1), PayPerOwner(share=1))
    everybody = np.ones(4, dtype=int)
    assert game.payoffs(everybody) == pytest.approx(np.full(4, 0.75 + 0.25))
    assert game.payoffs(2 * everybody) == pytest.approx(game.payoffs(everybody))
    assert game.exploitability(everybody) == pytest.approx(0)
    model = RepeatedGame(game=game, strategies=BestResponse(), stop=Rounds(3), rng=1)
    model.run_model()
    assert (model.actions > 0).all()


def test_new_components_are_not_registered_by_being_written():
    assert "PayPerOwner" not in MECHANISMS.names()
    assert "Generous" not in STRATEGIES.names()


def test_new_mechanism_on_the_command_line(tmp_path):
    source = inspect.getsource(PayPerOwner)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "my_rule.py").write_text(f"from potluck.mechanisms import Mechanism, Settlement\n\n\n{source}")
    settings = ["mechanism=my_rule:PayPerOwner(share=0.25)", "dataset=wine", "rounds=3"]
    command = [sys.executable, "-m", "potluck", "run", "replication-attack", "--out", str(tmp_path / "out")]
    command += [part for setting in settings for part in ("--set", setting)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "modules")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    document = json.loads((tmp_path / "out" / "result.json").read_text())
    assert document["parameters"]["mechanism"] == "PayPerOwner(share=0.25)"
    assert "PayPerOwner(share=0.25)" in (tmp_path / "out" / "rules.csv").read_text()
