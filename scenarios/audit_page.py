"""The report of an audit as one page of HTML, with counterexamples drawn."""

from html import escape
from typing import TYPE_CHECKING

from ..pictures.lattice import MOST_DRAWN, as_svg, draw_lattice
from .drawing_style import our_style

if TYPE_CHECKING:
    from .audit_report import RobustnessReport
    from .robustness_findings import Finding

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; margin: 1em 0; font-size: 13px; }
th, td { border-bottom: 1px solid #ccc; padding: .3em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.refuted { color: #b34a00; font-weight: bold; } .proved { color: #00704f; font-weight: bold; }
figure { display: inline-block; margin: .5em; } figcaption { font-size: 12px; max-width: 26em; }
@media print { body { max-width: none; font-size: 11px; } tr { break-inside: avoid; } }
"""


def html_page(report: "RobustnessReport") -> str:
    """Return a page that stands on its own: a line a section, counterexamples drawn, then every finding."""
    sections = dict.fromkeys(finding.section for finding in report.findings)
    kept = "keeps its word" if report.keeps_its_word else "does not keep its word"
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<title>Audit of {escape(report.mechanism.short())}</title><style>{STYLE}</style></head><body>",
        f"<h1>Audit of {escape(report.mechanism.short())}</h1>",
        f"<p><code>{escape(str(report.mechanism))}</code> {kept}. {escape(report.mechanism.summary())}</p>",
        "<p><span class='proved'>Proved</span>: of all that is stated. <span class='refuted'>Refuted</span>: by one case, shown. "
        "No counterexample: among those that were tried, which is no proof.</p>",
        *_drawn(report),
    ]
    for section in sections:
        parts += [f"<h2>{escape(section.capitalize())}</h2>", "<table><tr><th>asked</th><th>of</th><th>verdict</th>"]
        parts += ["<th>slack</th><th>evidence</th></tr>"]
        parts += [_row(finding) for finding in report.findings if finding.section == section] + ["</table>"]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _drawn(report: "RobustnessReport") -> list[str]:
    shown: dict[str, Finding] = {}
    for finding in report.findings:
        if finding.word == "refuted" and 0 < len(finding.game) <= 1 << MOST_DRAWN:
            shown.setdefault(finding.promise, finding)
    if not shown:
        return []
    pictures = ["<h2>Smallest counterexamples</h2>", "<p>What coalitions are worth, from nobody to everybody.</p>"]
    with our_style():
        for promise, finding in shown.items():
            drawing = as_svg(draw_lattice(finding.game))
            pictures.append(f"<figure>{drawing}<figcaption>{escape(promise)}: {escape(finding.evidence)}</figcaption></figure>")
    return pictures


def _row(finding: "Finding") -> str:
    slack = "" if finding.slack is None else f"{finding.slack:.4g}"
    word = f"<td class='{escape(finding.word.split()[0])}'>{escape(finding.word)}</td>"
    return (
        f"<tr><td>{escape(finding.promise)}</td><td>{escape(finding.where)}</td>{word}<td>{slack}</td>"
        f"<td>{escape(finding.evidence)}</td></tr>"
    )
