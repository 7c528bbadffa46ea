"""Results in hand: a run, a sweep or a reproduction, loaded from its folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ...store import FILE, Run, Store
from .jobs import Job, metrics_of, result_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Interval = Literal["t", "bootstrap"]
RESAMPLES = 2000


@dataclass(frozen=True, eq=False)
class Results:
    """Runs that were kept in a folder.

    Parameters
    ----------
    folder
        Where they are.
    kept
        Their records.
    """

    folder: Path
    kept: tuple[Run, ...] = field(repr=False)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row a run: key, scenario, what was varied (numbers where all values are), seed, status, seconds, error, metrics."""
        rows = [
            {"key": run.key, "scenario": run.scenario}
            | dict(run.cell)
            | {"seed": run.seed, "status": run.status, "seconds": run.seconds, "error": run.error}
            | dict(run.metrics)
            for run in self.kept
        ]
        frame = pd.DataFrame(rows)
        for name in self.varied:
            numbers = pd.to_numeric(frame[name], errors="coerce")
            if numbers.notna().all():
                frame[name] = numbers
        return frame

    @property
    def varied(self) -> list[str]:
        """Names of the parameters that differ between cells."""
        return list(dict.fromkeys(name for run in self.kept for name in run.cell))

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics."""
        return list(dict.fromkeys(name for run in self.kept for name in run.metrics))

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a verdict of every run."""
        rows = [
            {"key": run.key, "scenario": run.scenario} | dict(run.cell) | {"seed": run.seed} | verdict
            for run in self.kept
            for verdict in verdicts_in(run.document)
        ]
        return pd.DataFrame(rows)

    @property
    def tables(self) -> "Tables":
        """Tables by name, every run's rows in one frame with what was varied and the seed before them."""
        return Tables(self)

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """The parameters of every run."""
        return [run.parameters for run in self.kept]

    def figures(self, run: int = 0) -> dict[str, "Figure"]:
        """Return the figures of a run, drawn again by playing it again.

        Raises
        ------
        ValueError
            There is no run of that number.
        """
        if not 0 <= run < len(self.kept):
            raise ValueError(f"run = {run}: there are runs 0 to {len(self.kept) - 1}")
        kept = self.kept[run]
        return dict(result_of(Job(kept.scenario, kept.parameters, kept.seed)).figures)

    def summary(self, metric: str, interval: Interval = "t", level: float = 0.95) -> pd.DataFrame:
        """Return a row a cell, in order: runs, mean of a metric over seeds, its interval; nan where there is one seed.

        Raises
        ------
        ValueError
            There is no such metric, or the level is not between 0 and 1.
        """
        if metric not in self.metrics:
            raise ValueError(f"unknown metric {metric!r}; known: {', '.join(self.metrics)}")
        if not 0 < level < 1:
            raise ValueError(f"level = {level}: it must be between 0 and 1")
        done = self.runs[self.runs["status"] == "done"]
        if metric not in done:
            raise ValueError(f"no run is done that has {metric!r}")
        groups = done.groupby(self.varied, dropna=False) if self.varied else [((), done)]
        rows = []
        for key, group in groups:
            values = group[metric].dropna().to_numpy(float)
            low, high = interval_of(values, interval, level)
            cell = dict(zip(self.varied, key if isinstance(key, tuple) else (key,), strict=True))
            mean = values.mean() if len(values) else np.nan
            rows.append(cell | {"runs": len(values), "mean": mean, "low": low, "high": high})
        return pd.DataFrame(rows)

    def plot(self, metric: str, by: str | None = None, interval: Interval = "t") -> "Figure":
        """Return a picture of a metric against a parameter with its interval, or a heat map against two."""
        from .plots import plot_metric

        return plot_metric(self, metric, by, interval)

    def _repr_html_(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in self.runs["status"].value_counts().items())
        shown = self.runs.drop(columns=["key", "error"]).head(20)
        return f"<p><b>{len(self.kept)} runs</b> ({counts})</p>" + shown.to_html(index=False, border=0)


class Tables(Mapping[str, pd.DataFrame]):
    """Tables by name, read when asked for."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._store = Store(results.folder)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(dict.fromkeys(name for run in self._results.kept for name in run.tables))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, name: str) -> pd.DataFrame:
        frames = []
        for run in self._results.kept:
            if name in run.tables:
                frame = _read(self._results.folder, self._store, run, name)
                for column, value in reversed([*run.cell.items(), ("seed", run.seed)]):
                    if column not in frame:
                        frame.insert(0, column, [value] * len(frame))
                frames.append(frame)
        if not frames:
            raise KeyError(f"no table {name!r}; there are {', '.join(self)}")
        return pd.concat(frames, ignore_index=True)


def _read(folder: Path, store: Store, run: Run, name: str) -> pd.DataFrame:
    path = store.table(run.key, name)
    if path.exists():
        return pd.read_parquet(path)
    return pd.read_csv(folder / f"{name}.csv")


def verdicts_in(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the verdicts of a result document."""
    return list(document.get("checks", []))


def load(path: str | Path) -> Results:
    """Return what is in the folder of a run, a sweep or a reproduction.

    Raises
    ------
    ValueError
        There is nothing that potluck wrote, or it cannot be read.
    """
    folder = Path(path).expanduser()
    if (folder / FILE).exists():
        store = Store(folder)
        runs = tuple(store.runs())
        store.close()
        return Results(folder, runs)
    try:
        document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        names = [name.removesuffix(".csv") for name in document["tables"]]
        tables = {name: pd.read_csv(folder / f"{name}.csv") for name in names}
        job = Job(document["scenario"], document["parameters"], document["seed"])
    except FileNotFoundError:
        raise ValueError(f"{folder}: no result of a run, a sweep or a reproduction is there") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder}/result.json cannot be read: {type(error).__name__}") from error
    run = Run(
        *(job.key, job.scenario, job.parameters, job.seed, {}, "done", metrics_of(tables), document, tuple(names)),
        seconds=float(document.get("seconds", 0)),
    )
    return Results(folder, (run,))


def interval_of(values: np.ndarray, kind: Interval = "t", level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the mean of values: by Student's t, or the bootstrap's percentiles; nan for fewer than two values.

    Examples
    --------
    >>> low, high = interval_of(np.array([1.0, 2.0, 3.0]))
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    if len(values) < 2:
        return float("nan"), float("nan")
    if kind == "bootstrap":
        draws = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
        low, high = np.quantile(values[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)
    from scipy.stats import t

    half = float(t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half
