"""Strategies that no small group of mutants can invade."""

import itertools

import numpy as np
from numpy.typing import ArrayLike

from ....arguments import validated
from ....arrays import ROUND_OFF, FloatArray, checked
from ..population import PopulationGame
from .symmetric import symmetric_equilibria

__all__ = ["evolutionarily_stable", "is_evolutionarily_stable"]


@validated
def evolutionarily_stable(payoffs: ArrayLike) -> list[FloatArray]:
    """Return all evolutionarily stable strategies of a symmetric two-player game, (m, m) -> mixes (m,), m at most 12.

    Source: Maynard Smith and Price (1973), The logic of animal conflict. They are isolated symmetric equilibria.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b.

    Examples
    --------
    Hawks and doves, a prize of 2 and wounds of 4: half the fights are fought.

    >>> [mix.tolist() for mix in evolutionarily_stable([[-1, 2], [0, 1]])]
    [[0.5, 0.5]]
    >>> evolutionarily_stable([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    []
    """
    game = PopulationGame(payoffs, 2)
    return [mix for mix in symmetric_equilibria(game) if is_evolutionarily_stable(game.base, mix)]


@validated
def is_evolutionarily_stable(payoffs: ArrayLike, mix: ArrayLike) -> bool:
    """Return whether a mix is an equilibrium that does better against every other best reply to it than that does itself.

    The condition is that a quadratic form is strictly copositive: Bomze (1992), Detecting all evolutionarily stable strategies,
    which is decided by eigenvalues of all its principal parts.

    Parameters
    ----------
    payoffs
        Entry (a, b) is what a earns against b, shape (m, m).
    mix
        Probabilities, shape (m,).

    Raises
    ------
    ValueError
        The table is not square, or the mix is no distribution over its rows.

    Examples
    --------
    >>> is_evolutionarily_stable([[-1, 2], [0, 1]], [0.5, 0.5]), is_evolutionarily_stable([[4, 0], [3, 3]], [0.75, 0.25])
    (True, False)
    """
    base = checked(payoffs, "payoffs", shape=(None, None))
    if base.shape[0] != base.shape[1] or not base.size:
        raise ValueError(f"payoffs are a square table, not of shape {base.shape}")
    mine = checked(mix, "probabilities", shape=(len(base),), low=0)
    if abs(float(mine.sum()) - 1) > 1e-9:
        raise ValueError(f"probabilities must sum to 1, not to {mine.sum():g}")
    spread = max(float(np.ptp(base)), 1e-300)
    earned = base @ mine
    best = earned >= earned.max() - ROUND_OFF * spread
    used = mine > ROUND_OFF
    if (used & ~best).any():
        return False
    pivot = int(np.flatnonzero(used)[0])
    free = [action for action in np.flatnonzero(used).tolist() if action != pivot]
    others = np.flatnonzero(best & ~used).tolist()
    form = -(base - base[pivot] - base[:, [pivot]] + base[pivot, pivot]) / spread
    form = form + form.T
    inner = form[np.ix_(free, free)]
    if free and np.linalg.eigvalsh(inner).min() <= ROUND_OFF:
        return False
    across = form[np.ix_(free, others)]
    rest = form[np.ix_(others, others)] - (across.T @ np.linalg.solve(inner, across) if free else 0.0)
    return _strictly_copositive(rest)


def _strictly_copositive(form: FloatArray) -> bool:
    """Return whether xᵀ B x > 0 for all x ≥ 0 but 0: no principal part has a positive eigenvector of an eigenvalue ≤ 0."""
    for size in range(1, len(form) + 1):
        for part in itertools.combinations(range(len(form)), size):
            values, vectors = np.linalg.eigh(form[np.ix_(part, part)])
            for value, vector in zip(values, vectors.T, strict=True):
                if value <= ROUND_OFF and (np.abs(vector) > ROUND_OFF).all() and (vector > 0).all() | (vector < 0).all():
                    return False
    return True
