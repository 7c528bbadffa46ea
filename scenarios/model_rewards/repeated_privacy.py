"""The differential privacy of the noise that makes rewards in models: what it is, and what more of it would leave."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from ...attacks import Scheme, settle
from ...mechanisms import ShapleyRewards
from ...models.tasks.gaussian_regression import GaussianRegression
from ...training.information_gain.label_privacy import label_epsilon
from ...verdicts import Verdict, derived, elsewhere
from .friedman_rows import NOTE

POWERS = (1.0, 0.5, 0.2, 0.1)
STRONG_EPSILON = 8.0
KNOWN_EPSILONS = {2: 186.0, 3: 276.0}


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


def known_epsilons(privacy: pd.DataFrame) -> list[Verdict]:
    """Return the checks of ε at ρ = 1 and δ = 1e-5 for the paper's Friedman data."""
    first = privacy[privacy["terms"] == "rho = 1"].set_index("party")["epsilon"]
    return [
        Verdict.number(
            f"ε of one release to party {party}",
            elsewhere("notes, on other data sets"),
            known,
            float(first[party]),
            220,
            f"{NOTE}; ε varies by a third",
        )
        for party, known in KNOWN_EPSILONS.items()
        if party in first.index
    ]


def _row(party: int, terms: str, eta: float, epsilon: float, worth: float) -> dict[str, Any]:
    return {"party": party + 1, "terms": terms, "eta": eta, "epsilon": epsilon, "worth": worth}
