"""What dealing data to parties brings to light: rows that come twice, and what a column is worth that gives the label away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import FloatArray
from ...data.held_rows import Holding
from ...data.leaks import OFTEN
from ...mechanisms import CoalitionalGame, shapley

if TYPE_CHECKING:
    from .supervised import SupervisedTask

MOST_PARTIES = 6
"""Shapley values with and without a column are compared for at most so many parties."""


@dataclass(frozen=True)
class WithoutColumns:
    """What columns are worth: the same task with and without them.

    Parameters
    ----------
    columns
        Those left out.
    worth, worth_without
        Of all parties' data; where parties judge for themselves, on average over judges.
    shapley, shapley_without
        Each party's Shapley value; none where there are more than 6 parties.
    """

    columns: tuple[str, ...]
    worth: float
    worth_without: float
    shapley: tuple[float, ...]
    shapley_without: tuple[float, ...]

    def __str__(self) -> str:
        values = ""
        if self.shapley:
            before, after = (", ".join(f"{value:.2f}" for value in each) for each in (self.shapley, self.shapley_without))
            values = f"; Shapley values {before}, without {after}"
        names = ", ".join(map(repr, self.columns))
        return f"all data together is worth {self.worth:.2f}, without {names} {self.worth_without:.2f}{values}"


@dataclass(frozen=True)
class DealtData:
    """What is known of a data set once it is dealt to parties.

    Parameters
    ----------
    name
        The data set.
    in_training
        Share of test rows whose inputs some training row has as well.
    contradicting
        Share of test rows whose inputs some training row has, and none of these with the same target.
    shared
        Share of training rows whose inputs a row of another party has as well.
    without
        What columns are worth that give the label away.
    """

    name: str
    in_training: float
    contradicting: float
    shared: float
    without: tuple[WithoutColumns, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"dealt": asdict(self)}

    def remarks(self) -> list[str]:
        """Return what a user should hear without asking."""
        lines = []
        if self.in_training >= OFTEN:
            against = f", {self.contradicting:.0%} with other targets only" if self.contradicting else ""
            lines.append(f"{self.in_training:.0%} of test rows have the inputs of a training row{against}")
        if self.shared >= OFTEN:
            lines.append(f"{self.shared:.0%} of training rows have the inputs of another party's row")
        return [*lines, *map(str, self.without)]


def dealt_data(task: "SupervisedTask", name: str, leaks: Sequence[str]) -> DealtData:
    """Return what is known of a task's data; ``leaks`` are columns that give the label away.

    Examples
    --------
    >>> from potluck.models.tasks import Classification
    >>> found = dealt_data(Classification(dataset="wine", parties=2), "wine", ["proline"])
    >>> found.in_training, found.shared, found.without[0].columns
    (0.0, 0.0, ('proline',))
    """
    held, tests = task.holdings(), task.validation() if task.judge == "own" else task.validation()[:1]
    owner: dict[bytes, set[int]] = {}
    targets: dict[bytes, set[Any]] = {}
    for party, rows in enumerate(held):
        for key, target in _rows(rows):
            owner.setdefault(key, set()).add(party)
            targets.setdefault(key, set()).add(target)
    tested = [row for rows in tests for row in _rows(rows)]
    shared = [len(owner[key]) > 1 for rows in held for key, _ in _rows(rows)]
    parts = [(column,) for column in leaks] + ([tuple(leaks)] if len(leaks) > 1 else [])
    return DealtData(
        name,
        float(np.mean([key in targets for key, _ in tested])),
        float(np.mean([key in targets and target not in targets[key] for key, target in tested])),
        float(np.mean(shared)),
        tuple(_without(task, columns) for columns in parts),
    )


def _rows(rows: Holding) -> list[tuple[bytes, Any]]:
    return [(row.tobytes(), target) for row, target in zip(rows.inputs, rows.targets.tolist(), strict=True)]


def _without(task: "SupervisedTask", columns: tuple[str, ...]) -> WithoutColumns:
    tasks = [task.with_parameters(drop=drop) for drop in (task.drop, (*task.drop, *columns))]
    (worth, before), (less, after) = map(_worths, tasks)
    return WithoutColumns(columns, worth, less, tuple(before.tolist()), tuple(after.tolist()))


def _worths(task: "SupervisedTask") -> tuple[float, FloatArray]:
    n = task.n_parties
    if n > MOST_PARTIES:
        return float(np.mean(task.worths(np.full((1, n), task.honest)))), np.zeros(0)
    members = np.arange(1 << n)[:, None] >> np.arange(n) & 1
    worths = task.worths(task.honest * members)
    table = worths if worths.ndim == 1 else worths.mean(axis=1)
    return float(table[-1]), shapley(CoalitionalGame(table))
