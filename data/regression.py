"""Data with numbers to predict: the Friedman function, bundled with scikit-learn, fetched on request, or the user's own file."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..arrays import FloatArray
from . import downloads
from .dataset import Dataset
from .datasets import own_table
from .labelled_tables import as_text, bundled_dataset, from_table
from .reading import TableReading, column_named
from .text_table import read_text_table

DIABETES = "diabetes"
CALIFORNIA = "california-housing"
_TARGETS = {CALIFORNIA: "MedHouseVal"}


def load_regression(name_or_path: str, asked: TableReading | None = None, beside: Sequence[str] = ()) -> Dataset:
    """Return the data set of that name, or the one in the user's own file, with numbers to predict.

    Parameters
    ----------
    name_or_path
        ``diabetes`` (442 patients, bundled with scikit-learn), ``california-housing`` (20,640 districts, fetched with
        ``potluck data get california-housing``), or the path of a file, read as in `load_dataset`.
    asked
        What the columns are; the label is the number to predict.
    beside
        Names that the caller knows beside those, for the message where the name is unknown.

    Raises
    ------
    ValueError
        As `load_dataset`; the label is not a number in every row; or ``diabetes`` is asked for a site, of which it names none.

    Examples
    --------
    >>> data = load_regression("diabetes", TableReading(drop=["sex"]))
    >>> data.features.shape, data.feature_names[:2]
    ((442, 9), ('age', 'bmi'))
    """
    asked = asked or TableReading()
    name = downloads.plain_name(name_or_path)
    if name == DIABETES:
        return _diabetes(asked)
    if name in _TARGETS:
        asked = asked.model_copy(update={"label": asked.label or _TARGETS[name]})
        table = read_text_table(downloads.verified_path(name), as_text=as_text(TableReading()))
        return from_table(replace(table, name=name), asked, numbers=True, citation=downloads.find(name).citation)
    table = own_table(name_or_path, [DIABETES, *_TARGETS, *beside], asked)
    return from_table(table, asked, numbers=True)


def _diabetes(asked: TableReading) -> Dataset:
    if asked.site is not None:
        raise ValueError(f"data set {DIABETES!r} has no site column: leave out site")
    # scikit-learn takes a second to import, and listing scenarios needs none of it
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    inputs = pd.DataFrame(bunch.data, columns=list(bunch.feature_names))
    targets = np.asarray(bunch.target, dtype=np.float64)
    if asked.label not in (None, "target"):
        inputs, targets = _another_target(inputs, targets, asked)
    citation = "Efron et al. (2004), Least angle regression"
    return bundled_dataset(DIABETES, inputs, targets, (), asked.model_copy(update={"label": None, "site": None}), citation)


def _another_target(inputs: pd.DataFrame, targets: FloatArray, asked: TableReading) -> tuple[pd.DataFrame, FloatArray]:
    label = column_named(asked.label or "", list(inputs.columns), "label", DIABETES)
    return inputs.drop(columns=label).assign(target=targets), inputs[label].to_numpy(np.float64)


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
