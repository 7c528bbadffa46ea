"""Classifiers, and the labelled rows they learn from."""

import math
from typing import Any

import numpy as np

from ..data.held_rows import Holding, inputs_of
from .estimators import build_estimator


def build_classifier(spec: Any, seed: int) -> Any:
    """Return an untrained classifier as `build_estimator` does."""
    return build_estimator(spec, seed, "classifier")


def rows_entered(share: float, rows: int) -> int:
    """Return how many rows a share of them is, rounded up, but not for a round-off such as 0.07 * 100 = 7.000000000000001.

    Examples
    --------
    >>> rows_entered(0.07, 100), rows_entered(0.5, 5)
    (7, 3)
    """
    return math.ceil(round(share * rows, 9))


def labelled_rows(rows: Holding, width: int, classes: int, whose: str) -> Holding:
    """Return rows as arrays, after checking them.

    Parameters
    ----------
    rows
        Inputs and labels.
    width, classes
        Number of features, and of classes: labels are 0 to ``classes`` - 1.
    whose
        Start of the message where the rows do not fit, such as ``"party 1's rows"``.

    Raises
    ------
    ValueError
        The shapes do not fit, an input is not finite, or a label is not one of the classes.

    Examples
    --------
    >>> labelled_rows(Holding([[0.5]], [2]), 1, 2, "party 1's rows")
    Traceback (most recent call last):
        ...
    ValueError: party 1's rows: a label is 2; the classes are 0 to 1
    """
    inputs, labels = inputs_of(rows, width, whose), np.asarray(rows.targets)
    if len(labels) and not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{whose}: labels are whole numbers from 0 to {classes - 1}, not {labels.dtype}")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise ValueError(f"{whose}: a label is {wrong[0]}; the classes are 0 to {classes - 1}")
    return Holding(inputs, labels.astype(np.int64))
