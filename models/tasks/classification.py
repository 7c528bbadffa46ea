"""Classification of real data that is split among parties."""

import copy
import math
import os
import time
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...components import import_object, parse_call, suggestion
from ...progress import track
from ..datasets import load_dataset
from .splits import Even, SplitSpec
from .task import TASKS, Task

CLASSIFIERS = {
    "1-nn": "sklearn.neighbors:KNeighborsClassifier(n_neighbors=1)",
    "logistic": "sklearn.linear_model:LogisticRegression(max_iter=1000)",
    "tree": "sklearn.tree:DecisionTreeClassifier()",
    "naive-bayes": "sklearn.naive_bayes:GaussianNB()",
}

SECONDS_WORTH_A_POOL = 6.0


@TASKS.register
class Classification(Task):
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
    label, site
        Column names of the class and of the site in a CSV file.
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

    dataset: str = "breast-cancer"
    parties: Annotated[int, Field(ge=1)] | None = None
    split: SplitSpec = Even()
    classifier: Any = "1-nn"
    test_share: Annotated[float, Field(gt=0, lt=1)] = 0.3
    judge: Literal["common", "own"] = "common"
    label: str | None = None
    site: str | None = None
    rng: Any = 0

    _rows: Any = None
    _cache: Any = None
    _x: Any = None
    _y: Any = None
    _test: Any = None
    _tester: Any = None
    _model: Any = None

    def model_post_init(self, context: object, /) -> None:
        """Read the data, keep test rows back, and deal the rest to the parties."""
        super().model_post_init(context)
        if self.levels[0] <= 0 or self.levels[-1] > 1:
            raise ValueError(f"levels = {self.levels} must be shares of a party's rows, above 0 and at most 1")
        try:
            rng = np.random.default_rng(self.rng)
        except TypeError:
            raise ValueError(f"rng = {self.rng!r}: give a seed, a whole number from 0 on, or a numpy Generator") from None
        data = load_dataset(self.dataset, label=self.label, site=self.site)
        n = self._count_parties(data.sites)
        shuffled = rng.permutation(len(data.labels))
        tests = _rows(self.test_share, len(shuffled))
        test, train = np.sort(shuffled[:tests]), np.sort(shuffled[tests:])
        if len(train) < n:
            raise ValueError(f"{len(train)} rows to train on are too few for {n} parties")
        train_sites = {name: column[train] for name, column in data.sites.items()}
        party = self.split.assign(data.labels[train], train_sites, n, rng)
        self._rows = [rng.permutation(train[party == owner]) for owner in range(n)]
        if min(len(rows) for rows in self._rows) == 0:
            raise ValueError("a party has no rows to train on: use fewer parties, or a smaller test_share")
        spread = data.features[train].std(axis=0)
        self._x = (data.features - data.features[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        self._y = data.labels
        self._test = test
        if self.judge == "own":
            test_sites = {name: column[test] for name, column in data.sites.items()}
            self._tester = self.split.assign(data.labels[test], test_sites, n, rng)
            if len(np.unique(self._tester)) < n:
                raise ValueError("a party has no test rows of its own: use fewer parties, or a larger test_share")
        self._model = _classifier(self.classifier, int(rng.integers(2**31)))
        self._cache = {}

    def _count_parties(self, sites: dict[str, Any]) -> int:
        dictated = self.split.parties(sites)
        if dictated is not None and self.parties not in {None, dictated}:
            raise ValueError(f"parties = {self.parties}, but the data has {dictated} sites")
        return dictated or self.parties or 4

    @property
    def n_parties(self) -> int:
        """Number of parties."""
        return len(self._rows)

    @property
    def sizes(self) -> IntArray:
        """Number of rows each party has, shape (n,)."""
        return np.array([len(rows) for rows in self._rows])

    @property
    def ignores_copies(self) -> bool:
        """Whether repeating rows cannot change the model: true of 1-NN."""
        return type(self._model).__name__ == "KNeighborsClassifier" and self._model.n_neighbors == 1

    def value(self, profiles: IntArray) -> FloatArray:
        """Return test accuracies, shape (batch,), or (batch, n) with judges of their own."""
        shares = self.level_of[profiles]
        times = (self.entries[profiles] > 0).astype(np.int64) if self.ignores_copies else self.entries[profiles]
        keys = [tuple(zip(share.tolist(), repeats.tolist(), strict=True)) for share, repeats in zip(shares, times, strict=True)]
        self._compute([key for key in dict.fromkeys(keys) if key not in self._cache])
        return np.array([self._cache[key] for key in keys])

    def _compute(self, keys: list[tuple[tuple[float, int], ...]]) -> None:
        """Train what is missing, in worker processes once the rest would take longer than starting them."""
        started = time.perf_counter()
        for trained, key in enumerate(track(keys, "models trained"), start=1):
            self._cache[key] = self._accuracy(key)
            rest = keys[trained:]
            if len(rest) * (time.perf_counter() - started) / trained > SECONDS_WORTH_A_POOL:
                break
        else:
            return
        import joblib

        pool = joblib.Parallel(n_jobs=os.cpu_count(), return_as="generator")
        answers = pool(joblib.delayed(self._accuracy)(key) for key in rest)
        self._cache.update(zip(rest, track(answers, "models trained", len(rest)), strict=True))

    def _accuracy(self, key: tuple[tuple[float, int], ...]) -> Any:
        parts = [np.tile(rows[: _rows(share, len(rows))], times) for rows, (share, times) in zip(self._rows, key, strict=True)]
        train = np.concatenate(parts)
        if not len(train):
            return np.zeros(self.n_parties) if self.judge == "own" else 0.0
        labels = np.unique(self._y[train])
        if len(labels) == 1:
            predicted = np.full(len(self._test), labels[0])
        else:
            predicted = copy.deepcopy(self._model).fit(self._x[train], self._y[train]).predict(self._x[self._test])
        right = predicted == self._y[self._test]
        if self.judge == "own":
            return np.bincount(self._tester, weights=right) / np.bincount(self._tester)
        return float(right.mean())

    def similarity(self) -> FloatArray:
        """Return the share of equal rows between parties: common rows over all rows (Jaccard), shape (n, n)."""
        held = [{row.tobytes() for row in self._x[rows]} for rows in self._rows]
        return np.array([[len(one & other) / len(one | other) for other in held] for one in held])


def _rows(share: float, rows: int) -> int:
    """Return a share of rows, rounded up, but not for a round-off such as 0.07 * 100 = 7.000000000000001."""
    return math.ceil(round(share * rows, 9))


def _classifier(spec: Any, seed: int) -> Any:
    """Return an untrained classifier, its own randomness seeded unless the user seeded it."""
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.base import clone, is_classifier

    model = _build(spec) if isinstance(spec, str) else spec
    if not (hasattr(model, "get_params") and is_classifier(model)):
        raise ValueError(f"classifier = {spec!r} is not a scikit-learn classifier")
    model = clone(model)
    if "random_state" in model.get_params() and model.get_params()["random_state"] is None:
        model.set_params(random_state=seed)
    return model


def _build(spec: str) -> Any:
    name, positional, named = parse_call(spec)
    if name in CLASSIFIERS:
        return _build(CLASSIFIERS[name]).set_params(**named)
    if ":" not in name and "." not in name:
        known = ", ".join(CLASSIFIERS)
        raise ValueError(f"classifier = {spec!r}{suggestion(name, list(CLASSIFIERS))}; known: {known}, or an import path")
    try:
        return import_object(name)(*positional, **named)
    except (ImportError, TypeError) as error:
        raise ValueError(f"classifier = {spec!r}: {error}") from error
