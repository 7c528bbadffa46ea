"""What a party learns when it is given noisy targets more than once."""

import math
from collections.abc import Sequence

import numpy as np

from ...arrays import FloatArray


def averaged_noise(etas: Sequence[float] | FloatArray, nested: bool = False) -> float:
    """Return the noise variance that is left to a party which holds several noisy copies of the same targets.

    Parameters
    ----------
    etas
        Noise variances of the copies, each in [0, inf], at least one.
    nested
        Whether the noise of a larger variance is that of a smaller one and more (`NestedNoise`). Then the best copy is all there
        is to know. Otherwise the noise is independent: 1 / Σ 1/η_j, or η / m for m copies of one variance.

    Raises
    ------
    ValueError
        There are no copies, or a variance is negative or not a number.

    Examples
    --------
    >>> averaged_noise([3.0, 3.0, 3.0]), averaged_noise([3.0, 3.0, 3.0], nested=True)
    (1.0, 3.0)
    """
    variances = np.asarray(etas, dtype=np.float64)
    if variances.ndim != 1 or not len(variances) or not (variances >= 0).all():
        raise ValueError(f"etas must be noise variances of at least 0, one a copy, not {etas}")
    best = float(variances.min())
    if nested or best == 0 or math.isinf(best):
        return best
    return float(1 / (1 / variances).sum())


def fresh_releases(targets: FloatArray, etas: Sequence[float], rng: np.random.Generator) -> FloatArray:
    """Return a noisy copy of the targets a release, (rows,) -> (releases, rows), with noise of its own: averaging takes it away.

    Raises
    ------
    ValueError
        A noise variance is negative, infinite or not a number.
    """
    scale = np.sqrt([_finite(eta) for eta in etas])
    return np.asarray(targets + scale[:, None] * rng.normal(size=(len(scale), len(targets))))


class NestedNoise:
    """Noise on the targets of one recipient, or of several who might collude: each release is a noisier copy of a better one.

    The noise of a row is a path W(η), W(0) = 0, with independent increments of variance η' - η. A release at η shows
    y + W(η); releases at other η show other points of the same path. So a recipient never knows more than its best release tells,
    whatever the order. Rows that come later start paths of their own.

    Parameters
    ----------
    rng
        Source of the noise.

    Examples
    --------
    >>> noise = NestedNoise(np.random.default_rng(0))
    >>> rough, fine, again = (noise.release(np.zeros(4), eta) for eta in (2.0, 0.5, 2.0))
    >>> bool((rough == again).all()), bool((rough == fine).any())
    (True, False)
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rows = 0
        self._paths: dict[float, FloatArray] = {0.0: np.zeros(0)}

    def release(self, targets: FloatArray, eta: float) -> FloatArray:
        """Return the targets with noise of variance η, (rows,) -> (rows,); rows keep their places from release to release.

        Raises
        ------
        ValueError
            The noise variance is negative, infinite or not a number, or there are fewer rows than before.
        """
        eta = _finite(eta)
        if len(targets) < self._rows:
            raise ValueError(f"{len(targets)} rows are fewer than the {self._rows} of an earlier release: give all, in order")
        self._lengthen(len(targets))
        if eta not in self._paths:
            self._paths[eta] = self._between(eta)
        return np.asarray(targets + self._paths[eta])

    def _lengthen(self, rows: int) -> None:
        new, before, path = rows - self._rows, 0.0, np.zeros(rows - self._rows)
        for eta in sorted(self._paths):
            path = path + math.sqrt(eta - before) * self._rng.normal(size=new)
            self._paths[eta] = np.concatenate([self._paths[eta], path])
            before = eta
        self._rows = rows

    def _between(self, eta: float) -> FloatArray:
        """Draw the path at a new η, given what it is at the ones on both sides."""
        low = max(known for known in self._paths if known < eta)
        high = min((known for known in self._paths if known > eta), default=math.inf)
        fresh = self._rng.normal(size=self._rows)
        if math.isinf(high):
            return np.asarray(self._paths[low] + math.sqrt(eta - low) * fresh)
        share = (eta - low) / (high - low)
        middle = (1 - share) * self._paths[low] + share * self._paths[high]
        return np.asarray(middle + math.sqrt((eta - low) * (1 - share)) * fresh)


def _finite(eta: float) -> float:
    if not (eta >= 0 and math.isfinite(eta)):
        raise ValueError(f"eta = {eta}: a release needs a finite noise variance of at least 0 (infinite noise releases nothing)")
    return float(eta)
