"""What in a file gives its label away: a column, an identifier, the order of rows, rows that come twice."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray
from .dataset import Dataset
from .schema import Schema, listed

FOLDS, BINS, MOST_ROWS, MOST_TOGETHER = 5, 20, 10_000, 2_000
TELLING = 0.2
"""From this lower bound of the skill on, what is no feature is said to predict the label."""

GIVING_AWAY, BEYOND = 0.75, 0.15
"""A feature gives the label away if its skill is at least the first, surely, and exceeds by the second that of all others."""

NEARLY_ALL = 0.95
"""Features whose skill is at least this, surely, may hold the label more than once: none of them counts among the others."""

OFTEN = 0.1
"""From this share of rows on, rows that come twice are worth a word."""


@dataclass(frozen=True)
class Skill:
    """How well one thing alone predicts the label, cross-validated.

    Parameters
    ----------
    name
        The column, or ``order of rows``.
    role
        What the column was taken for.
    skill
        Classes: balanced accuracy, scaled so that chance is 0 and always right is 1. Numbers: R².
    low, high
        Ends of its 95% interval.
    others
        The same of all features but this one together; None where it was not asked.
    """

    name: str
    role: str
    skill: float
    low: float
    high: float
    others: float | None = None

    def __str__(self) -> str:
        return f"{self.name!r} alone {self.skill:.2f} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class LeakReport:
    """What gives a data set's label away.

    Parameters
    ----------
    leaks
        Features that predict the label surely, and far better than all others together.
    aside
        Columns that are no features, and the order of rows, where they predict the label.
    strongest
        The feature that predicts best alone.
    twice
        Share of rows whose inputs some other row has as well.
    contradicting
        Share of rows whose inputs some other row has with another label.
    """

    leaks: tuple[Skill, ...]
    aside: tuple[Skill, ...]
    strongest: Skill | None
    twice: float
    contradicting: float

    def document(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return asdict(self)

    def remarks(self) -> list[str]:
        """Return what a user should hear without asking."""
        lines = [
            f"LEAK? {leak}, all other features together {leak.others:.2f}: does {leak.name!r} hold the label? drop={leak.name}"
            for leak in self.leaks
        ]
        if self.aside:
            lines.append(f"predicts the label, and is no feature: {listed([str(skill) for skill in self.aside])}")
        if self.twice >= OFTEN:
            against = f", {self.contradicting:.0%} with another label" if self.contradicting else ""
            lines.append(f"{self.twice:.0%} of rows have the inputs of another row{against}: some are in training and test")
        return lines


@dataclass(frozen=True)
class DataRead:
    """What is known of a data set that was read.

    Parameters
    ----------
    schema
        What its columns were taken for.
    leaks
        What gives its label away; None where there is no label: ratings.
    """

    schema: Schema
    leaks: LeakReport | None = None

    @property
    def name(self) -> str:
        """The file or data set."""
        return self.schema.name

    def document(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"schema": self.schema.document()} | ({"leaks": self.leaks.document()} if self.leaks else {})

    def remarks(self) -> list[str]:
        """Return what a user should hear without asking."""
        return [*self.schema.remarks(), *(self.leaks.remarks() if self.leaks else [])]


def data_read(data: Dataset) -> DataRead:
    """Return what is known of a data set: its schema and its leak report."""
    return DataRead(data.schema, leak_report(data))


def leak_report(data: Dataset) -> LeakReport:
    """Return what gives a data set's label away; at most 10,000 rows, drawn by a fixed seed, are looked at.

    A column is judged by a histogram: training rows are cut into at most 20 bins of equal counts, missing cells into one of their
    own, and a test row is predicted to be what is most over-represented in its bin (classes), or the bin's mean (numbers).
    All other features together are judged by 50 randomised trees on at most 2,000 rows. Five folds; intervals are normal.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> label = rng.integers(2, size=200)
    >>> planted = pd.DataFrame({"noise": rng.normal(size=200), "copy": 2.0 * label})
    >>> [leak.name for leak in leak_report(Dataset("planted", planted, label, ("no", "yes"))).leaks]
    ['copy']
    """
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(data))[:MOST_ROWS]
    fold = rng.permutation(len(rows)) % FOLDS
    inputs, aside = data.inputs.iloc[rows], data.aside.iloc[rows] if len(data.aside) else data.aside
    judge = _Judge(data.targets[rows], len(data.label_names), fold)
    roles = {column.name: str(column.role) for column in data.schema.columns}
    skills = sorted((judge.alone(name, "feature", _places(inputs[name])) for name in map(str, inputs)), key=lambda one: -one.low)
    idle = [judge.alone(name, roles.get(name, ""), _places(aside[name])) for name in map(str, aside)]
    if not data.schema.bundled:
        idle.append(judge.alone("order of rows", "row number", rows.astype(np.float64)))
    twice = inputs.duplicated(keep=False).to_numpy()
    against = twice & ~inputs.assign(_label=data.targets[rows]).duplicated(keep=False).to_numpy()
    leaks = []
    perfect = {skill.name for skill in skills if skill.low >= NEARLY_ALL}
    for skill in skills[:3]:
        if skill.low < GIVING_AWAY:
            break
        left_out = {skill.name} | (perfect if skill.name in perfect else set())
        alone = len(inputs.columns) == len(left_out)
        others = 0.0 if alone else judge.together(data.without(*left_out), rows)
        skill = Skill(skill.name, skill.role, skill.skill, skill.low, skill.high, others)
        if skill.low > (NEARLY_ALL if alone else others + BEYOND):
            leaks.append(skill)
    told = tuple(skill for skill in idle if skill.low >= TELLING)
    return LeakReport(tuple(leaks), told, skills[0], float(twice.mean()), float(against.mean()))


def _places(cells: "pd.Series[Any]") -> FloatArray:
    """Return numbers as they stand and texts as their place in the alphabet; NaN where missing."""
    if cells.dtype.kind == "f":
        return cells.to_numpy(dtype=np.float64)
    codes, _ = pd.factorize(cells, sort=True)
    return np.where(codes < 0, np.nan, codes).astype(np.float64)


class _Judge:
    """Cross-validated skill at one label."""

    def __init__(self, targets: Any, classes: int, fold: IntArray) -> None:
        self.classes, self.fold = classes, fold
        self.targets = np.asarray(targets)

    def alone(self, name: str, role: str, values: FloatArray) -> Skill:
        """Return the skill of one column."""
        predicted = np.zeros(len(values))
        for part in range(FOLDS):
            train, test = self.fold != part, self.fold == part
            predicted[test] = self._from_bins(values[train], self.targets[train], values[test])
        return Skill(name, role, *self._skill(predicted, self.targets))

    def together(self, data: Dataset, rows: IntArray) -> float:
        """Return the skill of all inputs."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        some = np.arange(len(rows))[:MOST_TOGETHER]
        inputs, targets, fold = data.features[rows[some]], self.targets[some], self.fold[some]
        predicted = np.zeros(len(some))
        kind = ExtraTreesClassifier if self.classes else ExtraTreesRegressor
        balance = {"class_weight": "balanced"} if self.classes else {}
        for part in range(FOLDS):
            train, test = fold != part, fold == part
            model = kind(50, min_samples_leaf=2, random_state=0, **balance)
            predicted[test] = model.fit(inputs[train], targets[train]).predict(inputs[test])
        return self._skill(predicted, targets)[0]

    def _from_bins(self, known: FloatArray, targets: Any, asked: FloatArray) -> FloatArray:
        finite = known[~np.isnan(known)]
        edges = np.unique(finite)
        if len(edges) > BINS:
            edges = np.unique(np.quantile(finite, np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))
        else:
            edges = edges[:-1]
        last = len(edges) + 1
        place, wanted = (np.where(np.isnan(part), last, np.searchsorted(edges, part)) for part in (known, asked))
        if self.classes:
            counts = np.zeros((last + 1, self.classes))
            np.add.at(counts, (place, targets), 1.0)
            sizes = counts.sum(axis=0)
            share = counts / np.where(sizes > 0, sizes, 1.0)
            return np.asarray(share.argmax(axis=1)[wanted], dtype=np.float64)
        counted = np.bincount(place, minlength=last + 1)
        sums = np.bincount(place, weights=targets, minlength=last + 1)
        means = np.where(counted > 0, sums / np.maximum(counted, 1), targets.mean())
        return np.asarray(means[wanted])

    def _skill(self, predicted: FloatArray, targets: Any) -> tuple[float, float, float]:
        """Return the skill and the ends of its interval."""
        if self.classes:
            present = [label for label in range(self.classes) if (targets == label).any()]
            right = [(predicted == label)[targets == label] for label in present]
            # Agresti and Coull: rates near 0 or 1 of few rows keep an honest width
            rates = [(part.sum() + 2) / (len(part) + 4) for part in right]
            error = np.sqrt(sum(rate * (1 - rate) / (len(part) + 4) for rate, part in zip(rates, right, strict=True)))
            scale = len(present) - 1
            middle = (sum(part.mean() for part in right) - 1) / scale
            half = 1.96 * error / scale
        else:
            squared = (targets - predicted) ** 2
            spread = float(targets.var()) or 1.0
            middle = 1 - squared.mean() / spread
            half = 1.96 * squared.std() / np.sqrt(len(squared)) / spread
        return float(middle), float(middle - half), min(1.0, float(middle + half))
