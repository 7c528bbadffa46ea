"""The platform's problem beside the paper's two levels: any payments (eq. 3), and three levels on the menu (Figure 2)."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd

from ...arrays import ROUND_OFF
from ...mechanisms import FairPayments
from ...models import MarketGame, MeanEstimation, PaidOnly, Preferences, SharingUtility, fair_terms
from ...models.tasks import FederatedMeanEstimation
from ...models.tasks.mean_estimation import utility_by_sharers
from ...verdicts import REFUTED, Verdict, derived, printed

MENUS = ((0, 1), (0, 2), (0, 1, 2))
REGIMES = ((100.0, 1.0), (1.0, 10.0), (0.1, 100.0))
USERS, SAMPLES = 4, 100.0
UNLIKE = (0.1, 0.2)
COSTS_OF_DIRECT = (0.01, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3)
"""What sharing directly costs a user, in units of what all are worth when all do."""
COSTS_OF_FEDERATING = (0.2, 0.5, 0.9)
"""What federating costs, in units of that."""

Counts: TypeAlias = tuple[int, int]
"""How many federate, and how many share directly."""


def any_payments(cost_1: float, cost_2: float, rational: bool = True) -> float:
    """Return the most that eq. 3 leaves the platform with two users who stay out or share without privacy; inf: no bound.

    All payments are free: a number a user and profile, of which a pure equilibrium is made. Where users may stay out
    (``rational``), who does is paid nothing.

    Examples
    --------
    >>> round(any_payments(0.2, 0.3), 4), any_payments(0.2, 0.3, rational=False)
    (0.5, inf)
    """
    from scipy.optimize import linprog

    worth, costs, best = utility_by_sharers(2), (cost_1, cost_2), -np.inf
    profiles = list(itertools.product((0, 1), repeat=2))
    for profile in profiles:
        least, limits = np.zeros((2, 4)), []
        for user in range(2):
            other = list(profile)
            other[user] = 1 - other[user]
            least[user, profiles.index(tuple(other))], least[user, profiles.index(profile)] = 1, -1
            limits.append(costs[user] * (other[user] - profile[user]))
        rows = np.zeros((2, 8))
        for user in range(2):
            rows[user, 4 * user : 4 * user + 4] = least[user]
        paid = np.zeros(8)
        paid[[profiles.index(profile), 4 + profiles.index(profile)]] = 1
        bounds = [(0.0, 0.0) if rational and each[user] == 0 else (None, None) for user in range(2) for each in profiles]
        found = linprog(paid, A_ub=rows, b_ub=limits, bounds=bounds)
        if found.status == 3:
            return np.inf
        best = max(best, float(worth[sum(profile)] - found.fun))
    return best


def problem_rows(costs: Sequence[float]) -> Iterator[tuple[float, float, float, float, float]]:
    """Yield, for every pair of costs, what fair payments, all payments, and all payments without a way out leave the platform."""
    utility = SharingUtility.of_task(MeanEstimation(users=2))
    for cost_1, cost_2 in itertools.combinations_with_replacement(sorted(costs), 2):
        fair = fair_terms(utility, (cost_1, cost_2), "best").platform
        yield cost_1, cost_2, fair, any_payments(cost_1, cost_2), any_payments(cost_1, cost_2, rational=False)


def problem_checks(table: pd.DataFrame) -> list[Verdict]:
    """Return the verdicts on eq. 3."""
    low, high = table["c1"].to_numpy(), table["c2"].to_numpy()
    worth, endless = utility_by_sharers(2), np.isinf(table["unrestricted"].to_numpy())
    exact = np.maximum.reduce([worth[2] - low - high, worth[1] - low, np.zeros(len(low))])
    lost = (table["free"] - table["fair"]).to_numpy()
    fair = fair_terms(SharingUtility.of_task(MeanEstimation(users=2)), UNLIKE, "best").platform
    free = any_payments(*UNLIKE)
    return [
        Verdict.statement(
            "eq. 3: payments must be restricted",
            printed("Section 2.2"),
            "restrictions must be placed on t, otherwise it can be made arbitrarily negative",
            f"without a way out eq. 3 has no bound at {int(endless.sum())} of {len(table)} pairs of costs",
            bool(endless.all()),
            "a charge on both actions changes no equilibrium; by linear programmes over all payments, two users",
        ),
        Verdict.number(
            "eq. 3 where users may stay out: distance from the most that is left after costs",
            derived("the best set of users to pay exactly their costs"),
            0.0,
            float(np.abs(table["free"] - exact).max()),
            1e-9,
            "max over who shares of U less their costs; linear programmes over all payments",
        ),
        Verdict.statement(
            "eq. 3: fair payments cost the platform",
            derived("eq. 19 beside eq. 3"),
            "fair payments never leave the platform more than the best payments, and less where costs differ",
            f"{fair:.4f} beside {free:.4f} at c = {UNLIKE}; at the costs tried {lost.min():.2g} to {lost.max():.4f} less",
            bool((lost >= -ROUND_OFF).all() and fair < free - ROUND_OFF),
        ),
    ]


def menu_worths(s2: float, t2: float) -> tuple[dict[Counts, float], dict[Counts, tuple[float, float, float]]]:
    """Return, by how many federate and share directly, the utility, and at α = 1 the payment of a user at each level.

    A level that nobody chooses is paid nan.
    """
    task = FederatedMeanEstimation((SAMPLES,) * USERS, s2=s2, t2=t2)
    game = MarketGame(task, FairPayments(alpha=1), Preferences(valuation=PaidOnly()))
    worth, paid = {}, {}
    for federated, direct in itertools.product(range(USERS + 1), repeat=2):
        if federated + direct <= USERS:
            profile = np.repeat((2, 1, 0), (direct, federated, USERS - federated - direct))
            payments = 0.0 - game.outcome(profile).settlement.payments
            worth[federated, direct] = float(game.market(profile).game.grand)
            paid[federated, direct] = (
                0.0,
                float(payments[direct]) if federated else np.nan,
                float(payments[0]) if direct else np.nan,
            )
    return worth, paid


def best_of_menu(
    worth: Mapping[Counts, float], paid: Mapping[Counts, tuple[float, float, float]], costs: Sequence[float], menu: Sequence[int]
) -> tuple[float, int, int, float]:
    """Return the best α, how many federate and share directly then, and what the platform keeps.

    Payments grow with α, so that a profile is a pure equilibrium for α in an interval, and the least α of it is best. Of several
    equilibria the best for the platform is played.
    """
    best = (0.0, 0, 0, 0.0)
    for (federated, direct), utility in worth.items():
        playing = (USERS - federated - direct, federated, direct)
        if any(playing[level] for level in (1, 2) if level not in menu):
            continue
        least, most = 0.0, 1.0
        for level, other in itertools.permutations(menu, 2):
            if playing[level]:
                beside = (federated - (level == 1) + (other == 1), direct - (level == 2) + (other == 2))
                gain = paid[federated, direct][level] - paid[beside][other]
                due = costs[level] - costs[other]
                if gain > 0:
                    least = max(least, due / gain)
                elif gain < 0:
                    most = min(most, due / gain)
                elif due > 0:
                    most = -1.0
        if least <= most + ROUND_OFF and (1 - least) * utility > best[-1] + ROUND_OFF:
            best = (least, federated, direct, (1 - least) * utility)
    return best


def menu_rows() -> Iterator[tuple[float, float, float, float, str, float, int, int, float]]:
    """Yield the platform's best terms for every regime, pair of costs and menu."""
    for s2, t2 in REGIMES:
        worth, paid = menu_worths(s2, t2)
        for share, part in itertools.product(COSTS_OF_DIRECT, COSTS_OF_FEDERATING):
            direct = share * worth[0, USERS]
            costs = (0.0, part * direct, direct)
            for menu in MENUS:
                terms = best_of_menu(worth, paid, costs, menu)
                yield s2, t2, costs[1], costs[2], f"{{{', '.join(map(str, menu))}}}", *terms


def menu_checks(table: pd.DataFrame) -> list[Verdict]:
    """Return the verdicts on a menu of three levels."""
    one, two, three = (table[table["menu"] == name].reset_index(drop=True) for name in ("{0, 1}", "{0, 2}", "{0, 1, 2}"))
    kept_1, kept_2, kept_3 = (each["platform"].to_numpy() for each in (one, two, three))
    lost = kept_2 - kept_3
    at = int(lost.argmax())
    s2, t2, c1, c2 = (float(two[name][at]) for name in ("s2", "t2", "c1", "c2"))
    worth = (two["s2"] == REGIMES[0][0]).to_numpy() & (kept_3 > 0)
    strange, alike = (((two["s2"] == s2) & (two["t2"] == t2)).to_numpy() for s2, t2 in (REGIMES[0], REGIMES[-1]))
    return [
        Verdict.statement(
            "a level more on the menu never costs the platform",
            derived("eq. 19 with E = {0, 1, 2} beside E = {0, 2}"),
            "a platform that also offers to federate keeps at least as much",
            f"s² = {s2:g}, t² = {t2:g}, c = (0, {c1:.3f}, {c2:.3f}): {kept_3[at]:.3f} beside {kept_2[at]:.3f}",
            bool(lost.max() <= ROUND_OFF),
            f"users may then federate in the place of sharing directly; so at {int((lost > ROUND_OFF).sum())} of {len(lost)} "
            "pairs of costs; pure equilibria, four users",
            expected=REFUTED,
        ),
        Verdict.statement(
            "a third level on the menu pays where users are nearly alike",
            derived("eq. 19 with E = {0, 1, 2} beside E = {0, 2}"),
            "federating loses the platform little where s² is small, and costs users less",
            f"kept at most {float((kept_3[alike] / kept_2[alike]).max()):.3f} times as much as without federating, "
            f"and never less, at s² = {REGIMES[-1][0]:g}, t² = {REGIMES[-1][1]:g}",
            bool((lost[alike] <= ROUND_OFF).all() and (lost[alike] < -ROUND_OFF).any()),
        ),
        Verdict.statement(
            "direct sharing stays on the menu where users are heterogeneous",
            derived("eq. 19 with E = {0, 1, 2} beside E = {0, 1}"),
            "federating alone leaves the platform little where s² is large",
            f"s² = {REGIMES[0][0]:g}, t² = {REGIMES[0][1]:g}: {float((kept_1[worth] / kept_3[worth]).min()):.3f} of "
            "what all three levels leave it, at the costs where least",
            bool((kept_1 <= kept_3 + ROUND_OFF)[strange].all()),
        ),
    ]
