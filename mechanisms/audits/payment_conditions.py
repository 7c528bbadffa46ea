"""Conditions on payments under which a market rule is truthful and individually rational: necessary ones and sufficient ones.

Derivatives with respect to a report are taken from the left, as differences between neighbouring types: a worth has a kink where
the model received is as good as the own one. On a grid both theorems then hold exactly.
"""

import numpy as np

from ...arguments import validated
from ...arrays import ROUND_OFF, IntArray
from ..rules.setting import Setting
from .promises import LIMIT, ProfileSpace, PromiseAudit, Slack, truthful_only, worst_profile


@validated
def meets_necessary_condition(
    setting: Setting, tolerance: float = ROUND_OFF, limit: int = LIMIT, rng: np.random.Generator | None = None
) -> PromiseAudit:
    """Audit Theorem 2: payments of every truthful and individually rational rule meet its equations (1) and (2).

    (1) The smallest type pays at most what taking part is worth to it. (2) From one type to the next, payments rise by at most
    ∂v_i(x(s', t_-i), s, t_-i) / ∂s' at s = s'. The printed proof drops an integral without ground; summing incentive
    compatibility over neighbouring types proves it. A rule that fails here is not truthful or not individually rational.

    Parameters
    ----------
    setting, tolerance, limit, rng
        As in `is_incentive_compatible`.

    Examples
    --------
    >>> from potluck.mechanisms import MaximalExploitation
    >>> duel = Setting.pooled(MaximalExploitation(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q - 2 * q[::-1])
    >>> meets_necessary_condition(duel).holds
    True
    """

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        return _payment_slack(setting, player, truth, of_absence=False)

    return _audit("necessary for truth and participation (Theorem 2)", setting, slack, tolerance, limit, rng)


@validated
def meets_sufficient_condition(
    setting: Setting, tolerance: float = ROUND_OFF, limit: int = LIMIT, rng: np.random.Generator | None = None
) -> PromiseAudit:
    """Audit Theorem 3: a rule that meets its equations (1), (5) and (6) is truthful and individually rational.

    (5) The worth of a little more report is least for the type that has no more than that, min over t_i ≥ t'_i (the print
    excludes the minimiser by a strict sign). (6) From one type to the next, payments rise by at most the bound in (2) less the
    growth of what staying out is worth. Far from necessary: (5) fails wherever a type's own model can beat the pooled one.

    Parameters
    ----------
    setting, tolerance, limit, rng
        As in `is_incentive_compatible`.

    Examples
    --------
    >>> from potluck.mechanisms import MaximalExploitation
    >>> allies = Setting.pooled(MaximalExploitation(), [[1, 2]] * 2, lambda t: t / 4, lambda q: q + q[::-1] / 2)
    >>> meets_sufficient_condition(allies).holds
    True
    """

    def slack(player: int, truth: IntArray, reports: IntArray) -> float:
        return min(_payment_slack(setting, player, truth, of_absence=True), _growth_slack(setting, player, truth))

    return _audit("sufficient for truth and participation (Theorem 3)", setting, slack, tolerance, limit, rng)


def _audit(
    promise: str, setting: Setting, slack: Slack, tolerance: float, limit: int, rng: np.random.Generator | None
) -> PromiseAudit:
    space = ProfileSpace(setting.largest, tuple(range(setting.n)), truthful_only, truthful_only)
    return worst_profile(promise, setting, space, slack, tolerance, limit, rng)


def _payment_slack(setting: Setting, player: int, truth: IntArray, of_absence: bool) -> float:
    """Return the slack of equation (1) at the smallest type, else of (2), or of (6) if staying out is taken into account."""
    paid = float(setting.payments(truth)[player])
    worth = float(setting.worths(truth, truth)[player])
    if truth[player] == 1:
        return worth - float(setting.worths(truth, _report(truth, player, 0))[player]) - paid
    below = _report(truth, player, int(truth[player]) - 1)
    rise = worth - float(setting.worths(truth, below)[player])
    if of_absence:
        out = _report(truth, player, 0)
        rise -= float(setting.worths(truth, out)[player] - setting.worths(below, out)[player])
    return rise - (paid - float(setting.payments(below)[player]))


def _growth_slack(setting: Setting, player: int, truth: IntArray) -> float:
    """Return the slack of equation (5): the true type's worth of each step of report, less that of the type just at the step."""
    least = np.inf
    for report in range(2, int(truth[player])):
        above, below = _report(truth, player, report), _report(truth, player, report - 1)
        step = float(setting.worths(truth, above)[player] - setting.worths(truth, below)[player])
        at_the_step = float(setting.worths(above, above)[player] - setting.worths(above, below)[player])
        least = min(least, step - at_the_step)
    return least


def _report(profile: IntArray, player: int, report: int) -> IntArray:
    changed = profile.copy()
    changed[player] = report
    return changed
