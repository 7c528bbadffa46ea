"""``potluck design``: the rule of a family that loses least to copies, with what proves it."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from .terminal import DONE, UNEXPECTED, printing, writes_unicode

KEEPS = ("balance", "symmetry", "null-buyer", "floor", "honest-stable")
GOALS = ("replication-gain",)
LOSS = Fraction(1, 100)


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
        found = design_division(problem)
        document = _document(found)
        if destination:
            text = to_json(document) + "\n"
            destination.keep(lambda place: (place / "design.json").write_text(text, encoding="utf-8") and None)
    with printing(str(out or "")):
        typer.echo(to_json(document, not writes_unicode()) if as_json else _page(document))
    return DONE if found.weights is not None else UNEXPECTED


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

    problem = found.problem
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
    return "\n".join([*lines, *(f"    {name}: {bound:.6g}" for name, bound in document["met"].items())])
