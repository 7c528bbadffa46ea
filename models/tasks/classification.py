"""Classification of real data that is split among parties."""

import os
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, cast

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...data.datasets import load_dataset
from ...data.held_rows import Holding, check_shares, generator, same_rows, shares_of_equal_rows
from ...data.reading import TableReading
from ...data.schema import listed
from ...data.splits import Even, SplitSpec
from ...data.text_table import shown
from ...mechanisms.coalitions.structures import Structure
from ...progress import track
from ...training.classifiers import accuracies, build_classifier, labelled_rows, rows_entered
from ...training.threads import one_thread
from .nearest_rows import NearestRows, is_nearest_neighbour
from .task import TASKS, Task

SECONDS_WORTH_A_POOL = 6.0


@TASKS.register
class Classification(TableReading, Task):
    """Real data split among parties; a coalition's worth is the test accuracy of a classifier trained on what it enters.

    Features are standardised once, by the rows that parties hold together; a fixed part of the data is kept back for the test.
    A coalition's value depends on the data it enters alone, and is computed once.

    Parameters
    ----------
    dataset
        ``breast-cancer``, ``wine``, ``digits``, a data set fetched with ``potluck data get``, or a path to a CSV file.
    parties
        Number of parties; None is 4, or as many as there are sites under ``BySite``.
    split
        How rows come to parties.
    classifier
        ``1-nn``, ``logistic``, ``tree``, ``naive-bayes``, an import path such as ``sklearn.svm:SVC(C=2)``, or a scikit-learn
        classifier.
    test_share
        Share of the rows kept back for the test, in (0, 1).
    judge
        ``common``: one test set for everybody. ``own``: each party judges by test rows of its own, drawn by the same split.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in `TableReading`.
    baseline
        What is taken off every accuracy, so that a model is worth what it adds to guessing: ``majority``, the accuracy of always
        saying the test rows' most frequent class; ``prior``, of guessing by their shares; ``nothing``: a worth is an accuracy,
        and noise is worth the chance level. Having no model is worth 0 in any case.
    rng
        Seed or Generator for test rows, split and the classifier's own randomness.
    copies, levels
        As in `Task`; at level l in (0, 1] a party enters that share of its rows. Copies repeat rows.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Examples
    --------
    >>> task = Classification(dataset="wine", parties=2)
    >>> worths = task.worths([[1, 0], [0, 1], [1, 1]])
    >>> bool(0.8 < worths.min() <= worths.max() <= 1)
    True
    """

    source = "Collaborative Machine Learning Markets, Section 2 (accuracy on validation data, 1-NN)"
    example_parameters = {"dataset": "wine", "parties": 3, "copies": 1}

    dataset: str = "breast-cancer"
    parties: Annotated[int, Field(ge=1, le=10_000)] | None = None
    split: SplitSpec = Even()
    classifier: Any = "1-nn"
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    judge: Literal["common", "own"] = "common"
    baseline: Literal["nothing", "prior", "majority"] = "nothing"
    rng: Any = 0

    _held: tuple[Holding, ...] = ()
    _tests: tuple[Holding, ...] = ()
    _classes: int = 0
    _model: Any = None
    _cache: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Read the data, keep test rows back, and deal the rest to the parties."""
        super().model_post_init(context)
        check_shares(self.levels)
        rng = generator(self.rng)
        data = load_dataset(self.dataset, **self.reading())
        n = self._count_parties(data.sites)
        shuffled = rng.permutation(len(data.labels))
        tests = rows_entered(self.test_share, len(shuffled))
        test, train = np.sort(shuffled[:tests]), np.sort(shuffled[tests:])
        if len(train) < n:
            raise ValueError(f"{len(train)} rows to train on are too few for {n} parties")
        train_sites = {name: column[train] for name, column in data.sites.items()}
        party = self.split.assign(data.labels[train], train_sites, n, rng)
        dealt = [rng.permutation(train[party == owner]) for owner in range(n)]
        if min(len(rows) for rows in dealt) == 0:
            raise ValueError("a party has no rows to train on: use fewer parties, or a smaller test_share")
        kept = [test]
        if self.judge == "own":
            test_sites = {name: column[test] for name, column in data.sites.items()}
            tester = self.split.assign(data.labels[test], test_sites, n, rng)
            kept = [test[tester == owner] for owner in range(n)]
            if min(len(rows) for rows in kept) == 0:
                raise ValueError("a party has no test rows of its own: use fewer parties, or a larger test_share")
        features, _ = data.encoded(train)
        spread = features[train].std(axis=0)
        scaled = (features - features[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        self._held = tuple(Holding(scaled[rows], data.labels[rows]) for rows in dealt)
        self._tests = tuple(Holding(scaled[rows], data.labels[rows]) for rows in kept)
        self._classes = len(data.label_names)
        self._model = build_classifier(self.classifier, int(rng.integers(2**31)))
        self._cache = {}

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
        return type(self._model).__name__ == "KNeighborsClassifier" and self._model.n_neighbors == 1

    @property
    def _nearest(self) -> NearestRows | None:
        """The rows nearest to each test row, where that is all there is to know; measured once."""
        if self.baseline != "nothing" or not is_nearest_neighbour(self._model):
            return None
        if "nearest" not in self._cache:
            self._cache["nearest"] = NearestRows.of(self._held, self._tests, self.levels)
        return cast(NearestRows, self._cache["nearest"])

    def _entered(self, actions: IntArray) -> IntArray:
        """Return at which level, from 0, parties enter; -1 for staying out."""
        return np.where(self.entries[actions] > 0, np.searchsorted(self.levels, self.level_of[actions]), -1)

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return each judge's nearest-neighbour game; None for other classifiers."""
        nearest = self._nearest
        return None if nearest is None else nearest.structures(self._entered(actions))

    def value(self, profiles: IntArray) -> FloatArray:
        """Return test accuracies, shape (batch,), or (batch, n) with judges of their own."""
        if (nearest := self._nearest) is not None:
            judged = nearest.accuracies(self._entered(profiles))
            return judged if self.judge == "own" else judged[:, 0]
        shares = self.level_of[profiles]
        times = (self.entries[profiles] > 0).astype(np.int64) if self.ignores_copies else self.entries[profiles]
        keys = [tuple(zip(share.tolist(), repeats.tolist(), strict=True)) for share, repeats in zip(shares, times, strict=True)]
        self._compute([key for key in dict.fromkeys(keys) if key not in self._cache])
        return np.array([self._cache[key] for key in keys])

    def _compute(self, keys: list[tuple[tuple[float, int], ...]]) -> None:
        """Train what is missing, in worker processes once the rest would take longer than starting them."""
        if not keys:
            return
        with one_thread():
            rest = self._compute_here(keys)
        if not rest:
            return
        import joblib

        pool = joblib.Parallel(n_jobs=os.cpu_count(), return_as="generator")
        answers = pool(joblib.delayed(self._accuracy)(key) for key in rest)
        self._cache.update(zip(rest, track(answers, "models trained", len(rest)), strict=True))

    def _compute_here(self, keys: list[tuple[tuple[float, int], ...]]) -> list[tuple[tuple[float, int], ...]]:
        """Train in this process; return what is left once that would take longer than starting others."""
        started = time.perf_counter()
        for trained, key in enumerate(track(keys, "models trained"), start=1):
            self._cache[key] = self._accuracy(key)
            rest = keys[trained:]
            if len(rest) * (time.perf_counter() - started) / trained > SECONDS_WORTH_A_POOL:
                return rest
        return []

    def _accuracy(self, key: tuple[tuple[float, int], ...]) -> Any:
        inputs, labels = [], []
        for rows, (share, times) in zip(self._held, key, strict=True):
            entered = rows_entered(share, len(rows))
            inputs.append(np.tile(rows.inputs[:entered], (times, 1)))
            labels.append(np.tile(rows.targets[:entered], times))
        pooled = Holding(np.concatenate(inputs), np.concatenate(labels))
        try:
            judged = accuracies(self._model, pooled, self._tests)
        except Exception as error:  # the classifier is the user's, and may raise anything
            givers = [str(party) for party, (_, times) in enumerate(key, start=1) if times]
            who = ("party " if len(givers) == 1 else "parties ") + listed(givers)
            raise ValueError(
                f"{type(self._model).__name__} cannot be trained on the {len(pooled)} rows of {who}: give parties more "
                f"rows, or use another classifier ({shown(' '.join(str(error).split()), 100)})"
            ) from error
        if len(pooled):
            judged = judged - [self._guessing(rows.targets) for rows in self._tests]
        return judged if self.judge == "own" else float(judged[0])

    def _guessing(self, labels: IntArray) -> float:
        """Return the accuracy on test rows of guessing without data."""
        shares = np.bincount(labels, minlength=self._classes) / len(labels)
        return {"nothing": 0.0, "prior": float((shares**2).sum()), "majority": float(shares.max())}[self.baseline]

    def holdings(self) -> tuple[Holding, ...]:
        """Return each party's standardised inputs and labels 0 to K - 1; a party that enters a share enters the first rows."""
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

        >>> task = Classification(dataset="wine", parties=2)
        >>> one, two = task.holdings()
        >>> noise = Holding(np.random.default_rng(0).normal(size=two.inputs.shape), two.targets)
        >>> bool(task.with_holdings([one, noise]).alone[1] < task.alone[1])
        True
        """
        if not holdings:
            raise ValueError("holdings: at least one party must hold rows, not none")
        held = tuple(self._checked(rows, f"party {index}'s rows") for index, rows in enumerate(holdings, start=1))
        return self._with(held, self._judging(len(held)))

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
        tests[party] = self._checked(rows, f"party {party + 1}'s validation rows")
        return self._with(self._held, tuple(tests))

    def _checked(self, rows: Holding, whose: str) -> Holding:
        return labelled_rows(rows, self._held[0].inputs.shape[1], self._classes, whose)

    def _judging(self, parties: int) -> tuple[Holding, ...]:
        """Return the test rows of so many parties."""
        if self.judge == "common" or parties <= len(self._tests):
            return self._tests[:parties]
        everything = Holding(
            np.concatenate([rows.inputs for rows in self._tests]), np.concatenate([rows.targets for rows in self._tests])
        )
        return (*self._tests, *[everything] * (parties - len(self._tests)))

    def _with(self, held: tuple[Holding, ...], tests: tuple[Holding, ...]) -> Self:
        other = self.model_copy(update={"parties": len(held)})
        other._held, other._tests, other._cache = held, tests, {}
        other.__dict__.pop("alone", None)
        return other

    def similarity(self) -> FloatArray:
        """Return the share of equal rows between parties: common rows over all rows (Jaccard), shape (n, n)."""
        return shares_of_equal_rows(self._held)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        if same is not True or not isinstance(other, Classification):
            return same
        return same_rows((*self._held, *self._tests), (*other._held, *other._tests))

    __hash__ = Task.__hash__
