"""The differential privacy of the noise that makes rewards in models: what it is, and what more of it would leave."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.integrate import quad
from scipy.optimize import brentq

from ...attacks import Scheme, settle
from ...mechanisms import ShapleyRewards
from ...models.tasks.gaussian_regression import GaussianRegression
from ...training.information_gain.label_privacy import label_epsilon
from ...verdicts import Verdict, derived

POWERS = (1.0, 0.5, 0.2, 0.1)
STRONG_EPSILON = 8.0


def label_range(task: GaussianRegression) -> float:
    """Return largest less smallest target, by which one target might change."""
    return float(np.ptp(np.concatenate([rows.targets for rows in task.holdings()])))


def privacy_of_rewards(task: GaussianRegression, parties: Sequence[int], delta: float) -> pd.DataFrame:
    """Return the ε of one release by power, and what is left of a reward when ε is to be small, a row a party and terms.

    Parameters
    ----------
    task
        Who holds what.
    parties
        Whose copies of the others' targets are looked at, by number from 0.
    delta
        δ in (0, 1).
    """
    width = label_range(task)
    by_power = [(rho, settle(Scheme.honest(task), ShapleyRewards(rho=rho)).etas) for rho in POWERS]
    strong = float(
        brentq(lambda eta: label_epsilon(eta, width, delta) - STRONG_EPSILON, 1e-9 * width**2, 1e9 * width**2, rtol=1e-12)
    )
    rows = []
    for party in parties:
        realisation = task.realisation(party)
        etas = [(f"rho = {rho:g}", float(etas[party])) for rho, etas in by_power]
        for terms, eta in (*etas, (f"epsilon = {STRONG_EPSILON:g}", strong), ("own data", np.inf)):
            worth = float(realisation.gain(eta))
            rows.append(_row(party, terms, eta, label_epsilon(eta, width, delta), worth))
    return pd.DataFrame(rows)


def privacy_checks(privacy: pd.DataFrame, delta: float) -> list[Verdict]:
    """Return the checks of a table from `privacy_of_rewards`."""
    by_power = privacy[privacy["terms"].str.startswith("rho")]
    grows = bool((by_power.groupby("party")["epsilon"].diff().dropna() > 0).all())
    strong = privacy[privacy["terms"].str.startswith("epsilon")]
    own = privacy[privacy["terms"] == "own data"]
    left = strong["worth"].to_numpy() - own["worth"].to_numpy()
    return [
        Verdict.statement(
            "a flatter power is less private",
            derived("a flatter power means less noise"),
            "not treated",
            [round(each) for each in by_power["epsilon"]],
            grows,
            f"ε of one release by party and power, δ = {delta:g}; the top party sees targets without noise",
        ),
        Verdict.statement(
            f"nats beyond own data that ε = {STRONG_EPSILON:g} leaves",
            derived("what a given ε leaves"),
            "not treated",
            [round(each, 2) for each in left.tolist()],
            bool((left > 0).all()),
            f"at η = {float(strong['eta'].iloc[0]):.0f}",
        ),
    ]


def integrated_delta(epsilon: float, eta: float, width: float) -> float:
    """Return by how much the chances of an outcome with one target and with another may differ beyond e^ε, by integration.

    Noise of variance η on two targets that are ``width`` apart: the integral of p - e^ε q where that is positive.

    Examples
    --------
    >>> from potluck.training.information_gain.label_privacy import gaussian_delta
    >>> abs(integrated_delta(1.0, 4.0, 2.0) / gaussian_delta(1.0, 1.0) - 1) < 1e-9
    True
    """
    scale = math.sqrt(eta)
    apart = width / scale
    # ln p - ln q grows with x, and is ε here
    start = epsilon / apart - apart / 2

    def excess(x: float) -> float:
        return -math.exp(-(x**2) / 2) * math.expm1(epsilon - apart * x - apart**2 / 2) / math.sqrt(2 * math.pi)

    return float(quad(excess, start, max(start, 0.0) + 40, epsabs=0, epsrel=1e-11, limit=500, points=[start + 1])[0])


def epsilon_checks(privacy: pd.DataFrame, width: float, delta: float) -> list[Verdict]:
    """Return whether noise with the ε that is reported leaves δ, integrated where outcomes differ; a row a party, at ρ = 1."""
    first = privacy[(privacy["terms"] == "rho = 1") & np.isfinite(privacy["epsilon"]) & (privacy["epsilon"] > 0)]
    return [
        Verdict.number(
            f"δ of one release to party {row['party']} at ε = {row['epsilon']:.4g}",
            derived("integral of what one target and another make more likely"),
            delta,
            integrated_delta(row["epsilon"], row["eta"], width),
            1e-6 * delta,
            "ε is another on other draws of the rows",
        )
        for row in first.to_dict("records")
    ]


def _row(party: int, terms: str, eta: float, epsilon: float, worth: float) -> dict[str, Any]:
    return {"party": party + 1, "terms": terms, "eta": eta, "epsilon": epsilon, "worth": worth}
