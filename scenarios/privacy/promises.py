"""What privacy levels promise: ε of one rating beside p, in tables and on the axes of figures."""

import math
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ...training.recommender import PRIVACY_METHODS, BoundedDP, PrivacyMethod, Suppression
from ...training.recommender.preprocessing import REACH

NOISE = BoundedDP()
"""The method that levels stand for where a game is of a formula or of the paper's tables for bDP."""

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def method_named(name: str) -> PrivacyMethod | None:
    """Return the privacy method that a table names, by the paper's short names or ours; None where it is none that we know.

    Examples
    --------
    >>> str(method_named("bDP")), method_named("measured")
    ('BoundedDP(sensitivity=1.197)', None)
    """
    try:
        return {"Sup": Suppression(), "bDP": NOISE}.get(name) or PRIVACY_METHODS.build(name)
    except ValueError:
        return None


def rating_epsilon(p: float, method: PrivacyMethod | None = NOISE) -> float:
    """Return ε of one rating at a privacy level where averages are taken off after the noise; nan where nothing is known of it.

    Neighbouring data have the same users, items and pairs of them with a rating, and differ in the value of one rating.

    Examples
    --------
    >>> [round(rating_epsilon(p), 2) for p in (0, 0.2, 0.5, 1)], rating_epsilon(0.5, Suppression())
    ([inf, 13.37, 3.34, 0.0], inf)
    """
    if method is None or math.isnan(p):
        return math.nan
    return method.guarantee(float(p), 2 * REACH).epsilon


def with_epsilons(frame: pd.DataFrame, levels: Mapping[str, str], method: PrivacyMethod | None = NOISE) -> pd.DataFrame:
    """Return a table with the ε of its columns of privacy levels right behind them.

    Parameters
    ----------
    frame
        The table.
    levels
        Names of columns to be, by names of the columns of levels.
    method
        The method of all rows; those of a column ``method`` where there is one.

    Examples
    --------
    >>> with_epsilons(pd.DataFrame({"p": [0.5, 1.0], "x": [1, 2]}), {"p": "epsilon"}).round(2).values.tolist()
    [[0.5, 3.34, 1.0], [1.0, 0.0, 2.0]]
    """
    found = frame.copy()
    methods = [method_named(str(name)) for name in frame["method"]] if "method" in frame else [method] * len(frame)
    for column, name in levels.items():
        values = [rating_epsilon(float(p), each) for p, each in zip(frame[column], methods, strict=True)]
        found.insert(int(np.flatnonzero(found.columns == column)[0]) + 1, name, values)
    return found


def level_name(p: float, epsilon: float) -> str:
    r"""Return what to write beside a privacy level on an axis: p, and the ε of one rating below it.

    Examples
    --------
    >>> level_name(0.5, 3.34169)
    '0.5\nε 3.3'
    """
    return f"{p:g}" if math.isnan(epsilon) else f"{p:g}\nε {epsilon_text(epsilon)}"


def epsilon_text(epsilon: float) -> str:
    """Return ε in a few digits.

    Examples
    --------
    >>> [epsilon_text(value) for value in (math.inf, 13.368, 0.83542)]
    ['∞', '13.4', '0.84']
    """
    return "∞" if math.isinf(epsilon) else format(epsilon, ".3g" if epsilon >= 10 else ".2g")


def mark_levels(axis: Axes, which: Literal["x", "y"] = "x", promised: Callable[[float], float] = rating_epsilon) -> None:
    """Write ε of one rating, as it is promised at a level, below the privacy levels on an axis."""
    (axis.set_xticks if which == "x" else axis.set_yticks)(TICKS, [level_name(p, promised(p)) for p in TICKS])
