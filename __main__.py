"""The command line: ``potluck list | run | reproduce | audit | serve | data``."""

import inspect
import json
import os
import sys
import textwrap
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from . import data_commands, study_commands
from .design_command import design
from .terminal import DONE, UNEXPECTED, aside, console, folded, leave, line_length, listing, printing, writes_unicode

if TYPE_CHECKING:
    from .scenarios import Scenario

LEAST = 24
"""Room for words beside a name; where there is less they stand below it."""

LISTING = 400
LINE = 78
"""Longest line of a list where nobody watches."""


class Extent(StrEnum):
    """How large a reproduction is."""

    quick = "quick"
    full = "full"


class _Commands(TyperGroup):
    """Commands in which an interrupt that nobody sent is a crash of the code that raised it, as SystemExit is."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (EOFError, KeyboardInterrupt) as error:  # a true Ctrl-C comes as what `terminal.leave` raises
            raise RuntimeError(f"{type(error).__name__} was raised by the code that ran") from error


app = typer.Typer(
    cls=_Commands,
    help="Collaborative machine learning as a repeated game.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_commands.app, name="data")
for command in (study_commands.sweep, study_commands.results, study_commands.sensitivity, design):
    app.command()(command)

Name = Annotated[str, typer.Argument(help="Name of the scenario, as in `potluck list`.", metavar="NAME")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; lists as a,b,c.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all randomness, from 0 on; default 0.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]


@app.callback(invoke_without_command=True)
def about(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    """Collaborative machine learning as a repeated game."""
    if version:
        from . import __version__

        typer.echo(f"potluck {__version__}")
        raise typer.Exit


@app.command("list")
@printing()
def list_scenarios(
    name: Annotated[
        str | None,
        typer.Argument(help="A scenario, for its parameters; or mechanisms, tasks and so on.", metavar="[NAME]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the scenarios by paper, those that can be stepped through marked; or one scenario's parameters; or other parts."""
    from .catalogue import KINDS, registered

    if name is not None and name not in KINDS:
        from .scenarios import SCENARIOS

        _describe(SCENARIOS.find(name), as_json)
        return
    entries = registered(name or "scenarios")
    by_paper = name in {None, "scenarios"}
    if as_json:
        rows = [vars(entry) if by_paper else {"name": entry.name, "what": entry.what} for entry in entries]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=not writes_unicode()))
        return
    width = line_length(LINE)
    for paper in dict.fromkeys(entry.paper for entry in entries):
        if by_paper:
            typer.echo(paper)
        mine = [entry for entry in entries if entry.paper == paper]
        names = max(22, *(len(entry.name) for entry in mine))
        for entry in mine:
            text = f"{entry.where}: {entry.what}" if entry.where else entry.what
            name, room = f"  {entry.name:<{names}} {'*' if entry.steps else ' '}", width - names - 5
            if room < LEAST:
                typer.echo(folded(f"{name.rstrip()}\n    {text}", width))
                continue
            lines = textwrap.wrap(text, room) or [""]
            typer.echo(f"{name} {lines[0]}".rstrip())
            for line in lines[1:]:
                typer.echo(" " * (names + 5) + line)
    if by_paper:
        typer.echo(folded("* can be stepped through: potluck serve NAME", width))


def _describe(scenario: "type[Scenario]", as_json: bool) -> None:
    from rich.markup import escape

    from .scenarios.reporting import to_json

    defaults = scenario().model_dump(mode="json")
    if as_json:
        typer.echo(to_json({"scenario": scenario.name(), "parameters": defaults}, not writes_unicode()))
        return
    typer.echo(folded(inspect.getdoc(scenario) or "", line_length(LISTING)))
    table = listing("parameter", "default")
    for parameter, default in defaults.items():
        table.add_row(parameter, escape(",".join(map(str, default)) if isinstance(default, list) else str(default)))
    screen = console(LISTING)
    screen.print()
    screen.print(table)


@app.command()
def run(
    name: Name,
    settings: Settings = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; default: the next free one in results/NAME.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the results in an existing folder.")] = False,
    as_json: AsJson = False,
) -> int:
    """Run a scenario: print its tables and checks, write result.json, tables as CSV and figures as PNG."""
    from .destination import Destination
    from .progress import watched
    from .scenarios.from_text import build_scenario, settings_of
    from .scenarios.reporting import show_result, to_json, write_result

    values = settings_of(settings or [])
    chosen_seed = _seed(values.pop("seed", None), seed)
    scenario = build_scenario(name, values)
    with Destination(out, overwrite, Path("results") / scenario.name()) as destination:
        with watched(aside()):
            result = scenario.run(chosen_seed)
        folder = destination.keep(lambda place: write_result(result, place))
    with printing(str(folder)):
        if as_json:
            typer.echo(to_json(result.document(), not writes_unicode()))
        else:
            screen = console()
            show_result(result, screen)
            screen.print(f"written to {folder}", markup=False)
    return DONE if result.passed else UNEXPECTED


@app.command()
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for the report and every scenario's result; what is there is not run again.")],
    paper: Annotated[str | None, typer.Option(metavar="KEY", help="Only this paper, as in `potluck list`.")] = None,
    size: Annotated[Extent, typer.Option(help="How large: quick is minutes, full is the papers' size or more.")] = Extent.quick,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="Seeds of what is random.")] = 2,
    seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    workers: Annotated[int | None, typer.Option(min=0, max=4096, help="Processes; default: one a core; 0: none.")] = None,
) -> int:
    """Run every scenario of the papers; write report.html, one page that needs no network, and checks.csv."""
    from .progress import watched
    from .scenarios.reproduction import all_checks, reproduce_papers

    with watched(aside()):
        runs = reproduce_papers(out, paper, seed, seeds, size.value, os.cpu_count() or 1 if workers is None else workers)
    verdicts = all_checks(runs)
    well = all(run.status == "done" for run in runs)
    with printing(str(out)):
        for name in dict.fromkeys(run.scenario for run in runs):
            lost = [
                f"{run.scenario}, seed {run.seed}: {run.error}" for run in runs if run.scenario == name and run.status != "done"
            ]
            mine = verdicts[verdicts["scenario"] == name] if len(verdicts) else verdicts
            off = mine[~mine["as_expected"].astype(bool)] if len(mine) else mine
            well = well and not len(off)
            for line in lost or [f"{name}: {len(mine) - len(off)} of {len(mine)} as expected"]:
                typer.echo(line)
            for verdict in off["name"] if len(off) else ():
                typer.echo(f"  not as expected: {verdict}")
        typer.echo(f"written to {out / 'report.html'}")
    return DONE if well else UNEXPECTED


@app.command()
def audit(
    name: Annotated[
        str, typer.Argument(help="The market rule: a name, Name(key=value), module:Name, or all.", metavar="MECHANISM")
    ],
    tasks: Annotated[list[str] | None, typer.Option("--task", help="Mount attacks on this task; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.md and report.json; default: print only.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the report in an existing folder.")] = False,
    as_json: AsJson = False,
    games: Annotated[
        str, typer.Option("--class", help="Class of games: all, monotone, submodular, supermodular, harmful.")
    ] = "all",
    parties: Annotated[int, typer.Option(help="Most parties of the games that are tried, 2..8.")] = 4,
    copies: Annotated[int, typer.Option(help="Most copies or further names of one party's data, 1..8.")] = 2,
    budget: Annotated[int, typer.Option(help="How many games are tried, for each demand.")] = 60,
    keep: Annotated[list[str] | None, typer.Option(help="A demand that must not be refuted; may be repeated.")] = None,
    game: Annotated[str, typer.Option(help="Look at this game only: worths of coalitions 0, 1, 2, 12, 3, ..., by commas.")] = "",
    setting: Annotated[str, typer.Option(help="Look at this setting only: effects;types;curve, as a report writes it.")] = "",
) -> int:
    """Audit a market rule: incentives, money, fairness, counterexamples by classes of games, and every attack."""
    from .destination import Destination
    from .mechanisms import MECHANISMS
    from .mechanisms.audits.refuting import Search
    from .models.tasks import TASKS
    from .progress import watched
    from .scenarios.audit_report import overview, robustness_reports, write_reports
    from .scenarios.reporting import to_json
    from .store import Store

    every = name == "all"
    rules = [cls() for cls in MECHANISMS] if every else [MECHANISMS.build(name)]
    chosen = [TASKS.build(task) for task in tasks] if tasks else None
    search = Search.of(games, parties, copies, budget, game, setting)
    with ExitStack() as stack:
        destination = stack.enter_context(Destination(out, overwrite)) if out else None
        with watched(aside()):
            reports = list(robustness_reports(rules, chosen, Store(), search, keep or ()))
        if destination:
            destination.keep(lambda place: write_reports(reports, place, every))
    with printing(str(out or "")):
        documents = [report.document() for report in reports]
        page = overview(reports) if every else reports[0].markdown()
        typer.echo(to_json(documents if every else documents[0], not writes_unicode()) if as_json else page)
        if out and not as_json:
            typer.echo(f"written to {out}")
    return DONE if all(report.keeps_its_word for report in reports) else UNEXPECTED


@app.command()
def serve(
    name: Annotated[str | None, typer.Argument(help="Name of the scenario to begin with.", metavar="[NAME]")] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8765,
    data: Annotated[
        list[Path] | None, typer.Option(metavar="FOLDER", help="The page may read files of this folder; may be repeated.")
    ] = None,
    allow_imports: Annotated[
        bool, typer.Option("--allow-imports", help="The page may name import paths: who opens it can run any code as you.")
    ] = False,
) -> None:
    """Serve the browser app on 127.0.0.1 until interrupted (needs the extra `browser`)."""
    from .browser.server import first_scenario
    from .browser.server import serve as serve_page

    serve_page(first_scenario(name), port, data or [], allow_imports, lambda line: typer.echo(line))
    sys.stdout.flush()


def _seed(setting: str | None, option: int | None) -> int:
    from .messages import brief

    if setting is None:
        return option or 0
    if not setting.isdecimal() or len(setting) > 18 or (option is not None and int(setting) != option):
        raise ValueError(f"seed = {brief(setting)}: give one whole number from 0 to 10^18, by --seed or by --set seed=")
    return int(setting)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status: 0 done, 1 not as expected, 2 bad input, 70 a crash."""
    given = sys.argv[1:] if arguments is None else arguments
    sys.exit(leave(lambda: app(args=given or ["--help"], standalone_mode=False)))


if __name__ == "__main__":
    main()
