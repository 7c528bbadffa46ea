"""The paper's estimators themselves: their printed weights beside the weights of least error, found numerically."""

from collections.abc import Sequence

import numpy as np

from ...arrays import FloatArray
from ...verdicts import Verdict, printed

CASES = 60
MOST_USERS = 5


def best_linear_estimator(asked: Sequence[float]) -> tuple[FloatArray, float]:
    """Return the weights and the scale of the Laplace noise of least Bayes risk, by minimising it numerically.

    Users hold ±1/2 with a mean drawn evenly from [-1/2, 1/2]; user i is ε_i-private where w_i / b ≤ ε_i, b the scale.

    Examples
    --------
    >>> weights, scale = best_linear_estimator((2.0, 2.0))
    >>> weights.round(4).tolist(), round(scale, 4)
    ([0.1429, 0.1429], 0.0714)
    """
    from scipy.optimize import Bounds, LinearConstraint, minimize

    levels = np.array(asked)

    def risk(x: FloatArray) -> float:
        weights, scale = x[:-1], x[-1]
        total = weights.sum()
        return float(1 / 12 - total / 6 + (weights**2).sum() / 6 + total**2 / 12 + 2 * scale**2)

    noise_covers = LinearConstraint(np.hstack([-np.eye(len(levels)), levels[:, None]]), 0.0, np.inf)
    start = np.append(np.minimum(0.05, 0.1 * levels), 0.1).tolist()
    found = minimize(risk, start, method="SLSQP", bounds=Bounds(0.0, np.inf), constraints=noise_covers, options={"ftol": 1e-15})
    return np.asarray(found.x[:-1]), float(found.x[-1])


def private_weights(levels: Sequence[float]) -> list[Verdict]:
    """Return the verdicts on eq. 30 and 34: what one and two of two users' data weigh, and the noise."""
    verdicts = []
    for number, sharers, last in (("30", 1, "1 / (3 + 24/ε'²), noise of scale ε' / (3ε'² + 24)"), ("34", 2, "ε'/(4ε'² + 12)")):
        apart = 0.0
        for level in levels:
            weight = sharers / (sharers * (sharers + 2) + 24 / level**2)
            weights, scale = best_linear_estimator((level,) * sharers)
            apart = max(apart, float(np.abs(weights - weight).max()), abs(scale - weight / level))
        misprint = "; the text before prints 24/23, which must be 24/ε'²" if sharers == 1 else ""
        form = last if sharers == 1 else f"1 / (4 + 12/ε'²) each, noise of scale {last}"
        verdicts.append(
            Verdict.statement(
                f"eq. {number}: the estimator's weights and noise are the best",
                printed(f"eq. {number}"),
                f"weight {form}",
                f"at most {apart:.1g} from what minimises the Bayes risk, at ε' = {', '.join(f'{level:g}' for level in levels)}",
                apart <= 1e-5,
                f"the argument of Laplace is the scale{misprint}",
            )
        )
    return verdicts


def federated_weights(rng: np.random.Generator) -> list[Verdict]:
    """Return the verdicts on eq. 58 to 63: the weights of every kind of user, over random users.

    Examples
    --------
    >>> [verdict.outcome.value for verdict in federated_weights(np.random.default_rng(0))]
    ['reproduced', 'reproduced', 'reproduced']
    """
    apart = dict.fromkeys((0, 1, 2), 0.0)
    for _ in range(CASES):
        federated, direct = (rng.integers(1, MOST_USERS + 1, size=2)).tolist()
        samples = rng.integers(1, 101, size=federated + direct).astype(np.float64)
        s2, t2 = 10.0 ** rng.uniform(-2, 2, size=2)
        for level in apart:
            gap = printed_weights(level, federated, samples, s2, t2) - least_error_weights(level, federated, samples, s2, t2)
            apart[level] = max(apart[level], float(np.abs(gap).max()))
    equations = {0: ("58", "who stays out"), 1: ("59, 60", "who federates"), 2: ("61-63", "who shares directly")}
    return [
        Verdict.statement(
            f"eq. {number}: weights of least error for {who}",
            printed(f"Proposition 5, eq. {number}"),
            f"eq. 54 is minimised by eq. {number}",
            f"at most {apart[level]:.1g} from the weights of least error, over {CASES} draws of users",
            apart[level] <= 1e-8,
            "every V in N_2 V_0 / V is V̄; 1 to 5 users federate, 1 to 5 share directly, with 1 to 100 samples",
        )
        for level, (number, who) in equations.items()
    ]


def printed_weights(level: int, federated: int, samples: FloatArray, s2: float, t2: float) -> FloatArray:
    """Return eq. 58 to 63: the weight of the federated average, then of every direct user; a direct user i is the first.

    Parameters
    ----------
    level
        What the user does whose mean is estimated: 0 stays out, 1 federates, 2 shares directly.
    federated
        How many federate, N_1 ≥ 1; their samples come first.
    samples
        Samples of all who share, shape (N_1 + N_2,).
    s2, t2
        Variance of users' means and of one sample.
    """
    direct = len(samples) - federated
    spread = s2 + t2 / samples[federated:]
    pooled = s2 + t2 * float((1 / samples[:federated]).mean())
    harmonic = direct / float((1 / spread).sum())
    total = federated + direct * pooled / harmonic
    average, each = federated / total, pooled / spread / total
    if level == 1:
        average += direct / total * s2 / harmonic
        each = each - s2 / spread / total
    if level == 2:
        own = s2 / spread[0]
        first = each[0] + (total - pooled / spread[0]) / total * own
        average, each = average * (1 - own), each * (1 - own)
        each[0] = first
    return np.concatenate([[average], each])


def least_error_weights(level: int, federated: int, samples: FloatArray, s2: float, t2: float) -> FloatArray:
    """Return the weights that sum to 1 and minimise the error of eq. 55, by solving for them; arguments as above."""
    direct = len(samples) - federated
    own = {0: -1, 1: 0, 2: federated}[level]
    others = np.array([place != own for place in range(len(samples))], dtype=np.float64)
    error = np.diag(t2 / samples + s2 * others) + s2 * np.outer(others, others)
    weigh = np.zeros((len(samples), 1 + direct))
    weigh[:federated, 0] = 1 / federated
    weigh[federated:, 1:] = np.eye(direct)
    inner = weigh.T @ error @ weigh
    system = np.block([[inner, np.ones((1 + direct, 1))], [np.ones((1, 1 + direct)), np.zeros((1, 1))]])
    return np.asarray(np.linalg.solve(system, np.append(np.zeros(1 + direct), 1.0))[:-1])
