"""Classifiers by name, and the labelled rows they learn from."""

import copy
import math
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from ..arrays import FloatArray
from ..components import import_object, parse_call, suggestion
from ..data.held_rows import Holding
from ..permissions import permissions

CLASSIFIERS: dict[str, tuple[str, dict[str, Any]]] = {
    "1-nn": ("sklearn.neighbors:KNeighborsClassifier", {"n_neighbors": 1}),
    "logistic": ("sklearn.linear_model:LogisticRegression", {"max_iter": 1000}),
    "tree": ("sklearn.tree:DecisionTreeClassifier", {}),
    "naive-bayes": ("sklearn.naive_bayes:GaussianNB", {}),
}
"""Where the classifiers that have a name of ours are found, and their parameters."""


def build_classifier(spec: Any, seed: int) -> Any:
    """Return an untrained classifier, its own randomness seeded unless the user seeded it.

    Parameters
    ----------
    spec
        A name in ``CLASSIFIERS``, an import path with or without parameters, or a scikit-learn classifier, which is copied.
    seed
        Seed of the classifier's own randomness.

    Raises
    ------
    ValueError
        It cannot be built, or is not a classifier.

    Examples
    --------
    >>> build_classifier("1-nn(weights=distance)", 0)
    KNeighborsClassifier(n_neighbors=1, weights='distance')
    """
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
    known = CLASSIFIERS.get(name)
    if known is None and ":" not in name and "." not in name:
        other = ", or an import path" if permissions().imports else ""
        raise ValueError(f"classifier = {spec!r}{suggestion(name, list(CLASSIFIERS))}; known: {', '.join(CLASSIFIERS)}{other}")
    if known is not None:
        path, defaults = known
        module, _, attribute = path.partition(":")
        found, named = getattr(import_module(module), attribute), {**defaults, **named}
    else:
        found = _imported(spec, name)
    try:
        return found(*positional, **named)
    except BaseException as error:  # it may be the user's own class, and raise anything, SystemExit too
        raise ValueError(f"classifier = {spec!r}: {error or type(error).__name__}") from error


def _imported(spec: str, path: str) -> type:
    """Return the class at an import path, without calling anything before it is known to be a classifier's."""
    from sklearn.base import ClassifierMixin

    try:
        found = import_object(path)
    except ImportError as error:
        raise ValueError(f"classifier = {spec!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, ClassifierMixin)):
        raise ValueError(f"classifier = {spec!r} is not a scikit-learn classifier: it must be a subclass of ClassifierMixin")
    return found


def accuracies(classifier: Any, train: Holding, tests: Sequence[Holding]) -> FloatArray:
    """Return the accuracy on each set of test rows of a classifier trained on some rows, shape (tests,).

    Without rows to train on there is no model, which is worth 0; rows of one class make a model that always says that class.
    """
    if not len(train):
        return np.zeros(len(tests))
    inputs = np.concatenate([rows.inputs for rows in tests])
    labels = np.unique(train.targets)
    if len(labels) == 1:
        predicted = np.full(len(inputs), labels[0])
    else:
        predicted = copy.deepcopy(classifier).fit(train.inputs, train.targets).predict(inputs)
    right = predicted == np.concatenate([rows.targets for rows in tests])
    ends = np.cumsum([len(rows) for rows in tests])[:-1]
    return np.array([part.mean() for part in np.split(right, ends)])


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
    inputs, labels = np.asarray(rows.inputs, dtype=np.float64), np.asarray(rows.targets)
    if inputs.ndim != 2 or inputs.shape[1] != width:
        raise ValueError(f"{whose}: inputs have shape {inputs.shape}; they must have shape (rows, {width})")
    if labels.shape != (len(inputs),):
        raise ValueError(f"{whose}: {len(inputs)} rows of inputs need labels of shape ({len(inputs)},), not {labels.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError(f"{whose}: inputs must be finite, not {inputs[~np.isfinite(inputs)][0]}")
    if len(labels) and not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{whose}: labels are whole numbers from 0 to {classes - 1}, not {labels.dtype}")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise ValueError(f"{whose}: a label is {wrong[0]}; the classes are 0 to {classes - 1}")
    return Holding(inputs, labels.astype(np.int64))
