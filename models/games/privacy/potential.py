"""Is the collaborative learning game a potential game? The exact test, the printed one, and why the answer matters little."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Literal

import numpy as np

from ....arrays import FloatArray
from ..strategic import StrategicGame
from .game import CollaborativeLearning
from .table import TableBenefit

STEP = 1e-3
WEIGHTS = np.array([1.0, -8.0, 8.0, -1.0]) / (12 * STEP)
OFFSETS = STEP * np.array([-2.0, -1.0, 1.0, 2.0])

ErrorCurve = Callable[[FloatArray], FloatArray]
Surface = Callable[[FloatArray], FloatArray]


def derivative(curve: ErrorCurve, at: float) -> float:
    """Return the derivative of a smooth curve, exact for polynomials up to degree 4 but for rounding."""
    return float(WEIGHTS @ curve(at + OFFSETS))


def partial(surface: Surface, at: tuple[float, float], player: int) -> float:
    """Return the derivative of a surface in one player's level; the surface takes levels of shape (batch, 2)."""
    points = np.repeat(np.array([at], dtype=np.float64), 4, axis=0)
    points[:, player] += OFFSETS
    return float(WEIGHTS @ surface(points))


def mixed_partial(surface: Surface, at: tuple[float, float]) -> float:
    """Return the derivative of a surface in both levels."""
    first, second = np.meshgrid(at[0] + OFFSETS, at[1] + OFFSETS, indexing="ij")
    heights = surface(np.column_stack([first.ravel(), second.ravel()])).reshape(4, 4)
    return float(WEIGHTS @ heights @ WEIGHTS)


def potential_residual(
    benefit: ErrorCurve,
    errors: tuple[Surface, Surface],
    at: tuple[float, float],
    rule: Literal["chain-rule", "equation-6"] = "chain-rule",
) -> float:
    """Return by how much the mixed second derivatives of the two utilities (over B) differ; 0 throughout in a potential game.

    Parameters
    ----------
    benefit
        b as a function of the error Φ alone: arrays in, arrays out.
    errors
        Φ_1 and Φ_2, each of levels of shape (batch, 2), returning (batch,).
    at
        The levels (p_1, p_2), 0.002 or more from where the functions end.
    rule
        ``chain-rule``: b''(Φ_1) ∂_1Φ_1 ∂_2Φ_1 + b'(Φ_1) ∂_12Φ_1 less the same of Φ_2. ``equation-6``, as printed, leaves out a
        factor of each product, b'' (∂_1Φ_1 - ∂_2Φ_2) - b' (∂_12Φ_2 - ∂_12Φ_1), and is right for linear b alone.

    Examples
    --------
    Both players' errors rise alike in the own level, which Corollary 1 takes for enough:

    >>> def error(own):
    ...     def phi(p):
    ...         s = p.sum(axis=1)
    ...         return 0.4 + s / 5 + s**2 / 20 + (p[:, 1] ** 2 if own == 0 else p[:, 0]) / 10
    ...     return phi
    >>> both = error(0), error(1)
    >>> squared = lambda error: (1 - error) ** 2
    >>> printed = potential_residual(squared, both, (0.3, 0.1), "equation-6")
    >>> abs(printed) < 1e-9, round(potential_residual(squared, both, (0.3, 0.1)), 4)
    (True, -0.0442)
    """
    points = [float(error(np.array([at]))[0]) for error in errors]
    slopes = [derivative(benefit, point) for point in points]
    bends = [derivative(lambda x: np.array([derivative(benefit, each) for each in x.tolist()]), point) for point in points]
    mixed = [mixed_partial(error, at) for error in errors]
    if rule == "equation-6":
        own = partial(errors[0], at, 0) - partial(errors[1], at, 1)
        return bends[0] * own - slopes[0] * (mixed[1] - mixed[0])
    both = [
        bend * partial(error, at, 0) * partial(error, at, 1) + rise * cross
        for bend, rise, error, cross in zip(bends, slopes, errors, mixed, strict=True)
    ]
    return both[0] - both[1]


def cycle_residuals(game: StrategicGame, weights: Sequence[float] | None = None) -> FloatArray:
    """Return how far a game is from an exact potential, for each pair of players and square of neighbouring actions.

    A game has an exact potential if and only if what two players gain around every square of their actions is 0 (Monderer &
    Shapley 1996, Theorem 2.8). What players pay for their own actions drops out.

    Parameters
    ----------
    game
        The game.
    weights
        What each player's payoffs are divided by, each > 0, for a weighted potential; 1 unless given.

    Returns
    -------
    array of shape (squares,), a square a pair of players, two neighbouring actions of each and a profile of the others.

    Raises
    ------
    ValueError
        There are more than a million profiles.

    Examples
    --------
    >>> from potluck.models import NormalFormGame
    >>> cycle_residuals(NormalFormGame([[[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]])).tolist()
    [0.0]
    >>> cycle_residuals(NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])).tolist()
    [8.0]
    """
    tables = game.normal_form().tables
    if weights is not None:
        if len(weights) != game.n or not all(weight > 0 for weight in weights):
            raise ValueError(f"weights = {tuple(weights)}: one above 0 for each of {game.n} players")
        tables = tables / np.array(weights, dtype=np.float64).reshape(-1, *(1,) * game.n)
    found = [
        np.diff(np.diff(tables[one] - tables[other], axis=one), axis=other).ravel()
        for one, other in combinations(range(game.n), 2)
    ]
    return np.concatenate(found)


def is_potential_game(game: StrategicGame, tolerance: float = 1e-9, weights: Sequence[float] | None = None) -> bool:
    """Say whether a game has a potential, up to a tolerance times the spread of its payoffs.

    Payoffs are divided by weights first, by default the accuracy weights B_n of a collaborative learning game, as in the proof of
    Theorem 4, and 1 in other games: best responses are those of the game that has the potential.

    A potential promises *an* equilibrium in pure strategies. In this game that may be level 1 for everybody, so Theorem 4 of the
    paper does not follow: b = [0.5 - 0.5 p_1 - 0.5 p_2]⁺ is the same for both.
    """
    if weights is None and isinstance(game, CollaborativeLearning):
        weights = [float(weight) for weight in game.accuracy_weights]
    residuals = np.abs(cycle_residuals(game, weights))
    divided = game.normal_form().tables / (1.0 if weights is None else np.array(weights).reshape(-1, *(1,) * game.n))
    return bool((residuals <= tolerance * float(np.ptp(divided))).all())


def cell_slopes(table: TableBenefit) -> FloatArray:
    """Return how fast each player's error rises in its own level at the centres of the cells, not clamped.

    Section 6.2 says that ∂_1Φ_1 = ∂_2Φ_2; the two layers of the result would then be equal.

    Returns
    -------
    array of shape (2, k - 1, k - 1), [player][cell of p_1][cell of p_2], in units of improvement per level.
    """
    table_entries = np.asarray(table.improvement, dtype=np.float64)
    rises = -np.diff(table_entries, axis=1) / np.diff(table.levels)[:, None]
    centred = (rises[:, :, 1:] + rises[:, :, :-1]) / 2
    return np.stack([centred[0], centred[1].T])


def cell_interactions(table: TableBenefit) -> FloatArray:
    """Return the mixed difference of each player's benefit over each cell, not clamped, shape (2, k - 1, k - 1), [own][other].

    Not below 0 throughout, the game is supermodular, and best responses climb from no privacy to the least equilibrium; below 0
    one level of privacy makes the other less wanted.
    """
    entries = np.asarray(table.improvement, dtype=np.float64)
    return np.diff(np.diff(entries, axis=1), axis=2)
