"""From a table's columns to numbers: what is missing is filled in and categories become 0/1, as fitted on training rows."""

from typing import Any

import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray

MOST_CATEGORIES = 100
"""A category has at most so many features, one for each of its most frequent values."""

NUMBERS = "iuf"
"""Kinds of columns, as numpy calls them, that are numbers: whole ones, too."""


def encoder(inputs: pd.DataFrame, rows: IntArray, orders: dict[str, tuple[str, ...]]) -> Any:
    """Return a scikit-learn ColumnTransformer fitted on some rows of a table.

    A missing number becomes the median of those rows, a missing place in an order the middle one; a category becomes one 0/1
    feature a value that those rows hold, and a missing value or one that they do not hold is 0 in all of them.

    Parameters
    ----------
    inputs
        Columns of numbers, NaN where missing, and of texts, None where missing.
    rows
        The rows to fit on.
    orders
        The values of each ordered column, in order.
    """
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    known = inputs.iloc[rows]
    parts: list[tuple[str, Any, list[str]]] = []

    def median() -> Any:
        return SimpleImputer(strategy="median", keep_empty_features=True)

    for name in inputs.columns:
        if name in orders:
            order = OrdinalEncoder(categories=[orders[name]], handle_unknown="use_encoded_value", unknown_value=np.nan)
            parts.append((name, make_pipeline(order, median()), [name]))
        elif inputs[name].dtype.kind in NUMBERS:
            if parts and parts[-1][2][-1] != name and isinstance(parts[-1][1], SimpleImputer):
                parts[-1][2].append(name)
            else:
                parts.append((name, median(), [name]))
        else:
            often = known[name].value_counts().index[:MOST_CATEGORIES]
            values = np.array(sorted(often), dtype=object)
            if len(values):
                hot = OneHotEncoder(categories=[values], handle_unknown="ignore", sparse_output=False)
                parts.append((name, hot, [name]))
    return ColumnTransformer(parts, verbose_feature_names_out=False).fit(known)


def encoded(inputs: pd.DataFrame, rows: IntArray, orders: dict[str, tuple[str, ...]]) -> tuple[FloatArray, tuple[str, ...]]:
    """Return a table as numbers, shape (all rows, d), fitted on some rows, and what the d columns are called.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [20.0, np.nan, 40.0], "town": ["a", "b", None]})
    >>> encoded(table, np.array([0, 1]), {})
    (array([[20.,  1.,  0.],
           [20.,  0.,  1.],
           [40.,  0.,  0.]]), ('age', 'town=a', 'town=b'))
    """
    kinds = [column.dtype.kind for _, column in inputs.items()]
    if set(kinds) <= set(NUMBERS) and not orders:
        numbers = inputs.to_numpy(dtype=np.float64)
        if not np.isnan(numbers).any():
            return numbers, tuple(inputs.columns)
    fitted = encoder(inputs, rows, orders)
    titles: list[str] = []
    for name, part, columns in fitted.transformers_:
        categories = getattr(part, "categories_", None)
        titles += columns if categories is None else [f"{name}={value}" for value in categories[0]]
    return np.asarray(fitted.transform(inputs), dtype=np.float64), tuple(titles)
