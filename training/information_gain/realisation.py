"""How much noise on the others' targets gives a party a model of just the worth that it is to have."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...arrays import FloatArray

FULL = "full"
EXACT = "exact"
OWN_DATA = "own data"
UNREACHABLE = "unreachable"
INFEASIBLE = "infeasible"
NEAR = 1e-10
"""In nats: how near rewards are realised, and from where on one counts as the full model's."""
MOST_STEPS = 200
SMALL_STEP = 1e-9
"""Change of log variances, squared by every step of Newton, at which the last step has been taken."""


def status_of(rewards: ArrayLike, own: ArrayLike, full: ArrayLike, tolerance: float = NEAR) -> NDArray[np.str_]:
    """Return what can be done for rewards by what own data and the joint model are worth; see `Realised`.

    Parameters
    ----------
    rewards, own, full
        In nats, of shapes that go together.
    tolerance
        Rewards as near as this, relative to ``full``, to one of the other two count as equal to it.

    Examples
    --------
    >>> status_of([3.0, 1.0, 2.0], own=1.0, full=3.0).tolist()
    ['full', 'own data', 'exact']
    """
    target, own, full = np.asarray(rewards, dtype=np.float64), np.asarray(own), np.asarray(full)
    slack = tolerance * full
    conditions: Any = [target > full + slack, target >= full - slack, target < own - slack, target <= own + slack]
    return np.select(conditions, [INFEASIBLE, FULL, UNREACHABLE, OWN_DATA], EXACT)


@dataclass(frozen=True, eq=False)
class Realised:
    """Noise that realises rewards, and how well it does.

    Parameters
    ----------
    target
        The rewards asked for, in nats, of any shape; all that follows has the same.
    eta
        Variance of the noise on the others' targets, in squared units of the target; 0 for none, infinite where only the
        party's own data is used.
    gain
        What the model that is handed out is worth, in nats.
    status
        ``full``: the joint model. ``exact``: the noise variance is the one that gives the reward. ``own data``: the reward is
        what the party's own data is worth, which only infinite noise gives. ``unreachable``: the reward is less than that; own
        data is never spoilt, so the party keeps what it has, and individual rationality (R4) is broken by the reward, not by the
        model. ``infeasible``: the reward is more than the joint model is worth (R2), and the joint model is handed out.
    gap
        What the model is worth beyond the reward: 0 but for ``unreachable`` (above 0) and ``infeasible`` (below 0).
    """

    target: FloatArray
    eta: FloatArray
    gain: FloatArray
    status: NDArray[np.str_]

    @property
    def gap(self) -> FloatArray:
        """What the model is worth beyond the reward."""
        settled = np.isin(self.status, (FULL, EXACT, OWN_DATA))
        return np.where(settled, 0.0, self.gain - self.target)

    @property
    def rational(self) -> NDArray[np.bool_]:
        """Whether the reward is at least what the party's own data is worth (R4)."""
        return np.asarray(self.status != UNREACHABLE)


@dataclass(frozen=True, eq=False)
class Realisation:
    """What a model trained on own data and on the others' noisy data is worth, as a function of the noise.

    r(η) = v_i + ½ Σ_k log(1 + s_k / (σ² + η)): by the chain rule, I(f; y_i, z) = I(f; y_i) + I(f; z | y_i), and s_k are the
    eigenvalues of what own data leaves unknown about the others' values. They take O(rows³) once, a value of r then O(rank).
    It is the paper's ½ log det(I + Λ^-1/2 K Λ^-1/2), where Λ is σ² on own rows and σ² + η on the others', since the model
    knows η.

    Parameters
    ----------
    own
        Worth of own data, v_i ≥ 0.
    spectrum
        The eigenvalues s_k ≥ 0, shape (rank,).
    noise
        The targets' own noise variance σ² > 0.

    Raises
    ------
    ValueError
        A parameter is out of its range.

    Examples
    --------
    >>> realisation = Realisation(own=1.0, spectrum=np.array([8.0, 3.0]), noise=1.0)
    >>> round(realisation.full, 4)
    2.7918
    >>> found = realisation.realise([3.0, realisation.full, 2.0, 1.0, 0.5])
    >>> found.status.tolist()
    ['infeasible', 'full', 'exact', 'own data', 'unreachable']
    >>> found.eta.round(4).tolist()
    [0.0, 0.0, 1.9816, inf, inf]
    >>> found.gap.round(4).tolist()
    [-0.2082, 0.0, 0.0, 0.0, 0.5]
    """

    own: float
    spectrum: FloatArray
    noise: float

    def __post_init__(self) -> None:
        if not (0 <= self.own < math.inf and 0 < self.noise < math.inf):
            raise ValueError(f"own = {self.own} must be at least 0 and noise = {self.noise} above 0, both finite")
        wrong = ~((self.spectrum >= 0) & (self.spectrum < math.inf))
        if wrong.any():
            raise ValueError(f"eigenvalues must be finite and at least 0, not {self.spectrum[wrong][0]}")

    @cached_property
    def full(self) -> float:
        """Worth of the joint model, v_N."""
        return float(self.gain(0.0))

    def gain(self, eta: ArrayLike) -> FloatArray:
        """Return what the model is worth at noise variances η in [0, inf], of any shape.

        Raises
        ------
        ValueError
            A noise variance is negative or not a number.
        """
        array = np.asarray(eta, dtype=np.float64)
        if not (array >= 0).all():
            raise ValueError(f"noise variances must be at least 0, not {array[~(array >= 0)].ravel()[0]}")
        return self.own + self._gained(1 / (self.noise + array))

    def _gained(self, precision: FloatArray) -> FloatArray:
        return np.asarray(0.5 * np.log1p(precision[..., None] * self.spectrum).sum(axis=-1))

    def realise(self, rewards: ArrayLike, tolerance: float = NEAR) -> Realised:
        """Return the noise that realises rewards of any shape.

        Parameters
        ----------
        rewards
            Worths that the model is to have, finite.
        tolerance
            Rewards as near as this, relative to v_N, to that of own data or of the joint model count as equal to it.

        Raises
        ------
        ValueError
            A reward is not finite.
        """
        target = np.asarray(rewards, dtype=np.float64)
        if not np.isfinite(target).all():
            raise ValueError(f"rewards must be finite, not {target[~np.isfinite(target)].ravel()[0]}")
        status = status_of(target, self.own, self.full, tolerance)
        exact = status == EXACT
        eta = np.where(np.isin(status, (INFEASIBLE, FULL)), 0.0, math.inf)
        eta[exact] = self._noise_for(target[exact] - self.own)
        gain = np.array(self.gain(eta))
        return Realised(target, eta, gain, status)

    def _noise_for(self, gaps: FloatArray) -> FloatArray:
        """Return η with ½ Σ log(1 + s_k u) = gap, u = 1 / (σ² + η), for gaps between 0 and v_N - v_i.

        Newton's method in log u, in which the left side is increasing and convex: after its first step from the left it comes
        from the right and never leaves. The tangent at u = 0 gives the start, 1 / σ² the end of the bracket. A step of δ leaves
        an error of at most δ² / 2, since the left side's second derivative is no larger than its first.
        """
        most = -math.log(self.noise)
        log_u = np.minimum(np.log(gaps / (0.5 * self.spectrum.sum())), most) if gaps.size else gaps
        for _ in range(MOST_STEPS):
            scaled = np.exp(log_u)[:, None] * self.spectrum
            excess = 0.5 * np.log1p(scaled).sum(axis=1) - gaps
            step = excess / (0.5 * (scaled / (1 + scaled)).sum(axis=1))
            before, log_u = log_u, np.minimum(log_u - step, most)
            if np.abs(log_u - before).max(initial=0.0) <= SMALL_STEP:
                break
        else:
            raise ArithmeticError(f"no noise variance found in {MOST_STEPS} steps: own = {self.own}, noise = {self.noise}")
        # σ² expm1(...) and not 1 / u - σ²: no cancellation where the noise is small
        return np.asarray(self.noise * np.expm1(most - log_u))
