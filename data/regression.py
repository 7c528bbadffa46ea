"""Data with numbers to predict: the Friedman function, bundled with scikit-learn, fetched on request, or the user's own CSV."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ..arrays import FloatArray
from ..components import suggestion
from ..permissions import local_file
from . import downloads
from .datasets import encoded_column, read_csv_table

DIABETES = "diabetes"
CALIFORNIA = "california-housing"
_TARGETS = {CALIFORNIA: "MedHouseVal"}


@dataclass(frozen=True, eq=False)
class RegressionData:
    """Rows of inputs and a number to predict.

    Parameters
    ----------
    name
        What it is called in tables and messages.
    inputs
        Shape (rows, d), finite; not scaled.
    targets
        Shape (rows,), finite.
    input_names
        The d columns of ``inputs``.
    citation
        What to cite, or an empty text.

    Raises
    ------
    ValueError
        Fewer than 2 rows, no input, or a value that is not finite.
    """

    name: str
    inputs: FloatArray
    targets: FloatArray
    input_names: tuple[str, ...]
    citation: str = ""

    def __post_init__(self) -> None:
        if len(self.inputs) < 2 or not self.input_names:
            raise ValueError(f"data set {self.name!r} needs at least 2 rows and 1 input, not shape {self.inputs.shape}")
        if not (np.isfinite(self.inputs).all() and np.isfinite(self.targets).all()):
            raise ValueError(f"data set {self.name!r} holds values that are not finite numbers")


def load_regression(
    name_or_path: str, target: str | None = None, without: Sequence[str] = (), beside: Sequence[str] = ()
) -> RegressionData:
    """Return the data set of that name, or the one in the user's own CSV file.

    Parameters
    ----------
    name_or_path
        ``diabetes`` (442 patients, bundled with scikit-learn), ``california-housing`` (20,640 districts, fetched with
        ``potluck data get california-housing``), or the path of a comma-separated file with a header. In a file texts become one
        0/1 input a value, and a missing number the median of its column.
    target
        The column to predict. Default in a file: ``target`` if there is one, else the last column.
    without
        Columns to leave out of the inputs.
    beside
        Names that the caller knows beside those, for the message where the name is unknown.

    Raises
    ------
    ValueError
        The name is unknown; the data is not fetched yet, or its cached copy is corrupt; there is no such file or column; the
        target is left out, or is not a number in every row.

    Examples
    --------
    >>> data = load_regression("diabetes", without=["sex"])
    >>> data.inputs.shape, data.input_names[:2]
    ((442, 9), ('age', 'bmi'))
    """
    name = downloads.plain_name(name_or_path)
    if name == DIABETES:
        return _from_table(DIABETES, _diabetes(), target or "target", without, "Efron et al. (2004), Least angle regression")
    if name in _TARGETS:
        table = read_csv_table(downloads.verified_path(name))
        return _from_table(name, table, target or _TARGETS[name], without, downloads.find(name).citation)
    if not ("/" in name_or_path or name_or_path.lower().endswith(".csv") or os.path.exists(os.path.expanduser(name_or_path))):
        known = [DIABETES, *_TARGETS, *beside]
        raise ValueError(
            f"unknown data set {name_or_path!r}{suggestion(name_or_path, known) or '.'} "
            f"Known: {', '.join(known)}; or give the path of a CSV file"
        )
    path = local_file(name_or_path)
    table = read_csv_table(path)
    default = "target" if "target" in table.columns else str(table.columns[-1])
    return _from_table(path.name, table, target or default, without)


def _diabetes() -> pd.DataFrame:
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return pd.DataFrame(bunch.data, columns=list(bunch.feature_names)).assign(target=bunch.target)


def _from_table(name: str, table: pd.DataFrame, target: str, without: Sequence[str], citation: str = "") -> RegressionData:
    columns = [str(column) for column in table.columns]
    for column in (target, *without):
        if column not in columns:
            raise ValueError(
                f"data set {name!r} has no column {column!r}{suggestion(column, columns) or '.'} It has {', '.join(columns[:20])}"
            )
    if target in without:
        raise ValueError(f"data set {name!r}: the target {target!r} is not an input that could be left out")
    wanted = table[target]
    if not is_numeric_dtype(wanted) or is_bool_dtype(wanted) or wanted.isna().any():
        raise ValueError(f"data set {name!r}: the target column {target!r} must hold a number in every row")
    inputs = [column for column in columns if column != target and column not in without]
    if not inputs:
        raise ValueError(f"data set {name!r} has no inputs beside the target {target!r}")
    parts = [encoded_column(name, table[column]) for column in inputs]
    names = tuple(title for _, titles in parts for title in titles)
    return RegressionData(name, np.column_stack([values for values, _ in parts]), wanted.to_numpy(np.float64), names, citation)


def friedman(
    rows: int, rng: np.random.Generator, *, first: tuple[ArrayLike, ArrayLike] = (0.0, 1.0), inputs: int = 6, noise: float = 1.0
) -> tuple[FloatArray, FloatArray]:
    """Return rows of the Friedman function, 10 sin(π x₁ x₂) + 20 (x₃ - ½)² + 10 x₄ + 5 x₅ and noise.

    Friedman (1991), "Multivariate adaptive regression splines"; inputs beyond the fifth do not matter.

    Parameters
    ----------
    rows, rng
        How many rows, and where they come from.
    first
        Range of the first input, within [0, 1]: two numbers, or two of shape (rows,). The other inputs are uniform on [0, 1].
    inputs
        Number of inputs, ≥ 5.
    noise
        Standard deviation of the noise, ≥ 0, finite.

    Returns
    -------
    inputs, targets
        Shapes (rows, inputs) and (rows,).

    Raises
    ------
    ValueError
        A number is out of its range.

    Examples
    --------
    >>> x, y = friedman(3, np.random.default_rng(0), noise=0)
    >>> bool(np.allclose(y, 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]))
    True
    """
    low, high = np.asarray(first[0], dtype=np.float64), np.asarray(first[1], dtype=np.float64)
    if not ((low >= 0) & (low < high) & (high <= 1)).all():
        raise ValueError(f"first = {first}: a range of the first input lies within [0, 1]")
    if rows < 0 or inputs < 5 or not 0 <= noise < np.inf:
        raise ValueError(
            f"the Friedman function needs rows >= 0, inputs >= 5 and finite noise >= 0, not {rows}, {inputs}, {noise}"
        )
    x = rng.uniform(size=(rows, inputs))
    x[:, 0] = low + (high - low) * x[:, 0]
    clean = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return x, clean + noise * rng.normal(size=rows)
