"""Every scenario of the papers in one go, what a paper says beside what was measured; stopped anywhere, it goes on."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ..progress import track
from ..store import Run, Store
from ..verdicts import UNDECIDED
from .reproduction_report import page
from .scenario import SCENARIOS, Size
from .studies.execution import played
from .studies.jobs import Job, code_of, play
from .studies.results import verdicts_in

REPORT, CHECKS = "report.html", "checks.csv"


def reproduce_papers(
    folder: Path, paper: str | None = None, seed: int = 0, seeds: int = 1, size: Size = "quick", workers: int = 0
) -> list[Run]:
    """Run every scenario that cites a paper and return their records; those that are there are not run again.

    Parameters
    ----------
    folder
        Where the results go: ``report.html``, ``checks.csv``, the store, and beside them a folder a scenario with the result of
        the first seed. A scenario that raises, or whose process is killed, is recorded, and the others go on.
    paper
        Key of the only paper to take; None takes all.
    seed, seeds
        The first seed, and how many: scenarios in which nothing is random are run with the first only.
    size
        ``quick``, or ``full``: as large as in the papers, or larger.
    workers
        Processes; 0 runs all in this one.

    Raises
    ------
    ValueError
        No scenario cites a paper of that key, or the folder cannot be used or holds a reproduction of another seed or size.
    """
    chosen = [cls for cls in SCENARIOS if cls.paper and paper in {None, cls.paper.key}]
    if not chosen:
        known = sorted({cls.paper.key for cls in SCENARIOS if cls.paper})
        raise ValueError(f"no scenario cites a paper {paper!r}; known: {', '.join(known)}")
    if seeds < 1 or seed < 0:
        raise ValueError(f"seeds = {seeds} from {seed}: give one or more, from 0 on")
    with Store(folder).writing() as store:
        for name, value in (("seed", str(seed)), ("size", size)):
            before = store.note(name)
            if before not in {None, value}:
                raise ValueError(f"{folder} holds a reproduction with {name} {before}: name another folder")
            store.note(name, value)
        first = [Job.of(cls.of_size(size), seed) for cls in chosen]
        kept = _performed(first, folder, store, workers, shown=True)
        random = [job for job in first if kept[job.key].document.get("random")]
        more = [replace(job, seed=seed + step) for step in range(1, seeds) for job in random]
        kept |= _performed(more, folder, store, workers)
    runs = [kept[job.key] for job in [*first, *more]]
    verdicts = all_checks(runs)
    _put(folder / CHECKS, verdicts.to_csv(index=False, lineterminator="\n"))
    _put(folder / REPORT, page(runs, verdicts, folder, size, {cls.name(): cls for cls in chosen}))
    return runs


def _performed(jobs: Sequence[Job], folder: Path, store: Store, workers: int, shown: bool = False) -> dict[str, Run]:
    """Return the records of runs by their keys, those that a store lacks being played first."""
    known = {run.key: run for run in store.runs()}
    kept = {job.key: known[job.key] for job in jobs if job.key in known and known[job.key].status == "done"}
    changed = [key for key, run in kept.items() if run.code != code_of(run.scenario)]
    if changed:
        warnings.warn(f"{folder}: {len(changed)} runs there were made by other code or versions: run again", stacklevel=3)
    usable = {key for key, run in kept.items() if key not in changed and (not shown or (folder / run.scenario).exists())}
    todo = [job for job in jobs if job.key not in usable]
    for run, tables in track(
        played(todo, workers, function=partial(play, into=folder if shown else None)), "scenarios", len(todo)
    ):
        kept[run.key] = replace(run, code=code_of(run.scenario))
        store.add(kept[run.key], tables)
    return kept


def _put(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def all_checks(runs: Sequence[Run]) -> pd.DataFrame:
    """Return a row a verdict: scenario, paper's key, number of seeds, and what the verdict says.

    A verdict that is not the same with every seed is undecided, and its note says with which seed it is what.
    """
    rows: dict[tuple[str, str, int], dict[int, dict[str, Any]]] = {}
    for run in runs:
        names: list[str] = []
        for verdict in verdicts_in(run.document):
            names.append(verdict["name"])  # several may have one name
            rows.setdefault((run.scenario, verdict["name"], names.count(verdict["name"])), {})[run.seed] = verdict
    return pd.DataFrame([_over_seeds(scenario, found) for (scenario, _, _), found in rows.items()])


def _over_seeds(scenario: str, found: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    verdict = dict(next(iter(found.values())))
    outcomes = {seed: each["outcome"] for seed, each in found.items()}
    if len(set(outcomes.values())) > 1:
        said = "; ".join(
            f"{outcome} with {', '.join(str(seed) for seed, each in outcomes.items() if each == outcome)}"
            for outcome in dict.fromkeys(outcomes.values())
        )
        verdict["note"] = f"changes with the seed: {said}. {verdict['note']}".strip()
        verdict["outcome"] = UNDECIDED.value
        verdict["as_expected"] = verdict["expected"] == UNDECIDED.value
    return {"scenario": scenario, "cites": cited(scenario), "seeds": len(found), **verdict}


def cited(scenario: str) -> str:
    """Return the key of the paper that a scenario cites."""
    paper = SCENARIOS.find(scenario).paper
    return paper.key if paper else ""
