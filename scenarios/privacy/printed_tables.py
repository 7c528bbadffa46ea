"""What the paper prints of the recommender's benefits: Table 7, and a table that the thresholds of Table 4 pin down."""

from fractions import Fraction
from typing import Literal

import numpy as np

from ...arrays import FloatArray
from ...models.games.privacy import Benefit, GridBenefit, TableBenefit, read_benefits
from ...models.games.privacy.table import Clamp, Tail

Reading = Literal["printed", "swapped", "corrected"]

GRID = (0.0, 0.2, 0.4, 0.6)

FIRST_TRUE = ((0.17, 0.14, 0.11, -0.03), (0.15, 0.12, 0.08, -0.26), (-0.13, -0.19, -0.33, -0.69), (-1.16, -1.32, -1.49, -2.08))
"""Table 7, labelled Φ_1: rows own level, columns the other's."""

SECOND_TRUE = ((0.31, 0.23, 0.17, -0.05), (0.31, 0.22, 0.11, -0.18), (-0.14, -0.16, -0.22, -0.52), (-1.13, -1.25, -1.30, -1.85))
"""Table 7, labelled Φ_2."""

FIRST_GUESS = ((0.28, 0.26, 0.24, -0.05), (0.25, 0.16, 0.15, -0.05), (-0.07, -0.10, -0.19, -0.37), (-1.01, -1.16, -1.37, -1.72))
"""Table 7, player 1's approximation by dividing its own data."""

SECOND_GUESS = ((0.17, 0.16, 0.15, -0.05), (0.14, 0.12, 0.12, -0.07), (-0.14, -0.17, -0.28, -0.60), (-1.19, -1.21, -1.28, -1.83))
"""Table 7, player 2's approximation."""

CANONICAL = (
    (0.9898, 0.92895, 0.7798, 0.4398),
    (0.92, 0.86014, 0.71, 0.37),
    (0.64, 0.58014, 0.43, 0.09),
    (0.1898, 0.12994, -0.0202, -0.3602),
)
"""Bounded differential privacy, equal split: a table with all six thresholds of Table 4 and all cells of Table 5.

Table 4 fixes b(0, 0), b(0.2, 0), b(0, 0.2) and b(0.2, 0.2) to three digits and b(0.4, 0) - b(0.6, 0) = 0.4502; the other entries
are one choice among those that it allows.
"""

CANONICAL_SUPPRESSION = (0.9898, 0.7098, 0.39, 0.0246)
"""Suppression, the other unprotected: the entries by own level that Table 4 asks for, likewise one choice."""


def table_7(reading: Reading = "corrected", clamp: Clamp = "after", tail: Tail = "extrapolate") -> TableBenefit:
    """Return the true benefits of Table 7.

    Parameters
    ----------
    reading
        ``printed`` takes the labels as they are; ``swapped`` gives the table labelled Φ_2 to player 1, which the utilities in the
        text ask for; ``corrected`` also reads 0.14 for the 0.12 of player 2 where both keep 0.2, which they ask for as well.
    clamp, tail
        As in `TableBenefit`.

    Examples
    --------
    >>> table_7("corrected").at([[0, 0], [0.2, 0.2]]).round(2).tolist()
    [[0.31, 0.17], [0.22, 0.14]]
    """
    first, second = np.array(FIRST_TRUE), np.array(SECOND_TRUE)
    if reading == "printed":
        return TableBenefit(GRID, [first, second], clamp=clamp, tail=tail)
    if reading == "corrected":
        first[1, 1] = 0.14
    return TableBenefit(GRID, [second, first], clamp=clamp, tail=tail)


def approximated_table_7() -> TableBenefit:
    """Return what both players of Table 7 believe after dividing their own data."""
    return TableBenefit(GRID, [FIRST_GUESS, SECOND_GUESS])


def canonical_table(clamp: Clamp = "after", tail: Tail = "extrapolate") -> TableBenefit:
    """Return the table that stands for Figure 7 and Tables 4 and 5, the same for both players.

    Examples
    --------
    >>> canonical_table().at([[0, 0.2]]).round(4).tolist()
    [[0.929, 0.92]]
    """
    return TableBenefit(GRID, [CANONICAL, CANONICAL], clamp=clamp, tail=tail)


def tables(source: str, clamp: Clamp = "after", tail: Tail = "extrapolate") -> dict[str, TableBenefit]:
    """Return the tables of two players by method: ``canonical`` has one, for bDP; anything else is the path of a CSV file.

    Of more players it is that of the first two while all others keep nothing private.
    """
    found = {}
    for method, each in benefits(source, clamp, tail).items():
        if isinstance(each, GridBenefit):
            found[method] = TableBenefit(each.grid, each.table.improvement, clamp=clamp, tail=tail)
        elif isinstance(each, TableBenefit):
            found[method] = each
    return found


def benefits(source: str, clamp: Clamp = "after", tail: Tail = "extrapolate") -> dict[str, Benefit]:
    """Return benefits by method, of any number of players: ``canonical``, ``table-7``, or the path of a CSV file."""
    if source == "canonical":
        return {"bDP": canonical_table(clamp, tail)}
    return {"bDP": table_7("corrected", clamp, tail)} if source == "table-7" else read_benefits(source, clamp, tail)


def chosen(source: str, method: str | None) -> tuple[str, Benefit]:
    """Return the benefit of a method, by name; of the first where none is named and there is one only.

    Raises
    ------
    ValueError
        There is no such method, or several and none is named.
    """
    found = benefits(source)
    if method is None and len(found) == 1:
        return next(iter(found.items()))
    if method not in found:
        raise ValueError(f"method = {method!r}: the table holds {', '.join(found)}; name one of them")
    return method, found[method]


def against_unprotected(source: str) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return levels and player 2's improvements by own level while player 1 keeps nothing private, by method, not clamped."""
    if source == "canonical":
        grid, table = np.array(GRID), np.array(CANONICAL)
        return {"Sup": (grid, np.array(CANONICAL_SUPPRESSION)), "bDP": (grid, table[:, 0])}
    found = tables(source, clamp="none")
    return {method: (table.levels, table.entries[1, :, 0]) for method, table in found.items()}


WEIGHTS = tuple(Fraction(step, 10) for step in range(13))
"""The weight ratios 0, 0.1, ..., 1.2 of Table 5; from 1 on nothing changes in it."""
