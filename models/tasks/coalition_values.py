"""A task given by the values of its coalitions."""

import numpy as np

from ...arrays import FloatArray, IntArray
from .task import TASKS, Task


@TASKS.register
class CoalitionValues(Task):
    """A task whose coalitions' values are known numbers: gains measured elsewhere, or made up to think with.

    Parameters
    ----------
    values
        The 2^n values, bit i of the index = party i, first 0; or n such rows, one a party, where each judges the joint model by
        data of its own. A copy adds nothing to its original.
    copies, levels
        As in `Task`; only the level 1 can be given.

    Examples
    --------
    >>> CoalitionValues(values=[0, 0.7, 0.7, 1], copies=2).worths([[1, 0], [3, 0], [3, 1]]).tolist()
    [0.7, 0.7, 1.0]
    """

    source = "original"
    example_parameters = {"values": (0.0, 0.6, 0.2, 0.8, 0.1, 0.7, 0.5, 1.0), "copies": 1}

    values: tuple[float, ...] | tuple[tuple[float, ...], ...] = (0.0, 0.7, 0.7, 1.0)

    def model_post_init(self, context: object, /) -> None:
        """Check the table's shape and that nobody is worth nothing."""
        super().model_post_init(context)
        if self.levels != (1.0,):
            raise ValueError(f"levels = {self.levels}: a table of coalition values knows only the level 1")
        try:
            table = np.atleast_2d(np.array(self.values, dtype=np.float64))
        except ValueError:
            raise ValueError("values: every party's row must have the same length") from None
        coalitions = table.shape[1]
        n = coalitions.bit_length() - 1
        if n < 1 or coalitions != 1 << n or (np.ndim(self.values[0]) and len(table) != n):
            raise ValueError(f"values must be 2^n numbers or n rows of 2^n, not of shape {np.shape(self.values)}")
        if not np.isfinite(table).all() or (table[:, 0] != 0).any():
            raise ValueError("values must be finite and start with 0, the worth of nobody's data")

    @property
    def n_parties(self) -> int:
        """Number of parties."""
        return int(np.shape(self.values)[-1]).bit_length() - 1

    def value(self, profiles: IntArray) -> FloatArray:
        """Return the values of the coalitions present."""
        masks = (profiles > 0) @ (1 << np.arange(self.n_parties))
        return np.asarray(np.array(self.values)[..., masks].T)
