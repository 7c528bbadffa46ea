"""Rows of inputs, and a class or a number to predict for each."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..arrays import FloatArray, IntArray
from .encoding import encoded
from .schema import Schema


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of inputs, and a class or a number to predict for each.

    Parameters
    ----------
    name
        What it is called in tables and messages.
    inputs
        A row a row and a column an input: numbers, NaN where missing, or texts, None where missing.
    targets
        Shape (rows,): classes 0 to K - 1, an index into ``label_names``; or finite numbers.
    label_names
        The K classes, K at least 2; none where numbers are to be predicted.
    schema
        What the columns of the file were taken for.
    sites
        Columns that can name the site (clinic, hospital, shop) of each row: column name to texts of shape (rows,).
    aside
        Columns that are no inputs, such as row numbers, in the form of ``inputs``.
    citation
        What to cite, or an empty text.

    Raises
    ------
    ValueError
        Fewer than 2 rows, no input, one class only, a value that is not finite, or shapes that do not fit.

    Examples
    --------
    >>> data = Dataset("coins", pd.DataFrame({"weight": [0.2, 0.9]}), np.array([0, 1]), ("tails", "heads"))
    >>> data.features.shape
    (2, 1)
    """

    name: str
    inputs: pd.DataFrame
    targets: IntArray | FloatArray
    label_names: tuple[str, ...] = ()
    schema: Schema = field(default_factory=lambda: Schema("", 0, ()))
    sites: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    citation: str = ""

    def __post_init__(self) -> None:
        rows, width = self.inputs.shape
        if rows < 2:
            raise ValueError(f"data set {self.name!r} has {rows} rows; at least 2 are needed")
        if width < 1:
            raise ValueError(f"data set {self.name!r} has no input")
        for what, column in (("labels", self.targets), *self.sites.items()):
            if np.shape(column) != (rows,):
                raise ValueError(f"data set {self.name!r}: {what} has shape {np.shape(column)}; it must be ({rows},)")
        for name, cells in self.inputs.items():
            if cells.dtype.kind == "f" and np.isinf(cells).any():
                raise ValueError(f"data set {self.name!r}: feature {name!r} holds values that are not finite numbers")
        if self.label_names:
            self._check_classes()
        elif not np.isfinite(self.targets).all():
            raise ValueError(f"data set {self.name!r}: a number to predict is not finite")

    def _check_classes(self) -> None:
        present = np.unique(self.targets)
        if len(present) < 2:
            raise ValueError(f"data set {self.name!r} has one class only; at least 2 are needed")
        if present[0] < 0 or present[-1] >= len(self.label_names):
            raise ValueError(
                f"data set {self.name!r} has labels from {present[0]} to {present[-1]}; "
                f"its {len(self.label_names)} classes allow 0 to {len(self.label_names) - 1}"
            )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.targets)

    @property
    def labels(self) -> IntArray:
        """The class of every row, shape (rows,)."""
        return np.asarray(self.targets, dtype=np.int64)

    def encoded(self, rows: IntArray) -> tuple[FloatArray, tuple[str, ...]]:
        """Return all inputs as numbers, (rows, d), and their columns' names; medians and categories are those of some rows."""
        orders = {column.name: column.values for column in self.schema.columns if column.kind == "ordered"}
        return encoded(self.inputs, rows, {name: order for name, order in orders.items() if name in self.inputs})

    @cached_property
    def _whole(self) -> tuple[FloatArray, tuple[str, ...]]:
        return self.encoded(np.arange(len(self)))

    @property
    def features(self) -> FloatArray:
        """All inputs as numbers, shape (rows, d), encoded by all rows; not scaled."""
        return self._whole[0]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The d columns of ``features``."""
        return self._whole[1]

    def without(self, *columns: str) -> "Dataset":
        """Return the same data without some inputs."""
        return replace(self, inputs=self.inputs.drop(columns=list(columns)))
