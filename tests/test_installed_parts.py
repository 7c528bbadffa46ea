"""Parts of another package, found through its entry points: in lists, in runs and by the checks that it imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "scratch/__init__.py": "",
    "scratch/flat_fee.py": '''
from potluck.mechanisms import Mechanism, Settlement


class FlatFee(Mechanism):
    """Everybody present pays the same."""

    source = "original"

    fee: float = 0.1

    def settle(self, market):
        return Settlement(market.joint_model(), self.fee * market.present)
''',
    "scratch/stubborn.py": '''
from potluck.agents.strategies import BestResponse


class Stubborn(BestResponse):
    """Replies best, by another name."""

    source = "original"
''',
    "scratch/crowd.py": '''
from typing import Annotated

from pydantic import Field

from potluck.models import Task


class Crowd(Task):
    """Worth is the share of those present."""

    source = "original"

    parties: Annotated[int, Field(ge=1, le=16)] = 3

    @property
    def n_parties(self):
        return self.parties

    def value(self, profiles):
        return (profiles > 0).sum(axis=1) / self.parties
''',
    "scratch/vanish.py": '''
from potluck.attacks import Attack


class Vanish(Attack):
    """Take everything back."""

    source = "original"

    def mount(self, scheme, attacker, partner=None):
        return scheme.without_names(attacker)
''',
    "scratch/tallying.py": '''
import pandas as pd

from potluck.mechanisms import Market
from potluck.mechanisms.rules.mechanism import MechanismSpec
from potluck.scenarios import Findings, Scenario
from potluck.verdicts import Verdict, derived
from scratch.flat_fee import FlatFee


class Tallying(Scenario):
    """Settle one market."""

    source = "original"

    mechanism: MechanismSpec = FlatFee()

    def play(self, rng):
        paid = self.mechanism.settle(Market.of([[0, 0.7], [0.7, 1]])).payments
        claim = Verdict.statement("somebody pays", derived("the fee"), "payments are above 0", paid.sum(), paid.sum() > 0)
        return Findings({"tally": pd.DataFrame({"paid": paid})}, [claim])
''',
    "scratch-0.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: scratch\nVersion: 0.1\n",
    "scratch-0.1.dist-info/entry_points.txt": """
[potluck.mechanisms]
flat-fee = scratch.flat_fee:FlatFee
broken = scratch.nowhere:Nothing
[potluck.strategies]
stubborn = scratch.stubborn:Stubborn
[potluck.tasks]
crowd = scratch.crowd:Crowd
[potluck.attacks]
vanish = scratch.vanish:Vanish
[potluck.scenarios]
tallying = scratch.tallying:Tallying
""",
}
USE = """
import sys, warnings
warnings.simplefilter("ignore")
from potluck.agents.strategies import STRATEGIES
from potluck.attacks import ATTACKS
from potluck.mechanisms import MECHANISMS
from potluck.models import TASKS
from potluck.scenarios import SCENARIOS
from potluck.testing import check_attack, check_mechanism, check_scenario, check_strategy, check_task
check_mechanism(MECHANISMS.find("flat-fee"))
check_strategy(STRATEGIES.find("Stubborn"))
check_task(TASKS.find("crowd"))
check_attack(ATTACKS.find("vanish"), rules=(MECHANISMS.build("FlatFee(fee=0.2)"),))
check_scenario(SCENARIOS.find("tallying"))
assert "FlatFee" in MECHANISMS.names() and "pytest" not in sys.modules
"""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        path = site / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(*arguments):
        path = os.pathsep.join([str(site), *sys.path])
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=site,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": path},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def test_parts_of_an_installed_package_pass_the_checks(elsewhere):
    elsewhere("-c", USE)


def test_they_are_listed_and_run(elsewhere, tmp_path):
    assert "tallying" in elsewhere("-m", "potluck", "list").stdout
    done = elsewhere("-m", "potluck", "run", "tallying", "--set", "mechanism=FlatFee(fee=0.3)", "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "tally.csv").read_text() == "paid\n0.3\n0.3\n"
    lines = [line for line in done.stderr.splitlines() if "scratch.nowhere" in line]
    assert len(lines) == 1
    assert len(lines[0]) <= 320
    assert Path(tmp_path / "out" / "result.json").exists()
