"""From which growth rate of the market on a desirable mechanism exists at any size, and how fast that limit is approached."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from ...arguments import validated
from ...arrays import FloatArray, checked
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


def largest_budget_gap(growth: float, players: int, points: int = 200_001) -> float:
    """Return the largest F(r) / n^(1 + α) on a grid of reports in (0, 0.999): positive where some hide makes revenue negative.

    Examples
    --------
    >>> limit = critical_growth(25).growth
    >>> largest_budget_gap(limit + 1e-5, 25) < 0 < largest_budget_gap(limit - 1e-5, 25)
    True
    """
    check_growth(growth, players)
    return float(_excess(growth, np.exp(np.linspace(-40.0, math.log(0.999), points)), players).max())


@validated
@lru_cache(maxsize=256)
def critical_growth(players: int = 2) -> CriticalGrowth:
    """Return the critical growth rate by tangency.

    Beside players without data, payments are scale-free. Revenue is ≥ 0 at every size iff F(r) = (1 + (n - 1) r)^α + (n - 1)
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

    def worst(growth: float) -> float:
        ratio = _peak(growth, players)
        return -1.0 if ratio is None else float(_excess(growth, np.array(ratio), players))

    growth = float(brentq(worst, -players / (players + 1), -0.05, xtol=1e-15, rtol=1e-15))
    ratio = _peak(growth, players)
    if ratio is None:
        raise ValueError(f"players = {players}: no inner maximum was found at the critical rate {growth}")
    return CriticalGrowth(growth, ratio)


def _excess(growth: float, ratio: FloatArray, n: int) -> FloatArray:
    """Return F(r) / n^(1 + α), which is of order 1 for any number of players."""
    held = ((1 + (n - 1) * ratio) / n) ** growth / n
    return np.asarray(held + (n - 1) / n * ratio ** (1 + growth) - 1)


def _peak(growth: float, n: int) -> float | None:
    """Return the place of the interior maximum of F; None where F only rises.

    The sign of F' is that of log(1 + α) + α log(n r) - log(-α) - (α - 1) log(1 + (n - 1) r), which falls up to r = -α / (n - 1)
    and rises from there: it has two zeros or none, and the first is the maximum.
    """
    lowest = -growth / (n - 1)

    def slope(log_ratio: float) -> float:
        held = math.log1p((n - 1) * math.exp(log_ratio))
        return math.log1p(growth) - math.log(-growth) + growth * (math.log(n) + log_ratio) + (1 - growth) * held

    right = min(math.log(lowest), 0.0)
    if slope(right) >= 0:
        return None
    left = right - 1.0
    while slope(left) < 0:
        left -= right - left
    return math.exp(float(brentq(slope, left, right, xtol=1e-15, rtol=1e-14)))


@validated
def growth_law(growth: FloatArray, disparity: FloatArray, players: int = 2) -> tuple[float, FloatArray]:
    """Fit D/ε ≈ (κ / (α* - α))^(1 / (1 + α)) to boundaries below the critical rate.

    Parameters
    ----------
    growth, disparity
        Growth rates in (-1, α*), and the largest disparities there, at least 1, shape (k,) each.

    Returns
    -------
    κ, by least squares on the logarithms, and the fitted disparities, shape (k,).

    Raises
    ------
    ValueError
        There are no points, a rate is not between -1 and the critical one, or a disparity is below 1.

    Examples
    --------
    >>> kappa, fitted = growth_law(np.array([-0.666, -0.664]), np.array([7440.0, 30355.0]))
    >>> round(kappa, 3)
    0.099
    """
    checked(growth, "growth rates", shape=(None,))
    checked(disparity, "disparities", shape=growth.shape, low=1)
    below = critical_growth(players).growth - growth
    if not len(below) or (below <= 0).any() or (growth <= -1).any():
        raise ValueError("the growth law needs rates below the critical one and above -1, and at least one")
    power = 1 / (1 + growth)
    kappa = float(np.exp(np.average(np.log(disparity) / power + np.log(below), weights=power**2)))
    return kappa, np.asarray((kappa / below) ** power)
