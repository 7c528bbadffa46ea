"""The report of a reproduction as one HTML page, images inside: verdicts by paper, then each figure beside what is said of it."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from ..papers import Paper
from ..store import Run
from ..verdicts import Origin, Outcome, by_paper
from .scenario import Scenario, Size

ORIGINS = get_args(Origin)
STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; }
body { max-width: 76rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 3rem; border-bottom: 2px solid #1b1b1b; } h3 { margin: 2.5rem 0 .25rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
.counts td:not(:first-child), .counts th { text-align: center; } .counts tr:last-child { font-weight: 600; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.5rem; align-items: start; }
.beside.alone { grid-template-columns: minmax(0, 1fr); }
.beside > div { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; }
@media (max-width: 60rem) {
  .beside { grid-template-columns: minmax(0, 1fr); } .beside > div { position: static; max-height: none; }
}
@media print { .beside > div { position: static; max-height: none; overflow: visible; } }
img { width: 100%; height: auto; border: 1px solid #ddd; }
figure { margin: 0 0 1rem; } figcaption, .small { font-size: .85rem; color: #555; }
ul.verdicts, ol.wrong { padding: 0; list-style: none; } ol.wrong { max-width: 50rem; }
li { margin: 0 0 .9rem; padding-left: .8rem; border-left: 4px solid #a6167a; overflow-wrap: anywhere; }
ul.verdicts li { font-size: .92rem; }
li.reproduced { border-color: #00734f !important; } li.refuted { border-color: #a6167a !important; }
li.undecided { border-color: #8a6500 !important; } .mark { font-weight: 600; }
.reproduced .mark { color: #00734f; } .refuted .mark { color: #a6167a; } .undecided .mark { color: #8a6500; }
.off { background: #ffe1d6; padding: 0 .3rem; } details { margin: .5rem 0; } code { font-size: .85rem; overflow-wrap: anywhere; }
"""


def page(runs: Sequence[Run], verdicts: pd.DataFrame, folder: Path, size: Size, classes: Mapping[str, type[Scenario]]) -> str:
    """Return the page.

    Parameters
    ----------
    runs
        All runs of the reproduction; those of the first seed have their figures in ``folder``.
    verdicts
        What came of every claim, over seeds, as `all_checks` returns it.
    folder
        Where a folder a scenario is, with figures.
    size
        In which size scenarios were run.
    classes
        The scenarios by name.
    """
    shown = [run for run in runs if run.seed == min(each.seed for each in runs)]
    papers = {paper.key: paper for run in shown if (paper := classes[run.scenario].paper)}
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Paper beside measured</title>",
        f'<meta name=viewport content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>',
        "<h1>Paper beside measured</h1>",
        _overview(runs, verdicts, size),
        _counts(verdicts, papers),
        _surprises(runs, verdicts),
        _wrong(verdicts, papers),
    ]
    for key, paper in papers.items():
        parts.append(f"<h2 id={key}>{escape(paper.title)}</h2><p>{escape(str(paper))}</p>")
        mine = [run for run in shown if classes[run.scenario].paper is paper]
        parts += [_section(run, classes[run.scenario], _of(verdicts, "scenario", run.scenario), folder) for run in mine]
    return "\n".join([*parts, "</body></html>", ""])


def _of(verdicts: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    return verdicts[verdicts[column] == value] if len(verdicts) else verdicts


def _rows(verdicts: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in verdicts.to_dict("records")]


def _overview(runs: Sequence[Run], verdicts: pd.DataFrame, size: Size) -> str:
    seeds = sorted({run.seed for run in runs})
    done = next((run for run in runs if run.status == "done"), None)
    versions = ", ".join(f"{name} {number}" for name, number in (done.document["versions"] if done else {}).items())
    said = "seed " + str(seeds[0]) if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    return (
        f"<p>{len({run.scenario for run in runs})} scenarios in {size} size with {said}, {len(runs)} runs, "
        f"{sum(run.seconds for run in runs) / 60:.1f} minutes of runs added up; {len(verdicts)} verdicts. "
        "A claim is <b>reproduced</b>, <b>refuted</b> by a counterexample, or <b>undecided</b> here; one that is not the same "
        f"with every seed is undecided.</p><p class=small>{escape(versions)}; program {escape(done.code if done else '')}</p>"
    )


def _counts(verdicts: pd.DataFrame, papers: dict[str, Paper]) -> str:
    """Return the table of verdicts: a row a paper, a column an origin and outcome."""
    outcomes = [outcome.value for outcome in Outcome]
    head = "".join(f"<th colspan={len(outcomes)}>{origin}</th>" for origin in ORIGINS)
    below = "".join(f"<th>{outcome}</th>" for _ in ORIGINS for outcome in outcomes)
    counted = by_paper(_rows(verdicts))
    none = {origin: dict.fromkeys(outcomes, 0) for origin in ORIGINS}
    lines, total = [], np.zeros(len(ORIGINS) * len(outcomes), dtype=int)
    for key, paper in papers.items():
        found = [counted.get(key, none)[origin][outcome] for origin in ORIGINS for outcome in outcomes]
        total += found
        lines.append(_row_of(paper.title, found))
    lines.append(_row_of("all", total.tolist()))
    return (
        "<h2>Verdicts by paper</h2><table class=counts><thead>"
        f"<tr><th rowspan=2></th>{head}</tr><tr>{below}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _row_of(name: str, counts: Sequence[int]) -> str:
    return f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{count or '·'}</td>" for count in counts) + "</tr>"


def _surprises(runs: Sequence[Run], verdicts: pd.DataFrame) -> str:
    """Return what is not as it is known to be: runs without a result, verdicts that are not the expected ones."""
    lost = [
        f"<li>{escape(run.scenario)}, seed {run.seed}: {run.status}: {escape(run.error)}</li>"
        for run in runs
        if run.status != "done"
    ]
    off = _rows(verdicts[~verdicts["as_expected"].astype(bool)]) if len(verdicts) else []
    if not lost and not off:
        return "<p>Every scenario ran to its end, and every verdict is the one that is known to be right.</p>"
    items = "".join(f"<li>{escape(each['scenario'])}: {_verdict_text(each)}</li>" for each in off)
    return f"<h2>Not as expected</h2><ul class=verdicts>{''.join(lost)}{items}</ul>"


def _wrong(verdicts: pd.DataFrame, papers: dict[str, Paper]) -> str:
    """Return what papers print that does not hold, in words, from the verdicts that refute it."""
    parts = ["<h2>What the papers got wrong</h2>"]
    for key, paper in papers.items():
        rows = _of(verdicts, "cites", key)
        rows = rows[(rows["origin"] == "printed") & (rows["outcome"] == "refuted")] if len(rows) else rows
        parts.append(f"<h3>{escape(paper.title)}</h3>")
        items = [
            f"<li><b>{escape(_sentence(row['name']))}</b> <span class=small>{escape(_text(row['where']))}</span><br>"
            f"The paper says: {escape(_said(row['claim'], 'printed:'))} Found: {escape(_said(row['found'], 'corrected:'))}"
            + (f"<br>{escape(_sentence(row['note']))}" if _text(row["note"]) else "")
            + "</li>"
            for row in _rows(rows)
        ]
        parts.append(f"<ol class=wrong>{''.join(items)}</ol>" if items else "<p>Nothing printed was refuted.</p>")
    return "".join(parts)


def _section(run: Run, cls: type[Scenario], verdicts: pd.DataFrame, folder: Path) -> str:
    head = f"<h3 id={escape(run.scenario)}>{escape(cls.where or run.scenario)}</h3>"
    head += f"<p>{escape(cls.summary())} <code>{escape(run.scenario)}</code></p>"
    if run.status != "done":
        return f"{head}<p class=off>Not run to its end ({run.status}): {escape(run.error)}</p>"
    pictures = "".join(_picture(folder / run.scenario / name, name) for name in run.document["figures"])
    rows = _rows(verdicts)
    said = "".join(f"<li class={row['outcome']}>{_verdict_text(row)}</li>" for row in rows)
    parameters = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(_text(value))}</code></td></tr>"
        for name, value in run.document["parameters"].items()
    )
    seeds = max((row["seeds"] for row in rows), default=1)
    drawn = f"{seeds} seed{'s' if seeds > 1 else ''} from {run.seed} on" if run.document.get("random") else "nothing random"
    return (
        f"{head}<div class='beside{'' if pictures else ' alone'}'>{f'<div>{pictures}</div>' if pictures else ''}"
        f"<ul class=verdicts>{said}</ul></div>"
        f"<details><summary class=small>parameters; {drawn}; {run.seconds:.1f} s</summary><table>{parameters}</table></details>"
    )


def _picture(path: Path, name: str) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    title = escape(name.removesuffix(".png"))
    return f'<figure><img alt="{title}" src="data:image/png;base64,{content}"><figcaption>{title}</figcaption></figure>'


def _verdict_text(row: dict[str, Any]) -> str:
    """Return a verdict as HTML: what became of it, what is claimed and where, what was found, within what bounds."""
    outcome = Outcome(row["outcome"])
    off = "" if row["as_expected"] else f" <span class=off>not as expected: {escape(row['expected'])}</span>"
    interval, tolerance = row["interval"], row["tolerance"]
    bounds = f" [{_text(interval)}]" if isinstance(interval, list) and "[" not in _text(row["found"]) else ""
    within = f" ± {_text(tolerance)}" if _text(tolerance) else ""
    note = f"<br><span class=small>{escape(_text(row['note']))}</span>" if _text(row["note"]) else ""
    return (
        f"<span class=mark>{outcome.mark} {outcome}</span>{off} <b>{escape(row['name'])}</b>"
        f"<br>{escape(row['origin'].capitalize())} <span class=small>({escape(_text(row['where']))})</span>: "
        f"{escape(_text(row['claim']))}{within}<br>Found: {escape(_text(row['found']))}{bounds}{note}"
    )


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _said(value: Any, label: str) -> str:
    return _sentence(_text(value).removeprefix(label))


def _sentence(value: Any) -> str:
    text = _text(value).strip()
    text = text[:1].upper() + text[1:] if text[:2].isalpha() and text[:2].islower() else text
    return text if not text or text[-1] in ".!?" else f"{text}."
