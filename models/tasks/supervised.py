"""What classification and regression of real data have in common: rows dealt to parties, models trained on what they enter."""

import os
import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import Seed
from ...data.datasets import Dataset
from ...data.held_rows import HELD, Holding, check_shares, shares_of_equal_rows
from ...data.reading import Journal, TableReading, note
from ...data.schema import listed
from ...data.splits import Even, SplitSpec
from ...data.text_files import shown
from ...progress import track
from ...training.classifiers import rows_entered
from ...training.estimators import Kind
from ...training.scores import guessed, is_loss, scores, trained
from ...training.threads import one_thread
from .dealt_data import dealt_data
from .task import Task

SECONDS_WORTH_A_POOL = 6.0
MOST_STATE = 2**32
"""States of scikit-learn's random numbers are below this."""

Key = tuple[tuple[float, int], ...]
"""What every party enters: the share of its rows, and how often."""


class SupervisedTask(TableReading, Task):
    """Base of the tasks in which a coalition's worth is the test score of a model trained on the rows it enters.

    Features are standardised once, by the rows that parties hold together; a fixed part of the data is kept back for the test.
    A coalition's value depends on the data it enters alone, and is computed once.

    Parameters
    ----------
    dataset
        The name of a data set, or the path of a file.
    parties
        Number of parties; None is 4, or as many as there are sites under ``BySite``.
    split
        How rows come to parties.
    test_share
        Share of the rows kept back for the test, in (0, 1).
    judge
        ``common``: one test set for everybody. ``own``: each party judges by test rows of its own, drawn by the same split.
    score
        What a model is judged by: a name in `OWN`, or of a scorer of scikit-learn's.
    seed
        Seed of test rows, split and the model's own randomness.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in `TableReading`.
    held, judged_by
        Rows that parties hold instead of those dealt to them, and rows that they judge by instead, in standardised units: see
        `with_holdings` and `with_validation`.
    copies, levels
        As in `Task`; at level l in (0, 1] a party enters that share of its rows. Copies repeat rows.
    """

    kind: ClassVar[Kind]

    dataset: str
    parties: Annotated[int, Field(ge=1, le=10_000)] | None = None
    split: SplitSpec = Even()
    test_share: Annotated[float, Field(gt=0, lt=1)] = Field(default=0.3, kw_only=True)
    judge: Literal["common", "own"] = Field(default="common", kw_only=True)
    score: str = Field(default="", kw_only=True)
    seed: Seed = Field(default=0, kw_only=True)
    held: tuple[Annotated[Holding, HELD], ...] | None = Field(default=None, kw_only=True)
    judged_by: tuple[Annotated[Holding, HELD], ...] | None = Field(default=None, kw_only=True)

    _dealt: tuple[Holding, ...] = ()
    _kept: tuple[Holding, ...] = ()
    _held: tuple[Holding, ...] = ()
    _tests: tuple[Holding, ...] = ()
    _classes: int = 0
    _model: Any = None
    _cache: Any = None

    @abstractmethod
    def _load(self) -> Dataset:
        """Return the data."""

    @abstractmethod
    def _estimator(self, seed: int) -> Any:
        """Return the untrained model."""

    @abstractmethod
    def _strata(self, data: Dataset) -> IntArray:
        """Return the class of every row that a split goes by, shape (rows,)."""

    @abstractmethod
    def _checked(self, rows: Holding, whose: str) -> Holding:
        """Return rows as arrays, after checking that they fit."""

    @property
    @abstractmethod
    def guess(self) -> str:
        """What is taken off every score: what guessing without data reaches, as in `guessed`."""

    def model_post_init(self, context: object, /) -> None:
        """Read the data, keep test rows back, and deal the rest to the parties."""
        super().model_post_init(context)
        check_shares(self.levels)
        if is_loss(self.score) and self.guess == "nothing":
            raise ValueError(f"score = {self.score!r} is a loss: no model, worth 0, would be best; choose another baseline")
        rng = np.random.default_rng(self.seed)
        data = self._load()
        strata = self._strata(data)
        n = self._count_parties(data.sites)
        shuffled = rng.permutation(len(data))
        tests = rows_entered(self.test_share, len(shuffled))
        test, train = np.sort(shuffled[:tests]), np.sort(shuffled[tests:])
        if len(train) < n:
            raise ValueError(f"{len(train)} rows to train on are too few for {n} parties")
        party = self._assigned(strata, data, train, n, rng)
        dealt = [rng.permutation(train[party == owner]) for owner in range(n)]
        _check_all_have_rows(dealt, "to train on: use fewer parties, or a smaller test_share")
        kept = [test]
        if self.judge == "own":
            tester = self._assigned(strata, data, test, n, rng)
            kept = [test[tester == owner] for owner in range(n)]
            _check_all_have_rows(kept, "test rows of its own: use fewer parties, or a larger test_share")
        features, _ = data.encoded(train)
        spread = features[train].std(axis=0)
        scaled = (features - features[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        targets = data.labels if self.kind == "classifier" else data.targets
        self._dealt = self._held = tuple(Holding(scaled[rows], targets[rows]) for rows in dealt)
        self._kept = self._tests = tuple(Holding(scaled[rows], targets[rows]) for rows in kept)
        self._classes = len(data.label_names)
        self._model = self._estimator(self.seed % MOST_STATE)
        self._cache = {}
        if self.held is not None or self.judged_by is not None:
            self._give(self.held, self.judged_by)
        self._note(data)

    def _note(self, data: Dataset) -> None:
        """Add to the journal, if one is kept, what dealing the data brings to light."""

        def record(journal: Journal) -> Any:
            read = journal.find(data.schema)
            return read and dealt_data(self, data.schema.name, [leak.name for leak in read.leaks.leaks])

        note(("dealt", data.schema), record)

    def _assigned(self, strata: IntArray, data: Dataset, rows: IntArray, n: int, rng: np.random.Generator) -> IntArray:
        return self.split.assign(strata[rows], {name: column[rows] for name, column in data.sites.items()}, n, rng)

    def _count_parties(self, sites: dict[str, Any]) -> int:
        dictated = self.split.parties(sites)
        if dictated is not None and self.parties not in {None, dictated}:
            raise ValueError(f"parties = {self.parties}, but the data has {dictated} sites")
        return dictated or self.parties or 4

    @property
    def n_parties(self) -> int:
        """Number of parties."""
        return len(self._held)

    @property
    def sizes(self) -> IntArray:
        """Number of rows each party has, shape (n,)."""
        return np.array([len(rows) for rows in self._held])

    @property
    def ignores_copies(self) -> bool:
        """Whether repeating rows cannot change the model: true of 1-NN."""
        return type(self._model).__name__.startswith("KNeighbors") and self._model.n_neighbors == 1

    def value(self, profiles: IntArray) -> FloatArray:
        """Return test scores above guessing, shape (batch,), or (batch, n) with judges of their own."""
        shares = self.level_of[profiles]
        times = (self.entries[profiles] > 0).astype(np.int64) if self.ignores_copies else self.entries[profiles]
        keys = [tuple(zip(share.tolist(), repeats.tolist(), strict=True)) for share, repeats in zip(shares, times, strict=True)]
        self._compute([key for key in dict.fromkeys(keys) if key not in self._cache])
        return np.array([self._cache[key] for key in keys])

    def _compute(self, keys: list[Key]) -> None:
        """Train what is missing, in worker processes once the rest would take longer than starting them."""
        if not keys:
            return
        with one_thread():
            rest = self._compute_here(keys)
        if not rest:
            return
        import joblib

        pool = joblib.Parallel(n_jobs=os.cpu_count(), return_as="generator")
        answers = pool(joblib.delayed(self._scored)(key) for key in rest)
        self._cache.update(zip(rest, track(answers, "models trained", len(rest)), strict=True))

    def _compute_here(self, keys: list[Key]) -> list[Key]:
        """Train in this process; return what is left once that would take longer than starting others."""
        started = time.perf_counter()
        for done, key in enumerate(track(keys, "models trained"), start=1):
            self._cache[key] = self._scored(key)
            rest = keys[done:]
            if len(rest) * (time.perf_counter() - started) / done > SECONDS_WORTH_A_POOL:
                return rest
        return []

    def _scored(self, key: Key) -> Any:
        inputs, targets = [], []
        for rows, (share, times) in zip(self._held, key, strict=True):
            entered = rows_entered(share, len(rows))
            inputs.append(np.tile(rows.inputs[:entered], (times, 1)))
            targets.append(np.tile(rows.targets[:entered], times))
        pooled = Holding(np.concatenate(inputs), np.concatenate(targets))
        judged = np.zeros(len(self._tests))
        if len(pooled):
            judged = self._above_guessing(pooled, [party for party, (_, times) in enumerate(key, start=1) if times])
        return judged if self.judge == "own" else float(judged[0])

    def _above_guessing(self, pooled: Holding, givers: list[int]) -> FloatArray:
        who = ("party " if len(givers) == 1 else "parties ") + listed([str(party) for party in givers])
        try:
            model = trained(self._model, pooled, self.kind)
        except Exception as error:  # the estimator is the user's, and may raise anything
            raise ValueError(
                f"{type(self._model).__name__} cannot be trained on the {len(pooled)} rows of {who}: give parties more "
                f"rows, or use another {self.kind} ({shown(' '.join(str(error).split()), 100)})"
            ) from error
        try:
            return scores(self.score, model, self._tests, self._classes) - self.guesses
        except Exception as error:
            raise ValueError(
                f"the model of {who} cannot be judged by {self.score}: {shown(' '.join(str(error).split()), 160)}"
            ) from error

    @property
    def guesses(self) -> FloatArray:
        """What guessing without data scores on each judge's test rows, shape (judges,); it is taken off every score."""
        return np.array([guessed(self.score, self.guess, rows.targets, self._classes) for rows in self._tests])

    def holdings(self) -> tuple[Holding, ...]:
        """Return each party's standardised inputs and its targets; a party that enters a share enters the first rows."""
        return self._held

    def with_holdings(self, holdings: Sequence[Holding]) -> Self:
        """Return the same task for parties who hold these rows instead; scaling, test rows and learning stay.

        Inputs are in the task's standardised units. A party may hold no rows; its own model is then worth 0. Under own judges, a
        party beyond those there are judges by the test rows of all, until `with_validation` gives it rows of its own.

        Raises
        ------
        ValueError
            There is no party, or the rows do not fit the task.

        Examples
        --------
        The second party enters noise.

        >>> from potluck.models.tasks import Classification
        >>> task = Classification(dataset="wine", parties=2)
        >>> one, two = task.holdings()
        >>> noise = Holding(np.random.default_rng(0).normal(size=two.inputs.shape), two.targets)
        >>> bool(task.with_holdings([one, noise]).alone[1] < task.alone[1])
        True
        """
        return self._with(tuple(holdings), self.judged_by)

    def validation(self) -> tuple[Holding, ...]:
        """Return the rows by which each party judges the joint model; where the judge is common, these are the same for all."""
        return self._tests if self.judge == "own" else self._tests * self.n_parties

    def with_validation(self, party: int, rows: Holding) -> Self:
        """Return the same task where a party, counted from 0, reports other rows to judge by: true ones or not.

        Raises
        ------
        ValueError
            The judge is common, there is no such party, or the rows are none or do not fit the task.

        Examples
        --------
        A party that reports the rows it trains on looks as if it had nothing to gain.

        >>> from potluck.models.tasks import Classification
        >>> task = Classification(dataset="wine", parties=2, judge="own")
        >>> task.with_validation(0, task.holdings()[0]).alone.round(3).tolist()[0]
        1.0
        """
        if self.judge != "own":
            raise ValueError("the judge is common: only under judge = 'own' does a party report rows to judge by")
        if party not in range(self.n_parties):
            raise ValueError(f"party {party} is not one of 0..{self.n_parties - 1}")
        if not len(rows):
            raise ValueError(f"party {party + 1} needs at least one row to judge by")
        tests = list(self._tests)
        tests[party] = rows
        return self._with(self.held, tuple(tests))

    def _judging(self, parties: int, tests: tuple[Holding, ...]) -> tuple[Holding, ...]:
        """Return the test rows of so many parties."""
        if self.judge == "common" or parties <= len(tests):
            return tests[:parties]
        inputs, targets = ([getattr(rows, part) for rows in tests] for part in ("inputs", "targets"))
        everything = Holding(np.concatenate(inputs), np.concatenate(targets))
        return (*tests, *[everything] * (parties - len(tests)))

    def _with(self, held: tuple[Holding, ...] | None, tests: tuple[Holding, ...] | None) -> Self:
        other = self._changed()
        other._cache = {}
        other._give(held, tests)
        return other._changed(
            held=None if other._held == self._dealt else other._held,
            judged_by=None if other._tests == self._judging(len(other._held), self._kept) else other._tests,
        )

    def _give(self, held: tuple[Holding, ...] | None, tests: tuple[Holding, ...] | None) -> None:
        """Let parties hold these rows, and judge by these; those that were dealt where there are none.

        Raises
        ------
        ValueError
            There is no party, or the rows do not fit the task.
        """
        if held is not None and not held:
            raise ValueError("holdings: at least one party must hold rows, not none")
        if tests is not None and (self.judge != "own" or not all(map(len, tests))):
            raise ValueError("judged_by: under judge = 'own' each party judges by at least one row, else by the common ones")
        rows = self._dealt if held is None else held
        kept = self._kept if tests is None else tests
        self._held = tuple(self._checked(each, f"party {index}'s rows") for index, each in enumerate(rows, start=1))
        judged = self._judging(len(rows), kept)
        self._tests = tuple(self._checked(each, f"party {index}'s validation rows") for index, each in enumerate(judged, start=1))

    def similarity(self) -> FloatArray:
        """Return the share of equal rows between parties: common rows over all rows (Jaccard), shape (n, n)."""
        return shares_of_equal_rows(self._held)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        if same is not True or not isinstance(other, SupervisedTask):
            return same
        return (self._held, self._tests) == (other._held, other._tests)

    __hash__ = Task.__hash__


def _check_all_have_rows(parts: Sequence[IntArray], need: str) -> None:
    empty = [str(party) for party, rows in enumerate(parts, start=1) if not len(rows)]
    if empty:
        raise ValueError(f"party {empty[0]} has no rows of {sum(map(len, parts))} {need}")
