"""What tasks have in common whose parties hold rows of data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BeforeValidator

from ..arrays import FloatArray, kind_of
from ..components import parse_call
from ..messages import brief


@dataclass(frozen=True, eq=False, repr=False)
class Holding:
    """The rows of data that a party has; written as text, it can be read again (see `HELD`).

    Parameters
    ----------
    inputs
        Shape (rows, d).
    targets
        Labels or measured values, shape (rows,).

    Examples
    --------
    >>> Holding(np.array([[0.5, 1.0]]), np.array([1]))
    Holding(inputs=[[0.5, 1.0]], targets=[1])
    """

    inputs: FloatArray
    targets: Any

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.inputs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Holding):
            return NotImplemented
        same = np.array_equal(self.inputs, other.inputs) and np.array_equal(self.targets, other.targets)
        return same or len(self) == len(other) == 0

    def __hash__(self) -> int:
        return hash((np.asarray(self.inputs).tobytes(), np.asarray(self.targets).tobytes()) if len(self) else ())

    def __repr__(self) -> str:
        return f"Holding(inputs={np.asarray(self.inputs).tolist()}, targets={np.asarray(self.targets).tolist()})"


def _read(rows: Any) -> Holding:
    """Return rows from text, as `Holding` is written."""
    if isinstance(rows, Holding):
        return rows
    if not isinstance(rows, str):
        raise ValueError(f"rows are given as Holding(inputs=[[…], …], targets=[…]), not {brief(rows)}")
    name, positional, named = parse_call(rows)
    parts = {**dict(zip(("inputs", "targets"), positional, strict=False)), **named}
    if name != "Holding" or set(parts) != {"inputs", "targets"} or len(positional) > 2:
        raise ValueError(f"rows are given as Holding(inputs=[[…], …], targets=[…]), not {brief(rows)}")
    try:
        inputs, targets = np.asarray(parts["inputs"], dtype=np.float64), np.asarray(parts["targets"])
        return Holding(inputs, targets if len(targets) else targets.astype(np.int64))
    except (TypeError, ValueError):
        raise ValueError(f"rows are lists of numbers, all of one length, not {brief(rows)}") from None


HELD = BeforeValidator(_read)
"""What makes a parameter of rows: ``Annotated[Holding, HELD]`` takes them, or their text."""


def inputs_of(rows: Holding, width: int, whose: str) -> FloatArray:
    """Return the inputs of rows as finite numbers, shape (rows, ``width``), after checking that there is a target for each.

    Raises
    ------
    ValueError
        The shapes do not fit, or an input is text or not finite; the message begins with ``whose`` they are.

    Examples
    --------
    >>> inputs_of(Holding([[0.5]], [2, 3]), 1, "party 1's rows")
    Traceback (most recent call last):
        ...
    ValueError: party 1's rows: 1 rows of inputs need targets of shape (1,), not (2,)
    """
    inputs, targets = kind_of(rows.inputs, f"{whose}: inputs"), np.asarray(rows.targets)
    inputs = inputs.reshape(0, width) if inputs.shape == (0,) else inputs
    if inputs.ndim != 2 or inputs.shape[1] != width:
        raise ValueError(f"{whose}: inputs have shape {inputs.shape}; they must have shape (rows, {width})")
    if targets.shape != (len(inputs),):
        raise ValueError(f"{whose}: {len(inputs)} rows of inputs need targets of shape ({len(inputs)},), not {targets.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError(f"{whose}: inputs must be finite, not {inputs[~np.isfinite(inputs)][0]}")
    return inputs


def check_shares(levels: Sequence[float]) -> None:
    """Check that levels, in increasing order, are shares of a party's rows.

    Raises
    ------
    ValueError
        One is not above 0, or is above 1.

    Examples
    --------
    >>> check_shares((0.5, 2.0))
    Traceback (most recent call last):
        ...
    ValueError: levels = (0.5, 2.0) must be shares of a party's rows, above 0 and at most 1
    """
    if levels[0] <= 0 or levels[-1] > 1:
        raise ValueError(f"levels = {levels} must be shares of a party's rows, above 0 and at most 1")


def shares_of_equal_rows(holdings: Sequence[Holding]) -> FloatArray:
    """Return how alike parties' data is, shape (n, n): rows with the same inputs over all different rows of both (Jaccard).

    A row that a party holds twice counts once. Two who hold nothing are alike.

    Examples
    --------
    >>> one, other = Holding(np.array([[1.0], [2.0]]), np.zeros(2)), Holding(np.array([[2.0], [3.0]]), np.zeros(2))
    >>> shares_of_equal_rows([one, other]).round(3).tolist()
    [[1.0, 0.333], [0.333, 1.0]]
    """
    held = [{row.tobytes() for row in rows.inputs} for rows in holdings]
    return np.array([[len(one & other) / len(one | other) if one or other else 1.0 for other in held] for one in held])
