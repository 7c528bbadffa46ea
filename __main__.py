"""The command line: ``potluck list | run | reproduce | audit | serve | data``."""

import inspect
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from .scenarios import Scenario

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
LISTING = 400

app = typer.Typer(
    help="Collaborative machine learning as a repeated game.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data_app = typer.Typer(help="Data sets: what there is, and fetching them.", rich_markup_mode=None)
app.add_typer(data_app, name="data")

Name = Annotated[str, typer.Argument(help="Name of the scenario, as in `potluck list`.", metavar="NAME")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; lists as a,b,c.")]
Seed = Annotated[int | None, typer.Option(help="Seed of all randomness, from 0 on; default 0.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON and nothing else.")]


def _console(width: int = 160) -> Console:
    """Return the console for results; where nobody watches, lines are ``width`` characters long at most."""
    return Console(width=None if sys.stdout.isatty() else width, highlight=False)


@app.command("list")
def list_scenarios(
    name: Annotated[str | None, typer.Argument(help="Show the parameters of this scenario instead.", metavar="[NAME]")] = None,
    as_json: AsJson = False,
) -> None:
    """List the scenarios, one line each, with paper and figure; or one scenario's parameters."""
    from .scenarios import SCENARIOS
    from .scenarios.reporting import to_json

    if name is not None:
        _describe(SCENARIOS.find(name), as_json)
        return
    rows = [
        {
            "name": each.name(),
            "what": each.summary(),
            "paper": each.paper.key if each.paper else "original",
            "where": each.where,
        }
        for each in SCENARIOS
    ]
    if as_json:
        typer.echo(to_json(rows))
        return
    table = Table("scenario", "what", "paper", "where", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    _console(LISTING).print(table)


def _describe(scenario: "type[Scenario]", as_json: bool) -> None:
    from .scenarios.reporting import to_json

    defaults = scenario().model_dump(mode="json")
    if as_json:
        typer.echo(to_json({"scenario": scenario.name(), "parameters": defaults}))
        return
    typer.echo(inspect.getdoc(scenario))
    table = Table("parameter", "default", box=None, pad_edge=False)
    for parameter, default in defaults.items():
        table.add_row(parameter, escape(",".join(map(str, default)) if isinstance(default, list) else str(default)))
    console = _console(LISTING)
    console.print()
    console.print(table)


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
    from .progress import watched
    from .scenarios.from_text import build_scenario
    from .scenarios.reporting import next_folder, result_folder, show_result, to_json, write_result

    values = _settings(settings or [])
    chosen_seed = _seed(values.pop("seed", None), seed)
    scenario = build_scenario(name, values)
    folder = out or next_folder(Path("results") / scenario.name())
    with result_folder(folder, overwrite) as draft:
        with watched(Console(stderr=True)):
            result = scenario.run(chosen_seed)
        write_result(result, draft)
    if as_json:
        typer.echo(to_json(result.document()))
    else:
        console = _console()
        show_result(result, console)
        console.print(f"written to {folder}")
    return DONE if result.passed else CHECK_FAILED


@app.command()
def reproduce(
    out: Annotated[Path, typer.Option(help="Folder for the report and every scenario's result.")],
    paper: Annotated[str | None, typer.Option(metavar="KEY", help="Only this paper, as in `potluck list`.")] = None,
    seed: Seed = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the results in an existing folder.")] = False,
) -> int:
    """Run every scenario of the papers with its defaults; write report.md and checks.csv, paper beside measured."""
    from .progress import watched
    from .scenarios.reporting import checks_table, result_folder
    from .scenarios.reproduction import reproduce_papers

    with result_folder(out, overwrite) as draft, watched(Console(stderr=True)):
        results = reproduce_papers(draft, paper, seed or 0)
    console = _console()
    for result in results:
        console.print(f"[bold]{result.scenario.name()}[/bold]")
        console.print(checks_table(result.checks))
    console.print(f"written to {out}")
    return DONE if all(result.passed for result in results) else CHECK_FAILED


@app.command()
def audit(
    name: Annotated[str, typer.Argument(help="The market rule: a name, Name(key=value), or module:Name.", metavar="MECHANISM")],
    tasks: Annotated[list[str] | None, typer.Option("--task", help="Mount attacks on this task; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for report.md and report.json; default: print only.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the report in an existing folder.")] = False,
    as_json: AsJson = False,
) -> int:
    """Audit a market rule: incentives, money, fairness and every attack, each with slack or counterexample."""
    from .mechanisms import MECHANISMS
    from .models.tasks import TASKS
    from .progress import watched
    from .scenarios.audit_report import robustness_report
    from .scenarios.reporting import result_folder, to_json
    from .store import Store

    rule, chosen = MECHANISMS.build(name), [TASKS.build(task) for task in tasks] if tasks else None
    with ExitStack() as stack:
        draft = stack.enter_context(result_folder(out, overwrite)) if out else None
        stack.enter_context(watched(Console(stderr=True)))
        report = robustness_report(rule, chosen, Store())
        if draft:
            report.write(draft)
    typer.echo(to_json(report.document()) if as_json else report.markdown())
    if out and not as_json:
        typer.echo(f"written to {out}")
    return DONE if report.keeps_its_word else CHECK_FAILED


@app.command()
def serve(
    name: Annotated[str | None, typer.Argument(help="Name of the scenario to begin with.", metavar="[NAME]")] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 8765,
) -> None:
    """Serve the browser app on 127.0.0.1 until interrupted (needs the extra `browser`)."""
    import importlib.util

    from .browser.server import FIRST_SCENARIO, QUIET, first_scenario

    first = first_scenario(name)
    if importlib.util.find_spec("solara") is None:
        raise ValueError("the browser app needs the extra `browser`: pip install 'potluck[browser]'")
    page = Path(__file__).with_name("app.py")
    typer.echo(f"http://127.0.0.1:{port}  (Ctrl-C ends it)")
    command = [sys.executable, "-m", "solara", "run", str(page), "--host", "127.0.0.1", "--port", str(port)]
    sys.stdout.flush()
    # the server takes this process over, so that whoever ends it ends the server
    os.execve(
        sys.executable,
        [*command, "--no-open", "--production", "--no-check-version"],
        {**os.environ, **QUIET, FIRST_SCENARIO: first},
    )


@data_app.command("list")
def list_data() -> None:
    """List the data sets: which are here, which can be fetched, where they come from."""
    from .data.datasets import catalogue

    frame = catalogue()
    table = Table(*frame.columns, box=None, pad_edge=False)
    for row in frame.itertuples(index=False):
        table.add_row(*(str(value) for value in row))
    _console(LISTING).print(table)


@data_app.command("get")
def get_data(
    name: Annotated[str, typer.Argument(help="Name of the data set, as in `potluck data list`.", metavar="NAME")],
) -> None:
    """Fetch a data set into the user's cache, checking its hash; nothing is left behind if that fails."""
    from .data.downloads import fetch

    console = Console(stderr=True)
    with console.status(f"fetching {name}") as status:
        path = fetch(name, lambda step: status.update(f"{name}: {step}"))
    typer.echo(str(path))


def _settings(pairs: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise ValueError(f"--set {pair!r}: write --set key=value")
        if key.strip() in values:
            raise ValueError(f"--set {key.strip()}: given twice")
        values[key.strip()] = value.strip()
    return values


def _seed(setting: str | None, option: int | None) -> int:
    if setting is None:
        return option or 0
    if not setting.isdecimal() or (option is not None and int(setting) != option):
        raise ValueError(f"seed = {setting!r}: give one whole number from 0 on, by --seed or by --set seed=")
    return int(setting)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit status: 0 done, 1 a check failed, 2 bad input."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(args=given or ["--help"], standalone_mode=False)
    except KeyboardInterrupt:
        status = _complain("interrupted", INTERRUPTED)
    except (ValueError, OSError) as error:
        if os.environ.get("POTLUCK_DEBUG"):
            raise
        status = _complain(" ".join(str(error).split()), BAD_INPUT)
    except Exception as error:
        # typer's own errors share no public base class across its versions
        if not hasattr(error, "format_message"):
            raise
        status = _complain(" ".join(error.format_message().split()), BAD_INPUT)
    sys.exit(status or DONE)


def _complain(message: str, status: int) -> int:
    print(f"potluck: {message}", file=sys.stderr)  # noqa: T201
    return status


if __name__ == "__main__":
    main()
