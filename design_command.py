"""``potluck design``: the rule of a family that loses least to copies, with what proves it."""

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from .terminal import DONE, UNEXPECTED, printing, writes_unicode

KEEPS = ("balance", "symmetry", "null-buyer", "floor", "honest-stable")
GOALS = ("replication-gain",)
LOSS = Fraction(1, 100)
CERTIFIED = ("balance", "symmetry", "null party", "nobody worse off than alone", "copies do not pay")


def design(
    keep: Annotated[
        str, typer.Option(help=f"What the rule must keep, by commas: {', '.join(KEEPS)}; the first two it always does.")
    ] = "balance,symmetry,floor",
    minimise: Annotated[str, typer.Option(help="What is to be least in the worst game: replication-gain.")] = GOALS[0],
    games: Annotated[str, typer.Option("--class", help="Class of games: monotone, submodular, supermodular.")] = "monotone",
    parties: Annotated[int, typer.Option(help="Most parties, 2..4.")] = 3,
    copies: Annotated[int, typer.Option(help="Most copies of one party's data, 1..5.")] = 2,
    unearned: Annotated[
        float, typer.Option(help="The most that data which adds nothing may be given, 0..1, the joint model being worth 1.")
    ] = 0.25,
    out: Annotated[Path | None, typer.Option(help="Folder for design.json; default: print only.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in an existing folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")] = False,
) -> int:
    """Find the balanced, symmetric, linear division of which copies gain least in the worst game, and prove it."""
    from contextlib import ExitStack

    from .destination import Destination
    from .mechanisms.audits.designing import design_division
    from .scenarios.reporting import to_json

    problem = _problem(keep, minimise, games, parties, copies, unearned)
    with ExitStack() as stack:
        destination = stack.enter_context(Destination(out, overwrite)) if out else None
        started = perf_counter()
        found = design_division(problem)
        document = _document(found)
        seconds = perf_counter() - started
        if destination:
            files = {"design": document} | _certificates(found)
            texts = {f"{name}.json": to_json(each) + "\n" for name, each in files.items()}
            destination.keep(lambda place: _write(place, texts))
    with printing(str(out or "")):
        typer.echo(to_json(document, not writes_unicode()) if as_json else f"{_page(document)}\n  in {seconds:.1f} s")
    played = document["honest_play"]
    return DONE if found.weights is not None and (played is None or played["returned"] == played["runs"]) else UNEXPECTED


def _write(place: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")


def _certificates(found: Any) -> dict[str, dict[str, Any]]:
    """Return what proves the rule's demands on all monotone games, by name of the file, for `linear_check.py`."""
    from .mechanisms.audits.linear_certificates import certify_linear, linear_rule
    from .scenarios.markets.design_curve import rule_of

    if found.weights is None or found.problem.games != "monotone":
        return {}
    documents = {}
    for parties in range(2, found.problem.parties + 1):
        for copies in range(1, found.problem.copies + 1):
            if (known := linear_rule(rule_of(found), parties, copies)) is None:
                continue
            for demand in CERTIFIED if copies == 1 else CERTIFIED[-1:]:
                many = f"-{copies}-copies" if demand == CERTIFIED[-1] else ""
                name = f"{demand.replace(' ', '-')}-{parties}-parties{many}"
                documents[name] = certify_linear(known, demand).document()
    return documents


def _problem(keep: str, minimise: str, games: str, parties: int, copies: int, unearned: float) -> Any:
    from .mechanisms.audits.designing import DesignProblem

    kept = [word.strip() for word in keep.split(",") if word.strip()]
    for word in kept:
        if word not in KEEPS:
            raise ValueError(f"keep = {word!r}: it must be among {', '.join(KEEPS)}")
    if minimise not in GOALS:
        raise ValueError(f"minimise = {minimise!r}: it must be one of {', '.join(GOALS)}")
    return DesignProblem(
        parties,
        copies,
        games,  # type: ignore[arg-type]
        unearned=Fraction(0) if "null-buyer" in kept else Fraction(unearned).limit_denominator(10_000),
        floor="floor" in kept,
        stable=LOSS if "honest-stable" in kept else Fraction(0),
    )


def _document(found: Any) -> dict[str, Any]:
    from .scenarios.markets.design_curve import rule_of
    from .scenarios.markets.design_play import play_honesty

    problem = found.problem
    stable = found.weights is not None and problem.stable > 0
    played = play_honesty(rule_of(found), problem.parties, problem.copies, float(problem.margin)) if stable else None
    return {
        "rule": str(rule_of(found)) if found.weights is not None else None,
        "weights": None if found.weights is None else [[str(weight) for weight in row] for row in found.weights],
        "class": problem.games,
        "parties": problem.parties,
        "copies": problem.copies,
        "largest_gain": float(found.gain) if found.weights is not None else None,
        "no_division_below": float(found.bound),
        "rounds": found.rounds,
        "met": {name: float(bound) for name, bound in found.met.items()},
        "honest_play": None if played is None else asdict(played),
        "counterexamples": [{"broke": name, "worths": [str(worth) for worth in game]} for name, game in found.games],
    }


def _page(document: dict[str, Any]) -> str:
    about = (
        f"{document['class']} games of 2 to {document['parties']} parties, up to {document['copies']} copies, joint model worth 1"
    )
    if document["rule"] is None:
        return f"impossible on {about}: the demands contradict each other on {len(document['counterexamples'])} games"
    lines = [
        f"on {about}:",
        f"  copies gain at most {document['largest_gain']:.6g} (proved)",
        f"  under every balanced, symmetric, linear division they gain {document['no_division_below']:.6g} somewhere (proved)",
        f"  rule: {document['rule']}",
        f"  found from {len(document['counterexamples'])} counterexamples in {document['rounds']} rounds",
        "  worst of every demand, as bounds that hold on the whole class:",
    ]
    if played := document["honest_play"]:
        lines.insert(4, f"  play near honesty came back to it in {played['returned']} of {played['runs']} runs of learners")
    return "\n".join([*lines, *(f"    {name}: {bound:.6g}" for name, bound in document["met"].items())])
