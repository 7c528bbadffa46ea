"""Which parameters a metric hangs on: Sobol indices over a sweep, by SALib (extra ``sensitivity``)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..from_text import build_scenario
from .design import Cell, Variation, value_at, varied
from .results import load
from .sweeps import Plan, perform


def sobol_indices(
    name: str,
    over: Sequence[Variation],
    points: int,
    out: Path,
    settings: Mapping[str, str] | None = None,
    metric: str | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """Return a row a metric and parameter: first-order and total index, each with half the width of its 95 % interval.

    Parameters
    ----------
    name
        The scenario's name.
    over
        Parameters with ranges, at least two.
    points
        A power of two; points × (parameters + 2) runs are played, with seed 0 throughout.
    out
        The folder of the runs.
    settings
        Parameters that all runs share, as text.
    metric
        Which one; None takes all that vary.
    workers
        As in `sweep`.

    Raises
    ------
    ValueError
        SALib is not installed, a range is missing, a run failed, or no metric of that name varies.
    """
    try:
        from SALib.analyze import sobol as analysis
        from SALib.sample import sobol as sampling
    except ImportError:
        raise ValueError("sensitivity needs the extra `sensitivity`: pip install 'potluck[sensitivity]'") from None
    if len(over) < 2 or any(each.values for each in over):
        raise ValueError("give two or more --over key=low:high")
    if points & (points - 1):
        raise ValueError(f"points = {points}: give a power of two, such as {1 << (points.bit_length() - 1)}")
    base = build_scenario(name, settings or {})
    names = [each.key for each in over]
    problem = {"num_vars": len(over), "names": names, "bounds": [[0.0, 1.0]] * len(over)}
    units = sampling.sample(problem, points, calc_second_order=False, seed=0)
    rows = [{each.key: value_at(base, each, float(unit)) for each, unit in zip(over, row, strict=True)} for row in units]
    cells = {tuple(row.values()): Cell(row, varied(base, row)) for row in rows}
    plan = Plan.of(list(cells.values()), 1)
    for _ in perform(plan, out, workers):
        pass
    keys = dict(zip(cells, (job.key for job in plan.jobs), strict=True))
    runs = {run.key: run for run in load(out).kept}
    played = [runs[keys[tuple(row.values())]] for row in rows]
    failed = [run for run in played if run.status != "done"]
    if failed:
        raise ValueError(f"{len(failed)} runs came to nothing, such as: {failed[0].error}")
    found = []
    for each in [metric] if metric else sorted(set.intersection(*(set(run.metrics) for run in played))):
        values = np.array([run.metrics.get(each, np.nan) for run in played])
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            continue
        indices = analysis.analyze(problem, values, calc_second_order=False, seed=0)
        columns = {"first": "S1", "first_half_width": "S1_conf", "total": "ST", "total_half_width": "ST_conf"}
        for index, key in enumerate(names):
            found.append({"metric": each, "parameter": key} | {to: float(indices[of][index]) for to, of in columns.items()})
    if not found:
        raise ValueError(f"no metric {metric or ''} varies over these ranges".replace("  ", " "))
    return pd.DataFrame(found)
