"""Estimating every user's own mean from users who federate, share directly, or stay out."""

import math
from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field

from ...arguments import validated
from ...arrays import FloatArray, IntArray, checked
from ...papers import FAIR_VALUE
from .task import TASKS, Task

FEDERATED, DIRECT = 1.0, 2.0
AT_ONCE = 1 << 14

Positive = Annotated[float, Field(gt=0, lt=math.inf)]


@TASKS.register
class FederatedMeanEstimation(Task):
    """A platform estimates each user's mean; users send their estimate, only join it to an average, or stay out.

    The users' means have variance s², and user i's own estimate, from n_i samples, has variance t² / n_i around its mean. The
    platform sees the estimates of direct users (level 2) and the plain average over federated ones (level 1). It estimates every
    user's mean, also that of users who stay out, by the best weights that sum to 1. The value is the sum of
    a_i log((t² + 2 s²) / EMSE_i) over all users.

    Parameters
    ----------
    sizes
        Samples n_i of every user, each > 0.
    importance
        Weight a_i of every user's error, each ≥ 0: one number a user, or one for all.
    s2
        Variance s² of the users' means, ≥ 0.
    t2
        Expected variance t² of one sample around its user's mean, > 0.
    smallest_group
        How many users must federate for their average to be seen at all; below that they are as if they stayed out, ≥ 1.
    levels
        Which of 1 (federated) and 2 (direct) a user may choose beside staying out.
    copies
        Must be 0: a second copy of the same estimate would be taken for a second user's.

    Notes
    -----
    The errors are those of eq. 54 and 58-63 with the corrections that its numbers need (n-bar runs over the federated users;
    every V in N2 V0 / V is the harmonic mean), in a form of our own that also holds where nobody federates or nobody shares
    directly. The sum of eq. 17 runs over all users, those who stay out included, and its logarithm is natural. s² and t² are as
    in the paper's text; the caption of its Figure 4 has them swapped.

    With ``smallest_group`` = 1, as in the paper, a lone federated user's "average" is its own estimate and worth as much as
    direct sharing. The value need not grow with data: an average that a noisier user joins can be worth less.

    Examples
    --------
    >>> task = FederatedMeanEstimation(sizes=[10, 100], s2=1, t2=10)
    >>> task.worths([[0, 0], [2, 2], [1, 1], [1, 2]]).round(4).tolist()
    [0.0, 7.6947, 5.4796, 7.6947]
    """

    source = FAIR_VALUE.at("eq. 14-17, Propositions 4, 5")
    example_parameters = {"sizes": (1, 10, 10), "s2": 0.1, "t2": 100}

    sizes: Annotated[tuple[Positive, ...], Field(min_length=1)] = (10.0, 10.0, 100.0, 100.0)
    importance: tuple[Annotated[float, Field(ge=0, lt=math.inf)], ...] = (1.0,)
    s2: Annotated[float, Field(ge=0, lt=math.inf)] = 1.0
    t2: Positive = 10.0
    smallest_group: Annotated[int, Field(ge=1, le=10**9)] = 1
    levels: Annotated[tuple[float, ...], Field(min_length=1)] = Field(default=(FEDERATED, DIRECT), kw_only=True)

    def model_post_init(self, context: object, /) -> None:
        """Check that importance fits the users, and that levels and copies mean something."""
        for level in self.levels:
            if level not in {FEDERATED, DIRECT}:
                raise ValueError(f"levels: a level is 1 (federated) or 2 (direct), not {level}")
        super().model_post_init(context)
        if self.copies:
            raise ValueError(f"copies = {self.copies}: a user's estimate is entered once, so copies must be 0")
        if len(self.importance) not in {1, len(self.sizes)}:
            raise ValueError(
                f"importance has {len(self.importance)} entries: give one for all or one for each of {len(self.sizes)}"
            )

    @property
    def n_parties(self) -> int:
        """Number of users: one a size."""
        return len(self.sizes)

    def value(self, profiles: IntArray) -> FloatArray:
        """Return the utility of who shares how, shape (batch,)."""
        kinds = [(label, action) for label in range(len(self._types)) for action in range(1, len(self.contributions))]
        counts = [((profiles == action) & (self._labels == label)).sum(axis=1) for label, action in kinds]
        labels, actions = np.array(kinds).T
        return self.value_by_count(labels, actions, np.stack(counts, axis=1))

    def interchangeable(self) -> IntArray:
        """Return a label for each pair of size and importance."""
        return self._labels

    def value_by_count(self, labels: IntArray, actions: IntArray, counts: IntArray) -> FloatArray:
        """Return the utility when so many users of each label choose each action, shape (batch,); no user is listed."""
        labels, level, table = np.asarray(labels), self.level_of[actions], np.asarray(counts)
        parts = [self._values(labels, level, table[k : k + AT_ONCE]) for k in range(0, len(table), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _values(self, labels: IntArray, level: FloatArray, counts: IntArray) -> FloatArray:
        one, two = np.flatnonzero(level == FEDERATED), np.flatnonzero(level == DIRECT)
        (n_1, weight_1), (n_2, weight_2) = self._types[labels[one]].T, self._types[labels[two]].T
        kinds = np.ascontiguousarray(counts.T, dtype=np.float64)
        federated, direct = kinds[one], kinds[two]
        if self.smallest_group > 1:
            federated = federated * (federated.sum(axis=0) >= self.smallest_group)
        nothing = self.t2 + 2 * self.s2
        error_0, error_1, errors_2 = sharing_errors(n_1, federated, n_2, direct, self.s2, self.t2)
        silent = self._silent_importance(np.concatenate([labels[one], labels[two]]), np.concatenate([federated, direct]))
        utility = silent * np.log(nothing / np.where(np.isfinite(error_0), error_0, nothing))
        if len(one):
            utility += weighted(federated, weight_1) * np.log(nothing / error_1)
        for users, weight, error in zip(direct, weight_2, errors_2, strict=True):
            utility += weight * users * np.log(nothing / error)
        return utility

    def _silent_importance(self, labels: IntArray, sharing: FloatArray) -> FloatArray:
        """Return the summed importance of users who contribute nothing, (c, batch) -> (batch,)."""
        users, importance = np.bincount(self._labels), self._types[:, 1]
        elsewhere = np.setdiff1d(np.arange(len(users)), labels)
        total = np.full(sharing.shape[1], float(users[elsewhere] @ importance[elsewhere]))
        for label in np.unique(labels):
            total += importance[label] * (users[label] - sharing[labels == label].sum(axis=0))
        return total

    @cached_property
    def _kinds_of_users(self) -> tuple[FloatArray, IntArray]:
        """Return size and importance of every label, shape (labels, 2), and every user's label, shape (n,)."""
        weights = np.broadcast_to(np.array(self.importance), (len(self.sizes),))
        types, labels = np.unique(np.column_stack([self.sizes, weights]), axis=0, return_inverse=True)
        return types, labels.reshape(-1).astype(np.int64)

    @property
    def _types(self) -> FloatArray:
        return self._kinds_of_users[0]

    @property
    def _labels(self) -> IntArray:
        return self._kinds_of_users[1]


@validated
def sharing_errors(
    n_federated: FloatArray, federated: FloatArray, n_direct: FloatArray, direct: FloatArray, s2: float, t2: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the least expected mean squared errors for a silent, a federated and a direct user.

    With V_j = s² + t²/n_j, N1 federated users, g0 = t² times their mean 1/n, V0 = s² + g0 and P = N1/V0 + Σ_direct 1/V_j:
    silent s² + 1/P; federated s² ((N1 - 1) s² + N1 g0) / (N1 V0) + (g0/V0)² / P; direct, with g = t²/n_i,
    s² g/V_i + (g/V_i)² / P. Derived for this project from eq. 54 as corrected; equal to eq. 58-63 where those are defined.

    Parameters
    ----------
    n_federated, n_direct
        Samples of each kind of federated user, shape (f,), and of direct user, shape (d,); > 0.
    federated, direct
        How many users of each kind there are, shapes (f, batch) and (d, batch).
    s2, t2
        Variance between users' means, ≥ 0, and of a sample, > 0.

    Returns
    -------
    three arrays: (batch,) for a silent user, ``inf`` where nobody shares; (batch,) for a federated user; (d, batch) for a direct
    user of each kind. Where there is no such user, a positive number without meaning.

    Examples
    --------
    >>> errors = sharing_errors(np.array([10, 100]), np.ones((2, 1)), np.array([100]), np.ones((1, 1)), s2=1, t2=10)
    >>> [error.round(4).tolist() for error in errors]
    [[1.4547], [0.7347], [[0.0947]]]
    """
    for samples, users in ((n_federated, federated), (n_direct, direct)):
        checked(samples, "samples", shape=(None,), low=0)
        checked(users, "users", shape=(len(samples), None), low=0)
    own = t2 / n_direct
    size = federated.sum(axis=0)
    some = np.maximum(size, 1)
    pooled = weighted(federated, t2 / n_federated) / some
    pooled[size == 0] = t2
    spread = s2 + pooled
    precision = size / spread + weighted(direct, 1 / (s2 + own))
    shared = precision > 0
    rest = 1 / np.where(shared, precision, 1.0)
    joint = s2 * ((some - 1) * s2 + some * pooled) / (some * spread) + (pooled / spread) ** 2 * rest
    each = (own / (s2 + own))[:, None]
    return s2 + np.where(shared, rest, np.inf), joint, s2 * each + each**2 * rest


def weighted(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Return sums of counts times weights, (c, batch) -> (batch,), each independent of what else is in the batch.

    Examples
    --------
    >>> weighted(np.array([[1.0, 0.0], [2.0, 3.0]]), np.array([0.5, 2.0])).tolist()
    [4.5, 6.0]
    """
    total = np.zeros(counts.shape[1])
    for row, weight in zip(counts, weights, strict=True):
        total += weight * row
    return total
