"""Every rule under every attack."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from pydantic import Field

from ...attacks import ATTACKS, Attack, AttackSpec, Replicate, Withhold
from ...components import Seed
from ...mechanisms import MECHANISMS, Mechanism, MechanismSpec, ReplicationRobustDivision, ShapleyDivision
from ...models.tasks import TASKS, Classification, TaskSpec
from ...papers import MARKETS
from ...pictures import figures
from ...store import Store
from ...verdicts import REFUTED, REPRODUCED, Verdict, derived, printed
from ..scenario import SCENARIOS, Findings, Scenario
from . import table_columns
from .attack_cells import Cell, attack_cells

DEFAULT_TASKS = (
    "QualityCurve",
    "Classification",
    "Classification(dataset=wine, parties=3, judge=own)",
    "GaussianProcessRegression(rows=60)",
)
"""A formula, real data judged by all and by each party, and information gain."""

Seeds: TypeAlias = Annotated[tuple[Seed, ...], Field(min_length=1, max_length=100)]

MARKS = {"proved": "✓", "no counterexample": "○", "not asked": "–"}
LEGEND = (
    "number, bold: refuted, the best variant gains this much (1: what the honest joint model is worth to a party)\n"
    "✓ proved: no variant there is pays    ○ no counterexample: none that was tried pays    – not asked: cannot be expressed"
)


@SCENARIOS.register
class AttackMatrix(Scenario):
    """What every attack gains under every market rule, on several tasks.

    A cell is the best variant of the attack, by whichever party gains most: what the attackers have together beyond their
    honest payoffs, everybody else being honest. The rule sees accounts, and nothing says who owns which. Attacks, rules and tasks
    are those that are registered; where a task or a rule cannot express an attack, the note says why.

    Parameters
    ----------
    tasks
        What data is worth. The default runs without a network; ``Classification(dataset=preterm-clinics, split=BySite)`` is real
        clinics' data, once it has been fetched with ``potluck data get preterm-clinics``.
    mechanisms, attacks
        Which rules and attacks; none: all that are registered. Parameters of an attack that are not at their defaults stay;
        the others are searched.
    responding
        Whether honest parties respond, by staying out where that is better for them, before gains are counted.
    task_seeds, attack_seeds
        Seeds of data and of attackers' random numbers, each with each, for tasks and attacks that have one: a cell shows the draw
        on which the attack gains most, and its table the mean over draws with an interval.
    cells
        ``resume``: cells are kept in the user's cache, and those that are there are not computed again. ``afresh``: they are
        computed again, and replaced. ``unkept``: the cache is not used.
    """

    source = MARKETS.at("Section 3.1 (replication); the other attacks original")
    paper = MARKETS
    where = "Section 3.1 (robustness, to every attack)"
    declared_tables = table_columns.ATTACK_MATRIX
    quick_parameters = {"task_seeds": (0,), "attack_seeds": (0,)}
    fresh_parameters: ClassVar[Mapping[str, Any]] = {"cells": "unkept"}
    example_parameters = {
        "tasks": ("CoalitionValues",),
        "mechanisms": ("ShapleyDivision", "FreeSharing"),
        "attacks": ("Replicate", "GarbleLabels"),
        "cells": "unkept",
        "task_seeds": (0,),
        "attack_seeds": (0,),
    }

    tasks: tuple[TaskSpec, ...] = Field(default_factory=lambda: tuple(map(TASKS.build, DEFAULT_TASKS)), min_length=1)
    mechanisms: tuple[MechanismSpec, ...] | None = None
    attacks: tuple[AttackSpec, ...] | None = None
    responding: bool = False
    task_seeds: Seeds = (0, 1, 2)
    attack_seeds: Seeds = (0, 1)
    cells: Literal["resume", "afresh", "unkept"] = "resume"

    def play(self, rng: np.random.Generator) -> Findings:
        """Search for the best attacks; nothing is random beyond the seeds of tasks and attacks, which are parameters."""
        store = None if self.cells == "unkept" else Store()
        seeds = {"task_seeds": self.task_seeds, "attack_seeds": self.attack_seeds}
        afresh = self.cells == "afresh"
        cells = attack_cells(self.tasks, self._rules(), self._attacks(), self.responding, store, afresh, **seeds)
        return Findings({"attack-matrix": table_of(cells)}, self._claims(cells), draw(cells))

    def _rules(self) -> Sequence[Mechanism]:
        return [cls() for cls in MECHANISMS] if self.mechanisms is None else self.mechanisms

    def _attacks(self) -> Sequence[Attack]:
        return [cls() for cls in ATTACKS] if self.attacks is None else self.attacks

    def _claims(self, cells: Sequence[Cell]) -> list[Verdict]:
        broken = [cell for cell in cells if not cell.money]
        said = [cell for cell in cells if math.isfinite(cell.gain) or cell.note]
        checks = [
            Verdict.statement(
                "money adds up",
                derived("what each rule promises of its payments"),
                "payments sum to what each rule promises, whatever is entered",
                f"{len(cells) - len(broken)} of {len(cells)} cells",
                not broken,
                "; ".join(f"{cell.mechanism.short()}, {cell.attack.name()}, {cell.task.name()}" for cell in broken[:3]),
            ),
            Verdict.statement(
                "every cell has a gain or a reason",
                derived("a cell without a gain says why"),
                "all",
                f"{len(said)} of {len(cells)}",
                len(said) == len(cells),
            ),
        ]
        copying = [
            cell for cell in cells if cell.mechanism == ShapleyDivision() and isinstance(cell.attack, Replicate) and cell.best
        ]
        if copying:
            checks.append(
                Verdict.statement(
                    "plain Shapley division: copying pays",
                    printed("Section 2"),
                    "Shapley values are not robust to replication (Section 2)",
                    max(cell.gain for cell in copying),
                    any(cell.pays for cell in copying),
                    f"on {sum(cell.pays for cell in copying)} of {len(copying)} tasks",
                )
            )
        return [*checks, *_best_data(cells)]


def _best_data(cells: Sequence[Cell]) -> list[Verdict]:
    """Hold what withholding data gains under the paper's rule against its claim that the best data are provided."""
    mine = [cell for cell in cells if cell.mechanism == ReplicationRobustDivision() and isinstance(cell.attack, Withhold)]
    gains = [cell for cell in mine if math.isfinite(cell.gain)]
    if not gains:
        return []
    most = max(gains, key=lambda cell: cell.relative_gain)
    return [
        Verdict.statement(
            "the paper's division incentivises parties to provide their best training data",
            printed("Section 3.1, Incentives: training data"),
            "payments incentivise party i to provide its best X_i",
            f"{most.relative_gain:+.3f} of the honest joint model's worth from withholding on {most.task.name()}",
            not most.pays,
            f"{most.who} gains by {most.best.short() if most.best else ''}"
            if most.pays
            else "withholding pays nobody on these tasks",
            expected=REFUTED if any(isinstance(cell.task, Classification) for cell in gains) else REPRODUCED,
        )
    ]


def table_of(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return the matrix as a table, a row a cell."""
    return pd.DataFrame(
        [
            {
                "mechanism": cell.mechanism.short(),
                "attack": cell.attack.short(),
                "task": cell.task.short(),
                "verdict": cell.word,
                "gain": cell.gain,
                "relative_gain": cell.relative_gain,
                "draws": math.prod(cell.draws),
                "mean_gain": cell.mean,
                "low": cell.interval[0],
                "high": cell.interval[1],
                "parameters": "" if cell.best is None else f"{cell.best} by {cell.who}",
                "honest_loss": cell.honest_loss,
                "note": cell.note,
            }
            for cell in cells
        ]
    )


def draw(cells: Sequence[Cell]) -> dict[str, Callable[[], Figure]]:
    """Return what draws a heat map a task, a page each: a row a rule, a column an attack; grey where it cannot be expressed."""
    pages: dict[str, Callable[[], Figure]] = {}
    for number, task in enumerate(dict.fromkeys(cell.task.short() for cell in cells), 1):
        mine = [cell for cell in cells if cell.task.short() == task]
        pages["attack-matrix" if number == 1 else f"attack-matrix-{number}"] = partial(_page, _short(task), mine)
    return pages


def _page(task: str, cells: Sequence[Cell]) -> Figure:
    rules = list(dict.fromkeys(cell.mechanism.short() for cell in cells))
    attacks = list(dict.fromkeys(cell.attack.short() for cell in cells))
    figure = Figure(figsize=(3.2 + 0.62 * len(attacks), 3.2 + 0.26 * len(rules)), layout="constrained", dpi=150)
    axis = figure.add_subplot()
    places = {(cell.mechanism.short(), cell.attack.short()): cell for cell in cells}
    image = _panel(axis, [[places[rule, attack] for attack in attacks] for rule in rules])
    axis.set_title(f"Does an attack pay? {task}", fontsize=11, loc="left")
    axis.set_yticks(range(len(rules)), rules, fontsize=8)
    for label, rule in zip(axis.get_yticklabels(), rules, strict=True):
        label.set_color(figures.rule_colour(rule))
        label.set_fontweight("bold")
    axis.set_xticks(range(len(attacks)), attacks, rotation=35, ha="right", fontsize=8)
    bar = figure.colorbar(image, ax=axis, location="bottom", extend="max", aspect=50, pad=0.02)
    bar.set_label(LEGEND, fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return figure


def _panel(axis: Axes, cells: Sequence[Sequence[Cell]]) -> AxesImage:
    gains = np.array([[cell.relative_gain if cell.word == "refuted" else np.nan for cell in row] for row in cells])
    image = axis.imshow(gains, cmap="Oranges", vmin=0, vmax=1, aspect="auto")
    axis.set_facecolor("white")
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            gain = cell.relative_gain if math.isfinite(cell.relative_gain) else cell.gain
            text = f"{gain:.2g}" if cell.word == "refuted" else MARKS[cell.word]
            dark = cell.word == "refuted" and cell.relative_gain > 0.6
            weight = "bold" if cell.word == "refuted" else "normal"
            axis.text(column, row, text, ha="center", va="center", fontsize=7, weight=weight, color="white" if dark else "black")
    axis.set_xticks(np.arange(len(cells[0]) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(cells) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="0.85", linewidth=0.6)
    axis.tick_params(which="minor", length=0)
    return image


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
