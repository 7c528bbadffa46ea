"""Every scenario of the papers in one go, what a paper says beside what was measured; stopped anywhere, it goes on."""

import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..destination import Destination
from ..progress import track
from ..store import Run, Store
from ..verdicts import Outcome
from .reporting import write_result
from .scenario import SCENARIOS
from .studies.jobs import Job, code_of, record
from .studies.results import verdicts_in


def reproduce_papers(folder: Path, paper: str | None = None, seed: int = 0) -> list[Run]:
    """Run every scenario that cites a paper with its defaults and return their records; those that are there are not run again.

    Parameters
    ----------
    folder
        Where the results go; each scenario gets a folder of its own in it, beside ``report.md``, ``checks.csv`` and the store. A
        scenario that raises is recorded there, and the others go on.
    paper
        Key of the only paper to take; None takes all.
    seed
        The seed of every run.

    Raises
    ------
    ValueError
        No scenario cites a paper of that key, or the folder cannot be used.
    """
    chosen = [cls for cls in SCENARIOS if cls.paper and paper in {None, cls.paper.key}]
    if not chosen:
        known = sorted({cls.paper.key for cls in SCENARIOS if cls.paper})
        raise ValueError(f"no scenario cites a paper {paper!r}; known: {', '.join(known)}")
    with Store(folder).writing() as store:
        if store.note("seed") not in {None, str(seed)}:
            raise ValueError(f"{folder} holds a reproduction with seed {store.note('seed')}: name another folder")
        store.note("seed", str(seed))
        kept = {run.key: run for run in store.runs()}
        runs = []
        for cls in track(chosen, "scenarios"):
            job = Job.of(cls(), seed)
            place = folder / cls.name()
            run = kept.get(job.key)
            if run is None or run.status != "done" or run.code != code_of(job.scenario) or not place.exists():
                run = _played(job, place, store)
            runs.append(run)
    with Destination(folder / "summary", overwrite=True) as destination:
        destination.keep(lambda draft: _write_summary(runs, draft))
    return runs


def _played(job: Job, place: Path, store: Store) -> Run:
    """Play a scenario, show its result in its folder, then say in the store that it is done."""
    try:
        result = job.build().run(job.seed)
        run, tables = record(job, result)
        with Destination(place, overwrite=True) as destination:
            destination.keep(lambda draft: write_result(result, draft))
    except (Exception, SystemExit) as error:
        if isinstance(error, OSError):
            raise
        run, tables = job.failed("failed", f"{type(error).__name__}: {error}"[:300], traceback.format_exc()), {}
    run = replace(run, code=code_of(job.scenario))
    store.add(run, tables)
    return run


def _write_summary(runs: Sequence[Run], folder: Path) -> None:
    all_checks(runs).to_csv(folder / "checks.csv", index=False, lineterminator="\n")
    (folder / "report.md").write_text(report(runs), encoding="utf-8")


def all_checks(runs: Sequence[Run]) -> pd.DataFrame:
    """Return a row a verdict: scenario, paper's key, and what the verdict says."""
    rows = [{"scenario": run.scenario, "cites": _cites(run), **verdict} for run in runs for verdict in verdicts_in(run.document)]
    return pd.DataFrame(rows)


def _cites(run: Run) -> str:
    paper = SCENARIOS.find(run.scenario).paper
    return paper.key if paper else ""


def report(runs: Sequence[Run]) -> str:
    """Return the report as Markdown: a section a scenario, its verdicts as a table, its figures."""
    parts = ["# Paper beside measured\n"]
    for run in runs:
        cls = SCENARIOS.find(run.scenario)
        parts.append(f"## {run.scenario}\n\n{cls.summary()}\n\nSource: {cls.paper} {cls.where}\n")
        if run.status != "done":
            parts.append(f"Not run to its end: {run.error}\n")
            continue
        verdicts = verdicts_in(run.document)
        names = [name for name in (verdicts[0] if verdicts else {}) if name not in {"outcome", "expected", "as_expected"}]
        parts.append(f"| | {' | '.join(names)} |\n|-|{'-|' * len(names)}")
        for verdict in verdicts:
            cells = ("" if verdict.get(name) is None else str(verdict[name]).replace("|", "\\|") for name in names)
            outcome = Outcome(verdict["outcome"])
            unexpected = "" if verdict["as_expected"] else " (unexpected)"
            parts.append(f"| {outcome.mark} {outcome}{unexpected} | {' | '.join(cells)} |")
        parts.extend(f"\n![{name}](../{run.scenario}/{name})" for name in run.document["figures"])
        parts.append("")
    return "\n".join(parts)
