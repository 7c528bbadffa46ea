"""From which growth rate of the market on a desirable mechanism exists at any size, and how fast that limit is approached."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from ...arrays import FloatArray
from .hiding import check_growth


@dataclass(frozen=True)
class CriticalGrowth:
    """The growth rate from which on a desirable mechanism exists whatever the sizes, and the hide that decides it.

    Parameters
    ----------
    growth
        The critical rate α*.
    ratio
        The share r* of its data that a player would report.
    """

    growth: float
    ratio: float


@lru_cache(maxsize=256)
def critical_growth(players: int = 2) -> CriticalGrowth:
    """Return the critical growth rate by tangency.

    Beside players without data, payments are scale-free. The budget holds at every size iff F(r) = (1 + (n - 1) r)^α + (n - 1)
    n^α r^(1+α) - n^(1+α) ≤ 0 for all reports r in (0, 1); at α* an inner maximum of F touches 0. Derived for this project; the
    paper reads "near -0.67" off its figure, where hides by a small amount (r near 1) start to pay, α = -n / (n + 1). Large
    hides pay up to the higher rate given here. That no other profile fails first is proved for two players, and was found on
    small grids for more.

    Raises
    ------
    ValueError
        There are fewer than two players.

    Examples
    --------
    >>> found = critical_growth(2)
    >>> round(found.growth, 10), round(found.ratio, 10)
    (-0.6609110323, 0.5329210149)
    """
    check_growth(-0.5, players)
    growth = brentq(lambda a: _excess(a, _peak(a, players), players), -players / (players + 1), -0.05, xtol=1e-15, rtol=1e-15)
    return CriticalGrowth(float(growth), _peak(growth, players))


def _excess(growth: float, ratio: float, n: int) -> float:
    held = (1 + (n - 1) * ratio) ** growth
    return float(held + (n - 1) * n**growth * ratio ** (1 + growth) - n ** (1 + growth))


def _peak(growth: float, n: int) -> float:
    """Return the place of the interior maximum of F."""

    def slope(ratio: float) -> float:
        return float(growth * (1 + (n - 1) * ratio) ** (growth - 1) + n**growth * (1 + growth) * ratio**growth)

    # F rises from r = 0, falls, and rises again to 0 at r = 1: the first change of sign is the maximum
    lowest = minimize_scalar(slope, bounds=(1e-6, 1.0), method="bounded", options={"xatol": 1e-9})
    if lowest.fun >= 0:
        return float(lowest.x)
    return float(brentq(slope, 1e-9, lowest.x, xtol=1e-15, rtol=1e-14))


def growth_law(growth: FloatArray, disparity: FloatArray, players: int = 2) -> tuple[float, FloatArray]:
    """Fit D/ε ≈ (κ / (α* - α))^(1 / (1 + α)) to boundaries below the critical rate.

    Parameters
    ----------
    growth, disparity
        Growth rates below the critical one, and the largest disparities there, shape (k,) each.

    Returns
    -------
    κ, by least squares on the logarithms, and the fitted disparities, shape (k,).

    Raises
    ------
    ValueError
        There are no points, or a rate is not below the critical one.

    Examples
    --------
    >>> kappa, fitted = growth_law(np.array([-0.666, -0.664]), np.array([7440.0, 30355.0]))
    >>> round(kappa, 3)
    0.099
    """
    below = critical_growth(players).growth - np.asarray(growth)
    if not len(below) or (below <= 0).any():
        raise ValueError("the growth law needs rates below the critical one, and at least one")
    power = 1 / (1 + np.asarray(growth))
    kappa = float(np.exp(np.average(np.log(disparity) / power + np.log(below), weights=power**2)))
    return kappa, np.asarray((kappa / below) ** power)
