"""Every scenario of the papers in one go, what a paper says beside what was measured."""

from pathlib import Path

import pandas as pd

from ..progress import track
from .reporting import write_result
from .scenario import SCENARIOS, Result


def reproduce_papers(folder: Path, paper: str | None = None, seed: int = 0) -> list[Result]:
    """Run every scenario that cites a paper with its defaults and write the results below a folder.

    Parameters
    ----------
    folder
        An existing folder; each scenario gets one of its own in it, beside ``report.md`` and ``checks.csv``.
    paper
        Key of the only paper to take; None takes all.
    seed
        The seed of every run.

    Raises
    ------
    ValueError
        No scenario cites a paper of that key.
    """
    chosen = [cls for cls in SCENARIOS if cls.paper and paper in {None, cls.paper.key}]
    if not chosen:
        known = sorted({cls.paper.key for cls in SCENARIOS if cls.paper})
        raise ValueError(f"no scenario cites a paper {paper!r}; known: {', '.join(known)}")
    results = []
    for cls in track(chosen, "scenarios"):
        result = cls().run(seed)
        place = folder / cls.name()
        place.mkdir()
        write_result(result, place)
        results.append(result)
    all_checks(results).to_csv(folder / "checks.csv", index=False, lineterminator="\n")
    (folder / "report.md").write_text(report(results), encoding="utf-8")
    return results


def all_checks(results: list[Result]) -> pd.DataFrame:
    """Return a row a check: scenario, paper's key, and what the check says."""
    rows = [
        {
            "scenario": result.scenario.name(),
            "cites": result.scenario.paper.key if result.scenario.paper else "",
            **vars(check),
        }
        for result in results
        for check in result.checks
    ]
    return pd.DataFrame(rows)


def report(results: list[Result]) -> str:
    """Return the report as Markdown: a section a scenario, its checks as a table, its figures."""
    parts = ["# Paper beside measured\n"]
    for result in results:
        scenario = result.scenario
        parts.append(f"## {scenario.name()}\n\n{scenario.summary()}\n\nSource: {scenario.paper} {scenario.where}\n")
        parts.append("| | check | paper | measured | tolerance | note |\n|-|-|-|-|-|-|")
        for check in result.checks:
            cells = (
                check.name,
                check.paper,
                check.measured,
                "" if check.tolerance is None else check.tolerance,
                check.note,
            )
            parts.append(
                f"| {'✓' if check.passed else '✗'} | " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
            )
        parts.extend(f"\n![{name}]({scenario.name()}/{name}.png)" for name in result.figures)
        parts.append("")
    return "\n".join(parts)
