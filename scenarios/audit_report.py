"""What is proved, refuted or not refuted of what one would like a market rule to promise: a page for a designer."""

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..arrays import ROUND_OFF
from ..attacks import ATTACKS
from ..mechanisms import Mechanism
from ..mechanisms.audits.refuting import DEMANDS, Search
from ..models.tasks import TASKS, Task
from ..progress import track
from ..store import Store
from .audit_page import html_page
from .certified_findings import bounds_of
from .markets.attack_cells import Word, attack_cells
from .multi_party.mep_audit import SETTINGS
from .reporting import to_json
from .robustness_findings import (
    ATTACK,
    CERTIFIED,
    FAIRNESS,
    GAMES,
    INCENTIVES,
    MONEY,
    SEARCHED,
    THEOREMS,
    Finding,
    attacks_of,
    counterexamples_of,
    fairness_of,
    incentives_of,
    money_of,
    theorems_of,
)

TASKS_TO_ATTACK = (
    "QualityCurve",
    "Classification(dataset=wine, parties=3, judge=own)",
    "GaussianProcessRegression(rows=60)",
)
"""A formula, real data that each party judges by rows of its own, and information gain."""

TASK_SEEDS, ATTACK_SEEDS = (0, 1, 2), (0, 1)
WORTH_A_POOL = 6


@dataclass(frozen=True)
class RobustnessReport:
    """All findings about a rule.

    Parameters
    ----------
    mechanism
        The rule.
    findings
        What was found, section by section.
    keep
        Demands beside the rule's own promise about money that must not be refuted for it to keep its word.
    certificates
        What proves the bounds, by name of the file that holds it.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> report = RobustnessReport(FreeSharing(), (Finding("money", "money adds up", "two like parties", True, 0.0, "revenue 0"),))
    >>> report.keeps_its_word
    True
    >>> print(report.markdown().splitlines()[0])
    # Robustness report: FreeSharing
    """

    mechanism: Mechanism
    findings: tuple[Finding, ...]
    keep: tuple[str, ...] = ()
    certificates: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def keeps_its_word(self) -> bool:
        """Whether nothing refutes that payments add up to what the rule promises, nor any other demand that is to be kept."""
        asked = {"money adds up", *self.keep}
        return all(
            finding.holds is not False for finding in self.findings if finding.section == MONEY or finding.promise in asked
        )

    def document(self) -> dict[str, Any]:
        """Return the report as a document for JSON."""
        return {
            "mechanism": str(self.mechanism),
            "summary": self.mechanism.summary(),
            "source": self.mechanism.source,
            "keeps_its_word": self.keeps_its_word,
            "broken": sum(finding.holds is False for finding in self.findings),
            "findings": [
                asdict(finding) | {"word": finding.word, "outcome": finding.verdict.outcome.value} for finding in self.findings
            ],
        }

    def markdown(self) -> str:
        """Return the report as a page of Markdown: what is kept by section, then every finding and what it is about."""
        lines = [f"# Robustness report: {self.mechanism.short()}", "", f"`{self.mechanism}`", "", self.mechanism.summary(), ""]
        if self.mechanism.source:
            lines += [f"Source: {self.mechanism.source}.", ""]
        lines += list(self._verdict())
        for section in dict.fromkeys(finding.section for finding in self.findings):
            lines += [
                "",
                f"## {section.capitalize()}",
                "",
                EXPLAINED[section],
                "",
                f"| {' | '.join(HEADS[section])} | slack | evidence |",
            ]
            lines += ["|---|---|---|---|---|"]
            lines += [_row(finding) for finding in self.findings if finding.section == section]
            lines += _places(section)
        return "\n".join(lines) + "\n"

    def _verdict(self) -> Iterator[str]:
        """Yield a line a section: how much of it is kept, and what is broken most."""
        for section in dict.fromkeys(finding.section for finding in self.findings):
            mine = [finding for finding in self.findings if finding.section == section]
            asked = [finding for finding in mine if finding.holds is not None]
            broken = [finding for finding in asked if not finding.holds]
            counts = Counter(finding.word for finding in asked)
            line = f"- **{section.capitalize()}**: {', '.join(f'{counts[word]} {word}' for word in WORDS if counts[word])}"
            if broken:
                worst = min(broken, key=_size)
                line += f"; worst: {worst.promise}, {worst.where}"
            yield line + "." if asked else f"- **{section.capitalize()}**: {mine[0].evidence}."

    def write(self, folder: Path) -> None:
        """Write report.md, report.html, report.json and the certificates into a folder that exists."""
        (folder / "report.md").write_text(self.markdown(), encoding="utf-8")
        (folder / "report.html").write_text(html_page(self), encoding="utf-8")
        (folder / "report.json").write_text(to_json(self.document()) + "\n", encoding="utf-8")
        for name, certificate in self.certificates.items():
            (folder / f"{name}.json").write_text(to_json(certificate) + "\n", encoding="utf-8")


HEADS = {
    INCENTIVES: ("promise", "setting", "verdict"),
    MONEY: ("promise", "game", "verdict"),
    FAIRNESS: ("axiom", "game", "verdict"),
    SEARCHED: ("demand", "class of games", "verdict"),
    CERTIFIED: ("demand", "class of games", "verdict"),
    THEOREMS: ("demand or premise", "class of games or task", "verdict"),
    ATTACK: ("attack", "task", "verdict"),
}
WORDS: tuple[Word, ...] = ("proved", "refuted", "no counterexample")
EXPLAINED_WORDS = "Numbers are how much is proved / refuted / without a counterexample among what was tried."
EXPLAINED = {
    INCENTIVES: (
        "Every profile of types and reports of players who enter their data in portions, in settings that differ in what others' "
        "models do to a player. Types are how many portions players have, reports how many they enter, 0 for staying out. Slack "
        "is in units of money; negative, it is what a player gains by a lie or loses by taking part, or what is lost to all or "
        "to the platform."
    ),
    MONEY: "Whether payments add up to what the rule itself promises, with 0 to 2 copies of each party's data.",
    FAIRNESS: (
        "What each party has, its model's worth less its payment: nothing for data that adds to no coalition (F1), like parties "
        "alike (F2), more for data that adds more (F3), and nobody worse off than alone. An axiom that asks nothing of a game is "
        "left out there. A rule need not want all of these."
    ),
    SEARCHED: (
        "A search among the extreme games of a class and random ones, of 2 to the most parties, for one on which the rule breaks "
        "what is asked, along gradients from the worst of them, and, where payments are not linear, all over the class; the "
        "smallest is replayed by the command, and worked out in fractions where the rule allows it. Worths are "
        "in the order ∅, 1, 2, 12, 3, ... No counterexample is no proof. Slack is the least seen, relative to the money that "
        "moves. Promises about incentives are looked for in settings of players with types and reports, every profile of each. "
        "What models are worth is linear in all qualities there, and 1,-0.5/0,1;1,2/1,2;linear reads: party 2's model costs "
        "party 1 half its quality, both have 1 or 2 units of data, and quality is their amount."
    ),
    CERTIFIED: (
        "What is proved over all games of a class, in fractions, or attained on one. Rules linear in coalitions' worths: by "
        "how much a demand is exceeded at most, by linear programmes. Divisions with a known programme: what copies of one "
        "party's data gain at most, by branch and bound. Exploitation payments: truth and participation, also where hidden data "
        "is combined with the joint model, conditions of Theorem 3 and budget, on grids of types. Algorithm 1: chains of "
        "deviations under which no payments break even. Which rule is which, probing says. The certificates beside this report "
        "are read by `linear_check.py`, `certificate_check.py` and `exploitation_check.py`, each on its own."
    ),
    THEOREMS: (
        "Of rules that pay every identity a semivalue, as probing says: on which classes of games copies that add nothing cannot "
        "pay, by the condition of Han et al. (2022) on the weights of coalitions' sizes, and what all values sum to at most. The "
        "premises are those of the theorem, looked at in the honest market of every task; where one is not met, nothing follows."
    ),
    ATTACK: (
        "The best variant found of every attack by whoever gains most, everybody else being honest. Data are drawn anew with "
        f"seeds {', '.join(map(str, TASK_SEEDS))}, and an attacker's random numbers with {', '.join(map(str, ATTACK_SEEDS))}. "
        "Refuted means that it pays on a draw; proved, that no variant there is pays on any of these. Slack is minus what the "
        "attackers gain together on the draw where they gain most, in the unit of the task, and in brackets as a share of what "
        "the honest joint model is worth to a party there; beside it stand the mean over draws and its 95 % interval. Parties "
        "are counted from 1."
    ),
}
"""What a section is about."""


def _size(finding: Finding) -> float:
    """Return the slack, of attacks in units that are the same on all tasks."""
    known = finding.slack if finding.relative_slack is None else finding.relative_slack
    return -math.inf if known is None else known


def _places(section: str) -> list[str]:
    """Return what the settings or games of a section are, as lines of Markdown."""
    if section == INCENTIVES:
        about = [f"- {name}: sizes {list(sizes)}, {curve} curve, `{worth}`" for name, (sizes, curve, worth) in SETTINGS.items()]
        return ["", "Settings, by all that players have, the quality of pooled data, and what models are worth:", "", *about]
    if section in {MONEY, FAIRNESS}:
        about = [f"- {name}: {', '.join(f'{value:g}' for value in values)}" for name, values in GAMES.items()]
        return ["", "Games, by what the coalitions ∅, 1, 2, 12, 3, 13, 23, 123 of parties are worth:", "", *about]
    return []


def robustness_report(
    mechanism: Mechanism,
    tasks: Sequence[Task] | None = None,
    store: Store | None = None,
    search: Search | None = None,
    keep: Sequence[str] = (),
) -> RobustnessReport:
    """Audit a rule on everything that is known to this program: promises, money, fairness, and every registered attack.

    Parameters
    ----------
    mechanism
        The rule; it need not be registered.
    tasks
        What to mount attacks on; default: a formula, real data and information gain, none of which needs a network.
    store
        Where the outcomes of attacks are kept between runs; None: nowhere.
    search
        Where to look for counterexamples; of a search for one game, nothing else is in the report.
    keep
        Demands that must not be refuted, beside the rule's own promise about money.

    Raises
    ------
    ValueError
        A demand is unknown.
    ValueError
        The rule returns a settlement that cannot be carried out.

    Examples
    --------
    >>> from potluck.mechanisms import FreeSharing
    >>> from potluck.models import CoalitionValues
    >>> report = robustness_report(FreeSharing(), [CoalitionValues([0, 0.7, 0.7, 1])])
    >>> [finding.promise for finding in report.findings if finding.section == "fairness" and not finding.holds][:1]
    ['F3 strict desirability']
    """
    (report,) = robustness_reports([mechanism], tasks, store, search, keep)
    return report


def robustness_reports(
    mechanisms: Sequence[Mechanism],
    tasks: Sequence[Task] | None = None,
    store: Store | None = None,
    search: Search | None = None,
    keep: Sequence[str] = (),
) -> Iterator[RobustnessReport]:
    """Yield a report a rule, as `robustness_report` makes it; what attacked markets are worth is worked out once for all."""
    unknown = sorted(set(keep) - set(DEMANDS))
    if unknown:
        raise ValueError(f"keep = {unknown[0]!r}: it must be one of {', '.join(DEMANDS)}")
    chosen = [TASKS.build(text) for text in TASKS_TO_ATTACK] if tasks is None else list(tasks)
    searched = search or Search()
    attacks = [cls() for cls in ATTACKS] if not searched.replays else []
    cells = attack_cells(chosen, mechanisms, attacks, store=store, task_seeds=TASK_SEEDS, attack_seeds=ATTACK_SEEDS)
    attacked = [tuple(attacks_of([cell for cell in cells if cell.mechanism is mechanism])) for mechanism in mechanisms]
    jobs = [(mechanism, chosen, mine, searched, keep) for mechanism, mine in zip(mechanisms, attacked, strict=True)]
    if len(jobs) < WORTH_A_POOL or (os.cpu_count() or 1) == 1:
        yield from (_report(*job) for job in (track(jobs, "rules") if len(jobs) > 1 else jobs))
        return
    import joblib

    pool = joblib.Parallel(n_jobs=os.cpu_count(), return_as="generator")
    yield from track(pool(joblib.delayed(_report)(*job) for job in jobs), "rules", len(jobs))


def _report(
    mechanism: Mechanism, tasks: Sequence[Task], attacked: Sequence[Finding], search: Search, keep: Sequence[str]
) -> RobustnessReport:
    found = tuple(counterexamples_of(mechanism, search))
    bounded = list(bounds_of(mechanism, search))
    if not search.replays:
        fixed = (*incentives_of(mechanism), *money_of(mechanism), *fairness_of(mechanism))
        bounds, theorems = (finding for finding, _, _ in bounded), theorems_of(mechanism, search, tasks)
        found = (*fixed, *found, *bounds, *theorems, *attacked)
    named = {name: document for _, name, document in bounded}
    return RobustnessReport(mechanism, found, tuple(keep), named)


def overview(reports: Sequence[RobustnessReport]) -> str:
    """Return a page of Markdown with a line a rule: whether it keeps its word, and in every section how much is what."""
    sections = list(HEADS)
    lines = ["# Every rule", "", EXPLAINED_WORDS, "", f"| rule | keeps its word | {' | '.join(sections)} |"]
    lines.append("|---" * (2 + len(sections)) + "|")
    for report in reports:
        cells = []
        for section in sections:
            counts = Counter(finding.word for finding in report.findings if finding.section == section)
            cells.append(" / ".join(str(counts[word]) for word in WORDS) if counts else "–")
        kept = "yes" if report.keeps_its_word else "**no**"
        lines.append(f"| {report.mechanism.short()} | {kept} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_reports(reports: Sequence[RobustnessReport], folder: Path, every: bool) -> None:
    """Write one report into a folder that exists; of every rule an overview, and a folder a rule."""
    if not every:
        reports[0].write(folder)
        return
    (folder / "overview.md").write_text(overview(reports), encoding="utf-8")
    for report in reports:
        place = folder / report.mechanism.name()
        place.mkdir()
        report.write(place)


def _row(finding: Finding) -> str:
    kept = {"refuted": "**refuted**", "proved": "*proved*", "not asked": "–"}.get(finding.word, finding.word)
    slack = "" if finding.slack is None else _number(finding.slack)
    if finding.relative_slack is not None:
        slack += f" ({100 * finding.relative_slack + 0.0:.1f} %)"
    return f"| {finding.promise} | {_cell_text(finding.where)} | {kept} | {slack} | {_cell_text(finding.evidence)} |"


def _number(slack: float) -> str:
    return f"{slack:.4g}" if abs(slack) > ROUND_OFF else "0"


def _cell_text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
