"""``potluck audit``: the report of a rule, whoever wrote it."""

import json
import sys

import pytest

from potluck.__main__ import main
from potluck.attacks import ATTACKS, Attack, Replicate
from potluck.mechanisms import MECHANISMS, FreeSharing, Market, Mechanism, ReplicationRobustDivision, Settlement, ShapleyDivision
from potluck.mechanisms.audits.refuting import Search
from potluck.models import CoalitionValues, QualityCurve
from potluck.models.tasks import TASKS
from potluck.scenarios.audit_report import robustness_report
from potluck.scenarios.multi_party.mep_audit import AUDITS, SETTINGS
from potluck.scenarios.robustness_findings import GAMES

TASK = CoalitionValues((0, 0.7, 0.7, 1))
QUICK = ["--task", "CoalitionValues", "--parties", "2", "--copies", "1", "--budget", "8"]
FEW = Search(parties=2, copies=1, budget=8)
RULE = '''
from potluck.mechanisms import Mechanism, Settlement


class MyRule(Mechanism):
    """Everybody pays a tenth and gets the joint model."""

    def settle(self, market):
        return Settlement(market.joint_model(), 0.1 * market.present)

    def revenue_range(self, market):
        total = 0.1 * market.total(market.present)
        return (total, total)


class Liar(MyRule):
    """Say that nothing is paid, and take a tenth."""

    def revenue_range(self, market):
        return (0.0, 0.0)
'''


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POTLUCK_MEASUREMENTS", str(tmp_path / "measurements"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    sys.modules.pop("my_rules", None)


def command(*arguments):
    with pytest.raises(SystemExit) as end:
        main(["audit", *arguments])
    return end.value.code


def by_place(report, section):
    return {(found.promise, found.where): found for found in report.findings if found.section == section}


def test_the_report_has_every_promise_axiom_and_attack():
    report = robustness_report(ShapleyDivision(), [TASK, QualityCurve(sizes=(1, 2))], None, FEW)
    incentives, money, attacks = (by_place(report, section) for section in ("incentives and revenue", "money", "attacks"))
    assert len(incentives) == len(AUDITS) * len(SETTINGS)
    assert {where for _, where in money} == set(GAMES)
    assert {promise for promise, _ in attacks} == set(ATTACKS.names())
    for found in report.findings:
        assert (found.holds is None) == (found.slack is None)
        assert found.evidence
        if found.holds is not None:
            assert found.holds == (found.slack >= -1e-9)
    copying = attacks["Replicate", TASK.short()]
    assert not copying.holds
    assert copying.slack == pytest.approx(-8 / 45)  # sixteen copies
    assert attacks["GarbleLabels", TASK.short()].holds is None


def test_slacks_of_attacks_can_be_compared_between_tasks():
    double = CoalitionValues((0, 1.4, 1.4, 2))
    attacks = by_place(robustness_report(ShapleyDivision(), [TASK, double], None, FEW), "attacks")
    small, large = attacks["Replicate", TASK.short()], attacks["Replicate", double.short()]
    assert large.slack == pytest.approx(2 * small.slack)
    assert large.relative_slack == pytest.approx(small.relative_slack)
    assert small.evidence.startswith("Replicate(copies=16, how='identities') by party 1; the others lose 0.177778 together")
    page = robustness_report(ShapleyDivision(), [TASK], None, FEW).markdown()
    assert "| Replicate | CoalitionValues | **refuted** | -0.1778 (-17.8 %) |" in page
    assert "e-1" not in "".join(line.split("|")[4] for line in page.splitlines() if line.startswith("| "))


def test_a_rule_that_promises_nothing_about_money_breaks_nothing():
    report = robustness_report(ReplicationRobustDivision(division="printed"), [TASK], None, FEW)
    money = by_place(report, "money")
    assert all(found.holds is None and "promises nothing" in found.evidence for found in money.values())
    assert report.keeps_its_word
    assert "0 of 0" not in report.markdown()


def test_known_verdicts():
    shapley, sharing = (robustness_report(rule, [TASK], None, FEW) for rule in (ShapleyDivision(), FreeSharing()))
    fairness = by_place(shapley, "fairness")
    assert all(found.holds for (axiom, _), found in fairness.items() if axiom in {"F2 symmetry", "nobody worse off than alone"})
    assert not by_place(sharing, "fairness")["F1 uselessness", "one adds nothing"].holds
    assert all(found.holds for found in by_place(sharing, "incentives and revenue").values() if found.where == "own model only")
    assert not by_place(sharing, "incentives and revenue")["efficient", "linear externalities"].holds
    assert all(found.holds is not False for found in by_place(sharing, "attacks").values())
    assert shapley.keeps_its_word
    assert sharing.keeps_its_word


def test_a_new_attack_and_a_new_rule_are_in_the_report(monkeypatch):
    for registry in (MECHANISMS, ATTACKS):
        monkeypatch.setattr(registry, "_classes", dict(registry._classes))

    @ATTACKS.register
    class Twice(Attack):
        def mount(self, scheme, attacker, partner=None):
            return Replicate(1).mount(scheme, attacker)

    @MECHANISMS.register
    class Bribe(Mechanism):
        def settle(self, market):
            return Settlement(market.joint_model(), -0.125 * market.entries)

    found = by_place(robustness_report(MECHANISMS.build("Bribe"), [TASK], None, FEW), "attacks")["Twice", TASK.short()]
    assert found.slack == pytest.approx(-0.125)
    assert Bribe().settle(Market.of([[0, 1], [1, 1]])).payments.tolist() == [-0.125, -0.125]


def test_the_page_and_the_document_say_the_same(here, capsys):
    assert command("FreeSharing", *QUICK, "--out", "report") == 0
    page = capsys.readouterr().out
    written = (here / "report" / "report.md").read_text(encoding="utf-8")
    assert page.startswith(written)
    document = json.loads((here / "report" / "report.json").read_text(encoding="utf-8"))
    assert document["mechanism"] == "FreeSharing()"
    assert document["broken"] == sum(found["holds"] is False for found in document["findings"]) > 0
    assert document["keeps_its_word"] is True
    for found in document["findings"]:
        assert f"| {found['promise']} | {found['where']} |" in written
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {6}


def test_json_is_json_and_nothing_else(here, capsys):
    assert command("FairPayments(alpha=0.25)", *QUICK, "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["mechanism"].startswith("FairPayments(alpha=0.25")
    assert said.err == ""
    assert sorted(path.name for path in here.iterdir()) == ["measurements"]


def test_a_rule_from_the_users_own_file(here, capsys):
    (here / "my_rules.py").write_text(RULE, encoding="utf-8")
    assert command("my_rules:MyRule", *QUICK, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"] == "Everybody pays a tenth and gets the joint model."
    money = [found for found in document["findings"] if found["section"] == "money"]
    assert all(found["holds"] for found in money)
    assert command("my_rules:Liar", *QUICK) == 1
    assert "**refuted**" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["FreeSharin"], "unknown mechanism 'FreeSharin', did you mean 'FreeSharing'?"),
        (["nowhere:Rule"], "cannot import mechanism"),
        (["FairPayments(alpha=2)"], "alpha"),
        (["FreeSharing", "--task", "Nonsense"], "unknown task 'Nonsense'"),
        ([], "MECHANISM"),
    ],
)
def test_bad_names_are_one_line(here, capsys, arguments, says):
    assert command(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1


def test_every_rule_has_a_line_and_a_folder(here, capsys, monkeypatch):
    (here / "my_rules.py").write_text(RULE, encoding="utf-8")
    liar = MECHANISMS.build("my_rules:Liar")
    monkeypatch.setattr(MECHANISMS, "_classes", {"FreeSharing": FreeSharing, "ShapleyDivision": ShapleyDivision})
    assert command("all", *QUICK, "--out", "reports") == 0
    page = capsys.readouterr().out
    assert (here / "reports" / "overview.md").read_text(encoding="utf-8") in page
    alone = robustness_report(ShapleyDivision(), [TASKS.build("CoalitionValues")], None, FEW)
    assert (here / "reports" / "ShapleyDivision" / "report.md").read_text(encoding="utf-8") == alone.markdown()
    assert sorted(path.name for path in (here / "reports").iterdir()) == ["FreeSharing", "ShapleyDivision", "overview.md"]
    monkeypatch.setattr(MECHANISMS, "_classes", {"FreeSharing": FreeSharing, "Liar": type(liar)})
    assert command("all", *QUICK) == 1
    assert "| Liar | **no** |" in capsys.readouterr().out


def test_nothing_is_overwritten_without_being_asked(here, capsys):
    (here / "report").mkdir()
    (here / "report" / "notes.txt").write_text("mine", encoding="utf-8")
    assert command("FreeSharing", *QUICK, "--out", "report") == 2
    assert [path.name for path in (here / "report").iterdir()] == ["notes.txt"]
    assert command("FreeSharing", *QUICK, "--out", "report", "--overwrite") == 0
    assert (here / "report" / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (here / "report" / "report.md").exists()
