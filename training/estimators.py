"""scikit-learn's estimators by name or import path."""

from importlib import import_module
from typing import Any, Literal

from ..components import import_object, parse_call, suggestion
from ..permissions import permissions

Kind = Literal["classifier", "regressor"]

KNOWN: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "classifier": {
        "1-nn": ("sklearn.neighbors:KNeighborsClassifier", {"n_neighbors": 1}),
        "logistic": ("sklearn.linear_model:LogisticRegression", {"max_iter": 1000}),
        "tree": ("sklearn.tree:DecisionTreeClassifier", {}),
        "naive-bayes": ("sklearn.naive_bayes:GaussianNB", {}),
    },
    "regressor": {
        "linear": ("sklearn.linear_model:LinearRegression", {}),
        "ridge": ("sklearn.linear_model:Ridge", {}),
        "1-nn": ("sklearn.neighbors:KNeighborsRegressor", {"n_neighbors": 1}),
        "tree": ("sklearn.tree:DecisionTreeRegressor", {}),
    },
}
"""Where the estimators that have a name of ours are found, and their parameters."""


def build_estimator(spec: Any, seed: int, kind: Kind) -> Any:
    """Return an untrained classifier or regressor, its own randomness seeded unless the user seeded it.

    Parameters
    ----------
    spec
        A name in ``KNOWN``, an import path with or without parameters, or a scikit-learn estimator, which is copied.
    seed
        Seed of the estimator's own randomness.
    kind
        What it must be.

    Raises
    ------
    ValueError
        It cannot be built, or is no such estimator.

    Examples
    --------
    >>> build_estimator("1-nn(weights=distance)", 0, "classifier")
    KNeighborsClassifier(n_neighbors=1, weights='distance')
    """
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.base import clone, is_classifier, is_regressor

    model = _build(spec, kind) if isinstance(spec, str) else spec
    fits = is_classifier if kind == "classifier" else is_regressor
    if not (hasattr(model, "get_params") and fits(model)):
        raise ValueError(f"{kind} = {spec!r} is not a scikit-learn {kind}")
    model = clone(model)
    if "random_state" in model.get_params() and model.get_params()["random_state"] is None:
        model.set_params(random_state=seed)
    return model


def _build(spec: str, kind: Kind) -> Any:
    name, positional, named = parse_call(spec)
    names = KNOWN[kind]
    known = names.get(name)
    if known is None and ":" not in name and "." not in name:
        other = ", or an import path" if permissions().imports else ""
        raise ValueError(f"{kind} = {spec!r}{suggestion(name, list(names))}; known: {', '.join(names)}{other}")
    if known is not None:
        path, defaults = known
        module, _, attribute = path.partition(":")
        found, named = getattr(import_module(module), attribute), {**defaults, **named}
    else:
        found = _imported(spec, name, kind)
    try:
        return found(*positional, **named)
    except BaseException as error:  # it may be the user's own class, and raise anything, SystemExit too
        raise ValueError(f"{kind} = {spec!r}: {error or type(error).__name__}") from error


def _imported(spec: str, path: str, kind: Kind) -> type:
    """Return the class at an import path, without calling anything before it is known to be an estimator's."""
    from sklearn.base import ClassifierMixin, RegressorMixin

    mixin = ClassifierMixin if kind == "classifier" else RegressorMixin
    try:
        found = import_object(path)
    except ImportError as error:
        raise ValueError(f"{kind} = {spec!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, mixin)):
        raise ValueError(f"{kind} = {spec!r} is not a scikit-learn {kind}: it must be a subclass of {mixin.__name__}")
    return found
