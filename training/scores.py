"""How well a trained model does on test rows, and how well one does that only guesses."""

import copy
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import FloatArray, IntArray
from ..components import suggestion
from ..data.held_rows import Holding
from .estimators import Kind

OWN: dict[Kind, tuple[str, ...]] = {
    "classifier": ("accuracy", "balanced-accuracy", "log-loss", "auc"),
    "regressor": ("r2", "mse", "mae"),
}
"""The scores that have a name of ours; ``log-loss``, ``mse`` and ``mae`` are taken negative, so that more is better."""

_OF_NUMBERS = re.compile(r"r2|explained_variance|max_error|d2_(?:absolute|pinball|tweedie).*|neg_(?:mean|median|root|max).*")
_OF_CLASSES = re.compile(
    r"accuracy|balanced_accuracy|top_k.*|average_precision|neg_brier.*|neg_log_loss|(?:f1|precision|recall|jaccard|roc_auc).*"
    r"|matthews.*|(?:positive|neg_negative)_likelihood.*|d2_(?:log|brier).*"
)


def check_score(name: str, kind: Kind) -> str:
    """Return a score's name if there is such a score, of ours or of scikit-learn's.

    Raises
    ------
    ValueError
        There is none for models of that kind.

    Examples
    --------
    >>> check_score("f1_macro", "classifier")
    'f1_macro'
    """
    if name in OWN[kind]:
        return name
    from sklearn.metrics import get_scorer_names

    fits = _OF_CLASSES if kind == "classifier" else _OF_NUMBERS
    others = [other for other in get_scorer_names() if fits.fullmatch(other)]
    if name in others:
        return name
    guess, known = suggestion(name, [*OWN[kind], *others]), ", ".join(OWN[kind])
    raise ValueError(f"score = {name!r}{guess}; known: {known}, or a scorer of scikit-learn's, such as {others[-1]}")


def is_loss(name: str) -> bool:
    """Say whether a score is a loss taken negative, so that no model may be better than the 0 of having none."""
    return name in ("log-loss", "mse", "mae") or name.startswith("neg_") or name == "max_error"


def trained(estimator: Any, rows: Holding, kind: Kind) -> Any:
    """Return a copy of an estimator, trained; rows of one class make a model that always says that class."""
    if kind == "classifier" and (rows.targets == rows.targets[0]).all():
        from sklearn.dummy import DummyClassifier

        return DummyClassifier(strategy="constant", constant=rows.targets[0]).fit(rows.inputs, rows.targets)
    return copy.deepcopy(estimator).fit(rows.inputs, rows.targets)


def scores(name: str, model: Any, tests: Sequence[Holding], classes: int) -> FloatArray:
    """Return the score of a trained model on each set of test rows, shape (tests,).

    Parameters
    ----------
    name
        As in `check_score`.
    model
        The trained model; it may know fewer classes than there are, and gives the others no chance.
    tests
        Test rows.
    classes
        How many classes there are; 0 where numbers are predicted.

    Raises
    ------
    ValueError
        The model gives no chances of classes, or test rows do not allow the score.
    """
    ends = np.cumsum([len(rows) for rows in tests])[:-1]
    inputs = np.concatenate([rows.inputs for rows in tests])
    if name in ("log-loss", "auc"):
        outputs = _chances(name, model, inputs, classes)
    elif name in OWN["classifier" if classes else "regressor"]:
        outputs = np.asarray(model.predict(inputs))
    else:
        from sklearn.metrics import get_scorer

        scorer = get_scorer(name)
        return np.array([scorer(model, rows.inputs, rows.targets) for rows in tests])
    parts = np.split(outputs, ends)
    return np.array([_score(name, rows.targets, part, classes) for rows, part in zip(tests, parts, strict=True)])


def guessed(name: str, baseline: str, targets: Any, classes: int) -> float:
    """Return the score on test rows of guessing without data.

    Parameters
    ----------
    name
        As in `check_score`.
    baseline
        ``majority`` of the classes, their shares as ``prior``, the ``mean`` of numbers; or ``nothing``, 0.
    targets
        Those of the test rows.
    classes
        How many classes there are; 0 where numbers are predicted.

    Examples
    --------
    >>> targets = np.array([0, 0, 0, 1])
    >>> [round(guessed("accuracy", baseline, targets, 2), 3) for baseline in ("nothing", "prior", "majority")]
    [0.0, 0.625, 0.75]
    """
    if baseline == "nothing":
        return 0.0
    if not classes:
        return _guessed_number(name, targets)
    shares = np.bincount(targets, minlength=classes) / len(targets)
    match name:
        case "accuracy":
            return float((shares**2).sum() if baseline == "prior" else shares.max())
        case "balanced-accuracy":
            return float(1 / (shares > 0).sum())
        case "auc":
            return 0.5
        case "log-loss":
            return float(sum(share * np.log(share) for share in shares if share))
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import get_scorer

    rows = np.zeros((len(targets), 1))
    model = DummyClassifier(strategy="prior" if baseline == "prior" else "most_frequent").fit(rows, targets)
    return float(get_scorer(name)(model, rows, targets))


def _guessed_number(name: str, targets: FloatArray) -> float:
    if name in OWN["regressor"]:
        return _score(name, targets, np.full(len(targets), targets.mean()), 0)
    from sklearn.dummy import DummyRegressor
    from sklearn.metrics import get_scorer

    rows = np.zeros((len(targets), 1))
    return float(get_scorer(name)(DummyRegressor().fit(rows, targets), rows, targets))


def _chances(name: str, model: Any, inputs: FloatArray, classes: int) -> FloatArray:
    """Return the chance of each class, shape (rows, classes); for AUC of two classes any number that grows with it will do."""
    if hasattr(model, "predict_proba"):
        chances = np.zeros((len(inputs), classes))
        chances[:, np.asarray(model.classes_, dtype=np.int64)] = model.predict_proba(inputs)
        return chances
    if name == "auc" and classes == 2 and hasattr(model, "decision_function"):
        above = np.asarray(model.decision_function(inputs))
        return np.column_stack([-above, above])
    raise ValueError(f"{type(model).__name__} gives no chances of classes, which the score {name} needs: choose another")


def _score(name: str, targets: IntArray | FloatArray, outputs: Any, classes: int) -> float:
    match name:
        case "accuracy":
            return float((outputs == targets).mean())
        case "balanced-accuracy":
            right = outputs == targets
            return float(np.mean([right[targets == label].mean() for label in np.unique(targets)]))
        case "log-loss":
            from sklearn.metrics import log_loss

            return -float(log_loss(targets, outputs, labels=np.arange(classes)))
        case "auc":
            return _area(targets, outputs, classes)
        case "r2":
            if np.ptp(targets) == 0:
                raise ValueError(f"{len(targets)} test rows have one value: there is no R² unless two differ")
            return 1 - float(np.mean((outputs - targets) ** 2)) / float(np.var(targets))
        case "mse":
            return -float(np.mean((outputs - targets) ** 2))
        case _:
            return -float(np.mean(np.abs(outputs - targets)))


def _area(targets: IntArray | FloatArray, chances: FloatArray, classes: int) -> float:
    from sklearn.metrics import roc_auc_score

    present = len(np.unique(targets))
    if present < classes:
        raise ValueError(f"test rows hold {present} of {classes} classes, for which there is no area under the curve (AUC)")
    if classes == 2:
        return float(roc_auc_score(targets, chances[:, 1]))
    one_against_rest = [roc_auc_score(targets == label, chances[:, label]) for label in range(classes)]
    return float(np.mean(one_against_rest))
