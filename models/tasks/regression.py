"""Regression on real data that is split among parties."""

from typing import Any, ClassVar, Literal, cast

import numpy as np
from pydantic import Field

from ...arrays import FloatArray, IntArray
from ...data.datasets import Dataset
from ...data.held_rows import Holding
from ...data.reading import TableReading
from ...data.regression import load_regression
from ...training.estimators import Kind, build_estimator
from ...training.scores import OWN, check_score
from .least_squares import LinearSums, linear_sums
from .regression_rows import checked
from .supervised import SupervisedTask
from .task import TASKS

STRATA = 5
"""Into so many parts of equal size are numbers cut where a split goes by classes."""


@TASKS.register
class Regression(SupervisedTask):
    """Real data with numbers to predict, split among parties; a coalition's worth is the test score of what it learns.

    Features are standardised once, by the rows that parties hold together; targets stay in their own unit. Linear and ridge
    regression are not trained anew for each coalition: a party's rows are added up once, and a coalition is one system of
    equations, unless its rows do not settle the slopes of ``linear``.

    Parameters
    ----------
    dataset
        ``diabetes``, ``california-housing`` once fetched with ``potluck data get``, or a path to a CSV file.
    parties
        Number of parties; None is 4, or as many as there are sites under ``BySite``.
    split
        How rows come to parties; one that goes by classes goes by fifths of the targets.
    regressor
        ``linear``, ``ridge``, ``1-nn``, ``tree``, an import path such as ``sklearn.ensemble:RandomForestRegressor(max_depth=3)``,
        or a scikit-learn regressor.
    test_share
        Share of the rows kept back for the test, in (0, 1).
    judge
        ``common``: one test set for everybody. ``own``: each party judges by test rows of its own, drawn by the same split.
    score
        ``r2``, at most 1 and negative where always saying the mean would be better; ``mse`` and ``mae``, mean squared and mean
        absolute error, taken negative; or the name of a scorer of scikit-learn's.
    baseline
        What is taken off every score: ``mean``, that of always saying the test rows' mean, which for ``r2`` is 0; or ``nothing``,
        for scores that are no losses. Having no model is worth 0 in any case.
    label, site, drop, numeric, category, missing
        What the columns of a file are, as in `TableReading`.
    seed
        Seed of test rows, split and the regressor's own randomness.
    copies, levels
        As in `Task`; at level l in (0, 1] a party enters that share of its rows. Copies repeat rows.

    Raises
    ------
    ValueError
        A parameter is out of range, the data cannot be had, or there are fewer rows than parties.

    Examples
    --------
    >>> task = Regression(dataset="diabetes", parties=2)
    >>> worths = task.worths([[0, 0], [1, 0], [1, 1]])
    >>> bool(worths[0] == 0 < worths[1] < worths[2] < 0.6)
    True
    """

    source = "textbook"
    example_parameters = {"dataset": "diabetes", "parties": 3, "copies": 1}
    kind: ClassVar[Kind] = "regressor"

    dataset: str = "diabetes"
    regressor: Any = "ridge"
    score: str = Field(default="r2", kw_only=True)
    baseline: Literal["mean", "nothing"] = "mean"

    def model_post_init(self, context: object, /) -> None:
        """Check the score, then as in the base."""
        check_score(self.score, "regressor")
        super().model_post_init(context)

    @property
    def guess(self) -> str:
        """What is taken off every score."""
        return self.baseline

    def _load(self) -> Dataset:
        return load_regression(self.dataset, TableReading(**self.reading()))

    def _estimator(self, seed: int) -> Any:
        return build_estimator(self.regressor, seed, "regressor")

    def _strata(self, data: Dataset) -> IntArray:
        cuts = np.quantile(data.targets, np.arange(1, STRATA) / STRATA)
        return np.searchsorted(cuts, data.targets)

    @property
    def _sums(self) -> LinearSums | None:
        """The sums that least squares are made of, where they are all there is to know; worked out once."""
        if self.score not in OWN["regressor"]:
            return None
        if "sums" not in self._cache:
            self._cache["sums"] = linear_sums(self._model, self._held, self._tests, self.levels)
        return cast(LinearSums | None, self._cache["sums"])

    def value(self, profiles: IntArray) -> FloatArray:
        """Return test scores, shape (batch,), or (batch, n) with judges of their own."""
        if (sums := self._sums) is None:
            return super().value(profiles)
        entered = np.where(self.entries[profiles] > 0, np.searchsorted(self.levels, self.level_of[profiles]), -1)
        judged, known = sums.scores(self.score, entered, self.entries[profiles])
        if not known.any():
            return super().value(profiles)
        judged = judged - self.guesses
        judged[(entered < 0).all(axis=1)] = 0.0
        worths = judged if self.judge == "own" else judged[:, 0]
        trained = ~known & (entered >= 0).any(axis=1)
        if trained.any():
            worths[trained] = super().value(profiles[trained])
        return worths

    def _checked(self, rows: Holding, whose: str) -> Holding:
        return checked(rows, self._dealt[0].inputs.shape[1], whose)
