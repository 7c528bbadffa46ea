"""Classification of real data that is split among parties."""

from typing import Any, ClassVar, Literal, cast

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...data.datasets import Dataset, load_dataset
from ...data.held_rows import Holding
from ...mechanisms.coalitions.structures import Structure
from ...papers import MARKETS
from ...training.classifiers import build_classifier, labelled_rows
from ...training.estimators import Kind
from ...training.scores import check_score, is_loss
from .neighbours import NearestRows, VotingRows, nearest_rows
from .supervised import SupervisedTask
from .task import TASKS

STRUCTURES_KEPT = 16
"""Of the levels that parties entered at last; copies change nothing in what is known."""


@TASKS.register
class Classification(SupervisedTask):
    """Real data split among parties; a coalition's worth is the test score of a classifier trained on what it enters.

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
    score
        ``accuracy``; ``balanced-accuracy``, the mean over classes; ``log-loss``, taken negative; ``auc``, the area under the
        receiver operating characteristic, of more than two classes the mean of one against the rest; or the name of a scorer of
        scikit-learn's, such as ``f1_macro``.
    baseline
        What is taken off every score, so that a model is worth what it adds to guessing: ``majority``, the score of always
        saying the test rows' most frequent class; ``prior``, of guessing by their shares; ``nothing``: a worth is a score, and
        noise is worth the chance level. Default: ``nothing``; ``prior`` for a loss. Having no model is worth 0 in any case.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in `TableReading`.
    seed
        Seed of test rows, split and the classifier's own randomness.
    copies, levels
        As in `Task`; at level l in (0, 1] a party enters that share of its rows. Copies repeat rows.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Notes
    -----
    Taking off a baseline b is taking off b times the game in which anybody at all is worth 1. So, by linearity, ``majority``
    lowers every Shapley value by b / n and leaves differences between parties as they are.

    Examples
    --------
    >>> task = Classification(dataset="wine", parties=2)
    >>> worths = task.worths([[1, 0], [0, 1], [1, 1]])
    >>> bool(0.8 < worths.min() <= worths.max() <= 1)
    True
    """

    source = MARKETS.at("Section 2 (accuracy on validation data, 1-NN)")
    example_parameters = {"dataset": "wine", "parties": 3, "copies": 1}
    kind: ClassVar[Kind] = "classifier"

    dataset: str = "breast-cancer"
    classifier: Any = "1-nn"
    score: str = Field(default="accuracy", kw_only=True)
    baseline: Literal["nothing", "prior", "majority"] | None = None

    def model_post_init(self, context: object, /) -> None:
        """Check the score, then as in the base."""
        check_score(self.score, "classifier")
        if self.score == "log-loss" and self.baseline == "majority":
            raise ValueError("baseline = 'majority': always saying one class has an infinite log-loss; choose prior")
        super().model_post_init(context)

    @property
    def guess(self) -> str:
        """What is taken off every score."""
        return self.baseline or ("prior" if is_loss(self.score) else "nothing")

    def _load(self) -> Dataset:
        return load_dataset(self.dataset, **self.reading())

    def _estimator(self, seed: int) -> Any:
        return build_classifier(self.classifier, seed)

    def _strata(self, data: Dataset) -> IntArray:
        return data.labels

    @property
    def _nearest(self) -> NearestRows | VotingRows | None:
        """The rows nearest to each test row, where that is all there is to know; measured once."""
        if self.score != "accuracy":
            return None
        if "nearest" not in self._cache:
            found = nearest_rows(self._model, self._held, self._tests, self.levels, self.guesses, self._classes)
            self._cache["nearest"] = found
        return cast(NearestRows | VotingRows | None, self._cache["nearest"])

    def _entered(self, actions: IntArray) -> IntArray:
        """Return at which level, from 0, parties enter; -1 for staying out."""
        return np.where(self.entries[actions] > 0, np.searchsorted(self.levels, self.level_of[actions]), -1)

    def structures(self, actions: IntArray) -> tuple[Structure, ...] | None:
        """Return each judge's nearest-neighbour game; None for other classifiers and scores."""
        if (nearest := self._nearest) is None:
            return None
        entered, kept = self._entered(actions), self._cache.setdefault("structures", {})
        key = entered.tobytes()
        if key not in kept:
            while len(kept) >= STRUCTURES_KEPT:
                del kept[next(iter(kept))]
            kept[key] = nearest.structures(entered)
        return cast(tuple[Structure, ...], kept[key])

    def value(self, profiles: IntArray) -> FloatArray:
        """Return test scores, shape (batch,), or (batch, n) with judges of their own."""
        if (nearest := self._nearest) is None:
            return super().value(profiles)
        judged = nearest.accuracies(self._entered(profiles), self.entries[profiles])
        return judged if self.judge == "own" else judged[:, 0]

    def _checked(self, rows: Holding, whose: str) -> Holding:
        return labelled_rows(rows, self._dealt[0].inputs.shape[1], self._classes, whose)
