"""What the multi-party paper assumes of markets (Assumption 4, Definition 10), and what fakes would do (Observation 1)."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ...arrays import ROUND_OFF
from ...mechanisms import Market, Mechanism, Setting, Settlement
from ...verdicts import REFUTED, Verdict, derived, printed
from .valuation_traits import ValuationTraits


class TakesEverything(Mechanism):
    """Everybody gets the joint model and pays what the models that all hold are worth to it."""

    def settle(self, market: Market) -> Settlement:
        """Return the joint model for all, and payments that leave nobody anything."""
        held = np.maximum(market.joint_model(), market.alone)
        return Settlement(rewards=market.joint_model(), payments=np.asarray(market.worth(held), dtype=np.float64))


class NoTrade(Mechanism):
    """Nobody gets a model, and nobody pays."""

    def settle(self, market: Market) -> Settlement:
        """Return nothing for anybody."""
        return Settlement(rewards=np.zeros(market.n), payments=np.zeros(market.n))


def faking(setting: Setting) -> tuple[float, float, bool]:
    """Return what reporting any other type gains at most, how far truthful utilities lie apart, and whether a premise holds.

    Types may be larger than the true one. The premise is that who reports a type holds at least that type's own model afterwards,
    so that it can do all that who has the type does; the others are truthful.

    Examples
    --------
    >>> free = Setting.pooled(NoTrade(), [[1, 2], [1, 2]], np.sqrt, lambda q: q)
    >>> [round(float(each), 3) for each in faking(free)]
    [0.0, 0.414, 0.0]
    """
    gain, apart, held = -np.inf, 0.0, True
    for profile in itertools.product(*(range(1, most + 1) for most in setting.largest)):
        for player, most in enumerate(setting.largest):
            truth = np.array(profile)
            honest = float(setting.utilities(truth, truth)[player])
            for other in range(1, most + 1):
                reports = truth.copy()
                reports[player] = other
                gain = max(gain, float(setting.utilities(truth, reports)[player]) - honest)
                apart = max(apart, abs(float(setting.utilities(reports, reports)[player]) - honest))
                received = float(setting.settlement(reports).rewards[player])
                held = held and received >= setting.own[player, other] - ROUND_OFF
    return gain, apart, held


def observation_1(settings: Sequence[Setting]) -> list[Verdict]:
    """Return the verdicts on Observation 1, over rules and markets.

    Parameters
    ----------
    settings
        Rules in markets; those of `TakesEverything` and `NoTrade` among them, which are truthful to fakes.
    """
    found = [(setting, *faking(setting)) for setting in settings]
    truthful = [(setting, apart, held) for setting, gain, apart, held in found if gain <= ROUND_OFF]
    mimic = [(setting, apart) for setting, apart, held in truthful if held]
    apart = max((each for _, each in mimic), default=0.0)
    stays = max(((each, setting.name) for setting, each, held in truthful if not held), default=(0.0, ""))
    where = printed("Observation 1")
    return [
        Verdict.statement(
            "Observation 1, where who reports a data set receives at least its model",
            where,
            "if agents could fake better data, any truthful mechanism would make them gain equal final utility",
            f"{len(mimic)} such of {len(found)} rules and markets are truthful to fakes; "
            f"types' utilities differ by at most {apart:.2g}",
            apart <= ROUND_OFF if mimic else None,
            "by all reports of all types, the others being truthful; the rest are not truthful to fakes",
        ),
        Verdict.statement(
            "Observation 1, whatever models are handed out",
            where,
            "if agents could fake better data, any truthful mechanism would make them gain equal final utility",
            f"{stays[1]}: no fake gains, and utilities by type differ by {stays[0]:.3f}",
            stays[0] <= ROUND_OFF,
            "who fakes D_2 does as its owner does only if it is given a model as good as D_2's; who is given none keeps its own",
            expected=REFUTED,
        ),
    ]


def market_rows(traits: Mapping[str, ValuationTraits]) -> pd.DataFrame:
    """Return a row a market: what its valuation is like."""
    return pd.DataFrame(
        [
            {
                "setting": name,
                "quasi_monotone": each.quasi_monotone,
                "non_competitive": each.non_competitive,
                "growing": each.growing,
                "rival_fall": each.rival_fall,
                "own_fall": each.own_fall,
                "market_fall": each.market_fall,
            }
            for name, each in traits.items()
        ]
    )


def market_checks(traits: Mapping[str, ValuationTraits], growing: Sequence[str], non_competitive: Sequence[str]) -> list[Verdict]:
    """Return the verdicts on Assumption 4 and Definition 10, with the markets that are known to meet them."""

    def audited(name: str, basis: str, known: Sequence[str], met: Sequence[str], note: str) -> Verdict:
        return Verdict.statement(name, derived(basis), ", ".join(known), ", ".join(met), list(known) == list(met), note)

    grow = [name for name, each in traits.items() if each.growing]
    free = [name for name, each in traits.items() if each.non_competitive]
    return [
        audited(
            "Assumption 4, audited: markets that grow",
            "column sums of effects, M(q) = (Σ q)^(1 + α)",
            growing,
            grow,
            "M(q) = Σ v_i at pairs q ⪰ q', corners included; the others shrink by "
            + ", ".join(f"{each.market_fall:.3g} ({name})" for name, each in traits.items() if not each.growing),
        ),
        audited(
            "Definition 10, audited: markets without competition",
            "signs of effects",
            non_competitive,
            free,
            "v_i as one q_j grows, j = i included; in the others somebody loses up to "
            + ", ".join(
                f"{max(each.rival_fall, each.own_fall):.3g} ({name})" for name, each in traits.items() if name not in free
            ),
        ),
        Verdict.statement(
            "a market without competition is a growing one",
            printed("Section 5, before Definition 10"),
            "a special case of the growing market is the non-competitive market",
            f"{len(set(free) & set(grow))} of {len(free)} markets without competition grow; {len(grow)} of all {len(traits)}",
            set(free) <= set(grow) and bool(free),
        ),
    ]
