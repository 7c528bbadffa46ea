"""Names for the array types that the whole package passes around, and what numpy does slowly on long thin ones."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

FEW_COLUMNS = 16


def row_max(values: FloatArray) -> FloatArray:
    """Return the largest entry of each row, (k, m) -> (k,), column by column where columns are few.

    Examples
    --------
    >>> row_max(np.array([[1.0, 3.0], [2.0, 0.0]])).tolist()
    [3.0, 2.0]
    """
    if not 0 < values.shape[1] <= FEW_COLUMNS:
        return np.asarray(values.max(axis=1))
    largest = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        np.maximum(largest, values[:, column], out=largest)
    return largest
