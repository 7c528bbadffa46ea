"""Commands about many runs: ``potluck sweep | results | sensitivity``."""

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import DONE, UNEXPECTED, aside, console, printing

if TYPE_CHECKING:
    from .scenarios.studies.results import Results


class Design(StrEnum):
    """How points are chosen."""

    grid = "grid"
    latin = "latin"
    sobol = "sobol"


class Changed(StrEnum):
    """What is done about runs of other code."""

    refuse = "refuse"
    redo = "redo"
    keep = "keep"


class Kind(StrEnum):
    """How an interval is made."""

    t = "t"
    bootstrap = "bootstrap"


_TOML = {"scenario", "over", "set", "seeds", "first-seed", "design", "points", "workers", "scheduler", "limit", "out"}

Folder = Annotated[Path, typer.Argument(help="The folder of a run, a sweep or a reproduction.", metavar="DIR")]


def sweep(
    name: Annotated[str, typer.Argument(help="Name of the scenario, or a TOML file that says it all.", metavar="NAME")],
    over: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUES", help="Vary a parameter: a,b,c or low:high:count; may be repeated.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter of all runs.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, max=10_000_000, help="Seeds of every cell; default 1.")] = None,
    first_seed: Annotated[int | None, typer.Option(min=0, help="The first seed; default 0.")] = None,
    design: Annotated[Design | None, typer.Option(help="Which cells: all combinations, or points over ranges low:high.")] = None,
    points: Annotated[int | None, typer.Option(min=2, help="Points of a design that is not a grid; default 64.")] = None,
    workers: Annotated[int | None, typer.Option(min=0, max=4096, help="Processes; default: one a core; 0: none.")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Play at this scheduler of `distributed`.")] = None,
    limit: Annotated[float | None, typer.Option(min=0.001, max=1e8, help="Seconds that a run may take.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Play runs again that came to nothing.")] = False,
    changed: Annotated[Changed, typer.Option(help="What to do about runs there that other code made.")] = Changed.refuse,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many runs it is and about how long; play one.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the sweep; what is there is not played again.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Picture of a metric with bands: .png, .pdf or .svg.")] = None,
    metric: Annotated[str | None, typer.Option(help="Which metric is drawn, table.column; default: the first.")] = None,
) -> int:
    """Run a scenario over many parameters and seeds; stopped anywhere, the same command goes on."""
    from .progress import watched
    from .scenarios.from_text import settings_of
    from .scenarios.studies import cells_of, parse_variation
    from .scenarios.studies.results import load
    from .scenarios.studies.sweeps import Plan, perform

    given: dict[str, Any] = {
        "scenario": name,
        "over": over or None,
        "seeds": seeds,
        "first-seed": first_seed,
        "design": design and design.value,
        "points": points,
        "workers": workers,
        "scheduler": scheduler,
        "limit": limit,
        "out": out,
    }
    chosen = _from_toml(Path(name), given, settings) if name.endswith(".toml") else given | {"set": settings_of(settings or [])}
    if chosen.get("out") is None and not dry_run:
        raise ValueError("--out: name the folder of the sweep")
    _picture_name(plot)
    variations = [parse_variation(text) for text in chosen.get("over") or []]
    cells = cells_of(chosen["scenario"], variations, chosen["set"], chosen.get("design") or "grid", chosen.get("points") or 64)
    plan = Plan.of(cells, chosen.get("seeds") or 1, chosen.get("first-seed") or 0, chosen.get("limit"))
    said = f"{plan.cells} cells × {plan.seeds} seeds = {len(plan.jobs)} runs"
    if dry_run:
        seconds = plan.seconds_a_run()
        typer.echo(f"{said}, about {_duration(seconds * len(plan.jobs))} of one core ({seconds:.2g} s a run)")
        return DONE
    folder, started, ended = Path(chosen["out"]), time.monotonic(), {"done": 0}
    with watched(aside()):
        for run in perform(plan, folder, chosen.get("workers"), chosen.get("scheduler"), retry_failed, changed.value):
            ended[run.status] = ended.get(run.status, 0) + 1
    found = load(folder)
    lost = found.runs["status"].ne("done").sum()
    with printing(str(folder)):
        typer.echo(f"{said}; {sum(ended.values())} played now in {_duration(time.monotonic() - started)}")
        if lost:
            typer.echo(f"{lost} came to nothing, such as: {found.runs.loc[found.runs['status'] != 'done', 'error'].iloc[0]}")
        typer.echo(f"kept in {folder}; `potluck results {folder}` shows them")
    if plot:
        found.plot(metric or next(iter(found.metrics), "")).savefig(plot, dpi=150)
    return UNEXPECTED if lost else DONE


def _from_toml(path: Path, given: dict[str, Any], settings: list[str] | None) -> dict[str, Any]:
    """Return what a file asks for, with what is given beside it on top."""
    import tomllib

    from .scenarios.from_text import settings_of, to_text

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from error
    unknown = sorted(set(document) - _TOML)
    if unknown or not isinstance(document.get("scenario"), str):
        raise ValueError(
            f"{path}: "
            + (f"unknown {unknown[0]!r}; allowed: " if unknown else "scenario is missing; allowed: ")
            + ", ".join(sorted(_TOML))
        )
    for table in ("over", "set"):
        if not isinstance(document.get(table, {}), dict):
            raise ValueError(f"{path}: [{table}] holds key = value")
    varied = [f"{key}={to_text(value)}" for key, value in _flat(document.pop("over", {}))]
    shared = {key: to_text(value) for key, value in document.pop("set", {}).items()} | settings_of(settings or [])
    on_top = {key: value for key, value in given.items() if value is not None and key != "scenario"}
    for key, kind in (
        ("seeds", int),
        ("first-seed", int),
        ("points", int),
        ("workers", int),
        ("limit", (int, float)),
        ("out", str),
    ):
        if key in document and (not isinstance(document[key], kind) or isinstance(document[key], bool)):
            raise ValueError(f"{path}: {key} = {document[key]!r} is of the wrong kind")
    if document.get("design", "grid") not in set(Design):
        raise ValueError(f"{path}: design = {document['design']!r}: one of {', '.join(Design)}")
    return {"over": varied, "set": shared} | document | on_top


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    return [
        pair
        for key, value in table.items()
        for pair in (_flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)])
    ]


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} seconds"


def results(
    folder: Folder,
    metric: Annotated[list[str] | None, typer.Option(help="Show these metrics, table.column; default: a few.")] = None,
    interval: Annotated[Kind, typer.Option(help="Interval of means over seeds.")] = Kind.t,
    export: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a row a run as .csv or .parquet.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Picture of the first metric: .png, .pdf or .svg.")] = None,
    by: Annotated[str | None, typer.Option(metavar="KEY", help="The parameter along the picture's axis.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON and nothing else.")] = False,
) -> int:
    """Show what is kept in a folder: how runs ended, and means of metrics over seeds with intervals."""
    from .scenarios.reporting import fitting, to_json
    from .scenarios.studies.results import load

    found = load(folder)
    if not found.kept:
        raise ValueError(f"{folder} holds no runs yet")
    chosen = metric or found.metrics[:4]
    if (plot or metric) and not chosen:
        raise ValueError(f"{folder}: its runs have no metrics")
    summaries = {name: found.summary(name, interval.value) for name in chosen}
    if export:
        _export(found, export)
    _picture_name(plot)
    if plot:
        found.plot(chosen[0], by, interval.value).savefig(plot, dpi=150)
    with printing(str(folder)):
        if as_json:
            typer.echo(to_json({name: table.to_dict("records") for name, table in summaries.items()}, ascii_only=True))
            return DONE
        counts = ", ".join(f"{count} {status}" for status, count in found.runs["status"].value_counts().items())
        typer.echo(f"{found.kept[0].scenario}: {len(found.kept)} runs ({counts})")
        screen = console()
        for name, table in summaries.items():
            screen.print(*fitting(name, table, screen.width))
        if len(found.metrics) > len(chosen):
            typer.echo(f"more metrics: {', '.join(name for name in found.metrics if name not in chosen)}")
        for path in (export, plot):
            if path:
                typer.echo(f"written to {path}")
    return DONE


def _picture_name(path: Path | None) -> None:
    if path and path.suffix not in {".png", ".pdf", ".svg"}:
        raise ValueError(f"--plot {path}: the name ends in .png, .pdf or .svg")


def _export(found: "Results", path: Path) -> None:
    if path.suffix == ".csv":
        found.runs.to_csv(path, index=False, lineterminator="\n")
    elif path.suffix == ".parquet":
        found.runs.to_parquet(path, index=False)
    else:
        raise ValueError(f"--export {path}: the name ends in .csv or .parquet")


def sensitivity(
    name: Annotated[str, typer.Argument(help="Name of the scenario.", metavar="NAME")],
    over: Annotated[list[str], typer.Option(metavar="KEY=LOW:HIGH", help="A parameter and its range; may be repeated.")],
    metric: Annotated[str | None, typer.Option(help="Which metric, table.column; default: all, in a few columns.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter of all runs.")] = None,
    points: Annotated[int, typer.Option(min=4, max=1 << 20, help="Base points, a power of two.")] = 64,
    workers: Annotated[int | None, typer.Option(min=0, max=4096, help="Processes; default: one a core.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the runs; what is there is not played again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the indices as JSON and nothing else.")] = False,
) -> int:
    """Say how much of a metric's variance each parameter explains: first-order and total Sobol indices with intervals."""
    from .progress import watched
    from .scenarios.from_text import settings_of
    from .scenarios.reporting import fitting, to_json
    from .scenarios.studies import parse_variation
    from .scenarios.studies.sensitivity import sobol_indices

    if out is None:
        raise ValueError("--out: name the folder of the runs")
    variations = [parse_variation(text) for text in over]
    with watched(aside()):
        table = sobol_indices(name, variations, points, out, settings_of(settings or []), metric, workers)
    with printing(str(out)):
        if as_json:
            typer.echo(to_json(table.to_dict("records"), ascii_only=True))
        else:
            screen = console()
            screen.print(*fitting(f"{name}: Sobol indices, 95 % intervals", table, screen.width))
    return DONE
